"""How people say that somebody is violent at home, has raped them, or is breaking in; see
`hearth.ask.signs`.

The signs are expressions like those of `hearth.ask.seen`. Floods threaten and roofs give way as
well, and in French and Spanish a threat is written like "threatens": a person must be at it.
"""

from __future__ import annotations

from hearth.ask.seen import KIN

_ACTOR = rf"(?:(?!baby|newborn|infant|toddler){KIN}s?|ex|he|hes|she|shes|they)"
_ANIMALS = (  # and what else attacks, or strangles, without meaning it
    r"(?:dogs?|cats?|bees|wasps|hornets|swarm|bears?|sharks?|cows?|bulls?|horses?|pigs?|boars?|"
    r"swans?|geese|birds?|seagulls?|snakes?|fox\w*|wol\w+|rats?|monkeys?|jellyfish|animals?|"
    r"cords?|ropes?|straps?|strings?|blinds?|curtains?|leads?|scarf|necklace|seat ?belt)"
)
_MINE = r"(?:me|us|my (?:mum|mom|mother|sister|kids|children|son|daughter))"
_HERS = r"(?:(?:his|her) (?:wife|husband|kids?|children|girlfriend))"
_PARTNER = r"(?:husband|wife|boyfriend|girlfriend|partner|ex|dad|stepdad)"
_IHRE = (
    r"(?:mich|uns|sie|(?:meine|seine|ihre|die) (?:mutter|mama|frau|schwester|tochter|kinder)|"
    r"(?:meinen|seinen|ihren|den) (?:vater|sohn|bruder|jungen))"
)
_NO_ONE = (  # "me pegó un coche", "me pego un tiro"
    r"(?! (?:un|una|el|la|al) (?:coche|carro|auto|moto|camion|bus|sol|calor|tiro|rayo|corriente|"
    r"calambre|piedra|rama|ola|pelota|balon))"
)
_GOES_ON = r"(?=\W*$| (?:and|with a|right|now|what|trying|i|im|we|they|theyre|please|call)\b)"
_WAY = (
    r"(?:(?:down|open|up|over|the|my|our|their|a|front|back|rear|kitchen|bathroom|cellar|door|"
    r"doors|window|windows|lock|fence|wall|way|to|get|and|is|are|trying) ){0,4}?"
)

