"""Answers: what is said, what is never said, and when it is said that nothing is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ask_kit import ask, cards, corpus, guide, text
from blake3 import blake3

from hearth.ask import everyday, facets, spelling
from hearth.ask.condensing import SHORT
from hearth.ask.passages import terms, weigh
from hearth.ask.question import LONGEST_MESSAGE, MOST_CONCEPTS, Question, clean, parse
from hearth.ask.report import document
from hearth.ask.sources import Source


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("how long do I boil water", ["at least 1 minute", "3 minutes", "2,000 metres"]),
        ("how do i treat a burn", ["20 minutes", "do not pull", "emergency number"]),
        ("HELP burned my hand what do i do!!!", ["cool running water"]),
        ("is butter ok on a scald", ["Do not put butter"]),
        ("can i run my genny in the garage", ["Never run a generator in a garage"]),
        ("why is a genarator in the garage dangerous", ["carbon monoxide"]),
        ("goldfish herons", ["A net keeps herons away"]),
    ],
)
def test_says(question: str, said: list[str]) -> None:
    found = ask(question)
    assert found.verdict == "supported"
    for words in said:
        assert words in text(found)


@pytest.mark.parametrize(
    "question",
    [
        "who won the 1998 world cup",
        "what is the capital of Kazakhstan",
        "how do i reverse a list in python",
        "what is the wifi password at the library",
        "is Honda or Stihl better for a chainsaw",
        "when is Tesco on Mill Road open on sunday",
        "???",
        "the and of to",
        "zzzzqqqq",
    ],
)
def test_says_that_it_does_not_know(question: str) -> None:
    found = ask(question)
    assert found.verdict == "none"
    assert found.parts == []


@pytest.mark.parametrize(
    "question",
    [
        "what does a generator cost",
        "what is the price of a generator",
        "who invented the generator",
        "which Honda generator model EU22i has the best warranty",
        "where is the nearest generator shop open now",
    ],
)
def test_near_the_topic_is_never_supported(question: str) -> None:
    assert ask(question).verdict != "supported"


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("how do i repair the generator", "weak"),  # the card does not say
        ("how do i fix my genny", "weak"),
        ("how can i sell a generator", "weak"),
        ("how do i run the generator", "supported"),
        ("how do i use a generator", "supported"),  # any advice on it is
        ("how do i hold a burn under water", "supported"),
        ("is there a fix for a burn", "supported"),  # not how it is done
    ],
)
def test_what_tells_nothing_of_the_deed_is_not_supported(question: str, verdict: str) -> None:
    assert ask(question).verdict == verdict


def test_the_guide_speaks_for_the_body_not_the_soldiers() -> None:
    found = ask("how do i treat a burn", k=20)
    assert "Soldiers" not in text(found)
    assert all(part.found.guide for part in found.parts)


def test_without_the_guide_others_may_speak() -> None:
    found = ask("how do i treat a burn", [corpus()], k=20)
    assert {part.found.title for part in found.parts} & {"Survival", "Leaflet"}


def test_no_second_dose_beside_the_guides() -> None:
    found = ask("how long do i boil water to drink it", k=20)
    assert "10 minutes" not in text(found)


def test_what_two_documents_say_is_said_once_and_cites_both() -> None:
    leaflet = {
        "Goldfish": "# Goldfish\n\nGoldfish need shade and clean water in summer.\n",
        "Ponds": "# Ponds\n\nGoldfish need clean water and shade in the summer.\n",
    }
    found = ask("what do goldfish need", [corpus(leaflet)])
    assert len(found.parts) == 1
    titles = {one["title"] for one in document(found, None, 3)["statements"][0]["citations"]}
    assert titles == {"Goldfish", "Ponds"}


def test_other_figures_are_not_the_same_statement() -> None:
    leaflet = {
        "One": "# One\n\nFeed goldfish for 2 minutes every day in summer.\n",
        "Two": "# Two\n\nFeed goldfish for 5 minutes every day in summer.\n",
    }
    found = ask("how long do i feed goldfish", [corpus(leaflet)])
    assert all(not part.others for part in found.parts)


def test_corpora_restrict() -> None:
    assert ask("how do i treat a burn", corpora=["mine"]).parts[0].found.hit.corpus == "mine"
    assert ask("goldfish herons", corpora=["guide"]).verdict == "none"


def test_a_typing_slip_is_read_and_told() -> None:
    found = ask("how long do i boill watter")
    assert dict(found.corrections) == {"boill": "boil", "watter": "water"}
    assert "1 minute" in text(found)
    assert document(found, None, 3)["read_as"]


def test_json_has_what_scripts_rely_on() -> None:
    found = document(ask("how long do I boil water"), "ab" * 32, 3)
    assert json.loads(json.dumps(found)) == found
    assert found["v"] == 1
    assert found["answered_by"] == {"node": "ab" * 32, "kind": "extractive", "model": None}
    citation = found["statements"][0]["citations"][0]
    assert citation.keys() == {
        "n", "passage", "document", "title", "heading", "page", "corpus", "corpus_id", "community",
        "quote",
    }  # fmt: skip
    assert citation["title"] == "Built-in guide › Making water safe by boiling"
    assert "nearest" not in found
    assert document(ask("goldfish password"), None, 2).keys() >= {"verdict", "nearest"}


QUESTIONS = [
    "how do i make water safe", "signs of hypothermia and what do i do", "how to start a fire",
    "what snakes are dangerous", "how much water per day", "how do i tie a knot", "food in winter",
    "is it safe to eat snow", "how do i signal a plane", "what should be in a kit",
    "rabies after a bite", "heat stroke", "storm warning", "desert water", "edible plants",
    "radio frequencies", "how do i build a shelter", "frostbite", "trench foot", "sea sickness",
]  # fmt: skip


def test_every_quote_is_in_its_document_byte_for_byte(test_data: Path) -> None:
    from hearth.documents.extraction import extract
    from hearth.documents.media import media_of_name

    texts: dict[str, str] = {}
    for path in sorted((test_data / "corpora").rglob("*.md")):
        media = media_of_name(path.name)
        assert media is not None
        read = extract(path.read_bytes(), media, path.name)
        texts[read.title] = read.text
    source = corpus(texts)
    stored = {blake3(one.encode()).hexdigest(): one.encode() for one in texts.values()}
    stored |= {card.document.hex(): card.text.encode() for card in cards()}
    quotes = 0
    for question in QUESTIONS:
        found = document(ask(question, [guide(), source], k=10), None, 3)
        for statement in found["statements"]:
            for citation in statement["citations"]:
                assert citation["quote"].encode() in stored[citation["document"]]
                quotes += 1
    assert quotes > 40


# What must be harmless: FTS5's own syntax, and what no index was made for.
HOSTILE = [
    '"', '""', '"""', "*", "burn*", "^burn", "NEAR(", "NEAR(burn water, 3)", "burn AND", "OR",
    "NOT burn", "AND OR NOT", "title:burn", "{title text}:burn", "-burn", "+burn", "(burn", "burn)",
    "burn' OR 1=1 --", "'; drop table passage_text; --", "%", "_", "\\", "\x00", "bu\x00rn",
    "burn\x00", "\x1b[2J", "\u202eburn", "\ud800", "🔥", "a" * 100_000, "burn " * 20_000,
    '"burn" ' * 5_000, "(" * 50_000, " ".join(f"word{n}" for n in range(10_000)),
    "ﬁre", "b u r n", "....", "\n\n\n", "${HOME}", "`id`", "$(id)", "burn\n## Heading\n- item",
    "passage_terms", "rowid:1", "rank MATCH 'x'", "match('burn')", "burn\t\t\twater", "‮נרוב",
]  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_questions_are_only_words(question: str) -> None:
    found = ask(question)
    assert found.verdict in ("supported", "weak", "none")
    json.dumps(document(found, None, 3))
    assert len(found.question.text) <= SHORT
    assert found.question.text.isprintable()


