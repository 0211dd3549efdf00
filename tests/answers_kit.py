"""Honest statements over the guide, and dishonest ones made of them by changing one thing.

`python tests/answers_kit.py` prints the shares of `docs/ask.md`; `--show` every dishonest one that
passes and every honest one that is struck, of the half for tuning only.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from hearth import guide
from hearth.ask.sentences import HEADING, is_intro, split
from hearth.ask.words import among
from hearth.documents.passages import passages
from hearth.writing.checks import check

HONEST = Path(__file__).parent / "answers" / "honest.json"
USUAL = Path(__file__).parent / "answers" / "usual.json"
FRESH = Path(__file__).parent / "answers" / "fresh.json"
NEIGHBOURS = Path(__file__).parent / "answers" / "neighbours.json"
EACH = 40
"""Dishonest statements of each class, in each half."""


class Case(NamedTuple):
    """A statement, what it cites, and of whom it is said to be."""

    text: str
    cited: tuple[str, ...]
    contexts: tuple[str, ...]
    origin: str

    def faults(self) -> list[str]:
        return [f"{code}: {text}" for code, text in check(self.text, self.cited, self.contexts)]


LATER = frozenset(["fever"])
"""Cards younger than the halves are left out: one more would shuffle the halves anew, and with them
what the rules were tuned on and what was held."""


@lru_cache(maxsize=1)
def shelf() -> dict[str, list[tuple[str, str]]]:
    """Slug of a card → its passages: (title › heading, text)."""
    return {
        card.slug: [(f"{card.title} › {one.heading}", one.text) for one in passages(card.text)]
        for card in guide.cards()
        if card.slug not in LATER
    }


def written() -> list[Case]:
    """The statements written by hand."""
    found = []
    for one in json.loads(HONEST.read_text(encoding="utf-8"))["statements"]:
        texts, heads = _under(one["card"], one["under"])
        found.append(Case(one["text"], texts, heads, "tuning" if one.get("tune") else "written"))
    return found


def _under(card: str, under: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(texts, headings) of the passages of a card whose heading holds `under`; * is all."""
    found = [(head, text) for head, text in shelf()[card] if under == "*" or under in head]
    assert found, (card, under)
    return tuple(text for _, text in found), tuple(head for head, _ in found)


def usual(path: Path = USUAL) -> list[tuple[Case, dict[str, list[Case]]]]:
    """The statements in a model's usual tone, each with the lies made of it by hand."""
    found = []
    for one in json.loads(path.read_text(encoding="utf-8"))["statements"]:
        texts: tuple[str, ...]
        heads: tuple[str, ...]
        if "passage" in one:
            texts, heads = (one["passage"],), (one["heading"],)
        else:
            texts, heads = _under(one["card"], one["under"])
        true = Case(one["text"], texts, heads, "tuning" if one.get("tune") else "usual")
        lies = {
            kind: [_lie(true, lie) for lie in made] for kind, made in one.get("lies", {}).items()
        }
        found.append((true, lies))
    return found


def _lie(true: Case, lie: str | list[str]) -> Case:
    """A statement changed by hand, or (card, heading) that it does not come from."""
    if isinstance(lie, str):
        return true._replace(text=lie, origin="usual")
    return Case(true.text, *_under(*lie), "usual")


def usual_halves(path: Path = USUAL) -> tuple[list[Case], list[Case]]:
    """(for tuning, held) of the statements in a model's usual tone."""
    honest = [true for true, _ in usual(path)]
    return (
        [one for one in honest if one.origin == "tuning"],
        [one for one in honest if one.origin != "tuning"],
    )


def by_hand(kind: str, held: bool, path: Path = USUAL) -> list[Case]:
    """The lies of a class that were made by hand of either half."""
    return [
        lie
        for true, lies in usual(path)
        for lie in lies.get(kind, [])
        if (true.origin != "tuning") is held
    ]


def quoted() -> list[Case]:
    """Every sentence of the guide, as a statement that cites its passage."""
    found = []
    for parts in shelf().values():
        for head, text in parts:
            for one in split(text):
                if one.kind != HEADING and not is_intro(one.text):
                    found.append(Case(one.text, (text,), (head,), "quoted"))
    return found


def halves() -> tuple[list[Case], list[Case]]:
    """(for tuning, held): the written ones by turns, the quoted ones by document's chance."""
    hand, own = written(), quoted()
    more = [case._replace(origin="written") for case in hand if case.origin == "tuning"]
    hand = [case for case in hand if case.origin == "written"]
    random.Random(7).shuffle(own)
    return hand[0::2] + more + own[0::2], hand[1::2] + own[1::2]


# --- dishonesty: each gives the changed texts of a case, in an order of chance -------------------

