"""Whether a written statement is borne out by the passages it cites. Pure: no model, no index.

Every word that names something must stand in one sentence of a cited passage (or be another word
for one that does), and most of the others (`spoken.py`); every figure there with its unit, and
for the same case; what is denied must be denied there, what is affirmed affirmed; what points one
way ("before", "above", "increase") may not point the other way; what restricts ("unless", "only
if") may not be left out. A statement of several clauses may take each from another sentence.
Anything else is struck: a true statement that is struck costs brevity, a false one that is shown
can cost a life.

The rules know English. Of a passage in another language only its own sentences, word for word, are
borne out: what denies or restricts there cannot be seen.

What this cannot see: a false statement made wholly of a sentence's own words in another relation
that none of the rules is about. docs/ask.md says how much was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hearth.writing import binding, places, restriction, spoken
from hearth.writing.clauses import clauses, halves, sentences
from hearth.writing.evidence import Line, lines
from hearth.writing.parts import Reading
from hearth.writing.reading import read

LONGEST = 600  # characters of a statement
MOST_CLAUSES = 8
DEPTH = 2  # how often a sentence may be cut in two
MARGIN = 0.5  # how much worse than the best a sentence may fit


class Fault(NamedTuple):
    """Why a statement is struck: `code` for programs, `text` for people."""

    code: str
    text: str


class Support(NamedTuple):
    """A clause of a statement, and the sentence that bears it out."""

    clause: str
    line: Line


class Tried(NamedTuple):
    """A sentence, and how a clause's words stand to it."""

    fit: spoken.Fit
    line: Line


class Finding:
    """What was found about a statement: `faults` (none: it may be shown), and `supports`, the
    sentences that bear it out, in the order of its clauses. `unsaid` are those of them whose
    condition the statement leaves out, so that they have to be shown with it."""

    __slots__ = ("faults", "supports", "unsaid")

    def __init__(self, faults: list[Fault], supports: list[Support], unsaid: list[Line]) -> None:
        self.faults = faults
        self.supports = supports
        self.unsaid = unsaid


def check(statement: str, passages: Sequence[str], contexts: Sequence[str] = ()) -> list[Fault]:
    """Why `statement` must not be shown as borne out by `passages` (stored texts); [] if it may.

    `contexts` are title and headings of each passage, as "title › heading".
    """
    return examine(statement, lines(passages, contexts)).faults


def examine(statement: str, evidence: Sequence[Line]) -> Finding:
    """Hold a statement against sentences. Never fails for what it says."""
    if len(statement) > LONGEST:
        return Finding([Fault("long", "longer than a statement may be")], [], [])
    reading = read(statement)
    if not reading.content and not reading.figures:
        return Finding([Fault("empty", "it says nothing")], [], [])
    if not evidence:
        return Finding([Fault("citation", "it cites nothing that was retrieved")], [], [])
    for line in evidence:
        if line.reading.tokens == reading.tokens:
            return Finding([], [Support(statement, line)], [])
    if not (evidence := [line for line in evidence if line.english]):
        text = "only the source's own words may be shown where they are not in English"
        return Finding([Fault("language", text)], [], [])
    return _borne(statement.strip(), evidence, DEPTH, {})


def _borne(
    text: str, evidence: Sequence[Line], depth: int, known: dict[tuple[str, int], Finding]
) -> Finding:
    """What is found about a text, read in the way that leaves the fewest faults: as a whole, by
    sentences, as two sentences joined, by clauses."""
    if (text, depth) not in known:
        known[text, depth] = _best(_ways(text, evidence, depth, known))
    return known[text, depth]


def _ways(
    text: str, evidence: Sequence[Line], depth: int, known: dict[tuple[str, int], Finding]
) -> Iterator[Finding]:
    yield _all([text], evidence)
    if len(found := sentences(text)) > 1:
        yield _together(_borne(one, evidence, depth, known) for one in found)
        return
    for parts in clauses(text):
        if len(parts) <= MOST_CLAUSES:
            yield _all(parts, evidence)
    if depth:
        for pair in halves(text):
            yield _together(_borne(one, evidence, depth - 1, known) for one in pair)


def _best(ways: Iterable[Finding]) -> Finding:
    """The first without a fault, or else the first with the fewest."""
    best: Finding | None = None
    for finding in ways:
        if best is None or len(finding.faults) < len(best.faults):
            best = finding
        if not finding.faults:
            break
    assert best is not None
    return best


def _together(findings: Iterable[Finding]) -> Finding:
    parts = list(findings)
    return Finding(
        list(dict.fromkeys(fault for one in parts for fault in one.faults)),
        [support for one in parts for support in one.supports],
        [line for one in parts for line in one.unsaid],
    )


def _all(parts: Sequence[str], evidence: Sequence[Line]) -> Finding:
    faults: list[Fault] = []
    supports: list[Support] = []
    unsaid: list[Line] = []
    for part in parts:
        wrong, line, left = _one(read(part), evidence)
        faults += wrong
        if line is not None:
            supports.append(Support(part, line))
            if left:
                unsaid.append(line)
    return Finding(list(dict.fromkeys(faults)), supports, unsaid)


def _one(reading: Reading, evidence: Sequence[Line]) -> tuple[list[Fault], Line | None, bool]:
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


def _put_in_place(reading: Reading, fit: spoken.Fit, line: Line, tried: Sequence[Tried]) -> list[Fault]:
    """What stands where another sentence that has as many of the words has something else."""
    return [
        Fault(*one)
        for theirs, other in tried
        if other is not line and theirs.missing and theirs.direct >= fit.direct
        for one in places.faults(reading, other)
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
