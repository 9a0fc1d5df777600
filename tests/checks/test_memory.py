"""The memory check: RSS is shown, what the kernel can't give back is judged."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil
import pytest

from checks import memory
from checks.evidence import Dyno, Evidence, Level, Result
from checks.facts import Fact
from checks.memory import Quota, read_cgroup, read_quota
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from tests.checks.web_process import EndedEarlyError, WebProcess, web_process

MB = 1 << 20


def causes(evidence: Iterable[Evidence]) -> list[str]:
    report = diagnose((Result("memory", tuple(evidence), 0.0),), CATALOGUE, "doctor", "x")
    return [diagnosis.cause for diagnosis in report.diagnoses]


def of(fact: Fact, evidence: Iterable[Evidence]) -> Evidence:
    (found,) = [e for e in evidence if e.fact is fact]
    return found


def mb(evidence: Evidence, name: str) -> float:
    value = evidence.values[name]
    assert isinstance(value, int | float)
    return value


def look_at(web: WebProcess, root: Path, **env: str) -> list[Evidence]:
    """The doctor's view on a machine that tells no quota: 512 MB is assumed."""
    dyno = Dyno(env={"PORT": web.port, "DYNO": "run.1", **env}, root=root, cgroup=root / "no-cgroup")
    return list(memory.ask(dyno))


def skip_where_files_stay_in_memory(folder: Path) -> None:
    mounts = [p for p in psutil.disk_partitions(all=True) if folder.is_relative_to(p.mountpoint)]
    if max(mounts, key=lambda p: len(p.mountpoint)).fstype in ("tmpfs", "ramfs"):
        pytest.skip("the temporary folder is itself memory")


# The two judgements that matter most, on real processes.


def test_a_process_of_tensorflows_size_is_not_over_quota(tmp_path: Path) -> None:
    skip_where_files_stay_in_memory(tmp_path)

    with web_process(tmp_path, anonymous_mb=170, file=str(tmp_path / "library"), file_mb=415) as web:
        evidence = look_at(web, tmp_path)

    shown, judged = of(Fact.MEMORY_RSS, evidence), of(Fact.MEMORY_ANONYMOUS, evidence)
    assert 590 < mb(shown, "rss_mb") < 640
    assert mb(shown, "file_mb") > 410
    assert 170 < mb(judged, "anonymous_mb") < 200
    assert max(e.level for e in evidence) is Level.OK
    assert causes(evidence) == []


def test_a_process_that_holds_520_mb_anonymous_is_over_quota(tmp_path: Path) -> None:
    with web_process(tmp_path, anonymous_mb=520) as web:
        evidence = look_at(web, tmp_path)

    judged = of(Fact.MEMORY_ANONYMOUS, evidence)
    assert judged.level is Level.FAIL
    assert judged.values["fault"] == "one"
    assert judged.values["method"] == "process tree"
    assert mb(judged, "anonymous_mb") > 520
    assert mb(judged, "percent") > 100
    assert causes(evidence) == ["memory/over-quota"]


def test_from_nine_tenths_on_there_is_a_warning(tmp_path: Path) -> None:
    with web_process(tmp_path, anonymous_mb=470) as web:
        judged = of(Fact.MEMORY_ANONYMOUS, look_at(web, tmp_path))

    assert judged.level is Level.WARN
    assert "fault" not in judged.values


def test_where_no_web_process_runs_nothing_is_claimed(tmp_path: Path) -> None:
    dyno = Dyno(env={"DYNO": "run.1"}, root=tmp_path, cgroup=tmp_path)

    evidence = list(memory.ask(dyno))

    assert max(e.level for e in evidence) is Level.INFO
    assert Fact.MEMORY_ANONYMOUS not in {e.fact for e in evidence}


