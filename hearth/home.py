"""A hearth opened: its identity, its store, its configuration, and the home community.

The home community has one member, its founder; private corpora live there. Its genesis event
is written by `create`, or by the next `create` if that was interrupted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from hearth import kinds
from hearth.identity import exists, identity as identities
from hearth.identity.identity import DeviceSigner, Identity
from hearth.identity.keyfile import (
    CHANGED,
    MODERATE,
    KeyMissingError,
    KeyPermissionError,
    Strength,
    check_private,
    read_key,
)
from hearth.locate import NoHearthError
from hearth.store.disk import Disk
from hearth.store.errors import HearthError, LockedError
from hearth.store.header import Lane
from hearth.store.locks import Lock
from hearth.store.store import AlreadyThereError, Store

if TYPE_CHECKING:
    from hearth.audience.vault import Deriver
    from hearth.store.batch import Transaction

CACHE = "cache.db"
VAULT = "vault"
"""Under which the device is noted whose key opens the boxes of the vault."""
_LOCK = "lock.device"
_MAKING = "lock.init"
_PATIENCE = 60.0
"""Seconds that one waits for another who makes the same hearth; sealing keys takes a while."""
RETIRING = "retiring"
"""Under which the device is noted that is to be retired once a new one goes on."""
SEAL_AFTER = 1000
"""Events that may lie in hearth.db alone before a command writes them to a pack, too."""


def _no_passphrase() -> str | None:
    return None


def _once(ask: Callable[[], str | None]) -> Callable[[], str | None]:
    """Asks the first time and remembers the answer."""
    answers: list[str | None] = []

    def remembered() -> str | None:
        if not answers:
            answers.append(ask())
        return answers[0]

    return remembered


class Home:
    """An open hearth. Use as a context manager, or call `close`.

    `passphrase` is called at most once, and only when a sealed key must be opened.
    """

    def __init__(
        self,
        path: Path,
        disk: Disk,
        store: Store,
        identity: Identity,
        passphrase: Callable[[], str | None],
    ) -> None:
        self.path = path
        self.disk = disk
        self.store = store
        self.identity = identity
        self._passphrase = _once(passphrase)
        self._signer: DeviceSigner | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        disk: Disk | None = None,
        *,
        read_only: bool = False,
        passphrase: Callable[[], str | None] = _no_passphrase,
    ) -> Home:
        """Open the hearth at `path`; raises `NoHearthError` and what `Store.open` raises."""
        disk = disk or Disk()
        try:
            identity = identities.load(path)
        except FileNotFoundError:
            raise NoHearthError(f'no hearth at "{path}"', "hearth init makes one") from None
        store = Store.open(path, disk=disk, read_only=read_only)
        if not read_only and (path / identities.KEYS / CHANGED).exists():
            from hearth.identity import changing

            with suppress(LockedError):  # whoever is at it does it
                changing.finish(disk, path)
        return cls(path, disk, store, identity, passphrase)

    @property
    def community(self) -> bytes:
        """The id of the home community."""
        return self.identity.community

    @property
    def cache_path(self) -> Path:
        """Where everything derived is kept; deletable at any time."""
        return self.path / CACHE

    def signer(self, now: int) -> DeviceSigner:
        """The device's signer.

        Where the log was rebuilt from packs, or others have shown us events of this device that
        were not here, its last events may be missing here and known elsewhere; signing on in the
        old chain could fork it, or has. So a new device, certified by the person, goes on. To be
        asked for anew before each transaction: a session may have shown us such events meanwhile.
        Raises `KeyLockedError` without the passphrase.
        """
        if self._signer is None or not self.store.connection.in_transaction:
            self._keep_up()
            if self._must_not_go_on():
                self._go_on(now)
            if self._signer is None:
                self._signer = identities.signer(self.path, self.identity, self._passphrase)
        return self._signer

    def unasked_signer(self) -> DeviceSigner | None:
        """The device's signer for opening what is sealed to it; None where a passphrase would have
        to be asked for. For what is no reason to trouble anybody."""
        if self._signer is None:
            with suppress(HearthError):
                self._signer = identities.signer(self.path, self.identity, _no_passphrase)
        return self._signer

    def _keep_up(self) -> None:
        """Another process (`hearth key rotate`, say) may have gone on as a new device."""
        if self.store.meta(VAULT) not in (None, self.identity.device):
            self.identity = identities.load(self.path)
            if self._signer is not None and self._signer.device != self.identity.device:
                self._signer = None

    def _go_on(self, now: int) -> None:
        """Become a new device, unless another process has just done so."""
        with Lock.take(self.disk, self.path / _LOCK, exclusive=True):
            self._keep_up()
            if self._must_not_go_on():
                self._become_new_device(now)

    def _must_not_go_on(self) -> bool:
        """Whether this device must not write on; if so, that is durable before anything else."""
        if not self.store.rebuilt:
            if not self.store.log.own_broken(self.identity.device):
                return False
            with self.store.batch() as batch, batch.transaction() as tx:
                tx.must_not_go_on()
        return True

    def person_signer(self) -> DeviceSigner:
        """The person's signer, for the few acts that need it.

        Raises `KeyLockedError` without the passphrase.
        """
        return identities.person_signer(self.path, self.identity, self._passphrase)

    def rotate(self, now: int) -> bytes:
        """Go on as a new device, and retire this one everywhere; the id of the one retired.

        Killed anywhere, the next signature finishes it. Raises `KeyLockedError`.
        """
        self.person_signer()  # what cannot be finished is not begun
        old = self.signer(now).device
        with self.store.batch() as batch, batch.transaction() as tx:
            tx.must_not_go_on()
            tx.set_meta(RETIRING, old)
        self.signer(now)
        return old

    def person_seed(self) -> bytes:
        """The person's secret itself, for a backup. Raises `KeyLockedError`."""
        return identities.person_seed(self.path, self.identity, self._passphrase)

    def passphrase(self) -> str | None:
        """What opens this hearth's keys; asks for it, but once."""
        return self._passphrase()

    def is_sealed(self) -> bool:
        """Whether a passphrase protects the person's key."""
        return read_key(self.path / identities.KEYS / "person.key", "person").sealed

    def take_over(self, old: Deriver | None, now: int, strength: Strength) -> None:
        """For what comes from a backup: go on as a new device in the place of `old`.

        `old` gives the secrets derived from that device's key which the vault needs, if they are
        known; the key itself is not here. Raises what `renew_device` raises.
        """
        with self.store.batch() as batch, batch.transaction() as tx:
            tx.must_not_go_on()
        self._become_new_device(now, old, strength)

    def _become_new_device(
        self, now: int, old: Deriver | None = None, strength: Strength | None = None
    ) -> None:
        from hearth.community.succession import retire_everywhere, succeed

        if self.store.meta(VAULT) is None:  # before identity.json names another
            with self.store.batch() as batch, batch.transaction() as tx:
                tx.set_meta(VAULT, self.identity.device)
        self.identity = identities.renew_device(
            self.disk, self.path, self.identity, now, self._passphrase, strength
        )
        self._signer = signer = identities.signer(self.path, self.identity, self._passphrase)
        old = old or self.keeper()
        with self.store.batch() as batch, batch.transaction() as tx:
            if not _has_genesis(self.store, self.community):
                _append_genesis(self.store, tx, signer, self.identity, now)
            payload = _payload({1: self.identity.certificate})
            self.store.log.append(
                tx, signer, self.community, Lane.CONTROL, kinds.DEVICE, payload, wall=now
            )
            tx.went_on()
            succeed(self, tx, now)
            retiring = self.store.meta(RETIRING)
            if retiring is not None:
                retire_everywhere(self, tx, retiring, now)
                tx.drop_meta(RETIRING)
            self._hand_on(tx, old, signer, now)
        self.store.seal()

    def keeper(self) -> DeviceSigner | None:
        """The device under whose key the vault is sealed; None if its key file is gone.

        Raises `KeyLockedError`.
        """
        device = self.store.meta(VAULT) or self.identity.device
        try:
            return identities.device_signer(self.path, device, self._passphrase)
        except KeyMissingError:
            return None

    def _hand_on(self, tx: Transaction, old: Deriver | None, new: DeviceSigner, now: int) -> None:
        """Seal the secrets of audiences under the new device's key."""
        if old is not None:
            from hearth.audience import prekeys, vault

            vault.reseal(tx, old, new, prekeys.lived(self, now))
        tx.set_meta(VAULT, new.device)

    def close(self) -> None:
        """Close the store; safe to call twice."""
        self.store.close()

    def __enter__(self) -> Home:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None and not self.store.read_only:
                with suppress(HearthError):  # what was to be done is done; the next one seals
                    self.store.seal(at_least=SEAL_AFTER)
        finally:
            self.close()


