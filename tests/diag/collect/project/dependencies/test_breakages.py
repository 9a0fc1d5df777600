"""The table of releases that do not run together."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from diag.collect.project.dependencies.breakages import BREAKAGES, NEEDS_PKG_RESOURCES
from diag.collect.project.dependencies.running import _WORDS
from diag.distributions import releases
from diag.distributions.import_names import normal


def test_each_row_is_about_releases_that_exist() -> None:
    for row in BREAKAGES:
        assert row.fault in _WORDS
        assert any(releases.within(r.version, row.versions) for r in releases.releases(row.package)), row
        assert any(releases.within(r.version, row.sisters) for r in releases.releases(row.sister)), row


def test_specifiers_can_be_read_and_names_are_normal() -> None:
    for name, versions in NEEDS_PKG_RESOURCES.items():
        assert SpecifierSet(versions)
        assert name == normal(name)


def test_a_later_release_does_not_break() -> None:
    ended = {row.package for row in BREAKAGES if row.fault == "numpy-abi"} - {"tensorflow", "tensorflow-cpu"}

    for package in ended:
        rows = [row for row in BREAKAGES if row.package == package and row.fault == "numpy-abi"]
        newest = releases.newest(package, "3.12")
        assert newest is not None
        assert not any(releases.within(newest.version, row.versions) for row in rows), package
