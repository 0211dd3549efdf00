"""Blocks: events in a bundle, without what their chains and their payloads imply.

    block    = number of events ‖ stretches that begin here ‖ metadata ‖ payloads ‖ raw
    stretch  = device (32) ‖ sequence of the first event ‖ previous id (32), unless that is 1
    metadata = shapes that are new ‖ lowest Lamport time ‖ lowest wall clock ‖ columns, a number for
               each event: stretch, shape, tick, Lamport time, wall clock, length of the payload
    shape    = flags (1) ‖ kind ‖ expiry class (1) ‖ audience (32), if it has one
    payloads   one after another
    raw      = signatures (64 each) ‖ ticks that are stated ‖ hashes of payloads that are not here
               ‖ number of acts (1) ‖ acts ‖ number of refs (1) ‖ refs, of those that have some

A reader has read all blocks before: stretches and shapes are numbered through a lane's blocks, a
stretch goes on in the next block, and a tick is mostly one of the last 8,192 events, told by how
far back it is. Events come about in the order in which they were made, so that this is so. Times
are told above the lowest. Metadata and payloads are zstd frames where that is shorter.

This is the reading side; `blocks_out` writes. As in `delta`, what a reader builds is what any
stranger could have brought: whoever takes it in proves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store import cbor
from hearth.store.block import Block
from hearth.store.header import MAX_ACTS, MAX_KIND, MAX_PAYLOAD, MAX_REFS, chain_name
from hearth.sync.columns import read_column
from hearth.sync.delta import unsqueezed
from hearth.sync.packing import MAX_NUMBER, MessageError, Reader

MAX_EVENTS: Final = 4096
BACK: Final = 8192
"""How many events back a tick may be to be told by that."""
HERE, ABSENT, LISTS, AUDIENCE = (1 << bit for bit in range(4))
"""The flags of a shape: the payload is here; it is not; there are acts or refs; an audience."""
STATED: Final = 1
"""A tick's number, if it is stated; one that is n events back is STATED + n, and none is 0."""
_MAX_SHAPES: Final = 1 << 16
_MAX_STRETCHES: Final = 1 << 20
_FRONT: Final = b"\x90\x01"
_ID: Final = b"\x58\x20"
_NO_LISTS: Final = b"\x80\x80"
_SECONDS: Final = Struct(">BI").pack
_REMEMBERED: Final = 1 << 13


class Shape(NamedTuple):
    """What many events have in common. `encoded`: the kind; `before` and `after`: what a header has
    around hash and length of the payload, or in their place."""

    flags: int
    kind: int
    encoded: bytes
    before: bytes
    after: bytes


class _Begun:
    """A stretch as far as it has been read. `link`: the id of its last event, as in a header."""

    __slots__ = ("link", "name", "sequence")

    def __init__(self, name: bytes, sequence: int, link: bytes) -> None:
        self.name = name
        self.sequence = sequence
        self.link = link


class _Numbers(dict[int, bytes]):
    """Numbers as headers have them: nearly all of them come again and again."""

    def __missing__(self, value: int) -> bytes:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[value] = found = cbor.head(0, value)
        return found


