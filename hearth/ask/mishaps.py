"""How people say what has just happened to somebody, where they have no word for it.

"Hot wax all over his hand" is a burn, "a fork in the socket" a shock, and "he wants to die" is the
matter itself, in whatever language. The signs are expressions like those of `hearth.ask.seen`; what
they mean is in `hearth.ask.signs`.
"""

from __future__ import annotations

from hearth.ask.seen import CHILD, KIN

_HOT = r"(?:hot|boiling|burning|scalding|molten|heißes?|bouillante?|hirviendo|caliente)"
_LIQUID = (
    r"(?:wax|oil|fat|grease|tea|coffee|water|soup|tar|milk|kettle|pan|pot|stove|hob|iron|bbq|"
    r"barbecue|grill|oven|exhaust|plate|radiator|metal|coals?|ol|fett|wasser|wachs|eau|huile|cire|"
    r"agua|aceite|cera)"
)
_SELF = r"(?:himself|herself|myself|themselves|itself)"
_NOW = r"(?:(?:wants?|wanted|going|trying|threatening|planning|plans|gonna) (?:to )?|will )"

_FAILED = (  # "the car broke down on me", and the roof only leaks
    r"(?:br[eo]a?k\w*|died|dies|quit|packed|conked|cut|gave|went|switched|turned|stall\w*|leak\w*|"
    r"drip\w*|locked)(?: (?:down|up|in|out|off))? on\b"
)
SIGNS = {
    "hot stuff": (
        r"(?:main|bras|pied|doigts?) dans l'(?:eau|huile) bouillante|(?:mano|brazo|"
        r"pie) en (?:el )?(?:agua|"
        r"aceite) hirviendo|"
        rf"{_HOT} {_LIQUID} (?:\w+ ){{0,3}}?(?:on|over|down|onto|sur|uber|auf|en|sobre) (?:\w+ "
        rf")??(?:my|die|den|das|"
        rf"his|her|their|our|me|him|them|{_SELF}|seine?n?|ihre?n?|meine?n?|sa|son|ma|mon|la|el|su|"
        rf"mi)(?! "
        rf"(?:\w+ )?(?:stove|hob|table|fire|floor|bbq|grill)) ?\w*|(?:grabbed|touched|pulled|"
        rf"spilt|spilled|fell on|"
        rf"sat on|trod on|leaned on|tipped) (?:\w+ ){{0,3}}?{_HOT} {_LIQUID}(?: \w+ {_SELF})?|"
        rf"(?:kettle|pan|saucepan|teapot|soup|tea|coffee) (?:\w+ ){{0,3}}?(?:over|down|onto) "
        rf"(?:\w+ )?(?:{KIN}|"
        rf"{CHILD}|little one|wee one|him|her|me)|"
        r"(?:pulled|tipped|knocked|spilt|spilled) (?:\w+ ){0,3}?(?:kettle|pan|saucepan|teapot|urn|"
        r"fryer) (?:\w+ ){0,2}?(?:over|down|on|off)|(?:clothes|hair|sleeve|shirt|jumper|dress|"
        r"trousers|nightie|arm) (?:is|are|has|caught|"
        r"have)? ?(?:caught |on )?fire"
    ),
    "skin off": (
        r"skin (?:\w+ ){0,2}?(?:peel\w*|coming off|blister\w*|falling off)|(?:hands?|arm|"
        r"fingers?|foot|leg|face|palm) "
        r"(?:is |are |all |has )*blister\w*"
    ),
    "hot thing": (
        r"stove|oven|iron|kettle|hob|grill|bbq|barbecue|exhaust|steam|bonfire|campfire|radiator|"
        r"heater|"
        r"hot plate|wood ?burner|log burner|fryer"
    ),
    "flash": (
        r"(?:went up|blew up|blew back|flared(?: up)?|flashed(?: up)?|exploded|ignited) "
        r"(?:\w+ )?in (?:my|his|her|their) (?:face|eyes|hands?)"
    ),
    "child fell": (
        rf"(?:{CHILD}|little one|wee one) (?:\w+ ){{0,3}}?(?:fell|fallen|rolled|dropped|tumbled) "
        r"(?:off|from|out of|down|onto)|"
        rf"(?:{CHILD}|kind|kleine|enfant|fils|fille|petite?|nin[oa]|"
        rf"hij[oa]) (?:\w+ ){{0,3}}?(?:cae|cayo|"
        r"caid[oa]|gefallen|gesturzt|tombee?) (?:de|del|von|vom|aus|sur la tete)|"
        r"(?:vom|von der|aus dem) (?:\w+ )?(?:gefallen|gesturzt)(?= (?:das |mein )?(?:kind|baby))|"
        r"fait tomber (?:mon|ma|le|la) (?:bebe|fils|fille|petite?)"
    ),
    "current": (
        r"(?:touched|touching|grabbed|holding|hit|cut through|drilled (?:in)?to) (?:\w+ ){0,3}?"
        r"(?:live|bare|electric\w*|mains|power) ?(?:wires?|cables?|lines?|fence|socket)?|"
        r"(?:fork|knife|fingers?|key|pin|nail|spoon|screwdriver|wire|hairpin|scissors) "
        r"(?:\w+ ){0,2}?(?:in|into|inside) (?:\w+ ){0,2}?(?:socket|outlet|plug|toaster|power "
        r"point)|"
        r"(?:stuck|frozen|clinging) (?:to|on) (?:\w+ ){0,2}?(?:cable|wire|power line|live \w+)|"
        r"(?<!in )shock (?:off|from) (?:\w+ ){0,2}?\w+|zapped|(?:cable|wire|power line)s? (?:\w+ "
        r"){0,2}?(?:hanging|sparking|dangling|on the ground|"
        r"across|lying)|(?:live|fallen|hanging|loose|sparking) "
        r"(?:\w+ )?(?:cable|wire|line)s?|(?:(?:strom)?kabel|(?:strom|frei|hochspannungs)leitung|"
        r"(?:strom|telefon)?mast) (?:\w+ ){0,5}?(?:liegt|hangt|runter|gerissen|um\w+sturzt|"
        r"umgeknickt|umgefallen)|leitung hangt|(?:cable|fil|poteau) (?:\w+ ){0,2}?(?:est tombee?|"
        r"par terre|a terre|"
        r"pend|arrachee?)|(?:cable|poste)s? (?:\w+ ){0,3}?(?:caid\w|en el suelo|colgando)|"
        r"cayo (?:\w+ )?(?:cable|poste)|"
        r"(?:pylon|power pole|electricity pole) (?:\w+ )?(?:fell|"
        r"fallen|"
        r"down|over)|"
        r"in die steckdose gefasst|steckdose gegriffen|stromschlag|doigts? dans la prise|"
        r"pris (?:le|du) (?:courant|jus)|"
        r"electrocute\w*|dedos? en el enchufe|le dio (?:la )?corriente|calambrazo|electrocutad\w+|"
        r"electrocuto"
    ),
    "birth": (
        r"giving birth|having (?:the|a|her|my) baby|in labou?r|(?:baby|head) is coming|babys "
        r"coming|waters (?:have |just )?(?:gone|went)|(?:waters?|water) (?:has |"
        r"have |just )?(?:broke|broken)|contractions|crowning|see the (?:babys )?head|"
        r"(?:delivering|deliver) (?:a|the|her|my) baby|accouch\w+|perd(?:u)? les eaux|wehen|"
        r"fruchtblase|entbindung|bekommt (?:jetzt |gerade )?(?:das|ihr|ein) (?:baby|kind)|de "
        r"parto|"
        r"rotura de aguas|dando a luz|dar a luz|romp\w+ aguas"
    ),
    "own life": (
        rf"{_NOW}(?:kill|hurt|hang|shoot|harm|end) (?:{_SELF}|it all|it|(?:my|his|her) life)|"
        rf"(?:is|am|im|keeps|been|shes|hes) (?:cutting|hurting|harming) {_SELF}|self harm\w*|"
        r"want\w* it (?:all )?to (?:end|stop|be over)|noose|(?:says|said|texted|"
        r"saying) (?:\w+ )?goodbye|suicide note|"
        rf"(?:us\w+|turn\w*) (?:it|the gun|a gun|the knife|a knife) on {_SELF}|jump (?:off|"
        r"in front)|"
        r"(?:wants?|wanted|going|ready) to die|suicid\w+|cant go on|(?:dont|doesnt) want to "
        r"(?:live|"
        r"be here)|no (?:reason|point) (?:to|in) liv\w+|better off dead|"
        r"(?:sich|mich) (?:\w+ )?(?:umbringen|toten|das leben nehmen)|selbstmord|suizid\w*|"
        r"nicht mehr leben|will sterben|(?:se|me) tuer|veu[xt] (?:plus|pas) vivre|"
        r"envie de mourir|veu[xt] mourir|en finir|"
        r"(?:se|me) quiere[ns]? (?:matar|morir)|quier[eo] (?:morir|matar)(?:me|se)?|suicidar\w*|"
        r"matar(?:me|se)|no quier[eo] vivir"
    ),
    "no kicks": (
        r"(?:not|cant|cannot|hasnt|isnt|stopped|no) (?:\w+ ){0,3}?(?:kick|move|moving|movement|"
        r"moved)\w*"
    ),
    "diabetic": (
        r"diabetic|diabetes|type (?:1|one)|diabetique|diabetic\w+|diabetiker\w*|"
        r"(?:hat|tiene) (?:zucker|azucar)"
    ),
    "low sugar": (
        r"shaking|shaky|sweat\w+|pale|wobbly|zittert?|schwitzt?|tremble|temblando|suda\w*|"
        r"passed out|wont wake up|unconscious|acting (?:drunk|odd|strange|weird|funny)|aggressive"
    ),
    "nut": (
        r"nuts?|peanuts?|cashews?|shellfish|prawns?|shrimps?|sesame|wasp|bee|hornet|sting|stung|"
        r"penicillin|antibiotics?|erdnusse?|wespe\w*|biene\w*|cacahuetes?|guepe|abeille|"
        r"cacahuetes?|"
        r"avispa|abeja"
    ),
    "swelling": (
        r"(?:lips?|tongue|throat|face|eyes|mouth) (?:\w+ ){0,3}?(?:swell\w*|swollen|closing|"
        r"puff\w+|tight\w*)|hives|(?:swollen|swelling) (?:\w+ )?(?:lips?|tongue|throat|face)|"
        r"schwillt|schwellen|geschwollen\w*|gonflee?s?|gonflent?|enflee?s?|enflent?|hincha\w*|"
        r"(?:cant|cannot|struggling to|hard to) breathe?|wheez\w+|rash all over"
    ),
    "broken": (
        r"(?:broke|broken|snapped|shattered|rompio|roto|quebro|fracturo|casse|"
        r"(?:bent|facing) (?:the )?wrong way) (?:\w+ ){0,3}?(?:arm|leg|wrist|ankle|hip|collar "
        r"?bone|"
        r"ribs?|elbow|thigh|shin|jaw|brazo|pierna|muneca|tobillo|cadera|bras|jambe|poignet|"
        r"cheville)|"
        r"(?:arm|leg|wrist|ankle|foot|knee|elbow|hand|finger) (?:\w+ ){0,2}?(?:bent|facing|"
        r"pointing|"
        r"twisted) (?:\w+ ){0,2}?wrong way|(?:arm|bein|handgelenk|rippe|hufte|fuß) (?:\w+ "
        r")?gebrochen|bones? (?:\w+ ){0,3}?(?:sticking|poking|coming) (?:\w+ )?(?:out|through)|"
        r"knochen "
        r"(?:\w+ )?(?:schaut|guckt|ragt|steht)|os (?:\w+ )?(?:sort|depasse)|"
        r"hueso (?:\w+ )?(?:salido|"
        r"fuera|asoma\w*|sale)"
    ),
    "cut with": (
        r"(?:cut|sliced|slashed|chopped|hacked) (?:\w+ ){0,4}?(?:with|"
        r"on) (?:\w+ ){0,2}?(?:\w*saw|knife|"
        r"axe|"
        r"machete|glass|blade|grinder|scissors|mower)|sich (?:\w+ ){0,7}?(?:gesagt|geschnitten|"
        r"gehackt)|"
        r"s'est coupee? (?:le|la|un|une) (?:doigt|pouce|main|bras|jambe|pied)|"
        r"se (?:ha )?cort(?:o|ado) (?:el|la|un|una) (?:dedo|mano|brazo|pierna|pie|cara|muneca)"
    ),
    "blood pours": (
        r"blood (?:\w+ ){0,2}?(?:everywhere|pouring|squirting|spurting|gushing|pumping|all over|"
        r"wont stop)"
    ),
    "on the head": (
        r"kopf (?:gestoßen|angeschlagen|angehauen)|auf den kopf gefallen|cogne(?:e)? la tete|"
        r"golpe\w* (?:en )?la (?:cabeza|nuca)|"
        r"(?:hit|banged|bumped|cracked|smacked|whacked|fell|landed|kicked|swung|thrown) (?:\w+ "
        r"){0,6}?"
        r"(?:head|skull)"
    ),
    "knocked out": (
        r"knocked (?:\w+ )?unconscious|knocked (?:himself|herself|him|her|me) out|"
        r"(?:was|been|got|is|hes|shes|and|bike|horse|ladder|head) (?:\w+ )?knocked (?:clean )?"
        r"out(?! (?:of|tooth|teeth|the))"
    ),
    "pinned": (
        r"(?:pinned|trapped|crushed|stuck|caught) (?:\w+ ){0,2}?(?:under|beneath|underneath)|"
        r"eingeklemmt (?:\w+ )?unter|unter (?:\w+ ){1,3}?(?:eingeklemmt|begraben)|"
        r"(?:ist|sind|bin|liegt|liegen|wurden?|war) (?:\w+ ){0,4}?verschuttet|"
        r"verschuttet (?:worden|unter)|"
        r"(?:coince|bloque|ecrase)e?s? (?:\w+ )?sous|(?:atrapad|aplastad)\w+ (?:\w+ )?(?:bajo|"
        r"debajo)|"
        r"on top of (?:his|her|my|him|me|their) ?(?:legs?|arms?|chest|foot|feet)?"
    ),
    "fell on": (
        r"(?:car|van|truck|tractor|wall|roof|ceiling|tree|beam|wardrobe|cupboard|tv|telly|"
        r"shel(?:f|ves)|"
        r"bookcase|fridge|machine|quad|forklift|rubble|bricks?|rocks?|boulder|concrete|slab|lorry) "
        rf"(?:(?!{_FAILED})\w+ ){{0,4}}?(?:on|onto) "
        r"(?:top of )?(?:him|me|them|us|(?:his|her|my|their) (?:legs?|"
        r"arms?|chest|"
        r"foot|feet|hands?|back|body)|her(?=\W*$| and | she | cant ))"
    ),
    "fit": (
        r"eyes (?:\w+ )?roll\w*(?: back| up)|foam\w* (?:at|from) (?:the )?mouth|"
        r"verdreht die augen|schaum vor dem mund|fait une crise(?! (?:\w+'|\w* ?(?:cardiaque|"
        r"nerfs)))|"
        r"convuls\w+|"
        r"(?:gone|went|going) stiff and"
    ),
    "clammy": r"(?:gr[ea]y|pale|ashen|white) and (?:clammy|sweaty)|cold and clammy",
    "weak side": (
        r"(?:one|left|right) (?:arm|leg|side|hand) (?:\w+ ){0,3}?(?:floppy|limp|weak|numb|useless)|"
        r"(?:arm|leg|side|hand) (?:has |is |just )*(?:gone|went|feels) (?:dead|weak|limp|heavy|"
        r"numb)|"
        r"(?:cant|cannot|unable to) (?:lift|raise|move) (?:his|her|my|one|the) (?:left |right "
        r")?(?:arm|side|hand)|kann (?:\w+ ){0,4}?(?:arm|bein|hand) nicht|"
        r"ne peut (?:plus|pas) (?:lever|bouger) (?:le|son|un) bras|no puede (?:levantar|mover) "
        r"(?:el|su|un) brazo"
    ),
    "odd speech": (
        r"(?:talk|speak)\w* (?:\w+ )?(?:funny|strange\w*|weird\w*|odd\w*|slurr\w*|rubbish|"
        r"nonsense|gibberish)|(?:cant|cannot) (?:speak|talk|(?:get|find) (?:\w+ )?words)|slurr\w+|"
        r"lallt|lallend|"
        r"(?:spricht|redet) (?:\w+ )?(?:undeutlich|verwaschen|komisch|wirr)|"
        r"parle (?:\w+ )?(?:bizarrement|mal)|(?:habla|hablando) (?:\w+ )?(?:raro|mal)"
    ),
    "sight gone": (
        r"(?:cant|cannot) see (?:\w+ ){0,3}?(?:one|left|right) eye|lost (?:\w+ )?(?:sight|vision)|"
        r"(?:sight|vision) (?:\w+ )?gone|(?:gone|went) blind"
    ),
    "sudden": r"suddenly|all of a sudden|plotzlich|soudain\w*|tout a coup|de repente",
    "expecting": (
        r"pregnan\w+|preggers|(?:\d+|\w+) (?:weeks|months) (?:gone|along|preg\w*)|"
        r"\d+ weeks and (?=(?:\w+ ){0,2}?(?:bleed|blood))|schwanger\w*|enceinte|embarazada"
    ),
    "blood": r"bleed\w*|blood|blut\w*|saigne\w*|sang|sangr\w*",
    "bleeding": (
        rf"(?:{KIN}|{CHILD}|he|hes|she|shes|i|im|kind|sohn|tochter|enfant|fils|fille|hij[oa]|"
        r"nin[oa]) (?:(?:is|am|keeps|still) )*(?:bleeding|blutet|saigne|sangra)(?=\W*$)"
    ),
    "out of joint": (
        r"(?:shoulder|knee|elbow|hip|finger|jaw|kneecap) (?:\w+ ){0,2}?(?:popped|come|came) out|"
        r"dislocat\w+|(?:collar ?bone|wrist|ankle|arm|leg|rib|hip) (?:has |is )?(?:just "
        r")?(?:snapped|"
        r"shattered|broke)"
    ),
    "heart": (
        r"(?:elephant|pressure|weight|crushing|squeezing|band|vice|heaviness) (?:\w+ ){0,3}?chest|"
        r"(?:clutch\w+|grabb\w+|holding) (?:at )?(?:his|her|my) chest(?! freezer)|"
        r"(?:druck|enge|schmerz\w*|douleurs?|dolor\w*) (?:\w+ ){0,4}?(?:brust|poitrine|pecho)|"
        r"serre (?:\w+ )?poitrine|opres\w+ (?:\w+ ){0,2}?pecho|"
        r"(?:pain|ache|tingling) (?:\w+ ){0,3}?left arm|left arm (?:\w+ )?(?:hurts|aches|pain)"
    ),
    "lopsided": (
        r"(?:one|left|right) side (?!of the )(?:\w+ ){0,4}?(?:not working|wont work|paraly\w+|"
        r"not moving)|"
        r"(?:mouth|face|side) (?:\w+ ){0,4}?(?:lopsided|droop\w*|dropped|crooked|twisted|sagg\w+|"
        r"melted|slumped)|"
        r"(?:mouth|face|cheek) (?:\w+ ){0,3}?hanging (?:down|on one)|"
        r"droop\w* (?:\w+ ){0,3}?(?:one side|face|mouth)|"
        r"(?:cara|boca) (?:\w+ )?(?:torcida|caida|paralizada)|(?:mundwinkel|"
        r"gesicht\w*) (?:\w+ ){0,2}?hangt|"
        r"hangende[rnms]? (?:mundwinkel|gesicht\w*)|mund (?:\w+ ){0,2}?(?:hangt|schief)|"
        r"gesicht (?:\w+ )?schief|"
        r"(?:bouche|visage) (?:\w+ ){0,2}?(?:tordue?|affaisse|paralyse|deformee?|de travers)"
    ),
    "wrong way": (
        r"(?:food|drink|something|it|meat|grape|sweet) (?:\w+ )?(?:gone |went )?down the wrong "
        r"way|"
        r"(?:stuck|caught|lodged) in (?:\w+ )?throat|(?:lump|piece|bit|chunk|bone|coin|sweet|toy|"
        r"grape) (?:\w+ ){0,3}?(?:in|down) (?:\w+ )?throat|"
        r"(?:blue|cant breathe?|cant talk) (?:\w+ ){0,2}?eating|erstickt|s'etouffe|atragant\w+|"
        r"s'est etouffee?|sich (?:\w+ ){0,3}?verschluckt|steckt (?:\w+ ){0,2}?im hals|"
        r"ahog\w+ con (?!deudas|trabajo)|avale de travers|"
        r"(?:coincee?|bloquee?) dans (?:\w+ )?gorge|(?:atascad|atorad|atravesad|"
        r"trabad)\w en la garganta|"
        r"(?:clutching|grabbing|holding) (?:his|her|their) throat"
    ),
    "in the way": (
        r"(?:food|grape|meat|apple|sausage|bread|sweet|coin|bone|toy|nut|bit|piece|lump|chunk|bead|"
        r"something|steak|button|marble|popcorn|carrot|hot ?dog) (?:\w+ ){0,3}?(?:stuck|lodged|"
        r"caught)"
    ),
    "no words": r"(?:cant|cannot|unable to) (?:talk|speak|cough|cry|make a sound)",
    "reaction": (
        r"throat (?:is |has )?(?:closing|swelling|tightening)(?: up)?|react(?:ing|ion) to"
    ),
    "thing swallowed": (
        r"(?:sw[aeo]l+ow\w*|trago|tragado|avale|verschluckt|geschluckt) (?:\w+ ){0,3}?(?:coins?|"
        r"buttons?|marbles?|beads?|lego|toy|sweet|grape|nut|peanut|bone|battery|magnet|moneda|"
        r"canica|juguete|caramelo|piece|bille|jouet|bonbon|munze|murmel|knopf|perle)"
    ),
    "no air": (
        r"(?:cant|cannot|unable to|struggling to|not able to) breathe?|no puede respirar|"
        r"(?:ne )?(?:peut|arrive) (?:plus|pas) (?:a )?respirer|(?:bekommt|kriegt) keine luft"
    ),
    "very drunk": (
        r"(?:so|very|dead|blind|really|paralytic|black ?out) drunk|passed out (?:from|on|with) "
        r"(?:the )?(?:drink|booze|alcohol)|alcohol poisoning|drunk (?:\w+ ){0,4}?(?:cant stand|"
        r"wont wake|unconscious|passed out)"
    ),
    "under water": (
        r"(?:he|she|him|her|son|daughter|child|kid|boy|girl|baby|toddler) (?:was |is |been )?"
        r"under(?: the)? ?water (?:for |\d)|face down in (?:the |a )?(?:water|pool|river|bath|"
        r"pond|sea|lake)|(?:pulled|dragged|"
        rf"fished|got(?= (?:him|her|them|me|(?:(?:my|our|the|a) )?(?:\w+ )?(?:{KIN}|{CHILD})) )) "
        r"(?:\w+ ){0,3}?(?:out of|from) (?:the |a )?(?:pool|river|sea|lake|pond|bath|canal|"
        r"water)|"
        r"sw[aeo]l+ow\w* (?:\w+ )?(?:sea ?water|pool water|lake water|river water)"
    ),
    "from water": (
        r"aus (?:dem|der) (?:wasser|pool|see|fluss|teich|becken|badewanne) (?:gezogen|geholt|"
        r"gerettet)|"
        r"(?:sortie?|tiree?|repechee?) de (?:l'eau|la (?:piscine|riviere|mer))|"
        r"(?:saqu|sac)\w+ (?:\w+ ){0,2}?(?:del agua|de la piscina|del rio|del mar)"
    ),
    "spine": (
        r"(?:back|neck|spine) (?:\w+ ){0,2}?(?:hurts?|pain\w*|broken?|agony|killing)|"
        r"(?:hurt|broke|broken) (?:\w+ )?(?:back|neck|spine)|"
        r"hip (?:\w+ ){0,2}?(?:hurts?|pain\w*)|hufte (?:\w+ )?(?:tut weh|schmerzt)|mal a la hanche|"
        r"duele (?:\w+ )?cadera|(?:cant|cannot|unable to|not able to) (?:get up|stand(?: up)?|"
        r"walk)|"
        r"kann nicht (?:mehr )?(?:aufstehen|laufen|auftreten)|ne peut (?:plus|pas) (?:se lever|"
        r"marcher)|"
        r"no puede (?:levantarse|andar|caminar)"
    ),
    "tool in body": (
        r"(?:axe|ax|hatchet|chainsaw|saw|knife|machete|nail|spike|glass|blade|sword|chisel|"
        r"screwdriver|drill|bullet|rebar|fence post|branch) (?:\w+ ){0,3}?(?:in|into|through|"
        r"across) (?:my|"
        r"his|her|their|the) (?:\w+ )?(?:leg|arm|stomach|belly|chest|back|thigh|neck|side|body|"
        r"hand|"
        r"foot|shin|knee|calf|wrist|shoulder|fingers?)|(?:finger|thumb|toe|ear|hand|arm|leg)s? "
        r"(?:\w+ ){0,2}?"
        r"(?:hanging|chopped|ripped|torn|cut|sliced) off|severed|(?:chunk|tip|end|top) of (?:\w+ "
        r")?(?:finger|thumb|toe|ear|hand)|desangr\w+|verblut\w+|"
        r"coupee? (?:le|la|un|son) (?:doigt|main|bras|jambe|pied)"
    ),
    "collapsed": (
        r"collapsed|keeled over|passed out|fainted|dropped|umgekippt|umgefallen|zusammengebrochen|"
        r"effondre\w*|desmay\w+"
    ),
}

