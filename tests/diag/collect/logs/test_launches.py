"""What launches come to. The lines are those of gunicorn, uvicorn, Flask and Heroku, from real runs."""

from __future__ import annotations

import pytest

from checks.evidence import Evidence, Level
from checks.facts import Fact
from diag.collect.logs.story import Episode, Story, is_dyno

START = "heroku[web.1]: Starting process with command `{}`"
R10 = (
    "heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds "
    "of launch"
)
CRASHED = "heroku[web.1]: State changed from starting to crashed"


def told(*lines: str, seconds: float = 1.0, enveloped: bool = True) -> list[Episode]:
    """The episodes of a log whose lines follow each other at this distance."""
    story = Story()
    for number, line in enumerate(lines, 1):
        after = number * seconds
        stamp = f"2026-11-20T14:{int(after // 60):02}:{after % 60:09.6f}+00:00 "
        story.read(number, (stamp if enveloped else "") + line)
    story.end()
    return story.episodes()


def evidence(*lines: str, seconds: float = 1.0) -> list[Evidence]:
    return [e for episode in told(*lines, seconds=seconds) for e in episode.evidence]


def faults(*lines: str, seconds: float = 1.0) -> list[object]:
    return [e.values.get("fault") for e in evidence(*lines, seconds=seconds) if e.fact in LAUNCHED]


GUNICORN = "[2026-11-20 14:00:02 +0000] [4] [INFO] "
LAUNCHED = (Fact.LAUNCH, Fact.PORT_LISTENER, Fact.WORKER_EXIT)


@pytest.mark.parametrize(
    ("command", "said", "fault"),
    [
        ("gunicorn app:app", "bash: line 1: gunicorn: command not found", "server-not-found"),
        ("gunicorn app:app", "/bin/bash: gunicorn: command not found", "server-not-found"),
        ("gunicorn app:app", "sh: 1: gunicorn: not found", "server-not-found"),
        ("python -m gunicorn app:app", "/app/bin/python: No module named gunicorn", "server-not-found"),
        ("pyhton app.py", "bash: pyhton: command not found", "command-not-found"),
        ("./start.sh", "bash: ./start.sh: Permission denied", "command-denied"),
        ("./start.sh", "bash: ./start.sh: No such file or directory", "command-not-found"),
        ("python ap.py", "python: can't open file '/app/ap.py': [Errno 2] No such file", "script-missing"),
        ("gunicorn app:app\r", "bash: line 1: $'app:app\\r': command not found", "carriage-return"),
        ("gunicorn -b :$PROT app:app", "Error: '' is not a valid port number.", "not-a-port"),
        ("uvicorn main:app", 'ERROR:    Error loading ASGI app. Could not import module "main".', "asgi"),
        ("gunicorn app:ap", "Failed to find attribute 'ap' in 'app'.", "wsgi"),
        ("gunicorn app:app", "Application object must be callable.", "wsgi"),
        ("gunicorn -k gevent app:app", "RuntimeError: gevent worker requires gevent 1.4", "worker-needs"),
        ("flask run", "Error: Could not locate a Flask application. You did", "flask-app-missing"),
        ("gunicorn app:app", "gunicorn: error: unrecognized arguments: --worker 2", "usage"),
    ],
)
def test_what_a_shell_or_a_server_refuses(command: str, said: str, fault: str) -> None:
    found = faults(
        START.format(command), f"app[web.1]: {said}", "heroku[web.1]: Process exited with status 1", CRASHED
    )
    assert found == [fault, "exit"]


