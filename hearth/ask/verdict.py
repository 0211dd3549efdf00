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
from hearth.ask.matching import coverage
from hearth.ask.question import Concept, Question
from hearth.ask.scoring import evidence
from hearth.ask.statements import Part

SUPPORTED, WEAK, NONE = "supported", "weak", "none"

# What no stored document can know: what is true only here and now, or only of one product or case.
_ELSEWHERE = re.compile(
    r"\b(?:opening (?:times?|hours?)|open (?:now|today|tonight|tomorrow|on|late|sunday)|"
    r"near(?:est|by)? (?:me|to|here)\b|(?:the|my|our) nearest|nearest|right now|at the moment|"
    r"currently|phone number (?:of|for)|address of|forecast|weather (?:today|tomorrow|in)|"
    r"when will the (?:power|water|gas|electricity|internet)|be back on|"
    r"wifi|wi-fi|password|under [£$€]|warranty|worth the money|which is better|"
    r"error code|model number|serial number|planning permission|tax return|"
    r"insurance (?:pay|cover|claim)|is (?:it|that|this) legal|illegal|lawsuit|sue\b)",
    re.I,
)


class Grounds:
    """The figures a verdict rests on: shares (0..1) of the salient concepts' weight."""

    __slots__ = ("asked", "elsewhere", "evidence", "part", "passage", "score", "telling")

    def __init__(self, question: Question, parts: list[Part]) -> None:
        salient = question.salient or question.concepts
        self.part = self.passage = self.score = 0.0
        self.asked = self.evidence = False
        self.telling = len(salient)
        self.elsewhere = bool(_ELSEWHERE.search(question.text))
        if not parts:
            return
        self.part = max(_share(part.held, question, salient) for part in parts)
        self.passage = max(_share(part.found.whole, question, salient) for part in parts)
        self.score = max(part.score for part in parts)
        self.asked = all(
            any(part.held.get(index, 0.0) >= 0.3 for part in parts)
            for index, concept in enumerate(question.concepts)
            if concept.asked
        )
        self.evidence = any(
            evidence(part.text, facet) for part in parts for facet in question.facets
        )


def _share(held: dict[int, float], question: Question, salient: list[Concept]) -> float:
    places = {id(concept): at for at, concept in enumerate(salient)}
    found = {
        places[id(concept)]: held[at]
        for at, concept in enumerate(question.concepts)
        if at in held and id(concept) in places
    }
    return coverage(found, salient)


def judge(question: Question, parts: list[Part]) -> tuple[str, Grounds]:
    """The verdict, and what it rests on."""
    grounds = Grounds(question, parts)
    if not parts or not question.concepts:
        return NONE, grounds
    share = 0.6 * grounds.part + 0.4 * grounds.passage
    if not grounds.asked:
        share -= 0.25
    if grounds.elsewhere:
        share -= 0.45
    if not grounds.evidence and question.facets[0] in (asked.PRICE, asked.WHO, asked.DATE):
        share -= 0.5
    if share >= settings.SUPPORTED:
        return SUPPORTED, grounds
    return (WEAK if share >= settings.WEAK else NONE), grounds