def create(
    path: Path,
    name: str,
    now: int,
    disk: Disk | None = None,
    passphrase: str | None = None,
    strength: Strength = MODERATE,
    ask: Callable[[], str | None] | None = None,
) -> tuple[Identity, bool]:
    """Make the hearth at `path`, or finish one that was begun. Returns (identity, made now).

    Every step is durable before the next and taken up again by a later call; an existing
    hearth is left exactly as it is. `passphrase` seals keys that are made; `ask` opens sealed
    ones that are there already, and is called only if that is needed. Of several who make the
    same one at a time, one does; raises LockedError if that takes too long. Raises
    KeyPermissionError, and nothing is made, where no file can be its owner's alone.
    """
    disk = disk or Disk()
    if not exists(path):
        name = identities.checked_name(name)  # before anything is made
    elif _is_whole(path, disk):
        return identities.load(path), False
    disk.mkdirs(path)
    try:
        with Lock.take(disk, path / _MAKING, exclusive=True, patience=_PATIENCE):
            check_private(path / _MAKING)
            return _create(disk, path, name, now, passphrase, strength, ask)
    except KeyPermissionError:
        with suppress(HearthError, OSError):  # a folder that was there, with more in it, stays
            disk.unlink(path / _MAKING)
            disk.rmdir(path)
        raise


