"""The same model in LitServe, one worker behind its one web process: ``python -m … PORT``.

The model is a compiled call here too, so that servers are compared and not ways to call Keras.
MODEL_FILE is the model's path. LitServe reads the annotations, and can't read postponed ones.
"""

import os
import sys
from typing import Any

import litserve  # type: ignore[import-not-found]  # only the peers' environment has it
import numpy as np


class Api(litserve.LitAPI):  # type: ignore[misc]  # it has no types
    """LitServe calls these in turn; `setup` in the worker, before the server is healthy."""

    def setup(self, device: str) -> None:  # noqa: ARG002  LitServe passes it
        import tensorflow as tf

        model = tf.keras.models.load_model(os.environ["MODEL_FILE"], compile=False)
        signature = [tf.TensorSpec(model.inputs[0].shape, tf.float32)]
        self._call = tf.function(lambda batch: model(batch, training=False), input_signature=signature)
        self._call(np.zeros((1, *model.inputs[0].shape[1:]), np.float32))

    def decode_request(self, request: dict[str, Any]) -> Any:
        return np.array(request["features"], np.float32)[None]

    def predict(self, x: Any) -> Any:
        return self._call(x).numpy()

    def encode_response(self, output: Any) -> dict[str, Any]:
        return {"prediction": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="error",
    )
