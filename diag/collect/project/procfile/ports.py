"""Where the web server listens, by its command line and settings, against where the router calls."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level
from diag.cause import Confidence
from diag.collect.project.procfile.finding import CERTAIN, LIKELY, at_most, in_command, shown
from diag.collect.project.procfile.simple import LITERAL, plain
from diag.collect.project.procfile.web import Setting, WebProcess

_LOCAL = re.compile(r"(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)", re.IGNORECASE)
_THE_PORT = re.compile(r"\$(?:PORT\b|\{PORT\b[^}]*\}?.*)")
_EXPANDED = re.compile(r"\$[A-Za-z_{(`]|`")
# What other shells and platforms put for a variable, and this one leaves as it is or as nothing.
_LITERAL_PORT = re.compile(
    rf"{LITERAL}\{{?PORT\}}?|%PORT%|\{{PORT\}}|\$\(PORT\)|<PORT>|\bPORT\b$", re.IGNORECASE
)
_LOWER = re.compile(r"\$\{?(?:port|Port)\b\}?")


def check_ports(web: WebProcess) -> Iterator[Evidence]:
    """At most one finding: of several addresses a good one is enough."""
    bind = web.setting("bind")
    if bind is None or web.front or web.is_unread("bind"):
        return
    addresses = [each.strip() for each in _split(bind.value)]
    found = [_check(web, bind, address) for address in addresses if address]
    if found and all(each is not None for each in found):
        yield from (each for each in found[:1] if each is not None)


def _split(value: str) -> list[str]:
    """The addresses of a list, without parting what stands in braces."""
    return re.split(r",(?![^{]*\})", value)


def _check(web: WebProcess, bind: Setting, address: str) -> Evidence | None:
    """The fault of one address; None for a good one, or one of which nothing is known."""
    if address.startswith(("unix:", "fd://", "/")):
        return None
    host, port = _parts(address)
    fault, number = "", None
    if _THE_PORT.fullmatch(port):
        fault = "bound-to-localhost" if _LOCAL.fullmatch(host) else ""
    elif _LITERAL_PORT.fullmatch(port) or _LOWER.fullmatch(port):
        fault, number = "port-literal", plain(port)
    elif not port and _THE_PORT.fullmatch(host):
        fault, number = "hardcoded", "8000"
    elif LITERAL not in address and not _EXPANDED.search(address) and (port.isdigit() or not port):
        fault, number = ("bound-to-localhost" if _LOCAL.fullmatch(host) else "hardcoded"), port or "8000"
    if not fault:
        return None
    return in_command(
        fault,
        Level.FAIL,
        at_most(_sure(web, bind), LIKELY) if _LOWER.fullmatch(port) else _sure(web, bind),
        _said(web, bind, fault, address, port),
        bind.where,
        address=shown(plain(host)) if fault == "bound-to-localhost" else shown(plain(address)),
        port=number,
        expected="$PORT",
        server=web.server,
    )


def _said(web: WebProcess, bind: Setting, fault: str, address: str, port: str) -> str:
    said = shown(plain(address))
    if not port and _THE_PORT.fullmatch(address):
        return f"{web.server} takes {said} for a host, as it has no colon, and listens on port 8000."
    at = f"{web.server} listens on {said}" + (" unless it is told otherwise" if bind.is_default else "")
    if fault == "bound-to-localhost":
        return f"{at}, where only the dyno itself can reach it."
    if fault == "hardcoded":
        return f"{at}; the router calls on $PORT, which is another one in each dyno."
    why = "that is no variable here"
    if LITERAL in port:
        in_file = bind.where.partition(":")[0].endswith(".py")
        why = (
            "no shell looks into that file" if in_file else "in single quotes the shell leaves that as it is"
        )
    elif _LOWER.fullmatch(port):
        why = "Linux tells capitals apart"
    return f"{web.server} is told to listen on {said}, and {why}: the port is in $PORT."


def _parts(address: str) -> tuple[str, str]:
    """Host and port; a colon in braces or brackets parts nothing."""
    hidden = re.sub(
        r"\$\{[^}]*\}+|\[[^\]]*\]", lambda match: match[0].replace(":", "\0"), address.removeprefix("tcp://")
    )
    host, colon, port = hidden.rpartition(":")
    if not colon:
        host, port = hidden, ""
    return host.replace("\0", ":"), port.replace("\0", ":")


def _sure(web: WebProcess, bind: Setting) -> Confidence:
    """The command line decides; a file's setting and a default may be overridden by a config var."""
    if not web.is_certain:
        return LIKELY
    of_variable = bind.is_default and web.server not in ("hypercorn", "daphne", "waitress-serve", "django")
    of_file = web.server == "gunicorn" and bind.where.partition(":")[0] != web.where.partition(":")[0]
    return LIKELY if of_variable or of_file else CERTAIN
