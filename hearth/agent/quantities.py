"""Units, and amounts that carry one: exact decimals, never binary fractions.

Factors are exact by definition where there is a definition (the international yard and pound of
1959: 1 in = 25.4 mm, 1 lb = 0.45359237 kg; the US gallon of 231 cubic inches; the imperial gallon
of 4.54609 l; standard atmosphere, mmHg, calorie and Btu as in NIST SP 811, appendix B). Where one
word means different things on two sides of an ocean, the name that is shown says which is meant.
"""

from __future__ import annotations

from decimal import Context, Decimal
from functools import cache
from typing import Final, NamedTuple

from hearth.agent.errors import BadAmountError

CONTEXT: Final = Context(prec=28, Emax=60, Emin=-60)
"""Everything is reckoned to 28 digits."""
DIGITS: Final = 6
"""Significant digits of what is shown; whole numbers are shown whole."""


class Unit(NamedTuple):
    """A unit: what it measures, how much of the base unit it is, and where its zero lies."""

    name: str
    measures: str
    factor: Decimal
    zero: Decimal = Decimal(0)


class Amount(NamedTuple):
    """A number, with a unit or without."""

    number: Decimal
    unit: Unit | None = None

    def __str__(self) -> str:
        shown = show(self.number)
        return shown if self.unit is None else f"{shown} {self.unit.name}"


# name shown, factor to the base unit, other spellings (all compared in small letters)
_TABLE: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "volume": (
        ("L", "1", "l litre litres liter liters"),
        ("mL", "0.001", "ml millilitre millilitres milliliter milliliters cc cm3 cm³"),
        ("cL", "0.01", "cl centilitre centilitres centiliter centiliters"),
        ("dL", "0.1", "dl decilitre decilitres deciliter deciliters"),
        ("m³", "1000", "m3 m³ cubic-metre cubic-metres cubic-meter cubic-meters"),
        ("US gallon", "3.785411784", "gal gallon gallons us-gallon us-gallons us-gal"),
        ("imperial gallon", "4.54609", "imperial-gallon imperial-gallons uk-gallon uk-gallons"),
        ("US quart", "0.946352946", "qt quart quarts us-quart us-quarts"),
        ("US pint", "0.473176473", "pt pint pints us-pint us-pints"),
        ("imperial pint", "0.56826125", "imperial-pint imperial-pints uk-pint uk-pints"),
        ("US cup", "0.2365882365", "cup cups us-cup us-cups"),
        ("US fl oz", "0.0295735295625", "fl-oz fluid-ounce fluid-ounces floz us-fl-oz"),
        ("US tablespoon", "0.01478676478125", "tbsp tablespoon tablespoons us-tablespoon"),
        ("US teaspoon", "0.00492892159375", "tsp teaspoon teaspoons us-teaspoon"),
    ),
    "mass": (
        ("kg", "1", "kg kilogram kilograms kilogramme kilogrammes kilo kilos"),
        ("g", "0.001", "g gram grams gramme grammes"),
        ("mg", "0.000001", "mg milligram milligrams"),
        ("µg", "0.000000001", "µg μg ug mcg microgram micrograms"),
        ("t", "1000", "t tonne tonnes metric-ton metric-tons"),
        ("lb", "0.45359237", "lb lbs pound pounds"),
        ("oz", "0.028349523125", "oz ounce ounces"),
        ("stone", "6.35029318", "stone stones st"),
        ("short ton", "907.18474", "short-ton short-tons"),
    ),
    "length": (
        ("m", "1", "m metre metres meter meters"),
        ("mm", "0.001", "mm millimetre millimetres millimeter millimeters"),
        ("cm", "0.01", "cm centimetre centimetres centimeter centimeters"),
        ("km", "1000", "km kilometre kilometres kilometer kilometers"),
        ("in", "0.0254", "in inch inches"),
        ("ft", "0.3048", "ft foot feet"),
        ("yd", "0.9144", "yd yard yards"),
        ("mi", "1609.344", "mi mile miles"),
        ("nautical mile", "1852", "nautical-mile nautical-miles nmi"),
    ),
    "time": (
        ("s", "1", "s sec secs second seconds"),
        ("min", "60", "min mins minute minutes"),
        ("h", "3600", "h hr hrs hour hours"),
        ("d", "86400", "d day days"),
        ("week", "604800", "week weeks wk wks"),
    ),
    "pressure": (
        ("Pa", "1", "pa pascal pascals"),
        ("hPa", "100", "hpa hectopascal hectopascals mbar millibar millibars"),
        ("kPa", "1000", "kpa kilopascal kilopascals"),
        ("bar", "100000", "bar bars"),
        ("psi", "6894.757293168361", "psi"),
        ("atm", "101325", "atm atmosphere atmospheres"),
        ("mmHg", "133.322387415", "mmhg"),
        ("inHg", "3386.388640341", "inhg"),
    ),
    "energy": (
        ("J", "1", "j joule joules"),
        ("kJ", "1000", "kj kilojoule kilojoules"),
        ("MJ", "1000000", "mj megajoule megajoules"),
        ("Wh", "3600", "wh watt-hour watt-hours"),
        ("kWh", "3600000", "kwh kilowatt-hour kilowatt-hours"),
        ("cal", "4.184", "cal calorie calories"),
        ("kcal", "4184", "kcal kilocalorie kilocalories"),
        ("Btu", "1055.05585262", "btu btus"),
    ),
}  # fmt: skip
_DEGREES: Final = (
    ("°C", Decimal(1), Decimal("273.15"), "°c celsius degc degrees-celsius degree-celsius c"),
    ("°F", Decimal(5) / 9, Decimal("459.67"),
     "°f fahrenheit degf degrees-fahrenheit degree-fahrenheit f"),
    ("K", Decimal(1), Decimal(0), "k kelvin kelvins"),
)  # fmt: skip


