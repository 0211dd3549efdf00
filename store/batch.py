"""The one write protocol.

 1. Stage: hash and compress, outside every lock but the shared gc lock, which keeps gc from
    sweeping what is being added.
 2. Append records to this process's own pack, header before bytes.
 3. fdatasync the packs written to (a new pack's name was synced when it was begun).
 4. One SQLite transaction: index rows, and the caller's events, slots and references. Its
    COMMIT is the only commit point: before it nothing has happened, after it everything is
    durable.

A crash before 4 leaves bytes in a pack that nothing names: a tail (see `pack_folder`).
An error in 3 or in the COMMIT ends the batch: whether the bytes reached the disk is unknown,
so they are never built upon.

Small single objects (all of a transaction's together at most 256 KiB, none over 16 KiB) are
rows of hearth.db instead, which costs one sync in place of two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import apsw
from blake3 import blake3

from hearth.store import budget, files, ids, packs
from hearth.store.chunking import Readable
from hearth.store.database import one, rows, translated, value
from hearth.store.locks import Lock
from hearth.store.manifest import MAX_OBJECT, TooLargeError
from hearth.store.packs import Record, RecordType, Writer
from hearth.store.staging import Data, Packed, Staging

if TYPE_CHECKING:
    from hearth.store.store import Store

_INSERT: Final = (
    "INSERT INTO objects (id, length, manifest, compressed, stored, pack, offset, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET condemned_at = NULL"
)
_ROW: Final = (
    "SELECT id, length, compressed, data FROM objects WHERE number = ? AND data IS NOT NULL"
)
_SEALED: Final = 64 << 20
"""Bytes of rows that are moved into packs in one transaction."""


class Transaction:
    """The open transaction of a batch. `connection` is for the caller's own rows."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection
        self._after: list[Callable[[], None]] = []
        self._erases = False

    def set_ref(self, name: str, id: bytes) -> None:
        """Point a name at an object: gc keeps it and all it needs. Replaces an older one."""
        self.connection.execute(
            "INSERT INTO refs VALUES (?, ?) ON CONFLICT DO UPDATE SET id = excluded.id", (name, id)
        )
        self.touch((id,))

    def drop_ref(self, name: str) -> None:
        """Take a name away; nothing happens if there is none."""
        self.connection.execute("DELETE FROM refs WHERE name = ?", (name,))

    def touch(self, referenced: Iterable[bytes]) -> None:
        """Clear gc's mark of these objects: they are referenced (again)."""
        self.connection.executemany(
            "UPDATE objects SET condemned_at = NULL WHERE id = ? AND condemned_at IS NOT NULL",
            ((id,) for id in referenced),
        )

    def erase_record(self, type: int, id: bytes) -> None:
        """Forget a record and overwrite its bytes in the pack, after the commit.

        The overwriting is part of the promise: what a crash leaves undone, the next writer
        does (`scrub`). Nothing happens if there is no such record.
        """
        self.connection.execute(
            "INSERT OR IGNORE INTO scrubs SELECT pack, offset + ?, stored FROM records"
            " WHERE type = ? AND id = ?",
            (packs.RECORD_HEAD, type, id),
        )
        self.connection.execute("DELETE FROM records WHERE type = ? AND id = ?", (type, id))
        self.erases()

    def scrub_record(self, record: Record, pack: int) -> None:
        """Have a second copy of a record overwritten: erasing must find the only one."""
        self.connection.execute(
            "INSERT OR IGNORE INTO scrubs VALUES (?, ?, ?)",
            (pack, record.offset + packs.RECORD_HEAD, record.stored),
        )
        self.erases()

    def erases(self) -> None:
        """Say that rows erased here must be gone from the WAL too, once committed."""
        if not self._erases:  # a row of our own: somebody else may be finishing his just now
            number = int.from_bytes(os.urandom(6), "big")
            self.connection.execute("INSERT OR IGNORE INTO scrubs VALUES (0, ?, 0)", (number,))
        self._erases = True

    def set_meta(self, key: str, value: bytes | int | str) -> None:
        """Note a fact about this hearth under a key; `Store.meta` reads the last one noted."""
        self.connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def drop_meta(self, key: str) -> None:
        """Forget a fact about this hearth; nothing happens if it was not noted."""
        self.connection.execute("DELETE FROM meta WHERE key = ?", (key,))

    def went_on(self) -> None:
        """Say that a new device goes on, where the old one must not (`Store.rebuilt`)."""
        self.drop_meta("rebuilt")

    def must_not_go_on(self) -> None:
        """Say that this device must not write on: somebody holds events of it that were not here.

        A backup was restored, or a disk copied: writing on could fork its chains. Stays said
        until a new device goes on.
        """
        self.connection.execute(
            "INSERT OR IGNORE INTO meta SELECT 'rebuilt', coalesce(max(arrival), 0) FROM events"
        )

    def after_commit(self, action: Callable[[], None]) -> None:
        """Have something done once everything is durable."""
        self._after.append(action)


