"""Who this hearth is.

    keys/person.key         the person's long-lived key; certifies devices, rarely used
    keys/<device>.key       this installation's key; signs every event
    identity.json           what is public: names, keys, the certificate, the home community

`identity.json` is the commit point: keys without it are an unfinished `hearth init`, which the
next one completes, reusing the person key it finds. A device key is never used on two
installations, nor again after a repair lost events: then `renew_device` makes a new one and
points `identity.json` at it in one atomic step.

Reading who one is happens in every command, opening keys in few: so only those import them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from hearth.identity import FILE
from hearth.store.errors import CorruptError, NewerFormatError, UsageError

if TYPE_CHECKING:
    from hearth.identity.certificate import Certificate
    from hearth.identity.keyfile import Strength
    from hearth.store.disk import Disk

VERSION = 1
KEYS = "keys"
MAX_NAME = 64  # characters; names are shown in narrow columns
_COMMUNITY_LABEL = b"hearth/community/1\0"

Passphrase = Callable[[], str | None]
"""Asks for the passphrase, once and only when a sealed key must be opened."""


class Identity(NamedTuple):
    """The public part, as in `identity.json`; keys are raw 32-byte strings."""

    name: str
    person: bytes
    device: bytes
    certificate: bytes
    community: bytes
    nonce: bytes


class DeviceSigner:
    """Signs as one key (a device's, a person's). Holds the secret in memory for the command."""

    def __init__(self, seed: bytes) -> None:
        from nacl.bindings import crypto_sign_seed_keypair

        self.device, self._secret = crypto_sign_seed_keypair(seed)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of `message`."""
        from nacl.bindings import crypto_sign

        signed: bytes = crypto_sign(message, self._secret)
        return signed[:64]

    def derive(self, purpose: str) -> bytes:
        """32 secret bytes for one purpose, the same each time: BLAKE3's key derivation.

        So a device has further keys without further key files, and none of them does two jobs.
        """
        return blake3(self._secret[:32], derive_key_context=purpose).digest()


def community_id(person: bytes, nonce: bytes) -> bytes:
    """The id that a community founded by `person` with this 16-byte nonce has."""
    return blake3(_COMMUNITY_LABEL + person + nonce).digest()


def checked_name(name: str) -> str:
    """A name fit to be shown: one line of printable text; raises `UsageError`."""
    name = " ".join(name.split())
    if not name:
        raise UsageError("a name must not be empty")
    if len(name) > MAX_NAME:
        raise UsageError(f"a name has at most {MAX_NAME} characters, this one {len(name)}")
    if not name.isprintable():
        raise UsageError("a name must not hold control or invisible characters")
    return name


def create(
    disk: Disk,
    home: Path,
    name: str,
    now: int,
    passphrase: str | None = None,
    strength: Strength | None = None,
) -> Identity:
    """Make person and device keys and the certificate; the last step is durable and atomic.

    A person key left by an interrupted call is taken up again (`KeyLockedError` if it was
    sealed with another passphrase).
    """
    from hearth.identity import keyfile

    name = checked_name(name)
    strength = strength or keyfile.MODERATE
    keys = home / KEYS
    if not keys.is_dir():
        disk.mkdir(keys, mode=0o700)
    person_path = keys / "person.key"
    if person_path.exists() or person_path.is_symlink():
        person_seed = keyfile.read_key(person_path, "person").open(passphrase)
    else:
        person_seed = os.urandom(32)
        keyfile.write_key(disk, person_path, "person", person_seed, passphrase, strength)
    cert = _new_device(disk, home, person_seed, now, passphrase, strength)
    nonce = os.urandom(16)
    identity = Identity(
        name, cert.person, cert.device, cert.encode(), community_id(cert.person, nonce), nonce
    )
    _write(disk, home, identity)
    return identity


def renew_device(
    disk: Disk,
    home: Path,
    identity: Identity,
    now: int,
    ask: Passphrase,
    strength: Strength | None = None,
) -> Identity:
    """Go on as a new device of the same person; the old key file is left where it is.

    Its key is sealed as the person's is, with the same passphrase. Raises the errors of `keyfile`
    and `LockedError` while the passphrase is being changed.
    """
    from hearth.identity import changing

    with changing.lock(disk, home):
        passphrase, person_seed = _open(home / KEYS / "person.key", "person", ask)
        strength = strength or _strength_of(home)
        cert = _new_device(disk, home, person_seed, now, passphrase, strength)
        renewed = identity._replace(device=cert.device, certificate=cert.encode())
        _write(disk, home, renewed)
    return renewed


def _strength_of(home: Path) -> Strength:
    """What the person's key is sealed with."""
    from hearth.identity import keyfile

    return keyfile.read_key(home / KEYS / "person.key", "person").strength or keyfile.MODERATE


