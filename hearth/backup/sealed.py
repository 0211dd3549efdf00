"""The outside of a backup: a fixed head, then authenticated pieces, the last marked as such.

    0     8   89 48 42 4B 0D 0A 1A 0A     ("\\x89HBK", CR LF SUB LF)
    8     4   version of the format, 1
    12    4   passes of Argon2id
    16    8   bytes of memory of Argon2id
    24   16   salt of Argon2id, random
    40   32   commitment: which key opens it
    72   24   header of the stream, random
    96    8   first 8 bytes of BLAKE3 over bytes 0 to 95
    104   -   pieces: 65,536 bytes in 65,553; the last holds what is left, maybe nothing

Integers are big-endian. Key = Argon2id(passphrase in NFC, salt); from it BLAKE3's key derivation
makes the stream's key and the commitment. The stream is libsodium's secretstream (XChaCha20-
Poly1305); the head is associated data of each piece; the tag of the last is FINAL, of all others
MESSAGE. So a piece that is altered, missing, moved or after the end is noticed, and so is an end
that is missing; and a wrong passphrase is told from damage, by the commitment.

The check at the end of the head proves nothing to somebody who means ill. It is there so that a
flipped bit is called damage, and not a wrong passphrase or a newer version. The costs that a head
states are bounded before any of them is spent.
"""

from __future__ import annotations

import os
import struct
import unicodedata
from typing import Final, NamedTuple

from blake3 import blake3
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_init_pull as _init_pull,
    crypto_secretstream_xchacha20poly1305_init_push as _init_push,
    crypto_secretstream_xchacha20poly1305_pull as _pull,
    crypto_secretstream_xchacha20poly1305_push as _push,
    crypto_secretstream_xchacha20poly1305_state as _State,
)
from nacl.bindings.crypto_secretstream import (
    crypto_secretstream_xchacha20poly1305_TAG_FINAL as _FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE as _MESSAGE,
)
from nacl.exceptions import RuntimeError as SodiumError

from hearth.identity.keyfile import (
    MAX_MEMORY,
    MAX_OPS,
    MIN_MEMORY,
    KeyLockedError,
    Strength,
    derive,
)
from hearth.store.disk import File
from hearth.store.errors import CorruptError, NewerFormatError

VERSION: Final = 1
MAGIC: Final = b"\x89HBK\r\n\x1a\n"
PIECE: Final = 64 << 10
TAG: Final = 17
HEAD: Final = 104
_HEAD: Final = struct.Struct(">8sIIQ16s32s24s")
_STREAM: Final = "hearth 2026 stream of a backup"
_COMMITMENT: Final = "hearth 2026 commitment of a backup"


class NotBackupError(CorruptError, code="not-a-backup"):
    """The file is no backup of a hearth."""


class BackupDamagedError(CorruptError, code="backup-damaged"):
    """The backup is cut short or altered."""


class Head(NamedTuple):
    """The head as it stands in the file; `strength` is within its bounds."""

    version: int
    strength: Strength
    salt: bytes
    commitment: bytes
    stream: bytes
    bytes: bytes


class _Keys(NamedTuple):
    stream: bytes
    commitment: bytes


def _keys(passphrase: str, salt: bytes, strength: Strength) -> _Keys:
    key = derive(unicodedata.normalize("NFC", passphrase), salt, strength)
    made = (blake3(key, derive_key_context=use).digest() for use in (_STREAM, _COMMITMENT))
    return _Keys(*made)


def read_head(file: File) -> Head:
    """The head of a backup, checked as far as it can be without the passphrase.

    Raises `NotBackupError`, `BackupDamagedError`, `NewerFormatError`.
    """
    data = file.read(0, HEAD)
    if not data.startswith(MAGIC):
        raise NotBackupError(f'"{file.path}" is no backup of a hearth')
    if len(data) < HEAD or blake3(data[:-8]).digest(8) != data[-8:]:
        raise BackupDamagedError(f'the head of the backup "{file.path}" is damaged')
    _, version, ops, memory, salt, commitment, stream = _HEAD.unpack(data[:-8])
    if version > VERSION:
        raise NewerFormatError(
            f'the backup "{file.path}" has format {version}, this program knows {VERSION}',
            "use a newer hearth",
        )
    if version < 1 or not (1 <= ops <= MAX_OPS and MIN_MEMORY <= memory <= MAX_MEMORY):
        raise BackupDamagedError(
            f'the head of the backup "{file.path}" asks for what no backup needs',
            "it was not made by this program: do not trust it",
        )
    return Head(version, Strength(ops, memory), salt, commitment, stream, data)


