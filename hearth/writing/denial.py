"""What a clause denies and affirms, held against what the sentence does.

A word that the source denies may not stand here as affirmed, nor the other way round; whoever takes
a stretch of the source nearly whole keeps its negations, too.
"""

from __future__ import annotations

from hearth.writing import lexicon
from hearth.writing.beside import bound, heads, neighbours
from hearth.writing.evidence import Line, Pair
from hearth.writing.parts import Negation, Reading, Word

VERBATIM = 0.85
"""The share of the source's words from which on it is taken nearly whole."""
PRONOUNS = frozenset(("it", "its", "they", "them", "their", "this", "that", "these", "those"))


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    for word in reading.words:
        if word.key in lexicon.GENERAL:
            continue
        others = bound(reading, word, line)
        if not others:
            continue
        if word.turned and not any(other.turned for other in others):
            if heads(reading, word) or not _turned_beside(reading, word, line):
                return [("negation", f'the source does not deny "{word.text}"')]
        elif not word.turned and all(other.turned for other in others):
            if word.reached or not _excused(reading, word, line, others):
                return [("negation", f'the source denies "{word.text}"')]
        elif not word.turned and any(other.turned for other in others):
            alone = not any(True for _ in neighbours(reading, word, line))
            if alone and not word.light:
                return [("negation", f'the source denies "{word.text}" elsewhere')]
    if (undone := _undone(reading, line)) is not None:
        return [("negation", f'the source says "{undone.text}"')]
    if (whole := _whole_parts(reading, line)) is not None:
        theirs = sum(
            line.reading.parts[one.end - 1] in whole and _concerns(reading, line, one)
            for one in line.reading.negations
        )
        if theirs != len(reading.negations):
            return [("negation", "the source denies more, or less")]
    if reading.negations and not (line.reading.negations or _denies(line.reading)):
        return [("negation", "the source does not deny it")]
    return []


def _undone(reading: Reading, line: Line) -> Word | None:
    """What the source tells to undo, where the clause tells something without saying that."""
    for word in line.reading.words:
        if word.key in lexicon.undoing() and not word.turned:
            own = [one for one in line.reading.words if one.part == word.part]
            used = {id(other) for one in reading.content for other in line.words(one)}
            told = own[0] is word and any(id(one) in used for one in own[1:])
            if told and id(word) not in used and not reading.negations:
                return word
    return None


def _concerns(reading: Reading, line: Line, negation: Negation) -> bool:
    """Whether a negation of the source reaches a word that the clause has, or none that says
    anything."""
    reached = [one for one in line.reading.content if negation.start < one.at < negation.end]
    used = {id(other) for word in reading.content for other in line.words(word)}
    return not reached or any(id(one) in used for one in reached)


def _whole_parts(reading: Reading, line: Line) -> set[int] | None:
    """The parts of the source that the clause takes over nearly whole, if it takes no others."""
    used = {id(other) for word in reading.content for other in bound(reading, word, line)}
    sizes: dict[int, list[bool]] = {}
    for word in line.reading.content:
        sizes.setdefault(word.part, []).append(id(word) in used)
    whole = {part for part, taken in sizes.items() if sum(taken) >= VERBATIM * len(taken)}
    some = {part for part, taken in sizes.items() if any(taken)}
    return whole if whole and whole == some else None


def _denies(source: Reading) -> bool:
    return any(token in lexicon.NEGATED or token in lexicon.RESTRICTORS for token in source.tokens)


def _turned_beside(reading: Reading, word: Word, line: Line) -> bool:
    """Whether another word that the same negation reaches is denied in the source too."""
    return any(
        other is not word and other.turned and any(one.turned for one in line.words(other))
        for other in reading.words
        if other.segment == word.segment
    )


def _excused(reading: Reading, word: Word, line: Line, others: list[Word]) -> bool:
    """Whether a word that the source denies may stand here undenied: it is not what the source
    denies first, and something else in this clause is denied as there ("water that smells of fuel
    must not be drunk"), or the source goes on about it ("…, because they …")."""
    if any(heads(line.reading, other) for other in others):
        return False
    if any(one.turned and any(other.turned for other in line.words(one)) for one in reading.words):
        return True
    borrowed = _borrowing(line.reading)
    mine = {one.segment for one in reading.words if one.segment == word.segment}
    beside = [
        other
        for one in reading.words
        if one is not word and one.segment in mine
        for other in line.words(one)
    ]
    return bool(borrowed) and any(other.segment in borrowed for other in beside)


def _borrowing(source: Reading) -> set[int]:
    """Segments that begin by pointing back to what was said before."""
    found = set()
    for at, segment in enumerate(source.segments):
        first = at == 0 or source.segments[at - 1] != segment
        if first and segment and PRONOUNS & set(source.tokens[at : at + 3]):
            found.add(segment)
    return found
