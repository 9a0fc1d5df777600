"""What is wrong with the lines of a Procfile, and what is not."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from checks.evidence import Evidence, Level
from diag.collect.project.procfile.reading import read_procfile
from tests.projects import project

FLASK = {
    "app.py": "from flask import Flask\napp = Flask(__name__)\n",
    "requirements.txt": "flask\ngunicorn\n",
}


def found(folder: Path, procfile: str | bytes, generation: str = "cedar", **files: str) -> list[Evidence]:
    return read_procfile(project(folder, {**files, "Procfile": procfile}), generation)[1]


def faults(evidence: list[Evidence]) -> list[tuple[Any, ...]]:
    return [(each.values["fault"], each.level, each.values["sure"], each.where) for each in evidence]


@pytest.mark.parametrize("generation", ["cedar", "fir"])
@pytest.mark.parametrize(
    "text",
    [
        "web: gunicorn app:app\n",
        "release: python manage.py migrate\nweb: gunicorn shop.wsgi --log-file -\n",
        "# the site\nweb: gunicorn app:app\n\nworker: celery -A app worker\n",
        "web: gunicorn app:app",
        "web: gunicorn app:app --access-logfile - --workers 2\ncelery-beat: celery -A app beat\n",
    ],
)
def test_a_healthy_procfile_has_no_finding(tmp_path: Path, text: str, generation: str) -> None:
    assert found(tmp_path, text, generation) == []


def test_cedar_drops_a_line_without_a_blank(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "web:gunicorn app:app\n")
    assert faults([only]) == [("line-ignored", Level.FAIL, "certain", "Procfile:1")]
    assert "no blank after the colon" in only.text
    assert only.values["right"] == "web: gunicorn app:app"


@pytest.mark.parametrize(
    ("line", "sure"),
    [
        ("gunicorn app:app", "certain"),
        ("chainlit run main.py --port=$PORT", "certain"),
        ("python app.py", "likely"),
    ],
)
def test_a_command_without_its_name(tmp_path: Path, line: str, sure: str) -> None:
    _, only = found(tmp_path, f"{line}\n", **FLASK)  # the first is what Fir would say
    assert faults([only]) == [("no-web-process", Level.FAIL, sure, "Procfile:1")]
    assert only.values["right"] == f"web: {line}"


def test_a_command_without_its_name_beside_a_web_process(tmp_path: Path) -> None:
    told = found(tmp_path, "web: gunicorn app:app\npython other.py\n", **FLASK)
    assert [each.values["fault"] for each in told if each.level > Level.INFO] == ["line-ignored"]


def test_fir_reads_it(tmp_path: Path) -> None:
    assert found(tmp_path, "web:gunicorn app:app\n", "fir") == []


def test_fir_wants_a_colon(tmp_path: Path) -> None:
    assert faults(found(tmp_path, "web gunicorn app:app\n", "fir")) == [
        ("line-ignored", Level.FAIL, "certain", "Procfile:1")
    ]


def test_cedar_does_not_and_what_fir_would_do_is_a_note(tmp_path: Path) -> None:
    assert faults(found(tmp_path, "web gunicorn app:app\n")) == [
        ("fir-would-refuse", Level.INFO, "certain", "Procfile:1")
    ]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("worker:python bot.py", Level.WARN),
        ("python manage.py migrate", Level.WARN),
        ("```", Level.WARN),
        ("<<<<<<< HEAD", Level.WARN),
    ],
)
def test_a_line_that_is_lost_beside_web_is_a_warning(tmp_path: Path, line: str, level: Level) -> None:
    (only,) = found(tmp_path, f"web: gunicorn app:app\n{line}\n")
    assert (only.values["fault"], only.level, only.where) == ("line-ignored", level, "Procfile:2")


def test_fir_stops_at_it(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "web: gunicorn app:app\npython manage.py migrate\n", "fir")
    assert (only.level, only.values["sure"]) == (Level.FAIL, "certain")


@pytest.mark.parametrize(
    "line", ["web : gunicorn app:app", "web=gunicorn app:app", '"web": gunicorn app:app']
)
def test_a_web_line_that_cedar_reads_otherwise(tmp_path: Path, line: str) -> None:
    (only,) = found(tmp_path, f"{line}\n")
    assert faults([only]) == [("line-ignored", Level.FAIL, "likely", "Procfile:1")]
    assert only.values["right"] == "web: gunicorn app:app"


def test_two_different_webs_are_a_warning(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "web: gunicorn a:b\nweb: daphne c:d\n")
    assert (only.values["fault"], only.level) == ("line-ignored", Level.WARN)


def test_the_same_web_twice_is_not(tmp_path: Path) -> None:
    assert found(tmp_path, "web: gunicorn a:b\nweb: gunicorn a:b\n") == []


def test_no_line_goes_on_in_the_next(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "web: gunicorn \\\n  --workers 2 \\\n  app:app\n")
    assert faults([only]) == [("line-ignored", Level.FAIL, "likely", "Procfile:1")]
    assert only.values["right"] == "web: gunicorn --workers 2 app:app"


def test_a_command_that_is_whole_before_the_backslash_only_loses_the_rest(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "web: gunicorn app:app \\\n  --workers 2\n")
    assert only.level is Level.WARN


def test_a_quotation_that_is_cut_is_fatal(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "web: sh -c 'python a.py; \\\n gunicorn a:b'\n")
    assert only.level is Level.FAIL


@pytest.mark.parametrize("generation", ["cedar", "fir"])
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_hides_all_lines(tmp_path: Path, codec: str, generation: str) -> None:
    tree = project(tmp_path, {"Procfile": "web: gunicorn app:app\r\n".encode(codec)})
    procfile, evidence = read_procfile(tree, generation)
    assert faults(evidence) == [("bad-encoding", Level.FAIL, "certain", "Procfile")]
    assert procfile.processes == {}
    assert procfile.web is not None
    assert procfile.web.command == "gunicorn app:app"


def test_a_byte_order_mark_hides_the_first_line(tmp_path: Path) -> None:
    assert faults(found(tmp_path, "\ufeffweb: gunicorn app:app\n")) == [
        ("bad-encoding", Level.FAIL, "likely", "Procfile:1")
    ]


def test_a_byte_order_mark_before_a_comment_hides_nothing_on_cedar(tmp_path: Path) -> None:
    text = "\ufeff# the site\nweb: gunicorn app:app\n"
    assert found(tmp_path, text) == []
    assert faults(found(tmp_path, text, "fir")) == [("bad-encoding", Level.FAIL, "certain", "Procfile:1")]


def test_latin_1_in_a_comment_harms_fir_only(tmp_path: Path) -> None:
    text = b"# caf\xe9\nweb: gunicorn app:app\n"
    assert found(tmp_path, text) == []
    assert faults(found(tmp_path, text, "fir")) == [("bad-encoding", Level.FAIL, "certain", "Procfile")]


def test_utf_8_in_a_comment_is_fine(tmp_path: Path) -> None:
    assert found(tmp_path, "# café\nweb: gunicorn app:app\n", "fir") == []


def test_a_carriage_return_may_reach_the_command_on_cedar(tmp_path: Path) -> None:
    text = "web: gunicorn app:app\r\nworker: x\r\n"
    assert faults(found(tmp_path, text)) == [("bad-encoding", Level.WARN, "possible", "Procfile:1")]
    assert found(tmp_path, text, "fir") == []


def git(folder: Path, *words: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(("autocrlf", "faulty"), [("false", True), ("input", False)])
def test_what_git_pushes_decides_about_carriage_returns(
    tmp_path: Path, autocrlf: str, *, faulty: bool
) -> None:
    (tmp_path / "Procfile").write_bytes(b"web: gunicorn app:app\r\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "-c", f"core.autocrlf={autocrlf}", "-c", "core.safecrlf=false", "add", "Procfile")
    assert bool(found(tmp_path, b"web: gunicorn app:app\r\n")) is faulty


@pytest.mark.parametrize("text", ["Web: gunicorn app:app\n", "WEB: gunicorn app:app\n"])
def test_the_type_is_web_in_small_letters(tmp_path: Path, text: str) -> None:
    (only,) = found(tmp_path, text)
    assert faults([only]) == [("no-web-process", Level.FAIL, "likely", "Procfile:1")]
    assert only.values["right"] == "web: gunicorn app:app"
    assert found(tmp_path, text, "fir") == []  # it mends that


def test_a_server_under_another_name_gets_no_request(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "api: uvicorn main:app --port $PORT\nworker: celery -A x worker\n")
    assert faults([only]) == [("no-web-process", Level.FAIL, "likely", "Procfile:1")]
    assert only.values["types"] == "api, worker"


@pytest.mark.parametrize("text", ["release: python manage.py migrate\n", "", "# nothing yet\n"])
def test_a_web_app_without_web(tmp_path: Path, text: str) -> None:
    (only,) = found(tmp_path, text, **FLASK)
    assert (only.values["fault"], only.level, only.values["sure"]) == ("no-web-process", Level.FAIL, "likely")


def test_an_app_of_workers_is_healthy(tmp_path: Path) -> None:
    assert found(tmp_path, "worker: python bot.py\n", **{"requirements.txt": "discord.py\n"}) == []


def test_a_worker_beside_a_framework_is_only_told(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "worker: python bot.py\n", **{"requirements.txt": "discord.py\nflask\n"})
    assert (only.level, only.values["sure"]) == (Level.INFO, "possible")


def test_with_docker_the_procfile_does_not_count(tmp_path: Path) -> None:
    docker = {"heroku.yml": "build:\n  docker:\n    web: Dockerfile\n"}
    procfile, (only,) = read_procfile(project(tmp_path, {**docker, "Procfile": "web:gunicorn a:b\n"}))
    assert only.values["sure"] == "likely"
    assert not procfile.is_certain


def test_findings_are_bounded(tmp_path: Path) -> None:
    assert len(found(tmp_path, "web: gunicorn a:b\n" + "???\n" * 900)) == 5


def test_secrets_in_a_command_are_not_repeated(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "web:SECRET_KEY=abcdef123456 gunicorn app:app\n")
    assert "abcdef123456" not in str(only)
    assert "SECRET_KEY" in only.text
