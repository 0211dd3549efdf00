"""The events of a frame, built again from its columns and what cannot be compressed (`delta`).

Every event passes here once, so nothing is done twice: the header is put together from numbers
that were checked, and the importer need not take it apart again (`incoming`).
"""

from __future__ import annotations

from typing import Final

from blake3 import blake3

from hearth.store import cbor
from hearth.store.header import (
    ID,
    MAX_ACTS,
    MAX_KIND,
    MAX_PAYLOAD,
    MAX_REFS,
    NO_LISTS,
    NONE,
    Fields,
    uint,
)
from hearth.store.incoming import Incoming
from hearth.sync.packing import MAX_NUMBER, MessageError, OverLimitError, Reader, unfolded

MAX_EVENTS: Final = 4096
TICK, BACK, PAYLOAD, ABSENT, ACTS, REFS, AUDIENCE, EXPIRY = (1 << bit for bit in range(8))
"""The flags of an event: docs/sync.md, section 12."""
_RARE: Final = ACTS | REFS | AUDIENCE | EXPIRY
_MAX_FOLDED: Final = 2 * MAX_NUMBER + 1
_new: Final = tuple.__new__  # a named tuple without a call into Python


class Begun:
    """A stretch while it is decoded. `device` is None if it cannot be placed."""

    __slots__ = (
        "audience", "chain", "device", "lamport", "name", "previous", "sequence", "wall",
    )  # fmt: skip

    def __init__(self, device: bytes | None, sequence: int, previous: bytes | None) -> None:
        self.device = device
        self.sequence = sequence
        self.previous = previous
        self.lamport = 0
        self.wall = 0
        self.audience: bytes | None = None
        self.chain = self.name = b""

    def go_on(self, later: int, newer: int) -> None:
        """To the Lamport time and wall clock of the next event."""
        self.lamport += unfolded(later)
        self.wall += unfolded(newer)
        if not 0 < self.lamport <= MAX_NUMBER >= self.wall >= 0:
            raise MessageError("a time out of bounds")


class Columns:
    """The columns of a frame that is read."""

    def __init__(self, metadata: Reader, stretches: int, count: int) -> None:
        backs = metadata.number(count, "the number of ticks in a frame")
        lengths = metadata.number(count, "the number of payloads in a frame")
        others = metadata.number(4 * count, "the number of lists in a frame")
        limits = (MAX_EVENTS, 255, MAX_KIND, _MAX_FOLDED, _MAX_FOLDED)
        self.every = [metadata.numbers(count, limit) for limit in limits]
        if max(self.every[0], default=-1) >= stretches:
            raise MessageError("an event of no stretch")
        self.lengths = iter(metadata.numbers(lengths, MAX_PAYLOAD))
        self.backs = iter(metadata.numbers(backs, MAX_EVENTS))
        self.others = iter(metadata.numbers(others))

    def other(self, limit: int) -> int:
        """The next number of the last column, at most `limit`."""
        value = next(self.others, None)
        if value is None:
            raise MessageError("a frame lacks numbers")
        if value > limit:
            raise OverLimitError(f"a number of {value}, the limit is {limit}")
        return value

    def back(self, flags: int, ids: list[bytes | None]) -> bytes | None:
        """The id of the event of the frame that is the tick of the next one."""
        back = next(self.backs, 0)
        if not (flags & TICK and 0 < back <= len(ids)):
            raise MessageError("a tick that is not in the frame")
        return ids[-back]

    def length(self, flags: int) -> int:
        """How long the payload of the next event is."""
        length = next(self.lengths, 0)
        if not length or not ~flags & (PAYLOAD | ABSENT):
            raise MessageError("a payload that is and is not")
        return length

    def end(self) -> None:
        """Raise MessageError unless everything has been used."""
        if any(next(each, None) is not None for each in (self.lengths, self.backs, self.others)):
            raise MessageError("numbers left over in a frame")


