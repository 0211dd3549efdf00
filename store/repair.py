"""Rebuilding hearth.db from the packs.

The packs alone say what objects, event segments and payloads there are: a forward scan finds
every record, and each is proved by its hash before it counts. So a database that is missing,
cut or damaged is not repaired but built anew beside the old one:

 1. scan all packs into a new database, under the exclusive gc lock;
 2. take over what the old one still gives and its hash proves: small objects, and names;
 3. let the log rebuild itself from segments and payloads (`Log.rebuild`), erasures first: an
    erased payload does not come back; and mark packs of which a part could not be read (`unread`);
 4. note a new epoch and `rebuilt`: the device's own latest events may be among what is lost,
    so it must go on as a new device;
 5. move the old database to quarantine/, then its WAL, and the new one into its place.

Killed before 5, nothing has happened. Killed in 5, hearth.db is missing and the new one whole:
repairing again only puts it in its place, as nobody could read the old one any more.
What was committed after the last sealing and is damaged is lost here, and comes back from peers who
have it. A database that the disk does not give is not damaged: it is left alone, unless a person
says that what cannot be read is to be given up.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw

from hearth.store import database, erasures, manifest, pack_index, packs, unread
from hearth.store.batch import Transaction
from hearth.store.database import DatabaseDamagedError, one, rows, transaction, translated
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import CorruptError, HearthError
from hearth.store.fsck import Checked, Finding, Progress, check
from hearth.store.header import scan
from hearth.store.locks import Lock
from hearth.store.pack_folder import PackFolder
from hearth.store.packs import Damage, Record, RecordType
from hearth.store.salvage import Lost, opened_anyhow
from hearth.store.store import GC_LOCK, Store
from hearth.store.unread import Stretch

_NEW: Final = "hearth.db.new"
_STEP: Final = 1 << 20
_UNREAD_DATABASE: Final = (
    "nothing was changed: it may be readable again later, or in a copy made on another disk",
    '"hearth fsck --repair --give-up" does without what cannot be read',
)
_ROW: Final = (
    "INSERT OR IGNORE INTO objects (id, length, manifest, compressed, stored, data)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)


@dataclass(slots=True)
class Repaired:
    """What a repair found. `rebuilt` is False if the database was whole and only healed."""

    rebuilt: bool = False
    why: str = ""
    """Why it had to be rebuilt, in words."""
    packs: int = 0
    objects: int = 0
    segments: int = 0
    payloads: int = 0
    salvaged: int = 0
    """Small objects taken over from the old database."""
    names: int = 0
    """References taken over from it."""
    events: int = 0
    damaged: list[Finding] = field(default_factory=list)
    holes: int = 0
    """Stretches of packs in which nothing can be recognised any more."""
    unread: list[Stretch] = field(default_factory=list)
    """Stretches of packs that cannot be read now: kept, and read again by the next repair."""
    missing: list[bytes] = field(default_factory=list)
    """Objects that something needs and that are not here."""
    kept: Path | None = None
    """Where the old database lies now."""


def repair(
    path: Path,
    disk: Disk | None = None,
    *,
    now: int,
    progress: Progress | None = None,
    give_up: bool = False,
) -> Repaired:
    """Make the store in the directory `path` whole again, as far as its bytes allow.

    A sound database is kept: only what is on the want-list is searched for in the packs, and what
    could not be read. `give_up`: what cannot be read this time either counts as lost from now on.
    Every other program using the store must be closed; one that writes makes it raise
    `LockedError`. Raises `NewerFormatError`, `DiskError` (the database cannot be read, among
    others), `NoSpaceError`; in all of these nothing has changed.
    """
    disk = disk or Disk()
    with suppress(FileExistsError):
        disk.mkdir(path / "packs")
    with suppress(FileExistsError):
        disk.mkdir(path / "quarantine")
    with Lock.take(disk, path / GC_LOCK, exclusive=True):
        if not (path / database.NAME).exists() and _is_ready(path, disk):
            done = Repaired(rebuilt=True, why="a repair was cut off before its end")
            return _put_in_place(path, disk, done)
        why = _what_is_wrong(path, disk, give_up)
        done = Repaired(rebuilt=why is not None, why=why or "")
        if why is None:
            _heal(path, disk, now, done, progress)
        else:
            _rebuild(path, disk, now, done, progress, give_up)
        if give_up and done.unread:
            with Store.open(path, disk) as store, translated():
                unread.forget(store.connection)
        return done


def _what_is_wrong(path: Path, disk: Disk, give_up: bool) -> str | None:
    """Why the database cannot be used, or None if it can."""
    try:
        why = _damage(path, disk)
        if why is None or give_up:
            return why
        # SQLite says of a page that it is damaged where the disk does not give it.
        for file in _with_wal(path / database.NAME)[:2]:
            _read_through(file, disk)
        return _damage(path, disk)
    except DiskError as error:
        if give_up:
            return error.message
        raise DiskError(error.message, *_UNREAD_DATABASE) from error


def _read_through(path: Path, disk: Disk) -> None:
    """Raises `DiskError` unless the disk gives all of a file, if there is one."""
    with suppress(FileNotFoundError), disk.open(path) as file:
        for at in range(0, file.size(), _STEP):
            file.read(at, _STEP)


def _damage(path: Path, disk: Disk) -> str | None:
    """What is damaged in the database, or None if nothing is."""
    try:
        with Store.open(path, disk) as store, translated():
            said = [line for (line,) in rows(store.connection, "PRAGMA integrity_check(1)")]
            rows(store.connection, "SELECT count(*) FROM objects")
            return None if said == ["ok"] else f"hearth.db is damaged: {said[0]}"
    except DatabaseDamagedError as error:
        return error.message


def _heal(path: Path, disk: Disk, now: int, done: Repaired, progress: Progress | None) -> None:
    """The database is sound: find what the index has wrong, and what could not be read."""
    with Store.open(path, disk) as store:
        _read_again(store, done)
        _relocate(store, check(store, now=now, progress=progress))
        found = check(store, now=now)
    done.damaged, done.missing = found.damaged, found.missing


def _read_again(store: Store, done: Repaired) -> None:
    """Take in what packs have come to give since they were indexed, and their events."""
    with translated():
        marked = unread.marked(store.connection)
        if not marked:
            return
        with transaction(store.connection):
            unread.forget(store.connection)
            for number, pack in marked:
                for _ in pack_index.index_pack(store.packs, store.connection, pack, number, done):
                    pass
            done.events = store.log.take_in(Transaction(store.connection))
            _erase_again(store)
            done.unread = unread.note(store.connection, done.unread)
    store.scrub()


def _relocate(store: Store, found: Checked) -> None:
    """Damaged objects that lie whole elsewhere in the packs are found there again."""
    wanted = {(finding.type, finding.id) for finding in found.damaged}
    if not wanted:
        return
    for number, pack in rows(store.connection, "SELECT number, id FROM packs"):
        with suppress(CorruptError, DiskError), store.packs.open(pack) as file:
            for item in packs.scan(file, pack):
                if isinstance(item, Damage) or (item[0].type, item[0].id) not in wanted:
                    continue
                with suppress(CorruptError), transaction(store.connection):
                    data = packs.open_bytes(*item)
                    pack_index.point(store.connection, item[0], number, data)
                    wanted.discard((item[0].type, item[0].id))


def _rebuild(
    path: Path, disk: Disk, now: int, done: Repaired, progress: Progress | None, give_up: bool
) -> None:
    new = path / _NEW
    _remove(new, disk)
    try:
        with opened_anyhow(path / database.NAME, disk, give_up=give_up) as lost:
            _build(path, disk, now, done, progress, lost)
    except BaseException:
        with suppress(HearthError, OSError):
            _remove(new, disk)
        raise
    _put_in_place(path, disk, done)


def _build(
    path: Path, disk: Disk, now: int, done: Repaired, progress: Progress | None, lost: Lost | None
) -> None:
    """Make the new database beside the old one."""
    new = path / _NEW
    connection = database.create(new, disk)
    store = Store(path, disk, connection, read_only=False)
    try:
        with translated(new):
            pack_index.make(store.packs, connection, done, progress)
            _salvage(lost, connection, done)
            pack_index.forget_healed(connection, done)
            done.events = _rebuild_log(store, lost)
            with transaction(connection):
                done.unread = unread.note(connection, done.unread)
                store._set_meta("created", now)
                store._set_meta("epoch", os.urandom(16))
                store._set_meta("rebuilt", now)
            done.missing = check(store, now=now, quick=True).missing
            if not database.empty_wal(connection):
                raise HearthError(f'"{new}" is in use')
    finally:
        store.close()


def _remove(database_file: Path, disk: Disk) -> None:
    for path in _with_wal(database_file):
        disk.unlink(path, missing_ok=True)


def _salvage(lost: Lost | None, connection: apsw.Connection, done: Repaired) -> None:
    """Take over from the old database what it still gives: proved objects, and names."""
    if lost is None:
        return
    with transaction(connection):
        for row in lost.rows("objects", "id, length, compressed, data", "data IS NOT NULL"):
            done.salvaged += _salvage_object(connection, row)
        for name, id in lost.rows("refs", "name, id"):
            if isinstance(name, str) and isinstance(id, bytes):
                connection.execute("INSERT OR IGNORE INTO refs VALUES (?, ?)", (name, id))
                done.names += connection.changes()


def _salvage_object(connection: apsw.Connection, row: tuple[Any, ...]) -> int:
    id, length, compressed, stored = row
    try:
        record = Record(RecordType.OBJECT, bool(compressed), length, len(stored), id, 0)
        data = packs.open_bytes(record, stored)
    except (CorruptError, TypeError, ValueError, OverflowError):
        return 0
    is_manifest = manifest.decode(data) is not None
    connection.execute(_ROW, (id, length, is_manifest, record.compressed, len(stored), stored))
    return connection.changes()


def _rebuild_log(store: Store, lost: Lost | None) -> int:
    """Let the log come back from segments, payloads and what the old database still gives."""
    with transaction(store.connection):
        events = store.log.rebuild(Transaction(store.connection), lost)
        _erase_again(store)
    store.scrub()
    if erasures.any_asked(store.connection):  # the old database may hold what was erased
        with transaction(store.connection):
            Transaction(store.connection).erases()
    return events


def _erase_again(store: Store) -> None:
    """Overwrite what packs hold of erased events."""
    erased = (
        scan(header).payload_hash
        for (header,) in rows(
            store.connection, "SELECT header FROM events WHERE flags & ?", erasures.ERASED
        )
    )
    payloads = {payload for payload in erased if payload is not None}
    erasures.erase_records(Transaction(store.connection), payloads)


def _put_in_place(path: Path, disk: Disk, done: Repaired) -> Repaired:
    """Move the old database away, then its WAL, which must never meet the new one.

    It is kept in quarantine, unless anything was ever erased here: then opening removes it.
    """
    name = f"hearth.db.{os.urandom(4).hex()}"
    old, wal, shm = _with_wal(path / database.NAME)
    if old.exists():
        done.kept = path / "quarantine" / name
        disk.replace(old, done.kept)
    disk.sync_dir(path)
    disk.unlink(shm, missing_ok=True)
    if wal.exists():
        disk.replace(wal, path / "quarantine" / (name + "-wal"))
    disk.sync_dir(path)
    disk.sync_dir(path / "quarantine")
    disk.replace(path / _NEW, path / database.NAME)
    disk.sync_dir(path)
    with Store.open(path, disk):
        pass
    if done.kept is not None and not done.kept.exists():
        done.kept = None
    return done


def _is_ready(path: Path, disk: Disk) -> bool:
    """Whether a repair was cut off after it had moved the old database away.

    What only the old one gave is in the new one alone then. It must be whole and of these packs.
    """
    try:
        connection = database.connect(path / _NEW, disk)
    except HearthError:
        return False
    try:
        with translated():
            rebuilt = one(connection, "SELECT 1 FROM meta WHERE key = 'rebuilt'") is not None
            known = dict(rows(connection, "SELECT id, end FROM packs"))
        names = PackFolder(path / "packs", disk, connection).names()
    except HearthError:
        return False
    finally:
        connection.close()
    sizes = {pack: file.stat().st_size for pack, file in names.items()}
    return rebuilt and known == {pack: size for pack, size in sizes.items() if size > packs.HEAD}


def _with_wal(path: Path) -> list[Path]:
    return [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")]
