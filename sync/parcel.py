"""Parcels: any run of frames, sealed for carriage by strangers.

    parcel  = head ‖ pieces
    head    = label (20) ‖ n (2) ‖ n stanzas of 80 ‖ seal (32)      kind 1: to devices
            = label (20) ‖ nonce (32) ‖ seal (32)                   kind 2: for an audience
    piece   = ciphertext of  signature (64) ‖ part of the content   65,536 bytes, or 81 to end with
    content = device (32) ‖ frames ‖ 00 00 ‖ zeros
    frame   = length (2, not 0) ‖ bytes

What lies after the device has one of the lengths of `padding`; n is one of its steps. So a carrier
sees a day to expire on, a tag, about how many recipients, about how long; nothing else, and
nothing that two parcels share but the tag of a day.

The signature is by the sending device over

    "hearth/parcel/1" NUL ‖ BLAKE3(head ‖ device) ‖ number (8) ‖ last (1) ‖ BLAKE3(part)

The head holds every stanza, and each opens for one recipient only: so what is signed is that
this is meant for these and nobody else. A recipient who seals it again for somebody else, or
changes what the others of them get, has no signature for that. (Recipients do not learn who the
others are.) Each piece is signed, so nothing comes out of a parcel whose sender is not known,
however much of it has come.

Kind 2 takes no stanzas and is for small things. It must never bring anybody the audience's key:
only those can open it who have that already.

Sans-IO. `Sealer` makes a parcel of any length in memory for two pieces; `hearth.sync.parcel_open`
reads them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.store.event import Signer
from hearth.sync import parcel_keys as keys
from hearth.sync.cipher import KEY, TAG
from hearth.sync.errors import MisuseError
from hearth.sync.padding import MAX_CONTENT, padded, padded_count
from hearth.sync.parcel_errors import ParcelTooLargeError
from hearth.sync.parcel_keys import LABEL, Entropy, Pieces
from hearth.sync.parcel_label import Label

DEVICES: Final = 1
AUDIENCE: Final = 2
PIECE: Final = 65536
"""Length of every piece but the last, encrypted."""
SIGNATURE: Final = 64
PART: Final = PIECE - TAG - SIGNATURE
"""Bytes of content in a whole piece."""
DEVICE: Final = 32
MAX_FRAME: Final = 0xFFFF
MAX_SMALL: Final = 61_440
"""Bytes of padded frames that a parcel for an audience may have; so it is below 64 kB."""
_ZEROS: Final = bytes(PIECE)


class Devices(NamedTuple):
    """To whom: the X25519 public keys of devices; up to 1,024."""

    keys: Iterable[bytes]


class Audience(NamedTuple):
    """To whom: everybody who has this audience's key."""

    key: bytes


def statement(head: bytes, device: bytes) -> bytes:
    """What a parcel's signatures begin with: who means it for whom."""
    return blake3(head + device).digest()


def signed(statement: bytes, number: int, last: bool, part: bytes) -> bytes:
    """What is signed of one piece, after the label."""
    place = number.to_bytes(8, "big") + bytes((last,))
    return statement + place + blake3(part).digest()


