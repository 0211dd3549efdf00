"""What comes first and what later: "say who you are before you touch them"."""

from __future__ import annotations

from collections.abc import Iterator

from hearth.ask.words import among
from hearth.writing import lexicon
from hearth.writing.evidence import Line, Pair
from hearth.writing.parts import Reading

TIMES = among("before after")
_CUTS = among(", ; : . ( ) because so but if when while unless")
Places = set[int]


def faults(reading: Reading, line: Line) -> list[Pair]:
    """What is wrong, as (code, text) pairs; [] if nothing is."""
    for first, later in _times(reading):
        for early, late in _times(line.reading):
            moved = _moved(reading, first, line, early, late)
            if moved > 0 and _moved(reading, later, line, early, late) < 0:
                return [("opposite", "the source has it in the other order")]
    return []


def _times(reading: Reading) -> Iterator[tuple[Places, Places]]:
    """The places of what comes first and of what comes later, for every "before" and "after"."""
    tokens = reading.tokens
    for at, token in enumerate(tokens):
        if token not in TIMES:
            continue
        end = next((to for to in range(at + 1, len(tokens)) if tokens[to] in _CUTS), len(tokens))
        begin = max((to for to in range(at) if tokens[to] in _CUTS - {","}), default=0)
        near = set(range(begin, at) if at else range(end, len(tokens)))
        far = set(range(at + 1, end))
        yield (near, far) if token == "before" else (far, near)


def _moved(reading: Reading, places: Places, line: Line, early: Places, late: Places) -> int:
    """1 if what stands at some places comes later there, -1 if earlier, 0 if both or neither."""
    there = [
        {one.at for one in line.words(word)}
        for word in reading.words
        if word.at in places and word.key not in lexicon.GENERAL
    ]
    sooner = any(one & early and not one & late for one in there)
    after = any(one & late and not one & early for one in there)
    return after - sooner
