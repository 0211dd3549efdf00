"""A secret key on disk: one JSON file, readable by its owner only, sealed if a passphrase is set.

Plain:   {"v": 1, "kind": "device", "public": hex, "secret": hex}
Sealed:  {"v": 1, "kind": "device", "public": hex, "sealed": {"kdf": "argon2id", "ops": n,
          "memory": bytes, "salt": hex, "nonce": hex, "box": hex}}

The box is XChaCha20-Poly1305 (libsodium, IETF form) over the 32-byte Ed25519 seed, under
Argon2id(passphrase, salt, ops, memory); its associated data is the canonical JSON of all the
other fields, so that none of them can be swapped. The costs in a file are read from outside,
hence bounded: a hostile file may waste at most a gibibyte and a few seconds.

JSON rather than CBOR because a person may have to look at it, or retype it, in a bad week.

While a passphrase is being changed (`changing`), the file that counts may lie beside, as
`<name>.new`: it does once `changed` is there.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from hearth.store.disk import Disk
from hearth.store.errors import CorruptError, Exit, HearthError, NewerFormatError

VERSION = 1
MAX_FILE = 4096
MAX_OPS = 10
MIN_MEMORY = 8192  # libsodium's own floor
MAX_MEMORY = 1 << 30
NEW = ".new"
CHANGED = "changed"
_LABEL = b"hearth/keyfile/1\0"
_FOR_YOU = "FAT, exFAT and NTFS keep no permissions: mounted with umask=077 they are yours alone"


class KeyLockedError(HearthError, code="key-locked", exit_code=Exit.KEY_LOCKED):
    """The key is sealed and no passphrase, or a wrong one, was given (exit 12)."""


class KeyPermissionError(HearthError, code="key-permissions"):
    """The key file is not a private, regular file of this user."""


class KeyMissingError(HearthError, code="key-missing"):
    """A key file that must exist does not."""


@dataclass(frozen=True, slots=True)
class Strength:
    """What one guess at the passphrase costs: passes over `memory` bytes."""

    ops: int
    memory: int


MODERATE = Strength(ops=3, memory=256 << 20)  # libsodium's "moderate"
SMALL = Strength(ops=2, memory=64 << 20)  # libsodium's "interactive", for 1 GB boards


def strength_for(physical_memory: int) -> Strength:
    """The stronger setting where a quarter of a gigabyte is not a quarter of the machine."""
    return MODERATE if physical_memory >= 2 << 30 else SMALL


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file as read; `open` yields the 32-byte seed."""

    path: Path
    kind: str
    public: bytes
    fields: dict[str, Any]

    @property
    def sealed(self) -> bool:
        """Whether a passphrase is needed."""
        return "sealed" in self.fields

    @property
    def strength(self) -> Strength | None:
        """What a guess at its passphrase costs; None if it is not sealed. Raises `CorruptError`."""
        if not self.sealed:
            return None
        sealed = self.fields["sealed"]
        return Strength(
            _count(sealed, "ops", 1, MAX_OPS), _count(sealed, "memory", MIN_MEMORY, MAX_MEMORY)
        )

    def open(self, passphrase: str | None = None) -> bytes:
        """Return the seed.

        Raises `KeyLockedError` without the right passphrase, `CorruptError` when the seed does
        not belong to the public key beside it.
        """
        seed = self._unseal(passphrase) if self.sealed else _hex(self.fields, "secret", 32)
        from nacl.bindings import crypto_sign_seed_keypair

        if crypto_sign_seed_keypair(seed)[0] != self.public:
            raise CorruptError(f'key file "{self.path}" holds a secret of another key')
        return seed

    def _unseal(self, passphrase: str | None) -> bytes:
        if passphrase is None:
            raise KeyLockedError(
                f'key "{self.path.name}" is locked by a passphrase',
                "type it at a terminal, or give it with --passphrase-fd N",
                "for cron and services: hearth key unlock says where it is taken from",
            )
        from nacl.exceptions import CryptoError

        sealed, strength = self.fields["sealed"], self.strength or MODERATE
        try:
            return _decrypt(
                _hex(sealed, "box", 48),
                _associated(self.fields),
                _hex(sealed, "nonce", 24),
                derive(passphrase, _hex(sealed, "salt", 16), strength),
            )
        except CryptoError:
            raise KeyLockedError(
                f'wrong passphrase for key "{self.path.name}", or the file was altered',
                "hearth key says how it is protected, and where a passphrase is taken from",
            ) from None


def write_key(
    disk: Disk,
    path: Path,
    kind: str,
    seed: bytes,
    passphrase: str | None = None,
    strength: Strength = MODERATE,
) -> None:
    """Write a key file, atomically and durably, mode 0600."""
    from nacl.bindings import crypto_sign_seed_keypair

    fields: dict[str, Any] = {
        "v": VERSION,
        "kind": kind,
        "public": crypto_sign_seed_keypair(seed)[0].hex(),
    }
    if passphrase is None:
        fields["secret"] = seed.hex()
    else:
        salt, nonce = os.urandom(16), os.urandom(24)
        sealed = {
            "kdf": "argon2id",
            "ops": strength.ops,
            "memory": strength.memory,
            "salt": salt.hex(),
            "nonce": nonce.hex(),
        }
        fields["sealed"] = sealed
        key = derive(passphrase, salt, strength)
        sealed["box"] = _encrypt(seed, _associated(fields), nonce, key).hex()
    disk.write_atomic(path, json.dumps(fields).encode() + b"\n", mode=0o600)


