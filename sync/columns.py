"""Columns of numbers: many numbers of one kind, in few calls.

    column = w (1) ‖ w × n bytes        of n numbers: the lowest byte of each, then the next one of
                                        each, …; the highest is not 0 for all of them

There is one way to write the same numbers. Bytes that are alike lie together, for zstd.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Final

from hearth.sync.packing import MAX_NUMBER, MessageError, OverLimitError, Reader

_SIZE: Final = 8
_WIDEST: Final = 7
"""Bytes of the largest number."""


def column(values: Sequence[int]) -> bytes:
    """The bytes of numbers, none of them negative."""
    width = (max(values, default=0).bit_length() + 7) // 8
    every = _bytes(array("Q", values))
    return bytes((width,)) + b"".join([every[at::_SIZE] for at in range(width)])


def read_column(reader: Reader, count: int, limit: int = MAX_NUMBER) -> list[int]:
    """So many numbers, none above a limit. Raises MessageError, OverLimitError."""
    width = reader.byte(_WIDEST)
    every = bytearray(_SIZE * count)
    plane = b"\1"
    for at in range(width):
        plane = reader.fixed(count)
        every[at::_SIZE] = plane
    if not any(plane):
        raise MessageError("a column that is wider than its numbers")
    numbers = array("Q", bytes(every))
    if sys.byteorder == "big":
        numbers.byteswap()
    found = numbers.tolist()
    if count and max(found) > limit:
        raise OverLimitError(f"a number of {max(found)} in a column, the limit is {limit}")
    return found


def _bytes(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
