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
from functools import lru_cache
from typing import NamedTuple

_KIN = (
    r"(?:husband|wife|partner|boyfriend|girlfriend|mum|mom|mother|dad|father|gran|granny|nan|"
    r"grandma|grandad|grandpa|grandmother|grandfather|son|daughter|child|kid|boy|girl|baby|newborn|"
    r"infant|toddler|brother|sister|uncle|aunt|neighbou?r|friend|colleague)"
)
_PERSON = (
    r"(?:i|im|he|hes|she|shes|they|theyre|who|someone|somebody|man|woman|guy|lady|"
    rf"(?:(?:my|our|the|his|her|a) (?:\w+ ){{0,2}}?)?{_KIN})"
)
_CHILD = (
    r"baby|babys|newborn|infant|bub|toddler|bébé|bebe|nourrisson|nouveau.né|säugling|neugeborene\w*|"
    r"bebé|recién nacid\w|lactante"
)
_DIGITS = r"(?:fingers?|fingertips|toes|doigts|orteils|dedos|zehen)"
_TIPS = (
    rf"(?:{_DIGITS}|hands?|feet|foot|nose|ears?|cheeks?|mains|pieds|nez|oreilles|manos|pies|nariz|"
    r"orejas|hände|haende|füße|füsse|fuesse|nase|ohren)"
)
_NUMB = r"(?:numb\w*|taub\w*|gefühllos\w*|engourdi\w*|insensibles?|entumecid\w+|insensible\w*)"
_UNFELT = (
    r"(?:(?:cant|cannot|can not|dont|couldnt|can barely|can hardly|no longer) (?:really |even )?feel|"
    r"(?:lost|losing|no|without) (?:all |any )?(?:the )?feeling (?:left )?in|"
    r"ne sens(?:ent)? plus|ne sent plus|no siento|no siente|spüre|spürt|fühle)"
)
_PALE = (
    r"(?:white|blue|grey|gray|waxy|wax|hard|purple|weiß|weiss|blau|grau|blancs?|blanches?|bleus?|"
    r"bleues?|blanc[oa]s?|azul(?:es)?)"
)
_HOT = (
    r"(?:burning up|burns up|burning with (?:a )?fever|boiling (?:hot|up)|roasting hot|red hot|"
    r"scorching hot|very hot|really hot|so hot|hot to the touch)"
)

