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

from collections.abc import Sequence
from typing import NamedTuple

from hearth.writing import binding, restriction, spoken
from hearth.writing.clauses import clauses
from hearth.writing.evidence import Line, lines
from hearth.writing.parts import Reading
from hearth.writing.reading import read

LONGEST = 600  # characters of a statement
MOST_CLAUSES = 8
MARGIN = 0.5  # how much worse than the best a sentence may fit


class Fault(NamedTuple):
    """Why a statement is struck: `code` for programs, `text` for people."""

    code: str
    text: str


class Support(NamedTuple):
    """A clause of a statement, and the sentence that bears it out."""

    clause: str
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
    best: Finding | None = None
    for parts in clauses(statement):
        if len(parts) > MOST_CLAUSES:
            continue
        finding = _all(parts, evidence)
        if not finding.faults:
            return finding
        if best is None or len(finding.faults) < len(best.faults):
            best = finding
    assert best is not None
    return best


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
    scored = [(*_missing(reading, line, evidence), line) for line in evidence]
    fewest = min(len(missing) for missing, _, _ in scored)
    if fewest:
        most = max(score for missing, score, _ in scored if len(missing) == fewest)
        missing, _, line = next(one for one in scored if len(one[0]) == fewest and one[1] == most)
        return missing, None if fewest > len(reading.content) / 2 else line, False
    able = [(score, line) for missing, score, line in scored if not missing]
    best = max(score for score, _ in able)
    able = [(score, line) for score, line in able if score >= best - MARGIN]
    tried = []
    for score, line in able:
        faults = [Fault(*one) for one in binding.faults(reading, line)]
        left = restriction.left_out(reading, line)
        if not faults and left and reading.figures and _rivals(reading, line, able):
            faults = [Fault("number", "the figure is for a case that is not named")]
        tried.append((len(faults), left, -score, faults, line))
    _, left, fits, faults, line = min(tried, key=lambda one: one[:3])
    denied = [
        wrong[0]
        for _, _, score, wrong, _ in tried
        if wrong and score <= fits and all(one.code == "negation" for one in wrong)
    ]
    if not faults and denied:
        faults = denied[:1]
    return faults, line, left


def _missing(reading: Reading, line: Line, evidence: Sequence[Line]) -> tuple[list[Fault], float]:
    found, score = spoken.missing(reading, line, evidence)
    return [Fault(*one) for one in found], score


def _rivals(reading: Reading, line: Line, able: Sequence[tuple[float, Line]]) -> bool:
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
