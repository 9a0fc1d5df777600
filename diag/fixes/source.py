"""Fixes of Python: calls that start a server, settings of gunicorn, the URL of a database."""

from __future__ import annotations

import ast
import re

from checks.evidence import Evidence
from diag.fixes.code import Code, code_at
from diag.fixes.commands import GRACEFUL, KEEP_ALIVE, LOCAL, where_preloaded
from diag.fixes.desk import Desk, NotSure
from diag.fixes.draft import Change

ANYWHERE = "0.0.0.0"  # noqa: S104  every interface, which the router needs
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.-]*):(?P<port>[0-9]{1,5})")
# The port without one, by what is called; `run` and `run_server` are methods of an app (Flask, Dash).
_DEFAULT = {
    "uvicorn.run": 8000,
    "waitress.serve": 8080,
    "serve": 8080,
    "web.run_app": 8080,
    "socketio.run": 5000,
}
_PLACE_OF_HOST = {"socketio.run": 1, "run": 2}  # run(host, port) of an app; of the others by keyword only
_OF_AN_APP = {"run": 5000, "run_server": 8050}
_NOT_A_SERVER = ("asyncio.", "subprocess.", "anyio.", "trio.", "unittest.")
# Other ways to say where: what has one of these is not touched; None is **more.
_OTHERWISE = (None, "listen", "sockets", "sock", "fd", "uds", "unix_socket", "path")
# By cause the setting of gunicorn, and what it is to be.
_SETTINGS = {
    "model/fork-deadlock": ("preload_app", False),
    "request/keepalive-race": ("keepalive", KEEP_ALIVE),
    "shutdown/exit-timeout": ("graceful_timeout", GRACEFUL),
}


def listen_everywhere(desk: Desk, cause: str, evidence: Evidence) -> None:
    """``app.run(…)`` and its like listen on every interface and on $PORT; gunicorn's own `bind`, too."""
    code, line = code_at(desk, evidence)
    setting = _setting(code, line, "bind")
    if setting is not None:
        changes = [_bind(code, setting)]
    else:
        calls = [call for call in _calls(code.tree, line) if _is_a_server(call)]
        if len(calls) != 1:
            return
        changes = _listening(code, calls[0], cause, str(evidence.values.get("port", "")))
        if (begin := code.span(calls[0])[0]) in code.draft.listening:
            code.draft.note(cause)  # one change mends both
            return
        code.draft.listening.add(begin)
    reading = any("os.environ" in change.new for change in changes)
    code.draft.want(cause, [*(code.importing_os() if reading else ()), *changes])


def debug_off(desk: Desk, cause: str, evidence: Evidence) -> None:
    """``debug=True`` in a call becomes ``debug=False``."""
    code, line = code_at(desk, evidence)
    for call in _calls(code.tree, line):
        value = _keyword(call, "debug")
        if isinstance(value, ast.Constant) and value.value is True:
            code.draft.replace(cause, *code.span(value), "False")


def gunicorn_setting(desk: Desk, cause: str, evidence: Evidence) -> None:
    """A setting of gunicorn's configuration that does not fit the platform."""
    code, line = code_at(desk, where_preloaded(evidence))
    name, wanted = _SETTINGS[cause]
    value = _setting(code, line, name)
    if isinstance(value, ast.Constant) and type(value.value) is type(wanted):
        code.draft.replace(cause, *code.span(value), str(wanted))


def database_scheme(desk: Desk, cause: str, evidence: Evidence) -> None:
    """What is read from DATABASE_URL gets the scheme that SQLAlchemy knows."""
    code, line = code_at(desk, evidence)
    name = str(evidence.values.get("variable") or "DATABASE_URL")
    mended = {id(node.value) for node in ast.walk(code.tree) if isinstance(node, ast.Attribute)}
    found = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, (ast.Subscript, ast.Call))
        and node.lineno <= line <= (node.end_lineno or 0)
        and id(node) not in mended
        and _reads(node) == name
    ]
    if len(found) == 1:
        _, end = code.span(found[0])
        code.draft.insert(cause, end, f'.replace("postgres://", "{_scheme(desk)}://", 1)')


def _scheme(desk: Desk) -> str:
    """From 2.1 on SQLAlchemy takes postgresql:// for psycopg 3, so psycopg2 has to be named."""
    lines = desk.requirements()
    has_2 = any(name in lines for name in ("psycopg2", "psycopg2-binary"))
    pinned = re.search(r"==\s*([0-9]+)\.([0-9]+)", lines.get("sqlalchemy", ""))
    is_old = pinned is not None and (int(pinned[1]), int(pinned[2])) < (2, 1)
    return "postgresql+psycopg2" if has_2 and not is_old and "sqlalchemy" in lines else "postgresql"


