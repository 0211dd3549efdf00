"""What a run has found: numbered passages and results of calculations, which alone can be cited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from hearth.agent.figures import amounts, holds
from hearth.agent.quantities import Amount

if TYPE_CHECKING:
    from hearth.ask.passages import Found


class Item(NamedTuple):
    """Something that can be cited by its number: a passage, or what was calculated.

    `text` is what a statement is held against: the whole passage, or the calculation with its
    result. `result` is given of calculations only, and whether all that went into it has a
    source (`grounded`).
    """

    number: int
    text: str
    place: str
    found: Found | None = None
    result: Amount | None = None
    inputs: tuple[Amount, ...] = ()
    grounded: bool = True


class Evidence:
    """Numbers what is found in the order in which it is found; a passage keeps its number."""

    def __init__(self, question: str) -> None:
        self.question = question
        self._items: dict[int, Item] = {}
        self._passages: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def get(self, number: int) -> Item | None:
        """What has this number."""
        return self._items.get(number)

    @property
    def numbers(self) -> list[int]:
        """Every number given so far, ascending."""
        return list(self._items)

    def passage(self, found: Found, place: str) -> Item:
        """The item of a passage."""
        known = self._passages.get(found.hit.passage_id)
        if known is None:
            known = self._passages[found.hit.passage_id] = len(self._items) + 1
            self._items[known] = Item(known, found.hit.text, place, found)
        return self._items[known]

    def calculation(self, text: str, result: Amount, inputs: Sequence[Amount]) -> Item:
        """A new item for what was calculated: `text` is the calculation with its result.

        It is grounded where every amount put in, but a plain 1, stands in the question, in a
        passage found, or is a grounded result.
        """
        known = self._stated()
        without = [each for each in inputs if each != _ONE and not holds(known, each)]
        number = len(self._items) + 1
        place = f"calculated: {text}"
        if without:
            place += " (without a source: " + ", ".join(map(str, without)) + ")"
        item = Item(number, text, place, None, result, tuple(inputs), not without)
        self._items[number] = item
        return item

    def _stated(self) -> list[Amount]:
        found = amounts(self.question)
        for item in self:
            if item.result is None:
                found += amounts(item.text)
            elif item.grounded:
                found.append(item.result)
        return found


_ONE = Amount(Decimal(1))
