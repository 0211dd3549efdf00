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

from hearth.writing.clauses import clauses, halves, sentences
from hearth.writing.evidence import Line, lines
from hearth.writing.judging import Fault, judge
from hearth.writing.reading import read

LONGEST = 600  # characters of a statement
MOST_CLAUSES = 8
DEPTH = 2  # how often a sentence may be cut in two
MOST_READ = 40  # clauses that are judged, in all ways to cut a statement together


class Finding(NamedTuple):
    """What was found about a statement: `faults` (none: it may be shown), and `supports`, the
    sentences that bear it out, in the order of its clauses. `unsaid` are those of them whose
    condition the statement leaves out, so that they have to be shown with it."""

    faults: list[Fault]
    supports: list[Line]
    unsaid: list[Line]


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
            return Finding([], [line], [])
    if not (evidence := [line for line in evidence if line.english]):
        text = "only the source's own words may be shown where they are not in English"
        return Finding([Fault("language", text)], [], [])
    return _Hearing(evidence).borne(statement.strip(), DEPTH)


class _Hearing:
    """One statement before its evidence: a clause is judged once, and some `MOST_READ` in all."""

    def __init__(self, evidence: Sequence[Line]) -> None:
        self.evidence = evidence
        self.judged: dict[str, Finding] = {}

    def borne(self, text: str, depth: int) -> Finding:
        """What is found about a text, read in the way that leaves the fewest faults: as a whole,
        by sentences, by clauses, or as two sentences joined."""
        best: Finding | None = None
        for finding in self._ways(text, depth):
            if best is None or len(finding.faults) < len(best.faults):
                best = finding
            if not finding.faults or len(self.judged) > MOST_READ:
                break
        assert best is not None
        return best

    def _ways(self, text: str, depth: int) -> Iterator[Finding]:
        yield self._clause(text)
        if len(found := sentences(text)) > 1:
            yield _together(self.borne(one, depth) for one in found)
            return
        for parts in clauses(text):
            if len(parts) <= MOST_CLAUSES:
                yield _together(map(self._clause, parts))
        if depth:
            for pair in halves(text):
                yield _together(self.borne(one, depth - 1) for one in pair)

    def _clause(self, text: str) -> Finding:
        if text not in self.judged:
            faults, line, left = judge(read(text), self.evidence)
            supports = [] if line is None else [line]
            unsaid = supports if left else []
            self.judged[text] = Finding(list(dict.fromkeys(faults)), supports, unsaid)
        return self.judged[text]


def _together(findings: Iterable[Finding]) -> Finding:
    parts = list(findings)
    return Finding(
        list(dict.fromkeys(fault for one in parts for fault in one.faults)),
        [line for one in parts for line in one.supports],
        [line for one in parts for line in one.unsaid],
    )
