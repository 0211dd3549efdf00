"""Figures in a sentence: digits and words, with units, "a litre" and "per litre" among them."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from hearth.ask.words import among
from hearth.writing import lexicon, quantities
from hearth.writing.parts import Reading, key_of
from hearth.writing.quantities import NUMBER_WORDS, Quantity

_SIZES = among(
    """us uk imperial full whole level heaped good more further extra other another additional
    single solid straight square cubic fluid about"""
)
_TIMES = among("second minute hour day week month year")
_LASTS = among("for in within after about least over under than wait only half to until take")
_AFTER_INCH = among(
    """long wide deep thick high tall across above below from of by or and to per square cubic apart
    away diameter"""
)
"""Before which "in" is a unit, and no preposition: "2 in long", but "111 in England"."""
_COLD = ("°C", "°F", "degree")
_BELOW_ZERO = re.compile(r"(?:^|[^\s\d]\s+|[(\[])[-−–]\s?$|\bminus $", re.I)
_NO_THING = among("or and to at in for if is are was were has have can should must may will")
_AGES = among("age aged ages")
_RATES = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year",
    "annually": "year",
}  # fmt: skip
"""What says "once a day"."""
_IMPLIED = frozenset(
    ("minute", "hour", "day", "week", "month", "year", "millilitre", "litre", "gallon", "quart",
     "pint", "teaspoon", "tablespoon", "cup", "mile", "metre", "kilogram", "pound")
)  # fmt: skip


_SAME_AGAIN = (["or"], ["to"], ["("], ["(", "about"], ["/"])
"""Between a figure and the same in another unit: "above 5,000 feet (1,000 metres)"."""


def figures(found: Reading, text: str, places: list[int]) -> set[int]:
    """Find the figures; the places of the tokens that belong to them."""
    tokens = found.tokens
    used: set[int] = set()
    at = 0
    while at < len(tokens):
        if tokens[at] in _RATES:
            found.figures.append(Quantity(Decimal(1), f"per {_RATES[tokens[at]]}", "", at, at + 1))
            used.add(at)
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
        if tokens[end : end + 2] == ["or", "more"] and not bound:
            bound = quantities.LEAST
        if unit in _TIMES and _each(tokens, at):
            unit = f"per {unit}"
        found.figures.append(Quantity(value, unit, bound, at, last))
        used.update(range(at, last))
        if tokens[at] in ("a", "an", "each", "per", "every") and tokens[last : last + 1] == ["or"]:
            other, end_of_other = _unit(tokens, last + 1)
            if other in _IMPLIED:
                found.figures.append(Quantity(value, other, bound, at, end_of_other))
                last = end_of_other
        used.update(place for place in range(at) if places[place] >= places[at] - size)
        at = last
    _inherit(found)
    for one in found.figures:
        if one.unit in _COLD and _BELOW_ZERO.search(text[: places[one.at]]):
            one.value = -one.value
    return used


def _each(tokens: list[str], at: int) -> bool:
    """Whether a time is one of many: "per day", "2 litres a day", but not "for a day"."""
    if tokens[at] in ("each", "per", "every"):
        return True
    return tokens[at] in ("a", "an") and at > 0 and tokens[at - 1] not in _LASTS


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
        if (named in _IMPLIED or (named == "second" and token == "per")) and not (
            token == "per" and tokens[after] == "cent"
        ):
            return Decimal(1), at + 1
        return None, at
    if token not in NUMBER_WORDS:
        return None, at
    if token == "double" and _names_double(tokens[at + 1 : at + 2]):
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
        end = _of_unit(tokens, at, end)
        if not end:
            return None, at
    return value, end


def _names_double(after: list[str]) -> bool:
    """Whether "double" tells what a thing is like ("a double bend"), and not how much."""
    return any(
        word[0].isalpha() and word not in lexicon.STOP and word not in _DOUBLED for word in after
    )


_DOUBLED = among("amount dose dosage quantity number strength concentration time length size rate")


def _of_unit(tokens: list[str], at: int, end: int) -> int:
    """Where the unit stands that "half a" or "one" belongs to; 0 if none does."""
    while end < len(tokens) and tokens[end] in ("a", "an", "of", *_SIZES):
        end += 1
    if end >= len(tokens) or not quantities.unit_of(tokens[end], True):
        return 0
    if tokens[end] in ("times", "time", "in") or len(tokens[end]) == 1:
        return 0
    if tokens[end] == "second" and (not at or tokens[at - 1] not in _LASTS):
        return 0
    return end


def _unit(tokens: list[str], end: int) -> tuple[str, int]:
    """The unit after a figure and where it ends; "#noun" for what is counted, "" for none."""
    if end and tokens[end - 1] in quantities.MULTIPLES:
        return "×", end
    at = end
    while at < len(tokens) and (tokens[at] in _SIZES or (tokens[at] == "-" and at == end)):
        at += 1
    if tokens[at : at + 2] == ["or", "more"]:
        at += 2
    if at >= len(tokens):
        return "", end
    glued = at == end or tokens[at - 1] == "-"
    unit = quantities.unit_of(tokens[at], glued)
    after = tokens[at + 1] if at + 1 < len(tokens) else "."
    if tokens[at] == "in" and tokens[at - 1] != "-" and after[0].isalpha():
        unit = unit if after in _AFTER_INCH else ""
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
        if one.bound and not nxt.bound and found.tokens[one.end : nxt.at] in _SAME_AGAIN:
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
        if _AGES.intersection(found.tokens[max(0, one.at - 3) : one.at]):
            one.unit = "year"
            continue
        for token in found.tokens[one.end : one.end + 3]:
            if not token[0].isalpha() or token in _NO_THING:
                break
            if token in lexicon.STOP or token in _SIZES or token in NUMBER_WORDS:
                continue
            one.unit = "#" + key_of((lexicon.stem(token),))
            break
