"""Condensing a long message to the sentences that ask, and to what they ask about.

Somebody pastes a whole mail, or tells the whole story. Sentences that ask come first, then those
with the most emergency words, then the first and the last (where people say what they want); in
their own order, as many as fit. Nothing is rewritten, and that it was condensed is told.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask import facets, synonyms, words

LONG = 4000  # characters from which on a message is condensed
SHORT = 800  # characters that are left of it
_PIECE = 60  # words of what has no sentence ends
_ENDS = re.compile(r"(?<=[.!?;…])\s+|(?<=[。！？])")
_ASKING, _EDGE = 3.0, 1.0
_MOST_TOLD = 4  # emergency words of one sentence that count


def condense(text: str) -> str:
    """`text` itself, or where it is longer than LONG characters, at most SHORT characters of it.

    Linear in the length of the text.
    """
    if len(text) <= LONG:
        return text
    pieces = _pieces(text)
    order = sorted(range(len(pieces)), key=lambda at: (-_worth(pieces, at), at))
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


def _worth(pieces: list[str], at: int) -> float:
    piece = pieces[at]
    asks = piece.endswith(("?", "？")) or facets.of(piece.lower()) != [facets.PLAIN]
    told = len(_telling().intersection(words.stems(piece)))
    return _ASKING * asks + min(told, _MOST_TOLD) + _EDGE * (at in (0, len(pieces) - 1))


@lru_cache(maxsize=1)
def _telling() -> frozenset[str]:
    """The stems of the emergency words that are one word."""
    entries = [entry for same, _ in synonyms.groups() for entry in same if " " not in entry]
    return frozenset(stem for stems in words.many_stems(entries) for stem in stems)
