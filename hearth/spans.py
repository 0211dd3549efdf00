"""Places on a chain, as sorted spans that do not touch: both ends belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Span = tuple[int, int]
Spans = Sequence[Span]


def union(*all: Iterable[Span]) -> list[Span]:
    """What is in any of these."""
    found: list[Span] = []
    for first, last in sorted(span for spans in all for span in spans if span[0] <= span[1]):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def meet(left: Spans, right: Spans) -> list[Span]:
    """What is in both."""
    pairs = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return union(pair for pair in pairs if pair[0] <= pair[1])


def without(whole: Span, spans: Spans) -> list[Span]:
    """What of one span is in none of these."""
    found: list[Span] = []
    at, end = whole
    for first, last in spans:
        if first > at and first <= end:
            found.append((at, first - 1))
        at = max(at, last + 1)
    return [*found, (at, end)] if at <= end else found
