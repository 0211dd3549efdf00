"""The checks of written statements: what must be struck, what must not, and how much is."""

from __future__ import annotations

import json
import time
from itertools import product
from pathlib import Path

import pytest
from answers_kit import (
    CLASSES,
    EACH,
    FRESH,
    HONEST,
    NEIGHBOURS,
    RELATION,
    USUAL,
    Case,
    by_hand,
    dishonest,
    halves,
    quoted,
    usual_halves,
    written,
)
from answers_reworded import of_documents, reworded
from hypothesis import given, settings, strategies as st

from hearth.writing.checks import LONGEST, check, examine
from hearth.writing.evidence import lines

# --- measured (docs/ask.md has the figures) ------------------------------------------------------

LEAST = {"number": 1.0, "unit": 1.0, "citation": 1.0, "negation": 0.9, "subject": 0.8}
"""The share of each class that must be struck."""
MOST_HONEST = 0.05
MOST_FREE = (0.05, 0.08)
"""Of paraphrases, tuned and held. Wanted are 0.05 of the held ones."""
MOST_USUAL = {USUAL: (0.06, 0.18), FRESH: (0.05, 0.08), NEIGHBOURS: (0.03, 0.06)}
"""Of statements in a model's tone, tuned and held. Wanted are 0.05 of the held ones."""
LEAST_BY_HAND = {"number": 1.0, "unit": 0.9, "citation": 1.0, "negation": 0.85, "subject": 0.8}
"""Of the held lies made by hand of the fresh statements. Wanted are `LEAST`."""
LEAST_OF_ANOTHER = {"number": 1.0, "unit": 1.0, "citation": 0.95, "negation": 0.84, "subject": 0.9}
"""Of the held lies of `NEIGHBOURS`. Wanted are `LEAST`; two other citations say the same."""
LEAST_RELATION = 0.2


@pytest.fixture(scope="module")
def both() -> tuple[list[Case], list[Case]]:
    return halves()


@pytest.mark.parametrize(("kind", "half"), list(product(CLASSES, (0, 1))))
def test_dishonest_statements_are_struck(
    both: tuple[list[Case], list[Case]], kind: str, half: int
) -> None:
    made = dishonest(kind, both[half], seed=0)
    assert len(made) == EACH
    struck = sum(bool(case.faults()) for case in made)
    assert struck >= LEAST[kind] * EACH, f"{struck} of {EACH}"


def test_honest_statements_stand(both: tuple[list[Case], list[Case]]) -> None:
    for half in both:
        struck = sum(bool(case.faults()) for case in half)
        assert struck <= MOST_HONEST * len(half), f"{struck} of {len(half)}"


def test_most_free_paraphrases_stand(both: tuple[list[Case], list[Case]]) -> None:
    """In words of one's own more is struck; how much is told in docs/ask.md."""
    for half, most in zip(both, MOST_FREE, strict=True):
        hand = [case for case in half if case.origin == "written"]
        struck = sum(bool(case.faults()) for case in hand)
        assert struck <= most * len(hand), f"{struck} of {len(hand)}"


@pytest.mark.parametrize("tone", MOST_USUAL, ids=lambda path: path.stem)
def test_most_statements_in_a_models_tone_stand(tone: Path) -> None:
    for half, most in zip(usual_halves(tone), MOST_USUAL[tone], strict=True):
        struck = sum(bool(case.faults()) for case in half)
        assert struck <= most * len(half), f"{struck} of {len(half)}"


@pytest.mark.parametrize("kind", CLASSES)
def test_lies_about_statements_in_a_models_tone_are_struck(kind: str) -> None:
    """Those of the held half, by tool and by hand together."""
    honest = [case._replace(origin="written") for case in usual_halves()[1]]
    made = dishonest(kind, honest, seed=0) + by_hand(kind, held=True)
    assert len(made) >= 25
    struck = sum(bool(case.faults()) for case in made)
    assert struck >= LEAST[kind] * len(made), f"{struck} of {len(made)}"


