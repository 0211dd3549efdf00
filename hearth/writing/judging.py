"""One clause of a statement, held against every sentence there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hearth.writing import binding, places, restriction, spoken, timing
from hearth.writing.evidence import Line
from hearth.writing.parts import Reading

MARGIN = 0.5  # how much worse than the best a sentence may fit


class Fault(NamedTuple):
    """Why a statement is struck: `code` for programs, `text` for people."""

    code: str
    text: str


class Tried(NamedTuple):
    """A sentence, and how a clause's words stand to it."""

    fit: spoken.Fit
    line: Line


def judge(reading: Reading, evidence: Sequence[Line]) -> tuple[list[Fault], Line | None, bool]:
    """The faults of one clause against the sentence that fits it best; whether a condition of that
    sentence is left out."""
    tried = [Tried(spoken.fit(reading, line, evidence), line) for line in evidence]
    able = [one for one in tried if not one.fit.missing]
    if not able:
        fewest = min(len(one.fit.missing) for one in tried)
        near = [one for one in tried if len(one.fit.missing) == fewest]
        missing, line = max(near, key=lambda one: one.fit.score)
        far = fewest > len(reading.content) / 2
        return [Fault(*one) for one in missing.missing], None if far else line, False
    best = max(one.fit.score for one in able)
    if evaded := _evaded(tried, best):
        return evaded, None, False
    able = [one for one in able if one.fit.score >= best - MARGIN]
    judged = []
    for fit, line in able:
        faults = [Fault(*one) for one in binding.faults(reading, line)]
        faults = faults or _put_in_place(reading, fit, line, tried)
        faults = faults or _out_of_time(reading, line, evidence)
        left = restriction.left_out(reading, line)
        if not faults and left and reading.figures and _rivals(reading, line, able):
            faults = [Fault("number", "the figure is for a case that is not named")]
        judged.append((len(faults), left, -fit.score, faults, line))
    _, left, fits, faults, line = min(judged, key=lambda one: one[:3])
    denied = [
        wrong[0]
        for _, _, score, wrong, _ in judged
        if wrong and score <= fits and all(one.code == "negation" for one in wrong)
    ]
    if not faults and denied:
        faults = denied[:1]
    return faults, line, left


def _evaded(tried: Sequence[Tried], best: float) -> list[Fault]:
    """That the sentence which fits best says the opposite: none that fits less makes that good."""
    for fit, _ in tried:
        if fit.score > best + MARGIN and any(code == "opposite" for code, _ in fit.missing):
            return [Fault(*one) for one in fit.missing if one[0] == "opposite"]
    return []


def _put_in_place(
    reading: Reading, fit: spoken.Fit, line: Line, tried: Sequence[Tried]
) -> list[Fault]:
    """What stands where another sentence that has as many of the words has something else."""
    return [
        Fault(*one)
        for theirs, other in tried
        if other is not line and theirs.missing and theirs.direct >= fit.direct
        for one in places.faults(reading, other)
    ][:1]


def _out_of_time(reading: Reading, line: Line, evidence: Sequence[Line]) -> list[Fault]:
    """That what the sentence says nothing of the time of comes later, or earlier, in another one:
    of two sentences in one, either may be the one that fits best."""
    if timing.TIMES.intersection(line.reading.tokens):
        return []
    return [
        Fault(*one)
        for other in evidence
        if other is not line
        for one in timing.faults(reading, other)
    ][:1]


def _rivals(reading: Reading, line: Line, able: Sequence[Tried]) -> bool:
    """Whether another sentence that fits the words as well gives another figure of that kind."""
    return any(
        other is not line
        and not restriction.left_out(reading, other)
        and any(
            figure.unit == theirs.unit and figure.value != theirs.value
            for figure in reading.figures
            for theirs in other.reading.figures
        )
        for _, other in able
    )
