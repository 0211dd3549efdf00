"""What nearness is worth in one corpus: measured on its own headings, and believed from 50 on."""

from __future__ import annotations

import random

import pytest
from ask_kit import ask, corpus, guide
from vectors_kit import Concepts, document, meaning

from hearth.ask.verdict import NONE, SUPPORTED
from hearth.corpora.index import Index
from hearth.vectors import calibration, kin
from hearth.vectors.calibration import LEAST, Calibration
from hearth.vectors.meaning import Meaning, Minds


def of(*cosines: float) -> Calibration:
    return Calibration(tuple(sorted(round(one * 10_000) for one in cosines)))


def manual(sections: int) -> Index:
    made = Index.memory()
    seeded = random.Random(3)
    blocks = ["# Manual"]
    for number in range(sections):
        words = " ".join(f"part{seeded.randrange(400)}" for _ in range(40))
        blocks += [f"## How part{number} is kept clean", f"Here part{number} comes first: {words}."]
    text = "\n\n".join(blocks) + "\n"
    made.add_document("manual", document(text), "Manual", text)
    return made


@pytest.mark.parametrize(("pairs", "known"), [(LEAST - 1, False), (LEAST, True), (LEAST + 1, True)])
def test_a_percentage_only_from_fifty_pairs_up(pairs: int, known: bool) -> None:
    found = of(*(at / 100 for at in range(pairs)))
    assert (found.standing(0.3) is not None) is known


def test_the_share_of_pairs_that_are_no_nearer() -> None:
    found = of(*(at / 100 for at in range(99)))
    assert found.standing(-1) == 1 / 100
    assert found.standing(0.495) == 51 / 100
    assert found.standing(1) == 1
    assert found.quantile(0.05) == 0.04
    assert of().quantile(0.5) is None


def test_it_covers_as_many_as_it_says() -> None:
    """The guarantee of split conformal prediction, tried: of answers drawn like the pairs, at most
    a share has a standing below it."""
    seeded = random.Random(11)
    below = 0
    for _ in range(400):
        found = of(*(seeded.gauss(0.5, 0.1) for _ in range(99)))
        standing = found.standing(seeded.gauss(0.5, 0.1))
        assert standing is not None
        below += standing <= 0.1
    assert below / 400 < 0.14


def test_it_is_kept_as_it_was_and_nothing_else_is_believed() -> None:
    found = of(0.1, 0.5, -0.2)
    assert calibration.decode(found.encode()) == found
    for bad in (None, b"", b"\xff", 7, "text", b"\x80", b"\x82\x02\x80", b"\x82\x01\x01"):
        assert calibration.decode(bad) is None


def test_pairs_are_headings_and_what_stands_under_them() -> None:
    pairs = calibration.pairs(manual(8).connection, "manual")
    assert len(pairs) == 8
    assert all(one.question.startswith("How part") for one in pairs)
    assert all(one.question not in one.answer for one in pairs)
    assert calibration.pairs(manual(8).connection, "manual") == pairs
    assert calibration.pairs(manual(8).connection, "another") == []


def test_without_a_heading_the_first_sentence_asks_for_the_rest() -> None:
    made = Index.memory()
    text = "The pump stands in the cellar behind the door. " + "It is oiled every spring. " * 10
    made.add_document("mine", document(text), "Pump", text.strip() + "\n")
    ((question, answer),) = calibration.pairs(made.connection, "mine")
    assert question == "The pump stands in the cellar behind the door."
    assert answer.startswith("It is oiled every spring.")
    assert "cellar" not in answer


def test_no_more_than_so_many() -> None:
    assert len(calibration.pairs(manual(400).connection, "manual")) == calibration.MOST


def test_answers_of_a_corpus_are_nearer_than_anything_else() -> None:
    model = Concepts()
    scale = kin.made(model)
    found = calibration.calibrate(
        calibration.pairs(manual(80).connection, "manual"), model, scale.scaled
    )
    assert found.pairs == 80
    usual = found.quantile(0.5)
    assert usual is not None
    strange = model.embed(["goldfish"]) @ model.embed(["generators in garages"])[0]
    assert usual > scale.scaled(float(strange[0]))


def minds(found: Calibration) -> Minds:
    return Minds(Concepts(), calibration=lambda corpus: found)


@pytest.mark.parametrize(
    ("cosine", "pairs", "verdict"),
    [(0.999, 300, NONE), (0.0, 300, SUPPORTED), (0.999, 49, SUPPORTED)],
)
def test_an_answer_further_than_nearly_all_of_its_corpus_is_refused(
    cosine: float, pairs: int, verdict: str
) -> None:
    sources = [guide(), corpus()]
    meaning(Concepts(), *sources)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hearth.ask.settings.SUPPORTED_MEANING", -100.0)
        patch.setattr("hearth.ask.settings.WEAK_MEANING", -100.0)
        found = ask(
            "how do i treat a burn", sources, meaning=Meaning(lambda: minds(of(*[cosine] * pairs)))
        )
    assert found.verdict == verdict
    assert found.grounds is not None
    assert (found.grounds.standing is None) is (pairs < LEAST)
