"""Opening cache.db: everything in it is derived, so whatever is wrong with it is made anew.

Each component keeps its tables under a version stamp; a stamp that differs drops and remakes
them. A file that is no database, or a damaged one, is deleted. Commits are not synced one by one
(`synchronous=NORMAL` in WAL mode): after a power cut the cache may be older than the log, never
inconsistent, and the next update goes on from the arrival number it holds. Deleted rows are
overwritten (`secure_delete`), because erasing a payload must reach this file too.

What is written to a new file is in the WAL first and then in the file: twice. So who fills a new
one in a single transaction opens it `at_once`: its journal is one of what stood before, and that is
next to nothing. Whoever opens it next gives it its WAL; those that have it open follow.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from hearth.store.disk import Disk
from hearth.store.errors import CorruptError, HearthError, LockedError, NoSpaceError
from hearth.store.locks import holders

BUSY_MILLISECONDS = 10_000
_JOURNAL = 8 << 20
"""Bytes that the journal may take while a small cache.db is made."""
_READING = 123, 127
"""The bytes of the file -shm that SQLite's readers lock (WAL_READ_LOCK of its wal.c)."""
_STAMPS = "CREATE TABLE IF NOT EXISTS stamps(component TEXT PRIMARY KEY, version INT)"


class CacheError(HearthError, code="cache"):
    """cache.db cannot be used."""


class DamagedCacheError(CorruptError):
    """cache.db is damaged (exit 13); deleting it loses nothing."""


def open_cache(
    path: Path | None, *, vfs: str | None = None, read_only: bool = False, at_once: bool = False
) -> apsw.Connection:
    """Open or make cache.db at `path`; None is in memory.

    So is, when `read_only`, a missing file, or one that was not closed and needs its journal.
    `at_once`: if it is new, it is filled in one transaction.
    """
    if path is None or (read_only and not _closed(path)):
        return _prepare(apsw.Connection(":memory:"))
    if read_only:
        uri = f"{path.absolute().as_uri()}?immutable=1"
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        return apsw.Connection(uri, flags=flags, vfs=vfs)
    try:
        return _open_file(path, vfs, at_once)
    except (apsw.NotADBError, apsw.CorruptError):
        delete_cache(path)
        return _open_file(path, vfs, at_once)
    except (apsw.CantOpenError, apsw.ReadOnlyError) as error:
        raise CacheError(f'cannot write "{path}"') from error
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise CacheError(f'cannot write "{path}"') from error
        raise
    except apsw.BusyError as error:
        raise LockedError(f'"{path}" is in use by another process') from error
    except (apsw.FullError, apsw.IOError) as error:
        if not _full(error):
            raise
        raise CacheError(f'no space left to open "{path}"', "make room on this disk") from error


def open_part(
    path: Path,
    component: str,
    version: int,
    *,
    vfs: str | None = None,
    read_only: bool = False,
    at_once: bool = False,
) -> apsw.Connection:
    """Open cache.db at `path` for one component of it.

    With `read_only`, or where it cannot be written, it is used as it is if that component's tables
    are there in this version; if not, they are made in memory, empty.
    """
    try:
        connection = open_cache(path, vfs=vfs, read_only=read_only, at_once=at_once)
    except CacheError:
        connection = open_cache(path, vfs=vfs, read_only=True)
    try:
        usable = writable(connection) or stamp(connection, component) == version
    except BaseException:
        connection.close()
        raise
    if usable:
        return connection
    connection.close()
    return open_cache(None)


def writable(connection: apsw.Connection) -> bool:
    """Whether an open cache.db can be written; one in memory can."""
    return not (connection.filename and connection.readonly("main"))


def _full(error: apsw.Error) -> bool:
    """Whether the disk is full: of 32 KiB to open a database SQLite says it in its own way."""
    extended = getattr(error, "extendedresult", 0)
    return isinstance(error, apsw.FullError) or extended == apsw.SQLITE_IOERR_SHMSIZE


