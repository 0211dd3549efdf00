"""What a sentence is never quoted without: one row a rule, each in words a manual could hold."""

from __future__ import annotations

import pytest

from hearth.ask.guards import Guard
from hearth.ask.sentences import split
from hearth.ask.wording import RESTRICTS, dangles, imperative

# (name, text, words of the sentence that is wanted, what must come along, what must not)
COMES_ALONG = [
    ("do not after", "Induce vomiting. Do not do so if acid was swallowed. Go home.",
     "Induce", ["Do not do so if acid"], ["Go home"]),
    ("never after", "Heat the room with gas. Never sleep with it on.", "Heat", ["Never"], []),
    ("unless after", "Give water. Give none unless awake.", "Give water", ["unless awake"], []),
    ("only if after", "Loosen the band. Only if the hand turns blue.", "Loosen", ["Only if"], []),
    ("however after", "Aspirin thins blood. However, children get none.", "Aspirin",
     ["However"], []),
    ("except after", "Tins last for years. Except those that bulge.", "Tins", ["Except"], []),
    ("but after", "Snow gives water. But melt it first.", "Snow gives", ["But melt"], []),
    ("forbidding before", "Never use scented bleach. Add 8 drops to a gallon.", "Add 8",
     ["Never use scented"], []),
    ("chain of prohibitions", "Cool burns. Do not use ice. Do not burst blisters. Rest.", "Cool",
     ["Do not use ice", "Do not burst"], ["Rest"]),
    ("higher up", "Boil water for 1 minute. At 2,000 metres boil it for 3 minutes. Cool it.",
     "Boil water", ["At 2,000"], []),
    ("for children", "Give 2 cups of water. For children give half a cup.", "Give 2",
     ["For children"], []),
    ("other strength", "Add 8 drops of 6% bleach. Add 6 drops of 8.25% bleach. Stir.",
     "Add 6 drops", ["Add 8 drops"], []),
    ("this", "The fumes are deadly. This kills in minutes.", "This kills", ["fumes are"], []),
    ("then", "Wash the wound. Then cover the wound.", "Then cover", ["Wash"], []),
    ("it", "A torch is safer. It cannot start a fire.", "It cannot", ["A torch"], []),
    ("keep it", "Take the insulin out. Keep it cool.", "Keep it", ["Take the insulin"], []),
    ("otherwise", "Boil the water. Otherwise throw the water away.", "Otherwise", ["Boil"], []),
    ("if not", "Check the pulse. If not there, start CPR.", "If not", ["Check"], []),
    ("item and its line", "Never do these:\n\n- run the car indoors\n- cook on charcoal inside\n",
     "cook on", ["Never do these", "run the car"], []),
    ("line and its items", "Pack these:\n\n- water\n- food\n", "Pack", ["water", "food"], []),
    ("steps from the first", "1. Switch the power off.\n2. Pull the person away.\n3. Start CPR.\n",
     "Pull", ["Switch the power off", "Start CPR"], []),
    ("next item forbids", ("- Cool a burn with running water.\n- Do not use ice on a burn.\n"
     "- Wear a hat outdoors.\n"), "Cool a burn", ["Do not use ice"], ["Wear a hat"]),
    ("later sentence of an item", "- Do not drive. The road may be gone.\n", "The road",
     ["Do not drive"], []),
    ("row and its header", "| Bleach | Drops |\n| 6% | 8 |\n", "6%", ["Bleach | Drops"], []),
    ("heading that forbids", "## What not to do\n\nRub the frozen skin with snow.\n", "Rub",
     ["What not to do"], []),
    ("caution set apart", ("Warm the whole body. Use warm water.\n\nCAUTION\n\n"
     "A bath may stop the heart.\n\nRest now.\n"), "Warm the whole",
     ["CAUTION", "A bath may stop"], ["Rest now"]),
    ("warning paragraph", "Drink the tea slowly.\n\nWarning: none for the unconscious.\n",
     "Drink", ["Warning: none"], []),
    ("bracket", "Boil for 1 minute. (3 minutes in the mountains.)", "Boil", ["(3 minutes"], []),
]  # fmt: skip