def read_key(path: Path, kind: str, uid: int | None = None) -> KeyFile:
    """Read and check a key file; never follows a symlink.

    Raises `KeyMissingError`, `KeyPermissionError` (others may read it, another owner, a symlink
    or anything but a regular file), `CorruptError`, `NewerFormatError`.
    """
    data = _read_settled(path, os.getuid() if uid is None else uid)
    try:
        fields = json.loads(data)
    except ValueError:
        raise CorruptError(f'key file "{path}" is not readable as JSON') from None
    if not isinstance(fields, dict):
        raise CorruptError(f'key file "{path}" is not a key file')
    version = fields.get("v")
    if isinstance(version, int) and version > VERSION:
        raise NewerFormatError(f'key file "{path}" was written by a newer hearth')
    if version != VERSION or fields.get("kind") != kind:
        raise CorruptError(f'key file "{path}" is not a {kind} key')
    if "sealed" in fields and not isinstance(fields["sealed"], dict):
        raise CorruptError(f'key file "{path}" is damaged')
    return KeyFile(path, kind, _hex(fields, "public", 32), fields)


def _read_settled(path: Path, uid: int) -> bytes:
    """The key file, or the one that takes its place: whatever counts when this returns."""
    mark = path.with_name(CHANGED)
    for _ in range(2):
        changing = mark.exists()
        try:
            data = read_private(path.with_name(path.name + NEW) if changing else path, uid)
        except KeyMissingError:
            if not changing:
                raise
            data = read_private(path, uid)  # it has just been put into its place
        if changing or not mark.exists():
            break
    return data


def check_private(file: Path) -> None:
    """Raise `KeyPermissionError` where a file that was made for its owner alone is not: keys have
    no place there."""
    info = file.stat()
    if info.st_mode & 0o077 or info.st_uid != os.geteuid():
        raise KeyPermissionError(
            f'"{file.parent}" lies on a file system that keeps nothing to its owner alone, and a'
            " hearth has secret keys",
            "make it on a disk of this machine; sticks carry bundles and backups",
            _FOR_YOU,
        )


def read_private(path: Path, uid: int, what: str = "key file") -> bytes:
    """The bytes of a small file that is this user's alone; never follows a symlink, never hangs.

    Raises `KeyMissingError`, `KeyPermissionError`, and `CorruptError` over `MAX_FILE` bytes.
    """
    try:
        # O_NONBLOCK: a FIFO in place of the file must not hang us before we can look at it.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyMissingError(
            f'{what} "{path}" is missing', "restore it from a backup; hearth doctor says more"
        ) from None
    except OSError:
        raise KeyPermissionError(
            f'{what} "{path}" is a symlink, or cannot be opened',
            f"a {what} must be a plain file that you own",
        ) from None
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise KeyPermissionError(f'{what} "{path}" is not a regular file')
        if info.st_uid != uid:
            raise KeyPermissionError(
                f'{what} "{path}" belongs to another user',
                "hearth runs as the user whose hearth it is, without sudo",
                "if sudo made it: hearth doctor says how to have it back",
            )
        if info.st_mode & 0o077:
            hints = [f"chmod 600 {quote(str(path))}"]
            if info.st_mode & 0o100:  # nobody makes a key file executable; such a mount does
                hints.append(_FOR_YOU)
            raise KeyPermissionError(f'{what} "{path}" can be read by others', *hints)
        data = os.read(fd, MAX_FILE + 1)
    finally:
        os.close(fd)
    if len(data) > MAX_FILE:
        raise CorruptError(f'{what} "{path}" is too large to be one')
    return data


def _associated(fields: dict[str, Any]) -> bytes:
    outer = {k: v for k, v in fields.items() if k != "sealed"}
    outer["sealed"] = {k: v for k, v in fields["sealed"].items() if k != "box"}
    return _LABEL + json.dumps(outer, sort_keys=True, separators=(",", ":")).encode()


def derive(passphrase: str, salt: bytes, strength: Strength) -> bytes:
    from nacl.exceptions import RuntimeError as OutOfMemory
    from nacl.pwhash import argon2id

    try:
        secret = passphrase.encode("utf-8", "surrogateescape")  # whatever a keyboard may give
        key: bytes = argon2id.kdf(32, secret, salt, opslimit=strength.ops, memlimit=strength.memory)
    except (OutOfMemory, MemoryError):
        needed = strength.memory >> 20
        raise HearthError(
            f"there is not enough memory to check a passphrase: {needed} MiB are needed",
            "end other programs, or use a larger machine",
        ) from None
    return key


def _encrypt(message: bytes, associated: bytes, nonce: bytes, key: bytes) -> bytes:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

    return crypto_aead_xchacha20poly1305_ietf_encrypt(message, associated, nonce, key)


def _decrypt(box: bytes, associated: bytes, nonce: bytes, key: bytes) -> bytes:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

    return crypto_aead_xchacha20poly1305_ietf_decrypt(box, associated, nonce, key)


def _hex(fields: dict[str, Any], name: str, length: int) -> bytes:
    value = fields.get(name)
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != length:
        raise CorruptError(f'key file is damaged: "{name}" is not {length} bytes of hex')
    return data


def _count(fields: dict[str, Any], name: str, least: int, most: int) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise CorruptError(f'key file is damaged: "{name}" is not between {least} and {most}')
    return value