def _reads(node: ast.Subscript | ast.Call) -> str:
    """The config var that is read as a text for sure: os.environ["X"], os.environ.get("X", "a text")."""
    if isinstance(node, ast.Subscript):
        key: ast.expr = node.slice
        if not isinstance(node.ctx, ast.Load) or ast.unparse(node.value) not in {"os.environ", "environ"}:
            return ""
    else:
        called = ast.unparse(node.func)
        if called not in {"os.environ.get", "environ.get", "os.getenv", "getenv"} or len(node.args) != 2:
            return ""
        key, other = node.args
        if not (isinstance(other, ast.Constant) and isinstance(other.value, str)):
            return ""
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _calls(tree: ast.AST, line: int) -> list[ast.Call]:
    """The calls that begin on the line; if none does, those that go over it."""
    over = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return [call for call in over if call.lineno == line] or over


def _setting(code: Code, line: int, name: str) -> ast.expr | None:
    """What a module-level ``name = …`` on that line is set to."""
    for node in code.tree.body:
        if (
            isinstance(node, ast.Assign)
            and node.lineno == line
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == name
        ):
            return node.value
    return None


def _bind(code: Code, value: ast.expr) -> Change:
    said = value.value if isinstance(value, ast.Constant) else None
    match = _ADDRESS.fullmatch(said) if isinstance(said, str) else None
    if match is None or match["host"] not in {*LOCAL, "", ANYWHERE}:
        raise NotSure
    return Change(*code.span(value), f'"{ANYWHERE}:" + os.environ.get("PORT", "{match["port"]}")')


def _is_a_server(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    name = called.rpartition(".")[2]
    return not called.startswith(_NOT_A_SERVER) and (called in _DEFAULT or name in _OF_AN_APP)


def _listening(code: Code, call: ast.Call, cause: str, told_port: str) -> list[Change]:
    """What makes the call listen where the router calls. Raises NotSure."""
    if any(isinstance(arg, ast.Starred) for arg in call.args):
        raise NotSure
    if any(keyword.arg in _OTHERWISE for keyword in call.keywords):
        raise NotSure
    host, port = _host_and_port(call)
    changes: list[Change] = []
    more: list[str] = []
    if host is None:
        more.append(f'host="{ANYWHERE}"')
    elif _is_local(host):
        span = code.span(host)
        quote = "'" if code.draft.text[span[0]] == "'" else '"'
        changes.append(Change(*span, f"{quote}{ANYWHERE}{quote}"))
    elif cause == "port/bound-to-localhost" and not _is_anywhere(host):
        raise NotSure
    if port is None:
        called = ast.unparse(call.func)
        usual = _DEFAULT.get(called) or _OF_AN_APP[called.rpartition(".")[2]]
        more.append(f'port=int(os.environ.get("PORT", {told_port if told_port.isdecimal() else usual}))')
    elif (number := _number(port)) is not None:
        changes.append(Change(*code.span(port), f'int(os.environ.get("PORT", {number}))'))
    elif cause == "port/hardcoded":
        raise NotSure
    return [*changes, _added(code, call, ", ".join(more))] if more else changes


def _host_and_port(call: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    """What the call gives for both, by keyword or by place."""
    called = ast.unparse(call.func)
    first = _PLACE_OF_HOST.get(called, None if called in _DEFAULT else 0)
    by_place = call.args[first : first + 2] if first is not None else []
    host, port = (*by_place, None, None)[:2]
    return _keyword(call, "host") or host, _keyword(call, "port") or port


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _is_local(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in LOCAL


def _is_anywhere(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in {ANYWHERE, "", "::"}


def _number(node: ast.expr | None) -> int | None:
    """The port that is written there, as a number or as a text of digits."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str) and re.fullmatch("[0-9]{1,5}", value):
        return int(value)
    return value if type(value) is int and 0 < value < 65536 else None


def _added(code: Code, call: ast.Call, arguments: str) -> Change:
    """More keywords behind the last argument. Raises NotSure."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if given:
        at = max(code.span(node)[1] for node in given)
        return Change(at, at, f", {arguments}")
    start, end = code.span(call.func)[1], code.span(call)[1]
    if re.fullmatch(r"\s*\(\s*\)", code.draft.text[start:end]) is None:
        raise NotSure
    return Change(start, end, f"({arguments})")
