"""A device's statement that a transport key is its own.

    certificate = device (32) ‖ static (32) ‖ signature (64)

The signature is Ed25519 by the device key over "hearth/transport-certificate/1" NUL and the 64
bytes before it. Fixed lengths, so there is exactly one encoding. The transport key is an X25519
key made for this purpose alone, one per device: no key of ours does two jobs, so nothing said
under one can be replayed as something said under another. The certificate does not expire; it
means nothing once the device is retired, and by itself it proves nothing about who sends it: the
handshake asks for a signature of the device's own as well (`hearth.sync.handshake`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hearth.store.errors import CorruptError
from hearth.store.event import DeviceKeyError, Signer, check_device, verifies

LENGTH: Final = 128
LABEL: Final = b"hearth/transport-certificate/1\0"


class TransportCertificateError(CorruptError, code="bad-transport-certificate"):
    """Bytes that are not a certificate, or one that the device did not sign."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A verified statement: `static` is the X25519 public key of `device`."""

    device: bytes
    static: bytes
    signature: bytes

    def encode(self) -> bytes:
        """The 128 bytes."""
        return self.device + self.static + self.signature


def certify(signer: Signer, static: bytes) -> Certificate:
    """Let a device vouch for its transport key."""
    signature = signer.sign(LABEL + signer.device + static)
    return Certificate(signer.device, static, signature)


def decode(data: bytes) -> Certificate:
    """Parse and verify (0.15 ms). Raises TransportCertificateError; returns nothing unverified."""
    if len(data) != LENGTH:
        raise TransportCertificateError(
            f"a transport certificate has {LENGTH} bytes, this one {len(data)}"
        )
    found = Certificate(data[:32], data[32:64], data[64:])
    try:
        check_device(found.device)
    except DeviceKeyError as error:
        raise TransportCertificateError(error.message) from None
    if not verifies(found.device, LABEL, data[:64], found.signature):
        raise TransportCertificateError("the signature of a transport certificate does not hold")
    return found
