"""How people say that something harmful was taken in, splashed or breathed: see
`hearth.ask.signs`.

"My kid swallowed bleach" shares its rarest word with the card on making water safe with bleach, and
"my daughter swallowed a battery" with the one on lamps: cards on using a thing, where what it did
to somebody is asked. So a harmful thing that was taken is a sign of poisoning; and so is anything
at all that was "swallowed", and what a child ate or drank, unless it is food. Only what has
happened counts ("drank", "if she drinks"): "can I drink water with bleach in it" is about water.

The expressions are over a question as `harmful.marked` leaves it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask.harmful import CHEMICAL, CORROSIVE, FOOD, HARMFUL, MEDICINE, PRODUCT, marked
from hearth.languages import unaccented

_CHILD = (
    r"baby|babys|newborn|infant|bub|to?d+ler|child|kid|kids|kiddo|kiddies|children|son|daughter|"
    r"boy|"
    r"girl|twins?|little one|nephew|niece|grand(?:child|son|daughter)|\w+ (?:year|yr|month) old"
)
_PERSON = rf"(?:{_CHILD}|husband|wife|partner|dad|mum|mom|grandad|grandpa|gran|grandma|he|she)"
_SWALLOWED = r"sw[aeo]l+[aeiou]?w+e?[ds]"
_TOOK = (
    rf"(?:{_SWALLOWED}|drank|dr[ou]nk|drinked|drinks|downed|gulped|sipped|ate|eaten|eated|eats|"
    r"licked|licks|(?:sucked|chewed|chews|gnawed|chomped|munched)(?: on)?|bit (?:in)?to|"
    r"bitten (?:in)?to|bit(?:ten)? (?=an? |the |open )|ingested|gobbled|nibbled|tasted|"
    r"choked down|necked|scoffed|"
    r"guzzled|glugged|slurped|swigged|chugged|(?:swig|sip|gulp|mouthful|taste|bite)s? of|"
    r"(?:hes|shes|is|was|been|caught \w+) (?:drinking|eating|swallowing|chewing|licking|sucking)"
    rf"(?: on)?(?! {FOOD}))"
)
# What follows one of these is another thing than what was taken.
_GAP = (
    r"(?:(?!(?:on|by|while|when|near|before|after|and|then|but|because|so|since|cooked|boiled|"
    r"treated|purified|disinfected|filtered|without) )[\w']+ ){0,5}?"
)
_NO_THING = (
    r"it|nothing|too|well|at|today|yesterday|since|more|less|only|enough|everything|in|when|with|"
    r"badly|poorly|and|but|again|now|this|that|them|all day|all night|what|before|after|first|"
    r"last|"
    r"coke"
)
_DRUGS = (
    r"coke|crack|ket|ketamine|speed|meth|smack|fentanyl|molly|lsd|ghb|spice|xanax|weed|opioids?|"
    r"gear"
)
_TOO_MANY = (
    r"too many|too much|all|whole|entire|double|twice|wrong|extra|lots? of|loads? of|handful of|"
    r"someone elses|somebody elses|\d{2,}|ten|twelve|fifteen|twenty|thirty|forty|fifty|dozens?|"
    r"(?:pack|packet|box|bottle|strip|blister) of|(?:my|his|her|our) \w+s"
)
_USE = (
    r"how|where|which|can|could|is it|need\w*|want\w*|for|clean\w*|wash\w*|us(?:e[ds]?|ing)|"
    r"stor\w+|"
    r"keep\w*|kept|buy|bought|water|treat\w*|charg\w*|light|lit|torch|radio|toys?|aids?|school|"
    r"sell\w*|"
    r"made|makes?|smell\w*|floor|eyes?|skin|hands?|arms?|legs?|face|dog|cat"
)
_ERROR = r"by (?:accident|mistake)|accident\w*|mistak\w+|instead"
_BODY = (
    r"(?:hands?|fingers?|arms?|legs?|feet|foot|face|skin|back|chest|neck|body|head|knees?|thigh|"
    r"stomach|belly|himself|herself|myself|themselves|him|her|me)"
)

_TAKEN = (
    # what harms was taken
    rf"{_TOOK} {_GAP}(?:[ld]')?{HARMFUL}",
    rf"{_TOOK} (?:\w+ ){{0,8}}?(?:its|it was|was|is|had|turned out) (?:\w+ ){{0,3}}?{HARMFUL}",
    (
        rf"{HARMFUL} (?:\w+ ){{0,9}}?(?:{_SWALLOWED}|drank|ate|licked|had|tried) (?:it|some|them|"
        rf"that)"
    ),
    (
        rf"(?:drinking|eating|swallowing|sucking|chewing|licking)(?: on)? "
        rf"(?:an? |the |some |his |her "
        rf")?"
        rf"{HARMFUL}(?! {FOOD})"
    ),
    (
        rf"(?:{_CHILD}) (?:\w+ )?(?:with|holding|found|opened|playing with) (?:\w+ "
        rf"){{0,4}}?{CHEMICAL}"
    ),
    rf"{HARMFUL} (?:\w+ )?(?:{_SWALLOWED}|drunk|eaten|ingested|ingestion|overdose)",
    rf"(?:ingestion|swallowing) (?:of )?(?:\w+ )?{HARMFUL}",
    rf"mist(?:ook|aken) (?:\w+ ){{0,2}}?{HARMFUL} for|thought (?:\w+ ){{1,6}}?{HARMFUL}$",
    rf"(?:{_CHILD}) (?:\w+ ){{0,3}}?(?:at|into|hold of) (?:\w+ ){{0,2}}?{HARMFUL}",
    (
        rf"{HARMFUL} (?:\w+ ){{0,3}}?(?:up|in|into|im|on|over|around|round|dans|en) "
        r"(?:\w+ ){0,2}?(?:mund|nose|nostril|mouth|lips|tongue|throat|tummy|stomach|bouche|boca)"
    ),
    rf"{HARMFUL} (?:boca|bouche|mund)",
    rf"{PRODUCT} (?:\w+ ){{0,6}}?(?:vomit\w*|cramps|seeing double)",
    (
        rf"{HARMFUL} (?:\w+ ){{0,12}}?(?:put|has|had|got|found) (?:it|some|them|one) in(?:to)? "
        rf"(?:his|her|their|my) mouth"
    ),
    # medicine or drugs, too much or the wrong one
    (
        rf"(?:took|taken|takes|had|given|gave) (?:\w+ ){{0,3}}?(?:{_TOO_MANY}) (?:\w+ ){{0,4}}?"
        rf"{MEDICINE}"
    ),
    rf"(?:took|taken|had|swapped) (?:\w+ ){{0,4}}?{MEDICINE} (?:\w+ ){{0,2}}?(?:{_ERROR})",
    rf"{_PERSON} (?:\w+ )?(?:took|taken) my (?:\w+ ){{0,2}}?{MEDICINE}",
    rf"(?:took|taken|had) {MEDICINE} (?:\w+ ){{0,2}}?\d{{2,}}",
    rf"(?:took|taken|had) (?:my|his|her) {MEDICINE} (?:twice|again)",
    (
        rf"(?:mixed|muddled) up (?:\w+ ){{0,2}}?{MEDICINE}|{MEDICINE} (?:\w+ ){{0,3}}?(?:double|"
        rf"twice) (?:the|a|as)"
    ),
    rf"wrong dose (?:\w+ ){{0,2}}?{MEDICINE}",
    (
        r"(?:took|taken|done|did|snorted|injected|smoked) (?:way )?(?:too (?:much|many)|loads of) "
        rf"(?:\w+ )?(?:{_DRUGS}|{HARMFUL})|overdos\w+|uberdosis|surdose|sobredosis"
    ),
    (
        r"(?:drank|drunk|downed|had) (?:\w+ ){0,3}?(?:bottle|pint|litre|too much|lots|loads|"
        r"glasses) "
        r"(?:\w+ ){0,2}?(?:vodka|whisk[e]?y|rum|gin|spirits|alcohol|tequila|booze|brandy|schnaps)"
    ),
    (
        rf"been poisoned|(?:did|have|has) (?:\w+ ){{1,2}}?(?:{HARMFUL}|poisoned) "
        r"(?:my|him|her|us|me|them|the)"
    ),
    (
        rf"(?:zu viele?|trop de|demasiad[ao]s?|(?:se|me|ha) (?:he |ha )?tom(?:o|e|ado) "
        rf"(?:\w+ )?(?:much|tod)[ao]s?) (?:\w+ ){{0,2}}?{MEDICINE}"
    ),
    # anything was swallowed; a child ate what is no food
    rf"{_SWALLOWED} (?!up |by |in |whole )(?!(?:\w+ ){{0,4}}?{FOOD}\b)\w+(?: \w+)?",
    (
        rf"(?:{_CHILD}) (?:\w+ ){{0,3}}?(?:drank|drunk|ate|eaten|licked|chewed|sucked|(?:is|keeps|"
        rf"been) "
        r"(?:eating|drinking|chewing|sucking)) "
        rf"(?!(?:{_NO_THING})\b)(?!(?:\w+ ){{0,5}}?{FOOD}\b)(?:\w+ (?:(?:of|a|an|the) )*\w+|"
        rf"\w{{4,}}$)"
    ),
    # a child and a chemical, and no word of using it
    rf"^(?!.*\b(?:{_USE})\b).{{0,200}}?\b(?:{_CHILD})\b.{{0,60}}?{CHEMICAL}",
    # German, French, Spanish
    (
        rf"{HARMFUL} (?:[\w']+ ){{0,4}}?(?:getrunken|verschluckt|geschluckt|gegessen|gefressen|"
        r"abgeleckt|gelutscht|zerbissen)"
    ),
    rf"(?:trank|aß|schluckte|verschluckte) (?:\w+ ){{0,3}}?{HARMFUL}",
    (
        r"(?<!sich )(?:ein|eine|einen|zwei|drei|die|den|das|seine?n?|ihre?n?) "
        rf"(?!{FOOD}\b)\w+ (?:ver|ge)schluckt"
    ),
    (
        r"(?:(?:a|ont|ai|jai|j'ai|avons) (?:\w+ )?(?:bu|mange|leche|croque|mache)|avale|ingere) "
        rf"(?:[\w']+ ){{0,4}}?(?:[ld]')?{HARMFUL}"
    ),
    rf"(?:a|ai|j'ai) avale (?:un|une|des|du|de|le|la|mon|ma|son|sa) (?!{FOOD}\b)\w+",
    (
        r"(?:bebio|bebido|(?:se|ha|hij[oa]|nin[oa]|bebe) tom(?:o|ado)|trago|tragado|comio|comido|"
        r"ingirio|ingerido|lamio|"
        r"chupo|"
        rf"mordio) (?:\w+ ){{0,4}}?{HARMFUL}"
    ),
    rf"(?:trago|tragado) (?:una?|el|la|unas|unos|dos) (?!{FOOD}\b)\w+",
)

SIGNS = {
    "poison taken": "|".join(_TAKEN),
    "chemical in eye": (
        rf"(?:{HARMFUL}|pepper spray) (?:[\w']+ ){{0,5}}?(?:in|into|ins|im|dans|en) "
        r"(?:\w+ ){0,2}?(?:l')?(?:eyes?|augen?|yeux|œil|oeil|ojos?)"
    ),
    "chemical on skin": (
        rf"{CORROSIVE} (?:\w+ ){{0,2}}?(?:splash\w*|spil\w*|leak\w*|drip\w*|on|over|down) "
        rf"(?:\w+ ){{0,4}}?{_BODY}|{CHEMICAL} (?:leaked|burst|dripped) (?:\w+ ){{0,3}}?{_BODY}|"
        rf"(?:splash\w*|spil\w*|pour\w*|tipp\w*|got) (?:\w+ ){{0,3}}?{CORROSIVE} "
        rf"(?:\w+ ){{0,3}}?(?:on|over|down|across) (?:\w+ ){{0,3}}?{_BODY}"
    ),
    "fumes": (
        r"(?:inhal\w+|breath\w+ in|breathed|sniffed|respir[oe]) (?:[\w']+ ){0,5}?"
        rf"(?:{CHEMICAL}|gas|gases|vapou?rs?|fumes)|(?:{CHEMICAL}|chlorgas|chlordampfe) (?:\w+ )?"
        r"(?:fumes|vapou?rs?|gas|dampfe|eingeatmet|gemischt|melange\w*|mezclad\w+)|"
        rf"mix\w+ (?:\w+ ){{0,3}}?{CORROSIVE} (?:\w+ ){{0,2}}?(?:and|with|into)|"
        rf"(?:melange|mezcl\w+) (?!(?:d'|de l'|l'|de )?{FOOD}\b)(?:[\w']+ ){{0,4}}?{CORROSIVE}\b"
        rf"(?! (?:avec|dans|et|con|en|y) (?:\w+ )?(?:[dl]')?{FOOD}\b)(?! (?:avec|"
        rf"dans) de l'{FOOD}\b)"
    ),
}

HINT = (
    r"\bon\b|vomit|throwing|cramp|put |mixed up|muddled|double|twice|dr[aou]nk|\bate\b|drink(?:s|"
    r"ed|ing)\b|downed|gulp|sip|"
    r"eat(?:s|en|ed|ing)\b|lick|suck|chew|"
    r"with an?\b|with the|holding|found|"
    r"opened|playing|tried|swallowing|bouche|boca|poison|"
    r"gnaw|chomp|munch|\bbit\b|bitten|bite|ingest|gobbl|nibbl|tast|choked down|neck|scoff|guzz|"
    r"glug|"
    r"slurp|swig|chug|mouth|sw[aeo]l|mist(?:ook|ak)|thought|got|been at|into|took|taken|takes|had|"
    r"given|gave|swapp|wrong dose|snort|inject|smoked|done|did|overdos|dosis|surdose|zu viel|trop|"
    r"demasiad|nose|nostril|lips|tongue|throat|mund|getrunken|schluckt|gegessen|gefressen|leckt|"
    r"gelutscht|zerbissen|trank|aß|\bbu\b|mange|leche|croque|mache|avale|ingere|bebi|trag|"
    r"\btom[oae]|"
    r"comi|"
    r"ingir|ingeri|lami|chup|mord|eye|aug|yeux|œil|oeil|ojo|splash|spil|leak|drip|burst|pour|tipp|"
    r"\bon (?:my|his|her|the)|over|down|inhal|breath|sniff|atmet|respir|fumes|vapo|gas|dampfe|mix|"
    "misch|melang|mezcl"
)

# What it is not: a machine that uses up batteries, who chokes on it, or medicine that was used up.
NOT_TAKEN = (
    r"(?:torch|flashlight|lamp|radio|camera|generator|genny|remote|phone|car|machine|toilet|sink|"
    r"device|heater|stove|printer|flood|river|sea)(?: \w+)? (?:ate|eats|eaten|drank|drinks|"
    r"swallow\w+)|chok(?!ed down)\w+|(?:stuck|caught) in (?:\w+ )?throat|erstick\w*|etouff\w*|"
    r"atragant\w*|(?:ran|run|running) out|refill|pharmacy|repeat prescription"
)

# What was eaten or drunk and is food or water: the verb says nothing of poison.
_MEAL = (
    r"\b(?:drank|drunk|ate|eaten)\b(?! (?:\w+ ){0,3}?(?:too much|with|wild) )"
    rf"(?= (?:\w+ ){{0,5}}?{FOOD}\b)|\bate\b(?=$|,|\.|;| and (?:now|then)\b| nothing)"
)


def without_meals(lower: str) -> str:
    """A question whose plain meals are in the present: "we drink all the water"."""
    if not _ATE.search(lower):
        return lower
    for match in reversed([*_meal().finditer(marked(unaccented(lower)))]):
        base = "drink" if match[0].startswith("dr") else "eat"
        lower = lower[: match.start()] + base + lower[match.end() :]
    return lower


_ATE = re.compile(r"\b(?:drank|drunk|ate|eaten)\b")


@lru_cache(maxsize=1)
def _meal() -> re.Pattern[str]:
    return re.compile(_MEAL)
