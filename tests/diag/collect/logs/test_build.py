"""Builds as a whole: where they begin and end, several in one log, what is no build at all."""

import time

import pytest

from checks.evidence import Level
from checks.facts import Fact
from diag.collect.logs.build import Build
from diag.collect.logs.line import Line
from tests.diag.collect.logs.build_output import FIXTURES, causes, push, read

NO_MATCH = "       ERROR: No matching distribution found for pywin32==306"
REJECTED = " !     Push rejected, failed to compile Python app."
UNABLE = " !     Error: Unable to install dependencies using pip."
START = ("-----> Building on the Heroku-24 stack", "-----> Python app detected")
DONE = ("-----> Discovering process types", "       Procfile declares types -> web", "-----> Launching...")


def test_a_build_that_went_through_says_nothing() -> None:
    assert push(*START, "       Successfully installed Flask-3.1.3", *DONE, "       Released v12") == []


def test_what_pip_tried_and_mended_is_no_failure() -> None:
    # pip before 23.1 fell back to setup.py install when a wheel could not be built.
    lines = (
        *START,
        "         Building wheel for mysqlclient (setup.py): finished with status 'error'",
        "         ERROR: Failed building wheel for mysqlclient",
        "       Failed to build mysqlclient",
        "           Running setup.py install for mysqlclient: finished with status 'done'",
        "       DEPRECATION: mysqlclient was installed using the legacy 'setup.py install' method",
    )
    assert push(*lines, *DONE) == []
    assert push(*lines) == []  # the log ends before the build does


def test_a_failed_build_nobody_explains_is_told_with_its_last_words() -> None:
    (found,) = push(*START, "-----> Frobnicating", "       the frobnicator is out of order", REJECTED)
    assert (found.fact, found.level, found.values["fault"]) == (Fact.BUILD_ERROR, Level.FAIL, "unknown")
    assert "the frobnicator is out of order" in found.text
    assert causes([found]) == []


def test_a_later_build_that_went_through_resolves_an_earlier_one() -> None:
    failed = (*START, NO_MATCH, UNABLE, REJECTED)
    (found,) = push(*failed, *START, *DONE)
    assert found.values["resolved"] is True
    first, second = push(*failed, *failed)
    assert "resolved" not in first.values
    assert "resolved" not in second.values
    assert first.values["number"] != second.values["number"]


def test_evidence_may_be_asked_at_any_time() -> None:
    build = Build()
    for number, text in enumerate((*START, NO_MATCH, UNABLE, REJECTED), 1):
        build.read(Line(number, None, "build", "", text))
        assert build.evidence() == build.evidence()
    assert [e.values["fault"] for e in build.evidence()] == ["platform-only"]


def test_an_error_counts_before_the_push_is_rejected() -> None:
    (found,) = push(*START, NO_MATCH)
    assert found.values["fault"] == "platform-only"


def test_the_tools_own_words_explain_the_headline() -> None:
    (found,) = push(*START, NO_MATCH, UNABLE, REJECTED)
    assert found.values["fault"] == "platform-only"
    (found,) = push(*START, UNABLE, REJECTED)
    assert found.values["fault"] == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "[2026-11-20 14:02:11 +0000] [10] [INFO] Booting worker with pid: 10",
        "INFO:     Application startup complete.",
        "ERROR: could not connect to redis",
        "error: invalid argument",
        "Collecting metrics from 4 workers",
        "Failed to build the index",
        "Retrying (Retry(total=4))",
        "requests.exceptions.ConnectionError: Max retries exceeded with url: /v1",
        "!important",
        "- Starting",
        "",
        "    Collecting data",
        "   ! Error: it is too late",
        "  Error: unknown option",
        "Requested runtime is 3 s",
        "Push notification failed",
        "2026-11-20T14:02:11.123456Z INFO Collecting data",
        '  File "/app/setup.py", line 3, in <module>',
        "Failed building the index",
        "Command python worker.py failed with error code 1",
        "Could not find a version of the model",
        "* remote: 203.0.113.7",
        "## Remote workers",
        "config.c: fatal error",
    ],
)
def test_a_line_of_an_app_is_no_build_output(text: str) -> None:
    assert not Build().read(Line(1, None, "", "", text))


