"""Model load time: each phase in seconds against the boot limit, and what was loaded.

In the service the figures come from the boot ledger, which the loader writes. The doctor calls the
loader that ``[tool.diag] model = "module:callable"`` in pyproject.toml names, in a child process.
"""

from __future__ import annotations

import importlib
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from checks.child import Reporter, ask_child
from checks.evidence import Check, Dyno, Evidence, Level, Value
from checks.exceptions import evidence_of
from checks.facts import Fact
from checks.fork import used_before_the_fork
from checks.ledger import BOOT, Ledger
from checks.limits import BOOT_SECONDS, MB
from checks.tensorflow_import import answer

# Past three quarters of the boot limit a slower disk or a noisy neighbour decides.
SAFE_SECONDS = 45
REHEARSAL_SECONDS = 120.0


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """How far the model is, how long each phase took, what it is."""
    if dyno.boot is not None:
        yield from used_before_the_fork(dyno)
        yield from describe(dyno.boot)
        return
    try:
        target = model_loader(dyno.root)
    except ValueError as error:
        yield Evidence(Fact.MODEL_LOAD, Level.UNKNOWN, str(error), "pyproject.toml")
        return
    if not target:
        yield Evidence(
            Fact.MODEL_LOAD,
            Level.OK,
            'No model loader is named ([tool.diag] model = "module:callable" in pyproject.toml).',
        )
        return
    env = {"TF_CPP_MIN_LOG_LEVEL": "2", **dyno.env}
    outcome = ask_child("checks.model_load", (target,), env, dyno.root, REHEARSAL_SECONDS)
    yield from answer(outcome, Fact.MODEL_LOAD, f"Loading with {target}", dyno)


def model_loader(root: Path) -> str:
    """``module:callable`` from pyproject.toml, or empty. Raises ValueError when it is unreadable."""
    try:
        with (root / "pyproject.toml").open("rb") as file:
            tool = tomllib.load(file).get("tool", {})
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"pyproject.toml can't be read ({type(error).__name__}).") from None
    named = tool.get("diag", {}).get("model", "") if isinstance(tool, dict) else ""
    if not isinstance(named, str) or (named and ":" not in named):
        raise ValueError('[tool.diag] model must be "module:callable".')
    return named


def describe(boot: Ledger) -> Iterator[Evidence]:
    """The ledger of a boot as evidence."""
    yield from _source(boot)
    yield from boot.remarks
    if boot.failed:
        yield from (e for e in boot.failed if e.fact is not Fact.TENSORFLOW_IMPORT)
        return
    elapsed = boot.elapsed()
    if not boot.is_ready:
        late = elapsed > BOOT_SECONDS
        yield Evidence(
            Fact.MODEL_LOAD,
            Level.WARN if late else Level.INFO,
            f"The model is not ready after {elapsed:.1f} s; it is in the phase {boot.phase}.",
            values={
                "seconds": round(elapsed, 1),
                "phase": boot.phase,
                **({"fault": "slow"} if late else {}),
            },
        )
        return
    if boot.ready_after is None:
        yield Evidence(Fact.MODEL_LOAD, Level.OK, "This app loads no model in the background.")
        return
    yield _phases(boot)
    yield from _file(boot)
    yield _boot_time(boot.ready_after)


def _source(boot: Ledger) -> Iterator[Evidence]:
    source = boot.identity.get("source")
    if source:
        yield Evidence(
            Fact.MODEL_SOURCE, Level.OK, f"The model comes from {source}.", str(source),
            values={"source": source},
        )  # fmt: skip


def _phases(boot: Ledger) -> Evidence:
    timed = [(step.name, step.seconds or 0.0) for step in boot.steps if step.name != "bind"]
    total = sum(seconds for name, seconds in timed if name not in ("tensorflow-import", "app-import"))
    values: dict[str, Value] = {"seconds": round(total, 2)}
    values |= {f"{name.replace('-', '_')}_seconds": round(seconds, 2) for name, seconds in timed}
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in timed)
    text = f"The model is loaded and warm{': ' if told else ''}{told}."
    return Evidence(Fact.MODEL_LOAD, Level.OK, text, values=values)


def _file(boot: Ledger) -> Iterator[Evidence]:
    known = boot.identity
    size = known.get("size_bytes")
    if not isinstance(size, int):
        return
    yield Evidence(
        Fact.MODEL_FILE,
        Level.OK,
        f"The model is {known.get('format', 'of unknown form')}, {size / MB:.2f} MB, sha256 "
        f"{str(known.get('sha256', ''))[:12]}, input {known.get('input', '?')}, "
        f"output {known.get('output', '?')}.",
        str(known.get("source", "")),
        values={"size_bytes": size} | {k: v for k, v in known.items() if k != "size_bytes"},
    )


def _boot_time(seconds: float) -> Evidence:
    slow = seconds > SAFE_SECONDS
    return Evidence(
        Fact.MODEL_BOOT_TIME,
        Level.WARN if slow else Level.OK,
        f"Ready {seconds:.1f} s after launch; the boot limit is {BOOT_SECONDS} s.",
        values={"seconds": round(seconds, 2), "limit_seconds": BOOT_SECONDS}
        | ({"fault": "slow"} if slow else {}),
    )


def _main(target: str) -> None:
    report = Reporter()
    # Now, since a file of the app may take the place of what this needs from the standard library.
    importlib.import_module("checks.exceptions.particulars")
    module, _, name = target.partition(":")
    sys.path.insert(0, os.getcwd())
    BOOT.await_ready()
    try:
        getattr(importlib.import_module(module), name)()
    except BaseException as error:
        dyno = Dyno(env=os.environ, root=Path.cwd())
        report.say(*_source(BOOT), evidence_of(error, Fact.MODEL_LOAD, "Loading the model", dyno))
        os._exit(0)  # threads and native libraries of a failed load have no say in it
    BOOT.ready()
    report.say(*describe(BOOT))
    os._exit(0)


CHECK = Check(
    "model-load",
    ask,
    deadline=REHEARSAL_SECONDS + 5.0,
    needs=("s3", "tensorflow-import"),
    every=1.0,
    of_worker=True,
)

if __name__ == "__main__":
    _main(sys.argv[1])
