"""Making a backup: of everything, or of the keys and what is needed to come back.

A hearth in use may be backed up: hearth.db is copied as it is at one moment, and packs up to where
that copy names them, while nothing in them is moved or overwritten (`Store.still`). The file comes
to be beside the one wanted, is synced, read back from the disk and opened with the passphrase, and
only then takes its place. Until then, whatever goes wrong, an older backup there is untouched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import hearth
from hearth.backup import items, lane, sealed
from hearth.backup.items import About, Kind
from hearth.backup.sealed import BackupDamagedError, Reader, Writer
from hearth.config import FILE as CONFIG_FILE, MAX_FILE as MAX_CONFIG
from hearth.identity import identity as identities
from hearth.identity.changing import overwrite
from hearth.identity.keyfile import Strength
from hearth.store import database, packs, unfinished
from hearth.store.disk import DiskError, is_unreadable
from hearth.store.errors import CorruptError, HearthError

if TYPE_CHECKING:
    import apsw

    from hearth.audience.vault import Deriver
    from hearth.home import Home
    from hearth.store.disk import Disk, File

_COPY: Final = ".backup.tmp"
_PAGE: Final = 4096
Tell = Callable[[int], None]


class NotReplacedError(HearthError, code="not-replaced"):
    """What lies where the backup is to be is no backup (exit 1)."""


class Made(NamedTuple):
    """A backup that has been made: bytes of the file, and packs that were not whole."""

    length: int
    lacking: list[str]


def make(
    home: Home, target: Path, kind: Kind, passphrase: str, strength: Strength, now: int, tell: Tell
) -> Made:
    """Make a backup at `target`, in place of an older one if there is one.

    `tell` hears of bytes written and bytes read back. Raises `KeyLockedError` if the hearth's own
    keys are not opened, `NotReplacedError`, `LockedError`, `NoSpaceError`, `DiskError`.
    """
    disk = home.disk
    _check_target(disk, target)
    unfinished.sweep(disk, target)
    beside = unfinished.beside(target)
    try:
        with disk.open(beside, write=True, exclusive=True) as file:
            file.mark()
            file.expect(0 if kind is Kind.KEYS else _in_packs(home))
            out = Writer(file, passphrase, strength)
            lacking = _write(home, out, kind, now, tell)
            digest = out.close()
            with suppress(AttributeError, OSError):  # so that it is read from the disk itself
                os.posix_fadvise(file._fd, 0, 0, os.POSIX_FADV_DONTNEED)
            source = Reader(file, passphrase)
            items.skim(source, tell)
            if source.digest() != digest:
                raise BackupDamagedError(
                    f'what was written to "{beside}" is not what can be read back',
                    "the disk is failing: use another one",
                )
            disk.replace(beside, target)
        disk.sync_dir(target.parent)
    except BaseException:
        with suppress(HearthError, OSError):
            disk.unlink(beside, missing_ok=True)
        raise
    return Made(out.length, lacking)


def _in_packs(home: Home) -> int:
    """Bytes of the packs, as far as they are there: a backup of everything is longer."""
    with database.translated():
        ends = database.rows(home.store.connection, "SELECT id, end FROM packs")
    found = 0
    for pack, end in ends:
        with suppress(OSError):
            found += min(end, packs.path_of(home.path / "packs", pack).stat().st_size)
    return found


def _check_target(disk: Disk, target: Path) -> None:
    try:
        with disk.open(target) as file:
            if not file.read(0, len(sealed.MAGIC)).startswith(sealed.MAGIC):
                raise NotReplacedError(
                    f'"{target}" is there already, and is no backup', "name another file"
                )
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise NotReplacedError(f'there is no folder "{target.parent}"') from None


def _write(home: Home, out: Writer, kind: Kind, now: int, tell: Tell) -> list[str]:
    me, seed = home.identity, home.person_seed()
    keeper = home.keeper()
    about = About(kind, now, home.is_sealed(), hearth.__version__)
    items.put(out, items.ABOUT, about.encode())
    items.put(out, items.IDENTITY, identities.encode(me))
    items.put(out, items.PERSON, seed)
    items.put(out, items.DEVICE, b"" if keeper is None else _secrets(keeper))
    config = home.path / CONFIG_FILE
    with suppress(FileNotFoundError):
        items.put(out, items.CONFIG, config.read_bytes()[:MAX_CONFIG])
    if kind is Kind.KEYS:
        _write_keys(home, out, tell)
        return []
    if home.store.read_only:
        return _write_all(home, out, home.path / database.NAME, tell)
    with home.store.still(), _snapshot(home) as copy:
        return _write_all(home, out, copy, tell)


def _secrets(keeper: Deriver) -> bytes:
    from hearth.audience import vault

    return keeper.device + b"".join(map(keeper.derive, vault.PURPOSES))


def _write_keys(home: Home, out: Writer, tell: Tell) -> None:
    connection = home.store.connection
    with database.translated(home.path), _reading(connection):
        found = database.rows(connection, "SELECT DISTINCT community FROM chains WHERE lane = 0")
        communities = sorted(community for (community,) in found)
        for batch in lane.batches(lane.rows(connection)):
            items.put(out, items.ROWS, batch)
            tell(len(batch))
        for batch in lane.batches(lane.control(home.store.log, communities)):
            items.put(out, items.CONTROL, batch)
            tell(len(batch))


@contextmanager
def _reading(connection: apsw.Connection) -> Iterator[None]:
    """Everything read meanwhile is as it was at one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


