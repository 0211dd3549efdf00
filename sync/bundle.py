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

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store import cbor
from hearth.store.errors import CorruptError, HearthError, NewerFormatError
from hearth.store.event import Signer

MAGIC: Final = b"hearth-bundle-1\n"
MAX_BODY: Final = (4 << 20) + 4096
"""An object has at most 4 MiB."""
MAX_FRONT: Final = 64 << 20
MAX_FRONT_RECORDS: Final = 4096
MAX_HEADER: Final = 4096
MAX_COMMUNITIES: Final = 64
MAX_VERSION: Final = 1
CHECK: Final = 16
HEAD: Final = 5
OBJECT_ID: Final = 32
LABEL: Final = b"hearth/bundle/1\0"
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
AFTER: Final = frozenset((Type.EVENTS, Type.PROOFS, Type.SLOTS, Type.OBJECT))
NOT_IN_FRONT: Final = AFTER | {Type.HEADER, Type.END}


class BundleError(CorruptError, code="bad-bundle"):
    """Bytes that are no bundle, or one that was altered."""


def no_bundle() -> BundleError:
    """For a file that is something else: what it may be, and how that is read."""
    return BundleError(
        "this is no bundle",
        "hearth bundle receive armour:FILE reads lines of text, qr:FILE sheets of codes,"
        " file:FILE a single event",
    )


class TornBundleError(BundleError, code="torn-bundle"):
    """A bundle that is cut short; what came before is whole."""


class NewerBundleError(NewerFormatError, code="newer-bundle"):
    """A bundle of a later version."""


class BundleTooLargeError(HearthError, code="bundle-too-large"):
    """More at the front than a bundle may have (exit 1)."""


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
        self.begin = MAGIC + self._framed(Type.HEADER, data + signer.sign(LABEL + data), bytes(32))

    def record(self, type: Type, body: bytes) -> bytes:
        """The bytes of the next record."""
        return self._framed(type, body, self._key)

    def object(self, id: bytes, data: bytes) -> tuple[bytes, bytes, bytes]:
        """The next record, of an object whose id this is, in three parts: so it is not copied."""
        head = head_of(Type.OBJECT, len(id) + len(data))
        return head + id, data, self._check(self._key, head, id)

    def end(self) -> bytes:
        """The last record."""
        return self.record(Type.END, b"")

    def _framed(self, type: Type, body: bytes, key: bytes) -> bytes:
        head = head_of(type, len(body))
        return b"".join((head, body, self._check(key, head, what_is_checked(type, body))))

    def _check(self, key: bytes, head: bytes, checked: bytes) -> bytes:
        self._number += 1
        return check_of(key, self._number - 1, head, checked)


def front_hash(records: Iterable[tuple[int, bytes]]) -> bytes:
    """What the header says of the records at the front: BLAKE3 over types, lengths and bodies.

    Raises BundleTooLargeError for a front that no reader would take.
    """
    hasher = blake3()
    count = size = 0
    for type, body in records:
        count, size = count + 1, size + len(body)
        hasher.update(head_of(type, len(body)) + body)
    if count > MAX_FRONT_RECORDS or size > MAX_FRONT:
        raise BundleTooLargeError(
            f"{size:,} bytes at the front of a bundle", "several bundles, each with a part of it"
        )
    return hasher.digest()


def head_of(type: int, length: int) -> bytes:
    """What a record with a body of so many bytes begins with."""
    return bytes((type,)) + length.to_bytes(4, "big")


def what_is_checked(type: int, body: bytes) -> bytes:
    """What of a body its check covers: what comes after an object's id, that is the hash of."""
    return body[:OBJECT_ID] if type == Type.OBJECT else body


def check_of(key: bytes, number: int, head: bytes, checked: bytes) -> bytes:
    """The check of the record with this number. `key`: the bundle's id; zeros for the first one."""
    return blake3(number.to_bytes(8, "big") + head + checked, key=key).digest(length=CHECK)
