"""What is known of releases that have to be compiled."""

from __future__ import annotations

import pytest

from diag.collect.project.dependencies.source_builds import BUILT, FAILED, is_known_to_build, why_it_fails
from diag.distributions import releases


@pytest.mark.parametrize(
    ("name", "version", "python", "said"),
    [
        ("numpy", "1.19.5", "3.12", "No module named 'distutils'"),
        ("numpy", "1.16.6", "3.11", "CCompiler"),
        ("pandas", "1.3.5", "3.11", "No module named 'pkg_resources'"),
        ("pyyaml", "6.0", "3.13", "cython_sources"),
        ("greenlet", "3.0.3", "3.13", "PyThreadState"),
        ("pydantic-core", "2.14.6", "3.13", "PyO3's maximum supported version (3.12)"),
        ("numba", "0.56.4", "3.13", "Cannot install on Python version 3.13"),
        ("pillow", "9.5.0", "3.14", "KeyError: '__version__'"),
    ],
)
def test_what_the_build_says(name: str, version: str, python: str, said: str) -> None:
    assert said in why_it_fails(name, version, python)
    assert not is_known_to_build(name, version, python)


@pytest.mark.parametrize(
    ("name", "version", "python"),
    [
        ("numpy", "1.26.4", "3.13"),  # was not built to its end: nobody knows
        ("greenlet", "3.0.3", "3.12"),
        ("pillow", "9.5.0", "3.12"),
        ("pyyaml", "6.0.1", "3.13"),
        ("pyyaml", "5.3.1", "3.13"),
        ("psycopg2", "2.9.9", "3.13"),
        ("no-such-name", "1", "3.13"),
        ("numpy", "garbage", "3.9"),
    ],
)
def test_what_is_not_known_to_fail(name: str, version: str, python: str) -> None:
    assert why_it_fails(name, version, python) == ""


@pytest.mark.parametrize(
    ("name", "version"),
    [("pyyaml", "6.0.1"), ("psycopg2-binary", "2.9.9"), ("markupsafe", "2.1.1"), ("sqlalchemy", "1.4.46")],
)
def test_what_compiles(name: str, version: str) -> None:
    assert is_known_to_build(name, version, "3.13")
    assert is_known_to_build(name, version, "3.12")
    assert not is_known_to_build(name, version, "3.14")  # nobody tried


def test_no_release_both_fails_and_compiles() -> None:
    both = [
        (name, release.version, python)
        for name in BUILT
        for release in releases.releases(name)
        for python in ("3.10", "3.11", "3.12", "3.13")
        if not release.has_wheel(python)
        if is_known_to_build(name, release.version, python) and why_it_fails(name, release.version, python)
    ]

    assert both == []


def test_each_row_is_about_releases_that_exist_without_a_wheel() -> None:
    for failed in FAILED:
        within = [r for r in releases.releases(failed.package) if releases.within(r.version, failed.versions)]
        assert any(not r.has_wheel(python) for r in within for python in ("3.11", "3.12", "3.13", "3.14")), (
            failed
        )