@pytest.mark.parametrize("kind", LEAST_BY_HAND)
def test_lies_about_fresh_statements_are_struck(kind: str) -> None:
    """Those of the held half, by tool, and by hand."""
    honest = [case._replace(origin="written") for case in usual_halves(FRESH)[1]]
    by_tool = dishonest(kind, honest, seed=0)
    struck = sum(bool(case.faults()) for case in by_tool)
    assert struck >= LEAST[kind] * len(by_tool), f"{struck} of {len(by_tool)}"
    hand = by_hand(kind, held=True, path=FRESH)
    struck = sum(bool(case.faults()) for case in hand)
    assert len(hand) >= 18
    assert struck >= LEAST_BY_HAND[kind] * len(hand), f"{struck} of {len(hand)}"


@pytest.mark.parametrize("kind", LEAST_OF_ANOTHER)
def test_lies_by_another_writer_are_struck(kind: str) -> None:
    """Those of the held half, by tool and by hand together."""
    honest = [case._replace(origin="written") for case in usual_halves(NEIGHBOURS)[1]]
    made = dishonest(kind, honest, seed=0) + by_hand(kind, held=True, path=NEIGHBOURS)
    assert len(made) >= 23
    struck = sum(bool(case.faults()) for case in made)
    assert struck >= LEAST_OF_ANOTHER[kind] * len(made), f"{struck} of {len(made)}"


def test_some_that_turn_round_who_does_what_are_struck() -> None:
    hand = by_hand(RELATION, held=True, path=FRESH)
    struck = sum(bool(case.faults()) for case in hand)
    assert struck >= LEAST_RELATION * len(hand), f"{struck} of {len(hand)}"


def _reworded_stand(cases: list[Case], count: int) -> None:
    honest = reworded(cases, count, seed=11)
    struck = [case.text for case in honest if case.faults()]
    assert len(struck) <= MOST_REWORDED * len(honest), struck
    for kind in ("number", "unit", "negation", "subject"):
        lies = dishonest(kind, [one._replace(origin="quoted") for one in honest], 1, most=4 * EACH)
        caught = sum(bool(case.faults()) for case in lies)
        assert caught >= LEAST[kind] * len(lies), f"{kind}: {caught} of {len(lies)}"


MOST_REWORDED = 0.03


def test_sentences_of_the_guide_stand_in_other_words() -> None:
    _reworded_stand(quoted(), 120)


@pytest.mark.slow
def test_sentences_of_documents_stand_in_other_words(test_data: Path) -> None:
    _reworded_stand(of_documents(test_data / "corpora" / "survival-wiki"), 400)


@pytest.mark.slow
def test_many_sentences_of_the_guide_stand_in_other_words() -> None:
    _reworded_stand(quoted(), 700)


@pytest.mark.slow
def test_every_sentence_of_the_guide_bears_itself_out() -> None:
    assert [case.text for case in quoted() if case.faults()] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLASSES)
def test_many_more_dishonest_statements(both: tuple[list[Case], list[Case]], kind: str) -> None:
    for half in both:
        made = [one for seed in (1, 2, 3) for one in dishonest(kind, half, seed, most=400)]
        struck = sum(bool(case.faults()) for case in made)
        assert struck >= min(LEAST[kind], 0.985) * len(made), f"{struck} of {len(made)}"


def test_the_statements_written_by_hand_are_what_they_say() -> None:
    data = json.loads(HONEST.read_text(encoding="utf-8"))["statements"]
    assert len({one["text"] for one in data}) == len(data) >= 160
    assert all(case.text not in " ".join(case.cited) for case in written())


# --- one by one ----------------------------------------------------------------------------------

BLEACH = (
    "Add 8 drops of 6% bleach to each 1 US gallon (about 3.8 litres) of clear water.\n\n"
    "Add 6 drops of 8.25% bleach to each 1 US gallon (about 3.8 litres) of clear water.\n\n"
    "For 1 US gallon of strained water that is still cloudy, add 16 drops of 6% bleach or 12 drops "
    "of 8.25% bleach.\n\n"
    "Stir the water after adding bleach and let it stand for 30 minutes before anyone drinks it."
    "\n\n"
    "Never mix bleach with ammonia, because the mixture gives off poisonous gas."
)
BOIL = (
    "Bring the water to a rolling boil and keep it boiling for at least 1 minute.\n\n"
    "At altitudes above 1,000 metres boil the water for 3 minutes.\n\n"
    "Straining cloudy water does not make the water safe unless the water is also boiled.\n\n"
    "Boiling kills germs, but boiling does not remove fuel or salt.\n\n"
    "Hypothermia means a body temperature below 35 °C (95 °F)."
)
DOSES = (
    "Give an adult 500 mg every 6 hours and a child 250 mg every 8 hours.\n\n"
    "Turn off the gas only if you can reach the valve safely.\n\n"
    "Do not give aspirin, because it makes bleeding worse.\n\n"
    "Give 2,5 ml of syrup twice a day."
)