# Some letters of every sign.
HINT = (
    r"ahog|courant|\bjus\b|"
    r"cae |caid|gefallen|tomber|nuca|"
    r"zucker|azucar|bones? |knochen|\bos\b|hueso|atorad|atravesad|trabad|klemmt|begraben|schuttet|"
    r"coinc|bloque|ecras|atrapad|aplastad|"
    r"under|side|etouff|gesagt|schnitten|gehackt|coup|cort|blood|veu[xt]|goodbye|rotura|peel|"
    r"blister|coming off|falling off|kabel|leitung|mast|cable|\bfil\b|ligne|poteau|cable|"
    r"poste|"
    r"\bon (?:him|her|his|my|me|it|us|them|their|top)|schwill|schwell|gonfl|enfl|hinch|\bhip|"
    r"hufte|hanche|cadera|get up|stand|walk|kann|peut|puede|gone|went|feels|see |sight|vision|"
    r"sudden|plotzlich|soudain|tout a coup|repente|weeks|months|preggers|brust|poitrine|pecho|"
    r"mund|gesicht|bouche|visage|cara|boca|hals|travers|gorge|garganta|lodged|gezogen|geholt|"
    r"gerettet|sorti|tire|repech|saqu|sac|onto|verdreht|schaum|crise|convuls|keeled|umgekippt|"
    r"umgefallen|coffee|soup|\btea\b|power line|end (?:him|her|my|them)self|"
    r"\bfrom (?:the |a )?(?:pool|river|bath|pond|sea|lake|canal)|"
    r"\bin (?:my|his|her|their) |fell|fallen|rolled|tumbled|"
    r"hot |boiling|burning|scald|molten|heiß|bouill|hirv|calient|kettle|saucepan|teapot|fryer|"
    r"fire|touch|grab|holding|socket|outlet|plug|toaster|cable|wire|shock|zapp|pylon|pole\b|"
    r"steckdose|stromschlag|prise|electr|enchufe|corriente|calamb|electroc|birth|labo|"
    r"is coming|waters|water (?:has |just )?brok|contraction|crowning|deliver|see the|"
    r"having (?:the|a|her|my) baby|accouch|eaux|wehen|frucht|entbind|bekommt|parto|\bluz\b|"
    r"bleed|blutet|saigne|sangra|"
    r"kill|hurt|hang|shoot|harm|end it|to end|to stop|be over|my life|is life|er life|\bdie\b|"
    r"suicid|go on|to live|be here|living|better off|cutting|noose|goodbye|note|jump|umbring|"
    r"toten|nehmen|selbstm|suizid|leben|sterben|tuer|mourir|finir|matar|morir|vivir|diab|"
    r"type (?:1|one)|nut|shellfish|prawn|shrimp|sesame|wasp|\bbee\b|hornet|sting|stung|"
    r"penicillin|antibiotic|erdnuss|wespe|biene|cacah|guepe|abeille|avispa|abeja|brok|snapp|"
    r"shatter|wrong way|romp|roto|quebr|fractur|cass|gebrochen|\bcut\b|slic|slash|chopp|hack|"
    r"head|skull|knocked|kopf|tete|cabeza|pinned|trapped|crushed|stuck|caught|on top of|roll|foam|"
    r"stiff|clammy|sweaty|floppy|limp|weak|numb|useless|"
    r"lift|raise|move|pregnan|schwanger|enceinte|embaraz|popped|come out|"
    r"came out|disloc|chest|left arm|lopsid|droop|dropped|crooked|twisted|sagg|melted|slump|torcid|"
    r"hang|tordu|affaiss|paraly|throat|eating|down the wrong|erstick|etouffe|atragant|react|"
    r"drunk|booze|alcohol|(?:from|on|with) (?:the )?drink|face down|pulled|dragged|fished|"
    r"out of|sw[aeo]l|back|neck|spine|axe?\b|saw|knife|machete|nail|spike|glass|blade|sword|"
    r"chisel|driver|drill|bullet|rebar|post|branch|hatchet|(?:hanging|ripped|torn) off|"
    r"trag|avale|schluckt|respir|breathe|keine luft|"
    r"severed|(?:chunk|tip|end|top) of|desangr|verblut|coupe|collaps|passed out|faint|"
    r"zusammen|effond|desmay|self harm"
)
