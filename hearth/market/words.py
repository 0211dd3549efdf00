"""The small fixed vocabularies of the market: sorts of listings, categories, units.

Categories are two letters on the wire, so that they stay short and can be called otherwise in
another language. Quantities are whole thousandths of a unit, so nothing is rounded.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from fractions import Fraction
from typing import Final

from hearth.market.errors import BadListingError, BadQuantityError

THOUSAND: Final = 1000
MAX_QUANTITY: Final = 10**9 * THOUSAND
"""Thousandths: a thousand million units."""
DAY: Final = 86_400
HOUR: Final = 3600
LIFETIME: Final = 14 * DAY
PERISHABLE: Final = 48 * HOUR
URGENT: Final = 72 * HOUR
LONGEST: Final = 365 * DAY


class Sort(IntEnum):
    """What a listing is. The number is written; it never changes."""

    OFFER = 0
    REQUEST = 1
    LEND = 2
    RIDE = 3
    SKILL = 4
    SPACE = 5


CATEGORIES: Final = {
    "wa": "water", "fo": "food", "me": "meals", "pw": "power", "fu": "fuel", "he": "heat",
    "li": "light", "sh": "shelter", "be": "bedding", "cl": "clothes", "md": "medical",
    "mc": "medicine", "hy": "hygiene", "ba": "baby", "ch": "childcare", "ca": "care",
    "pe": "pets", "an": "animals", "tr": "transport", "ve": "vehicles", "to": "tools",
    "re": "repair", "bu": "building", "cn": "cleaning", "cm": "communication", "co": "computers",
    "bk": "books", "ga": "garden", "fn": "furniture", "mu": "music and play",
    "tu": "teaching", "la": "language", "pa": "paperwork", "ot": "other",
}  # fmt: skip
"""Codes of two letters, and what they are called in English."""
PERISHABLES: Final = frozenset(("fo", "me"))
"""What does not keep: it is listed for two days unless it is said otherwise."""

UNITS: Final[dict[str, tuple[str, Fraction]]] = {
    "item": ("item", Fraction(1)),
    "person": ("person", Fraction(1)),
    "meal": ("meal", Fraction(1)),
    "l": ("volume", Fraction(1)),
    "ml": ("volume", Fraction(1, 1000)),
    "m3": ("volume", Fraction(1000)),
    "gal": ("volume", Fraction(3785411784, 10**9)),
    "kg": ("mass", Fraction(1)),
    "g": ("mass", Fraction(1, 1000)),
    "t": ("mass", Fraction(1000)),
    "lb": ("mass", Fraction(45359237, 10**8)),
    "kWh": ("energy", Fraction(1)),
    "Wh": ("energy", Fraction(1, 1000)),
    "h": ("time", Fraction(1)),
    "min": ("time", Fraction(1, 60)),
    "day": ("time", Fraction(24)),
    "m": ("length", Fraction(1)),
    "km": ("length", Fraction(1000)),
    "m2": ("area", Fraction(1)),
}
"""By unit: what it measures, and how many of the first unit of that it is. The gallon is the US
liquid gallon of 231 cubic inches, the pound the international one of 1959; both are exact."""
COUNTED: Final = frozenset(("item", "person", "meal"))
"""Units of which one is something: a slip of paper is for one of them."""
_MANY: Final = {"person": "people", "meal": "meals", "day": "days"}
_PLURALS: Final = {"litre": "l", "liter": "l", "kilo": "kg", "hour": "h", "minute": "min",
                   "piece": "item", "gallon": "gal", "pound": "lb", "people": "person",
                   "seat": "person", "metre": "m", "meter": "m", "wh": "Wh",
                   "kwh": "kWh"}  # fmt: skip


def category(text: str) -> str:
    """The code that a word or code means. Raises BadListingError."""
    word = text.strip().casefold()
    if word in CATEGORIES:
        return word
    found = [code for code, name in CATEGORIES.items() if name.startswith(word)] if word else []
    exact = [code for code in found if CATEGORIES[code] == word]
    if len(exact or found) != 1:
        raise BadListingError(
            f'there is no category "{text}"', "one of: " + ", ".join(CATEGORIES.values())
        )
    return (exact or found)[0]


def categories_in(title: str) -> list[str]:
    """The categories whose names are words of a title: what its author may have meant."""
    found = {word.strip(".,;:!?()\"'") for word in title.casefold().split()}
    return [name for name in CATEGORIES.values() if name in found and name != "other"]


def category_name(code: str) -> str:
    """What a category is called; one that only a newer hearth knows, by its code."""
    return CATEGORIES.get(code, code)


def unit(text: str) -> str:
    """The unit that a word means. Raises BadListingError."""
    word = text.strip()
    if word in UNITS:
        return word
    low = word.casefold()
    for each in (low, low.removesuffix("s")):
        found = _PLURALS.get(each, each)
        if found in UNITS:
            return found
    raise BadListingError(f'there is no unit "{text}"', "one of: " + ", ".join(UNITS))


def tells_amount(title: str) -> bool:
    """Whether a title gives an amount: "3 blankets", "blankets 3", "water, 20 l"; and not another
    number: "ride to town at 9", "Generator, 2 kW"."""
    words = title.split()
    for at, word in enumerate(words):
        if word.isdecimal():
            with suppress(BadListingError):
                if at == 0 or len(words) == 2 or unit("".join(words[at + 1 : at + 2])):
                    return True
    return False


def quantity(text: str) -> int:
    """Thousandths of a unit, from `20`, `2.5` or `2,5`. Raises BadQuantityError."""
    try:
        value = Decimal(_pointed(text.strip()))
        exact = value * THOUSAND
    except (InvalidOperation, ValueError):
        raise BadQuantityError(
            f'"{text[:40]}" is not a number', "such as 20, or 2.5; of what, --unit says"
        ) from None
    if not value.is_finite() or value <= 0:
        raise BadQuantityError(f'a quantity is more than nothing, not "{text[:40]}"')
    if exact > MAX_QUANTITY:
        raise BadQuantityError(
            f'"{text[:40]}" is more than can be: at most {MAX_QUANTITY // THOUSAND:,}'
        )
    if exact != exact.to_integral_value():
        raise BadQuantityError(f'"{text[:40]}" has more than three digits after the point')
    return int(exact)


def _pointed(text: str) -> str:
    """A number with a decimal comma as one with a point. Raises BadQuantityError for a comma that
    parts thousands, or may: `1,000` is a thousand to some and one to others."""
    digits = text.replace(",", "").replace(".", "")
    if "," not in text or not digits.isdecimal():
        return text
    whole, _, rest = text.rpartition(",")
    if "," not in whole and "." not in text and (len(rest) != 3 or not whole.strip("0")):
        return f"{whole}.{rest}"
    if "," not in whole and "." not in text:
        raise BadQuantityError(
            f'"{text[:40]}" may be {digits[:40]} or {whole[:40]}.{rest}',
            f"write {digits[:40]}, or {whole[:40]}.{rest}",
        )
    tail = text[max(text.rfind(","), text.rfind(".")) + 1 :]
    plain = digits if "." not in text else f"{digits[: -len(tail) or None]}.{tail}"
    raise BadQuantityError(f'"{text[:40]}" parts its digits more than once', f"write {plain[:40]}")


def convert(amount: int, source: str, target: str) -> int | None:
    """Thousandths of another unit, rounded down; None where they do not measure the same."""
    if source == target:
        return amount
    one, other = UNITS.get(source), UNITS.get(target)
    if one is None or other is None or one[0] != other[0]:
        return None
    return int(amount * one[1] / other[1])


def told(amount: int, unit: str) -> str:
    """An amount for people: `20 l`, `2.5 kg`, `12 meals`, `3` of items."""
    whole, rest = divmod(amount, THOUSAND)
    text = f"{whole:,}" + (f".{rest:03}".rstrip("0") if rest else "")
    name = unit if amount == THOUSAND else _MANY.get(unit, unit)
    return text if unit == "item" else f"{text} {name}"


def lifetime(category: str, urgent: bool, emergency: bool = False) -> int:
    """For how many seconds something is listed unless it is said."""
    usual = PERISHABLE if category in PERISHABLES else LIFETIME
    return min(usual, URGENT) if urgent or emergency else usual
