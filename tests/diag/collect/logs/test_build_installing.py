"""Near misses of what pip, Pipenv, Poetry and uv say."""

import pytest

from checks.evidence import Evidence, Level, Value
from checks.facts import Fact
from diag.collect.logs.build.native import missing
from diag.collect.logs.build.packages import (
    is_standard,
    is_tensorflow,
    meant,
    other_system,
    python_for_tensorflow,
    python_within,
    version,
)
from tests.diag.collect.logs.build_output import causes, push

HEAD = (
    "-----> Python app detected",
    "-----> Using Python 3.13 specified in .python-version",
    "-----> Installing dependencies using 'pip install -r requirements.txt'",
)
TAIL = (
    " !     Error: Unable to install dependencies using pip.",
    " !     Push rejected, failed to compile Python app.",
)


def fault(*lines: str) -> tuple[object, ...]:
    (found,) = push(*HEAD, *(f"       {line}" for line in lines), *TAIL)
    return found.values["fault"], found.values.get("reason")


def pip(requirement: str, versions: str) -> tuple[str, str]:
    listed = f"(from versions: {versions})"
    return (
        f"ERROR: Could not find a version that satisfies the requirement {requirement} {listed}",
        f"ERROR: No matching distribution found for {requirement}",
    )


@pytest.mark.parametrize(
    ("requirement", "versions", "told"),
    [
        ("tensorflow==2.15.0", "2.20.0, 2.21.0", ("tensorflow", "too-old")),
        ("tensorflow==2.99.0", "2.20.0, 2.21.0", ("unmatched", "not-released")),
        ("tensorflow-hub==0.1", "0.12.0, 0.16.1", ("unmatched", "too-old")),
        ("tensorflow-macos==2.15.0", "none", ("platform-only", None)),
        ("pywin32-ctypes==9.9", "0.2.2, 0.2.3", ("unmatched", "not-released")),
        ("sqlite3", "none", ("unmatched", "standard")),
        ("my-own-package==1.0", "none", ("unmatched", "none")),
        ("Flask==2.5.0", "2.0.0, 3.0.0", ("unmatched", "no-such-version")),
    ],
)
def test_the_list_of_versions_tells_why(
    requirement: str, versions: str, told: tuple[str, str | None]
) -> None:
    assert fault(*pip(requirement, versions)) == told


def test_releases_that_ask_for_another_python() -> None:
    ignored = (
        "ERROR: Ignored the following versions that require a different python version: "
        "5.0.1 Requires-Python >=3.10; 5.0.10 Requires-Python >=3.12"
    )
    evidence = push(*HEAD, *(f"       {x}" for x in (ignored, *pip("Django==5.0.1", "4.1, 4.2.30"))), *TAIL)
    assert (evidence[0].values["reason"], evidence[0].values["needs"]) == ("python", ">=3.10")
    assert fault(ignored, *pip("Django==9.1", "4.1, 4.2.30")) == ("unmatched", "not-released")


def test_a_line_that_pipenv_broke() -> None:
    lines = (
        "ERROR: Could not find a version that satisfies the requirement ",
        "itsdangerous==9.9.9 (from versions: 0.9, 0.9.1, 0.10, 0.11, 0.12, ",
        "2.1.2, 2.2.0)",
        "ERROR: No matching distribution found for itsdangerous==9.9.9",
    )
    assert fault(*lines) == ("unmatched", "not-released")


def test_a_lost_connection_is_no_missing_package() -> None:
    retry = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/flask/"
    )
    assert fault("Collecting Flask==3.0.0", *pip("Flask==3.0.0", "none"))[0] == "unmatched"
    assert fault(retry, *pip("Flask==3.0.0", "none"))[0] == "download"
    # It came back: the next package was collected.
    assert fault(retry, "Collecting gunicorn==23.0.0", *pip("falsk==3.0.0", "none"))[0] == "unmatched"
    # The index answered: there is a list.
    assert fault(retry, *pip("Flask==9.0.0", "2.0.0, 3.0.0"))[0] == "unmatched"


def test_an_index_of_ones_own_leaves_a_doubt() -> None:
    retry = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/flask/"
    )
    lines = ("Looking in indexes: https://index.example.com/simple", retry, *pip("Flask==3.0.0", "none"))
    evidence = push(*HEAD, *(f"       {line}" for line in lines), *TAIL)
    assert [(d.cause, d.confidence.value) for d in causes(evidence)] == [
        ("build/download-failed", "possible")
    ]


def test_metadata_that_pip_ignored_for_another_package_is_not_the_cause() -> None:
    ignored = "WARNING: Ignoring version 5.2.0 of celery since it has invalid metadata:"
    assert fault(ignored, *pip("celery==5.2.0", "5.1.0, 5.2.0"))[0] == "package-metadata"
    assert fault(ignored, *pip("falsk==1.0", "none"))[0] == "unmatched"


def test_a_release_the_resolver_gave_up_is_not_the_cause() -> None:
    lines = (
        "Collecting gevent==1.4.0",
        "error: subprocess-exited-with-error",
        "ModuleNotFoundError: No module named 'torch'",
        "WARNING: Discarding https://files.example.com/gevent-1.4.0.tar.gz (from https://index.example.com)",
        *pip("falsk==1.0", "none"),
    )
    assert fault(*lines)[0] == "unmatched"


