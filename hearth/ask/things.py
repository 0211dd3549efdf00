"""Things that do not respond are no persons.

"The radio is not responding" has the very words that are said of somebody unconscious, and "is
dead" those of mourning, as it is said of a tree, too. Where the question is about a thing, and
nobody else is spoken of, these words say nothing of a body and are left out. In doubt, as when a
person is mentioned at all, they stay: the recovery position does a radio no harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from hearth.ask import seen
from hearth.languages import unaccented

_HINT = re.compile(
    "respon|react|answer|wak|dead|died|reagier|antwort|repond|reagit|reaccion|contest|knocked out|"
    "chok|dying|seizing|bleeding|coughing|shivering|having a"
)
_THING = (
    r"radios?|walkie.talkies?|cb|receivers?|phones?|cell ?phones?|smartphones?|telephones?|"
    r"landline|handset|mobiles?|iphone|generators?|genny|inverter|power ?bank|battery|batteries|"
    r"chargers?|"
    r"solar panels?|panels?|fuse ?box|cars?|vans?|trucks?|lorry|engine|motor|starter|brakes?|"
    r"steering|computers?|laptops?|pc|tablets?|ipad|screens?|monitors?|keyboards?|mouse|printers?|"
    r"routers?|modems?|wi ?fi|internet|network|servers?|websites?|sites?|apps?|program|software|"
    r"system|nodes?|pi|hearth|tv|tvs|televisions?|telly|remote|cameras?|drone|clock|torch|torches|"
    r"flashlights?|lamps?|lights?|bulbs?|lanterns?|boilers?|heaters?|heating|radiators?|furnace|"
    r"stoves?|cookers?|ovens?|hob|fridges?|freezers?|refrigerators?|microwave|kettle|machines?|"
    r"washer|dishwasher|pumps?|alarms?|detectors?|sensors?|thermostats?|switch|switches|buttons?|"
    r"power|electricity|stairlifts?|hoists?|nebuli[sz]ers?|concentrators?|hearing aids?|"
    r"scooters?|wheelchairs?|wires?|lines?|"
    r"doorbell|gates?|lift|elevator|devices?|gadgets?|appliances?|hotline|911|999|112|"
    r"funkgerat|handy|telefon|fernseher|notstromaggregat|stromgenerator|auto|motor|rechner|"
    r"drucker|lampe|taschenlampe|heizung|heizkessel|kuhlschrank|gerat|"
    r"telephone|portable|tele|television|televiseur|voiture|moteur|ordinateur|generateur|"
    r"groupe electrogene|torche|chaudiere|chauffage|appareil|"
    r"telefono|movil|celular|tele|televisor|television|coche|carro|motor|ordenador|computadora|"
    r"generador|linterna|lampara|caldera|calefaccion|aparato"
)
_NOT = (
    r"not|isnt|arent|wasnt|wont|doesnt|dont|didnt|does not|do not|did not|will not|stopped|stops|"
    r"cant|cannot|never|no longer"
)
_SILENT = (
    rf"(?:{_NOT}) (?:\w+ ){{0,2}}?(?:answer|respond|react|wak)\w*(?: up)?|unresponsive|dead|died|"
    r"knocked out|(?:is|are|was|keeps?|started) (?:\w+ )?(?:chok\w+|dying|seizing|bleeding|"
    r"coughing|"
    r"shivering|having a (?:fit|stroke|seizure|heart attack))|"
    r"(?:antwortet|reagiert) (?:\w+ )?nicht(?: mehr)?|(?:ne )?(?:reagit|repond) (?:plus|pas)|"
    r"no (?:responde|reacciona|contesta)"
)
_SOMEBODY = (
    rf"{seen.KIN}|{seen.CHILD}|he|hes|him|his|she|shes|her|they|theyre|them|who|someone|somebody|"
    r"anyone|anybody|person|people|man|men|woman|women|guy|lady|patient|victim|casualty|driver|"
    r"passenger|kids|children|er|ihn|ihm|mann|frau|kind|vater|mutter|opa|oma|sohn|tochter|jemand|"
    r"il|elle|lui|mari|femme|pere|mere|fils|fille|enfant|quelquun|ella|"
    r"el(?= (?:esta|no|se|ya|tiene|ha)\b)|marido|mujer|esposo|"
    r"esposa|padre|madre|hijo|hija|nino|nina|alguien|senor|senora"
)

# "My dad in a wheelchair died"; compiled only where a thing is dead.
_WITH_IT = (
    rf"\b(?:{_SOMEBODY})(?: (?:is|was|lies|lying|sits|sitting|stuck|trapped))? "
    r"(?:in|on|by|under|near|beside) (?:(?:an?|the|his|her|my|their|some) )?(?:\w+ )?"
    r"(?:wheelchairs?|scooters?|stairlifts?|lift|elevator|cars?|vans?|trucks?|lorry|wires?|lines?)$"
)


def without(lower: str) -> str:
    """A question (lower case, contractions as one word) without the words that say that a thing
    does not respond."""
    plain = unaccented(lower)
    if not _HINT.search(plain):
        return lower
    somebody, silent, dead, lifeless = _patterns()
    lower = _cut(lower, dead, lambda match: not _with_it(match))  # whoever's thing it is
    if somebody.search(unaccented(lower)):
        return lower
    return _cut(_cut(lower, silent), lifeless)


def _with_it(match: re.Match[str]) -> bool:
    """Whether a dead thing is where somebody is."""
    return re.search(_WITH_IT, match.string[: match.end(1)]) is not None


def _cut(
    lower: str, pattern: re.Pattern[str], counts: Callable[[re.Match[str]], bool] = bool
) -> str:
    """A question without what an expression finds after its group 1, where that counts."""
    for match in reversed([*pattern.finditer(unaccented(lower))]):
        if counts(match):
            lower = lower[: match.end(1)] + lower[match.end() :]
    return lower


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    silent = rf"\b((?:{_THING})(?: \w+){{0,5}}?)(?: (?:and )?(?:{_SILENT}))+\b"
    dead = rf"\b({_THING}) (?:(?:has|have|is|are|just|been|went|gone) )*(?:died|dead)"
    dead += r"(?: on (?:me|us|him|her|them))?\b"
    lifeless = (
        r"\b()(?:dead|died)\b(?! (?:body|bodies|one|at home|in (?:bed|sleep)))"
        r"(?!(?<=\bthe dead)(?:\W*$| and\b| in\b))"
    )
    return (
        re.compile(rf"\b(?:{_SOMEBODY})\b"),
        re.compile(silent),
        re.compile(dead),
        re.compile(lifeless),
    )