Change = Callable[[Case, random.Random], Iterator[Case]]

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w]*\d)")
_UNITS = (
    ("minutes", "hours"), ("minute", "hour"), ("hours", "minutes"), ("hour", "minute"),
    ("days", "weeks"), ("seconds", "minutes"), ("weeks", "days"), ("months", "days"),
    ("years", "months"), ("year", "month"), ("litres", "millilitres"), ("litre", "millilitre"),
    ("litre", "gallon"), ("gallon", "litre"), ("drops", "teaspoons"), ("grams", "milligrams"),
    ("mg", "g"), ("feet", "metres"), ("metres", "feet"), ("cm", "m"), ("inches", "feet"),
    ("°C", "°F"), ("°F", "°C"), ("%", " drops"), ("mL", "L"), ("mmol/L", "mg/dL"),
    ("tablets", "grams"), ("blows", "minutes"),
)  # fmt: skip
_FLIPS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\bDo not (\w)", lambda m: m.group(1).upper()),
    (r"\bDon['’]t (\w)", lambda m: m.group(1).upper()),
    (r"\bdo not ", ""), (r"\bdon['’]t ", ""), (r"\bdoes not (\w+)", r"\1s"), (r"\bdoesn['’]t ", ""),
    (r"\bNever (\w)", lambda m: m.group(1).upper()), (r"\bNever\b", "Always"),
    (r"\bnever\b", "always"), (r"\bnot\b ?", ""), (r"\bcannot\b", "can"), (r"\bwithout\b", "with"),
    (r"\bunless\b", "if"), (r",? unless .*$", "."), (r"\bonly if\b", "even if"),
    (r",? only if .*$", "."), (r"\bAvoid (\w+)ing\b", r"\1"), (r"\bbefore\b", "after"),
    (r"\bafter\b", "before"), (r"\babove\b", "below"), (r"\bbelow\b", "above"),
    (r"\bmore than\b", "less than"), (r"\bless than\b", "more than"), (r"\bat least\b", "at most"),
    (r"\bup to\b", "at least"), (r"\blonger than\b", "shorter than"), (r"\boutdoors\b", "indoors"),
    (r"\bindoors\b", "outdoors"), (r"\bmust not\b", "must"), (r"\bcan (\w+)", r"cannot \1"),
    (r"\bmay (\w+)", r"may not \1"), (r"\bworse\b", "better"), (r"\bclosed\b", "open"),
    (r"\bcold\b", "hot"), (r"\bsafe\b", "unsafe"), (r"\bdry\b", "wet"), (r"\boff\b", "on"),
    (r"^(Give|Keep|Put|Take|Move|Hold|Call|Use|Wash|Press|Stay|Tell|Turn|Cover|Warm|Rinse)\b",
     r"Do not \1"),
    (r"^(Give|Keep|Put|Take|Move|Hold|Call|Use|Wash|Press|Stay|Tell|Turn|Cover|Warm|Rinse)\b",
     r"Never \1"),
)  # fmt: skip
_NOUNS = sorted(
    among(
        """bleach water burn wound person child baby adult woman limb arm leg head mouth skin eye
        nose throat chest belly face hands back generator stove barbecue garage house room door
        window fridge freezer food milk meat insulin medicine aspirin ibuprofen paracetamol
        alcohol fuel gas smoke fire ice snake dog tourniquet bandage dressing cloth blankets
        clothes candle battery radio phone car pump well toilet doctor ambulance electrician
        pharmacist poison blood tooth carbon-monoxide chemicals germs lid bottle bag mask filter
        boiler cellar roof tree bridge"""
    )
)


def numbers(case: Case, chance: random.Random) -> Iterator[Case]:
    """Another number: ten times, a tenth, near it, or one that the passage has elsewhere."""
    spots = list(_NUMBER.finditer(case.text))
    chance.shuffle(spots)
    elsewhere = [n for text in case.cited for n in _NUMBER.findall(text)]
    for spot in spots:
        value = spot.group()
        plain = float(value.replace(",", "")) if value.count(".") < 2 else 0.0
        made = [f"{plain * 10:g}", f"{plain / 10:g}", f"{plain + 1:g}", f"{plain * 2:g}"]
        made = [one for one in elsewhere if one != value] + made
        for new in chance.sample(made, len(made)):
            if float(new.replace(",", "") or 0) != plain:
                yield case._replace(text=case.text[: spot.start()] + new + case.text[spot.end() :])
                break


def units(case: Case, chance: random.Random) -> Iterator[Case]:
    """Another unit after a figure."""
    for old, new in chance.sample(_UNITS, len(_UNITS)):
        spot = re.search(rf"(\d\)?[ -]?(?:US )?){re.escape(old)}(?!\w)", case.text)
        if spot:
            head, tail = case.text[: spot.start()], case.text[spot.end() :]
            yield case._replace(text=f"{head}{spot.group(1)}{new}{tail}")
            return


