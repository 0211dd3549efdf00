"""Snippets of passages in scripts without spaces.

SQLite counts words to know where a match stands, and the index has more words of such a passage
than SQLite sees in it. So the stretches that were looked for are looked for again in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hearth.languages import unspaced

BEFORE, LENGTH = 20, 80  # characters before the first match, and of the snippet in all
_MOST = 200  # stretches that are marked


def snippet(text: str, terms: Sequence[str], start: str, end: str) -> str:
    """A stretch of `text` around the first of `terms`, what was looked for between two marks.

    Whole terms are marked where they stand, else the parts of them that the index looks for.
    """
    places = _places(text, terms) or _places(
        text, [part for term in terms for run in unspaced.runs(term)
               for part in unspaced.grams(run)]
    )  # fmt: skip
    first = max(0, places[0][0] - BEFORE) if places else 0
    last = min(len(text), first + LENGTH)
    out, at = ["…" if first else ""], first
    for begin, stop in places:
        if stop <= last:
            out += [text[at:begin], start, text[begin:stop], end]
            at = stop
    out += [text[at:last], "…" if last < len(text) else ""]
    return "".join(out)


def _places(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where any of the terms stands, in order; none overlap."""
    wanted = sorted({term for term in terms[:_MOST] if term}, key=lambda term: (-len(term), term))
    if not wanted:
        return []
    pattern = re.compile("|".join(map(re.escape, wanted)), re.I)
    return [match.span() for match in pattern.finditer(text)]