KEPT = (
    "Throw away food that has been above 4 °C for more than 2 hours.\n\n"
    "Push at a rate of 100 to 120 compressions a minute.\n\n"
    "Press hard on the wound."
)

TICK = (
    "Do not burn a tick or cover it with oil, because that delays its removal. Do not crush a tick"
    " with your fingers, because it may carry germs."
)

ASH = "Go indoors when ash falls, unless you are told to leave."

FALSE = [
    (ASH, "Go outdoors when ash falls, unless you are told to leave."),
    (TICK, "It is important to burn a tick or cover it with oil."),
    (TICK, "It is best to burn a tick, because that delays its removal."),
    (TICK, "It is safe to burn a tick."),
    (KEPT, "Keep food that has been above 4 °C for more than 2 hours."),
    (KEPT, "Eat food that has been above 4 °C for more than 2 hours."),
    (KEPT, "Throw away food that has been below 4 °C for more than 2 hours."),
    (KEPT, "Push at a rate of 120 to 100 compressions a minute."),
    (KEPT, "Push at a rate of 100 to 120 compressions an hour."),
    (KEPT, "Press softly on the wound."),
    (KEPT, "Avoid pressing hard on the wound."),
    (KEPT, "There is no need to press hard on the wound."),
    (BLEACH, "Add 16 drops of 6% bleach to each 1 US gallon of clear water."),
    (BLEACH, "Add 8 drops of 8.25% bleach to each US gallon of clear water."),
    (BLEACH, "Add 12 drops of 6% bleach or 16 drops of 8.25% bleach to a cloudy gallon."),
    (BLEACH, "Add 8 teaspoons of 6% bleach to each 1 US gallon of clear water."),
    (BLEACH, "Add 8 drops of 6% bleach to each 1 litre of clear water."),
    (BLEACH, "Add 80 drops of 6% bleach to each gallon of clear water."),
    (BLEACH, "Add 8 drops of 6% iodine to each gallon of clear water."),
    (BLEACH, "Stir the water before adding bleach and let it stand for 30 minutes."),
    (BLEACH, "Let it stand for 30 hours before anyone drinks it."),
    (BLEACH, "Let it stand for half an hour before anyone drinks it."),
    (BLEACH, "Let it stand for 30 minutes after anyone drinks it."),
    (BLEACH, "Mix bleach with ammonia."),
    (BLEACH, "Always mix bleach with ammonia, because the mixture gives off poisonous gas."),
    (BLEACH, "Never mix bleach with water, because the mixture gives off poisonous gas."),
    (BLEACH, "Ammonia kills germs."),
    (BOIL, "Keep the water boiling for at least 10 minutes."),
    (BOIL, "Keep the water boiling for at least 1 hour."),
    (BOIL, "Keep the water boiling for at most 1 minute."),
    (BOIL, "Boil the water for 3 minutes."),
    (BOIL, "At altitudes below 1,000 metres boil the water for 3 minutes."),
    (BOIL, "At altitudes above 1,000 feet boil the water for 3 minutes."),
    (BOIL, "Straining cloudy water makes the water safe."),
    (BOIL, "Straining cloudy water does not make the water safe if the water is also boiled."),
    (BOIL, "Straining cloudy water does not make the water safe."),
    (BOIL, "Boiling removes fuel and salt."),
    (BOIL, "Boiling kills fuel."),
    (BOIL, "Boiling does not kill germs."),
    (BOIL, "Hypothermia means a body temperature above 35 °C."),
    (BOIL, "Hypothermia means a body temperature below 35 °F."),
    (BOIL, "Hypothermia means a body temperature below 95 °C."),
    (BOIL, "Hypothermia means a body temperature of 35 °C."),
    (BOIL, "Fever means a body temperature below 35 °C."),
    (DOSES, "Give a child 500 mg every 6 hours."),
    (DOSES, "Give an adult 500 mg every 8 hours."),
    (DOSES, "Give an adult 500 g every 6 hours."),
    (DOSES, "Turn off the gas."),
    (DOSES, "Turn on the gas only if you can reach the valve safely."),
    (DOSES, "Turn off the gas even if you cannot reach the valve."),
    (DOSES, "Give aspirin."),
    (DOSES, "Use aspirin, because it makes bleeding worse."),
    (DOSES, "Do not give aspirin, because it makes bleeding better."),
    (DOSES, "Give 25 ml of syrup twice a day."),
    (DOSES, "Give 2.5 ml of syrup three times a day."),
    (DOSES, "Give 2.5 litres of syrup twice a day."),
]  # fmt: skip

