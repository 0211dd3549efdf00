"""What points one way in a clause ("before", "above", "hot") and the other way in the sentence."""

from __future__ import annotations

from itertools import pairwise

from hearth.ask.words import among
from hearth.writing import lexicon, negating
from hearth.writing.evidence import Line, Pair
from hearth.writing.parts import Reading

_PLACING = among(
    """before after above below over under underneath beneath into from to inside outside on off up
    down in out towards toward away"""
)
_APART = among(
    """away from off out outside avoid avoids not never no far clear distance leave back beyond
    without apart separate separately remove discard further farther between instead"""
)
"""What tells that things are kept apart."""


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    away = ("away", "from") in pairwise(reading.tokens)
    if away and not _APART.intersection(line.reading.tokens):
        return [("opposite", 'the source does not say "away from"')]
    table = lexicon.opposites()
    mine, theirs = _marks(reading), _marks(line.reading)
    for at, stem in mine:
        against = table.get(stem, frozenset())
        same = [
            place
            for place, other in theirs
            if other == stem or (other not in against and against & table[other])
        ]
        turned = [
            place
            for place, other in theirs
            if other in against and _denied(line.reading, place) == _denied(reading, at)
        ]
        if not turned or _both(mine, theirs, against, stem):
            continue
        if any(other in against for _, other in mine) and _keeps_side(reading, at, line, same):
            continue  # both poles are in both
        if said := _one_way(reading, at, line, same, turned):
            return [("opposite", said)]
    return []


def _keeps_side(reading: Reading, at: int, line: Line, same: list[int]) -> bool:
    """Whether a word has one of the neighbours here that it has there."""
    here = _beside(reading, at, 1)
    return any(_beside(line.reading, place, 1) & here for place in same)


def _one_way(reading: Reading, at: int, line: Line, same: list[int], turned: list[int]) -> str:
    """What is wrong with a word whose opposite is in the sentence, or ""."""
    token, source = reading.tokens[at], line.reading
    right = _objects(reading, at)
    if token in _PLACING and (right or same or token == "to"):
        to_it = [place for place in (*same, *turned) if right & _objects(source, place)]
        if to_it and not set(to_it) & set(same):
            return f'"{token}" is the other way round in the source'
        return ""
    here = _beside(reading, at)
    if not same:
        beside = any(_beside(source, place) & here for place in turned)
        known = _known(reading, at, line)
        return f'the source says the opposite of "{token}"' if beside and not known else ""
    near = max(len(_beside(source, place) & here) for place in same)
    wrong = max(len(_beside(source, place) & here) for place in turned)
    return f'"{token}" is said of something else in the source' if wrong > near else ""


def _denied(reading: Reading, at: int) -> bool:
    return sum(one.reaches(at) for one in reading.negations) % 2 == 1


def _both(
    mine: list[tuple[int, str]], theirs: list[tuple[int, str]], against: frozenset[str], stem: str
) -> bool:
    """Whether a word and its opposite stand in both, in the same order."""
    here = next((at for at, other in mine if other in against), None)
    own = next(at for at, other in mine if other == stem)
    there = next((at for at, other in theirs if other in against), None)
    same = next((at for at, other in theirs if other == stem), None)
    if here is None or there is None or same is None:
        return False
    return (own < here) == (same < there)


def _objects(reading: Reading, at: int) -> frozenset[str]:
    """What follows a preposition: the next word or figure, and the one after "before you reach"."""
    token = reading.tokens[at]
    if token == "to" and any(word.light and word.at == at + 1 for word in reading.words):
        return frozenset()  # "to make"
    things = {word.at: word.key for word in reading.words if not word.light}
    things |= {one.at: f"{one.value} {one.unit}" for one in reading.figures}
    after = sorted(place for place in things if place > at)
    return frozenset(things[place] for place in after[: 1 + (token in _TIMES)])


_TIMES = ("before", "after")


def _marks(reading: Reading) -> list[tuple[int, str]]:
    table = lexicon.opposites()
    found = []
    for at, token in enumerate(reading.tokens):
        if (
            token[0].isalpha()
            and at not in reading.fixed
            and not negating.negates(reading.tokens, at)
            and not (token in ("least", "most", "all") and reading.tokens[at - 1 : at] == ["at"])
            and (stem := lexicon.stem(token)) in table
        ):
            found.append((at, stem))
    return found


def _known(reading: Reading, at: int, line: Line) -> bool:
    return any(word.at == at and line.words(word) for word in reading.words)


def _beside(reading: Reading, at: int, most: int = 2) -> frozenset[str]:
    """What stands right beside a place: so many things on either side."""
    things = {word.at: word.key for word in reading.words}
    things |= {one.at: f"{one.value} {one.unit}" for one in reading.figures}
    after = sorted(place for place in things if place > at)[:most]
    before = sorted((place for place in things if place < at), reverse=True)[:most]
    return frozenset(things[place] for place in after + before)
