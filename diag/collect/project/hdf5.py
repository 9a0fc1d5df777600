"""One text attribute of an HDF5 file, read from its bytes: what is needed to know which Keras saved it.

Source: support.hdfgroup.org, "HDF5 File Format Specification Version 3.0", IV.A.2.m (attributes) and III.E
(global heap).
"""

from __future__ import annotations

import struct

MAGIC = b"\x89HDF"
_VARIABLE, _FIXED = 9, 3  # classes of datatypes
_LONGEST = 64
_MOST_TRIED, _MOST_OBJECTS = 20, 5000


def text_attribute(data: bytes, name: bytes) -> str:
    """The first attribute of that name whose value is text; empty where there is none.

    `data` is the file's beginning, as much as is to be searched.
    """
    if not data.startswith(MAGIC):
        return ""
    at = data.find(name + b"\0")
    for _ in range(_MOST_TRIED):
        if at < 9:
            break
        try:
            text = _value(data, at)
        except (struct.error, IndexError):
            text = b""
        if text:
            return text.decode("ascii", "replace")
        at = data.find(name + b"\0", at + 1)
    return ""


def _value(data: bytes, at: int) -> bytes:
    """The value of the attribute whose name stands there; its message begins before it."""
    version, _, name_size, type_size, space_size = struct.unpack_from("<BBHHH", data, at - 8)
    is_padded = version == 1
    if version == 3:  # a byte more: the encoding of the name
        version, _, name_size, type_size, space_size = struct.unpack_from("<BBHHH", data, at - 9)
    type_at = at + _size(name_size, is_padded=is_padded)
    value_at = type_at + _size(type_size, is_padded=is_padded) + _size(space_size, is_padded=is_padded)
    kind = data[type_at] & 0x0F
    if kind == _FIXED:
        (length,) = struct.unpack_from("<I", data, type_at + 4)
        return data[value_at : value_at + min(length, _LONGEST)].rstrip(b"\0 ")
    if kind != _VARIABLE:
        return b""
    length, heap, wanted = struct.unpack_from("<IQI", data, value_at)
    return _in_heap(data, heap, wanted)[: min(length, _LONGEST)]


def _size(size: int, *, is_padded: bool) -> int:
    return (size + 7) // 8 * 8 if is_padded else size


def _in_heap(data: bytes, heap: int, wanted: int) -> bytes:
    """The object of that number in the global heap that begins there."""
    if data[heap : heap + 4] != b"GCOL":
        return b""
    (end,) = struct.unpack_from("<Q", data, heap + 8)
    at, end = heap + 16, min(heap + end, len(data))
    for _ in range(_MOST_OBJECTS):
        if at + 16 > end:
            break
        index, _, size = struct.unpack_from("<HH4xQ", data, at)
        if index == wanted:
            return data[at + 16 : at + 16 + min(size, _LONGEST)]
        if index == 0:
            return b""
        at += 16 + _size(size, is_padded=True)
    return b""