class Sealer:
    """Seals frames one after another: first take `head`, then what `add` and `finish` return.

    `content` and `padding` count the bytes of frames with their lengths, and those that were added.
    Raises RecipientError, ParcelTooLargeError, MisuseError (nobody to seal to).
    """

    def __init__(
        self,
        signer: Signer,
        to: Devices | Audience,
        tag: bytes,
        expires: int,
        *,
        limit: int = MAX_CONTENT,
        entropy: Entropy = os.urandom,
    ) -> None:
        self._signer = signer
        self._audience = to.key if isinstance(to, Audience) else None
        self._limit = limit if self._audience is None else min(limit, MAX_SMALL)
        if isinstance(to, Audience):
            key, before = _for_audience(to.key, tag, expires, entropy)
        else:
            key, before = _for_devices(to.keys, tag, expires, entropy)
        self.head = before + keys.seal(key, before)
        self._pieces = Pieces(key)
        self._statement = statement(self.head, signer.device)
        self._waiting = bytearray(signer.device)
        self._number = 0
        self._finished = False
        self.content = 2
        self.padding = 0

    def add(self, frame: bytes) -> bytes:
        """Seal 1 to 65,535 bytes; returns what is ready: at most two pieces, often nothing.

        Raises ParcelTooLargeError, and is then as it was; MisuseError for other lengths and for
        the audience's own key.
        """
        if not 1 <= len(frame) <= MAX_FRAME or self._finished:
            raise MisuseError(f"a frame has 1 to {MAX_FRAME:,} bytes, and none follows the end")
        if self._audience is not None and self._audience in frame:
            raise MisuseError("an audience's key does not travel under itself")
        size = self.content + 2 + len(frame)
        if size > self._limit or padded(size) > self._limit:
            raise ParcelTooLargeError(f"a parcel like this holds at most {self._limit:,} bytes")
        self.content = size
        self._waiting += len(frame).to_bytes(2, "big") + frame
        return b"".join(self._ready())

    def finish(self) -> Iterator[bytes]:
        """The rest of the parcel, padding included, piece by piece."""
        if self._finished:
            raise MisuseError("this parcel is finished")
        self._finished = True
        self.padding = left = padded(self.content) - self.content
        self._waiting += bytes(2)  # counted from the beginning
        return self._rest(left)

    def _rest(self, left: int) -> Iterator[bytes]:
        while left:
            zeros = min(left, PIECE)
            self._waiting += _ZEROS[:zeros]
            left -= zeros
            yield from self._ready()
        yield self._piece(bytes(self._waiting), last=True)

    def _ready(self) -> Iterator[bytes]:
        """Pieces that are whole, all but one that may turn out to be the last."""
        while len(self._waiting) > PART:
            part = bytes(self._waiting[:PART])
            del self._waiting[:PART]
            yield self._piece(part, last=False)

    def _piece(self, part: bytes, last: bool) -> bytes:
        said = signed(self._statement, self._number, last, part)
        signature = self._signer.sign(LABEL + said)
        piece = self._pieces.encrypt(signature + part, self._number, last)
        self._number += 1
        return piece


def seal(
    frames: Iterable[bytes],
    signer: Signer,
    to: Devices | Audience,
    tag: bytes,
    expires: int,
    *,
    limit: int = MAX_CONTENT,
    entropy: Entropy = os.urandom,
) -> bytes:
    """A whole parcel; for what fits in memory. Raises what `Sealer` raises."""
    sealer = Sealer(signer, to, tag, expires, limit=limit, entropy=entropy)
    ready = [sealer.head, *map(sealer.add, frames)]
    return b"".join((*ready, *sealer.finish()))


def _for_audience(key: bytes, tag: bytes, expires: int, entropy: Entropy) -> tuple[bytes, bytes]:
    nonce = entropy(keys.NONCE)
    return keys.of_audience(key, nonce), Label(AUDIENCE, expires, tag).encode() + nonce


def _for_devices(
    recipients: Iterable[bytes], tag: bytes, expires: int, entropy: Entropy
) -> tuple[bytes, bytes]:
    publics = sorted(set(recipients))
    if not publics:
        raise MisuseError("a parcel is sealed to somebody")
    count = padded_count(len(publics))
    key = entropy(KEY)
    stanzas = [keys.stanza(key, public, entropy) for public in publics]
    stanzas += [keys.for_nobody(entropy) for _ in range(count - len(publics))]
    stanzas.sort(key=lambda _: entropy(16))  # so their order tells nothing
    label = Label(DEVICES, expires, tag).encode()
    return key, label + count.to_bytes(2, "big") + b"".join(stanzas)
