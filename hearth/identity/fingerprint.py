"""Four words for a key, to be compared by eye or over the telephone.

Each word carries 11 bits of BLAKE3("hearth/fingerprint/1" NUL, key), so four carry 44: enough
that a mix-up or a careless impostor shows, not enough against somebody who spends months of
computing on one lookalike. The full id decides where that matters; nothing in the program
trusts the words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from blake3 import blake3

WORD_COUNT = 2048
_LABEL = b"hearth/fingerprint/1\0"


@cache
def words() -> tuple[str, ...]:
    """The 2,048 words, sorted: plain English, no two alike, four to nine letters."""
    text = (Path(__file__).parent / "words.txt").read_text(encoding="ascii")
    return tuple(text.split())


def fingerprint(key: bytes, count: int = 4) -> str:
    """`count` words for `key`, joined by hyphens; the same on every machine."""
    bits = int.from_bytes(blake3(_LABEL + key).digest(length=32), "big")
    table = words()
    picked = [table[bits >> (256 - 11 * (i + 1)) & (WORD_COUNT - 1)] for i in range(count)]
    return "-".join(picked)
