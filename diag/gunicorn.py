"""gunicorn hooks: ``gunicorn -c python:diag.gunicorn app:app``, or import them into gunicorn.conf.py.

They explain in one log line why the app did not boot, name how workers die, and put the health
endpoints in front of the app. gunicorn itself goes on as it would have: same exit status, same
traceback. ``python -m diag.gunicorn app:app`` also explains what stops gunicorn before it reads its
configuration (``WEB_CONCURRENCY`` set to nothing, a PORT that is no port).

Everything but the standard library and psutil is imported when it is needed, in the worker: the
master must bind the port first.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.facts import Fact
from checks.ledger import BOOT, Step

if TYPE_CHECKING:
    from checks.evidence import Evidence

_bound: list[float] = []  # seconds from launch until the port was bound, once it is
_master = os.getpid()  # the process that read the configuration
_explained: list[Fact] = []  # what this process has explained already


def on_starting(server: Any) -> None:
    """In the master, before it binds: watch what it says about its workers."""
    logging.getLogger("gunicorn.error").addHandler(WorkerDeaths(server.cfg.timeout))


def when_ready(server: Any) -> None:  # noqa: ARG001  gunicorn passes it
    """In the master, as soon as it listens."""
    _bound.append(BOOT.elapsed())


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001  gunicorn passes it
    """In the worker, before the app is loaded."""
    if _bound:
        BOOT.record(Step("bind", 0.0, _bound[0]))


def post_worker_init(worker: Any) -> None:
    """In the worker, when the app is loaded: after SIGTERM it drains."""
    from diag.adopt import worn

    monitor = worn()
    if monitor is not None:
        monitor.draining = lambda: not worker.alive


def _explain_load() -> None:
    """Wrap the one place where gunicorn loads an app, in the worker or, preloading, in the master."""
    from gunicorn.app.base import BaseApplication

    load: Callable[[Any], Any] = BaseApplication.wsgi

    def wsgi(self: Any) -> Any:
        if self.callable is not None:
            return load(self)
        if self.cfg.preload_app and os.getpid() == _master:
            from diag import adopt

            adopt.watch_only_in_forks()
        try:
            with BOOT.step("app-import"):
                load(self)
        except BaseException as error:
            target = str(getattr(self, "app_uri", "") or "")
            _explain(error, Fact.BOOT_IMPORT, f"The import of {target or 'the app'}", target)
            raise
        self.callable = _with_health(self.callable)
        return self.callable

    if load.__module__ != __name__:
        BaseApplication.wsgi = wsgi


def _with_health(app: Any) -> Any:
    """The app behind the health endpoints, unless it wears them already; our failure is not its end."""
    try:
        from diag.adopt import adopt, worn

        return app if worn() is not None else adopt(app)
    except Exception:
        logging.getLogger(__name__).exception("diag could not add the health endpoints; please report it")
        return app


def _explain(error: BaseException, fact: Fact, during: str, target: str = "") -> None:
    """One diagnosis line for what ended the boot; nothing here may hide the error itself."""
    try:
        from checks.evidence import Dyno, Level, Result
        from checks.exceptions import evidence_of
        from diag.announce import announce, explain
        from diag.log import emit

        if _explained:
            return
        _explained.append(fact)
        dyno = Dyno(env=dict(os.environ), root=Path.cwd())
        found = [evidence_of(error, fact, during, dyno, target)]
        if fact is Fact.BOOT_SERVER:
            found += _environment(dyno)
        worst = [d for d in explain([Result("boot", tuple(found), 0.0)]) if d.level is Level.FAIL]
        for diagnosis in worst:
            announce(diagnosis)
        if not worst:
            emit("boot", Level.FAIL, phase="failed", text=found[0].text, where=found[0].where)
    except Exception:  # our own fault, and the app's error is what matters
        logging.getLogger(__name__).exception("diag could not explain the failed boot; please report it")


def _environment(dyno: Any) -> list[Evidence]:
    """Config vars that stop a server before it starts."""
    from itertools import chain

    from checks import config_vars, port
    from checks.evidence import Level

    checks = chain(config_vars.ask(dyno), port.ask(dyno))
    return [e for e in checks if e.level is Level.FAIL and e.fact is not Fact.PORT_LISTENER]


class WorkerDeaths(logging.Handler):
    """Reads the master's own log for how workers end, and tells time-outs from memory.

    gunicorn says "Perhaps out of memory?" for every SIGKILL, its own after a time-out included, so
    the line counts only when no time-out of that pid came before and the server is not stopping.
    """

    _TIMEOUT = re.compile(r"WORKER TIMEOUT \(pid:\s*(\d+)\)")
    _SIGNAL = re.compile(r"Worker \(pid:\s*(\d+)\) was sent (SIG\w+)!")
    _OLD_SIGNAL = re.compile(r"Worker with pid (\d+) was terminated due to signal (\d+)")  # ≤ 20.1
    _STOPPING = re.compile(r"Handling signal: (term|int|quit)|Shutting down", re.IGNORECASE)

    def __init__(self, timeout: float) -> None:
        super().__init__(logging.INFO)
        self.timeout = timeout
        self._timed_out: dict[str, float] = {}
        self._stopping = False

    def emit(self, record: logging.LogRecord) -> None:
        """One line of gunicorn's."""
        try:
            self._read(record.getMessage())
        except Exception:
            self.handleError(record)

    def _read(self, line: str) -> None:
        if self._STOPPING.search(line):
            self._stopping = True
        elif match := self._TIMEOUT.search(line):
            if match[1] not in self._timed_out:
                self._timed_out[match[1]] = time.time()
                self._tell(match[1], "timeout", f"gunicorn says: {line}")
        elif match := self._SIGNAL.search(line) or self._OLD_SIGNAL.search(line):
            pid, how = match[1], signal.Signals(int(match[2])).name if match[2].isdigit() else match[2]
            if self._timed_out.pop(pid, None) is None and not self._stopping:
                if how == "SIGKILL":
                    self._tell(pid, "oom", f"gunicorn says: {line}", how)
                elif how in ("SIGSEGV", "SIGILL", "SIGBUS", "SIGABRT"):
                    self._tell(pid, "signal", f"gunicorn says: {line}", how)

    def _tell(self, pid: str, fault: str, text: str, how: str = "") -> None:
        from checks.evidence import Evidence, Level, Result
        from diag.announce import announce, explain

        values: dict[str, Any] = {"fault": fault, "pid": int(pid), "seconds": self.timeout}
        values |= {"during": "A worker"} | ({"signal": how} if how else {})
        evidence = Evidence(Fact.WORKER_EXIT, Level.FAIL, text, f"pid {pid}", time.time(), values)
        for diagnosis in explain([Result("worker", (evidence,), 0.0)]):
            announce(diagnosis)


def main() -> None:
    """Run gunicorn with these hooks, and explain what stops it before they are read."""
    master = os.getpid()
    if (
        not {"-c", "--config"} & {a.partition("=")[0] for a in sys.argv}
        and not Path("gunicorn.conf.py").exists()
    ):
        sys.argv[1:1] = ["-c", "python:diag.gunicorn"]
    try:
        from gunicorn.app.wsgiapp import run

        run(prog="gunicorn")
    except BaseException as error:
        ended_well = isinstance(error, SystemExit) and not error.code
        if (
            os.getpid() == master
            and not _bound
            and not ended_well
            and not isinstance(error, KeyboardInterrupt)
        ):
            _explain(error, Fact.BOOT_SERVER, "Starting gunicorn")
        raise


if __name__ == "__main__":
    from diag.gunicorn import main as _main  # the module gunicorn imports, not this second copy of it

    _main()
else:
    with suppress(ImportError, ValueError):  # no gunicorn, or WEB_CONCURRENCY stops it: main() tells
        _explain_load()
