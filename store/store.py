"""The store: objects, named references, and the doors to everything else on disk.

.hearth/
    hearth.db        the truth: which objects count, where they lie, events, references
    packs/*.hpk      objects over 16 KiB, event segments, payloads
    quarantine/      damaged bytes, for curiosity
    lock.gc          shared by writers, exclusive for gc's sweep
    lock.backup      shared by who overwrites erased bytes, exclusive for a backup
    reserve          4 MiB of nothing, given up to make room on a full disk (`reserve`)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hearth.store import database, reserve
from hearth.store.database import each, rows, translated, value
from hearth.store.disk import Disk, DiskError, typed_errors
from hearth.store.errors import Exit, HearthError, LockedError, NoSpaceError
from hearth.store.ids import ObjectId
from hearth.store.locks import PATIENCE, Lock
from hearth.store.objects import Objects
from hearth.store.pack_folder import PackFolder
from hearth.store.packs import RecordType

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Batch
    from hearth.store.chunking import Readable
    from hearth.store.log import Log
    from hearth.store.slots import Slots

GC_LOCK: Final = "lock.gc"
T = TypeVar("T")
_WRITE_LOCK: Final = "lock.write"
_STILL_LOCK: Final = "lock.backup"


class AlreadyThereError(HearthError, code="already-there"):
    """There is a store in this directory already."""


class MovedError(HearthError, code="hearth-moved", exit_code=Exit.NO_HEARTH):
    """The hearth was moved, or deleted, while this process had it open (exit 10)."""


class ReplacedError(LockedError, code="replaced"):
    """A repair has replaced hearth.db while this process had it open (exit 11)."""


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file hearth.db is now; None if there is none. Raises DiskError."""
    file = path / database.NAME
    try:
        with typed_errors(file, "look at"):
            found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class Store:
    """An open store; a context manager. One thread at a time.

    Several processes may have the same store open, reading and writing. `connection` is for
    reading (`apsw`); writing goes through `batch`.
    """

    def __init__(
        self, path: Path, disk: Disk, connection: apsw.Connection, *, read_only: bool
    ) -> None:
        self.path = path
        self.disk = disk
        self.read_only = read_only
        self.connection = connection
        self.budget: int | None = None
        """Bytes that database and packs may take up; adding more raises `OverBudgetError`."""
        self.packs = PackFolder(path / "packs", disk, connection)
        self.objects = Objects(connection, self.packs, path / "quarantine", disk)
        self._file = _identity(path)
        self._spent = False
        self._log: Log | None = None
        self._slots: Slots | None = None

    @classmethod
    def exists(cls, path: Path) -> bool:
        """Whether a store has been made here, whole or not."""
        return (path / database.NAME).exists() or (path / "packs").exists()

    @classmethod
    def create(cls, path: Path, disk: Disk | None = None, *, now: int) -> Store:
        """Make a store in the directory `path` (made too, if missing) and open it.

        Durable when it returns. Creation that was cut off is finished by calling it again.
        Raises `AlreadyThereError`, `DiskError`, `NoSpaceError`, and `DatabaseDamagedError` where
        there are packs without a database.
        """
        disk = disk or Disk()
        for folder in (path, path / "packs", path / "quarantine"):
            with suppress(FileExistsError):
                disk.mkdir(folder)
        file = path / database.NAME
        if any((path / "packs").iterdir()) and not (file.exists() and file.stat().st_size):
            raise database.missing(file)
        connection = database.create(file, disk)
        store = cls(path, disk, connection, read_only=False)
        try:
            if store.meta("created") is not None:
                raise AlreadyThereError(f'there is a hearth in "{path}" already')
            reserve.keep(path, disk)
            disk.sync_dir(path)
            with translated(path), database.transaction(connection):
                store._set_meta("created", now)
                store._set_meta("epoch", os.urandom(16))
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def open(cls, path: Path, disk: Disk | None = None, *, read_only: bool = False) -> Store:
        """Open the store in the directory `path`.

        On a disk that is full to its last bytes it lends itself a little of the reserve.
        Raises `DatabaseDamagedError` (missing or damaged: `fsck --repair`), `NewerFormatError`,
        `LockedError`, `DiskError`, `NoSpaceError`.
        """
        disk, lent = disk or Disk(), False
        try:
            connection = database.connect(path / database.NAME, disk, read_only=read_only)
        except NoSpaceError:
            if not (lent := reserve.lend(path, disk)):
                raise
            connection = database.connect(path / database.NAME, disk, read_only=read_only)
        store = cls(path, disk, connection, read_only=read_only)
        store._spent = lent
        try:
            if not read_only and store._unscrubbed():
                store.scrub()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close. What was committed is safe whether or not this is ever called."""
        self.packs.close()
        with suppress(HearthError), translated(self.path):
            self.connection.close()
        if self._spent:
            with suppress(HearthError):
                reserve.keep(self.path, self.disk)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def get(self, id: ObjectId) -> bytes:
        """The bytes of one object, proved by their hash.

        Raises `MissingObject`; `DamagedObjectError`, after which the id is on the want-list.
        """
        return self.objects.get(id)

    def has(self, id: ObjectId) -> bool:
        """Whether the object is here and not known to be damaged. Reads no bytes of it."""
        return self.objects.has(id)

    def has_file(self, id: ObjectId) -> bool:
        """Whether all of a file is here and not known to be damaged: the object itself, or its
        manifest and every chunk. Adding a file again need only be skipped if it is."""
        return self.objects.has_file(id)

    def open_file(self, id: ObjectId) -> Iterator[bytes]:
        """A file's bytes in pieces of at most 4 MiB: a manifest is followed."""
        return self.objects.read(id)

    def read_file(self, id: ObjectId) -> bytes:
        """A file's bytes at once: only for files known to be small enough."""
        return b"".join(self.objects.read(id))

    def read_record(self, type: RecordType, id: bytes) -> bytes:
        """The bytes of an event segment or payload that lies in a pack."""
        return self.objects.read_record(type, id)

    def record_ids(self, type: RecordType) -> Iterator[bytes]:
        """The ids of all segments or payloads in packs, in the order they were written."""
        statement = "SELECT id FROM records WHERE type = ? ORDER BY pack, offset"
        with translated():
            for (id,) in each(self.connection, statement, type):
                yield id

    def resolve(self, prefix: str) -> ObjectId:
        """The one object whose id begins with these digits; `AmbiguousId`, `UnknownId`."""
        return self.objects.resolve(prefix)

    def ref(self, name: str) -> ObjectId | None:
        """What a name points at."""
        with translated():
            id: bytes | None = value(self.connection, "SELECT id FROM refs WHERE name = ?", name)
        return id

    def refs(self, prefix: str = "") -> dict[str, ObjectId]:
        """All names that begin with `prefix`, and what they point at."""
        with translated():
            statement = "SELECT name, id FROM refs WHERE substr(name, 1, ?) = ? ORDER BY name"
            return dict(rows(self.connection, statement, len(prefix), prefix))

    def wanted(self) -> list[ObjectId]:
        """Objects that were here and are damaged: to be asked for from every peer."""
        with translated():
            wanted = rows(self.connection, "SELECT id FROM damaged WHERE type = 1")
        return [id for (id,) in wanted]

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Add objects, events and references together: see `Batch`.

        Keeps gc from sweeping meanwhile. Raises `LockedError` if gc is sweeping for more than
        ten seconds, `DiskError` for a store opened read-only.
        """
        if self.read_only:
            raise DiskError(f'"{self.path}" was opened for reading only')
        from hearth.store.batch import Batch

        with self.gc_lock(exclusive=False) as lock:
            batch = Batch(self, lock)
            try:
                with translated(self.path):
                    yield batch
            finally:
                batch.close()

    def put(self, data: bytes) -> ObjectId:
        """Add one object and commit it."""
        with self.batch() as batch:
            id = batch.put(data)
            with batch.transaction():
                pass
        return id

    def put_file(self, file: Readable) -> ObjectId:
        """Add one file and commit it."""
        with self.batch() as batch:
            id = batch.put_file(file)
            with batch.transaction():
                pass
        return id

    def seal(self, at_least: int = 1) -> int:
        """Write what only the database holds to packs as well, so that it survives its loss.

        Events, if they are `at_least` so many, and small objects along with them. To be called
        outside a batch, at the end of bulk work and by gc. Returns how many events it were;
        killed anywhere, nothing is lost.
        """
        sealed = self.log.seal(at_least)
        moved = sealed or at_least <= 1
        while moved:
            with self.batch() as batch:
                moved = batch.seal_rows()
                if moved:
                    with batch.transaction():
                        pass
        return sealed

    def gc_lock(self, *, exclusive: bool, patience: float = PATIENCE) -> Lock:
        """The lock between writers (shared) and gc's sweep (exclusive).

        Raises `LockedError`, and what `check_place` raises.
        """
        try:
            lock = Lock.take(self.disk, self.path / GC_LOCK, exclusive=exclusive, patience=patience)
        except FileNotFoundError:
            self.check_place()
            raise
        try:
            self.check_place()
        except BaseException:
            lock.release()
            raise
        return lock

    def check_place(self) -> None:
        """Raise `ReplacedError` if a repair has put another database in the place of the one that
        is open, as what is written into the old one would be lost; `MovedError` if there is none
        any more; and `DiskError` where the disk does not say."""
        there = _identity(self.path)
        if there is None:
            raise MovedError(
                f'the hearth in "{self.path}" is not there any more: moved, or deleted',
                "start this command again where it is now: hearth --hearth DIR …",
            )
        if there != self._file:
            raise ReplacedError(
                f'the database in "{self.path}" has been replaced since it was opened',
                "start this command again",
            )

    def write_lock(self) -> Lock:
        """Held around each transaction of a batch, so that waiting in vain names the holder."""
        return Lock.take(self.disk, self.path / _WRITE_LOCK, exclusive=True)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Meanwhile what packs hold stays where and as it is, whatever is committed.

        What is erased meanwhile is overwritten at the end. Raises `LockedError` while another
        backup is being made, or gc is sweeping.
        """
        with (
            self.gc_lock(exclusive=False),
            Lock.take(self.disk, self.path / _STILL_LOCK, exclusive=True),
        ):
            yield
        if self._unscrubbed():
            self.scrub()

    def stirring(self) -> Lock:
        """Held while erased bytes are overwritten. Raises `LockedError` at once during `still`."""
        return Lock.take(self.disk, self.path / _STILL_LOCK, exclusive=False, patience=0.0)

    def meta(self, key: str) -> Any:
        """A fact about the store itself (`created`, `epoch`, `rebuilt`); None if not set."""
        with translated(self.path):
            return value(self.connection, "SELECT value FROM meta WHERE key = ?", key)

    @property
    def replaced(self) -> bool:
        """Whether a repair has put another database in the place of the one that is open."""
        return _identity(self.path) != self._file

    @property
    def rebuilt(self) -> bool:
        """Whether this device must not write on, and no new one has gone on yet.

        Because a repair may have lost its newest events, or because events of it have come from
        outside that were not here.
        """
        return self.meta("rebuilt") is not None

    def scrub(self, own: Collection[bytes] = ()) -> None:
        """Finish erasing: overwrite erased payloads in packs, empty the WAL.

        Done after every commit that erases, and at opening for what a crash left undone.
        What cannot be done now (a disk error, a reader in the way, another process that is
        writing, be it a copy) stays on the list. `own` are packs the caller goes on appending to.
        """
        from hearth.store.scrub import scrub

        scrub(self, own)

    def clear_quarantine(self) -> None:
        """Remove what is kept for curiosity: copies of damaged bytes, and replaced databases."""
        with suppress(FileNotFoundError):
            for path in list((self.path / "quarantine").iterdir()):
                if not path.is_dir():
                    self.disk.unlink(path, missing_ok=True)

    @property
    def log(self) -> Log:
        """The event log."""
        if self._log is None:
            from hearth.store.log import Log

            self._log = Log(self)
        return self._log

    @property
    def slots(self) -> Slots:
        """The slots."""
        if self._slots is None:
            from hearth.store.slots import Slots

            self._slots = Slots(self)
        return self._slots

    def _set_meta(self, key: str, content: Any) -> None:
        self.connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (key, content),
        )

    def _unscrubbed(self) -> bool:
        with translated(self.path):
            return bool(value(self.connection, "SELECT 1 FROM scrubs LIMIT 1"))

    def with_reserve(self, work: Callable[[], T]) -> T:
        """Do work that leads to more room; on a full disk once more, with the reserve given up.

        Closing keeps it back again, as far as there is room. Raises `NoSpaceError` if even that
        was not enough.
        """
        try:
            return work()
        except NoSpaceError:
            self._spend_reserve()
            return work()

    def _spend_reserve(self) -> None:
        self._spent = True
        reserve.give_up(self.path, self.disk)
