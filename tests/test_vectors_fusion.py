"""One order out of two."""

from __future__ import annotations

import math

import pytest
from ask_kit import OTHERS, corpus, guide
from hypothesis import given, strategies as st
from vectors_kit import Concepts, meaning

from hearth.vectors import filling, fusion, hybrid
from hearth.vectors.meaning import Meaning, Minds

SCORES = st.dictionaries(st.integers(0, 50), st.floats(0, 100, width=32), max_size=30)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1))
def test_standardised_scores_have_mean_0_and_spread_1(scores: list[float]) -> None:
    found = fusion.standardised(scores)
    assert abs(sum(found) / len(found)) < 1e-3
    spread = math.sqrt(sum(one * one for one in found) / len(found))
    assert spread == pytest.approx(1, abs=1e-3) or not any(found)


def test_of_nothing_comes_nothing() -> None:
    assert fusion.standardised([]) == []
    assert fusion.standardised([3.0, 3.0]) == [0.0, 0.0]
    assert fusion.combine({}, {}, 0.4) == {}
    assert fusion.fuse({}, {}, 2, lambda best: {}) == {}


@given(SCORES, SCORES)
def test_all_that_either_found_is_in_it(text: dict[int, float], sense: dict[int, float]) -> None:
    assert fusion.combine(text, sense, 0.4).keys() == text.keys() | sense.keys()


def test_a_passage_without_a_vector_counts_as_the_mean() -> None:
    found = fusion.combine({1: 1.0, 2: 1.0, 3: 1.0}, {1: 0.9, 2: 0.1}, 0.4)
    assert found[1] > found[3] > found[2]


def test_without_meaning_the_words_order_stands() -> None:
    text = {1: 0.2, 2: 0.9, 3: 0.5}
    found = fusion.fuse(text, {}, 2, lambda best: pytest.fail("nothing to move"))
    assert sorted(found, key=lambda row: -found[row]) == [2, 3, 1]


def test_the_question_is_moved_towards_the_best() -> None:
    moved: list[list[int]] = []

    def move(best: list[int]) -> dict[int, float]:
        moved.append(best)
        return {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.9}

    found = fusion.fuse({}, {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.1}, 2, move)
    assert moved == [[1, 2, 3]]
    assert max(found, key=lambda row: found[row]) == 4


def test_a_single_word_counts_more_by_itself() -> None:
    assert fusion.share(1) == fusion.WORD > fusion.share(2) == fusion.TEXT


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("how do I make the water safe", ["water", "safe"]),
        ('"how do" i', ["how do"]),
        ("the", ["the"]),
        ("Water water WATER", ["water"]),
        ("high-speed aircraft.", ["high", "speed", "aircraft"]),
        ("", []),
        ('""', []),
    ],
)
def test_what_is_looked_for(query: str, terms: list[str]) -> None:
    assert hybrid.terms(query) == terms


def test_the_best_may_be_where_nothing_has_a_vector_yet() -> None:
    sources = [guide(), corpus(OTHERS)]
    model = Concepts()
    filling.fill(sources[1].index.connection, model)  # of the guide nothing is embedded yet
    sense = Meaning(lambda: Minds(model))
    sense.begin("burn")
    found = hybrid.search("burn", ["burn"], sources, None, 9, sense)
    assert found is not None
    assert {"guide"} < {hit.corpus for hit in found}


def test_a_passage_that_says_it_in_other_words_is_found() -> None:
    sources = [guide(), corpus(OTHERS)]
    sense = meaning(Concepts(), *sources)
    query = "koi during freezing"
    assert all("oldfish" not in hit.text for one in sources for hit in one.index.search(["koi"]))
    sense.begin(query)
    found = hybrid.search(query, hybrid.terms(query), sources, None, 3, sense)
    assert found is not None
    assert "oldfish" in found[0].text
    assert found == sorted(found, key=lambda hit: -hit.score)
    only = hybrid.search(query, hybrid.terms(query), sources, ["guide"], 3, sense)
    assert only
    assert {hit.corpus for hit in only} == {"guide"}