def chosen(text: str, wanted: str) -> str | None:
    sentences = split(text)
    at = next(index for index, one in enumerate(sentences) if one.text.startswith(wanted))
    closure = Guard(sentences).closure(at)
    return None if closure is None else " | ".join(sentences[i].text for i in closure.indices)


@pytest.mark.parametrize(
    ("text", "wanted", "along", "apart"),
    [row[1:] for row in COMES_ALONG],
    ids=[row[0] for row in COMES_ALONG],
)
def test_comes_along(text: str, wanted: str, along: list[str], apart: list[str]) -> None:
    quoted = chosen(text, wanted)
    assert quoted is not None
    for words in along:
        assert words in quoted
    for words in apart:
        assert words not in quoted


NOT_QUOTED = [
    ("nothing before this", "This kills in minutes.", "This"),
    ("nothing before then", "## Steps\n\nThen cover the wound.", "Then"),
    ("no end", "The water should have a slight odor. If it", "If it"),
    ("cut at a page", "Give the child a dose of", "Give"),
    ("second half of a sentence", "and then let it stand for an hour.", "and"),
    ("introduces nothing", "You need the following:", "You need"),
    ("label of nothing", "CAUTION", "CAUTION"),
    ("preformatted", "    half a line of", "half"),
]


@pytest.mark.parametrize(
    ("text", "wanted"), [row[1:] for row in NOT_QUOTED], ids=[row[0] for row in NOT_QUOTED]
)
def test_is_not_quoted(text: str, wanted: str) -> None:
    assert chosen(text, wanted) is None


def test_alone_when_it_stands_alone() -> None:
    text = "Store water in clean bottles. Change the water every 6 months. Cats purr."
    assert chosen(text, "Store") == "Store water in clean bottles."


def test_a_long_list_is_cut_at_an_item_and_says_so() -> None:
    items = "".join(f"{n}. Step number {n} has exactly these eight words.\n" for n in range(1, 31))
    sentences = split(items)
    closure = Guard(sentences).closure(0)
    assert closure is not None
    assert closure.cut > 0
    assert len(closure.indices) + closure.cut == 30
    assert closure.indices == list(range(len(closure.indices)))


def test_what_forbids_survives_the_cut_of_a_list() -> None:
    items = "".join(f"{n}. Step number {n} has exactly these eight words.\n" for n in range(1, 31))
    sentences = split(items + "31. Never move the neck.\n")
    closure = Guard(sentences).closure(0)
    assert closure is not None
    assert sentences[closure.indices[-1]].text == "Never move the neck."


def test_half_of_something_too_long_is_not_quoted() -> None:
    text = "Walk. " + "Never go on and on as this does, with many words in each. " * 40
    assert chosen(text, "Walk") is None


@pytest.mark.parametrize(
    "text",
    ["This is it.", "They said so.", "Then go.", "If so, stop.", "After this, rest.", "Do so now.",
     "Such water is bad.", "The same holds for children.", "In this case, wait.", "Keep it dry.",
     "Do not give them water.", "One of these helps.", "Another is bleach.", "So do not.",
     "As a result, it burns.", "Before doing so, wash."],
)  # fmt: skip
def test_points_back(text: str) -> None:
    assert dangles(text)


@pytest.mark.parametrize(
    "text",
    ["Boil water.", "It is important to drink.", "It takes 3 days.", "Those who smoke suffer.",
     "Both children and adults are at risk.", "If the water is cloudy, let it settle.",
     "Give the person water.", "Next to the door stands a bucket.", "Thin ice breaks."],
)  # fmt: skip
def test_does_not_point_back(text: str) -> None:
    assert not dangles(text)


def test_wording() -> None:
    assert imperative("Boil the water.")
    assert imperative("If the water is cloudy, filter it.")
    assert imperative("Never mix bleach with acid.")
    assert not imperative("Water boils at 100 degrees.")
    assert RESTRICTS.search("You can’t drink it.")
    assert RESTRICTS.search("Use it only if dry.")
    assert not RESTRICTS.search("Wash your hands with soap.")
