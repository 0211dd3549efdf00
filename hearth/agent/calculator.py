"""A calculator for the agent: decimals, units, a grammar of its own; nothing is ever evaluated.

    sum      = product { ("+" | "-") product }
    product  = power { ("*" | "/") power }
    power    = [ "-" | "+" ] operand [ "^" power ]
    operand  = number [ unit ] [ "%" ] | "(" sum ")" | function "(" sum { "," sum } ")"
    function = "ceil" | "floor" | "round" | "sqrt" | "min" | "max"

What has a unit may be added to the same kind of thing only (the left one's unit counts), and be
multiplied and divided by plain numbers; like divided by like is a plain number. Temperatures
cannot be reckoned with, only converted: 20 °C is not twice 10 °C.
"""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException
from typing import Final, NamedTuple

from hearth.agent.arithmetic import FUNCTIONS, added, kept, least, over, raised, times
from hearth.agent.errors import BadAmountError
from hearth.agent.quantities import CONTEXT, Amount, Unit, units

LONGEST: Final = 200
"""Characters of an expression."""
DEEPEST: Final = 20
"""Sums within sums, the outermost counted; also signs in a row, powers of powers."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)|(?P<word>[^\W\d_]+[23³]?|°\s?[CFcf])"
    r"|(?P<sign>\*\*|[-+*/^%(),×÷·−–]))"
)  # fmt: skip
_SAME: Final = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "**": "^"}


class Reckoned(NamedTuple):
    """A result, and the amounts that were put in, in order."""

    result: Amount
    inputs: tuple[Amount, ...]


def reckon(text: str) -> Reckoned:
    """Work an expression out. Raises BadAmountError, and nothing else, whatever the text is."""
    parser = _Parser(_tokens(text))
    try:
        result = parser.whole()
    except DecimalException:
        raise BadAmountError("that cannot be reckoned: a division by zero, or too large") from None
    return Reckoned(result, tuple(parser.inputs))


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > LONGEST:
        raise BadAmountError(f"an expression has at most {LONGEST} characters, not {len(text)}")
    found, at, text = [], 0, text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadAmountError(f'"{text[at : at + 10]}" is no part of a calculation')
        kind = match.lastgroup or ""
        word = match[kind]
        found.append((kind, _SAME.get(word, word)))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = self._depth = 0
        self.inputs: list[Amount] = []

    def whole(self) -> Amount:
        result = self._sum()
        if self._at < len(self._tokens):
            raise BadAmountError(f'unexpected "{self._tokens[self._at][1][:20]}"')
        return result

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ("", "")

    def _take(self, *signs: str) -> str | None:
        kind, word = self._peek()
        if kind != "sign" or word not in signs:
            return None
        self._at += 1
        return word

    def _need(self, sign: str) -> None:
        if self._take(sign) is None:
            raise BadAmountError(f'"{sign}" is missing')

    def _sum(self) -> Amount:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadAmountError("too many brackets within brackets")
        left = self._product()
        while sign := self._take("+", "-"):
            left = added(left, self._product(), sign)
        self._depth -= 1
        return left

    def _product(self) -> Amount:
        left = self._power()
        while sign := self._take("*", "/"):
            left = (times if sign == "*" else over)(left, self._power())
        return left

    def _power(self) -> Amount:
        if sign := self._take("-", "+"):
            self._depth += 1
            if self._depth > DEEPEST:
                raise BadAmountError("too many signs in a row")
            value = self._power()
            self._depth -= 1
            number = -value.number if sign == "-" else value.number
            return value._replace(number=number)
        base = self._operand()
        if self._take("^"):
            self._depth += 1
            if self._depth > DEEPEST:
                raise BadAmountError("too many powers of powers")
            base = raised(base, self._power())
            self._depth -= 1
        return base

    def _operand(self) -> Amount:
        kind, word = self._peek()
        if kind == "number":
            self._at += 1
            return self._measured(_number(word))
        if self._take("("):
            value = self._sum()
            self._need(")")
            return value
        if kind == "word" and self._peek(1) == ("sign", "("):
            return self._function(word.lower())
        raise BadAmountError(f'a number is missing before "{word[:20]}"' if word else "no number")

    def _measured(self, number: Decimal) -> Amount:
        """A number with the unit or the % that follows: this is what was put in."""
        value = Amount(number, self._unit())
        self.inputs.append(value)
        if value.unit is None and self._take("%"):
            return Amount(CONTEXT.divide(number, Decimal(100)))
        return value

    def _unit(self) -> Unit | None:
        """The unit that stands here, of up to three words ("us fl oz"); None for none."""
        words: list[str] = []
        while self._peek(len(words))[0] == "word" and len(words) < 3:
            words.append("".join(self._peek(len(words))[1].lower().split()))
        for count in range(len(words), 0, -1):
            known = units().get("-".join(words[:count]))
            if known is not None:
                self._at += count
                return known
        if words and self._peek(1) != ("sign", "("):
            raise BadAmountError(f'no unit "{words[0][:40]}"')
        return None

    def _function(self, name: str) -> Amount:
        self._at += 2
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        self._need(")")
        if name in ("min", "max"):
            return least(values, name == "max")
        function = FUNCTIONS.get(name)
        if function is None:
            raise BadAmountError(f'no function "{name[:20]}"')
        if len(values) != 1:
            raise BadAmountError(f"{name} takes one number")
        return function(values[0])


def _number(word: str) -> Decimal:
    return kept(Decimal(word.replace(",", "")))
