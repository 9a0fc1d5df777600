"""The notice board: workers of one server see each other, and nobody else is let near it."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from checks.board import STATE_BYTES, Board
from tests.servers import PLAIN_ENV

# A server with workers, told on standard input what each shall do; like gunicorn's, the workers are
# forked and hold the listening socket of their parent.
SERVER = """
import json, os, signal, socket, sys
from pathlib import Path
from checks.board import Board

listening = socket.create_server(("127.0.0.1", 0))
workers = []
for number in range(2):
    to_child, from_parent = os.pipe()
    if os.fork() == 0:
        os.close(from_parent)
        board = Board(Path(sys.argv[1]))
        board.put({"number": number})
        for line in os.fdopen(to_child):
            told = {"see": lambda: sorted(s["number"] for s in board.states()), "lead": board.leads,
                    "ask": board.note_question, "asked": board.last_question,
                    "put": lambda: board.put({"number": number + 10})}[line.strip()]()
            os.write(1, (json.dumps(told) + "\\n").encode())
        os._exit(0)
    workers.append(from_parent)
for line in sys.stdin:
    number, word = line.split()
    if word == "kill":
        children = [int(p) for p in open(f"/proc/self/task/{os.getpid()}/children").read().split()]
        os.kill(children[int(number)], signal.SIGKILL)
        os.waitpid(children[int(number)], 0)
        os.write(1, b"true\\n")
    else:
        os.write(workers[int(number)], (word + "\\n").encode())
