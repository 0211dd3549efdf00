"""How people say that somebody is violent at home, or is breaking in; see `hearth.ask.signs`.

The signs are expressions like those of `hearth.ask.seen`.
"""

from __future__ import annotations

from hearth.ask.seen import KIN

SIGNS = {
    "beaten": (
        rf"(?:{KIN}s?|ex|he|hes|she|shes|they) (?:(?!hip|leg|car)\w+ ){{0,3}}?(?:hits?|hitting|"
        rf"beats?|"
        r"beating|punch\w*|slap\w*|kick\w*|strangl\w*|chok(?:ed|ing)|attack\w*|smack\w*|batter\w*|"
        r"hurts|hurting|grabbed|threatens|pushed) (?:up )?(?:me|us|my (?:mum|mom|mother|sister|"
        r"kids|"
        r"children|son|daughter))\b(?! (?:with|for|to|when|because) (?:a |the )?(?:ball|laugh\w*|"
        r"car|"
        r"help|hug))|hands? (?:\w+ )?(?:round|around|on|at) (?:my|her) (?:neck|throat)|"
        r"(?:being|getting|gets|got|been|was) (?:beaten|strangled|battered|attacked)(?! by (?:a |"
        r"an )?"
        r"(?:dog|bees|wasps|bear|shark))|(?:beats|hits|beating|hitting) (?:his|her) (?:wife|"
        r"husband|"
        r"kids?|children|girlfriend)|domestic (?:violence|abuse)|"
        r"(?:scared|afraid|frightened|terrified) of (?:my|her) (?:\w+ )?(?:husband|wife|boyfriend|"
        r"girlfriend|partner|ex|dad|stepdad|father)|(?:husband|wife|boyfriend|girlfriend|partner|"
        r"ex|"
        r"dad|stepdad|he|hes) (?:is |was |gets |turned )?(?:so |very |really )?violent|"
        r"threaten\w* to (?:kill|hurt|beat|stab) (?:me|us|her)|"
        r"(?:schlagt|verprugelt|wurgt|bedroht|misshandelt) (?:mich|uns|sie|meine?|die|seine)|"
        r"(?:mich|uns) (?:\w+ ){0,2}?(?:geschlagen|verprugelt|gewurgt|bedroht)|"
        r"(?:me|nous|la) (?:frappe|cogne|menace|etrangle)|(?:m'|me |l')?a (?:frappee?|etranglee?|"
        r"battue)|"
        r"me bat|me tape(?! sur)|(?:me|nos|la) (?:\w+ )?(?:pega\w*|golpea\w*|maltrata\w*|"
        r"amenaza\w*|"
        r"estrangul\w*|pego|golpeo)"
    ),
    "intruder": (
        r"(?:someone|somebody|some1|men|man|guy|stranger|people|they|theyre|"
        r"hes) (?:\w+ ){0,3}?(?:break|"
        r"breaking|broke|broken|climb\w*|get|getting|got|smash\w*|kick\w*|"
        r"forc\w*) (?:\w+ ){0,3}?(?:in|"
        r"into|through)(?= (?:the |my |our )?(?:\w+ )?(?:house|flat|home|window|door|down\w*|up\w*|"
        r"now|right|back|garage|shed|kitchen)|\W*$)|"
        r"(?:someone|somebody|some1|stranger|strange man|man|men) (?:is |are )?(?:\w+ )?(?:in|"
        r"inside|outside) (?:my|our|"
        r"the) (?:house|flat|home|garden|bedroom|loft)|"
        r"(?:someone|somebody|some1|stranger)(?: is|s)? (?:downstairs|upstairs)|"
        r"footsteps (?:\w+ )?(?:downstairs|upstairs)|"
        r"burglars?(?! (?:alarm|proof))|intruders?|prowlers?|looters?|(?:being|getting|"
        r"been) burgled|home invasion|"
        r"einbrecher|bricht (?:\w+ ){0,3}?ein|(?:jemand|fremder|mann) (?:\w+ )?im (?:haus|garten)|"
        r"cambrioleurs?|(?:quelqu'un|inconnu|homme) (?:\w+ ){0,2}?(?:dans (?:la|ma|notre) maison|"
        r"(?:d'|de )?r?entr\w+)|ladron(?:es)?|intrusos?|(?:alguien|"
        r"hombre) (?:\w+ ){0,3}?(?:entrando|entrar|entrado|"
        r"en (?:mi|la) casa)"
    ),
}

# Some letters of every sign.
HINT = (
    r"\bhit|beat|punch|slap|kick|strangl|chok|attack|smack|batter|hurt|grab|threat|push|my neck|"
    r"her neck|throat|violen|abuse|afraid of|scared of|frightened of|terrified of|schlag|prugel|"
    r"wurg|"
    r"bedroh|misshandel|frapp|cogne|menace|etrangl|me bat|me tape|battue|pega|pego|golpe|maltrat|"
    r"amenaza|estrangul|break|broke|climb|smash|forc|getting in|get in|got in|burgl|intru|prowl|"
    r"looter|footstep|invasion|downstairs|upstairs|einbrech|bricht|im haus|im garten|cambriol|"
    r"quelqu'un|inconnu|maison|ladron|entra|en mi casa|en la casa|"
    r"(?:in|inside|outside) (?:my|our|the) (?:house|flat|home|garden|bedroom|loft)"
)
