"""How people say what has just happened, where they have no word for it: see `hearth.ask.signs`.

"Hot wax all over his hand" is a burn, "a fork in the socket" a shock, and "he wants to die" is the
matter itself, in whatever language. The signs are expressions like those of `hearth.ask.seen`.
"""

from __future__ import annotations

_HOT = r"(?:hot|boiling|burning|scalding|molten|heißes?|bouillante?|hirviendo|caliente)"
_LIQUID = (
    r"(?:wax|oil|fat|grease|tea|coffee|water|soup|tar|milk|kettle|pan|pot|stove|hob|iron|bbq|"
    r"barbecue|grill|oven|exhaust|plate|radiator|metal|coals?|öl|fett|wasser|wachs|eau|huile|cire|"
    r"agua|aceite|cera)"
)
_SELF = r"(?:himself|herself|myself|themselves|itself)"
_NOW = r"(?:(?:wants?|wanted|going|trying|threatening|planning|plans|gonna) (?:to )?|will )"
_BURNER = (
    r"(?:bbq|barbecue|charcoal|grill|generator|genny|engine|car running|camping stove|camp stove|"
    r"gas heater|paraffin heater|fire pit|coals)"
)
_ILL = (
    r"(?:headaches?|dizzy|sick|ill|sleepy|drowsy|faint\w*|collapsed|unconscious|passed out|"
    r"throwing up|vomit\w*|wont wake up|tired)"
)

