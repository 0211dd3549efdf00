"""Words that a clause puts where the source has others: another subject, another object."""

from __future__ import annotations

from hearth.ask.wording import imperative
from hearth.ask.words import among
from hearth.writing import general, lexicon, named, own
from hearth.writing.beside import heads, neighbours
from hearth.writing.evidence import Line, Pair
from hearth.writing.excuses import PRONOUNS
from hearth.writing.parts import Reading, Word

_EITHER = among("well back person people part parts light house home room building")
"""Words that name a thing or nothing."""
_ARTICLES = among("a an the your his her its their our any some")


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    return [*_repeats(reading, line), *_replaced(reading, line)]


def _repeats(reading: Reading, line: Line) -> list[Pair]:
    """One thing put in the place of another is often named twice then."""
    counts: dict[str, int] = {}
    spare = sum(token in PRONOUNS for token in line.reading.tokens)
    for word in reading.content:
        if _leads(reading, word) or not (named.is_thing(word.text) or word.text in _EITHER):
            continue
        counts[word.key] = counts.get(word.key, 0) + 1
        others = line.words(word)
        if others and counts[word.key] > max(1, len(others)) + spare:
            return [("subject", f'"{word.text}" is said twice, in the source once')]
    return []


def _replaced(reading: Reading, line: Line) -> list[Pair]:
    """A word that stands where the source has another, of which nothing is said here."""
    source = [(frozenset(word.keys), word.part) for word in line.reading.content]
    mine = [
        (
            frozenset(key for other in line.words(word) for key in other.keys)
            or frozenset(word.keys),
            word.part,
        )
        for word in reading.content
    ]
    said = frozenset(key for keys, _ in mine for key in keys)
    for at, word in enumerate(reading.content):
        absent = not line.words(word)
        new = absent and not line.context.intersection(word.keys)
        thing = named.is_thing(word.text) or word.text in _EITHER
        if not thing:
            continue
        before, after = _sides(mine, at)
        if (not before and not after) or _verb(word, reading, line):
            continue
        if not new:
            if not (before and after) and _in_place(reading, word, line):
                continue
            if _as_here(source, mine[at][0], before, after):
                continue
        for place, other in enumerate(line.reading.content):
            if source[place][0] & said:
                continue
            one_side = new and thing and named.is_thing(other.text)
            fits = _stands(source, place, before, after, one_side)
            if fits and (named.is_thing(other.text) or not _loose(other)):
                return [("subject", f'the source does not say this of "{word.text}"')]
    return []


def _stands(
    source: Placed, place: int, before: frozenset[str], after: frozenset[str], one_side: bool
) -> bool:
    """Whether a word of the source stands between these, or has one of them on its side."""
    left, right = _sides(source, place)
    if one_side and (left & before or right & after):
        return True
    fits = bool(left & before) if before else not left
    return fits and (bool(right & after) if after else not right)


def _loose(word: Word) -> bool:
    """Whether a word of the source may be missing without another in its place."""
    if word.text in _EITHER:
        return False
    return word.stem in lexicon.RELATIONS or general.names_nothing(word)


Placed = list[tuple[frozenset[str], int]]
"""Words in their order: what each stands for, and its part."""


def _sides(words: Placed, at: int) -> tuple[frozenset[str], frozenset[str]]:
    """The words right before and after one in its part; empty where it is the first or last."""
    part, nothing = words[at][1], frozenset[str]()
    before = words[at - 1] if at else (nothing, -1)
    after = words[at + 1] if at + 1 < len(words) else (nothing, -1)
    return (
        before[0] if before[1] == part else nothing,
        after[0] if after[1] == part else nothing,
    )


def _as_here(
    source: Placed, own: frozenset[str], before: frozenset[str], after: frozenset[str]
) -> bool:
    """Whether the word stands right beside one of its neighbours in the source, too."""
    for place, (other, _) in enumerate(source):
        if other & own:
            left, right = _sides(source, place)
            if left & before or right & after or (left & after and right & before):
                return True
    return False


def _verb(word: Word, reading: Reading, line: Line) -> bool:
    """Whether a word is what is to be done: it leads an instruction here, or a negation or a part
    of the source."""
    if not line.words(word) and not line.context.intersection(word.keys):
        return False
    if _owned(reading, word):
        return False
    firsts = {one.part: one for one in reversed(reading.words)}
    leads = firsts[word.part] is word and not own.stands_as_subject(reading, word)
    if leads or heads(reading, word):
        return True
    firsts = {one.part: one for one in reversed(line.reading.words)}
    return any(
        heads(line.reading, one) or (firsts[one.part] is one and not _owned(line.reading, one))
        for one in line.words(word)
    )


def _owned(reading: Reading, word: Word) -> bool:
    """Whether an article or "its" stands before a word: then it is a thing."""
    return bool(word.at) and reading.tokens[word.at - 1] in _ARTICLES


def _leads(reading: Reading, word: Word) -> bool:
    """Whether a word is the verb of an instruction."""
    return reading.content[0] is word and imperative(reading.text)


def _in_place(reading: Reading, word: Word, line: Line) -> bool:
    """Whether the source has the word in the same part as what stands beside it here."""
    near = {one.part for ones in neighbours(reading, word, line) for one in ones}
    return any(other.part in near for other in line.words(word))
