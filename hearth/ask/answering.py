"""The whole way from a question to an answer, with no language model.

question → concepts → passages (full text) → sentences scored → guarded parts, deduplicated →
verdict. Pure in everything but the indexes it reads; about 10 ms beside the full-text search.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hearth.ask import authority, facets, settings
from hearth.ask.choosing import choose, with_help
from hearth.ask.passages import Found, find, weigh, widen
from hearth.ask.question import Question, parse, spelled
from hearth.ask.sources import Source
from hearth.ask.spelling import shown
from hearth.ask.statements import Maker, Part
from hearth.ask.verdict import NONE, VERDICTS, Grounds, judge, share
from hearth.vectors.texts import embedded_text

if TYPE_CHECKING:
    from hearth.vectors.meaning import Meaning


class Answer:
    """What was found.

    `parts` are the statements in the order they are shown, `nearest` the passages nearest to the
    question (best first), `corrections` words that were read as others, `ms` milliseconds by step.
    With verdict "none" there are no parts. `meaning` is the embedding model that had a part in it,
    if one had.
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
        self.meaning: str | None = None
        self.corrections = list(question.corrections.items())


def answer(
    typed: str,
    sources: Sequence[Source],
    *,
    k: int = settings.STATEMENTS,
    corpora: Sequence[str] | None = None,
    clock: Callable[[], float] | None = None,
    meaning: Meaning | None = None,
) -> Answer:
    """Answer a question from the sources; `k` statements at most, only from `corpora` if given.

    Never fails for what was typed. `clock` (seconds) fills `ms`. With `meaning`, passages count by
    what they mean as well, unless its model does not read the question's language. Where the
    question's own words are signs of an emergency, these still choose the card that leads.
    """
    now = clock or (lambda: 0.0)
    began = now()
    question = parse(typed, sorted({one for source in sources for one in source.languages()}))
    weigh(question, sources)
    corrections = [(typed, shown(stem, sources)) for typed, stem in question.corrections.items()]
    if meaning is not None:
        meaning.begin(as_read(question, corrections))
    asked_at = now()
    passages = find(question, sources, corpora, meaning)
    if meaning is not None and not meaning.ready(sources, question.language):
        meaning = None
    found_at = now()
    if meaning is not None:
        passages = ranked(question, passages, meaning)
    result = Answer(question, list(passages))
    result.corrections = corrections
    widen(question, passages, meaning)
    maker = Maker()
    parts = authority.prefer(question, choose(question, passages, maker, k))
    unclear = meaning is not None and not question.means and not told(question, parts)
    if meaning is not None and unclear and liken(passages, meaning):
        parts = authority.prefer(question, choose(question, passages, maker, k))
    result.verdict, result.grounds = judge(question, parts, meaning)
    if meaning is not None and (question.means or urgent(question)):
        verdict, grounds = judge(question, parts)
        if VERDICTS.index(verdict) > VERDICTS.index(result.verdict):
            result.verdict, result.grounds = verdict, grounds
    result.meaning = None if meaning is None else meaning.name
    if result.verdict != NONE:
        result.parts = order(question, with_help(question, parts, passages, maker)[:k])
    done = now()
    result.ms = {
        "question": round((asked_at - began) * 1000, 1),
        "search": round((found_at - asked_at) * 1000, 1),
        "answer": round((done - found_at) * 1000, 1),
        "total": round((done - began) * 1000, 1),
    }
    return result


def as_read(question: Question, corrections: list[tuple[str, str]]) -> str:
    """A question with those of its misspelt words as they were read that are emergency words so:
    other words are more often rare than misspelt."""
    sure = {
        word
        for one in question.concepts
        if one.corrected and one.emergency
        for word in one.word.split()
    }
    text = question.text
    for typed, read in corrections:
        if typed in sure:
            word = spelled(read).replace("\\", "")
            text = re.sub(rf"\b{re.escape(typed)}\b", word, text, flags=re.I)
    return text


def urgent(question: Question) -> bool:
    """Whether a question has so many emergency words that a model must not refuse it: it would be
    answered by its words."""
    said = [one for one in question.concepts if one.emergency and not (one.light or one.common)]
    return question.beyond is None and len(said) >= settings.URGENT


def ranked(question: Question, passages: list[Found], meaning: Meaning) -> list[Found]:
    """The passages in the order that a model for ranking prefers, if there is one."""
    texts = [embedded_text(one.title, one.hit.heading, one.hit.text) for one in passages]
    ranks = meaning.ranks(question.text, texts)
    if ranks is None:
        return passages
    for one, rank in zip(passages, ranks, strict=True):
        one.score += settings.RANKED * rank
    return sorted(passages, key=lambda one: -one.score)


def told(question: Question, parts: list[Part]) -> bool:
    """Whether the words of the best part tell enough of the question."""
    return bool(parts) and share(parts[0].held, question) >= settings.TOLD


def liken(passages: list[Found], meaning: Meaning) -> bool:
    """Compare the sentences of the passages nearest in meaning with the question, one by one."""
    near = [one for one in passages if one.sense is not None and one.sense > settings.SENSE_FROM]
    near = sorted(near, key=lambda one: -(one.sense or 0.0))[: settings.LIKENED]
    texts = [sentence.text for one in near for sentence in one.read()]
    likeness = iter(meaning.likeness(texts))
    for one in near:
        one.likeness = [next(likeness) for _ in one.read()]
    return bool(texts)


def order(question: Question, parts: list[Part]) -> list[Part]:
    """Documents in the order of their best part; within a document, reading order. But who asks how
    much reads the best part of a card first, and who asks whether one may, if it says no: what
    stands before it answers another question. On first aid the card's own order stands."""
    first: dict[bytes, int] = {}
    for number, part in enumerate(parts):
        first.setdefault(part.found.hit.document, number)
    if parts and _leads(parts[0], question):
        parts[0].start = min(parts[0].start, -1)
    return sorted(parts, key=lambda part: (first[part.found.hit.document], part.start))


_NO = re.compile(
    r"\W*(?:(?:do not|never|there is no) |[^.!?]*\bonly (?:if|when|after|once)\b)", re.I
)


def _leads(best: Part, question: Question) -> bool:
    """Whether the best part of a card answers more than what stands before it."""
    if question.means or not best.found.guide or authority.first_aid(best.found):
        return False
    return question.facets == [facets.AMOUNT] or (
        question.facets == [facets.SAFE] and _NO.match(best.text) is not None
    )