TRUE = [
    (KEPT, "Discard food that was above 4 °C for more than 2 hours."),
    (KEPT, "Push at a rate of 100 to 120 compressions per minute."),
    (BLEACH, "Add 8 drops of 6% bleach per US gallon of clear water."),
    (BLEACH, "Add eight drops of 6 percent bleach to a gallon of clear water."),
    (BLEACH, "After adding the bleach, stir the water and let it stand for 30 minutes."),
    (BLEACH, "Let it stand for thirty minutes before drinking."),
    (BLEACH, "Don't mix bleach with ammonia."),
    (BLEACH, "Bleach must never be mixed with ammonia: the mixture gives off poisonous gas."),
    (BLEACH, "A gallon of cloudy strained water needs 16 drops of 6% bleach."),
    (BOIL, "Keep the water boiling for at least 1 minute."),
    (BOIL, "Boil water for at least one minute, or for 3 minutes at altitudes above 1000 metres."),
    (BOIL, "Above 1000 metres, boil water for 3 minutes."),
    (BOIL, "Cloudy water isn't made safe by straining unless it is also boiled."),
    (BOIL, "Boiling kills germs but doesn't remove fuel or salt."),
    (BOIL, "A body temperature below 35 °C means hypothermia."),
    (BOIL, "Hypothermia means a body temperature under 35 degrees Celsius."),
    (DOSES, "Give adults 500 mg every 6 hours."),
    (DOSES, "A child gets 250 mg every 8 hours."),
    (DOSES, "Switch off the gas only if you can reach the valve safely."),
    (DOSES, "Never give aspirin, because it makes bleeding worse."),
    (DOSES, "Give 2.5 mL of syrup twice a day."),
]  # fmt: skip


