"""What stands beside what, in a clause and in the sentence that has its words."""

from __future__ import annotations

from collections.abc import Iterator

from hearth.writing import lexicon
from hearth.writing.evidence import Line
from hearth.writing.parts import Reading, Word


def neighbours(reading: Reading, word: Word, line: Line) -> Iterator[list[Word]]:
    """What stands right before and after a word in its part, as words of the source."""
    mine = [
        one
        for one in reading.words
        if one is word or (binds(one) and one.part == word.part and line.words(one))
    ]
    at = next(place for place, one in enumerate(mine) if one is word)
    if at > 0:
        yield line.words(mine[at - 1])
    if at < len(mine) - 1:
        yield line.words(mine[at + 1])


def binds(word: Word) -> bool:
    return word.key not in lexicon.GENERAL and word.stem not in lexicon.RELATIONS


FEW = 8  # times that a word may stand in a sentence to be told apart


def bound(reading: Reading, word: Word, line: Line) -> list[Word]:
    """The words of the source that this one stands for: those beside what it stands beside here,
    if there are any."""
    others = line.words(word)
    others = [one for one in others if one.stem == word.stem] or others
    if len(others) <= FEW and any(
        one.text == word.text and heads(line.reading, one) for one in others
    ):
        others = [one for one in others if one.text == word.text]
    if len(others) < 2:
        return others
    near = [one for ones in neighbours(reading, word, line) for one in ones]
    for there in ({one.segment for one in near}, {-1 - one.part for one in near}):
        beside = [one for one in others if one.segment in there or -1 - one.part in there]
        if beside:
            return beside
    return others


def heads(reading: Reading, word: Word) -> bool:
    """Whether a word is the first that a negation reaches: what is denied."""
    for one in reading.negations:
        reached = [other for other in reading.words if one.start < other.at < one.end]
        strong = [other for other in reached if not other.light and binds(other)] or reached
        near = [other for other in strong if not _related(reading, one.start, other.at)]
        strong = near or reached
        if strong and (strong[0] is word or reached[0] is word):
            return True
    return False


def _related(reading: Reading, start: int, at: int) -> bool:
    """Whether a word is in what "who" tells of another ("a person who swallowed it")."""
    return any(token in ("who", "which") for token in reading.tokens[start:at])
