"""Events on the way from one node to another, without what their chains imply.

A *frame* holds events of one lane of one community: stretches of chains, each from a stated place
on, without a hole. Nothing is sent that follows from what is: not the community, not the lane;
once per stretch the device and where it begins; never sequence, previous id, payload hash and
length. The receiver builds the headers again, byte for byte, and computes the ids; what it then
has is what any stranger could have brought, and the importer proves it (a header that was built
wrong is one that nobody signed).

    frame      counts ‖ stretches ‖ metadata ‖ payloads ‖ raw
    stretch    0 ‖ tag of the device (6), or 1 ‖ device (32)
               ‖ sequence of the first event
               ‖ 0, or 1 ‖ tag of the previous id (4), or 2 ‖ previous id (32)
    metadata   columns, one number per event: stretch, flags, kind, Lamport time, wall clock, …
    payloads   one after another
    raw        what cannot be compressed: ids, hashes, signatures

Tags are salted hashes (see `Salt`): short, and different in every session, so that nobody can
make two ids with one tag. They stand for what the receiver holds; it looks them up (`Known`). A
stretch that it cannot place, because a tag fits nothing it has, is left out and counted: the
digests will not agree, and the next round says it at length.

Events go by Lamport time within a frame, so that the tick of one is mostly the event before it:
a number in place of 32 bytes. Metadata and payloads are zstd frames where that is shorter.
An event takes 64 bytes of signature, about 6 of metadata, 32 for a tick that is elsewhere, and its
payload as far as it cannot be compressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from blake3 import blake3

from hearth.store.compress import Compressor, decompress
from hearth.store.errors import CorruptError
from hearth.store.event import event_id
from hearth.store.header import FRONT, NO_LISTS, Facts, chain_name, facts, lists
from hearth.store.incoming import Incoming
from hearth.store.served import Served
from hearth.sync.delta_events import (
    ABSENT,
    ACTS,
    AUDIENCE,
    BACK,
    EXPIRY,
    MAX_EVENTS,
    PAYLOAD,
    REFS,
    TICK,
    Begun,
    Columns,
    build,
)
from hearth.sync.packing import MessageError, Reader, folded, number, numbers, sized

MAX_PLAIN: Final = 1 << 19
"""Bytes of metadata, and of payloads, in a frame before compression, at most."""
DEVICE_TAG: Final = 6
ID_TAG: Final = 4

Record = tuple[bytes, bytes, bytes | None]
"""Header, signature, and payload or None."""


class Salt:
    """Makes the tags of one session. The salt is 32 bytes that both sides know, and only they."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, data: bytes, size: int = 8) -> bytes:
        """The first `size` bytes of BLAKE3, keyed with the salt, of the data."""
        return blake3(data, key=self._key).digest(length=size)

    def device(self, device: bytes) -> bytes:
        """The tag of a device."""
        return self.hash(device, DEVICE_TAG)

    def id(self, id: bytes) -> bytes:
        """The tag of an event's id."""
        return self.hash(id, ID_TAG)


class Stretch(NamedTuple):
    """Events of one chain that follow each other. `previous` is the id before the first.

    `device_known`, `previous_known`: the receiver holds a chain of this device in this lane, and
    the event before the first; so tags will do.
    """

    device: bytes
    first: int
    previous: bytes | None
    device_known: bool
    previous_known: bool
    records: Sequence[Record | Served]


class Known(Protocol):
    """What the receiver of a frame looks up."""

    def device(self, tag: bytes) -> bytes | None:
        """The one device with this tag that has a chain here; None if there is not just one."""

    def previous(self, device: bytes, sequence: int, tag: bytes) -> bytes | None:
        """The one id with this tag that is held at this place of the device's chain."""


class Decoded(NamedTuple):
    """The events of a frame, and how many there were that could not be placed."""

    events: list[Incoming]
    unplaced: int

    @property
    def records(self) -> list[Record]:
        """The events as they are stored."""
        return [(each.header, each.signature, each.payload) for each in self.events]


_Placed = tuple[int, int, Facts, Record | Served, bytes]
"""An event that is to be sent: its place in time, the number of its stretch, its facts, what is
held of it, and its id."""


def encode(salt: Salt, stretches: Sequence[Stretch]) -> bytes:
    """The bytes of a frame. The events are those of a log: nothing is checked."""
    table = b"".join(_stretch(salt, stretch) for stretch in stretches)
    columns = _Columns()
    events = _by_time(stretches)
    columns.fill(events)
    count = number(len(stretches)) + number(len(events))
    parts = (squeezed(columns.metadata()), squeezed(b"".join(columns.payloads)))
    return b"".join((count, table, *parts, *columns.raw))


def _stretch(salt: Salt, stretch: Stretch) -> bytes:
    device, previous = stretch.device, stretch.previous
    out = b"\0" + salt.device(device) if stretch.device_known else b"\1" + device
    out += number(stretch.first)
    if previous is None:
        return out + b"\0"
    return out + (b"\1" + salt.id(previous) if stretch.previous_known else b"\2" + previous)


