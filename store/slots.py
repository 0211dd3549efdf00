"""Slots: small signed statements of which only the newest counts.

A device states something under (community, kind, name) and may replace it: the statement with
the higher counter counts. Manifests, prekeys, receipts and presence are slots; the log is for
what has happened, a slot for what is so.

    statement = canonical CBOR array
        0 version  1                      5 counter  from 1
        1 community  32 bytes             6 expires  unix seconds, or null
        2 device  32 bytes                7 body     bytes, at most 16 KiB
        3 kind    uint < 2^32             8 refs     0 to 64 ids of objects it needs, no two equal
        4 name    0 to 64 bytes
    id        = BLAKE3(statement ‖ signature)
    signature = Ed25519 by the device key over  "hearth/slot/1\\0" ‖ statement

Two statements with the same counter should not exist. Where they do, the one with the lower id
counts, everywhere, and the pair proves that somebody holds the device's key twice (a restored
backup, a thief):

    proof = [1, [statement, signature], [statement, signature]]    lower id first
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from blake3 import blake3

from hearth.store import cbor, database
from hearth.store.errors import CorruptError, HearthError, NewerFormatError
from hearth.store.event import SignatureError, Signer, check_device, event_id, verifies
from hearth.store.header import is_newer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.store import Store

LABEL: Final = b"hearth/slot/1\0"
DIGEST_LABEL: Final = b"hearth/slots/1\0"
VERSION: Final = 1
MAX_BODY: Final = 16 * 1024
MAX_NAME: Final = 64
MAX_REFS: Final = 64
QUOTA: Final = 1024
"""Slots held per device and community: of more, those that come first by kind and name. So what is
held does not depend on what came first, and no device can keep two nodes from agreeing."""
MAX_STATEMENT: Final = 20 * 1024
MAX_KIND: Final = 2**32 - 1


class SlotError(CorruptError, code="bad-slot"):
    """Bytes that are not a slot's statement, or not a proof that one has forked."""


class SlotQuotaError(HearthError, code="slot-quota"):
    """A device has as many slots here as one may have."""


class NewerSlotError(NewerFormatError, code="newer-slot"):
    """A statement of a later version of the format."""


class Outcome(Enum):
    """What became of a statement that was put."""

    NEWER = "newer"
    """It counts now."""
    OLDER = "older"
    """One with a higher counter is here: nothing has changed."""
    SAME = "same"
    """It was here already."""
    FORKED = "forked"
    """Another one with the same counter is here; the lower id counts, the proof is kept."""


class Slot(NamedTuple):
    """A statement. `expires` is unix seconds or None; whose clock judges it is not said here."""

    community: bytes
    device: bytes
    kind: int
    name: bytes
    counter: int
    expires: int | None
    body: bytes
    refs: tuple[bytes, ...]
    id: bytes
    statement: bytes
    signature: bytes


def encode(
    community: bytes,
    device: bytes,
    kind: int,
    name: bytes,
    counter: int,
    expires: int | None,
    body: bytes,
    refs: Sequence[bytes] = (),
) -> bytes:
    """The bytes of a statement. Raises ValueError beyond a limit."""
    fields = [VERSION, community, device, kind, name, counter, expires, body, list(refs)]
    try:
        _check(fields)
    except SlotError as error:
        raise ValueError(error.message) from None
    return cbor.encode(fields, max_size=MAX_STATEMENT)


def parse(statement: bytes, signature: bytes) -> Slot:
    """Check a statement and its signature. Raises SlotError, SignatureError, NewerSlotError,
    and DeviceKeyError for a device id that is no proper key."""
    if is_newer(statement):
        raise NewerSlotError("a slot of a later version of the format")
    try:
        fields = cbor.decode(statement, max_size=MAX_STATEMENT, max_depth=2, max_items=80)
    except cbor.CborError as error:
        raise SlotError(f"bad slot: {error.message}") from error
    slot = _check(fields)
    check_device(slot[1])
    if not verifies(slot[1], LABEL, statement, signature):
        raise SignatureError("the signature of the slot is wrong")
    return Slot(*slot, event_id(statement, signature), statement, signature)


_Fields = tuple[bytes, bytes, int, bytes, int, "int | None", bytes, tuple[bytes, ...]]


