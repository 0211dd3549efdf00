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

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from blake3 import blake3

from hearth.store import cbor
from hearth.store.compress import Compressor, decompress
from hearth.store.errors import CorruptError
from hearth.store.header import (
    CHAIN,
    MAX_ACTS,
    MAX_KIND,
    MAX_PAYLOAD,
    MAX_REFS,
    Fields,
    chain_name,
    lists,
    scan,
)
from hearth.sync.packing import (
    MAX_NUMBER,
    MessageError,
    OverLimitError,
    Reader,
    folded,
    number,
    numbers,
    sized,
    unfolded,
)

MAX_EVENTS: Final = 4096
MAX_PLAIN: Final = 1 << 19
"""Bytes of metadata, and of payloads, in a frame before compression, at most."""
DEVICE_TAG: Final = 6
ID_TAG: Final = 4

_NO_LISTS: Final = b"\x80\x80"
_MAX_FOLDED: Final = 2 * MAX_NUMBER + 1
_TICK, _BACK, _PAYLOAD, _ABSENT, _ACTS, _REFS, _AUDIENCE, _EXPIRY = (1 << bit for bit in range(8))

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
    records: Sequence[Record]


class Known(Protocol):
    """What the receiver of a frame looks up."""

    def device(self, tag: bytes) -> bytes | None:
        """The one device with this tag that has a chain here; None if there is not just one."""

    def previous(self, device: bytes, sequence: int, tag: bytes) -> bytes | None:
        """The one id with this tag that is held at this place of the device's chain."""


class Decoded(NamedTuple):
    """The events of a frame, and how many there were that could not be placed."""

    records: list[Record]
    unplaced: int


class _Columns:
    """What a frame's events become while it is encoded, one after another."""

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
        self._places: dict[bytes, int] = {}
        self._last: dict[int, tuple[int, int, bytes | None]] = {}

    def add(self, index: int, header: Fields, record: Record) -> None:
        """The next event, which is of the stretch with this index."""
        data = record[0]
        lamport, wall, audience = self._last.get(index, (0, 0, None))
        now, expiry, reads = _hints(data)
        self._last[index] = header.lamport, now, reads
        flags = self._tick(header.tick) | self._payload(header, record[2])
        both = () if data[header.lists :] == _NO_LISTS else lists(data, header)
        for flag, ids in zip((_ACTS, _REFS), both, strict=False):
            if ids:
                flags |= flag
                self.other.append(len(ids))
                self.raw += ids
        if reads != audience:
            flags |= _AUDIENCE
            self.other.append(reads is not None)
            self.raw.append(reads or b"")
        if expiry:
            flags |= _EXPIRY
            self.other.append(expiry)
        self._places[blake3(record[0] + record[1]).digest()] = len(self.flags)
        self.stretch.append(index)
        self.flags.append(flags)
        self.kind.append(header.kind)
        self.lamport.append(folded(header.lamport - lamport))
        self.wall.append(folded(now - wall))
        self.raw.append(record[1])

    def _tick(self, tick: bytes | None) -> int:
        if tick is None:
            return 0
        place = self._places.get(tick)
        if place is None:
            self.raw.append(tick)
            return _TICK
        self.back.append(len(self.flags) - place)
        return _TICK | _BACK

    def _payload(self, header: Fields, payload: bytes | None) -> int:
        if header.payload_hash is None:
            return 0
        self.length.append(header.payload_length)
        if payload is None:
            self.raw.append(header.payload_hash)
            return _ABSENT
        self.payloads.append(payload)
        return _PAYLOAD

    def metadata(self) -> bytes:
        """How long the columns are that not every event is in, and all columns."""
        some = (self.length, self.back, self.other)
        every = (self.stretch, self.flags, self.kind, self.lamport, self.wall)
        counts = numbers(map(len, (self.back, self.length, self.other)))
        return counts + b"".join(map(numbers, (*every, *some)))


def encode(salt: Salt, stretches: Sequence[Stretch]) -> bytes:
    """The bytes of a frame. The events are those of a log: nothing is checked."""
    table = b"".join(_stretch(salt, stretch) for stretch in stretches)
    columns = _Columns()
    for index, header, record in _by_time(stretches):
        columns.add(index, header, record)
    count = number(len(stretches)) + number(len(columns.flags))
    parts = (_squeezed(columns.metadata()), _squeezed(b"".join(columns.payloads)))
    return b"".join((count, table, *parts, *columns.raw))