TURNED = [
    ("Change the dressing daily.", "Change the dressing weekly."),
    ("Say who you are before you touch a blind person.",
     "Touch a blind person before you say who you are."),
    ("Signal early, before you are exhausted. Give no distress signal unless you need help.",
     "Signal early, after you are exhausted; give no distress signal unless you need help."),
    ("Keep hand sanitiser away from children and flames.",
     "Keep hand sanitiser close to children and flames."),
    ("Keep the important items on your body.", "Keep the important items away from your body."),
    ("Use ready formula if you can get it, because it needs no water.",
     "Use ready formula if you cannot get it, because it needs no water."),
    ("Turn off gas only if you are told to, because only a professional may turn it on again.",
     "Turn off gas even if you are told to, because only a professional may turn it on again."),
    ("Do not use flames near rubble, because gas may be leaking.",
     "Because gas may not be leaking, flames should not be used near rubble."),
    ("Boiling kills the germs that make people ill.", "Boiling kills the people."),
    ("Boiling kills germs that make people ill.", "Boiling kills people that make germs ill."),
    ("A spark can cause an explosion.", "An explosion can cause a spark."),
    ("The mud follows the valley.", "The valley follows the mud."),
    ("Masks do not protect the lungs from smoke.", "Lungs do not protect the masks from smoke."),
    ("Many gases are heavier than air.", "Air is heavier than many gases."),
    ("Mix 6 teaspoons of sugar and 1 teaspoon of salt.", "Mix 6 teaspoons of salt and 1 of sugar."),
    ("Let air into the pipes.", "Let the pipes into the air."),
    ("Call a doctor if food poisoning brings fever, signs of dehydration or lasts for days.",
     "Note the time when the signs began, because the doctors will ask."),
    ("In the United States you can call 105 during a power cut.",
     "In France you can call 105 during a power cut."),
    ("Drink water before you are thirsty, and avoid alcohol.",
     "Drink water after you feel thirsty, and avoid alcohol."),
    ("Open the highest tap, then take water from the lowest tap.",
     "Open the lowest tap, then take water from the highest tap."),
    ("Do not eat the snails, as their flesh may be poisonous.",
     "It is important to eat the snails, as their flesh may be poisonous."),
]  # fmt: skip
SAME = [
    ("Change the dressing daily.", "The dressing has to be changed every day."),
    ("Press the button at least once a month.", "Press the button at least monthly."),
    ("Lightning can strike as far as 16 km from the rain.",
     "Lightning can strike up to 16 km from the rain."),
    ("Eels may reach 2 metres in length.", "Eels can be up to 2 metres long."),
    ("Children (2-9 years) need 1 litre every 24 hours.",
     "Children aged 2 to 9 need 1 litre every 24 hours."),
    ("Prepare the cloth well in advance of an emergency.",
     "Prepare the cloth well before an emergency."),
    ("Lie down if shelter is unavailable.", "Lie down if shelter is not available."),
    ("A spark can cause an explosion.", "An explosion can be caused by a spark."),
    ("Do not let ice touch the finger.", "The finger must not touch ice."),
    ("Cooking spoiled food does not make it safe.", "You can't make spoiled food safe by cooking."),
    ("Do not mix bleach with ammonia, because it gives off poisonous gas.",
     "Mixing bleach with ammonia gives off poisonous gas, so never do it."),
    ("Keep pressing on the wound.", "Don't stop pressing on the wound."),
    ("Go home only when the authorities say that it is safe.",
     "Do not go home until the authorities say that it is safe."),
    ("Stay in the shelter until the warning has ended.",
     "Don't leave the shelter before the warning has ended."),
    ("Above 5,000 feet or 1,000 metres boil it for 3 minutes.",
     "Above 5,000 feet (1,000 metres) boil it for 3 minutes."),
    ("Call 800-222-1222 for poison.", "For poison, call 800-222-1222."),
    ("Get help if it does not stop within 1 hour.", "Get help if it lasts longer than 1 hour."),
    ("Do not go back into fumes for a collapsed person.", "Never re-enter the fumes for a person."),
    ("Unopened tins and dry food are safe, as long as the tins are not swollen or leaking.",
     "Unopened tins are safe to eat unless they are swollen or leaking."),
    ("Cover your mouth and nose with a cloth.", "Cover your nose and mouth with a cloth."),
]  # fmt: skip