# What each sign is called, and how people say it. Of "(?:\w+ ){0,4}" few words may stand between.
_SIGNS = {
    "cold": (
        r"cold|freezing|frozen|frost|snow|snowy|ice|icy|soaked|soaking|drenched|wet through|kalt\w*|"
        r"kälte|schnee|frost|eis|froid|neige|glace|glacée?|frío|frio|nieve|hielo|helad\w+"
    ),
    "shaking": r"shaking|shakes|shaky|trembl\w+|tremble|zitter\w*|tembl(?:ando|or\w*|o|a)",
    "shivering": (
        r"(?:(?:cant|cannot|wont) stop )?(?:shiver\w*)|teeth (?:are |is )?chatter\w+|schlotter\w*|"
        r"grelott\w+|tirit\w+"
    ),
    "numb digits": (
        rf"{_UNFELT} (?:\w+ ){{0,2}}{_DIGITS}|spür\w* (?:\w+ ){{0,2}}finger (?:gar )?nicht|"
        rf"numb {_DIGITS}|{_DIGITS} (?:\w+ ){{0,4}}{_NUMB}"
    ),
    "numb": (
        rf"{_UNFELT} (?:\w+ ){{0,2}}{_TIPS}|numb {_TIPS}|{_TIPS} (?:\w+ ){{0,4}}(?:{_NUMB}|tingl\w+)|"
        rf"{_TIPS} (?:\w+ ){{0,4}}cold (?:that )?(?:i |he |she |we )?(?:cant|cannot) (?:move|bend|use)"
        r"(?: them)?"
    ),
    "pale": (
        rf"{_TIPS} (?:\w+ ){{0,5}}{_PALE}(?: (?:and|und|et|y) (?:{_PALE}|{_NUMB}))?|{_PALE} {_TIPS}"
    ),
    "waxy": rf"{_TIPS} (?:\w+ ){{0,6}}(?:wax|waxy)",
    "dazed": (
        r"confused|(?:talk\w*|speak\w*|say\w*) (?:total |complete )?(?:nonsense|rubbish|gibberish)|"
        r"(?:mak\w+|talk\w*) no sense|not making (?:any )?sense|muddled|delirious|rambling|babbling|"
        r"mumbl\w+|wirr\w*|verwirrt|délir\w+|confuse|delira\w*|desorientad\w"
    ),
    "drowsy": (
        r"slurr\w+(?: (?:his|her|their) (?:words|speech))?|barely (?:moves|moving|awake)|drowsy|"
        r"(?:wants|trying|keeps wanting) to (?:go to )?sleep|falling asleep|hardly (?:moves|moving)"
    ),
    "hot": (
        rf"{_PERSON}(?: is| are| am| feels?| has been)? (?:now |all )?{_HOT}|"
        r"skin is (?:\w+ )?hot(?: and dry)?|hot (?:and )?dry skin|(?<!')\bglüht|brûlante? de fièvre|"
        r"est brûlante?|está ardiendo|arde en fiebre"
    ),
    "heat": (
        r"sun|sunshine|heat|heatwave|beach|sauna|hot (?:car|day|weather|van)|sonne|hitze|soleil|"
        r"chaleur|canicule|sol|calor"
    ),
    "silent": (
        rf"{_PERSON} (?:\w+ ){{0,7}}?(?:not|isnt|wont|doesnt|does not|will not|stopped|cant) (?:be )?"
        r"(?:answer|respond|react)(?:ing|s)?(?: to)?(?: (?:me|us))?(?: anymore)?|unresponsive|"
        r"(?:he|she|hes|shes) (?:\w+ ){0,2}(?:gone|went) limp|"
        r"(?:antwortet|reagiert) (?:gar |mir )?nicht(?: mehr)?|ne (?:réagit|répond) (?:plus|pas)|"
        r"no (?:responde|reacciona|contesta)"
    ),
    "still": (
        r"(?:dropped|fell|collapsed) (?:\w+ ){0,5}(?:and )?(?:is |isnt )?(?:not )?moving|"
        rf"(?:he|hes|she|shes) (?:is )?(?:not|isnt) moving(?: at all)?"
    ),
    "blue": (
        r"(?:lips|face) (?:\w+ ){0,4}(?:blue|grey|gray|purple)|blue lips|"
        rf"{_PERSON} (?:\w+ ){{0,3}}?(?:gone|going|goes|went|turned|turning|turns) (?:all )?"
        r"(?:blue|purple)|lippen (?:\w+ ){0,2}blau|blaue lippen|lèvres (?:\w+ ){0,2}bleues|"
        r"labios (?:\w+ ){0,2}azules"
    ),
    "gasping": r"gasping|gasps|gurgling|schnappatmung|suffoque|boqueando",
    "lifeless": (
        r"(?:no|hasnt got a|has no|cant (?:find|feel) (?:a|his|her|the)) (?:pulse|heartbeat|heart beat)|"
        r"heart (?:has |just )?stopped(?: beating)?|chest (?:isnt|is not|not|doesnt|does not) "
        r"(?:mov|ris)\w+|kein(?:en)? puls|herz schlägt nicht|pas de pouls|plus de pouls|"
        r"no tiene pulso|sin pulso|no (?:está )?respira(?:ndo)?(?! bien| por| mal)"
    ),
    "baby": _CHILD,
    "limp": r"limp|floppy|lifeless|not moving|isnt moving|blue|schlaff|blau|mou|molle|bleue?|flácid\w|azul",
    "stiff": r"(?:gone |went )?stiff|eyes (?:\w+ )?roll\w*(?: back)?|jerk\w+|twitch\w+|foam\w+",
}  # fmt: skip

_INJURY = (
    r"fell|fall|fallen|crash\w*|accident|hit|back|neck|spine|face|side|cut|broke\w*|stroke|bandage|"
    r"tourniquet|cast|splint|snake|bit|bitten|sting|stung|diabet\w+|sugar|insulin|gestürzt|unfall|"
    r"tombé\w*|chute|caído|cayó"
)
_HEATED = r"fever\w*|flu|temperature|hot|burn\w*|scald\w*|fieber|fièvre|fiebre"
_AIRWAY = (
    r"chok\w+|eat\w*|ate|food|swallow\w*|throat|stuck|asthma\w*|inhaler|wheez\w+|allerg\w*|nut|nuts|"
    r"bee|wasp|sting|stung"
)
_DEVICES = (
    r"phones?|telephone|mobile|call|calls|text|texts|messages?|radio|door|line|dispatcher|operator|"
    r"911|999|112|email|hotline"
)