def _check(fields: object) -> _Fields:
    """The fields of a statement, or SlotError."""
    if not isinstance(fields, list) or len(fields) != 9 or not _is_number(fields[0], 1, VERSION):
        raise SlotError("bad slot: not an array of nine items of version 1")
    _, community, device, kind, name, counter, expires, body, refs = fields
    right = (
        _is_id(community)
        and _is_id(device)
        and _is_number(kind, 0, MAX_KIND)
        and _is_bytes(name, MAX_NAME)
        and _is_number(counter, 1, cbor.MAX_INT)
        and (expires is None or _is_number(expires, 0, cbor.MAX_INT))
        and _is_bytes(body, MAX_BODY)
        and isinstance(refs, list)
        and len(refs) <= MAX_REFS
        and all(_is_id(ref) for ref in refs)
        and len(set(refs)) == len(refs)
    )
    if not right:
        raise SlotError("bad slot: a field is out of bounds or of the wrong type")
    return community, device, kind, name, counter, expires, body, tuple(refs)


def _is_id(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 32


def _is_bytes(value: object, limit: int) -> bool:
    return isinstance(value, bytes) and len(value) <= limit


def _is_number(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def read_proof(data: bytes) -> tuple[Slot, Slot]:
    """Check a proof that a slot has forked; the lower id first. Raises SlotError and the errors
    of `parse`."""
    try:
        value = cbor.decode(data)
    except cbor.CborError as error:
        raise SlotError(f"bad slot proof: {error.message}") from error
    if not isinstance(value, list) or len(value) != 3 or not _is_number(value[0], 1, VERSION):
        raise SlotError("bad slot proof: not an array of three items of version 1")
    low, high = (_side(side) for side in value[1:])
    if low[:5] != high[:5] or low.id >= high.id:
        raise SlotError("bad slot proof: not one slot and counter, or not the lower id first")
    return low, high


def _side(side: cbor.Value) -> Slot:
    if isinstance(side, list) and len(side) == 2:
        statement, signature = side
        if isinstance(statement, bytes) and isinstance(signature, bytes):
            return parse(statement, signature)
    raise SlotError("bad slot proof: a side is not a statement and its signature")


_KEY: Final = "community = ? AND device = ? AND kind = ? AND name = ?"


class Slots:
    """The slots of a store. One per open store; one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def _connection(self) -> apsw.Connection:
        return self._store.connection

    def state(
        self,
        tx: Transaction,
        signer: Signer,
        community: bytes,
        kind: int,
        name: bytes = b"",
        body: bytes = b"",
        *,
        expires: int | None = None,
        refs: Sequence[bytes] = (),
    ) -> Slot:
        """Sign a statement that replaces the signer's last one, and keep it.

        Counts once the transaction has committed. Raises ValueError beyond a limit, and
        SlotQuotaError.
        """
        held = self._held(community, signer.device, kind, name)
        if held is None and self._count(community, signer.device) >= QUOTA:
            raise SlotQuotaError(f"this device has {QUOTA} slots already")
        counter = 1 if held is None else held.counter + 1
        statement = encode(community, signer.device, kind, name, counter, expires, body, refs)
        slot = parse(statement, signer.sign(LABEL + statement))
        self._keep(tx, slot)
        return slot

    def put(self, tx: Transaction, statement: bytes, signature: bytes) -> Outcome:
        """Take in a statement made elsewhere. Raises what `parse` raises, and SlotQuotaError.

        Where the quota is full, a slot that comes before another one takes the place of the last.
        """
        slot = parse(statement, signature)
        held = self._held(*slot[:4])
        if held is None and self._count(slot.community, slot.device) >= QUOTA:
            self._make_room(tx, slot)
        if held is None or slot.counter > held.counter:
            self._keep(tx, slot)
            return Outcome.NEWER
        if slot.id == held.id:
            return Outcome.SAME
        if slot.counter < held.counter:
            return Outcome.OLDER
        pair = sorted((slot, held), key=lambda each: each.id)
        proof = cbor.encode([VERSION, *([each.statement, each.signature] for each in pair)])
        tx.connection.execute(
            "INSERT OR IGNORE INTO slot_forks VALUES (?, ?, ?, ?, ?)", (*slot[:4], proof)
        )
        if slot.id < held.id:
            self._keep(tx, slot)
        return Outcome.FORKED

    def drop(self, tx: Transaction, slot: Slot) -> None:
        """Forget a statement here, if it is still the one that counts.

        Peers that hold it bring it again: not for what has merely expired.
        """
        tx.connection.execute(f"DELETE FROM slots WHERE {_KEY} AND id = ?", (*slot[:4], slot.id))

    def get(self, community: bytes, device: bytes, kind: int, name: bytes = b"") -> Slot | None:
        """The statement that counts, expired or not; None if there is none."""
        with database.translated():
            return self._held(community, device, kind, name)

    def all(
        self, community: bytes | None = None, kind: int | None = None, device: bytes | None = None
    ) -> Iterator[Slot]:
        """Every statement that counts and matches, by community, device, kind and name."""
        with database.translated():
            rows = database.rows(
                self._connection,
                "SELECT statement, signature FROM slots WHERE (?1 IS NULL OR community = ?1)"
                " AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR device = ?3)"
                " ORDER BY community, device, kind, name",
                community,
                kind,
                device,
            )
        return (_trusted(*row) for row in rows)

    def proofs(self, community: bytes) -> list[bytes]:
        """The portable proofs of slots that have forked."""
        with database.translated():
            rows = database.rows(
                self._connection,
                "SELECT proof FROM slot_forks WHERE community = ? ORDER BY device, kind, name",
                community,
            )
        return [proof for (proof,) in rows]

    def digest(self, community: bytes) -> bytes:
        """BLAKE3 over label, community, and of each slot that counts device, kind (4 bytes),
        length of the name (1 byte), name, counter (8 bytes) and id, ordered by the first four."""
        hasher = blake3(DIGEST_LABEL + community)
        with database.translated():
            for device, kind, name, counter, id in database.rows(
                self._connection,
                "SELECT device, kind, name, counter, id FROM slots WHERE community = ?"
                " ORDER BY device, kind, length(name), name",
                community,
            ):
                numbers = kind.to_bytes(4, "big") + bytes((len(name),))
                hasher.update(device + numbers + name + counter.to_bytes(8, "big") + id)
        return hasher.digest()

    def live_refs(self) -> Iterator[bytes]:
        """What gc must keep because a slot that counts refers to it."""
        for slot in self.all():
            yield from slot.refs

    def _held(self, community: bytes, device: bytes, kind: int, name: bytes) -> Slot | None:
        rows = database.rows(
            self._connection,
            f"SELECT statement, signature FROM slots WHERE {_KEY}",
            community,
            device,
            kind,
            name,
        )
        return _trusted(*rows[0]) if rows else None

    def _make_room(self, tx: Transaction, slot: Slot) -> None:
        """Forget the device's last slot, with the proof of its fork, or refuse this one."""
        kind, name = database.one(
            tx.connection,
            "SELECT kind, name FROM slots WHERE community = ? AND device = ?"
            " ORDER BY kind DESC, length(name) DESC, name DESC",
            slot.community,
            slot.device,
        )
        if (slot.kind, len(slot.name), slot.name) > (kind, len(name), name):
            raise SlotQuotaError(f'device "{slot.device.hex()[:12]}" has too many slots')
        for table in ("slots", "slot_forks"):
            tx.connection.execute(
                f"DELETE FROM {table} WHERE {_KEY}", (slot.community, slot.device, kind, name)
            )

    def _count(self, community: bytes, device: bytes) -> int:
        number: int = database.value(
            self._connection,
            "SELECT count(*) FROM slots WHERE community = ? AND device = ?",
            community,
            device,
        )
        return number

    def _keep(self, tx: Transaction, slot: Slot) -> None:
        tx.connection.execute(
            "INSERT OR REPLACE INTO slots VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*slot[:5], slot.id, slot.statement, slot.signature),
        )
        tx.touch(slot.refs)


def _trusted(statement: bytes, signature: bytes) -> Slot:
    """A statement that was checked when it came in."""
    fields = cbor.decode(statement, max_size=MAX_STATEMENT, max_depth=2, max_items=80)
    return Slot(*_check(fields), event_id(statement, signature), statement, signature)