READ_RIGHT = [
    ("In England and Wales dial 111.", "Call 111 in England and Wales."),
    (
        (
            '"Over" means that you have finished and expect an answer. "Out" means that you '
            "have finished and expect no answer."
        ),
        '"Out" means you have finished and do not expect an answer.',
    ),
    (
        "Gather everybody in a single room that is easy to warm, and close off the other rooms.",
        "Gather everyone in one room that is easy to warm, and close off the other rooms.",
    ),
    (
        "If the label shows another strength or none, do not guess the dose of bleach.",
        "If the label gives another strength or none at all, do not guess the dose.",
    ),
    (
        "Use a whistle rather than shouting, because a whistle carries further.",
        "It is better to use a whistle than to shout, because a whistle carries further.",
    ),
    (
        "Send short text messages instead of calling, because texts use less battery.",
        "It is better to send short text messages than to call, because texts use less battery.",
    ),
    (
        "It is easier to spot rafts that are close together rather than scattered.",
        "Rafts are easier to spot when they are close together than when they are scattered.",
    ),
    (
        "With the wind calm and a temperature of -20oF there is little danger of wind chill.",
        "With calm wind and a temperature of -20°F there is little danger of wind chill.",
    ),
    ("At −30 º C, cover your face.", "Cover your face at -30 °C."),
    (
        "_Double sheet bend_. This knot is used to tie together the ends of two ropes.",
        "The double sheet bend is used to tie together the ends of two ropes.",
    ),
    (
        "Lie on your back in the water, spread your arms, and arch your back.",
        "Lie on your back, spread your arms, and arch your back.",
    ),
    (
        (
            "Telephone systems cannot handle a load of more than 10% at any one time. Many "
            "places now have operators."
        ),
        "Telephone systems cannot handle a load of more than 10% at once.",
    ),
    (
        "Get help at once, even if the person does not want it.",
        "Get help at once, even if your friend does not want it.",
    ),
    (
        "Do not let personnel warm themselves by engine exhaust.",
        "Do not let people warm themselves by engine exhaust.",
    ),
    (
        (
            "Any employee who feels unwell could have heat exhaustion, which can lead to heat "
            "stroke if not treated."
        ),
        (
            "An employee who feels unwell could have heat exhaustion, which can lead to heat "
            "stroke if it is not treated."
        ),
    ),
    (
        "The command answers from the guide, even before you have set anything up.",
        "The command answers from the guide, even if you have not set anything up yet.",
    ),
    (
        "If you are uncertain whether an area is quicksand, toss a small stone on it.",
        "If you are not sure whether an area is quicksand, throw a small stone on it.",
    ),
    (
        (
            "Fear can cause you to become so frightened that you fail to perform activities "
            "essential for survival."
        ),
        "You can become too frightened to perform activities essential for survival.",
    ),
    ("Make a raft of some type.", "Build some kind of raft."),
    (
        "The minimum requirement for people who do hard work is 3.5 quarts per day.",
        "People who do hard work need at least 3.5 quarts per day.",
    ),
    (
        (
            "Call older people who live alone every day, and in extreme heat or cold several "
            "times a day. Keep an older person warm in the cold and cool in the heat."
        ),
        (
            "Call older people who live alone every day, and several times a day when it is "
            "extremely hot or cold."
        ),
    ),
    (
        (
            "If activity is reduced, healthy people can survive on half their usual food "
            "intake for an extended period and without any food for many days."
        ),
        (
            "Healthy people can survive on half of their usual food intake for an extended "
            "period if they reduce their activity."
        ),
    ),
    (
        (
            "It is an anchor knot but tension must remain on the knot or it will slip. This "
            "can be remedied by making another loop around the object and under the center of "
            "the clove hitch."
        ),
        (
            "To keep it from slipping, make another loop around the object and under the "
            "center of the clove hitch."
        ),
    ),
    (
        "Leave a single light switched on, so that you see when the power returns.",
        "Leave one light switched on so that you see when the power comes back.",
    ),
]
"""Each was struck for a bug of reading, whoever said it."""
READ_WRONG = [
    ("The hole is 2 in deep.", "The hole is 2 ft deep."),
    (
        (
            '"Over" means that you have finished and expect an answer. "Out" means that you '
            "have finished and expect no answer."
        ),
        '"Over" means you have finished and do not expect an answer.',
    ),
    ("Use a whistle rather than shouting.", "It is better to shout than to use a whistle."),
    (
        "At a temperature of -20oF, exposed skin freezes.",
        "At a temperature of 20°F, exposed skin freezes.",
    ),
    (
        "At a temperature of -20oF, exposed skin freezes.",
        "At a temperature of -20°C, exposed skin freezes.",
    ),
    (
        "With the wind calm there is little danger of wind chill.",
        "With the wind calm there is great danger of wind chill.",
    ),
    ("Never take a double dose of the medicine.", "Take a double dose of the medicine."),
    (
        "If a worker shows signs of heat stroke, do not leave him or her alone.",
        "An infant who shows signs of heat stroke should not be left alone.",
    ),
    (
        "If a worker shows signs of heat stroke, do not leave him or her alone.",
        "Leave an employee alone who shows signs of heat stroke.",
    ),
    ("The health worker gives the patient oxygen.", "The patient gives the health worker oxygen."),
    ("It can lead to heat stroke if not treated.", "It can lead to heat stroke if it is treated."),
    ("You may use it even before you have set it up.", "You may not use it before you set it up."),
    ("The minimum requirement is 3.5 quarts per day.", "You need at most 3.5 quarts per day."),
    (
        "Symptoms may not show up until several days after eating.",
        "Symptoms may not show up until several seconds after eating.",
    ),
    ("Keep children from playing near the well.", "Let children play near the well."),
    ("You become so frightened that you fail to act.", "You become so frightened that you act."),
    ("Call 111 if the person is awake.", "Call 112 in England if the person is awake."),
    ("Use a single sheet bend.", "Use a double sheet bend."),
    ("Leave one light switched on.", "Leave one light switched off."),
    ("Leave one light on.", "Leave one light off."),
    ("It is better to boil water than to filter it.", "It is better to filter it than to boil it."),
    ("The ice is too thin to walk on.", "You can walk on the ice."),
]
"""Lies beside them."""


