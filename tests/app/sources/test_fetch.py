"""Downloads over a network that cuts, stalls and lies: what goes on, what begins anew, what is told."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.sources.fetch import fetch
from checks.facts import Fact
from checks.limits import MB
from tests.bad_network import Answer, Connection, Request, bad_server, cut, says, whole
from tests.conftest import still_running
from tests.fetching import QUICK, SECRETS, STALLING, content_of, dyno, failure, http
from tests.servers import PLAIN_ENV, ROOT

CONTENT = bytes(range(256)) * 4000
OTHER = CONTENT[::-1]
HALF = len(CONTENT) // 2


def ranges(requests: list[Request]) -> list[int]:
    return [request.offset for request in requests]


def test_a_cut_is_gone_on_with_from_its_place(tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, 1000), cut(CONTENT, HALF, then="reset"), whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests)[:2] == [0, 1000]
    assert 1000 <= ranges(server.requests)[2] <= HALF  # a reset may cost what was on its way
    assert {r.headers.get("if-range") for r in server.requests[1:]} == {'"one"'}


def test_a_stall_is_gone_on_with_from_its_last_byte(tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, 1001, then="stall"), whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path, limits=STALLING) == CONTENT

    assert ranges(server.requests) == [0, 1001]


def test_every_byte_of_progress_gives_new_patience(tmp_path: Path) -> None:
    steps = [cut(CONTENT, at) for at in range(1000, 21_000, 1000)]
    with bad_server(*steps, whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert len(server.requests) == 21


def test_cuts_without_progress_end_in_the_cause(tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, 1000)) as server:
        found = failure(http(server.url), tmp_path)

    assert found.fact is Fact.MODEL_DOWNLOAD
    assert found.text == (
        f"{server.url}/models/model.keras was cut off at 1,000 of 1,024,000 bytes: "
        "the connection ended before the file did."
    )
    values = found.values
    assert (values["fault"], values["passing"]) == ("cut", True)
    assert (values["received_bytes"], values["expected_bytes"]) == (1000, len(CONTENT))
    assert ranges(server.requests) == [0, 1000, 1000, 1000, 1000]


def test_a_stall_without_end_is_told_with_its_numbers(tmp_path: Path) -> None:
    large = CONTENT * 2
    with bad_server(cut(large, 3 * MB // 2, then="stall")) as server:
        found = failure(http(server.url), tmp_path, limits=STALLING)

    assert found.values["fault"] == "stalled"
    assert found.text.endswith("stalled at 1.5 of 2.0 MB: no byte for 0.8 s.")


def test_the_next_call_goes_on_with_what_is_there(tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, HALF)) as server:
        failure(http(server.url), tmp_path)
        assert (tmp_path / "0" / "model.part").read_bytes() == CONTENT[:HALF]
        server.answers[:] = [whole(CONTENT)]
        server.requests.clear()
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests) == [HALF]


def test_a_part_of_another_file_is_thrown_away(tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, HALF, '"one"'), whole(OTHER, '"two"')) as server:
        assert content_of(http(server.url), tmp_path) == OTHER

    assert ranges(server.requests) == [0, HALF]  # answered by all of the new file


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b'{"validator": "x"}', b'{"validator": 1, "total": "x"}', None]
)
def test_a_part_without_a_note_is_thrown_away(note: bytes | None, tmp_path: Path) -> None:
    folder = tmp_path / "0"
    folder.mkdir()
    (folder / "model.part").write_bytes(b"rest of something")
    if note is not None:
        (folder / "model.part.json").write_bytes(note)
    with bad_server(whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests) == [0]


def test_a_whole_part_is_asked_for_its_last_byte_only(tmp_path: Path) -> None:
    folder = tmp_path / "0"
    folder.mkdir()
    (folder / "model.part").write_bytes(CONTENT)
    note = {"validator": '"one"', "total": len(CONTENT), "digests": {}}
    (folder / "model.part.json").write_text(json.dumps(note))
    with bad_server(whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests) == [len(CONTENT) - 1]


def ignoring_ranges(at: int) -> Answer:
    def answer(_: Request, connection: Connection) -> None:
        connection.send(200, {"Content-Length": str(len(CONTENT)), "ETag": '"one"'}, CONTENT[:at])

    return answer


def test_a_server_that_knows_no_ranges(tmp_path: Path) -> None:
    with bad_server(ignoring_ranges(1000), ignoring_ranges(900), ignoring_ranges(len(CONTENT))) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT
    with bad_server(ignoring_ranges(1000)) as server:  # the same 1000 bytes each time are no progress
        assert failure(http(server.url), tmp_path / "again").values["fault"] == "cut"
        assert len(server.requests) == 5


def test_the_time_of_the_last_change_may_prove_that_it_is_the_same(tmp_path: Path) -> None:
    then = "Sat, 21 Nov 2026 10:00:00 GMT"
    with bad_server(
        cut(CONTENT, HALF, "", Last_Modified=then), whole(CONTENT, "", Last_Modified=then)
    ) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests) == [0, HALF]
    assert server.requests[1].headers["if-range"] == then


@pytest.mark.parametrize("weak", ["", 'W/"one"'])
def test_without_a_strong_validator_it_begins_anew(weak: str, tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, HALF, weak), whole(CONTENT, weak)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests) == [0, 0]


@pytest.mark.parametrize(
    "extent",
    [
        "bytes 0-{last}/{size}",
        "bytes 7-{last}/{size}",
        "bytes {half}-{last}/5",
        "bytes {half}-3/{size}",
        "bytes */{size}",
        "nonsense",
    ],
)
def test_a_part_that_is_another_one_than_was_asked_for_is_not_taken(extent: str, tmp_path: Path) -> None:
    told = extent.format(half=HALF, last=len(CONTENT) - 1, size=len(CONTENT))
    wrong = says(206, b"x" * HALF, content_range=told, etag='"one"')
    with bad_server(cut(CONTENT, HALF), wrong, whole(CONTENT)) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests) == [0, HALF, 0]


def test_a_part_with_the_status_of_a_whole_is_taken_for_a_part(tmp_path: Path) -> None:
    """As rclone's S3 answers."""
    extent = f"bytes {HALF}-{len(CONTENT) - 1}/{len(CONTENT)}"
    with bad_server(
        cut(CONTENT, HALF), says(200, CONTENT[HALF:], content_range=extent, etag='"one"')
    ) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT


