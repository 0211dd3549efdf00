"""The whole way from a question to an answer, with no language model.

question → concepts → passages (full text) → sentences scored → guarded parts, deduplicated →
verdict. Pure in everything but the indexes it reads; about 10 ms beside the full-text search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hearth.ask import authority, settings
from hearth.ask.choosing import choose, with_help
from hearth.ask.passages import Found, find, weigh, widen
from hearth.ask.question import Question, parse
from hearth.ask.sources import Source
from hearth.ask.spelling import shown
from hearth.ask.statements import Maker, Part
from hearth.ask.verdict import NONE, Grounds, judge


class Answer:
    """What was found.

    `parts` are the statements in the order they are shown, `nearest` the passages nearest to the
    question (best first), `corrections` words that were read as others, `ms` milliseconds by step.
    With verdict "none" there are no parts. `meaning` says whether an embedding model had a part
    in it.
    """

    __slots__ = (
        "corrections", "grounds", "meaning", "ms", "nearest", "parts", "question", "verdict",
    )  # fmt: skip

    def __init__(self, question: Question, nearest: list[Found]) -> None:
        self.question = question
        self.verdict = NONE
        self.parts: list[Part] = []
        self.nearest = nearest
        self.grounds: Grounds | None = None
        self.ms: dict[str, float] = {}
        self.meaning = False
        self.corrections = list(question.corrections.items())


def answer(
    typed: str,
    sources: Sequence[Source],
    *,
    k: int = settings.STATEMENTS,
    corpora: Sequence[str] | None = None,
    clock: Callable[[], float] | None = None,
) -> Answer:
    """Answer a question from the sources; `k` statements at most, only from `corpora` if given.

    Never fails for what was typed. `clock` (seconds) fills `ms`.
    """
    now = clock or (lambda: 0.0)
    began = now()
    question = parse(typed, sorted({one for source in sources for one in source.languages()}))
    weigh(question, sources)
    asked_at = now()
    passages = find(question, sources, corpora)
    found_at = now()
    result = Answer(question, list(passages))
    result.corrections = [(typed, shown(stem, sources)) for typed, stem in result.corrections]
    widen(question, passages)
    maker = Maker()
    parts = authority.prefer(question, choose(question, passages, maker, k))
    result.verdict, result.grounds = judge(question, parts)
    if result.verdict != NONE:
        result.parts = order(with_help(question, parts, passages, maker)[:k])
    done = now()
    result.ms = {
        "question": round((asked_at - began) * 1000, 1),
        "search": round((found_at - asked_at) * 1000, 1),
        "answer": round((done - found_at) * 1000, 1),
        "total": round((done - began) * 1000, 1),
    }
    return result


def order(parts: list[Part]) -> list[Part]:
    """Documents in the order of their best part; within a document, reading order."""
    first: dict[bytes, int] = {}
    for number, part in enumerate(parts):
        first.setdefault(part.found.hit.document, number)
    return sorted(parts, key=lambda part: (first[part.found.hit.document], part.start))
