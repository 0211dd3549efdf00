"""What a batch has put and not yet committed.

Objects wait in a group of about 1 MiB. When it is full, those that are here already drop out
(one query for all of them), and another thread compresses and appends the rest while the next
group is being read and hashed. One group is under way at most, nothing else touches the packs
meanwhile, and that thread never touches the database. If a transaction comes while nothing has
been appended yet and the group is small, its objects become rows of the database instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import apsw

from hearth.store import ids, manifest, memory, packs
from hearth.store.compress import Compressor
from hearth.store.database import rows
from hearth.store.disk import DiskError, SyncFailedError
from hearth.store.errors import NoSpaceError
from hearth.store.packs import Record, RecordType, Writer

if TYPE_CHECKING:
    from concurrent.futures import Future

    from hearth.store.beside import Beside
    from hearth.store.store import Store

ROW_OBJECT: Final = 16 << 10
"""Bytes of an object that may become a row of the database."""
ROW_BATCH: Final = 256 << 10
"""Bytes that may become rows in one transaction."""
_GROUP: Final = 1 << 20
_GROUP_OBJECTS: Final = 500

Data = bytes | memoryview
Squeezed = tuple[bool, Data]
"""Whether it is compressed, and the bytes to store."""


class Packed(NamedTuple):
    """A record that has been appended to a pack."""

    writer: Writer
    record: Record
    manifest: bool = False


class Staging:
    """The objects and records of one batch that are still to be committed."""

    def __init__(self, store: Store, avoid: Collection[int]) -> None:
        self.packed: dict[bytes, Packed] = {}
        self.records: dict[tuple[int, bytes], Packed] = {}
        self.moved: list[Packed] = []
        self.known: set[bytes] = set()
        """Ids that were put and are here already."""
        self.writers: list[Writer] = []
        self.broken = False
        """A write or sync has failed: what reached the disk is unknown."""
        self.named = False
        """A transaction has been begun that names what was appended."""
        self._full = False
        self._store = store
        self._avoid = avoid
        self._group: dict[bytes, Data] = {}
        self._bytes = 0
        self._flight: dict[bytes, Data] = {}
        """The group under way in the other thread, and what will come of it."""
        self._landing: Future[dict[bytes, Packed]] | None = None
        self._pool: Beside | None = None
        self._compressor = Compressor()
        self._beside = Compressor()

    def add(self, id: bytes, data: Data) -> None:
        """Stage an object, unless it has been already."""
        if id in self._group or id in self._flight or id in self.packed or id in self.known:
            return
        self._group[id] = data
        self._bytes += len(data)
        if self._bytes >= _GROUP or len(self._group) >= _GROUP_OBJECTS:
            self._send()

    def add_record(self, type: RecordType, data: bytes) -> bytes:
        """Append a record, unless it is here already and whole; its id."""
        id = ids.of(data)
        if (type, id) in self.records or self._has(type, id):
            return id
        compressed, stored = self._compressor(data)
        self._land()
        with self._breaking():
            writer = self._writer()
            record = writer.append(type, id, compressed, len(data), stored)
        self.records[type, id] = Packed(writer, record)
        return id

    def move(self, record: Record, stored: bytes) -> Packed:
        """Append a record as it is stored already."""
        self._land()
        with self._breaking():
            writer = self._writer()
            return Packed(
                writer,
                writer.append(record.type, record.id, record.compressed, record.length, stored),
            )

    def settle(self) -> None:
        """Decide what becomes a row, and append everything else."""
        self._drop_known()
        if self._flight or self.packed or not self._small():
            self._send()
            self._land()

    def rows(self) -> Iterator[tuple[bytes, int, bool, Squeezed]]:
        """After `settle`: the objects that become rows: id, length, manifest?, what to store."""
        for id, data in self._group.items():
            is_manifest = manifest.decode(data) is not None
            yield id, len(data), is_manifest, self._compressor(data)

    def size(self) -> int:
        """Bytes that committing now would add."""
        appended = (*self.packed.values(), *self.records.values())
        return self._bytes + sum(packed.record.end - packed.record.offset for packed in appended)

    def __contains__(self, id: object) -> bool:
        return id in self._group or id in self.packed

    def sync(self) -> None:
        """Make everything appended durable. A pack whose sync fails is suspect from then on."""
        with self._breaking():
            for writer in self.writers:
                writer.sync()

    def committed(self) -> None:
        """Everything staged is durable and indexed."""
        self.known = set()  # what is put again is found in the database
        self.named = False
        self._group, self._bytes = {}, 0
        self.packed, self.records, self.moved = {}, {}, []
        for writer in self.writers[:-1]:
            writer.close()
        self.writers = self.writers[-1:]
        for writer in self.writers:
            writer.committed = writer.end

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        for writer in self.writers:
            if self._full and not self.named:  # else nobody could open the database any more
                with suppress(DiskError, NoSpaceError):
                    writer.cut_back()
            writer.close()
        self.writers = []

    def _has(self, type: RecordType, id: bytes) -> bool:
        return bool(
            rows(
                self._store.connection,
                "SELECT 1 FROM records WHERE type = ?1 AND id = ?2"
                " AND NOT EXISTS (SELECT 1 FROM damaged WHERE id = ?2)",
                type,
                id,
            )
        )

    def _small(self) -> bool:
        return self._bytes <= ROW_BATCH and all(
            len(data) <= ROW_OBJECT for data in self._group.values()
        )

    def _drop_known(self) -> None:
        """Take what is here already, and whole, out of the group."""
        connection = self._store.connection
        group = list(self._group)
        here = {
            id
            for at in range(0, len(group), _GROUP_OBJECTS)
            for id in _found(connection, group[at : at + _GROUP_OBJECTS])
        }
        if here:
            here.difference_update(id for (id,) in rows(connection, "SELECT id FROM damaged"))
        for id in here:
            self._bytes -= len(self._group.pop(id))
        self.known.update(here)

    def _send(self) -> None:
        """Have the group appended beside us, once the one before it has been."""
        self._drop_known()
        group, self._group, self._bytes = self._group, {}, 0
        self._land()
        if not group:
            return
        if self._pool is None:
            from hearth.store.beside import Beside

            memory.keep()
            self._pool = Beside()
        with self._breaking():
            self._writer()  # claiming a pack asks the database: in this thread
        self._flight = group
        self._landing = self._pool.submit(self._append, group)

    def _append(self, group: dict[bytes, Data]) -> dict[bytes, Packed]:
        """Compress and append a group. Runs in the other thread."""
        packed = {}
        for id, data in group.items():
            compressed, stored = self._beside(data)
            writer = self._writer()
            record = writer.append(RecordType.OBJECT, id, compressed, len(data), stored)
            packed[id] = Packed(writer, record, manifest.decode(data) is not None)
        return packed

    def _land(self) -> None:
        """Wait for the group under way."""
        if self._landing is not None:
            landing, self._landing = self._landing, None
            self._flight = {}
            with self._breaking():
                self.packed.update(landing.result())

    def _writer(self) -> Writer:
        if not self.writers:
            self.writers.append(self._store.packs.claim(self._avoid))
        elif self.writers[-1].end >= packs.FULL:
            self.writers[-1].flush()
            self.writers.append(self._store.packs.begin())
        return self.writers[-1]

    @contextmanager
    def _breaking(self) -> Iterator[None]:
        """Whatever fails in here, what is on the disk is unknown from then on."""
        if self.broken:
            raise RuntimeError("this batch has failed")
        try:
            yield
        except SyncFailedError:
            self.broken = True
            with suppress(apsw.Error):
                self._store.connection.executemany(
                    "UPDATE packs SET suspect = 1 WHERE id = ?",
                    [(writer.pack,) for writer in self.writers],
                )
            raise
        except BaseException as error:
            self.broken = True
            self._full = self._full or isinstance(error, NoSpaceError)
            raise


def _found(connection: apsw.Connection, some: list[bytes]) -> Iterator[bytes]:
    marks = ",".join("?" * len(some))
    for (id,) in rows(connection, f"SELECT id FROM objects WHERE id IN ({marks})", *some):
        yield id
