"""Adoption by any WSGI app: ``app = adopt(app)`` and the three health endpoints are there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from checks.evidence import Dyno
from checks.ledger import BOOT
from checks.monitor import Monitor
from checks.suite import SERVICE
from checks.wsgi import HealthMiddleware
from diag.announce import Announcer

_preloading: list[bool] = []
_monitors: list[Monitor] = []  # of this process: at most one, since it has one dyno and one boot


def adopt(app: Any, env: dict[str, str] | None = None, root: Path | None = None) -> HealthMiddleware:
    """The WSGI app with ``/livez``, ``/readyz`` and ``/healthz`` in front.

    For Flask: ``app.wsgi_app = adopt(app.wsgi_app)``. Config vars are `env` (default: the process's
    environment) and the app's folder is `root` (default: the working directory).
    """
    if not _monitors:
        dyno = Dyno(env=dict(env if env is not None else os.environ), root=root or Path.cwd(), boot=BOOT)
        _monitors.append(Monitor(dyno, SERVICE, Announcer()))
        _monitors[0].only_in_forks = bool(_preloading)
    return HealthMiddleware(app, _monitors[0])


def worn() -> Monitor | None:
    """The monitor of this process, if some app has adopted one."""
    return _monitors[0] if _monitors else None


def watch_only_in_forks() -> None:
    """Say, before the app is loaded, that this process is a master that serves nothing itself."""
    _preloading.append(True)
