"""How far somebody holds a community, as the front of a bundle states it, and what follows from it.

The front lists, lane by lane, each chain without fork or gap with its length and a tag of its head;
of the others each run; the slots with their counters; which objects the author wants; and which of
all that is in the bundle itself. Tags are salted with the bundle's own salt, so nobody can make two
ids with one tag beforehand. It is a hint: what is left out because of it is only what its author
claims to have.

The level of whoever was read last is kept, so that what is written for them leaves that out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth import spans
from hearth.spans import Span
from hearth.store import cbor, database
from hearth.store.header import Lane
from hearth.sync import messages
from hearth.sync.bundle import Header, Type
from hearth.sync.delta import DEVICE_TAG, ID_TAG, Salt
from hearth.sync.messages import MAX_CHAINS, SLOTS, Frontier, Listing
from hearth.sync.packing import MessageError, PeerError, Reader, number

if TYPE_CHECKING:
    import apsw

    from hearth.audience.vault import Deriver
    from hearth.bundles.content import Content
    from hearth.store.batch import Transaction
    from hearth.store.served import Chain
    from hearth.store.slots import Slot
    from hearth.store.store import Store
    from hearth.sync.replica import Replica

MAX_WANTS: Final = 4096
LISTED: Final = 1 << 15
"""Objects in one record that lists them."""
_KEPT: Final = 4 << 20
"""Bytes of a level that are kept; none of one that has more."""
_RUN: Final = DEVICE_TAG + 2 + ID_TAG
_READERS: Final = "hearth 2026 readers of a bundle"
_OF_THE_BUNDLE: Final = frozenset((Type.LIST, Type.BRINGS, Type.READERS))
"""What is said of the bundle, and not of its author."""
_Front = Iterable[tuple[Type, bytes]]
_Runs = dict[bytes, list[tuple[int, int, bytes]]]
"""By tag of a device: first and last place of a run, and the tag of the last one's id."""


@dataclass(slots=True)
class Level:
    """What one bundle's front says. `chains`: by lane and tag of a device, length and tag of the
    head; `runs`: of chains with a fork or a gap; `slots`: by tag, counter and tag of the id."""

    salt: Salt
    created: int
    chains: dict[int, dict[bytes, tuple[int, bytes]]] = field(default_factory=dict)
    runs: dict[int, _Runs] = field(default_factory=dict)
    slots: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    wants: set[bytes] = field(default_factory=set)
    objects: set[bytes] = field(default_factory=set)
    """Those in the bundle itself."""
    brought: dict[int, _Runs] = field(default_factory=dict)
    """The stretches in the bundle itself."""
    brought_slots: set[bytes] = field(default_factory=set)
    """Tags of the slots in it."""
    readers: set[bytes] = field(default_factory=set)
    """Of those it is sealed to, what `reader_tag` makes of their keys."""

    @property
    def wants_more(self) -> bool:
        """Whether its author may want objects that there was no room to list."""
        return len(self.wants) >= MAX_WANTS

    def holds(self, replica: Replica, lane: int, chain: Chain) -> int:
        """How much of a chain of ours its author surely has from the first event on."""
        top = chain.top
        told = self.chains.get(lane, {}).get(self.salt.device(chain.device))
        if told is None or top is None or not chain.plain:
            return 0
        length, head = told
        if length > top.last:
            return top.last
        if length < top.first:
            return 0
        return length if self.salt.id(replica.id_at(top, length)) == head else 0

    def held(self, replica: Replica, lane: int, chain: Chain) -> dict[int, list[Span]]:
        """By run, which stretches of a chain of ours its author surely has."""
        tag = self.salt.device(chain.device)
        told = self.chains.get(lane, {}).get(tag)
        if told is not None and chain.plain and (top := chain.top) and told[0] > top.last:
            return {run.number: [(run.first, run.last)] for run in chain.runs}
        runs = list(self.runs.get(lane, {}).get(tag, ()))
        if told is not None:
            runs.append((1, *told))
        return self._matched(replica, chain, runs)

    def brings(self, replica: Replica, lane: int, chain: Chain) -> dict[int, list[Span]]:
        """By run, which stretches of a chain of ours are in the bundle."""
        runs = self.brought.get(lane, {}).get(self.salt.device(chain.device), ())
        return self._matched(replica, chain, runs)

    def _matched(
        self, replica: Replica, chain: Chain, told: Iterable[tuple[int, int, bytes]]
    ) -> dict[int, list[Span]]:
        """What of our runs these are. An id stands for all that come before it."""
        found: dict[int, list[Span]] = {}
        numbered = {run.number: run for run in chain.runs}
        for first, last, head in told:
            fits = (
                run
                for run in chain.runs
                if run.first <= last <= run.last and self.salt.id(replica.id_at(run, last)) == head
            )
            run, at = next(fits, None), last
            while run is not None and at >= first:
                found.setdefault(run.number, []).append((max(first, run.first), at))
                at = run.first - 1
                run = None if run.parent is None else numbered.get(run.parent)
        return {number: spans.union(each) for number, each in found.items()}

    def has(self, slot: Slot) -> bool:
        """Whether its author has this slot, or a newer one."""
        told = self.slots.get(_slot_tag(self.salt, slot))
        if told is None:
            return False
        return told[0] > slot.counter or told == (slot.counter, self.salt.id(slot.id))

    def brings_slot(self, slot: Slot) -> bool:
        """Whether this very slot is in the bundle."""
        tag = _slot_tag(self.salt, slot)
        same = self.slots.get(tag) == (slot.counter, self.salt.id(slot.id))
        return same and tag in self.brought_slots


