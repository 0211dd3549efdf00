"""Sealing a payload under an audience's key.

    sealed = 01 ‖ nonce (12, random) ‖ ChaCha20-Poly1305-IETF of the padded inner bytes
    key    = BLAKE3, keyed with the audience's key, of  device ‖ lane (1) ‖ kind (4)
    AD     = "hearth/sealed/1" NUL ‖ community ‖ device ‖ lane (1) ‖ kind (4)
    padded = inner ‖ 80 ‖ 00 …       to a length in `BUCKETS`

So what one device sealed is not taken for what another did, nor for another kind. ChaCha20-Poly1305
does not commit to its key, but the id in the event's header does: it is a hash of the key, and
a receiver opens with no other. A device's nonces are random, as a counter would repeat when a
backup is restored: of a million payloads under one key two share one with a chance of 2^-57.

Sans-IO.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from blake3 import blake3
from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt as _decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt as _encrypt,
)
from nacl.exceptions import CryptoError

from hearth.store.errors import CorruptError, NewerFormatError, UsageError
from hearth.store.header import MAX_PAYLOAD

if TYPE_CHECKING:
    from hearth.audience.records import Audience

KEY: Final = 32
VERSION: Final = 1
NONCE: Final = 12
TAG: Final = 16
OVERHEAD: Final = 1 + NONCE + TAG
_MAX_PADDED: Final = MAX_PAYLOAD - OVERHEAD
MAX_INNER: Final = _MAX_PADDED - 1
BUCKETS: Final = (
    16, 32, 48, *(size for n in range(6, 16) for size in (1 << n, 3 << n - 1)), _MAX_PADDED
)  # fmt: skip
"""Lengths of padded bytes: 16, 32, 48, 64, 96, 128, 192, … 49,152, and all there is room for. So
beyond 48 bytes at most half as much again is sent as there is to say."""
_LABEL: Final = b"hearth/sealed/1\0"
_ID: Final = "hearth 2026 id of an audience's key"


class SealedError(CorruptError, code="bad-seal"):
    """Sealed bytes that the key does not open: altered, or not sealed by who signed them."""


class NewerSealError(NewerFormatError, code="newer-seal"):
    """Sealed in a way that a later version knows."""


class InnerTooLongError(UsageError, code="event-too-large"):
    """More to seal than an event has room for (exit 2)."""


def new_key() -> bytes:
    """A fresh audience key."""
    return os.urandom(KEY)


def key_id(audience: Audience, key: bytes) -> bytes:
    """The 32 bytes that name an audience's key in headers; they commit to it and to what it is for,
    and tell nothing."""
    what = audience.community + bytes((audience.scope,)) + audience.subject
    return blake3(what + key, derive_key_context=_ID).digest()


def padded_size(size: int) -> int:
    """How many bytes so many become when padded. Raises InnerTooLongError."""
    if size > MAX_INNER:
        raise InnerTooLongError(f"{size:,} bytes are too many to seal: at most {MAX_INNER:,}")
    return BUCKETS[bisect_left(BUCKETS, size + 1)]


def sealed_size(size: int) -> int:
    """The length of the payload that `seal` makes of so many inner bytes."""
    return OVERHEAD + padded_size(size)


def seal(
    key: bytes,
    community: bytes,
    device: bytes,
    lane: int,
    kind: int,
    inner: bytes,
    nonce: bytes | None = None,
) -> bytes:
    """The payload of an event of this kind by this device; 12 microseconds.

    `nonce` only where it must be known beforehand, and never twice. Raises InnerTooLongError.
    """
    size = padded_size(len(inner))
    padded = (inner + b"\x80").ljust(size, b"\0")
    who = _who(device, lane, kind)
    nonce = os.urandom(NONCE) if nonce is None else nonce
    box: bytes = _encrypt(padded, _LABEL + community + who, nonce, _message_key(key, who))
    return bytes((VERSION,)) + nonce + box


def unseal(
    key: bytes, community: bytes, device: bytes, lane: int, kind: int, payload: bytes
) -> bytes:
    """The inner bytes of such a payload. Raises SealedError, NewerSealError."""
    if payload[:1] > bytes((VERSION,)):
        raise NewerSealError("sealed in a way that only a newer hearth knows")
    if payload[:1] != bytes((VERSION,)) or len(payload) < OVERHEAD + BUCKETS[0]:
        raise SealedError("these are no sealed bytes")
    who = _who(device, lane, kind)
    nonce, box = payload[1 : 1 + NONCE], payload[1 + NONCE :]
    try:
        padded: bytes = _decrypt(box, _LABEL + community + who, nonce, _message_key(key, who))
    except CryptoError:
        raise SealedError("sealed bytes that their key does not open") from None
    inner = padded.rstrip(b"\0")
    if inner[-1:] != b"\x80" or padded_size(len(inner) - 1) != len(padded):
        raise SealedError("sealed bytes with a wrong padding")
    return inner[:-1]


def _who(device: bytes, lane: int, kind: int) -> bytes:
    return device + bytes((lane,)) + kind.to_bytes(4, "big")


def _message_key(key: bytes, who: bytes) -> bytes:
    return blake3(who, key=key).digest()
