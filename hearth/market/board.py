"""The board: what is needed, promised and delivered, by category and place.

Requests that are listed now, met or not, are summed by category, place, and what their unit
measures; open offers stand beside them. Amounts are in thousandths of the unit that most of the
requests use; what measures something else is a line of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from hearth.market.reading import Reading
from hearth.market.shapes import Sum
from hearth.market.words import UNITS, convert


class Line(NamedTuple):
    """A line of the board. `requests`: how many, of which `open` still lack something. Amounts in
    thousandths of `unit`; `promised` includes what was `delivered`; `offered` is what is open of
    offers."""

    category: str
    place: str | None
    unit: str
    need: int
    promised: int
    delivered: int
    offered: int
    requests: int
    open: int
    urgent: bool

    @property
    def lacking(self) -> int:
        """What nobody has promised yet."""
        return max(0, self.need - self.promised)


def board(reading: Reading, community: bytes, category: str | None = None) -> list[Line]:
    """The lines: urgent ones first, then those that lack the largest part of what is needed."""
    groups: dict[tuple[str, str, str], list[Sum]] = defaultdict(list)
    for each in reading.sums(community, category):
        measure = UNITS[each.unit][0]
        groups[each.category, each.place or "", measure].append(each)
    lines = [_line(group) for group in groups.values() if any(each.request for each in group)]
    return sorted(lines, key=_rank)


def _rank(line: Line) -> tuple[bool, float, str, str]:
    return not line.urgent, -line.lacking / line.need, line.category, line.place or ""


def _line(group: Sequence[Sum]) -> Line:
    asked = [each for each in group if each.request]
    used: Counter[str] = Counter()
    for each in asked:
        used[each.unit] += each.number
    unit = min(used, key=lambda name: (-used[name], name))

    def total(amounts: Sequence[tuple[int, str]]) -> int:
        return sum(convert(amount, source, unit) or 0 for amount, source in amounts)

    return Line(
        group[0].category,
        group[0].place,
        unit,
        total([(each.quantity, each.unit) for each in asked]),
        total([(each.promised, each.unit) for each in asked]),
        total([(each.delivered, each.unit) for each in asked]),
        total([(each.available, each.unit) for each in group if not each.request]),
        sum(each.number for each in asked),
        sum(each.open for each in asked),
        any(each.urgent for each in asked),
    )
