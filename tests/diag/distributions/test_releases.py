"""The table of releases: what a Python gets of a distribution, and what that needs."""

from __future__ import annotations

import json

import pytest
from packaging.version import Version

from diag.distributions import releases


def test_a_release_tells_its_files() -> None:
    release = releases.find("numpy", "1.26.4")

    assert release is not None
    assert release.has_wheel("3.12")
    assert not release.has_wheel("3.13")
    assert release.is_installable("3.13")  # from source
    assert releases.pythons_with("numpy", "1.19.5") == ("3.9",)


@pytest.mark.parametrize("version", ["2.0", "2.0.0", "2.0.0.0"])
def test_a_version_may_be_written_in_several_ways(version: str) -> None:
    found = releases.find("flask", version)

    assert found is not None
    assert found.version == "2.0.0"


@pytest.mark.parametrize("version", ["99", "1.2.3.4.5", "2.0.0+local", "garbage", ""])
def test_what_was_never_released(version: str) -> None:
    assert releases.find("flask", version) is None


def test_what_the_table_does_not_have() -> None:
    assert not releases.knows("no-such-name")
    assert releases.releases("no-such-name") == ()
    assert releases.newest("no-such-name", "3.12") is None
    assert releases.find("no-such-name", "1") is None
    assert releases.wheel_bytes("no-such-name") is None


def test_runs_are_expanded() -> None:
    versions = [release.version for release in releases.releases("absl-py")]

    assert versions[:3] == ["0.1.0", "0.1.1", "0.1.2"]
    assert "0.1.13" in versions
    assert "0.1.14" not in versions


def test_every_entry_is_read_and_in_order() -> None:
    table = json.loads(releases.TABLE.read_bytes())

    for name in table["releases"]:
        found = releases.releases(name)
        assert found, name
        assert all(len(release.states) == len(releases.pythons()) for release in found), name
        assert all(set(release.states) <= set("-saw") for release in found), name
        versions = [Version(release.version) for release in found]
        assert versions == sorted(versions), name
        assert len({release.version for release in found}) == len(found), name
    assert set(table["kilobytes"]) <= set(table["releases"])


def test_needs_are_those_of_the_python() -> None:
    release = releases.find("tensorflow", "2.15.0")

    assert release is not None
    needs = {need.name: need for need in releases.needs(release, "3.11") or ()}
    assert needs["keras"].allows("2.15.0")
    assert not needs["keras"].allows("3.0.0")
    assert needs["numpy"].text == "numpy>=1.23.5,<2.0.0"


def test_a_need_follows_its_release() -> None:
    release = releases.find("boto3", "1.34.7")

    assert release is not None
    assert "botocore>=1.34.7,<1.35.0" in {need.text for need in releases.needs(release, "3.12") or ()}


@pytest.mark.parametrize(
    ("name", "python", "specifier", "version"),
    [
        ("tensorflow", "3.11", "<2.16", "2.15.1"),
        ("numpy", "3.12", ">=1.20,<2", "1.26.4"),
        ("numpy", "3.10", "==1.26.*", "1.26.4"),
        ("django", "3.9", "", "4.2"),  # the last series for 3.9
        ("flask", "3.12", "~=2.2.0", "2.2.5"),
        ("flask", "3.12", "===2.2.5", "2.2.5"),
    ],
)
def test_the_newest_that_pip_takes(name: str, python: str, specifier: str, version: str) -> None:
    found = releases.newest(name, python, specifier)

    assert found is not None
    assert found.version.startswith(version)


def test_bounds_find_what_a_look_at_all_releases_finds() -> None:
    for specifier in (
        "<2,>=1.1",
        "==1.1.*",
        "!=2.0.1,<2.1",
        "<=2.0.3",
        ">1.1.2,<=2",
        "~=2.2",
        "==2.0",
        "<1.0rc1",
    ):
        within = [r for r in releases.releases("flask") if releases.within(r.version, specifier)]
        found = [
            r.version for r in releases.candidates("flask", "3.12", specifier) if r.is_final and not r.yanked
        ]
        assert found == [
            r.version for r in reversed(within) if r.is_installable("3.12") and r.is_final and not r.yanked
        ], specifier


def test_yanked_releases_are_taken_by_their_version_alone() -> None:
    yanked = next(r for r in releases.releases("urllib3") if r.yanked)

    assert yanked.version not in {r.version for r in releases.candidates("urllib3", "3.9")}
    assert [r.version for r in releases.candidates("urllib3", "3.9", f"=={yanked.version}")] == [
        yanked.version
    ]


def test_what_can_not_be_read_bounds_nothing() -> None:
    assert releases.within("1.0", ">=oops")
    assert releases.parsed("oops") == Version("0")
    assert releases.newest("flask", "3.12", ">=oops") == releases.newest("flask", "3.12")


def test_sizes_grow_with_the_releases() -> None:
    old, new = releases.wheel_bytes("tensorflow", "2.0.0"), releases.wheel_bytes("tensorflow", "2.15.0")

    assert old is not None
    assert new is not None
    assert 50_000_000 < old < new < 700_000_000


@pytest.mark.parametrize(
    ("name", "compiled"), [("numpy", True), ("lxml", True), ("flask", False), ("six", False)]
)
def test_what_has_native_code(name: str, compiled: bool) -> None:
    assert releases.is_compiled(name) is compiled