@cache
def units() -> dict[str, Unit]:
    """Every unit by each of its spellings, in small letters, words of one joined by "-"."""
    found = {}
    for measures, rows in _TABLE.items():
        for name, factor, spellings in rows:
            for spelling in spellings.split():
                found[spelling] = Unit(name, measures, Decimal(factor))
    for name, step, zero, spellings in _DEGREES:
        for spelling in spellings.split():
            found[spelling] = Unit(name, "temperature", step, zero)
    return found


def unit(text: str) -> Unit:
    """The unit of that name or abbreviation. Raises BadAmountError."""
    known = units().get("-".join(text.lower().split()).strip("."))
    if known is None:
        raise BadAmountError(f'no unit "{text[:40]}"')
    return known


def convert(amount: Amount, into: Unit) -> Amount:
    """The same amount in another unit of what it measures. Raises BadAmountError."""
    of = amount.unit
    if of is None:
        raise BadAmountError("an amount without a unit cannot be converted")
    if of.measures != into.measures:
        raise BadAmountError(
            f"{of.name} measures {of.measures}, {into.name} measures {into.measures}"
        )
    if of == into:
        return amount
    if of.measures == "temperature":
        kelvin = CONTEXT.multiply(CONTEXT.add(amount.number, of.zero), of.factor)
        if kelvin < 0:
            raise BadAmountError(f"{amount} is below absolute zero")
        number = CONTEXT.subtract(CONTEXT.divide(kelvin, into.factor), into.zero)
        if number.adjusted() < CONTEXT.prec - 10:  # else it has no ninth digit behind the point
            number = number.quantize(Decimal("1e-9"), context=CONTEXT)
        return Amount(number, into)
    base = CONTEXT.multiply(amount.number, of.factor)
    return Amount(CONTEXT.divide(base, into.factor), into)


def show(number: Decimal) -> str:
    """A number as it is shown: to DIGITS significant digits, whole ones whole; no exponent."""
    if not number:
        return "0"
    rounded = number
    if number != number.to_integral_value():
        # Digits before the point are never rounded away.
        digits = max(DIGITS, number.adjusted() + 1)
        rounded = Context(prec=digits, Emax=60, Emin=-60).plus(number)
    text = format(rounded, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
