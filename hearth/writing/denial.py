"""What a clause denies and affirms, held against what the sentence does.

A word that the source denies may not stand here as affirmed, nor the other way round; whoever takes
a stretch of the source nearly whole keeps its negations, too.
"""

from __future__ import annotations

from hearth.ask.words import among
from hearth.writing import lexicon
from hearth.writing.beside import binds, bound, heads, neighbours
from hearth.writing.evidence import Line, Pair
from hearth.writing.excuses import conditions, excused, meant, so_that, warns
from hearth.writing.parts import Negation, Reading, Word
from hearth.writing.quantities import MORE
from hearth.writing.thoughts import KEEPING

VERBATIM = 0.85
"""The share of the source's words from which on it is taken nearly whole."""


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    for word in reading.words:
        if word.key in lexicon.GENERAL or word.stem in lexicon.RELATIONS:
            continue
        others = bound(reading, word, line)
        if not others:
            continue
        kin = [one for key in word.others for one in line.by_key.get(key, ())]
        if kin and any(one.turned == word.turned for one in kin):
            continue
        if word.turned and word.light and word.stem not in lexicon.opposites():
            continue
        if word.turned and meant(reading, word.at) and not so_that(line.reading):
            continue
        if word.turned and _kept(reading, word, line):
            continue
        if word.turned and not any(other.turned for other in others):
            if _until(reading, word, line) or _by_opposite(reading, word, line):
                continue
            if _denied_first(reading, word, line) or not _turned_beside(reading, word, line):
                return [("negation", f'the source does not deny "{word.text}"')]
        elif not word.turned and all(other.turned for other in others):
            if any(one.turned and one.key == word.key for one in reading.words):
                continue
            if word.reached or not excused(reading, word, line, others):
                return [("negation", f'the source denies "{word.text}"')]
        elif not word.turned and any(other.turned for other in others):
            alone = not any(True for _ in neighbours(reading, word, line))
            if alone and not word.light and not excused(reading, word, line, []):
                return [("negation", f'the source denies "{word.text}" elsewhere')]
    if (twice := _twice(reading, line)) is not None:
        return [("negation", f'the source denies "{twice.text}" once')]
    if (verb := _mere_verb(reading, line)) is not None:
        return [("negation", f'the source does not deny "{verb.text}"')]
    if (word_ := _condition(reading, line)) is not None:
        return [("negation", f'the source has it otherwise that "{word_.text}"')]
    if (undone := _undone(reading, line)) is not None:
        return [("negation", f'the source says "{undone.text}"')]
    if (whole := _whole_parts(reading, line)) is not None:
        theirs = sum(
            line.reading.parts[one.end - 1] in whole and _concerns(reading, line, one)
            for one in line.reading.negations
        )
        theirs += _own(line.reading)
        count = sum(_reaches(reading, one) for one in reading.negations) + _own(reading)
        if "before" in reading.tokens and "without" in line.reading.tokens:
            count = theirs  # "do not eat it without melting it", "melt it before you eat it"
        if (theirs == 0) != (count == 0) and not warns(reading) and not _of_all(reading):
            return [("negation", "the source denies more, or less")]
    if _said(reading) and not (
        line.reading.negations or _denies(line.reading)
    ):
        return [("negation", "the source does not deny it")]
    return []


def _condition(reading: Reading, line: Line) -> Word | None:
    """A word of a condition that is denied in the one and not in the other ("if it does not
    help", "if it helps")."""
    mine, theirs = conditions(reading), conditions(line.reading)
    if "within" in line.reading.tokens and any(one.bound == MORE for one in reading.figures):
        return None  # "if it does not stop within 1 hour", "if it lasts more than 1 hour"
    for segment in mine:
        words = [one for one in reading.content if one.segment == segment]
        denied = any(reading.segments[one.start] == segment for one in reading.negations)
        for other in theirs:
            there = any(line.reading.segments[one.start] == other for one in line.reading.negations)
            shared = [
                one for one in words
                if one.key not in lexicon.GENERAL
                and any(two.segment == other for two in line.words(one))
            ]  # fmt: skip
            if shared and there and not denied and not any(one.turned for one in words):
                return shared[0]
    return None


def _undone(reading: Reading, line: Line) -> Word | None:
    """What the source tells to undo, where the clause tells something without saying that."""
    for word in line.reading.words:
        if word.key in lexicon.undoing() and not word.turned:
            own = [one for one in line.reading.words if one.part == word.part]
            used = {id(other) for one in reading.words for other in line.words(one)}
            told = own[0] is word and any(id(one) in used for one in own[1:2])
            denied = any(
                one.turned for one in reading.words
                if any(id(other) == id(two) for other in line.words(one) for two in own[1:3])
            )  # fmt: skip
            if told and id(word) not in used and not denied:
                return word
    return None


