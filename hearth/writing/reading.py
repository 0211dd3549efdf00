"""A sentence taken apart for comparing: words with what they stand for, what negates them, figures.

`read` is a pure function of the text. A *segment* is what stands between two places where a
thought ends (full stops, brackets, "because", "if", "but", a comma before an instruction …);
negation reaches to the end of its segment.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from hearth.ask.wording import imperative
from hearth.ask.words import among
from hearth.writing import lexicon, quantities
from hearth.writing.quantities import NUMBER_WORDS, Quantity

_TOKEN = re.compile(
    r"\d+(?:[.,/]\d+)*[½¼¾⅓⅔⅛]?|[½¼¾⅓⅔⅛]|°\s?[CFcf]\b|[℃℉°%％£$€]"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]"
)
_HARD = among(
    """because since so but unless except if when whenever until while which who whose although
    though even otherwise whereas before after once"""
)
_CASES = among("after before above below at for in with without once during")
_RELATIVE = among("who which whose")
_PARTS = among("because since so but unless except although though otherwise whereas")
_STOPS = frozenset(".;:()!?—[]…")
_DASHES = frozenset("-–—/")
_SIZES = among(
    """us uk imperial full whole level heaped good more further extra other another additional
    single solid straight square cubic fluid about"""
)
_PARTICLES = among("off on out away up down back")
_IMPLIED = frozenset(
    ("minute", "hour", "day", "week", "month", "year", "millilitre", "litre", "gallon", "quart",
     "pint", "teaspoon", "tablespoon", "cup", "mile", "metre", "kilogram", "pound")
)  # fmt: skip
_NOT_A_NEGATION = re.compile(
    r"(?:not only|no(?:t)? (?:more|less|fewer|later|longer|shorter) than|no matter|or not|if not)\b"
)


class Word:
    """One word that counts: `key` is what it stands for, `keys` that, what it stands for by itself
    (where it belongs to a phrase such as "take … off") and its stem; `light` whether it says
    little, `reached` how many negations reach it, `turned` whether they are odd, `segment` where
    it stands, and `part` the wider stretch that is not cut before "who", "if" or "after"."""

    __slots__ = (
        "at", "key", "keys", "light", "part", "reached", "segment", "stem", "text", "turned"
    )  # fmt: skip

    def __init__(self, text: str, stem: str, key: str, at: int) -> None:
        self.text = text
        self.stem = stem
        self.key = key
        self.keys = tuple(dict.fromkeys((key, _key((stem,)), stem)))
        self.reached = 0
        self.at = at
        self.light = False
        self.turned = False
        self.segment = 0
        self.part = 0

    def __repr__(self) -> str:
        return f"{'-' if self.turned else ''}{self.key}"


class Negation:
    """One negation: the places it reaches, `start` (its own) to `end` (exclusive)."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Reading:
    """A text taken apart. `words` leaves out stop words and figures; `tokens` holds everything,
    lower case; `segments` and `parts` say in which each of these stands, `fixed` which belong to
    phrases such as "heat stroke"."""

    __slots__ = (
        "figures",
        "fixed",
        "negations",
        "parts",
        "restrictors",
        "segments",
        "text",
        "tokens",
        "words",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        self.words: list[Word] = []
        self.figures: list[Quantity] = []
        self.negations: list[Negation] = []
        self.segments: list[int] = []
        self.fixed: set[int] = set()
        self.parts: list[int] = []
        self.restrictors: list[tuple[str, int]] = []

    @property
    def content(self) -> list[Word]:
        """The words that have to be borne out."""
        return [word for word in self.words if not word.light]


@lru_cache(maxsize=2048)
def read(text: str) -> Reading:
    """Take a sentence (or a few) apart. Linear in its length."""
    found = Reading(text)
    spans = [(match.group(), match.start()) for match in _TOKEN.finditer(text)]
    found.tokens = [token.lower().replace("’", "'").replace("° ", "°") for token, _ in spans]
    places = [place for _, place in spans]
    used = _figures(found, text, places)
    _segment(found, text, places)
    _negate(found, text, places)
    _words(found, used)
    _restrict(found)
    return found


def _figures(found: Reading, text: str, places: list[int]) -> set[int]:
    """Find the figures; the places of the tokens that belong to them."""
    tokens = found.tokens
    used: set[int] = set()
    at = 0
    while at < len(tokens):
        value, end = _value(tokens, at)
        if value is None:
            at += 1
            continue
        unit, last = _unit(tokens, end)
        if unit == "?":
            at += 1
            continue
        before = text[max(0, places[at] - 40) : places[at]]
        rest = text[places[last - 1] + len(tokens[last - 1]) :][:40] if last else ""
        bound, size = quantities.bound_before(before)
        bound = bound or quantities.bound_after(rest)
        found.figures.append(Quantity(value, unit, bound, at, last))
        used.update(range(at, last))
        used.update(place for place in range(at) if places[place] >= places[at] - size)
        at = last
    _inherit(found)
    return used


def _value(tokens: list[str], at: int) -> tuple[Decimal | None, int]:
    """The value of the figure that begins at a token, and where it ends."""
    token = tokens[at]
    value = quantities.number(token)
    if value is not None:
        nxt = tokens[at + 1] if at + 1 < len(tokens) else ""
        if nxt in ("million", "thousand", "hundred"):
            times = {"million": 10**6, "thousand": 1000, "hundred": 100}[nxt]
            return value * times, at + 2
        return value, at + 1
    if token in ("a", "an", "each", "per", "every"):
        after = at + 1
        while after < len(tokens) and tokens[after] in _SIZES:
            after += 1
        named = quantities.unit_of(tokens[after], False) if after < len(tokens) else ""
        if named in _IMPLIED and not (token == "per" and tokens[after] == "cent"):
            return Decimal(1), at + 1
        return None, at
    if token not in NUMBER_WORDS:
        return None, at
    value, end = NUMBER_WORDS[token], at + 1
    if token in quantities.MULTIPLES:
        return (None, at) if token in ("once", "couple") else (value, end)
    while end < len(tokens):
        if tokens[end] == "-" and end + 1 < len(tokens) and tokens[end + 1] in NUMBER_WORDS:
            end += 1
            continue
        more = NUMBER_WORDS.get(tokens[end])
        if more is None or tokens[end] in quantities.MULTIPLES:
            break
        value = value * more if more >= 100 else value + more
        end += 1
    if token in ("half", "quarter", "third", "one"):
        after = end
        while after < len(tokens) and tokens[after] in ("a", "an", "of", *_SIZES):
            after += 1
        if after >= len(tokens) or not quantities.unit_of(tokens[after], True):
            return None, at
        if tokens[after] in ("times", "time", "second", "in") or len(tokens[after]) == 1:
            return None, at
        end = after
    return value, end


def _unit(tokens: list[str], end: int) -> tuple[str, int]:
    """The unit after a figure and where it ends; "#noun" for what is counted, "" for none."""
    if end and tokens[end - 1] in quantities.MULTIPLES:
        return "×", end
    at = end
    while at < len(tokens) and (tokens[at] in _SIZES or (tokens[at] == "-" and at == end)):
        at += 1
    if at >= len(tokens):
        return "", end
    glued = at == end or tokens[at - 1] == "-"
    unit = quantities.unit_of(tokens[at], glued)
    if tokens[at] == "in" and at + 1 < len(tokens) and tokens[at + 1] in ("the", "a", "an"):
        unit = ""  # "for 5 in the shade"
    if tokens[at : at + 2] == ["per", "cent"]:
        return "percent", at + 2
    if unit == "degree" and at + 1 < len(tokens):
        scale = quantities.unit_of(tokens[at + 1], True)
        if scale in ("°C", "°F"):
            return scale, at + 2
    if unit:
        return unit, at + 1
    return "", end


def _inherit(found: Reading) -> None:
    """ "5 to 10 minutes": the first takes the unit of the second. What is counted otherwise is the
    word after it."""
    for one, nxt in pairwise(found.figures):
        if one.bound and not nxt.bound and found.tokens[one.end : nxt.at] in (["or"], ["to"]):
            nxt.bound = one.bound
    for index in range(len(found.figures) - 1, -1, -1):
        one = found.figures[index]
        if one.unit:
            continue
        if index + 1 < len(found.figures):
            nxt = found.figures[index + 1]
            between = found.tokens[one.end : nxt.at]
            joined = [word for word in between if word not in ("about", "around", ",")]
            if (
                nxt.unit
                and joined
                and len(joined) == 1
                and joined[0] in ("to", "or", "-", "–", "and")
            ):
                one.unit = nxt.unit
                continue
        for token in found.tokens[one.end : one.end + 3]:
            if not token[0].isalpha() or token in ("or", "and", "to", "at", "in", "for", "if"):
                break
            if token in lexicon.STOP or token in _SIZES or token in NUMBER_WORDS:
                continue
            one.unit = "#" + _key((lexicon.stem(token),))
            break


def _segment(found: Reading, text: str, places: list[int]) -> None:
    tokens, segment, part = found.tokens, 0, 0
    for at, token in enumerate(tokens):
        wide = token in _PARTS or token in _STOPS or token == "–"
        if token == "but":
            wide = (
                tokens[at - 1] == ","
                or not tokens[at + 1 : at + 2][0:1]
                or not (tokens[at + 1].endswith(("ing", "ed")))
            )
        if token in (",", "and"):
            wide = _joins(found, text, places, at)
        if at and (wide or token in _HARD):
            segment += 1
            part += wide and token not in "()[]"
        found.segments.append(segment)
        found.parts.append(part)


def _joins(found: Reading, text: str, places: list[int], at: int) -> bool:
    """Whether a comma, "and" or "or" begins a thought of its own: an instruction, or what points
    back to what was named."""
    tokens = found.tokens
    after = at + 1
    if tokens[at] == "," and after < len(tokens) and tokens[after] in ("and", "or", "then"):
        after += 1
    if after >= len(tokens):
        return False
    if tokens[at] != "," and imperative_list(tokens, at):
        return False
    if after + 1 < len(tokens) and tokens[after + 1] in ("or", ","):
        return False  # a list
    if (
        tokens[at] == ","
        and found.parts[-1:] == [0]
        and tokens[0] in _CASES
        and ("," not in tokens[:at])
    ):
        return False  # "After disinfection, have it tested": one thought
    if tokens[at] == "," and tokens[after] in ("it", "they", "you", "this", "that", "never"):
        return True
    return imperative(text[places[after] : places[after] + 60])


def imperative_list(tokens: list[str], at: int) -> bool:
    """Whether "and" or "or" joins two verbs under one negation ("do not cut or suck")."""
    return any(_negates(tokens, back) for back in range(max(0, at - 8), at))


def _negates(tokens: list[str], at: int) -> bool:
    token = tokens[at] if at < len(tokens) else ""
    if not (token in lexicon.NEGATIONS or token.endswith("n't")):
        return token == "rather" and tokens[at + 1 : at + 2] == ["than"]
    return not (
        _NOT_A_NEGATION.match(" ".join(tokens[at : at + 3]))
        or (at and _NOT_A_NEGATION.match(" ".join(tokens[at - 1 : at + 1])))
    )


def _negate(found: Reading, text: str, places: list[int]) -> None:
    tokens = found.tokens
    for at in range(len(tokens)):
        if _negates(tokens, at):
            end = at + 1
            if tokens[at] == "non":
                end = min(at + 3, len(tokens))
            else:
                while end < len(tokens) and not _ends(found, at, end):
                    end += 1
            found.negations.append(Negation(_verb_before(tokens, at), end))


def _verb_before(tokens: list[str], at: int) -> int:
    """Where the reach begins: "give nothing", "put no ice" deny the verb before, too."""
    if tokens[at] not in ("no", "nothing", "nobody") or not at:
        return at
    verb = tokens[at - 1]
    return at - 2 if verb[0].isalpha() and verb not in lexicon.STOP else at


def _ends(found: Reading, start: int, at: int) -> bool:
    """Whether the reach of the negation at `start` ends before the token `at`."""
    token = found.tokens[at]
    if token in _STOPS or (token in _HARD and token not in _RELATIVE and at > start + 1):
        return True
    if token in (",", "and", "or", "nor", "but") and _negates(found.tokens, at + 1):
        return True
    if token == ",":
        if found.segments[at] != found.segments[at - 1]:
            return True
        ahead = found.tokens[at + 1 : at + 7]
        return not any(word in (",", "or", "nor") for word in ahead)
    return token == "and" and found.segments[at] != found.segments[at - 1]


def _words(found: Reading, used: set[int]) -> None:
    tokens = found.tokens
    stems = [lexicon.stem(token) if token[0].isalpha() else "" for token in tokens]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if not token[0].isalpha() or (at in used) or _negates(tokens, at):
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
        word = Word(token, stems[at], _key(tuple(phrase)), at)
        if size > 1 and tokens[at + size - 1] not in _PARTICLES:
            found.fixed.update(range(at, at + size))
        if token in ("half", "semi") or (size > 1 and tokens[at + size - 1] not in _PARTICLES):
            word.keys = (word.key,)
        turned = sum(1 for one in found.negations if one.start < at < one.end)
        if token in lexicon.NEGATED:
            word.stem = lexicon.stem(lexicon.NEGATED[token])
            word.key = _key((word.stem,))
            turned += 1
        word.reached = turned
        word.turned = turned % 2 == 1
        word.light = size == 1 and token in lexicon.LIGHT
        word.segment = found.segments[at]
        word.part = found.parts[at]
        found.words.append(word)
        at += size


def _phrase(stems: list[str], at: int, used: set[int]) -> int:
    """How many tokens the longest phrase of the table that begins here takes; 1 if none."""
    for size in range(min(lexicon.longest().get(stems[at], 1), len(stems) - at), 1, -1):
        if tuple(stems[at : at + size]) in lexicon.same() and not used & set(range(at, at + size)):
            return size
    return 1


def _filler(tokens: list[str], at: int) -> bool:
    """ "as well", and the "only" of "not only"."""
    before = tokens[at - 1] if at else ""
    return (before, tokens[at]) in (("as", "well"), ("not", "only"))


def _halved(tokens: list[str], at: int) -> int:
    """Where the word stands that "half" belongs to: "half-full" is not full."""
    other = at + 2 if tokens[at + 1 : at + 2] == ["-"] else at + 1
    if other < len(tokens) and tokens[other][0].isalpha() and tokens[other] not in lexicon.STOP:
        return other
    return 0


def _particle(found: Reading, stems: list[str], at: int) -> int:
    """Where the particle stands that belongs to the verb here ("switch the generator off"), or 0."""
    for place in range(at + 2, min(at + 6, len(stems))):
        if found.segments[place] != found.segments[at] or found.tokens[place] == ",":
            break
        if found.tokens[place] in _PARTICLES and (stems[at], stems[place]) in lexicon.same():
            return place
    return 0


def _key(stems: tuple[str, ...]) -> str:
    return lexicon.same().get(stems, " ".join(stems))


def _restrict(found: Reading) -> None:
    for at, token in enumerate(found.tokens):
        if token in lexicon.RESTRICTORS:
            before = found.tokens[at - 1] if at else ""
            if token == "only" and before == "not":
                continue
            found.restrictors.append((token, at))
