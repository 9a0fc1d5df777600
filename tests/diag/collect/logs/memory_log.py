"""A log about memory in the making, in Heroku's forms."""

from __future__ import annotations

from checks.evidence import Evidence, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.collect.logs.line import Line
from diag.collect.logs.memory import Memory
from diag.diagnose import diagnose
from diag.report import Diagnosis

BEGAN = 1795183331.0  # 2026-11-20T14:02:11Z
R14 = "Error R14 (Memory quota exceeded)"
R15 = "Error R15 (Memory quota vastly exceeded)"
UUID = "heroku.331204567.0d1f6c1e-5a52-4c8e-9f0e-6f7f8f1f3a10"


class Log:
    """A log in the making: `clock` counts seconds from BEGAN."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.clock = 0.0
        self.number = 0

    def say(self, text: str, dyno: str = "web.1", *, stamped: bool = True, source: str = "heroku") -> bool:
        self.number += 1
        at = BEGAN + self.clock if stamped else None
        return self.memory.read(Line(self.number, at, source, dyno, text))

    def launch(self, command: str = "gunicorn app:app", dyno: str = "web.1", release: str = "v1") -> None:
        text = f"Starting process with command `{command}`"
        self.say(text, dyno)  # the reader of launches sees it first
        self.memory.started(dyno, BEGAN + self.clock, self.number, release, command)

    def over(self, *sizes: int, dyno: str = "web.1", quota: int = 512, stamped: bool = True) -> None:
        """R14 for each, 20 s apart; R15 from twice the quota on."""
        for mb in sizes:
            self.clock += 20
            self.say(f"Process running mem={mb}M({100 * mb / quota:.1f}%)", dyno, stamped=stamped)
            self.say(R15 if mb > 2 * quota else R14, dyno, stamped=stamped)

    def metrics(
        self, *sizes: float, cache: float = 2.0, dyno: str = "web.1", quota: int = 512, uuid: str = UUID
    ) -> None:
        for held in sizes:
            self.clock += 20
            rss = min(held, quota)
            self.say(
                f"source={dyno} dyno={uuid} sample#memory_total={held + cache:.2f}MB "
                f"sample#memory_rss={rss:.2f}MB "
                f"sample#memory_cache={cache:.2f}MB sample#memory_swap={held - rss:.2f}MB "
                f"sample#memory_pgpgin=120000pages sample#memory_pgpgout=71000pages "
                f"sample#memory_quota={quota}.00MB",
                dyno,
            )

    def wait(self, seconds: float) -> None:
        """Time in which the log goes on."""
        self.clock += seconds
        self.say("State changed from up to up")

    @property
    def evidence(self) -> list[Evidence]:
        return self.memory.evidence()

    @property
    def series(self) -> Evidence:
        (found,) = [e for e in self.evidence if e.fact is Fact.MEMORY_SERIES]
        return found

    @property
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        return diagnose([Result("logs", tuple(self.evidence), 0.0)], CATALOGUE, "logs", "").diagnoses

    @property
    def diagnosis(self) -> Diagnosis:
        (found,) = self.diagnoses
        return found
