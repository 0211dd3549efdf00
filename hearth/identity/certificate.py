"""A person's statement that a device is theirs.

    certificate = person (32) ‖ device (32) ‖ issued (8, big-endian unix seconds) ‖ signature (64)

The signature is Ed25519 by the person key over "hearth/device-certificate/1" NUL and the 72
bytes before it. Fixed lengths, so there is exactly one encoding. `issued` is a hint for people:
nothing is decided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from hearth.store.errors import CorruptError

LENGTH = 136
_LABEL = b"hearth/device-certificate/1\0"


class CertificateError(CorruptError, code="bad-certificate"):
    """The certificate is malformed or its signature does not hold."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A verified statement: `device` belongs to `person`."""

    person: bytes
    device: bytes
    issued: int
    signature: bytes

    def encode(self) -> bytes:
        """The 136 bytes."""
        return _body(self.person, self.device, self.issued) + self.signature


def certify(person_seed: bytes, device: bytes, issued: int) -> Certificate:
    """Sign a device key with the person's key."""
    from nacl.signing import SigningKey

    key = SigningKey(person_seed)
    person = bytes(key.verify_key)
    body = _body(person, device, issued)
    return Certificate(person, device, issued, key.sign(_LABEL + body).signature)


def decode(data: bytes) -> Certificate:
    """Parse and verify; raises `CertificateError`, returns nothing unverified."""
    if len(data) != LENGTH:
        raise CertificateError(f"a device certificate has {LENGTH} bytes, this one {len(data)}")
    from nacl.bindings import crypto_core_ed25519_is_valid_point
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    person, device = data[:32], data[32:64]
    if not (
        crypto_core_ed25519_is_valid_point(person) and crypto_core_ed25519_is_valid_point(device)
    ):
        raise CertificateError("a device certificate names a key that is not a sound one")
    try:
        VerifyKey(person).verify(_LABEL + data[:72], data[72:])
    except BadSignatureError:
        raise CertificateError("the signature of a device certificate does not hold") from None
    return Certificate(person, device, int.from_bytes(data[64:72], "big"), data[72:])


def _body(person: bytes, device: bytes, issued: int) -> bytes:
    return person + device + issued.to_bytes(8, "big")
