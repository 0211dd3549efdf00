"""How far somebody has read, as marks that others can hold against the chains they hold.

Only what was shown and noted as read counts. What is missing here, held back or could not be opened
is a hole: were it to come later, nobody would have been told that it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hearth import spans
from hearth.chat import branches
from hearth.chat.cache_tables import LOCKED, NO_PAYLOAD
from hearth.chat.missing import holes
from hearth.chat.receipt_codec import CHAIN, HEAD, MAX_HOLES, STEPS, Mark, Step
from hearth.chat.shapes import Where
from hearth.chat.tags import tag
from hearth.corpora.cache import query
from hearth.spans import Span
from hearth.store import database, served
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.home import Home
    from hearth.store.served import Chain, Run


class Progress:
    """How far the conversation of a number in cache.db is read, which is level with the log."""

    def __init__(self, home: Home, connection: apsw.Connection, where: Where, number: int) -> None:
        self._home = home
        self._connection = connection
        self._where = where
        self._number = number

    def marks(self, stated: Callable[[bytes], Iterable[Mark]], now: int) -> list[Mark]:
        """How far the others' chains are read, those first of which something came last. `stated`
        gives the marks that stand about the chain of a device."""
        found: list[tuple[int, Mark]] = []
        where, number = self._where, self._number
        rows = query(
            self._connection, "SELECT device, high FROM chat_marks WHERE tag = ?", (tag(where),)
        )
        for short, high in rows:
            last = query(
                self._connection,
                "SELECT device, sequence, id, number FROM chat_messages WHERE conversation = ?1"
                " AND device >= ?2 AND device < ?3 AND sequence <= ?4 AND NOT mine AND NOT unread"
                " AND flags = 0 ORDER BY sequence DESC LIMIT 1",
                (number, short, short + b"\xff" * 17, high),
            )
            for device, sequence, id, arrival in last:
                mark = self._mark(device, (sequence, id), stated(device), now)
                if mark is not None:
                    found.append((arrival, mark))
        return [mark for _, mark in sorted(found, reverse=True)]

    def _mark(
        self, device: bytes, place: tuple[int, bytes], stated: Iterable[Mark], now: int
    ) -> Mark | None:
        connection, (sequence, id) = self._home.store.connection, place
        with database.translated():
            for chain in served.chains(connection, self._where.community, Lane.CHAT, device):
                for run in chain.runs:
                    if not run.first <= sequence <= run.last:
                        continue
                    if served.id_at(connection, run, sequence) == id:
                        earlier = branches.furthest(connection, chain, run, stated)
                        closed = self._unread(device, sequence)
                        return _made(device, place, _first(chain, run), closed, earlier, now)
        return None

    def _unread(self, device: bytes, below: int) -> list[Span]:
        """What of a chain is missing here, or was not read, before a place."""
        rows = query(
            self._connection,
            "SELECT sequence FROM chat_messages WHERE conversation = ? AND device = ?"
            " AND sequence < ? AND (unread OR flags <> 0)",
            (self._number, device, below),
        )
        waiting = query(
            self._connection,
            "SELECT id FROM chat_waiting WHERE why IN (?, ?) AND community = ? AND device = ?",
            (NO_PAYLOAD, LOCKED, self._where.community, device),
        )
        log = self._home.store.log
        places = [place for (place,) in rows]
        places += [log.get(id).header.sequence for (id,) in waiting]
        gaps = holes(self._home, self._where.community, [device]).get(device, [])
        every = [*gaps, *((place, place) for place in places)]
        return spans.union((low, min(high, below - 1)) for low, high in every if low < below)


def _first(chain: Chain, run: Run) -> int:
    """The first place from which on what is missing is known."""
    if chain.fork is not None:
        return branches.first(chain, run)
    return min(each.first for each in chain.runs)


def _made(
    device: bytes,
    place: tuple[int, bytes],
    first: int,
    closed: list[Span],
    earlier: Mark | None,
    now: int,
) -> Mark | None:
    """The mark of a chain read up to a place, but for what is `closed`. What was read later than an
    earlier mark says gets a time of its own, and what comes after it does, too."""
    sequence, id = place
    if earlier is not None and earlier.length > sequence:
        return earlier
    if len(closed) > MAX_HOLES:
        first = max(first, closed[-MAX_HOLES - 1][1] + 1)
    open_ends = [(max(low, first), high) for low, high in closed if high >= first]
    while open_ends and open_ends[0][0] == first:
        first = open_ends.pop(0)[1] + 1
    if first > sequence:
        return None
    step = Step(sequence, now, None)
    steps: tuple[Step, ...] = (step,)
    if earlier is not None:
        fresh = [low for low, high in earlier.holes if (low, high) not in open_ends]
        if first < earlier.first:
            fresh.append(first)
        limit = min([*fresh, earlier.length + 1])
        kept = [each for each in earlier.steps if each.length < limit]
        whole = bool(kept) and kept[-1].length == sequence
        steps = tuple(kept) if whole else (*kept[1 - STEPS :], step)
    return Mark(device[:CHAIN], id[:HEAD], steps, first, tuple(open_ends))
