"""How people say what they see of somebody in danger, in four languages: see `hearth.ask.signs`.

Expressions over a question in lower case, contractions as one word ("cant"). Where a few words may
stand between, it is said how many, so that a long message costs no more than its length.
"""

from __future__ import annotations

KIN = (
    r"(?:husband|wife|partner|boyfriend|girlfriend|mum|mom|mother|dad|father|gran|granny|nan|"
    r"grandma|grand?dad|grandpa|grandmother|grandfather|son|daughter|child|kid|boy|girl|baby|"
    r"newborn|"
    r"infant|toddler|brother|sister|uncle|aunt|neighbou?r|friend|colleague)"
)
_PERSON = (
    r"(?:i|im|he|hes|she|shes|they|theyre|who|someone|somebody|man|woman|guy|lady|"
    rf"(?:(?:my|our|the|his|her|a) (?:\w+ ){{0,2}}?)?{KIN})"
)
CHILD = (
    r"baby|babys|newborn|infant|bub|toddler|bebe|bebe|nourrisson|nouveau.ne|saugling|"
    r"neugeborene\w*|"
    r"bebe|recien nacid\w|lactante"
)
_DIGITS = r"(?:fingers?|fingertips|toes|doigts|orteils|dedos|zehen)"
_TIPS = (
    rf"(?:{_DIGITS}|hands?|feet|foot|nose|ears?|cheeks?|mains|pieds|nez|oreilles|manos|pies|nariz|"
    r"orejas|hande|haende|fuße|fusse|fuesse|nase|ohren)"
)
_NUMB = r"(?:numb\w*|taub\w*|gefuhllos\w*|engourdi\w*|insensibles?|entumecid\w+|insensible\w*)"
_UNFELT = (
    r"(?:(?:cant|cannot|can not|dont|couldnt|can barely|can hardly|no longer) "
    r"(?:really |even )?feel|"
    r"(?:lost|losing|no|without) (?:all |any )?(?:the )?feeling (?:left )?in|"
    r"(?:ne )?sens (?:plus|pas)|(?:ne )?sent(?:ent)? plus|no siento|no siente|spure|spurt|fuhle)"
)
_PALE = (
    r"(?:white|blue|grey|gray|waxy|wax|hard|purple|weiß|weiss|blau|grau|blancs?|blanches?|bleus?|"
    r"bleues?|blanc[oa]s?|azul(?:es)?)"
)
_HOT = (
    r"(?:burning up|burns up|burning hot|burning with (?:a )?fever|boiling (?:hot|up)|"
    r"roasting hot|red hot|"
    r"scorching hot|hot to the touch)"
)