def test_a_part_of_a_file_that_changed_is_not_taken(tmp_path: Path) -> None:
    """By a server that does not know If-Range."""
    extent = f"bytes {HALF}-{len(OTHER) - 1}/{len(OTHER)}"
    changed = says(206, OTHER[HALF:], content_range=extent, etag='"two"')
    with bad_server(cut(CONTENT, HALF), changed, whole(OTHER, '"two"')) as server:
        assert content_of(http(server.url), tmp_path) == OTHER


def test_a_file_that_has_become_shorter(tmp_path: Path) -> None:
    with bad_server(cut(CONTENT, HALF), says(416), whole(b"short", '"two"')) as server:
        assert content_of(http(server.url), tmp_path) == b"short"


def test_a_part_is_given_where_none_was_asked_for(tmp_path: Path) -> None:
    with bad_server(says(206, b"x", content_range="bytes 5-5/10", etag='"one"')) as server:
        found = failure(http(server.url), tmp_path)

    assert (found.values["fault"], found.values["passing"]) == ("http-status", False)


DIGEST = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()


def test_a_digest_that_does_not_fit_is_asked_again_and_then_told(tmp_path: Path) -> None:
    damaged = b"?" + CONTENT[1:]
    with bad_server(
        whole(damaged, Repr_Digest=f"sha-256=:{DIGEST}:"), whole(CONTENT, Repr_Digest=f"sha-256=:{DIGEST}:")
    ) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT
        assert ranges(server.requests) == [0, 0]
    with bad_server(whole(damaged, Repr_Digest=f"sha-256=:{DIGEST}:")) as server:
        found = failure(http(server.url), tmp_path / "again")
        assert len(server.requests) == 2
    assert (found.values["fault"], found.values["passing"]) == ("checksum", False)
    assert found.values["told_digest"] == hashlib.sha256(CONTENT).hexdigest()
    assert found.values["found_digest"] == hashlib.sha256(damaged).hexdigest()


def test_a_digest_is_of_the_whole_file_also_after_a_cut(tmp_path: Path) -> None:
    digest = {"Repr_Digest": f"sha-256=:{DIGEST}:"}
    with bad_server(
        cut(CONTENT, HALF, **digest), whole(b"?" * len(CONTENT)), whole(CONTENT, **digest)
    ) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT

    assert ranges(server.requests) == [0, HALF, 0]


def test_an_etag_of_a_web_server_is_no_md5(tmp_path: Path) -> None:
    """Starlette's is an MD5 of time and size."""
    with bad_server(whole(CONTENT, f'"{"0" * 32}"')) as server:
        assert content_of(http(server.url), tmp_path) == CONTENT


def test_a_file_larger_than_the_disk_is_refused_before_it_starts(tmp_path: Path) -> None:
    def huge(_: Request, connection: Connection) -> None:
        connection.send(200, {"Content-Length": str(10**15)}, b"x")
        connection.stall()

    with bad_server(huge) as server:
        found = failure(http(server.url), tmp_path)

    assert (found.values["fault"], found.values["passing"]) == ("disk-full", False)
    assert found.values["expected_bytes"] == 10**15
    assert "has 953,674,316.4 MB and the disk has " in found.text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_a_disk_that_is_full_in_the_middle(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "model.part").symlink_to("/dev/full")
    with bad_server(whole(CONTENT)) as server:
        found = failure(http(server.url), tmp_path)

    assert (found.fact, found.values["fault"]) == (Fact.MODEL_DOWNLOAD, "disk-full")
    assert found.text.endswith("does not fit on the disk: it was full after 0 of 1,024,000 bytes.")