def state(
    replica: Replica,
    salt: Salt,
    community: bytes,
    wants: Iterable[bytes],
    content: Content | None = None,
) -> list[tuple[Type, bytes]]:
    """The records of the front that say how far this node holds a community, what it wants, and
    what of it is in the bundle."""
    found: list[tuple[Type, bytes]] = []
    for lane in Lane:
        chains = replica.chains(community, lane)
        plain = tuple(
            (salt.device(chain.device), top.last, salt.id(top.head))
            for chain in chains
            if chain.plain and (top := chain.top) is not None
        )[:MAX_CHAINS]
        if plain:
            found.append((Type.FRONTIER, messages.encode(Frontier(0, lane, plain, ()))[1]))
        knotted = [
            (salt.device(chain.device), run.first, run.last, salt.id(run.head))
            for chain in chains
            if not chain.plain
            for run in chain.runs
        ][:MAX_CHAINS]
        if knotted:
            found.append((Type.RUNS, bytes((lane,)) + _encode_runs(knotted)))
        tasks = () if content is None else content.tasks.get(lane, ())
        if tasks:
            brought = [
                (salt.device(task.device), task.first, task.last, salt.id(task.end))
                for task in tasks
            ]
            found.append((Type.BRINGS, bytes((lane,)) + _encode_brought(plain, brought)))
    slots = tuple(
        (_slot_tag(salt, each), each.counter, salt.id(each.id)) for each in replica.slots(community)
    )[:MAX_CHAINS]
    if slots:
        found.append((Type.LISTING, messages.encode(Listing(0, slots))[1]))
    if content is not None and content.stated:
        inside = {
            (_slot_tag(salt, each), each.counter, salt.id(each.id)) for each in content.stated
        }
        places = [place for place, each in enumerate(slots) if each in inside]
        found.append((Type.BRINGS, bytes((SLOTS,)) + _encode_places(places)))
    wanted = b"".join(list(dict.fromkeys(wants))[:MAX_WANTS])
    return [*found, (Type.WANTS, wanted)] if wanted else found


def _encode_runs(runs: Iterable[tuple[bytes, int, int, bytes]]) -> bytes:
    told = [tag + number(first) + number(last) + head for tag, first, last, head in runs]
    return number(len(told)) + b"".join(told)


