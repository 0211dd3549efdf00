"""The agent's calculator and converter: exact, typed, and deaf to everything that is no sum."""

from __future__ import annotations

import random
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from hearth.agent.calculator import LONGEST, reckon
from hearth.agent.errors import BadAmountError
from hearth.agent.figures import amounts
from hearth.agent.quantities import Amount, convert, unit, units


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("2+3*4", "14"), ("(2+3)*4", "20"), ("-3^2", "-9"), ("2^-1", "0.5"), ("2^3^2", "512"),
        ("1/3", "0.333333"), ("0.1+0.2", "0.3"), ("1,500*2", "3000"), ("12 ÷ 4 × 3", "9"),
        ("5% * 200", "10"), ("ceil(6*2/4.5)", "3"), ("floor(2.9)", "2"), ("round(2.5)", "3"),
        ("sqrt(16)", "4"), ("min(3, 1, 2)", "1"), ("max(1 L, 1500 mL)", "1500 mL"),
        ("6 * 14 * 1 gal", "84 US gallon"), ("1 m + 50 cm", "1.5 m"), ("10 L / 500 mL", "20"),
        ("(1 kg + 2 kg) / 2", "1.5 kg"), ("3 us fl oz * 2", "6 US fl oz"),
        ("1000000 / 3", "333333"),
        ("123456789 + 0.25", "123456789"), ("2 weeks / 1 day", "14"), ("-40 C", "-40 °C"),
    ],
)  # fmt: skip
def test_sums(text: str, result: str) -> None:
    assert str(reckon(text).result) == result


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "()", "1/0", "0^-1", "1 +", "* 2", "(1", "1)", "1 2", "2 x", "9^99", "2^0.5",
        "1e400", "9" * 31, "sqrt(-1)", "sqrt(4 m)", "foo(1)", "ceil(1, 2)", "1 kg + 1 m", "1 m + 1",
        "2 m * 3 m", "6 / 2 m", "20 °C * 2", "20 °C + 1 °C", "min(1 m, 2 kg)", "1.2.3", "1,5",
        "__import__('os').system('id')", "a.b", "[1]", "1;2", "1\n2", "٣+٤x", "1==1", "lambda: 1",
        "(1 + 2) kg",
        "(" * 20 + "1" + ")" * 20, "-" * 30 + "1", "2^" * 25 + "1", "1" + "+1" * LONGEST,
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused(text: str) -> None:
    with pytest.raises(BadAmountError):
        reckon(text)


def test_limits_one_below_at_and_above() -> None:
    at = "1" + "+1" * 99 + "+"
    assert len(at) == LONGEST
    assert reckon(at[:-1]).result.number == 100
    assert reckon(at[:-1] + " ").result.number == 100
    with pytest.raises(BadAmountError, match="200 characters"):
        reckon(at[:-1] + "  ")
    assert reckon("(" * 19 + "1" + ")" * 19).result.number == 1
    assert str(reckon("10^30").result.number.normalize()) == "1E+30"
    with pytest.raises(BadAmountError):
        reckon("10^30 * 2")
    assert reckon("2^60").result.number == 2**60
    with pytest.raises(BadAmountError):
        reckon("2^61")


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_result_or_a_refusal(text: str) -> None:
    with suppress(BadAmountError):
        assert reckon(text).result.number.is_finite()


def test_against_exact_fractions() -> None:
    """Random sums, reckoned with fractions by the rules of school."""
    chance = random.Random(4)
    for _ in range(300):
        terms = [[chance.randint(1, 999) for _ in range(3)] for _ in range(3)]
        signs = [chance.choice("+-") for _ in range(3)]
        joined = zip(signs, terms, strict=True)
        text = "0" + "".join(f" {sign} {a} * {b} / {c}" for sign, (a, b, c) in joined)
        exact = sum(
            (1 if sign == "+" else -1) * Fraction(a * b, c)
            for sign, (a, b, c) in zip(signs, terms, strict=True)
        )
        assert abs(Fraction(reckon(text).result.number) - exact) < Fraction(1, 10**15)


# (amount, unit, what NIST SP 811 and the definitions give)
KNOWN = [
    ("1 gal", "L", "3.785411784"), ("1 imperial gallon", "L", "4.54609"),
    ("1 lb", "g", "453.59237"), ("1 mi", "km", "1.609344"),
    ("98.6 °F", "°C", "37"), ("-40 °C", "°F", "-40"), 
    ("0 K", "°C", "-273.15"),
    ("1 atm", "kPa", "101.325"), ("1 bar", "psi", "14.5037738"), ("760 mmHg", "atm", "1"),
    ("1 kWh", "MJ", "3.6"), ("2000 kcal", "kJ", "8368"), ("1 Btu", "J", "1055.05585262"),
    ("1 week", "h", "168"), ("1 tsp", "mL", "4.92892159375"), ("1 stone", "kg", "6.35029318"),
    ("1 US fl oz", "mL", "29.5735295625"), ("8 oz", "lb", "0.5"), ("1 m3", "L", "1000"),
    ("212 F", "C", "100"), ("10000000000000000000000 C", "F", "18000000000000000000032"),
    ("1000000000000000000 C", "K", "1000000000000000273.15"), ("30 inHg", "hPa", "1015.916"),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "into", "known"), KNOWN)
def test_conversions(amount: str, into: str, known: str) -> None:
    result = convert(reckon(amount).result, unit(into)).number
    assert abs(result - Decimal(known)) <= abs(Decimal(known)) * Decimal("1e-6")


def test_every_unit_goes_there_and_back() -> None:
    everything = list(dict.fromkeys(units().values()))
    assert len(everything) > 45
    for one in everything:
        for other in everything:
            amount = Amount(Decimal("300.5"), one)
            if one.measures == other.measures:
                back = convert(convert(amount, other), one).number
                assert abs(back - amount.number) < Decimal("1e-6")
            else:
                with pytest.raises(BadAmountError, match="measures"):
                    convert(amount, other)


def test_no_unit_and_colder_than_cold() -> None:
    with pytest.raises(BadAmountError, match='no unit "cubit"'):
        unit("cubit")
    with pytest.raises(BadAmountError, match="without a unit"):
        convert(Amount(Decimal(1)), unit("m"))
    with pytest.raises(BadAmountError, match="absolute zero"):
        convert(Amount(Decimal("-273.16"), unit("°C")), unit("K"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at least one gallon a day for 2 weeks", ["1 US gallon", "1 d", "2 week"]),
        ("20 to 30 minutes", ["20 min", "30 min"]),
        ("1/2 teaspoon, ½ cup, 1 ½ cups, 1 1/2 cups",
         ["0.5 US teaspoon", "0.5 US cup", "1.5 US cup", "1.5 US cup"]),
        ("half a gallon in a boiler", ["0.5 US gallon"]),
        ("8 drops (0.5 mL) per 3.8-litre jug", ["8", "0.5 mL", "3.8 L"]),
        ("6 in all, 1,500 kcal, 37.5 °C", ["6", "1500 kcal", "37.5 °C"]),
        ("a burn and an egg", []),
        ("9" * 40, []),
    ],
)  # fmt: skip
def test_amounts_in_prose(text: str, found: list[str]) -> None:
    assert [str(each) for each in amounts(text)] == found
