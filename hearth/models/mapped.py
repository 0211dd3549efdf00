"""A graph whose weights stay in its file, for opening it for a question alone.

onnxruntime reads an ONNX file whole, and copies every weight out of what it has read: 33 ms of
processor time for MiniLM's 23 MB, and 7 more to give the memory back. Weights that lie in another
file, though, are mapped. So the graph is written anew in memory without its large 8-bit weights,
each of which then refers to its place in the very file that it was taken out of: 10 ms, and 1. The
results are the same to the bit. Floats are left in the graph, because nothing in an ONNX file is
aligned.

The file must stay as it is while the graph is used; files in `models/` are replaced and deleted,
never written again. Field numbers are those of onnx.proto (ONNX 1.20, `ModelProto`, `GraphProto`,
`TensorProto`).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FOLDER_SETTING: Final = "session.model_external_initializers_file_folder_path"
"""Where onnxruntime (1.20 and later) looks for weights of a graph that it was given as bytes."""
LEAST: Final = 16_384
"""Bytes of weights that are worth it."""

_GRAPH, _INITIALIZER = 7, 5
_TYPE, _RAW, _EXTERNAL, _LOCATION = 2, 9, 13, 14
_WHOLE: Final = frozenset({2, 3})  # uint8, int8: nothing to align
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5

Data = mmap.mmap | bytes


def referring(path: Path) -> bytes | None:
    """The graph in `path`, its large 8-bit weights referring to that file; None where it has none,
    or is not to be understood: then it is opened as it is."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _model(data, path.name)
    except (OSError, ValueError, IndexError):
        return None


def _model(data: Data, name: str) -> bytes | None:
    made, referred = bytearray(), False
    for number, start, body, end in _fields(data, 0, len(data)):
        if number != _GRAPH:
            made += data[start:end]
            continue
        graph = bytearray()
        for inner, at, within, after in _fields(data, body, end):
            tensor = _tensor(data, within, after, name) if inner == _INITIALIZER else None
            graph += data[at:after] if tensor is None else _long(_INITIALIZER, tensor)
            referred = referred or tensor is not None
        made += _long(_GRAPH, bytes(graph))
    return bytes(made) if referred else None


def _tensor(data: Data, begin: int, end: int, name: str) -> bytes | None:
    """A weight that refers to its bytes in the file; None for one that stays as it is.

    Raises ValueError for one that refers to some file already.
    """
    kept, kind, raw = bytearray(), 0, (0, 0)
    for number, start, body, after in _fields(data, begin, end):
        if number in (_EXTERNAL, _LOCATION):
            raise ValueError("weights in another file")
        if number == _TYPE:
            kind, _ = _varint(data, body)
        if number == _RAW:
            raw = (body, after - body)
        else:
            kept += data[start:after]
    if kind not in _WHOLE or raw[1] < LEAST:
        return None
    for key, value in ("location", name), ("offset", str(raw[0])), ("length", str(raw[1])):
        kept += _long(_EXTERNAL, _long(1, key.encode()) + _long(2, value.encode()))
    return bytes(kept) + _number(_LOCATION << 3) + _number(1)


def _fields(data: Data, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(number, where it begins, where its value begins, where it ends) of each field of a message.

    Raises ValueError or IndexError for what is no message.
    """
    while at < end:
        start = at
        key, at = _varint(data, at)
        body, kind = at, key & 7
        if kind == _BYTES:
            size, body = _varint(data, at)
            at = body + size
        elif kind == _VARINT:
            _, at = _varint(data, at)
        elif kind in (_EIGHT, _FOUR):
            at += 8 if kind == _EIGHT else 4
        else:
            raise ValueError("no field")
        if at > end:
            raise ValueError("cut short")
        yield key >> 3, start, body, at


def _varint(data: Data, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("no number")


def _number(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def _long(number: int, value: bytes) -> bytes:
    """A field of bytes."""
    return _number(number << 3 | _BYTES) + _number(len(value)) + value
