"""Reading chains as they are served to another node: by chain and place, not by arrival.

What a chain and a run are: `schema_log`. All functions read what is committed, and hold no
statement open between two calls or two pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store import database
from hearth.store.erasures import VERIFIED
from hearth.store.event import event_id

if TYPE_CHECKING:
    import apsw

PAGE: Final = 128
SORTED: Final = 1 << 17
"""Events sorted at once: a million in eight goes, each with some MiB of memory."""
Place = tuple[bytes, int, int, bytes]
"""An event of a chain: device, lane, sequence, id."""


class Run(NamedTuple):
    """A stretch of a chain in which each event names the one before it, and what it hangs on."""

    number: int
    parent: int | None
    first: int
    last: int
    head: bytes
    rooted: bool


class Chain(NamedTuple):
    """What is held of one chain. `fork`: sequence and both ids of the lowest proof."""

    device: bytes
    fork: tuple[int, bytes, bytes] | None
    runs: tuple[Run, ...]

    @property
    def top(self) -> Run | None:
        """The run that goes furthest without a gap; of equals the one with the lower head."""
        rooted = [run for run in self.runs if run.rooted]
        return min(rooted, key=lambda run: (-run.last, run.head), default=None)

    @property
    def length(self) -> int:
        """How many events there are from the first on, without a gap."""
        return max((run.last for run in self.runs if run.rooted), default=0)

    def is_anchored(self, run: Run) -> bool:
        """Whether what comes before this run need not be held: a checkpoint names one of its
        events."""
        if not run.rooted or run.first == 1:
            return False
        return not any(each.rooted and each.number == run.parent for each in self.runs)

    @property
    def plain(self) -> bool:
        """Whether there is neither a fork nor a gap."""
        return self.fork is None and all(run.rooted for run in self.runs)


class Served(NamedTuple):
    """An event to be sent. `verified`: whether its own signature has been checked."""

    header: bytes
    signature: bytes
    payload: bytes | None
    verified: int


_served: Final = partial(tuple.__new__, Served)  # without a call into Python


def chains(
    connection: apsw.Connection, community: bytes, lane: int, device: bytes | None = None
) -> list[Chain]:
    """The chains of a lane, or one of them, by device. Cost: the number of runs."""
    found: list[Chain] = []
    runs: list[Run] = []
    last: int | None = None
    for number, whose, at, low, high, run, parent, first, end, head, rooted in database.rows(
        connection,
        "SELECT c.number, c.device, c.forked, c.fork_low, c.fork_high,"
        " r.number, r.parent, r.first, r.last, r.head, r.rooted"
        " FROM chains c JOIN runs r ON r.chain = c.number"
        " WHERE c.community = ? AND c.lane = ? AND (?3 IS NULL OR c.device = ?3)"
        " ORDER BY c.device, r.first, r.number",
        community,
        lane,
        device,
    ):
        if number != last:
            last, runs = number, []
            found.append(Chain(whose, None if at is None else (at, low, high), ()))
        runs.append(Run(run, parent, first, end, head, bool(rooted)))
        found[-1] = found[-1]._replace(runs=tuple(runs))
    return found


def devices(connection: apsw.Connection, community: bytes, lane: int) -> Iterator[bytes]:
    """The devices that have chains in a lane, in order."""
    for (device,) in database.each(
        connection,
        "SELECT device FROM chains WHERE community = ? AND lane = ? ORDER BY device",
        community,
        lane,
    ):
        yield device


def arrived(
    connection: apsw.Connection, community: bytes, lane: int, after: int, until: int
) -> Iterator[tuple[bytes, int, int, int]]:
    """What has arrived after one number and until another: device, run, first, last sequence.

    Each a stretch without a hole. Cost: the number of events that arrived then.
    """
    place: tuple[bytes, int] | None = None
    first = last = 0
    for device, run, sequence in database.each(
        connection,
        "SELECT c.device, e.run, e.sequence FROM events e CROSS JOIN runs r ON r.number = e.run"
        " CROSS JOIN chains c ON c.number = r.chain"
        " WHERE e.arrival > ? AND e.arrival <= ? AND c.community = ? AND c.lane = ?"
        " ORDER BY c.device, e.run, e.sequence",
        after,
        until,
        community,
        lane,
    ):
        if place == (device, run) and sequence == last + 1:
            last = sequence
            continue
        if place is not None:
            yield *place, first, last
        place, first, last = (device, run), sequence, sequence
    if place is not None:
        yield *place, first, last


def id_at(connection: apsw.Connection, run: Run, sequence: int) -> bytes:
    """The id of the event at a place that the run covers."""
    if sequence == run.last:
        return run.head
    row = database.one(
        connection,
        "SELECT header, signature FROM events WHERE run = ? AND sequence = ?",
        run.number,
        sequence,
    )
    return event_id(*row)


def line(chain: Chain, run: Run) -> Iterator[tuple[Run, int]]:
    """The run, the one it hangs on, and so on: each with the last place that lies on the line."""
    runs = {each.number: each for each in chain.runs}
    last = run.last
    while True:
        yield run, last
        parent = runs.get(run.parent) if run.parent is not None else None
        if parent is None:
            return
        run, last = parent, run.first - 1


def id_on_line(connection: apsw.Connection, chain: Chain, run: Run, sequence: int) -> bytes | None:
    """The id of the event at a place on the line that ends with a run; None if it is not held."""
    for each, last in line(chain, run):
        if each.first <= sequence <= last:
            return id_at(connection, each, sequence)
    return None


def leads_to(connection: apsw.Connection, community: bytes, place: Place, head: Place) -> bool:
    """Whether an event lies before a later one of its chain by `previous`.

    Of what lies below any fork, or in a chain without one, all does, whether or not the later one
    is here; on a branch, only what does by what is held.
    """
    device, lane, sequence, id = place
    _, _, last, head_id = head
    sql = "SELECT forked FROM chains WHERE community = ? AND lane = ? AND device = ?"
    fork = database.value(connection, sql, community, lane, device)
    if fork is None or sequence < fork:  # asked of every event of a device that speaks no more
        return True
    return any(
        id_on_line(connection, chain, run._replace(last=last), sequence) == id
        for chain in chains(connection, community, lane, device)
        for run in chain.runs
        if run.first <= last <= run.last and id_at(connection, run, last) == head_id
    )


def ids_at(
    connection: apsw.Connection, community: bytes, lane: int, device: bytes, sequence: int
) -> list[bytes]:
    """The ids of all events at a place of a chain: several where it has forked."""
    found = database.rows(
        connection,
        "SELECT e.header, e.signature FROM chains c CROSS JOIN runs r ON r.chain = c.number"
        " CROSS JOIN events e ON e.run = r.number AND e.sequence = ?4"
        " WHERE c.community = ?1 AND c.lane = ?2 AND c.device = ?3"
        " AND r.first <= ?4 AND r.last >= ?4",
        community,
        lane,
        device,
        sequence,
    )
    return [event_id(header, signature) for header, signature in found]


def read(connection: apsw.Connection, run: int, first: int, last: int) -> Iterator[Served]:
    """The events of a run from one place to another, in pages."""
    while first <= last:
        page = database.rows(
            connection,
            f"SELECT header, signature, payload, flags & {VERIFIED} FROM events"
            " WHERE run = ? AND sequence BETWEEN ? AND ? ORDER BY sequence",
            run,
            first,
            min(last, first + PAGE - 1),
        )
        if not page:
            return
        yield from map(_served, page)
        first += PAGE


def ids(connection: apsw.Connection, community: bytes, lane: int) -> Iterator[tuple[int, bytes]]:
    """Lamport time and id of every event of a lane that is compared, ascending.

    Left out is what lies below a place from which on chains are compared (`anchors`).

    Cost: the events of the lane are read once for every `SORTED` of them, and each once more.
    """
    last: tuple[int, ...] = (-1, 0, 0, 0)
    group: list[bytes] = []  # ids that are alike in their first 8 bytes: not yet in order
    more = True
    while more:
        more = False
        for number, place in enumerate(_in_order(connection, community, lane, last), 1):
            if group and place[:3] != last[:3]:
                yield from ((last[0], id) for id in sorted(group))
                group.clear()
            last = place
            row = database.one(
                connection, "SELECT header, signature FROM events WHERE arrival = ?", place[3]
            )
            group.append(event_id(*row))
            more = number == SORTED
    yield from ((last[0], id) for id in sorted(group))


def _in_order(
    connection: apsw.Connection, community: bytes, lane: int, after: tuple[int, ...]
) -> Iterator[tuple[int, int, int, int]]:
    """The next events by Lamport time and the beginning of the id, which is a signed number:
    Lamport time, 1 for the higher half of ids, beginning, arrival."""
    return database.each(
        connection,
        "SELECT e.lamport, e.prefix < 0, e.prefix, e.arrival FROM chains c"
        " CROSS JOIN runs r ON r.chain = c.number CROSS JOIN events e ON e.run = r.number"
        " LEFT JOIN floors f ON f.chain = c.number"
        " WHERE c.community = ? AND c.lane = ? AND e.sequence >= coalesce(f.sequence, 0)"
        " AND (e.lamport, e.prefix < 0, e.prefix, e.arrival) > (?, ?, ?, ?)"
        " ORDER BY 1, 2, 3, 4 LIMIT ?",
        community,
        lane,
        *after,
        SORTED,
    )


def find(
    connection: apsw.Connection, community: bytes, lane: int, beginning: bytes
) -> list[tuple[bytes, int, int, bytes]]:
    """Device, run, sequence and id of the events whose ids begin with these 8 bytes."""
    found = database.rows(
        connection,
        "SELECT c.device, e.run, e.sequence, e.header, e.signature FROM events e"
        " CROSS JOIN runs r ON r.number = e.run CROSS JOIN chains c ON c.number = r.chain"
        " WHERE e.prefix = ? AND c.community = ? AND c.lane = ?",
        int.from_bytes(beginning, "big", signed=True),
        community,
        lane,
    )
    return [(*place, event_id(header, signature)) for *place, header, signature in found]
