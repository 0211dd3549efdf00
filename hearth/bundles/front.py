"""The front of a bundle, to the byte: the records that say how far its author holds a community.

What they say, and what follows from it: `level`. docs/bundles.md, section 3, has the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth.bundles.level import MAX_WANTS, Level, Runs, slot_tag
from hearth.store.header import Lane
from hearth.sync import message_codec
from hearth.sync.bundle import Header, Type
from hearth.sync.delta import DEVICE_TAG, ID_TAG, Salt
from hearth.sync.messages import MAX_CHAINS, SLOTS, Frontier, Listing
from hearth.sync.packing import MessageError, PeerError, Reader, number

if TYPE_CHECKING:
    from hearth.audience.vault import Deriver
    from hearth.bundles.content import Content
    from hearth.store.slots import Slot
    from hearth.sync.replica import Replica

LISTED: Final = 1 << 15
"""Objects in one record that lists them."""
_RUN: Final = DEVICE_TAG + 2 + ID_TAG
_READERS: Final = "hearth 2026 readers of a bundle"
Front = Iterable[tuple[Type, bytes]]


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
            found.append((Type.FRONTIER, message_codec.encode(Frontier(0, lane, plain, ()))[1]))
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
    found += _slots(salt, replica.slots(community), () if content is None else content.stated)
    wanted = b"".join(list(dict.fromkeys(wants))[:MAX_WANTS])
    return [*found, (Type.WANTS, wanted)] if wanted else found


def _slots(
    salt: Salt, held: Iterable[Slot], stated: Iterable[Slot]
) -> Iterator[tuple[Type, bytes]]:
    """The records of slots that are held, and of those among them that are in the bundle."""

    def entry(slot: Slot) -> tuple[bytes, int, bytes]:
        return slot_tag(salt, slot), slot.counter, salt.id(slot.id)

    listed = tuple(map(entry, held))[:MAX_CHAINS]
    if listed:
        yield Type.LISTING, message_codec.encode(Listing(0, listed))[1]
    inside = set(map(entry, stated))
    if inside:
        places = [place for place, each in enumerate(listed) if each in inside]
        yield Type.BRINGS, bytes((SLOTS,)) + _encode_places(places)


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


def read(header: Header, front: Front) -> Level:
    """The level in a bundle's front. Raises PeerError for a record that is none."""
    level = Level(Salt(header.salt), header.created)
    plain: dict[int, tuple[tuple[bytes, int, bytes], ...]] = {}
    listed: tuple[tuple[bytes, int, bytes], ...] = ()
    for type, body in front:
        if type is Type.FRONTIER:
            told = message_codec.decode(messages_type(type), body)
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
            listing = message_codec.decode(messages_type(type), body)
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


def _add(runs: Runs, found: Iterable[tuple[bytes, int, int, bytes]]) -> None:
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
