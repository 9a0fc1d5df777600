"""RSS memory: what the web process holds, against what the dyno may hold.

Heroku's R14 counts rss + swap + page cache, where rss is the kernel's cgroup rss: anonymous pages.
A process's RSS also has file-backed pages (more than half of TensorFlow's), which the kernel drops
under pressure. So RSS is shown, because people know it, and the verdict rests on anonymous + swap.
Dev Center `dyno-memory-behavior`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from checks.evidence import Check, Dyno, Evidence, Level, Value
from checks.facts import Fact
from checks.limits import DEFAULT_QUOTA_MB, MB, NO_LIMIT_BYTES
from checks.processes import Memory, memory_of, web_processes

# From here on the next model, request or worker is likely to need the rest.
WARN_PERCENT = 90.0


@dataclass(frozen=True, slots=True)
class Quota:
    """A dyno's memory limit in MB, and who told it."""

    mb: float
    source: str

    @property
    def assumed(self) -> bool:
        """Nothing told the quota; the smallest dyno's is taken."""
        return self.source == "assumed"


@dataclass(frozen=True, slots=True)
class CgroupMemory:
    """What the kernel counts for the whole dyno, in MB. `rss` is its anonymous memory.

    `shared` is the part of the cache that is shared memory (tmpfs), which has no file to be read
    again from and so is as lasting as anonymous memory.
    """

    rss: float
    cache: float
    swap: float
    shared: float
    where: str

    @property
    def unevictable(self) -> float:
        """What the kernel can't give back."""
        return self.rss + self.shared + self.swap

    @property
    def total(self) -> float:
        """Heroku's memory_total, which R14 is judged by."""
        return self.rss + self.cache + self.swap


def ask(dyno: Dyno) -> Iterator[Evidence]:
    """Memory of the web process and of the dyno against the quota."""
    quota = read_quota(dyno)
    yield Evidence(
        Fact.MEMORY_QUOTA,
        Level.OK,
        f"The quota is {quota.mb:.0f} MB ({_told_by(quota)}).",
        quota.source,
        values={"quota_mb": quota.mb, "source": quota.source},
    )
    cgroup = None if quota.assumed else read_cgroup(dyno)
    processes = web_processes(dyno)
    if cgroup is not None:
        yield _total(cgroup, quota)
    if not processes:
        if cgroup is None:
            yield Evidence(
                Fact.MEMORY_RSS,
                Level.INFO,
                "No web process runs here, so its memory can't be read.",
            )
        return
    each = [(process, memory_of(process.pid, dyno.proc)) for process in processes]
    yield _rss(each)
    yield _anonymous(each, quota, cgroup)


def _told_by(quota: Quota) -> str:
    if quota.assumed:
        return "assumed: no cgroup limit and no DYNO_RAM here"
    return f"read from {quota.source}"


def _rss(each: Sequence[tuple[psutil.Process, Memory]]) -> Evidence:
    total = sum((memory for _, memory in each), Memory())
    many = f" summed over {len(each)} processes" if len(each) > 1 else ""
    return Evidence(
        Fact.MEMORY_RSS,
        Level.OK,
        f"RSS is {total.rss:.0f} MB{many}: {total.anonymous:.0f} MB anonymous and "
        f"{total.file:.0f} MB file-backed, which the kernel can drop"
        + (" (shared pages counted once)." if many else "."),
        values={
            "rss_mb": round(total.rss, 1),
            "anonymous_mb": round(total.anonymous, 1),
            "file_mb": round(total.file, 1),
            "swap_mb": round(total.swap, 1),
            "processes": len(each),
        },
    )


def _anonymous(
    each: Sequence[tuple[psutil.Process, Memory]], quota: Quota, cgroup: CgroupMemory | None
) -> Evidence:
    """The verdict. The cgroup counts everything in the dyno; without it, the web process's tree."""
    total = sum((memory.unevictable for _, memory in each), 0.0)
    judged, method = (total, "process tree")
    if cgroup is not None:
        judged, method = cgroup.unevictable, "cgroup"
    (largest, most) = max(each, key=lambda pair: pair[1].unevictable)
    workers = _workers(each)
    percent = 100 * judged / quota.mb
    fault = None
    if percent > 100:
        # One worker fits if the tree would, without the anonymous memory of all workers but one.
        others = sorted((m.unevictable for p, m in each if p.pid in workers), reverse=True)[1:]
        fault = "too-many" if len(workers) > 1 and judged - sum(others) <= quota.mb else "one"
    level = Level.FAIL if fault else Level.WARN if percent >= WARN_PERCENT else Level.OK
    values: dict[str, Value] = {
        "anonymous_mb": round(judged, 1),
        "quota_mb": quota.mb,
        "percent": round(percent, 1),
        "workers": len(workers),
        "largest_mb": round(most.unevictable, 1),
        "largest": _name(largest),
        "method": method,
        "quota_source": quota.source,
    }
    if fault:
        values["fault"] = fault
    return Evidence(
        Fact.MEMORY_ANONYMOUS,
        level,
        f"Anonymous memory and swap are {judged:.0f} MB of {quota.mb:.0f} MB ({percent:.1f} %), by the "
        f"{method}; {_name(largest)} (pid {largest.pid}) holds {most.unevictable:.0f} MB.",
        f"pid {largest.pid}",
        values=values,
    )