def _by_time(stretches: Sequence[Stretch]) -> list[_Placed]:
    """All events, each after the one before it in its stretch, else by Lamport time."""
    found: list[_Placed] = []
    for index, stretch in enumerate(stretches):
        records = stretch.records
        told = [facts(record[0]) for record in records]
        ids = [each.previous or b"" for each in told[1:]]  # who follows says who was before it
        ids.append(event_id(records[-1][0], records[-1][1]))
        time = 0
        for each, record, id in zip(told, records, ids, strict=True):
            time = max(time + 1, each.lamport)
            found.append((time, index, each, record, id))
    if len(stretches) > 1:
        found.sort()  # no two have time and stretch in common
    return found


class _Columns:
    """What a frame's events become when it is encoded."""

    def __init__(self) -> None:
        self.stretch: list[int] = []
        self.flags: list[int] = []
        self.kind: list[int] = []
        self.lamport: list[int] = []
        self.wall: list[int] = []
        self.length: list[int] = []
        self.back: list[int] = []
        self.other: list[int] = []
        self.payloads: list[bytes] = []
        self.raw: list[bytes] = []

    def fill(self, events: Sequence[_Placed]) -> None:
        """All events, in their order. One loop: a call for each of them would be felt."""
        places: dict[bytes, int] = {}
        last: dict[int, tuple[int, int, bytes | None]] = {}
        flag, raw, payloads = self.flags.append, self.raw.append, self.payloads.append
        lamports, walls = self.lamport.append, self.wall.append
        for place, (_, index, told, record, id) in enumerate(events):
            header, signature, payload = record[:3]
            _, now, tick, _, wall, expiry, hashed, length, audience, lists_at = told
            lamport, before, reads = last.get(index, (0, 0, None))
            last[index] = now, wall, audience
            flags = 0
            if tick is not None:
                at = places.get(tick)
                if at is None:
                    flags = TICK
                    raw(tick)
                else:
                    flags = TICK | BACK
                    self.back.append(place - at)
            if hashed is not None:
                self.length.append(length)
                if payload is None:
                    flags |= ABSENT
                    raw(hashed)
                else:
                    flags |= PAYLOAD
                    payloads(payload)
            if audience != reads or expiry or header[lists_at:] != NO_LISTS:
                flags |= self._rare(header, told, audience != reads)
            places[id] = place
            flag(flags)
            lamports(folded(now - lamport))
            walls(folded(wall - before))
            raw(signature)
        self.stretch = [index for _, index, _, _, _ in events]
        self.kind = [told.kind for _, _, told, _, _ in events]

    def _rare(self, header: bytes, told: Facts, other_audience: bool) -> int:
        """Acts, refs, another audience than before, an expiry class; their flags."""
        flags = 0
        for flag, ids in zip((ACTS, REFS), lists(header, told), strict=True):
            if ids:
                flags |= flag
                self.other.append(len(ids))
                self.raw += ids
        if other_audience:
            flags |= AUDIENCE
            self.other.append(told.audience is not None)
            self.raw.append(told.audience or b"")
        if told.expiry:
            flags |= EXPIRY
            self.other.append(told.expiry)
        return flags

    def metadata(self) -> bytes:
        """How long the columns are that not every event is in, and all columns."""
        some = (self.length, self.back, self.other)
        every = (self.stretch, self.flags, self.kind, self.lamport, self.wall)
        counts = numbers([len(self.back), len(self.length), len(self.other)])
        return counts + b"".join(map(numbers, (*every, *some)))


def squeezed(data: bytes, compressor: Compressor | None = None) -> bytes:
    """Length, 0 or the length of a zstd frame, and the bytes."""
    shorter, stored = (compressor or Compressor(MAX_PLAIN))(data)
    return number(len(data)) + (sized(stored) if shorter else b"\0" + data)


def unsqueezed(reader: Reader) -> bytes:
    length = reader.number(MAX_PLAIN, "the length of a part of a frame")
    stored = reader.sized(length, "the length of a compressed part")
    if not stored:
        return reader.fixed(length)
    try:
        return decompress(stored, length)
    except CorruptError as error:
        raise MessageError(f"bad events: {error.message}") from error


def decode(community: bytes, lane: int, data: bytes, known: Known) -> Decoded:
    """The events in a frame, for the importer. Raises MessageError and OverLimitError."""
    reader = Reader(data)
    stretches = reader.number(MAX_EVENTS, "the number of stretches in a frame")
    count = reader.number(MAX_EVENTS, "the number of events in a frame")
    begun = [_begin(reader, known) for _ in range(stretches)]
    for each in begun:
        if each.device is not None:
            each.chain = chain_name(community, each.device, lane)
            each.name = FRONT + each.chain
    metadata = Reader(unsqueezed(reader))
    payloads = unsqueezed(reader)
    columns = Columns(metadata, stretches, count)
    metadata.end()
    events = build(begun, columns, payloads, reader.rest())
    return Decoded(events, count - len(events))


def _begin(reader: Reader, known: Known) -> Begun:
    device: bytes | None
    if reader.byte(1):
        device = reader.fixed(32)
    else:
        device = known.device(reader.fixed(DEVICE_TAG))
    sequence = reader.number()
    how = reader.byte(2)
    if (sequence == 1) != (how == 0) or not sequence:
        raise MessageError("only the first event of a chain, and always it, has none before it")
    previous = None
    if how == 1:
        tag = reader.fixed(ID_TAG)
        previous = None if device is None else known.previous(device, sequence - 1, tag)
        device = device if previous is not None else None
    elif how == 2:
        previous = reader.fixed(32)
    return Begun(device, sequence, previous)
