"""Ids of objects and events: 32 bytes of BLAKE3, shown as hexadecimal digits.

They are bytes everywhere inside the program and become text only where a person or a script
meets them. A person may give the first digits only, as long as they mean exactly one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from blake3 import blake3

from hearth.store.errors import HearthError, NotFoundError, UsageError

ObjectId = bytes

SIZE: Final = 32
SHORT: Final = 12
"""Hexadecimal digits of a short id."""
MIN_PREFIX: Final = 4
"""The fewest digits accepted: fewer are more likely a typo than an id."""

_DIGITS: Final = "0123456789abcdef"


class MalformedId(UsageError, code="malformed-id"):
    """This text cannot be an id (exit 2)."""


class AmbiguousId(HearthError, code="ambiguous-id"):
    """These first digits mean more than one thing (exit 1)."""


class UnknownId(NotFoundError, code="unknown-id"):
    """Nothing here has this id (exit 4)."""


def of(data: bytes | bytearray | memoryview) -> ObjectId:
    """The id of an object with these bytes."""
    return blake3(data).digest()


def hex(id: bytes) -> str:
    """All digits of an id, lower case."""
    return id.hex()


def short(id: bytes) -> str:
    """The first 12 digits of an id: for people, never for storage or scripts."""
    return id.hex()[:SHORT]


def parse(text: str) -> bytes | str:
    """Read what a person typed: a whole id as bytes, or its first digits as lower-case text.

    Raises `MalformedId` for anything but 4 to 64 hexadecimal digits.
    """
    digits = text.strip().lower()
    if not digits or digits.strip(_DIGITS):
        raise MalformedId(
            f'"{text[:80]}" is not an id', "an id is as lists show it: digits 0-9 and letters a-f"
        )
    if len(digits) < MIN_PREFIX:
        raise MalformedId(f'"{digits}" is too short for an id', f"give {MIN_PREFIX} digits or more")
    if len(digits) > 2 * SIZE:
        raise MalformedId(f'"{text[:80]}" is too long for an id', f"an id has {2 * SIZE} digits")
    return bytes.fromhex(digits) if len(digits) == 2 * SIZE else digits


def digits(text: str) -> str:
    """What a person typed, as the digits that an id begins with. Raises as `parse`."""
    parsed = parse(text)
    return parsed.hex() if isinstance(parsed, bytes) else parsed


def bounds(prefix: str) -> tuple[bytes, bytes]:
    """The lowest and the highest id that begin with these digits."""
    fill = 2 * SIZE - len(prefix)
    return bytes.fromhex(prefix + "0" * fill), bytes.fromhex(prefix + "f" * fill)


def choose(prefix: str, candidates: Sequence[bytes], what: str = "object") -> bytes:
    """The one candidate that begins with `prefix`; give at least two if there are more.

    Raises `UnknownId` for none and `AmbiguousId` for several.
    """
    if not candidates:
        raise UnknownId(f'no {what} "{prefix}" here')
    if len(candidates) > 1:
        several = ", ".join(short(id) for id in candidates[:3])
        raise AmbiguousId(
            f'"{prefix}" may mean several {what}s: {several}', "give more digits of the id"
        )
    return candidates[0]
