"""Memory as a log tells it: R14 and R15, the lines of log-runtime-metrics, workers that were killed.

Samples of one launch make one series; a series never runs over a restart. The verdict on a launch is
given in `memory_whole`, and all launches of a process type together make one story in `memory_story`.
Forms: Dev Center `error-codes`, `log-runtime-metrics`; the Python buildpack's start-up lines; gunicorn's.
"""

from __future__ import annotations

import re
from collections import Counter

from checks.evidence import Evidence
from checks.limits import CEDAR_SIZES, FIR_SIZES, PRIVATE_SIZES
from diag.collect.logs.launches import COMMAND_CHARS, process_type
from diag.collect.logs.line import Line
from diag.collect.logs.memory_evidence import tell
from diag.collect.logs.memory_run import WAITING, Run, known_size
from diag.collect.logs.memory_story import Told
from diag.collect.logs.memory_whole import verdict_on

KEPT_DYNOS = 260  # Fir's limit is 255 dynos an app
KEPT_TYPES = 40
OVERLAP_SECONDS = 240.0  # with preboot the old dyno goes on for three minutes
EVERY_SECONDS = 20.0  # between two samples, where the log has no stamps

_MB = r"(\d{1,9}+(?:\.\d{1,6}+)?+)MB"
_METRICS = re.compile(
    rf"(source=(\S{{1,80}}+)(?: dyno=(\S{{1,120}}+))? sample#memory_total=){_MB}(?: sample#memory_rss={_MB} "
    rf"sample#memory_cache={_MB} sample#memory_swap={_MB})?(?: sample#memory_pgpg\w{{2,3}}+=\d++\w++){{0,2}}+"
    rf"(?: sample#memory_quota={_MB})?"
).match
_NUMBERS = re.compile(
    rf"{_MB} sample#memory_rss={_MB} sample#memory_cache={_MB} sample#memory_swap={_MB}(?: |$)"
).match
_OLD_METRICS = re.compile(
    r"source=(?:heroku\.\d+\.)?([a-z][\w-]*\.\d+)(?:\.\S{1,80}+)? measure=memory_total "
    r"val=(\d{1,9}(?:\.\d{1,6})?)(?: units=MB)?$"
)
_MEM = re.compile(r"Process running mem=(\d{1,9}(?:\.\d+)?) ?MB? ?\((\d{1,6}(?:\.\d+)?)%\)")
_DETECTED = re.compile(r"Python buildpack: Detected (\d{1,7}) MB available memory")
_DEFAULTING = re.compile(r"Python buildpack: Defaulting WEB_CONCURRENCY to (\d{1,3}) ")
_SIZED = re.compile(r"\b([a-z][\w-]{0,40})@\d{1,4}:([\w.-]{1,40})")
_BOOT = re.compile(r"\banonymous_mb=(\d{1,7}(?:\.\d+)?)")
_WORKER = re.compile(
    r"(?:Booting worker with pid: (?P<booted>\d{1,8})"
    r"|WORKER TIMEOUT \(pid: ?(?P<timeout>\d{1,8})\)"
    r"|Worker \(pid: ?(?P<killed>\d{1,8})\) was sent SIGKILL!"
    r"|Worker with pid (?P<terminated>\d{1,8}) was terminated due to signal 9\b"
    r"|Worker \(pid: ?(?P<signalled>\d{1,8})\) was sent SIG"
    r"|Worker exiting \(pid: ?(?P<exiting>\d{1,8})\)"
    r"|Worker \(pid: ?(?P<exited>\d{1,8})\) exited with code"
    r"|(?P<starting>Starting gunicorn )"
    r"|(?P<stopping>Handling signal: (?:term|int|quit)\b|Shutting down: Master))"
)
_SIZE_MB = {size.name: float(size.mb) for size in (*CEDAR_SIZES, *PRIVATE_SIZES, *FIR_SIZES)} | {
    "free": 512.0,
    "hobby": 512.0,
}


