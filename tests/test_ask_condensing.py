"""Messages of 100 kB."""

from __future__ import annotations

import json

import pytest
from languages_kit import sources
from program import Hearth

from hearth.ask.answering import answer
from hearth.ask.condensing import SHORT, condense
from hearth.ask.question import LONG, LONGEST_MESSAGE, parse
from hearth.commands.ask import LONGEST_INPUT

QUICK = True
ASKED = "How long does food keep in the fridge without power?"
STORY = "My brother said that the weather was nice, and we had some soup. " * 700


def test_what_asks_is_kept_and_stands_where_it_stood() -> None:
    text = condense(f"{STORY}{ASKED} {STORY}My leg bleeds. {STORY}")
    assert ASKED in text
    assert text.index(ASKED) < text.index("My leg bleeds.")
    assert len(text) <= SHORT


@pytest.mark.parametrize("size", [LONG - 1, LONG, LONG + 1])
def test_only_long_messages_are_condensed(size: int) -> None:
    text = (f"{ASKED} " + "so it goes and goes. " * 300)[:size].replace(" ", "x", 0)
    text = text[:-1] + "x"
    question = parse(text)
    assert bool(question.condensed) == (size > LONG)
    assert (question.text == text) == (size <= LONG)


@pytest.mark.parametrize(
    "message",
    ["x" * 100_000, "a.m. " * 20_000, "what if " * 12_500, "水" * 100_000, "? " * 50_000,
     "(" * 100_000, "\n" * 100_000, "é" * LONGEST_MESSAGE * 2, "-20 " * 25_000],
    ids=range(9),
)  # fmt: skip
def test_nothing_that_is_pasted_is_too_much(message: str) -> None:
    question = parse(message)
    assert len(question.text) <= SHORT
    assert len(question.concepts) <= SHORT
    answer(message, sources("en"))


def test_the_answer_is_that_to_the_question_in_it() -> None:
    found = answer(f"{STORY}{ASKED} {STORY}", sources("guide", "en"))
    assert found.verdict == "supported"
    assert "4 hours" in " ".join(part.text for part in found.parts)


def test_a_story_in_german() -> None:
    story = "Meine Tante erzählt gern und viel von ihrem Garten. " * 1000
    found = answer(f"{story}Wie lange muss ich Wasser abkochen? {story}", sources("de"))
    assert "drei Minuten" in " ".join(part.text for part in found.parts)


def test_it_is_told(hearth: Hearth) -> None:
    message = f"{STORY}{ASKED} {STORY}".encode()
    assert len(message) > 85_000
    run = hearth("ask", "-", stdin=message)
    assert run.code == 0
    assert f"{len(message):,} characters condensed" in " ".join(run.out.split())
    data = json.loads(hearth("ask", "-", "--json", stdin=message).out)
    assert data["condensed_from"] == len(message)
    assert ASKED in data["question"]
    assert "condensed_from" not in json.loads(hearth("ask", ASKED, "--json").out)


def test_what_is_not_looked_at_is_told(hearth: Hearth) -> None:
    for size, looked in ((LONGEST_MESSAGE, ""), (LONGEST_MESSAGE + 1, "the first 200,000 of ")):
        message = f"{ASKED} {STORY * 6}"[:size].encode()
        told = " ".join(hearth("ask", "-", stdin=message).out.split())
        assert f"· {looked}{size:,} characters condensed" in told
    for size in (LONGEST_INPUT, LONGEST_INPUT + 1):
        run = hearth("ask", "-", stdin=f"{ASKED} ".encode().ljust(size, b"x"))
        assert ("only the first 1,000,000 bytes" in run.err) == (size > LONGEST_INPUT)
