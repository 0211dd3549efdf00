"""Collecting what nothing needs any more, without ever racing a writer.

What is live is said openly: named references, what the log names (`Log.live_refs`), and the
chunks of every live manifest. Collecting an object takes two marks:

* The first mark runs beside everybody else. What it finds unreferenced is only condemned: the
  time is noted in its row. A new reference, or adding the object again, clears that note in
  the same transaction that makes the reference.
* What has been condemned for longer than the grace is swept, under the exclusive gc lock, so
  that nobody is adding anything, and after a second mark, so that what has become referenced
  since is kept whatever the notes say.

Then packs that are mostly dead are repacked: copy the living records, sync, commit their new
places, unlink the old pack. A crash at any point leaves either the old place or the new one
committed, and both packs on disk until it is.

If a live manifest cannot be read, its chunks are unknown, and so is what was in a pack that could
not be read when it was indexed (`unread`): nothing is swept until it is healed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hearth.store import begun, manifest, packs, reserve, unread, wishes
from hearth.store.batch import Batch
from hearth.store.database import each, one, rows, transaction, translated, value
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError, NoSpaceError
from hearth.store.packs import Record, RecordType
from hearth.store.segments import rewrite

if TYPE_CHECKING:
    import apsw

    from hearth.store.store import Store

GRACE: Final = 14 * 86_400
"""Seconds between being condemned and being swept."""
LIVE_SHARE: Final = 0.6
"""A pack of which less than this is live is repacked."""
_OLD_TEMPORARY: Final = 86_400


@dataclass(slots=True)
class Collected:
    """What a gc did. `freed` counts bytes of files that are gone."""

    live: int = 0
    condemned: int = 0
    swept: int = 0
    repacked: int = 0
    freed: int = 0
    unreadable: int = 0
    """Live manifests that could not be read; if any, nothing was swept."""
    unread_packs: int = 0
    """Packs of which a part could not be read; if any, nothing was swept."""


def gc(store: Store, *, now: int, grace: int = GRACE) -> Collected:
    """Collect. `now` is in unix seconds; `grace` 0 sweeps what is condemned at once.

    Small objects and events that are only in the database are written to packs as well. On a
    full disk that is left out, the reserve is given up, and kept back again at the end.
    Raises `LockedError` if writers leave no moment for the sweep, `NoSpaceError` if there is
    not even room to make room, `DiskError`.
    """
    try:
        store.seal()
        rewrite(store)
        collected = _gc(store, now, grace)
    except NoSpaceError:
        store._spend_reserve()
        collected = _gc(store, now, grace)
    reserve.keep(store.path, store.disk)
    return collected


def shed(store: Store, ids: Iterable[bytes], *, overwrite: bool = False) -> Collected:
    """Give these objects up, whatever refers to them, and their space back.

    They count as missing afterwards, and may be served nowhere. What of theirs must stay is for
    the caller to know. With `overwrite` their bytes are gone from the disk too, where it writes
    in place; what a crash leaves undone, the next writer does. Raises as `gc` does.
    """
    done = Collected()
    connection = store.connection
    with translated(store.path), store.gc_lock(exclusive=True):
        touched: set[int] = set()
        with transaction(connection):
            ids = [*ids]
            begun.forget(connection, ids)
            for id in ids:
                found = one(
                    connection, "SELECT number, pack, offset, stored FROM objects WHERE id = ?", id
                )
                if found is None:
                    continue
                if overwrite:
                    _scrub_object(connection, *found[1:])
                connection.execute("DELETE FROM objects WHERE number = ?", (found[0],))
                connection.execute("DELETE FROM damaged WHERE type = 1 AND id = ?", (id,))
                connection.execute("DELETE FROM servable WHERE id = ?", (id,))
                done.swept += 1
                if found[1] is not None:
                    touched.add(found[1])
        if overwrite:
            store.scrub()
        _repack_all(store, done, [number for number in _by_life(store) if number in touched])
        done.freed += store.packs.cut_tails()
    return done


def _scrub_object(
    connection: apsw.Connection, pack: int | None, offset: int | None, stored: int
) -> None:
    """List an object's bytes to be overwritten; those of a row are gone with the WAL."""
    place = (0, int.from_bytes(os.urandom(6), "big"), 0)
    if pack is not None and offset is not None:
        place = (pack, offset + packs.RECORD_HEAD, stored)
    connection.execute("INSERT OR IGNORE INTO scrubs VALUES (?, ?, ?)", place)


