"""How well a stretch of text expresses the concepts of a question."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from hearth.ask import words
from hearth.ask.question import Concept
from hearth.languages import ENGLISH


class Bag:
    """The stems of a stretch of text, ready to be matched."""

    __slots__ = ("joined", "order", "present", "text")

    def __init__(self, text: str, language: str = ENGLISH) -> None:
        self.text = text
        self.order = words.stems(text, language)
        self.present = frozenset(self.order + words.parts(text))
        self.joined = " " + " ".join(self.order) + " "

    def holds(self, concept: Concept) -> float:
        """0 (not at all) to 1 (in the question's own word)."""
        best = 0.0
        if concept.unlike and _unlike(concept.unlike).search(self.text):
            return Bag(_unlike(concept.unlike).sub(" ", self.text)).holds(concept)
        single = concept.single
        for stem in single.keys() & self.present:
            if single[stem] > best:
                best = single[stem]
        if best < 0.9:
            for form, worth in concept.multi:
                if worth > best and form[0] in self.present and self._phrase(form):
                    best = worth
        return best

    def _phrase(self, form: tuple[str, ...]) -> bool:
        return f" {' '.join(form)} " in self.joined

    def positions(self, concept: Concept) -> list[int]:
        """Where in the text single-word forms of the concept stand."""
        single = concept.single
        return [at for at, stem in enumerate(self.order) if stem in single]

    def places(self, concept: Concept) -> list[int]:
        """Where forms of the concept that mean the same begin, of one word or of several."""
        forms = [form for form, worth in concept.forms.items() if worth >= 0.8]
        return [
            at
            for at in range(len(self.order))
            if any(tuple(self.order[at : at + len(form)]) == form for form in forms)
        ]


@lru_cache(maxsize=16)
def _unlike(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\w*", re.I)


Held = dict[int, float]
"""Index of a concept → how well it is expressed."""


def held(bag: Bag, concepts: list[Concept]) -> Held:
    """Which concepts a text expresses, and how well."""
    found: Held = {}
    for index, concept in enumerate(concepts):
        worth = bag.holds(concept)
        if worth:
            found[index] = worth
    return found


def coverage(found: Held, concepts: list[Concept]) -> float:
    """The share, 0..1, of the concepts' weight that is expressed."""
    total = sum(concept.weight for concept in concepts)
    if not total:
        return 0.0
    return sum(concepts[index].weight * worth for index, worth in found.items()) / total


def detail(found: Held, concepts: list[Concept]) -> float:
    """The share, 0..1, of the concepts' rarity that is expressed: among sentences of the right
    passages it is the words of the story that tell the right one ("rub", "tape", "taste")."""
    total = sum(concept.rarity for concept in concepts if concept.df)
    if not total:
        return 0.0
    return sum(concepts[index].rarity * worth for index, worth in found.items()) / total


def union(*parts: Held) -> Held:
    """The better of several texts, concept by concept."""
    found: Held = {}
    for part in parts:
        for index, worth in part.items():
            if worth > found.get(index, 0.0):
                found[index] = worth
    return found


def scaled(found: Held, share: float) -> Held:
    """The same, expressed by something that counts as this share of a text."""
    return {index: worth * share for index, worth in found.items()}


def proximity(bag: Bag, found: Held, concepts: list[Concept]) -> float:
    """1 when two or more expressed concepts stand close together, falling to 0 at 12 words."""
    if len(found) < 2:
        return 0.0
    marks = sorted((at, index) for index in found for at in bag.positions(concepts[index]))
    gaps = [there - here for (here, one), (there, other) in pairwise(marks) if one != other]
    return max(0.0, 1.0 - (min(gaps) - 1) / 12) if gaps else 0.0
