"""How the code loads its model."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.collect.project.procfile.web import WebProcess
from tests.sources import GUNICORN, PRELOADED, SCRIPT, findings, told

HEAD = "import io\nimport tensorflow as tf\nfrom flask import Flask\napp = Flask('')\n"
OF_MODELS = ("bytes-io", "fork", "per-request", "slow-start")


def of(folder: Path, code: str, web: WebProcess = GUNICORN) -> list[str]:
    found = findings(
        folder,
        {"app.py": HEAD + code, "model.keras": "x"},
        web,
        gives=("flask", "tensorflow", "transformers", "keras", "joblib"),
    )
    return [line for line in told(found) if line.split()[2] in OF_MODELS]


@pytest.mark.parametrize(
    "code",
    [
        "model = tf.keras.models.load_model(io.BytesIO(b''))",
        "from io import BytesIO\nfrom tensorflow.keras.models import load_model\ndata = BytesIO(b'')\nmodel = load_model(data)",
        "def fetch():\n    data = io.BytesIO()\n    data.write(b'')\n    return data\nmodel = tf.keras.models.load_model(fetch())",
        "from keras.models import load_model\ndef load():\n    with io.BytesIO(b'') as file:\n        return load_model(file)",
    ],
)
def test_a_bytes_io_is_no_path(tmp_path: Path, code: str) -> None:
    assert [line.rpartition(" ")[0] for line in of(tmp_path, code)] == ["fail certain bytes-io"]


def test_a_bytes_io_for_another_library_is_fine(tmp_path: Path) -> None:
    code = "import joblib\nmodel = joblib.load(io.BytesIO(b''))\nother = tf.keras.models.load_model('model.keras')"

    assert of(tmp_path, code) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("model = tf.keras.models.load_model('model.keras')", ["fail likely fork app.py:5"]),
        (
            "def load():\n    return tf.keras.models.load_model('model.keras')\nmodel = load()",
            ["fail likely fork app.py:6"],
        ),
        ("model = tf.keras.Sequential([])", ["fail likely fork app.py:5"]),
        ("def predict():\n    return tf.keras.models.load_model('model.keras')", []),
        ("tf.get_logger().setLevel('ERROR')", []),
    ],
)
def test_tensorflow_in_the_master(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert of(tmp_path, code, PRELOADED) == expected
    assert of(tmp_path, code) == []


@pytest.mark.parametrize(
    "code",
    [
        "@app.post('/predict')\ndef predict():\n    model = tf.keras.models.load_model('model.keras')\n    return model",
        "def get():\n    return tf.keras.models.load_model('model.keras')\n@app.route('/')\ndef predict():\n    return get()",
        (
            "def load():\n    return tf.keras.models.load_model('model.keras')\ndef estimate():\n    return load().predict(1)\n"
            "@app.get('/')\ndef predict():\n    return estimate()"
        ),
        "import pickle\n@app.post('/')\ndef predict():\n    return pickle.load(open('model.pkl', 'rb'))",
    ],
)
def test_loading_for_each_request(tmp_path: Path, code: str) -> None:
    assert [line.rpartition(" ")[0].split()[2] for line in of(tmp_path, code)] == ["per-request"]


@pytest.mark.parametrize(
    "code",
    [
        "model = None\n@app.post('/')\ndef predict():\n    global model\n    if model is None:\n        model = tf.keras.models.load_model('model.keras')",
        "from functools import lru_cache\n@lru_cache\ndef get():\n    return tf.keras.models.load_model('model.keras')\n@app.get('/')\ndef predict():\n    return get()",
        "@app.get('/')\ndef predict():\n    app.model = tf.keras.models.load_model('model.keras')",
        "import pickle\n@app.get('/')\ndef cookies():\n    return pickle.load(open('/tmp/jar', 'rb'))",
    ],
)
def test_loading_once(tmp_path: Path, code: str) -> None:
    assert of(tmp_path, code) == []


def test_work_before_a_script_binds(tmp_path: Path) -> None:
    code = "from transformers import pipeline\nnames = pipeline('ner')\napp.run(host='0.0.0.0', port=1)"

    assert of(tmp_path, code, SCRIPT) == ["warn possible slow-start app.py:6"]
    assert of(tmp_path, "import time\ntime.sleep(90)\napp.run()", SCRIPT) == [
        "fail likely slow-start app.py:6"
    ]
    assert of(tmp_path, "from transformers import pipeline\nnames = pipeline('ner')") == []