class Writer:
    """Writes a backup into an empty file, from front to back. `close` makes it durable."""

    def __init__(self, file: File, passphrase: str, strength: Strength) -> None:
        salt = os.urandom(16)
        keys = _keys(passphrase, salt, strength)
        self._state = _State()
        stream = _init_push(self._state, keys.stream)
        head = _HEAD.pack(
            MAGIC, VERSION, strength.ops, strength.memory, salt, keys.commitment, stream
        )
        self._head = head + blake3(head).digest(8)
        self._file = file
        self._buffer = bytearray()
        self._plain = blake3()
        file.write(0, self._head)
        self.length = HEAD

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._plain.update(data)
        self._buffer += data
        while len(self._buffer) > PIECE:
            self._put(bytes(self._buffer[:PIECE]), _MESSAGE)
            del self._buffer[:PIECE]

    def close(self) -> bytes:
        """Mark the end and sync the file; the BLAKE3 of all that was written."""
        self._put(bytes(self._buffer), _FINAL)
        self._file.sync()
        return self._plain.digest()

    def _put(self, data: bytes, tag: int) -> None:
        sealed = _push(self._state, data, self._head, tag)
        self._file.write(self.length, sealed)
        self.length += len(sealed)


class Reader:
    """Reads a backup from front to back; yields nothing that has not been authenticated.

    Raises what `read_head` does, and `KeyLockedError` for a wrong passphrase.
    """

    def __init__(self, file: File, passphrase: str) -> None:
        self._head = read_head(file)
        keys = _keys(passphrase, self._head.salt, self._head.strength)
        if keys.commitment != self._head.commitment:
            raise KeyLockedError(
                f'wrong passphrase for the backup "{file.path}"',
                "a backup has a passphrase of its own, given when it was made",
            )
        self._state = _State()
        _init_pull(self._state, self._head.stream, keys.stream)
        self._file = file
        self._at = HEAD
        self._buffer = bytearray()
        self._ended = False
        self._plain = blake3()

    def read(self, length: int) -> bytes:
        """Exactly so many bytes. Raises `BackupDamagedError` if there are fewer."""
        while len(self._buffer) < length:
            if self._ended:
                raise self._damaged("it ends too early")
            self._next()
        data = bytes(self._buffer[:length])
        del self._buffer[:length]
        return data

    def at_end(self) -> bool:
        """Whether everything has been read, and the end is the true one."""
        while not self._buffer and not self._ended:
            self._next()
        return not self._buffer

    def digest(self) -> bytes:
        """The BLAKE3 of all that has been opened so far."""
        return self._plain.digest()

    def _next(self) -> None:
        sealed = self._file.read(self._at, PIECE + TAG)
        if len(sealed) < TAG:
            raise self._damaged("it is cut short")
        try:
            data, tag = _pull(self._state, sealed, self._head.bytes)
        except SodiumError:
            raise self._damaged("a piece of it is cut or altered") from None
        self._at += len(sealed)
        self._ended = tag == _FINAL
        short = len(data) < PIECE
        if tag not in (_FINAL, _MESSAGE) or (short and not self._ended):
            raise self._damaged("a piece of it is not what a backup has")
        if self._ended and self._file.read(self._at, 1):
            raise self._damaged("something follows its end")
        self._plain.update(data)
        self._buffer += data

    def _damaged(self, why: str) -> BackupDamagedError:
        return BackupDamagedError(
            f'the backup "{self._file.path}" is damaged: {why}',
            "nothing was restored from it; another copy may be whole",
        )