"""


class TwoWorkers:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, number: int, word: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number} {word}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextlib.contextmanager
def two_workers(base: Path) -> Iterator[TwoWorkers]:
    command = [sys.executable, "-c", SERVER, str(base)]
    process = subprocess.Popen(
        command,
        env=PLAIN_ENV,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield TwoWorkers(process)
    finally:
        with process:
            os.killpg(process.pid, 9)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_two_forked_workers_see_each_other_until_one_dies(tmp_path: Path) -> None:
    with two_workers(tmp_path) as workers:
        until(lambda: workers.tell(0, "see") == [0, 1])
        assert workers.tell(1, "see") == [0, 1]

        workers.tell(1, "put")
        assert workers.tell(0, "see") == [0, 11]

        workers.tell(1, "kill")
        assert workers.tell(0, "see") == [0]


def test_one_of_two_workers_leads_and_the_other_takes_over_when_it_dies(tmp_path: Path) -> None:
    with two_workers(tmp_path) as workers:
        until(lambda: workers.tell(0, "see") == [0, 1])
        assert workers.tell(1, "lead") is True
        assert workers.tell(0, "lead") is False
        assert workers.tell(1, "lead") is True

        workers.tell(1, "kill")

        assert workers.tell(0, "lead") is True


def test_a_question_to_one_worker_is_known_to_the_other(tmp_path: Path) -> None:
    with two_workers(tmp_path) as workers:
        until(lambda: workers.tell(0, "see") == [0, 1])
        assert workers.tell(1, "asked") == 0.0

        workers.tell(0, "ask")

        assert workers.tell(1, "asked") == pytest.approx(time.time(), abs=5)


def test_two_servers_on_one_machine_do_not_see_each_other(tmp_path: Path) -> None:
    with two_workers(tmp_path) as one, two_workers(tmp_path) as other:
        until(lambda: one.tell(0, "see") == [0, 1])
        until(lambda: other.tell(0, "see") == [0, 1])
        assert one.tell(0, "lead") is True
        assert other.tell(0, "lead") is True
        assert len(list(tmp_path.iterdir())) == 2


def folder_of(board: Board) -> Path:
    assert board._folder is not None
    return board._folder


def test_the_folder_is_ours_alone(tmp_path: Path) -> None:
    folder = folder_of(Board(tmp_path))

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.parent == tmp_path


def knows_only_itself(board: Board) -> bool:
    board.put({"number": 1})
    board.note_question()
    return board.states() == [{"number": 1}] and board.leads() and board.last_question() == 0.0


def test_a_symlink_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = folder_of(Board(tmp_path)), tmp_path / "elsewhere"
    folder.rmdir()
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)

    assert knows_only_itself(Board(tmp_path))
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o707, 0o755])
def test_a_folder_that_others_may_enter_is_not_used(tmp_path: Path, mode: int) -> None:
    folder = folder_of(Board(tmp_path))
    folder.chmod(mode)
    hostile = folder / "1.json"
    hostile.write_text(json.dumps({"born": 0, "number": 666}))

    assert knows_only_itself(Board(tmp_path))
    assert [path.name for path in folder.iterdir()] == ["1.json"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    folder = folder_of(Board(tmp_path))
    os.chown(folder, 65534, 65534)

    assert knows_only_itself(Board(tmp_path))
    assert list(folder.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_no_harm(tmp_path: Path) -> None:
    folder = folder_of(Board(tmp_path))
    folder.rmdir()
    folder.write_text("")

    assert knows_only_itself(Board(tmp_path))


def test_without_a_place_for_it_a_worker_knows_itself(tmp_path: Path) -> None:
    assert knows_only_itself(Board(tmp_path / "there" / "is" / "none"))


def born_of(pid: int) -> float:
    import psutil

    return psutil.Process(pid).create_time()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1.json", "no json"),
        ("1.json", "[" * 100_000),
        ("1.json", "[]"),
        ("1.json", "null"),
        ("1.json", '{"number": 7}'),
        ("1.json", '{"born": "yesterday", "number": 7}'),
        ("1.json", '{"born": 0, "number": 7}'),  # another process that had the number once
        ("1.json", "x" * (STATE_BYTES + 1)),
        ("²³.json", "{}"),
        ("99999999999999999999.json", '{"born": 0}'),
        ("-1.json", '{"born": 0}'),
        ("1.new", '{"born": 0}'),
        (".json", "{}"),
    ],
)
def test_strange_files_on_the_board_are_passed_over(tmp_path: Path, name: str, text: str) -> None:
    board = Board(tmp_path)
    (folder_of(board) / name).write_text(text)
    board.put({"number": 1})

    assert board.states() == [{"number": 1}]


def test_a_symlink_among_the_states_is_not_read(tmp_path: Path) -> None:
    board, secret = Board(tmp_path), tmp_path / "secret.json"
    secret.write_text(json.dumps({"born": born_of(os.getppid()), "number": 666}))
    (folder_of(board) / f"{os.getppid()}.json").symlink_to(secret)

    board.put({"number": 1})

    assert board.states() == [{"number": 1}]


def test_a_living_workers_state_is_read_and_a_dead_ones_is_removed(tmp_path: Path) -> None:
    board = Board(tmp_path)
    alive = {"born": born_of(os.getppid()), "number": 2}
    (folder_of(board) / f"{os.getppid()}.json").write_text(json.dumps(alive))
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    left = folder_of(board) / f"{dead.pid}.json"
    left.write_text(json.dumps({"born": 0, "number": 3}))
    board.put({"number": 1})

    assert board.states() == [{"number": 1}, alive]
    assert not left.exists()


def test_the_boards_of_servers_that_have_ended_are_swept_away_and_nothing_else(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    names = [
        f"diag-{os.getuid()}-{dead.pid}",
        f"diag-{os.getuid()}-{os.getppid()}",
        f"diag-{os.getuid()}-notes",
        "diag-12345-1",
    ]
    for name in names:
        (tmp_path / name).mkdir()

    Board(tmp_path)

    assert [name for name in names if not (tmp_path / name).exists()] == names[:1]


def test_a_full_disk_is_no_harm_and_leaves_nothing_outdated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board(tmp_path)
    folder = folder_of(board)
    board.put({"number": 1})
    assert [path.name for path in folder.iterdir()] == [f"{os.getpid()}.json"]

    def full(path: Path, data: bytes) -> NoReturn:  # noqa: ARG001
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    board.put({"number": 2})

    assert board.states() == [{"number": 2}]
    assert list(folder.iterdir()) == []


def test_a_disk_that_is_really_full_is_no_harm(tmp_path: Path) -> None:
    mounted = tmp_path / "small"
    mounted.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mounted)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can make a small disk")
    try:
        board = Board(mounted)
        board.put({"number": 1})
        with contextlib.suppress(OSError), (mounted / "filler").open("wb") as filler:
            while True:
                filler.write(b"x" * 4096)
                filler.flush()
        board.put({"number": 2, "long": "x" * 20_000})
        assert [state["number"] for state in board.states()] == [2]
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


def test_a_state_that_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.put({"number": 1})
    path = folder_of(board) / f"{os.getpid()}.json"
    path.unlink()

    board.put({"number": 1})
    assert not path.exists()

    board.put({"number": 2})
    assert path.exists()
