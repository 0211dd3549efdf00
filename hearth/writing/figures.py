"""The figures of a clause, held against those of the sentence that has its words.

A figure must stand there with its value and unit, for the same thing as here, and with the same
bound where that decides ("more than"); nothing is converted.
"""

from __future__ import annotations

from itertools import pairwise

from hearth.writing import quantities
from hearth.writing.evidence import Line, Pair
from hearth.writing.parts import Reading
from hearth.writing.quantities import Quantity

NEAR = 8
"""Tokens around a figure that tell what it is for."""
_EMPTY = frozenset(("a", "an", "the", "of", "to", "and", ",", "is", "are", "be", "it"))
_LIMITS = {"minimum": quantities.LEAST, "maximum": quantities.MOST}
"""What says it at the start: "the minimum for adults is 3 litres"."""
_STRICT = (quantities.MORE, quantities.LESS)


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    found: list[Pair] = []
    used: dict[int, int] = {}
    for one in reading.figures:
        fits = [other for other in line.reading.figures if _equal(one, other, line)]
        if not fits:
            known = any(one.value == other.value for other in line.reading.figures)
            code = "unit" if known else "number"
            found.append((code, f"{one.said} is not in the source"))
            continue
        near = [(_nearness(reading, one, line.reading, other), other) for other in fits]
        best, taken = max(near, key=lambda pair: pair[0])
        rivals = [
            _nearness(reading, one, line.reading, other)
            for other in line.reading.figures
            if other.unit == one.unit and other.value != one.value
        ]
        used[id(taken)] = used.get(id(taken), 0) + 1
        if (
            rivals
            and (max(rivals) > best or used[id(taken)] > 1)
            and not _all_in_order(reading, line.reading, one.unit)
        ):
            found.append(("number", f"{one.said} stands for something else in the source"))
        elif not any(
            _bound_fits(one.bound, _bound(line.reading, other))
            or (one.bound == quantities.MORE and _not_within(line.reading, other))
            for other in fits
        ):
            found.append(("bound", f'"{one.bound or "exactly"} {one.said}" is not in the source'))
    for one, other in pairwise(reading.figures):
        joined = reading.tokens[one.end : other.at] in (["to"], ["-"], ["–"])
        if (
            joined
            and not _dialled(reading, one, other)
            and not _ranges(one, other, line)
            and one.unit == other.unit
            and one.value > other.value
        ):
            found.append(("number", f"{one.said} to {other.said} runs backwards"))
    return found


def _all_in_order(reading: Reading, source: Reading, unit: str) -> bool:
    """Whether a clause gives all figures of a unit that the source gives, in its order."""
    mine = [one.value for one in reading.figures if one.unit == unit]
    return len(mine) > 1 and mine == [one.value for one in source.figures if one.unit == unit]


def _not_within(source: Reading, figure: Quantity) -> bool:
    """ "if it does not go away within 1 hour": then it lasts longer."""
    denied = any(one.reaches(figure.at) for one in source.negations)
    return figure.bound == quantities.MOST and denied


def _ranges(one: Quantity, other: Quantity, line: Line) -> bool:
    """Whether the source has the two one after the other, too."""
    pairs = pairwise(line.reading.figures)
    return any(a.value == one.value and b.value == other.value for a, b in pairs)


def _dialled(reading: Reading, one: Quantity, other: Quantity) -> bool:
    """Whether two figures are parts of a number with more parts: 800-222-1222."""
    dashes = ["-", "–"]
    before, after = reading.tokens[one.at - 1 : one.at], reading.tokens[other.end : other.end + 1]
    return any(dash in dashes for dash in before + after)


def _bound(source: Reading, figure: Quantity) -> str:
    """The bound of a figure; the ends of a range are its least and its most."""
    if figure.bound:
        return figure.bound
    for one, other in pairwise(source.figures):
        if source.tokens[one.end : other.at] in (["to"], ["-"], ["–"]) and one.unit == other.unit:
            if other is figure:
                return quantities.MOST
            if one is figure:
                return quantities.LEAST
    before = source.tokens[: figure.at]
    return next((bound for word, bound in _LIMITS.items() if word in before), "")


def _equal(one: Quantity, other: Quantity, line: Line) -> bool:
    if one.value != other.value:
        return False
    if one.unit == other.unit:
        return True
    if {one.unit, other.unit} <= {"degree", "°C", "°F"}:
        return "degree" in (one.unit, other.unit)
    counted = one.unit[:1] in ("#", "") and other.unit[:1] in ("#", "")
    return counted and (not one.unit or not other.unit or one.unit[1:] in line.by_key)


def _bound_fits(one: str, other: str) -> bool:
    if one in _STRICT or other in _STRICT:
        return one == other
    if one in (quantities.LEAST, quantities.MOST):
        return one == other
    return True


def _nearness(reading: Reading, one: Quantity, source: Reading, other: Quantity) -> float:
    """How alike what stands around two figures is, 0 to 1 (the cosine)."""
    mine, theirs = _around(reading, one), _around(source, other)
    shared = sum(near * theirs[key] for key, near in mine.items() if key in theirs)
    sizes = sum(near**2 for near in mine.values()) * sum(near**2 for near in theirs.values())
    return round(shared / sizes**0.5, 6) if sizes else 0.0


def _around(reading: Reading, figure: Quantity) -> dict[str, float]:
    found: dict[str, float] = {}
    keys = {word.at: word.key for word in reading.words}
    for one in reading.figures:
        keys[one.at] = f"{one.value} {one.unit}"
    segment = reading.segments[figure.at]
    for at in range(max(0, figure.at - NEAR), min(len(reading.tokens), figure.end + NEAR)):
        if figure.at <= at < figure.end or reading.tokens[at] in _EMPTY:
            continue
        if not (reading.tokens[at][0].isalnum() or at in keys):
            continue
        distance = figure.at - at if at < figure.at else at - figure.end + 1
        near = (1.0 if reading.segments[at] == segment else 0.4) / (1 + distance)
        if at not in keys:
            near *= 0.5
        key = keys.get(at, reading.tokens[at])
        found[key] = max(found.get(key, 0.0), near)
    return found
