"""What harms in the mouth, in the eye, on the skin and in the air, and how people say it got there.

"My kid swallowed bleach" shares its rarest word with the card on making water safe with bleach, and
"my daughter swallowed a battery" with the one on lamps: cards on using a thing, where what it did
to somebody is asked. So what was taken in and is no food is a sign of poisoning, whatever it is
called: things of the kinds that poisons centres are called about, in four languages; anything at
all that was "swallowed"; and what a child ate or drank, unless it is food. Only what has happened
counts ("drank", "if she drinks"): "can I drink water with bleach in it" is about water.

The signs are expressions like those of `hearth.ask.seen`, which has them among its own.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MEDICINES = (
    r"pills?|tablets?|medicines?|medication|meds|capsules?|paracetamol|acetaminophen|tylenol|"
    r"calpol|ibuprofen|nurofen|advil|aspirin|painkillers?|vitamins?|iron tablets|antidepressants?|"
    r"sleepers|sleeping \w+|methadone|morphine|tramadol|codeine|opiates?|valium|diazepam|drugs?|"
    r"tabletten?|pillen?|medikamente?|schlaftabletten|schmerzmittel|médicaments?|comprimés?|"
    r"cachets?|somnifères?|pastillas?|medicinas?|medicamentos?|comprimidos?|cápsulas?"
)
_CORROSIVE = (
    r"ble?a?ec?che?s?|blea?ch|bleech|chlorine|ammonia|acid|lye|caustic \w+|\w*cleaners?|"
    r"drain \w+|descaler|petrol|gasoline|diesel|chemicals?|pesticides?|insecticides?|weed ?killer|"
    r"thinners?|solvents?|turps|turpentine|white spirit|cement|quicklime|anti ?freeze?|"
    r"bleichmittel|chlor\w*|säure|abflussreiniger|rohrreiniger|\w*reiniger|lauge|benzin|javel|"
    r"acide|déboucheur|essence|lej[ií]a|cloro|ácido|lavandina|gasolina|desatascador"
)
_PRODUCTS = (
    r"cleaning \w+|under the sink|detergent|disinfectant|antiseptic|fabric softener|softener|"
    r"(?:dish ?washer|laundry|washing(?: up| machine)?|dish) (?:tablets?|tabs?|pods?|capsules?|"
    r"powder|liquid|soap|salt)|soap|shampoo|conditioner|bubble bath|mouthwash|perfume|aftershave|"
    r"deodorant|lotion|sun ?cream|make ?up|nail (?:varnish|polish)(?: remover)?|varnish|"
    r"(?:hand )?saniti[sz]er|hair dye|(?:\w+ )?polish|fuel|lamp oil|engine oil|motor oil|baby oil|"
    r"paraffin|kerosene|methylated spirits?|meths|methanol|rubbing alcohol|lighter fluid|"
    r"fire ?lighters?|brake fluid|coolant|screen ?wash|de ?icer|paint|super ?glue|glue|epoxy|"
    r"resin|ink|toothpaste|"
    r"herbicides?|fertili[sz]er|plant food|poison|(?:slug|rat|mouse) \w+|pellets|ant \w+|"
    r"moth ?balls?|spülmittel|waschmittel|waschpulver|geschirrspültabs?|entkalker|"
    r"weichspüler|desinfektionsmittel|lampenöl|petroleum|spiritus|verdünner|frostschutz\w*|"
    r"kleber|sekundenkleber|seife|parfüm|rattengift|unkrautvernichter|gift|farbe|lessive|"
    r"produit (?:vaisselle|\w*ménager|d'entretien|toxique)|liquide vaisselle|détergent|nettoyant|"
    r"gasoil|pétrole|antigel|colle|désherbant|peinture|shampoing|savon|parfum|mort aux rats|"
    r"gel hydroalcoolique|detergente|jabón|champú|lavavajillas|suavizante|gasóleo|queroseno|"
    r"anticongelante|pegamento|insecticida|veneno|matarratas|raticida|disolvente|aguarrás|pintura|"
    r"colonia|limpia\w+|desinfectante"
)
_OBJECTS = (
    r"batt?er(?:y|ies|ys)|button cells?|coin cells?|magnets?|silica(?: gel)?|gel packet|mercury|"
    r"thermometer|glow ?sticks?|wax|water beads?|cigarettes?|cigs?|tobacco|nicotine|vapes?|"
    r"vape (?:juice|liquid)|e liquid|knopfzellen?|batterien?|magnete?n?|zigaretten?|piles?|"
    r"piles? boutons?|aimants?|pilas?|pilas? de botón|imán|imanes|cigarrillos?"
)
_PLANTS = (
    r"(?:wild |poisonous |\w+ )?mushrooms?|toadstools?|berr(?:y|ies)(?: (?:off|from) \w+)?|"
    r"laburnum|yew|foxgloves?|hemlock|oleander|nightshade|daffodils?|ivy|lil(?:y|ies)|"
    r"(?:house)?plants?|leaves|conkers?|acorns?|\w+ bulbs?|cannabis|edibles|cocaine|"
    r"ecstasy|mdma|heroin|pilze|giftpilze|vogelbeeren|tollkirschen?|champignons?|baies?|setas?|"
    r"hongos?|bayas?"
)
_HARMFUL = f"{_CORROSIVE}|{_PRODUCTS}|{_OBJECTS}|{_PLANTS}|{_MEDICINES}"
_FOOD = (
    r"water|food|meals?|breakfast|lunch|dinner|tea|coffee|milk|juice|squash|cola|coke|soup|bread|"
    r"toast|butter|cheese|eggs?|meat|chicken|beef|pork|ham|bacon|sausages?|fish|prawns?|shrimps?|"
    r"shellfish|seafood|mussels?|crab|rice|pasta|noodles|potato\w*|chips|fries|crisps|beans|peas|"
    r"lentils|veg\w*|salad|carrots?|tomato\w*|fruits?|apples?|bananas?|grapes?|oranges?|straw\w+|"
    r"raspberr\w+|blueberr\w+|blackberr\w+|cherr\w+|kiwi|melon|nuts?|peanuts?|almonds?|cashews?|"
    r"walnuts?|sesame|soya?|cake|biscuits?|cookies?|crackers?|chocolate|sweets?|candy|lolly|"
    r"sugar|honey|jam|sandwich\w*|pizza|burgers?|kebab|curry|stew|cereals?|porridge|oats|yogh?urt|"
    r"ice cream|cream|formula|tins?|tinned|canned|leftovers|supplies|rations|snow|ice|popcorn|gum|"
    r"bone|tooth|teeth|tongue|air|blood|spit|mucus|pride|wasser|essen|brot|fleisch|milch|nuss|"
    r"nüsse|apfel|zunge|eau|pain|viande|lait|pomme|cacahuètes?|langue|agua|pan|carne|leche|"
    r"cacahuetes?|manzana|lengua|comida"
)
_CHILD = (
    r"baby|babys|newborn|infant|bub|to?d+ler|child|kid|kids|children|son|daughter|boy|girl|twins?|"
    r"little one|nephew|niece|grand(?:child|son|daughter)|(?:\w+) year old|\w+ month old"
)
_SWALLOWED = r"sw[aeo]l+[aeiou]?w+e?[ds]"
_TOOK = (
    rf"(?:{_SWALLOWED}|drank|dr[ou]nk|drinked|drinks|downed|gulped|sipped|ate|eaten|eated|eats|"
    r"licked|licks|(?:sucked|chewed|chews|gnawed|chomped|munched)(?: on)?|bit (?:in)?to|"
    r"bit(?:ten)? (?=an? |the |open )|ingested|gobbled|nibbled|tasted|choked down|necked|scoffed|"
    r"guzzled|glugged|slurped|swigged|chugged|(?:swig|sip|gulp|mouthful|taste|bite)s? of|"
    r"(?:hes|shes|is|was|been|caught \w+) (?:drinking|eating|swallowing|chewing|licking|sucking)"
    r"(?: on)?(?! water))"
)
# Words that end what was taken: what follows them is another thing.
_GAP = (
    r"(?:(?!(?:on|by|while|when|near|before|after|and|then|but|because|so|since|cooked|boiled|"
    r"treated|purified|disinfected|filtered|without|fish|from tins?) )[\w']+ ){0,5}?"
)
_BODY = (
    r"(?:hands?|fingers?|arms?|legs?|feet|foot|face|skin|back|chest|neck|body|head|knees?|thigh|"
    r"stomach|belly|himself|herself|myself|themselves|him|her|me)"
)
_DRUGS = (
    r"coke|cocaine|crack|ket|ketamine|speed|meth|heroin|smack|fentanyl|ecstasy|mdma|molly|lsd|ghb|"
    r"spice|xanax|weed|opioids?|drugs|gear"
)
_NO_THING = (
    r"it|nothing|too|well|at|today|yesterday|since|more|less|only|enough|everything|in|when|with|"
    r"badly|poorly|and|but|again|now|this|that|them|all day|all night|what|before|after|first|last"
)
_ERROR = r"by (?:accident|mistake)|accident\w*|mistak\w+|instead"
_TOO_MANY = (
    r"too many|too much|all|whole|entire|double|twice|wrong|extra|lots? of|loads of|handful of|"
    r"someone elses|somebody elses|\d{2,}|(?:my|his|her|our) \w+s|a load"
)

SIGNS = {
    "poison taken": (
        rf"{_TOOK} {_GAP}(?:[ld]')?(?:{_HARMFUL})|"
        rf"(?:{_HARMFUL}) (?:\w+ ){{0,6}}?(?:and |then )?(?:{_SWALLOWED}|drank|ate|licked) "
        r"(?:it|some|them|that)|"
        rf"(?:{_HARMFUL}|death caps?|fly agaric) (?:\w+ )?(?:{_SWALLOWED}|drunk|eaten|ingested|ingestion|overdose)|"
        rf"(?:ingestion|swallowing) (?:of )?(?:\w+ )?(?:{_HARMFUL})|"
        rf"mist(?:ook|aken) (?:\w+ ){{0,2}}?(?:{_HARMFUL}) for|"
        rf"{_TOOK} (?:\w+ ){{0,8}}?(?:its|it was|was|is|had|turned out) (?:\w+ ){{0,3}}?(?:{_HARMFUL})|"
        rf"thought (?:\w+ ){{1,6}}?(?:{_HARMFUL})$|"
        rf"(?:{_CHILD}|kiddo|kiddies|twins) (?:\w+ ){{0,3}}?(?:at|into|hold of) (?:\w+ ){{0,2}}?"
        rf"(?:{_HARMFUL})|"
        rf"(?:took|taken|had|swapped) (?:\w+ ){{0,4}}?(?:{_MEDICINES}) (?:\w+ ){{0,2}}?(?:{_ERROR})|"
        rf"(?:husband|wife|he|she|son|daughter|{_CHILD}|dad|mum|mom) (?:\w+ )?(?:took|taken) my "
        rf"(?:\w+ ){{0,2}}?(?:{_MEDICINES})|"
        rf"(?:took|taken|done|did|snorted|injected|smoked) (?:way )?(?:too (?:much|many)|loads of) "
        rf"(?:\w+ )?(?:{_DRUGS})|wrong dose (?:\w+ ){{0,2}}?(?:{_MEDICINES})|"
        rf"{_SWALLOWED} (?!up |by |in |whole )(?!(?:\w+ ){{0,4}}?(?:{_FOOD})\b)\w+(?: \w+)?|"
        rf"(?:{_CHILD}) (?:\w+ ){{0,3}}?(?:drank|drunk|ate|eaten|licked|chewed|sucked) "
        rf"(?!(?:{_NO_THING})\b)(?!(?:\w+ ){{0,5}}?(?:{_FOOD})\b)(?:an?|the|some|my|his|her|our|one|two|half|part|bits?|"
        r"from|of|whole|\w+s?)(?: (?:of|a|an|the))* \w+|"
        rf"(?:{_CHILD}) (?:\w+ ){{0,3}}?(?:drank|drunk|ate|eaten) "
        rf"(?!(?:{_FOOD}|{_NO_THING})\b)\w{{4,}}$|"
        rf"(?:took|taken|takes|had|given|gave) (?:\w+ ){{0,3}}?(?:{_TOO_MANY}) (?:\w+ ){{0,4}}?"
        rf"(?:{_MEDICINES})|overdos\w+|überdosis|surdose|sobredosis|"
        rf"(?:{_HARMFUL}) (?:\w+ ){{0,3}}?(?:up|in|into|im|on|over|around|round) (?:\w+ )?"
        r"(?:mund|nose|nostril|mouth|lips|tongue|throat)|"
        rf"(?:{_HARMFUL}) (?:[\w']+ ){{0,4}}?(?:getrunken|verschluckt|geschluckt|gegessen|"
        r"gefressen|abgeleckt|gelutscht|zerbissen)|(?:trank|aß|schluckte|verschluckte) "
        rf"(?:\w+ ){{0,3}}?(?:{_HARMFUL})|(?<!sich )(?:ein|eine|einen|zwei|drei|die|den|das|seine?n?|"
        rf"ihre?n?) (?!(?:{_FOOD})\b)\w+ (?:ver|ge)schluckt|"
        rf"zu viele? (?:\w+ ){{0,2}}?(?:{_MEDICINES})|"
        r"(?:(?:a|ont|ai|jai|j'ai|avons) (?:\w+ )?(?:bu|mangé|léché|croqué|mâché)|avalé|ingéré) "
        rf"(?:[\w']+ ){{0,4}}?(?:[ld]')?(?:{_HARMFUL})|(?:a|ai|j'ai) avalé (?:un|une|des|du|de|le|la|"
        rf"mon|ma|son|sa) (?!(?:{_FOOD})\b)\w+|trop de (?:{_MEDICINES})|"
        r"(?:bebi[óo]|bebido|trag[óo]|tragado|comi[óo]|comido|ingiri[óo]|ingerido|lami[óo]|chup[óo]|"
        rf"mordi[óo]) (?:\w+ ){{0,4}}?(?:{_HARMFUL})|(?:trag[óo]|tragado) (?:una?|el|la|unas|unos|dos) "
        rf"(?!(?:{_FOOD})\b)\w+|demasiad[ao]s? (?:{_MEDICINES})"
    ),
    "chemical in eye": (
        rf"(?:{_HARMFUL}|pepper spray|sanitiser) (?:[\w']+ ){{0,5}}?(?:in|into|ins|im|dans|en) "
        r"(?:\w+ ){0,2}?(?:l')?(?:eyes?|augen?|yeux|œil|oeil|ojos?)"
    ),
    "chemical on skin": (
        rf"(?:{_CORROSIVE}|battery(?: fluid)?) (?:\w+ ){{0,2}}?(?:splash\w*|spil\w*|leak\w*|"
        rf"drip\w*|on|over|down) (?:\w+ ){{0,4}}?{_BODY}|"
        rf"(?:splash\w*|spil\w*|pour\w*|tipp\w*|got) (?:\w+ ){{0,3}}?(?:{_CORROSIVE}) "
        rf"(?:\w+ ){{0,3}}?(?:on|over|down|across) (?:\w+ ){{0,3}}?{_BODY}"
    ),
    "fumes": (
        rf"(?:inhal\w+|breath\w+ in|breathed|sniffed|eingeatmet|respir[óé]) (?:[\w']+ ){{0,5}}?"
        rf"(?:{_CORROSIVE}|{_PRODUCTS}|gas|gases|vapou?rs?|fumes)|"
        rf"(?:{_CORROSIVE}|{_PRODUCTS}|chlorgas|chlordämpfe) (?:\w+ )?(?:fumes|vapou?rs?|gas|"
        rf"dämpfe|eingeatmet)|mix\w+ (?:\w+ ){{0,3}}?(?:{_CORROSIVE}) (?:\w+ ){{0,2}}?(?:and|with|"
        rf"into)|(?:{_CORROSIVE}) (?:\w+ )?(?:gemischt|mélangé\w*|mezclad\w+)|"
        rf"(?:mélangé|mezcl\w+) (?:[\w']+ ){{0,4}}?(?:{_CORROSIVE})"
    ),
}

HINT = (
    "neck|scoff|guzz|glug|slurp|swig|chug|of |gnaw|chomp|munch|wrong|at |into|mist|thought|snort|"
    "inject|smoke|did|done|drank|drunk|dronk|drink|sw[aeo]l|ate|eat|down|gulp|sip|lick|suck|chew|bit|ingest|gobbl|nibbl|"
    "tast|got|took|take|had|gave|given|overdos|dosis|dose|nose|nostril|mouth|lips|tongue|throat|"
    "getrunken|schluckt|gegessen|gefressen|geleckt|gelutscht|zerbissen|trank|aß|zu viel|bu |mangé|"
    "léché|croqué|mâché|avalé|ingéré|trop|beb|trag|com[ií]|ingir|lami|chup|mord|demasiad|eye|aug|"
    "yeux|œil|oeil|ojo|splash|spil|leak|drip|pour|tipp|on |over|inhal|breath|sniff|atmet|respir|"
    "fumes|vapo|gas|dämpfe|mix|misch|mélang|mezcl"
)

# What it is not: a machine that uses up batteries, or medicine that was used up.
NOT_TAKEN = (
    r"(?:torch|flashlight|lamp|radio|camera|generator|genny|remote|phone|car|machine|toilet|sink|"
    r"device|heater|stove|printer|flood|river|sea)(?: \w+)? (?:ate|eats|eaten|drank|drinks|"
    r"swallow\w+)|"
    r"chok(?!ed down)\w+|(?:stuck|caught) in (?:\w+ )?throat|erstick\w*|étouff\w*|atragant\w*|"
    r"(?:ran|run|running) out|refill|pharmacy|repeat prescription"
)

# A meal: the verb says nothing of poison where what was eaten or drunk is food or water.
_MEAL = (
    r"\b(?:drank|drunk|ate|eaten)\b(?! (?:\w+ ){0,3}?(?:(?:too much|with|wild) ))"
    rf"(?= (?:\w+ ){{0,5}}?(?:{_FOOD})\b)|\bate\b(?=,|\.|;| and (?:now|then)\b)"
)


def without_meals(lower: str) -> str:
    """A question whose plain meals are in the present: "we drink all the water"."""
    if "drank" not in lower and "drunk" not in lower and "ate" not in lower:
        return lower
    return _meal().sub(lambda match: "drink" if match[0].startswith("dr") else "eat", lower)


@lru_cache(maxsize=1)
def _meal() -> re.Pattern[str]:
    return re.compile(_MEAL)
