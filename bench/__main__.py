"""``python -m bench``: measure, print, and exit with 1 when a bound is missed.

Exit status: 0 all bounds hold, 1 one is missed, 2 something could not be measured, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version

from bench import wrk
from bench.effort import FULL, QUICK
from bench.server import NoServer

PACKAGES = ("gunicorn", "Flask", "flask-healthz", "py-healthcheck", "django-health-check", "litserve")
MISSED, NOT_MEASURED, INTERRUPTED = 1, 2, 130


def main() -> int:
    """The exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(NOT_MEASURED))  # so that servers are ended
    from bench.topics import TOPICS

    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure ours beside its peers.")
    parser.add_argument("--only", action="append", choices=TOPICS, metavar="TOPIC", help=", ".join(TOPICS))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds; figures vary more")
    options = parser.parse_args()
    began, misses = time.monotonic(), 0
    _say(_about())
    for name in options.only or TOPICS:
        table = TOPICS[name](QUICK if options.quick else FULL)
        misses += table.misses
        _say(f"\n{table}")
    verdict = f"{misses} bound{'s' * (misses > 1)} missed" if misses else "all bounds hold"
    _say(f"\n{verdict}, {time.monotonic() - began:.0f} s")
    return MISSED if misses else 0


def _about() -> str:
    """The machine and the versions, without which a figure says little."""
    tensorflow = next(filter(None, map(_version, ("tensorflow-cpu", "tensorflow"))), "missing")
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        + f", TensorFlow {tensorflow}\nLoad by "
        + (
            "wrk."
            if wrk.is_installed()
            else "our own generator, which draws ratios to 1: wrk would be truer."
        )
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _say(text: str) -> None:
    """At once, even into a pipe."""
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except PackageNotFoundError as error:
        print(f"{error.name} is missing: pip install -r bench/requirements.txt", file=sys.stderr)
        sys.exit(NOT_MEASURED)
    except (NoServer, OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"not measured: {error}", file=sys.stderr)
        sys.exit(NOT_MEASURED)