def _create(
    disk: Disk,
    path: Path,
    name: str,
    now: int,
    passphrase: str | None,
    strength: Strength,
    ask: Callable[[], str | None] | None,
) -> tuple[Identity, bool]:
    made = False
    begun = exists(path)
    if not (begun and (path / "hearth.db").exists()):
        with suppress(AlreadyThereError):  # by an init that came no further
            Store.create(path, disk=disk, now=now).close()
            made = True
    if not begun:
        identities.create(disk, path, name, now, passphrase, strength)
        made = True
    with Home.open(path, disk, passphrase=ask or (lambda: passphrase)) as home:
        if not _has_genesis(home.store, home.community):
            signer = home.signer(now)
            with home.store.batch() as batch, batch.transaction() as tx:
                if not _has_genesis(home.store, home.community):
                    _append_genesis(home.store, tx, signer, home.identity, now)
            home.store.seal()  # without it nothing could be rebuilt: worth a sync
            made = True
        return home.identity, made


def _is_whole(path: Path, disk: Disk) -> bool:
    """Whether a hearth that was begun is finished; writes nothing, so on read-only media too."""
    if not (path / "hearth.db").exists():
        return False
    with Home.open(path, disk, read_only=True) as home:
        return _has_genesis(home.store, home.community)


def _has_genesis(store: Store, community: bytes) -> bool:
    found = store.log.events(community=community, kind=kinds.GENESIS, limit=1)
    return next(iter(found), None) is not None


def _append_genesis(
    store: Store, tx: Transaction, signer: DeviceSigner, identity: Identity, now: int
) -> None:
    payload = _payload({1: identity.certificate, 2: identity.nonce, 3: "home", 4: identity.name})
    store.log.append(tx, signer, identity.community, Lane.CONTROL, kinds.GENESIS, payload, wall=now)


def _payload(fields: dict[int, bytes | str]) -> bytes:
    from hearth.store import cbor

    return cbor.encode({0: os.urandom(16), **fields})