def _concerns(reading: Reading, line: Line, negation: Negation) -> bool:
    """Whether a negation of the source reaches a word that the clause has, or none that says
    anything."""
    if not _reaches(line.reading, negation):
        return False
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
    slight = set(line.reading.parts) - set(sizes)
    return whole | slight if whole and whole == some else None


def _denies(source: Reading) -> bool:
    return any(token in lexicon.NEGATED or token in lexicon.RESTRICTORS for token in source.tokens)


def _of_all(reading: Reading) -> bool:
    """Whether a negation denies all that was said before it ("…, so avoid both")."""
    return any(
        reading.segments[one.back] != reading.segments[one.start] for one in reading.negations
    )


def _twice(reading: Reading, line: Line) -> Word | None:
    """A word that both have as often, more than once, but only the source denies once."""
    for word in reading.content:
        mine = [one for one in reading.content if one.key == word.key]
        theirs = [one for one in line.reading.content if one.key == word.key]
        if len(mine) < 2 or len(mine) != len(theirs) or not binds(word):
            continue
        if any(heads(line.reading, one) for one in theirs) and not any(one.turned for one in mine):
            return word
    return None


def _mere_verb(reading: Reading, line: Line) -> Word | None:
    """A verb that says little by itself, and is all that a negation denies here and not there."""
    for one in reading.negations:
        reached = [word for word in reading.words if one.start < word.at < one.end]
        if not reached or meant(reading, reached[0].at):
            continue
        if reached[0].text in _MERE and all(
            word.light or word.stem in lexicon.RELATIONS for word in reached
        ):
            others = line.words(reached[0])
            if others and not any(other.turned for other in others):
                return reached[0]
    return None


_MERE = among("get gets make makes keep keeps need needs use uses become becomes follow")


def _said(reading: Reading) -> list[Negation]:
    """The negations that are not only what is to be kept from happening."""
    return [
        one
        for one in reading.negations
        if not meant(reading, one.end - 1) and reading.tokens[one.start] != "from"
    ]


def _reaches(reading: Reading, negation: Negation) -> bool:
    """Whether a negation denies any word, and not only "them"."""
    return any(negation.reaches(word.at) for word in reading.words)


def _own(reading: Reading) -> int:
    """How many words hold their own negation ("undamaged")."""
    return sum(token in lexicon.NEGATED for token in reading.tokens)


def _denied_first(reading: Reading, word: Word, line: Line) -> bool:
    """Whether a word is what a negation denies here: not where that is a verb which is denied there
    too ("you cannot make spoiled food safe", "does not make it safe")."""
    if not heads(reading, word):
        return False
    for one in reading.negations:
        reached = [other for other in reading.words if one.start < other.at < one.end]
        verb = reached[0] if reached else word
        if verb is not word and verb.light and any(other.turned for other in line.words(verb)):
            return False
    return True


def _by_opposite(reading: Reading, word: Word, line: Line) -> bool:
    """ "Do not leave the shelter", where the source says "stay in the shelter"."""
    for one in reading.negations:
        reached = [other for other in reading.words if one.start < other.at < one.end]
        if word in reached[1:] and not line.words(reached[0]):
            against = lexicon.opposites().get(reached[0].stem, ())
            if any(not other.turned for key in against for other in line.by_key.get(key, ())):
                return True
    return False


def _kept(reading: Reading, word: Word, line: Line) -> bool:
    """ "Keep it from spreading", where the source says "prevent the spread"."""
    return bool(KEEPING.intersection(line.reading.tokens)) and any(
        one.reaches(word.at) and reading.tokens[one.start] == "from" for one in reading.negations
    )


def _until(reading: Reading, word: Word, line: Line) -> bool:
    """ "Do not go back until it is safe", where the source says "go back only when it is safe"."""
    waits = any(
        one.reaches(word.at) and reading.tokens[one.end : one.end + 1] in (["until"], ["unless"])
        for one in reading.negations
    )
    return waits and "only" in line.reading.tokens


def _turned_beside(reading: Reading, word: Word, line: Line) -> bool:
    """Whether another word that the same negation reaches is denied in the source too."""
    own = [one for one in reading.negations if one.reaches(word.at)]
    return any(
        other is not word and other.turned and any(one.turned for one in line.words(other))
        for other in reading.words
        if other.key not in lexicon.GENERAL and any(one.reaches(other.at) for one in own)
    )