class _Rule(NamedTuple):
    """The signs that must be there, what they then mean (an entry of `synonyms.GROUPS`), and words
    that withhold it. Of the signs only those in `read` stop counting as words themselves."""

    signs: tuple[str, ...]
    means: str
    unless: str = ""


_CONTEXT = frozenset(("cold", "heat", "baby"))
_RULES = (
    _Rule(("baby", "limp"), "cpr", _AIRWAY + "|cold|fell|hands|feet|fingers|limping"),
    _Rule(("lifeless",), "cpr", "current|electric\\w*"),
    _Rule(("silent", "blue"), "cpr", _DEVICES),
    _Rule(("blue", "gasping"), "cpr", _AIRWAY),
    _Rule(("blue",), "cpr", _AIRWAY + "|cold|snow|hands|feet|fingers|toes"),
    _Rule(("silent",), "unconscious", _DEVICES),
    _Rule(("still",), "unconscious", _DEVICES + "|car|engine"),
    _Rule(("shaking", "stiff"), "seizure", "cold|snow"),
    _Rule(("shivering",), "hypothermia", _HEATED),
    _Rule(("shaking", "cold"), "hypothermia", _HEATED + "|sweat\\w*|" + _INJURY),
    _Rule(("shaking", "numb digits"), "hypothermia", _HEATED + "|panic\\w*|breath\\w*|" + _INJURY),
    _Rule(("dazed", "cold"), "hypothermia", _HEATED + "|im confused|i am confused|food|face"),
    _Rule(("drowsy", "cold"), "hypothermia", _HEATED + "|food|face|medicine|pills"),
    _Rule(("shivering", "drowsy"), "hypothermia", _HEATED + "|face"),
    _Rule(("numb", "cold"), "frostbite", _INJURY),
    _Rule(("numb digits",), "frostbite", _INJURY),
    _Rule(("pale", "cold"), "frostbite", _INJURY),
    _Rule(("waxy",), "frostbite", _INJURY),
    _Rule(("hot", "dazed"), "heatstroke", "im confused|i am confused"),
    _Rule(("heat", "dazed"), "heatstroke", "im confused|i am confused|cold"),
    _Rule(("hot", "heat"), "heatstroke", "keep cool|stay cool"),
    _Rule(("hot",), "fever"),
)  # fmt: skip
_WEAKER = {"fever": "heatstroke", "unconscious": "cpr"}
"""What is not said beside what is graver."""


class Reading(NamedTuple):
    """What is left of the words of a question, and the entries that its signs mean."""

    rest: str
    means: tuple[str, ...]


def read(lower: str) -> Reading:
    """What the signs in a question mean (lower case, contractions as one word)."""
    if not _any().search(lower):
        return Reading(lower, ())
    spans: dict[str, list[tuple[int, int]]] = {}
    found: dict[str, None] = {}
    used: set[str] = set()
    for rule in _RULES:
        if rule.unless and _pattern(rule.unless).search(lower):
            continue
        if all(_spans(sign, lower, spans) for sign in rule.signs):
            found[rule.means] = None
            used.update(set(rule.signs) - _CONTEXT)
    means = tuple(one for one in found if _WEAKER.get(one) not in found)
    rest = lower
    for start, end in (span for sign in used for span in spans[sign]):
        rest = rest[:start] + _people().sub(_blank, rest[start:end]) + rest[end:]
    return Reading(rest, means)


def _blank(match: re.Match[str]) -> str:
    """A person who is named in a sign stays; other words of it become as many blanks."""
    return match.group() if match.group(1) else " " * len(match.group())


def _spans(
    sign: str, lower: str, known: dict[str, list[tuple[int, int]]]
) -> list[tuple[int, int]]:
    if sign not in known:
        known[sign] = [match.span() for match in _pattern(_SIGNS[sign]).finditer(lower)]
    return known[sign]


@lru_cache(maxsize=64)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b")


@lru_cache(maxsize=1)
def _people() -> re.Pattern[str]:
    return re.compile(rf"\b({_KIN}|{_CHILD})\b|\w+")


@lru_cache(maxsize=1)
def _any() -> re.Pattern[str]:
    """Every sign that can name an emergency: most questions have none."""
    return _pattern("|".join(words for sign, words in _SIGNS.items() if sign not in _CONTEXT))