# What each sign is called, and how people say it. Of "(?:\w+ ){0,4}" few words may stand between.
SIGNS = {
    "cold": (
        r"cold|freezing|frozen|(?:fell|fallen|falling) (?:in|into) (?:the |a )?(?:sea|river|lake|"
        r"pond|canal)|"
        r"frost|snow|snowy|ice|icy|soaked|soaking|drenched|wet through|"
        r"kalt\w*|"
        r"kalte|schnee|frost|eis|froid|neige|glace|glacee?|frio|frio|nieve|hielo|helad\w+"
    ),
    "shaking": r"shaking|shakes|shaky|trembl\w+|tremble|zitter\w*|(?:tembl|tiembl)\w+",
    "shivering": (
        r"(?:(?:cant|cannot|wont) stop )?(?:shiver\w*)|teeth (?:are |is )?chatter\w+|schlotter\w*|"
        r"grelott\w+|tirit\w+"
    ),
    "numb digits": (
        rf"{_UNFELT} (?:\w+ ){{0,2}}{_DIGITS}|spur\w* (?:\w+ ){{0,2}}finger (?:gar )?nicht|"
        rf"numb {_DIGITS}|{_DIGITS} (?:\w+ ){{0,4}}{_NUMB}"
    ),
    "numb": (
        rf"{_UNFELT} (?:\w+ ){{0,2}}{_TIPS}|numb {_TIPS}|"
        rf"{_TIPS} (?:\w+ ){{0,4}}(?:{_NUMB}|tingl\w+)|"
        rf"{_TIPS} (?:\w+ ){{0,4}}cold (?:that )?(?:i |he |she |we )?"
        r"(?:cant|cannot) (?:move|bend|use)(?: them)?"
    ),
    "pale": (
        rf"{_TIPS} (?:\w+ ){{0,5}}{_PALE}(?: (?:and|und|et|y) (?:{_PALE}|{_NUMB}))?|{_PALE} "
        rf"{_TIPS}"
    ),
    "waxy": rf"{_TIPS} (?:\w+ ){{0,6}}(?:wax|waxy)",
    "dazed": (
        r"confused|(?:talk\w*|speak\w*|say\w*) (?:total |complete )?(?:nonsense|rubbish|"
        r"gibberish)|"
        r"(?:mak\w+|talk\w*) no sense|not making (?:any )?sense|muddled|delirious|"
        r"rambling|babbling|act(?:s|ing) (?:weird|strange\w*|funny|odd\w*|drunk)|"
        r"mumbl\w+|(?:redet )?(?:wirr\w*|unsinn)|verwirrt|delir\w+|confuse|delira\w*|desorientad\w"
    ),
    "drowsy": (
        r"schlafrig|benommen|will (?:nur )?schlafen|somnolente?|veut dormir|"
        r"somnolient\w|adormilad\w|quiere dormir|slurr\w+(?: (?:his|her|their) (?:words|"
        r"speech))?|barely (?:moves|moving|awake)|drowsy|"
        r"(?:wants|trying|keeps wanting) to (?:go to )?sleep|falling asleep|hardly (?:moves|"
        r"moving)"
    ),
    "hot": (
        rf"{_PERSON}(?: is| are| am| feels?| has been)? (?:now |all )?{_HOT}|"
        rf"(?:{KIN}|{CHILD}) (?:(?!room|house|bottle|bath)\w+ ){{0,4}}?feels? (?:\w+ )?hot|"
        r"skin is (?:\w+ )?hot(?: and dry)?|hot (?:and )?dry skin|gluht|"
        r"(?:oma|opa|mutter|mama|vater|papa|mann|frau|kind|sohn|tochter|baby|er|sie|stirn|haut) "
        r"(?:\w+ ){0,5}?hei(?:ß|ss)|"
        r"brulante? de fievre|"
        r"est brulante?|esta ardiendo|arde en fiebre"
    ),
    "temperature": (
        r"(?:has|have|had|got|running|spiking|with) (?:a |an |such a )?(?:\w+ )?"
        r"(?:temp|temperature)|"
        r"(?:temp|temperature) (?:is |was |of )?(?:over |about |nearly )?(?:3[89]|4[01]|10[0-6])|"
        r"thermometer (?:\w+ ){0,2}?(?:3[89]|4[01]|10[0-6])"
    ),
    "very hot": (
        r"(?:very|really|so|boiling|roasting|burning|scorching) hot(?! (?:water|oil|tea|coffee|"
        r"fat|"
        r"wax|soup|pan|stove|weather|day|car))"
    ),
    "dizzy": r"dizzy|faint|lightheaded|headache|schwindlig|vertiges?|maread[oa]",
    "heat": (
        r"sun|sunshine|sunburn\w*|heat|heatwave|beach|sauna|hot (?:car|day|weather|van)|sonne|"
        r"hitze|soleil|chaleur|trop chaud|demasiado calor|canicule|sol|calor"
    ),
    "silent": (
        rf"{_PERSON} (?:\w+ ){{0,7}}?(?:not|isnt|wont|doesnt|does not|will not|stopped|"
        r"cant) (?:be )?"
        r"(?:answer|respond|react)(?:ing|s)?(?: to)?(?: (?:me|us))?(?: anymore)?|unresponsive|"
        r"out cold|"
        r"(?:wont|cant|cannot|doesnt|not) (?:be )?(?:wake|woken|waking|rouse)(?: up)?(?: him| her|"
        r" them)?|"
        r"(?:he|she|hes|shes) (?:\w+ ){0,2}(?:gone|went) limp|"
        r"(?:antwortet|reagiert) (?:gar |mir )?nicht(?: mehr)?|"
        r"wacht (?:gar |einfach )?nicht (?:mehr )?auf|"
        r"nicht (?:mehr )?(?:aufwachen|wach|aufzuwecken|zu wecken)|"
        r"(?:ne )?(?:se )?(?:reagit|repond|reveille) (?:plus|pas)|no (?:se |me )?(?:responde|"
        r"reacciona|"
        r"contesta|despierta)"
    ),
    "still": (
        r"(?:dropped|fell|collapsed) (?:\w+ ){0,5}(?:and )?(?:is |isnt )?(?:not )?moving|"
        r"(?:ne )?bouge (?:plus|pas)|bewegt sich nicht(?: mehr)?|no se mueve|"
        rf"{_PERSON} (?:\w+ ){{0,3}}?slumped|"
        rf"{_PERSON} (?:is )?(?:not|isnt) moving(?: at all)?"
    ),
    "blue": (
        r"(?:lips|face) (?:\w+ ){0,4}(?:blue|grey|gray|purple)|blue lips|"
        rf"{_PERSON} (?:\w+ ){{0,3}}?(?:gone|going|goes|went|turned|turning|turns) (?:all )?"
        r"(?:blue|purple)|lippen (?:\w+ ){0,2}blau|lauft (?:\w+ )?blau an|"
        r"blau angelaufen|(?:devient|est) (?:tou\w+ )?bleue?|(?:esta|se pone|se puso) (?:azul|"
        r"morad[oa])|"
        r"blaue lippen|levres (?:\w+ ){0,2}bleues|"
        r"labios (?:\w+ ){0,2}azules"
    ),
    "gasping": r"gasping|gasps|gurgling|snoring|rochelt|rale|schnappatmung|suffoque|boqueando",
    "lifeless": (
        r"(?:no|hasnt got a|has no|cant (?:find|feel) (?:a|his|her|the)) "
        r"(?:pulse|heartbeat|heart beat)|"
        r"(?:not|isnt|stopped|no longer|hasnt been|quit) breathing(?! (?:well|properly|right|"
        r"easily|"
        r"much|normally))|heart (?:has |just )?stopped(?: beating)?|chest (?:isnt|is not|not|"
        r"doesnt|does not) "
        r"(?:mov|ris)\w+|kein(?:en)? puls|herz schlagt nicht|pas de pouls|plus de pouls|"
        r"no tiene pulso|sin pulso|no (?:esta )?respira(?:ndo)?(?! bien| por| mal)"
    ),
    "limp baby": (
        r"(?:born|newborn|delivered|came out) (?:\w+ ){0,4}?(?:not|isnt|wont|hasnt|didnt|doesnt) "
        r"cr(?:y|ying|ied)|"
        rf"(?:{CHILD}) (?:\w+ ){{0,5}}?(?:limp|floppy|lifeless|not moving|isnt moving|schlaff|mou|"
        rf"molle|flacid\w)|(?:limp|floppy|lifeless) (?:{CHILD})|(?:{CHILD}) (?:is |has |looks? |"
        r"turn(?:s|ed|ing) |went |gone |going |ist |est |esta |all |devenu |tout |ganz |total |"
        r"voll |todo |toda |muy )+"
        r"(?:blue|blau|bleue?|azul)"
    ),
    "stabbed": (
        r"stabbed|knifed|dispar(?:ar|ad)\w*|apunal\w+|angeschossen|niedergestochen|poignardee?|"
        rf"(?:been|was|got) shot(?: in)?|shot (?:(?:me|him|her)\b(?! an?\b)|my {KIN})|"
        r"gunshot|impaled|(?:knife|scissors|blade|arrow|pole|"
        r"stick) (?:is |sticking |stuck )*(?:in|into|through|out of) (?:my|his|her|the|their) "
        r"(?:leg|arm|stomach|belly|chest|back|thigh|neck|side|body|hand|foot)"
    ),
    "blaze": (
        r"(?:maison|cuisine|appartement|immeuble|toit) (?:brule|est en feu)|casa (?:se quema|arde|"
        r"esta ardiendo)|(?:quemando|ardiendo) (?:la|mi) (?:cocina|casa)|"
        r"(?:house|home|kitchen|flat|roof|building|room|curtains?|sofa|bed) (?:is|are) (?:on fire|"
        r"burning)(?: up| down)?"
    ),
    "no feeling": rf"{_UNFELT} (?:\w+ ){{0,2}}(?:legs?|arms?|jambes|piernas|beine|{_TIPS})",
    "fall": (
        r"(?:fell|fall|fallen|falling)(?! (?:ill|sick|asleep|pregnant|out with))|slipped|tripped|"
        r"crash\w*|accident|dived|diving|hit by|sturz|gesturzt|"
        r"hingefallen|chute|tombee?|caida|se cayo|cayo"
    ),
    "stiff": r"(?:gone |went )?stiff|eyes (?:\w+ )?roll\w*(?: back)?|jerk\w+|twitch\w+|foam\w+",
    "sweats no more": (
        r"(?:stopped|not|isnt|no longer) sweating|schwitzt nicht|(?:ne )?transpire plus|ya no suda|"
        r"no suda"
    ),
}

