"""hearth.db: which objects count, where they lie, and what names them.

SQLite in WAL mode with `synchronous=FULL`: a transaction that has committed survives a power
cut, and its COMMIT is the only commit point of the whole store (see `batch`). The header says
whose file it is: `application_id` "HRTH", `user_version` the version of the format.

No memory mapping (somebody else's shrinking file would kill us with SIGBUS), no trusted
schema, `secure_delete` so that what is erased is gone from the pages too.

All errors of SQLite leave this room as `HearthError`s: `translated()` is put around whatever
may meet a disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw

from hearth.store import refused, schema_local, schema_log
from hearth.store.disk import NO_LOCKS, Disk, DiskError, SyncFailedError, is_full
from hearth.store.errors import (
    CorruptError,
    HearthError,
    LockedError,
    NewerFormatError,
    NoSpaceError,
)

NAME: Final = "hearth.db"
FORMAT: Final = 3
WITH_CONTROL: Final = 2
"""The format since which the control graph and checkpoints have tables."""
APPLICATION: Final = 0x48525448  # "HRTH"
PATIENCE_MS: Final = 10_000
MOMENT_MS: Final = 200

SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE packs (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,           -- 16 random bytes; the file is packs/<hex>.hpk
    end INTEGER NOT NULL,              -- committed length of the file
    suspect INTEGER NOT NULL DEFAULT 0,-- a sync failed: never appended to again
    verified_at INTEGER                -- unix seconds of the last whole check
) STRICT;
CREATE TABLE objects (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,           -- BLAKE3 of the plain bytes
    length INTEGER NOT NULL,           -- of the plain bytes
    manifest INTEGER NOT NULL,         -- 1 if the bytes are a manifest
    compressed INTEGER NOT NULL,
    stored INTEGER NOT NULL,           -- length of the stored bytes
    pack INTEGER,                      -- packs.number, and
    offset INTEGER,                    --   where its record begins there; or
    data BLOB,                         -- the stored bytes themselves
    condemned_at INTEGER               -- unix seconds of the gc that found it unreferenced
) STRICT;
CREATE INDEX objects_by_place ON objects (pack, offset) WHERE pack IS NOT NULL;
CREATE INDEX objects_condemned ON objects (condemned_at) WHERE condemned_at IS NOT NULL;
CREATE TABLE records (                 -- segments and payloads in packs
    type INTEGER NOT NULL,
    id BLOB NOT NULL,
    length INTEGER NOT NULL,
    compressed INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    pack INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_place ON records (pack, offset);
CREATE TABLE refs (name TEXT PRIMARY KEY, id BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE damaged (                 -- the want-list: whoever has them heals them
    id BLOB PRIMARY KEY,
    type INTEGER NOT NULL,
    place TEXT NOT NULL                -- where it lay, in words
) STRICT, WITHOUT ROWID;
CREATE TABLE scrubs (                  -- erased payloads still to be overwritten in packs
    pack INTEGER NOT NULL,
    offset INTEGER NOT NULL,           -- of the stored bytes
    length INTEGER NOT NULL,
    PRIMARY KEY (pack, offset)
) STRICT, WITHOUT ROWID;
"""

_LOCKING: Final = frozenset(
    {
        apsw.SQLITE_IOERR_LOCK,
        apsw.SQLITE_IOERR_RDLOCK,
        apsw.SQLITE_IOERR_UNLOCK,
        apsw.SQLITE_IOERR_CHECKRESERVEDLOCK,
        apsw.SQLITE_IOERR_SHMLOCK,
    }
)
_NO_SHARING: Final = (
    "its file system lets programs map no file into memory, as some network ones and some in user"
    " space do not: put the hearth on a disk of this machine"
)
_REPAIR: Final = '"hearth fsck --repair" rebuilds it from the packs'


class DatabaseDamagedError(CorruptError, code="database-damaged"):
    """hearth.db is missing, cut or damaged; the packs may still be whole (exit 13)."""


class NoTableError(DatabaseDamagedError, code="no-table"):
    """A table is not there: damage, or a database of format 1 that was opened for reading."""


