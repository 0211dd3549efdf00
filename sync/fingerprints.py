"""What one number says about a range of a sorted set, and what a set must offer to be compared.

A set holds items: a timestamp (u64, the highest value reserved) and an id (32 bytes), sorted by
both. The ids of a range, read as little-endian numbers, are added modulo 2^256:

    fingerprint = first 16 bytes of SHA-256( sum (32, little-endian) ‖ count (varint) )

A sum can be taken apart: that of items 300 to 500 is that of the first 500 less that of the first
300. So whoever can say the sum of the first *n* items quickly can say any fingerprint as quickly,
and `Storage.sum_before` is all the arithmetic that is asked of a set.

What it does not do: somebody who may choose ids freely, and can afford a generalised birthday
attack, can make two different ranges of equal length and sum. Ids here are BLAKE3 hashes of signed
events; such a forger could make two honest nodes overlook the forger's own events for as long as
both hold exactly those. The digests of `hearth.store.digests` are not sums and show that a
difference is left. So: never the only word on whether two nodes hold the same.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final, NamedTuple, Protocol

ID_SIZE: Final = 32
FINGERPRINT_SIZE: Final = 16
MODULUS: Final = 1 << 256
MAX_TIMESTAMP: Final = 2**64 - 2
"""2^64 − 1 stands for infinity."""

_PIECE: Final = 64 * ID_SIZE
_LANE: Final = MODULUS - 1
_EVEN: Final = sum(_LANE << (512 * lane) for lane in range(32))
_FOLDS: Final = tuple((bits, (1 << bits) - 1) for bits in (8192, 4096, 2048, 1024, 512))


class Item(NamedTuple):
    """One element of a set. Sorted as a tuple: by timestamp, then by the bytes of the id."""

    timestamp: int
    id: bytes


class Bound(NamedTuple):
    """A place between items: not after any item with this timestamp whose id begins with, or
    comes after, `prefix`.

    `prefix` has no zero bytes at its end (they are implied), so that equal places are equal
    tuples, and bounds compare with each other and with items as plain tuples.
    """

    timestamp: int
    prefix: bytes = b""


START: Final = Bound(0)
INFINITY: Final = Bound(MAX_TIMESTAMP + 1)


class Storage(Protocol):
    """A set as it is compared. It does not change while a message is answered.

    Between messages it may: both sides speak of bounds, never of indices.
    """

    def __len__(self) -> int: ...

    def item(self, index: int) -> Item:
        """The item at a place, 0 to len − 1."""

    def ids(self, begin: int, end: int) -> bytes:
        """The ids of the items from `begin` up to `end`, one after the other."""

    def sum_before(self, index: int) -> int:
        """The sum modulo 2^256 of the ids of the first `index` items."""

    def lower_bound(self, bound: Bound) -> int:
        """How many items come before a bound."""


def sum_of_ids(ids: bytes | bytearray) -> int:
    """The sum modulo 2^256 of ids that stand one after the other.

    Four times as fast as adding one by one: 64 ids are one big number, whose even and odd places
    are added with 256 bits of room between them, and then halves to halves.
    """
    total = 0
    for at in range(0, len(ids), _PIECE):
        lanes = int.from_bytes(ids[at : at + _PIECE], "little")
        lanes = (lanes & _EVEN) + ((lanes >> 256) & _EVEN)
        for bits, low in _FOLDS:
            lanes = (lanes >> bits) + (lanes & low)
        total += lanes
    return total % MODULUS


def fingerprint(sum_: int, count: int) -> bytes:
    """The fingerprint (16 bytes) of `count` items whose ids add up to `sum_` (any integer)."""
    counted = (sum_ % MODULUS).to_bytes(ID_SIZE, "little") + varint(count)
    return sha256(counted).digest()[:FINGERPRINT_SIZE]


def varint(value: int) -> bytes:
    """A number ≥ 0 in base 128, most significant digit first, bit 7 set on all but the last."""
    if value < 128:
        return bytes((value,))
    digits = [value & 127]
    while value := value >> 7:
        digits.append(value & 127 | 128)
    digits.reverse()
    return bytes(digits)
