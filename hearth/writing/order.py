"""Who does what to whom: words of a sentence that have changed places in a clause.

A clause and its sentence are compared word by word, without grammar. Three things give away that
two words have changed places: what stands before a verb stands after it there, and the reverse
("people kill germs"); what stands on both sides of "than" or a preposition has changed sides; and
two words have each other's neighbours ("open the lowest tap … from the highest"). What a list
holds may stand in any order, and a passive turns its verb round.
"""

from __future__ import annotations

from itertools import pairwise

from hearth.ask.words import among
from hearth.writing import general, lexicon, named
from hearth.writing.crossing import Slot, crossed
from hearth.writing.evidence import Line, Pair
from hearth.writing.parts import Reading, Word
from hearth.writing.quantities import Quantity

WIDE = 4  # words between a verb and a thing that it may be about
OFTEN = 4  # what the sentence has more often tells no order
FAR = 5  # tokens between a verb and what stands beside it
_BETWEEN = among("than into onto from to on in against before after of under over with for")
_PASSIVE = among("is are was were be been being get gets got by")
_BOTH_WAYS = among("touch meet mix combin contact react join mean equal")
"""Stems of verbs that say the same whichever of the two comes first."""
_ARTICLES = among("a an the any some all your")
_KIND = "=kind"
_RELATIVE = among("that which who whose where")
_LISTING = among(", and or nor / ;")


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    slots = [
        (word, there)
        for word in reading.words
        if (there := line.words(word)) and len(there) <= OFTEN
    ]
    for one, other in pairwise(slots):
        if _changed_sides(reading, line, one, other):
            return [_said(one[0], other[0])]
    for verb, other in pairwise(slots):
        if _aside(reading, line, verb, other):
            return [("relation", f'the source does not say this of "{other[0].text}"')]
    for one in slots:
        if _measured(reading, line, one):
            return [("relation", f'the source gives another amount of "{one[0].text}"')]
    if found := _compared(reading, line, slots):
        return [_said(*found)]
    for at, verb in enumerate(slots):
        if named.is_thing(verb[0].text) or verb[0].stem in _BOTH_WAYS:
            continue
        for one in slots[max(0, at - WIDE) : at]:
            for other in slots[at + 1 : at + 1 + WIDE]:
                beside = one is slots[at - 1] and other is slots[at + 1]
                beside = beside and not (_manner(one[0]) or _manner(other[0]))
                things = named.is_thing(one[0].text) and named.is_thing(other[0].text)
                if (beside or things) and _turned_round(reading, line, one, verb, other):
                    return [_said(one[0], other[0])]
    if found := crossed(reading, line, slots):
        return [_said(*found)]
    return []


def _manner(word: Word) -> bool:
    """Whether a word says how, and not who or what."""
    return word.key not in lexicon.GENERAL and general.names_nothing(word)


def _said(one: Word, other: Word) -> Pair:
    return ("relation", f'"{one.text}" and "{other.text}" have changed places')


def _changed_sides(reading: Reading, line: Line, one: Slot, other: Slot) -> bool:
    """Whether two words on both sides of one preposition stand the other way round there."""
    between = reading.tokens[one[0].at + 1 : other[0].at]
    marks = _BETWEEN.intersection(between)
    if _KIND in (one[0].key, other[0].key):  # "some kind of raft", "a raft of some kind"
        return False
    if not marks or one[0].segment != other[0].segment or _LISTING.intersection(between):
        return False
    pairs = [(a, b) for a in one[1] for b in other[1] if a.part == b.part]
    return bool(pairs) and all(b.at < a.at and _joined(line.reading, b, a, marks) for a, b in pairs)


def _joined(source: Reading, one: Word, other: Word, marks: frozenset[str]) -> bool:
    between = source.tokens[one.at + 1 : other.at]
    return (
        len(between) <= FAR
        and bool(marks.intersection(between))
        and not _LISTING.intersection(between)
    )


