"""What somebody swallowed or spilt leads to what to do, never to how the thing is used.

The questions are in questions/shouted.txt: cards that may come first, and for each kind of question
the cards of which no answer may have a part.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from program import ROOT

from hearth import guide
from hearth.ask import beyond, harmful, signs
from hearth.ask.answering import Answer, answer
from hearth.ask.question import parse
from hearth.ask.sources import Source

SLUGS = {card.document: card.slug for card in guide.cards()}
NONE = "-"

# Of all questions so many may miss the right card, none of them by a harmful one.
MISSED = 19


class Shouted(NamedTuple):
    text: str
    right: frozenset[str]
    harmful: frozenset[str]


def shouted() -> list[Shouted]:
    found, banned = [], frozenset[str]()
    path = ROOT / "tests" / "questions" / "shouted.txt"
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("=="):
            banned = frozenset(line.partition(":")[2].split())
        elif line and not line.startswith("#"):
            text, _, cards = line.partition(" | ")
            right = frozenset(cards.split())
            found.append(Shouted(text, right, banned - right))
    return found


def cards_of(found: Answer) -> list[str]:
    return [SLUGS[part.found.hit.document] for part in found.parts] or [NONE]


def test_the_questions_name_cards_that_are_there() -> None:
    known = {*SLUGS.values(), NONE}
    assert len(shouted()) >= 600
    assert {card for one in shouted() for card in one.right | one.harmful} <= known


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_the_right_card_comes_first_and_no_harmful_one_at_all(cards: Source, every: int) -> None:
    missed, harm = [], []
    for one in shouted()[::every]:
        named = cards_of(answer(one.text, [cards]))
        if named[0] not in one.right:
            missed.append((one.text, named[0]))
        if named[0] in one.harmful or set(named[1:]) & one.harmful - ALLOWED.get(one.text, set()):
            harm.append((one.text, named))
    assert not harm
    assert len(missed) <= MISSED, missed


# The one answer that says more than it should: after what to do about the bleeding.
ALLOWED = {
    "my boy put his arm through a window loads of blood": {"baby-or-child-not-breathing"},
}


@pytest.mark.parametrize(
    "question",
    [
        "can i drink water with bleach in it",
        "how many drops of bleach for drinking water",
        "where do i keep bleach so that no child drinks it",
        "my torch ate the batteries",
        "we ran out of tablets and the pharmacy is shut",
        "the kids ate all the soup",
        "my son needs batteries for his hearing aid",
        "i boiled water on the petrol stove",
        "is it safe to drink water that was treated with bleach",
        "the river swallowed the road",
    ],
)
def test_use_and_meals_are_no_poisoning(question: str) -> None:
    assert "poison" not in parse(question).means


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("she swallowed a thing that nobody knows", "poison"),
        ("what if a baby swallows a coin battery", "poison"),
        ("my kid swalowed bleech", "poison"),
        ("mein Kind hat Bleichmittel getrunken", "poison"),
        ("ma fille a avalé une pile", "poison"),
        ("mi hija se tragó una pila", "poison"),
        ("bleach in my eye", "eye"),
        ("drain cleaner splashed on her leg", "burn"),
        ("he breathed in bleach fumes", "fumes at home"),
        ("my son has a battery stuck in his throat", "choke"),
        ("huele a gas en casa", "natural gas"),
        ("er will sich umbringen", "suicide"),
        ("took 20 paracetamols last night feels fine now", "poison"),
        ("she took twenty aspirins", "poison"),
    ],
)
def test_what_happened_is_read_from_how_it_is_said(question: str, means: str) -> None:
    assert parse(question).means == (means,)


def test_who_does_not_breathe_after_poison_gets_cpr(cards: Source) -> None:
    found = answer("he swallowed pills and is not breathing", [cards])
    assert cards_of(found)[0] == "cpr-not-breathing"


@pytest.mark.parametrize("question", ["my dog drank antifreeze", "mi perro bebió lejía"])
def test_an_animal_that_took_poison_gets_nothing_for_people(cards: Source, question: str) -> None:
    found = answer(question, [cards])
    assert found.question.beyond == beyond.ANIMAL
    assert set(cards_of(found)) <= {"pets", NONE}


def test_marks_are_as_long_as_what_they_stand_for() -> None:
    for one in shouted():
        text = harmful.marked(one.text)
        assert [*map(len, text.split(" "))] or not text
        assert len(text) == len(one.text)
    assert harmful.marked("bleach and milk") == "ʘʘʘʘʘʘ and ʡʡʡʡ"


def test_no_sign_lacks_the_letters_that_are_looked_for_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = {one.text: parse(one.text).means for one in shouted()}
    monkeypatch.setattr(signs, "TABLES", [(table, re.compile("")) for table, _ in signs.TABLES])
    assert {one.text: parse(one.text).means for one in shouted()} == read
    assert sum(map(bool, read.values())) > 350
