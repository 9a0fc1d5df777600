"""Small models, good and bad, in every form; made in a process that has TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def dense(folder: Path) -> Any:
    """Ten numbers in, two out: the one that exists in every form."""
    import keras

    layers = keras.layers
    good = keras.Sequential([keras.Input((10,)), layers.Dense(8, activation="relu"), layers.Dense(2)])
    good.save(folder / "good.keras")
    good.save(folder / "good.h5")
    (folder / "no-ending").write_bytes((folder / "good.keras").read_bytes())
    (folder / "really-h5.keras").write_bytes((folder / "good.h5").read_bytes())
    return good


def other_forms(good: Any, folder: Path) -> None:
    """In two parts, and as a SavedModel."""
    import keras
    import numpy as np

    (folder / "good.json").write_text(good.to_json())
    good.save_weights(folder / "good.weights.h5")
    trained = keras.models.model_from_json(good.to_json())
    trained.compile(loss="mse", optimizer="adam", metrics=["mae"])
    trained.fit(np.zeros((4, 10)), np.zeros((4, 2)), verbose=0)
    trained.save_weights(folder / "trained.weights.h5")
    good.export(folder / "good-saved", verbose=False)


def lean_forms(good: Any, folder: Path) -> None:
    """As ONNX and as LiteRT, which is quantised too."""
    import numpy as np
    import tensorflow as tf

    from tests.onnx_models import dense as onnx_dense

    (folder / "good.onnx").write_bytes(onnx_dense([w.numpy() for w in good.weights]).SerializeToString())
    plain = tf.lite.TFLiteConverter.from_keras_model(good).convert()
    (folder / "good.tflite").write_bytes(plain)
    converter = tf.lite.TFLiteConverter.from_keras_model(good)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([np.full((1, 10), n / 10, "float32")] for n in range(10))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    (folder / "quantised.tflite").write_bytes(converter.convert())
    _broken_tflite(plain, folder)


def lean_layers(folder: Path) -> None:
    """Some of the layers as LiteRT: indices, pictures of any size, and a fixed number of samples."""
    import keras
    import tensorflow as tf

    for name in ("words", "picture", "two-at-once", "two-inputs"):
        model = keras.models.load_model(folder / f"{name}.keras")
        content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
        (folder / f"{name}.tflite").write_bytes(content)


def of_layers(folder: Path) -> None:
    """Inputs and outputs of every kind."""
    import keras

    layers = keras.layers
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    keras.Model([left, right], layers.Add()([left, right])).save(folder / "two-inputs.keras")
    words = keras.Input((5,), dtype="int32")
    found = layers.Dense(1)(layers.Flatten()(layers.Embedding(10, 4)(words)))
    keras.Model(words, found).save(folder / "words.keras")
    picture = keras.Input((None, None, 3))
    small = layers.GlobalAveragePooling2D()(layers.MaxPool2D()(layers.Conv2D(2, 3)(picture)))
    keras.Model(picture, layers.Dense(1)(small)).save(folder / "picture.keras")
    plain = [keras.Input((4,)), layers.UnitNormalization(), layers.Rescaling(1.0)]
    keras.Sequential(plain).save(folder / "plain.keras")
    numbers = keras.Input((3,))
    keras.Model(numbers, keras.ops.log(keras.ops.sum(numbers, axis=-1))).save(folder / "log.keras")
    both = {"score": layers.Dense(1)(numbers), "class": layers.Dense(2)(numbers)}
    keras.Model(numbers, both).save(folder / "several-outputs.keras")
    label, index = keras.Input((1,), dtype="string"), keras.Input((1,), dtype="int64")
    lookup = layers.StringLookup(vocabulary=["cat", "dog"])
    keras.Model(label, lookup(label)).save(folder / "text.keras")
    lookup = layers.StringLookup(vocabulary=["cat", "dog"], invert=True)
    keras.Model(index, lookup(index)).save(folder / "labels.keras")
    fixed = [keras.Input(batch_shape=(2, 3)), layers.Dense(1)]
    keras.Sequential(fixed).save(folder / "two-at-once.keras")
    given = {"age": keras.Input((1,), name="age"), "words": keras.Input((2,), name="words", dtype="int32")}
    joined = layers.Concatenate()([given["age"], layers.Flatten()(layers.Embedding(5, 2)(given["words"]))])
    nested = {"all": [layers.Dense(1)(joined), joined], "none": given["age"]}
    keras.Model(given, nested).save(folder / "nested.keras")


def in_parts(folder: Path) -> None:
    """Weights and architectures that do not fit `dense`."""
    import keras

    layers = keras.layers

    def tower(*more: Any) -> Any:
        return keras.Sequential([keras.Input((10,)), layers.Dense(8), layers.Dense(8), *more])

    taller = tower(layers.Dense(2))
    taller.save_weights(folder / "one-layer-more.weights.h5")
    (folder / "one-layer-more.json").write_text(taller.to_json())
    (folder / "good-same-units.json").write_text(tower().to_json())
    tower().save_weights(folder / "good-same-units.weights.h5")
    unbiased = [layers.Dense(8, use_bias=False), layers.Dense(2)]
    (folder / "no-bias.json").write_text(keras.Sequential([keras.Input((10,)), *unbiased]).to_json())
    dropout = [layers.Dense(8), layers.Dropout(0.5), layers.Dense(2)]
    keras.Sequential([keras.Input((10,)), *dropout]).save_weights(folder / "dropout.weights.h5")
    wider = keras.Sequential([keras.Input((10,)), layers.Dense(9, activation="relu"), layers.Dense(2)])
    wider.save_weights(folder / "other-units.weights.h5")
    wider.save(folder / "other-units.h5")
    hidden = keras.Sequential([keras.Input((3,)), layers.Lambda(lambda x: x + 1)])
    hidden.save(folder / "lambda.keras")
    (folder / "lambda.json").write_text(hidden.to_json())
    older = json.loads(hidden.to_json())
    for key in ("module", "registered_name", "build_config"):
        older.pop(key, None)
    (folder / "lambda-as-keras-2.json").write_text(json.dumps(older))


def that_fail(good: Any, folder: Path) -> None:
    """Models with which something is wrong."""
    import keras
    import numpy as np
    import tensorflow as tf

    class OwnLayer(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
        def call(self, given: Any) -> Any:
            return given

    for weights in good.weights:
        weights.assign(np.full(weights.shape, np.nan))
    good.save(folder / "nan.keras")
    keras.Sequential([keras.Input((3,)), OwnLayer()]).save(folder / "own-layer.keras")
    keras.Sequential([keras.layers.Dense(2)]).save(folder / "never-called.keras")
    module = tf.Module()
    module.factor = tf.Variable(2.0)
    tf.saved_model.save(module, folder / "no-signature")


def _broken_tflite(content: bytes, folder: Path) -> None:
    """As a converter of the future, or one that permits operators of one's own, would write it."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    def write(name: str, model: Any) -> None:
        builder = flatbuffers.Builder(len(content))
        builder.Finish(model.Pack(builder), b"TFL3")
        (folder / name).write_bytes(bytes(builder.Output()))

    def model() -> Any:
        return schema.ModelT.InitFromPackedBuf(content, 0)

    newer = model()
    newer.version = 9
    write("newer-schema.tflite", newer)
    newer = model()
    newer.operatorCodes[0].version = 99
    write("newer-operator.tflite", newer)
    own = model()
    own.operatorCodes[0].builtinCode = schema.BuiltinOperator.CUSTOM
    own.operatorCodes[0].deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    own.operatorCodes[0].customCode = b"MyOperator"
    write("own-operator.tflite", own)
    own.operatorCodes[0].customCode = b"FlexLgamma"
    write("flex-operator.tflite", own)