def damaged() -> DamagedCacheError:
    """The error for a damaged cache.db."""
    hint = "hearth reindex makes it anew; nothing is lost"
    return DamagedCacheError("the index in cache.db is damaged", hint)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what SQLite says about cache.db into errors that name it and say what to do."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise damaged() from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise LockedError(
            "the index in cache.db is being written by another process",
            "try again when it has finished",
        ) from error
    except (apsw.FullError, apsw.IOError) as error:
        if not _full(error):
            raise
        raise NoSpaceError(
            "no space left for the index in cache.db", "make room on this disk, then try again"
        ) from error


def query(
    connection: apsw.Connection, sql: str, values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """Return all rows of a query. Raises `DamagedCacheError` if cache.db is."""
    with translated():
        try:
            return connection.execute(sql, tuple(values)).fetchall()
        except UnicodeDecodeError as error:  # a text that was stored as UTF-8
            raise damaged() from error


def begin(connection: apsw.Connection) -> None:
    """Begin to write. Raises `LockedError` when another process is writing for too long."""
    with translated():
        connection.execute("BEGIN IMMEDIATE")


@contextmanager
def changing(connection: apsw.Connection) -> Iterator[None]:
    """One transaction of cache.db: all of it counts, or nothing. Raises what `begin` raises."""
    begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if not connection.get_autocommit():  # of some errors SQLite has undone all by itself
            connection.execute("ROLLBACK")
        raise


def _closed(path: Path) -> bool:
    return path.exists() and not any(_size(path, suffix) for suffix in ("-wal", "-journal"))


def _size(path: Path, suffix: str = "") -> int:
    """Bytes of a file, or of one that SQLite keeps beside it; 0 where there is none."""
    try:
        return path.with_name(path.name + suffix).stat().st_size
    except FileNotFoundError:
        return 0


def readers(path: Path) -> str:
    """Which other processes are reading in cache.db just now, in words, as far as that is known;
    nothing for none. What is erased stays in its journal until they have done."""
    pids = holders(path.with_name(path.name + "-shm"), *_READING)
    return ", ".join(f"process {pid}" if pid else "another process" for pid in pids)


def delete_cache(path: Path) -> None:
    """Delete cache.db with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def check_room(path: Path, disk: Disk) -> None:
    """Raise NoSpaceError where a cache.db that is deleted could not be made anew.

    Its own room comes back; what is asked for beyond that is for the journal.
    """
    least, free = max(_JOURNAL, _size(path) // 4), disk.free(path.parent)
    if free < least:
        raise NoSpaceError(
            f"no space left for a new index: {free >> 20} MB are free, {least >> 20} MB are needed",
            "make room on this disk, then try again; the old index is still there",
        )


def _open_file(path: Path, vfs: str | None, at_once: bool) -> apsw.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    filled = at_once and not _size(path)
    connection = _prepare(apsw.Connection(str(path), vfs=vfs))
    try:
        if not filled:
            connection.set_busy_timeout(0)
            with suppress(apsw.BusyError):  # somebody is filling it
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
            connection.set_busy_timeout(BUSY_MILLISECONDS)
            connection.execute(_STAMPS)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: apsw.Connection) -> apsw.Connection:
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.execute("PRAGMA page_size=8192")  # of a new file: large changes cost a tenth less
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA cache_size=-32768")
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def ensure(
    connection: apsw.Connection,
    component: str,
    version: int,
    tables: Sequence[str],
    create: Callable[[apsw.Connection], None],
) -> None:
    """Make the tables of `component` unless they are there in this `version`; atomic."""
    if stamp(connection, component) == version:
        return
    with changing(connection):
        connection.execute(_STAMPS)
        if stamp(connection, component) != version:
            for table in tables:
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            create(connection)
            connection.execute("INSERT OR REPLACE INTO stamps VALUES(?, ?)", (component, version))


def stamp(connection: apsw.Connection, component: str) -> int | None:
    """The version stamp of a component's tables; None if there are none."""
    try:
        found = query(connection, "SELECT version FROM stamps WHERE component = ?", (component,))
    except apsw.SQLError:  # no table yet
        return None
    return int(found[0][0]) if found else None
