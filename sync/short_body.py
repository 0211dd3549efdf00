"""The body of a short frame: what a header says that its receiver cannot find out.

    shape      bits 0 to 2: the lane; 3: it has a tick; 4: an audience; 5: an expiry; 6: `more`
    more       bit 0: acts; 1: refs; 2: a wall clock out of the usual range; never 0
    kind       a number: its difference from 64 times the lane, folded (one byte for the lane's own)
    sequence, Lamport time    numbers; `previous` is there if and only if the sequence is not 1
    wall       seconds since 2020 in 4 bytes, or, out of that range, a number
    acts, refs a number, not 0, and so many ids
    payload    the rest; none if there is none

Numbers are those of `packing`. Everything that could be said in two ways is refused in one of
them, so a body has one encoding. Who signed it, and for whom, is put in later (`Body.header`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store.header import MAX_ACTS, MAX_REFS, Header, Lane, encode
from hearth.sync.packing import MessageError, OverLimitError, Reader, folded, number, unfolded

TAG: Final = 3
"""Bytes of the tags of devices and audiences."""
EPOCH: Final = 1_577_836_800
"""2020-01-01T00:00:00Z."""
WALLS: Final = range(EPOCH, EPOCH + (1 << 32))
"""Wall clocks that take four bytes: until the year 2156."""
KINDS_OF_LANE: Final = 64

_LANE, _TICK, _AUDIENCE, _EXPIRY, _MORE, _SHAPES = 0x07, 0x08, 0x10, 0x20, 0x40, 0x7F
_ACTS, _REFS, _WALL, _MORES = 0x01, 0x02, 0x04, 0x07
_NOBODY: Final = bytes(32)


class ShortFrameError(MessageError, code="bad-short-frame"):
    """Bytes that are no short frame."""


class Body(NamedTuple):
    """A body that was read: the event but for its device, of which there is a tag. `audience` is
    None, a tag, or whole."""

    plain: Header
    device: bytes
    audience: bytes | None
    payload: bytes | None

    def header(self, device: bytes, audience: bytes | None) -> bytes:
        """The header it has if it is this device's, for this audience."""
        return encode(self.plain._replace(device=device, audience=audience))


def fields(header: Header, device: bytes, audience: bytes | None) -> bytes:
    """A body without its payload: the header's facts behind these names of device and audience."""
    usual = header.wall in WALLS
    more = bool(header.acts) * _ACTS | bool(header.refs) * _REFS | (not usual) * _WALL
    shape = (
        header.lane
        | (header.tick is not None) * _TICK
        | (audience is not None) * _AUDIENCE
        | bool(header.expiry) * _EXPIRY
        | bool(more) * _MORE
    )
    return b"".join(
        (
            bytes((shape, more)) if more else bytes((shape,)),
            device,
            audience or b"",
            number(folded(header.kind - KINDS_OF_LANE * header.lane)),
            number(header.sequence),
            number(header.lamport),
            (header.wall - EPOCH).to_bytes(4, "big") if usual else number(header.wall),
            bytes((header.expiry,)) if header.expiry else b"",
            header.previous or b"",
            header.tick or b"",
            _ids(header.acts),
            _ids(header.refs),
        )
    )


def _ids(ids: tuple[bytes, ...]) -> bytes:
    return number(len(ids)) + b"".join(ids) if ids else b""


def read(community: bytes, data: bytes, whole: bool) -> Body:
    """Read a body; `whole`: its audience is not a tag. Raises ShortFrameError."""
    try:
        return _read(community, Reader(data), whole)
    except (MessageError, OverLimitError) as error:
        raise ShortFrameError(f"bad short frame: {error.message}") from None
    except ValueError as error:  # what no header may say
        raise ShortFrameError(f"bad short frame: {error}") from None


def _read(community: bytes, reader: Reader, whole: bool) -> Body:
    shape = reader.byte(_SHAPES)
    more = reader.byte(_MORES) if shape & _MORE else 0
    if (shape & _MORE and not more) or (whole and not shape & _AUDIENCE):
        raise MessageError("it announces what it has not")
    lane = shape & _LANE
    if lane > max(Lane):
        raise MessageError(f"there is no lane {lane}")
    device = reader.fixed(TAG)
    audience = reader.fixed(32 if whole else TAG) if shape & _AUDIENCE else None
    kind = KINDS_OF_LANE * lane + unfolded(reader.number())
    sequence, lamport = reader.number(), reader.number()
    wall = _read_wall(reader, bool(more & _WALL))
    expiry = reader.byte() if shape & _EXPIRY else None
    if expiry == 0:
        raise MessageError("no expiry is said twice")
    previous = reader.fixed(32) if sequence != 1 else None
    tick = reader.fixed(32) if shape & _TICK else None
    acts = _read_ids(reader, MAX_ACTS) if more & _ACTS else ()
    refs = _read_ids(reader, MAX_REFS) if more & _REFS else ()
    payload = reader.rest() or None
    hashed = None if payload is None else blake3(payload).digest()
    plain = Header(
        community, _NOBODY, Lane(lane), sequence, previous, lamport, tick, kind, wall, expiry or 0,
        hashed, len(payload or b""), None, acts, refs,
    )  # fmt: skip
    encode(plain)  # ValueError for what is out of its bounds, before anybody is tried
    return Body(plain, device, audience, payload)


def _read_wall(reader: Reader, odd: bool) -> int:
    if not odd:
        return EPOCH + int.from_bytes(reader.fixed(4), "big")
    wall = reader.number()
    if wall in WALLS:
        raise MessageError("a usual wall clock is said the long way")
    return wall


def _read_ids(reader: Reader, limit: int) -> tuple[bytes, ...]:
    count = reader.count(limit, 32, "the number of ids")
    if not count:
        raise MessageError("no ids are said twice")
    return tuple(reader.fixed(32) for _ in range(count))