class Batch:
    """Objects being added together. Get one from `Store.batch`; not for several threads.

    What has been put counts only once a `transaction` has committed; leaving the batch
    without one drops it.
    """

    def __init__(self, store: Store, lock: Lock | None, avoid: Collection[int] = ()) -> None:
        self._store = store
        self._connection = store.connection
        self._lock = lock
        self._staging = Staging(store, avoid)

    def put(self, data: Data, id: bytes | None = None) -> ids.ObjectId:
        """Stage an object of at most 4 MiB and return its id. Raises `TooLargeError`.

        `id` is for those who have just hashed it. Writes nothing if the object is here already
        and whole. Not inside a transaction: it counts with the next one.
        """
        self._before_transaction()
        if len(data) > MAX_OBJECT:
            raise TooLargeError(f"an object of {len(data)} bytes is over the limit of 4 MiB")
        id = id or blake3(data).digest()
        self._staging.add(id, data)
        return id

    def put_file(self, file: Readable) -> ids.ObjectId:
        """Stage a file of any size, read to its end once; its object's or manifest's id."""
        return files.put_file(file, self.put)

    def put_record(self, type: RecordType, data: bytes) -> bytes:
        """Stage a record that is no object (a segment, a payload), always in a pack; its id."""
        if len(data) > MAX_OBJECT:
            raise TooLargeError(f"a record of {len(data)} bytes is over the limit of 4 MiB")
        self._before_transaction()
        return self._staging.add_record(type, data)

    def seal_rows(self) -> int:
        """Move objects that are rows of the database into a pack, about 64 MiB of them.

        After this they survive the loss of the database. Returns how many were moved.
        """
        left = _SEALED
        for number, size in rows(
            self._connection,
            "SELECT number, stored FROM objects WHERE data IS NOT NULL"
            " AND id NOT IN (SELECT id FROM damaged) LIMIT 10000",
        ):
            if left <= 0:
                break
            left -= size
            found = one(self._connection, _ROW, number)
            if found is not None:  # else another process has just moved it
                id, length, compressed, stored = found
                record = Record(RecordType.OBJECT, bool(compressed), length, size, id, 0)
                self._staging.moved.append(self._staging.move(record, stored))
        return len(self._staging.moved)

    def move(self, record: Record, stored: bytes) -> Packed:
        """Append a record of another pack as it is: for gc, which indexes it itself."""
        return self._staging.move(record, stored)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Make everything put so far durable, together with what the block adds to it.

        All of it counts when the block has been left, or none after an exception: one that the
        block raises leaves what was put staged for another transaction; a disk that fails
        ends the batch.
        """
        staging = self._staging
        if staging.broken:
            raise RuntimeError("this batch has failed")
        if self._connection.in_transaction:
            raise RuntimeError("a transaction is open already")
        staging.settle()
        budget.check(self._store, staging.size())
        staging.sync()
        with self._store.write_lock(), translated():
            self._connection.execute("BEGIN IMMEDIATE")
            transaction = Transaction(self._connection)
            staging.named = True
            try:
                self._index(transaction)
                yield transaction
            except BaseException:
                self._rollback()
                raise
            try:
                self._connection.execute("COMMIT")
            except BaseException:
                staging.broken = True
                self._rollback()
                raise
        staging.committed()
        for action in transaction._after:
            action()
        if transaction._erases:
            self._store.scrub([writer.pack for writer in staging.writers])

    def close(self) -> None:
        """Drop what has not been committed and let go of pack and lock."""
        self._staging.close()
        if self._lock is not None:
            self._lock.release()

    def number(self, writer: Writer) -> int:
        """The number of the pack being written, inside the transaction that names it."""
        number: int = value(self._connection, "SELECT number FROM packs WHERE id = ?", writer.pack)
        return number

    def _before_transaction(self) -> None:
        """What is put inside a transaction would miss it and be dropped by its end."""
        if self._connection.in_transaction:
            raise RuntimeError("objects are put before the transaction that commits them")

    def _index(self, transaction: Transaction) -> None:
        """The index rows of everything staged."""
        staging = self._staging
        numbers = {}
        for writer in staging.writers:
            self._connection.execute(
                "INSERT INTO packs (id, end) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET end = excluded.end",
                (writer.pack, writer.end),
            )
            numbers[writer] = self.number(writer)
        self._heal(transaction)
        for packed in staging.records.values():
            if not self._index_record(packed, numbers[packed.writer]):
                transaction.scrub_record(packed.record, numbers[packed.writer])
        self._connection.executemany(_INSERT, self._object_rows(numbers))
        self._connection.executemany(
            "UPDATE objects SET pack = ?, offset = ?, data = NULL"
            " WHERE id = ? AND data IS NOT NULL",
            ((numbers[writer], r.offset, r.id) for writer, r, _ in staging.moved),
        )
        condemned = "SELECT 1 FROM objects WHERE condemned_at IS NOT NULL LIMIT 1"
        if staging.known and value(self._connection, condemned):
            transaction.touch(staging.known)

    def _object_rows(self, numbers: dict[Writer, int]) -> Iterator[tuple[object, ...]]:
        for id, length, is_manifest, (compressed, stored) in self._staging.rows():
            yield id, length, is_manifest, compressed, len(stored), None, None, stored
        for id, (writer, r, is_manifest) in self._staging.packed.items():
            number = numbers[writer]
            yield id, r.length, is_manifest, r.compressed, r.stored, number, r.offset, None

    def _index_record(self, packed: Packed, number: int) -> bool:
        """False if somebody else has committed the same record meanwhile."""
        r = packed.record
        self._connection.execute(
            "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?, ?, ?)",
            (r.type, r.id, r.length, int(r.compressed), r.stored, number, r.offset),
        )
        return bool(self._connection.changes())

    def _heal(self, transaction: Transaction) -> None:
        """Objects and records that were damaged give way to the ones just put."""
        execute = self._connection.execute
        for id, type in rows(self._connection, "SELECT id, type FROM damaged"):
            if type == RecordType.OBJECT and id in self._staging:
                execute("DELETE FROM objects WHERE id = ?", (id,))
            elif (type, id) in self._staging.records:
                transaction.erase_record(type, id)
            else:
                continue
            execute("DELETE FROM damaged WHERE id = ?", (id,))

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            with suppress(apsw.Error):
                self._connection.execute("ROLLBACK")
