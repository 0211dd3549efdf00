"""The log comes back: from segments and payloads in packs, and what a lost database still gives.

Erasures come first, those of all segments, before any payload is taken in. A segment is believed
no more than a stranger: its events go through `importer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hearth.store import database, erasures, segments, slots, unread
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError, HearthError, NotFoundError
from hearth.store.event import LABEL, event_id, verifies
from hearth.store.header import chain_parts, lists, scan
from hearth.store.packs import RecordType
from hearth.store.segments import Segment

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.log import Log, Record
    from hearth.store.salvage import Lost
    from hearth.store.store import Store


def rebuild(log: Log, store: Store, tx: Transaction, lost: Lost | None) -> int:
    """Take in all events, erasures and slots that packs and a lost database still give.

    Erasures first; then what segments hold, with the payloads that are not erased; then what
    can still be read of the lost database. Nothing is believed: everything is verified as if
    a stranger had brought it. So a control event whose payload is lost is lost with it: what
    follows it lies beyond a gap until a peer brings both. Returns how many events there are then.
    """
    if lost is not None:
        _erasures_of(tx, lost)
    take_in(log, store, tx)
    tx.connection.execute(
        "UPDATE events SET flags = flags | ? WHERE payload IS NOT NULL", (erasures.SEALED,)
    )
    events: int = database.value(tx.connection, "SELECT count(*) FROM events")
    tx.connection.execute("INSERT OR REPLACE INTO log_meta VALUES (?, ?)", (segments.MARK, events))
    if lost is not None:
        _take_back(log, tx, lambda: _lost_events(lost))
        _lost_slots(store, tx, lost)
    total: int = database.value(tx.connection, "SELECT count(*) FROM events")
    return total


def take_in(log: Log, store: Store, tx: Transaction) -> int:
    """Take in what segments hold and is not here yet, erasures first; how many events there are."""
    for segment in _segments(store):
        _erase_first(tx, segment)
    _take_back(log, tx, lambda: _records(store, tx))
    total: int = database.value(tx.connection, "SELECT count(*) FROM events")
    return total


def _take_back(log: Log, tx: Transaction, records: Callable[[], Iterator[Record]]) -> None:
    """Import all that can be proved: again, while it helps, as a later one may be the proof."""
    while True:
        report = log.import_events(tx, records(), patient=True)
        if not (report.refused and report.accepted):
            return


def _segments(store: Store) -> Iterator[Segment]:
    """Every segment that can be read; a damaged one is on the want-list then."""
    for id in list(store.record_ids(RecordType.SEGMENT)):
        try:
            segment = segments.decode(_read(store, RecordType.SEGMENT, id) or b"")
        except CorruptError:
            continue
        yield segment


def _erase_first(tx: Transaction, segment: Segment) -> None:
    """Remember what segments say is erased: listed, or asked for by a verified event."""
    tx.connection.executemany(
        "INSERT OR IGNORE INTO erasures VALUES (?, ?, ?, 1)", segment.erasures
    )
    for header, signature in segment.events:
        try:
            fields = scan(header)
        except HearthError:
            continue
        community, device, _ = chain_parts(fields.chain)
        if fields.kind == erasures.ERASE and verifies(device, LABEL, header, signature):
            tx.connection.executemany(
                "INSERT OR IGNORE INTO erasures VALUES (?, ?, ?, 1)",
                [(ref, device, community) for ref in lists(header, fields)[1]],
            )


def _records(store: Store, tx: Transaction) -> Iterator[Record]:
    """What segments hold, with those payloads that may come back."""
    for segment in _segments(store):
        for header, signature in segment.events:
            try:
                fields = scan(header)
            except HearthError:
                continue
            payload = None
            if fields.payload_hash is not None and not erasures.asked(
                tx.connection, event_id(header, signature), fields.chain
            ):
                payload = _read(store, RecordType.PAYLOAD, fields.payload_hash)
            yield header, signature, payload


def _read(store: Store, type: RecordType, id: bytes) -> bytes | None:
    """A record's bytes; None if it is damaged, or cannot be read now: then its pack is marked."""
    try:
        return store.read_record(type, id)
    except (CorruptError, NotFoundError):
        return None
    except DiskError:
        place = store.objects.locate(type, id)
        if place is not None and place.pack is not None:
            unread.mark(store.connection, place.pack)
        return None


def _erasures_of(tx: Transaction, lost: Lost) -> None:
    for row in lost.rows("erasures", "id, device, community"):
        if all(isinstance(part, bytes) for part in row) and len(row[0]) == 32:
            tx.connection.execute("INSERT OR IGNORE INTO erasures VALUES (?, ?, ?, 0)", row)


def _lost_events(lost: Lost) -> Iterator[Record]:
    for header, signature, payload in lost.rows("events", "header, signature, payload"):
        if isinstance(header, bytes) and isinstance(signature, bytes):
            yield header, signature, payload if isinstance(payload, bytes) else None


def _lost_slots(store: Store, tx: Transaction, lost: Lost) -> None:
    for statement, signature in lost.rows("slots", "statement, signature"):
        if isinstance(statement, bytes) and isinstance(signature, bytes):
            try:
                store.slots.put(tx, statement, signature)
            except HearthError:
                continue
    for (proof,) in lost.rows("slot_forks", "proof"):
        if isinstance(proof, bytes):
            try:
                slot, _ = slots.read_proof(proof)
            except HearthError:
                continue
            tx.connection.execute(
                "INSERT OR IGNORE INTO slot_forks VALUES (?, ?, ?, ?, ?)", (*slot[:4], proof)
            )
