"""Whether what was found answers the question: supported, weak, or no evidence.

Documents answer many questions that sound like theirs and are not: what it costs, who sells it,
what is open now. So an answer counts by the weight of the question's own telling words that one
quoted part expresses, together with its headings; by whether the thing asked for is among them;
and by whether it holds the kind of thing that was asked for.
"""

from __future__ import annotations

import re

from hearth.ask import question as asked
from hearth.ask import settings
from hearth.ask.matching import Held
from hearth.ask.question import Question
from hearth.ask.scoring import evidence
from hearth.ask.statements import Part

SUPPORTED, WEAK, NONE = "supported", "weak", "none"

# What no stored document can know: what is true only here and now, or only of one product or case.
_ELSEWHERE = re.compile(
    r"\b(?:opening (?:times?|hours?)|open (?:now|today|tonight|tomorrow|on|late|sunday)|"
    r"near(?:est|by)? (?:me|to|here)\b|(?:the|my|our) nearest|nearest|right now|at the moment|"
    r"currently|phone number (?:of|for)|address of|forecast|weather (?:today|tomorrow|in)|"
    r"when will the (?:power|water|gas|electricity|internet)|be back on|"
    r"under [£$€]|worth (?:the money|it|buying)|(?:which|what) (?:one )?(?:is|are) (?:better|best)\b|"
    r"\bis (?:a |an |the )?\w+ or (?:a |an |the )?\w+ better|"
    r"error code|model number|serial number|planning permission|tax return|"
    r"insurance (?:pay|cover|claim)|is (?:it|that|this) legal|illegal|lawsuit|sue\b)",
    re.I,
)


class Grounds:
    """The figures a verdict rests on: shares (0..1) of the telling concepts' weight."""

    __slots__ = ("about", "asked", "elsewhere", "evidence", "names", "part", "passage", "share")

    def __init__(self, question: Question, parts: list[Part]) -> None:
        concepts = question.concepts
        self.part = max((share(part.held, question) for part in parts), default=0.0)
        self.passage = max((share(part.found.whole, question) for part in parts), default=0.0)
        self.asked = all(
            any(part.bag.holds(concept) or part.held.get(index, 0.0) >= 0.8 for part in parts)
            for index, concept in enumerate(concepts)
            if concept.asked
        )
        self.about = any(_about(part, question) for part in parts)
        self.evidence = all(
            any(evidence(part.text, facet) for part in parts)
            for facet in question.facets
            if facet in (asked.PRICE, asked.WHO, asked.DATE)
        )
        self.elsewhere = bool(_ELSEWHERE.search(question.text))
        self.names = sum(concept.name for concept in concepts)
        self.share = self._total(question)

    def _total(self, question: Question) -> float:
        total = 0.6 * self.part + 0.4 * self.passage
        total -= 0 if self.asked else settings.NOT_NAMED
        total -= 0 if self.about else settings.BESIDE
        total -= settings.ELSEWHERE if self.elsewhere else 0
        total -= min(settings.NAMES, settings.NAME * self.names)
        total -= 0 if self.evidence else settings.NO_EVIDENCE
        return total


def _about(part: Part, question: Question) -> bool:
    """Whether a topic of the question is a topic of the section, or two are in the quote."""
    topics = [
        index
        for index, concept in enumerate(question.concepts)
        if concept.emergency or (concept.topical and not (concept.light or concept.common))
    ]
    if any(part.found.context.get(index, 0.0) >= 0.5 for index in topics):
        return True
    return sum(part.held.get(index, 0.0) >= 0.5 for index in topics) >= 2


def share(held: Held, question: Question) -> float:
    """The share, 0..1, of the telling concepts' weight that is expressed.

    Names that no document has are left out here and count apart; of a long question's weight
    settings.ENOUGH is enough.
    """
    concepts = question.concepts
    known = [at for at, one in enumerate(concepts) if not one.name]
    telling = [at for at in known if not (concepts[at].light or concepts[at].number)] or known
    total = sum(concepts[at].weight for at in telling)
    if not total:
        return 0.0
    expressed = sum(concepts[at].weight * held.get(at, 0.0) for at in telling)
    return min(1.0, expressed / min(max(total, settings.LEAST), settings.ENOUGH))


def judge(question: Question, parts: list[Part]) -> tuple[str, Grounds]:
    """The verdict, and what it rests on."""
    grounds = Grounds(question, parts)
    if not parts or not question.concepts or grounds.share < settings.WEAK:
        return NONE, grounds
    return (SUPPORTED if grounds.share >= settings.SUPPORTED else WEAK), grounds
