"""Segments: what brings the log back when hearth.db is lost.

Every thousand events, at the end of bulk work and at gc, committed events are also written to
packs: a run of headers and signatures as one record of type 2, each payload as a record of
type 3, so that it can be overwritten alone when it is erased. Sealing follows the commit and
never precedes it: an event that was never committed must not come back by a repair.

    segment = [1, [header, signature, header, signature, …], [erasure, …]]     canonical CBOR
    erasure = [event id, device, community]

of at most 1000 events and 2 MiB. The erasures are those asked for since the last segment:
device and community are of the event of kind 0 that asked, or empty where it was done here
only. How they come back: `rebuilding`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.store import cbor, database, dropping, erasures, unread
from hearth.store.errors import CorruptError
from hearth.store.header import scan
from hearth.store.packs import RecordType

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Batch, Transaction
    from hearth.store.store import Store

VERSION: Final = 1
EVENTS: Final = 1000
BYTES: Final = 2 << 20
ERASURES: Final = 256
MAX_SIZE: Final = 4 << 20
HELD: Final = 64 << 10
"""Bytes of payloads in memory at once while they are copied, unless one is longer."""
MARK: Final = "sealed"  # in log_meta: the arrival number of the last event sealed


class SegmentError(CorruptError, code="bad-segment"):
    """Bytes that are not a segment."""


class Segment(NamedTuple):
    """Headers with their signatures, and erasures as (event id, device, community)."""

    events: list[tuple[bytes, bytes]]
    erasures: list[tuple[bytes, bytes, bytes]]


def encode(segment: Segment) -> bytes:
    """The bytes of a segment."""
    flat = [part for event in segment.events for part in event]
    return cbor.encode(
        [VERSION, flat, [list(erasure) for erasure in segment.erasures]], max_size=MAX_SIZE
    )


def decode(data: bytes) -> Segment:
    """Read a segment; its events are not checked. Raises SegmentError and nothing else."""
    try:
        value = cbor.decode(data, max_size=MAX_SIZE, max_depth=3)
    except cbor.CborError as error:
        raise SegmentError(f"bad segment: {error.message}") from error
    match value:
        case [1 as one, list() as flat, list() as asked] if one is not True and not len(flat) % 2:
            if all(isinstance(part, bytes) for part in flat) and all(map(_is_erasure, asked)):
                pairs: Any = zip(flat[::2], flat[1::2], strict=True)
                return Segment(list(pairs), [tuple(erasure) for erasure in asked])
    raise SegmentError("bad segment: not a segment of version 1")


def _is_erasure(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(part, bytes) for part in value)
        and len(value[0]) == 32
    )


# sealing


def sealed(connection: apsw.Connection) -> int:
    """The arrival number up to which events are in packs too."""
    return _noted(connection, MARK)


def _noted(connection: apsw.Connection, key: str) -> int:
    noted: int | None = database.value(connection, "SELECT value FROM log_meta WHERE key = ?", key)
    return noted or 0


def unsealed(connection: apsw.Connection) -> int:
    """How many events are in hearth.db only."""
    highest: int = database.value(connection, "SELECT max(arrival) FROM events") or 0
    return highest - sealed(connection)


def seal(store: Store, at_least: int = 1) -> int:
    """Write what is in hearth.db only to packs, if it is `at_least` so many events.

    Returns how many events were sealed. Each segment is a commit of its own, so being killed
    costs nothing. Raises what `Store.batch` raises.
    """
    done = 0
    with database.translated():
        damaged = _damaged(store.connection)
        if unsealed(store.connection) < at_least and not (damaged or _leftovers(store.connection)):
            return 0
    with store.batch() as batch:
        if damaged:
            _give_up(batch, damaged)
        while count := _seal_one(store, batch):
            done += count
        _seal_late(store, batch)
    return done


def _leftovers(connection: apsw.Connection) -> bool:
    """Erasures and late payloads that wait for the next sealing."""
    return bool(
        database.value(connection, "SELECT 1 FROM erasures WHERE sealed = 0 LIMIT 1")
        or database.value(connection, "SELECT 1 FROM late_payloads LIMIT 1")
    )


def _damaged(connection: apsw.Connection) -> dict[bytes, int]:
    """Segments and payloads whose copy in a pack is damaged, with their record type."""
    return dict(
        database.rows(
            connection,
            "SELECT id, type FROM damaged WHERE type IN (?, ?)",
            RecordType.SEGMENT,
            RecordType.PAYLOAD,
        )
    )


def _give_up(batch: Batch, damaged: dict[bytes, int]) -> None:
    """Have what damaged records held sealed again: hearth.db holds it all.

    Which events a damaged segment held cannot be told, so all segments are written anew. A
    payload goes by its own place; one that no event has any more is forgotten, unless there may be
    events that could not be read.
    """
    with batch.transaction() as tx:
        execute = tx.connection.execute
        orphans = {id for id, type in damaged.items() if type == RecordType.PAYLOAD}
        for arrival, header in database.rows(
            tx.connection, "SELECT arrival, header FROM events WHERE payload IS NOT NULL"
        ):
            payload_hash = scan(header).payload_hash
            if payload_hash in damaged:
                orphans.discard(payload_hash)
                execute("INSERT OR IGNORE INTO late_payloads VALUES (?)", (arrival,))
        for id in () if unread.marked(tx.connection) else orphans:
            tx.erase_record(RecordType.PAYLOAD, id)
            execute("DELETE FROM damaged WHERE id = ?", (id,))
        if RecordType.SEGMENT in damaged.values():
            execute("DELETE FROM damaged WHERE type = ?", (RecordType.SEGMENT,))
            execute("DELETE FROM records WHERE type = ?", (RecordType.SEGMENT,))
            execute("DELETE FROM log_meta WHERE key = ?", (MARK,))
            execute("UPDATE erasures SET sealed = 0")


def _seal_one(store: Store, batch: Batch) -> int:
    with database.translated():
        mark = sealed(store.connection)
        rows = _next_events(store.connection, mark)
        asked = database.rows(
            store.connection,
            "SELECT id, device, community FROM erasures WHERE sealed = 0 LIMIT ?",
            ERASURES,
        )
    if not rows and not asked:
        return 0
    segment = Segment([(header, signature) for _, header, signature, _ in rows], asked)
    batch.put_record(RecordType.SEGMENT, encode(segment))
    _put_payloads(store, batch, rows)
    with batch.transaction() as tx:
        if sealed(tx.connection) == mark:  # else another process has just done the same
            tx.connection.execute(
                "INSERT OR REPLACE INTO log_meta VALUES (?, ?)",
                (MARK, rows[-1][0] if rows else mark),
            )
        tx.connection.executemany(
            "UPDATE erasures SET sealed = 1 WHERE id = ? AND device = ? AND community = ?", asked
        )
        _note_payloads(tx, rows)
    return len(rows) or len(asked)


def _next_events(connection: apsw.Connection, mark: int) -> list[tuple[Any, ...]]:
    """The next events to seal, as (arrival, header, signature, bytes of payload or None)."""
    rows = []
    size = 0
    for row in database.rows(
        connection,
        "SELECT arrival, header, signature, length(payload) FROM events WHERE arrival > ?"
        " ORDER BY arrival LIMIT ?",
        mark,
        EVENTS,
    ):
        size += len(row[1]) + len(row[2]) + 8
        if size > BYTES:
            break
        rows.append(row)
    return rows


def _put_payloads(store: Store, batch: Batch, rows: list[tuple[Any, ...]]) -> None:
    """Copy the payloads of these events to a pack, a few at a time: together they may be large."""
    for some in _few(rows):
        sql = f"SELECT payload FROM events WHERE arrival IN ({', '.join('?' * len(some))})"
        with database.translated():
            payloads = database.rows(store.connection, sql, *some)
        for (payload,) in payloads:
            if payload is not None:  # else it has been erased meanwhile
                batch.put_record(RecordType.PAYLOAD, payload)


def _few(rows: list[tuple[Any, ...]]) -> Iterator[list[int]]:
    """Arrival numbers of those whose payload is here: as many as have some 64 KiB, or one."""
    some: list[int] = []
    size = 0
    for arrival, _, _, length in rows:
        if length is None:
            continue
        if some and (size + length > HELD or len(some) == 100):
            yield some
            some, size = [], 0
        some.append(arrival)
        size += length
    if some:
        yield some


def _note_payloads(tx: Transaction, rows: list[tuple[Any, ...]]) -> None:
    """Say that payloads are in a pack; those erased meanwhile must not stay there."""
    erased = set()
    for arrival, header, _, length in rows:
        if length is None:
            continue
        tx.connection.execute(
            "UPDATE events SET flags = flags | ? WHERE arrival = ? AND payload IS NOT NULL",
            (erasures.SEALED, arrival),
        )
        payload_hash = scan(header).payload_hash
        if not tx.connection.changes() and payload_hash is not None:
            erased.add(payload_hash)
    erasures.erase_records(tx, erased)


def _seal_late(store: Store, batch: Batch) -> None:
    """Payloads that came after their events had been sealed."""
    while True:
        with database.translated():
            rows = database.rows(
                store.connection,
                "SELECT e.arrival, e.header, e.signature, length(e.payload)"
                " FROM late_payloads l JOIN events e ON e.arrival = l.arrival LIMIT ?",
                EVENTS,
            )
        if not rows:
            return
        _put_payloads(store, batch, rows)
        with batch.transaction() as tx:
            _note_payloads(tx, rows)
            tx.connection.executemany(
                "DELETE FROM late_payloads WHERE arrival = ?", [(row[0],) for row in rows]
            )


# after dropping


def rewrite(store: Store) -> int:
    """Write segments anew after events were dropped (`dropping`), and overwrite the old ones.

    Until then, and if it is cut off, the old ones are whole, and a repair would bring back what was
    dropped, which does no harm. Returns how many segments are gone. To be called after `seal`.
    """
    with database.translated():
        dropped = _noted(store.connection, dropping.MARK)
        if not dropped:
            return 0
        until = sealed(store.connection)
        old = {
            id
            for (id,) in database.rows(
                store.connection, "SELECT id FROM records WHERE type = ?", RecordType.SEGMENT
            )
        }
    with store.batch() as batch:
        new = {
            batch.put_record(RecordType.SEGMENT, encode(segment))
            for segment in _all_sealed(store, until)
        }
        with batch.transaction() as tx:
            for id in sorted(old - new):
                tx.erase_record(RecordType.SEGMENT, id)
            tx.connection.execute(
                "DELETE FROM log_meta WHERE key = ? AND value = ?", (dropping.MARK, dropped)
            )
    return len(old - new)


def _all_sealed(store: Store, until: int) -> Iterator[Segment]:
    """Everything that segments must say: events up to an arrival number, and all erasures."""
    with database.translated():
        asked = database.rows(
            store.connection, "SELECT id, device, community FROM erasures WHERE sealed"
        )
    after = 0
    while after < until or asked:
        with database.translated():
            rows = [row for row in _next_events(store.connection, after) if row[0] <= until]
        after = rows[-1][0] if rows else until
        events = [(header, signature) for _, header, signature, _ in rows]
        if events or asked:
            yield Segment(events, asked[:ERASURES])
        asked = asked[ERASURES:]
