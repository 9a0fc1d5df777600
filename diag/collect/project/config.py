"""Config vars that would not fit, by the .env and the app.json they come from."""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from checks.limits import CONFIG_BYTES
from diag.collect.project.app_json import AppJson
from diag.collect.project.finding import LIKELY, finding
from diag.collect.project.tree import Tree


def find_large_config(tree: Tree, app_json: AppJson) -> Iterator[Evidence]:
    """All together over 32 KB: Heroku refuses to set them."""
    sizes = {name: len(name) + len(value.encode()) for name, value in app_json.values.items()}
    where = dict.fromkeys(sizes, "app.json")
    for number, line in enumerate(tree.lines(".env") if tree.exists_here(".env") else (), 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.isidentifier():
            sizes[name] = len(name) + len(value.encode())
            where[name] = f".env:{number}"
    total = sum(sizes.values())
    if total <= CONFIG_BYTES:
        return
    largest = max(sizes, key=lambda name: sizes[name])
    yield finding(
        Fact.PROJECT_CONFIG,
        "too-large",
        Level.FAIL,
        LIKELY,
        f"{largest} alone takes {sizes[largest]:,} bytes, and all config vars may take {CONFIG_BYTES:,}",
        where[largest],
        variable=largest,
        total_bytes=total,
        limit_bytes=CONFIG_BYTES,
    )
