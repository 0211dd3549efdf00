"""How much of a chain of ours is in the stretches that the other has told.

A stretch is told by tags of its ids at some of its places, dense near its end (`messages.places`).
Where a tag is that of an event of ours, everything before it in that stretch is the same on both
sides, for ids are hashes over links. What lies between two places that were told cannot be known.
But where ours goes on from the lower one and ends before the higher one, the other nearly always
has that, too: its chain is only longer. So it may be taken on trust; if it is not so, the digests
will say it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from hearth.store.served import Run
from hearth.sync.messages import Span

Told = tuple[Span, Mapping[int, bytes]]
"""A stretch, and by place, from the highest one down, the tags that were told of it."""

Stretches = dict[int, list[tuple[int, int]]]
"""By number of a run: first and last places."""


def covered(
    runs: Sequence[Run],
    ours: Callable[[int], Mapping[bytes, Run]],
    told: Iterable[Told],
    *,
    trusts: bool,
) -> tuple[Stretches, bool]:
    """What of our runs is in the stretches told, and whether some of it is taken on trust.

    `ours`: our runs that cover a place, by the tag of the id there."""
    numbered = {run.number: run for run in runs}
    stretches: Stretches = {}
    on_trust = False
    for span, tags in told:
        found: set[int] = set()
        above = 0
        for at, tag in tags.items():
            run = ours(at).get(tag)
            if run is not None and run.number not in found:
                goes_on = trusts and at < run.last < above
                on_trust = on_trust or goes_on
                for each, last in _way_back(numbered, run, run.last if goes_on else at, span.first):
                    found.add(each.number)
                    first = max(each.first, span.first)
                    stretches.setdefault(each.number, []).append((first, last))
            above = at
    return stretches, on_trust


def _way_back(runs: Mapping[int, Run], run: Run, end: int, first: int) -> Iterator[tuple[Run, int]]:
    """From a place of a run back to `first`, if it goes so far: runs, and their last places."""
    yield run, end
    while run.parent is not None and run.first > first:
        end, run = run.first - 1, runs[run.parent]
        yield run, end


def rest(run: Run, stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of a run is in none of these stretches."""
    at = run.first
    for first, last in sorted(stretches):
        if first > at:
            yield at, first - 1
        at = max(at, last + 1)
    if at <= run.last:
        yield at, run.last