SIGNS = {
    "beaten": (
        rf"{_ACTOR} (?:(?!hip|leg|car)\w+ ){{0,3}}?(?:hits?|hitting|beats?|beating|punch\w*|"
        r"slap\w*|kick\w*|strangl\w*|chok(?:ed|ing)|(?<!heart )(?<!asthma )(?<!panic )attack\w*|"
        r"smack\w*|batter\w*|hurts|hurting|grabbed|threatens|pushed) (?:up )?"
        rf"{_MINE}\b(?! (?:with|for|to|when|because) (?:a |the )?(?:ball|laugh\w*|car|help|hug))|"
        r"(?<!her )hands? (?:\w+ )?(?:round|around) (?:my|her) (?:neck|throat)|"
        r"hands? (?:\w+ )?(?:on|at) my (?:neck|throat)|"
        r"(?:being|getting|gets|got|been|was) (?:beaten|strangled|battered|attacked)"
        rf"(?! (?:by|with|in|on) (?:\w+ ){{0,4}}?{_ANIMALS}\b)|"
        rf"(?:beats|hits|beating|hitting) {_HERS}|domestic (?:violence|abuse)|"
        rf"(?:scared|afraid|frightened|terrified) of (?:my|her) (?:\w+ )?(?:{_PARTNER}|father)|"
        rf"(?:{_PARTNER}|he|hes) (?:is |was |gets |turned )?(?:so |very |really |"
        rf"drunk and )?violent|"
        r"threaten\w* to (?:kill|hurt|beat|stab) (?:me|us|her)|"
        r"(?:kill|stab|shoot|hurt|cut) (?:me|us) with (?:his|her|a|the) (?:\w+ )?"
        r"(?:gun|knife|axe|hammer|bat)|"
        rf"(?:schlagt|verprugelt|wurgt|misshandelt) {_IHRE}|bedroht mich|"
        rf"(?:er|mann|freund|vater|sohn|ex\w*|nachbar|jemand) (?:\w+ )?bedroht {_IHRE}|"
        r"(?:mich|uns) (?:\w+ ){0,2}?(?:geschlagen|verprugelt|gewurgt)|mich (?:\w+ )?bedroht|"
        r"(?:me|nous|la) (?:frappe|cogne|etrangle)(?! aerienne)|me menace|"
        r"(?:il|elle|mari|copain|pere|frere|fils|ex|homme|voisin) (?:nous|la) menace|"
        r"(?<!foudre )(?:m'|l')a (?:frappee?|etranglee?|battue)|"
        r"a (?:frappe|etrangle|battu) (?:ma (?:mere|soeur|fille)|sa femme|les enfants)|"
        r"me bat|bat (?:ma mere|ma soeur|sa femme|ses enfants)|(?:pega|golpea|"
        r"maltrata) a (?:mi (?:madre|hermana|hij[oa])|su (?:mujer|esposa|hij[oa]s?))|"
        r"me tape(?! sur)|"
        r"(?:me|nos|la) (?:ha |han |esta )?(?:pega|pegan|pegado|pegando|pego|golpea|golpean|"
        rf"golpeado|golpeando|golpeo){_NO_ONE}|"
        r"(?:me|nos|la) (?:ha |esta )?(?:maltrat\w+|estrangul\w+)|"
        r"me (?:ha |esta )?amenaz\w+|(?:nos|la) amenaz\w+ con"
    ),
    "raped": (
        r"raped|raping|sexually (?:assaulted|abused|attacked)|molest(?:ed|s|ing)|"
        r"(?:forced|made) (?:me|her|him|my \w+) (?:to )?have sex|vergewaltig\w+|"
        r"(?:me|la|lo|nos) (?:ha |han )?viol(?:o|aron|ado|an)|(?:fui|fue|sido) violad[oa]s?|"
        r"violaron a|(?:m'a|l'a|l'ont|m'ont|ete) violee?s?|il me viole"
    ),
    "intruder": (
        r"(?:someone|somebody|some1|men|man|guy|stranger|people|they|theyre|hes|ex) "
        r"(?:(?:(?!get|got)\w+ ){0,3}?(?:break|breaking|broke|broken|climb\w*|smash\w*|kick\w*|"
        rf"forc\w*) {_WAY}|(?:\w+ ){{0,3}}?(?:get|getting|got) )(?:in|into|through)"
        r"(?= (?:the |my |our )?(?:\w+ )?(?:house|flat|home|window|door|garden|yard|down\w*|up\w*|"
        r"now|right|"
        r"back|garage|shed|kitchen)|\W*$)|"
        r"(?:stranger|strange man|strange men) (?:is |are )?(?:in|inside|outside) (?:my|our|the) "
        r"(?:house|flat|home|garden|bedroom|loft|kitchen|hall|garage|shed|cellar|basement|"
        r"stairs)\b|"
        r"(?:someones?|somebody|somebodys|some1|man|men) (?:is |are )?(?:\w+ )?(?:in|inside|"
        r"outside) "
        rf"(?:my|our|the) (?:house|flat|home|garden|bedroom|room|loft){_GOES_ON}|"
        rf"(?:someone|somebody|some1|stranger)(?: is|s)? (?:downstairs|upstairs){_GOES_ON}|"
        r"footsteps (?:\w+ )?(?:downstairs|upstairs)|"
        r"burglars?(?! (?:alarm|proof))|intruders?|prowlers?|looters?|(?:being|getting|been|was|"
        r"were) "
        r"burgled|(?:someone|somebody|some1|men|man|stranger) (?:is |are |keeps )?(?:banging|"
        r"hammering) "
        r"(?:on|at) (?:the|my|our) (?:\w+ )?door|"
        r"(?:someone|somebody|some1|men|man|stranger) (?:is |are )?(?:trying|"
        r"tries) to open (?:the|my|our) "
        r"(?:\w+ )?(?:door|window)|"
        r"home invasion|einbrecher|"
        r"(?:jemand|einer|mann|typ) (?:\w+ )?bricht (?:\w+ ){0,3}?ein(?=\W*$| (?:was|hilfe|und)\b)|"
        r"(?:bei (?:uns|mir)|ins haus|in die wohnung) (?:\w+ )?eingebrochen|"
        r"bricht (?:\w+ ){0,2}?(?:jemand|einer) (?:\w+ ){0,3}?ein|"
        r"(?:jemand|fremder|ein mann) (?:\w+ )?im (?:haus|garten)(?=\W*$| (?:und|was|hilfe|ich|"
        r"wir|mit)\b)|"
        r"cambrioleurs?|(?:quelqu'un|inconnu|homme) (?:est |est entre )?dans (?:la|ma|notre) maison"
        r"(?=\W*$| (?:et|que|qui|avec|je|on|aide)\b)|"
        r"(?:quelqu'un|inconnu|homme) (?:\w+ ){0,2}?(?:d'|de )?r?entr(?:e|er|ee)"
        r"(?! (?:la|les|le|deux|\d+)\b)|"
        r"ladron(?:es)?|intrusos?|(?:alguien|hombre) (?:\w+ ){0,3}?(?:entrando|entrado|"
        r"entrar(?! en calor)|en (?:mi|la) casa(?=\W*$| (?:y|con|no se|estoy|ayuda|que (?:hago|"
        r"hacer|hacemos|puedo))\b))"
    ),
}

# Some letters of every sign.
HINT = (
    r"\brap(?:ed|ing)|sexual|molest|have sex|vergewaltig|viol|"
    r"\bhit|beat|punch|slap|kick|strangl|chok|attack|smack|batter|hurt|grab|threat|push|my neck|"
    r"her neck|throat|abuse|afraid of|scared of|frightened of|terrified of|schlag|prugel|"
    r"wurg|\b(?:me|us) with|"
    r"bedroh|misshandel|frapp|cogne|menace|etrangl|\bbat\b|me tape|battu|pega|pego|golpe|maltrat|"
    r"amenaz|estrangul|break|broke|climb|smash|forc|getting in|get in|got in|burgl|intru|prowl|"
    r"looter|banging|hammering|to open|footstep|invasion|downstairs|upstairs|einbrech|eingebroch|"
    r"bricht|im haus|im garten|"
    r"cambriol|"
    r"quelqu'un|inconnu|maison|homme|ladron|entra|en mi casa|en la casa|strange|"
    r"(?:in|inside|outside) (?:my|our|the) (?:house|flat|home|garden|bedroom|room|loft)"
)
