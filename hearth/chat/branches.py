"""Walking back along a chain: which event lies before another, whatever branches there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hearth.chat.receipt_codec import HEAD, Mark
from hearth.store import served

if TYPE_CHECKING:
    import apsw

    from hearth.store.served import Chain, Run


def first(chain: Chain, run: Run) -> int:
    """The first place from which on everything up to the run's end is held."""
    return min(each.first for each, _ in served.line(chain, run))


def furthest(
    connection: apsw.Connection, chain: Chain, run: Run, stated: Iterable[Mark]
) -> Mark | None:
    """The furthest of some marks about a chain that lies on the line which ends with a run."""

    def lies_here(mark: Mark) -> bool:
        id = served.id_on_line(connection, chain, run, mark.length)
        return id is not None and id[:HEAD] == mark.head

    return max(filter(lies_here, stated), key=lambda mark: mark.length, default=None)


def tips(chain: Chain, limit: int) -> list[Run]:
    """The runs at the ends of what is held without a gap: the longest first, several in a chain
    that has forked."""
    rooted = [run for run in chain.runs if run.rooted]
    lasts = {run.number: run.last for run in rooted}
    goes_on = {run.parent for run in rooted if lasts.get(run.parent or 0) == run.first - 1}
    ends = [run for run in rooted if run.number not in goes_on]
    return sorted(ends, key=lambda run: (-run.last, run.head))[:limit]
