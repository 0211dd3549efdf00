"""Blocks: events in a bundle, without what their chains and their payloads imply.

    block    = forget (1) ‖ number of events ‖ stretches that begin here ‖ metadata ‖ payloads ‖ raw
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
are told above the lowest. Metadata and payloads are zstd frames where that is shorter. A block
that begins with 1, and not 0, has its reader forget all stretches and shapes before it: there is
room for 65,536 of each.

This is the reading side; `blocks_out` writes. As in `delta`, what a reader builds is what any
stranger could have brought: whoever takes it in proves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import pack
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store import cbor
from hearth.store.block import Block
from hearth.store.header import FRONT, ID, MAX_PAYLOAD, NONE, chain_name
from hearth.sync.block_shapes import ABSENT, HERE, LISTS, Shape, add_lists, read_shape
from hearth.sync.columns import read_column
from hearth.sync.delta import unsqueezed
from hearth.sync.packing import MAX_NUMBER, MessageError, Reader

MAX_EVENTS: Final = 4096
BACK: Final = 8192
"""How many events back a tick may be to be told by that."""
STATED: Final = 1
"""A tick's number, if it is stated; one that is n events back is STATED + n, and none is 0."""
MAX_KNOWN: Final = 1 << 16
"""Stretches, and shapes, that a reader remembers."""
_PAYLOAD: Final = HERE | ABSENT
_REMEMBERED: Final = 1 << 13


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
        self._forgotten = 0
        self._shapes: list[Shape] = []
        self._ids: list[bytes] = []
        self._numbers = _Numbers()

    def copy(self) -> Blocks:
        """It, as it is now: to read the same blocks once more."""
        twin = Blocks(self._community, self._lane)
        twin._stretches = [_Begun(each.name, each.sequence, each.link) for each in self._stretches]
        twin._forgotten = self._forgotten
        twin._shapes, twin._ids = list(self._shapes), list(self._ids)
        return twin

    def read(self, data: bytes) -> Block:
        """The events in the next block. Raises MessageError and OverLimitError.

        After an error nothing more can be read."""
        reader = Reader(data)
        if reader.byte(1):
            self._forgotten += len(self._stretches)
            self._stretches, self._shapes = [], []
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
        every = raw.fixed(64 * count)
        signatures = [every[at : at + 64] for at in range(0, len(every), 64)]
        stated = [raw.fixed(32) for _ in range(columns.ticks.count(STATED))]
        flags = {self._shapes[each].flags for each in set(columns.shaped)}
        absent = []
        if any(each & ABSENT for each in flags):
            absent = [raw.fixed(32) for shape in columns.shapes if shape.flags & ABSENT]
        afters = [shape.after for shape in columns.shapes]
        refs = {}
        if any(each & LISTS for each in flags):
            refs = add_lists(columns.shapes, afters, raw)
        raw.end()
        stretches = columns.stretches
        if self._forgotten:
            stretches = [self._forgotten + number for number in stretches]
        found, hashes = self._payloads(columns, payloads, iter(absent))
        headers, sequences, ticks, ids = self._headers(
            columns, signatures, iter(stated), hashes, afters
        )
        return Block(
            stretches, sequences, columns.lamports, ticks,
            [shape.kind for shape in columns.shapes], headers, signatures, found, ids, refs,
        )  # fmt: skip

    def _begin(self, reader: Reader) -> None:
        device, sequence = reader.fixed(32), reader.number()
        if not sequence or len(self._stretches) == MAX_KNOWN:
            raise MessageError("a stretch that begins nowhere, or one too many")
        previous = reader.fixed(32) if sequence > 1 else None
        name = chain_name(self._community, device, self._lane)
        link = NONE if previous is None else ID + previous
        self._stretches.append(_Begun(FRONT + name, sequence, link))

    def _columns(self, reader: Reader, count: int) -> _Columns:
        for _ in range(reader.number(count, "the number of shapes in a block")):
            if len(self._shapes) == MAX_KNOWN:
                raise MessageError("one shape too many in a bundle")
            self._shapes.append(read_shape(reader))
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
        return _Columns(stretches, shaped, shapes, ticks, lamports, walls, lengths)

    def _payloads(
        self, columns: _Columns, payloads: bytes, absent: Iterator[bytes]
    ) -> tuple[list[bytes | None], list[bytes]]:
        """Payloads, and their hashes as in headers."""
        found: list[bytes | None] = []
        hashes: list[bytes] = []
        hasher = blake3()
        reset, update, digest = hasher.reset, hasher.update, hasher.digest
        at = 0
        for shape, length in zip(columns.shapes, columns.lengths, strict=True):
            flags = shape[0]
            if (not length) != (not flags & _PAYLOAD):
                raise MessageError("a payload that is and is not")
            if flags & HERE:
                payload = payloads[at : at + length]
                at += length
                reset()
                update(payload)
                found.append(payload)
                hashes.append(digest())
            else:
                found.append(None)
                hashes.append(next(absent) if flags & ABSENT else b"")
        if at != len(payloads):
            raise MessageError("a block with too few or too many bytes of payloads")
        return found, hashes

    def _headers(
        self, columns: _Columns, signatures: list[bytes], stated: Iterator[bytes],
        hashes: list[bytes], afters: list[bytes],
    ) -> tuple[list[bytes], list[int], list[bytes | None], list[bytes]]:  # fmt: skip
        """Headers, sequences, ticks and ids. One loop, and one hasher for all: a call more for
        each event would be felt."""
        numbers, stretches, ids = self._numbers, self._stretches, self._ids[-BACK:]
        known = len(ids)
        headers: list[bytes] = []
        sequences: list[int] = []
        ticks: list[bytes | None] = []
        hasher = blake3()
        reset, update, digest = hasher.reset, hasher.update, hasher.digest
        for at, (_, _, kind, before, _), back, lamport, wall, hashed, length, after, signed in zip(
            columns.stretches, columns.shapes, columns.ticks, _encoded(columns.lamports),
            _encoded(columns.walls), hashes, columns.lengths, afters, signatures, strict=True,
        ):  # fmt: skip
            stretch = stretches[at]
            sequence = stretch.sequence
            tick, told = None, NONE
            if back:
                if back > len(ids) + STATED:
                    raise MessageError("a tick that is not in the bundle")
                tick = ids[STATED - back] if back > STATED else next(stated)
                told = ID + tick
            header = b"".join(
                (stretch.name, numbers[sequence], stretch.link, lamport, told, kind, wall,
                 before, hashed, numbers[length], after)
            )  # fmt: skip
            reset()
            update(header + signed)
            id = digest()
            stretch.link = ID + id
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
    reader = Reader(data)
    reader.byte(1)
    return reader.number(MAX_EVENTS, "the number of events in a block")


class _Columns(NamedTuple):
    """What a block says of each event in numbers."""

    stretches: list[int]
    shaped: list[int]
    shapes: list[Shape]
    ticks: list[int]
    lamports: list[int]
    walls: list[int]
    lengths: list[int]


def _encoded(values: list[int]) -> list[bytes]:
    """Times as in headers. Nearly always all are of one length, and made together: as bytes that
    lie next to each other, each behind the one that says how long it is."""
    lowest, highest = min(values, default=0), max(values, default=0)
    if lowest > 0xFFFF and highest <= 0xFFFFFFFF:
        size, kind, code = 4, "I", b"\x1a"
    elif lowest > 0xFF and highest <= 0xFFFF:
        size, kind, code = 2, "H", b"\x19"
    else:
        return [cbor.head(0, each) for each in values]
    plain = pack(f">{len(values)}{kind}", *values)
    every = bytearray(len(values) * (size + 1))
    every[:: size + 1] = code * len(values)
    for at in range(size):
        every[at + 1 :: size + 1] = plain[at::size]
    made = bytes(every)
    return [made[at : at + size + 1] for at in range(0, len(made), size + 1)]
