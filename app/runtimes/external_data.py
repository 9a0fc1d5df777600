"""An ONNX graph and its weights from two places: ONNX's external data.

A graph names the file in which a tensor's numbers are, by its path from the graph's own folder, with
offset and length (ONNX: External Data). What is fetched from two places has other names, so both are
put into one folder under the names the graph wants. Only the graph's structure is read here.
"""

from __future__ import annotations

import mmap
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.runtimes.faults import file_fault, load_fault
from app.runtimes.protobuf import Malformed, fields
from checks.evidence import Evidence, Fault, Level
from checks.facts import Fact
from checks.model_file import inspect

# Numbers of the fields, by onnx.proto.
_GRAPH, _FUNCTIONS = 7, 25  # of ModelProto
_NODE, _INITIALIZER, _SPARSE = 1, 5, 15  # of GraphProto
_ATTRIBUTE = 5  # of NodeProto
_TENSOR, _SUBGRAPH, _TENSORS, _SUBGRAPHS = 5, 6, 10, 11  # of AttributeProto
_EXTERNAL, _WHERE = 13, 14  # of TensorProto: key and value pairs, and where the data is
_FUNCTION_NODE = 7  # of FunctionProto
_SPARSE_VALUES, _SPARSE_INDICES = 1, 2  # of SparseTensorProto
MOST_DEPTH = 16  # of graphs in graphs; an If in a Loop is two
MOST_FILES = 100_000
_NO_DATA = ("lfs-pointer", "html", "json", "empty")  # by checks.model_file
XML_BYTES = 64
LOCATION_CHARS = 200  # of a name that a message quotes


@dataclass(frozen=True, slots=True)
class Placed:
    """A graph with its external data beside it, and what somebody should know of that."""

    path: Path
    remarks: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Need:
    """What the graph wants of one file: its path from the graph's folder, and the bytes it must have."""

    location: str
    size_bytes: int


def place_external_data(graph: Path, weights: Path | None, folder: Path) -> Placed:
    """The graph where ONNX Runtime finds its data: in `folder` if weights are given, else where it is.

    Raises Fault when the weights are missing, cut, in several files or something else.
    """
    needs = _needs(graph)
    if not needs:
        return Placed(graph, (_not_used(graph, weights),) if weights is not None else ())
    if weights is None:
        for need in needs:
            _must_have(_beside(graph, need), need, graph)
        return Placed(graph)
    if len(needs) > 1:
        names = ", ".join(need.location for need in needs[:5])
        raise load_fault(
            "external-data",
            f"{graph.name} wants its weights in {len(needs)} files ({names}), and ONNX_WEIGHTS_PATH gives "
            "one. Save it with onnx.save_model(model, path, save_as_external_data=True, "
            "all_tensors_to_one_file=True).",
            graph.name,
        )
    _must_have(weights, needs[0], graph)
    place = folder / "onnx"
    shutil.rmtree(place, ignore_errors=True)
    wanted = place / _safe(graph, needs[0].location)
    wanted.parent.mkdir(parents=True)
    _link(weights, wanted)
    named = place / ("model.onnx" if wanted == place / "graph.onnx" else "graph.onnx")
    _link(graph, named)
    return Placed(named)


def _needs(graph: Path) -> list[_Need]:
    """The files that the graph names, with the bytes that each must have at least."""
    try:
        with graph.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # ends with the last view of it
        sizes = _sizes(memoryview(content))
    except (ValueError, OverflowError):
        what = "the ONNX graph is cut or damaged"
        raise file_fault("truncated", graph, what, f"{graph.name}: {what}.", found=what) from None
    return [_Need(location, size) for location, size in sorted(sizes.items())]


def _sizes(model: memoryview) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for place in _external(model):
        location = place.get("location", "")
        end = int(place.get("offset", 0)) + int(place.get("length", 0))
        sizes[location] = max(sizes.get(location, 0), end)
        if len(sizes) > MOST_FILES:
            raise Malformed
    return sizes


def _external(model: memoryview) -> Iterator[dict[str, str]]:
    """Where each tensor outside of the graph is. Raises Malformed."""
    for number, value in fields(model):
        if isinstance(value, memoryview):
            if number == _GRAPH:
                yield from _of_graph(value, 0)
            elif number == _FUNCTIONS:
                for inner, node in fields(value):
                    if inner == _FUNCTION_NODE and isinstance(node, memoryview):
                        yield from _of_node(node, 0)


