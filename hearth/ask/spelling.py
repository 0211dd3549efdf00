"""Reading a misspelt word as one that the documents use.

Only words that no passage knows are corrected, only to words that passages do use, and the person
is told. One edit (a letter missing, added, wrong, or two swapped) for words of five letters, two
from eight on where at least seven are left of them without their ending, or "inflation" would be
read as "infection"; four letters may only be swapped or lack one. The first letter is trusted
unless the first two are swapped. Of several candidates the nearest, of these an emergency word
before others, then the most used. A word is read as one of its own language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hearth.ask.sources import Source
from hearth.ask.words import apart, placed_stems
from hearth.languages import bare, marked

SHORTEST = 4
LONGEST = 24
LONG_STEM = 7


def distance(one: str, other: str, limit: int) -> int:
    """Edits (insert, delete, replace, swap neighbours) between two words; `limit` + 1 if more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def allowed(word: str) -> int:
    """How many edits a word of this length may be off."""
    if len(word) < SHORTEST or len(word) > LONGEST or not word.isalpha():
        return 0
    return 1 if len(word) < 8 else 2


def correct(
    word: str, stem: str, sources: Sequence[Source], emergency: Callable[[str], bool]
) -> str | None:
    """The stem that was probably meant, or None; `emergency` tells which stems are such words.
    Cost: one scan of a letter's vocabulary."""
    limit = allowed(word)
    mark, stem = stem[len(bare(stem)) :], bare(stem)
    if not limit or len(stem) < 2 or apart(word):
        return None
    if len(stem) < LONG_STEM:
        limit = 1
    known: dict[str, int] = {}
    for letter in dict.fromkeys((stem[0], stem[1])):
        for source in sources:
            for term, count in source.vocabulary(letter):
                base = term.removesuffix(mark) if term.endswith(mark) else ""
                if abs(len(base) - len(stem)) <= limit and base.isalpha():
                    known[base] = known.get(base, 0) + count
    best: tuple[int, bool, int, str] | None = None
    for term, count in known.items():
        if term[0] != stem[0] and term[:2] != stem[1::-1]:
            continue
        edits = distance(stem, term, limit)
        if edits > limit or len(term) < 3 or not _plausible(stem, term):
            continue
        key = (edits, not emergency(term), -count, term)
        if best is None or key < best:
            best = key
    return best[-1] + mark if best else None


def shown(stem: str, sources: Sequence[Source]) -> str:
    """How a corrected word is told: of another language than English, as the documents write it."""
    if not marked(stem):
        return stem
    for source in sources:
        for hit in source.hits([stem], None, 1):
            for word, other in placed_stems(hit.text, hit.language):
                if other == stem:
                    return word
    return bare(stem)


def _plausible(stem: str, term: str) -> bool:
    """Four letters: only a swap or a missing letter, or "wifi" would be read as "wife"."""
    if len(stem) > 4:
        return True
    return len(term) == len(stem) + 1 or sorted(term) == sorted(stem)
