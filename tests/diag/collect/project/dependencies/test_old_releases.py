"""The table of releases that can't be imported on newer Pythons."""

from __future__ import annotations

from diag.collect.project.dependencies.old_releases import BRINGING, OLD
from diag.distributions import releases
from diag.distributions.import_names import normal


def test_each_row_says_why() -> None:
    for old in OLD:
        assert bool(old.module) != bool(old.what), old
        assert not old.module or old.module in BRINGING
        assert old.since in releases.pythons()
        assert old.package == normal(old.package)


def test_each_row_is_about_releases_that_exist() -> None:
    for old in OLD:
        within = [r for r in releases.releases(old.package) if releases.within(r.version, old.versions)]
        assert within or not releases.knows(old.package), old