# One process too big, or too many of them.


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_workers_of_which_one_would_fit_are_too_many(tmp_path: Path, how: str) -> None:
    with web_process(tmp_path, workers=3, worker_mb=190, how=how) as web:
        evidence = look_at(web, tmp_path)

    judged = of(Fact.MEMORY_ANONYMOUS, evidence)
    assert judged.values["fault"] == "too-many"
    assert judged.values["workers"] == 3
    assert causes(evidence) == ["memory/too-many-workers"]


def test_of_two_workers_that_would_not_fit_alone_each_is_too_big(tmp_path: Path) -> None:
    with web_process(tmp_path, workers=2, worker_mb=150) as web:
        evidence = look_at(web, tmp_path, DYNO_RAM="128")

    judged = of(Fact.MEMORY_ANONYMOUS, evidence)
    assert judged.values["fault"] == "one"
    assert judged.values["workers"] == 2
    assert causes(evidence) == ["memory/over-quota"]


def test_workers_that_share_what_was_loaded_before_the_fork_fit(tmp_path: Path) -> None:
    with web_process(tmp_path, anonymous_mb=200, workers=3) as web:
        evidence = look_at(web, tmp_path)

    assert mb(of(Fact.MEMORY_RSS, evidence), "rss_mb") > 800
    assert of(Fact.MEMORY_ANONYMOUS, evidence).level is Level.OK
    assert causes(evidence) == []


def test_one_worker_too_big_is_not_told_to_be_too_many(tmp_path: Path) -> None:
    with web_process(tmp_path, workers=1, worker_mb=200) as web:
        evidence = look_at(web, tmp_path, DYNO_RAM="128")

    assert causes(evidence) == ["memory/over-quota"]


def test_the_service_looks_at_its_own_tree(tmp_path: Path) -> None:
    env = {"DYNO": "web.1", "DYNO_RAM": "4096"}

    with web_process(tmp_path, ask="memory", anonymous_mb=100, workers=2, env=env) as web:
        shown = of(Fact.MEMORY_RSS, web.evidence)

    assert shown.values["processes"] == 3


# A real cgroup of 512 MB, as a dyno has.


@pytest.fixture
def cgroup_of_512_mb() -> Iterator[Path]:
    mount = Path("/sys/fs/cgroup/memory")
    try:
        lines = Path("/proc/self/cgroup").read_text("ascii").splitlines()
        own = next(line.split(":", 2)[2] for line in lines if line.split(":")[1] == "memory")
        above = mount / own.lstrip("/")
        folder = (above if above.is_dir() else mount) / f"test-of-memory-{uuid.uuid4().hex}"
        folder.mkdir()
    except (OSError, StopIteration, IndexError):
        pytest.skip("no memory cgroup (version 1) can be made here: it takes root")
    try:
        try:
            (folder / "memory.limit_in_bytes").write_text(str(512 * MB))
        except OSError:
            pytest.skip("the limit of a memory cgroup can't be set here")
        yield folder
    finally:
        folder.rmdir()


@contextlib.contextmanager
def in_cgroup(folder: Path, cwd: Path, **wish: object) -> Iterator[WebProcess]:
    enter = ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(folder))
    env = {"DYNO": "web.1"}
    with web_process(cwd, *enter, ask="memory", env=env, **wish) as web:
        yield web


def test_in_a_real_cgroup_tensorflows_size_is_not_over_quota(cgroup_of_512_mb: Path, tmp_path: Path) -> None:
    skip_where_files_stay_in_memory(tmp_path)
    library = str(tmp_path / "library")

    with in_cgroup(cgroup_of_512_mb, tmp_path, anonymous_mb=170, file=library, file_mb=415) as web:
        evidence = web.evidence

    judged = of(Fact.MEMORY_ANONYMOUS, evidence)
    assert of(Fact.MEMORY_QUOTA, evidence).values == {
        "quota_mb": 512.0,
        "source": "memory.limit_in_bytes",
    }
    assert judged.values["method"] == "cgroup"
    assert 165 < mb(judged, "anonymous_mb") < 210
    assert judged.level is Level.OK
    # The kernel has dropped what it had to, so the total is within the limit and nothing was killed.
    assert mb(of(Fact.MEMORY_TOTAL, evidence), "total_mb") <= 512
    assert "memory/over-quota" not in causes(evidence)


