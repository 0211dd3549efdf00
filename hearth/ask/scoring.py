"""How well one sentence answers.

A sentence is judged by the concepts it expresses itself, by those that its title, heading and
introduction express for it, by its passage, by how close its matched words stand, and by whether
it is the kind of sentence that was asked for (a step, a figure, a sign, a permission).
"""

from __future__ import annotations

import re

from hearth.ask import question as asked
from hearth.ask import settings
from hearth.ask.matching import Bag, Held, coverage, detail, held, proximity, union
from hearth.ask.passages import Found
from hearth.ask.question import Question
from hearth.ask.sentences import HEADING, ITEM, PRE, PROSE, Sentence, is_intro

_IMPERATIVE = re.compile(
    r"^\W*(?:(?:if|when|once|while|until|before|after|for|in|at|as|with|to|during) [^,.]{3,90}, )?"
    r"(?:then |first |always |also |gently |slowly |immediately |carefully |please )?"
    r"(?:do|don['’]t|never|always|avoid|add|apply|ask|back|begin|bend|blow|boil|bring|brush|bury|"
    r"call|carry|catch|change|charge|check|choose|clean|clear|close|collect|cook|cool|cover|cut|"
    r"dial|dig|discard|disconnect|dispose|drain|drink|drive|drop|dry|eat|elevate|empty|evacuate|"
    r"fill|filter|find|fit|flush|fold|follow|get|give|go|have|heat|help|hold|immerse|insulate|keep|"
    r"kneel|lay|lean|leave|let|lie|lift|light|limit|listen|lock|look|loosen|lower|make|measure|"
    r"melt|mix|move|open|pack|phone|place|plan|plug|point|pour|press|prevent|protect|pull|push|put|"
    r"raise|reassure|remove|repeat|rest|return|rinse|roll|run|scrub|seal|seek|send|separate|set|"
    r"shake|shelter|shut|sit|slap|sleep|smell|speak|spread|squeeze|start|stay|stir|stop|store|"
    r"strain|switch|take|talk|tell|test|throw|tie|tilt|touch|treat|try|turn|unplug|use|ventilate|"
    r"wait|warm|wash|watch|wear|wipe|work|wrap|write|leave|remember|make sure|split|line|sprinkle)"
    r"\b",
    re.I,
)
_ADVICE = re.compile(r"\b(?:should|must|need to|have to|ought to|can be (?:used|treated|made))\b", re.I)
_FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|"
    r"forty|sixty|half|double|once|twice)\b",
    re.I,
)
_UNIT = re.compile(
    r"(?:\d|one|two|three|four|five|six|eight|ten|twelve|fifteen|twenty|thirty|half|an?)[ -]?"
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|drops?|litres?|liters?|gallons?|"
    r"quarts?|pints?|cups?|ml|millilitres?|teaspoons?|tablespoons?|tsp|tbsp|°|degrees?|metres?|"
    r"meters?|feet|foot|miles?|km|kilomet\w+|cm|inch(?:es)?|mg|grams?|g\b|kg|pounds?|percent|%|"
    r"per cent|times|breaths|compressions|blows|pieces|people|layers|watts?|volts?|mhz|°c|°f)",
    re.I,
)
_KINDS: dict[str, re.Pattern[str]] = {
    asked.SAFE: re.compile(
        r"\b(?:safe\w*|unsafe|do not|don['’]t|never|only|must|should|can|cannot|may|discard|danger\w*|"
        r"kill\w*|risk|throw|avoid|poison\w*|harm\w*|ok|allowed|unless|until)\b", re.I),
    asked.SIGNS: re.compile(
        r"\b(?:signs?|symptoms?|look(?:s|ing)? like|feels?|feeling|appear\w*|smells?|means?|may be|"
        r"pale|blue|confus\w+|shiver\w*|pain|swelling|weak\w*|dizz\w+|headache|numb\w*)\b", re.I),
    asked.WHY: re.compile(
        r"\b(?:because|causes?|caused|due to|since|so that|as a result|reason|otherwise|can kill|"
        r"leads? to|produces?|makes?)\b", re.I),
    asked.WHERE: re.compile(
        r"\b(?:in|at|near|under|beside|above|below|away from|outside|inside|room|floor|place|"
        r"north|south|upstairs|basement)\b", re.I),
    asked.DEFINE: re.compile(r"\b(?:is|are|means?|refers to|is called|known as|stands for)\b", re.I),
    asked.PRICE: re.compile(r"[$£€]\s?\d|\d+ (?:dollars|pounds|euros|cents|pence)\b", re.I),
    asked.DATE: re.compile(r"\b(?:1[5-9]|20)\d\d\b"),
    asked.WHO: re.compile(r"\b[A-Z][a-z]+ (?:[A-Z]\. )?[A-Z][a-z]+\b"),
}  # fmt: skip
# Headings under which that kind of answer stands.
_SECTIONS: dict[str, re.Pattern[str]] = {
    asked.HOW: re.compile(
        r"\b(?:what (?:do|should|can) (?:i|you|we)|what to do|how (?:do|can|should) (?:i|you|we)|how to|"
        r"first aid|treat|treatment|steps|procedure|make .* safe|during)\b", re.I),
    asked.SIGNS: re.compile(
        r"\b(?:signs?|symptoms?|recogni[sz]\w+|know|tell|look like|notice|how bad)\b", re.I),
    asked.SAFE: re.compile(
        r"\b(?:safe|can i|should i|must i|may i|must i not|not|never|avoid|ok|which|danger\w*)\b", re.I),
    asked.AMOUNT: re.compile(
        r"\b(?:how (?:much|many|long|often|far|hot|cold|high)|temperature|amounts?|doses?)\b", re.I),
    asked.WHY: re.compile(r"\b(?:why|causes?|danger\w*|reason)\b", re.I),
    asked.WHERE: re.compile(r"\bwhere\b", re.I),
}  # fmt: skip
_SECTIONS[asked.PLAIN] = _SECTIONS[asked.HOW]
_NOISE = re.compile(
    r"https?://|www\.|\.{4,}|\bfigure \d|\bet al\b|\bISBN\b|\bpage \d|\bsee (?:figure|table|chapter|"
    r"appendix|page|section)\b|^\W*\d+(?:\s*,\s*\d+)*\.\s|©|\(\d{4}\)|[A-Z]{4,} [A-Z]{4,} [A-Z]{4,}",
    re.I,
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
    bags = [Bag(one.text) for one in sentences]
    own = [held(bag, concepts) for bag in bags]
    scored = []
    for at, one in enumerate(sentences):
        if one.kind in (HEADING, PRE):
            continue
        context = [found.context]
        if one.intro is not None:
            context.append(_share(own[one.intro], settings.INTRO_WORTH))
        elif at and not one.first:
            context.append(_share(own[at - 1], settings.BEFORE_WORTH))
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
    value -= _faults(sentence)
    for index, worth in one.own.items():
        if concepts[index].negated and concepts[index].weight and _about(sentence, one.bag, worth):
            value -= 0.08
    return value


def kind(one: Scored, facet: str) -> float:
    """What being, or not being, the kind of sentence asked for is worth."""
    text = one.sentence.text
    section = _SECTIONS.get(facet)
    if section is not None and section.search(one.found.hit.heading):
        return settings.SECTION + _kind(one, text, facet)
    return _kind(one, text, facet)


def _kind(one: Scored, text: str, facet: str) -> float:
    if facet in (asked.HOW, asked.PLAIN):
        if _IMPERATIVE.match(text):
            return 0.14
        return 0.05 if _ADVICE.search(text) else 0.0
    if facet == asked.AMOUNT:
        if _UNIT.search(text):
            return 0.18
        return 0.06 if _FIGURE.search(text) else -0.12
    pattern = _KINDS.get(facet)
    if pattern is None:
        return 0.0
    if pattern.search(text):
        return 0.10
    heading = pattern.search(one.found.hit.heading) if facet in (asked.SIGNS, asked.WHY) else None
    return 0.10 if heading else 0.0


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
    if _NOISE.search(text):
        value += 0.15
    if is_intro(text) and sentence.kind != ITEM:
        value += 0.02
    if len(_CAPITALS.findall(text)) > 12:
        value += 0.1
    return value


def _about(sentence: Sentence, bag: Bag, worth: float) -> bool:
    """Whether the sentence tells to do what the person said they cannot."""
    return worth > 0.5 and bool(_IMPERATIVE.match(sentence.text)) and len(bag.order) < 40


def _share(found: Held, share: float) -> Held:
    return {index: worth * share for index, worth in found.items()}


def evidence(text: str, facet: str) -> bool:
    """Whether a text holds the kind of thing this facet asks for (True where any text may)."""
    if facet == asked.AMOUNT:
        return bool(_FIGURE.search(text))
    if facet in (asked.PRICE, asked.DATE, asked.WHO):
        return bool(_KINDS[facet].search(text))
    return True
