"""Condensing a long message to the sentences that ask, and to what they ask about.

Somebody pastes a whole mail, or tells the whole story. Sentences that ask come first, then those
with the most emergency words; without any, the first and the last, where people say what they
want. They stand in their own order, as many as fit. Nothing is rewritten, and that it was condensed
is told.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask import facets, synonyms, words

SHORT = 800  # characters that are left of it
_PIECE = 60  # words of what has no sentence ends
_ENDS = re.compile(r"(?<=[.!?;…])\s+|(?<=[。！？])")
_ASKING = 3
_MOST_TOLD = 4  # emergency words of one sentence that count


def condense(text: str) -> str:
    """At most SHORT characters of a longer text. Linear in its length."""
    pieces = _pieces(text)
    worth = [_worth(piece) for piece in pieces]
    if not any(worth):
        worth[0] = worth[-1] = 1
    order = sorted((at for at in range(len(pieces)) if worth[at]), key=lambda at: -worth[at])
    kept: list[int] = []
    left = SHORT
    for at in order:
        if len(pieces[at]) < left:
            kept.append(at)
            left -= len(pieces[at]) + 1
        if left < 20:
            break
    return " ".join(pieces[at] for at in sorted(kept)) or text[:SHORT]


def _pieces(text: str) -> list[str]:
    """The sentences, each once; what has no end is cut by words."""
    found: dict[str, None] = {}
    for sentence in _ENDS.split(text):
        tokens = sentence.split()
        for first in range(0, len(tokens), _PIECE):
            found[" ".join(tokens[first : first + _PIECE])[: SHORT // 2]] = None
    return list(found)


def _worth(piece: str) -> int:
    asks = piece.endswith(("?", "？")) or facets.of(piece.lower()) != [facets.PLAIN]
    told = len(_telling().intersection(words.stems(piece)))
    return _ASKING * asks + min(told, _MOST_TOLD)


@lru_cache(maxsize=1)
def _telling() -> frozenset[str]:
    """The stems of the emergency words that are one word."""
    entries = [entry for same, _ in synonyms.groups() for entry in same if " " not in entry]
    return frozenset(stem for stems in words.many_stems(entries) for stem in stems)
