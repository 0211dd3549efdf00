"""Numbers and bytes in a row: what the bodies of messages are made of.

    number   LEB128: 7 bits a byte, the lowest first, shortest form, below 2^53
    bytes    a number, their length, then they
    fixed    as many bytes as the place says

There is one way to write a value and one value for every way to read it: longer forms, numbers
over their limit, and bytes that are missing or left over are refused before memory is spent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import ClassVar, Final

from hearth.store.errors import Exit, HearthError
from hearth.sync.errors import Code

MAX_NUMBER: Final = 2**53 - 1


class PeerError(HearthError, code="peer-error", exit_code=Exit.UNREACHABLE):
    """The peer does not keep to the rules of a session, which is over (exit 14)."""

    closing: ClassVar[Code] = Code.BROKEN
    """What the peer is told: docs/sync.md, section 7."""


class MessageError(PeerError, code="bad-message"):
    """Bytes that are no message of the type they claim to be."""


class OverLimitError(PeerError, code="over-limit"):
    """More of something than a message may have, or than was agreed when meeting."""

    closing = Code.LIMIT


def number(value: int) -> bytes:
    """The bytes of one number."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def numbers(values: Sequence[int]) -> bytes:
    """The bytes of numbers in a row."""
    if max(values, default=0) < 0x80:  # one byte each
        return bytes(values)
    out = bytearray()
    append = out.append
    for value in values:
        while value >= 0x80:
            append(value & 0x7F | 0x80)
            value >>= 7
        append(value)
    return bytes(out)


def sized(data: bytes) -> bytes:
    """Bytes behind their length."""
    return number(len(data)) + data


def folded(value: int) -> int:
    """A number of either sign as one that is not negative: 0, -1, 1, -2, …"""
    return value << 1 if value >= 0 else ~value << 1 | 1


def unfolded(value: int) -> int:
    """What `folded` was given."""
    return ~(value >> 1) if value & 1 else value >> 1


class Reader:
    """Reads a body from its beginning to its end. Raises MessageError and OverLimitError."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self, highest: int = 255) -> int:
        """One byte, at most so high."""
        value = self.fixed(1)[0]
        if value > highest:
            raise MessageError(f"a byte is {value}, at most {highest} is known")
        return value

    def number(self, limit: int = MAX_NUMBER, what: str = "a number") -> int:
        """One number, at most `limit`."""
        value = shift = 0
        while True:
            part = self.fixed(1)[0]
            value |= (part & 0x7F) << shift
            if part < 0x80:
                break
            shift += 7
            if shift > 49:
                raise MessageError("a number is too long")
        if not part and shift:
            raise MessageError("a number is not in its shortest form")
        if value > limit:
            raise OverLimitError(f"{what} is {value}, the limit is {limit}")
        return value

    def count(self, limit: int, smallest: int, what: str) -> int:
        """How many things of at least `smallest` bytes follow: never more than can."""
        value = self.number(limit, what)
        if value * smallest > len(self._data) - self._at:
            raise MessageError(f"{what} is {value}, more than the message has room for")
        return value

    def numbers(self, count: int, limit: int = MAX_NUMBER) -> list[int]:
        """So many numbers in a row."""
        if count > self.left:
            raise MessageError("a message ends too early")
        row = self._data[self._at : self._at + count]
        highest = max(row, default=0)
        if highest < 0x80 and highest <= limit:  # nearly always: one byte each
            self._at += count
            return list(row)
        try:
            found = list(islice(self._longer(), count))
        except IndexError:
            raise MessageError("a message ends too early") from None
        if max(found) > limit:
            raise OverLimitError(f"a number is {max(found)}, the limit is {limit}")
        return found

    def _longer(self) -> Iterator[int]:
        """Numbers as `number` reads them, one after another. IndexError where they end."""
        data = self._data
        while True:
            part = data[self._at]
            at = self._at + 1
            value, shift = part & 0x7F, 7
            if part >= 0x80:
                while (part := data[at]) >= 0x80:
                    value |= (part & 0x7F) << shift
                    shift += 7
                    at += 1
                    if shift > 49:
                        raise MessageError("a number is too long")
                if not part:
                    raise MessageError("a number is not in its shortest form")
                value |= part << shift
                at += 1
            self._at = at
            yield value

    def fixed(self, size: int) -> bytes:
        """So many bytes."""
        end = self._at + size
        data = self._data[self._at : end]
        if len(data) != size:
            raise MessageError("a message ends too early")
        self._at = end
        return data

    def sized(self, limit: int, what: str = "a length") -> bytes:
        """Bytes behind their length."""
        return self.fixed(self.number(limit, what))

    def rest(self) -> bytes:
        """All that is left."""
        data = self._data[self._at :]
        self._at = len(self._data)
        return data

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._at

    def end(self) -> None:
        """Raise MessageError unless everything has been read."""
        if self.left:
            raise MessageError(f"{self.left} bytes too many at the end of a message")