def test_the_package_of_the_failed_build_is_named() -> None:
    (found,) = push(
        *HEAD,
        "       Collecting Flask==3.0.0",
        "       Collecting psycopg2==2.9.9",
        "         error: subprocess-exited-with-error",
        "             Error: pg_config executable not found.",
        *TAIL,
    )
    assert (found.values["package"], found.values["version"]) == ("psycopg2", "2.9.9")


@pytest.mark.parametrize(
    "text",
    [
        "Downloading ffi.h-1.0.tar.gz (1 kB)",
        "checking for libxml2... yes",
        "copying lib/sqlite3.h -> build/lib",
        "foo.c:3:10: fatal error: longintrepr.h: No such file or directory",
        "foo.c:3:10: fatal error: numpy/arrayobject.h: No such file or directory",
        "warning: no files found matching 'LICENSE'",
        "Package foo was installed",
    ],
)
def test_no_library_is_missing(text: str) -> None:
    assert missing(text) is None


@pytest.mark.parametrize(
    ("text", "library"),
    [
        ("src/a.c:1:10: fatal error: zmq.h: No such file or directory", "zmq.h"),
        ("/bin/sh: 1: pcre-config: not found", "pcre-config"),
        ("/usr/bin/ld: cannot find -lmagic: No such file or directory", "magic"),
        ("error: can't find Rust compiler", "Rust"),
        ("src/_portaudiomodule.c:31:10: fatal error: portaudio.h: No such file or directory", "PortAudio"),
    ],
)
def test_a_library_is_missing(text: str, library: str) -> None:
    found = missing(text)
    assert found is not None
    assert found["library"] == library


def test_names() -> None:
    assert other_system("PyWin32") == "Windows"
    assert other_system("pyobjc_core") == "macOS"
    assert other_system("pywin32-ctypes") == ""
    assert is_tensorflow("TensorFlow_CPU")
    assert not is_tensorflow("tensorflow-hub")
    assert is_standard("sqlite3")
    assert not is_standard("numpy")
    assert meant("falsk") == "flask"
    assert meant("acme-internal-tools") == ""


def test_tensorflow_and_python() -> None:
    assert python_for_tensorflow("2.15.0") == "3.11"
    assert python_for_tensorflow("2.21") == "3.13"
    assert python_for_tensorflow("2.7.0") == ""
    assert python_for_tensorflow("") == ""
    assert version("2.16.1rc0") == (2, 16, 1)
    assert version("rc") == ()


@pytest.mark.parametrize(
    ("needs", "python"),
    [
        (">=3.11,<3.13", "3.12"),
        (">=3.11,<3.13.5", "3.13"),
        ("==3.12.*", "3.12"),
        ("~3.11", "3.11"),
        ("~=3.11.4", "3.11"),
        ("^3.10", "3.14"),
        ("<=3.12", "3.12"),
        (">3.12,!=3.14", "3.13"),
        ("3.11", "3.11"),
        (">=2.7,<3.0", ""),
        (">=3.10 || <3", ""),
        ("", ""),
    ],
)
def test_the_newest_python_that_a_range_allows(needs: str, python: str) -> None:
    assert python_within(needs) == python


def test_a_range_that_excludes_the_python_of_the_build() -> None:
    said = "Current Python version (3.13.0) is not allowed by the project (>=3.11,<3.13)."
    (evidence,) = push(*HEAD, f"       {said}", *TAIL)
    (found,) = causes([evidence])
    assert (found.cause, found.confidence.value) == ("python/version-unsupported", "likely")
    assert found.fix[0].startswith("echo 3.12 > .python-version")


def test_pipenv_warns_of_another_python_and_fails_for_another_reason() -> None:
    warned = "Warning: Your Pipfile requires python_version 3.12, but you are using 3.13.1"
    assert fault(warned, *pip("pywin32==306", "none"))[0] == "platform-only"


@pytest.mark.parametrize(
    ("python", "pin"), [("3.12.99", "3.12"), ("3.9.5", "3.13"), ("3.41", "3.13"), ("3.10.99", "3.13")]
)
def test_the_version_to_ask_for_instead(python: str, pin: str) -> None:
    text = f" !     Requested runtime (python-{python}) is not available for this stack (heroku-22)."
    (found,) = push(text, TAIL[1])
    assert found.values["pin"] == pin


def test_metadata_that_fails_ends_a_build_that_the_log_does_not() -> None:
    lines = (
        "       Collecting pygdal==2.4.0.10",
        "         error: subprocess-exited-with-error",
        "         × python setup.py egg_info did not run successfully.",
        "             error: [Errno 2] No such file or directory: 'gdal-config'",
    )
    (found,) = push(*HEAD, *lines)
    assert (found.values["fault"], found.values["package"]) == ("native", "pygdal")
    # The resolver takes another release.
    discarded = "       WARNING: Discarding https://index.example.com/pygdal-2.4.0.10.tar.gz"
    assert push(*HEAD, *lines, discarded, "       Collecting pygdal==2.4.0.9") == []


def test_nltk_names_what_is_missing() -> None:
    chain = ("LookupError: **** Resource 'punkt_tab' not found. Please use the NLTK Downloader",)
    values: dict[str, Value] = {"dyno": "", "number": 1, "chain": chain}
    raised = Evidence(Fact.PROCESS_EXCEPTION, Level.FAIL, "It raised", "line 1", None, values)
    (found,) = causes([raised])
    assert (found.cause, found.fix[0]) == ("build/nltk-data-missing", "echo punkt_tab >> nltk.txt")