def test_a_server_that_drips_is_ended_by_the_deadline(tmp_path: Path) -> None:
    def drip(_: Request, connection: Connection) -> None:
        connection.send(200, {"Content-Length": "1000000"})
        while not connection.ended.wait(0.02):
            connection.socket.sendall(b".")

    with bad_server(drip) as server:
        found = failure(http(server.url), tmp_path, limits=replace(QUICK, deadline=0.5))

    assert (found.values["fault"], found.values["passing"]) == ("deadline", True)
    assert found.text.endswith(" of 1,000,000 bytes within the 0.5 s there are.")


def test_a_child_that_is_killed_is_told(tmp_path: Path) -> None:
    def kill(_: Request, __: Connection) -> None:
        (child,) = (c for c in psutil.Process().children() if "app.sources.download" in c.cmdline())
        child.kill()

    with bad_server(kill) as server:
        found = failure(http(server.url), tmp_path)

    assert (found.values["fault"], found.values["signal"]) == ("ended", "SIGKILL")
    assert found.values["passing"]


def test_nothing_of_the_url_is_in_the_childs_arguments(tmp_path: Path) -> None:
    seen: list[str] = []

    def look(request: Request, connection: Connection) -> None:
        seen.extend(" ".join(child.cmdline()) for child in psutil.Process().children())
        whole(CONTENT)(request, connection)

    with bad_server(look) as server:
        content_of(http(server.url), tmp_path)

    assert any("app.sources.download" in line for line in seen)
    assert not [line for line in seen for secret in SECRETS if secret in line]


def test_several_processes_fetch_one_file_once(tmp_path: Path) -> None:
    with bad_server(whole(CONTENT)) as server:
        source, target = http(server.url), tmp_path / "model"
        threads = [threading.Thread(target=fetch, args=(source, target, dyno(), QUICK)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert target.read_bytes() == CONTENT

    assert len(server.requests) == 1


def test_the_first_bytes_can_be_read_while_the_rest_is_coming(tmp_path: Path) -> None:
    more = threading.Event()

    def halting(_: Request, connection: Connection) -> None:
        connection.send(200, {"Content-Length": str(len(CONTENT))}, CONTENT[:16])
        more.wait(30)
        connection.socket.sendall(CONTENT[16:])

    part = tmp_path / "model.part"
    with bad_server(halting) as server:
        thread = threading.Thread(target=fetch, args=(http(server.url), tmp_path / "model", dyno(), QUICK))
        thread.start()
        end = time.monotonic() + 20
        while not (part.exists() and part.stat().st_size == 16) and time.monotonic() < end:
            time.sleep(0.01)
        early = part.read_bytes()
        more.set()
        thread.join()

    assert early == CONTENT[:16]
    assert (tmp_path / "model").read_bytes() == CONTENT


def test_a_download_does_not_outlive_the_worker_that_wanted_it(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from app.sources.fetch import fetch\n"
        "from checks.evidence import Dyno; from checks.model_source import HttpUrl\n"
        "fetch(HttpUrl(sys.argv[1], ''), Path(sys.argv[2]), Dyno(env=os.environ, root=Path()))"
    )
    with bad_server(cut(CONTENT, 10, then="stall")) as server:
        worker = subprocess.Popen(
            [sys.executable, "-c", code, server.url, str(tmp_path / "model")], env=PLAIN_ENV, cwd=ROOT
        )
        try:
            child = _downloading(worker.pid, tmp_path / "model.part")
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert still_running([child], 3) == []


def _downloading(pid: int, part: Path) -> psutil.Process:
    """The child of a worker, once bytes have come."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        children = psutil.Process(pid).children()
        if children and part.exists() and part.stat().st_size:
            return children[0]
        time.sleep(0.05)
    raise AssertionError("no child began to download")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    size = 200 * MB
    anonymous: list[int] = []

    def large(_: Request, connection: Connection) -> None:
        (child,) = (c for c in psutil.Process().children() if "app.sources.download" in c.cmdline())
        connection.send(200, {"Content-Length": str(size)})
        for _block in range(200):
            connection.socket.sendall(bytes(MB))
            anonymous.append(_anonymous(child.pid))

    with bad_server(large) as server:
        fetch(http(server.url), tmp_path / "model", dyno(), QUICK)

    assert (tmp_path / "model").stat().st_size == size
    assert max(anonymous) - anonymous[0] < 10 * MB


def _anonymous(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024