def load(home: Path) -> Identity:
    """Read `identity.json`; raises `CorruptError`, `NewerFormatError`, `FileNotFoundError`."""
    path = home / FILE
    return decode(path.read_bytes()[: 1 << 16], str(path))


def decode(data: bytes, name: str = FILE) -> Identity:
    """The inverse of `encode`; `name` is for the errors `CorruptError` and `NewerFormatError`."""
    try:
        fields = json.loads(data)
        version = fields["v"]
        if version > VERSION:
            raise NewerFormatError(f'"{name}" was written by a newer hearth')
        keys = ("person", "device", "certificate", "community", "nonce")
        person, device, cert, community, nonce = (bytes.fromhex(fields[key]) for key in keys)
        identity = Identity(str(fields["name"]), person, device, cert, community, nonce)
    except (ValueError, KeyError, TypeError):
        raise CorruptError(
            f'"{name}" is damaged', "restore this one file from a backup of the hearth"
        ) from None
    if community_id(identity.person, identity.nonce) != identity.community:
        raise CorruptError(f'"{name}" is damaged: the community is not the one it founded')
    return identity


def verify(identity: Identity) -> None:
    """Check the certificate (a few 0.1 ms; `load` leaves it out, `doctor` does it)."""
    from hearth.identity import certificate

    cert = certificate.decode(identity.certificate)
    if (cert.person, cert.device) != (identity.person, identity.device):
        raise CorruptError("the device certificate names other keys than identity.json")


def signer(home: Path, identity: Identity, ask: Passphrase) -> DeviceSigner:
    """Open the device key; raises the errors of `keyfile`."""
    return device_signer(home, identity.device, ask)


def device_signer(home: Path, device: bytes, ask: Passphrase) -> DeviceSigner:
    """Open the key of a device that is, or was, this installation's; the errors of `keyfile`."""
    _, seed = _open(device_path(home, device), "device", ask)
    made = DeviceSigner(seed)
    if made.device != device:
        raise CorruptError("the device key file holds another key than it is named for")
    return made


def person_signer(home: Path, identity: Identity, ask: Passphrase) -> DeviceSigner:
    """Opens the person's key, for the few acts that need it; raises the errors of `keyfile`."""
    _, seed = _open(home / KEYS / "person.key", "person", ask)
    made = DeviceSigner(seed)
    if made.device != identity.person:
        raise CorruptError("the person key file holds another key than identity.json names")
    return made


def person_seed(home: Path, identity: Identity, ask: Passphrase) -> bytes:
    """The person's secret itself, for a backup; raises the errors of `keyfile`."""
    _, seed = _open(home / KEYS / "person.key", "person", ask)
    if DeviceSigner(seed).device != identity.person:
        raise CorruptError("the person key file holds another key than identity.json names")
    return seed


def _open(path: Path, kind: str, ask: Passphrase) -> tuple[str | None, bytes]:
    from hearth.identity import keyfile

    file = keyfile.read_key(path, kind)
    passphrase = ask() if file.sealed else None
    return passphrase, file.open(passphrase)


def _new_device(
    disk: Disk,
    home: Path,
    person_seed: bytes,
    now: int,
    passphrase: str | None,
    strength: Strength,
) -> Certificate:
    from hearth.identity import certificate, keyfile

    seed = os.urandom(32)
    device = DeviceSigner(seed).device
    cert = certificate.certify(person_seed, device, now)
    keyfile.write_key(disk, device_path(home, device), "device", seed, passphrase, strength)
    return cert


def device_path(home: Path, device: bytes) -> Path:
    """Where the key file of a device of this installation lies."""
    return home / KEYS / f"{device.hex()[:16]}.key"


def restore(
    disk: Disk,
    home: Path,
    identity: Identity,
    person_seed: bytes,
    passphrase: str | None,
    strength: Strength,
) -> None:
    """Write what comes from a backup: the person's key and `identity.json`, but no device's key.

    The hearth can sign nothing before `renew_device`.
    """
    from hearth.identity import keyfile

    disk.mkdir(home / KEYS, mode=0o700)
    path = home / KEYS / "person.key"
    keyfile.write_key(disk, path, "person", person_seed, passphrase, strength)
    _write(disk, home, identity)


def _write(disk: Disk, home: Path, identity: Identity) -> None:
    disk.write_atomic(home / FILE, encode(identity), mode=0o600)


def encode(identity: Identity) -> bytes:
    """The content of `identity.json`."""
    fields = {
        "v": VERSION,
        "name": identity.name,
        "person": identity.person.hex(),
        "device": identity.device.hex(),
        "certificate": identity.certificate.hex(),
        "community": identity.community.hex(),
        "nonce": identity.nonce.hex(),
    }
    return json.dumps(fields, indent=1).encode() + b"\n"
