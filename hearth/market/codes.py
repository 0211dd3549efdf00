"""The codes on a poster's slips: `7K2QH-3FX`, torn off, brought back, and typed in.

    code  = listing (6) ‖ slip (2) ‖ check (1), in an alphabet of 31 signs that are not alike

The first part is the beginning of the listing's id, 29 bits of it; of several listings that begin
alike the person chooses. The check is a weighted sum modulo 31, which is prime: every single wrong
sign, and every two signs exchanged, are found.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from hearth import paper
from hearth.market.errors import BadCodeError

_LISTING: Final = 6
_SLIP: Final = 2
_LENGTH: Final = _LISTING + _SLIP + 1
_SPAN: Final = paper.BASE**_LISTING
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
    signs = paper.digits(mark(listing), _LISTING) + paper.digits(number, _SLIP)
    return paper.grouped([*signs, _check(signs)])


def read(text: str) -> Slip:
    """What a person has typed; spaces, dashes and small letters do no harm. Raises BadCodeError."""
    signs = paper.typed(text, _LENGTH, "claim code", BadCodeError)
    if _check(signs[:-1]) != signs[-1]:
        raise BadCodeError(f'"{text[:40]}" was mistyped', "compare it with the slip, sign by sign")
    number = paper.number(signs[_LISTING:-1])
    if not 1 <= number <= MAX_SLIPS:
        raise BadCodeError(f'"{text[:40]}" is no claim code: there is no slip {number}')
    return Slip(paper.number(signs[:_LISTING]), number)


def _check(signs: list[int]) -> int:
    return sum(weight * each for weight, each in enumerate(signs, 2)) % paper.BASE
