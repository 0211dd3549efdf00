"""Statements out of a stream of anything."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from hearth.llm.schema import checked, read
from hearth.writing.drafts import MOST_STATEMENTS, MOST_TEXT, SCHEMA, Draft, Drafts

GOOD = '{"statements": [{"text": "Boil it.", "cites": [1, 2]}, {"text": "Wait.", "cites": [3]}]}'
BOTH = [Draft("Boil it.", (1, 2)), Draft("Wait.", (3,))]


def drafts(text: str, size: int = 1) -> list[Draft]:
    reader = Drafts()
    found: list[Draft] = []
    for at in range(0, len(text), size):
        found += reader.feed(text[at : at + size])
    return found + reader.finish()


def test_the_schema_is_one_that_models_can_be_held_to() -> None:
    checked(SCHEMA)
    assert read(GOOD, SCHEMA)["statements"][0]["cites"] == [1, 2]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"Sure! Here it is:\n```json\n{GOOD}\n```\nAnything else?",
        json.dumps([{"text": "Boil it.", "cites": [1, 2]}, {"text": "Wait.", "cites": [3]}]),
        '{"text": "Boil it.", "cites": [1, 2]}\n{"text": "Wait.", "cites": [3]}',
        '{"answer": {"parts": [{"text": "Boil it. [1][2]"}, {"text": "Wait [3]."}]}}',
    ],
)
def test_statements_however_they_come(text: str, size: int) -> None:
    assert drafts(text, size) == BOTH


def test_each_comes_as_soon_as_it_is_whole() -> None:
    reader = Drafts()
    end = GOOD.index("}") + 1
    assert reader.feed(GOOD[: end - 1]) == []
    assert reader.feed(GOOD[end - 1 : end]) == BOTH[:1]
    assert reader.feed(' , {"text": "Wai') == []
    assert reader.partial == "Wai"


def test_prose_with_marks() -> None:
    assert drafts("Boil it. [1][2] Wait [3].\n- Cool it [1, 2]") == [
        *BOTH,
        Draft("Cool it", (1, 2)),
    ]


def test_strings_that_look_like_structure() -> None:
    text = '{"statements": [{"text": "say \\"}\\" and { or ]", "cites": [1]}]}'
    assert drafts(text) == [Draft('say "}" and { or ]', (1,))]


@pytest.mark.parametrize(
    ("cites", "numbers"),
    [("[1, 1, 2]", (1, 2)), ("7", (7,)), ('["1"]', ()), ("[true, 2]", (2,)), ("[1.0]", ()),
     ("null", ()), ("[-1, 0]", (-1, 0)), ("[[1]]", ()), ("[99999999999999999999]", (10**20 - 1,))],
)  # fmt: skip
def test_only_numbers_cite(cites: str, numbers: tuple[int, ...]) -> None:
    assert drafts(f'{{"text": "x", "cites": {cites}}}') == [Draft("x", numbers)]


def test_limits() -> None:
    one = '{"text": "x", "cites": [1]}'
    for count in (MOST_STATEMENTS - 1, MOST_STATEMENTS, MOST_STATEMENTS + 1):
        assert len(drafts(one * count)) == min(count, MOST_STATEMENTS)
    for size in (MOST_TEXT - 1, MOST_TEXT, MOST_TEXT + 1):
        reader = Drafts()
        reader.feed(" " * size)
        assert reader.full == (size >= MOST_TEXT)
        assert len(reader.feed(one)) == 0
    reader = Drafts()
    assert reader.feed(" " * (MOST_TEXT - len(one)) + one) == [Draft("x", (1,))]


@given(st.text(max_size=400), st.integers(1, 20))
def test_anything_may_come(text: str, size: int) -> None:
    for draft in drafts(text, size) + drafts("{" + text, size):
        assert isinstance(draft.text, str)


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=30), st.lists(st.integers(-5, 30))), max_size=8)
)
def test_what_is_well_formed_is_read(said: list[tuple[str, list[int]]]) -> None:
    text = json.dumps({"statements": [{"text": text, "cites": cites} for text, cites in said]})
    assert len(drafts(text)) == len(said)
