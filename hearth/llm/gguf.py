"""What a GGUF file says of itself, read and checked before any native code sees it.

After the specification in ggml's docs/gguf.md, versions 2 and 3, little-endian. A file that ends
before its last tensor, says lengths it cannot have, or is of another kind is refused here, with an
error: the library that runs models ends the process for some of these.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from hearth.llm.errors import ModelFileError

MAGIC: Final = b"GGUF"
MAX_KEYS: Final = 4096
MAX_TENSORS: Final = 65536
MAX_ARRAY: Final = 1 << 22
"""Items of an array: vocabularies have some hundred thousand."""
KEPT_STRING: Final = 1 << 20
KEPT_ARRAY: Final = 1024
"""A longer string or array is passed over."""

_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
    10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING: Final = 8
_ARRAY: Final = 9
_TYPES: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4),
    27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66),
    39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""Elements and bytes of a block, by ggml type (`GGML_QUANT_SIZES` of the gguf package)."""


@dataclass(frozen=True)
class Header:
    """A checked header. `keys` are its metadata without what is too long; arrays that were passed
    over are there as their length alone (`{"length": n}`)."""

    keys: dict[str, Any]
    tensors: int
    weights: int
    """Bytes of the tensors."""

    @property
    def architecture(self) -> str:
        """What llama.cpp calls the kind of network."""
        return str(self.keys.get("general.architecture", ""))

    @property
    def template(self) -> str:
        """The chat template, or nothing."""
        value = self.keys.get("tokenizer.chat_template")
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: int = 0) -> int:
        """A whole number under the architecture, such as `context_length`."""
        value = self.keys.get(f"{self.architecture}.{name}")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
            return default
        return value

    def numbers(self, name: str, count: int) -> list[int]:
        """`count` whole numbers: a list as it is, or one number for each."""
        value = self.keys.get(f"{self.architecture}.{name}")
        if isinstance(value, list) and all(isinstance(each, int) for each in value):
            return [max(0, each) for each in value[:count]]
        return [self.number(name)] * count

    @property
    def context(self) -> int:
        """The tokens it was trained for; 0 where it does not say."""
        return self.number("context_length")

    @property
    def vocabulary(self) -> int:
        """How many different tokens there are."""
        tokens = self.keys.get("tokenizer.ggml.tokens")
        if isinstance(tokens, dict):
            return int(tokens["length"])
        return len(tokens) if isinstance(tokens, list) else self.number("vocab_size")


def read(path: Path) -> Header:
    """The header of the file at `path`. Raises ModelFileError, OSError."""
    with path.open("rb") as file:
        try:
            return parse(file, os.fstat(file.fileno()).st_size)
        except ModelFileError as error:
            raise ModelFileError(f'"{path.name}" {error.message}', *error.hints) from None