@pytest.mark.parametrize(
    ("said", "fault", "port"),
    [
        (GUNICORN + "Listening at: http://127.0.0.1:8000 (4)", "localhost", "8000"),
        (GUNICORN + "Listening at: http://0.0.0.0:8000 (4)", "other-port", "8000"),
        (GUNICORN + "Listening at: http://[::]:8000 (4)", "other-port", "8000"),
        ("INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)", "localhost", "8000"),
        (" * Running on http://127.0.0.1:5000", "localhost", "5000"),
        (" * Running on http://localhost:5000/ (Press CTRL+C to quit)", "localhost", "5000"),
        ("Starting development server at http://127.0.0.1:8000/", "localhost", "8000"),
        ("Dash is running on http://127.0.0.1:8050/", "localhost", "8050"),
        ("INFO:waitress:Serving on http://0.0.0.0:8080", "other-port", "8080"),
        ("  Local URL: http://localhost:8501", "other-port", "8501"),
        ("======== Running on http://0.0.0.0:8080 ========", "other-port", "8080"),
        ("Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...", "other-port", "8000"),
    ],
)
def test_a_server_that_listens_elsewhere(said: str, fault: str, port: str) -> None:
    found = evidence(START.format("python app.py"), f"app[web.1]: {said}", R10, CRASHED, seconds=20)
    listener = next(e for e in found if e.fact is Fact.PORT_LISTENER)
    assert (listener.values["fault"], listener.values["port"]) == (fault, port)
    assert listener.level is Level.FAIL


def test_flask_names_one_address_of_all_it_listens_on() -> None:
    said = (
        " * Running on all addresses (0.0.0.0)",
        " * Running on http://127.0.0.1:5000",
        " * Running on http://172.18.0.2:5000",
    )
    found = evidence(START.format("python app.py"), *(f"app[web.1]: {s}" for s in said), R10, seconds=15)
    listener = next(e for e in found if e.fact is Fact.PORT_LISTENER)
    assert (listener.values["fault"], listener.values["port"]) == ("other-port", "5000")


def test_where_it_listens_is_no_fault_without_a_boot_timeout() -> None:
    said = "[2026-11-20 14:00:02 +0000] [4] [INFO] Listening at: http://127.0.0.1:8000 (4)"
    up = "heroku[web.1]: State changed from starting to up"
    assert evidence(START.format("bin/start-nginx gunicorn app:app"), f"app[web.1]: {said}", up) == []


@pytest.mark.parametrize(
    ("command", "said", "fault"),
    [
        ("python bot.py", "INFO:discord.client:logging in using static token", "no-server"),
        ("celery -A tasks worker", "", "no-server"),
        ("python main.py", "Downloading the model ...", "slow"),
        ("gunicorn --preload app:app", "", "slow"),
        ("gunicorn app:app", "", "silent-server"),
        ("python main.py", "hello", "silent-script"),
    ],
)
def test_a_launch_that_never_says_where_it_listens(command: str, said: str, fault: str) -> None:
    found = faults(
        START.format(command),
        f"app[web.1]: {said}",
        R10,
        "heroku[web.1]: Process exited with status 137",
        CRASHED,
        seconds=20,
    )
    assert found == [fault, "exit"]


def test_a_port_bound_too_late() -> None:
    said = "[2026-11-20 14:00:02 +0000] [4] [INFO] Listening at: http://0.0.0.0:31234 (4)"
    assert (
        faults(START.format("gunicorn --preload app:app"), f"app[web.1]: {said}", R10, seconds=58)[0]
        == "listening-late"
    )


def worker(pid: int, says: str) -> str:
    return f"app[web.1]: [2026-11-20 14:00:02 +0000] [{pid}] {says}"


LOOP = (
    START.format("gunicorn app:app"),
    worker(4, "[INFO] Starting gunicorn 20.1.0"),
    worker(9, "[INFO] Booting worker with pid: 9"),
    worker(4, "[CRITICAL] WORKER TIMEOUT (pid:9)"),
    worker(10, "[INFO] Booting worker with pid: 10"),
    worker(4, "[CRITICAL] WORKER TIMEOUT (pid:10)"),
)


def test_workers_that_are_killed_while_they_load() -> None:
    assert faults(*LOOP, seconds=30) == ["timeout-loop-likely"]


