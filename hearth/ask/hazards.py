"""How people say what is happening around them: fire, gas, water, a quake; see `hearth.ask.signs`.

The signs are expressions like those of `hearth.ask.seen`.
"""

from __future__ import annotations

_BURNER = (
    r"(?:bbq|barbecue|charcoal|grill|generator|genny|engine|car running|camping stove|camp stove|"
    r"gas heater|paraffin heater|fire pit|coals)"
)
_ILL = (
    r"(?:headaches?|dizzy|sick|ill|sleepy|drowsy|faint\w*|collapsed|unconscious|passed out|"
    r"throwing up|vomit\w*|wont wake up|tired)"
)

SIGNS = {
    "gas smell": (
        r"(?:smell\w*|stink\w*|reek\w*|whiff|stench)(?: \w+){0,2}? (?:like |of )?gas|"
        r"(?:smell\w*|stink\w*) (?:\w+ ){0,2}?(?:rotten|bad) eggs?|hissing (?:\w+ ){0,3}?gas|"
        r"gas (?:\w+ )?(?:hissing|leaking|pouring|"
        r"escaping)|riecht (?:\w+ ){0,2}?nach gas|gasgeruch|"
        r"sent (?:\w+ )?le gaz|odeur de gaz|fuite de gaz|huele (?:\w+ )?a gas|olor a gas|"
        r"(?:escape|fuga) de gas"
    ),
    "burnt indoors": (
        r"(?:yellow|orange) flame|flame (?:\w+ ){0,4}?(?:yellow|orange)|"
        rf"(?:garage|indoors|house|tent|kitchen|cellar) (?:\w+ ){{0,3}}?{_BURNER}|"
        rf"{_BURNER} (?:\w+ ){{0,4}}?(?:indoors|inside|in the (?:house|tent|kitchen|garage|lounge|"
        r"living room|bedroom|caravan|shed|basement|cellar|flat|hall|van|camper|boat|hut|"
        r"conservatory|cabin))"
    ),
    "monoxide": (
        r"kohlenmonoxid\w*|co ?(?:melder|warner|alarm\w*|detector)|monoxyde|monoxido de carbono|"
        r"(?:detecteur|detector) de (?:co|monox\w+)"
    ),
    "ill": _ILL,
    "ticking": (
        r"(?:letter|envelope|parcel) (?:\w+ ){0,3}?powder|"
        r"(?:bag|package|parcel|suitcase|backpack|rucksack|box|briefcase) (?:\w+ "
        r"){0,4}?(?:ticking|"
        r"wires|unattended|abandoned)|(?:ticking|abandoned|unattended|suspicious) (?:\w+ )?(?:bag|"
        r"package|parcel|suitcase|backpack|rucksack|box)|left a bag(?! of)|bag left (?:at|in|on|by|"
        r"under)(?! (?:\w+ ){0,6}?(?:insulin|medicines?|tablets|food|groceries|shopping))|"
        r"bomb"
    ),
    "sea drawn out": (
        r"sea (?:\w+ ){0,2}?(?:gone|going|went|drawing|pulled|pulling|sucked|drew) (?:\w+ )?"
        r"(?:out|back|away)|mar se (?:\w+ )?(?:retir\w+|fue|alej\w+)|mer (?:se retire|"
        r"s'est retiree?|"
        r"recule)|meer (?:zieht sich|geht|ist|hat sich) (?:\w+ )?(?:zuruck\w*|weg)"
    ),
    "water rising": (
        r"water (?:is |was |keeps )?(?:rising|coming (?:in|up|under)|pouring in|getting in)|"
        r"(?:cellar|basement|house|street|garden|kitchen) (?:is |keeps )?(?:filling(?: up)?|"
        r"flooding|"
        r"full of water|under water)|dam (?:has |just )?(?:burst|broke\w*|failed|collapsed)|"
        r"river (?:is |was |has )?(?:coming|rising|up|burst)|wasser (?:lauft|kommt|dringt|"
        r"stromt) (?:\w+ )?(?:in|ins|unter|rein|herein|durch)|"
        r"rivers? (?:is |has |just )*(?:over (?:the|its)|burst\w*)|"
        r"water (?:all )?(?:a?round) (?:us|the house$)|"
        r"(?:street|road) (?:is|"
        r"has become|turned into) (?:a )?river|"
        r"swept (?:\w+ )?(?:away|off)|keller lauft|wasser steigt|l'eau (?:monte|entre|rentre)|"
        r"(?:sube|entra) (?:el )?agua|agua (?:esta )?(?:sub|entra)\w+|"
        r"se (?:esta )?inunda\w*"
    ),
    "ground moves": (
        r"(?:house|building|everything|ground|floor|earth|walls?) (?:is |are |just |was |started "
        r")?"
        r"(?:shook|shaking|swaying|trembling|moving)|(?:erde|boden|haus|wande) (?:bebt|wackelt|"
        r"beben|wackeln)|"
        r"(?:la )?terre tremble|(?:tiembla|temblando|tembl[oa]) (?:la|el|toda la) (?:tierra|casa|"
        r"suelo|edificio)|"
        r"edificio se mueve|strong shaking"
    ),
    "slope moves": (
        r"(?:hill\w*|slope|cliff|embankment|mountain\w*) (?:\w+ ){0,3}?(?:crack\w*|sliding|"
        r"slipping|giving way|"
        r"coming down)|erdrutsch|hang rutscht"
    ),
    "land on fire": (
        r"(?:hill\w*|forest|woods?|bush|fields?|moor\w*|heath|grass|ridge|mountain\w*|valley) "
        r"(?:\w+ ){0,3}?(?:burning|on fire|ablaze|in flames)|embers|wald (?:\w+ ){0,3}?brennt|"
        r"(?:foret|colline|garrigue|champ) (?:\w+ )?(?:brule|en feu)|(?:fuego|arde|"
        r"incendio) (?:en )?(?:el "
        r")?(?:monte|bosque|cerro|campo)|(?:monte|bosque|cerro|campo) (?:\w+ )?(?:arde|ardiendo|"
        r"quema\w*)"
    ),
    "smoke inside": (
        r"flames (?:\w+ ){0,3}?(?:door|stairs|window|kitchen|hall)|humo en (?:el|la)|"
        r"fumee dans (?:le|la)|(?:rauch|qualm) (?:im|in)|"
        r"woke (?:\w+ ){0,3}?smoke|(?:full of|filled with|filling with) smoke$|"
        r"smoke (?:\w+ ){0,4}?(?:socket|plug|fuse ?box|oven|door|stairs|hall|hallway|corridor|"
        r"landing|room|kitchen|flat|loft)|"
        r"(?:stairs|hall|hallway|corridor|landing|room|kitchen|flat|house) (?:\w+ ){0,3}?smoke|"
        r"(?:chip pan|frying pan|pan|oil|oven|toaster|tumble dryer|microwave|sofa|curtains?|bed|"
        r"loft|"
        r"roof|bin|tree|stove|heater|kitchen) (?:is |has |just )*(?:on fire|caught fire|in flames|"
        r"alight|burning|fire)|fuego en (?:la|el|mi)|se (?:quema|incendia) (?:la|mi|el)|"
        r"feu (?:dans|a) (?:la|ma|le)|(?:es|haus|kuche|wohnung|dach) brennt"
    ),
    "hot room": (
        r"(?:(?:3[2-9]|4[0-2]) degrees|(?:3[2-9]|4\d) (?:celsius|c|grad|degres|grados)) "
        r"(?:\w+ ){0,2}?(?:inside|"
        r"indoors|in here|"
        r"drinnen|dedans|dentro|in (?:the|our|my) (?:house|flat|room|bedroom))"
    ),
    "through ice": (
        r"(?:fell|fallen|gone|went|broke\w*) (?:\w+ )?(?:through|into|under) (?:the )?ice|"
        r"ice (?:\w+ )?(?:broke|cracked|gave way)|eis (?:ein|durch)gebrochen|"
        r"glace (?:a |s'est )?(?:cede|cassee?|rompue?)|hielo se (?:rompio|quebro)|(?:rompio|"
        r"quebro) el hielo|durchs eis|(?:passee?|tombee?) (?:\w+ )?(?:a travers|dans|"
        r"sous) la glace|"
        r"cayo (?:\w+ )?(?:bajo|en|por) el hielo"
    ),
    "lightning": (
        r"(?:struck|hit) by (?:a )?lightning|lightning (?:struck|hit)|hairs? (?:\w+ "
        r"){0,3}?(?:standing"
        r"|stands?|on end)(?: up| on end)? (?:\w+ ){0,4}?(?:storm|mountain|hill|thunder|ridge|"
        r"clouds?)|"
        r"vom blitz getroffen|frappee? par la foudre|cayo un rayo|alcanzad[oa] por un rayo"
    ),
    "works": (
        r"factory|chemical plant|refinery|tanker|chemical works|derail\w*|(?:lorry|truck) (?:\w+ "
        r")?(?:overturned|crashed|leaking)|goods train|warehouse|depot|freight train|"
        r"fabrik|chemiewerk|usine|fabrica"
    ),
    "release": (
        r"clouds?|on fire|fumes|leak\w*|explo\w+|spil\w*|smoke|stink\w*|smells?|chlorine|ammonia|"
        r"brennt|\w*wolke|nuage|fumee|"
        r"nube|humo"
    ),
}