@pytest.mark.parametrize(
    "text",
    [
        " ERROR: No matching distribution found for pywin32==306",
        "    remote:        ERROR: No matching distribution found for pywin32==306",
        "## remote:        ERROR: No matching distribution found for pywin32==306",
        "> remote:        ERROR: No matching distribution found for pywin32==306",
        "2026-11-20T14:02:11.1234567Z remote:        ERROR: No matching distribution found for pywin32==306",
        "  No matching distribution found for pywin32==306 (from -r requirements.txt (line 3))",
        "` Could not find a version that satisfies the requirement pywin32==228 (from versions: none)`",
        " Could not find a version that satisfies the requirement pywin32==223",
        "[pipenv.exceptions.InstallError]: ERROR: No matching distribution found for pywin32==306",
    ],
)
def test_a_line_that_was_quoted_or_indented(text: str) -> None:
    assert [d.cause for d in causes(read([text]).evidence())] == ["build/platform-only-package"]


def test_an_installer_alone_ends_where_the_app_raises() -> None:
    build = read(["Collecting data", "  - 4 workers"])
    raised = ["Traceback (most recent call last):", '  File "/app/app.py", line 3, in <module>']
    assert not any(build.read(Line(n, None, "", "", text)) for n, text in enumerate(raised, 3))


def test_an_exception_of_a_setup_script_is_none_of_the_app() -> None:
    build = read(
        ["Traceback (most recent call last):", '  File "setup.py", line 3, in <module>', "    import six"]
    )
    assert build.read(Line(4, None, "", "", "ModuleNotFoundError: No module named 'six'"))
    (found,) = build.evidence()
    assert (found.values["fault"], found.level) == ("unknown", Level.WARN)
    assert "No module named 'six'" in found.text


def test_what_came_before_the_first_mark_of_an_excerpt() -> None:
    lines = ("         settings.configure()", "       KeyError: 'SECRET_KEY'")
    end = (" !     Error while running '$ python manage.py collectstatic --noinput'.", REJECTED)
    (found,) = read([*lines, *end]).evidence()
    assert found.values["exception"] == "KeyError: 'SECRET_KEY'"
    # Lines of the app that has been deployed since are none of it.
    (found,) = read([*lines, *(["[2026-11-20] ok"] * 200), *end]).evidence()
    assert "exception" not in found.values


def test_collectstatic_that_went_through_has_not_failed() -> None:
    lines = (
        "-----> $ python manage.py collectstatic --noinput",
        "       Traceback (most recent call last):",
        '         File "/tmp/build_1/mysite/optional.py", line 3, in <module>',
        "       ModuleNotFoundError: No module named 'magic'",
        "       128 static files copied to '/tmp/build_1/staticfiles'.",
    )
    assert [e.level for e in push(*START, *lines, *DONE)] == []
    assert [d.cause for d in causes(push(*START, *lines, "-----> Discovering process types"))] == []


@pytest.mark.parametrize(
    ("buildpack", "cause"),
    [
        ("https://buildpack-registry.s3.amazonaws.com/buildpacks/heroku/nodejs.tgz", "build/wrong-buildpack"),
        ("https://github.com/heroku/heroku-buildpack-ruby#v1", "build/wrong-buildpack"),
        ("https://github.com/heroku/heroku-buildpack-python.git", "build/no-python-files"),
        ("heroku/python", "build/no-python-files"),
        ("https://github.com/timanovsky/subdir-heroku-buildpack", None),
        ("https://github.com/example/heroku-buildpack-python-extras-apt", None),
    ],
)
def test_a_buildpack_that_refuses(buildpack: str, cause: str | None) -> None:
    for name in (
        f"-----> App not compatible with buildpack: {buildpack}",
        f"-----> Failed to detect set buildpack {buildpack}",
        f"-----> Failed to detect app matching {buildpack} buildpack",
        f" !     Push rejected, failed to detect set buildpack {buildpack}",
    ):
        assert [d.cause for d in causes(push(name, " !     Push failed"))] == ([cause] if cause else [])


