"""How well one sentence answers.

A sentence is judged by the concepts it expresses itself, by those that its title, heading and
introduction express for it, by its passage, by how close its matched words stand, and by whether
it is the kind of sentence that was asked for (a step, a figure, a sign, a permission).
"""

from __future__ import annotations

import re

from hearth.ask import facets, settings, wording
from hearth.ask.matching import Bag, Held, coverage, detail, held, proximity, scaled, union
from hearth.ask.passages import Found
from hearth.ask.question import Question
from hearth.ask.sentences import HEADING, ITEM, PRE, PROSE, Sentence, is_intro
from hearth.ask.wording import FIGURE, imperative

_ADVICE = re.compile(
    r"\b(?:should|must|need to|have to|ought to|can be (?:used|treated|made))\b", re.I
)
_NOISE = re.compile(
    r"https?://|www\.|\.{4,}|\bfigure \d|\bet al\b|\bisbn\b|\bpage \d|©|\(\d{4}\)|"
    r"\bsee (?:figure|table|chapter|appendix|page|section)\b|^\W*\d+(?:\s*,\s*\d+)*\.\s"
)
_CAPITALS = re.compile(r"[A-Z]{2}")


class Scored:
    """A sentence with its score for one facet; `own` is what it expresses itself, `all` with
    its context."""

    __slots__ = ("all", "at", "bag", "found", "own", "score")

    def __init__(self, found: Found, at: int, bag: Bag, own: Held, everything: Held) -> None:
        self.found = found
        self.at = at
        self.bag = bag
        self.own = own
        self.all = everything
        self.score = 0.0

    @property
    def sentence(self) -> Sentence:
        return self.found.read()[self.at]


def read(found: Found, question: Question) -> list[Scored]:
    """Match every sentence of a passage; no scores yet."""
    concepts = question.concepts
    sentences = found.read()
    bags = [Bag(one.text, found.hit.language) for one in sentences]
    own = [held(bag, concepts) for bag in bags]
    scored = []
    for at, one in enumerate(sentences):
        if one.kind in (HEADING, PRE):
            continue
        context = [found.context]
        if one.intro is not None:
            context.append(scaled(own[one.intro], settings.INTRO_WORTH))
        elif at and not one.first:
            context.append(scaled(own[at - 1], settings.BEFORE_WORTH))
        scored.append(Scored(found, at, bags[at], own[at], union(own[at], *context)))
    return scored


def score(one: Scored, question: Question, facet: str) -> float:
    """How well the sentence answers this facet, about 0 to 1.5."""
    concepts = question.concepts
    sentence = one.sentence
    value = settings.DIRECT * coverage(one.own, concepts)
    value += settings.DETAIL * detail(one.own, concepts)
    value += settings.CONTEXT * coverage(one.all, concepts)
    value += settings.PASSAGE * one.found.score
    value += settings.CLOSE * proximity(one.bag, one.own, concepts)
    value += kind(one, facet)
    if one.found.likeness:
        value += settings.LIKENESS * max(0.0, one.found.likeness[one.at] - settings.SENSE_FROM)
    value -= _faults(sentence)
    for index, worth in one.own.items():
        if concepts[index].negated and concepts[index].weight and _about(sentence, one.bag, worth):
            value -= 0.08
    return value


def kind(one: Scored, facet: str) -> float:
    """What being, or not being, the kind of sentence asked for is worth."""
    text, heading, language = one.sentence.text, one.found.hit.heading, one.found.hit.language
    value = settings.SECTION if facets.headed(facet, heading, language) else 0.0
    if facet in (facets.HOW, facets.PLAIN):
        if wording.of(language).imperative(text):
            return value + 0.14
        return value + (0.05 if _ADVICE.search(text) else 0.0)
    if facet == facets.AMOUNT:
        if facets.answered(facet, text, language):
            return value + 0.18
        return value + (0.06 if FIGURE.search(text) else -0.12)
    if facets.answered(facet, text, language):
        return value + 0.10
    if facet in (facets.SIGNS, facets.WHY) and facets.answered(facet, heading, language):
        return value + 0.10
    return value


def _faults(sentence: Sentence) -> float:
    text = sentence.text
    size = text.count(" ") + 1
    value = 0.0
    if size < 4 and sentence.kind == PROSE:
        value += 0.25
    if size > 45:
        value += 0.004 * (size - 45)
    if text.endswith("?"):
        value += 0.35
    if _NOISE.search(text.lower()):
        value += 0.15
    if is_intro(text) and sentence.kind != ITEM:
        value += 0.02
    if len(_CAPITALS.findall(text)) > 12:
        value += 0.1
    return value


def _about(sentence: Sentence, bag: Bag, worth: float) -> bool:
    """Whether the sentence tells to do what the person said they cannot."""
    return worth > 0.5 and imperative(sentence.text) and len(bag.order) < 40
