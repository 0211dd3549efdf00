"""What a clause denies and affirms, held against what the sentence does.

A word that the source denies may not stand here as affirmed, nor the other way round.
"""

from __future__ import annotations

from hearth.ask.words import among
from hearth.writing import counted, lexicon, otherwise
from hearth.writing.beside import binds, bound, heads, neighbours
from hearth.writing.evidence import Line, Pair
from hearth.writing.excuses import conditions, excused, meant, so_that
from hearth.writing.parts import Reading, Word
from hearth.writing.quantities import MORE

_APART = "=stai-awai"
_AWAY = among("out off away")
"""What says in other words that something is undone ("pull it out")."""


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    for word in reading.words:
        if word.key in lexicon.GENERAL or word.stem in lexicon.RELATIONS:
            continue
        if said := _of_word(reading, word, line):
            return [("negation", said)]
    if (twice := _twice(reading, line)) is not None:
        return [("negation", f'the source denies "{twice.text}" once')]
    if (shared := _condition(reading, line)) is not None:
        return [("negation", f'the source has it otherwise that "{shared.text}"')]
    if (undone := _undone(reading, line)) is not None:
        return [("negation", f'the source says "{undone.text}"')]
    return counted.faults(reading, line)


def _of_word(reading: Reading, word: Word, line: Line) -> str:
    """What is wrong with the denial of one word, or ""."""
    others = bound(reading, word, line)
    kin = [one for key in word.others for one in line.by_key.get(key, ())]
    if not others or any(one.turned == word.turned for one in kin):
        return ""
    denied = [other.turned for other in others]
    if word.turned:
        denied += [other.turned for other in line.words(word)]
        slight = word.light and word.stem not in lexicon.opposites()
        aim = meant(reading, word.at) and not so_that(line.reading)
        if any(denied) or slight or aim or otherwise.borne_out(reading, word, line):
            return ""
        return f'the source does not deny "{word.text}"'
    if all(denied):
        again = any(one.turned and one.key == word.key for one in reading.words)
        if again or (not word.reached and excused(reading, word, line, others)):
            return ""
        return f'the source denies "{word.text}"'
    alone = any(denied) and not any(True for _ in neighbours(reading, word, line))
    if alone and not word.light and not excused(reading, word, line, []):
        return f'the source denies "{word.text}" elsewhere'
    return ""


def _condition(reading: Reading, line: Line) -> Word | None:
    """A word of a condition that is denied in the one and not in the other ("if it does not
    help", "if it helps")."""
    mine, theirs = conditions(reading), conditions(line.reading)
    if "within" in line.reading.tokens and any(one.bound == MORE for one in reading.figures):
        return None  # "if it does not stop within 1 hour", "if it lasts more than 1 hour"
    for segment in mine:
        words = [one for one in reading.words if one.segment == segment]
        denied = any(reading.segments[one.start] == segment for one in reading.negations)
        for other in theirs:
            there = any(line.reading.segments[one.start] == other for one in line.reading.negations)
            shared = [
                one for one in words
                if one.key not in lexicon.GENERAL
                and any(two.segment == other for two in line.words(one))
            ]  # fmt: skip
            plain = [two for one in shared for two in line.words(one) if two.segment == other]
            if shared and there and not denied and not any(one.turned for one in words):
                return shared[0]
            if (
                shared
                and not there
                and all(one.turned for one in shared)
                and not any(two.turned for two in plain)
            ):
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
            meant = id(word) in used and word.key != _APART
            if told and not meant and not denied and not _AWAY.intersection(reading.tokens):
                return word
    return None


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
