"""How many tokens a text has, where nobody can be asked."""

from __future__ import annotations

import re
from typing import Final

_PARTS: Final = re.compile(r"[A-Za-z]+|[ \t]+|[^\x00-\x7f]+|.", re.DOTALL)


def estimate(text: str) -> int:
    """An upper estimate for the byte-pair and unigram vocabularies in use.

    A token for every three letters of an ASCII word, for every digit, mark and line feed, and for
    every two bytes of everything else; blanks belong to the word after them. English text has
    about one token for every four characters and a half, so this counts about half as much again.
    """
    return sum(map(_tokens, _PARTS.findall(text)))


def _tokens(part: str) -> int:
    if part.isascii():
        return 0 if part == " " else -(-len(part) // 3)
    return -(-len(part.encode("utf-8", "replace")) // 2)
