"""Measuring answers against a file of questions whose facts are known.

The file: {"v": 1, "questions": [{"id", "question", "topic", "answerable", "near_topic", "half",
"required": [[alternatives], …], "forbidden": [texts], "documents": [titles or parts of them]}]}.
A required fact is met when one of its alternatives occurs in the statements' text; a forbidden one
is met, badly, likewise. Comparison ignores case, kinds of spaces and dashes, and whether a small
number is written as a word. Substrings are a coarse check: they show that a fact is missing, never
that an answer is well put.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from hearth.ask.answering import Answer
from hearth.ask.report import title
from hearth.ask.statements import NUMBER_WORDS
from hearth.ask.verdict import NONE, SUPPORTED
from hearth.store.errors import HearthError

GROUPS = ("answerable", "near-topic", "off-topic")
_WORDS = NUMBER_WORDS | {
    "fifteen": "15",
    "twenty": "20",
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
_DASH = re.compile(r"[-‐‑‒–—−]")
_SPACE = re.compile(r"\s+")


class QuestionFileError(HearthError, code="question-file"):
    """The file of questions is not in the form described in `hearth.evaluate` (exit 1)."""


class Item(NamedTuple):
    """One question of the file. `group` is answerable, near-topic or off-topic."""

    id: str
    question: str
    topic: str
    group: str
    half: str
    required: list[list[str]]
    forbidden: list[str]
    documents: list[str]


class Outcome(NamedTuple):
    """What became of one question. `rank` is that of the first expected document, 0 if none."""

    item: Item
    verdict: str
    text: str
    missing: list[list[str]]
    forbidden: list[str]
    rank: int

    @property
    def failed(self) -> bool:
        """Whether anything about it is wrong."""
        if self.item.group == "answerable":
            return bool(self.missing or self.forbidden) or self.verdict == NONE
        return self.verdict != NONE or bool(self.forbidden)


def load(data: bytes) -> list[Item]:
    """Read a question file; raises QuestionFileError."""
    try:
        document = json.loads(data)
        if document["v"] != 1:
            raise QuestionFileError(f'question file of unknown version "{document["v"]}"')
        return [_item(one) for one in document["questions"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise QuestionFileError(f"not a question file: {error!r}") from error


def _item(one: dict[str, Any]) -> Item:
    group = "answerable" if one["answerable"] else "off-topic"
    if group == "off-topic" and one.get("near_topic"):
        group = "near-topic"
    return Item(
        str(one["id"]),
        str(one["question"]),
        str(one.get("topic", "")),
        group,
        str(one.get("half", "")),
        [[str(text) for text in fact] for fact in one.get("required", [])],
        [str(text) for text in one.get("forbidden", [])],
        [str(name) for name in one.get("documents", [])],
    )


def normal(text: str) -> str:
    """Text for comparing: lower case, plain spaces and dashes, small numbers as figures.

    Spaces at the ends are kept (one at most): in a question file they are significant.
    """
    plain = text.lower().replace("’", "'").replace("‘", "'")
    plain = _SPACE.sub(" ", _DASH.sub(" ", plain))
    return _NUMBER_WORD.sub(lambda match: _WORDS[match.group()], plain)


def judge(item: Item, answer: Answer) -> Outcome:
    """Hold one answer against what was expected."""
    text = "\n".join(part.text for part in answer.parts)
    said = f" {normal(text)} "
    missing = [fact for fact in item.required if not any(normal(option) in said for option in fact)]
    bad = [option for option in item.forbidden if normal(option) in said]
    rank = 0
    names = [normal(name) for name in item.documents]
    for place, found in enumerate(answer.nearest[:10], 1):
        shown = normal(title(found))
        if any(name in shown for name in names):
            rank = place
            break
    return Outcome(item, answer.verdict, text, missing, bad, rank)


def run(items: Iterable[Item], ask: Callable[[str], Answer]) -> list[Outcome]:
    """Ask every question."""
    return [judge(item, ask(item.question)) for item in items]


def figures(outcomes: list[Outcome]) -> dict[str, Any]:
    """The figures of a set of outcomes; shares are 0..1, None where there is nothing to count."""
    asked = [one for one in outcomes if one.item.group == "answerable"]
    none = [one for one in outcomes if one.item.group != "answerable"]
    facts = sum(len(one.item.required) for one in asked)
    hinted = [one for one in asked if one.item.documents]
    return {
        "questions": len(outcomes),
        "hit@1": _share(sum(one.rank == 1 for one in hinted), len(hinted)),
        "hit@10": _share(sum(one.rank > 0 for one in hinted), len(hinted)),
        "mrr@10": _share(sum(1 / one.rank for one in hinted if one.rank), len(hinted)),
        "required_met": _share(facts - sum(len(one.missing) for one in asked), facts),
        "all_required_met": _share(sum(not one.missing for one in asked), len(asked)),
        "forbidden_met": sum(len(one.forbidden) for one in outcomes),
        "answered_supported": _share(sum(one.verdict == SUPPORTED for one in asked), len(asked)),
        "refused_wrong": _share(sum(one.verdict == NONE for one in asked), len(asked)),
        "refused_right": _share(sum(one.verdict == NONE for one in none), len(none)),
        "supported_wrong": _share(sum(one.verdict == SUPPORTED for one in none), len(none)),
    }


def _share(count: float, of: int) -> float | None:
    return round(count / of, 4) if of else None


def report(outcomes: list[Outcome]) -> dict[str, Any]:
    """The figures of every half, and within it of every group."""
    halves = sorted({one.item.half for one in outcomes}, reverse=True)
    found: dict[str, Any] = {}
    for half in halves:
        mine = [one for one in outcomes if one.item.half == half]
        found[half] = {"all": figures(mine)}
        for group in GROUPS:
            found[half][group] = figures([one for one in mine if one.item.group == group])
    return found
