"""Taking turns, so that nobody's flood is all there is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_turn(items: Iterable[T], author: Callable[[T], object]) -> list[T]:
    """The first of each author, then the second of each, and so on; else in their order. So of a
    list of which only the beginning is shown nobody's flood is all."""
    ranks: dict[object, int] = {}
    ranked = []
    for each in items:
        by = author(each)
        ranks[by] = rank = ranks.get(by, 0) + 1
        ranked.append((rank, each))
    return [each for _, each in sorted(ranked, key=lambda pair: pair[0])]


def by_turns(*sources: Iterable[T]) -> Iterator[T]:
    """One of each source, another one of each, and so on to the end of the longest; no more is
    asked of them than is taken."""
    waiting = deque(map(iter, sources))
    while waiting:
        source = waiting.popleft()
        for each in source:
            yield each
            waiting.append(source)
            break
