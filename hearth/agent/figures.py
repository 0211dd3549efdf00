"""The amounts that a text states, so that what is reckoned with can be traced to where it stands.

"1 gallon", "one gallon", "1-gallon", "½ cup", "1,500 kcal", "20 to 30 minutes", "two weeks". A
number is held with the unit that follows it, and with both ends of a range.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from hearth.agent.quantities import Amount, Unit, units

_COUNTED: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
_WORDS: Final = {word: Decimal(number) for number, word in enumerate(_COUNTED.split())} | {
    "half an": Decimal("0.5"), "half a": Decimal("0.5"), "half": Decimal("0.5"),
    "an": Decimal(1), "a": Decimal(1), "dozen": Decimal(12), "thirty": Decimal(30),
    "forty": Decimal(40), "fifty": Decimal(50), "sixty": Decimal(60), "hundred": Decimal(100),
    "thousand": Decimal(1000),
}  # fmt: skip
_ARTICLES: Final = ("a", "an", "half", "half a", "half an")
"""Words that count as a number only where a unit follows: "a gallon", but not "a boiler"."""
_NO_UNIT: Final = ("in",)
"""In prose "6 in all" is more likely than 6 inches."""
_SIGNS: Final = {"½": "0.5", "¼": "0.25", "¾": "0.75"}
_NUMBER: Final = re.compile(
    r"(?<![\w.])(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?"
    r"(?:\s?(?P<sign>[½¼¾])|\s(?P<top>\d)/(?P<below>\d)(?!\d)|/(?P<under>\d{1,2})(?!\d))?"
    r"|(?P<alone>[½¼¾])|\b(?P<word>" + "|".join(_WORDS) + r")\b",
    re.IGNORECASE,
)  # fmt: skip
_UNIT: Final = re.compile(
    r"[\s-]{0,2}(?P<words>°\s?[CFcf]\b|[^\W\d_]+[23³]?(?:[ -][^\W\d_]+){0,2})"
)
_RANGE: Final = re.compile(r"\s?(?:-|–|to|or)\s?", re.IGNORECASE)


class Stated(NamedTuple):
    """An amount, and where in the text it stands, with its unit."""

    amount: Amount
    start: int
    end: int


def amounts(text: str) -> list[Amount]:
    """Every amount in a text, in order; in "20 to 30 minutes" both are minutes."""
    return [each.amount for each in placed(text)]


def placed(text: str) -> list[Stated]:
    """The amounts of a text with their places."""
    found: list[Stated] = []
    for match in _NUMBER.finditer(text):
        value = _value(match)
        unit, end = _unit_at(text, match.end())
        if value is None or (unit is None and (match["word"] or "").lower() in _ARTICLES):
            continue
        found.append(Stated(Amount(value, unit), match.start(), end))
    for at in range(len(found) - 1):
        one, other = found[at], found[at + 1]
        if one.amount.unit is None and _RANGE.fullmatch(text[one.end : other.start]):
            found[at] = one._replace(amount=Amount(one.amount.number, other.amount.unit))
    return found


def _value(match: re.Match[str]) -> Decimal | None:
    if match["word"]:
        return _WORDS[match["word"].lower()]
    if match["alone"]:
        return Decimal(_SIGNS[match["alone"]])
    if len(match["whole"]) > 30:
        return None
    value = Decimal(match["whole"].replace(",", "") + (match["part"] or ""))
    if match["sign"]:
        return value + Decimal(_SIGNS[match["sign"]])
    top, below = match["top"], match["below"]
    if below and int(below):
        return value + Decimal(top) / Decimal(below)
    if match["under"] and int(match["under"]):
        return value / Decimal(match["under"])
    return value


def _unit_at(text: str, at: int) -> tuple[Unit | None, int]:
    """The unit that follows, and where it ends; (None, at) for none."""
    match = _UNIT.match(text, at)
    if match is None:
        return None, at
    words = list(re.finditer(r"°\s?[CFcf]|[^\W\d_]+[23³]?", match["words"]))
    for count in range(len(words), 0, -1):
        spelling = "-".join("".join(word[0].lower().split()) for word in words[:count])
        if spelling in units() and spelling not in _NO_UNIT:
            return units()[spelling], match.start("words") + words[count - 1].end()
    return None, at


def holds(stated: Iterable[Amount], amount: Amount) -> bool:
    """Whether the amount is among those; one without a unit may be any of that number."""
    return any(
        each.number == amount.number and (amount.unit is None or each.unit == amount.unit)
        for each in stated
    )


def says(stated: Amount, result: Amount) -> bool:
    """Whether an amount in a text is that result, in its unit, rounded as far as its own digits go
    ("318 L" for 317.975 L)."""
    return stated.unit == result.unit and _rounds(result.number, stated.number)


def _rounds(exact: Decimal, shown: Decimal) -> bool:
    if exact == shown:
        return True
    places = -int(shown.as_tuple().exponent)
    if places < 0 or not 1 <= abs(shown.adjusted()) + places + 1 <= 28:
        return False
    # "45" for 45.4 is rounding, "1" for 1.4 is a different dose: two digits at least.
    if len(shown.as_tuple().digits) < 2:
        return False
    return abs(exact - shown) <= Decimal(5).scaleb(-places - 1)
