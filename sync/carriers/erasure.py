"""More parts than a message has, so that any `count` of them suffice: a systematic erasure code.

The first `count` parts are the message itself. Every further one is a sum of them, each multiplied
by a factor of its own in the field of 256 elements (polynomial 11D): part r of the further ones
(r = 0, 1, …) is the sum over all j of c(r, j) × part j, with

    c(r, j) = (255 + j) / ((255 − r) + j)        + being XOR, as always in this field

That is a Cauchy matrix, 1 / (x + y) with x = 255 − r and y = j, whose columns are multiplied such
that the first row is all ones. All its square parts are invertible, so whatever is missing can be
worked out from as many further parts as are missing, and without ever looking for a pivot. The
first further part is the plain XOR of all.

No part depends on how many there are, so more can be made when more are lost; count + r ≤ 255.
Bytes are multiplied by `bytes.translate`, and added as one large integer: both run in C.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

TOTAL: Final = 256
"""Parts that a block may have, further ones among them."""
_POLYNOMIAL: Final = 0x11D


def _tables() -> tuple[list[int], list[int]]:
    exponents, logarithms = [0] * 510, [0] * 256
    value = 1
    for power in range(255):
        exponents[power] = exponents[power + 255] = value
        logarithms[value] = power
        value <<= 1
        if value & 0x100:
            value ^= _POLYNOMIAL
    return exponents, logarithms


_EXP, _LOG = _tables()


def divide(a: int, b: int) -> int:
    """a / b in the field; b is not 0."""
    return _EXP[_LOG[a] + 255 - _LOG[b]] if a else 0


@cache
def _times(factor: int) -> bytes:
    """What every byte becomes when it is multiplied by `factor`, which is not 0."""
    log = _LOG[factor]
    return bytes([0, *(_EXP[log + _LOG[value]] for value in range(1, 256))])


def factor(row: int, column: int) -> int:
    """c(row, column), never 0; row + column ≤ 254."""
    return divide(255 ^ column, (255 - row) ^ column)


def _product(data: bytes, by: int) -> int:
    return int.from_bytes(data.translate(_times(by)), "big")


def further(parts: Sequence[bytes], row: int) -> bytes:
    """Further part `row` of parts of one length. Raises ValueError beyond `TOTAL`."""
    if not 0 <= row < TOTAL - len(parts):
        raise ValueError("a block has no such part")
    total = 0
    for column, part in enumerate(parts):
        total ^= _product(part, factor(row, column))
    return total.to_bytes(len(parts[0]), "big")


def recover(count: int, held: Mapping[int, bytes]) -> list[bytes]:
    """The first `count` parts, from any `count` of all: 0 … count - 1 are they themselves,
    count + r is further part r. All have one length. Raises ValueError if there are too few."""
    missing = [column for column in range(count) if column not in held]
    rows = sorted(index - count for index in held if index >= count)[: len(missing)]
    if len(rows) < len(missing):
        raise ValueError("too few parts")
    found = _solve(missing, [_equation(count, row, missing, held) for row in rows])
    return [found[column] if column in found else held[column] for column in range(count)]


def _equation(count: int, row: int, missing: list[int], held: Mapping[int, bytes]) -> bytes:
    """The factors of what is missing, and behind them what its sum must be."""
    part = held[count + row]
    total = int.from_bytes(part, "big")
    lacking = set(missing)
    for column in range(count):
        if column not in lacking:
            total ^= _product(held[column], factor(row, column))
    return bytes(factor(row, column) for column in missing) + total.to_bytes(len(part), "big")


def _solve(missing: list[int], equations: list[bytes]) -> dict[int, bytes]:
    """Eliminate one unknown after the other from all other equations."""
    for at in range(len(missing)):
        own = equations[at]
        own = equations[at] = own.translate(_times(divide(1, own[at])))
        for other, equation in enumerate(equations):
            if other != at and (by := equation[at]):
                total = int.from_bytes(equation, "big") ^ _product(own, by)
                equations[other] = total.to_bytes(len(own), "big")
    return {
        column: equation[len(missing) :]
        for column, equation in zip(missing, equations, strict=True)
    }