def _aside(reading: Reading, line: Line, verb: Slot, other: Slot) -> bool:
    """Whether a verb has for its object what the source only tells about its object: "kills
    people" for "kills the germs that make people ill"."""
    between = reading.tokens[verb[0].at + 1 : other[0].at]
    thing = named.is_thing(other[0].text) or other[0].key in lexicon.GENERAL
    if not set(between) <= _ARTICLES or not thing:
        return False
    said = {id(one) for word in reading.words for one in line.words(word)}
    for act in verb[1]:
        things = [one for one in line.reading.content if one.at > act.at and one.part == act.part]
        if not things or id(things[0]) in said or not named.is_thing(things[0].text):
            continue
        tokens = line.reading.tokens
        if set(tokens[act.at + 1 : things[0].at]) <= _ARTICLES and all(
            _RELATIVE.intersection(tokens[things[0].at : one.at]) for one in other[1]
        ):
            return True
    return False


def _measured(reading: Reading, line: Line, one: Slot) -> bool:
    """Whether a thing has the amount here that another has there: "2 spoons of salt"."""
    amount = _amount(reading, one[0])
    theirs = [_amount(line.reading, word) for word in one[1]]
    same = [
        figure for figure in line.reading.figures
        if amount and (figure.value, figure.unit) == (amount.value, amount.unit)
    ]  # fmt: skip
    return bool(
        amount
        and any(theirs)
        and not any(found in same for found in theirs)
        and any(line.reading.tokens[figure.end : figure.end + 1] == ["of"] for figure in same)
    )


def _amount(reading: Reading, word: Word) -> Quantity | None:
    """The figure of which a word tells what it measures."""
    for figure in reading.figures:
        if reading.tokens[figure.end : figure.end + 1] == ["of"]:
            after = [one for one in reading.content if one.at > figure.end]
            if after and after[0] is word and word.at - figure.end <= FAR:
                return figure
    return None


def _compared(reading: Reading, line: Line, slots: list[Slot]) -> tuple[Word, Word] | None:
    """Two things of which the one is "more than" the other here, and less there."""
    for at, token in enumerate(reading.tokens):
        if token != "than":
            continue
        near = [one for one in slots if one[0].segment == reading.segments[at]]
        before = [one for one in near if one[0].at < at and named.is_thing(one[0].text)][-1:]
        after = [one for one in near if one[0].at > at and named.is_thing(one[0].text)][:1]
        for place, theirs in enumerate(line.reading.tokens):
            if theirs == "than" and before and after:
                first = any(one.at < place for one in after[0][1])
                second = any(one.at > place for one in before[0][1])
                kept = any(one.at < place for one in before[0][1])
                if first and second and not kept:
                    return before[0][0], after[0][0]
    return None


def _turned_round(reading: Reading, line: Line, one: Slot, verb: Slot, other: Slot) -> bool:
    """Whether what stands before and after a verb stands after and before it there."""
    if not _active(reading, one[0], verb[0], other[0]):
        return False
    triples = [(a, v, b) for a in one[1] for v in verb[1] for b in other[1]]
    return any(
        b.at < v.at < a.at and a.at - v.at <= FAR and _active(line.reading, b, v, a)
        for a, v, b in triples
    ) and not any(a.at < v.at < b.at for a, v, b in triples)


def _active(reading: Reading, one: Word, verb: Word, other: Word) -> bool:
    """Whether a verb stands between two words of one thought, in no list and not passive."""
    tokens = reading.tokens
    near = [*tokens[verb.at - 1 : verb.at], *tokens[verb.at + 1 : verb.at + 2]]
    return (
        one.segment == verb.segment == other.segment
        and not _PASSIVE.intersection(tokens[one.at + 1 : other.at])
        and "of" not in tokens[verb.at + 1 : other.at]
        and not _LISTING.intersection(near)
    )
