"""A sentence taken apart for comparing: words with what they stand for, what negates them, figures.

`read` is a pure function of the text. A *segment* is what stands between two places where a
thought ends (full stops, brackets, "because", "if", "but", a comma before an instruction …); a
*part* is wider: it is not cut before "who", "if" or "after". Negation reaches to the end of its
segment.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hearth.ask.words import among
from hearth.writing import amounts, lexicon, negating, thoughts
from hearth.writing.parts import Reading, Word, key_of

_TOKEN = re.compile(
    r"\d+(?:[.,/]\d+)*[½¼¾⅓⅔⅛]?|[½¼¾⅓⅔⅛]|°\s?[CFcf]\b|[℃℉°%％£$€]"
    r"|(?:re-)?[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]"
)
_SAID = (
    (re.compile(r"(?<=\d)\s?[oº˚]\s?(?=[CF]\b)"), "°"),
    (re.compile(r"\b(?:not|aren['’]t|isn['’]t) (?:sure|certain)\b|\bunsure\b", re.I), "uncertain"),
    (re.compile(r"\btoo (\w+) to(?= [a-z])"), r"so \1 that not"),
    (re.compile(r"\b(?:in advance of|prior to)\b", re.I), "before"),
    (re.compile(r"\b(?:failure|failing|fails?|failed) to\b", re.I), "not"),
    (re.compile(r"\bas (?:far|much|many|high|deep|long) as(?= (?:about )?\d)", re.I), "up to"),
    (re.compile(r"\breach(?:es|ing)?(?= (?:about )?\d)", re.I), "up to"),
)
"""Turns of phrase that are read as others."""
_AFTER_EVEN = among("if when though after with in without")
_PARTICLES = among("off on out away up down back")
_AFTER_BACK = among("on in into to at together up inside")
_TELLING = frozenset(
    ("=turn-off", "=turn-on", "=take-off", "=take-out", "=get-rid-of", "=stai-awai", "=move-awai",
     "=stop", "=stick", "=leav", "=enter", "=go-back-insid")
)  # fmt: skip
"""Groups of phrases that tell what is to be done: a writer cannot add one without saying more."""
_TOWARDS = among("for to towards toward inside indoors outside outdoors upstairs home uphill into")
_NOT_LEFT = among(", if when unless as told asked ordered")
_BEFORE_WELL = among(
    """how works work worked fits fit fitting seals seal very so as pretty wash rinse dry shake stir
    mix clean drain sleep sleeps draws feel feels breathe them it chew cook"""
)
_WELL_SO = among("away below above before ahead - past clear beyond enough inside within")
"""What stands before and after "well" where that is no thing."""
_OWNED = among("their its his her your the a an one")
"""What follows "on" where it stands for a place: "turn them on their side"."""
_SWITCHING = frozenset(("=turn-off", "=turn-on"))
"""Those of which nothing but the whole tells what is to be done."""
_QUOTED = ([chr(34)] * 2, ["“", "”"])
"""What stands around a word that is spoken of: then it says something."""
_BEFORE_HOME = among("return returning go going come coming back get at stay")
_TURNING = among("off on up down")
"""Those that have an opposite."""


@lru_cache(maxsize=2048)
def read(text: str) -> Reading:
    """Take a sentence (or a few) apart. Linear in its length."""
    for turn, plain in _SAID:
        text = turn.sub(plain, text)
    found = Reading(text)
    spans = [(match.group(), match.start()) for match in _TOKEN.finditer(text)]
    found.tokens = [
        token.lower().replace("’", "'").replace("° ", "°").replace("re-", "re")
        for token, _ in spans
    ]
    places = [place for _, place in spans]
    found.capitals = {
        at for at, (token, _) in enumerate(spans)
        if token.istitle() and at and found.tokens[at - 1].isalpha()
    }  # fmt: skip
    used = amounts.figures(found, text, places)
    thoughts.segment(found, text, places)
    thoughts.negate(found)
    _words(found, used)
    _restrict(found)
    return found


def _words(found: Reading, used: set[int]) -> None:
    tokens = found.tokens
    stems = [lexicon.stem(token) if token[0].isalpha() else "" for token in tokens]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if not token[0].isalpha() or (at in used) or negating.negates(tokens, at):
            at += 1
            continue
        size = _phrase(stems, at, used)
        if size == 1 and (token in lexicon.STOP or token.endswith("n't") or _filler(tokens, at)):
            at += 1
            continue
        phrase = stems[at : at + size]
        if token in ("half", "semi") and (other := _halved(tokens, at)):
            phrase = [stems[at], stems[other]]
            size = other - at + 1
        if size == 1 and (apart := _particle(found, stems, at)):
            phrase = [stems[at], stems[apart]]
            used.add(apart)
            found.fixed.add(apart)
        word = _word(found, stems, at, phrase, size)
        found.words.append(word)
        at += size


def _word(found: Reading, stems: list[str], at: int, phrase: list[str], size: int) -> Word:
    """The word at a place, which stands for a phrase of `size` tokens (and perhaps a particle)."""
    tokens, token = found.tokens, found.tokens[at]
    word = Word(token, stems[at], key_of(tuple(phrase)), at)
    last = tokens[at + size - 1]
    if size > 1 and last not in _TURNING:
        found.fixed.update(range(at, at + size))
    if token in ("half", "semi") or (size > 1 and last not in _PARTICLES):
        word.keys = (word.key,)
    if len(phrase) > 1 and word.key in _SWITCHING:
        word.keys = (word.key,)
    word.reached = sum(one.reaches(at) for one in found.negations)
    if (
        size == 1
        and (token in lexicon.NEGATED or word.key == word.stem)
        and (plain := lexicon.negated(token))
    ):
        word.stem = lexicon.stem(plain)
        word.key = key_of((word.stem,))
        word.keys = (word.key, word.stem)
        word.reached += 1
    word.turned = word.reached % 2 == 1
    if len(phrase) > 1:
        word.others = lexicon.also().get(tuple(phrase), ())
    word.phrase = len(phrase) > 1 and word.key in _TELLING
    word.to = at > 0 and tokens[at - 1] == "to"
    whole = size == len(phrase) == 1
    word.light = whole and token in lexicon.LIGHT and not _concedes(tokens, at)
    word.light = word.light and tokens[at - 1 : at] + tokens[at + 1 : at + 2] not in _QUOTED
    word.segment, word.part = found.segments[at], found.parts[at]
    return word


def _phrase(stems: list[str], at: int, used: set[int]) -> int:
    """How many tokens the longest phrase of the table that begins here takes; 1 if none."""
    for size in range(min(lexicon.longest().get(stems[at], 1), len(stems) - at), 1, -1):
        if tuple(stems[at : at + size]) in lexicon.same() and not used & set(range(at, at + size)):
            return size
    return 1


def _filler(tokens: list[str], at: int) -> bool:
    """ "as well", "as long as", the "only" of "not only", and negations that negate nothing."""
    before = tokens[at - 1] if at else ""
    after = tokens[at + 1 : at + 2]
    if tokens[at] == "home" and before in _BEFORE_HOME:
        return True
    if tokens[at] in ("leave", "leaving") and "to" in (rest := tokens[at + 2 : at + 5]):
        return not _NOT_LEFT.intersection(rest[: rest.index("to")])
    if tokens[at] in ("head", "heading") and after and after[0] in _TOWARDS:
        return True
    if (before, tokens[at]) == ("by", "mouth"):
        return True
    if tokens[at] == "well" and (before in _BEFORE_WELL or _WELL_SO.intersection(after)):
        return True
    if tokens[at] == "back" and before not in _OWNED and (not after or after[0] in _AFTER_BACK):
        return True
    return tokens[at] in ("not", "no") or (before, tokens[at]) in (
        ("as", "well"), ("not", "only"), ("as", "long"), ("so", "long"),
    )  # fmt: skip


def _concedes(tokens: list[str], at: int) -> bool:
    """ "even if", "even after": there "even" says much."""
    return tokens[at] == "even" and tokens[at + 1 : at + 2] != [] and tokens[at + 1] in _AFTER_EVEN


def _halved(tokens: list[str], at: int) -> int:
    """Where the word stands that "half" belongs to: "half-full" is not full."""
    other = at + 2 if tokens[at + 1 : at + 2] == ["-"] else at + 1
    if other < len(tokens) and tokens[other][0].isalpha() and tokens[other] not in lexicon.STOP:
        return other
    return 0


def _particle(found: Reading, stems: list[str], at: int) -> int:
    """Where the particle of the verb here stands ("switch the generator off"), or 0."""
    for place in range(at + 2, min(at + 6, len(stems))):
        if found.segments[place] != found.segments[at] or found.tokens[place] == ",":
            break
        if found.tokens[place] in _PARTICLES and (stems[at], stems[place]) in lexicon.same():
            after = found.tokens[place + 1 : place + 2]
            return 0 if found.tokens[place] == "on" and after and after[0] in _OWNED else place
    return 0


def _restrict(found: Reading) -> None:
    for at, token in enumerate(found.tokens):
        if token in lexicon.RESTRICTORS:
            before = found.tokens[at - 1] if at else ""
            if token == "only" and before == "not":
                continue
            found.restrictors.append((token, at))
