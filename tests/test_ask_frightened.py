"""What frightened people say leads to the right card, whatever model is there.

The questions are in questions/frightened.txt, with the cards that may speak first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from ask_kit import text
from program import ROOT
from vectors_kit import Concepts, Matrix, meaning

from hearth import guide
from hearth.ask import attackers, beyond, hazards, mishaps, poisons, seen, signs, turns
from hearth.ask.answering import Answer, answer
from hearth.ask.examples import SAME_IN_OTHER_WORDS, TRANSLATED
from hearth.ask.matching import Bag
from hearth.ask.question import parse
from hearth.ask.sources import Source
from hearth.ask.verdict import VERDICTS
from hearth.languages import OTHERS, unaccented
from hearth.vectors import kin

SLUGS = {card.document: card.slug for card in guide.cards()}
NONE = "-"


def asked() -> list[tuple[str, set[str]]]:
    lines = (ROOT / "tests" / "questions" / "frightened.txt").read_text("utf-8").splitlines()
    pairs = [line.split(" | ") for line in lines if " | " in line and not line.startswith("#")]
    return [(question, set(cards.split())) for question, cards in pairs]


def first(found: Answer) -> str:
    return SLUGS[found.parts[0].found.hit.document] if found.parts else NONE


def test_there_are_enough_of_them() -> None:
    assert len(asked()) >= 60
    assert {card for _, allowed in asked() for card in allowed} <= {*SLUGS.values(), NONE}


@pytest.mark.parametrize(("question", "allowed"), asked())
def test_the_right_card_speaks_first(cards: Source, question: str, allowed: set[str]) -> None:
    assert first(answer(question, [cards])) in allowed


BODIES = {
    "recovery-position",
    "cpr-not-breathing",
    "baby-or-child-not-breathing",
    "grief-and-sleep",
    "death-at-home",
}


@pytest.mark.parametrize(
    "question",
    [
        "the radio is not responding",
        "my phone does not respond",
        "generator not responding",
        "the car wont respond, what can I do",
        "the tv is unresponsive",
        "The boiler doesn't react any more",
        "the radio is dead and will not wake up",
        "my laptop won't wake up",
        "the torch is dead",
        "the lamp is not answering to the switch",
        "my computer isn't responding at all",
        "das Funkgerät reagiert nicht",
        "la radio no responde",
        "la chaudière ne répond plus",
    ],
)
def test_things_that_do_not_respond_are_no_persons(cards: Source, question: str) -> None:
    found = answer(question, [cards])
    assert found.question.means == ()
    assert not BODIES & {SLUGS[part.found.hit.document] for part in found.parts}


@pytest.mark.parametrize(
    "question",
    [
        "not responding",
        "he is not responding, and the radio is dead",
        "my dad is not responding on the radio",
        "she is on the phone and not responding",
        "the driver is not responding",
        "mein Vater reagiert nicht, das Telefon ist tot",
        "mi marido no responde",
    ],
)
def test_who_does_not_respond_beside_a_thing_is_a_person(cards: Source, question: str) -> None:
    assert first(answer(question, [cards])) in BODIES - {"grief-and-sleep", "death-at-home"}


def test_what_is_left_out_stays_out_when_a_word_is_read_anew() -> None:
    question = parse("the radio is not responding, no watter came")
    question.respell({"watter": "water"})
    assert "not responding" not in [one.word for one in question.concepts]


def test_of_two_things_that_signs_mean_the_graver_leads(cards: Source) -> None:
    found = answer("I am shaking and cannot feel my fingers, what now", [cards])
    assert found.verdict == "supported"
    assert first(found) == "hypothermia"
    assert "Take off the wet clothes" in text(found)


@pytest.mark.parametrize(
    ("question", "means"),
    [
        ("the phone is not answering", ()),
        ("my wife isn't answering her phone", ()),
        ("elle ne répond pas au téléphone", ()),
        ("the boiler is red hot", ()),
        ("she is bleeding heavily and shivering", ()),
        ("he is shivering and has a fever", ()),
        ("my fingers are numb after a tight bandage", ()),
        ("my face and my hand are numb, i am cold", ()),
        ("i am confused about cold storage of insulin", ()),
        ("face is blue from choking on meat", ()),
        ("i get a stabbing pain in the chest", ()),
        ("no respira bien por la nariz", ()),
        ("i can't feel my legs after the crash", ("broken bone",)),
        ("my fingers are numb", ("frostbite",)),
        ("he isn't responding and his lips are blue", ("cpr",)),
        ("she is burning up", ("fever",)),
        ("she is burning up after hours in the sun", ("heatstroke",)),
        ("the side of the tent has dropped", ()),
        ("my phone got knocked out of my hand", ()),
        ("the power got knocked out by the storm", ()),
        ("he got a tooth knocked out", ()),
        ("his mouth is hanging down on one side", ("stroke",)),
        ("sie lallt und ihr mundwinkel hängt", ("stroke",)),
        ("2 month old has a temp", ("fever",)),
        ("the fridge has a temperature of 10", ()),
        ("mi abuela no despierta pero respira", ("unconscious",)),
        ("mein vater wacht nicht auf", ("unconscious",)),
        ("baby born and not crying", ("cpr",)),
        ("sunburnt and shivery after the beach", ("heat exhaustion",)),
        ("he was choking on steak now hes gone limp", ()),
        ("his insulin pump died", ()),
        ("my son swallowed a coin and cant breathe", ("choke",)),
        ("my son swallowed a coin and cant breath", ("choke",)),
        ("boiling kettle went over the little one", ("burn",)),
        ("put the kettle on", ()),
        ("35 degrees inside and baby wont drink", ("heatwave",)),
        ("the oven is at 40 degrees", ()),
        ("put the kettle on for me", ()),
        ("child left in hot car wont wake up", ("heatstroke", "unconscious")),
        ("a grape is stuck and hes going purple", ("choke",)),
        ("piece of meat stuck he cant talk", ("choke",)),
        ("the key is stuck in the lock i cant speak to the locksmith", ()),
        ("sie redet komisch und kann plötzlich den arm nicht heben", ("stroke",)),
        ("il parle bizarrement et sa bouche est tordue", ("stroke",)),
        ("no puede levantar el brazo y habla raro", ("stroke",)),
        ("suddenly his arm has gone dead", ("stroke",)),
        ("my battery has gone dead", ()),
        ("suddenly no water", ()),
        ("2 month old feels burning hot", ("fever",)),
        ("the babys room feels hot", ()),
        ("the thermometer in the freezer says 40", ()),
        ("oma ist in der hitze umgekippt", ("heatstroke",)),
        ("stopped sweating and acting weird in the heat", ("heatstroke",)),
        ("i have a headache and the heating is off", ()),
        ("32 weeks and im bleeding", ("pregnant",)),
        ("estoy embarazada y sangro", ("pregnant",)),
        ("12 weeks and bored", ()),
        ("kabel liegt auf der straße", ("electrocuted",)),
        ("woran liegt der stromausfall", ()),
        ("el cable del teléfono está suelto", ()),
        ("l'eau entre dans la maison", ("flood",)),
        ("wasser kommt braun aus dem hahn", ()),
        ("the river is over the bank", ("flood",)),
        ("river water over a filter", ()),
        ("car fell off the jack onto him", ("crushed",)),
        ("tree fell on my car", ()),
        ("ich bin ins eis eingebrochen", ("thin ice",)),
        ("the ice broke in my freezer", ()),
        ("hand all blistered from the stove", ("burn",)),
        ("can i keep blister packs of pills near the stove", ()),
        ("my new boots gave me blisters by the stove", ()),
        ("gesicht schwillt an nach wespenstich", ("allergic",)),
        ("woke up to smoke cant see", ("house fire",)),
        ("bacon full of smoke flavour", ()),
        ("stove has a yellow flame and we feel sleepy", ("carbon monoxide",)),
        ("oma ist gestürzt und kann nicht aufstehen", ("broken bone",)),
        ("wife slumped over and snoring", ("cpr",)),
        ("there is rat bait and i think he put it in his mouth", ("poison",)),
        ("granny mixed up her tablets", ("poison",)),
        ("le couteau est encore dedans", ()),
        ("je ne veux plus vivre", ("suicide",)),
        ("my friend texted goodbye", ("suicide",)),
        ("kid under water 2 minutes", ("drown",)),
        ("keep the tins under water for 2 minutes", ()),
        ("woke up with one side not working", ("stroke",)),
        ("the left side of the oven is not working", ()),
        ("wife suddenly cant talk", ("stroke",)),
        ("a vein burst, blood everywhere", ("bleed",)),
        ("nose bleed, blood everywhere", ()),
        ("acid on arm", ("burn",)),
        ("confused after falling in the sea", ("hypothermia",)),
        ("elle ne bouge plus", ("unconscious",)),
        ("mein mann hat sich in den finger gesägt", ("bleed",)),
        ("hillside cracking above the house", ("landslide",)),
        ("a crack in the wall is coming down", ()),
        ("bag left at the station", ("bomb",)),
        ("it stinks of rotten egg in the kitchen", ("natural gas",)),
        ("il ne sent plus ses orteils", ("frostbite",)),
        ("soup over the toddler", ("burn",)),
        ("got him from the pool", ("drown",)),
        ("we got the little girl out of the canal", ("drown",)),
        ("i got a rash from the pool", ()),
        ("we got fish out of the lake", ()),
        ("he will end himself", ("suicide",)),
        ("bag left on the bus with my insulin", ()),
        ("there is a bomb in the shopping centre", ("bomb",)),
        ("its 40 degrees in the house and the furnace is out", ()),
        ("45 degrees in the house power out since yesterday", ()),
        ("42 degrees in our flat", ("heatwave",)),
        ("45 celsius inside and no fan", ("heatwave",)),
        ("the fridge is 40 degrees inside", ()),
        ("my car broke down on me in a blizzard", ()),
        ("my car died on me in the snow", ()),
        ("the ceiling is leaking on me", ()),
        ("the car is on him", ("crushed",)),
        ("the wall broke off and fell on me", ("crushed",)),
        ("the roof leaked and came down on us", ("crushed",)),
        ("the ceiling came down on me", ("crushed",)),
        ("he fell ill and cant stand up", ()),
        ("mum fell asleep and cant get up", ()),
        ("mum fell and cant get up", ("broken bone",)),
        ("se cortó la luz", ()),
        ("il a coupé le courant", ()),
        ("tiembla la casa", ("earthquake",)),
        ("picked berries now cramps and seeing double", ("poison",)),
    ],
)
def test_a_sign_is_read_unless_something_else_explains_it(
    question: str, means: tuple[str, ...]
) -> None:
    assert parse(question).means == means


def test_no_sign_lacks_the_letters_that_are_looked_for_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = [parse(question).means for question, _ in asked()]
    monkeypatch.setattr(signs, "TABLES", [(table, re.compile("")) for table, _ in signs.TABLES])
    assert [parse(question).means for question, _ in asked()] == read
    assert sum(map(bool, read)) > 40


def test_every_rule_says_what_the_tables_know() -> None:
    from hearth.ask.question import in_table
    from hearth.ask.words import stems

    for rule in signs._RULES:
        assert set(rule.signs) <= set(signs.SIGNS)
        assert in_table(tuple(stems(rule.means)))


@pytest.mark.parametrize(
    "question",
    [
        "my dog ate chocolate", "my dog ate chocolate and he is shaking", "the cat is bleeding",
        "my puppy is choking", "our horse has a broken leg", "mein Hund hat Schokolade gefressen",
    ],
)  # fmt: skip
def test_a_sick_animal_gets_no_first_aid_for_people(cards: Source, question: str) -> None:
    found = answer(question, [cards])
    assert found.question.beyond == beyond.ANIMAL
    assert found.verdict != "supported"
    assert first(found) in ("pets", "livestock", NONE)
    assert "CPR" not in text(found)


@pytest.mark.parametrize(
    "question", ["my dog bit my son", "a dog scratched me", "my son was bitten by a stray cat"]
)
def test_what_an_animal_did_to_somebody_is_about_the_person(cards: Source, question: str) -> None:
    found = answer(question, [cards])
    assert found.verdict == "supported"
    assert first(found) == "animal-bites-rabies"


def test_a_part_of_the_body_alone_supports_nothing(cards: Source) -> None:
    for question in ("he has blue eyes and is cold", "my nose is cold", "baby has blue hands"):
        assert answer(question, [cards]).verdict != "supported"


def household() -> list[tuple[str, bool]]:
    lines = (ROOT / "tests" / "questions" / "household.txt").read_text("utf-8").splitlines()
    asked = [line for line in lines if not line.startswith("#")]
    return [(line.removeprefix("! "), line.startswith("! ")) for line in asked]


def test_what_is_beside_the_point_is_seldom_called_supported(cards: Source) -> None:
    assert len(household()) >= 44
    for question, supported in household():
        assert (answer(question, [cards]).verdict == "supported") == supported, question


def afraid(kind: str) -> list[str]:
    text = (ROOT / "tests" / "questions" / "afraid.txt").read_text("utf-8")
    lines = text.partition(f"== {kind}\n")[2].partition("\n== ")[0].splitlines()
    return [line for line in lines if line and not line.startswith("#")]


# What leads where the right card does not: sudden confusion with fever is read as a stroke, which
# needs the same call.
MISREAD = {
    "grandma dont recognise me all of a sudden and shes boiling": "stroke",
    "rusty tin cut my thumb tetanus?": "food-after-flood",
    "wie mische ich salz und zucker gegen durchfall": NONE,
}


def test_the_right_card_leads_where_people_are_afraid(cards: Source) -> None:
    asked = [line.split(" | ") for line in afraid("answer")]
    assert len(asked) == 248
    for question, allowed in asked:
        led = first(answer(question, [cards]))
        assert led in {*allowed.split(), MISREAD.get(question)}, (question, led)


def test_what_is_only_near_is_seldom_called_supported(cards: Source) -> None:
    asked = afraid("near")
    assert len(asked) == 50
    for line in asked:
        verdict = answer(line.removeprefix("! "), [cards]).verdict
        assert (verdict == "supported") == line.startswith("! "), line


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("can i put honey in the babys bottle", "Do not give honey"),
        ("can i boil salt water and drink it", "Do not drink sea water"),
        ("kann man salzwasser abkochen und trinken", "Do not drink sea water"),
        ("puis-je boire l'eau de mer", "Do not drink sea water"),
        ("puedo beber agua de mar", "Do not drink sea water"),
        ("wie mache ich Flutwasser trinkbar", "There is no safe way"),
        ("can you drink water from the radiators", "Do not drink water from radiators"),
        ("can i give my cat paracetamol", "Do not give a pet any medicine"),
        ("how long is food good in freezer if power off", "A full freezer keeps food safe"),
        ("diabetic husband passed out should i give him coke", "give nothing by mouth"),
        ("can i give my 6 month old water", "Do not give a baby under 6 months water"),
        (
            "tooth got knocked out playing football",
            "Hold a knocked-out adult tooth by the white crown",
        ),
        ("power line down on our car were inside it", "stay inside the car"),
        ("combien de gouttes de javel par litre", "Add 2 drops"),
        ("is it safe to go back in after the flood", "Go back only when the authorities say"),
        ("my wife is giving birth now", "let the baby come without pulling"),
        ("ma femme accouche", "let the baby come without pulling"),
        ("im 8 months pregnant and bleeding", "Get medical help at once in pregnancy"),
        ("bleach is only 5% how many drops per litre", "of 4% or 5% bleach add 4 drops"),
    ],
)
def test_what_answers_comes_before_what_stands_before_it(
    cards: Source, question: str, said: str
) -> None:
    assert said in answer(question, [cards]).parts[0].text


@pytest.mark.parametrize(
    ("question", "card"),
    [
        ("mi hijo se atraganta", "baby-or-child-choking"),
        ("mein sohn erstickt", "baby-or-child-choking"),
        ("mon fils s'étouffe", "baby-or-child-choking"),
        ("ma fille ne respire plus", "baby-or-child-not-breathing"),
        ("mi hija no respira", "baby-or-child-not-breathing"),
    ],
)
def test_sons_and_daughters_are_children_in_every_language(
    cards: Source, question: str, card: str
) -> None:
    assert first(answer(question, [cards])) == card


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("a bit of apple", "piece of apple"),
        ("is the door open a bit ok", "is the door open piece ok"),
        ("a dog bit me", "a dog bit me"),
        ("two snakes and a big one bit my leg", "two snakes and a big one bit my leg"),
        ("his arm has gone dead", "his arm has gone numb"),
        ("she is choking on it shes 3", "she is choking on it shes 3 child"),
        ("my 8 mnth old has a grape stuck", "my 8 mnth old baby has a grape stuck"),
        ("2yo drank it", "2yo child drank it"),
        ("our 3 year old generator", "our 3 year old generator"),
        ("my 15 year old fell", "my 15 year old fell"),
        ("shes 12 weeks pregnant", "shes 12 weeks pregnant"),
        ("3 day old rice", "3 day old rice"),
        ("the rice is 2 days old", "the rice is 2 days old"),
        ("my baby is 2 days old", "my baby is 2 days old baby"),
    ],
)
def test_turns_of_phrase_are_put_plainly(question: str, read: str) -> None:
    assert turns.plain(question).split() == read.split()


@pytest.mark.parametrize(
    ("question", "dead"),
    [
        ("the line is dead", False),
        ("my leg went dead", False),
        ("dead tree over the road", False),
        ("my nan's stairlift died", False),
        ("my dog died", False),
        ("her scooter died", False),
        ("she is at home and the battery in her scooter died", False),
        ("cut up the dead tree", False),
        ("my dad in a wheelchair died", True),
        ("died at home what to do", True),
        ("what to do with the dead", True),
        ("dead granddad in bed", True),
        ("i think my neighbour is dead", True),
        ("there is a dead body in the river", True),
        ("somebody died and nobody comes", True),
        ("meine oma ist gestorben, was tun", True),
        ("mon mari est mort à la maison", True),
    ],
)
def test_only_who_lived_is_dead(cards: Source, question: str, dead: bool) -> None:
    assert (first(answer(question, [cards])) == "death-at-home") == dead


@pytest.mark.parametrize(
    "question",
    [
        "how often should I change the water filter in my fridge",
        "how long does paint take to dry",
    ],
)
def test_neither_a_deed_nor_a_time_that_is_not_said_is_supported(
    cards: Source, question: str
) -> None:
    assert answer(question, [cards]).verdict != "supported"


def test_a_knife_in_french_is_no_price() -> None:
    assert parse("ça saigne beaucoup le couteau est encore dedans").facets == ["plain"]


@pytest.mark.parametrize("question", ["EARTHQUAKE WHAT DO I DO", "carbon monoxide alarm going off"])
def test_what_is_to_be_done_keeps_the_order_of_its_card(cards: Source, question: str) -> None:
    found = answer(question, [cards])
    starts = [part.start for part in found.parts if part.found.guide]
    assert starts[0] == min(starts)


WATER = "How do I make water safe to drink?"


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("how do I make water safe to drink", WATER),
        ("how do I make water drinkable", WATER),
        ("wie mache ich Wasser trinkbar", WATER),
        ("cómo hago potable el agua", WATER),
        ("how do I make flood water safe to drink", "How do I make flood water safe to drink?"),
    ],
)
def test_the_section_whose_heading_is_the_question_leads(
    cards: Source, question: str, heading: str
) -> None:
    found = answer(question, [cards])
    assert found.verdict == "supported"
    assert found.parts[0].found.hit.heading == heading


@pytest.mark.parametrize(
    "question",
    [
        "how do I make water with petrol in it safe to drink",
        "wie mache ich Flutwasser trinkbar",
        "wie mache ich Wasser sicher",
    ],
)
def test_a_heading_that_is_less_than_the_question_does_not_lead(
    cards: Source, question: str
) -> None:
    headings = [part.found.hit.heading for part in answer(question, [cards]).parts]
    assert WATER not in headings
    assert "What do I do when the person is out of the water?" not in headings


def test_how_is_no_food_in_spanish() -> None:
    assert [one.word for one in parse("cómo purifico el agua").concepts] == ["purifico", "agua"]


def test_what_install_asks_for_is_no_make_unless_it_is_software() -> None:
    assert beyond.kind("how to install a satellite dish") is None
    assert beyond.kind("how do i install the drivers") == beyond.PRODUCT


FOREIGN = [
    "er atmet nicht",
    "wie stoppe ich eine starke Blutung",
    "Mein Kind hat Verbrennungen durch heißes Wasser, was tun?",
    "Wie lange muss ich Wasser abkochen?",
    "il ne respire plus",
    "comment arrêter une hémorragie",
    "mon fils a avalé de l'eau de javel",
    "no respira",
    "¿Cómo se detiene una hemorragia grave?",
    "mi abuela se ha desmayado",
]


@pytest.mark.parametrize("question", FOREIGN)
def test_a_model_that_does_not_read_the_language_changes_nothing(
    cards: Source, question: str
) -> None:
    alone = answer(question, [cards])
    found = answer(question, [cards], meaning=meaning(Concepts(), cards))
    assert alone.parts
    assert (found.verdict, text(found), found.meaning) == (alone.verdict, text(alone), None)


class Polyglot(Concepts):
    """Knows the examples in other languages as well."""

    def _row(self, text: str) -> Matrix:
        for texts in TRANSLATED.values():
            if text in texts:
                text = SAME_IN_OTHER_WORDS[texts.index(text)][0]
        return super()._row(text)


def test_a_model_that_reads_a_language_is_used_in_it(cards: Source) -> None:
    assert [kin.made(Polyglot(name="polyglot")).reads(one) for one in OTHERS] == [True] * 3
    assert [kin.made(Concepts()).reads(one) for one in ("en", *OTHERS)] == [True, *[False] * 3]
    found = answer(FOREIGN[3], [cards], meaning=meaning(Polyglot(name="polyglot"), cards))
    assert found.meaning == "polyglot"


class Plain(Concepts):
    """Remembers what questions it was given."""

    asked: Sequence[str] = ()

    def embed(self, texts: Sequence[str], *, question: bool = False) -> Matrix:
        self.asked = [*texts] if question else self.asked
        return super().embed(texts, question=question)


def test_a_misspelt_emergency_is_embedded_as_it_was_read(cards: Source) -> None:
    model = Plain()
    sense = meaning(model, cards)
    answer("how do i mak flod watter save to drnik", [cards], meaning=sense)
    assert "flood water" in model.asked[0]
    answer("who painted the mona lissa", [cards], meaning=sense)
    assert model.asked == ["who painted the mona lissa"]


@pytest.mark.parametrize(
    "question", ["baby drank bleach", "he has taken all his pills and is unconscious"]
)
def test_a_model_refuses_no_emergency_that_the_words_answer(cards: Source, question: str) -> None:
    alone = answer(question, [cards])
    found = answer(question, [cards], meaning=meaning(Concepts(), cards))
    assert VERDICTS.index(found.verdict) >= VERDICTS.index(alone.verdict) > 0


@pytest.mark.parametrize(
    ("typed", "other"),
    [("radiator", "radiation"), ("radiators", "radiation"), ("radiation", "radiator")],
)
def test_words_that_share_only_a_stem_are_told_apart(typed: str, other: str) -> None:
    (one,) = parse(f"the {typed}").concepts
    assert one.unlike == (other,)
    assert Bag(f"{other} everywhere").holds(one) == 0
    assert Bag(f"{other} and {typed}").holds(one) == 1


@pytest.mark.parametrize(
    ("question", "deed", "thing"),
    [
        ("how do I charge the car", "charge", "car"),
        ("how do i clean the kitchen windows in winter", "clean", "windows"),
        ("how to turn off the gas", "turn off", None),
    ],
)
def test_what_is_to_be_done_to_what(question: str, deed: str, thing: str | None) -> None:
    read = parse(question).concepts
    assert [one.word for one in read if one.deed] in ([deed], [])
    assert (thing is None) == (not any(one.done_to for one in read))
    assert thing is None or any(one.done_to and one.word == thing for one in read)


def test_the_letters_looked_for_first_are_those_of_the_expression() -> None:
    questions = [unaccented(question.lower()) for question, _ in asked()]
    said = [*questions, *sorted({word for each in questions for word in each.split()})]
    for table in (seen, hazards, attackers, mishaps, poisons):
        hint, whole = signs.Hint(table.HINT), re.compile(table.HINT)
        found = [whole.search(each) is not None for each in said]
        assert [hint.search(each) for each in said] == found
        assert any(found)
        assert not all(found)
