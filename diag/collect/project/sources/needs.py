"""Modules that no import of the project names and that what it calls imports by itself: data and one rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.project.finding import LIKELY, SURE, finding
from diag.collect.project.sources.databases import database_urls
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.imports import Provided
from diag.collect.project.sources.scan import Scan
from diag.collect.project.sources.values import Values

_DRIVERS = ("psycopg2", "psycopg", "asyncpg", "pg8000", "psycopg2cffi")


@dataclass(frozen=True, slots=True)
class _Need:
    """What a name needs: any of the modules, of which the first is the usual one, by that distribution."""

    names: tuple[str, ...]
    modules: tuple[str, ...]
    distribution: str
    at_import: bool  # it raises where it stands, and not only when it is used


_NEEDS = (
    _Need(
        ("fastapi.Form", "fastapi.File", "fastapi.UploadFile"),
        ("multipart", "python_multipart"),
        "python-multipart",
        True,
    ),
    _Need(("pydantic.EmailStr", "wtforms.validators.Email"), ("email_validator",), "email-validator", True),
    _Need(
        ("fastapi.templating.Jinja2Templates", "starlette.templating.Jinja2Templates"),
        ("jinja2",),
        "Jinja2",
        True,
    ),
    _Need(("starlette.middleware.sessions.SessionMiddleware",), ("itsdangerous",), "itsdangerous", True),
    _Need(
        ("pandas.read_excel", "pandas.DataFrame.to_excel"),
        ("openpyxl", "xlrd", "calamine"),
        "openpyxl",
        False,
    ),
    _Need(("pandas.read_parquet",), ("pyarrow", "fastparquet"), "pyarrow", False),
    _Need(("pandas.read_html",), ("lxml", "bs4"), "lxml", False),
)


def find_needs(graph: Graph, provided: Provided) -> Iterator[Evidence]:
    """What is used and lacks its other half: python-multipart for a form, a driver for PostgreSQL."""
    told: set[str] = set()
    for here in graph.all:
        for need in _NEEDS:
            line = _line_of(here, need)
            if not line or need.distribution in told or not _lacks(provided, need.modules):
                continue
            told.add(need.distribution)
            at_boot = need.at_import and here.path in graph.boot
            yield finding(
                Fact.PROJECT_SOURCE,
                "module",
                Level.FAIL if at_boot else Level.WARN,
                SURE if at_boot and need.names[0] != "pydantic.EmailStr" else LIKELY,
                f"uses {need.names[0].rpartition('.')[2]}, which needs {need.distribution}, and lacks it",
                f"{here.path}:{line}",
                module=need.modules[0],
                distribution=need.distribution,
            )


def _lacks(provided: Provided, modules: tuple[str, ...]) -> bool:
    return all(provided.has(module) is False for module in modules)


def _line_of(here: Scan, need: _Need) -> int:
    """The first line that uses one of the names, other than by importing it."""
    for call in here.calls:
        if call.name in need.names:
            return call.line
    for local in (local for local, meant in here.aliases.items() if meant in need.names):
        used = re.compile(rf"[:,\[|(]\s*{re.escape(local)}\b")
        lines = enumerate(here.module.text.splitlines(), 1)
        line = next((n for n, text in lines if used.search(text) and "import" not in text), 0)
        if line:
            return line
    return 0


def find_driver(graph: Graph, values: Values, provided: Provided) -> Iterator[Evidence]:
    """SQLAlchemy with a PostgreSQL and no driver of it. With a default it may do without the database."""
    for here, line, value in database_urls(graph, values):
        text = value.value if isinstance(value.value, str) else ""
        is_postgres = value.env == "DATABASE_URL" or re.match(r"postgres(?:ql)?://", text)
        if is_postgres and _lacks(provided, _DRIVERS):
            has_other = value.env != "" and value.known and value.value is not None
            yield finding(
                Fact.PROJECT_SOURCE,
                "module",
                Level.WARN if has_other else Level.FAIL,
                LIKELY,
                "connects to PostgreSQL, and no driver of it is required",
                f"{here.path}:{line}",
                module="psycopg2",
                distribution="psycopg2-binary",
            )
            return
