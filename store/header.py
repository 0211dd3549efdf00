"""The header of an event: sixteen facts in one canonical CBOR array.

    0 version        1                                    8 kind          uint < 2^32
    1 community      32 bytes                             9 wall          unix seconds, a hint
    2 device         32 bytes, Ed25519 public key        10 expiry class  0 to 255
    3 lane           0 to 4                              11 payload hash  32 bytes or null
    4 sequence       from 1                              12 payload length, 0 if and only if null
    5 previous       32 bytes, null if sequence is 1     13 audience      32 bytes or null
    6 Lamport time   from 1                              14 acts          0 to 64 ids, ascending
    7 tick           32 bytes or null                    15 refs          0 to 64 ids, no two equal

The order is the speed. Everything up to `acts` is a regular language, so one compiled regular
expression accepts exactly the canonical encodings and cuts them into fields, without a tag,
a float or a long form ever being looked at; and community, device and lane are one slice of
fixed length, the name of the chain. Only a refused header is read again, slowly, to say what
is wrong with it.

Sans-IO. Numbers without a smaller bound are below 2^53.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

from hearth.store import cbor
from hearth.store.errors import CorruptError, NewerFormatError

VERSION: Final = 1
MAX_HEADER: Final = 8 * 1024
MAX_REFS: Final = 64
MAX_ACTS: Final = 64
MAX_PAYLOAD: Final = 64 * 1024
MAX_NUMBER: Final = cbor.MAX_INT
MAX_KIND: Final = 2**32 - 1
MAX_EXPIRY: Final = 255

CHAIN: Final = slice(2, 71)
"""Where the chain's name lies in a header: community, device and lane, in CBOR."""
COMMUNITY: Final = slice(4, 36)
DEVICE: Final = slice(38, 70)
LANE: Final = 70
FRONT: Final = b"\x90\x01"
"""What a header begins with: that it is an array of sixteen, and its version."""
ID: Final = b"\x58\x20"
"""What comes before an id in a header; in place of one that is not there comes `NONE`."""
NONE: Final = b"\xf6"
NO_LISTS: Final = b"\x80\x80"
"""The end of a header without acts and refs."""


class HeaderError(CorruptError, code="bad-header"):
    """Bytes that are not the header of an event."""


class NewerEventError(NewerFormatError, code="newer-event"):
    """An event of a later version of the format: neither good nor bad, but not for us."""


class Lane(IntEnum):
    """The five lanes, in order of priority."""

    CONTROL = 0
    EMERGENCY = 1
    CHAT = 2
    MARKET = 3
    CORPUS = 4


_LANES: Final = tuple(Lane)


class Header(NamedTuple):
    """A parsed header. `community` and the other ids are 32 bytes; times are unix seconds."""

    community: bytes
    device: bytes
    lane: Lane
    sequence: int
    previous: bytes | None
    lamport: int
    tick: bytes | None
    kind: int
    wall: int
    expiry: int
    payload_hash: bytes | None
    payload_length: int
    audience: bytes | None
    acts: tuple[bytes, ...]
    refs: tuple[bytes, ...]


_SMALL = rb"[\x00-\x17]|\x18[\x18-\xff]"
_UP_TO_32 = _SMALL + rb"|\x19(?!\x00)..|\x1a(?!\x00\x00)...."
_NUMBER = rb"(" + _UP_TO_32 + rb"|\x1b(?!\x00{4})\x00[\x00-\x1f].{6})"
_KIND = rb"(" + _UP_TO_32 + rb")"
_EXPIRY = rb"(" + _SMALL + rb")"
_LENGTH = rb"(" + _SMALL + rb"|\x19(?!\x00)..|\x1a\x00\x01\x00\x00)"
_ID_OR_NULL = rb"(?:\xf6|\x58\x20(.{32}))"
_FIXED = re.compile(
    rb"\x90\x01(\x58\x20.{32}\x58\x20.{32}[\x00-\x04])"  # version, and the chain's name
    + _NUMBER  # sequence
    + _ID_OR_NULL  # previous
    + _NUMBER  # Lamport time
    + _ID_OR_NULL  # tick
    + _KIND
    + _NUMBER  # wall
    + _EXPIRY
    + _ID_OR_NULL  # payload hash
    + _LENGTH
    + _ID_OR_NULL,  # audience
    re.DOTALL,
)
_ID_SIZE: Final = 34
_number: Final = int.from_bytes
_new: Final = tuple.__new__  # a named tuple without a call into Python
_MASK: Final = (0, 0x1F, 0xFF, 0xFFFF, 0, 0xFFFFFFFF, 0, 0, 0, 0xFFFFFFFFFFFFFFFF)
"""By the length of an encoded number: what its initial byte hides under."""


class Fields(NamedTuple):
    """What the importer needs of a header, cut out but not all decoded."""

    chain: bytes
    sequence: int
    previous: bytes | None
    lamport: int
    tick: bytes | None
    kind: int
    payload_hash: bytes | None
    payload_length: int
    lists: int
    """Where `acts` begins."""