def _stretch(salt: Salt, stretch: Stretch) -> bytes:
    device, previous = stretch.device, stretch.previous
    out = b"\0" + salt.device(device) if stretch.device_known else b"\1" + device
    out += number(stretch.first)
    if previous is None:
        return out + b"\0"
    return out + (b"\1" + salt.id(previous) if stretch.previous_known else b"\2" + previous)


def _by_time(stretches: Sequence[Stretch]) -> list[tuple[int, Fields, Record]]:
    """All events, each after the one before it in its stretch, else by Lamport time."""
    found = []
    for index, stretch in enumerate(stretches):
        time = 0
        for record in stretch.records:
            header = scan(record[0])
            time = max(time + 1, header.lamport)
            found.append((time, index, header, record))
    found.sort(key=lambda each: each[:2])
    return [each[1:] for each in found]


def _hints(data: bytes) -> tuple[int, int, bytes | None]:
    """Wall clock, expiry class and audience of a header that was checked: what `scan` leaves out.

    Found by walking over the items from the sequence on; their heads say how long they are.
    """
    at = CHAIN.stop
    for _ in range(5):  # sequence, previous, Lamport time, tick, kind
        at += _SIZES[data[at]]
    start = at
    at += _SIZES[data[at]]
    wall = _value(data[start:at])
    start = at
    at += _SIZES[data[at]]
    expiry = _value(data[start:at])
    at += _SIZES[data[at]]
    at += _SIZES[data[at]]
    return wall, expiry, None if data[at] == 0xF6 else data[at + 2 : at + 34]


def _value(item: bytes) -> int:
    return item[0] if len(item) == 1 else int.from_bytes(item[1:], "big")


_SIZES: Final = {
    **dict.fromkeys(range(24), 1), 0x18: 2, 0x19: 3, 0x1A: 5, 0x1B: 9, 0x58: 34, 0xF6: 1,
}  # fmt: skip
"""How long an item of a header is, by its first byte."""


def _squeezed(data: bytes) -> bytes:
    """Length, 0 or the length of a zstd frame, and the bytes."""
    shorter, stored = Compressor()(data)
    return number(len(data)) + (sized(stored) if shorter else b"\0" + data)


def _unsqueezed(reader: Reader) -> bytes:
    length = reader.number(MAX_PLAIN, "the length of a part of a frame")
    stored = reader.sized(length, "the length of a compressed part")
    if not stored:
        return reader.fixed(length)
    try:
        return decompress(stored, length)
    except CorruptError as error:
        raise MessageError(f"bad events: {error.message}") from error


class _Begun:
    """A stretch while it is decoded. `device` is None if it cannot be placed."""

    __slots__ = ("audience", "device", "lamport", "name", "previous", "sequence", "wall")

    def __init__(self, device: bytes | None, sequence: int, previous: bytes | None) -> None:
        self.device = device
        self.sequence = sequence
        self.previous = previous
        self.lamport = 0
        self.wall = 0
        self.audience: bytes | None = None
        self.name = b""


def decode(community: bytes, lane: int, data: bytes, known: Known) -> Decoded:
    """The events in a frame, for the importer. Raises MessageError and OverLimitError."""
    reader = Reader(data)
    stretches = reader.number(MAX_EVENTS, "the number of stretches in a frame")
    events = reader.number(MAX_EVENTS, "the number of events in a frame")
    begun = [_begin(reader, known) for _ in range(stretches)]
    for each in begun:
        if each.device is not None:
            each.name = b"\x90\x01" + chain_name(community, each.device, lane)
    metadata = Reader(_unsqueezed(reader))
    payloads = Reader(_unsqueezed(reader))
    records: list[Record] = []
    unplaced = 0
    for record in _Events(metadata, payloads, reader, begun, events).read():
        if record is None:
            unplaced += 1
        else:
            records.append(record)
    metadata.end()
    payloads.end()
    reader.end()
    return Decoded(records, unplaced)


def _begin(reader: Reader, known: Known) -> _Begun:
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
    return _Begun(device, sequence, previous)


