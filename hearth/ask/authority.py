"""Who may speak alone.

A military manual is written for soldiers with training, medics and no choice. For the medicine of
civilians it never stands alone where the built-in guide answers: its statements are then left
out, and stay as further citations where they say the same. Nor is a dose or a time of any other
document put beside the guide's: two doses side by side leave the choice to somebody who cannot
make it.
"""

from __future__ import annotations

import re

from hearth.ask import beyond, facets
from hearth.ask.matching import Bag
from hearth.ask.passages import Found
from hearth.ask.question import EQUAL, Concept, Question
from hearth.ask.statements import Part
from hearth.ask.wording import MEASURE
from hearth.ask.words import among
from hearth.languages import ENGLISH

# Headings of the guide's cards.
HELP = re.compile(r"when to get help$", re.I)
STEPS = re.compile(
    r"what (?:do|should) (?:i|we) do\b|how do (?:i|we) (?:stop|treat|help|give|get out)\b", re.I
)

_TOPICS = frozenset({"first aid", "medicines", "pregnancy", "babies", "carbon monoxide"})
_USING = frozenset({"water", "power", "food", "sanitation", "household", "radio", "telephone"})
_MEDICAL = among(
    """injuri wound bleed blood burn fractur bone sprain shock unconsci breath cpr choke heart
    stroke seizur poison allerg anaphylaxi asthma fever infect diarrhoea diarrhea vomit
    dehydr hypothermia frostbit heatstrok exhaust bite sting snake rabi medicin medic drug
    insulin pain ill sick symptom sign treat tourniquet bandag faint drown head eye tooth
    rash cough pregnant birth babi child water purifi disinfect bleach monoxid"""
)
_INJURED = among(
    """bleed burn fractur sprain unconsci choke seizur poison swallow allerg bite sting electrocut
    drown faint suffoc scald overdos"""
)
_CHILD = ("child",)
_MILITARY = re.compile(
    r"\b(?:soldiers?|enem(?:y|ies)|combat|evaders?|evasion|survivors?|troops?|platoon|squad leader|"
    r"field manual|army|marines?|battlefield|commanders?|captors?|unit leaders?|aidman|"
    r"survival situation|parachute|raft|SERE|FM \d+-\d+|TC \d+-\d+)\b",
    re.I,
)


_SOLDIERLY = (
    '"soldier" OR "enemy" OR "combat" OR "evader" OR "survivor" OR "troops" OR "survival situation"'
)


def medical(question: Question, parts: list[Part]) -> bool:
    """Whether the question is about the body, or about water to drink."""
    if (
        parts
        and parts[0].found.topic in _TOPICS
        and max(parts[0].found.context.values(), default=0)
    ):
        return True
    return any(
        stem in _MEDICAL
        for concept in question.concepts
        for form, worth in concept.forms.items()
        if worth >= EQUAL
        for stem in form
    )


def injured(question: Question) -> bool:
    """Whether somebody is hurt, poisoned or unconscious, by the words of the question."""
    return question.beyond != beyond.ANIMAL and any(map(_hurts, question.concepts))


def on_the_injury(found: Found, question: Question) -> bool:
    """Whether a card's title, keywords or heading name how somebody is hurt: who drowns in a bath
    is not helped by the card on seizures, which says not to bathe alone."""
    return any(
        found.context.get(at, 0.0) > 0.0 for at, one in enumerate(question.concepts) if _hurts(one)
    )


def _hurts(concept: Concept) -> bool:
    return any(
        form[0] in _INJURED
        for form, worth in concept.forms.items()
        if worth >= EQUAL and len(form) == 1
    )


def first_aid(found: Found) -> bool:
    """Whether a passage is of a card on first aid."""
    return found.topic == "first aid"


def meant(cards: list[Found], question: Question) -> Found | None:
    """The best of these cards whose title names what the signs in the question mean, the gravest
    first. A poison does not go before CPR."""
    breathless = any(concept.forms.get(("cpr",), 0.0) >= EQUAL for concept in question.concepts)
    for concept in question.concepts:
        if concept.word == "poison" and breathless:
            continue
        if concept.word in question.means:
            named = [one for one in cards if Bag(one.title).holds(concept) >= EQUAL]
            if named:
                return max(named, key=lambda one: (*_titled(one, concept, question), one.score))
    return None


def _titled(found: Found, concept: Concept, question: Question) -> tuple[bool, bool]:
    """Whether a card is for the child that is spoken of, and whether its title begins with the
    concept: "Flood" rather than "Food after a flood"."""
    bag = Bag(found.title)
    children = (one for one in question.concepts if _CHILD in one.forms)
    return any(map(bag.holds, children)), bag.order[0] in concept.single


def military(found: Found) -> bool:
    """Whether the passage's document is a military manual, as far as title and words tell."""
    hit = found.hit
    if found.guide:
        return False
    if _MILITARY.search(f"{hit.title}\n{hit.heading}\n{hit.text}"):
        return True
    row = found.source.index.connection.execute(
        "SELECT count(*) FROM passage_text WHERE passage_text MATCH ? AND rowid BETWEEN "
        "(SELECT first FROM index_entries WHERE document = ?) AND "
        "(SELECT first + count - 1 FROM index_entries WHERE document = ?)",
        (
            _SOLDIERLY,
            hit.document,
            hit.document,
        ),
    ).fetchone()
    return bool(row and row[0] >= 2)


def prefer(question: Question, parts: list[Part]) -> list[Part]:
    """What may be said: military statements, and others' figures, are left out of medicine where
    the guide speaks; of a sick animal, what is about people. May return `parts` itself."""
    if question.beyond == beyond.ANIMAL:
        return [part for part in parts if _about_animals(part.found, question)]
    if not any(part.found.guide for part in parts) or not medical(question, parts):
        return parts
    return [
        part for part in parts if part.found.guide or not (measured(part) or military(part.found))
    ]


def astray(part: Part, question: Question) -> bool:
    """Whether a part is of a card on something else than what the signs in the question mean, and
    not on first aid: how to use what harmed somebody is not to be read beside what to do. Without
    signs only cards on using things are astray."""
    found = part.found
    if not found.guide or first_aid(found):
        return False
    return not found.title_means(question) if question.means else found.topic in _USING


def _about_animals(found: Found, question: Question) -> bool:
    """Whether the title or the heading of a passage names the animal of the question."""
    bags = Bag(found.title, found.hit.language), Bag(found.hit.heading, found.hit.language)
    return any(
        beyond.animal(concept.word) and any(bag.holds(concept) for bag in bags)
        for concept in question.concepts
    )


def measured(part: Part) -> bool:
    """Whether a part gives a dose, a time or a temperature."""
    language = part.found.hit.language
    if language != ENGLISH:
        return facets.answered(facets.AMOUNT, part.text, language)
    return MEASURE.search(part.text) is not None