SIGNS = {
    "hot stuff": (
        rf"{_HOT} {_LIQUID} (?:\w+ ){{0,3}}?(?:on|over|down|onto|sur|über|auf|en|sobre) (?:\w+ )??(?:my|"
        rf"his|her|their|our|me|him|them|{_SELF}|seine?n?|ihre?n?|meine?n?|sa|son|ma|mon|la|el|su|mi)(?! "
        rf"(?:\w+ )?(?:stove|hob|table|fire|floor|bbq|grill)) ?\w*|(?:grabbed|touched|pulled|spilt|spilled|fell on|"
        rf"sat on|trod on|leaned on|tipped) (?:\w+ ){{0,3}}?{_HOT} {_LIQUID}(?: \w+ {_SELF})?|"
        r"(?:pulled|tipped|knocked|spilt|spilled) (?:\w+ ){0,3}?(?:kettle|pan|saucepan|teapot|urn|"
        r"fryer) (?:\w+ ){0,2}?(?:over|down|on|off)|(?:clothes|hair|sleeve|shirt|jumper|dress|trousers|nightie|arm) (?:is|are|has|caught|"
        r"have)? ?(?:caught |on )?fire"
    ),
    "current": (
        r"(?:touched|touching|grabbed|holding|hit|cut through|drilled (?:in)?to) (?:\w+ ){0,3}?"
        r"(?:live|bare|electric\w*|mains|power) ?(?:wires?|cables?|lines?|fence|socket)?|"
        r"(?:fork|knife|fingers?|key|pin|nail|spoon|screwdriver|wire|hairpin|scissors) "
        r"(?:\w+ ){0,2}?(?:in|into|inside) (?:\w+ ){0,2}?(?:socket|outlet|plug|toaster|power point)|"
        r"(?:stuck|frozen|clinging) (?:to|on) (?:\w+ ){0,2}?(?:cable|wire|power line|live \w+)|"
        r"(?<!in )shock (?:off|from) (?:\w+ ){0,2}?\w+|zapped|(?:cable|wire|power line)s? (?:\w+ ){0,2}?(?:hanging|sparking|dangling|on the ground|"
        r"across|lying)|(?:live|fallen|hanging|loose|sparking) "
        r"(?:\w+ )?(?:cable|wire|line)s?|(?:pylon|power pole|electricity pole) (?:\w+ )?(?:fell|fallen|"
        r"down|over)|"
        r"in die steckdose gefasst|steckdose gegriffen|stromschlag|doigts? dans la prise|"
        r"électrocuté\w*|dedos? en el enchufe|le dio (?:la )?corriente|calambrazo|electrocutad\w+|"
        r"electrocut[óo]"
    ),
    "gas smell": (
        r"(?:smell\w*|stink\w*|reek\w*|whiff|stench)(?: \w+){0,2}? (?:like |of )?gas|"
        r"(?:smell\w*|stink\w*) (?:\w+ ){0,2}?(?:rotten|bad) eggs?|gas (?:hissing|leaking|pouring|escaping)|riecht (?:\w+ ){0,2}?nach gas|gasgeruch|"
        r"sent (?:\w+ )?le gaz|odeur de gaz|fuite de gaz|huele (?:\w+ )?a gas|olor a gas|"
        r"(?:escape|fuga) de gas"
    ),
    "burnt indoors": (
        r"flame (?:\w+ ){0,4}?(?:yellow|orange)|"
        rf"(?:garage|indoors|house|tent|kitchen|cellar) (?:\w+ ){{0,3}}?{_BURNER}|"
        rf"{_BURNER} (?:\w+ ){{0,4}}?(?:indoors|inside|in the (?:house|tent|kitchen|garage|lounge|"
        r"living room|bedroom|caravan|shed|basement|cellar|flat|hall|van|camper|boat|hut|conservatory|cabin))"
    ),
    "monoxide": r"kohlenmonoxid\w*|monoxyde de carbone|monóxido de carbono",
    "ill": _ILL,
    "birth": (
        r"giving birth|having (?:the|a|her|my) baby|in labou?r|(?:baby|head) is coming|babys coming|(?:waters?|water) (?:has |"
        r"have |just )?(?:broke|broken)|contractions|crowning|see the (?:babys )?head|"
        r"(?:delivering|deliver) (?:a|the|her|my) baby|accouch\w+|perd(?:u)? les eaux|wehen|"
        r"fruchtblase|entbindung|bekommt (?:jetzt |gerade )?(?:das|ihr|ein) (?:baby|kind)|de parto|"
        r"dando a luz|dar a luz|romp\w+ aguas"
    ),
    "own life": (
        rf"{_NOW}(?:kill|hurt|hang|shoot|harm|end) (?:{_SELF}|it all|it|(?:my|his|her) life)|"
        rf"(?:is|am|im|keeps|been|shes|hes) (?:cutting|hurting|harming) {_SELF}|self harm\w*|"
        r"want\w* it (?:all )?to (?:end|stop|be over)|noose|says goodbye|suicide note|jump (?:off|in front)|"
        r"(?:wants?|wanted|going|ready) to die|suicid\w+|cant go on|(?:dont|doesnt) want to (?:live|"
        r"be here)|no (?:reason|point) (?:to|in) liv\w+|better off dead|"
        r"(?:sich|mich) (?:\w+ )?(?:umbringen|töten|das leben nehmen)|selbstmord|suizid\w*|"
        r"nicht mehr leben|will sterben|(?:se|me) tuer|envie de mourir|veu[xt] mourir|en finir|"
        r"(?:se|me) quiere[ns]? (?:matar|morir)|quier[eo] (?:morir|matar)(?:me|se)?|suicidar\w*|"
        r"matar(?:me|se)|no quier[eo] vivir"
    ),
    "ticking": (
        r"(?:letter|envelope|parcel) (?:\w+ ){0,3}?powder|"
        r"(?:bag|package|parcel|suitcase|backpack|rucksack|box|briefcase) (?:\w+ ){0,4}?(?:ticking|"
        r"wires|unattended|abandoned)|(?:ticking|abandoned|unattended|suspicious) (?:\w+ )?(?:bag|"
        r"package|parcel|suitcase|backpack|rucksack|box)|left a bag|bomb"
    ),
    "diabetic": r"diabetic|diabetes|type (?:1|one)|diabétique|diabétic\w+|diabetiker\w*",
    "low sugar": (
        r"shaking|shaky|sweat\w+|pale|wobbly|zittert?|schwitzt?|tremble|temblando|suda\w*|"
        r"passed out|wont wake up|unconscious|acting (?:drunk|odd|strange|weird|funny)|aggressive"
    ),
    "nut": (
        r"nuts?|peanuts?|cashews?|shellfish|prawns?|shrimps?|sesame|wasp|bee|hornet|sting|stung|"
        r"penicillin|antibiotics?|erdnüsse?|wespe|biene|cacahuètes?|guêpe|abeille|cacahuetes?|"
        r"avispa|abeja"
    ),
    "swelling": (
        r"(?:lips?|tongue|throat|face|eyes|mouth) (?:\w+ ){0,3}?(?:swell\w*|swollen|closing|"
        r"puff\w+)|hives|(?:swollen|swelling) (?:\w+ )?(?:lips?|tongue|throat|face)|"
        r"(?:cant|cannot|struggling to|hard to) breathe|wheez\w+|rash all over"
    ),
    "broken": (
        r"(?:broke|broken|snapped|shattered|rompi[óo]|roto|quebr[óo]|fractur[óo]|cassé|"
        r"(?:bent|facing) (?:the )?wrong way) (?:\w+ ){0,3}?(?:arm|leg|wrist|ankle|hip|collar ?bone|"
        r"ribs?|elbow|thigh|shin|jaw|brazo|pierna|muñeca|tobillo|cadera|bras|jambe|poignet|cheville)|"
        r"(?:arm|leg|wrist|ankle|foot|knee|elbow|hand|finger) (?:\w+ ){0,2}?(?:bent|facing|pointing|"
        r"twisted) (?:\w+ ){0,2}?wrong way|(?:arm|bein|handgelenk|rippe|hüfte|fuß) (?:\w+ )?gebrochen"
    ),
    "cut with": (
        r"(?:cut|sliced|slashed|chopped|hacked) (?:\w+ ){0,4}?with (?:\w+ ){0,2}?(?:\w*saw|knife|axe|"
        r"machete|glass|blade|grinder|scissors|mower)"
    ),
    "on the head": (
        r"(?:hit|banged|bumped|cracked|smacked|whacked|fell|landed|kicked|swung|thrown) (?:\w+ ){0,6}?"
        r"(?:head|skull)"
    ),
    "pinned": (
        r"(?:pinned|trapped|crushed|stuck|caught) (?:\w+ ){0,2}?(?:under|beneath|underneath)|"
        r"on top of (?:his|her|my|him|me|their) ?(?:legs?|arms?|chest|foot|feet)?"
    ),
    "fit": (
        r"eyes (?:\w+ )?roll\w*(?: back| up)|foam\w* (?:at|from) (?:the )?mouth|"
        r"(?:gone|went|going) stiff and"
    ),
    "clammy": r"(?:gr[ea]y|pale|ashen|white) and (?:clammy|sweaty)|cold and clammy",
    "weak side": (
        r"(?:cant|cannot|unable to) (?:lift|raise|move) (?:his|her|my|one|the) (?:left |right )?(?:arm|"
        r"side|hand)"
    ),
    "odd speech": (
        r"(?:talk|speak)\w* (?:\w+ )?(?:funny|strange\w*|weird\w*|odd\w*|slurr\w*)|"
        r"(?:cant|cannot) (?:speak|talk)|slurr\w+"
    ),
    "expecting": r"pregnan\w+|schwanger\w*|enceinte|embarazada",
    "blood": r"bleed\w*|blood|blutet|blut|saigne\w*|sangra\w*",
    "sea drawn out": (
        r"sea (?:\w+ ){0,2}?(?:gone|going|went|drawing|pulled|pulling|sucked|drew) (?:way |far )?"
        r"(?:out|back)"
    ),
    "out of joint": (
        r"(?:shoulder|knee|elbow|hip|finger|jaw|kneecap) (?:\w+ ){0,2}?(?:popped|come|came) out|"
        r"dislocat\w+|(?:collar ?bone|wrist|ankle|arm|leg|rib|hip) (?:has |is )?(?:just )?(?:snapped|"
        r"shattered|broke)"
    ),
    "heart": (
        r"(?:elephant|pressure|weight|crushing|squeezing|band|vice|heaviness) (?:\w+ ){0,3}?chest|"
        r"(?:pain|ache|tingling) (?:\w+ ){0,3}?left arm|left arm (?:\w+ )?(?:hurts|aches|pain)"
    ),
    "lopsided": (
        r"(?:mouth|face|side) (?:\w+ ){0,4}?(?:lopsided|droop\w*|dropped|crooked|twisted|sagging)|"
        r"(?:cara|boca) torcida|(?:mundwinkel|gesicht) hängt|(?:bouche|visage) (?:tordue?|affaissé|"
        r"paralysé)"
    ),
    "wrong way": (
        r"(?:food|drink|something|it|meat|grape|sweet) (?:\w+ )?(?:gone |went )?down the wrong way|"
        r"(?:stuck|caught|lodged) in (?:\w+ )?throat|erstickt|s'étouffe|atragant\w+|"
        r"(?:clutching|grabbing|holding) (?:his|her|their) throat"
    ),
    "reaction": (
        r"throat (?:is |has )?(?:closing|swelling|tightening)(?: up)?|react(?:ing|ion) to"
    ),
    "very drunk": (
        r"(?:so|very|dead|blind|really|paralytic|black ?out) drunk|passed out (?:from|on|with) "
        r"(?:the )?(?:drink|booze|alcohol)|alcohol poisoning|drunk (?:\w+ ){0,4}?(?:cant stand|"
        r"wont wake|unconscious|passed out)"
    ),
    "under water": (
        r"face down in (?:the |a )?(?:water|pool|river|bath|pond|sea|lake)|(?:pulled|dragged|fished|"
        r"got) (?:\w+ ){0,3}?(?:out of|from) (?:the |a )?(?:pool|river|sea|lake|pond|bath|canal|water)|"
        r"sw[aeo]l+ow\w* (?:\w+ )?(?:sea ?water|pool water|lake water|river water)"
    ),
    "water rising": (
        r"water (?:is |was |keeps )?(?:rising|coming (?:in|up|under)|pouring in|getting in)|"
        r"(?:cellar|basement|house|street|garden|kitchen) (?:is |keeps )?(?:filling(?: up)?|flooding|"
        r"full of water|under water)|dam (?:has |just )?(?:burst|broke\w*|failed|collapsed)|"
        r"river (?:is |was |has )?(?:coming|rising|up|burst)|wasser läuft|"
        r"swept (?:\w+ )?(?:away|off)|keller läuft|wasser steigt|l'eau monte|sube el agua|"
        r"se (?:está )?inunda\w*"
    ),
    "ground moves": (
        r"(?:house|building|everything|ground|floor|earth|walls?) (?:is |are |just |was |started )?"
        r"(?:shook|shaking|swaying|trembling|moving)|(?:erde|boden|haus|wände) (?:bebt|wackelt|beben|wackeln)|"
        r"(?:la )?terre tremble|tiembla la tierra|strong shaking"
    ),
    "land on fire": (
        r"(?:hill\w*|forest|woods?|bush|fields?|moor\w*|heath|grass|ridge|mountain\w*|valley) "
        r"(?:\w+ ){0,3}?(?:burning|on fire|ablaze|in flames)|embers"
    ),
    "spine": (
        r"(?:back|neck|spine) (?:\w+ ){0,2}?(?:hurts?|pain\w*|broken?|agony|killing)|"
        r"(?:hurt|broke|broken) (?:\w+ )?(?:back|neck|spine)"
    ),
    "tool in body": (
        r"(?:axe|ax|hatchet|chainsaw|saw|knife|machete|nail|spike|glass|blade|sword|chisel|"
        r"screwdriver|drill|bullet|rebar|fence post|branch) (?:\w+ ){0,3}?(?:in|into|through|across) (?:my|"
        r"his|her|their|the) (?:\w+ )?(?:leg|arm|stomach|belly|chest|back|thigh|neck|side|body|hand|"
        r"foot|shin|knee|calf|wrist|shoulder|fingers?)|(?:finger|thumb|toe|ear|hand|arm|leg)s? (?:\w+ ){0,2}?"
        r"(?:hanging|chopped|ripped|torn|cut|sliced) off|severed|desangr\w+|verblut\w+|"
        r"coupée? (?:le|la|un|son) (?:doigt|main|bras|jambe|pied)"
    ),
    "smoke inside": (
        r"flames (?:\w+ ){0,3}?(?:door|stairs|window|kitchen|hall)|humo en (?:el|la)|"
        r"fumée dans (?:le|la)|(?:rauch|qualm) (?:im|in)|"
        r"smoke (?:\w+ ){0,4}?(?:socket|plug|fuse ?box|oven|door|stairs|hall|hallway|corridor|landing|room|kitchen|flat|loft)|"
        r"(?:stairs|hall|hallway|corridor|landing|room|kitchen|flat|house) (?:\w+ ){0,3}?smoke|"
        r"(?:chip pan|frying pan|pan|oil|oven|toaster|tumble dryer|microwave|sofa|curtains?|bed|loft|"
        r"roof|bin|tree|stove|heater|kitchen) (?:is |has |just )*(?:on fire|caught fire|in flames|"
        r"alight|burning|fire)|fuego en (?:la|el|mi)|se (?:quema|incendia) (?:la|mi|el)|"
        r"feu (?:dans|à) (?:la|ma|le)|(?:es|haus|küche|wohnung|dach) brennt"
    ),
    "lightning": (
        r"(?:struck|hit) by (?:a )?lightning|lightning (?:struck|hit)|hairs? (?:\w+ ){0,3}?(?:standing"
        r"|stands?|on end)(?: up| on end)? (?:\w+ ){0,4}?(?:storm|mountain|hill|thunder|ridge|clouds?)|"
        r"vom blitz getroffen|frappée? par la foudre|cay[óo] un rayo|alcanzad[oa] por un rayo"
    ),
    "works": (
        r"factory|chemical plant|refinery|tanker|chemical works|derail\w*|(?:lorry|truck) (?:\w+ )?(?:overturned|crashed|leaking)|goods train|warehouse|depot|freight train|"
        r"fabrik|chemiewerk|usine|fábrica"
    ),
    "release": (
        r"clouds?|on fire|fumes|leak\w*|explo\w+|spil\w*|smoke|stink\w*|brennt|wolke|nuage|fumée|"
        r"nube|humo"
    ),
    "collapsed": r"collapsed|passed out|fainted|dropped|zusammengebrochen|effondré\w*|desmay\w+",
}