def scan(data: bytes) -> Fields:
    """Check a header whole and cut out what importing needs; about 3 microseconds.

    Raises HeaderError or NewerEventError and nothing else.
    """
    found = _FIXED.match(data)
    if found is None or len(data) > MAX_HEADER:
        raise _explain(data)
    chain, sequence, previous, lamport, tick, kind, _, _, hashed, length, _ = found.groups()
    place = _number(sequence, "big") & _MASK[len(sequence)]
    time = _number(lamport, "big") & _MASK[len(lamport)]
    size = _number(length, "big") & _MASK[len(length)]
    lists = found.end()
    if (
        (place == 1) != (previous is None)
        or not place
        or not time
        or (hashed is None) != (not size)
        or (data[lists:] != NO_LISTS and _lists(data, lists) is None)
    ):
        raise _explain(data)
    number = _number(kind, "big") & _MASK[len(kind)]
    return _new(Fields, (chain, place, previous, time, tick, number, hashed, size, lists))


class Facts(NamedTuple):
    """What a header says beyond the name of its chain and the place in it."""

    previous: bytes | None
    lamport: int
    tick: bytes | None
    kind: int
    wall: int
    expiry: int
    payload_hash: bytes | None
    payload_length: int
    audience: bytes | None
    lists: int
    """Where `acts` begins."""


def facts(data: bytes) -> Facts:
    """The facts of a header that `scan` has accepted before; about 2 microseconds."""
    found = _FIXED.match(data)
    if found is None:
        raise _explain(data)
    _, _, previous, lamport, tick, kind, wall, expiry, hashed, length, audience = found.groups()
    return _new(
        Facts,
        (
            previous,
            _number(lamport, "big") & _MASK[len(lamport)],
            tick,
            _number(kind, "big") & _MASK[len(kind)],
            _number(wall, "big") & _MASK[len(wall)],
            _number(expiry, "big") & _MASK[len(expiry)],
            hashed,
            _number(length, "big") & _MASK[len(length)],
            audience,
            found.end(),
        ),
    )


class Spread(NamedTuple):
    """Of many headers, what neither their chains nor their payloads say; a column for each fact."""

    previous: tuple[bytes | None, ...]
    ticks: tuple[bytes | None, ...]
    walls: list[int]
    expiries: list[int]
    audiences: tuple[bytes | None, ...]
    lists: list[int]
    """Where `acts` begins."""


def spread(headers: Sequence[bytes]) -> Spread:
    """The facts of headers, one at least, that `scan` has accepted before; below a
    microsecond each."""
    told: list[tuple[bytes | Any, ...]] = []
    lists: list[int] = []
    for found in map(_FIXED.match, headers):
        if found is None:
            raise _explain(headers[len(told)])
        told.append(found.group(3, 5, 7, 8, 11))
        lists.append(found.end())
    previous, ticks, walls, expiries, audiences = zip(*told, strict=True)
    numbers = [_number(wall, "big") & _MASK[len(wall)] for wall in walls]
    return Spread(previous, ticks, numbers, [each[-1] for each in expiries], audiences, lists)


def links(data: bytes) -> tuple[bytes | None, bytes | None]:
    """Previous id and tick of a header that `scan` has accepted before; about 0.3 microseconds."""
    found = _FIXED.match(data)
    if found is None:
        raise _explain(data)
    previous, tick = found.group(3, 5)
    return previous, tick


def parse(data: bytes) -> Header:
    """Return all facts of a header. Raises HeaderError or NewerEventError and nothing else."""
    _, sequence, previous, lamport, tick, kind, hashed, length, place = scan(data)
    found = _FIXED.match(data)
    if found is None:
        raise _explain(data)
    wall, expiry, audience = found.group(7, 8, 11)
    none = data[place:] == NO_LISTS
    acts, refs = ((), ()) if none else _lists(data, place) or ((), ())
    return _new(
        Header,
        (
            data[COMMUNITY],
            data[DEVICE],
            _LANES[data[LANE]],
            sequence,
            previous,
            lamport,
            tick,
            kind,
            _number(wall, "big") & _MASK[len(wall)],
            expiry[-1],
            hashed,
            length,
            audience,
            acts,
            refs,
        ),
    )


def lists(data: bytes, fields: Fields | Facts) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The `acts` and `refs` of a header that `scan` has accepted."""
    if data[fields.lists :] == NO_LISTS:
        return (), ()
    return _lists(data, fields.lists) or ((), ())


def encode(header: Header) -> bytes:
    """Return the bytes of a header; `parse` gives it back. Raises ValueError beyond a limit."""
    data = b"".join(
        (
            FRONT,
            chain_name(header.community, header.device, header.lane),
            uint(header.sequence),
            _id(header.previous),
            uint(header.lamport),
            _id(header.tick),
            uint(header.kind),
            uint(header.wall),
            uint(header.expiry),
            _id(header.payload_hash),
            uint(header.payload_length),
            _id(header.audience),
            _ids(header.acts) if header.acts else b"\x80",
            _ids(header.refs) if header.refs else b"\x80",
        )
    )
    try:
        scan(data)
    except HeaderError as error:
        raise ValueError(error.message) from None
    return data


def chain_name(community: bytes, device: bytes, lane: int) -> bytes:
    """The name of a chain: the bytes at `CHAIN` of each of its headers."""
    return b"".join((ID, community, ID, device, bytes((lane,))))


def chain_parts(name: bytes) -> tuple[bytes, bytes, int]:
    """The community, device and lane in a chain's name."""
    return name[2:34], name[36:68], name[68]


