"""Erasing payloads, and seeing to it that they stay erased.

Erasing takes the payload and leaves header and signature: which events exist never changes. It
is asked for by the author, with an event of kind 0 that names events of the same device and
community in `refs`; or by us, here only (redaction, expiry). What was asked for is remembered
by event id, so that a payload arriving later, or read back from a pack in a repair, is not
taken in.

Erased means gone from the row, from the database's pages and the WAL (`secure_delete`, and the
WAL is emptied after the commit) and, where it had been sealed into a pack, overwritten there
(`Transaction.erase_record`, `scrub`). `pending` says whether any of that is still to be done;
until it is not, nobody may report the payload as erased. What could not be read may hold a copy.

The control lane is never erased: who is a member must follow from it for ever, and an author could
otherwise take back his own admissions and removals by erasing them. That holds for the copy in a
pack too, which has no other name than the payload's hash: somebody who says the same bytes
elsewhere and erases them does not take them from the control event (`erase_records`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from hearth.store import database, held, unread
from hearth.store.event import event_id
from hearth.store.header import Lane, chain_parts, scan
from hearth.store.packs import RecordType

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction

ERASE: Final = 0
"""The kind that, in every lane, erases the payloads of the events in its `refs`."""
HERE: Final = b""
"""Stands for the device that asked where we did so ourselves."""
VERIFIED: Final = 1
ERASED: Final = 2
SEALED: Final = 4
HAS_REFS: Final = 8


def any_asked(connection: apsw.Connection) -> bool:
    """Whether there are erasures at all: usually not, which saves a query per event."""
    return connection.execute("SELECT 1 FROM erasures LIMIT 1").get is not None


def asked(connection: apsw.Connection, id: bytes, chain: bytes) -> bool:
    """Whether the payload of this event, of the chain of that name, is not to be held."""
    community, device, lane = chain_parts(chain)
    if lane == Lane.CONTROL:
        return False
    found = connection.execute(
        "SELECT 1 FROM erasures WHERE id = ? AND (device = x'' OR (device = ? AND community = ?))",
        (id, device, community),
    ).get
    return found is not None


def ask(tx: Transaction, ids: Iterable[bytes], community: bytes, device: bytes) -> int:
    """Erase the payloads of these events, those not yet here included; how many were here.

    With a device, only of that device's own events in that community. Never of control events.
    """
    erased = 0
    sealed: set[bytes] = set()
    for id in ids:
        tx.connection.execute(
            "INSERT OR IGNORE INTO erasures (id, device, community) VALUES (?, ?, ?)",
            (id, device, community),
        )
        erased += _erase_held(tx, id, community, device, sealed)
    erase_records(tx, sealed)
    return erased


def erase_records(tx: Transaction, payloads: Collection[bytes]) -> None:
    """Overwrite the payloads with these hashes in packs, but for those of control events."""
    if payloads:
        for payload in set(payloads) - _of_control(tx.connection):
            tx.erase_record(RecordType.PAYLOAD, payload)


def _of_control(connection: apsw.Connection) -> set[bytes]:
    """The hashes of the payloads of all control events."""
    hashes = (
        scan(header).payload_hash
        for (header,) in database.each(
            connection,
            "SELECT e.header FROM chains c CROSS JOIN runs r ON r.chain = c.number"
            " CROSS JOIN events e ON e.run = r.number WHERE c.lane = ?",
            Lane.CONTROL,
        )
    )
    return {payload for payload in hashes if payload is not None}


def _erase_held(
    tx: Transaction, id: bytes, community: bytes, device: bytes, sealed: set[bytes]
) -> bool:
    """Erase one payload in the table; where it is in a pack too, its hash is added to `sealed`."""
    for arrival, flags, header, signature, present in database.rows(
        tx.connection,
        "SELECT arrival, flags, header, signature, payload IS NOT NULL FROM events"
        " WHERE prefix = ?",
        int.from_bytes(id[:8], "big", signed=True),
    ):
        fields = scan(header)
        *whose, lane = chain_parts(fields.chain)
        if flags & ERASED or lane == Lane.CONTROL or event_id(header, signature) != id:
            continue
        if fields.payload_hash is None or (device != HERE and whose != [community, device]):
            continue
        if present:
            held.change(tx.connection, arrival, -fields.payload_length)
        tx.connection.execute(
            "UPDATE events SET payload = NULL, flags = (flags | ?) & ~? WHERE arrival = ?",
            (ERASED, SEALED, arrival),
        )
        if flags & SEALED:
            sealed.add(fields.payload_hash)
        tx.erases()
        return True
    return False


def pending(connection: apsw.Connection) -> bool:
    """Whether something erased is still to be overwritten in a pack or in the WAL."""
    listed = connection.execute("SELECT 1 FROM scrubs LIMIT 1").get is not None
    return listed or bool(unread.marked(connection))