def test_in_a_real_cgroup_520_mb_anonymous_do_not_fit(cgroup_of_512_mb: Path, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        entering = in_cgroup(cgroup_of_512_mb, tmp_path, anonymous_mb=520)
        if psutil.swap_memory().total:
            judged = of(Fact.MEMORY_ANONYMOUS, stack.enter_context(entering).evidence)
            assert judged.level is Level.FAIL
        else:  # the kernel ends it
            with pytest.raises(EndedEarlyError) as ended:
                stack.enter_context(entering)
            assert ended.value.status == -9


# Who tells the quota, and what the cgroup counts, from trees as the two versions show them.


def tree(root: Path, files: dict[str, str], own: str) -> Dyno:
    proc = root / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(own)
    for name, text in files.items():
        path = root / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Dyno(env={}, root=root, proc=proc, cgroup=root / "cgroup")


HALF_GB = f"{512 * MB}\n"
V1_OWN = "4:memory:/lxc/dyno\n1:cpu:/\n"
V2_OWN = "0::/kubepods/pod1\n"


@pytest.mark.parametrize(
    ("files", "own", "quota"),
    [
        ({"memory/memory.limit_in_bytes": HALF_GB}, V1_OWN, Quota(512, "memory.limit_in_bytes")),
        ({"memory/lxc/dyno/memory.limit_in_bytes": HALF_GB}, V1_OWN, Quota(512, "memory.limit_in_bytes")),
        (
            {
                "memory/memory.limit_in_bytes": f"{1024 * MB}",
                "memory/lxc/dyno/memory.limit_in_bytes": HALF_GB,
            },
            V1_OWN,
            Quota(512, "memory.limit_in_bytes"),
        ),
        ({"memory.max": f"{14 * 1024 * MB}\n"}, "0::/\n", Quota(14336, "memory.max")),
        ({"kubepods/pod1/memory.max": HALF_GB}, V2_OWN, Quota(512, "memory.max")),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, V1_OWN, Quota(512, "assumed")),
        ({"memory/memory.limit_in_bytes": f"{1 << 40}\n"}, V1_OWN, Quota(512, "assumed")),
        ({"memory.max": "max\n"}, V2_OWN, Quota(512, "assumed")),
        ({"memory.max": "nonsense"}, V2_OWN, Quota(512, "assumed")),
        ({"memory.max": ""}, V2_OWN, Quota(512, "assumed")),
        ({"memory.max": "0\n"}, V2_OWN, Quota(512, "assumed")),
        ({}, "", Quota(512, "assumed")),
    ],
    ids=str,
)
def test_the_cgroup_tells_the_quota_in_either_version(
    tmp_path: Path, files: dict[str, str], own: str, quota: Quota
) -> None:
    assert read_quota(tree(tmp_path, files, own)) == quota


@pytest.mark.parametrize(
    ("told", "quota"),
    [
        ("512", Quota(512, "DYNO_RAM")),
        ("129024", Quota(129024, "DYNO_RAM")),
        ("", Quota(512, "assumed")),
        ("0", Quota(512, "assumed")),
        ("-1", Quota(512, "assumed")),
        ("1.5", Quota(512, "assumed")),
        ("512MB", Quota(512, "assumed")),
        ("²", Quota(512, "assumed")),
        ("9" * 5000, Quota(512, "assumed")),
    ],
)
def test_dyno_ram_tells_the_quota_where_the_cgroup_does_not(tmp_path: Path, told: str, quota: Quota) -> None:
    dyno = Dyno(env={"DYNO_RAM": told}, root=tmp_path, proc=tmp_path, cgroup=tmp_path)

    assert read_quota(dyno) == quota