def negations(case: Case, chance: random.Random) -> Iterator[Case]:
    """What is denied affirmed, what is affirmed denied, and directions turned round."""
    for old, new in chance.sample(_FLIPS, len(_FLIPS)):
        if re.search(old, case.text):
            yield case._replace(text=re.sub(old, new, case.text, count=1))
            return


def subjects(case: Case, chance: random.Random) -> Iterator[Case]:
    """Another thing in the place of what it is about; half of them from the same passage."""
    mine = [noun for noun in _NOUNS if re.search(rf"\b{noun}\b", case.text, re.I)]
    if not mine:
        return
    old = chance.choice(mine)
    beside = [
        noun for noun in _NOUNS
        if noun not in mine and any(re.search(rf"\b{noun}\b", text) for text in case.cited)
    ]  # fmt: skip
    pool = beside if beside and chance.random() < 0.5 else [n for n in _NOUNS if n not in mine]
    new = chance.choice(pool).replace("-", " ")
    if {old, new} in ({"house", "room"}, {"adult", "person"}, {"woman", "person"}):
        return  # may be no lie
    text = re.sub(
        rf"\b{old}\b",
        lambda m: new.capitalize() if m.group()[0].isupper() else new,
        case.text,
        flags=re.I,
    )
    yield case._replace(text=text)


def citations(case: Case, chance: random.Random) -> Iterator[Case]:
    """The number of another passage: of the same card, or of another. One that is drawn stays so
    where a card more is there."""
    cards = list(shelf().values())
    own = next((card for card in cards if any(text in case.cited for _, text in card)), [])
    near, salt = chance.random() < 0.5 and len(own) > 1, chance.random()
    pool = own if near else [one for card in cards if card is not own for one in card]
    pool = [one for one in pool if one[1] not in case.cited]
    if pool:
        head, text = min(pool, key=lambda one: blake2b(f"{salt} {one}".encode()).digest())
        yield case._replace(cited=(text,), contexts=(head,))


CLASSES: dict[str, Change] = {
    "number": numbers, "unit": units, "negation": negations, "subject": subjects,
    "citation": citations,
}  # fmt: skip
RELATION = "relation"
"""Who does what to whom turned round: made by hand only."""


def dishonest(name: str, honest: list[Case], seed: int, most: int = EACH) -> list[Case]:
    """`most` statements of a class, made of honest ones; those written by hand first."""
    chance = random.Random(seed)
    hand = [case for case in honest if case.origin == "written"]
    own = [case for case in honest if case.origin == "quoted"]
    chance.shuffle(hand)
    chance.shuffle(own)
    found: list[Case] = []
    for case in hand + own:
        found += list(CLASSES[name](case, chance))
        if len(found) >= most:
            break
    return found[:most]


def main(argv: list[str]) -> None:
    """Print the shares of both halves."""
    most = int(argv[argv.index("--most") + 1]) if "--most" in argv else EACH
    seeds = range(int(argv[argv.index("--seeds") + 1])) if "--seeds" in argv else range(1)
    for number, name in enumerate(("tune", "held")):
        if name == "held" and "--tune" in argv:
            return
        show = "--show" in argv and name == "tune"
        half = halves()[number]
        tones = {"usual": USUAL, "fresh": FRESH, "neighbours": NEIGHBOURS}
        for origin in ("written", "quoted"):
            _honest(name, origin, [case for case in half if case.origin == origin], show)
        for tone, path in tones.items():
            _honest(name, tone, usual_halves(path)[number], show)
        for kind in CLASSES:
            made = [one for seed in seeds for one in dishonest(kind, half, seed, most)]
            _lies(name, kind, made, show)
        for tone, path in tones.items():
            spoken = [case._replace(origin="written") for case in usual_halves(path)[number]]
            for kind in (*CLASSES, RELATION):
                if kind in CLASSES:
                    tool = [one for seed in seeds for one in dishonest(kind, spoken, seed, most)]
                    _lies(name, f"{kind}, {tone}, by tool", tool, show)
                _lies(name, f"{kind}, {tone}, by hand", by_hand(kind, number == 1, path), show)


def _honest(name: str, origin: str, cases: list[Case], show: bool) -> None:
    struck = [(case, faults) for case in cases if (faults := case.faults())]
    print(f"{name}  honest {origin:9} struck {len(struck):4} of {len(cases)}")
    for case, faults in struck if show else ():
        print(f"    {case.text}\n        {faults}")


def _lies(name: str, kind: str, made: list[Case], show: bool) -> None:
    if not made:
        return
    passed = [case for case in made if not case.faults()]
    print(f"{name}  {kind:33} struck {len(made) - len(passed):4} of {len(made)}")
    for case in passed if show else ():
        print(f"    {case.text}")


if __name__ == "__main__":
    main(sys.argv[1:])
