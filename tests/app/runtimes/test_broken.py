"""Real bad artefacts, and what the report says of each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from checks.evidence import Evidence, Result
from checks.facts import Fact
from diag.catalogue import CATALOGUE
from diag.diagnose import diagnose
from tests import onnx_models, with_tensorflow
from tests.conftest import TensorFlowProcess
from tests.with_tensorflow import Opened

pytestmark = pytest.mark.tensorflow

OLDER = Path(__file__).parents[2] / "fixtures" / "older-models"
SAVED = OLDER.with_name("models")


def cause_of(failure: Evidence | None) -> str | None:
    assert failure is not None
    report = diagnose([Result("model", (failure,), 0.0)], CATALOGUE, "health", "")
    return next((diagnosis.cause for diagnosis in report.diagnoses), None)


def text_of(opened: Opened) -> str:
    return opened.failure.text if opened.failure else ""


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("keras-2.13.keras", "model/keras-version-mismatch"),
        ("keras-2.keras", "model/keras-version-mismatch"),
        ("lambda.keras", "model/unsafe-deserialization"),
        ("own-layer.keras", "model/custom-object-missing"),
        ("nan.keras", "model/output-not-finite"),
    ],
)
def test_a_model_that_keras_refuses_has_its_cause(
    tensorflow: TensorFlowProcess, models: Path, name: str, cause: str
) -> None:
    folder = next(each for each in (models, OLDER, SAVED) if (each / name).exists())

    assert cause_of(tensorflow(with_tensorflow.open_model, folder / name).failure) == cause


def test_a_file_of_keras_2_13_names_both_versions(tensorflow: TensorFlowProcess) -> None:
    failure = tensorflow(with_tensorflow.open_model, OLDER / "keras-2.13.keras").failure

    assert failure is not None
    assert failure.text == (
        "keras-2.13.keras was saved by Keras 2.13.1, and Keras 3.15.1 can't find its weights."
    )


def damaged(source: Path, target: Path, at: float) -> Path:
    """A copy with one byte turned over, at a part of its length."""
    content = bytearray(source.read_bytes())
    content[int(len(content) * at)] ^= 0xFF
    target.write_bytes(content)
    return target


def test_a_damaged_keras_file_is_not_called_missing(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path
) -> None:
    path = damaged(models / "good.keras", tmp_path / "model.keras", 0.5)

    opened = tensorflow(with_tensorflow.open_model, path)

    assert cause_of(opened.failure) == "model/corrupt"
    assert text_of(opened).startswith("model.keras is damaged: ")
    assert "not found" not in text_of(opened)


@pytest.mark.parametrize("name", ["good.tflite", "good.onnx"])
def test_a_cut_lean_model_is_told(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes((models / name).read_bytes()[:-50])

    opened = tensorflow(with_tensorflow.open_model, path)

    assert cause_of(opened.failure) == "model/corrupt"
    assert "cut or damaged" in text_of(opened)


@pytest.mark.parametrize(
    ("part", "keep", "says"),
    [
        ("variables/variables.index", 0.0, "variables/variables.index is missing"),
        ("variables/variables.data-00000-of-00001", 0.0, "variables.data… is missing"),
        ("variables/variables.data-00000-of-00001", 0.5, "variables.data… is cut"),
        ("variables/variables.index", 0.5, "variables.index is cut or damaged"),
        ("saved_model.pb", 0.5, "saved_model.pb is cut or damaged"),
    ],
)
def test_a_saved_model_that_is_not_whole_names_the_part(  # noqa: PLR0913, PLR0917  one case each
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path, part: str, keep: float, says: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(models / "good-saved", folder)
    content = (folder / part).read_bytes()
    (folder / part).unlink()
    if keep:
        (folder / part).write_bytes(content[: int(len(content) * keep)])

    opened = tensorflow(with_tensorflow.open_model, folder)

    assert says in text_of(opened)
    assert cause_of(opened.failure) == "model/corrupt"


def test_a_saved_model_without_variables_names_them(
    tensorflow: TensorFlowProcess, models: Path, tmp_path: Path
) -> None:
    shutil.copytree(models / "good-saved", tmp_path / "model", ignore=shutil.ignore_patterns("variables"))

    opened = tensorflow(with_tensorflow.open_model, tmp_path / "model")

    assert "variables/variables.index is missing" in text_of(opened)


def test_a_saved_model_without_a_signature_says_how_to_save_it(
    tensorflow: TensorFlowProcess, models: Path
) -> None:
    opened = tensorflow(with_tensorflow.open_model, models / "no-signature")

    assert "no-signature has no signature" in text_of(opened)
    assert "model.export(folder)" in text_of(opened)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("newer-schema.tflite", "schema version 9 not equal to supported version 3. Install a newer"),
        (
            "newer-operator.tflite",
            "Didn't find op for builtin opcode 'FULLY_CONNECTED' version '99'. Install",
        ),
        ("own-operator.tflite", "nresolved custom op: MyOperator. Convert it without allow_custom_ops"),
    ],
)
def test_a_whole_litert_model_that_can_not_run_says_what_it_lacks(
    tensorflow: TensorFlowProcess, models: Path, name: str, says: str
) -> None:
    opened = tensorflow(with_tensorflow.open_model, models / name)

    assert says in text_of(opened)
    assert text_of(opened).startswith(f"{name} is whole, and this LiteRT can't run it: ")
    assert cause_of(opened.failure) is None  # no wrong cause: nothing is corrupt


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("operator", {"last": "MyOperator"}, "No Op registered for MyOperator with domain_version of 17"),
        ("format", {"ir": 30}, "Unsupported model IR version: 30, max supported IR version: 13"),
        ("opset", {"opset": 99}, "Opset 99 is under development"),
    ],
)
def test_a_whole_onnx_model_that_can_not_run_says_what_it_lacks(
    tensorflow: TensorFlowProcess, tmp_path: Path, name: str, more: dict[str, int | str], says: str
) -> None:
    path = tmp_path / f"{name}.onnx"
    path.write_bytes(onnx_models.some_dense(**more).SerializeToString())

    opened = tensorflow(with_tensorflow.open_model, path)

    assert f"can't run it: {says}" in text_of(opened)
    assert str(tmp_path) not in text_of(opened)
    assert cause_of(opened.failure) is None


@pytest.mark.parametrize(
    ("kind", "shape", "says"),
    [
        (onnx_models.BFLOAT16, ("n", 2), "given is tensor(bfloat16)"),
        (onnx_models.FLOAT, (), "given has no dimension for the samples"),
    ],
)
def test_an_onnx_input_that_can_not_be_served_is_named(
    tensorflow: TensorFlowProcess, tmp_path: Path, kind: int, shape: tuple[str | int, ...], says: str
) -> None:
    (tmp_path / "m.onnx").write_bytes(onnx_models.same(kind, *shape).SerializeToString())

    opened = tensorflow(with_tensorflow.open_model, tmp_path / "m.onnx")

    assert opened.failure is not None
    assert (opened.failure.fact, opened.failure.values["fault"]) == (Fact.MODEL_LOAD, "inputs")
    assert says in text_of(opened)


def test_an_onnx_output_that_is_no_tensor_says_how_to_convert(
    tensorflow: TensorFlowProcess, tmp_path: Path
) -> None:
    (tmp_path / "m.onnx").write_bytes(onnx_models.mapping().SerializeToString())

    opened = tensorflow(with_tensorflow.open_model, tmp_path / "m.onnx")

    assert opened.failure is not None
    assert opened.failure.values["fault"] == "outputs"
    assert "Convert it with options={'zipmap': False}." in text_of(opened)


def test_an_onnx_output_of_unknown_shape_is_served(tensorflow: TensorFlowProcess, tmp_path: Path) -> None:
    model = onnx_models.some_dense()
    model.graph.output[0].type.tensor_type.ClearField("shape")
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())

    assert tensorflow(with_tensorflow.open_model, tmp_path / "m.onnx").failure is None
