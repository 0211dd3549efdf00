"""Facets: what kind of thing would answer a question, and how one recognises it.

Three tables by facet: how the question is worded, how a sentence that answers it is worded, and
what headings stand above such sentences. Each expression is compiled when it is first needed,
because all of them together would take longer than an answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from hearth.ask.words import among
from hearth.languages import ENGLISH

HOW, LIST, AMOUNT, SAFE, DEFINE, SIGNS = "how", "list", "amount", "safe", "define", "signs"
WHY, WHERE, WHO, PRICE, DATE, PLAIN = "why", "where", "who", "price", "date", "plain"

MOST = 3  # facets of one question

# In this order: the first that fits a clause is its facet. Matched against lower case.
_ASKED = {
    PRICE: (
        r"\bhow much (?:does|do|did|is|are|will|would)\b.{0,60}\b(?:cost|charge)\b|\bprices?\b"
        r"|\bcosts?\b|\bhow expensive\b|\bhow much (?:money|to (?:pay|buy|rent))\b|\bcheap"
    ),
    DATE: r"\b(?:what|which) (?:year|date|day)\b|\bwhen (?:was|were|did|is the next)\b",
    WHO: r"\bwho(?:s| is| was| were| won| invented| made| wrote| discovered)\b|\bwhose\b",
    SIGNS: (
        r"\b(?:signs?|symptoms?)\b|\blooks? like\b|\bhow .{0,20}\bif (?:he|she|it)\b"
        r"|\bhow (?:do|can|will|would|to) (?:i |you |we |one )?(?:know|tell|recogni[sz]e|spot)\b"
    ),
    LIST: (
        r"\bwhat (?:to|(?:should|do|shall|must|can) (?:i|we|you)) (?:put|pack|take|store|keep|buy|"
        r"have|include|bring|carry|stock)\b|\blists? of\b|\bchecklist\b|\bwhat (?:goes|belongs) in"
        r"|\bwhat should be in\b|\bwhat (?:stuff|things|items|supplies)\b"
    ),
    AMOUNT: (
        r"\bhow (?:much|many|long|often|hot|cold|far|high|deep|fast|soon|old|big|late|warm)\b"
        r"|\bwhat (?:temperature|dose|dosage|amount|ratio|percentage|concentration|frequency)\b"
        r"|\b(?:dose|dosage|ratio)\b"
    ),
    SAFE: (
        r"\b(?:is|are) (?:\w+ ){0,6}(?:safe|ok|okay|dangerous|bad|harmful|drinkable|edible)\b"
        r"|^(?:can|may|should|could|must|do|does|is|are|will|would) |\bsafe to\b"
        r"|\b(?:can|should|may) (?:i|we|you|he|she|they|my|it)\b|\bstill (?:good|safe|ok)\b"
    ),
    WHY: r"\bwhy\b|\bwhat causes?\b|\bcauses? of\b|\breasons?\b",
    HOW: (
        r"\bhow (?:do|can|should|to|would|could|must|else|best|shall)\b|\bwhat (?:to do|(?:do|"
        r"should|can|shall|must|would|could) (?:i|we|you|one|he|she|they|people|someone|my)\b|"
        r"(?:i|we) (?:do|should|can|must)\b)|\bfirst thing\b|\bdo first\b|\bwhat (?:now|next)\b"
        r"|\bhelp\b|\bways? (?:to|of)\b|\btreat|\bfirst aid\b|\bsteps?\b|\binstructions\b"
    ),
    WHERE: r"\bwhere\b",
    DEFINE: (
        r"\bwhat(?:s| is| are)\b|\bdefin(?:e|ition)\b|\bmeaning of\b|\bwhat does .{0,40}mean\b"
        r"|\bstand for\b"
    ),
}

_ANSWERED = {
    SAFE: (
        r"\b(?:safe\w*|unsafe|do not|don['’]t|never|only|must|should|can|cannot|may|discard|"
        r"danger\w*|kill\w*|risk|throw|avoid|poison\w*|harm\w*|ok|allowed|unless|until)\b"
    ),
    SIGNS: (
        r"\b(?:signs?|symptoms?|look(?:s|ing)? like|feels?|feeling|appear\w*|smells?|means?|"
        r"may be|pale|blue|confus\w+|shiver\w*|pain|swelling|weak\w*|dizz\w+|headache|numb\w*)\b"
    ),
    LIST: r"\b(?:pack|store|keep|take|carry|include|have|choose|put)\b|,[^,]+(?:,| and )",
    WHY: (
        r"\b(?:because|causes?|caused|due to|since|so that|as a result|reason|otherwise|"
        r"can kill|leads? to|produces?|makes?)\b"
    ),
    WHERE: (
        r"\b(?:in|at|near|under|beside|above|below|away from|outside|inside|room|floor|place|"
        r"north|south|upstairs|basement)\b"
    ),
    DEFINE: r"\b(?:is|are|means?|refers to|is called|known as|stands for)\b",
    PRICE: r"[$£€]\s?\d|\d+ (?:dollars|pounds|euros|cents|pence)\b",
    DATE: r"\b(?:1[5-9]|20)\d\d\b",
    WHO: r"\b(?-i:[A-Z][a-z]+ (?:[A-Z]\. )?[A-Z][a-z]+)\b",
    AMOUNT: (
        r"(?:\d|\b(?:one|two|three|four|five|six|eight|ten|twelve|fifteen|twenty|thirty|half|an?))"
        r"[ -]?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|drops?|lit(?:re|er)s?|"
        r"gallons?|quarts?|pints?|cups?|ml|tea\w+|table\w+|tsp|tbsp|°|degrees?|met(?:re|er)s?|"
        r"feet|foot|miles?|km|kilo\w+|cm|inch(?:es)?|mg|grams?|g\b|kg|pounds?|percent|%|per cent|"
        r"times|breaths|compressions|blows|pieces|people|layers|watts?|volts?|mhz)"
    ),
}

_HEADED = {
    HOW: (
        r"\b(?:what (?:do|should|can) (?:i|you|we)|what to do|how (?:do|can|should) (?:i|you|we)|"
        r"how to|first aid|treat|treatment|steps|procedure|make .* safe|during)\b"
    ),
    LIST: (
        r"\b(?:what (?:goes|belongs|should (?:i|we)|do i (?:pack|need|store))|which|list|contents|"
        r"supplies|checklist|how (?:do|can) (?:i|we) (?:prepare|store))\b"
    ),
    SIGNS: r"\b(?:signs?|symptoms?|recogni[sz]\w+|know|tell|look like|notice|how bad)\b",
    SAFE: (
        r"\b(?:safe|can i|should i|must i|may i|must i not|not|never|avoid|ok|which|danger\w*)\b"
    ),
    AMOUNT: r"\b(?:how (?:much|many|long|often|far|hot|cold|high)|temperature|amounts?|doses?)\b",
    WHY: r"\b(?:why|causes?|danger\w*|reason)\b",
    WHERE: r"\bwhere\b",
}
_HEADED[PLAIN] = _HEADED[HOW]

# A facet's wording holds one of these words; without any its expression is not even compiled.
_TRIGGERS = {
    PRICE: among("price prices cost costs expensive much cheap cheaper cheapest"),
    DATE: among("year date day when"),
    WHO: among("who whos whose"),
    SIGNS: among("sign signs symptom symptoms look looks if know tell recognise recognize spot"),
    LIST: among("what list lists checklist"),
    AMOUNT: among(
        """much many long often hot cold far high deep fast soon old big late warm temperature
        dose dosage amount ratio percentage concentration frequency"""
    ),
    SAFE: among("is are can may should could must do does will would safe still"),
    WHY: among("why cause causes reason reasons"),
    WHERE: among("where"),
}

_SPLIT = re.compile(
    r"[.?!;\n]+|,?\s+and\s+(?=(?:what|how|where|when|should|can|do|which|is|who)\b)"
)


@lru_cache(maxsize=128)
def _pattern(table: str, facet: str, language: str) -> re.Pattern[str] | None:
    if language == ENGLISH:
        found = {"asked": _ASKED, "answered": _ANSWERED, "headed": _HEADED}[table].get(facet)
    else:
        found = _foreign(table, language).get(facet)
    return re.compile(found, re.NOFLAG if table == "asked" else re.I) if found else None


def _foreign(table: str, language: str) -> Mapping[str, str]:
    from hearth.ask import tongues

    tongue = tongues.of(language)
    if tongue is None:
        return {}
    return {"asked": tongue.asked, "answered": tongue.answered}.get(table, {})


def _matches(table: str, facet: str, text: str, language: str) -> bool:
    pattern = _pattern(table, facet, language)
    return pattern is not None and pattern.search(text) is not None


def of(lower: str, language: str = ENGLISH) -> list[str]:
    """The facets of a question in lower case, in the order asked, without repeats."""
    found: list[str] = []
    for clause in map(str.strip, _SPLIT.split(lower)):
        said = frozenset(clause.split())
        likely = (
            one
            for one in _ASKED
            if clause and (language != ENGLISH or one not in _TRIGGERS or said & _TRIGGERS[one])
        )
        facet = next((one for one in likely if _matches("asked", one, clause, language)), None)
        if facet is not None and facet not in found:
            found.append(facet)
    return found[:MOST] or [PLAIN]


def answered(facet: str, text: str, language: str = ENGLISH) -> bool:
    """Whether a sentence is worded as an answer to this facet is."""
    return _matches("answered", facet, text, language)


def headed(facet: str, heading: str, language: str = ENGLISH) -> bool:
    """Whether a heading announces answers to this facet."""
    return _matches("headed", facet, heading, language) or (
        language != ENGLISH and _matches("asked", facet, heading.lower(), language)
    )


_HOW_LONG = re.compile(r"\bhow (?:long|often|soon|late|many (?:hours|days|minutes|weeks|times))\b")
_FIGURE = re.compile(
    r"\d|\b(?:half|twice|double|one|two|three|four|five|six|seven|eight|nine|ten|none|nothing|"
    r"as (?:much|many))\b",
    re.I,
)
_TIME = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|daily|nights?|weeks?|months?|years?|every|until|always|never|"
    r"once|twice|times|straight away|immediately|as (?:soon|long) as)\b",
    re.I,
)


def measures(asked: str, text: str, language: str = ENGLISH) -> bool:
    """Whether a text says as much as a question (in lower case) asks: a time where it asks how long
    or how often in English, else a figure. Of texts in other languages it is taken for granted."""
    if language != ENGLISH:
        return True
    return (_TIME if _HOW_LONG.search(asked) else _FIGURE).search(text) is not None


def provable(facet: str) -> bool:
    """Whether an answer to this facet must hold something that can be looked for: a price, a
    date, a person. Without it there is no answer."""
    return facet in (PRICE, DATE, WHO)
