"""The secrets of audiences on this disk: sealed under a key that only this device has.

A *box* is XChaCha20-Poly1305 over the secret (nonce of 24 random bytes before it) under the *vault
key*, which is derived from the device's key; its associated data are a label and the name under
which it is kept. So whoever takes hearth.db and not the passphrase has none of them. Of what a
key is for, and to whom it was handed, nothing is sealed here: what was said under it stands in
cache.db in the clear, as content is not encrypted twice.

A private half that is erased is overwritten in the database and its journal with the commit
(`Transaction.erases`), and cannot be made again from anything.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt as _decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt as _encrypt,
)
from nacl.exceptions import CryptoError

from hearth.store import database
from hearth.store.errors import CorruptError
from hearth.sync.cipher import KeyPair

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction

NONCE: Final = 24
_LABEL: Final = b"hearth/vault/1\0"
_VAULT: Final = "hearth 2026 vault of a device"
_SEALING: Final = "hearth 2026 sealing key of a device"
PURPOSES: Final = (_VAULT, _SEALING)
"""What of a device's key is derived here: all that `reseal` needs of the old one."""
_EVERYWHERE: Final = b""
"""In place of a community: a private half that is good in all of them."""
NOTED: Final = "sealed "
"""What the key in `meta` of a noted secret begins with."""
_KEYS: Final = ("audience_keys", "id"), ("prekeys", "public")


class VaultError(CorruptError, code="vault"):
    """A box that this device's key does not open: altered, or another device's."""


class Deriver(Protocol):
    """A device's signer, as far as it is needed here."""

    @property
    def device(self) -> bytes: ...

    def derive(self, purpose: str) -> bytes: ...


class Prekey(NamedTuple):
    """A private half and its age: `passed` are the seconds of this hearth's life when it was
    made."""

    pair: KeyPair
    community: bytes
    passed: int


def sealing_key(signer: Deriver) -> KeyPair:
    """A device's long-lived sealing key: what others seal to where they know no prekey."""
    return KeyPair.from_secret(signer.derive(_SEALING))


class Vault:
    """The boxes in a store, opened with the device's signer."""

    def __init__(self, connection: apsw.Connection, signer: Deriver) -> None:
        self._connection = connection
        self._key = signer.derive(_VAULT)

    def seal(self, name: bytes, secret: bytes) -> bytes:
        """A box with a secret, to be kept under a name."""
        nonce = os.urandom(NONCE)
        box: bytes = _encrypt(secret, _LABEL + name, nonce, self._key)
        return nonce + box

    def unseal(self, name: bytes, box: bytes) -> bytes:
        """The secret kept under a name. Raises VaultError."""
        try:
            secret: bytes = _decrypt(box[NONCE:], _LABEL + name, box[:NONCE], self._key)
        except CryptoError:
            raise VaultError(
                "a key in hearth.db cannot be opened with this device's key",
                "hearth doctor looks at the keys; what was sealed to it is to be asked for again",
            ) from None
        return secret

    def key(self, id: bytes) -> bytes | None:
        """An audience's key. None if it is not held. Raises VaultError."""
        with database.translated():
            box = database.value(self._connection, "SELECT box FROM audience_keys WHERE id = ?", id)
        return None if box is None else self.unseal(id, box)

    # prekeys

    def add_prekey(
        self,
        tx: Transaction,
        pair: KeyPair,
        community: bytes,
        passed: int,
        *,
        request: bool = False,
    ) -> None:
        """Keep a private half: a prekey's, or that of the request key of an invitation."""
        box = self.seal(pair.public, pair.secret)
        tx.connection.execute(
            "INSERT OR REPLACE INTO prekeys VALUES (?, ?, ?, ?, ?)",
            (pair.public, community, request, passed, box),
        )

    def prekeys(self, community: bytes, *, request: bool = False) -> list[Prekey]:
        """The private halves for a community, the newest first: of prekeys, or of the request keys
        of invitations. What cannot be opened is left out."""
        with database.translated():
            rows = database.rows(
                self._connection,
                "SELECT public, passed, box FROM prekeys WHERE community IN (?, ?) AND request = ?"
                " ORDER BY passed DESC, public",
                community,
                _EVERYWHERE,
                request,
            )
        found = []
        for public, passed, box in rows:
            try:
                pair = KeyPair(public, self.unseal(public, box))
            except VaultError:
                continue
            found.append(Prekey(pair, community, passed))
        return found

    def former(self) -> list[KeyPair]:
        """The long-lived sealing keys of devices in whose place this one has come, the latest
        first; each until it is erased."""
        return [each.pair for each in self.prekeys(_EVERYWHERE)]


def note(tx: Transaction, vault: Vault, name: str, secret: bytes) -> None:
    """Note a secret of another kind under a name, in a box like the others."""
    tx.set_meta(NOTED + name, vault.seal(_name(NOTED + name), secret))


def read(vault: Vault, key: str, box: bytes) -> bytes:
    """A secret that was noted, as `noted` gives it. Raises VaultError."""
    return vault.unseal(_name(key), box)


def noted(connection: apsw.Connection, name: str = "") -> list[tuple[str, bytes]]:
    """Keys and boxes of what was noted under names that begin so."""
    with database.translated():
        rows = database.rows(
            connection,
            "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key",
            len(NOTED + name),
            NOTED + name,
        )
    return [(key, box) for key, box in rows if isinstance(box, bytes)]


def _name(key: str) -> bytes:
    return b"noted " + key.encode()


def newest(connection: apsw.Connection, community: bytes) -> int | None:
    """When the newest prekey for a community was made, in seconds of this hearth's life."""
    with database.translated():
        found: int | None = database.value(
            connection,
            "SELECT max(passed) FROM prekeys WHERE community = ? AND NOT request",
            community,
        )
    return found


def erase_prekeys(tx: Transaction, before: int) -> int:
    """Erase for good the private halves made before so many seconds of this hearth's life."""
    tx.connection.execute("DELETE FROM prekeys WHERE passed < ?", (before,))
    count = tx.connection.changes()
    if count:
        tx.erases()
    return count


def reseal(tx: Transaction, old: Deriver, new: Deriver, passed: int) -> int:
    """Hand everything on to a device that goes on in this one's place; how many secrets.

    The old device's sealing key becomes one more private half, in every community, so that what
    is on its way to it can be read, and what was sealed to it where its own keys were lost by a
    repair; it is erased like the others, its age counted from `passed`. What does not open is
    dropped: nobody could ever open it.
    """
    connection = tx.connection
    before, after, count = Vault(connection, old), Vault(connection, new), 0
    for key, box in noted(connection):
        tx.drop_meta(key)
        with suppress(VaultError):
            tx.set_meta(key, after.seal(_name(key), before.unseal(_name(key), box)))
            count += 1
    for table, column in _KEYS:
        for name, box in database.rows(connection, f"SELECT {column}, box FROM {table}"):
            try:
                secret = before.unseal(name, box)
            except VaultError:
                connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))
                continue
            sealed = after.seal(name, secret)
            connection.execute(f"UPDATE {table} SET box = ? WHERE {column} = ?", (sealed, name))
            count += 1
    tx.erases()
    pair = sealing_key(old)
    connection.execute(
        "INSERT OR IGNORE INTO prekeys VALUES (?, ?, 0, ?, ?)",
        (pair.public, _EVERYWHERE, passed, after.seal(pair.public, pair.secret)),
    )
    return count
