"""Figures with their units, as the checks compare them.

A quantity is a value, a unit in one spelling, and whether it is a bound ("at least"). Nothing is
converted: 1 hour and 60 minutes are different, because a figure must stand in the source as it is
given. "a litre", "each litre" and "per litre" are 1 litre.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from hearth.ask.words import among

_UNITS = {
    "second": "second seconds sec secs s",
    "minute": "minute minutes min mins",
    "hour": "hour hours hr hrs h",
    "day": "day days",
    "week": "week weeks",
    "month": "month months",
    "year": "year years yr yrs",
    "millilitre": "millilitre millilitres milliliter milliliters ml",
    "centilitre": "centilitre centilitres cl",
    "litre": "litre litres liter liters l",
    "gallon": "gallon gallons gal gals",
    "quart": "quart quarts qt qts",
    "pint": "pint pints pt pts",
    "cup": "cup cups",
    "teaspoon": "teaspoon teaspoons tsp tsps teaspoonful teaspoonfuls",
    "tablespoon": "tablespoon tablespoons tbsp tbsps tablespoonful tablespoonfuls",
    "drop": "drop drops",
    "microgram": "microgram micrograms mcg µg μg ug",
    "milligram": "milligram milligrams mg",
    "gram": "gram grams gramme grammes g",
    "kilogram": "kilogram kilograms kilogramme kilogrammes kg kilo kilos",
    "ounce": "ounce ounces oz",
    "pound": "pound pounds lb lbs",
    "millimetre": "millimetre millimetres millimeter millimeters mm",
    "centimetre": "centimetre centimetres centimeter centimeters cm",
    "metre": "metre metres meter meters m",
    "kilometre": "kilometre kilometres kilometer kilometers km",
    "inch": "inch inches in",
    "foot": "foot feet ft",
    "yard": "yard yards yd yds",
    "mile": "mile miles mi",
    "°C": "°c celsius centigrade ℃ c",
    "°F": "°f fahrenheit ℉ f",
    "degree": "degree degrees ° deg",
    "percent": "percent % percentage ％",
    "watt": "watt watts w",
    "kilowatt": "kilowatt kilowatts kw",
    "volt": "volt volts v",
    "ampere": "ampere amperes amp amps",
    "hertz": "hertz hz",
    "kilohertz": "kilohertz khz",
    "megahertz": "megahertz mhz",
    "mph": "mph",
    "kph": "kph km/h kmh",
    "unit": "unit units iu",
    "time": "times time",
    "£": "£ pounds_sterling",
    "$": "$ dollar dollars",
    "€": "€ euro euros",
}
UNITS = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_BARE_LETTERS = among("s h l g m in c f w v pt pts time")
"""Units only right after a figure."""

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_WORDS: dict[str, Decimal] = {
    **{word: Decimal(value) for value, word in enumerate(_ONES)},
    **{word: Decimal(10 * value) for value, word in enumerate(_TENS, 2)},
    "hundred": Decimal(100), "thousand": Decimal(1000), "dozen": Decimal(12),
    "half": Decimal("0.5"), "quarter": Decimal("0.25"), "third": Decimal("0.333"),
    "twice": Decimal(2), "double": Decimal(2), "doubled": Decimal(2), "doubling": Decimal(2),
    "triple": Decimal(3), "thrice": Decimal(3), "once": Decimal(1), "halve": Decimal("0.5"),
    "halved": Decimal("0.5"), "couple": Decimal(2),
}  # fmt: skip
MULTIPLES = among("twice double doubled doubling triple thrice halve halved once couple")
"""Number words that carry no unit: what they multiply stands beside them."""
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "0.333", "⅔": "0.667", "⅛": "0.125"}

LEAST, MOST, MORE, LESS, ABOUT = "at least", "at most", "more than", "less than", "about"
_BOUNDS = {
    LEAST: (
        r"at (?:the very |the )?least|a minimum of|minimum|no (?:less|fewer|shorter) than|"
        r"not (?:less|fewer) than"
    ),
    MOST: (
        r"at (?:the very |the )?most|a maximum of|maximum|no (?:more|longer|later) than|"
        r"not more than|up to|within"
    ),
    MORE: (
        r"(?:more|longer|greater|higher|larger|bigger|older|further|hotter|warmer) than|over|"
        r"above|beyond|exceed(?:s|ing)?|in excess of|upwards of"
    ),
    LESS: (r"(?:less|fewer|shorter|lower|smaller|younger|colder|cooler) than|under|below|beneath"),
    ABOUT: (
        r"about|approximately|around|roughly|nearly|almost|circa|some|a little over|"
        r"a little under"
    ),
}
_BOUND = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<b{at}>{text})" for at, (_, text) in enumerate(_BOUNDS.items()))
    + r")\s*(?:"
    r"an?\s*|the\s*|only\s*|about\s*)?$",
    re.I,
)
_AFTER = re.compile(
    r"^\s*(?:\([^()]*\)\s*)?"
    r"(?:(?P<least>or (?:more|longer|older|above|over|higher|hotter|warmer)"
    r"|and (?:over|above|older|up)|at (?:the )?least)"
    r"|(?P<most>or (?:less|fewer|under|below|younger)|at (?:the )?most))\b",
    re.I,
)


class Quantity:
    """A figure: `value` exactly, `unit` in one spelling ("" for none), `bound` (one of the
    constants above, or ""), and the place of its first token in its sentence."""

    __slots__ = ("at", "bound", "end", "unit", "value")

    def __init__(self, value: Decimal, unit: str, bound: str, at: int, end: int) -> None:
        self.value = value
        self.unit = unit
        self.bound = bound
        self.at = at
        self.end = end

    @property
    def said(self) -> str:
        """Value and unit, as shown to people."""
        value = f"{self.value.normalize():f}"
        return f"{value} {self.unit}".strip()

    def __repr__(self) -> str:
        return f"Quantity({self.bound} {self.said} @{self.at})"


@lru_cache(maxsize=4096)
def number(token: str) -> Decimal | None:
    """The value of a token that is a figure: 1,000 · 1.000,5 · 2,5 · 1/2 · ½ · 12; else None."""
    if token in _FRACTIONS:
        return Decimal(_FRACTIONS[token])
    if token[-1:] in _FRACTIONS and token[:-1].isdigit():
        return Decimal(token[:-1]) + Decimal(_FRACTIONS[token[-1]])
    if not token[:1].isdigit() or not all(char in "0123456789.,/" for char in token):
        return None
    over, slash, under = token.partition("/")
    try:
        if slash:
            return None if not int(under) else Decimal(int(over)) / Decimal(int(under))
        return Decimal(_plain(token))
    except (InvalidOperation, ValueError):
        return None


def _plain(token: str) -> str:
    """A figure with a decimal point and no thousands signs: a comma before exactly three digits
    is one of thousands, any other is the decimal comma."""
    if "," in token and "." in token:
        last = max(token.rfind(","), token.rfind("."))
        head = token[:last].replace(",", "").replace(".", "")
        return f"{head}.{token[last + 1 :]}"
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", token):
        return token.replace(",", "")
    return token.replace(",", ".") if token.count(",") == 1 else token


def bound_before(text: str) -> tuple[str, int]:
    """The bound that the words right before a figure make, or "", and how many characters before
    the figure it begins."""
    match = _BOUND.search(text)
    if match is None:
        return "", 0
    name = next(name for at, name in enumerate(_BOUNDS) if match.group(f"b{at}"))
    return name, len(text) - match.start()


def bound_after(text: str) -> str:
    """The bound that the words right after a figure and its unit make, or ""."""
    match = _AFTER.match(text)
    if match is None:
        return ""
    return LEAST if match.group("least") else MOST


def unit_of(word: str, glued: bool) -> str:
    """The unit that a lower-case word is, or ""; single letters only where they follow a figure."""
    if word in _BARE_LETTERS and not glued:
        return ""
    return UNITS.get(word.removesuffix("'s"), "")
