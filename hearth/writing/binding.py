"""What a clause binds together, held against the sentence that has all its words.

One rule a module; each gives (code, text) pairs.
"""

from __future__ import annotations

from hearth.writing import denial, direction, figures, order, places, restriction, timing
from hearth.writing.evidence import Line, Pair
from hearth.writing.parts import Reading

_RULES = (figures, denial, direction, timing, restriction, places, order)


def faults(reading: Reading, line: Line) -> list[Pair]:
    """Everything that the clause binds otherwise than the sentence."""
    return [pair for rule in _RULES for pair in rule.faults(reading, line)]
