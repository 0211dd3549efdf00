"""Parcels from fixed keys, and everything that may be done to one, for the tests of parcels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from sync_kit import Device, keys, seed

from hearth.sync.parcel import Audience, Devices, seal
from hearth.sync.parcel_label import day_of, device_mailbox, expiry, tag
from hearth.sync.parcel_open import Opened, Opener, unseal

NOW = 1_800_000_000
TODAY = day_of(NOW)
EXPIRES = expiry(NOW, 7)
ALICE = Device("alice")
BOB, CAROL, MALLORY = keys("sealing bob"), keys("sealing carol"), keys("sealing mallory")
SHARED = seed("what members know")
KEY = seed("an audience's key")
TAG = tag(device_mailbox(SHARED, BOB.public), TODAY)


def repeated(name: str) -> Callable[[int], bytes]:
    """Randomness that is the same each time: SHAKE-256 of the name and a counter."""
    number = 0

    def entropy(size: int) -> bytes:
        nonlocal number
        number += 1
        return hashlib.shake_256(f"{name} {number}".encode()).digest(size)

    return entropy


def to_bob(*frames: bytes) -> bytes:
    return seal(frames, ALICE, Devices([BOB.public]), TAG, EXPIRES)


def to_all(*frames: bytes) -> bytes:
    return seal(frames, ALICE, Audience(KEY), TAG, EXPIRES)


def opened(parcel: bytes, **options: int) -> Opened:
    """As Bob, who has the audience's key as well."""
    return unseal(parcel, [BOB], [KEY], **options)


def streamed(opener: Opener, pieces: Iterable[bytes]) -> list[bytes]:
    """Everything that comes out, whatever is fed; raises what `read` raises."""
    found = []
    for piece in pieces:
        opener.feed(piece)
        while (frame := opener.read()) is not None:
            found.append(frame)
    opener.end()
    while (frame := opener.read()) is not None:
        found.append(frame)
    return found
