"""Port binding: $PORT, who listens on it, on which interfaces, and how soon.

Asked before anything that imports TensorFlow: that import can eat the boot limit, and then the
reader would be told about time when the fault was the address. Dev Center `error-codes` (R10, H20).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.evidence import Check, Dyno, Evidence, Level, Value
from checks.facts import Fact
from checks.limits import BOOT_SECONDS, PORTS
from checks.listeners import Listener, listeners
from checks.processes import web_processes

# Heroku kills at 60 s; past three quarters of it a slower disk or a noisy neighbour decides.
SAFE_BIND_SECONDS = 45


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """$PORT is a port; the web process listens on it, where the router can reach it, in time."""
    variable = _variable(dyno)
    yield variable
    if variable.level is Level.FAIL:
        return
    listener = _listener(dyno)
    yield listener
    bound = dyno.boot.finished("bind") if dyno.boot is not None else None
    if bound is not None and bound.seconds is not None:
        slow = bound.seconds > SAFE_BIND_SECONDS
        yield Evidence(
            Fact.PORT_BIND_TIME,
            Level.WARN if slow else Level.OK,
            f"The port was bound {bound.seconds:.1f} s after launch; the limit is {BOOT_SECONDS} s.",
            values={"seconds": round(bound.seconds, 2), "limit_seconds": BOOT_SECONDS}
            | ({"fault": "slow"} if slow else {}),
        )


def port_of(dyno: Dyno) -> int | None:
    """$PORT as a number, or None when it is not a port."""
    text = dyno.var("PORT")
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) in PORTS:
        return int(text)
    return None


def _variable(dyno: Dyno) -> Evidence:
    port = port_of(dyno)
    if port is not None:
        return Evidence(Fact.PORT_VARIABLE, Level.OK, f"PORT is {port}.", values={"port": port})
    text = dyno.var("PORT")
    if not text:
        set_but_empty = "PORT" in dyno.env
        # Only a web dyno is promised a PORT. Dev Center `dynos`.
        needed = set_but_empty or (dyno.on_heroku and dyno.process_type == "web")
        return Evidence(
            Fact.PORT_VARIABLE,
            Level.FAIL if needed else Level.INFO,
            "PORT is set to nothing."
            if set_but_empty
            else "PORT is not set."
            if needed
            else "PORT is not set; only a web dyno needs it.",
            "config vars",
            values={"fault": "empty" if set_but_empty else "unset"} if needed else {},
        )
    literal = "$" in text
    return Evidence(
        Fact.PORT_VARIABLE,
        Level.FAIL,
        "PORT holds the text $PORT itself, which no shell has replaced."
        if literal
        else f"PORT is not a number from {PORTS[0]} to {PORTS[-1]}.",
        "config vars",
        values={"fault": "literal" if literal else "not-a-port"},
    )


def _listener(dyno: Dyno) -> Evidence:
    processes = web_processes(dyno)
    found = listeners(processes)
    port = port_of(dyno)
    if not found:
        return _nothing_listens(dyno, running=bool(processes))
    ours = [each for each in found if each.port == port]
    if port is None or not ours:
        return _elsewhere(found[0], port)
    open_to_all = [each for each in ours if not each.on_loopback]
    best = next((each for each in ours if each.on_every_interface), (open_to_all or ours)[0])
    values: dict[str, Value] = {"port": best.port, "address": best.address}
    if not open_to_all:
        return Evidence(
            Fact.PORT_LISTENER,
            Level.FAIL,
            f"The web process listens on {best.address}:{best.port}, which only the dyno itself reaches.",
            f"pid {best.pid}",
            values=values | {"fault": "localhost"},
        )
    return Evidence(
        Fact.PORT_LISTENER,
        Level.OK,
        f"The web process listens on {best.address}:{best.port}.",
        f"pid {best.pid}",
        values=values,
    )


def _elsewhere(found: Listener, port: int | None) -> Evidence:
    values: dict[str, Value] = {"port": found.port, "address": found.address}
    seen = f"The web process listens on {found.address}:{found.port}"
    if port is None:  # off a dyno nobody has said which port it should be
        return Evidence(Fact.PORT_LISTENER, Level.INFO, f"{seen}.", f"pid {found.pid}", values=values)
    return Evidence(
        Fact.PORT_LISTENER,
        Level.FAIL,
        f"{seen}, but PORT is {port}.",
        f"pid {found.pid}",
        values=values | {"fault": "other-port", "expected": port},
    )


def _nothing_listens(dyno: Dyno, *, running: bool) -> Evidence:
    if not running or dyno.boot is None:
        return Evidence(
            Fact.PORT_LISTENER,
            Level.INFO,
            "No web process runs here, so its binding can't be seen."
            + (" That is normal in a one-off dyno." if dyno.on_heroku else ""),
        )
    elapsed = dyno.boot.elapsed()
    late = elapsed > BOOT_SECONDS
    return Evidence(
        Fact.PORT_LISTENER,
        Level.FAIL if late else Level.INFO,
        f"The web process listens on no port, {elapsed:.0f} s after launch.",
        values={"seconds": round(elapsed, 1)} | ({"fault": "nothing"} if late else {}),
    )


CHECK = Check("port", ask, deadline=5.0)
