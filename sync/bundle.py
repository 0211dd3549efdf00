"""A bundle as a run of bytes: records that follow each other, each with its own check.

    bundle = "hearth-bundle-1" LF ‖ record ‖ record ‖ …
    record = type (1) ‖ length (4) ‖ body ‖ check (16)
    check  = first 16 bytes of BLAKE3, keyed with the bundle's id (for the first record: zeros),
             of number (8, from 0) ‖ type (1) ‖ length (4) ‖ body; of an object, whose body is
             id (32) ‖ bytes, without the bytes: those the id is the hash of

The first record is the header; the id is a hash over it, so no two bundles have one, and a record
of one bundle, or at another place, is none of another. After it come the records that are true only
by their author's word (what the bundle lists, how far its author holds everything, what it wants):
the header has a hash over them, and is signed. So all that is believed of an author stands, proved,
at the front. What follows proves itself: events and slots are signed, objects are named by their
hash. Then an end. Records of types that a later version may add are passed over, in the front too.

So a reader takes in whole records as they come, and stops at the first that is not: everything
before it counts, nothing after it. Sealed bundles are this, inside a parcel.

Sans-IO.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store import cbor, ids
from hearth.store.errors import CorruptError, HearthError, NewerFormatError
from hearth.store.event import DeviceKeyError, Signer, check_device, verifies

MAGIC: Final = b"hearth-bundle-1\n"
MAX_BODY: Final = (4 << 20) + 4096
"""An object has at most 4 MiB."""
MAX_FRONT: Final = 64 << 20
MAX_FRONT_RECORDS: Final = 4096
MAX_HEADER: Final = 4096
MAX_COMMUNITIES: Final = 64
MAX_VERSION: Final = 1
CHECK: Final = 16
_HEAD: Final = 5
_OBJECT_ID: Final = 32
_NAME: Final = b"hearth-bundle-"
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
    RUNS = 11
    """In the front: what the author holds of chains that have a fork or a gap."""
    BRINGS = 12
    """In the front: which stretches of chains, or which slots, are in the bundle."""
    CORPUS = 13
    """In the front of an open bundle: a page of documents that anybody may have."""
    READERS = 14
    """In the front: to whom the bundle is sealed, for nobody's eyes but the author's."""


FRONT_TYPES: Final = frozenset(
    (
        Type.LIST,
        Type.FRONTIER,
        Type.LISTING,
        Type.WANTS,
        Type.RUNS,
        Type.BRINGS,
        Type.CORPUS,
        Type.READERS,
    )
)
_AFTER: Final = frozenset((Type.EVENTS, Type.PROOFS, Type.SLOTS, Type.OBJECT))
_NOT_IN_FRONT: Final = _AFTER | {Type.HEADER, Type.END}


class BundleError(CorruptError):
    """Bytes that are no bundle, or one that was altered."""

    code = "bad-bundle"


class TornBundleError(BundleError):
    """A bundle that is cut short; what came before is whole."""

    code = "torn-bundle"


class NewerBundleError(NewerFormatError):
    """A bundle of a later version."""

    code = "newer-bundle"


class BundleTooLargeError(HearthError):
    """More at the front than a bundle may have (exit 1)."""

    code = "bundle-too-large"


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

    def object(self, id: bytes, data: bytes) -> tuple[bytes, bytes, bytes]:
        """The next record, of an object whose id this is, in three parts: so it is not copied."""
        head = _head(Type.OBJECT, len(id) + len(data))
        return head + id, data, self._check(self._key, head, id)

    def end(self) -> bytes:
        """The last record."""
        return self.record(Type.END, b"")

    def _framed(self, type: Type, body: bytes, key: bytes) -> bytes:
        head = _head(type, len(body))
        return b"".join((head, body, self._check(key, head, _checked(type, body))))

    def _check(self, key: bytes, head: bytes, checked: bytes) -> bytes:
        self._number += 1
        return _check(key, self._number - 1, head, checked)


def front_hash(records: Iterable[tuple[int, bytes]]) -> bytes:
    """What the header says of the records at the front: BLAKE3 over types, lengths and bodies.

    Raises BundleTooLargeError for a front that no reader would take.
    """
    hasher = blake3()
    count = size = 0
    for type, body in records:
        count, size = count + 1, size + len(body)
        hasher.update(_head(type, len(body)) + body)
    if count > MAX_FRONT_RECORDS or size > MAX_FRONT:
        raise BundleTooLargeError(
            f"{size:,} bytes at the front of a bundle", "several bundles, each with a part of it"
        )
    return hasher.digest()


class _Bytes:
    """Bytes that came in chunks, taken from the front: each is copied once."""

    def __init__(self) -> None:
        self._chunks: deque[memoryview] = deque()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, data: bytes) -> None:
        if data:
            self._chunks.append(memoryview(data))
            self._length += len(data)

    def peek(self, size: int) -> bytes:
        """The first bytes, as many as there are."""
        found = b""
        for chunk in self._chunks:
            found += chunk[: size - len(found)]
            if len(found) == size:
                break
        return found

    def pull(self, size: int) -> bytes:
        """Take so many, which must be there."""
        parts = []
        left = size
        while left:
            chunk = self._chunks.popleft()
            if len(chunk) > left:
                self._chunks.appendleft(chunk[left:])
                chunk = chunk[:left]
            parts.append(chunk)
            left -= len(chunk)
        self._length -= size
        return bytes(parts[0]) if len(parts) == 1 else b"".join(parts)


class Reader:
    """Finds the records in the bytes of a bundle, fed as they come, cut anywhere.

    `header` is there, and its signature checked, once the first record was read. Records at the
    front are given only when the end of the front has come and its hash is right. Once anything was
    wrong, nothing more is given, and the same error is raised again.
    """

    def __init__(self) -> None:
        self.header: Header | None = None
        self._over = False
        self._key = bytes(32)
        self._buffer = _Bytes()
        self._started = False
        self._ended = False
        self._number = 0
        self._front: list[tuple[int, bytes]] | None = []
        self._ready: deque[tuple[Type, bytes]] = deque()
        self._size = 0
        self._failed: Exception | None = None

    @property
    def whole(self) -> bool:
        """Whether everything has been read, to the end that its author made."""
        return self._over and self._failed is None

    def feed(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._buffer.add(data)

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
                if self._over and self._buffer:
                    raise BundleError("a bundle that goes on after its end")
                if self._over or not self._advance():
                    break
            if self._ready:
                return self._ready.popleft()
            if self._ended and not self._over:
                raise TornBundleError("the bundle is cut short")
        except (BundleError, NewerBundleError) as error:
            self._failed = error
            raise
        return None

    def _advance(self) -> bool:
        """Take the next record from the buffer; False if it is not all there."""
        if not self._started:
            return self._start()
        head = self._buffer.peek(_HEAD)
        if len(head) < _HEAD:
            return False
        length = int.from_bytes(head[1:], "big")
        limit = MAX_BODY if self.header is not None else MAX_HEADER + 64
        if length > limit:
            raise BundleError(f"a record of {length:,} bytes in a bundle")
        if len(self._buffer) < _HEAD + length + CHECK:
            return False
        self._buffer.pull(_HEAD)
        body, check = self._buffer.pull(length), self._buffer.pull(CHECK)
        checked = _checked(head[0], body)
        if check != _check(self._key, self._number, head, checked) or not _is_itself(head[0], body):
            raise BundleError(f"record {self._number} of the bundle is damaged")
        self._number += 1
        self._take(head[0], body)
        return True

    def _start(self) -> bool:
        have = self._buffer.peek(len(MAGIC))
        if not MAGIC.startswith(have):
            version = have.removeprefix(_NAME).rstrip(b"\n")
            if have.startswith(_NAME) and version.isdigit() and int(version) > MAX_VERSION:
                raise NewerBundleError("a bundle of a later version", "use a newer hearth")
            raise BundleError("this is no bundle")
        if len(have) < len(MAGIC):
            return False
        self._buffer.pull(len(MAGIC))
        self._started = True
        return True

    def _take(self, type: int, body: bytes) -> None:
        if self.header is None:
            if type != Type.HEADER:
                raise BundleError("a bundle without a header")
            self.header = _header(body)
            self._key = self.header.id
        elif self._front is not None:
            self._take_front(type, body)
        elif type == Type.END:
            if body:
                raise BundleError("the end of a bundle with something in it")
            self._over = True
        elif type in _AFTER:
            self._ready.append((Type(type), body))
        elif type in FRONT_TYPES or type in (Type.HEADER, Type.FRONT):
            raise BundleError("a record of the front behind it")
        # what a later version has added is passed over

    def _take_front(self, type: int, body: bytes) -> None:
        assert self._front is not None
        assert self.header is not None
        if type == Type.FRONT:
            if body or front_hash(self._front) != self.header.front:
                raise BundleError("the front of the bundle is not what its author signed")
            known = ((Type(type), body) for type, body in self._front if type in FRONT_TYPES)
            self._ready.extend(known)
            self._front = None
            return
        if type in _NOT_IN_FRONT:
            raise BundleError("the front of the bundle is not what its author signed")
        self._size += len(body)
        if self._size > MAX_FRONT or len(self._front) == MAX_FRONT_RECORDS:
            raise BundleError("a bundle with too long a front")
        self._front.append((type, body))


def records(chunks: Iterator[bytes], reader: Reader) -> Iterator[tuple[Type, bytes]]:
    """All records in bytes that come in chunks. Raises what `Reader.read` raises, at the end."""
    for chunk in chunks:
        reader.feed(chunk)
        while (record := reader.read()) is not None:
            yield record
    reader.end()
    while (record := reader.read()) is not None:
        yield record


def _head(type: int, length: int) -> bytes:
    return bytes((type,)) + length.to_bytes(4, "big")


def _checked(type: int, body: bytes) -> bytes:
    """What of a body its check covers: what comes after an object's id, that is the hash of."""
    return body[:_OBJECT_ID] if type == Type.OBJECT else body


def _is_itself(type: int, body: bytes) -> bool:
    """Whether it is no object, or one that its id is the hash of."""
    if type != Type.OBJECT:
        return True
    return len(body) >= _OBJECT_ID and ids.of(memoryview(body)[_OBJECT_ID:]) == body[:_OBJECT_ID]


def _check(key: bytes, number: int, head: bytes, checked: bytes) -> bytes:
    return blake3(number.to_bytes(8, "big") + head + checked, key=key).digest(length=CHECK)


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
                and not any(each is True or each is False for each in (created, part, *value[8:12]))
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
