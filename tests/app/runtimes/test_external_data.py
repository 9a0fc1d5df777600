"""ONNX graphs and their weights from two places. ONNX Runtime runs in the process with TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.runtimes.external_data import place_external_data
from app.runtimes.protobuf import Malformed, fields
from checks.evidence import Fault
from tests import onnx_models, with_tensorflow
from tests.app.runtimes.test_broken import cause_of
from tests.conftest import TensorFlowProcess


def save(folder: Path, *, one_file: bool = True, location: str = "weights.data") -> Path:
    """A graph whose weights are in another file; 426 bytes of them."""
    import onnx

    path = folder / "graph-of-mine.onnx"
    onnx.save_model(
        onnx_models.some_dense(),
        str(path),
        save_as_external_data=True,
        all_tensors_to_one_file=one_file,
        location=location if one_file else None,
        size_threshold=0,
    )
    return path


def relocate(graph: Path, location: str) -> None:
    """Let it name another file."""
    import onnx

    model = onnx.load(str(graph), load_external_data=False)
    for tensor in model.graph.initializer:
        next(each for each in tensor.external_data if each.key == "location").value = location
    graph.write_bytes(model.SerializeToString())


def fault_of(graph: Path, weights: Path | None, folder: Path) -> Fault:
    with pytest.raises(Fault) as caught:
        place_external_data(graph, weights, folder)
    return caught.value


@pytest.mark.tensorflow
@pytest.mark.parametrize("location", ["weights.data", "deep/er/weights.bin", "graph.onnx"])
def test_a_graph_runs_with_weights_from_elsewhere(
    tensorflow: TensorFlowProcess, tmp_path: Path, location: str
) -> None:
    graph = save(tmp_path)
    weights = (tmp_path / "weights.data").rename(tmp_path / "fetched-under-another-name")
    relocate(graph, location)
    folder = tmp_path / "work"
    folder.mkdir()

    placed = place_external_data(graph, weights, folder)

    answers = tensorflow(with_tensorflow.answers, placed.path, [0.5] * 10)
    (tmp_path / "whole.onnx").write_bytes(onnx_models.some_dense().SerializeToString())
    whole = tensorflow(with_tensorflow.answers, tmp_path / "whole.onnx", [0.5] * 10)
    assert answers.tolist() == whole.tolist()
    assert placed.remarks == ()


@pytest.mark.tensorflow
def test_a_graph_with_its_weights_beside_it_runs_where_it_is(
    tensorflow: TensorFlowProcess, tmp_path: Path
) -> None:
    graph = save(tmp_path)

    assert place_external_data(graph, None, tmp_path).path == graph
    assert tensorflow(with_tensorflow.open_model, graph).failure is None


@pytest.mark.tensorflow
def test_a_graph_given_whole_whose_weights_are_not_there_says_so(
    tensorflow: TensorFlowProcess, tmp_path: Path
) -> None:
    graph = save(tmp_path)
    (tmp_path / "weights.data").unlink()

    failure = tensorflow(with_tensorflow.open_model, graph).failure

    assert failure is not None
    assert failure.text == (
        "graph-of-mine.onnx has its weights in another file, 'weights.data', and there is none. "
        "Set ONNX_WEIGHTS_PATH to where it is."
    )


def test_weights_that_a_graph_does_not_need_are_remarked(tmp_path: Path) -> None:
    graph, weights = tmp_path / "model.onnx", tmp_path / "weights.json"
    graph.write_bytes(onnx_models.some_dense().SerializeToString())
    weights.write_text(json.dumps({"w0": [1.0]}))

    placed = place_external_data(graph, weights, tmp_path)

    assert placed.path == graph
    (remark,) = placed.remarks
    assert remark.text == (
        "model.onnx holds its weights itself; ONNX_WEIGHTS_PATH (weights.json) is not used."
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"w0": [1.0, 2.0]}', "it is a JSON document"),
        (b"<!DOCTYPE html><html><body>404</body></html>" + b" " * 500, "it is an HTML page"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", "it is an XML answer"),
        (b"", "it is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64, "it is a Git LFS pointer"),
    ],
)
def test_what_are_no_weights_is_told(tmp_path: Path, content: bytes, says: str) -> None:
    graph = save(tmp_path)
    (tmp_path / "weights.bin").write_bytes(content)

    fault = fault_of(graph, tmp_path / "weights.bin", tmp_path)

    assert str(fault.evidence.values["what"]).startswith(says)
    assert cause_of(fault.evidence) in {"model/corrupt", "model/lfs-pointer"}


def test_weights_that_only_begin_like_a_document_are_weights(tmp_path: Path) -> None:
    graph = save(tmp_path)
    content = (tmp_path / "weights.data").read_bytes()
    (tmp_path / "weights.bin").write_bytes(b"< \x0b" + content[3:])

    assert place_external_data(graph, tmp_path / "weights.bin", tmp_path).remarks == ()


def test_cut_weights_tell_what_is_there_and_what_is_wanted(tmp_path: Path) -> None:
    graph = save(tmp_path)
    content = (tmp_path / "weights.data").read_bytes()
    (tmp_path / "weights.bin").write_bytes(content[:-7])

    fault = fault_of(graph, tmp_path / "weights.bin", tmp_path)

    assert fault.evidence.values["size_bytes"] == len(content) - 7
    assert fault.evidence.values["expected_bytes"] == len(content)
    assert cause_of(fault.evidence) == "model/corrupt"


def test_weights_in_several_files_can_not_come_from_one(tmp_path: Path) -> None:
    graph = save(tmp_path, one_file=False)
    (tmp_path / "weights.bin").write_bytes(bytes(1000))

    fault = fault_of(graph, tmp_path / "weights.bin", tmp_path)

    assert "wants its weights in 4 files (w0, w1, w2, w3), and ONNX_WEIGHTS_PATH gives one" in str(fault)
    assert place_external_data(graph, None, tmp_path).path == graph


@pytest.mark.parametrize("location", ["../up", "/etc/passwd", "a/../../b", "..\\up", "", "a\0b"])
def test_a_graph_that_reaches_out_of_its_folder_is_refused(tmp_path: Path, location: str) -> None:
    graph = save(tmp_path)
    relocate(graph, location)
    weights, folder = tmp_path / "weights.data", tmp_path / "deep" / "work"
    folder.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))

    for given_weights in (weights, None):
        fault = fault_of(graph, given_weights, folder)
        assert "outside of its own folder" in str(fault)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_cut_graph_is_told(tmp_path: Path) -> None:
    graph = save(tmp_path)
    graph.write_bytes(graph.read_bytes()[:-9])

    fault = fault_of(graph, None, tmp_path)

    assert fault.evidence.values["fault"] == "truncated"


def test_graphs_in_graphs_without_end_are_refused(tmp_path: Path) -> None:
    nested = b""
    for _ in range(2000):  # a graph's node's attribute's graph …
        for tag in (0x32, 0x2A, 0x0A):
            nested = bytes([tag]) + _length(nested) + nested
    (tmp_path / "deep.onnx").write_bytes(b"\x08\x08\x3a" + _length(nested) + nested)

    assert fault_of(tmp_path / "deep.onnx", None, tmp_path).evidence.values["fault"] == "truncated"


def _length(content: bytes) -> bytes:
    size, found = len(content), bytearray()
    while size > 0x7F:
        found.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*found, size])


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_fields_or_malformed(content: bytes) -> None:
    try:
        found = list(fields(memoryview(content)))
    except Malformed:
        return
    assert sum(len(value) for _, value in found if isinstance(value, memoryview)) <= len(content)


def test_the_fields_are_those_that_protobuf_wrote() -> None:
    model = onnx_models.some_dense()

    found = dict(fields(memoryview(model.SerializeToString())))

    assert found[1] == model.ir_version
    graph = found[7]
    assert isinstance(graph, memoryview)
    assert bytes(graph) == model.graph.SerializeToString()
