"""Model files that are pushed."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from diag.collect.project.model_files import LARGE_BYTES, find_model_files
from tests.sources import Gives, Versions, graph_of, told

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345678\n"
APP = "from flask import Flask\nimport keras, joblib\napp = Flask('')\nm = keras.models.load_model('model.keras')\n"


def keras_file(version: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "metadata.json", json.dumps({"keras_version": version, "date_saved": "2026-01-01@00:00:00"})
        )
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    return buffer.getvalue()


def of(folder: Path, files: Mapping[str, str | bytes], **versions: str) -> list[str]:
    graph = graph_of(folder, {"app.py": APP, **files})
    known = Versions({name.replace("_", "-"): version for name, version in versions.items()})
    return told(find_model_files(graph.tree, graph, known, Gives(frozenset(("keras", "joblib", "numpy")))))


def test_a_pointer_instead_of_the_model(tmp_path: Path) -> None:
    assert of(tmp_path, {"model.keras": POINTER}) == ["fail certain lfs-pointer model.keras"]
    assert of(tmp_path, {"model.keras": b"x", "other.h5": POINTER}) == ["warn likely lfs-pointer other.h5"]


@pytest.mark.parametrize(
    ("saved", "tensorflow", "expected"),
    [
        ("3.9.0", "2.15.1", ["fail likely keras-version model.keras"]),
        ("2.15.0", "2.20.0", ["warn possible keras-version model.keras"]),
        ("3.9.0", "2.20.0", []),
        ("2.13.1", "2.15.1", []),
    ],
)
def test_a_file_of_another_keras(tmp_path: Path, saved: str, tensorflow: str, expected: list[str]) -> None:
    assert of(tmp_path, {"model.keras": keras_file(saved)}, tensorflow_cpu=tensorflow) == expected


def test_a_saved_model_of_keras_2(tmp_path: Path) -> None:
    files = {"model.keras/keras_metadata.pb": b"x", "model.keras/saved_model.pb": b"y"}

    assert "fail likely keras-version model.keras" in of(tmp_path, files, tensorflow="2.20.0")
    assert of(tmp_path, files, tensorflow="2.15.0") == []


@pytest.mark.parametrize(
    ("content", "sklearn", "expected"),
    [
        (
            b"sklearn.tree._tree _sklearn_version\x94\x8c\x061.2.2\x94sb.",
            "1.5.2",
            ["fail likely pickle-version model.pkl"],
        ),
        (
            b"sklearn.svm _sklearn_version\x94\x8c\x061.2.2\x94sb.",
            "1.5.2",
            ["warn possible pickle-version model.pkl"],
        ),
        (b"sklearn.tree._tree _sklearn_version\x94\x8c\x061.5.0\x94sb.", "1.5.2", []),
        (b"nothing", "1.5.2", []),
    ],
)
def test_a_pickle_of_another_scikit_learn(
    tmp_path: Path, content: bytes, sklearn: str, expected: list[str]
) -> None:
    assert of(tmp_path, {"model.pkl": content}, scikit_learn=sklearn) == expected


def test_a_pickle_of_a_library_that_nothing_requires(tmp_path: Path) -> None:
    app = "import joblib\nmodel = joblib.load('model.pkl')\n"
    content = b"\x80\x04\x95\x8c\x1fsklearn.linear_model._logistic\x94"

    assert of(tmp_path, {"app.py": app, "model.pkl": content}) == ["fail likely module model.pkl"]
    assert of(tmp_path, {"app.py": app, "model.pkl": b"\x80\x04\x95\x8c\x05numpy\x94 not sklearn."}) == []
    assert of(tmp_path, {"app.py": "app = 1", "model.pkl": content}) == []


def test_a_large_model_in_the_slug(tmp_path: Path) -> None:
    (tmp_path / "model.pt").touch()
    os.truncate(tmp_path / "model.pt", LARGE_BYTES)

    assert of(tmp_path, {}) == ["warn certain in-slug model.pt"]


def test_files_that_are_no_models(tmp_path: Path) -> None:
    assert (
        of(
            tmp_path,
            {"model.keras": b"PK\x03\x04 no zip", "model.h5": b"\x89HDF", "x.pkl": b""},
            tensorflow="2.15.0",
        )
        == []
    )


def test_a_compressed_pickle_of_an_older_scikit_learn(tmp_path: Path) -> None:
    inner = b"\x80\x04\x8c\x13sklearn.tree._classes\x8c\x10_sklearn_version\x94\x8c\x060.24.2\x94."
    found = of(tmp_path, {"model.joblib": zlib.compress(inner)}, scikit_learn="1.7.2")
    assert found == ["fail likely pickle-version model.joblib"]
    assert of(tmp_path / "bomb", {"model.joblib": b"\x78\x9c" + b"x" * 99}, scikit_learn="1.7.2") == []


def test_a_pickle_of_numpy_2_for_numpy_1(tmp_path: Path) -> None:
    app = APP.replace("model.keras", "w.pkl")
    files: dict[str, str | bytes] = {"w.pkl": b"\x80\x04\x8c\x16numpy._core.multiarray\x94.", "app.py": app}
    assert of(tmp_path, files, numpy="1.25.2") == ["fail likely pickle-version w.pkl"]
    assert of(tmp_path, files, numpy="1.26.4") == []
    assert of(tmp_path, files, numpy="2.1.0") == []


def test_h5py_3_with_an_old_tensorflow(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"m.h5": b"\x89HDF", "app.py": APP.replace("model.keras", "m.h5")}
    assert of(tmp_path, files, tensorflow="2.3.4", h5py="3.1.0") == ["fail likely h5py m.h5"]
    assert of(tmp_path, files, tensorflow="2.3.4", h5py="2.10.0") == []
    assert of(tmp_path, files, tensorflow="2.4.0", h5py="3.1.0") == []


def test_keras_2_by_choice(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "model.keras": keras_file("2.15.0"),
        "app.json": '{"env": {"TF_USE_LEGACY_KERAS": "1"}}',
    }
    assert of(tmp_path, files, tensorflow="2.19.0", tf_keras="2.19.0") == []
    assert of(tmp_path, files, tensorflow="2.19.0") == ["warn possible keras-version model.keras"]


def test_a_buildpack_that_fetches_from_git_lfs(tmp_path: Path) -> None:
    buildpacks = '{"buildpacks": [{"url": "https://github.com/raxod502/heroku-buildpack-git-lfs"}]}'
    assert of(tmp_path, {"model.keras": POINTER, "app.json": buildpacks}) == []
