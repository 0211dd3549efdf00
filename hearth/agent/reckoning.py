"""The tools that reckon: the calculator and the converter of units. Neither reads anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.agent.calculator import LONGEST, reckon
from hearth.agent.quantities import convert, unit
from hearth.agent.tools import Arguments, Outcome, Tool

if TYPE_CHECKING:
    from hearth.agent.evidence import Evidence, Item


class Reckoning:
    """Calculates; every result gets a number under which it can be cited."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def tools(self) -> list[Tool]:
        """Both tools."""
        text = {"type": "string", "minLength": 1, "maxLength": LONGEST}
        return [
            Tool(
                "calculate",
                'work out an expression with + - * / ^ ( ) and units, such as "3 * 2.5 L"',
                {"expression": text}, self.calculate, ("expression",),
            ),
            Tool(
                "convert", 'convert an amount ("12 gal") into another unit ("L")',
                {"amount": text, "unit": text}, self.convert, ("amount", "unit"),
            ),
        ]  # fmt: skip

    def calculate(self, arguments: Arguments) -> Outcome:
        """The expression's value. Raises BadAmountError."""
        expression = " ".join(arguments["expression"].split())
        done = reckon(expression)
        text = f"{expression} = {done.result}"
        return _outcome(self._evidence.calculation(text, done.result, done.inputs))

    def convert(self, arguments: Arguments) -> Outcome:
        """The amount in the other unit. Raises BadAmountError."""
        done = reckon(arguments["amount"])
        result = convert(done.result, unit(arguments["unit"]))
        text = f"{done.result} = {result}"
        return _outcome(self._evidence.calculation(text, result, done.inputs))


def _outcome(item: Item) -> Outcome:
    return Outcome(f"[{item.number}] {item.place}", (item.number,))
