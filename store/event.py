"""One event: what its id is, what is signed, and when a signature counts.

    id        = BLAKE3(header ‖ signature)
    signature = Ed25519 by the device key over  "hearth/event/1\\0" ‖ header

The id covers the signature, so a link to an event (`previous`) vouches for the very bytes of
its signature too: one verified event proves the whole chain behind it. The label keeps a
signature made for one purpose from being used for another.

There is exactly one verifier, libsodium: OpenSSL accepts signatures that libsodium refuses, and
nodes that disagree about one signature disagree about the log for ever. Keys with a torsion
component are refused once, when a device's first event is met (`check_device`): that removes
the edge cases in which even careful verifiers differ.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from blake3 import blake3

from hearth.store.errors import CorruptError
from hearth.store.header import Fields, Header, parse

LABEL: Final = b"hearth/event/1\0"
SIGNATURE_SIZE: Final = 64
DEVICE_SIZE: Final = 32


class SignatureError(CorruptError, code="bad-signature"):
    """A signature that the device did not make over these bytes (exit 13)."""


class DeviceKeyError(CorruptError, code="bad-device-key"):
    """A device id that is no proper Ed25519 key: of low order, mixed order, or no point."""


class PayloadError(CorruptError, code="bad-payload"):
    """A payload that is not the one its header names."""


class Signer(Protocol):
    """Whoever holds a device's secret key."""

    @property
    def device(self) -> bytes:
        """The 32-byte Ed25519 public key, which is the device's id."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`."""


class Event(NamedTuple):
    """An event as it is held here.

    `payload` is None if the event has none, if it was erased (`erased`), or if it is not here
    yet. `arrival` counts what was committed here, upwards, and means nothing elsewhere. `gap`:
    something before it in its chain is missing. `forked`: its chain has split at or before its
    place. `verified`: its own signature has been checked, not only a link to it.
    """

    id: bytes
    header: Header
    signature: bytes
    payload: bytes | None
    arrival: int
    gap: bool
    forked: bool
    verified: bool
    erased: bool


def event_id(header: bytes, signature: bytes) -> bytes:
    """The id of the event with these header bytes and this signature."""
    return blake3(header + signature).digest()


def check_device(device: bytes) -> None:
    """Raise DeviceKeyError unless `device` is a point of the prime-order group; 65 microseconds."""
    from nacl.bindings import crypto_core_ed25519_is_valid_point

    if len(device) != DEVICE_SIZE or not crypto_core_ed25519_is_valid_point(device):
        raise DeviceKeyError(f'"{device[:32].hex()}" is not a device\'s key')


def verifies(device: bytes, label: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is the device's over the label and the message; 75 microseconds."""
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import CryptoError

    if len(signature) != SIGNATURE_SIZE or len(device) != DEVICE_SIZE:
        return False
    try:
        crypto_sign_open(b"".join((signature, label, message)), device)
    except CryptoError:
        return False
    return True


def check(header: bytes, signature: bytes, payload: bytes | None = None) -> tuple[bytes, Header]:
    """Check one event on its own, as it must be before it is shown alone; its id and header.

    Raises HeaderError, NewerEventError, DeviceKeyError, SignatureError, PayloadError.
    """
    parsed = parse(header)
    check_device(parsed.device)
    if not verifies(parsed.device, LABEL, header, signature):
        raise SignatureError("the signature of the event is wrong")
    if payload is not None:
        check_payload(parsed, payload)
    return event_id(header, signature), parsed


def check_payload(header: Header | Fields, payload: bytes) -> None:
    """Raise PayloadError unless `payload` is the one the header names."""
    if len(payload) != header.payload_length or blake3(payload).digest() != header.payload_hash:
        raise PayloadError("the payload is not the one its header names")