def test_the_cgroup_is_believed_before_dyno_ram(tmp_path: Path) -> None:
    dyno = tree(tmp_path, {"memory/memory.limit_in_bytes": f"{1024 * MB}"}, V1_OWN)

    assert (
        read_quota(Dyno(env={"DYNO_RAM": "512"}, root=tmp_path, proc=dyno.proc, cgroup=dyno.cgroup)).mb
        == 1024
    )


def v1_files(rss: int, cache: int, swap: int, shmem: int = 0) -> dict[str, str]:
    own = f"cache {1 * MB}\nrss {1 * MB}\nswap 0\nshmem 0\n"
    total = (
        f"total_cache {cache * MB}\ntotal_rss {rss * MB}\ntotal_swap {swap * MB}\ntotal_shmem {shmem * MB}\n"
    )
    return {"memory/memory.limit_in_bytes": HALF_GB, "memory/memory.stat": own + total}


def v2_files(rss: int, cache: int, swap: int, shmem: int = 0) -> dict[str, str]:
    stat = f"anon {rss * MB}\nfile {cache * MB}\nkernel {9 * MB}\nshmem {shmem * MB}\npgfault 12345\n"
    return {"memory.max": HALF_GB, "memory.stat": stat, "memory.swap.current": f"{swap * MB}\n"}


Files = Callable[..., dict[str, str]]
VERSIONS = pytest.mark.parametrize(
    ("files", "own"), [(v1_files, V1_OWN), (v2_files, V2_OWN)], ids=["v1", "v2"]
)


def counted(root: Path, files: dict[str, str], own: str) -> Evidence:
    return of(Fact.MEMORY_TOTAL, memory.ask(tree(root, files, own)))


@VERSIONS
def test_the_total_is_rss_and_swap_and_page_cache_as_heroku_counts(
    tmp_path: Path, files: Files, own: str
) -> None:
    found = read_cgroup(tree(tmp_path, files(rss=300, cache=120, swap=40), own))

    assert found is not None
    assert (found.rss, found.cache, found.swap, found.total) == (300, 120, 40, 460)


@VERSIONS
def test_over_the_quota_by_page_cache_alone_is_said_and_no_fault(
    tmp_path: Path, files: Files, own: str
) -> None:
    total = counted(tmp_path, files(rss=300, cache=280, swap=10), own)

    assert total.level is Level.INFO
    assert mb(total, "percent") == pytest.approx(115.2, abs=0.05)
    assert causes([total]) == ["memory/page-cache-counted"]


@VERSIONS
def test_shared_memory_is_counted_as_cache_and_is_not_given_back(
    tmp_path: Path, files: Files, own: str
) -> None:
    total = counted(tmp_path, files(rss=300, cache=280, swap=10, shmem=270), own)

    assert causes([total]) == []


@VERSIONS
def test_within_the_quota_the_total_is_shown_and_explains_nothing(
    tmp_path: Path, files: Files, own: str
) -> None:
    total = counted(tmp_path, files(rss=300, cache=200, swap=0), own)

    assert total.level is Level.OK
    assert causes([total]) == []


def test_the_cgroups_figures_judge_where_they_can_be_read(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    box = tree(tmp_path, v1_files(rss=500, cache=0, swap=60), V1_OWN)
    with web_process(app) as web:
        (box.proc / str(web.pid)).symlink_to(f"/proc/{web.pid}")
        dyno = Dyno(env={"PORT": web.port}, root=app, proc=box.proc, cgroup=box.cgroup)
        evidence = list(memory.ask(dyno))

    judged = of(Fact.MEMORY_ANONYMOUS, evidence)
    assert judged.values["method"] == "cgroup"
    assert judged.values["anonymous_mb"] == 560.0
    assert judged.level is Level.FAIL
    assert str(os.getpid()) not in judged.where


def test_a_quota_that_was_assumed_says_so(tmp_path: Path) -> None:
    quota = of(Fact.MEMORY_QUOTA, memory.ask(Dyno(env={}, root=tmp_path, proc=tmp_path, cgroup=tmp_path)))

    assert quota.values == {"quota_mb": 512.0, "source": "assumed"}
    assert "assumed" in quota.text