def _of_graph(graph: memoryview, depth: int) -> Iterator[dict[str, str]]:
    if depth > MOST_DEPTH:
        raise Malformed
    for number, value in fields(graph):
        if not isinstance(value, memoryview):
            continue
        if number == _INITIALIZER:
            yield from _of_tensor(value)
        elif number == _NODE:
            yield from _of_node(value, depth)
        elif number == _SPARSE:
            for inner, tensor in fields(value):
                if inner in (_SPARSE_VALUES, _SPARSE_INDICES) and isinstance(tensor, memoryview):
                    yield from _of_tensor(tensor)


def _of_node(node: memoryview, depth: int) -> Iterator[dict[str, str]]:
    attributes = (value for number, value in fields(node) if number == _ATTRIBUTE)
    for attribute in attributes:
        if not isinstance(attribute, memoryview):
            raise Malformed
        for number, value in fields(attribute):
            if isinstance(value, memoryview):
                if number in (_TENSOR, _TENSORS):
                    yield from _of_tensor(value)
                elif number in (_SUBGRAPH, _SUBGRAPHS):
                    yield from _of_graph(value, depth + 1)


def _of_tensor(tensor: memoryview) -> Iterator[dict[str, str]]:
    place: dict[str, str] = {}
    outside = False
    for number, value in fields(tensor):
        if number == _EXTERNAL and isinstance(value, memoryview):
            entry = [bytes(part).decode() for _, part in fields(value) if isinstance(part, memoryview)]
            if len(entry) == 2:
                place[entry[0]] = entry[1]
        elif number == _WHERE:
            outside = value == 1
    if outside:
        yield place


def _safe(graph: Path, location: str) -> PurePosixPath:
    """A path that stays below the graph's folder. Raises Fault for another."""
    path = PurePosixPath(location.replace("\\", "/"))
    if not location or path.is_absolute() or ".." in path.parts or "\0" in location or len(location) > 1000:
        raise load_fault(
            "external-data",
            f"{graph.name} wants its weights outside of its own folder ({location[:LOCATION_CHARS]!r}). "
            "Save it with a plain name: onnx.save_model(model, path, save_as_external_data=True, "
            "location='weights.bin').",
            graph.name,
        )
    return path


def _beside(graph: Path, need: _Need) -> Path:
    return graph.parent / _safe(graph, need.location)


def _must_have(weights: Path, need: _Need, graph: Path) -> None:
    location = need.location[:LOCATION_CHARS]
    try:
        size = weights.stat().st_size
    except OSError:
        raise load_fault(
            "external-data",
            f"{graph.name} has its weights in another file, {location!r}, and there is none. "
            "Set ONNX_WEIGHTS_PATH to where it is.",
            graph.name,
            variable="ONNX_WEIGHTS_PATH",
            location=location,
        ) from None
    other = _other(weights)
    if other is not None:
        raise other
    if size < need.size_bytes:
        found = f"{size:,} bytes, and {graph.name} wants {need.size_bytes:,} of it"
        raise file_fault(
            "truncated",
            weights,
            f"it has {found}",
            f"{weights.name} has {found}.",
            found=f"{size:,} bytes",
            expected_bytes=need.size_bytes,
        )


def _other(weights: Path) -> Fault | None:
    """What the file is when it is no plain data: an error page, a pointer, nothing."""
    try:
        inspect(weights)
    except Fault as fault:
        kind = fault.evidence.values.get("fault")
        with weights.open("rb") as file:
            is_xml = file.read(XML_BYTES).lstrip().startswith(b"<?xml")  # plain numbers may begin with "<"
        return fault if kind in _NO_DATA or (kind == "xml" and is_xml) else None
    return None


def _not_used(graph: Path, weights: Path) -> Evidence:
    text = f"{graph.name} holds its weights itself; ONNX_WEIGHTS_PATH ({weights.name}) is not used."
    return Evidence(
        Fact.MODEL_SOURCE, Level.INFO, text, "config vars", values={"names": ("ONNX_WEIGHTS_PATH",)}
    )


def _link(source: Path, target: Path) -> None:
    """The same file under another name: ONNX Runtime follows no symlink out of a graph's folder."""
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
