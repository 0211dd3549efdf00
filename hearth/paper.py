"""Codes on paper that a person copies: signs that are not alike, and how they are read.

Which signs mean what, and the check among them, is up to whoever prints the code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hearth.store.errors import UsageError

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BASE: Final = len(ALPHABET)
"""31, which is prime: so weighted sums modulo it find what was mistyped."""


def digits(value: int, count: int) -> list[int]:
    """The last `count` digits of a number to the base 31."""
    found: list[int] = []
    for _ in range(count):
        value, rest = divmod(value, BASE)
        found.insert(0, rest)
    return found


def number(signs: Iterable[int]) -> int:
    """The number that these digits are."""
    whole = 0
    for each in signs:
        whole = whole * BASE + each
    return whole


def text(signs: Iterable[int]) -> str:
    """Digits as signs."""
    return "".join(ALPHABET[each] for each in signs)


def grouped(signs: Iterable[int]) -> str:
    """A code as it is printed: two groups of three signs, and the rest."""
    whole = text(signs)
    return f"{whole[:3]}-{whole[3:6]}-{whole[6:]}"


def typed(given: str, length: int, what: str, error: type[UsageError]) -> list[int]:
    """The digits of what a person has typed; spaces, dashes and small letters do no harm. Raises
    `error` where it cannot be `what`, by its signs or their count."""
    kept = "".join(given.upper().split()).replace("-", "")
    strange = next((each for each in kept if each not in ALPHABET), None)
    if strange is not None:
        raise error(
            f'"{given[:40]}" is no {what}: "{strange}" is never in one',
            "0, 1, I, L and O are not used",
        )
    if len(kept) != length:
        raise error(f'"{given[:40]}" is no {what}: it has {len(kept)} signs, not {length}')
    return [ALPHABET.index(each) for each in kept]
