"""The built-in guide asked as a frightened person asks: the first thing said must be the thing to
do. The questions are the makers' own; the words are what any first aid course would say."""

from __future__ import annotations

import pytest
from ask_kit import text

from hearth.ask.answering import answer
from hearth.ask.sources import Source

# (question, what must be said, what the first statement must hold)
EMERGENCIES = [
    ("he drank bleach", ["vomit"], "Call the emergency number"),
    ("theres blood pouring out of his leg what do i do", ["tourniquet"], "Press hard"),
    ("dog bit my kid", ["soap"], "bite"),
    ("my baby is not breathing help", ["rescue breaths", "compressions"], "lifeless baby"),
    ("husband unconscious and not breathing", ["compressions"], "start chest compressions"),
    ("pulled her out of the water, not breathing", ["5 rescue breaths"], ""),
    ("my gran wont wake up", ["recovery position"], "breathing"),
    ("bee sting throat swelling", ["injector"], "injector"),
    ("burned with hot oil", ["running water", "butter"], ""),
    ("i smell gas", ["switch"], "out of the building"),
    ("i want to die", ["stay"], "Call the emergency number"),
    ("carbon monoxide alarm going off", ["fresh air"], "fresh air"),
    ("can i bring my bbq inside to keep warm", ["carbon monoxide"], "Never"),
    ("my mum is having a stroke i think her face has gone funny", ["aspirin"], ""),
    ("earthquake what now", ["Cover your head"], ""),
    ("tornado warning no basement", ["inner room"], ""),
    ("how long does food last in the fridge when the power is out", ["4 hours"], ""),
    ("how do i make flood water safe to drink", ["no safe way"], ""),
    ("how do i purify water", ["at least 1 minute", "rolling boil"], "rolling boil"),
    ("how do i make muddy river water drinkable", ["at least 1 minute", "flood"], "rolling boil"),
    ("can we drink water from the stream", ["germs"], ""),
    ("broken leg bone sticking out", ["Do not push a bone back"], "still"),
    ("my child is bleeding", ["heavily bleeding wound"], "Press hard"),
    ("my baby is bleeding", ["heavily bleeding wound"], "Press hard"),
    ("mein Kind blutet", ["heavily bleeding wound"], "Press hard"),
    ("mon enfant saigne", ["heavily bleeding wound"], "Press hard"),
    ("my child is bleeding from the nose", ["lean forward"], "Sit upright"),
    ("how to stop nosebleed", ["lean forward"], "Sit upright"),
]


@pytest.mark.parametrize(("question", "said", "first"), EMERGENCIES)
def test_the_thing_to_do_is_said(cards: Source, question: str, said: list[str], first: str) -> None:
    found = answer(question, [cards])
    assert found.verdict == "supported"
    for words in said:
        assert words in text(found)
    assert first in found.parts[0].text


def test_of_the_makers_own_questions_few_go_wrong(cards: Source) -> None:
    from program import ROOT

    from hearth import evaluate

    items = evaluate.load((ROOT / "tests" / "ask_own_questions.json").read_bytes())
    outcomes = evaluate.run(items, lambda question: answer(question, [cards]))
    found = evaluate.report(outcomes)["own"]
    assert found["answerable"]["refused_wrong"] <= 0.06
    assert found["near-topic"]["refused_right"] >= 0.90
    assert found["near-topic"]["supported_wrong"] <= 0.04
    assert found["off-topic"]["refused_right"] >= 0.70
