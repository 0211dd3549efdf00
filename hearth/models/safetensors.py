"""Reading safetensors: a length (8 bytes, little-endian), a JSON header, then the tensors' bytes.

The format is https://github.com/huggingface/safetensors#format. Nothing in the header is believed:
offsets must lie in the file, follow each other without holes and fit shape and type. Tensors are
views of the bytes given, as 32-bit floats or 64-bit integers.
"""

from __future__ import annotations

import json
from math import prod
from typing import TYPE_CHECKING, Any, Final

from hearth.models.errors import DamagedModelError, NotAModelError

if TYPE_CHECKING:
    import numpy

BEGINNING: Final = 9
"""Bytes by which a file can be told: the header's length, and the brace that it begins with."""
HEAD_LIMIT: Final = 16 << 20
TENSORS_LIMIT: Final = 20_000
_TYPES: Final = {"F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
_WIDTHS: Final = {"F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "F64": 8, "U8": 1, "I8": 1}


def check_beginning(data: bytes) -> int:
    """How long the header is, by a file's first `BEGINNING` bytes. Raises as `Tensors`."""
    if len(data) < BEGINNING:
        raise DamagedModelError("the weights are cut short")
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= HEAD_LIMIT or data[8:] != b"{":
        raise NotAModelError("these are no safetensors")
    return length


class Tensors:
    """The tensors of a file, by name. `data` is the whole file."""

    def __init__(self, data: bytes | memoryview) -> None:
        """Raises `NotAModelError`, and `DamagedModelError` for a file that is cut short."""
        self._data = memoryview(data)
        length = check_beginning(bytes(self._data[:BEGINNING]))
        if 8 + length > len(self._data):
            raise DamagedModelError("the weights are cut short")
        try:
            head = json.loads(bytes(self._data[8 : 8 + length]))
        except (ValueError, RecursionError):
            raise NotAModelError("these are no safetensors") from None
        self._start = 8 + length
        self._entries = self._checked(head)

    def _checked(self, head: Any) -> dict[str, tuple[str, tuple[int, ...], int, int]]:
        if not isinstance(head, dict) or len(head) > TENSORS_LIMIT:
            raise NotAModelError("these are no safetensors")
        head.pop("__metadata__", None)
        found: dict[str, tuple[str, tuple[int, ...], int, int]] = {}
        for name, entry in head.items():
            match entry:
                case {
                    "dtype": str(dtype),
                    "shape": list(shape),
                    "data_offsets": [int(first), int(last)],
                } if dtype in _WIDTHS and all(type(n) is int and n >= 0 for n in shape):
                    if last - first != prod(shape) * _WIDTHS[dtype]:
                        raise NotAModelError(f'the tensor "{name[:80]}" has not its own size')
                    found[name] = dtype, tuple(shape), first, last
                case _:
                    raise NotAModelError(f'the tensor "{str(name)[:80]}" is of no known kind')
        self._follow({*((first, last) for _, _, first, last in found.values())})
        return found

    def _follow(self, spans: set[tuple[int, int]]) -> None:
        """Raise unless the spans cover what follows the header, once."""
        end = 0
        for first, last in sorted(spans):
            if first != end:
                raise NotAModelError("the tensors overlap, or leave holes")
            end = last
        if self._start + end > len(self._data):
            raise DamagedModelError("the weights are cut short")
        if self._start + end < len(self._data):
            raise NotAModelError("there is more in the file than its tensors")

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    @property
    def names(self) -> list[str]:
        """The names of all tensors."""
        return list(self._entries)

    def get(self, name: str, *shape: int) -> numpy.ndarray:
        """A tensor of this shape as 32-bit floats (integers as 64-bit ones).

        Raises `NotAModelError` if it is not there, of another shape or not finite.
        """
        import numpy as np

        entry = self._entries.get(name)
        if entry is None:
            raise NotAModelError(f'the weights lack "{name}"')
        dtype, found, first, last = entry
        if found != shape:
            raise NotAModelError(f'"{name}" has the shape {found}, not {shape}')
        if dtype not in _TYPES:
            raise NotAModelError(f'"{name}" is of the type {dtype}, which is not read')
        data = self._data[self._start + first : self._start + last]
        tensor = np.frombuffer(data, dtype=_TYPES[dtype]).reshape(shape)
        if dtype.startswith("F"):
            tensor = tensor.astype(np.float32, copy=False)
            if not np.isfinite(tensor).all():
                raise NotAModelError(f'"{name}" holds what is no number')
        return tensor