def test_what_an_app_says_after_a_pasted_build_is_its_own() -> None:
    build = read(["-----> Python app detected", "       Successfully installed Flask-3.1.3"])
    assert not build.read(
        Line(3, None, "", "", "[2026-11-20 14:02:11 +0000] [4] [INFO] Starting gunicorn 25")
    )
    build = read([*START, *DONE, "       Released v12"])
    assert not build.read(Line(8, None, "", "", "Loading the model"))


def test_procfile_types() -> None:
    (found,) = push(*START, "       Procfile declares types -> worker", "-----> Launching...")
    assert (found.values["fault"], found.level) == ("procfile-no-web", Level.INFO)
    assert push(*START, "       Procfile declares types -> release, web", "-----> Launching...") == []


def test_another_language_alone_is_only_noted() -> None:
    build = read(["-----> Node.js app detected", "-----> Launching..."])
    (found,) = build.evidence()
    assert (found.values["fault"], found.level) == ("other-language", Level.INFO)
    assert found.values["language"] == "Node.js"
    assert causes([found]) == []


def test_release_phase_that_raises_is_told_by_its_exception() -> None:
    (found,) = push(
        *START,
        *DONE,
        "Verifying deploy... done.",
        "Running release command...",
        "Traceback (most recent call last):",
        '  File "/app/manage.py", line 22, in <module>',
        "    main()",
        'django.db.utils.ProgrammingError: relation "auth_user" does not exist',
        "Waiting for release.... failed.",
    )
    assert found.fact is Fact.RELEASE_PHASE
    assert [d.cause for d in causes([found])] == ["service/database-not-migrated"]


def test_no_secret_of_a_line_is_told() -> None:
    secret = "hunter2hunter2"
    lines = (
        *START,
        f"       fatal: could not read from https://bob:{secret}@git.example.com/acme/private.git",
        "       × git clone --quiet did not run successfully.",
        UNABLE,
        REJECTED,
    )
    assert secret not in str(push(*lines))
    assert secret not in str(push(*START, f"       https://bob:{secret}@index.example.com/simple", REJECTED))


@pytest.mark.parametrize("source", ["build", ""])
@pytest.mark.parametrize(
    "text",
    [
        "       ERROR: Could not find a version that satisfies the requirement a==1 (from .",
        " !     Error: Something is wrong.",
        "Building source:",
        "       Building wheel for " + "a-" * 10_000,
        "       " + "a.whl " * 3_000 + "not a supported wheel",
        "       " + "a " * 9_000 + "editable",
        " !     " + "Timed out running buildpack " * 700,
        '         File "/app/a.py", line 3, in f',
        "\x00\ufffd",
        '       Command "' + "python -u setup.py " * 1_000,
        "Requested runtime (" + "python-3." * 2_000,
        "   " + "## " * 6_000 + "remote: x",
        "  error in " + "a" * 19_000 + " setup command: ",
        "/tmp/pip-install-abcdefgh/" + "a-" * 9_000 + "/setup.py",
    ],
)
def test_a_flood_costs_little(text: str, source: str) -> None:
    build, times = Build(), 1_000
    began = time.process_time()
    for number in range(times):
        build.read(Line(number, None, source, "", text))
    assert len(build.evidence()) <= 60
    assert time.process_time() - began < 4, "more than 4 ms a line"


def test_reading_again_what_is_kept_gives_the_same() -> None:
    path = FIXTURES / "build" / "native-library-missing" / "pg-config.log"
    lines = path.read_text().splitlines()
    assert read(lines).evidence() == read(lines).evidence()
