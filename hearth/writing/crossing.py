"""Two words of a sentence that have each other's neighbours in a clause: "open the lowest tap, and
take the water from the highest"."""

from __future__ import annotations

from itertools import pairwise

from hearth.writing import lexicon, named
from hearth.writing.beside import heads
from hearth.writing.evidence import Line
from hearth.writing.parts import Reading, Word

Slot = tuple[Word, list[Word]]
"""A word of the clause, and the words of the sentence that it stands for."""


def _by(reading: Reading, line: Line, one: Word, own: Word) -> bool:
    """Whether only one of both puts it into the passive ("checked by an electrician")."""
    mine = [at for at, part in enumerate(reading.segments) if part == one.segment]
    theirs = [at for at, part in enumerate(line.reading.segments) if part == own.segment]
    return any(reading.tokens[at] == "by" for at in mine) != any(
        line.reading.tokens[at] == "by" for at in theirs
    )


def _told(reading: Reading, word: Word) -> bool:
    """Whether a word is what to do or not to do."""
    return not word.at or heads(reading, word)


Side = tuple[int, int]
"""-1 for what stands before a word and 1 for what stands after it, and the place of that there."""


def crossed(reading: Reading, line: Line, slots: list[Slot]) -> tuple[Word, Word] | None:
    """Two words of which each has taken the other's place."""
    alone = [(word, there[0]) for word, there in slots if len(there) == 1]
    table = lexicon.opposites()
    mine = _sides([(word, own.at) for word, own in alone])
    theirs = _sides(sorted(((own, own.at) for _, own in alone), key=lambda one: one[1]))
    for at, (one, here) in enumerate(alone):
        for other, there in alone[at + 1 :]:
            things = named.is_thing(one.text) and named.is_thing(other.text)
            if _told(reading, one) or _told(reading, other) or _by(reading, line, one, here):
                continue
            if all(there.at in {place for _, place in near[here.at]} for near in (mine, theirs)):
                continue  # they stand side by side in both
            if not things and other.stem not in table.get(one.stem, ()):
                continue
            first = mine[here.at] & theirs[there.at]
            second = mine[there.at] & theirs[here.at]
            pairs = [
                (p, q)
                for p in first
                for q in second
                if p[1] != q[1] and not {p[1], q[1]} & {here.at, there.at}
            ]
            kept = (mine[here.at] & theirs[here.at]) | (mine[there.at] & theirs[there.at])
            if pairs and not kept:
                return one, other
    return None


def _sides(words: list[tuple[Word, int]]) -> dict[int, set[Side]]:
    """What stands on either side of each word, by its place in the sentence."""
    found: dict[int, set[Side]] = {place: set() for _, place in words}
    for (one, place), (other, after) in pairwise(words):
        if one.segment == other.segment:
            found[place].add((1, after))
            found[after].add((-1, place))
    return found