def roots(store: Store) -> Iterator[bytes]:
    """Every id that something names: objects, and events too, which are skipped later."""
    for (id,) in rows(store.connection, "SELECT id FROM refs"):
        yield id
    yield from store.log.live_refs()
    yield from wishes.roots(store.connection)
    yield from store.slots.live_refs()


def _gc(store: Store, now: int, grace: int) -> Collected:
    done = Collected()
    with translated(store.path):
        done.unread_packs = len(unread.marked(store.connection))
        live = _mark(store, done)
        _condemn(store, live, now, done)
        with store.gc_lock(exclusive=True):
            if value(
                store.connection, "SELECT 1 FROM objects WHERE condemned_at <= ?", now - grace
            ):
                _sweep(store, _mark(store, done), now - grace, done)
            _repack_all(store, done, _mostly_dead(store))
            done.freed += store.packs.cut_tails()
        with transaction(store.connection):
            begun.sweep(store.connection, now, now - grace)
        _sweep_temporary(store, now)
    return done


def _mark(store: Store, done: Collected) -> bytearray:
    """A byte per object number: 1 if it is live."""
    connection = store.connection
    live = bytearray((value(connection, "SELECT max(number) FROM objects") or 0) + 1)
    find = "SELECT number, manifest FROM objects WHERE id = ?"
    done.unreadable = 0
    for root in roots(store):
        stack = [root]
        while stack:
            id = stack.pop()
            found = one(connection, find, id)
            if found is None or found[0] >= len(live) or live[found[0]]:
                continue
            live[found[0]] = 1
            if found[1]:
                stack += _chunks(store, id, done)
    done.live = sum(live)
    return live


def _chunks(store: Store, id: bytes, done: Collected) -> list[bytes]:
    """The ids that a manifest needs."""
    try:
        found = manifest.decode(store.get(id))
    except (CorruptError, DiskError):
        done.unreadable += 1
        return []
    return [] if found is None else [chunk for chunk, _ in found.chunks]


def _condemn(store: Store, live: bytearray, now: int, done: Collected) -> None:
    connection = store.connection
    spared, condemned = [], []
    for number, condemned_at in each(connection, "SELECT number, condemned_at FROM objects"):
        alive = number >= len(live) or live[number]
        if alive and condemned_at is not None:
            spared.append((number,))
        elif not alive and (condemned_at is None or condemned_at > now):  # a clock was set back
            condemned.append((now, number))
    if spared or condemned:
        with transaction(connection):
            connection.executemany(
                "UPDATE objects SET condemned_at = NULL WHERE number = ?", spared
            )
            connection.executemany(
                "UPDATE objects SET condemned_at = ? WHERE number = ?", condemned
            )
    done.condemned = len(condemned)


def _sweep(store: Store, live: bytearray, before: int, done: Collected) -> None:
    """Delete the rows of what is still unreferenced. The gc lock is held exclusively."""
    if done.unreadable or done.unread_packs:
        return
    connection = store.connection
    dead = [
        (number, id)
        for number, id in rows(
            connection, "SELECT number, id FROM objects WHERE condemned_at <= ?", before
        )
        if not live[number]
    ]
    with transaction(connection):
        connection.executemany(
            "DELETE FROM objects WHERE number = ?", [(number,) for number, _ in dead]
        )
        connection.executemany(
            "DELETE FROM damaged WHERE type = 1 AND id = ?", [(id,) for _, id in dead]
        )
        # Were it added again in private, what it was once received as would open it.
        connection.executemany("DELETE FROM servable WHERE id = ?", [(id,) for _, id in dead])
    done.swept = len(dead)