class Memory:
    """Reads what the log says about memory; see `evidence`."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._before: dict[str, str] = {}  # the dyno uuid of a launch that has ended
        self._told: dict[str, Told] = {}
        self._quotas: dict[str, float] = {}
        self._sizes: dict[str, float] = {}  # by process type, as last scaled
        self._now = 0.0
        self._latest = ""  # the dyno that was last heard of

    def read(self, line: Line) -> bool:
        """Whether the line tells about memory and nothing else."""
        text = line.text
        head = text[:2]
        if head == "so":
            return self._metrics(line)
        if head == "Pr":
            return self._process(line)
        if head == "Er":
            return self._code(line)
        if head == "[2" or text[:3].isdigit() or text[:1] == "[":
            return self._gunicorn(line)
        if head == "Py":
            return self._buildpack(line)
        if head == "St":
            self._stop(line)
        elif head == "Sc" and text.startswith("Scale"):
            self._scaled(text)
        elif head == "at" and " event=boot " in text[:24]:
            self._boot(line)
        if line.at is not None and line.at > self._now:
            self._now = line.at
        return False

    def started(self, dyno: str, at: float | None, number: int, release: str, command: str = "") -> None:
        """A new launch of the dyno: its series begins anew, the earlier one's verdict is kept."""
        self._end(dyno)
        run = self._new(dyno, number)
        run.began, run.started, run.release, run.command = at, True, release, command[:COMMAND_CHARS]

    def quota(self, dyno: str = "") -> float | None:
        """MB, as far as the log has told; without a dyno, of most dynos."""
        if dyno:
            known = self._quotas.get(dyno) or self._sizes.get(process_type(dyno))
            if known is not None:
                return known
        if self._quotas:
            return Counter(self._quotas.values()).most_common(1)[0][0]
        return next(iter(self._sizes.values()), None)

    def evidence(self) -> list[Evidence]:
        """R14, R15, the series and killed workers, told once for each process type."""
        told = {name: each.copy() for name, each in self._told.items()}
        for run in self._runs.values():
            _file(told, run, self._now)
        return [evidence for each in told.values() for evidence in tell(each)]

    # One launch of a dyno.

    def _run(self, dyno: str, line: Line) -> Run:
        name = dyno or self._latest
        run = self._runs.get(name)
        return run if run is not None else self._new(name, line.number)

    def _new(self, dyno: str, number: int) -> Run:
        if len(self._runs) >= KEPT_DYNOS:
            self._end(next(iter(self._runs)))
        run = self._runs[dyno] = Run(dyno, number)
        run.quota = self._quotas.get(dyno) or self._sizes.get(process_type(dyno))
        return run

    def _end(self, dyno: str) -> None:
        run = self._runs.pop(dyno, None)
        if run is None:
            return
        if run.uuid and len(self._before) < KEPT_DYNOS:
            self._before[dyno] = run.uuid
        _file(self._told, run, self._now)
        run.forget()

    def _learn(self, run: Run, quota: float) -> None:
        if quota <= 0:
            return
        run.quota = quota
        if run.dyno in self._quotas or len(self._quotas) < KEPT_DYNOS:
            self._quotas[run.dyno] = quota

    def _at(self, line: Line, before: float | None) -> float:
        if line.at is None:
            return 0.0 if before is None else before + EVERY_SECONDS
        self._now = max(self._now, line.at)
        return line.at

    # Lines.

    def _metrics(self, line: Line) -> bool:
        number, at, _, process, text = line
        run = self._runs.get(process)
        # Most lines by far are the next sample of a launch that is known: only the numbers are new.
        if run is not None and run.prefix and text.startswith(run.prefix) and at is not None:
            match = _NUMBERS(text, len(run.prefix))
            if match is not None:
                waiting = run.waiting
                total, rss, cache, swap = match.groups()
                waiting.append((number, at, total, rss, cache, swap))
                if len(waiting) >= WAITING:
                    run.settle()
                if at > self._now:  # noqa: PLR1730  max() costs as much as all the rest
                    self._now = at
                return True
        return self._other_metrics(line)

    def _other_metrics(self, line: Line) -> bool:
        match = _METRICS(line.text)
        if match is None:
            return "sample#load" in line.text or self._old_metrics(line)
        prefix, source, uuid, total, rss, cache, swap, quota = match.groups()
        self._latest = line.process or source
        run = self._of_uuid(self._latest, line, uuid or "")
        if run is None:
            return True
        run.prefix = prefix
        if quota is not None:
            self._learn(run, float(quota))
        self._wait(run, line, (total, rss or total, cache or "0", swap or "0"))
        return True

    def _wait(self, run: Run, line: Line, numbers: tuple[str, str, str, str]) -> None:
        before = run.waiting[-1][1] if run.waiting else run.last_numbers[1] if run.last_numbers else None
        run.waiting.append((line.number, self._at(line, before), *numbers))
        if len(run.waiting) >= WAITING:
            run.settle()

    def _of_uuid(self, dyno: str, line: Line, uuid: str) -> Run | None:
        """The launch a sample belongs to: each has a uuid of its own. None for one that has ended."""
        run = self._runs.get(dyno)
        if run is not None and uuid != run.uuid:
            if uuid and uuid == self._before.get(dyno) and _is_late(run, line):
                return None
            if run.uuid and uuid:
                self._end(dyno)
                run = None
        if run is None:
            run = self._new(dyno, line.number)
            run.seen = line.at
        run.uuid = uuid or run.uuid
        return run

    def _old_metrics(self, line: Line) -> bool:
        match = _OLD_METRICS.match(line.text) if "memory_" in line.text else None
        if match is None:
            return False
        self._latest = dyno = line.process or match[1]
        run = self._run(dyno, line)
        self._wait(run, line, (match[2], match[2], "0", "0"))
        return True

    def _process(self, line: Line) -> bool:
        match = _MEM.match(line.text)
        if match is None:
            return False
        run = self._run(line.process, line)
        mb, percent = float(match[1]), float(match[2])
        if percent > 0 and (run.quota is None or abs(100 * mb / percent - run.quota) > 0.03 * run.quota):
            self._learn(run, known_size(100 * mb / percent))
        last = run.stretches.all[-1].ended if run.stretches.all else None
        run.over(self._at(line, last), mb, percent)
        return True

    def _code(self, line: Line) -> bool:
        code = line.text[6:10].rstrip()
        if code not in ("R14", "R15"):
            return False
        run = self._run(line.process, line)
        (run.r14 if code == "R14" else run.r15).add(line, run.mem_last, run.percent_last)
        self._at(line, None)
        return True

    def _buildpack(self, line: Line) -> bool:
        text = line.text
        if match := _DETECTED.match(text):
            self._learn(self._run(line.process, line), float(match[1]))
        elif match := _DEFAULTING.match(text):
            self._run(line.process, line).concurrency = int(match[1])
        else:
            return text.startswith("Python buildpack: Skipping automatic configuration")
        return True

    def _stop(self, line: Line) -> None:
        if line.text.startswith("Stopping all processes with SIGTERM") and line.process in self._runs:
            self._runs[line.process].stopping = True

    def _scaled(self, text: str) -> None:
        for name, size in _SIZED.findall(text[:2000]):
            mb = _SIZE_MB.get(size.lower().replace("shield-", "private-"))
            if mb is not None and (name in self._sizes or len(self._sizes) < KEPT_TYPES):
                for dyno in [
                    d for d, known in self._quotas.items() if process_type(d) == name and known != mb
                ]:
                    del self._quotas[dyno]
                self._sizes[name] = mb

    def _boot(self, line: Line) -> None:
        match = _BOOT.search(line.text[:4000])
        if match:
            self._run(line.process, line).one_worker = float(match[1])

    def _gunicorn(self, line: Line) -> bool:
        text = line.text
        match = _WORKER.search(text[:400])
        if match is None:
            return False
        run = self._run(line.process, line)
        kind = match.lastgroup
        pid = match[kind] if kind else ""
        if kind == "booted":
            run.booted(pid)
        elif kind == "timeout":
            run.timeout(pid)
        elif kind in ("killed", "terminated"):
            run.sigkill(pid, line)
        elif kind in ("exiting", "exited", "signalled"):
            run.gone(pid)
        elif kind == "starting":
            if run.master_seen:  # a launch whose first line is not in the log
                self._end(run.dyno)
                run = self._new(run.dyno, line.number)
            run.master_seen = True
        else:
            run.stopping = True
        return True


def _is_late(run: Run, line: Line) -> bool:
    """Whether a sample may be of the launch before: it stops while the new one starts."""
    since = run.began if run.began is not None else run.seen
    return since is not None and line.at is not None and line.at - since < OVERLAP_SECONDS


def _file(told: dict[str, Told], run: Run, now: float) -> None:
    """Judge a launch and put it to its process type's; of more types than are kept the rest are one."""
    run.settle()
    verdict = verdict_on(run, now)
    name = run.process_type
    if verdict is None and not run.killed and not run.held.samples:
        return
    if name not in told and len(told) >= KEPT_TYPES:
        name = "other"
    told.setdefault(name, Told(name)).add(run, verdict)
