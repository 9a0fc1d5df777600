"""What a launch came to: evidence from what a dyno, its server and the platform said.

The order is the causal one: what the app raised, what the server refused, where it listened, how the
platform ended it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from checks.limits import BOOT_SECONDS
from diag.collect.logs.exceptions import evidence_of
from diag.collect.logs.fatal import at_import, died_young, ended_badly, fatal_of
from diag.collect.logs.launches import Launch, Listener, Place

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
_SERVERS = re.compile(
    r"\b(gunicorn|uvicorn|hypercorn|daphne|waitress-serve|streamlit|uwsgi|flask run|runserver|granian)\b"
)
# What bots, queues and schedulers say of themselves, and what they are started by.
_NOT_A_SERVER = re.compile(
    r"\b(?:celery|rq worker|rqworker|dramatiq|huey|arq)\b|Logged in as|logging in using static token"
    r"|discord\.(?:client|gateway)|\bgetUpdates\b|[Pp]olling|telegram\.ext|aiogram|Application started"
    r"|[Bb]ot (?:is )?(?:started|running|online|ready)|\[tasks\]|celery@|Scheduler started|Listening for jobs"
    r"|Connected to (?:Gateway|RabbitMQ|amqp)"
)
_SLOW_WORK = re.compile(
    r"tensorflow|TensorFlow|oneDNN|cuda|CUDA|[Dd]ownload|[Ll]oading|\bmodel\b|[Tt]rain|[Ff]etching|migrat"
    r"|Applying|Collecting|\d{1,3}%\|"
)
_SIGNAL_OF = {"132": "SIGILL", "134": "SIGABRT", "135": "SIGBUS", "136": "SIGFPE", "139": "SIGSEGV"}
_SIGNAL_SAID = {
    "Segmentation fault": "SIGSEGV",
    "Illegal instruction": "SIGILL",
    "Aborted": "SIGABRT",
    "Bus error": "SIGBUS",
}
_LATE = 0.9  # of the boot limit


def came_up(launch: Launch) -> bool:
    """Whether the platform said `up`, and nothing ended it badly."""
    return launch.up is not None and not ended_badly(launch)


def evidence(launch: Launch, served: bool) -> list[Evidence]:
    """All that a launch tells, in causal order. `served`: the dyno is known to have answered requests."""
    bad = ended_badly(launch)
    found = [*_exceptions(launch, bad), *_refusals(launch, bad), *_workers(launch, served)]
    if "R10" in launch.codes:
        found += _not_bound(launch, explained=bool(found))
    found += _codes(launch)
    found += _ending(launch, explained=any(e.level is Level.FAIL for e in found))
    return found


def _values(launch: Launch, place: Place, **values: Value) -> dict[str, Value]:
    base: dict[str, Value] = {
        "dyno": launch.dyno,
        "process_type": launch.process_type or "web",
        "number": place.number,
    }
    if words := launch.command.split():
        base |= {"command": launch.command, "program": words[0]}
    if target := launch.target:
        base["target"] = target
    return base | values


def _say(launch: Launch, fact: Fact, level: Level, place: Place, text: str, **values: Value) -> Evidence:
    if fact is Fact.LAUNCH and launch.process_type == "release":
        fact = Fact.RELEASE_PHASE
    return Evidence(fact, level, text, f"line {place.number}", place.at, _values(launch, place, **values))


def _exceptions(launch: Launch, bad: bool) -> Iterator[Evidence]:
    target = launch.target
    during = f"The import of {target}" if target else "The start of the app"
    for raised in fatal_of(launch, bad):
        if launch.process_type == "release":
            fact, during = Fact.RELEASE_PHASE, "The release command"
        elif launch.is_web:
            fact = Fact.BOOT_IMPORT
        else:
            fact, during = Fact.PROCESS_EXCEPTION, f"The process {launch.process_type}"
        found = evidence_of(raised, fact, during, target)
        level = found.level if launch.process_type != "run" else min(found.level, Level.WARN)
        early = {"at_import": True} if at_import(raised) or died_young(launch) else {}
        yield Evidence(
            found.fact,
            level,
            found.text,
            found.where,
            found.at,
            {**_values(launch, launch.first), **early, **found.values},
        )


def _refusals(launch: Launch, bad: bool) -> Iterator[Evidence]:
    """What a shell or a server refused in one line."""
    if launch.reason is not None and "App failed to load" in launch.reason.text and not launch.saying:
        text = launch.reason.text.strip()
        yield _say(launch, Fact.LAUNCH, Level.FAIL, launch.reason, text, fault="app-failed-to-load")
    for what, (place, said) in launch.saying.items():
        fault = what.replace("_", "-")
        values: dict[str, Value] = {k: v for k, v in said.values.items() if k != "text"}
        if what == "died":
            values["signal"] = _SIGNAL_SAID.get(said.values["how"], "SIGKILL")
            fault = "killed" if said.values["how"] == "Killed" else "signal"
        if what == "command_not_found" and _SERVERS.fullmatch(said.values["command"].rpartition("/")[2]):
            fault = "server-not-found"
        if what == "module_missing" and _SERVERS.fullmatch(said.values["module"].partition(".")[0]):
            fault = "server-not-found"
            values["command"] = said.values["module"].partition(".")[0]
        fails = launch.process_type != "run" and (bad or launch.exited is None)
        level = Level.FAIL if fails else Level.WARN
        yield _say(launch, Fact.LAUNCH, level, place, place.text.strip(), fault=fault, **values)


def _workers(launch: Launch, served: bool) -> Iterator[Evidence]:
    """Workers that timed out, or that native code ended."""
    if launch.timeouts:
        ages = [age for _, _, age in launch.timeouts if age is not None]
        contexts = {r.context for r in launch.raised if r.type == "SystemExit"}
        young = bool(ages) and len(ages) == len(launch.timeouts) and max(ages) - min(ages) < 3
        looping = len(launch.timeouts) > 1 and young and not served and "request" not in contexts
        pid, place, _age = launch.timeouts[0]
        seconds = round(min(ages), 0) if young else None
        if launch.second_server is not None and "request" not in contexts:
            yield _say(
                launch,
                Fact.LAUNCH,
                Level.FAIL,
                launch.second_server,
                f"{launch.second_server.text.strip()}, in a worker of gunicorn, which then timed out",
                fault="second-server",
                count=launch.timeouts_count,
            )
        elif "boot" in contexts or looping:
            yield _say(
                launch,
                Fact.LAUNCH,
                Level.FAIL,
                place,
                f"gunicorn ended {launch.timeouts_count} workers, each {seconds or 'some'} s after it began, "
                "before they had answered anything",
                fault="timeout-loop" if "boot" in contexts else "timeout-loop-likely",
                count=launch.timeouts_count,
                seconds=seconds,
                version=launch.version or None,
            )
        else:
            times = f", {launch.timeouts_count} times" if launch.timeouts_count > 1 else ""
            hung = next((r for r in launch.raised if r.type == "SystemExit" and r.own), None)
            values: dict[str, Value] = (
                {"file": hung.own.file, "line": hung.own.line} if hung and hung.own else {}
            )
            yield _say(
                launch,
                Fact.WORKER_EXIT,
                Level.FAIL,
                place,
                f"{place.text.strip()}{times}",
                fault=_timed_out(launch, proved=served or "request" in contexts),
                pid=pid,
                count=launch.timeouts_count,
                preloading=launch.preloading,
                version=launch.version or None,
                **values,
            )
    for signal, place in launch.signals.items():
        if signal in _SIGNAL_OF.values():
            yield _say(
                launch,
                Fact.WORKER_EXIT,
                Level.FAIL,
                place,
                place.text.strip(),
                fault="signal",
                signal=signal,
                during="A worker",
            )


def _timed_out(launch: Launch, *, proved: bool) -> str:
    """What a time-out means; it is proved when the worker is known to have answered a request."""
    if launch.tensorflow_in_master is not None:
        return "hang-after-fork"
    return "timeout" if proved else "timeout-unproved"


def _not_bound(launch: Launch, *, explained: bool) -> Iterator[Evidence]:
    """Why the platform did not see the port bound."""
    timed_out = launch.codes["R10"]
    if explained:  # uvicorn says that it runs before its workers have failed
        return
    if launch.listeners:
        everywhere = [each for each in launch.listeners if each.host not in _LOCAL]
        listener = (everywhere or launch.listeners)[0]
        if not listener.port:
            port = next((each.port for each in launch.listeners if each.port), "")
            listener = Listener(listener.place, listener.host, port)
        yield _elsewhere(launch, listener, timed_out)
        return
    words = " ".join(p.text for p in (*launch.first_words, *launch.words))
    if _NOT_A_SERVER.search(f"{launch.command} {words}"):
        fault = "no-server"
    elif launch.preloading or _SLOW_WORK.search(words):
        fault = "slow"
    elif launch.began is None and not launch.lines:
        fault = "unseen"  # the log begins in the middle of the launch
    elif _SERVERS.search(launch.command):
        fault = "silent-server"
    else:
        fault = "silent-script"
    said = (
        f"and its last words were: {launch.last.text.strip()[:160]}" if launch.last else "and it said nothing"
    )
    yield _say(
        launch,
        Fact.LAUNCH,
        Level.FAIL,
        timed_out,
        f"{launch.command or launch.dyno} did not say where it listens within {BOOT_SECONDS} s, {said}",
        fault=fault,
    )


def _elsewhere(launch: Launch, listener: Listener, timed_out: Place) -> Evidence:
    address = f"{listener.host or '*'}:{listener.port}"
    began, place = launch.began, listener.place
    after = None if began is None or began.at is None or place.at is None else place.at - began.at
    values: dict[str, Value] = {"address": listener.host, "port": listener.port, "expected": "$PORT"}
    if (after is not None and after > BOOT_SECONDS * _LATE) or _later(place, timed_out):
        return _say(
            launch,
            Fact.LAUNCH,
            Level.FAIL,
            place,
            f"It listened on {address} {after:.0f} s after launch, too late"
            if after is not None
            else f"It listened on {address} only after the platform had given up",
            fault="listening-late",
            seconds=None if after is None else round(after, 1),
            **values,
        )
    fault = "localhost" if listener.host in _LOCAL else "other-port"
    return _say(launch, Fact.PORT_LISTENER, Level.FAIL, place, place.text.strip(), fault=fault, **values)


def _later(one: Place, other: Place) -> bool:
    return one.number > other.number if one.at is None or other.at is None else one.at > other.at


def _codes(launch: Launch) -> Iterator[Evidence]:
    """What the platform itself logged about the dyno; memory codes have a reader of their own."""
    for code, place in launch.codes.items():
        if code not in ("R14", "R15", "R12", "R17", "R99") and f"LOG_{code}" in Fact.__members__:
            values: dict[str, Value] = {"fault": "hours", "sure": "certain"} if code == "H82" else {}
            fact = Fact[f"LOG_{code}"]
            yield _say(launch, fact, Level.FAIL, place, place.text, code=code, **values)


def _ending(launch: Launch, *, explained: bool) -> Iterator[Evidence]:
    if launch.exited is None or not ended_badly(launch) or "R12" in launch.codes:
        return
    status, place = launch.status, launch.exited
    values: dict[str, Value] = {"status": status, "unsaid": True}
    fault = "exit"
    if status == "0":
        fault = "exited-0" if launch.process_type == "web" else "exit"
    elif status in ("126", "127"):
        starts_server = _SERVERS.search(launch.command.partition(" ")[0])
        fault = "server-not-found" if starts_server else "command-not-found"
        if status == "126":
            fault = "command-denied"
        values["command"] = launch.command.split()[0] if launch.command.split() else None
    elif status == "137" and not {"R10", "R12", "R14", "R15"} & launch.codes.keys():
        fault = "killed"
    elif status in _SIGNAL_OF:
        fault, values["signal"] = "signal", _SIGNAL_OF[status]
    if explained:
        fault = "exit"
    after = ""
    if launch.began is not None and launch.began.at is not None and place.at is not None:
        after = f" after {max(0.0, place.at - launch.began.at):.0f} s"
    yield _say(
        launch,
        Fact.LAUNCH,
        Level.WARN if launch.process_type == "run" else Level.FAIL,
        place,
        f"{launch.command or launch.dyno or 'The process'} ended with status {status or 'unknown'}{after}",
        fault=fault,
        **values,
    )
