"""A denial that the source puts in other words: what it asks to keep from happening, to wait for,
to do instead."""

from __future__ import annotations

from hearth.writing import lexicon
from hearth.writing.beside import heads
from hearth.writing.evidence import Line
from hearth.writing.negating import KEEPING
from hearth.writing.parts import Reading, Word


def borne_out(reading: Reading, word: Word, line: Line) -> bool:
    """Whether a word that is denied here, and not there, is denied there in other words."""
    if _kept(reading, word, line) or _until(reading, word, line):
        return True
    if _by_opposite(reading, word, line) or _not_yet(reading, word, line):
        return True
    first = _denied_first(reading, word, line) and "only" not in line.reading.tokens
    return not first and _turned_beside(reading, word, line)


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


def _not_yet(reading: Reading, word: Word, line: Line) -> bool:
    """ "If you have not set it up yet", where the source says "before you have set it up"."""
    return "yet" in reading.tokens and any(
        "before" in line.reading.tokens[max(0, one.at - 4) : one.at] for one in line.words(word)
    )


def _turned_beside(reading: Reading, word: Word, line: Line) -> bool:
    """Whether another word that the same negation reaches is denied in the source too."""
    own = [one for one in reading.negations if one.reaches(word.at)]
    return any(
        other is not word and other.turned and any(one.turned for one in line.words(other))
        for other in reading.words
        if other.key not in lexicon.GENERAL and any(one.reaches(other.at) for one in own)
    )
