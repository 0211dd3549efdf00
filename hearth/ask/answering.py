"""The whole way from a question to an answer, with no language model.

question → concepts → passages (full text) → sentences scored → guarded parts, deduplicated →
verdict. Pure in everything but the indexes it reads; about 10 ms beside the full-text search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hearth.ask import authority, facets, settings
from hearth.ask.passages import Found, find, weigh, widen
from hearth.ask.question import Question, parse
from hearth.ask.scoring import Scored, read, score
from hearth.ask.sources import Source
from hearth.ask.statements import Maker, Part, overlap, same
from hearth.ask.verdict import NONE, Grounds, judge, share


class Answer:
    """What was found.

    `parts` are the statements in the order they are shown, `nearest` the passages nearest to the
    question (best first), `corrections` words that were read as others, `ms` milliseconds by step.
    With verdict "none" there are no parts.
    """

    __slots__ = ("corrections", "grounds", "ms", "nearest", "parts", "question", "verdict")

    def __init__(self, question: Question, nearest: list[Found]) -> None:
        self.question = question
        self.verdict = NONE
        self.parts: list[Part] = []
        self.nearest = nearest
        self.grounds: Grounds | None = None
        self.ms: dict[str, float] = {}
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
    question = parse(typed)
    weigh(question, sources)
    asked_at = now()
    passages = find(question, sources, corpora)
    found_at = now()
    result = Answer(question, list(passages))
    widen(question, passages)
    parts = choose(question, passages, k)
    parts = authority.prefer(question, parts)
    result.verdict, result.grounds = judge(question, parts)
    if result.verdict != NONE:
        parts = with_help(question, parts, passages)
    if result.verdict != NONE:
        result.parts = order(parts)
    done = now()
    result.ms = {
        "question": round((asked_at - began) * 1000, 1),
        "search": round((found_at - asked_at) * 1000, 1),
        "answer": round((done - found_at) * 1000, 1),
        "total": round((done - began) * 1000, 1),
    }
    return result


def choose(question: Question, passages: list[Found], k: int) -> list[Part]:
    """The parts to show, best first within each facet."""
    sentences = [one for found in passages for one in read(found, question)]
    maker = Maker()
    chosen: list[Part] = []
    wanted = question.facets
    each = max(1, -(-k // len(wanted)))
    budget = settings.ANSWER_WORDS if len(wanted) == 1 else settings.ANSWER_WORDS * 2 // 3
    for facet in wanted:
        for one in sentences:
            one.score = score(one, question, facet)
        _gather(chosen, sentences, maker, min(each, k - len(chosen)), budget, question)
    return chosen


def _gather(
    chosen: list[Part],
    sentences: list[Scored],
    maker: Maker,
    most: int,
    budget: int,
    question: Question,
) -> None:
    """Add up to `most` parts of about `budget` words, the best first, then what goes with it."""
    first = _first(chosen, sentences, maker)
    if first is None or most < 1:
        return
    used = _add(chosen, first)
    passable = _Passable(first, question)
    for one in sentences:
        if one.found is first.found:
            one.score += settings.SAME_PASSAGE
        elif one.found.hit.document == first.found.hit.document:
            one.score += settings.SAME_DOCUMENT
    count = 1
    for one in sorted(sentences, key=lambda one: -one.score):
        if count >= most or one.score < passable.floor:
            break
        if not passable.admits(one) or _shown(chosen, one):
            continue
        part = maker.part(one)
        if part is None or used + part.words > budget:
            continue
        added = _add(chosen, part)
        used += added
        count += added > 0


class _Passable:
    """What a further sentence must reach to be shown beside the first."""

    def __init__(self, first: Part, question: Question) -> None:
        self.first = first
        self.question = question
        self.floor = first.score * settings.WORTH_SHOWING
        self.cover = share(first.held, question)

    def admits(self, one: Scored) -> bool:
        """Whether it covers enough; more is asked of other documents than of the same."""
        covers = share(one.all, self.question)
        if one.found.hit.document == self.first.found.hit.document:
            return covers >= self.cover * settings.WORTH_COVERING
        return (
            covers >= self.cover * settings.OTHER_COVERING
            and one.score >= self.first.score * settings.OTHER_SHOWING
        )


def _first(chosen: list[Part], sentences: list[Scored], maker: Maker) -> Part | None:
    for one in sorted(sentences, key=lambda one: -one.score)[:40]:
        if _shown(chosen, one):
            continue
        part = maker.part(one)
        if part is not None:
            return part
    return None


def _shown(chosen: list[Part], one: Scored) -> bool:
    key = (one.found.hit.document, one.sentence.start)
    return any(key in part.keys for part in chosen)


def _add(chosen: list[Part], part: Part) -> int:
    """Add a part, or its citation to a part that says the same; the words that were added."""
    for other in chosen:
        if other.window is part.window and other.keys & part.keys:
            before = other.words
            other.absorb(part)
            return other.words - before
    for other in chosen:
        if other.found.hit.document != part.found.hit.document and same(part, other):
            other.others.append(part)
            return 0
        if overlap(part.bag, other.bag) >= settings.SAME:
            return 0
    chosen.append(part)
    return part.words


def with_help(question: Question, parts: list[Part], passages: list[Found]) -> list[Part]:
    """Add to an answer about a body in danger what the best card says to do, where that was asked
    or nothing else was, and when to call for help."""
    if not parts or not parts[0].found.guide or not authority.medical(question, parts):
        return parts
    document = parts[0].found.hit.document
    wanted = [authority.HELP]
    if not {facets.SIGNS, facets.AMOUNT, facets.WHY}.issuperset(question.facets):
        wanted.insert(0, authority.STEPS)
    added = list(parts)
    for heading in wanted:
        mine = [found for found in passages
                if found.hit.document == document and heading.match(found.hit.heading)]  # fmt: skip
        if not mine or any(part.found.hit.heading == mine[0].hit.heading for part in added):
            continue
        first = min(mine, key=lambda found: found.hit.ordinal)
        sentences = read(first, question)
        part = Maker().part(sentences[0]) if sentences else None
        if part is not None:
            added.append(part)
    return added


def order(parts: list[Part]) -> list[Part]:
    """Documents in the order of their best part; within a document, reading order."""
    first: dict[bytes, int] = {}
    for number, part in enumerate(parts):
        first.setdefault(part.found.hit.document, number)
    return sorted(parts, key=lambda part: (first[part.found.hit.document], part.start))