def _total(cgroup: CgroupMemory, quota: Quota) -> Evidence:
    """R14 counts page cache too, so say when that alone is what passes the quota."""
    percent = 100 * cgroup.total / quota.mb
    over_by_cache = cgroup.total > quota.mb >= cgroup.unevictable
    values: dict[str, Value] = {
        "total_mb": round(cgroup.total, 1),
        "percent": round(percent, 1),
        "rss_mb": round(cgroup.rss, 1),
        "cache_mb": round(cgroup.cache, 1),
        "swap_mb": round(cgroup.swap, 1),
        "quota_mb": quota.mb,
    }
    if over_by_cache:
        values["fault"] = "page-cache"
    return Evidence(
        Fact.MEMORY_TOTAL,
        Level.INFO if over_by_cache else Level.OK,
        f"The dyno's total is {cgroup.total:.0f} MB of {quota.mb:.0f} MB ({percent:.1f} %): "
        f"{cgroup.rss:.0f} MB rss, {cgroup.swap:.0f} MB swap, {cgroup.cache:.0f} MB page cache.",
        cgroup.where,
        values=values,
    )


def _workers(each: Sequence[tuple[psutil.Process, Memory]]) -> set[int]:
    """Pids of sibling processes that run the same program as their parent: forked workers."""
    tree = {process.pid: process for process, _ in each}
    found = set()
    for pid, process in tree.items():
        try:
            parent = tree.get(process.ppid())
            if parent is not None and parent.exe() == process.exe() and _is_fork(parent, process):
                found.add(pid)
        except psutil.Error:
            continue
    return found


def _is_fork(parent: psutil.Process, child: psutil.Process) -> bool:
    """Forked workers keep their parent's arguments, or rename themselves to ``…worker…``."""
    arguments = child.cmdline()
    return (
        arguments == parent.cmdline()
        or "worker" in " ".join(arguments[:1])
        or "--multiprocessing-fork" in arguments  # spawned by multiprocessing, as uvicorn does
    )


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return "a process"


def read_quota(dyno: Dyno) -> Quota:
    """The quota by the cgroup, else DYNO_RAM (set by Heroku's Python buildpack), else 512 MB."""
    for folder, name in ((_v2(dyno), "memory.max"), (_v1(dyno), "memory.limit_in_bytes")):
        limit = _number(folder / name) if folder else None
        if limit is not None and 0 < limit < NO_LIMIT_BYTES:
            return Quota(limit / MB, name)
    told = dyno.var("DYNO_RAM")
    if re.fullmatch(r"[1-9][0-9]{0,8}", told):
        return Quota(float(told), "DYNO_RAM")
    return Quota(float(DEFAULT_QUOTA_MB), "assumed")


def read_cgroup(dyno: Dyno) -> CgroupMemory | None:
    """The cgroup's own figures, version 1 or 2; None where there is no limited memory cgroup."""
    v1, v2 = _v1(dyno), _v2(dyno)
    if v1 and (_number(v1 / "memory.limit_in_bytes") or NO_LIMIT_BYTES) < NO_LIMIT_BYTES:
        stat = _fields(v1 / "memory.stat")
        # total_* include child cgroups and stand only where hierarchy is on.
        rss, cache, swap, shared = (
            stat.get(f"total_{k}", stat.get(k)) for k in ("rss", "cache", "swap", "shmem")
        )
        if rss is not None and cache is not None:
            where = str(v1 / "memory.stat")
            return CgroupMemory(rss / MB, cache / MB, (swap or 0) / MB, (shared or 0) / MB, where)
    if v2 and (_number(v2 / "memory.max") or NO_LIMIT_BYTES) < NO_LIMIT_BYTES:
        stat = _fields(v2 / "memory.stat")
        if "anon" in stat and "file" in stat:
            swap = _number(v2 / "memory.swap.current") or 0
            rss, cache, shared = stat["anon"], stat["file"], stat.get("shmem", 0)
            where = str(v2 / "memory.stat")
            return CgroupMemory(rss / MB, cache / MB, swap / MB, shared / MB, where)
    return None


def _v1(dyno: Dyno) -> Path | None:
    return _folder(dyno, dyno.cgroup / "memory", "memory", "memory.limit_in_bytes")


def _v2(dyno: Dyno) -> Path | None:
    return _folder(dyno, dyno.cgroup, "", "memory.max")


def _folder(dyno: Dyno, mount: Path, controller: str, must_have: str) -> Path | None:
    """Our own cgroup below the mount; the mount itself where the path is the host's, as in a dyno."""
    try:
        lines = (dyno.proc / "self" / "cgroup").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controller in controllers.split(",") and (mount / path.lstrip("/") / must_have).exists():
            return mount / path.lstrip("/")
    return mount if (mount / must_have).exists() else None


def _number(path: Path) -> int | None:
    """The integer in a cgroup file; None for ``max``, and where it can't be read."""
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _fields(path: Path) -> dict[str, int]:
    """``name number`` lines as a mapping; empty where the file can't be read."""
    try:
        pairs = (line.split() for line in path.read_text("ascii").splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
    except (OSError, ValueError):
        return {}


CHECK = Check("memory", ask, deadline=5.0)