def uint(value: int) -> bytes:
    """A number in its shortest form: `cbor.head`, with the usual sizes at hand."""
    if value < 24:
        return _BYTES[value] if value >= 0 else cbor.head(1, -1 - value)
    if value < 0x100:
        return b"\x18" + _BYTES[value]
    if value < 0x10000:
        return b"\x19" + value.to_bytes(2, "big")
    if value < 0x100000000:
        return b"\x1a" + value.to_bytes(4, "big")
    return cbor.head(0, value)


_BYTES: Final = [bytes((value,)) for value in range(256)]


def _id(value: bytes | None) -> bytes:
    if value is None:
        return NONE
    return ID + value if len(value) == 32 else cbor.head(2, len(value)) + value


def _ids(values: tuple[bytes, ...]) -> bytes:
    return cbor.head(4, len(values)) + b"".join(_id(value) for value in values)


def _lists(data: bytes, pos: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]] | None:
    """Read acts and refs, which end the header; None for anything that is not exactly these."""
    first = _id_list(data, pos, MAX_ACTS)
    if first is None:
        return None
    acts, pos = first
    second = _id_list(data, pos, MAX_REFS)
    if second is None:
        return None
    refs, pos = second
    ascending = all(map(bytes.__lt__, acts, acts[1:]))
    if pos != len(data) or not ascending or len(set(refs)) != len(refs):
        return None
    return acts, refs


def _id_list(data: bytes, pos: int, limit: int) -> tuple[tuple[bytes, ...], int] | None:
    head = data[pos : pos + 2]
    if not head:
        return None
    if 0x80 <= head[0] <= 0x97:
        count, pos = head[0] & 0x1F, pos + 1
    elif head[0] == 0x98 and len(head) == 2 and head[1] >= 24:
        count, pos = head[1], pos + 2
    else:
        return None
    end = pos + count * _ID_SIZE
    if count > limit or end > len(data):
        return None
    if any(data[at : at + 2] != ID for at in range(pos, end, _ID_SIZE)):
        return None
    return tuple(data[at + 2 : at + _ID_SIZE] for at in range(pos, end, _ID_SIZE)), end


_BOUNDS: Final = (
    ("version", 1, VERSION),
    ("community", 32, 32),
    ("device", 32, 32),
    ("lane", 0, max(Lane)),
    ("sequence", 1, MAX_NUMBER),
    ("previous id", None, 32),
    ("Lamport time", 1, MAX_NUMBER),
    ("tick", None, 32),
    ("kind", 0, MAX_KIND),
    ("wall clock", 0, MAX_NUMBER),
    ("expiry class", 0, MAX_EXPIRY),
    ("payload hash", None, 32),
    ("payload length", 0, MAX_PAYLOAD),
    ("audience", None, 32),
)
"""Name and bounds of each fixed field; 32, 32 is an id and None, 32 an id or null."""


def is_newer(data: bytes) -> bool:
    """Whether this is an array that begins with a version above ours: a header's, or a slot's."""
    return len(data) > 1 and 0x80 <= data[0] < 0x98 and VERSION < data[1] < 0x1C


def _explain(data: bytes) -> HeaderError | NewerEventError:
    """Say what is wrong with a header that was refused."""
    if len(data) > MAX_HEADER:
        return HeaderError(f"a header of {len(data)} bytes is over the limit of {MAX_HEADER}")
    if is_newer(data):
        return NewerEventError(
            f"an event of format version {data[1]}", "a newer hearth can read this event"
        )
    try:
        value = cbor.decode(data, max_size=MAX_HEADER, max_depth=2, max_items=2 + 16 + 128)
    except cbor.CborError as error:
        return HeaderError(f"bad header: {error.message}")
    if not isinstance(value, list) or len(value) != 16:
        return HeaderError("bad header: not an array of 16 items")
    for item, (name, low, high) in zip(value, _BOUNDS, strict=False):
        if high == 32:
            right = (isinstance(item, bytes) and len(item) == 32) or item is low is None
        else:
            right = type(item) is int and low is not None and low <= item <= high
        if not right:
            return HeaderError(f"bad header: {name} out of bounds or of the wrong type")
    if (value[4] == 1) != (value[5] is None):
        return HeaderError("bad header: only sequence 1, and always it, has no previous id")
    if (value[11] is None) != (value[12] == 0):
        return HeaderError("bad header: payload hash and length contradict each other")
    return HeaderError("bad header: acts or refs are too many, repeated, unordered or not ids")