class _Events:
    """Reads the events of a frame from its three parts."""

    def __init__(
        self,
        metadata: Reader,
        payloads: Reader,
        raw: Reader,
        begun: list[_Begun],
        count: int,
    ) -> None:
        backs = metadata.number(count, "the number of ticks in a frame")
        lengths = metadata.number(count, "the number of payloads in a frame")
        others = metadata.number(4 * count, "the number of lists in a frame")
        self._begun = begun
        self._payloads = payloads
        self._raw = raw
        limits = (MAX_EVENTS, 255, MAX_KIND, _MAX_FOLDED, _MAX_FOLDED)
        self._columns = [metadata.numbers(count, limit) for limit in limits]
        self._lengths = iter(metadata.numbers(lengths, MAX_PAYLOAD))
        self._backs = iter(metadata.numbers(backs, MAX_EVENTS))
        self._others = iter(metadata.numbers(others))
        self._ids: list[bytes | None] = []

    def read(self) -> Iterator[Record | None]:
        """Every event, or None where it could not be placed."""
        for index, flags, kind, lamport, wall in zip(*self._columns, strict=True):
            if index >= len(self._begun):
                raise MessageError("an event of no stretch")
            yield self._one(self._begun[index], flags, kind, lamport, wall)
        if any(next(each, None) is not None for each in (self._lengths, self._backs, self._others)):
            raise MessageError("numbers left over in a frame")

    def _one(self, begun: _Begun, flags: int, kind: int, lamport: int, wall: int) -> Record | None:
        begun.lamport += unfolded(lamport)
        begun.wall += unfolded(wall)
        if not (0 <= begun.lamport <= MAX_NUMBER and 0 <= begun.wall <= MAX_NUMBER):
            raise MessageError("a time out of bounds")
        tick = self._tick(begun, flags)
        hashed, length, payload = self._payload(flags)
        acts = self._list(flags & _ACTS, MAX_ACTS)
        refs = self._list(flags & _REFS, MAX_REFS)
        if flags & _AUDIENCE:
            begun.audience = self._raw.fixed(32) if self._other(1) else None
        expiry = self._other(255) if flags & _EXPIRY else 0
        header = b"".join(
            (
                begun.name,
                _uint(begun.sequence),
                _id(begun.previous),
                _uint(begun.lamport),
                _id(tick),
                _uint(kind),
                _uint(begun.wall),
                _uint(expiry),
                _id(hashed),
                _uint(length),
                _id(begun.audience),
                acts,
                refs,
            )
        )
        signature = self._raw.fixed(64)
        begun.sequence += 1
        if begun.device is None:
            self._ids.append(None)
            return None
        begun.previous = blake3(header + signature).digest()
        self._ids.append(begun.previous)
        return header, signature, payload

    def _tick(self, begun: _Begun, flags: int) -> bytes | None:
        if not flags & _TICK:
            if flags & _BACK:
                raise MessageError("a tick that is and is not")
            return None
        if not flags & _BACK:
            return self._raw.fixed(32)
        back = next(self._backs, 0)
        if not 0 < back <= len(self._ids):
            raise MessageError("a tick that is not in the frame")
        tick = self._ids[-back]
        if tick is None:
            begun.device = None  # what ticks on an event without an id cannot be built either
        return tick

    def _payload(self, flags: int) -> tuple[bytes | None, int, bytes | None]:
        which = flags & (_PAYLOAD | _ABSENT)
        if not which:
            return None, 0, None
        length = next(self._lengths, 0)
        if which == _PAYLOAD | _ABSENT or not length:
            raise MessageError("a payload that is and is not")
        if which == _ABSENT:
            return self._raw.fixed(32), length, None
        payload = self._payloads.fixed(length)
        return blake3(payload).digest(), length, payload

    def _other(self, limit: int) -> int:
        value = next(self._others, None)
        if value is None:
            raise MessageError("a frame lacks numbers")
        if value > limit:
            raise OverLimitError(f"a number of {value}, the limit is {limit}")
        return value

    def _list(self, present: int, limit: int) -> bytes:
        if not present:
            return b"\x80"
        count = self._other(limit)
        if not count:
            raise MessageError("a list that is and is not")
        return cbor.head(4, count) + b"".join(_id(self._raw.fixed(32)) for _ in range(count))


def _uint(value: int) -> bytes:
    return bytes((value,)) if value < 24 else cbor.head(0, value)


def _id(value: bytes | None) -> bytes:
    return b"\xf6" if value is None else b"\x58\x20" + value
