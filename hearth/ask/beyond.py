"""Questions that sound like the documents' and that no document can answer.

A manual knows how to run a generator. It does not know what one costs, which make is quieter, what
the law says of it here, when the shop opens, or who invented it. Passages about generators would
be found all the same, and would look like an answer. So the kind of such a question is recognised
by how it is worded; its name is also told, because "it asks for a price" helps more than "none".

Only wording that is seldom used for anything else is listed: a question wrongly taken for one of
these would be refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask.words import among
from hearth.languages import ENGLISH, unaccented

PRICE, LIVE, PRODUCT, LAW, DOSE, TRIVIA = "price", "live", "product", "law", "dose", "trivia"
ANIMAL = "animal"

SAID = {
    PRICE: "it asks for a price",
    LIVE: "it asks for what is so only here and now",
    PRODUCT: "it asks about one make or model",
    LAW: "it asks about law, insurance or money",
    DOSE: "it asks for the dose of a medicine; ask a pharmacist or doctor",
    TRIVIA: "it asks for history or trivia",
    ANIMAL: "it asks about a sick or hurt animal; call a vet",
}

_KINDS = {
    PRICE: (
        r"\bprices?\b|\bcosts?\b|\bcheap(?:est|er)?\b|\bexpensive\b|\bafford\b|"
        r"\bfor under\b|[£$€]\d|\bhow much (?:is|are|for|r) (?:an?|one|it|they|my|two|\d)\b|"
        r"\bhow much (?:do|does|should|would|will|did) .{1,50}\b(?:charge|pay|costs?|rent|"
        r"hire)\b|\bhow much (?:to|money)\b|\bworth (?:it|the money|buying)\b"
    ),
    LIVE: (
        r"\bwhat time (?:does|do|is|are|will)\b|\bopening (?:times?|hours?)\b|"
        r"\b(?:near(?:est)?|close|closest) (?:me|to me|to here|here)\b|\bthe nearest\b|"
        r"\bnearest\b|\bopen (?:now|today|tonight|tomorrow|late|yet|on|this|till?|as|"
        r"near)\b|^(?:is|are) (?!it\b|they\b|there\b)(?:\w+ ){1,5}(?:open|closed|shut|"
        r"running|cancelled)\b|^(?:will|is there|are there|has|have|is|are|when|what|did|"
        r"how many|where|whats|which) .*\b(?:right now|at the moment|today|tonight|"
        r"this (?:weekend?|morning|evening|month|year)|tomorrow|yet|currently|next week)\b|"
        r"\bwhen (?:is|are|will|does|do) .{1,40}\b(?:collect\w*|fix\w*|deliver\w*|restor\w+|"
        r"be back|come back|back on|reopen\w*|start|end|arriv\w+)\b|\bbe back on\b|"
        r"\bwhere (?:can|do|could) (?:i|we|you) (?:buy|hire|rent|order)\b|\b(?:phone number|"
        r"number|address|email|postcode) (?:of|for) (?:the|my|our)\b|\b(?:the|my|"
        r"our) council\b|\bweather (?:in|for|tomorrow|today|on|forecast)\b|"
        r"\bhow many (?:\w+ ){0,2}are (?:without|in|there)\b|\bwind speed in\b|"
        r"\briver level\b|\bis the [am]\d+\b|\bwhich (?:school|church|hall|station|shop)\b"
    ),
    PRODUCT: (
        r"\b(?:which|what|best|better|good) (?:\w+ ){0,3}(?:brand|make|model)\b|"
        r"\b(?:which|what) (?:\w+ )?(?:generator|genny|stove|heater|radio|torch|alarm|phone|"
        r"inverter|power ?bank|charger|filter|boiler|fridge|freezer|lamp|panels?) (?:(?:should|"
        r"shall|do|must|to|i|we) )+(?:buy|get)\b|"
        r"\bbetter than\b|\w+ or \w+ (?:\w+ ){0,3}which\b|\bwhich (?:one )?is (?:better|"
        r"best|quieter|cheaper)\b|\bis \w+ or \w+ (?:\w+ ){0,3}better\b|\breviews?\b|"
        r"\bwarranty\b|\bguarantee\b|\b(?:error|fault|service|default|serial|model) (?:code|"
        r"number|pin|light)\b|\b(?:shows?|says|display\w*|"
        r"flashing) (?:the code )?[a-z]{1,2} ?\d{1,4}\b|\bfirmware\b|\bhow (?:to|do i|"
        r"can i) (?:reset|pair|reboot|unlock|update) (?:my|a|an|the)\b|\bhow (?:to|do i|can i) "
        r"install (?:my |an? |the )?(?:\w+ )?(?:apps?|software|drivers?|updates?|windows)\b|"
        r"\bmanual for\b|\bparts list\b|\bhow many watts do(?:es)? (?:a|an|my|the) \w+ \w+|"
        r"\bwifi\b|\bwi fi\b|\bpasswords?\b|\blumens\b|\bmileage\b"
    ),
    LAW: (
        r"\b(?:il)?legal(?:ly)?\b|\b(?:home|house|car|travel|my|the) insurance\b|"
        r"\binsur\w+ (?:pay|cover|claim)\w*\b|\binsurers?\b|\bcompensation\b|\bentitled\b|"
        r"\bsue\b|\blawyer\b|\bsolicitor\b|\blandlord\b|\btenan(?:t|cy)\b|\b(?:my|our|your|"
        r"their) rights?\b|\btax\b|\bvat\b|\brefunds?\b|\bplanning permission\b|\bsack me\b|"
        r"\bfire me\b|\bmy (?:boss|employer)\b|\bpay(?:ing)? rent\b|\b(?:flood|government|"
        r"council|energy) grants?\b|\bclaim (?:the|for|on|back|my)\b|\bliable\b|"
        r"\b(?:benefits?|universal credit|mortgage|salary|wages)\b|\bvisa\b|\bpassports?\b"
    ),
    DOSE: (
        r"\bhow (?:much|many|often) (?:\w+ ){0,6}?(?:paracetamol|acetaminophen|tylenol|calpol|"
        r"ibuprofen|nurofen|advil|aspirin|painkillers?)\b|"
        r"\b(?:how (?:much|many)|what|max(?:imum)?|safe|right|correct) .{0,30}\b(?:mg|"
        r"milligrams?|doses?|dosage|units|mcg)\b|\b(?:dose|mg|milligrams|units|"
        r"max) of [a-z]|\bmax \w+ per day\b|\bcan (?:i|he|she|we|they|my \w+) (?:take|"
        r"have) .{0,40}\b(?:together|twice|with|and)\b|\bdouble (?:my|his|her|the)\b|"
        r"\bwhat antibiotics?\b|\bwhich antibiotics?\b|\bmiss(?:ed|ing) a (?:dose|day|pill|"
        r"tablet)\b|\b(?:half|an) .{0,12}\b(?:adult )?\w+ tablet\b"
    ),
    TRIVIA: (
        r"\b(?:who|when|where) .{0,40}\b(?:invented|founded|discovered|wrote|painted|"
        r"named after|won|born|played|sang|directed|elected|built)\b|\bwho (?:was|is|"
        r"were) (?:the )?(?:\w+ ){0,2}(?:president|king|queen|mayor|head|minister|pope|ceo|"
        r"chief|boss|winner|champion)\b|\bhow many people (?:died|were killed|live|"
        r"drowned)\b|\bhow many \w+ (?:\w+ )?(?:are|does|do|did) (?:there|\w+ have)\b|"
        r"\bwhat (?:percentage|percent|proportion) of\b|\bpopulation\b|\bhow (?:tall|old|"
        r"big|fast|heavy) (?:is|was|are|were) the\b|\bin (?:history|the world)\b|"
        r"\bwhat was the (?:\w+est|most|worst|magnitude|name)\b|\b(?:\w+est|worst|"
        r"most) \w+ ever\b|\bwhich (?:country|city|state|year|team|film|movie|planet)\b|"
        r"\bworld record\b|\brecord for\b|\bwhy is .{1,30} called\b|\bmagnitude of\b|"
        r"\bcapital of\b|\b(?:films?|movies?|lyrics|song|season \d|episode|sequel|novel|"
        r"poem|joke|actors?|album|tv show|cup final|premier league)\b|\btranslate\b|"
        r"\bin (?:french|spanish|german|italian|japanese|chinese|latin|welsh|polish)\b|"
        r"\bsquare root\b|\bexchange rate\b|\bpercent of \d|\b(?:19|"
        r"20)\d\d (?:\w+ )?(?:earthquake|hurricane|tsunami|flood|world cup|olympics|fire|"
        r"election)\b|\belection\b"
    ),
}
_FIRST = (PRICE, DOSE, LAW, PRODUCT, TRIVIA, LIVE)


# A kind's expression is compiled only when one of these words is in the question: all of them
# together take longer than an answer.
_TRIGGERS = {
    PRICE: among(
        """price prices cost costs cheap cheaper cheapest expensive afford under much worth"""
    ),
    DOSE: among(
        """mg milligram milligrams dose doses dosage units mcg max maximum take have double
        antibiotic antibiotics missed missing tablet"""
    ),
    LAW: among(
        """legal legally illegal illegally insurance insurer insurers compensation entitled sue
        lawyer solicitor landlord tenant tenancy pay cover right rights tax vat refund
        refunds planning sack fire boss employer rent grant grants claim liable benefit
        benefits credit mortgage salary wages visa passport passports"""
    ),
    PRODUCT: among(
        """buy get brand model better best which review reviews warranty guarantee error fault
        service default serial show shows say says display displays flashing firmware reset pair
        reboot unlock update install manual parts watts wifi wi password passwords
        lumens mileage"""
    ),
    TRIVIA: among(
        """who when where many percentage percent proportion population tall old big fast heavy
        history world what which record called magnitude capital film films movie movies
        lyrics song season episode sequel novel poem joke actor actors album show final
        league translate french spanish german italian japanese chinese latin welsh
        polish square exchange ever election olympics"""
    ),
    LIVE: among(
        """time opening near nearest close closest open closed shut running cancelled now moment
        today tonight tomorrow weekend week morning evening month year yet currently
        when where number address email postcode council weather many wind river is
        which"""
    ),
}


@lru_cache(maxsize=8)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_KINDS[name])


def kind(lower: str, language: str = ENGLISH) -> str | None:
    """What kind of unanswerable question this is (lower case, contractions as one word)."""
    if _ill_animal(lower):
        return ANIMAL
    if language != ENGLISH:
        return _foreign(lower, language)
    said = frozenset(_WORD.findall(lower))
    money = any(sign in lower for sign in "£$€")
    year = _YEAR.search(lower) is not None
    for name in _FIRST:
        likely = said & _TRIGGERS[name] or (money and name == PRICE) or (year and name == TRIVIA)
        if likely and _pattern(name).search(lower):
            return name
    return None


_ANIMAL = re.compile(
    r"\b(?:dogs?|pupp(?:y|ies)|cats?|kittens?|rabbits?|hamsters?|guinea pigs?|parrots?|budgies?|"
    r"horses?|pony|ponies|cows?|cal(?:f|ves)|sheep|lambs?|goats?|pigs?|hens?|hund|hundin|katze|"
    r"kater|welpe|pferd|chien|chienne|chiot|chat|chatte|cheval|perr[oa]|cachorro|gat[oa]|caballo)\b"
)
# Compiled only where there is an animal.
_AILING = (
    r"\b(?:ate|eaten|eating|swallowed|drank|drunk|licked|bebio|lamio|trago|getrunken|bu|avale|"
    r"chewed|sick|ill|bleeding|fits?|seizures?|choking|"
    r"chokes|limp|limping|lame|vomiting|throwing up|burn(?:t|ed)|broken leg|broke|poison(?:ed)?|"
    r"unconscious|passed out|collapsed|(?:not|isnt|cant|cannot|stopped) breath\w*|hurt|injured|"
    r"dying|died|dead|shaking|shivering|heat ?stroke|overheated|got (?:bitten|stung|hit)|"
    r"(?:was|been) (?:bitten|stung|hit|run over) by a (?!dog|cat)\w+|run over|diarrhoea|diarrhea|"
    r"gefressen|frisst|blutet|vergiftet|krank|verletzt|krampfanfall|a mange|avale|saigne|malade|"
    r"blessee?|empoisonnee?|comido|comio|sangra|enferm[oa]|herid[oa]|envenenad[oa])\b"
)
_DOSED = (
    r"\b(?:give|gave|giving|given|geben|gebe|donner|donne|dar|darle)\b.*\b(?:paracetamol|"
    r"acetaminophen|tylenol|calpol|ibuprofen|nurofen|advil|aspirin|painkillers?|antibiotics?|"
    r"medicines?|tablets?|pills?|tabletten|medicaments?|pastillas?)\b|\b(?:paracetamol|"
    r"acetaminophen|tylenol|calpol|ibuprofen|nurofen|advil|aspirin|painkillers?|tablets?|pills?|"
    r"tabletten) .*\b(?:give|for|geben|fur|pour|para)\b"
)
_BY_ANIMAL = (
    r"\b(?:bit|bites?|biss|gebissen|mordu|mordio|mordido|scratch\w*|attack\w*|rabies|rabid)\b"
)
_PEOPLE = (
    r"\b(?:son|daughter|child|kid|kids|children|baby|toddler|boy|girl|wife|husband|mum|mom|dad|"
    r"gran|"
    r"grandma|grandpa|friend|neighbou?r|kind|sohn|tochter|enfant|fils|fille|hij[oa]|nin[oa])\b"
)
_BEFORE = r"\b(?:he|she|we|they|i|im|ive|him|her)\b"


def animal(word: str) -> bool:
    """Whether a word is the name of an animal that people keep (some, in four languages)."""
    return _ANIMAL.fullmatch(unaccented(word)) is not None


def _ill_animal(lower: str) -> bool:
    """Whether an animal, and nobody else, is ill or hurt or to be given what people take: what
    helps people can harm it."""
    lower = unaccented(lower)
    found = _ANIMAL.search(lower)
    if found is None or re.search(_BY_ANIMAL, lower) or re.search(_PEOPLE, lower):
        return False
    if re.search(_DOSED, lower):
        return True
    if re.search(_BEFORE, lower[: found.start()]):  # afterwards it may be the animal
        return False
    return re.search(_AILING, lower[found.end() :]) is not None


def _foreign(lower: str, language: str) -> str | None:
    from hearth.ask import tongues

    tongue = tongues.of(language)
    wording = tongue.beyond.items() if tongue is not None else ()
    return next((name for name, words in wording if re.search(words, lower)), None)


_WORD = re.compile(r"[a-z]+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_DOSES = re.compile(r"\d\s*(?:mg|mcg|µg|ml|g\b|units?|tablets?|pills?|drops?|teaspoons?)", re.I)


def gives_dose(text: str) -> bool:
    """Whether a text gives a dose at all."""
    return _DOSES.search(text) is not None
