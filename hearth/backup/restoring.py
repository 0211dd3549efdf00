"""Bringing a hearth back from a backup, as a new device of the same person.

What is restored is put together in a folder beside the one wanted, goes on there as a new device,
and only then takes its place, in one rename. So a backup that turns out to be damaged at its last
byte leaves nothing, and neither does a kill: the folder beside is begun anew by the next try.

The old device's key is in no backup. It may be in use still, or have been until yesterday, and two
hearths with one key would speak against each other. The new one is certified by the person's key,
sits in its person's seat in every community, and is handed what the old one could open.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import apsw

from hearth.backup import items, lane
from hearth.backup.items import About, Item, Kind
from hearth.backup.sealed import BackupDamagedError, NotBackupError, Reader, read_head
from hearth.config import FILE as CONFIG_FILE
from hearth.home import Home
from hearth.identity import exists, identity as identities
from hearth.identity.identity import DeviceSigner, Identity
from hearth.identity.keyfile import Strength, check_private
from hearth.store import database
from hearth.store.disk import Disk
from hearth.store.errors import HearthError
from hearth.store.locks import Lock
from hearth.store.store import Store

if TYPE_CHECKING:
    from hearth.audience.vault import Deriver

_LOCK: Final = "lock.restore"
Tell = Callable[[int], None]


class InTheWayError(HearthError, code="already-there"):
    """There is something already where the hearth is to be (exit 1)."""


class Restored(NamedTuple):
    """A hearth that is back: `before` is the device that the backup was made of, `communities` how
    many it belongs to beside its home."""

    about: About
    identity: Identity
    before: bytes
    communities: int


class _Heir:
    """What a backup has of the old device: the secrets derived from its key that are needed."""

    def __init__(self, data: bytes) -> None:
        from hearth.audience import vault

        self.device = data[:32]
        parts = [data[at : at + 32] for at in range(32, len(data), 32)]
        self._secrets = dict(zip(vault.PURPOSES, parts, strict=True))

    def derive(self, purpose: str) -> bytes:
        return self._secrets[purpose]


def restore(
    file: Path,
    target: Path,
    disk: Disk,
    ask: Callable[[], str],
    strength: Strength,
    now: int,
    tell: Tell,
) -> Restored:
    """Make the hearth in the folder `target`, which must not be there, or be empty.

    `ask` gives the backup's passphrase, once its head has been found sound.
    If a passphrase protected the keys, that of the backup does from now on. `tell` hears of bytes
    restored. Raises `InTheWayError`, `NotBackupError`, `BackupDamagedError`, `NewerFormatError`,
    `KeyLockedError`, `KeyPermissionError`, `NoSpaceError`, `DiskError`; after all of them nothing
    is at `target`.
    """
    check_target(target)
    try:
        opened = disk.open(file)
    except FileNotFoundError:
        raise NotBackupError(f'there is no backup "{file}"') from None
    with opened as backup:
        read_head(backup)
        passphrase = ask()
        source = Reader(backup, passphrase)
        stage = target.with_name(f".{target.name}.restoring")
        with _staged(disk, stage) as lock:
            try:
                check_private(stage / _LOCK)
                done = _restore(source, stage, disk, passphrase, strength, now, tell)
                _sync_tree(disk, stage)
                check_target(target)
                disk.replace(stage, target)
            except BaseException:
                clear(stage)
                raise
            finally:
                lock.release()
        disk.sync_dir(target.parent)
        disk.unlink(target / _LOCK, missing_ok=True)
    return done


def check_target(target: Path) -> None:
    """Raises `InTheWayError` unless a hearth can be made at `target`."""
    if exists(target):
        raise InTheWayError(
            f'there is a hearth in "{target}" already',
            "name another folder with --to, or move that one away",
        )
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise InTheWayError(f'"{target}" is there already, and not empty', "name another with --to")


def clear(folder: Path) -> None:
    """Remove a folder with all that is in it, as far as that can be done."""
    shutil.rmtree(folder, ignore_errors=True)


def _staged(disk: Disk, stage: Path) -> Lock:
    """An empty folder that is ours alone, whatever a try before left in it."""
    if stage.is_symlink():
        raise InTheWayError(f'"{stage}" is in the way', "remove it")
    missing = [path for path in (stage, *stage.parents) if not path.exists()]
    for path in reversed(missing):
        with suppress(FileExistsError):
            disk.mkdir(path)
    lock = Lock.take(disk, stage / _LOCK, exclusive=True, patience=0.0)
    for path in list(stage.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()
    return lock


def _restore(
    source: Reader,
    stage: Path,
    disk: Disk,
    passphrase: str,
    strength: Strength,
    now: int,
    tell: Tell,
) -> Restored:
    about = About.decode(items.expect(source, items.ABOUT))
    before = identities.decode(items.expect(source, items.IDENTITY), "identity.json of the backup")
    seed, secrets = items.expect(source, items.PERSON), items.expect(source, items.DEVICE)
    if len(seed) != 32 or len(secrets) not in (0, 96):
        raise BackupDamagedError("the keys in the backup are malformed")
    if DeviceSigner(seed).device != before.person:
        raise BackupDamagedError("the person's key in the backup is another one than it names")
    item = items.next_item(source)
    if item is not None and item.name == items.CONFIG:
        disk.write_atomic(stage / CONFIG_FILE, items.content(source, item))
        item = items.next_item(source)
    if about.kind is Kind.KEYS:
        _restore_keys(source, item, stage, disk, now, tell)
    else:
        _restore_files(source, item, stage, disk, tell)
    secret = passphrase if about.sealed else None
    identities.restore(disk, stage, before, seed, secret, strength)
    old = _Heir(secrets) if secrets else None
    return _go_on(stage, disk, about, before, old, secret, strength, now)


def _go_on(
    stage: Path,
    disk: Disk,
    about: About,
    before: Identity,
    old: Deriver | None,
    secret: str | None,
    strength: Strength,
    now: int,
) -> Restored:
    from hearth.community.commons import Commons

    with Home.open(stage, disk, passphrase=lambda: secret) as home:
        home.take_over(old, now, strength)
        return Restored(about, home.identity, before.device, len(Commons(home).joined()))


def _restore_files(source: Reader, item: Item | None, stage: Path, disk: Disk, tell: Tell) -> None:
    for folder in ("packs", "quarantine"):
        disk.mkdir(stage / folder)
    seen = set[str]()
    while item is not None:
        first = not seen
        if item.name in seen or first != (item.name == items.DATABASE):
            raise BackupDamagedError(f'the backup holds "{item.name}" where it must not')
        seen.add(item.name)
        if not first and items.PACK.fullmatch(item.name) is None:
            raise BackupDamagedError(f'the backup holds "{item.name}" where it must not')
        with disk.open(stage / item.name, write=True, exclusive=True) as file:
            offset = 0
            for data in items.pieces(source, item):
                file.write(offset, data)
                offset += len(data)
                tell(len(data))
            file.sync()
        item = items.next_item(source)
    if not seen:
        raise BackupDamagedError("there is no hearth.db in the backup")
    _write_ahead(stage / database.NAME, disk)


def _write_ahead(path: Path, disk: Disk) -> None:
    """A copy of a database has lost its journal mode."""
    with database.translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=disk.vfs)
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
        finally:
            connection.close()


def _restore_keys(
    source: Reader, item: Item | None, stage: Path, disk: Disk, now: int, tell: Tell
) -> None:
    with Store.create(stage, disk, now=now) as store:
        while item is not None:
            data = items.content(source, item)
            with store.batch() as batch, batch.transaction() as tx:
                if item.name == items.ROWS:
                    lane.put_rows(tx, data)
                elif item.name == items.CONTROL:
                    store.log.import_events(tx, lane.records(data), patient=True)
                else:
                    raise BackupDamagedError(f'the backup holds "{item.name}" where it must not')
            tell(len(data))
            item = items.next_item(source)


def _sync_tree(disk: Disk, folder: Path) -> None:
    """Make the names below durable; what the files hold is, each by who wrote it."""
    for path, _, _ in os.walk(folder):
        disk.sync_dir(Path(path))
