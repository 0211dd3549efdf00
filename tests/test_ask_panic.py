"""What people type in panic, however they spell it, and what only sounds like it.

The questions are in questions/panic.txt.
"""

from __future__ import annotations

import unicodedata

import pytest
from program import ROOT
from vectors_kit import Concepts, meaning

from hearth import guide
from hearth.ask import figures
from hearth.ask.answering import Answer, answer
from hearth.ask.facets import measures
from hearth.ask.question import parse
from hearth.ask.sources import Source

CARDS = {card.document: card for card in guide.cards()}
NONE = "-"
EVERY = [5, pytest.param(1, marks=pytest.mark.slow)]

# Topics whose cards are for who is in danger now.
URGENT = frozenset(
    {
        "first aid", "distress", "fire", "flood", "gas", "carbon monoxide", "chemicals",
        "earthquake", "wildfire", "cold water", "landslide", "radiation", "winter", "volcano",
        "heat and cold", "pregnancy", "storm", "security", "winter storm", "shelter", "rescue",
        "evacuation",
    }
)  # fmt: skip


def lines(kind: str) -> list[str]:
    text = (ROOT / "tests" / "questions" / "panic.txt").read_text("utf-8")
    parts = [part.split("\n") for part in text.split("\n== ")[1:]]
    return [line for name, *rest in parts if name.startswith(kind) for line in rest if line]


def answers() -> list[tuple[str, list[str]]]:
    """Questions, and the cards that may come first; those that are still missed have "!" first."""
    pairs = [line.rsplit(" | ", 1) for line in lines("answer")]
    return [(question, cards.split()) for question, cards in pairs]


def first(found: Answer) -> str:
    return CARDS[found.parts[0].found.hit.document].slug if found.parts else NONE


def alarms(found: Answer) -> bool:
    """Whether an answer says for certain that somebody is in danger."""
    if not found.parts or (found.verdict != "supported" and not found.question.means):
        return False
    return CARDS[found.parts[0].found.hit.document].topic in URGENT


def test_the_questions_name_cards_that_are_there() -> None:
    slugs = {card.slug for card in CARDS.values()}
    assert {slug for _, allowed in answers() for slug in allowed} <= slugs
    assert len(answers()) > 220
    assert len(lines("calm")) > 60


@pytest.mark.parametrize("every", EVERY)
def test_the_right_card_speaks_first_in_panic(cards: Source, every: int) -> None:
    for question, allowed in answers()[::every]:
        led = first(answer(question.removeprefix("! "), [cards]))
        assert (led in allowed) != question.startswith("! "), (question, led)


@pytest.mark.parametrize("every", EVERY)
def test_a_figure_of_speech_is_no_emergency(cards: Source, every: int) -> None:
    for question in lines("calm")[::every]:
        found = answer(question.removeprefix("! "), [cards])
        assert alarms(found) == question.startswith("! "), (question, first(found))


@pytest.mark.parametrize(
    ("question", "allowed"),
    [
        ("he broke his leg on the ice", "broken-bones"),
        ("burnt her hand cooking dinner", "burns"),
        ("baby drowning in the bath", "drowning"),
        ("dad had a stroke", "stroke"),
        ("he ate rat poison", "poisoning"),
        ("toddler ate poison for mice", "poisoning"),
        ("burning oil splashed on her arm", "burns"),
        ("got a shock from the kettle", "electric-shock"),
        ("his legs are crushed", "crush-injury"),
        ("she keeps having a fit", "seizures"),
        ("he is choking on paper", "choking"),
        ("a boy is choking next to the printer", "baby-or-child-choking choking"),
        ("999 choking help", "choking"),
        ("he was stabbed in the back", "severe-bleeding"),
        ("nose wont stop bleeding", "nosebleed-and-minor-injuries"),
    ],
)
def test_what_is_meant_as_it_is_said_is_no_figure_of_speech(
    cards: Source, question: str, allowed: str
) -> None:
    assert first(answer(question, [cards])) in allowed.split()


def test_what_was_long_ago_is_not_supported_as_if_it_were_now(cards: Source) -> None:
    for question in ("grandad had a stroke ten years ago", "she drowned in the film"):
        assert figures.told(question)
        assert answer(question, [cards]).verdict != "supported"
    again = "he had a stroke last year and now his face has dropped on one side"
    assert answer(again, [cards]).verdict == "supported"


def test_whose_thing_it_is_says_nothing(cards: Source) -> None:
    assert first(answer("my daughter's phone died", [cards])) == "phone-charging"
    assert [one.light for one in parse("my husbands car").concepts] == [True, False]


ACCENTED = [
    "détecteur de monoxyde de carbone",
    "elle ne répond plus",
    "mi niña se tomó la lejía",
    "el mar se retiró de la playa",
    "está temblando la tierra",
    "er hat sich den Kopf angeschlagen und übergibt sich",
    "mein freund schlägt mich",
    "la chaudière ne répond plus",
]


@pytest.mark.parametrize("question", ACCENTED)
def test_accents_make_no_difference(cards: Source, question: str) -> None:
    parted = unicodedata.normalize("NFD", question)
    plain = "".join(char for char in parted if not unicodedata.combining(char))
    found = answer(question, [cards])
    for other in (parted, plain, question.upper()):
        again = answer(other, [cards])
        assert (first(again), again.question.means) == (first(found), found.question.means)


@pytest.mark.parametrize("question", ["elle répond plus", "il respire plus", "il bouge plus"])
def test_french_is_spoken_without_its_ne(cards: Source, question: str) -> None:
    assert first(answer(question, [cards])) in ("recovery-position", "cpr-not-breathing")


def test_meaning_joins_in_where_signs_choose_the_card(cards: Source) -> None:
    question = "I am shaking and cannot feel my fingers, what now"
    alone = answer(question, [cards])
    found = answer(question, [cards], meaning=meaning(Concepts(), cards))
    assert found.meaning == "concepts"
    assert (first(found), found.verdict) == (first(alone), "supported")


def test_a_denial_is_no_figure() -> None:
    assert not measures("how much water", "Do not drink any of it, and never all.")
    assert measures("how much water", "Drink two glasses.")
    assert measures("how much water", "Drink as much as you can.")