class Blocks:
    """Reads the blocks of one lane of a bundle, one after another."""

    def __init__(self, community: bytes, lane: int) -> None:
        self._community = community
        self._lane = lane
        self._stretches: list[_Begun] = []
        self._shapes: list[Shape] = []
        self._ids: list[bytes] = []
        self._numbers = _Numbers()

    def copy(self) -> Blocks:
        """It, as it is now: to read the same blocks once more."""
        twin = Blocks(self._community, self._lane)
        twin._stretches = [_Begun(each.name, each.sequence, each.link) for each in self._stretches]
        twin._shapes, twin._ids = list(self._shapes), list(self._ids)
        return twin

    def read(self, data: bytes) -> Block:
        """The events in the next block. Raises MessageError and OverLimitError.

        After an error nothing more can be read."""
        reader = Reader(data)
        count = reader.number(MAX_EVENTS, "the number of events in a block")
        known = len(self._stretches)
        more = reader.number(count, "the number of stretches in a block")
        for _ in range(more):
            self._begin(reader)
        columns = self._columns(Reader(unsqueezed(reader)), count)
        if not set(range(known, known + more)).issubset(columns.stretches):
            raise MessageError("a stretch without events")
        payloads = unsqueezed(reader)
        raw = Reader(reader.rest())
        signed = raw.fixed(64 * count)
        stated = iter([raw.fixed(32) for _ in range(columns.ticks.count(STATED))])
        endings, found = self._endings(columns, payloads, raw)
        refs = _lists(columns.shapes, endings, raw)
        raw.end()
        headers, sequences, ticks, ids = self._headers(columns, stated, endings, signed)
        return Block(
            columns.stretches, sequences, columns.lamports, ticks,
            [shape.kind for shape in columns.shapes], headers,
            [signed[at : at + 64] for at in range(0, len(signed), 64)], found, ids, refs,
        )  # fmt: skip

    def _begin(self, reader: Reader) -> None:
        device, sequence = reader.fixed(32), reader.number()
        if not sequence or len(self._stretches) == _MAX_STRETCHES:
            raise MessageError("a stretch that begins nowhere, or one too many")
        previous = reader.fixed(32) if sequence > 1 else None
        name = chain_name(self._community, device, self._lane)
        link = b"\xf6" if previous is None else _ID + previous
        self._stretches.append(_Begun(_FRONT + name, sequence, link))

    def _columns(self, reader: Reader, count: int) -> _Columns:
        for _ in range(reader.number(count, "the number of shapes in a block")):
            if len(self._shapes) == _MAX_SHAPES:
                raise MessageError("one shape too many in a bundle")
            self._shapes.append(_shape(reader))
        lowest, earliest = reader.number(), reader.number()
        stretches = read_column(reader, count, len(self._stretches) - 1)
        shaped = read_column(reader, count, len(self._shapes) - 1)
        ticks = read_column(reader, count, STATED + BACK)
        lamports = [lowest + each for each in read_column(reader, count)]
        walls = [earliest + each for each in read_column(reader, count)]
        lengths = read_column(reader, count, MAX_PAYLOAD)
        reader.end()
        if count and (not lowest or max(max(lamports), max(walls)) > MAX_NUMBER):
            raise MessageError("a time out of bounds")
        shapes = [self._shapes[each] for each in shaped]
        return _Columns(stretches, shapes, ticks, lamports, walls, lengths)

    def _endings(
        self, columns: _Columns, payloads: bytes, raw: Reader
    ) -> tuple[list[bytes], list[bytes | None]]:
        """What of each header comes after its wall clock, but for lists; and the payloads."""
        endings: list[bytes] = []
        found: list[bytes | None] = []
        at = 0
        for (flags, _, _, before, after), length in zip(
            columns.shapes, columns.lengths, strict=True
        ):
            if (not length) != (not flags & (HERE | ABSENT)):
                raise MessageError("a payload that is and is not")
            if flags & HERE:
                payload = payloads[at : at + length]
                at += length
                hashed = blake3(payload).digest()
                found.append(payload)
            else:
                hashed = raw.fixed(32) if flags & ABSENT else b""
                found.append(None)
            endings.append(b"".join((before, hashed, self._numbers[length], after)))
        if at != len(payloads):
            raise MessageError("a block with too few or too many bytes of payloads")
        return endings, found

    def _headers(
        self, columns: _Columns, stated: Iterator[bytes], endings: list[bytes], signed: bytes
    ) -> tuple[list[bytes], list[int], list[bytes | None], list[bytes]]:
        """Headers, sequences, ticks and ids. One loop: a call for each event would be felt."""
        numbers, stretches, ids = self._numbers, self._stretches, self._ids[-BACK:]
        known = len(ids)
        headers: list[bytes] = []
        sequences: list[int] = []
        ticks: list[bytes | None] = []
        at = 0
        for index, shape, back, lamport, wall, ending in zip(
            columns.stretches, columns.shapes, columns.ticks, columns.lamports,
            _walls(columns.walls), endings, strict=True,
        ):  # fmt: skip
            stretch = stretches[index]
            sequence = stretch.sequence
            tick, told = None, b"\xf6"
            if back:
                if back > len(ids) + STATED:
                    raise MessageError("a tick that is not in the bundle")
                tick = ids[STATED - back] if back > STATED else next(stated)
                told = _ID + tick
            header = b"".join(
                (stretch.name, numbers[sequence], stretch.link, numbers[lamport], told, shape[2],
                 wall, ending)
            )  # fmt: skip
            id = blake3(header + signed[at : at + 64]).digest()
            at += 64
            stretch.link = _ID + id
            stretch.sequence = sequence + 1
            headers.append(header)
            sequences.append(sequence)
            ticks.append(tick)
            ids.append(id)
        if sequences and max(sequences) > MAX_NUMBER:
            raise MessageError("a place out of bounds")
        self._ids = ids
        return headers, sequences, ticks, ids[known:]


def count_of(data: bytes) -> int:
    """How many events a block says that it has. Raises MessageError and OverLimitError."""
    return Reader(data).number(MAX_EVENTS, "the number of events in a block")


class _Columns(NamedTuple):
    """What a block says of each event in numbers."""

    stretches: list[int]
    shapes: list[Shape]
    ticks: list[int]
    lamports: list[int]
    walls: list[int]
    lengths: list[int]


def _shape(reader: Reader) -> Shape:
    flags = reader.byte(HERE | ABSENT | LISTS | AUDIENCE)
    if flags & HERE and flags & ABSENT:
        raise MessageError("a payload that is and is not")
    kind, expiry = reader.number(MAX_KIND, "a kind"), reader.byte()
    audience = _ID + reader.fixed(32) if flags & AUDIENCE else b"\xf6"
    hashed = _ID if flags & (HERE | ABSENT) else b"\xf6"
    ending = b"" if flags & LISTS else _NO_LISTS
    return Shape(flags, kind, cbor.head(0, kind), cbor.head(0, expiry) + hashed, audience + ending)


def _walls(walls: list[int]) -> list[bytes]:
    """Wall clocks as in headers; nearly always all of one length."""
    if walls and min(walls) > 0xFFFF and max(walls) <= 0xFFFFFFFF:
        return [_SECONDS(0x1A, each) for each in walls]
    return [cbor.head(0, each) for each in walls]


def _lists(shapes: list[Shape], endings: list[bytes], raw: Reader) -> dict[int, tuple[bytes, ...]]:
    """Add acts and refs to the endings that have some; the refs, by place."""
    refs: dict[int, tuple[bytes, ...]] = {}
    for at, shape in enumerate(shapes):
        if shape.flags & LISTS:
            acts, named = _ids(raw, MAX_ACTS), _ids(raw, MAX_REFS)
            if not (acts or named) or not all(map(bytes.__lt__, acts, acts[1:])):
                raise MessageError("lists that are empty or out of order")
            if len(set(named)) != len(named):
                raise MessageError("a list that names something twice")
            lists = (
                cbor.head(4, len(ids)) + b"".join(map(_ID.__add__, ids)) for ids in (acts, named)
            )
            endings[at] += b"".join(lists)
            if named:
                refs[at] = named
    return refs


def _ids(raw: Reader, most: int) -> tuple[bytes, ...]:
    return tuple(raw.fixed(32) for _ in range(raw.byte(most)))
