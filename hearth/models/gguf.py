"""Reading the header of a GGUF file: what it is, and whether all of it is there.

The format is https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-
endian. Only the header is read, never more than `HEAD_LIMIT` bytes, and nothing in it is believed:
lengths and counts have limits, and every tensor must lie in the file. Block sizes are those of
ggml's `type_traits`; tensors of a type that is not known here are only looked for by their start.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, Final

from hearth.models.errors import DamagedModelError, NotAModelError

MAGIC: Final = b"GGUF"
HEAD_LIMIT: Final = 512 << 20
_ENTRIES: Final = 100_000
_TEXT: Final = 16 << 20
_KEY: Final = 1 << 16
_ITEMS: Final = 10_000_000
_DEPTH: Final = 4
_KEPT: Final = 1024
_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9
_NO_CHAT: Final = frozenset({"clip", "t5encoder", "wavtokenizer-dec"})
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""By type: how many numbers a block has, and how many bytes."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file says of itself. `context` in tokens; 0 where it says nothing.

    `weights` is how many bytes the tensors take. `keys` is all that it says; of long lists, and of
    all lists of texts, only how many items they have.
    """

    architecture: str
    name: str
    licence: str
    context: int
    tokens: int
    weights: int = field(default=0, compare=False)
    keys: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


def writes(architecture: str) -> bool:
    """Whether a model of this kind, as llama.cpp's converter calls it, gives text at all."""
    return "bert" not in architecture and architecture not in _NO_CHAT


def read(path: Path) -> Header:
    """Read the header of a file. Raises `NotAModelError`, and `DamagedModelError` for one that is
    cut short."""
    size = path.stat().st_size
    with path.open("rb") as file:
        return _Reader(file, size).header()


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size, self._at = file, size, 0

    def header(self) -> Header:
        if self._take(4) != MAGIC:
            raise NotAModelError("this is no GGUF file")
        version = self._number("<I")
        if version not in (2, 3):
            raise NotAModelError(f"a GGUF file of version {version} is not read, 2 and 3 are")
        count, entries = self._number("<Q"), self._number("<Q")
        if not 1 <= count <= _ENTRIES or entries > _ENTRIES:
            raise NotAModelError("a GGUF file without tensors, or with too many entries")
        said = {}
        for _ in range(entries):
            key = self._text(_KEY)
            said[key] = self._value(self._number("<I"))
        shapes, weights = self._tensors(count, said.get("general.alignment", 32))
        return _header(said, shapes, weights)

    def _tensors(self, count: int, alignment: Any) -> tuple[dict[str, list[int]], int]:
        """The shapes of all tensors, by name, each of which must lie in the file; their bytes."""
        if type(alignment) is not int or not 8 <= alignment <= 1 << 20 or alignment % 8:
            raise NotAModelError("a GGUF file with an impossible alignment")
        shapes, ends = {}, [0]
        for _ in range(count):
            name, dimensions = self._text(_KEY), self._number("<I")
            if dimensions > 8:
                raise NotAModelError("a GGUF file with a tensor of too many dimensions")
            shapes[name] = [self._number("<Q") for _ in range(dimensions)]
            kind, offset = self._number("<I"), self._number("<Q")
            if offset % alignment or any(not 0 < each < 1 << 40 for each in shapes[name]):
                raise NotAModelError("a GGUF file with an impossible tensor")
            numbers, width = _BLOCKS.get(kind, (1, 0))
            ends.append(offset + prod(shapes[name]) // numbers * width)
        start = -(-self._at // alignment) * alignment
        if start + max(ends) > self._size:
            raise DamagedModelError(
                f"the GGUF file is cut short: {self._size:,} bytes of {start + max(ends):,}"
            )
        return shapes, max(ends)

    def _value(self, kind: int, depth: int = 0) -> Any:
        """A value; of an array of texts, or of many numbers, only how many items it has."""
        if kind == _STRING:
            return self._text(_TEXT)
        if kind != _ARRAY:
            if kind not in _SCALARS:
                raise NotAModelError(f"a GGUF file with a value of the unknown type {kind}")
            return self._number(_SCALARS[kind])
        inner, count = self._number("<I"), self._number("<Q")
        if count > _ITEMS or depth >= _DEPTH:
            raise NotAModelError("a GGUF file with an array that is too long")
        if inner in _SCALARS and count <= _KEPT:
            return [self._number(_SCALARS[inner]) for _ in range(count)]
        if inner in _SCALARS:
            self._skip(count * struct.calcsize(_SCALARS[inner]))
        elif inner == _STRING:
            for _ in range(count):
                self._skip(self._number("<Q"))
        else:
            for _ in range(count):
                self._value(inner, depth + 1)
        return _Array(count)

    def _text(self, limit: int) -> str:
        length = self._number("<Q")
        if length > limit:
            raise NotAModelError("a GGUF file with a text that is too long")
        return self._take(length).decode("utf-8", "replace")

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _take(self, length: int) -> bytes:
        self._forward(length)
        data = self._file.read(length)
        if len(data) != length:
            raise DamagedModelError("the GGUF file is cut short")
        return data

    def _skip(self, length: int) -> None:
        self._forward(length)
        self._file.seek(length, 1)

    def _forward(self, length: int) -> None:
        self._at += length
        if self._at > self._size:
            raise DamagedModelError("the GGUF file is cut short")
        if self._at > HEAD_LIMIT:
            raise NotAModelError("a GGUF file whose header is too long")


class _Array(int):
    """How many items an array has."""


def _header(said: dict[str, Any], shapes: dict[str, list[int]], weights: int) -> Header:
    def text(key: str, limit: int) -> str:
        value = said.get(key, "")
        kept = (
            "".join(each for each in value if each.isprintable()) if isinstance(value, str) else ""
        )
        return kept.strip()[:limit]

    architecture = text("general.architecture", 64)
    if not architecture:
        raise NotAModelError("a GGUF file that does not say what it is")
    context = said.get(f"{architecture}.context_length", 0)
    tokens = said.get("tokenizer.ggml.tokens", 0)
    if said.get("split.count", 0) not in (0, 1):
        raise NotAModelError(
            "this is one of several parts of a GGUF file", "llama-gguf-split --merge joins them"
        )
    found = Header(
        architecture,
        text("general.name", 64),
        text("general.license", 200),
        context if type(context) is int and 0 <= context < 1 << 24 else 0,
        int(tokens) if isinstance(tokens, _Array) else 0,
        weights,
        said,
    )
    rows = shapes.get("token_embd.weight", [0])[-1]
    if found.tokens and rows and rows < found.tokens:
        raise NotAModelError(
            f"the tokenizer has {found.tokens} tokens, the model vectors for {rows}: they do not"
            " belong together"
        )
    return found