def missing(path: Path) -> DatabaseDamagedError:
    """What to say where packs have lost their database."""
    return DatabaseDamagedError(f'"{path}" is missing', _REPAIR)


@contextmanager
def translated(path: Path | None = None) -> Iterator[None]:
    """Turn errors of SQLite into `HearthError`s."""
    try:
        yield
    except apsw.Error as error:
        raise translate(error, path) from error


def translate(error: apsw.Error, path: Path | None = None) -> HearthError:
    """The `HearthError` that says what this error of SQLite means to a person."""
    name = f'"{path}"' if path else f'"{NAME}"'
    said = str(error) or type(error).__name__
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return DatabaseDamagedError(f"{name} is damaged: {said}", _REPAIR)
    extended = getattr(error, "extendedresult", 0)
    if isinstance(error, apsw.FullError) or extended == apsw.SQLITE_IOERR_SHMSIZE:
        return NoSpaceError(
            f"no space left to write {name}", "make room on this disk, then try again"
        )
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return LockedError(
            f"{name} is locked by another process", "wait until it is done, or end it"
        )
    if isinstance(error, apsw.IOError):
        if extended in {apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC}:
            return SyncFailedError(f"cannot sync {name}", "the disk may be failing")
        if extended in _LOCKING:
            return DiskError(f"cannot lock {name}", NO_LOCKS)
        if extended == apsw.SQLITE_IOERR_SHMMAP:
            return DiskError(f"cannot share memory beside {name}", _NO_SHARING)
        return DiskError(f"cannot read or write {name}: {said}", "the disk may be failing")
    if isinstance(error, apsw.CantOpenError) and path and is_full(path.parent):
        return NoSpaceError(
            f"no space left to open {name}", "make room on this disk, then try again"
        )
    if isinstance(error, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError):
        return DiskError(f"cannot open {name}: {said}", refused.why(path))
    if isinstance(error, apsw.SQLError):  # a table is missing: not the file it says it is
        return NoTableError(f"{name} is damaged: {said}", _REPAIR)
    return HearthError(f"{name}: {said}")


def connect(path: Path, disk: Disk, *, read_only: bool = False) -> apsw.Connection:
    """Open a database that is already there. Checks whose it is and its version.

    `read_only` needs no lock and writes nothing if the directory cannot be written to, or the
    disk is full (immutable); elsewhere, or where somebody has it open or did not close it, it
    follows what other processes have committed.

    Raises `DatabaseDamagedError`, `NewerFormatError`, `DiskError`, `LockedError`, `NoSpaceError`.
    """
    if not path.exists():
        raise missing(path)
    try:
        return _connect(path, disk, read_only, shared=not read_only or _can_share(path))
    except NoSpaceError:  # not even for the 32 KiB that all share who have it open: nobody has
        if not read_only or _has_journal(path):
            raise
        return _connect(path, disk, read_only, shared=False)


def _connect(path: Path, disk: Disk, read_only: bool, *, shared: bool) -> apsw.Connection:
    with translated(path):
        if read_only:
            connection = _open_read_only(path, disk, shared)
        else:
            connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=disk.vfs)
        try:
            configure(connection)
            _check_version(connection, path)
            if not read_only:
                _bring_up_to_date(connection)
        except BaseException:
            connection.close(True)
            raise
    return connection


def create(path: Path, disk: Disk) -> apsw.Connection:
    """Create the database, or finish one whose creation was cut off.

    The tables come to be in one transaction. The caller makes the name durable.
    """
    disk.open(path, write=True, create=True).close()  # ours alone before SQLite opens it
    with translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=disk.vfs)
        try:
            configure(connection)
            for _ in connection.execute("PRAGMA journal_mode=WAL"):
                pass
            with transaction(connection):
                if not connection.pragma("user_version"):
                    connection.execute(SCHEMA + schema_log.SCHEMA + schema_local.SCHEMA)
                    connection.execute(f"PRAGMA application_id={APPLICATION}")
                    connection.execute(f"PRAGMA user_version={FORMAT}")
        except BaseException:
            connection.close(True)
            raise
    return connection