def test_a_column_cannot_be_named() -> None:
    plain, column = ask("ordinal burn"), ask("ordinal:burn")
    assert [one.hit.passage_id for one in plain.nearest] == [
        one.hit.passage_id for one in column.nearest
    ]


def weighed(typed: str, *sources: Source) -> Question:
    question = parse(typed)
    weigh(question, sources or [guide()])
    return question


def test_a_long_question_is_condensed_to_what_tells() -> None:
    noise = " ".join(f"filler{n}" for n in range(100))
    question = weighed(f"{noise} burn {noise} generator garage")
    assert len(question.concepts) == MOST_CONCEPTS
    assert {"burn", "generator", "garage"} <= {one.word for one in question.concepts}


def test_words_that_mean_the_same_are_one_concept() -> None:
    question = weighed("genny in a power cut")
    assert [one.word for one in question.concepts] == ["genny", "power cut"]
    assert "generator" in terms(question, guide())


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("what are the signs of a stroke and what do i do", ["signs", "how"]),
        ("how long do i boil it", ["amount"]),
        ("is it safe to drink", ["safe"]),
        ("can i eat it", ["safe"]),
        ("why is that", ["why"]),
        ("what does it cost", ["price"]),
        ("who won", ["who"]),
        ("water bleach", ["plain"]),
        ("what is shock", ["define"]),
    ],
)
def test_facets(typed: str, kinds: list[str]) -> None:
    assert facets.of(typed) == kinds


def test_questions_are_cleaned_to_one_line() -> None:
    assert clean("a\x00b\n\tc  d") == "a b c d"
    assert len(clean("x" * (LONGEST_MESSAGE + 1))) == LONGEST_MESSAGE
    assert clean("don’t") == "don't"


@pytest.mark.parametrize(
    ("one", "other", "limit", "edits"),
    [("boil", "boil", 1, 0), ("boyl", "boil", 1, 1), ("biol", "boil", 1, 1), ("bol", "boil", 1, 1),
     ("water", "wtaer", 2, 1), ("water", "fire", 2, 3), ("abcdef", "a", 2, 3)],
)  # fmt: skip
def test_distance(one: str, other: str, limit: int, edits: int) -> None:
    assert spelling.distance(one, other, limit) == edits


def test_spelling_leaves_names_alone() -> None:
    source = corpus({"Wife": "# Wife\n\nThe wife and her exertions in the layer of snow.\n"})
    assert spelling.correct("wifi", "wifi", [source], lambda stem: False) is None
    assert spelling.correct("abc", "abc", [source], lambda stem: False) is None
    assert "exert" not in str(weighed("weather in Exeter", source).corrections)


def test_everyday_words() -> None:
    assert everyday.everyday("stuff")
    assert everyday.everyday("grabbed")
    assert everyday.everyday("easiest")
    assert not everyday.everyday("tourniquet")
    assert not everyday.everyday("tesco")


def test_nothing_at_all_to_answer_from() -> None:
    found = ask("how do i treat a burn", [corpus({})])
    assert (found.verdict, found.parts, found.nearest) == ("none", [], [])