# Some letters of every sign.
HINT = (
    r"foret|wald|colline|garrigue|champ|monte|bosque|cerro|campo|"
    r"crack|sliding|slipping|giving way|coming down|rutsch|left |yellow|orange|woke|water |kommt|"
    r"dringt|stromt|l'eau|sube|entra|agua|"
    r"gas\b|\bgaz\b|eggs|rotten egg|bad egg|"
    r"bbq|barbecue|charcoal|grill|genny|generator|engine|car running|stove|"
    r"heater|fire pit|coals|flame|kohlenmonoxid|monoxyde|monoxido|powder|tick|abandon|"
    r"unattend|suspic|left a bag|bomb|wires|smoke|on fire|caught fire|in flames|alight|"
    r"burning|chip pan|fuego|quema|incend|\bfeu\b|brenn|humo|fumee|rauch|qualm|"
    r"(?:oven|pan|toaster|dryer|kitchen|stove|heater|microwave|bin|oil|bed|loft|roof|tree) fire|"
    r"\b(?:3[2-9]|4\d) |\bice\b|\beis\b|glace|hielo|lightning|hairs?\b|blitz|foudre|rayo|factory|"
    r"chemical plant|"
    r"melder|warner|\bco ?alarm|detect|"
    r"refinery|tanker|"
    r"chemical works|warehouse|depot|freight|derail|lorry|truck|goods train|fabrik|chemiewerk|"
    r"usine|fabrica|rising|coming (?:in|up|under)|pouring|getting in|filling|flooding|"
    r"full of water|under water|\bdam\b|swept|river|keller|lauft|steigt|monte|sube|inunda|"
    r"shook|shaking|sway|trembl|moving|beb|wackel|tiembla|mueve|ablaze|embers|\bsea\b|\bmar\b|"
    r"\bmer\b|\bmeer\b|tembl"
)