def _encode_brought(
    plain: Iterable[tuple[bytes, int, bytes]], brought: Iterable[tuple[bytes, int, int, bytes]]
) -> bytes:
    """Those that end where the author's chain does by their place in the frontier; then the
    others."""
    ends: dict[tuple[bytes, int, bytes], int] = {}
    others = []
    told = set(plain)
    for tag, first, last, head in brought:
        if (tag, last, head) in told and (tag, last, head) not in ends:
            ends[tag, last, head] = first
        else:
            others.append((tag, first, last, head))
    pairs, at = [], 0
    for place, entry in enumerate(plain):
        if entry in ends:
            pairs.append(number(place - at) + number(ends[entry] - 1))
            at = place + 1
    return number(len(pairs)) + b"".join(pairs) + _encode_runs(others)


def _encode_places(places: list[int]) -> bytes:
    gaps = [place - before - 1 for place, before in zip(places, [-1, *places], strict=False)]
    return number(len(gaps)) + b"".join(map(number, gaps))


def read(header: Header, front: _Front) -> Level:
    """The level in a bundle's front. Raises PeerError for a record that is none."""
    level = Level(Salt(header.salt), header.created)
    plain: dict[int, tuple[tuple[bytes, int, bytes], ...]] = {}
    listed: tuple[tuple[bytes, int, bytes], ...] = ()
    for type, body in front:
        if type is Type.FRONTIER:
            told = messages.decode(messages_type(type), body)
            assert isinstance(told, Frontier)
            plain[told.lane] = told.plain
            level.chains[told.lane] = {tag: (length, head) for tag, length, head in told.plain}
        elif type is Type.RUNS:
            reader = Reader(body)
            _add(level.runs.setdefault(reader.byte(SLOTS - 1), {}), _read_runs(reader))
            reader.end()
        elif type is Type.BRINGS:
            reader = Reader(body)
            lane = reader.byte(SLOTS)
            if lane == SLOTS:
                level.brought_slots |= {listed[at][0] for at in _read_places(reader, len(listed))}
            else:
                found = level.brought.setdefault(lane, {})
                _add(found, _read_brought(reader, plain.get(lane, ())))
            reader.end()
        elif type is Type.LISTING:
            listing = messages.decode(messages_type(type), body)
            assert isinstance(listing, Listing)
            listed = listing.entries
            level.slots = {tag: (counter, id) for tag, counter, id in listed}
        elif type is Type.WANTS:
            level.wants = set(ids(body))
        elif type is Type.READERS:
            if len(body) % DEVICE_TAG:
                raise MessageError("a list of readers that is none")
            places = range(0, len(body), DEVICE_TAG)
            level.readers = {body[at : at + DEVICE_TAG] for at in places}
        elif type is Type.LIST:
            level.objects |= {id for id, _ in listed_objects(body)}
    return level


def _add(runs: _Runs, found: Iterable[tuple[bytes, int, int, bytes]]) -> None:
    for tag, first, last, head in found:
        runs.setdefault(tag, []).append((first, last, head))


def _read_runs(reader: Reader) -> Iterator[tuple[bytes, int, int, bytes]]:
    for _ in range(reader.count(MAX_CHAINS, _RUN, "the number of runs")):
        tag, first, last = reader.fixed(DEVICE_TAG), reader.number(), reader.number()
        if not 1 <= first <= last:
            raise MessageError("a run that ends before it begins")
        yield tag, first, last, reader.fixed(ID_TAG)


def _read_brought(
    reader: Reader, plain: tuple[tuple[bytes, int, bytes], ...]
) -> Iterator[tuple[bytes, int, int, bytes]]:
    at = 0
    for _ in range(reader.count(len(plain), 2, "the number of chains in a bundle")):
        at += reader.number(len(plain))
        before = reader.number()
        if at >= len(plain) or before >= plain[at][1]:
            raise MessageError("a bundle brings what its author has not")
        tag, last, head = plain[at]
        yield tag, before + 1, last, head
        at += 1
    yield from _read_runs(reader)


def _read_places(reader: Reader, count: int) -> Iterator[int]:
    at = -1
    for _ in range(reader.count(count, 1, "the number of slots in a bundle")):
        at += reader.number(count) + 1
        if at >= count:
            raise MessageError("a bundle brings what its author has not")
        yield at