def build(stretches: list[Begun], columns: Columns, payloads: bytes, raw: bytes) -> list[Incoming]:
    """Every event that can be placed. Raises MessageError and OverLimitError.

    Where bytes are missing it goes on with what there is, to the end, where that is noticed.
    """
    found: list[Incoming] = []
    ids: list[bytes | None] = []
    at = paid = 0
    for index, flags, kind, later, newer in zip(*columns.every, strict=True):
        stretch = stretches[index]
        stretch.go_on(later, newer)
        tick = hashed = payload = None
        length = 0
        if flags & BACK:
            tick = columns.back(flags, ids)
            if tick is None:
                stretch.device = None  # what ticks on what has no id cannot be built either
        elif flags & TICK:
            tick = raw[at : at + 32]
            at += 32
        if flags & (PAYLOAD | ABSENT):
            length = columns.length(flags)
            if flags & PAYLOAD:
                payload = payloads[paid : paid + length]
                paid += length
                hashed = blake3(payload).digest()
            else:
                hashed = raw[at : at + 32]
                at += 32
        expiry, ends = 0, NO_LISTS
        if flags & _RARE:
            expiry, ends, at = _rare(stretch, columns, flags, raw, at)
        signature = raw[at : at + 64]
        at += 64
        event = None
        if stretch.device is not None:
            rest = (tick, kind, expiry, hashed, length, ends)
            found.append(event := _event(stretch, rest, signature, payload))
        ids.append(None if event is None else event.id)
        stretch.sequence += 1
    columns.end()
    if at != len(raw) or paid != len(payloads):
        raise MessageError("a frame with too few or too many bytes")
    return found


_Rest = tuple[bytes | None, int, int, bytes | None, int, bytes]
"""Tick, kind, expiry class, hash and length of the payload, both lists."""


def _event(stretch: Begun, rest: _Rest, signature: bytes, payload: bytes | None) -> Incoming:
    """The next event of a stretch: its header, as `header` says, and its id."""
    tick, kind, expiry, hashed, length, ends = rest
    sequence, previous, lamport = stretch.sequence, stretch.previous, stretch.lamport
    audience = stretch.audience
    if sequence > MAX_NUMBER:
        raise MessageError("a place out of bounds")
    header = b"".join(
        (
            stretch.name,
            uint(sequence),
            NONE if previous is None else ID + previous,
            uint(lamport),
            NONE if tick is None else ID + tick,
            uint(kind),
            uint(stretch.wall),
            uint(expiry),
            NONE if hashed is None else ID + hashed,
            uint(length),
            NONE if audience is None else ID + audience,
            ends,
        )
    )
    stretch.previous = id = blake3(header + signature).digest()
    lists = len(header) - len(ends)
    fields = (stretch.chain, sequence, previous, lamport, tick, kind, hashed, length, lists)
    return Incoming(_new(Fields, fields), header, signature, payload, id)


def _rare(
    stretch: Begun, columns: Columns, flags: int, raw: bytes, at: int
) -> tuple[int, bytes, int]:
    """Acts, refs, another audience, an expiry class: (that class, both lists, where to go on)."""
    ends = b""
    for flag, limit in ((ACTS, MAX_ACTS), (REFS, MAX_REFS)):
        count = columns.other(limit) if flags & flag else 0
        if flags & flag and not count:
            raise MessageError("a list that is and is not")
        ids = [raw[place : place + 32] for place in range(at, at + 32 * count, 32)]
        at += 32 * count
        ascending = flag == REFS or all(map(bytes.__lt__, ids, ids[1:]))
        if not ascending or len(set(ids)) != count:
            raise MessageError("a list out of order, or that names something twice")
        ends += cbor.head(4, count) + b"".join(ID + id for id in ids)
    if flags & AUDIENCE:
        present = columns.other(1)
        stretch.audience = raw[at : at + 32] if present else None
        at += 32 * present
    return columns.other(255) if flags & EXPIRY else 0, ends, at