HINT = (
    "hot |boiling|burning|scald|molten|heiß|bouill|hirv|calient|fire|touch|grab|holding|socket|"
    "outlet|plug|toaster|cable|wire|shock|zapp|steckdose|strom|prise|électr|enchufe|corriente|"
    "calamb|electroc|gas|gaz|bbq|barbecue|charcoal|grill|genny|generator|engine|car run|stove|heater|pit|"
    "coals|birth|labo|coming|water|contract|crown|deliver|see the|accouch|eaux|wehen|frucht|"
    "entbind|bekommt|parto|luz|kill|hurt|hang|shoot|harm|end it|my life|is life|er life|die|suicid|"
    "go on|live|be here|liv|umbring|töten|nehmen|selbst|suizid|leben|sterben|tuer|mourir|finir|"
    "matar|morir|vivir|tick|abandon|unattend|suspic|left a bag|bomb|wires|diab|type|swell|swollen|"
    "eggs|powder|to end|to stop|be over|with|head|skull|under|beneath|on top of|roll|foam|stiff|clammy|"
    "sweaty|arm\\b|side|hand|talk|speak|slurr|pregnan|schwanger|enceinte|embaraz|sea |erstick|étouffe|"
    "atragant|river|läuft|moving|beb|wackel|tiembla|lorry|truck|kohlenmonoxid|monoxyde|monóxido|"
    "stuck|caught|lodged|clutch|flame|kettle|pan|fryer|pylon|pole|having|noose|goodbye|note|jump|bullet|off\\b|severed|desangr|"
    "verblut|coupé|popped|come out|came out|disloc|chest|left arm|lopsid|droop|crooked|torcid|hängt|"
    "tordu|affaiss|paraly|throat|react|drunk|alcohol|booze|drink|face down|pulled|dragged|fished|"
    "swal|rising|coming|pouring|getting in|filling|flooding|full of|under water|dam|swept|keller|"
    "steigt|monte|sube|inunda|shook|shaking|sway|trembl|burn|embers|humo|fumée|rauch|qualm|derail|"
    "brok|snap|shatter|romp|roto|quebr|fractur|cass|wrong way|gebroch|back|neck|spine|axe?|saw|knife|"
    "machete|nail|spike|glass|blade|sword|chisel|driver|drill|rebar|post|branch|smoke|flame|alight|"
    "fuego|quema|incend|feu|brenn|lightning|hair|blitz|foudre|rayo|factory|plant|refinery|tanker|"
    "works|warehouse|depot|train|fabrik|chemie|usine|fábrica|self|"
    "clos|puff|hives|breathe|wheez|rash|collaps|passed out|faint|dropp|zusammen|effond|desmay"
)
