"""Arithmetic on amounts: what may be added, multiplied and compared, and in which unit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from hearth.agent.errors import BadAmountError
from hearth.agent.quantities import CONTEXT, Amount, convert

LARGEST_POWER: Final = 60
LARGEST: Final = Decimal("1e30")

_WHOLE: Final = {"ceil": ROUND_CEILING, "floor": ROUND_FLOOR, "round": ROUND_HALF_UP}


def kept(number: Decimal) -> Decimal:
    """The number, unless it is too large. Raises BadAmountError, as all of these do."""
    if not number.is_finite() or abs(number) > LARGEST:
        raise BadAmountError("a number that is too large to reckon with")
    return number


def _plain(*amounts: Amount) -> None:
    if any(each.unit is not None and each.unit.measures == "temperature" for each in amounts):
        raise BadAmountError("temperatures can only be converted")


def added(left: Amount, right: Amount, sign: str) -> Amount:
    """Sum, or with "-" difference, in the left one's unit."""
    _plain(left, right)
    if (left.unit is None) != (right.unit is None):
        raise BadAmountError(f"{left} and {right} cannot be added: one has no unit")
    if left.unit is not None:
        right = convert(right, left.unit)
    act = CONTEXT.add if sign == "+" else CONTEXT.subtract
    return Amount(kept(act(left.number, right.number)), left.unit)


def times(left: Amount, right: Amount) -> Amount:
    """Product; one of the two at most has a unit."""
    _plain(left, right)
    if left.unit is not None and right.unit is not None:
        raise BadAmountError(f"{left.unit.name} times {right.unit.name} is not known here")
    return Amount(kept(CONTEXT.multiply(left.number, right.number)), left.unit or right.unit)


def over(left: Amount, right: Amount) -> Amount:
    """Quotient: by a plain number, or of like by like."""
    _plain(left, right)
    if right.unit is not None:
        if left.unit is None:
            raise BadAmountError(f"a plain number divided by {right.unit.name} is not known here")
        right = Amount(convert(right, left.unit).number)
        left = Amount(left.number)
    return Amount(kept(CONTEXT.divide(left.number, right.number)), left.unit)


def raised(base: Amount, power: Amount) -> Amount:
    """A plain number to a whole power."""
    number = power.number
    if base.unit is not None or power.unit is not None:
        raise BadAmountError("only plain numbers have powers here")
    if number != number.to_integral_value() or abs(number) > LARGEST_POWER:
        raise BadAmountError(f"a power is a whole number up to {LARGEST_POWER}")
    return Amount(kept(CONTEXT.power(base.number, number)))


def least(values: list[Amount], most: bool) -> Amount:
    """The least of several, or the most."""
    best = values[0]
    for each in values[1:]:
        gap = added(each, best, "-").number
        if gap and (gap > 0) == most:
            best = each
    return best


def _rounded(how: str) -> Callable[[Amount], Amount]:
    def act(value: Amount) -> Amount:
        return value._replace(number=value.number.to_integral_value(rounding=how))

    return act


def _root(value: Amount) -> Amount:
    if value.unit is not None or value.number < 0:
        raise BadAmountError("sqrt takes a plain number that is not negative")
    return Amount(CONTEXT.sqrt(value.number))


FUNCTIONS: Final[dict[str, Callable[[Amount], Amount]]] = {
    "sqrt": _root, **{name: _rounded(how) for name, how in _WHOLE.items()},
}  # fmt: skip
"""Of one argument, by name."""