def reader_tag(signer: Deriver, salt: bytes, key: bytes) -> bytes:
    """What stands for a sealing key in a bundle of this author; nobody else can compute it."""
    return blake3(salt + key, key=signer.derive(_READERS)).digest(length=DEVICE_TAG)


def messages_type(type: Type) -> int:
    """The type of the session's message that a record's body is."""
    return {
        Type.FRONTIER: 3, Type.LISTING: 4, Type.EVENTS: 5, Type.PROOFS: 6, Type.SLOTS: 7,
    }[type]  # fmt: skip


def ids(body: bytes) -> list[bytes]:
    """Ids one after another. Raises PeerError."""
    if len(body) % 32 or len(body) > 32 * MAX_WANTS:
        raise PeerError("a list of ids that is none")
    return [body[at : at + 32] for at in range(0, len(body), 32)]


def list_objects(objects: Iterable[tuple[bytes, int]]) -> Iterator[tuple[Type, bytes]]:
    """The records that list objects, `LISTED` in each."""
    parts = [id + number(length) for id, length in objects]
    for at in range(0, len(parts), LISTED):
        yield Type.LIST, b"".join(parts[at : at + LISTED])


def listed_objects(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Ids and lengths of objects. Raises PeerError."""
    reader = Reader(body)
    while reader.left:
        yield reader.fixed(32), reader.number()


# keeping


def keep(
    tx: Transaction, replica: Replica, header: Header, community: bytes, front: _Front
) -> None:
    """Remember the level of a bundle's author, as what is known of them now.

    Not if it is older than what is known, by its author's clock, and says nothing more: clocks go
    back where there is no battery.
    """
    told = [(type, body) for type, body in front if type not in _OF_THE_BUNDLE]
    if sum(len(body) for _, body in told) > _KEPT:
        return
    try:
        after = read(header, told)
    except PeerError:
        return
    before = _kept(tx.connection, header.device, community)
    older = before is not None and header.created < before.created
    if before is not None and older and not _is_further(replica, community, after, before):
        return
    value = cbor.encode(
        [1, header.created, header.salt, [[int(type), body] for type, body in told]],
        max_size=2 * _KEPT,
    )
    tx.set_meta(_key(header.device, community), value)


def _is_further(replica: Replica, community: bytes, after: Level, before: Level) -> bool:
    """Whether one level has anything that another has not, of what is here."""
    for lane in Lane:
        for chain in replica.chains(community, lane):
            held = before.held(replica, lane, chain)
            for run, found in after.held(replica, lane, chain).items():
                if any(spans.without(span, held.get(run, [])) for span in found):
                    return True
    return any(after.has(slot) and not before.has(slot) for slot in replica.slots(community))


def known(store: Store, device: bytes, community: bytes) -> Level | None:
    """What was last read of a device's level in a community."""
    return _kept(store.connection, device, community)


def _kept(connection: apsw.Connection, device: bytes, community: bytes) -> Level | None:
    with database.translated():
        data = database.value(
            connection, "SELECT value FROM meta WHERE key = ?", _key(device, community)
        )
    if not isinstance(data, bytes):
        return None
    try:
        match cbor.decode(data, max_size=2 * _KEPT, max_items=2000):
            case [1, int(created), bytes(salt), list(told)]:
                header = Header(device, created, salt, b"", ())
                front = [(Type(type), body) for type, body in _pairs(told)]
                return read(header, front)
    except (cbor.CborError, PeerError, ValueError):
        pass
    return None


def _pairs(told: list[cbor.Value]) -> Iterator[tuple[int, bytes]]:
    for each in told:
        match each:
            case [int(type), bytes(body)]:
                yield type, body


def _key(device: bytes, community: bytes) -> str:
    return f"bundle level {device.hex()} {community.hex()}"


def _slot_tag(salt: Salt, slot: Slot) -> bytes:
    return salt.hash(slot.device + slot.kind.to_bytes(4, "big") + slot.name, DEVICE_TAG)


Levels = Mapping[bytes, Level | None]
"""By device, what is known of it; None: nothing."""
