"""The nouns every check speaks: Level, Evidence, Dyno, Check, Result.

All are small frozen values. Nothing here touches the world.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.facts import Fact

if TYPE_CHECKING:
    from checks.ledger import Ledger

Value = str | int | float | bool | None | tuple[str, ...]


class Level(IntEnum):
    """How a fact stands, ordered by how much it should worry us: the roll-up is ``max()``."""

    OK = 0
    INFO = 1
    WARN = 2
    UNKNOWN = 3  # no answer in time, not asked, or the check itself broke
    FAIL = 4

    @property
    def word(self) -> str:
        """The level as reports print it: ``ok``, ``info``, ``warn``, ``unknown`` or ``fail``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation.

    `text` is one sentence with the number in it; `where` says where it was seen (``Procfile:1``,
    ``pid 42``); `at` is Unix time in seconds; `values` lets a cause name the real module, variable,
    port or bucket. A config var's value never goes into any of them.
    """

    fact: Fact
    level: Level
    text: str
    where: str = ""
    at: float | None = None
    values: Mapping[str, Value] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The form reports print and workers exchange."""
        return {
            "fact": self.fact.value,
            "level": self.level.word,
            "text": self.text,
            "where": self.where or None,
            "at": None if self.at is None else timestamp(self.at),
            "values": {k: list(v) if isinstance(v, tuple) else v for k, v in self.values.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        """The inverse of `to_json`. Raises LookupError, TypeError, ValueError or AttributeError else."""
        at = data["at"]
        return cls(
            fact=Fact(data["fact"]),
            level=Level[data["level"].upper()],
            text=data["text"],
            where=data["where"] or "",
            at=None if at is None else datetime.fromisoformat(at).timestamp(),
            values={k: tuple(v) if isinstance(v, list) else v for k, v in data["values"].items()},
        )


class Fault(Exception):  # noqa: N818  a fault is what we found, not an error of ours
    """Raised by code that knows exactly what is wrong; carries the evidence a check will report."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence.text)
        self.evidence = evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Dyno:
    """The box as a check may see it. Checks never read ``os.environ``: a test is ``Dyno(env={…})``.

    `boot` is the ledger of the serving process; without one (the doctor) checks that need the
    figures of a boot make one themselves, in a child process.
    """

    env: Mapping[str, str]
    root: Path
    boot: Ledger | None = None
    clock: Callable[[], float] = time.time
    proc: Path = Path("/proc")
    cgroup: Path = Path("/sys/fs/cgroup")

    @property
    def on_heroku(self) -> bool:
        """Heroku sets DYNO in every dyno, and nobody else does. Dev Center `dynos`."""
        return bool(self.env.get("DYNO"))

    @property
    def process_type(self) -> str:
        """``web``, ``run``, ``release`` …; empty off a dyno. Cedar: ``web.1``, Fir: ``web-abc``."""
        name, dot, _ = self.env.get("DYNO", "").partition(".")
        return name if dot else name.partition("-")[0]  # a Cedar type may have a hyphen of its own

    def var(self, name: str) -> str:
        """The config var without surrounding blanks, or the empty string."""
        return self.env.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Check:
    """A name, a function that asks one question, and what the runner must know about it.

    An empty answer is good news. `needs` names the checks that must not have failed before.
    `of_worker` marks what each worker process answers for itself; all else is asked once a dyno.
    """

    name: str
    ask: Callable[[Dyno], Iterable[Evidence]]
    deadline: float  # seconds until the answer is UNKNOWN
    needs: tuple[str, ...] = ()
    every: float = 5.0  # seconds between two questions while somebody asks /healthz
    at_least_every: float = 60.0  # seconds between two questions while nobody does
    of_worker: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a check said and how long it took."""

    name: str
    evidence: tuple[Evidence, ...]
    seconds: float
    needs: tuple[str, ...] = ()
    skipped_because: str | None = None

    @property
    def level(self) -> Level:
        """The worst of the evidence; UNKNOWN when the check was not run."""
        if self.skipped_because is not None:
            return Level.UNKNOWN
        return max((e.level for e in self.evidence), default=Level.OK)

    def to_json(self) -> dict[str, Any]:
        """The form reports print and workers exchange."""
        return {
            "name": self.name,
            "level": self.level.word,
            "seconds": round(self.seconds, 3),
            "needs": list(self.needs),
            "skipped_because": self.skipped_because,
            "evidence": [e.to_json() for e in self.evidence],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Result:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            name=data["name"],
            evidence=tuple(Evidence.from_json(e) for e in data["evidence"]),
            seconds=data["seconds"],
            needs=tuple(data["needs"]),
            skipped_because=data["skipped_because"],
        )


def timestamp(seconds: float) -> str:
    """Unix time as RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
