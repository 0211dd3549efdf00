"""A bundle as a run of bytes: records that follow each other, each with its own check.

    bundle = "hearth-bundle-1" LF ‖ record ‖ record ‖ …
    record = type (1) ‖ length (4) ‖ body ‖ check (16)
    check  = first 16 bytes of BLAKE3, keyed with the bundle's id (for the first record: zeros),
             of number (8, from 0) ‖ type (1) ‖ length (4) ‖ body

The first record is the header; the id is a hash over it, so no two bundles have one, and a record
of one bundle, or at another place, is none of another. After it come the records that are true only
by their author's word (what the bundle lists, how far its author holds everything, what it wants):
the header has a hash over them, and is signed. So all that is believed of an author stands, proved,
at the front. What follows proves itself: events and slots are signed, objects are named by their
hash. Then an end.

So a reader takes in whole records as they come, and stops at the first that is not: everything
before it counts, nothing after it. Sealed bundles are this, inside a parcel.

Sans-IO.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store import cbor
from hearth.store.errors import CorruptError, NewerFormatError
from hearth.store.event import DeviceKeyError, Signer, check_device, verifies

MAGIC: Final = b"hearth-bundle-1\n"
MAX_BODY: Final = (4 << 20) + 4096
"""An object has at most 4 MiB."""
MAX_FRONT: Final = 64 << 20
MAX_HEADER: Final = 4096
MAX_COMMUNITIES: Final = 64
CHECK: Final = 16
_HEAD: Final = 5
_LABEL: Final = b"hearth/bundle/1\0"
_ID: Final = "hearth 2026 id of a bundle"


class Type(IntEnum):
    """What a record is. The number is written; it never changes."""

    HEADER = 0
    LIST = 1
    """Ids and lengths of the objects in the bundle."""
    FRONTIER = 2
    """How far the author holds the chains of a lane."""
    LISTING = 3
    """Which slots the author holds."""
    WANTS = 4
    """Objects that the author would like to have."""
    FRONT = 5
    """The end of what is true by the author's word: the hash over it is the header's."""
    EVENTS = 6
    PROOFS = 7
    SLOTS = 8
    OBJECT = 9
    END = 10


FRONT_TYPES: Final = frozenset((Type.LIST, Type.FRONTIER, Type.LISTING, Type.WANTS))


class BundleError(CorruptError):
    """Bytes that are no bundle, or one that was altered."""

    code = "bad-bundle"


class TornBundleError(BundleError):
    """A bundle that is cut short; what came before is whole."""

    code = "torn-bundle"


class NewerBundleError(NewerFormatError):
    """A bundle of a later version."""

    code = "newer-bundle"


class Header(NamedTuple):
    """What a bundle says of itself. `created` is unix seconds by its author's clock; `communities`
    are those of which there is something in it; `part` counts from 1, `more` says that another part
    follows. `events`, `slots`, `objects` are how many there are, and `size` the bytes of objects.
    """

    device: bytes
    created: int
    salt: bytes
    front: bytes
    communities: tuple[bytes, ...]
    part: int = 1
    more: bool = False
    events: int = 0
    slots: int = 0
    objects: int = 0
    size: int = 0
    full: bool = False
    """Whether nothing is left out because somebody is thought to have it."""

    def encode(self) -> bytes:
        return cbor.encode(
            [
                1, self.device, self.created, self.salt, self.front, b"".join(self.communities),
                self.part, self.more, self.events, self.slots, self.objects, self.size, self.full,
            ],
            max_size=MAX_HEADER,
        )  # fmt: skip

    @property
    def id(self) -> bytes:
        return blake3(self.encode(), derive_key_context=_ID).digest()


class Writer:
    """Makes the records of one bundle, in order: `begin`, then `record`, then `end`."""

    def __init__(self, header: Header, signer: Signer) -> None:
        self.header = header
        self._key = header.id
        self._number = 0
        data = header.encode()
        self.begin = MAGIC + self._framed(Type.HEADER, data + signer.sign(_LABEL + data), bytes(32))

    def record(self, type: Type, body: bytes) -> bytes:
        """The bytes of the next record."""
        return self._framed(type, body, self._key)

    def end(self) -> bytes:
        """The last record."""
        return self.record(Type.END, b"")

    def _framed(self, type: Type, body: bytes, key: bytes) -> bytes:
        head = bytes((type,)) + len(body).to_bytes(4, "big")
        check = _check(key, self._number, head, body)
        self._number += 1
        return head + body + check


def front_hash(records: list[tuple[Type, bytes]]) -> bytes:
    """What the header says of the records at the front: BLAKE3 over types, lengths and bodies."""
    hasher = blake3()
    for type, body in records:
        hasher.update(bytes((type,)) + len(body).to_bytes(4, "big") + body)
    return hasher.digest()


class Reader:
    """Finds the records in the bytes of a bundle, fed as they come, cut anywhere.

    `header` is there, and its signature checked, once the first record was read. Records at the
    front are given only when the end of the front has come and its hash is right. Once anything was
    wrong, nothing more is given, and the same error is raised again.
    """

    def __init__(self) -> None:
        self.header: Header | None = None
        self.whole = False
        self._buffer = bytearray()
        self._started = False
        self._ended = False
        self._number = 0
        self._front: list[tuple[Type, bytes]] | None = []
        self._ready: list[tuple[Type, bytes]] = []
        self._size = 0
        self._failed: Exception | None = None

    def feed(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._buffer += data

    def end(self) -> None:
        """Say that nothing follows; then go on reading."""
        self._ended = True

    def read(self) -> tuple[Type, bytes] | None:
        """The next record after the header; None until more is fed, and after the last.

        After `end`, None means that the bundle was whole. Raises BundleError, TornBundleError,
        NewerBundleError once all that is sound has been read.
        """
        if self._failed is not None:
            raise self._failed
        try:
            while not self._ready:
                if self.whole and self._buffer:
                    raise BundleError("a bundle that goes on after its end")
                if self.whole or not self._advance():
                    break
            if self._ready:
                return self._ready.pop(0)
            if self._ended and not self.whole:
                raise TornBundleError("the bundle is cut short")
        except (BundleError, NewerBundleError) as error:
            self._failed = error
            raise
        return None

    def _advance(self) -> bool:
        """Take the next record from the buffer; False if it is not all there."""
        if not self._started:
            return self._start()
        if len(self._buffer) < _HEAD:
            return False
        length = int.from_bytes(self._buffer[1:_HEAD], "big")
        limit = MAX_BODY if self.header is not None else MAX_HEADER + 64
        if length > limit:
            raise BundleError(f"a record of {length:,} bytes in a bundle")
        size = _HEAD + length + CHECK
        if len(self._buffer) < size:
            return False
        head, body = bytes(self._buffer[:_HEAD]), bytes(self._buffer[_HEAD : _HEAD + length])
        check = bytes(self._buffer[size - CHECK : size])
        key = bytes(32) if self.header is None else self.header.id
        if check != _check(key, self._number, head, body):
            raise BundleError(f"record {self._number} of the bundle is damaged")
        del self._buffer[:size]
        self._number += 1
        self._take(head[0], body)
        return True

    def _start(self) -> bool:
        have = bytes(self._buffer[: len(MAGIC)])
        if not MAGIC.startswith(have):
            if have.startswith(MAGIC[:-2]) and have[-2:-1].isdigit():
                raise NewerBundleError("a bundle of a later version", "use a newer hearth")
            raise BundleError("this is no bundle")
        if len(have) < len(MAGIC):
            return False
        del self._buffer[: len(MAGIC)]
        self._started = True
        return True

    def _take(self, type: int, body: bytes) -> None:
        if self.header is None:
            if type != Type.HEADER:
                raise BundleError("a bundle without a header")
            self.header = _header(body)
        elif self._front is not None:
            self._take_front(type, body)
        elif type == Type.END:
            self.whole = True
        elif type in (Type.EVENTS, Type.PROOFS, Type.SLOTS, Type.OBJECT):
            self._ready.append((Type(type), body))
        elif type < Type.EVENTS:
            raise BundleError("a record of the front behind it")
        # what a later version has added is passed over

    def _take_front(self, type: int, body: bytes) -> None:
        assert self._front is not None
        assert self.header is not None
        self._size += len(body)
        if self._size > MAX_FRONT:
            raise BundleError("a bundle with too long a front")
        if type in FRONT_TYPES:
            self._front.append((Type(type), body))
        elif type != Type.FRONT or front_hash(self._front) != self.header.front:
            raise BundleError("the front of the bundle is not what its author signed")
        else:
            self._ready += self._front
            self._front = None


def records(chunks: Iterator[bytes], reader: Reader) -> Iterator[tuple[Type, bytes]]:
    """All records in bytes that come in chunks. Raises what `Reader.read` raises, at the end."""
    for chunk in chunks:
        reader.feed(chunk)
        while (record := reader.read()) is not None:
            yield record
    reader.end()
    while (record := reader.read()) is not None:
        yield record


def _check(key: bytes, number: int, head: bytes, body: bytes) -> bytes:
    return blake3(number.to_bytes(8, "big") + head + body, key=key).digest()[:CHECK]


def _header(body: bytes) -> Header:
    """A header and its signature. Raises BundleError, NewerBundleError."""
    data, signature = body[:-64], body[-64:]
    try:
        value = cbor.decode(data, max_size=MAX_HEADER, max_depth=1, max_items=64)
    except cbor.CborError as error:
        raise BundleError(f"a bundle with a bad header: {error.message}") from error
    if isinstance(value, list) and value and type(value[0]) is int and value[0] > 1:
        raise NewerBundleError("a bundle of a later version", "use a newer hearth")
    match value:
        case [
            1, bytes(device), int(created), bytes(salt), bytes(front), bytes(joined), int(part),
            bool(more), int(events), int(slots), int(objects), int(size), bool(full),
        ]:  # fmt: skip
            communities = tuple(joined[at : at + 32] for at in range(0, len(joined), 32))
            right = (
                len(device) == len(salt) == len(front) == 32
                and len(joined) % 32 == 0
                and len(communities) <= MAX_COMMUNITIES
                and min(created, events, slots, objects, size) >= 0
                and part >= 1
                and list(communities) == sorted({*communities})
            )
            if right:
                header = Header(
                    device, created, salt, front, communities, part, more, events, slots, objects,
                    size, full,
                )  # fmt: skip
                return _signed(header, data, signature)
    raise BundleError("a bundle with a bad header")


def _signed(header: Header, data: bytes, signature: bytes) -> Header:
    try:
        check_device(header.device)
    except DeviceKeyError:
        raise BundleError("a bundle by a device that cannot be one") from None
    if header.encode() != data or not verifies(header.device, _LABEL, data, signature):
        raise BundleError("the header of the bundle is not what its author signed")
    return header
