"""The codes on a poster's slips: `7K2QH-3FX`, torn off, brought back, and typed in.

    code  = listing (6) ‖ slip (2) ‖ check (1), in an alphabet of 31 signs that are not alike

The first part is the beginning of the listing's id, 29 bits of it; of several listings that begin
alike the person chooses. The check is a weighted sum modulo 31, which is prime: every single wrong
sign, and every two signs exchanged, are found.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hearth.market.errors import BadCodeError

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_BASE: Final = len(ALPHABET)
_LISTING: Final = 6
_SLIP: Final = 2
_LENGTH: Final = _LISTING + _SLIP + 1
_SPAN: Final = _BASE**_LISTING
MAX_SLIPS: Final = 200


class Slip(NamedTuple):
    """A code that was read: which listings it may be of, and the number of the slip, from 1."""

    mark: int
    number: int


def mark(listing: bytes) -> int:
    """What of a listing's id stands in its codes."""
    return int.from_bytes(listing[:8], "big") % _SPAN


def code(listing: bytes, number: int) -> str:
    """The code of a slip, in groups as it is printed."""
    signs = _digits(mark(listing), _LISTING) + _digits(number, _SLIP)
    text = "".join(ALPHABET[each] for each in (*signs, _check(signs)))
    return f"{text[:3]}-{text[3:6]}-{text[6:]}"


def read(text: str) -> Slip:
    """What a person has typed; spaces, dashes and small letters do no harm. Raises BadCodeError."""
    kept = "".join(text.upper().split()).replace("-", "")
    strange = [each for each in kept if each not in ALPHABET]
    if strange:
        raise BadCodeError(
            f'"{text[:40]}" is no claim code: "{strange[0]}" is never in one',
            "0, 1, I, L and O are not used",
        )
    if len(kept) != _LENGTH:
        raise BadCodeError(
            f'"{text[:40]}" is no claim code: it has {len(kept)} signs, not {_LENGTH}',
        )
    signs = [ALPHABET.index(each) for each in kept]
    if _check(signs[:-1]) != signs[-1]:
        raise BadCodeError(f'"{text[:40]}" was mistyped', "compare it with the slip, sign by sign")
    number = signs[_LISTING] * _BASE + signs[_LISTING + 1]
    if not 1 <= number <= MAX_SLIPS:
        raise BadCodeError(f'"{text[:40]}" is no claim code: there is no slip {number}')
    whole = 0
    for each in signs[:_LISTING]:
        whole = whole * _BASE + each
    return Slip(whole, number)


def _digits(value: int, count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        value, rest = divmod(value, _BASE)
        found.insert(0, rest)
    return found


def _check(signs: list[int]) -> int:
    return sum(weight * each for weight, each in enumerate(signs, 2)) % _BASE
