"""What can be imported with a project's requirements."""

from __future__ import annotations

import pytest

from diag.collect.project.requirements.requirement import Requirements
from diag.distributions.provided import provides
from tests.diag.collect.project.dependencies.required import required


@pytest.mark.parametrize(
    "module",
    ["flask", "werkzeug.utils", "jinja2", "yaml", "google", "google.cloud", "google.cloud.storage.blob"],
)
def test_what_is_there(module: str) -> None:
    assert provides(required("flask==3.0.0", "PyYAML", "google-cloud-storage")).has(module) is True


@pytest.mark.parametrize("module", ["requests", "google.cloud.vision", "tests", "docs", "numpy"])
def test_what_is_not(module: str) -> None:
    assert provides(required("flask==3.0.0", "PyYAML", "google-auth")).has(module) is False


def test_what_is_unknown_may_bring_anything() -> None:
    provided = provides(required("flask", "acme-tools"))

    assert provided.unknown == {"acme-tools"}
    assert provided.has("requests") is None
    assert provided.has("flask") is True
    assert provided.has("acme") is True
    assert provided.has("acme_tools") is True


def test_requirements_that_can_not_be_read_may_bring_anything() -> None:
    asked = Requirements("pip", "requirements.txt", required("flask").all, is_whole=False)

    assert provides(asked).has("requests") is None


def test_a_lock_file_names_all() -> None:
    assert provides(required("flask==3.0.0", locked=True)).has("werkzeug") is False
    assert provides(required("flask==3.0.0")).has("werkzeug") is True


@pytest.mark.parametrize(
    ("line", "has"),
    [("setuptools==80.0.0", True), ("setuptools<81", True), ("setuptools>=82", False), ("setuptools", False)],
)
def test_older_releases_bring_modules_of_their_own(line: str, has: bool) -> None:
    assert provides(required(line)).has("pkg_resources") is has


def test_extras_are_brought() -> None:
    assert provides(required("celery[redis]")).has("redis") is True
    assert provides(required("celery")).has("redis") is False


def test_what_to_require() -> None:
    assert provides(required("flask")).distribution_for("yaml") == "PyYAML"
