"""Comparing answers with expected facts: spaces, dashes, number words, ranks."""

from __future__ import annotations

import json

import pytest
from ask_kit import ask

from hearth import evaluate
from hearth.evaluate import Item, QuestionFileError


def item(**more: object) -> Item:
    base: dict[str, object] = {
        "id": "x", "question": "how long do i boil water", "topic": "", "group": "answerable",
        "half": "tune", "required": [], "forbidden": [], "documents": [],
    }  # fmt: skip
    return Item(**{**base, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("One minute", "1 minute"),
        ("at  least\n1", "at least 1"),
        ("layer-by-layer", "layer by layer"),
        ("4–5 hours", "4 5 hours"),
        ("Don’t", "don't"),
        ("thirty minutes", "30 minutes"),
    ],
)
def test_the_same_when_compared(one: str, other: str) -> None:
    assert evaluate.normal(one) == evaluate.normal(other)


def test_spaces_at_the_ends_count() -> None:
    assert evaluate.normal(" rest") != evaluate.normal("rest")
    outcome = evaluate.judge(item(required=[[" roll"], ["rolling "], [" oil "]]), ask("boil water"))
    assert outcome.missing == [[" oil "]]


def test_facts_met_and_forbidden() -> None:
    found = ask("how long do i boil water")
    outcome = evaluate.judge(
        item(
            required=[["nonsense", "One Minute"], ["three minutes"], ["ten minutes"]],
            forbidden=["rolling boil", "raw"],
            documents=["safe by boiling"],
        ),
        found,
    )
    assert outcome.missing == [["ten minutes"]]
    assert outcome.forbidden == ["rolling boil"]
    assert outcome.rank == 1
    assert outcome.failed


def test_figures() -> None:
    items = [
        item(required=[["1 minute"]], documents=["boiling"]),
        item(required=[["cold fusion"]], documents=["nowhere"]),
        item(question="who won the world cup", group="off-topic"),
        item(question="what does a generator cost", group="near-topic"),
    ]
    found = evaluate.report(evaluate.run(items, ask))["tune"]
    assert found["all"]["questions"] == 4
    assert found["answerable"]["required_met"] == 0.5
    assert found["answerable"]["hit@10"] == 0.5
    assert found["answerable"]["refused_right"] is None
    assert found["off-topic"]["refused_right"] == 1.0


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"v": 2, "questions": []}', b'{"v": 1, "questions": [{}]}', b"\xff",
     b'{"v": 1, "questions": [1]}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_question_file(data: bytes) -> None:
    with pytest.raises(QuestionFileError):
        evaluate.load(data)


def test_groups() -> None:
    one = {"id": "a", "question": "q", "answerable": False, "near_topic": True}
    data = json.dumps({"v": 1, "questions": [one]}).encode()
    assert [found.group for found in evaluate.load(data)] == ["near-topic"]
