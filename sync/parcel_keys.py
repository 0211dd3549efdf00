"""The keys of a parcel, and what is made with each.

Each parcel has a key of its own, 32 bytes, from which two others follow (BLAKE3's key derivation):

    seal   = BLAKE3, keyed with the first, of the whole head before it
    piece  = ChaCha20-Poly1305-IETF under the second; nonce = 00 00 00 ‖ number (8) ‖ last (1)

The seal ties the label, every stanza and the key together: a parcel opens under one key alone
(ChaCha20-Poly1305 by itself would allow two), and no carrier changes a day or a tag unnoticed.

To devices, the key is random, and sealed to each: a stanza is one message of 80 bytes by the
one-way pattern `Noise_N_25519_ChaChaPoly_BLAKE2b`, prologue "hearth/parcel/1" NUL. It says neither
who made it nor for whom. Stanzas for nobody are made the same way, to a key that nobody kept.

For an audience, it follows from the audience's key and a random nonce.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from blake3 import blake3
from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt as _decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt as _encrypt,
)
from nacl.exceptions import CryptoError

from hearth.sync.cipher import KEY, BadPointError, KeyPair, NoiseError, checked_key
from hearth.sync.noise import HandshakeState, Pattern
from hearth.sync.parcel_errors import RecipientError

Entropy = Callable[[int], bytes]
"""Gives so many random bytes: `os.urandom`, but where a test must repeat them."""

LABEL: Final = b"hearth/parcel/1\0"
"""Under which a sender signs; the prologue of stanzas, too."""
SEAL: Final = 32
NONCE: Final = 32
STANZA: Final = 80
N: Final = Pattern.parse("N", "<- s\n ...\n -> e, es")

_SEALS: Final = "hearth 2026 seal of a parcel"
_PIECES: Final = "hearth 2026 pieces of a parcel"
_AUDIENCE: Final = "hearth 2026 parcels of an audience"


def stanza(key: bytes, recipient: bytes, entropy: Entropy) -> bytes:
    """The parcel's key, sealed to an X25519 public key; 0.2 ms.

    Raises RecipientError for a public key of low order.
    """
    state = HandshakeState(
        N,
        initiator=True,
        prologue=LABEL,
        remote_static=checked_key(recipient),
        ephemeral=KeyPair.from_secret(entropy(KEY)),
    )
    try:
        return state.write_message(key)
    except BadPointError:
        raise RecipientError("a recipient's key is one of low order") from None


def for_nobody(entropy: Entropy) -> bytes:
    """A stanza that nobody can open, and nobody tell from the others."""
    return stanza(entropy(KEY), KeyPair.from_secret(entropy(KEY)).public, entropy)


def find(stanzas: Sequence[bytes], own: Iterable[KeyPair]) -> bytes | None:
    """The parcel's key if a stanza is for one of these keys; 0.1 ms for each of both."""
    for pair in own:
        for each in stanzas:
            state = HandshakeState(N, initiator=False, prologue=LABEL, static=pair)
            try:
                key = state.read_message(each)
            except NoiseError:  # a point of low order among them
                continue
            if len(key) == KEY:
                return key
    return None


def of_audience(audience: bytes, nonce: bytes) -> bytes:
    """The key of the parcel with this nonce among an audience's."""
    parcels = blake3(checked_key(audience), derive_key_context=_AUDIENCE).digest()
    return blake3(nonce, key=parcels).digest()


def seal(key: bytes, head: bytes) -> bytes:
    """The seal on a head: all before it."""
    return blake3(head, key=blake3(key, derive_key_context=_SEALS).digest()).digest()


class Pieces:
    """Encrypts and opens the pieces of one parcel."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = blake3(key, derive_key_context=_PIECES).digest()

    def encrypt(self, plaintext: bytes, number: int, last: bool) -> bytes:
        """16 bytes more than it was given."""
        sealed: bytes = _encrypt(plaintext, b"", _nonce(number, last), self._key)
        return sealed

    def decrypt(self, ciphertext: bytes, number: int, last: bool) -> bytes | None:
        """The plaintext; None if this is not that piece."""
        try:
            plaintext: bytes = _decrypt(ciphertext, b"", _nonce(number, last), self._key)
        except CryptoError:
            return None
        return plaintext


def _nonce(number: int, last: bool) -> bytes:
    return bytes(3) + number.to_bytes(8, "big") + bytes((last,))