def parse(file: BinaryIO, size: int) -> Header:
    """The header of an open file of `size` bytes. Raises ModelFileError."""
    reader = _Reader(file, size)
    if reader.bytes(4) != MAGIC:
        raise ModelFileError("is no GGUF file", "language models run here are GGUF files")
    version = reader.number("<I")
    if version not in (2, 3):
        swapped = version in (2 << 24, 3 << 24)
        what = "is made for big-endian machines" if swapped else f"is GGUF version {version}"
        raise ModelFileError(f"{what}; versions 2 and 3, little-endian, can be read")
    tensors, count = reader.number("<Q"), reader.number("<Q")
    if tensors > MAX_TENSORS or count > MAX_KEYS:
        raise _damaged(f"says it has {tensors} tensors and {count} keys")
    keys: dict[str, Any] = {}
    for _ in range(count):
        name = reader.string(256)
        keys[name] = reader.value(reader.number("<I"))
    end = _last_byte(reader, tensors)
    alignment = keys.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 8 <= alignment <= 1 << 16 or alignment % 8:
        raise _damaged("has an alignment that cannot be")
    start = -(-reader.at // alignment) * alignment
    if end and start + end > size:
        raise ModelFileError(
            f"is cut short: {size} bytes of at least {start + end}", "copy or fetch it again"
        )
    return Header(keys, tensors, end)


def check_chat(header: Header) -> None:
    """Raises ModelFileError where a file is sound, but no model that writes."""
    if not header.architecture or not header.tensors:
        raise ModelFileError("holds no model, only a part of one")
    if header.keys.get("general.type", "model") != "model":
        raise ModelFileError(f"is a {header.keys['general.type']}, not a model")
    parts = header.keys.get("split.count", 0)
    if isinstance(parts, int) and parts > 1:
        raise ModelFileError("is one part of several", "llama-gguf-split --merge makes one of them")
    if header.architecture in ("bert", "nomic-bert", "jina-bert-v2", "clip", "t5encoder"):
        raise ModelFileError(f'is of the kind "{header.architecture}", which writes no text')
    needed = ("block_count", "embedding_length", "context_length")
    missing = [name for name in needed if not header.number(name)]
    if missing or not header.vocabulary:
        raise _damaged(f"does not say its {(missing or ['vocabulary'])[0]}")


def _last_byte(reader: _Reader, tensors: int) -> int:
    """Where the tensors' data ends, counted from where it starts."""
    end = 0
    for _ in range(tensors):
        name = reader.string(256)
        dimensions = reader.number("<I")
        if not 1 <= dimensions <= 4:
            raise _damaged(f'has a tensor "{name}" of {dimensions} dimensions')
        elements = 1
        for _ in range(dimensions):
            elements *= reader.number("<Q")
        block, length = _TYPES.get(reader.number("<I"), (0, 0))
        offset = reader.number("<Q")
        if not block:
            raise ModelFileError(f'has a tensor "{name}" of a type that is not known here')
        if elements >= 1 << 62 or elements % block or offset >= 1 << 62 or offset % 8:
            raise _damaged(f'has a tensor "{name}" of a shape that cannot be')
        end = max(end, offset + elements // block * length)
    return end


def _damaged(why: str) -> ModelFileError:
    return ModelFileError(f"is damaged: it {why}", "copy or fetch it again")


class _Reader:
    """Reads forward, and never beyond the end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self.at = 0

    def bytes(self, length: int) -> bytes:
        if length > self._size - self.at:
            raise ModelFileError("is cut short in its header", "copy or fetch it again")
        data = self._file.read(length)
        if len(data) != length:
            raise ModelFileError("changed while it was read")
        self.at += length
        return data

    def number(self, form: str) -> Any:
        [value] = struct.unpack(form, self.bytes(struct.calcsize(form)))
        return value

    def string(self, limit: int) -> str:
        length = self.number("<Q")
        if length > limit:
            raise _damaged(f"has a name of {length} bytes")
        return self.bytes(length).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._text(self.number("<Q"))
        if kind == _ARRAY:
            return self._array(self.number("<I"), self.number("<Q"))
        if kind not in _SCALARS:
            raise _damaged(f"has a value of type {kind}")
        return self.number(_SCALARS[kind])

    def _text(self, length: int) -> str | dict[str, int]:
        if length > KEPT_STRING:
            self._skip(length)
            return {"length": length}
        return self.bytes(length).decode("utf-8", "replace")

    def _array(self, kind: int, count: int) -> Any:
        if count > MAX_ARRAY:
            raise _damaged(f"has a list of {count} items")
        if kind == _STRING:
            return self._strings(count)
        if kind not in _SCALARS:
            raise _damaged(f"has a list of type {kind}")
        size = struct.calcsize(_SCALARS[kind])
        if count > KEPT_ARRAY:
            self._skip(count * size)
            return {"length": count}
        data = self.bytes(count * size)
        return [each for [each] in struct.iter_unpack(_SCALARS[kind], data)]

    def _strings(self, count: int) -> dict[str, int]:
        """A list of strings is passed over: it is a vocabulary, and long."""
        for _ in range(count):
            self._skip(int.from_bytes(self.bytes(8), "little"))
        return {"length": count}

    def _skip(self, length: int) -> None:
        if length > self._size - self.at:
            raise ModelFileError("is cut short in its header", "copy or fetch it again")
        if length < 4096:
            self._file.read(length)
        else:
            self._file.seek(length, os.SEEK_CUR)
        self.at += length
