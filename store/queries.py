"""Reading events: by id, by its first digits, and by what they are about."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.store import database, ids
from hearth.store.erasures import ERASE, ERASED, HAS_REFS, VERIFIED
from hearth.store.event import Event, event_id
from hearth.store.header import lists, parse, scan

if TYPE_CHECKING:
    import apsw

_BARE: Final = 1024
_PAGE: Final = 256
_RARE: Final = 8
"""What is less than this part of a log is gathered chain by chain."""
_JOINED: Final = (
    " FROM events e CROSS JOIN runs r ON r.number = e.run CROSS JOIN chains c ON c.number = r.chain"
)
_COLUMNS: Final = (
    "SELECT e.header, e.signature, e.payload, e.arrival, e.flags, r.rooted,"
    " c.forked IS NOT NULL AND c.forked <= e.sequence" + _JOINED
)
_SHOWN: Final = ("e.lamport", "c.device", "c.lane", "e.sequence", "e.prefix < 0", "e.prefix")


class Selection(NamedTuple):
    """What to select events by; None means any."""

    community: bytes | None
    lane: int | None
    kinds: tuple[int, ...] | None
    device: bytes | None
    after: int

    def where(self) -> tuple[str, list[Any]]:
        """All conditions but `after`."""
        where, values = self.whose()
        if self.kinds is not None:
            where += f" AND e.kind IN ({', '.join('?' * len(self.kinds))})"
            values += self.kinds
        return where, values

    def whose(self) -> tuple[str, list[Any]]:
        """The conditions on chains."""
        where, values = "", list[Any]()
        for column, value in (
            ("c.community", self.community),
            ("c.lane", self.lane),
            ("c.device", self.device),
        ):
            if value is not None:
                where += f" AND {column} = ?"
                values.append(value)
        return where, values


def _event(row: tuple[Any, ...]) -> Event:
    header, signature, payload, arrival, flags, rooted, forked = row
    return tuple.__new__(  # a named tuple without a call into Python
        Event,
        (
            event_id(header, signature),
            parse(header),
            signature,
            payload,
            arrival,
            not rooted,
            bool(forked),
            bool(flags & VERIFIED),
            bool(flags & ERASED),
        ),
    )


def by_id(connection: apsw.Connection, id: bytes) -> Event | None:
    """The event with this id. Two events may share the first 8 bytes of it, never all."""
    prefix = int.from_bytes(id[:8], "big", signed=True)
    for row in database.rows(connection, _COLUMNS + " WHERE e.prefix = ?", prefix):
        if event_id(row[0], row[1]) == id:
            return _event(row)
    return None


def with_prefix(connection: apsw.Connection, prefix: str) -> list[bytes]:
    """At least two, if there are so many, of the ids that begin with these digits."""
    low, high = (int.from_bytes(bound[:8], "big", signed=True) for bound in ids.bounds(prefix))
    found: list[bytes] = []
    for header, signature in connection.execute(
        "SELECT header, signature FROM events WHERE prefix BETWEEN ? AND ?", (low, high)
    ):
        id = event_id(header, signature)
        if id.hex().startswith(prefix):
            found.append(id)
        if len(found) > 3:
            break
    return found


def select(
    connection: apsw.Connection,
    selection: Selection,
    order: str,
    reverse: bool,
    limit: int | None,
) -> Iterator[Event]:
    """The events selected, in pages: no statement stays open between two of them."""
    if order == "shown":
        events = _shown(connection, selection, reverse, limit)
    elif order == "arrival":
        events = _arrived(connection, selection, reverse, whole=limit is None)
    else:
        raise ValueError(f"no order {order!r}")
    return events if limit is None else islice(events, limit)


def _arrived(
    connection: apsw.Connection, selection: Selection, reverse: bool, *, whole: bool
) -> Iterator[Event]:
    where, values = selection.where()
    direction = "DESC" if reverse else "ASC"
    # Of two lower bounds SQLite would seek to one, and walk from there to the other.
    query = (
        f"{_COLUMNS} WHERE e.arrival > ? AND e.arrival < ?{where}"
        f" ORDER BY e.arrival {direction} LIMIT ?"
    )
    low, high = selection.after, 1 << 62
    few = _few(connection, selection, reverse) if whole else None
    if few is not None:
        low, arrivals = few
        yield from numbered(connection, arrivals)
        if reverse:
            return
    page = 8  # most who ask for one event take one; whoever goes on gets larger pages
    while True:
        with database.translated():
            rows = database.rows(connection, query, low, high, *values, page)
        yield from map(_event, rows)
        if len(rows) < page:
            return
        low, high = (low, rows[-1][3]) if reverse else (rows[-1][3], high)
        page = min(2 * page, _PAGE)


def _few(
    connection: apsw.Connection, selection: Selection, reverse: bool
) -> tuple[int, array[int]] | None:
    """The arrival numbers up to the last one, and which that is, where the chains that are asked
    for hold so little of the log that it is less work to gather them than to look through it."""
    whose, values = selection.whose()
    if not values:
        return None
    with database.translated():
        last: int = database.value(connection, "SELECT max(arrival) FROM events") or 0
        if last - selection.after <= _PAGE:
            return None
        held: int = database.value(
            connection,
            "SELECT coalesce(sum(r.last - r.first + 1), 0) FROM chains c"
            f" JOIN runs r ON r.chain = c.number WHERE 1{whose}",
            *values,
        )
        if held * _RARE >= last - selection.after:
            return None
        where, values = selection.where()
        arrivals = array("q")
        for (arrival,) in connection.execute(
            "SELECT e.arrival FROM chains c CROSS JOIN runs r ON r.chain = c.number"
            " CROSS JOIN events e ON e.run = r.number"
            f" WHERE e.arrival > ? AND e.arrival <= ?{where}"
            f" ORDER BY e.arrival {'DESC' if reverse else 'ASC'}",
            (selection.after, last, *values),
        ):
            arrivals.append(arrival)
    return last, arrivals


def _shown(
    connection: apsw.Connection, selection: Selection, reverse: bool, limit: int | None
) -> Iterator[Event]:
    where, values = selection.where()
    order = ", ".join(f"{column} {'DESC' if reverse else 'ASC'}" for column in _SHOWN)
    with database.translated():
        arrivals = array("q")
        for (arrival,) in connection.execute(
            f"SELECT e.arrival{_JOINED} WHERE e.arrival > ?{where} ORDER BY {order} LIMIT ?",
            (selection.after, *values, -1 if limit is None else limit),
        ):
            arrivals.append(arrival)
    yield from numbered(connection, arrivals)


def numbered(connection: apsw.Connection, arrivals: Sequence[int]) -> Iterator[Event]:
    """The events with these arrival numbers, in their order; those that there are. In pages."""
    for start in range(0, len(arrivals), _PAGE):
        page = arrivals[start : start + _PAGE]
        marks = ", ".join("?" * len(page))
        with database.translated():
            rows = database.rows(
                connection, f"{_COLUMNS} WHERE e.arrival IN ({marks})", *tuple(page)
            )
        found = {row[3]: row for row in rows}
        yield from (_event(found[arrival]) for arrival in page if arrival in found)


def records(
    connection: apsw.Connection, community: bytes, lane: int | None
) -> Iterator[tuple[bytes, bytes, bytes | None]]:
    """Header, signature and payload of every event, chain by chain, lanes by priority."""
    with database.translated():
        runs = database.rows(
            connection,
            "SELECT r.number, r.first FROM runs r JOIN chains c ON c.number = r.chain"
            " WHERE c.community = ?1 AND (?2 IS NULL OR c.lane = ?2)"
            " ORDER BY c.lane, c.device, r.first, r.number",
            community,
            lane,
        )
    for run, first in runs:
        after = first - 1
        while True:
            with database.translated():
                page = database.rows(
                    connection,
                    "SELECT header, signature, payload FROM events WHERE run = ? AND sequence > ?"
                    " ORDER BY sequence LIMIT ?",
                    run,
                    after,
                    _PAGE,
                )
            yield from page
            if len(page) < _PAGE:
                break
            after += _PAGE


def bare_branches(connection: apsw.Connection, community: bytes) -> list[bytes]:
    """Events of forked chains whose payloads never came, at most 1024: a proof of a fork brings
    its events without them. Cost: the events of forked chains from the fork on."""
    found = database.rows(
        connection,
        "SELECT e.header, e.signature FROM chains c CROSS JOIN runs r ON r.chain = c.number"
        " CROSS JOIN events e ON e.run = r.number AND e.sequence >= c.forked"
        " WHERE c.community = ? AND c.forked IS NOT NULL AND e.payload IS NULL"
        " AND NOT e.flags & ? LIMIT ?",
        community,
        ERASED,
        _BARE,
    )
    return [
        event_id(header, signature)
        for header, signature in found
        if scan(header).payload_hash is not None
    ]


def live_refs(connection: apsw.Connection) -> Iterator[bytes]:
    """The refs of events that still count for gc; read in pages."""
    last = 0
    while True:
        with database.translated():
            rows = database.rows(
                connection,
                "SELECT arrival, header FROM events WHERE arrival > ? AND flags & ? = ?"
                " AND kind <> ? ORDER BY arrival LIMIT ?",
                last,
                HAS_REFS | ERASED,
                HAS_REFS,
                ERASE,
                _PAGE,
            )
        for last, header in rows:  # noqa: B007
            yield from lists(header, scan(header))[1]
        if len(rows) < _PAGE:
            return


def own_broken(connection: apsw.Connection, device: bytes) -> bool:
    """Whether any chain of a device has forked or does not reach its beginning."""
    broken = database.value(
        connection,
        "SELECT 1 FROM chains c WHERE device = ? AND (forked IS NOT NULL OR EXISTS"
        " (SELECT 1 FROM runs r WHERE r.chain = c.number AND NOT r.rooted)) LIMIT 1",
        device,
    )
    return broken is not None


def fork_proofs(connection: apsw.Connection, community: bytes | None) -> list[bytes]:
    """The portable proofs of all forks held, of one community or of all."""
    found = database.rows(
        connection,
        "SELECT proof FROM fork_proofs JOIN chains ON number = chain"
        " WHERE ?1 IS NULL OR community = ?1 ORDER BY community, lane, device",
        community,
    )
    return [proof for (proof,) in found]
