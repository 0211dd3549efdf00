"""Emergency words that say something else: "a flood of emails", "she broke my heart".

Where a word of an emergency is part of a common turn of phrase nobody is in danger, and the words
of the turn are left out of the question. Only what can hardly be meant otherwise stands here: who
"got a shock" may have had it from a wire, and "burning oil" is just that. What is told of long ago
or of a story keeps its words: it may be asked about, only not as if it happened now.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ITS = r"(?:the|my|our|your|his|her|their|an?|some|this|that|these|those|its|any)"
_FOOD = (
    r"(?:toast|dinner|lunch|breakfast|rice|food|cakes?|pizza|bread|roast|turkey|chicken|sausages?|"
    r"onions?|garlic|potatoes|chips|sauce|pie|biscuits?|cookies|bacon|porridge|pancakes?)"
)
_LOADS = (
    r"(?:e?mails?|calls|texts|messages|requests|orders|offers|letters|questions|applications|"
    r"complaints|memories|tears|ideas|customers|tourists|visitors|spam|leaflets|work|paperwork|"
    r"homework|debts?|bills|laundry|washing|ironing|admin|deadlines|data|invoices|marking)"
)
_STAFF = (
    r"(?:cleaner|boss|manager|builders?|plumbers?|gardener|nanny|babysitter|staff|employees?|"
    r"workers?|assistant|cook|chef|driver|lawyer|agent|teacher|coach)"
)
_OWNED = (
    r"(?:phone|screen|glasses|laptop|tablet|mug|plate|vase|chair|table|lamp|toy|zip|heart|promise|"
    r"record|law|rules?|diet|fast|silence|bank|news|internet|tv|telly|bike|umbrella|kettle|"
    r"washing machine|dishwasher)"
)
_PETS = r"(?:cats?|dogs?|pupp(?:y|ies)|kittens?|rabbits?|horses?|pets?|hamsters?|fur|beard|hair)"
_PESTS = r"(?:weeds?|ants?|flies|slugs?|moss|wasps?|rats?|mice|moles?|pigeons|germs|bacteria)"
_CLOTH = r"(?:shirts?|sheets?|carpet|rug|mattress|jeans|clothes|towels?|sofa|pillow|dress|trousers)"
# By letters of which one must be there.
_TURNS = {
    "strok": (
        rf"(?<!a )strok(?:e|es|ing) (?:{_ITS} )?(?:\w+ )?{_PETS}|stroke of (?:luck|genius|"
        rf"midnight)|"
        r"(?:breast|butterfly|brush|key|golf|swimming) ?strokes?|(?:two|four|2|"
        r"4) stroke (?:engine|oil|"
        r"mower|bike|fuel)"
    ),
    "shock": (
        r"shock absorbers?|shock collar|(?:culture|sticker|price) shock|shocked (?:to (?:hear|see|"
        r"learn|find|read)|that|(?:by|at) (?:(?:the|this|his|her|their|my) )?(?:news|prices?|"
        r"bills?|"
        r"costs?|results?|size|how|what))|"
        r"(?:came as|what|such|quite|in for) a (?:\w+ )?shock(?! from| off| by| when)"
    ),
    "crush": (
        rf"(?:has|have|had|having|got) a (?:\w+ )?crush(?! inj)|crush on(?! (?:my|his|her) (?:leg|"
        rf"arm|foot|hand))|crush(?:ed|"
        rf"ing)? (?:{_ITS} )?"
        r"(?:garlic|grapes|cans?|boxes|ice|nuts|herbs|it|competition|exams?|dreams?)"
    ),
    "fire": (
        rf"(?:(?:^|(?:to|i|we|can|should|must|will|cant|dont|they|did) )fire|fired|"
        rf"firing) (?:{_ITS} )?"
        rf"(?:\w+ )?{_STAFF}|(?:got|been|was|get|being|be) fired|"
        r"fired (?:from|by|me|him|her)|fire ?(?:works?|stick|fly|flies|sale)|fire tv|great fire of|"
        r"like a house on fire|irons? in the fire|(?:team|band|striker|dancefloor) (?:is |"
        r"was )?on fire"
    ),
    "flood": (
        rf"flood(?:s|ed|ing)? (?:of|with|by) (?:\w+ )?{_LOADS}|flood ?lights?|"
        r"(?:market|inbox) (?:is |was )?flood\w+|flooded (?:the )?(?:engine|carburettor|market)"
    ),
    "drown": (
        rf"drown\w* (?:in|under) (?:(?!bath|pool|tub|sea|river|lake|water)\w+ ){{0,2}}?{_LOADS}|"
        rf"drown\w* (?:out|(?:my|his|her) sorrows)"
    ),
    "storm": (r"brain ?storm\w*|storm in a tea ?cup|storm(?:ed|ing) (?:out|off)|kick up a storm"),
    "chok": (
        r"(?:got|was|felt|feel|all|so|bit) choked up(?! on)|choked up (?:at|about|by|when|over|"
        r"during)|"
        r"chok\w+ back (?:the )?tears|choke (?:chain|point|lead|cable)|(?:pull|"
        r"push)\w* (?:out )?the "
        r"choke"
    ),
    "burn": (
        rf"burn(?:t|ed)? (?:{_ITS} )?(?:(?!\w+ing|with|by|from|on|in)\w+ )?{_FOOD}|{_FOOD} (?:is |"
        rf"are |was |got |has )*"
        r"(?:burnt|burned)(?! (?:my|his|her|him|me|our|us|their|the))|"
        r"burn\w* (?:calories|cds?|dvds?|bridges|the midnight oil|a hole in|"
        r"with (?:\w+ )?(?:desire|"
        r"curiosity|ambition))|burning (?:question|desire|issue|ambition)"
    ),
    "broke|break|crack|smash|heart": (
        rf"(?:broke|breaks?|breaking|broken|cracked|smashed) {_ITS} (?:\w+ )?{_OWNED}|"
        r"heart ?(?:broken|break|breaking|breaker|warming)|heartache|broken (?:heart|hearted|"
        r"english|"
        r"promises?|record|dreams?)|heart (?:is |was )*(?:broken|breaking)|(?:learn\w*|know|knows|"
        r"off) by heart|heart to heart|"
        r"broke even|change of heart|(?:break|broke) the ice (?:with|at)"
    ),
    "dying|die|dead|death": (
        r"dying (?:for (?:an?|some)|to (?!breathe)|of (?:boredom|laughter|curiosity|"
        r"embarrassment|shame))|to die for|died (?:laughing|of (?:laughter|shame|embarrassment|"
        r"boredom))|die ?hard|dead ?(?:lines?|lock\w*|end|pan|wood|beat|bolt)|dead (?:tired|easy|"
        r"good|"
        r"funny|keen|slow|simple|sure|on time|pixels?|sea|heat|zone)|(?:bored|worried|tickled|"
        r"sick) "
        r"(?:him |her |me )?to death|over my dead body|death (?:metal|star|by chocolate)|"
        r"walking dead"
    ),
    "kill": (
        rf"kill\w* (?:{_ITS} )?(?:time|engine|lights?|mood|vibe|process|app|job|grass|plants?|lawn|"
        rf"joy|{_PESTS})|kill(?:s|ed|ing)? (?:two|2) birds|"
        r"(?:was|is|were|thats|absolute|such) a killer|killer (?:heels|app|whales?|deal|workout|"
        r"idea)|"
        r"kill\w* (?:me|us) (?:with (?:his|her|their|your) (?:\w+ )?(?:jokes?|kindness|snoring|"
        r"singing|questions|music)|laughing)|"
        r"(?:heels|shoes|exams?|suspense|traffic|homework|commute) (?:is |are )?killing me"
    ),
    "poison": (rf"poison(?:ing)? (?:the )?{_PESTS}|pick your poison|poison (?:pen|chalice)"),
    "blood|bleed": (
        r"blood (?:oranges?|types?|tests?|groups?|donat\w+|donors?|hounds?|moon|puddings?|"
        r"relatives?|"
        r"brothers?|diamonds?|sausages?)|bloody (?:mary|hell|brilliant)|blood sweat and tears|"
        r"in cold "
        rf"blood|bad blood between|new blood in(?:to)? (?:the|our) (?:company|team|party|club)|"
        rf"blood (?:is thicker|ran cold|runs cold|feud|money|"
        rf"from a stone|out of a "
        rf"stone)|blood (?:boil\w*|run cold)|boil\w* (?:my|his|her) blood|"
        rf"(?:blood (?:stains? )?(?:out of|off)|blood stains? (?:from|on)|(?:get|clean|wash|"
        rf"remove) "
        rf"blood (?:from|on)) (?:{_ITS} )?(?:\w+ )?{_CLOTH}|"
        r"bleed\w* (?:the |my |a |air from the )?(?:radiators?|brakes?|clutch|heating|boiler)|"
        r"bleeding (?:edge|hearts?)"
    ),
    "panic|fit": (
        r"panic (?:buy\w*|at the disco)|(?:it|that|this|they|these) fits? (?:in|on)|"
        r"fits? (?:into|me|"
        r"my|"
        r"well|perfectly|through|under|together)|(?:get|keep|getting|keeping|stay) fit|(?:good|"
        r"perfect|better|slim|tight) fit|fits? of (?:giggles|laughter|rage|jealousy)"
    ),
    "hammered|thrashed|slaughtered|murdered|crushed|stab|shot|shoot|bit|knock|sting|snake": (
        r"(?:team|side) (?:got|were|was|get) (?:hammered|thrashed|slaughtered|murdered|crushed)|"
        r"(?:we|they) (?:got|were|get) (?:hammered|thrashed)|"
        r"stab\w* (?:\w+ )?in the back by (?:\w+ )?(?:boss|manager|colleagues?|company|party)|"
        r"take a stab|shots? of (?:espresso|vodka|whiske?y|tequila|"
        r"rum)|"
        r"(?:photo|film|video|wedding) ?(?:shoot|shots?)|(?:flu|covid|booster|screen|mug) ?shots?|"
        r"bite to eat|bite the bullet|bit(?:e|es|ing) (?:my|his|her|their) nails|"
        r"knock\w* on the door|"
        r"sting operation|snakes and ladders|snake (?:game|plants?)"
    ),
    "gas |smok|seiz": (
        r"gas (?:prices?|bills?|suppliers?|tariffs?)|smok\w+ (?:for |the |a |some |my )*(?:ribs?|"
        r"brisket|salmon|ham|cheese|pork)|smoke and mirrors|smoke machine|seiz\w+ the day|"
        r"seiz\w+ (?:engine|bolt|nut|lock|piston)|(?:engine|bolt|nut|lock|piston) (?:has |"
        r"is )*seized"
    ),
    "cut": (
        rf"cut\w* (?:{_ITS} )?(?:(?!with|by|on|in|from)\w+ )?(?:hair|fringe|nails|grass|lawn|"
        rf"hedge|costs?|corners|cake|"
        rf"cloth|"
        r"fabric)|(?:hair|pay|price|job|tax|budget) ?cuts?"
    ),
}


_TOLD = (
    r"\b(?:(?:\d+|one|two|three|four|five|ten|many|some|few) years? ago|last year|years back|"
    r"when (?:i|he|she|we) (?:was|were) (?:a )?(?:kid|child|young|little|at school)|as a (?:child|"
    r"kid|boy|girl)|(?:film|movie|episode|novel|documentary|opera|song|video ?game|netflix|"
    r"dream(?:ed|t)?|nightmare|essay)s?)\b"
)


def without(lower: str) -> str:
    """A question (lower case, contractions as one word) without these turns of phrase."""
    for letters in _TURNS:
        if any(one in lower for one in letters.split("|")):
            lower = _turn(letters).sub(" ", lower)
    return lower


def told(text: str) -> bool:
    """Whether a question speaks of what happened long ago, or in a story."""
    return re.search(_TOLD, text.lower()) is not None


@lru_cache(maxsize=len(_TURNS))
def _turn(letters: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_TURNS[letters]})\b")
