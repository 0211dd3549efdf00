"""A replica over a store: what `replica` asks, answered from the log, the slots and the objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth.store import anchors, begun, database, digests, queries, servable, served
from hearth.store.bulk import NotSimpleError
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError, NoSpaceError, NotFoundError
from hearth.store.header import DEVICE, Lane, encode
from hearth.store.incoming import devices
from hearth.store.packs import RecordType
from hearth.store.slots import Outcome, Slot, SlotError, SlotQuotaError, parse
from hearth.sync.declining import Over
from hearth.sync.messages import SLOTS, TOKEN, Reason, What
from hearth.sync.quotas import Room
from hearth.sync.replica import Access, Grant, Mark, Place, Receipts, Taken, Wants

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.block import Block
    from hearth.store.incoming import Incoming
    from hearth.store.served import Chain, Run, Served
    from hearth.store.store import Store
    from hearth.sync.delta import Record

MAX_BRANCHES: Final = 256
"""Last events of a forked chain that a digest covers; a chain with more enters as its proof
alone, so that nodes whose quota is full do not differ for ever."""
NO_ROOM: Final = 1 << 16
"""With fewer bytes free on the disk no commit can be counted on: the smallest takes some pages of
the database, twice."""
_LABEL: Final = b"hearth/sync-lane/1\0"
_MARK: Final = 8 + TOKEN


def _wants_nothing(community: bytes) -> Iterable[tuple[What, bytes]]:
    return ()


def _once(items: Iterable[tuple[What, bytes]]) -> Iterator[tuple[What, bytes]]:
    seen: set[tuple[What, bytes]] = set()
    for each in items:
        if each not in seen:
            seen.add(each)
            yield each


class StoreReplica:
    """One peer's view of a store. `peer` is its device. As long-lived as a session.

    `own` is this hearth's device: what comes of it from outside is noted (`Log.import_events`).
    `receipts`: who states what has come.
    """

    def __init__(
        self,
        store: Store,
        peer: bytes,
        access: Access,
        wants: Wants = _wants_nothing,
        own: bytes | None = None,
        receipts: Receipts | None = None,
    ) -> None:
        self._own = own
        self._receipts = receipts
        self._store = store
        self._peer = peer
        self._grants = dict(access(peer))
        self._wants = wants
        self._room = Room(self._grants)
        self._unread = set(self._grants)

    def grants(self) -> Mapping[bytes, Grant]:
        return self._grants

    def _read_checkpoints(self, community: bytes) -> None:
        """Before anything is made of other lanes: see what checkpoints say by now."""
        if community not in self._unread:
            return
        self._unread.remove(community)
        named = set(self._grants[community].anchors())
        with database.translated():
            known = anchors.stated(self._store.connection, community) == named
        if known:
            return
        try:
            with self._store.batch() as batch, batch.transaction() as tx:
                anchors.state(self._store.log, tx, community, named)
        except NoSpaceError:  # what is held stays what it is; digests may differ
            self._unread.add(community)

    # reading events

    def digest(self, community: bytes, lane: int) -> bytes:
        if lane == SLOTS:
            return self._store.slots.digest(community)
        self._read_checkpoints(community)
        lane_digest = blake3(digests.LABEL + community + bytes((lane,)))
        branches = blake3(_LABEL)
        for _, entry, tips in self._frontier(community, lane):
            lane_digest.update(entry)
            branches.update(tips)
        return blake3(lane_digest.digest() + branches.digest()).digest()

    def entries(self, community: bytes, lane: int) -> Iterator[tuple[bytes, bytes]]:
        self._read_checkpoints(community)
        for device, entry, tips in self._frontier(community, lane):
            yield device, entry + tips

    def _frontier(self, community: bytes, lane: int) -> Iterator[tuple[bytes, bytes, bytes]]:
        """By device: a chain's entry in the lane's digest, and its branches as they are
        compared."""
        with database.translated():
            for entry in digests.entries(self._store.connection, community, lane):
                tips = b""
                if entry.fork is not None and len(entry.branches) <= MAX_BRANCHES:
                    ends = sorted(entry.branches + entry.islands)
                    heads = (tip.first.to_bytes(8, "big") + tip.head for tip in ends)
                    tips = entry.device + b"".join(heads)
                yield entry.device, digests.encode(entry), tips

    def ids(self, community: bytes, lane: int) -> Iterator[tuple[int, bytes]]:
        if lane == SLOTS:
            yield from sorted((slot.counter, slot.id) for slot in self.slots(community))
            return
        self._read_checkpoints(community)
        with database.translated():
            yield from served.ids(self._store.connection, community, lane)

    def find(self, community: bytes, lane: int, beginning: bytes) -> list[Place]:
        with database.translated():
            found = served.find(self._store.connection, community, lane, beginning)
        return [Place(*each) for each in found]

    def arrival(self) -> int:
        return self._store.log.last_arrival()

    def chains(self, community: bytes, lane: int) -> list[Chain]:
        self._read_checkpoints(community)
        with database.translated():
            return served.chains(self._store.connection, community, lane)

    def devices(self, community: bytes, lane: int) -> Iterator[bytes]:
        with database.translated():
            yield from served.devices(self._store.connection, community, lane)

    def arrived(
        self, community: bytes, lane: int, after: int, until: int
    ) -> list[tuple[bytes, int, int, int]]:
        with database.translated():
            return list(served.arrived(self._store.connection, community, lane, after, until))

    def runs(self, community: bytes, lane: int, device: bytes) -> dict[int, Run]:
        with database.translated():
            found = served.chains(self._store.connection, community, lane, device)
        return {run.number: run for chain in found for run in chain.runs}

    def id_at(self, run: Run, sequence: int) -> bytes:
        with database.translated():
            return served.id_at(self._store.connection, run, sequence)

    def ids_at(self, community: bytes, lane: int, device: bytes, sequence: int) -> list[bytes]:
        with database.translated():
            return served.ids_at(self._store.connection, community, lane, device, sequence)

    def read(self, run: int, first: int, last: int) -> Iterator[Served]:
        with database.translated():
            yield from served.read(self._store.connection, run, first, last)

    def proof(self, community: bytes, lane: int, device: bytes) -> bytes | None:
        with database.translated():
            proof: bytes | None = database.value(
                self._store.connection,
                "SELECT proof FROM fork_proofs JOIN chains ON number = chain"
                " WHERE community = ? AND lane = ? AND device = ?",
                community,
                lane,
                device,
            )
        return proof

    # taking in

    def full(self) -> bool:
        return self._store.disk.free(self._store.path) < NO_ROOM

    def take(self, community: bytes, lane: int, events: Sequence[Incoming]) -> Taken:
        grant = self._grants[community]
        foreign = {device for device in devices(events) if not grant.admits(device, lane)}
        admitted = events
        if foreign:
            proved = (each for each in events if each.header[DEVICE] in foreign)
            foreign -= {each.header[DEVICE] for each in proved if grant.proves(each)}
            admitted = [event for event in events if event.header[DEVICE] not in foreign]
        with self._store.batch() as batch, batch.transaction() as tx:
            fit, over = self._room.admit(tx, community, lane, admitted)
            before = self._store.log.last_arrival()
            report = self._store.log.import_events(tx, fit, own=self._own)
            if report.accepted:
                self._arrived(tx, lane, before)
        if lane == Lane.CONTROL and report.accepted:
            self._unread.add(community)
        if lane == Lane.CHAT and report.accepted and self._receipts is not None:
            self._receipts.came(community, devices(fit))
        refused = len(events) - len(admitted)
        return Taken(report, refused, frozenset(foreign), over, len(admitted) - len(fit))

    def lengthen(self, community: bytes, lane: int, blocks: Iterable[Block]) -> int:
        """Take in blocks of events that only lengthen chains, in one commit; how many there were.

        Raises NotSimpleError, and whatever `blocks` does; then nothing of it has happened."""
        grant = self._grants[community]
        room, self._room = self._room, Room(self._grants)  # counted anew if nothing comes of it
        with self._store.batch() as batch, batch.transaction() as tx:
            before = self._store.log.last_arrival()
            bulk = self._store.log.bulk(tx, lambda device: grant.admits(device, lane), self._own)
            for block in blocks:
                if not bulk.accepted and block.headers:
                    room.ready(tx, community, block.headers[0][DEVICE], lane)
                bulk.add(block)
            sizes = bulk.sizes()
            if not room.fits(tx, community, lane, sizes):
                raise NotSimpleError("more events than there is room for")
            bulk.finish()
            self._arrived(tx, lane, before)
        self._room = room
        if lane == Lane.CHAT and sizes and self._receipts is not None:
            self._receipts.came(community, set(sizes))
        return bulk.accepted

    def _arrived(self, tx: Transaction, lane: int, before: int) -> None:
        """Note who has brought what has come in this transaction."""
        if lane == Lane.EMERGENCY and self._receipts is not None:
            self._receipts.arrived(tx, before + 1, self._store.log.last_arrival())

    def over(self, community: bytes, lane: int) -> list[Over]:
        with database.translated():
            return self._room.known(self._store.connection, community, lane)

    # slots

    def slots(self, community: bytes) -> Iterator[Slot]:
        return self._store.slots.all(community)

    def take_slots(self, community: bytes, statements: Sequence[tuple[bytes, bytes]]) -> int:
        newer = 0
        devices: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for statement, signature in statements:
            slot = parse(statement, signature)
            if slot.community != community:
                raise SlotError("a slot of another community")
            devices.setdefault(slot.device, []).append((statement, signature))
        admits = self._grants[community].admits
        admitted = [each for device in devices if admits(device, SLOTS) for each in devices[device]]
        if not admitted:
            return 0
        with self._store.batch() as batch, batch.transaction() as tx:
            for statement, signature in admitted:
                try:
                    outcome = self._store.slots.put(tx, statement, signature)
                except SlotQuotaError:
                    continue
                newer += outcome in (Outcome.NEWER, Outcome.FORKED)
        return newer

    def receipts(self, community: bytes) -> Sequence[Slot]:
        return () if self._receipts is None else self._receipts.state(community)

    # objects and payloads

    def wants(self, community: bytes, limit: int) -> list[tuple[What, bytes]]:
        if not self._grants[community].gives:  # a stranger is not told what lacks here
            return []
        missing = (each for each in self._wants(community) if not self._has(community, *each))
        return list(islice(_once(missing), limit))

    def _has(self, community: bytes, what: What, id: bytes) -> bool:
        if what is What.OBJECT:  # what is here for another's sake counts as missing: `servable`
            with database.translated():
                known = servable.allowed(self._store.connection, community, id)
            return known and self._store.has(id)
        with database.translated():
            event = queries.by_id(self._store.connection, id)
        if event is None or event.header.community != community:
            return True  # nothing to be done about it
        return event.payload is not None or event.erased or event.header.payload_hash is None

    def size(self, community: bytes, what: What, id: bytes) -> int:
        grant = self._grants[community]
        if what is What.OBJECT and not (grant.gives and grant.serves(id)):
            return 0  # or the order of the answers would tell how long it is
        with database.translated():
            if what is What.OBJECT:
                place = self._store.objects.locate(RecordType.OBJECT, id)
                return 0 if place is None else place.record.length
            event = queries.by_id(self._store.connection, id)
        if event is None or event.header.community != community:
            return 0
        return event.header.payload_length if event.header.lane in grant.lanes else 0

    def give(self, community: bytes, what: What, id: bytes) -> bytes | Reason:
        grant = self._grants[community]
        if not grant.gives:
            return Reason.NOT_HERE
        if what is What.OBJECT:
            if not grant.serves(id):
                return Reason.NOT_HERE
            try:
                return self._store.get(id)
            except (NotFoundError, CorruptError, DiskError):  # others have it, perhaps
                return Reason.NOT_HERE
        with database.translated():
            event = queries.by_id(self._store.connection, id)
            if event is None or event.header.community != community:
                return Reason.NOT_HERE
            if event.header.lane not in grant.lanes:
                return Reason.NOT_HERE
            if event.erased:
                return Reason.ERASED
        return Reason.NOT_HERE if event.payload is None else event.payload

    def keep(self, community: bytes, got: Sequence[tuple[What, bytes, bytes]]) -> int:
        records: list[Record] = []
        objects: list[bytes] = []
        chats: set[bytes] = set()
        kept = 0
        with self._store.batch() as batch:
            for what, id, data in got:
                if what is What.OBJECT:
                    objects.append(batch.put(data, id))
                    kept += 1
                elif (event := queries.by_id(self._store.connection, id)) is not None:
                    records.append((encode(event.header), event.signature, data))
                    if event.header.lane == Lane.CHAT:
                        chats.add(event.header.device)
                    kept += 1
            with batch.transaction() as tx:
                servable.allow(tx, community, objects)
                report = self._store.log.import_events(tx, records, own=self._own)
                if report.refusals:
                    raise report.refusals[0]
        if chats and self._receipts is not None:
            self._receipts.came(community, chats)
        return kept

    def begun(self, community: bytes, ids: Iterable[bytes]) -> Mapping[bytes, int]:
        with database.translated():
            return begun.lengths(self._store.connection, community, self._peer, ids)

    def beginning(self, community: bytes, id: bytes) -> bytes:
        with database.translated():
            return begun.read(self._store.connection, community, self._peer, id)

    def begin(self, community: bytes, id: bytes, at: int, data: bytes) -> None:
        with self._store.batch() as batch, batch.transaction() as tx:
            begun.keep(self._store, tx, community, self._peer, id, at, data)

    def spoil(self, community: bytes, id: bytes) -> None:
        with self._store.batch() as batch, batch.transaction() as tx:
            begun.spoil(tx, community, self._peer, id)

    # hints

    def _key(self, community: bytes) -> str:
        return f"met {self._peer.hex()} {community.hex()}"

    def marks(self, community: bytes) -> list[Mark]:
        value = self._store.meta(self._key(community))
        if not isinstance(value, bytes) or len(value) % _MARK or len(value) > 2 * _MARK:
            return []
        parts = (value[at : at + _MARK] for at in range(0, len(value), _MARK))
        return [Mark(part[8:], int.from_bytes(part[:8], "big")) for part in parts]

    def remember(self, community: bytes, token: bytes) -> None:
        if not self._grants[community].gives:
            return  # strangers come once, and without number
        marks = [Mark(token, self.arrival()), *self.marks(community)]
        older = [mark for mark in marks[1:] if mark.token != token]
        value = b"".join(
            mark.arrival.to_bytes(8, "big") + mark.token for mark in [marks[0], *older[:1]]
        )
        with self._store.batch() as batch, batch.transaction() as tx:
            tx.set_meta(self._key(community), value)
