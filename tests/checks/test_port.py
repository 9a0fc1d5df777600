"""The port check against real listeners in real processes, and the causes it leads to."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from checks import port
from checks.evidence import Dyno, Evidence, Level, Result
from checks.facts import Fact
from checks.ledger import Ledger, Step
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from tests.checks.web_process import web_process
from tests.servers import PLAIN_ENV, free_port


def causes(evidence: Iterable[Evidence]) -> list[str]:
    report = diagnose((Result("port", tuple(evidence), 0.0),), CATALOGUE, "doctor", "x")
    assert report.unexplained == ()
    return [diagnosis.cause for diagnosis in report.diagnoses]


def listener(evidence: Iterable[Evidence]) -> Evidence:
    (found,) = [e for e in evidence if e.fact is Fact.PORT_LISTENER]
    return found


def ask(root: Path, **env: str) -> list[Evidence]:
    return list(port.ask(Dyno(env=env, root=root)))


# The doctor's view: another process looks for the web process.


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_a_web_process_on_every_interface_is_reachable(tmp_path: Path, address: str) -> None:
    with web_process(tmp_path, listen=[address]) as web:
        evidence = ask(tmp_path, PORT=web.port, DYNO="web.1")

    found = listener(evidence)
    assert found.level is Level.OK
    assert found.values == {"port": int(web.port), "address": address}
    assert found.where == f"pid {web.pid}"
    assert causes(evidence) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.0.0.2"])
def test_a_web_process_that_listens_on_loopback_only_is_bound_to_localhost(
    tmp_path: Path, address: str
) -> None:
    with web_process(tmp_path, listen=[address]) as web:
        evidence = ask(tmp_path, PORT=web.port, DYNO="web.1")

    assert listener(evidence).level is Level.FAIL
    assert address in listener(evidence).text
    assert causes(evidence) == ["port/bound-to-localhost"]


def test_loopback_and_every_interface_together_are_reachable(tmp_path: Path) -> None:
    with web_process(tmp_path, listen=["::1", "0.0.0.0"], same_port=True) as web:
        evidence = ask(tmp_path, PORT=web.port, DYNO="web.1")

    assert listener(evidence).values["address"] == "0.0.0.0"
    assert causes(evidence) == []


def test_a_web_process_on_another_port_has_it_hardcoded(tmp_path: Path) -> None:
    with web_process(tmp_path) as web:
        wanted = free_port()
        evidence = ask(tmp_path, PORT=str(wanted), DYNO="web.1")

    assert listener(evidence).values["port"] == int(web.port)
    assert listener(evidence).values["expected"] == wanted
    assert web.port in listener(evidence).text
    assert str(wanted) in listener(evidence).text
    assert causes(evidence) == ["port/hardcoded"]


def test_where_nothing_runs_that_is_said_and_no_fault(tmp_path: Path) -> None:
    evidence = ask(tmp_path, PORT=str(free_port()), DYNO="run.1234")

    assert listener(evidence).level is Level.INFO
    assert "one-off" in listener(evidence).text
    assert causes(evidence) == []


def test_off_a_dyno_without_a_port_the_listener_is_shown_and_not_judged(tmp_path: Path) -> None:
    with web_process(tmp_path) as web:
        evidence = ask(tmp_path)

    assert [e.level for e in evidence] == [Level.INFO, Level.INFO]
    assert listener(evidence).values["port"] == int(web.port)
    assert causes(evidence) == []


def test_a_listener_of_an_unrelated_process_elsewhere_does_not_count(tmp_path: Path) -> None:
    app, elsewhere = tmp_path / "app", tmp_path / "app-two"
    app.mkdir()
    elsewhere.mkdir()

    with web_process(elsewhere, listen=["127.0.0.1"]):
        evidence = ask(app, PORT=str(free_port()), DYNO="web.1")

    assert listener(evidence).level is Level.INFO
    assert "port" not in listener(evidence).values


def test_the_test_runner_that_listens_itself_is_no_web_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with socket.create_server(("127.0.0.1", 0)):
        evidence = ask(tmp_path, PORT=str(free_port()))

    assert "port" not in listener(evidence).values


DOCTOR = """
import json, os, sys
from pathlib import Path
from checks import port
from checks.evidence import Dyno
evidence = port.ask(Dyno(env={"PORT": sys.argv[1], "DYNO": "web.1"}, root=Path.cwd()))
print(json.dumps([os.getpgid(0), [e.to_json() for e in evidence]]), flush=True)
"""


def doctor_in_a_shell_with(web: str, folder: Path) -> list[Evidence]:
    """A shell starts a web process and then the doctor, both in its own process group."""
    port_number = str(free_port())
    script = f'{web} & sleep 0.5; "$0" -c "$1" {port_number}; kill $!'
    done = subprocess.run(
        ["sh", "-c", script.replace("PORT", port_number), sys.executable, DOCTOR],
        cwd=folder,
        env=PLAIN_ENV,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        start_new_session=True,
    )
    group, evidence = json.loads(done.stdout.splitlines()[-1])
    assert group > 0
    return list(map(Evidence.from_json, evidence))


@pytest.mark.parametrize(("bind", "expected"), [("0.0.0.0", []), ("127.0.0.1", ["port/bound-to-localhost"])])
def test_the_doctor_sees_a_web_process_of_its_own_process_group(
    tmp_path: Path, bind: str, expected: list[str]
) -> None:
    web = f'"$0" -m http.server --bind {bind} PORT >/dev/null 2>&1'

    assert causes(doctor_in_a_shell_with(web, tmp_path)) == expected


def test_the_doctor_sees_the_web_process_that_has_started_it(tmp_path: Path) -> None:
    code = (
        "import socket, subprocess, sys; s = socket.create_server(('127.0.0.1', 0));"
        "subprocess.run([sys.executable, '-c', sys.argv[1], str(s.getsockname()[1])], check=True)"
    )
    command = [sys.executable, "-c", code, DOCTOR]

    done = subprocess.run(command, cwd=tmp_path, env=PLAIN_ENV, capture_output=True, text=True, check=True)

    evidence = list(map(Evidence.from_json, json.loads(done.stdout)[1]))
    assert causes(evidence) == ["port/bound-to-localhost"]


# The service's view: a process looks at itself and its workers.


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"listen": ["0.0.0.0"]}, []),
        ({"listen": ["::"]}, []),
        ({"listen": ["127.0.0.1"]}, ["port/bound-to-localhost"]),
        ({"listen": ["0.0.0.0"], "port_offset": 1}, ["port/hardcoded"]),
    ],
    ids=str,
)
def test_the_service_judges_its_own_binding(
    tmp_path: Path, wish: Mapping[str, Any], expected: list[str]
) -> None:
    with web_process(tmp_path, ask="port", **wish) as web:
        assert causes(web.evidence) == expected


@pytest.mark.parametrize(("seconds", "level"), [(0, Level.INFO), (61, Level.FAIL)])
def test_a_service_that_listens_nowhere_has_until_the_boot_limit(
    tmp_path: Path, seconds: int, level: Level
) -> None:
    wish: dict[str, Any] = {"listen": [], "env": {"PORT": "5000"}, "launched_before": seconds}

    with web_process(tmp_path, ask="port", **wish) as web:
        found = listener(web.evidence)

    assert found.level is level
    assert "no port" in found.text


@pytest.mark.parametrize(
    ("seconds", "level"), [(0.4, Level.OK), (44.0, Level.OK), (46.0, Level.WARN), (59.0, Level.WARN)]
)
def test_the_time_until_the_port_was_bound_is_told_against_the_limit(seconds: float, level: Level) -> None:
    boot = Ledger()
    boot.record(Step("bind", 0.0, seconds))

    evidence = list(port.ask(Dyno(env={"PORT": "5000"}, root=Path("/nowhere"), boot=boot)))

    (bound,) = [e for e in evidence if e.fact is Fact.PORT_BIND_TIME]
    assert bound.level is level
    assert bound.values["limit_seconds"] == 60
    assert f"{seconds:.1f} s" in bound.text


# $PORT itself.


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "$PORT",
        "${PORT}",
        "0",
        "-1",
        "65536",
        "70000",
        "5000.0",
        "5e3",
        "port",
        "²",
        "٥٠٠٠",
        "5 000",
    ],
)
def test_a_port_that_is_none_stops_the_web_process(tmp_path: Path, value: str) -> None:
    evidence = ask(tmp_path, PORT=value, DYNO="web.1")

    (variable,) = evidence  # with no port nothing can be said of a listener
    assert (variable.fact, variable.level) == (Fact.PORT_VARIABLE, Level.FAIL)
    assert causes(evidence) == ["port/env-invalid"]


@pytest.mark.parametrize("name", ["web.1", "web-5d8f7c-x2x7z"])
def test_a_web_dyno_without_a_port_is_a_fault(tmp_path: Path, name: str) -> None:
    assert causes(ask(tmp_path, DYNO=name)) == ["port/env-invalid"]


@pytest.mark.parametrize("env", [{}, {"DYNO": "run.1"}, {"DYNO": "release.1"}, {"DYNO": "worker.1"}])
def test_elsewhere_nobody_promises_a_port(tmp_path: Path, env: dict[str, str]) -> None:
    evidence = ask(tmp_path, **env)

    assert max(e.level for e in evidence) is Level.INFO
    assert causes(evidence) == []


@pytest.mark.parametrize("value", ["1", "80", "5000", "65535", " 5000 ", "05000"])
def test_numbers_of_the_range_are_ports(value: str) -> None:
    assert port.port_of(Dyno(env={"PORT": value}, root=Path())) == int(value)


def test_the_literal_is_told_from_other_nonsense(tmp_path: Path) -> None:
    literal, nonsense = (
        ask(tmp_path, PORT=value, DYNO="web.1")[0].values["fault"] for value in ("$PORT", "x")
    )

    assert (literal, nonsense) == ("literal", "not-a-port")