def test_workers_that_had_answered_before_are_another_matter() -> None:
    answered = (
        'heroku[router]: at=info method=GET path="/" host=x.herokuapp.com request_id=1 fwd="203.0.113.7" '
        "dyno=web.1 connect=0ms service=12ms status=200 bytes=10 protocol=https"
    )
    assert faults(*LOOP, answered, seconds=30) == ["timeout"]


@pytest.mark.parametrize(
    ("status", "fault"),
    [("0", "exited-0"), ("1", "exit"), ("127", "server-not-found"), ("137", "killed"), ("139", "signal")],
)
def test_an_end_without_words(status: str, fault: str) -> None:
    lines = (START.format("gunicorn app:app"), f"heroku[web.1]: Process exited with status {status}", CRASHED)
    assert faults(*lines) == [fault]


STOPPED = (
    START.format("gunicorn app:app"),
    "heroku[web.1]: State changed from starting to up",
    "heroku[web.1]: Cycling",
    "heroku[web.1]: State changed from up to starting",
    "heroku[web.1]: Stopping all processes with SIGTERM",
    worker(4, "[INFO] Handling signal: term"),
    worker(4, "[ERROR] Worker (pid:9) was sent SIGTERM!"),
    "heroku[web.1]: Process exited with status 143",
)


@pytest.mark.parametrize("status", ["0", "143"])
def test_a_stop_that_was_asked_for_is_no_failure(status: str) -> None:
    assert faults(*STOPPED[:-1], f"heroku[web.1]: Process exited with status {status}") == []


def test_a_one_off_process_that_failed_is_not_the_app() -> None:
    lines = (
        "heroku[run.1234]: Starting process with command `python manage.py check`",
        "heroku[run.1234]: Process exited with status 1",
    )
    assert [e.level for e in evidence(*lines)] == [Level.WARN]


def test_a_later_release_that_came_up_is_told() -> None:
    crash = (START.format("gunicorn app:app"), "heroku[web.1]: Process exited with status 1", CRASHED)
    episodes = told(
        "app[api]: Release v12 created by user user@example.com",
        *crash,
        "app[api]: Release v13 created by user user@example.com",
        START.format("gunicorn app:app"),
        "heroku[web.1]: State changed from starting to up",
    )
    (episode,) = [e for e in episodes if e.kind == "launch"]
    assert (episode.release, episode.healthy_since, episode.release_since) == ("v12", True, True)


def test_tracebacks_of_several_dynos_are_told_apart() -> None:
    def raising(dyno: str, module: str) -> list[str]:
        return [
            f"app[{dyno}]: Traceback (most recent call last):",
            f'app[{dyno}]:   File "/app/app.py", line 1, in <module>',
            f"app[{dyno}]:     import {module}",
            f"app[{dyno}]: ModuleNotFoundError: No module named '{module}'",
            f"app[{dyno}]: done",
        ]

    lines = [
        line for pair in zip(raising("web.1", "cv2"), raising("web.2", "yaml"), strict=True) for line in pair
    ]
    modules = {
        (e.values["dyno"], e.values["module"])
        for e in evidence(
            *lines,
            "heroku[web.1]: Process exited with status 1",
            "heroku[web.2]: Process exited with status 1",
        )
        if e.fact is Fact.BOOT_IMPORT
    }
    assert modules == {("web.1", "cv2"), ("web.2", "yaml")}


@pytest.mark.parametrize(
    ("process", "dyno"),
    [("web.1", True), ("web-5f6d-x1", True), ("run.1234", True), ("heroku-postgres", False), ("api", False)],
)
def test_add_ons_are_no_dynos(process: str, *, dyno: bool) -> None:
    assert is_dyno(process) is dyno


def test_what_is_kept_of_many_launches_is_bounded() -> None:
    lines = [START.format(f"python app.py {n}") for n in range(3000)]
    story = Story()
    for number, line in enumerate(lines, 1):
        story.read(number, f"2026-11-20T14:02:11+00:00 {line}")
    assert len(story.launches.all) <= 400
