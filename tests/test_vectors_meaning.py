"""Asking by meaning: what no word of the question stands in is found, and no fault is anybody's
trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ask_kit import ask, corpus, guide, text
from vectors_kit import Concepts, document, fails_at, meaning

from hearth.ask import settings
from hearth.ask.sources import Source
from hearth.ask.verdict import NONE
from hearth.corpora.index import Index
from hearth.models.errors import ModelError, missing
from hearth.vectors import filling
from hearth.vectors.meaning import Meaning, Minds

QUESTION = "my digits are scorched"


def test_an_answer_found_by_meaning_alone() -> None:
    sources = [guide(), corpus()]
    alone = ask(QUESTION, sources)
    assert "cool running water" not in text(alone)
    found = ask(QUESTION, sources, meaning=meaning(Concepts(), *sources))
    assert found.meaning == "concepts"
    assert found.nearest[0].title == "Burns and scalds"
    assert found.nearest[0].sense is not None
    assert found.nearest[0].sense > settings.SENSE_FROM


def test_passages_say_how_near_they_are() -> None:
    sources = [guide(), corpus()]
    found = ask("how do I cool a burn", sources, meaning=meaning(Concepts(), *sources))
    assert all(one.sense is not None for one in found.nearest)
    assert found.grounds is not None
    assert found.grounds.figures["sense"] == max(
        part.found.sense or 0.0 for part in found.parts or []
    ) or found.verdict == NONE  # fmt: skip
    assert "kin" in found.grounds.figures


def test_only_the_corpora_named_are_searched() -> None:
    sources = [guide(), corpus()]
    sense = meaning(Concepts(), *sources)
    found = ask(QUESTION, sources, meaning=sense, corpora=["mine"])
    assert found.nearest
    assert {one.hit.corpus for one in found.nearest} == {"mine"}


def no_model() -> Minds | None:
    return None


def broken() -> Minds | None:
    raise ModelError("the model is damaged")


def not_installed() -> Minds | None:
    raise missing("embed", "a model for meaning")


def no_memory() -> Minds | None:
    raise MemoryError


def fails_when_asked() -> Minds | None:
    model = Concepts()
    model.before = fails_at("")
    return Minds(model)


@pytest.mark.parametrize(
    "open", [no_model, broken, not_installed, no_memory, fails_when_asked]
)  # fmt: skip
def test_whatever_is_wrong_with_a_model_the_words_answer(open: Callable[[], Minds | None]) -> None:
    sources = [guide(), corpus()]
    meaning(Concepts(), *sources)  # vectors are there
    sense = Meaning(open)
    found = ask("how do i treat a burn", sources, meaning=sense)
    alone = ask("how do i treat a burn", sources)
    assert found.meaning is None
    assert (text(found), found.verdict) == (text(alone), alone.verdict)
    assert (sense.problem is None) is (open is no_model)


def test_where_nothing_has_vectors_yet_the_words_answer() -> None:
    sources = [guide(), corpus()]
    model = Concepts()
    found = ask("how do i treat a burn", sources, meaning=Meaning(lambda: Minds(model)))
    assert found.meaning is None
    assert found.verdict != NONE


def test_a_passage_whose_vector_is_not_made_yet_is_not_refused_for_that() -> None:
    sources = [guide(), corpus()]
    model = Concepts()
    filling.fill(sources[1].index.connection, model)  # of the guide nothing is embedded yet
    found = ask("how do i cool a burn", sources, meaning=Meaning(lambda: Minds(model)))
    assert found.grounds is not None
    assert found.grounds.figures["sense"] > 0.3
    whole = ask("how do i cool a burn", sources, meaning=meaning(model, *sources))
    assert whole.grounds is not None
    assert found.grounds.figures["sense"] == pytest.approx(whole.grounds.figures["sense"], abs=0.01)


def test_what_lacks_its_vectors_is_known_after_the_question(tmp_path: Path) -> None:
    with Index.open(tmp_path / "one.db") as one, Index.open(tmp_path / "two.db") as two:
        sources = [Source(one), Source(two)]
        for made, text in (one, "Cool a burn with water.\n"), (two, "A pond is frozen.\n"):
            made.add_document("mine", document(text), "A title", text)
        model, sense = Concepts(), Meaning(lambda: Minds(model))
        assert sense.prepared(sources)  # nothing was asked, no model opened
        states = []
        for source in sources:
            ask("how do i cool a burn", sources, meaning=sense)
            states.append(sense.prepared(sources))
            sense.close()
            filling.fill(source.index.connection, model)
            sense = Meaning(lambda: Minds(model))
        ask("how do i cool a burn", sources, meaning=sense)
        assert [*states, sense.prepared(sources)] == [False, False, True]
        assert sense.prepared([guide(), *sources])  # what is in memory never has any


def test_sentences_are_compared_where_the_words_tell_too_little() -> None:
    sources = [guide(), corpus()]
    model = Concepts()
    sense = meaning(model, *sources)
    model.texts.clear()
    ask("how do i treat a burn with cool water", sources, meaning=sense)
    assert len(model.texts) == 1  # the question alone: its words are all there
    ask("my digits are scorched, help", sources, meaning=sense)
    assert any(one.startswith("Hold a burn under cool") for one in model.texts)


def test_the_words_are_looked_for_while_the_model_is_opened() -> None:
    sources = [guide(), corpus()]
    model = Concepts()
    meaning(model, *sources)
    looked = threading.Event()
    search = Index.search

    def searching(*given: object, **more: object) -> object:
        looked.set()
        return search(*given, **more)  # type: ignore[arg-type]

    def open() -> Minds:
        assert looked.wait(10)  # would never come if the search waited for the model
        return Minds(model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Index, "search", searching)
        found = ask("how do i treat a burn", sources, meaning=Meaning(open))
    assert found.meaning == "concepts"


def test_one_model_answers_many_questions() -> None:
    sources = [guide(), corpus()]
    opened: list[Concepts] = []

    def open() -> Minds:
        opened.append(Concepts())
        return Minds(opened[-1])

    meaning(Concepts(), *sources)
    sense = Meaning(open)
    first = ask(QUESTION, sources, meaning=sense)
    second = ask("where may an engine run, near a shed", sources, meaning=sense)
    assert len(opened) == 1
    assert first.nearest[0].title == "Burns and scalds"
    assert second.nearest[0].title == "Generators"
