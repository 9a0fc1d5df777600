"""ONNX and LiteRT in a process of their own: without TensorFlow, with few threads, without the library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.runtimes.opening import needs_tensorflow
from tests import onnx_models, with_tensorflow
from tests.app.runtimes.test_broken import cause_of
from tests.conftest import TensorFlowProcess
from tests.servers import ROOT

PROGRAM = """
import json, sys
from pathlib import Path
from app.runtimes.opening import open_model
from app.threads import Threads
from app.warm_up import warm_up
from checks.evidence import Fault
from checks.model_file import inspect

path, threads = Path(sys.argv[1]), int(sys.argv[2])
try:
    model = open_model(path, inspect(path).format, Threads(threads))
    warm_up(model)
    fault = None
except Fault as error:
    fault = error.evidence.to_json()
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({"fault": fault, "heavy": [m for m in ("tensorflow", "keras", "boto3") if m in sys.modules],
                  "threads": int(status["Threads"])}))
"""


def run_alone(path: Path, threads: int = 1) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(threads)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_only_the_forms_of_tensorflow_need_it() -> None:
    forms = ("keras-v3", "hdf5", "saved-model", "onnx", "tflite")

    assert [form for form in forms if needs_tensorflow(form)] == ["keras-v3", "hdf5", "saved-model"]


@pytest.mark.tensorflow  # who made the models
@pytest.mark.parametrize("name", ["good.onnx", "good.tflite"])
def test_a_lean_model_is_served_without_tensorflow(models: Path, name: str) -> None:
    found = run_alone(models / name)

    assert (found["fault"], found["heavy"]) == (None, [])


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["good.onnx", "good.tflite"])
def test_the_pool_has_the_threads_it_was_given(models: Path, name: str) -> None:
    one, three = (run_alone(models / name, threads)["threads"] for threads in (1, 3))

    assert three - one == 2  # the caller is one of them


@pytest.mark.tensorflow
def test_an_operator_of_tensorflow_says_how_to_convert(models: Path) -> None:
    fault = run_alone(models / "flex-operator.tflite")["fault"]

    assert "Convert it without SELECT_TF_OPS" in fault["text"]


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "distribution"), [("good.onnx", "onnxruntime"), ("good.tflite", "ai-edge-litert")]
)
def test_a_runtime_that_is_not_installed_is_named(
    models: Path, name: str, distribution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.runtimes import opening
    from app.threads import Threads
    from checks.evidence import Fault
    from checks.model_file import inspect

    monkeypatch.setattr(opening, "find_spec", lambda _: None)
    with pytest.raises(Fault) as caught:
        opening.open_model(models / name, inspect(models / name).format, Threads(1))

    assert f"needs {distribution}, which is not installed" in str(caught.value)
    assert cause_of(caught.value.evidence) == "dependency/module-not-found"


@pytest.mark.tensorflow
def test_an_index_outside_of_an_onnx_table_is_the_clients_fault(
    tensorflow: TensorFlowProcess, tmp_path: Path
) -> None:
    path = tmp_path / "lookup.onnx"
    path.write_bytes(onnx_models.lookup(5).SerializeToString())

    said, answers = tensorflow(with_tensorflow.after_bad_input, path, [[0, 9]], [[0, 4]], "int64")

    assert said == "the model can't take these: an index or a size is out of its range"
    assert answers.shape == (1, 2, 3)


@pytest.mark.tensorflow
def test_texts_go_through_onnx(tensorflow: TensorFlowProcess, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_bytes(onnx_models.same(onnx_models.STRING, "n", 2).SerializeToString())

    assert tensorflow(with_tensorflow.open_model, tmp_path / "text.onnx").inputs == ("(n, 2) str",)
    answers = tensorflow(with_tensorflow.ask, tmp_path / "text.onnx", {"": [["a", "ü"]]}, "str")
    assert answers.tolist() == [["a", "ü"]]


@pytest.mark.tensorflow
@pytest.mark.parametrize("batch", [1, 4])
def test_an_onnx_model_for_a_fixed_number_of_samples_takes_any(
    tensorflow: TensorFlowProcess, tmp_path: Path, batch: int
) -> None:
    for name, size in (("fixed.onnx", batch), ("any.onnx", "n")):
        (tmp_path / name).write_bytes(onnx_models.some_dense(batch=size).SerializeToString())
    samples = {"": [[number / 10] * 10 for number in range(6)]}

    fixed = tensorflow(with_tensorflow.ask, tmp_path / "fixed.onnx", samples)

    free = tensorflow(with_tensorflow.ask, tmp_path / "any.onnx", samples)
    assert fixed.shape == (6, 2)
    assert abs(fixed - free).max() < 1e-5
