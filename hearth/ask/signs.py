"""What a frightened person sees, and what it is a sign of.

"I am shaking and cannot feel my fingers" has no word of the cards on hypothermia and frostbite, and
each of its words stands on a dozen others. So signs are recognised by how people word them, in four
languages, and some of them together name an emergency. The question is then read as being about
that, and the words of the sign ("fingers", "burning", "blue") no longer lead elsewhere.

The signs are those that the guide's own cards give. A rule is only here if being sent to its card
harms nobody who meant something else, and it is withheld where another word of the question points
elsewhere: numb fingers after a fall are no frostbite, and a telephone that does not answer is not
unconscious.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from hearth.ask import attackers, hazards, mishaps, poisons, seen
from hearth.ask.harmful import marked
from hearth.languages import unaccented

_INJURY = (
    r"fell|fall|fallen|crash\w*|accident|hit|back|neck|spine|face|side|cut|broke\w*|stroke|bandage|"
    r"tourniquet|cast|splint|snake|bit|bitten|sting|stung|diabet\w+|sugar|insulin|gesturzt|unfall|"
    r"tombe\w*|chute|caido|cayo"
)
_BLEEDING = r"bleed\w*|blood|stabb\w+|stab|shot|wound\w*|blut\w*|sang\w*|saigne\w*"
_HEATED = _BLEEDING + r"|fever\w*|flu|temperature|hot|burn\w*|scald\w*|fieber|fievre|fiebre"
_AIRWAY = (
    r"chok\w+|eat\w*|ate|food|swallow\w*|throat|stuck|asthma\w*|inhaler|wheez\w+|allerg\w*|nut|"
    r"nuts|"
    r"bee|wasp|sting|stung"
)
# What stopped the breath may have a card that says how to begin.
_ALLERGIC = "asthma\\w*|inhaler|wheez\\w+|allerg\\w*|bee|wasp|sting|stung|car|lift|door"
_INJURED = _INJURY.replace("face|side|", "")
_INDOORS = "heater|heating|heat (?:is )?(?:on|off|out)|no heat|fire|indoors|monoxide|alarm|beep\\w*"
_CHILLY = (  # 40 degrees of Fahrenheit are cold; and a fridge is no room
    r"cold|chilly|freez\w*|frost|snow\w*|blizzard|winter|shiver\w*|heating|heaters?|furnace|boiler|"
    r"no heat|heat (?:is |has |went |gone )*(?:off|out|broken|gone)|(?:keep|stay|get) warm|f|"
    r"fahrenheit|fridge|refrigerator|oven|kalt\w*|heizung|froid\w*|chauffage|frio|calefaccion"
)
_CAUSE = _AIRWAY + (
    r"|current|electric\w*|electrocut\w+|shock|socket|wires?|cables?|lightning|drown\w*|pool|river|"
    r"lake|pond|sea|bath|water|snow|avalanche|ice|rubble|ertr[aiu]nk\w*|wasser|strom|noy\w+|eau|"
    r"ahog\w*|agua|etouff\w*|erstick\w*|atragant\w*"
)
_THINGS = r"car|phone|radio|van|laptop|torch|generator|boat|dog|cat|wallet"
_DEVICES = (
    r"phones?|telephone|mobile|call|calls|text|texts|messages?|radio|door|line|dispatcher|operator|"
    r"911|999|112|email|hotline|telephone|telefon|anruf\w*|telefono|llamadas?|appels?"
)


class Hint:
    """Some letters of every sign of a table, as alternatives of an expression. Most questions have
    none of them, and then nothing of the table need be compiled, which takes as long as an answer;
    so of the alternatives only those are compiled that are more than letters."""

    def __init__(self, alternatives: str) -> None:
        every = re.split(r"\|(?![^(]*\))", alternatives)
        self._letters = [each for each in every if each.replace(" ", "").isalnum()]
        self._rest = re.compile("|".join(each for each in every if each not in self._letters))

    def search(self, lower: str) -> bool:
        """Whether any stands in a question."""
        return any(each in lower for each in self._letters) or bool(self._rest.search(lower))


TABLES = (
    (seen.SIGNS, Hint(seen.HINT)),
    (hazards.SIGNS, Hint(hazards.HINT)),
    (attackers.SIGNS, Hint(attackers.HINT)),
    (mishaps.SIGNS, Hint(mishaps.HINT)),
    (poisons.SIGNS, Hint(poisons.HINT)),
)
SIGNS = {name: sign for table, _ in TABLES for name, sign in table.items()}


class _Rule(NamedTuple):
    """The signs that must be there, what they then mean (an entry of `synonyms.GROUPS`), and words
    that withhold it. Of the signs only those in `read` stop counting as words themselves."""

    signs: tuple[str, ...]
    means: str
    unless: str = ""


_NO_BREATH = r"(?:not|isnt|stopped|no longer) breath\w*|no pulse"
_CONTEXT = frozenset(
    (
        "cold",
        "heat",
        "fall",
        "diabetic",
        "nut",
        "ill",
        "burnt indoors",
        "expecting",
        "blood",
        "works",
        "release",
    )
)
_RULES = (
    _Rule(("thing swallowed", "no air"), "choke"),
    _Rule(("in the way", "no air"), "choke", _ALLERGIC),
    _Rule(("in the way", "no words"), "choke", _ALLERGIC),
    _Rule(("in the way", "blue"), "choke", _ALLERGIC),
    _Rule(("poison taken", "lifeless"), "cpr", "chok\\w+|throat|stuck|drown\\w*"),
    _Rule(("poison taken",), "poison", poisons.NOT_TAKEN),
    _Rule(("chemical in eye",), "eye"),
    _Rule(("chemical on skin",), "burn", "eyes?"),
    _Rule(("fumes",), "fumes at home", "smoke|wildfire|asthma\\w*|inhaler|exhaust|engine|carbon"),
    _Rule(("very drunk",), "poison", "driver"),
    _Rule(("under water",), "drown", _THINGS),
    _Rule(("from water",), "drown", _THINGS + "|hund|katze|auto|chien|chat|perro|gato|coche"),
    _Rule(("expecting", "blood"), "pregnant"),
    _Rule(("expecting", "no kicks"), "pregnant"),
    _Rule(("cut with",), "bleed"),
    _Rule(("blood pours",), "bleed", "nose\\w*|pregnan\\w*|weeks|period"),
    _Rule(("pinned",), "crushed", "snow|car in|ice"),
    _Rule(("fell on",), "crushed"),
    _Rule(("fit",), "seizure"),
    _Rule(("clammy",), "shock", "chest|heart|sugar|diabet\\w*|heat|sun"),
    _Rule(("weak side", "odd speech"), "stroke"),
    _Rule(("weak side", "sight gone"), "stroke"),
    _Rule(("odd speech", "sudden"), "stroke", _AIRWAY + "|panic\\w*|cold|snow"),
    _Rule(("weak side", "sudden"), "stroke", _INJURED),
    _Rule(("on the head",), "head injury", _BLEEDING + "|nail|" + _NO_BREATH),
    _Rule(("knocked out",), "head injury", "tooth|teeth|power|still out|wont wake|" + _NO_BREATH),
    _Rule(
        ("child fell",),
        "head injury",
        r"water|pool|pond|river|lake|sea|bath|ice|arms?|legs?|wrist|ankle|tooth|teeth|" + _BLEEDING,
    ),
    _Rule(("wrong way",), "choke"),
    _Rule(("reaction",), "allergic"),
    _Rule(("heart",), "heart attack"),
    _Rule(("lopsided",), "stroke", "tent|roof|house|wall|fence|shed|garage|tree|car|van|boat|door"),
    _Rule(("current",), "electrocuted"),
    _Rule(("gas smell",), "natural gas", "water|fridge|food|meat"),
    _Rule(("burnt indoors", "ill"), "carbon monoxide"),
    _Rule(("hot stuff",), "burn"),
    _Rule(("skin off", "hot thing"), "burn"),
    _Rule(("flash",), "burn"),
    _Rule(("birth",), "birth"),
    _Rule(("sea drawn out",), "tsunami"),
    _Rule(("monoxide",), "carbon monoxide"),
    _Rule(("own life",), "suicide"),
    _Rule(("ticking",), "bomb", "nuclear|atom\\w*|nuke|hydrogen|dirty"),
    _Rule(("tool in body",), "bleed", "eyes?"),
    _Rule(("broken",), "broken bone", _BLEEDING),
    _Rule(("out of joint",), "broken bone", _BLEEDING),
    _Rule(("spine", "fall"), "broken bone"),
    _Rule(("smoke inside",), "house fire", "wildfire|bush ?fire|forest|yellow flame|"
        "wald|foret|monte|bosque|cerro"),
    _Rule(("hot room",), "heatwave", _CHILLY),
    _Rule(("through ice",), "thin ice", "ice ?box|glass|drink|freezer|tray|fridge|machine"),
    _Rule(("lightning",), "thunderstorm"),
    _Rule(("land on fire",), "wildfire"),
    _Rule(("slope moves",), "landslide"),
    _Rule(("water rising",), "flood", "boil\\w*|pipe|tap|drown\\w*"),
    _Rule(("ground moves",), "earthquake", "cold|machine|afraid|scared"),
    _Rule(("works", "release"), "shelter in place", "gas leak"),
    _Rule(("nut", "swelling"), "allergic", _NO_BREATH),
    _Rule(("diabetic", "dazed"), "low blood sugar"),
    _Rule(("diabetic", "low sugar"), "low blood sugar"),
    _Rule(("collapsed", "heat"), "heatstroke"),
    _Rule(("silent", "heat"), "heatstroke", _INDOORS + "|beach|pool|sea|water|" + _DEVICES),
    _Rule(("limp baby",), "cpr", _CAUSE + "|cold|hands|feet|eyes"),
    _Rule(("lifeless",), "cpr", _CAUSE),
    _Rule(("silent", "blue"), "cpr", _DEVICES + "|" + _CAUSE),
    _Rule(("blue", "gasping"), "cpr", _CAUSE),
    _Rule(("blue",), "cpr", _CAUSE + "|cold|hands|feet|fingers|toes"),
    _Rule(("still", "gasping"), "cpr", _CAUSE),
    _Rule(("silent",), "unconscious", _DEVICES + r"|chok(?!ed down)\w+"),
    _Rule(("still",), "unconscious", _DEVICES + "|car|engine"),
    _Rule(("shaking", "stiff"), "seizure", "cold|snow"),
    _Rule(("shivering", "heat"), "heat exhaustion", "cold|snow|ice|lake|river|fever"),
    _Rule(("shivering",), "hypothermia", _HEATED + r"|sun\w*|heat\w*|beach|chills"),
    _Rule(("shaking", "cold"), "hypothermia", _HEATED + "|sweat\\w*|" + _INJURY),
    _Rule(("shaking", "numb digits"), "hypothermia", _HEATED + "|panic\\w*|breath\\w*|" + _INJURY),
    _Rule(("dazed", "cold"), "hypothermia", _HEATED + "|im confused|i am confused|food|face"),
    _Rule(("drowsy", "cold"), "hypothermia", _HEATED + "|food|eating|ate|face|medicine|pills"),
    _Rule(("shivering", "drowsy"), "hypothermia", _HEATED + "|face"),
    _Rule(("numb", "cold"), "frostbite", _INJURY),
    _Rule(("numb digits",), "frostbite", "panic\\w*|" + _INJURY),
    _Rule(("no feeling", "fall"), "broken bone", "snow|ice|water|lake|river"),
    _Rule(("pale", "cold"), "frostbite", _INJURY),
    _Rule(("waxy",), "frostbite", _INJURY),
    _Rule(("hot", "dazed"), "heatstroke", "im confused|i am confused"),
    _Rule(("very hot", "dazed"), "heatstroke", "im confused|i am confused"),
    _Rule(("very hot", "dizzy"), "heat exhaustion"),
    _Rule(("heat", "sweats no more"), "heatstroke"),
    _Rule(("heat", "dazed"), "heatstroke", "im confused|i am confused|cold"),
    _Rule(("dizzy", "heat"), "heat exhaustion", _INDOORS),
    _Rule(("hot", "heat"), "heatstroke", "keep cool|stay cool"),
    _Rule(("hot",), "fever"),
    _Rule(
        ("temperature",),
        "fever",
        r"fridge|freezer|water|room|house|oven|boiler|food|meat|milk|insulin|medicine|outside",
    ),
    _Rule(("stabbed",), "bleed", "eyes?"),
    _Rule(("blaze",), "house fire"),
    _Rule(("raped",), "rape", "ley|leyes|norma|normas|derechos|lois?|droits?|regles?"),
    _Rule(
        ("beaten",),
        "violence",  # "after the match" may well be when
        r"boxing|karate|judo|dream\w*|in (?:a|the|that) (?:\w+ )?(?:game|match|film|movie|book)|"
        r"at (?:chess|cards|poker|darts|pool|snooker|golf|tennis|football)",
    ),
    _Rule(
        ("intruder",),
        "intruder",
        r"fire|burn\w*|smoke|gas|flood\w*|monoxide|trapped|snake|bat|rats?|mouse|mice|bird|spider|"
        r"prevent\w*|protect\w*|guard\w*|against|holiday|evacuat\w*|insur\w*|car|lift|locked out|"
        r"ice|"
        r"rescue\w*|save",
    ),
    _Rule(("bleeding",), "bleed", "pregnan\\w*|\\d+ weeks and|schwanger\\w*|enceinte|embarazada"),
)  # fmt: skip
_WEAKER = {"fever": "heatstroke", "unconscious": "cpr", "poison": "choke"}
"""What is not said beside what is graver."""


class Reading(NamedTuple):
    """What is left of the words of a question, and the entries that its signs mean."""

    rest: str
    means: tuple[str, ...]


def read(lower: str) -> Reading:
    """What the signs in a question mean (lower case, contractions as one word)."""
    said = _Said(lower)
    found: dict[str, None] = {}
    used: set[str] = set()
    for rule in _RULES:
        if said.likely(rule) and all(map(said.spans, rule.signs)):
            if rule.unless and _pattern(rule.unless).search(said.plain):
                continue
            found[rule.means] = None
            used.update(set(rule.signs) - _CONTEXT)
    means = tuple(one for one in found if _WEAKER.get(one) not in found)
    rest = lower
    for start, end in (span for sign in used for span in said.spans(sign)):
        kept = _people().sub(_blank, said.plain[start:end])
        own = (
            one if stays != " " else " " for one, stays in zip(lower[start:end], kept, strict=True)
        )
        rest = rest[:start] + "".join(own) + rest[end:]
    return Reading(rest if "poison" in means else poisons.without_meals(rest), means)


class _Said:
    """A question, and where each sign stands in it."""

    def __init__(self, lower: str) -> None:
        self.plain = unaccented(lower)
        self.known: dict[str, list[tuple[int, int]]] = {}
        hinted = (table for table, hint in TABLES if hint.search(self.plain))
        self.hinted = frozenset(sign for table in hinted for sign in table)
        self.marked: str | None = None

    def likely(self, rule: _Rule) -> bool:
        """Whether there are letters of the first sign of a rule."""
        return rule.signs[0] in self.hinted

    def spans(self, sign: str) -> list[tuple[int, int]]:
        """Where a sign stands."""
        if sign not in self.known:
            self.known[sign] = [match.span() for match in self._find(sign)]
        return self.known[sign]

    def _find(self, sign: str) -> Iterator[re.Match[str]]:
        if sign not in poisons.SIGNS:
            return _pattern(SIGNS[sign]).finditer(self.plain)
        self.marked = self.marked or marked(self.plain)
        return _pattern(SIGNS[sign]).finditer(self.marked)


def _blank(match: re.Match[str]) -> str:
    """A person who is named in a sign stays; other words of it become as many blanks."""
    return match.group() if match.group(1) else " " * len(match.group())


@lru_cache(maxsize=128)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b")


@lru_cache(maxsize=1)
def _people() -> re.Pattern[str]:
    return re.compile(rf"\b({seen.KIN}|{seen.CHILD})\b|\w+")
