"""Workers and models against the memory of the dyno."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.evidence import Evidence, Level
from diag.collect.project.procfile import load
from diag.collect.project.procfile.load import check_memory
from tests.diag.collect.project.procfile.web import Files, requiring, tree_of, web_of

TENSORFLOW = "flask gunicorn tensorflow-cpu"


def found(
    folder: Path, command: str, requires: str, files: Files | None = None, generation: str = "cedar"
) -> list[Evidence]:
    web = web_of(folder, command, files)
    return check_memory(tree_of(folder, command, files), web, requiring(requires), generation)


def sized(size: str, **env: str) -> Files:
    variables = ", ".join(f'"{name}": "{value}"' for name, value in env.items())
    return {"app.json": f'{{"formation": {{"web": {{"size": "{size}"}}}}, "env": {{{variables}}}}}'}


@pytest.mark.parametrize(
    ("command", "requires", "files"),
    [
        ("gunicorn app:app", "flask gunicorn", {}),
        ("gunicorn app:app -w 8", "flask gunicorn numpy", {}),
        ("gunicorn app:app -w 1", TENSORFLOW, {}),
        ("gunicorn app:app -w $WORKERS", TENSORFLOW, {}),
        ("WEB_CONCURRENCY=1 gunicorn app:app", TENSORFLOW, {}),
        ("gunicorn app:app", TENSORFLOW, {"app.json": '{"env": {"WEB_CONCURRENCY": {"value": "1"}}}'}),
        ("gunicorn app:app", TENSORFLOW, {"gunicorn.conf.py": "workers = 1\n"}),
        ("gunicorn app:app", TENSORFLOW, {"gunicorn.conf.py": "workers = count()\n"}),
        ("gunicorn app:app --preload -w 2", TENSORFLOW, {}),
        ("gunicorn app:app -w 3", TENSORFLOW, sized("performance-m")),
        ("gunicorn app:app", TENSORFLOW, sized("dyno-1c-4gb")),
        ("python app.py", TENSORFLOW, {}),
        ("hypercorn app:app", "hypercorn tensorflow", {}),
        ("streamlit run app.py", "streamlit tensorflow", {}),
        ("gunicorn app:app", "flask gunicorn torch", {}),
        ("gunicorn app:app -w 2", "flask gunicorn torch", {}),
        ("gunicorn app:app -w 3", "flask gunicorn onnxruntime", {}),
    ],
)
def test_workers_that_fit_or_of_which_nothing_is_known(
    tmp_path: Path, command: str, requires: str, files: Files
) -> None:
    assert found(tmp_path, command, requires, files) == []


@pytest.mark.parametrize(
    ("command", "requires", "files", "level", "sure", "workers"),
    [
        ("gunicorn app:app", TENSORFLOW, {}, Level.WARN, "possible", "2"),
        ("gunicorn app:app -w 2", TENSORFLOW, {}, Level.WARN, "possible", "2"),
        ("gunicorn app:app -w 3", TENSORFLOW, {}, Level.WARN, "likely", "3"),
        ("gunicorn app:app -w 3", TENSORFLOW, sized("basic"), Level.FAIL, "likely", "3"),
        ("gunicorn app:app -w 3", TENSORFLOW, sized("Hobby"), Level.FAIL, "likely", "3"),
        ("gunicorn app:app", TENSORFLOW, sized("eco"), Level.WARN, "possible", "2"),
        ("gunicorn app:app", TENSORFLOW, sized("basic", WEB_CONCURRENCY="4"), Level.FAIL, "likely", "4"),
        ("gunicorn app:app", TENSORFLOW, sized("standard-2x"), Level.WARN, "possible", "4"),
        ("gunicorn app:app --workers ${WEB_CONCURRENCY:-3}", TENSORFLOW, {}, Level.WARN, "possible", "2"),
        ("uvicorn app:app --workers 4", "uvicorn tensorflow", {}, Level.WARN, "likely", "4"),
        ("gunicorn app:app -w 4", "gunicorn torch", {}, Level.WARN, "possible", "4"),
        ("gunicorn app:app -w 4", "gunicorn transformers", {}, Level.WARN, "possible", "4"),
    ],
)
def test_workers_that_do_not_fit(  # noqa: PLR0913, PLR0917  each is a column of the table
    tmp_path: Path, command: str, requires: str, files: Files, level: Level, sure: str, workers: str
) -> None:
    (only,) = found(tmp_path, command, requires, files)
    assert only.values["fault"] == "too-many-workers"
    assert (only.level, only.values["sure"], only.values["workers"]) == (level, sure, workers)


def test_the_figures_are_those_that_were_measured() -> None:
    for workers, measured in ((1, 208), (2, 396), (3, 587)):
        assert abs(load.MASTER_MB + load.WORKER_MB * workers - measured) <= 2
    for workers, measured in ((2, 280), (3, 326)):
        assert abs(load.PRELOADED_MB + load.PRELOADED_WORKER_MB * workers - measured) <= 2


def test_on_fir_there_is_one_worker_by_default(tmp_path: Path) -> None:
    assert found(tmp_path, "gunicorn app:app", TENSORFLOW, generation="fir") == []


def test_what_to_change_is_named(tmp_path: Path) -> None:
    (only,) = found(tmp_path, "gunicorn app:app", TENSORFLOW)
    assert (only.values["by_default"], only.values["next_size"]) == ("the default of 2", "standard-2x")
    (only,) = found(tmp_path, "gunicorn app:app -w 3", TENSORFLOW)
    assert (only.values["explicit"], only.values["next_size"]) == ("--workers 3", "standard-2x")
    (only,) = found(tmp_path, "gunicorn app:app", TENSORFLOW, {"gunicorn.conf.py": "workers = 3\n"})
    assert (only.values["right"], only.where) == ("workers = 1", "gunicorn.conf.py:1")


def sparse(folder: Path, name: str, megabytes: int) -> None:
    with (folder / name).open("wb") as file:
        file.truncate(megabytes << 20)


@pytest.mark.parametrize(
    ("megabytes", "requires", "faulty"),
    [
        (600, "gunicorn torch", True),
        (400, "gunicorn torch", False),
        (400, "gunicorn tensorflow", True),
        (200, "gunicorn tensorflow", False),
    ],
)
def test_a_model_that_does_not_fit(tmp_path: Path, megabytes: int, requires: str, *, faulty: bool) -> None:
    sparse(tmp_path, "model.pt", megabytes)
    only = [
        each
        for each in found(tmp_path, "gunicorn app:app -w 1", requires)
        if each.values["fault"] == "over-quota"
    ]
    assert bool(only) is faulty
    assert all((each.level, each.values["sure"]) == (Level.WARN, "possible") for each in only)


def test_a_large_file_that_is_no_model_or_not_in_the_slug(tmp_path: Path) -> None:
    sparse(tmp_path, "data.csv", 600)
    sparse(tmp_path, "model.pt", 600)
    assert found(tmp_path, "gunicorn app:app", "gunicorn torch", {".slugignore": "*.pt\n"}) == []