@contextmanager
def _snapshot(home: Home) -> Iterator[Path]:
    """hearth.db as it is now, in a file of its own that is gone afterwards, without a trace."""
    copy = home.path / _COPY
    with home.disk.open(copy, write=True, create=True) as file:  # ours alone from the start
        file.truncate(0)  # one that was cut off may have left it
    try:
        with database.translated(home.path / database.NAME):
            home.store.connection.execute("VACUUM INTO ?", (str(copy),))
        yield copy
    finally:
        with suppress(HearthError):  # what is erased later must not live on in it
            overwrite(home.disk, copy)
            home.disk.unlink(copy, missing_ok=True)


def _write_all(home: Home, out: Writer, copy: Path, tell: Tell) -> list[str]:
    connection = database.connect(copy, home.disk, read_only=True)
    try:
        with database.translated():
            ends = database.rows(connection, "SELECT id, end FROM packs ORDER BY number")
    finally:
        connection.close()
    with home.disk.open(copy) as file:
        _copy(out, items.DATABASE, file, None, tell)
    lacking = []
    for pack, end in ends:
        path = packs.path_of(home.path / "packs", pack)
        with _opened(home.disk, path) or nullcontext() as found:
            if found is None or not _copy(out, f"packs/{path.name}", found, end, tell):
                lacking.append(path.name)
    return lacking


def _opened(disk: Disk, path: Path) -> File | None:
    """A pack; None if it is not there, or cannot be read at all."""
    try:
        return disk.open(path)
    except FileNotFoundError:
        return None
    except DiskError as error:
        if is_unreadable(error):
            return None
        raise


def _copy(out: Writer, name: str, file: File, end: int | None, tell: Tell) -> bool:
    """Add a file up to `end`; False if it is shorter, or zeros stand for what cannot be read."""
    size = file.size()
    length = size if end is None else min(size, end)
    items.begin(out, name, length)
    whole = end is None or length == end
    for offset in range(0, length, items.STEP):
        wanted = min(items.STEP, length - offset)
        data, is_read = _read(file, offset, wanted, as_far=end is not None)
        if len(data) < wanted:
            raise CorruptError(f'"{file.path}" has become shorter while it was read')
        whole = whole and is_read
        out.write(data)
        tell(len(data))
    return whole


def _read(file: File, offset: int, length: int, *, as_far: bool) -> tuple[bytes, bool]:
    """Bytes of a file, and whether all could be read; `as_far`: else zeros for each page of it that
    cannot."""
    try:
        return file.read(offset, length), True
    except DiskError as error:
        if not (as_far and is_unreadable(error)):
            raise
    if length <= _PAGE:
        return bytes(length), False
    pages = range(offset, offset + length, _PAGE)
    found = [_read(file, at, min(_PAGE, offset + length - at), as_far=True) for at in pages]
    return b"".join(data for data, _ in found), False
