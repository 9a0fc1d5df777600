"""Memory figures and processes, read from the kernel."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from checks.evidence import Dyno
from checks.listeners import Listener, listeners
from checks.processes import (
    Memory,
    memory_of,
    process_age,
    server_process,
    web_processes,
)
from tests.checks.web_process import web_process
from tests.servers import PLAIN_ENV

ROLLUP = """5581e0000000-7ffc00000000 ---p 00000000 00:00 0                          [rollup]
Rss:              608256 kB
Pss:              600000 kB
{pss}
Anonymous:        184320 kB
Swap:               4096 kB
{swap}
"""
NEW = ROLLUP.format(
    pss="Pss_Anon:         180000 kB\nPss_File:         419000 kB\nPss_Shmem:          1000 kB",
    swap="SwapPss:            2048 kB",
)
OLD = ROLLUP.format(pss="", swap="")  # Linux before 5.4
STATUS = """Name:	x
VmRSS:	608256 kB
RssAnon:	184320 kB
RssFile:	422912 kB
RssShmem:	1024 kB
VmSwap:	4096 kB
"""


def fake(proc: Path, name: str, text: str) -> Memory:
    (proc / "7").mkdir()
    (proc / "7" / name).write_text(text)
    return memory_of(7, proc)


def test_proportional_shares_are_used_where_the_kernel_tells_them(tmp_path: Path) -> None:
    memory = fake(tmp_path, "smaps_rollup", NEW)

    assert memory.rss == 594.0
    assert memory.anonymous == pytest.approx(181000 / 1024)  # shared memory is as lasting as anonymous
    assert memory.file == pytest.approx(419000 / 1024)
    assert memory.swap == 2.0
    assert memory.unevictable == memory.anonymous + memory.swap


def test_an_older_kernel_tells_no_shares_of_anonymous_memory(tmp_path: Path) -> None:
    memory = fake(tmp_path, "smaps_rollup", OLD)

    assert (memory.anonymous, memory.swap) == (180.0, 4.0)


def test_nothing_is_ever_negative(tmp_path: Path) -> None:
    shared_by_forks = OLD.replace("Pss:              600000", "Pss:              100000")

    assert fake(tmp_path, "smaps_rollup", shared_by_forks).file == 0.0


def test_without_a_rollup_the_status_file_is_read(tmp_path: Path) -> None:
    memory = fake(tmp_path, "status", STATUS)

    assert (memory.rss, memory.anonymous, memory.file, memory.swap) == (594.0, 181.0, 413.0, 4.0)


def test_a_process_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()

    assert memory_of(7, tmp_path) == Memory()


def test_a_process_that_has_just_died_holds_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)

    assert memory_of(process.pid) == Memory()
    process.wait()


def test_our_own_memory_is_near_what_psutil_says() -> None:
    ours, theirs = memory_of("self"), psutil.Process().memory_info().rss / 2**20

    assert ours.rss == pytest.approx(theirs, rel=0.1)
    assert 0 < ours.anonymous < ours.rss


def test_memory_adds_up() -> None:
    assert Memory(1, 2, 3, 4) + Memory(10, 20, 30, 40) == Memory(11, 22, 33, 44)


@pytest.mark.parametrize("how", ["anonymous_mb", "shared_mb"])
def test_memory_that_must_stay_is_anonymous_also_when_it_is_shared(tmp_path: Path, how: str) -> None:
    with web_process(tmp_path) as bare, web_process(tmp_path, **{how: 100}) as full:
        grown = memory_of(full.pid).anonymous - memory_of(bare.pid).anonymous

    assert grown == pytest.approx(100, abs=5)


def test_pages_that_forked_workers_share_are_counted_once(tmp_path: Path) -> None:
    with web_process(tmp_path, anonymous_mb=150, workers=3) as web:
        processes = web_processes(Dyno(env={"PORT": web.port}, root=tmp_path))
        each = [memory_of(process.pid) for process in processes]

    assert len(each) == 4
    assert sum(memory.rss for memory in each) > 600
    assert 150 < sum(memory.anonymous for memory in each) < 260
    assert max(memory.anonymous for memory in each) < 110


def test_a_workers_server_is_the_first_process_that_holds_its_socket(tmp_path: Path) -> None:
    with web_process(tmp_path, workers=2) as web:
        (first, *workers) = web_processes(Dyno(env={"PORT": web.port}, root=tmp_path))

        assert first.pid == web.pid
        assert len(workers) == 2
        assert {server_process(worker.pid).pid for worker in workers} == {web.pid}


def test_a_shell_that_starts_the_server_is_not_part_of_it(tmp_path: Path) -> None:
    with web_process(tmp_path, "sh", "-c", '"$0" "$@"; true') as web:
        processes = web_processes(Dyno(env={"PORT": web.port}, root=tmp_path))

    assert web.pid not in {process.pid for process in processes}
    assert len(processes) == 1


def test_a_server_of_the_apps_folder_is_found_by_its_folder(tmp_path: Path) -> None:
    app, below, beside = tmp_path / "app", tmp_path / "app" / "src", tmp_path / "app2"
    for folder in (below, beside):
        folder.mkdir(parents=True)

    with web_process(below) as web, web_process(beside):
        found = web_processes(Dyno(env={}, root=app))

    assert [process.pid for process in found] == [web.pid]


@pytest.mark.parametrize("port", ["²", "٥", "9" * 5000, "x", "$PORT", "-1"])
def test_a_port_that_is_none_leads_to_no_process(tmp_path: Path, port: str) -> None:
    assert web_processes(Dyno(env={"PORT": port}, root=tmp_path)) == []


def test_only_listening_sockets_count(tmp_path: Path) -> None:
    with web_process(tmp_path) as web:
        found = listeners([psutil.Process(web.pid)])
        everywhere = listeners()

    assert found == [Listener("127.0.0.1", int(web.port), web.pid)]
    assert found[0] in everywhere


@pytest.mark.parametrize(
    ("address", "loopback", "every"),
    [
        ("127.0.0.1", True, False),
        ("127.8.9.1", True, False),
        ("::1", True, False),
        ("::ffff:127.0.0.1", True, False),
        ("0.0.0.0", False, True),
        ("::", False, True),
        ("10.0.0.5", False, False),
        ("::ffff:10.0.0.5", False, False),
    ],
)
def test_addresses_are_told_apart_by_who_can_reach_them(address: str, loopback: bool, every: bool) -> None:
    found = Listener(address, 5000, 1)

    assert (found.on_loopback, found.on_every_interface) == (loopback, every)


def test_the_age_of_a_process_is_exact_to_a_fraction_of_a_second() -> None:
    code = (
        "import time; time.sleep(0.3)\nfrom checks.processes import process_age as a\nprint(a(), time.time())"
    )
    began = time.time()

    done = subprocess.run([sys.executable, "-c", code], env=PLAIN_ENV, capture_output=True, check=True)

    age, at = map(float, done.stdout.split())
    assert at - age == pytest.approx(began, abs=0.25)
    assert process_age() > 0