def configure(connection: apsw.Connection) -> None:
    """The settings every connection to hearth.db needs."""
    connection.set_busy_timeout(PATIENCE_MS)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    for setting in (
        "synchronous=FULL",
        "fullfsync=ON",
        "secure_delete=ON",
        "mmap_size=0",
        "temp_store=MEMORY",
        "cache_size=-16384",
        "cell_size_check=ON",
        "journal_size_limit=67108864",
    ):
        for _ in connection.execute(f"PRAGMA {setting}"):
            pass


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """One write transaction: all of it or, after an error, nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def rows(connection: apsw.Connection, statement: str, *values: Any) -> list[Any]:
    """All rows of a statement, as tuples of what its columns are declared to hold."""
    return connection.execute(statement, values).fetchall()


def each(connection: apsw.Connection, statement: str, *values: Any) -> Iterator[Any]:
    """The rows one after another: for results that may be large."""
    yield from connection.execute(statement, values)


def one(connection: apsw.Connection, statement: str, *values: Any) -> Any:
    """The first row as a tuple; None if there is none."""
    return connection.execute(statement, values).fetchone()


def value(connection: apsw.Connection, statement: str, *values: Any) -> Any:
    """The first column of the first row; None if there is no row."""
    row = connection.execute(statement, values).fetchone()
    return None if row is None else row[0]


def empty_wal(connection: apsw.Connection) -> bool:
    """Move everything committed into the database file and empty the WAL; False if in use.

    Waits a moment only: whoever is reading may be at it for long. The small transaction that
    follows gives the WAL new salts, durably: from here on not even a power cut can bring back
    frames of a commit that had failed.
    """
    with translated():
        connection.set_busy_timeout(MOMENT_MS)
        try:
            busy, _, _ = next(iter(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")))
        except (apsw.BusyError, apsw.LockedError):
            return False
        finally:
            connection.set_busy_timeout(PATIENCE_MS)
        if busy:
            return False
        with transaction(connection):
            connection.execute(
                "INSERT INTO meta VALUES ('checkpoints', 1)"
                " ON CONFLICT DO UPDATE SET value = value + 1"
            )
    return True


def _bring_up_to_date(connection: apsw.Connection) -> None:
    """Give a database of an older format the tables it lacks; readers of them bear that they lack.

    Format 2 has the tables of communities and of the control graph, format 3 those of audiences.
    """
    if connection.pragma("user_version") == FORMAT:
        return
    from hearth.store import control

    with transaction(connection):
        version = connection.pragma("user_version")
        if version < FORMAT:  # else another process has just done it
            connection.execute(schema_local.SCHEMA)
        if version < 2:
            connection.execute(schema_log.SINCE_2)
            control.rebuild(connection, connection)
        if version < FORMAT:
            connection.execute(f"PRAGMA user_version={FORMAT}")


def _open_read_only(path: Path, disk: Disk, shared: bool) -> apsw.Connection:
    """`shared`: with whoever writes it; else as a file that never changes."""
    from urllib.parse import quote

    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    address = f"file:{quote(str(path))}"
    if shared:
        return apsw.Connection(f"{address}?mode=ro", flags=flags, vfs=disk.vfs)
    if _has_journal(path):
        raise DiskError(
            f'"{path}" was not closed cleanly and cannot be read where nothing can be written',
            "copy the whole directory to a disk that can be written to and open it there",
        )
    return apsw.Connection(f"{address}?mode=ro&immutable=1", flags=flags, vfs=disk.vfs)


def _has_journal(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def _can_share(path: Path) -> bool:
    """Whether there is the memory that all share who have it open, or it can be made. SQLite reads
    it without writing there, and the WAL, too, if whoever wrote that is gone."""
    return os.access(path.parent, os.W_OK) or path.with_name(path.name + "-shm").exists()


def _check_version(connection: apsw.Connection, path: Path) -> None:
    application = connection.pragma("application_id")
    version = connection.pragma("user_version")
    if application != APPLICATION or not version:
        raise DatabaseDamagedError(f'"{path}" is not the database of a hearth', _REPAIR)
    if version > FORMAT:
        raise NewerFormatError(
            f'"{path}" has format {version}, this program knows {FORMAT}', "use a newer hearth"
        )
