"""A line of the Procfile by both grammars."""

from __future__ import annotations

import pytest

from diag.collect.project.procfile.lines import Line, Procfile, lines_of


def line(text: str) -> Line:
    return lines_of(text)[0]


def procfile(text: str, generation: str = "cedar") -> Procfile:
    return Procfile(generation, "Procfile", lines_of(text))


@pytest.mark.parametrize(
    ("text", "cedar", "fir"),
    [
        ("web: gunicorn app:app", ("web", "gunicorn app:app"), ("web", "gunicorn app:app")),
        ("web:gunicorn app:app", None, ("web", "gunicorn app:app")),
        ("web gunicorn app:app", ("web", "gunicorn app:app"), None),
        ("  web:\tgunicorn a", ("web", "gunicorn a"), ("web", "gunicorn a")),
        ("web: gunicorn a   ", ("web", "gunicorn a"), ("web", "gunicorn a")),
        ("web: gunicorn a\r", ("web", "gunicorn a"), ("web", "gunicorn a")),
        ("celery_beat: celery beat", ("celery_beat", "celery beat"), ("celery-beat", "celery beat")),
        ("Web: x", ("Web", "x"), ("web", "x")),
        ("-web: x", ("-web", "x"), None),
        ("web-: x", ("web-", "x"), None),
        (f"{'a' * 63}: x", ("a" * 63, "x"), ("a" * 63, "x")),
        (f"{'a' * 64}: x", ("a" * 64, "x"), None),
        ("web : x", ("web", ": x"), None),
        ("web=x", None, None),
        ("web:", None, None),
        ("web: ", None, None),
        ("", None, None),
        ("my.app: x", None, None),
        ("wéb: x", None, None),
    ],
)
def test_what_each_generation_reads(
    text: str, cedar: tuple[str, str] | None, fir: tuple[str, str] | None
) -> None:
    assert line(text).cedar == cedar
    assert line(text).fir == fir


@pytest.mark.parametrize("text", ["", "   ", "# web: x", "  # y", "\r"])
def test_blank_lines_and_comments_are_silent(text: str) -> None:
    assert line(text).is_silent


@pytest.mark.parametrize("text", ["web=gunicorn a:b", "web : gunicorn a:b", '"web": gunicorn a:b'])
def test_what_was_meant_where_neither_reads_it(text: str) -> None:
    assert line(text).meant == ("web", "gunicorn a:b")


def test_the_processes_are_those_of_the_generation() -> None:
    text = "web:gunicorn a\nworker: celery\n# clock: x\nbeat celery beat\n"
    assert list(procfile(text).processes) == ["worker", "beat"]
    assert list(procfile(text, "fir").processes) == ["web", "worker"]


def test_of_two_lines_for_one_type_the_last_counts() -> None:
    web = procfile("web: a\nweb: b\n").web
    assert web is not None
    assert (web.command, web.where) == ("b", "Procfile:2")


@pytest.mark.parametrize(
    "text", ["web:gunicorn a:b", "Web: gunicorn a:b", "web : gunicorn a:b", "web=gunicorn a:b"]
)
def test_the_web_process_is_also_what_was_meant(text: str) -> None:
    web = procfile(f"worker: x\n{text}\n").web
    assert web is not None
    assert (web.command, web.where) == ("gunicorn a:b", "Procfile:2")


def test_a_command_that_was_meant_to_go_on_is_joined() -> None:
    read = procfile("web: gunicorn \\\n   --workers 2 \\\n   app:app\nworker: x\n")
    assert read.web is not None
    assert read.web.command == "gunicorn --workers 2 app:app"
    assert [each.number for each in read.continued] == [2, 3]


def test_without_web_there_is_none() -> None:
    assert procfile("worker: x\n# web: y\n").web is None
    assert procfile("").web is None
