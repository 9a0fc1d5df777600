"""What a child may be asked to run in the tests of `checks.child`: each function is one way to behave."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

from checks.child import Reporter
from checks.evidence import Evidence, Level
from checks.facts import Fact

SAID = Evidence(Fact.MODEL_LOAD, Level.OK, "It was said.", "here", 1.5, {"n": 1, "of": ("a",)})
SLEEPER = "import time; time.sleep(60)"


def speaks(report: Reporter) -> None:
    report.reached("asking")
    report.say(SAID)


def tell(report: Reporter, **facts: object) -> None:
    """Facts of a test, as the values of evidence."""
    report.say(Evidence(Fact.CHECK_RUN, Level.OK, "told", values={"told": json.dumps(facts)}))


def echoes_arguments(report: Reporter) -> None:
    tell(report, arguments=sys.argv[1:], root=os.getcwd(), color=os.environ.get("COLOR"))


def chatters(report: Reporter) -> None:
    forged = Evidence(Fact.MODEL_LOAD, Level.FAIL, "Forged.").to_json()
    line = '{"evidence": ' + str(forged).replace("'", '"').replace("None", "null") + "}\n"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    os.write(1, line.encode())
    subprocess.run([sys.executable, "-c", f"print({line!r})"], check=True)
    ctypes.CDLL(None).puts(line.encode())
    report.say(SAID)


def hangs(report: Reporter) -> None:
    report.reached("the end of the world")
    report.say(SAID)
    time.sleep(60)


def hangs_with_family(report: Reporter) -> None:
    near = subprocess.Popen([sys.executable, "-c", SLEEPER])
    far = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True)
    tell(report, pids=[os.getpid(), near.pid, far.pid])
    time.sleep(60)


def ignores_signals(report: Reporter) -> None:
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    tell(report, pids=[os.getpid()])
    while True:
        time.sleep(1)


def leaves_a_child_behind(report: Reporter) -> None:
    left = subprocess.Popen([sys.executable, "-c", SLEEPER])
    tell(report, pids=[left.pid])
    report.say(SAID)
    os._exit(0)


def leaves_a_flood_behind(report: Reporter) -> None:
    subprocess.Popen(["sh", "-c", "yes flood >&2"])
    report.say(SAID)
    os._exit(0)


def floods(report: Reporter) -> None:
    report.say(SAID)
    block = b"x" * 65536
    for _ in range(1600):  # 100 MB
        os.write(2, block)
    os.write(2, b"the last words")


def floods_the_report(report: Reporter) -> None:
    for _ in range(100_000):
        report.say(SAID)


def dies_of_a_bad_address(report: Reporter) -> None:
    report.reached("the native part")
    ctypes.string_at(0)


def is_killed(report: Reporter) -> None:  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGKILL)


def leaves_with_status_3(report: Reporter) -> None:  # noqa: ARG001
    sys.exit(3)


def raises(report: Reporter) -> None:  # noqa: ARG001
    raise ValueError("said on standard error")


if __name__ == "__main__":
    globals()[sys.argv[1]](Reporter())
