"""The health endpoints, as plain WSGI middleware: the only place where checks meet HTTP.

`GET /livez` the process answers · `GET /readyz` may it get requests · `GET /healthz` all checks.

A request never asks a dependency: pages are drawn when the snapshot changes, and only the age and
the seconds since launch are filled in. Bodies have the shape of the IETF draft "Health Check Response
Format for HTTP APIs" (draft-inadarei-api-health-check).
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.evidence import Evidence, Level, timestamp
from checks.limits import BOOT_SECONDS
from checks.monitor import Explanation, Monitor, Snapshot

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]

RETRY_LOADING, RETRY_FAILED = "2", "30"  # seconds for Retry-After
_STATUS = {
    Level.OK: "pass",
    Level.INFO: "pass",
    Level.WARN: "warn",
    Level.UNKNOWN: "warn",
    Level.FAIL: "fail",
}
_UNITS = {"seconds": "s", "mb": "MB", "percent": "percent", "bytes": "B"}
_COMMON = (("Content-Type", "application/health+json"), ("Cache-Control", "no-store"))


@dataclass(frozen=True, slots=True)
class Page:
    """A drawn answer; its template takes the age and the seconds since launch, or nothing."""

    status: str
    template: bytes
    headers: tuple[tuple[str, str], ...] = _COMMON
    is_constant: bool = False


_LIVE = Page("200 OK", b'{"status": "pass"}\n', is_constant=True)


class HealthMiddleware:
    """Answers the three endpoints and passes every other request on untouched."""

    def __init__(self, app: WSGIApp, monitor: Monitor) -> None:
        self.app = app
        self.monitor = monitor
        self._token = monitor.dyno.var("DIAG_TOKEN").encode()
        self._open = not monitor.dyno.on_heroku
        self._snapshot = Snapshot()
        self._draw(self._snapshot)
        self._endpoints: dict[str, Callable[[Environ], Page]] = {
            "/livez": lambda environ: _LIVE,
            "/readyz": self._readyz,
            "/healthz": self._healthz,
        }
        monitor.on_view = self._draw
        monitor.start()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI."""
        endpoint = self._endpoints.get(environ.get("PATH_INFO", ""))
        if endpoint is None:
            return self.app(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            start_response(
                "405 Method Not Allowed",
                [*_COMMON, ("Allow", "GET, HEAD"), ("Content-Length", "0")],
            )
            return ()
        page = endpoint(environ)
        body = page.template
        if not page.is_constant:
            now = self.monitor.asked_at = time.time()
            snapshot = self._snapshot
            body %= (max(0.0, now - snapshot.as_of), max(0.0, now - snapshot.launched))
        start_response(page.status, [*page.headers, ("Content-Length", str(len(body)))])
        return (body,) if method == "GET" else ()

    def _readyz(self, environ: Environ) -> Page:
        if self.monitor.draining():
            return self._drained
        return self._ready[self._is_insider(environ)]

    def _healthz(self, environ: Environ) -> Page:
        return self._health[self._is_insider(environ)]

    def _is_insider(self, environ: Environ) -> bool:
        """Off a dyno anyone; on a dyno who brings DIAG_TOKEN."""
        if self._open:
            return True
        given = environ.get("HTTP_AUTHORIZATION", "")
        if not self._token or not given.startswith("Bearer "):
            return False
        return hmac.compare_digest(given[7:].strip().encode("latin-1", "replace"), self._token)

    def _draw(self, snapshot: Snapshot) -> None:
        """Draw every page once; called whenever the snapshot changes, never by a request."""
        self._drained = _not_ready("draining", {}, RETRY_FAILED)
        self._ready = (ready_page(snapshot, insider=False), ready_page(snapshot, insider=True))
        self._health = (health_page(snapshot, insider=False), health_page(snapshot, insider=True))
        self._snapshot = snapshot


def health_page(snapshot: Snapshot, *, insider: bool) -> Page:
    """All checks. 503 when one fails and while the dyno is not ready."""
    level = snapshot.level if snapshot.ready else Level.FAIL
    content: dict[str, Any] = {
        "status": _STATUS[level],
        "phase": snapshot.phase,
        "workers": snapshot.workers,
        "bootLimit": BOOT_SECONDS,
    }
    if insider:
        content |= _lead(snapshot)
    content["checks"] = _checks(snapshot, insider=insider)
    retry = _retry(snapshot) if level is Level.FAIL else None
    return _page("503 Service Unavailable" if level is Level.FAIL else "200 OK", content, retry)


def ready_page(snapshot: Snapshot, *, insider: bool) -> Page:
    """May the dyno get requests? A failing check matters to readiness only through the model."""
    if not snapshot.ready:
        return _not_ready(snapshot.phase, _lead(snapshot) if insider else {}, _retry(snapshot))
    return _page("200 OK", {"status": "pass", "phase": snapshot.phase, "bootLimit": BOOT_SECONDS})


def _not_ready(phase: str, more: Mapping[str, Any], retry: str) -> Page:
    content = {"status": "fail", "phase": phase, "bootLimit": BOOT_SECONDS, **more}
    return _page("503 Service Unavailable", content, retry)


def _retry(snapshot: Snapshot) -> str:
    loading = not snapshot.ready and snapshot.phase != "failed"
    return RETRY_LOADING if loading else RETRY_FAILED


def _lead(snapshot: Snapshot) -> dict[str, Any]:
    """The first explanation in full: what a person asks /healthz for."""
    for first in snapshot.explanations:
        if any(e.level >= Level.WARN for e in first.evidence):
            return {
                "output": first.title,
                "cause": first.cause,
                "codes": list(first.codes),
                "fix": list(first.fix),
            }
    return {} if snapshot.ready else {"output": f"Not ready: {snapshot.phase}."}


def _checks(snapshot: Snapshot, *, insider: bool) -> dict[str, list[dict[str, Any]]]:
    explained = {id(e): x for x in reversed(snapshot.explanations) for e in x.evidence}
    checks: dict[str, list[dict[str, Any]]] = {}
    for result in snapshot.results:
        if result.skipped_because is not None:
            entry: dict[str, Any] = {"status": "warn"}
            if insider:
                entry["output"] = f"not run because {result.skipped_because} failed"
            checks.setdefault(f"{result.name.replace('-', ':', 1)}", []).append(entry)
        for evidence in result.evidence:
            entry = _entry(evidence, snapshot.as_of)
            if insider:
                entry["output"] = evidence.text
                entry |= _explained(explained.get(id(evidence)))
            checks.setdefault(_key(result.name, evidence), []).append(entry)
    return checks


def _key(check: str, evidence: Evidence) -> str:
    """A check that broke is shown under its own component, so no component ever goes missing."""
    if evidence.fact.key == "check:run":
        return f"{check.partition('-')[0]}:check"
    return evidence.fact.key


def _entry(evidence: Evidence, as_of: float) -> dict[str, Any]:
    entry: dict[str, Any] = {"status": _STATUS[evidence.level]}
    entry |= _observed(evidence)
    entry["time"] = timestamp(evidence.at or as_of)  # a worker's own answers are always of now
    return entry


def _observed(evidence: Evidence) -> dict[str, Any]:
    """The first number among the values, with the unit its name ends in."""
    for name, value in evidence.values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            unit = _UNITS.get(name.rpartition("_")[2])
            return {"observedValue": value} | ({"observedUnit": unit} if unit else {})
    return {}


def _explained(explanation: Explanation | None) -> dict[str, Any]:
    if explanation is None:
        return {}
    return {
        "cause": explanation.cause,
        "codes": list(explanation.codes),
        "fix": list(explanation.fix),
    }


def _page(status: str, content: dict[str, Any], retry: str | None = None) -> Page:
    """Draw a body; the two numbers that change with every request are filled in then."""
    head = {key: value for key, value in content.items() if key != "checks"}
    text = json.dumps(head)[:-1].replace("%", "%%") + ', "age": %.1f, "seconds": %.1f'
    if "checks" in content:
        text += f', "checks": {json.dumps(content["checks"])}'.replace("%", "%%")
    headers = _COMMON if retry is None else (*_COMMON, ("Retry-After", retry))
    return Page(status, text.encode() + b"}\n", headers)
