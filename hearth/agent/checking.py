"""What of the model's statements may be shown: each is held against exactly what it cites.

A statement that cites passages alone is checked as any written statement is. One that cites a
calculation must say its result, in its unit, rounded at most as far as its own digits go; all that
went into the calculation must have a source; and the statement without the result is checked
against the passages it cites and the question, whose persons and days it may repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from hearth.agent.evidence import Evidence, Item
from hearth.agent.figures import Stated, placed, says
from hearth.agent.steps import LONGEST_STATEMENT, MOST_SOURCES, Statement


class Fault(Protocol):
    """Why a statement must not be shown, as `hearth.writing.checks` says it."""

    @property
    def code(self) -> str:
        """The reason, for programs; "empty": it says nothing."""

    @property
    def text(self) -> str:
        """The reason, for people."""


Check = Callable[[str, Sequence[str], Sequence[str]], Sequence[Fault]]
"""Faults of a statement by the passages that it cites and where these stand; none if it holds."""


class Judged(NamedTuple):
    """A statement with what it cites, and why it is struck: with no reasons, it may be shown."""

    text: str
    items: tuple[Item, ...]
    reasons: tuple[str, ...]


def judge(statement: Statement, evidence: Evidence, check: Check) -> Judged:
    """Hold a statement against what it cites."""
    found = [evidence.get(number) for number in statement.sources]
    items = tuple(item for item in found if item is not None)
    reasons: list[str] = []
    if len(items) < len(found):
        unknown = [each for each in statement.sources if evidence.get(each) is None]
        reasons.append(f"cites {', '.join(map(str, unknown))}, which was not found")
    if not 1 <= len(statement.sources) <= MOST_SOURCES:
        count = f"cites {len(statement.sources)} results" if statement.sources else "cites nothing"
        reasons.append(f"{count}; 1 to {MOST_SOURCES} are allowed")
    if not 1 <= len(statement.text) <= LONGEST_STATEMENT:
        reasons.append(
            f"has {len(statement.text)} characters; 1 to {LONGEST_STATEMENT} may be said"
        )
    if reasons:
        return Judged(statement.text, items, tuple(reasons))
    results = [item for item in items if item.result is not None]
    passages = [item.text for item in items if item.result is None]
    places = [item.place for item in items if item.result is None]
    text = statement.text
    if results:
        text, reasons = _without_results(text, results)
        passages.append(evidence.question)
        places.append("")
    if not reasons:
        faults = check(text, passages, places)
        reasons = [fault.text for fault in faults if not (results and fault.code == "empty")]
    return Judged(statement.text, items, tuple(reasons))


def _without_results(text: str, results: Sequence[Item]) -> tuple[str, list[str]]:
    """The statement without what was calculated, and what is wrong with what it says of that."""
    stated = placed(text)
    reasons = []
    for item in results:
        if not item.grounded:
            reasons.append(f"rests on [{item.number}], {item.place}")
        if not any(_says(each, item) for each in stated):
            reasons.append(f"does not say what was {item.place}")
    kept, at = "", 0
    for each in stated:
        if any(_says(each, item) for item in results):
            kept += text[at : each.start]
            at = each.end
    return kept + text[at:], reasons


def _says(stated: Stated, item: Item) -> bool:
    return item.result is not None and says(stated.amount, item.result)
