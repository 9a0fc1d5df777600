"""The database of the web process: its URL's scheme, and files on a disk that does not last."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.cause import Confidence
from diag.collect.project.finding import LIKELY, POSSIBLE, SURE, finding
from diag.collect.project.installed import Installed
from diag.collect.project.sources.graph import Graph
from diag.collect.project.sources.scan import Call, Scan
from diag.collect.project.sources.value import InProject, Value
from diag.collect.project.sources.values import Values

_ENGINES = (
    "sqlalchemy.create_engine",
    "sqlalchemy.ext.asyncio.create_async_engine",
    "sqlalchemy.engine.create_engine",
    "sqlmodel.create_engine",
    "sqlalchemy.engine_from_config",
)
_URI = re.compile(r"(?:^|\.|\[)SQLALCHEMY_DATABASE_URI\]?$")
# Heroku Postgres sets these with the scheme postgres://. Dev Center `connecting-heroku-postgres`.
_OF_HEROKU = re.compile(r"DATABASE_URL|HEROKU_POSTGRESQL_\w+_URL")
_DRIVERS = ("psycopg2-binary", "psycopg2", "psycopg", "psycopg-binary", "asyncpg", "pg8000")
_OLD_SCHEME = re.compile(r"postgres(?!ql)")
_CHANGES = re.compile(r"replace|startswith|sub\(|split|removeprefix")
_PUT_TOGETHER = re.compile(r"postgresql\+?\w*://[^'\"]*\{")
_SQLITE = re.compile(r"sqlite(?:\+\w+)?:///(?P<path>[^?]*)")
_UPLOADS = re.compile(r"UPLOAD\w*(?:FOLDER|DIR|PATH|DEST)\]?$", re.IGNORECASE)
_DATA = (".json", ".csv", ".txt", ".pkl", ".xlsx", ".yaml", ".yml", ".jsonl", ".tsv")
_TEMPORARY = ("/tmp/", ":memory:", "/dev/shm/")  # noqa: S108  what others write, not ours


def find_databases(graph: Graph, values: Values, installed: Installed) -> Iterator[Evidence]:
    """The scheme first: it stops the boot. A file loses data at each restart."""
    urls = list(database_urls(graph, values))
    sqlalchemy = installed.version("sqlalchemy")
    for here, line, value in urls:
        if _OF_HEROKU.fullmatch(value.env):
            knows_only_new = sqlalchemy is None or sqlalchemy.at_least(1, 4)
            if knows_only_new and not _is_mended(graph):
                # An app that runs on the SQLite of its default has no such database.
                has_other = isinstance(value.value, str) and not value.value.startswith("postgres")
                meant = not has_other or any(installed.version(name) for name in _DRIVERS)
                yield finding(
                    Fact.PROJECT_CONFIG,
                    "postgres-scheme",
                    Level.FAIL if meant else Level.WARN,
                    LIKELY if meant else POSSIBLE,
                    f"{value.env} goes to SQLAlchemy as it is, and Heroku's begins with postgres://",
                    f"{here.path}:{line}",
                    variable=value.env,
                    file=here.path,
                    line=line,
                )
                break
    if not any(value.env for _, _, value in urls):
        yield from _files(urls)
    yield from _plain_sqlite(graph, values)


def database_urls(graph: Graph, values: Values) -> Iterator[tuple[Scan, int, Value]]:
    """Where SQLAlchemy is given a URL: the module, the line, and what it comes to."""
    for here in graph.all:
        for key, given in here.assigned.items():
            if _URI.search(key):
                for node, place in given:
                    if not place.is_conditional and not _of_tests(key):
                        yield here, node.lineno, values.of(node, here, place)
        for call in here.calls:
            if call.name in _ENGINES and call.node.args:
                yield here, call.line, values.of(call.node.args[0], here, call.place)


def _of_tests(key: str) -> bool:
    return any(word in key for word in ("Test", "Develop", "Dev", "Local"))


def _is_mended(graph: Graph) -> bool:
    """Whether the code names the scheme anywhere: then it mends it, or it knows."""
    for here in graph.all:
        for line in here.module.text.splitlines():
            if _OLD_SCHEME.search(line) and _CHANGES.search(line):
                return True
            if "dj_database_url" in line or "make_url" in line or _PUT_TOGETHER.search(line):
                return True
    return False


def _files(urls: list[tuple[Scan, int, Value]]) -> Iterator[Evidence]:
    for here, line, value in urls:
        if value.known and isinstance(value.value, str) and (match := _SQLITE.match(value.value)):
            if any(match[0].count(word) for word in _TEMPORARY) or not match["path"]:
                continue
            yield _lost(here, line, f"the database is the file {match['path'] or 'in memory'}", match["path"])
            return


def _plain_sqlite(graph: Graph, values: Values) -> Iterator[Evidence]:
    """sqlite3.connect of a file that the code writes to."""
    for here, call in graph.calls():
        if call.name != "sqlite3.connect" or call.argument(-1, "uri") is not None:
            continue
        path = values.of(call.argument(0, "database"), here, call.place)
        if not path.known or path.env or not isinstance(path.value, str):
            continue
        if any(word in path.value for word in _TEMPORARY) or not _writes_sql(here):
            continue
        yield _lost(here, call.line, f"the database is the file {path.value}", path.value)
        return


def _writes_sql(here: Scan) -> bool:
    return bool(
        re.search(
            r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|\.commit\()",
            here.module.text,
            re.IGNORECASE,
        )
    )


def _lost(here: Scan, line: int, text: str, path: str) -> Evidence:
    sure = SURE if not isinstance(path, InProject) else LIKELY
    return _emptied(here, line, sure, "sqlite", text, path, "The database")


def _emptied(  # noqa: PLR0913, PLR0917  each is a part of the evidence
    here: Scan, line: int, sure: Confidence, fault: str, text: str, path: str, what: str
) -> Evidence:
    return finding(
        Fact.PROJECT_CONFIG,
        fault,
        Level.WARN,
        sure,
        f"{text}, on a disk that is emptied at each restart",
        f"{here.path}:{line}",
        path=path,
        file=here.path,
        line=line,
        what=what,
    )


def find_uploads(graph: Graph, values: Values) -> Iterator[Evidence]:
    """Files that visitors send, kept below the project."""
    for here, call in graph.calls():
        last = call.name.rpartition(".")[2]
        if last != "save" or call.place.function is None or len(call.node.args) != 1:
            continue
        if not re.search(r"request\.files|FileField|FileStorage|upload", here.module.text, re.IGNORECASE):
            continue
        path = values.of(_beginning(call.node.args[0]), here, call.place)
        text = path.value if path.known and isinstance(path.value, str) else _folder(graph, values)
        if not text or text.startswith(("/tmp", "/dev/shm")) or path.env:  # noqa: S108
            continue
        yield _emptied(
            here,
            call.line,
            LIKELY,
            "uploads",
            f"keeps what visitors send in {text}",
            text,
            "What visitors send",
        )
        return


def _beginning(node: ast.expr) -> ast.expr:
    """The folder of ``UPLOADS / name`` or ``os.path.join(UPLOADS, name)``, whose end a visitor chooses."""
    while True:
        match node:
            case ast.BinOp(op=ast.Div() | ast.Add(), left=left):
                node = left
            case ast.Call(func=ast.Attribute(attr="join"), args=[first, _, *_]):
                node = first
            case ast.Call(func=ast.Attribute(value=base, attr="joinpath")):
                node = base
            case ast.Call(func=ast.Name(id="str"), args=[inner]):
                node = inner
            case _:
                return node


def find_written(graph: Graph, values: Values) -> Iterator[Evidence]:
    """A data file of the project that requests write and read again."""
    for here, call in graph.calls():
        if call.place.function is None or graph.runs(call.place, here.path):
            continue
        path = values.of(_written_path(call), here, call.place)
        name = path.value if path.known and not path.env and isinstance(path.value, str) else ""
        is_kept = name.endswith(_DATA) and not name.startswith(("/", "$"))
        if not is_kept or sum(each.module.text.count(name.rpartition("/")[2]) for each in graph.all) == 0:
            continue
        if not _reads_again(here, call):
            continue
        yield _emptied(here, call.line, LIKELY, "uploads", f"keeps its data in {name}", name, "The data")
        return


def _written_path(call: Call) -> ast.expr | None:
    """The path that a call writes to, or None."""
    function = call.node.func
    if isinstance(function, ast.Attribute) and function.attr in ("write_text", "write_bytes"):
        return function.value
    if isinstance(function, ast.Attribute) and function.attr == "open" and call.node.args:
        return function.value if _is_writing(call.node.args[0]) else None
    if call.name in ("open", "io.open") and _is_writing(call.argument(1, "mode")):
        return call.argument(0, "file")
    return (
        call.argument(0) if call.name.endswith((".to_csv", ".to_json", ".to_pickle", ".to_excel")) else None
    )


def _is_writing(mode: ast.expr | None) -> bool:
    return (
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value[:1] in ("w", "a", "r+")
    )


def _reads_again(here: Scan, writing: Call) -> bool:
    """Whether the module also reads files: what is only written is a report or a cache."""
    reads = (
        "read_text",
        "read_bytes",
        "read_csv",
        "read_json",
        "read_pickle",
        "json.load",
        "read_excel",
        "csv.reader",
    )
    return any(call.name.endswith(reads) or _plain_open(call) for call in here.calls if call is not writing)


def _plain_open(call: Call) -> bool:
    return call.name == "open" and not _is_writing(call.argument(1, "mode"))


def _folder(graph: Graph, values: Values) -> str:
    """The folder for uploads, by the names that Flask's tutorial gives it."""
    for here in graph.all:
        for key, given in here.assigned.items():
            if _UPLOADS.search(key):
                value = values.of(given[0][0], here, given[0][1])
                if value.known and isinstance(value.value, str) and not value.env:
                    return value.value
    return ""
