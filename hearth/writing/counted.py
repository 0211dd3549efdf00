"""How many negations a clause has, and how many the stretch of the sentence that it takes over."""

from __future__ import annotations

from hearth.writing import lexicon
from hearth.writing.beside import bound
from hearth.writing.evidence import Line, Pair
from hearth.writing.excuses import meant, warns
from hearth.writing.negating import KEEPING
from hearth.writing.parts import Negation, Reading

VERBATIM = 0.85
"""The share of the source's words from which on it is taken nearly whole."""


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    if "before" in line.reading.tokens and "yet" in reading.tokens:
        return []  # "before you set it up", "if you have not set it up yet"
    if (whole := _whole_parts(reading, line)) is not None:
        theirs = _own(line.reading) + sum(
            line.reading.parts[one.end - 1] in whole and _concerns(reading, line, one)
            for one in line.reading.negations
        )
        mine = _own(reading) + sum(
            _reaches(reading, one) and not _to_keep(reading.tokens, one.start)
            for one in reading.negations
        )
        if "before" in reading.tokens and "without" in line.reading.tokens:
            mine = theirs  # "do not eat it without melting it", "melt it before you eat it"
        if "only" in line.reading.tokens and "until" in reading.tokens:
            mine = theirs  # "go back only when it is safe", "do not go back until it is safe"
        if (theirs == 0) != (mine == 0) and not warns(reading) and not _of_all(reading):
            return [("negation", "the source denies more, or less")]
    if _said(reading) and not (line.reading.negations or _denies(line.reading)):
        return [("negation", "the source does not deny it")]
    return []


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
    return any(lexicon.negated(token) or token in lexicon.RESTRICTORS for token in source.tokens)


def _of_all(reading: Reading) -> bool:
    """Whether a negation denies all that was said before it ("…, so avoid both")."""
    return any(
        reading.segments[one.back] != reading.segments[one.start] for one in reading.negations
    )


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


def _to_keep(tokens: list[str], at: int) -> bool:
    """ "To keep it from slipping, …": what for, and not what not to do."""
    return tokens[at] == "from" and tokens[0] == "to" and tokens[1] in KEEPING


def _own(reading: Reading) -> int:
    """How many words hold their own negation ("undamaged")."""
    return sum(bool(lexicon.negated(token)) for token in reading.tokens)