# Some letters of every sign.
HINT = (
    "bouge|bewegt|mueve|falling|slump|snor|dizz|faint|lightheaded|headache|schwindl|vertige|"
    "maread|rochel|rale|morad|lauft|"
    "schlaf|benommen|somnol|adormil|dormir|sweating|schwitz|"
    "transpire|suda|acting|acts |trop chaud|thermomet|unsinn|slipped|tripped|sturz|gesturzt|chute|"
    "tomb|caida|cayo|"
    "born|delivered|came out|sent plus|tingl|schlafen|"
    "feel|numb|sens|sient|spur|fuhl|taub|gefuhl|entumec|engourd|white|blue|gr[ea]y|wax|hard|"
    "purpl|wei[sß]|blau|grau|blan|bleu|azul|shak|trembl|zitter|tembl|tiembl|shiver|chatter|"
    "schlotter|"
    "grelott|tirit|cold|confus|nonsense|rubbish|gibberish|no sense|any sense|making sense|"
    "muddl|delir|delir|rambl|babbl|mumbl|wirr|desorient|slur|barely|hardly|drows|sleep|burn|"
    "boiling|roasting|red hot|scorching|very hot|really hot|so hot|ing hot|to the touch|skin|gluh|"
    "brul|"
    "ardien|arde |temp|hei[ßs]|answer|respon|react|limp|out cold|wak|wok|rous|"
    "wach|weck|reveill|despiert|antwortet|reagier|repond|reagit|"
    "reaccion|"
    "contest|"
    "moving|gasp|gurgl|schnapp|suffoq|boque|pulse|heart|chest|puls|herz|pouls|respir|flopp|"
    "lifeless|breathing|schlaff|mou|molle|flacid|stiff|roll|jerk|twitch|foam|on fire|brule|en feu|"
    "quema|arde|dispar|apunal|schossen|stochen|poignard|"
    "stabbed|knifed|shot|impaled|knife|scissor|blade|arrow|pole|stick"
)
