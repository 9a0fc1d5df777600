"""A prediction service as tutorials write it: loaded at import, `model.predict` for each request.

MODEL_FILE is the model's path. It answers for one sample, as our service does.
"""

from __future__ import annotations

import os

import numpy as np
import tensorflow as tf
from flask import Flask, Response, jsonify, request

app = Flask(__name__)
MODEL = tf.keras.models.load_model(os.environ["MODEL_FILE"])


@app.post("/predict")
def predict() -> Response:
    sample = np.array(request.get_json()["features"])[None]
    return jsonify({"prediction": MODEL.predict(sample).tolist()})
