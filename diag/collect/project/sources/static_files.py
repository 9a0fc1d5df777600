"""Django's static files, which the build collects: without STATIC_ROOT it ends there.

Source: heroku-buildpack-python, the step ``collectstatic``: it runs where manage.py and staticfiles are
found, and DISABLE_COLLECTSTATIC is not set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.app_json import AppJson
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.named import settings_modules

_INSTALLED = re.compile(r"^[^#\n]*[\"']django\.contrib\.staticfiles[\"']", re.MULTILINE)
# What sets the folder, or needs none.
_SETTLED = (
    "STATIC_ROOT",
    "STATICFILES_STORAGE",
    "STORAGES",
    "django_heroku",
    "django_on_heroku",
    "globals()",
)


def find_static_root(graph: Graph, app_json: AppJson) -> Iterator[Evidence]:
    """Settings with staticfiles and nowhere to collect them."""
    modules = settings_modules(graph)
    if "manage.py" not in graph.tree or "DISABLE_COLLECTSTATIC" in app_json.values:
        return
    installed = next((here for here in modules if _INSTALLED.search(here.module.text)), None)
    if installed is None or any(word in here.module.text for here in graph.all for word in _SETTLED):
        return
    match = _INSTALLED.search(installed.module.text)
    line = installed.module.text.count("\n", 0, match.end()) + 1 if match else 1
    yield finding(
        Fact.PROJECT_CONFIG,
        "static-root",
        Level.FAIL,
        LIKELY,
        "django.contrib.staticfiles is installed and STATIC_ROOT is not set, so collectstatic ends the build",
        f"{installed.path}:{line}",
        setting="STATIC_ROOT",
        because="STATIC_ROOT is not set.",
        file=installed.path,
        line=line,
    )
