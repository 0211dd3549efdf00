"""What is stated about audiences: KEY events, and the PREKEYS slot. docs/audiences.md has tables.

A payload that is not one is a `RecordError`, and the event or slot is passed over.
"""

from __future__ import annotations

import os
from enum import IntEnum
from typing import Any, Final, NamedTuple

from hearth.audience import stanzas
from hearth.store import cbor
from hearth.store.errors import CorruptError

SALT: Final = 16
ID: Final = 32
MAX_STANZAS: Final = 256
"""Stanzas in one event; for more devices there are more events."""
MAX_TIME: Final = 2**53 - 1


class RecordError(CorruptError, code="audience-record"):
    """Bytes that are no KEY event's payload, descriptor or prekeys."""


class Scope(IntEnum):
    """What kind of set an audience is. The number is written; it never changes."""

    COMMUNITY = 0
    """All members; the subject is the community. For parcels."""
    GROUP = 1
    """A chat group; the subject is its id. Whoever joins cannot read what was said before."""
    ROSTER = 2
    """A chat group again, for who is in it: whoever joins can read all of that."""
    PAIR = 3
    """One person and another, who is the subject. Each sending device has keys of its own."""
    READERS = 4
    """Who may read a corpus; the subject is an id stated in it."""
    STEWARDS = 5
    """The stewards of a community, which is the subject, and who tells them something. Whoever
    becomes one can read what was told before."""


class Audience(NamedTuple):
    """A set of devices, as it is named: who is in it follows from elsewhere."""

    community: bytes
    scope: Scope
    subject: bytes


class KeyRecord(NamedTuple):
    """A KEY event's payload: stanzas of 128 bytes, and the descriptor sealed under the key."""

    stanzas: tuple[bytes, ...]
    box: bytes

    def encode(self) -> bytes:
        return cbor.encode({0: os.urandom(SALT), 1: b"".join(self.stanzas), 2: self.box})

    @classmethod
    def decode(cls, payload: bytes) -> KeyRecord:
        """Raises RecordError."""
        fields = _map(payload)
        joined, box = fields.get(1), fields.get(2)
        if not isinstance(joined, bytes) or not isinstance(box, bytes):
            raise RecordError("not the payload of a KEY event")
        count, rest = divmod(len(joined), stanzas.SIZE)
        if rest or not 1 <= count <= MAX_STANZAS:
            raise RecordError("a KEY event with an impossible number of stanzas")
        size = stanzas.SIZE
        return cls(tuple(joined[at : at + size] for at in range(0, len(joined), size)), box)


class Descriptor(NamedTuple):
    """What a key is for, as its author says: `devices` are those it is sealed to in this event,
    `fallback` those of them that had no prekey, ascending."""

    scope: Scope
    subject: bytes
    devices: tuple[bytes, ...]
    fallback: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        fallback = b"".join(self.fallback)
        return cbor.encode([int(self.scope), self.subject, b"".join(self.devices), fallback])

    @classmethod
    def decode(cls, data: bytes) -> Descriptor:
        """Raises RecordError."""
        try:
            value = cbor.decode(data)
        except cbor.CborError as error:
            raise RecordError(f"bad descriptor of a key: {error.message}") from error
        match value:
            case [int(scope), bytes(subject), bytes(devices), bytes(fallback)]:
                found = _ids(devices), _ids(fallback)
                if type(scope) is int and scope in {*Scope} and len(subject) == ID:
                    return cls(Scope(scope), subject, *found)
        raise RecordError("not the descriptor of a key")


class Prekeys(NamedTuple):
    """What a device gives others to seal to: the body of its PREKEYS slot.

    `long` is its long-lived sealing key, `prekey` the current one that is erased in time; `made`
    and `until` are unix seconds by the device's clock.
    """

    long: bytes
    prekey: bytes
    made: int
    until: int

    def encode(self) -> bytes:
        return cbor.encode({1: self.long, 2: self.prekey, 3: self.made, 4: self.until})

    @classmethod
    def decode(cls, body: bytes) -> Prekeys:
        """Raises RecordError."""
        fields = _map(body)
        match (fields.get(1), fields.get(2), fields.get(3), fields.get(4)):
            case (bytes(long), bytes(prekey), int(made), int(until)) if (
                len(long) == len(prekey) == ID and 0 <= made <= until <= MAX_TIME
            ):
                return cls(long, prekey, made, until)
        raise RecordError("not a statement of prekeys")


def _map(data: bytes) -> dict[int, Any]:
    try:
        value = cbor.decode(data)
    except cbor.CborError as error:
        raise RecordError(f"bad record of an audience: {error.message}") from error
    if not isinstance(value, dict):
        raise RecordError("a record of an audience that is no map")
    return value


def _ids(joined: bytes) -> tuple[bytes, ...]:
    """Ids one after another, ascending and without repetition."""
    found = tuple(joined[at : at + ID] for at in range(0, len(joined), ID))
    if len(joined) % ID or len(found) > MAX_STANZAS or list(found) != sorted({*found}):
        raise RecordError("a list of devices that cannot be one")
    return found
