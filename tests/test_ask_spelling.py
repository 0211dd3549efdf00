"""What is misspelt is read as what was meant; what is only rare is left alone."""

from __future__ import annotations

import pytest

from hearth import guide
from hearth.ask.answering import answer, as_read
from hearth.ask.sources import Source
from hearth.ask.verdict import NONE
from hearth.corpora.index import Index

SLUGS = {card.document: card.slug for card in guide.cards()}


def read(question: str, cards: Source) -> dict[str, str]:
    return dict(answer(question, [cards]).corrections)


@pytest.mark.parametrize(
    ("typed", "stem"),
    [
        ("hypothermya", "hypothermia"),
        ("diarreah", "diarrhea"),
        ("siezure", "seizur"),
        ("bleading", "bleed"),
        ("poisin", "poison"),
        ("turniquet", "tourniquet"),
        ("unconcious", "unconsci"),
        ("infecktion", "infect"),
        ("refridgerator", "refriger"),
        ("concusion", "concuss"),  # and not "confus", which more cards have
        ("strok", "stroke"),
    ],
)
def test_misspelt_words_are_read_as_what_was_meant(cards: Source, typed: str, stem: str) -> None:
    assert read(f"what do i do about {typed}", cards) == {typed: stem}


@pytest.mark.parametrize(
    "word",
    ["inflation", "mutation", "formation", "donation", "duration", "rotation", "ambition"],
)
def test_rare_words_are_read_as_no_other(cards: Source, word: str) -> None:
    assert read(f"what is the {word} rate", cards) == {}


@pytest.mark.parametrize("word", ["uing", "oings", "eeds", "aeds"])
def test_what_is_one_letter_but_for_its_ending_is_read_as_no_other(word: str) -> None:
    assert answer(word, [Source(Index.memory())]).verdict == NONE


def test_what_is_only_rare_finds_no_card(cards: Source) -> None:
    assert answer("what is the inflation rate", [cards]).verdict == NONE


def test_a_common_slip_leads_to_the_right_card(cards: Source) -> None:
    found = answer("my baby is chocking", [cards])
    assert SLUGS[found.parts[0].found.hit.document] == "baby-or-child-choking"


@pytest.mark.parametrize(
    ("question", "embedded"),
    [
        ("my wife has a siezure", "my wife has a seizure"),
        ("Strok signs in a stroller", "stroke signs in a stroller"),  # "stroller" → "stronger"
        ("inflation and bleading", "inflation and bleed"),
        ("where is my stroller", "where is my stroller"),
    ],
)
def test_only_emergency_words_are_embedded_as_they_were_read(
    cards: Source, question: str, embedded: str
) -> None:
    found = answer(question, [cards])
    assert as_read(found.question, found.corrections) == embedded
