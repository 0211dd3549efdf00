"""Noise's cipher and symmetric state, over libsodium (Noise Protocol Framework, revision 34).

One suite and no choice of others: X25519, ChaCha20-Poly1305, BLAKE2b. The two objects are those
of the specification's section 5, by the same names:

* a *cipher state* is a key and a counter. The counter is the nonce, so it never repeats under a
  key; the last value, 2^64 - 1, is reserved for `rekey`, and reaching it is an error;
* a *symmetric state* is a chaining key `ck`, into which every shared secret is mixed, a hash `h`
  of everything said so far, and the cipher state that the latest `ck` yields. What it encrypts
  is authenticated together with `h`, so two sides that heard different things part at once.

Sans-IO; nothing here knows of sockets, time or hearth. What a peer can cause is a `NoiseError`;
what only a caller can cause (a key of 31 bytes, a call out of turn) is a `MisuseError`. Nothing
secret is in a `repr`, a message or an exception.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final

from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt as _open,
    crypto_aead_chacha20poly1305_ietf_encrypt as _seal,
    crypto_scalarmult,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError

from hearth.sync.errors import MisuseError, TransportError

KEY: Final = 32
HASH: Final = 64
TAG: Final = 16
MAX_MESSAGE: Final = 65535
"""The longest Noise message, handshake or transport, tag included."""
MAX_NONCE: Final = 2**64 - 1
"""Reserved: no message is ever encrypted under it but the one that makes the next key."""


class NoiseError(TransportError, code="noise"):
    """The other side did not say what the Noise protocol has it say."""


class NotGenuineError(NoiseError, code="not-genuine"):
    """A ciphertext that does not open: altered, out of order, or made with other keys."""


class BadPointError(NoiseError, code="bad-point"):
    """A public key with which every shared secret is the same: all zero."""


class MessageLengthError(NoiseError, code="bad-message-length"):
    """A message shorter than its pattern needs, or longer than 65,535 bytes."""


class NonceError(NoiseError, code="nonce-limit"):
    """The counter of a key is used up; go on with a new session."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An X25519 key pair; 32 bytes each."""

    public: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> KeyPair:
        """A new pair from the system's randomness."""
        return cls.from_secret(os.urandom(KEY))

    @classmethod
    def from_secret(cls, secret: bytes) -> KeyPair:
        """The pair that this 32-byte secret belongs to."""
        checked_key(secret)
        return cls(crypto_scalarmult_base(secret), secret)

    def shared(self, public: bytes) -> bytes:
        """The 32-byte shared secret with `public`; about 40 microseconds.

        Raises BadPointError if it is all zero (libsodium refuses it), which is what the points
        of low order yield: a peer that sends one would choose the key alone.
        """
        checked_key(public)
        try:
            return crypto_scalarmult(self.secret, public)
        except CryptoError:
            raise BadPointError("the peer sent a public key of low order") from None


def checked_key(key: bytes) -> bytes:
    """`key` if it is 32 bytes; libsodium's binding would read past the end of a shorter one."""
    if not isinstance(key, bytes) or len(key) != KEY:
        raise MisuseError(f"a key has {KEY} bytes")
    return key


def _hash(data: bytes) -> bytes:
    from hashlib import blake2b  # brings OpenSSL with it, and key pairs do without

    return blake2b(data).digest()


def hkdf(chaining_key: bytes, material: bytes, outputs: int) -> list[bytes]:
    """The specification's HKDF: two or three outputs of 64 bytes."""
    import hmac
    from hashlib import blake2b

    secret = hmac.new(chaining_key, material, blake2b).digest()
    found: list[bytes] = []
    previous = b""
    for number in range(1, outputs + 1):
        previous = hmac.new(secret, previous + bytes((number,)), blake2b).digest()
        found.append(previous)
    return found


def _nonce(counter: int) -> bytes:
    return b"\0\0\0\0" + counter.to_bytes(8, "little")


class CipherState:
    """A key, perhaps not known yet, and the number of messages it has encrypted or opened.

    Two sides keep one each per direction; messages open only in the order in which they were
    made, each once.
    """

    __slots__ = ("_key", "nonce")

    def __init__(self, key: bytes | None = None) -> None:
        self._key = None if key is None else checked_key(key)
        self.nonce = 0

    def __repr__(self) -> str:
        return f"CipherState(has_key={self.has_key}, nonce={self.nonce})"

    @property
    def has_key(self) -> bool:
        """Whether anything is encrypted yet."""
        return self._key is not None

    def encrypt(self, plaintext: bytes, associated: bytes = b"") -> bytes:
        """Ciphertext and tag; the plaintext itself while there is no key.

        Raises NonceError, without encrypting, when only the reserved nonce is left.
        """
        if self._key is None:
            return plaintext
        sealed = _seal(plaintext, associated, self._next(), self._key)
        self.nonce += 1
        return sealed

    def decrypt(self, ciphertext: bytes, associated: bytes = b"") -> bytes:
        """The plaintext. Raises NotGenuineError or NonceError; the counter then stands still."""
        if self._key is None:
            return ciphertext
        nonce = self._next()
        if len(ciphertext) < TAG:
            raise NotGenuineError("a ciphertext shorter than its tag")
        try:
            plaintext = _open(ciphertext, associated, nonce, self._key)
        except CryptoError:
            raise NotGenuineError("a ciphertext that does not open") from None
        self.nonce += 1
        return plaintext

    def rekey(self) -> None:
        """Go on under a key from which the old one cannot be found; the counter runs on."""
        if self._key is None:
            raise MisuseError("there is no key to renew")
        self._key = _seal(bytes(KEY), b"", _nonce(MAX_NONCE), self._key)[:KEY]

    def _next(self) -> bytes:
        if self.nonce >= MAX_NONCE:
            raise NonceError("this key has encrypted all it may")
        return _nonce(self.nonce)


class SymmetricState:
    """The chaining key, the running hash, and the cipher of the moment."""

    __slots__ = ("_chaining_key", "cipher", "hash")

    def __init__(self, protocol_name: bytes) -> None:
        if len(protocol_name) <= HASH:
            self.hash = protocol_name.ljust(HASH, b"\0")
        else:
            self.hash = _hash(protocol_name)
        self._chaining_key = self.hash
        self.cipher = CipherState()

    def __repr__(self) -> str:
        return f"SymmetricState(cipher={self.cipher!r})"

    def mix_key(self, material: bytes) -> None:
        """Let every later key depend on `material`."""
        self._chaining_key, key = hkdf(self._chaining_key, material, 2)
        self.cipher = CipherState(key[:KEY])

    def mix_hash(self, data: bytes) -> None:
        """Let every later tag depend on `data`."""
        self.hash = _hash(self.hash + data)

    def mix_key_and_hash(self, material: bytes) -> None:
        """Both at once, for pre-shared keys."""
        self._chaining_key, data, key = hkdf(self._chaining_key, material, 3)
        self.mix_hash(data)
        self.cipher = CipherState(key[:KEY])

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        """Encrypt, once there is a key, and take what is sent into the hash."""
        ciphertext = self.cipher.encrypt(plaintext, self.hash)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt_and_hash(self, ciphertext: bytes) -> bytes:
        """The reverse. After a NotGenuineError the hash is as it was."""
        plaintext = self.cipher.decrypt(ciphertext, self.hash)
        self.mix_hash(ciphertext)
        return plaintext

    def split(self) -> tuple[CipherState, CipherState]:
        """The ciphers for what the initiator sends, and for what the responder sends."""
        first, second = hkdf(self._chaining_key, b"", 2)
        return CipherState(first[:KEY]), CipherState(second[:KEY])