def _mostly_dead(store: Store) -> list[int]:
    """Packs worth repacking: less than 60 % of their bytes belong to something live.

    Those with the least to copy come first: on a full disk they make room for the others.
    """
    statement = """
        SELECT packs.number, packs.end,
               ifnull((SELECT sum(stored + ?1) FROM objects WHERE pack = packs.number), 0)
             + ifnull((SELECT sum(stored + ?1) FROM records WHERE pack = packs.number), 0)
        FROM packs ORDER BY 3"""
    return [
        number
        for number, end, live in rows(store.connection, statement, packs.RECORD_HEAD)
        if live == 0 or live < (end - packs.HEAD) * LIVE_SHARE
    ]


def _by_life(store: Store) -> list[int]:
    """All packs, those first that have the least to copy."""
    statement = """
        SELECT number FROM packs ORDER BY
               ifnull((SELECT sum(stored) FROM objects WHERE pack = packs.number), 0)
             + ifnull((SELECT sum(stored) FROM records WHERE pack = packs.number), 0)"""
    return [number for (number,) in rows(store.connection, statement)]


def _repack_all(store: Store, done: Collected, dead: list[int]) -> None:
    """Repack what is worth it and what there is room for."""
    for number in dead:
        try:
            _repack(store, number, dead, done)
        except NoSpaceError:
            store.packs.cut_tails()  # the copy that was begun
            if not done.freed:
                raise


def _repack(store: Store, number: int, avoid: list[int], done: Collected) -> None:
    """Move what lives in one pack into others and unlink it. The gc lock is held."""
    connection = store.connection
    pack = store.packs.id(number)
    if (number, pack) in unread.marked(connection):
        return  # there is more in it than is known
    batch = Batch(store, None, avoid)
    try:
        try:
            moved = [
                (record, batch.move(record, stored)) for record, stored in _living(store, number)
            ]
        except (CorruptError, FileNotFoundError):
            return  # for fsck: a pack with damage in it is left as it is
        with batch.transaction() as tx:
            for old, (writer, new, _) in moved:
                table = "objects" if old.type == RecordType.OBJECT else "records"
                connection.execute(
                    f"UPDATE {table} SET pack = ?, offset = ? WHERE pack = ? AND offset = ?",
                    (batch.number(writer), new.offset, number, old.offset),
                )
            if value(connection, "SELECT 1 FROM scrubs WHERE pack = ?", number):
                tx.erases()  # done only when the file is gone, which comes after the commit
                connection.execute("DELETE FROM scrubs WHERE pack = ?", (number,))
            connection.execute("DELETE FROM packs WHERE number = ?", (number,))
    finally:
        batch.close()
    store.packs.forget(number)
    path = packs.path_of(store.packs.path, pack)
    done.freed += path.stat().st_size if path.exists() else 0
    done.repacked += 1
    store.disk.unlink(path, missing_ok=True)
    store.disk.sync_dir(store.packs.path)


def _living(store: Store, number: int) -> Iterator[tuple[Record, bytes]]:
    """The records of a pack that count, with their stored bytes, each proved.

    Raises CorruptError for what cannot be read, too.
    """
    statement = """
        SELECT 1, compressed, length, stored, id, offset FROM objects WHERE pack = ?1
        UNION ALL
        SELECT type, compressed, length, stored, id, offset FROM records WHERE pack = ?1
        ORDER BY 6"""
    for type, compressed, *rest in rows(store.connection, statement, number):
        record = Record(type, bool(compressed), *rest)
        try:
            stored = store.packs.file(number).read(record.offset + packs.RECORD_HEAD, record.stored)
        except DiskError as error:
            raise CorruptError(error.message) from error
        packs.open_bytes(record, stored)
        yield record, stored


def _sweep_temporary(store: Store, now: int) -> None:
    """Remove what `write_atomic` left when it was killed, a day later."""
    for folder in (store.path, store.path / "quarantine"):
        for path in folder.glob(".*.tmp"):
            with suppress(FileNotFoundError):  # another process has just given it its name
                if path.lstat().st_mtime < now - _OLD_TEMPORARY:
                    store.disk.unlink(path)
