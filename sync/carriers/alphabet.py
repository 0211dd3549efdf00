"""Bits as signs that a person can write down, type and read out: letters, or words.

The letters are Crockford's base32, as in tickets: digits and letters without I, L, O and U, so 5
bits each. Upper and lower case are one; O is read as 0, I and L as 1. The words are a list of
2,048, so 11 bits each. What is no whole number of letters is filled up with zeros. Words are filled
up with a 1 and zeros, always, since one word has room for more than a byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {letter: value for value, letter in enumerate(LETTERS)} | {"O": 0, "I": 1, "L": 1}


class SignError(ValueError):
    """Signs that stand for nothing. `sign` is the first that is not in the alphabet, if one is."""

    def __init__(self, sign: str | None = None) -> None:
        super().__init__(sign)
        self.sign = sign


class Letters:
    """5 bits a sign."""

    bits: Final = 5

    def spell(self, values: Sequence[int]) -> list[str]:
        """The signs of values."""
        return [LETTERS[value] for value in values]

    def values(self, text: str) -> list[int]:
        """The values of all signs in a piece of text. Raises SignError."""
        found = []
        for sign in text.upper():
            if (value := _VALUES.get(sign)) is None:
                raise SignError(sign)
            found.append(value)
        return found

    def pack(self, data: bytes) -> list[int]:
        """Bytes as values."""
        count = -(-len(data) * 8 // 5)
        return _digits(int.from_bytes(data, "big") << (count * 5 - len(data) * 8), count, 5)

    def unpack(self, values: Sequence[int]) -> bytes:
        """The bytes that these values stand for. Raises SignError; one spelling for all bytes."""
        size, spare = divmod(len(values) * 5, 8)
        number = _number(values, 5)
        if spare >= 5 or number & ((1 << spare) - 1):
            raise SignError
        return (number >> spare).to_bytes(size, "big")


class Words:
    """11 bits a sign; `table` has 2,048 words in small letters, no two of them alike."""

    bits: Final = 11

    def __init__(self, table: Sequence[str]) -> None:
        if len(table) != 1 << self.bits:
            raise ValueError("a table of 2,048 words is needed")
        self._table = table
        self._values = {word: value for value, word in enumerate(table)}

    def spell(self, values: Sequence[int]) -> list[str]:
        """The words of values."""
        return [self._table[value] for value in values]

    def values(self, text: str) -> list[int]:
        """The value of a word. Raises SignError."""
        if (value := self._values.get(text.lower())) is None:
            raise SignError(text)
        return [value]

    def pack(self, data: bytes) -> list[int]:
        """Bytes as values."""
        count = len(data) * 8 // 11 + 1
        spare = count * 11 - len(data) * 8
        return _digits((int.from_bytes(data, "big") << 1 | 1) << (spare - 1), count, 11)

    def unpack(self, values: Sequence[int]) -> bytes:
        """The bytes that these values stand for. Raises SignError."""
        number, length = _number(values, 11), len(values) * 11
        filled = (number & -number).bit_length()
        size, odd = divmod(length - filled, 8)
        if not 1 <= filled <= 11 or odd:
            raise SignError
        return (number >> filled).to_bytes(size, "big")


Alphabet = Letters | Words


def _digits(number: int, count: int, bits: int) -> list[int]:
    return [number >> bits * (count - 1 - at) & ((1 << bits) - 1) for at in range(count)]


def _number(values: Sequence[int], bits: int) -> int:
    number = 0
    for value in values:
        number = number << bits | value
    return number
