"""ONNX models made by hand, of a few nodes each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FLOAT, INT64, STRING, BFLOAT16 = 1, 7, 8, 16  # of onnx.TensorProto
OPSET, IR = 17, 8


def dense(
    weights: Sequence[Any], batch: str | int = "n", last: str = "MatMul", opset: int = OPSET, ir: int = IR
) -> Any:
    """Two dense layers, with ReLU between them: kernel, bias, kernel, bias."""
    from onnx import helper, numpy_helper

    kernel = weights[0].shape[0]
    nodes = [
        helper.make_node("MatMul", ["features", "w0"], ["a"]),
        helper.make_node("Add", ["a", "w1"], ["b"]),
        helper.make_node("Relu", ["b"], ["c"]),
        helper.make_node(last, ["c", "w2"], ["d"]),
        helper.make_node("Add", ["d", "w3"], ["answer"]),
    ]
    given = helper.make_tensor_value_info("features", FLOAT, [batch, kernel])
    answer = helper.make_tensor_value_info("answer", FLOAT, [batch, weights[2].shape[1]])
    held = [numpy_helper.from_array(each, f"w{number}") for number, each in enumerate(weights)]
    return _model(helper.make_graph(nodes, "dense", [given], [answer], held), opset, ir)


def some_dense(**more: Any) -> Any:
    """The same with ten inputs, two outputs and weights of any kind."""
    import numpy as np

    draw = np.random.default_rng(1)
    shapes = ((10, 8), (8,), (8, 2), (2,))
    return dense([draw.standard_normal(shape).astype("float32") for shape in shapes], **more)


def lookup(rows: int = 5) -> Any:
    """Two indices in, their rows of a table out."""
    import numpy as np
    from onnx import helper, numpy_helper

    given = helper.make_tensor_value_info("index", INT64, ["n", 2])
    answer = helper.make_tensor_value_info("row", FLOAT, ["n", 2, 3])
    table = numpy_helper.from_array(np.ones((rows, 3), "float32"), "table")
    node = helper.make_node("Gather", ["table", "index"], ["row"])
    return _model(helper.make_graph([node], "lookup", [given], [answer], [table]))


def same(kind: int, *shape: str | int) -> Any:
    """What comes in goes out."""
    from onnx import helper

    given, answer = (helper.make_tensor_value_info(name, kind, list(shape)) for name in ("given", "answer"))
    return _model(
        helper.make_graph([helper.make_node("Identity", ["given"], ["answer"])], "same", [given], [answer])
    )


def mapping() -> Any:
    """Probabilities as scikit-learn's converter gives them by default: a mapping for each sample."""
    from onnx import helper

    given = helper.make_tensor_value_info("given", FLOAT, ["n", 2])
    row = helper.make_map_type_proto(INT64, helper.make_tensor_type_proto(FLOAT, []))
    answer = helper.make_value_info("answer", helper.make_sequence_type_proto(row))
    node = helper.make_node("ZipMap", ["given"], ["answer"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])
    graph = helper.make_graph([node], "mapping", [given], [answer])
    sets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=sets, ir_version=IR)


def _model(graph: Any, opset: int = OPSET, ir: int = IR) -> Any:
    from onnx import helper

    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
