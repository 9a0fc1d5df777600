"""Releases that install on a newer Python and fail when they are imported there: each was imported.

Modules of the standard library were removed, and old releases still ask for them. Source: "What's New" of
Python 3.9 to 3.13, and the imports themselves, on the last release of each series that fails.
"""

from __future__ import annotations

from typing import NamedTuple

DISTUTILS = "distutils"  # setuptools brings one of its own


class Old(NamedTuple):
    """`package` in `versions` can't be imported since Python `since`: it imports `module`, or does `what`."""

    package: str
    versions: str
    since: str
    module: str = ""
    what: str = ""


# By the Python that has it no longer: the module, and who imports it.
_REMOVED = {
    "3.12": {
        DISTUTILS: {
            "django": "<3.2",
            "eventlet": "<0.34.1",
            "flask-moment": "<1.0.3",
            "flower": "<2",
            "redis": "<4.1",
            "tensorflow-hub": "<0.14",
        },
        "imp": {"celery": "<4.3", "eventlet": "<0.30.3"},
    },
    "3.13": {
        "aifc": {"speechrecognition": "<3.12"},
        "audioop": {"discord-py": "<2.5", "pydub": "<=0.25.1"},
        "cgi": {
            "aiohttp": "<3.8",
            "botocore": "<1.29",
            "bottle": "<0.13",
            "cherrypy": "<18.9",
            "django": "<4.1",
            "feedparser": "<6.0.11",
            "google-cloud-storage": ">=1.34,<2.8",
            "httpx": "<0.23.1",
            "requests": "<2.19",
            "zeep": "<4.3",
        },
        "imghdr": {"python-telegram-bot": "<20", "tweepy": "<=4.14.0"},
    },
}
# Names that a module of the standard library has no longer.
_NAMES = {
    ("3.10", "imports abstract classes from collections"): {
        "botocore": "<1.13",
        "django": "<2.1",
        "djangorestframework": "<3.9",
        "flask-restful": "<=0.3.7",
        "jinja2": "<2.10.2",
        "marshmallow": "<=2.15.0",
        "networkx": "<2.4",
        "pymongo": "<3.5",
        "sqlalchemy": "<=1.2.10",
        "tornado": "<5",
        "urllib3": "<1.23",
        "werkzeug": "<0.15",
    },
    ("3.11", "imports formatargspec from inspect"): {"vine": "<5"},
    ("3.11", "uses inspect.formatargspec"): {"nltk": "<3.5"},
}
# Copies of six that find no module of theirs where importers have find_spec only.
_OLD_SIX = {"botocore": "<1.23", "django": "<2", "stripe": "<3", "urllib3": "<1.26.5"}
_OTHERS = (
    Old("sqlalchemy", ">=2,<2.0.31", "3.13", what="takes an attribute of each class for its own"),
    Old("eventlet", ">=0.34.1,<0.38", "3.13", what="looks for start_joinable_thread where it has none"),
    Old("eventlet", "<0.33", "3.10", what="sets an attribute of TimeoutError"),
)
OLD = (
    *(
        Old(package, versions, since, module)
        for since, modules in _REMOVED.items()
        for module, packages in modules.items()
        for package, versions in packages.items()
    ),
    *(
        Old(package, versions, since, what=what)
        for (since, what), packages in _NAMES.items()
        for package, versions in packages.items()
    ),
    *(
        Old(package, versions, "3.12", what="comes with an old copy of six")
        for package, versions in _OLD_SIX.items()
    ),
    *_OTHERS,
)
# What brings a module that the standard library has no longer.
BRINGING = {
    DISTUTILS: ("setuptools", "standard-distutils"),
    "aifc": ("standard-aifc",),
    "audioop": ("audioop-lts",),
    "cgi": ("legacy-cgi", "standard-cgi"),
    "imghdr": ("standard-imghdr",),
    "imp": ("zombie-imp", "standard-imp"),
}
