"""Two nodes and a wire between them, for the tests of `sync/`."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from hearth.sync.cipher import KeyPair
from hearth.sync.handshake import Established, Handshake, Local
from hearth.sync.opening import Door

COMMUNITY = Door(b"c" * 32)
INVITATION = Door(b"i" * 32, b"p" * 32)


def seed(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=32).digest()


class Device:
    """A device key made from a name."""

    def __init__(self, name: str) -> None:
        self.device, self._secret = crypto_sign_seed_keypair(seed(f"device {name}"))

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:64]


def keys(name: str) -> KeyPair:
    return KeyPair.from_secret(seed(f"x25519 {name}"))


def local(name: str) -> Local:
    return Local.certified(Device(name), keys(f"static {name}"))


def two(
    door: Door = COMMUNITY, *, fixed: bool = False, **options: Any
) -> tuple[Handshake, Handshake]:
    """(initiator, responder), called alice and bob; `fixed` makes every byte repeatable."""
    here = keys("ephemeral alice") if fixed else None
    there = keys("ephemeral bob") if fixed else None
    doors = options.pop("doors", [Door(b"x" * 32), door])
    return (
        Handshake.initiate(local("alice"), door, ephemeral=here, **options),
        Handshake.respond(local("bob"), doors, ephemeral=there, **options),
    )


Change = Callable[[int, bytes], bytes]


def unchanged(number: int, message: bytes) -> bytes:
    return message


def converse(here: Handshake, there: Handshake, change: Change = unchanged) -> list[bytes]:
    """Carry messages until both are done or silent; returns them as they were sent."""
    sent: list[bytes] = []
    sides = [here, there]
    while message := sides[0].data_to_send():
        sent.append(message)
        sides[1].receive(change(len(sent) - 1, message))
        sides.reverse()
    return sent


def session(door: Door = COMMUNITY) -> tuple[Established, Established]:
    """Both ends of a session."""
    here, there = two(door)
    converse(here, there)
    return here.established, there.established


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """`data` cut at these places, whatever their order."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(places):
        if end > start:
            yield data[start:end]