@pytest.mark.parametrize(("passage", "statement"), TURNED)
def test_who_does_what_to_whom(passage: str, statement: str) -> None:
    assert check(statement, [passage]) != []


@pytest.mark.parametrize(("passage", "statement"), SAME)
def test_the_same_in_other_words(passage: str, statement: str) -> None:
    assert check(statement, [passage]) == []


@pytest.mark.parametrize(("passage", "statement"), [*FALSE, *READ_WRONG])
def test_false(passage: str, statement: str) -> None:
    assert check(statement, [passage]) != []


@pytest.mark.parametrize(("passage", "statement"), [*TRUE, *READ_RIGHT])
def test_true(passage: str, statement: str) -> None:
    assert check(statement, [passage]) == []


def test_a_statement_needs_its_own_passage() -> None:
    statement = "Keep the water boiling for at least 1 minute."
    assert check(statement, [BOIL]) == []
    assert check(statement, [BLEACH])
    assert check(statement, [])[0].code == "citation"
    assert check(statement, [BLEACH, BOIL]) == []


def test_two_clauses_may_have_two_passages() -> None:
    both = "Keep the water boiling for at least 1 minute, and never mix bleach with ammonia."
    assert check(both, [BOIL, BLEACH]) == []
    assert check(both, [BOIL])


def test_items_of_a_forbidding_list_are_forbidden() -> None:
    passage = "Do not:\n\n- put ice on a burn\n- burst the blisters"
    assert check("Put ice on a burn.", [passage])
    assert check("Do not put ice on a burn.", [passage]) == []
    fragment = "- ice on a burn\n- butter"
    assert check("Put ice on a burn.", [fragment], ["Burns › What you must not put on"])


def test_a_condition_that_is_left_out_has_to_be_shown() -> None:
    passage = "If the strained water is still cloudy, add 4 drops of bleach for each 1 litre."
    finding = examine("Add 4 drops of bleach for each 1 litre.", lines([passage]))
    assert finding.faults == []
    assert [line.sentence.text for line in finding.unsaid] == [passage]
    said = "If it is still cloudy, add 4 drops of bleach for each 1 litre."
    assert examine(said, lines([passage])).unsaid == []


def test_limits() -> None:
    passage = "Boil the water. " * 50
    text = "Boil the water " * 60
    assert check(text[:LONGEST], [passage])[:1] != [("long", "longer than a statement may be")]
    assert check(text[: LONGEST + 1], [passage])[0].code == "long"
    assert check("", [passage])[0].code == "empty"
    assert check("of the and", [passage])[0].code == "empty"


@given(st.text(max_size=300), st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_said_breaks_the_checks(statement: str, passage: str) -> None:
    assert isinstance(check(statement, [passage]), list)


def test_a_long_statement_of_commas_is_no_trap() -> None:
    """Cost stays bounded whatever is written: counted in processor time, generously."""
    passage = ("If, and, or, but, not water, then boil it; " * 400)[:12_000]
    began = time.process_time()
    check(("boil it, and not water, but if, then, " * 20)[:LONGEST], [passage])
    assert time.process_time() - began < 20


GERMAN = (
    "Trinken Sie das Wasser nicht, wenn es nach Benzin riecht. Kochen Sie es mindestens eine "
    "Minute lang sprudelnd ab, und lassen Sie es dann in einem sauberen Gefäß abkühlen."
)


@pytest.mark.parametrize(
    ("statement", "passages", "stands"),
    [
        ("Trinken Sie das Wasser, wenn es nach Benzin riecht.", [GERMAN], False),
        ("Trinken Sie das Wasser nicht, wenn es nach Benzin riecht.", [GERMAN], True),
        ("Kochen Sie das Wasser eine Minute lang ab.", [GERMAN], False),
        ("喝水。", ["不要喝水。"], False),
        ("Boil the water for one minute.", ["Boil the water for 1 minute.", GERMAN], True),
    ],
)
def test_of_other_languages_only_what_stands_there_is_borne_out(
    statement: str, passages: list[str], stands: bool
) -> None:
    """No rule here knows what denies in them."""
    assert (check(statement, passages) == []) is stands
