"""Reading objects: found by the index, proved by their hash.

Nothing unproved leaves this module. Bytes that are not what their id says are copied to
quarantine, the id goes on the want-list (`damaged`), and the reader gets a
`DamagedObjectError`. The index row stays: if the disk only had a bad moment, the next whole
fsck takes the id off the list again; if not, whoever adds the object heals it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import apsw
from blake3 import blake3

from hearth.store import ids, manifest, memory, packs
from hearth.store.database import one, rows, translated, value
from hearth.store.disk import Disk, DiskError, is_unreadable
from hearth.store.errors import CorruptError, HearthError, NotFoundError
from hearth.store.pack_folder import PackFolder
from hearth.store.packs import Record, RecordType

if TYPE_CHECKING:
    from concurrent.futures import Future

_LOCATE: Final = (
    "SELECT length, manifest, compressed, stored, pack, offset, data FROM objects WHERE id = ?"
)
_LOCATE_RECORD: Final = (
    "SELECT length, compressed, stored, pack, offset FROM records WHERE type = ? AND id = ?"
)
_MAX_QUARANTINE: Final = 1000
"""Files in quarantine at most: they are for curiosity, the want-list is what heals."""
_MAX_QUARANTINED: Final = 64 << 20
"""Bytes in them: a dying disk must not fill itself with copies of its damage."""


class MissingObject(NotFoundError, code="missing-object"):
    """No such object here (exit 4)."""


class DamagedObjectError(CorruptError, code="damaged-object"):
    """The object is here, but its bytes are not what its hash says (exit 13)."""


class Place(NamedTuple):
    """Where stored bytes lie: in a pack, or (`pack` None) in the row's `data`."""

    record: Record
    pack: int | None
    data: bytes | None
    manifest: bool

    def words(self) -> str:
        return "hearth.db" if self.pack is None else f"pack {self.pack}"


class Objects:
    """Objects and records of one open store, for reading."""

    def __init__(
        self, connection: apsw.Connection, folder: PackFolder, quarantine: Path, disk: Disk
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._quarantine = quarantine
        self._disk = disk

    def has(self, id: bytes) -> bool:
        """Whether the object is here and not known to be damaged."""
        with translated():
            found = value(self._connection, "SELECT 1 FROM objects WHERE id = ?", id)
            return bool(found) and not self._is_damaged(id)

    def has_file(self, id: bytes) -> bool:
        """Whether the object is here and whole, and, if it is a manifest, all its chunks."""
        with translated():
            place = self.locate(RecordType.OBJECT, id)
            if place is None or self._is_damaged(id):
                return False
            if not place.manifest:
                return True
            try:
                found = manifest.decode(self.get(id))
            except HearthError:
                return False
            return found is not None and all(self.has(chunk) for chunk, _ in found.chunks)

    def get(self, id: bytes) -> bytes:
        """The bytes of an object, proved. Raises `MissingObject`, `DamagedObjectError`."""
        return self._read(RecordType.OBJECT, id)

    def ahead(self, ids: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Ids, and the bytes of these objects, proved. Raises as `get` does.

        While the caller is busy with one, another thread reads and hashes the next: neither holds
        up other threads, and whoever writes to a disk waits for it. At most two are in memory.
        """
        from hearth.store.beside import Beside

        memory.keep()
        with Beside() as beside:
            coming: deque[tuple[bytes, Future[bytes] | None]] = deque()
            for id in ids:
                reading = None
                with translated(), suppress(CorruptError, DiskError):  # `_arrived` looks again
                    place = self.locate(RecordType.OBJECT, id)
                    if place is not None and place.pack is not None:
                        file = self._folder.file(place.pack)
                        reading = beside.submit(packs.read_record, file, place.record)
                coming.append((id, reading))
                if len(coming) > 1:
                    yield self._arrived(*coming.popleft())
            while coming:
                yield self._arrived(*coming.popleft())

    def _arrived(self, id: bytes, coming: Future[bytes] | None) -> tuple[bytes, bytes]:
        """What was read ahead; if that failed, it is read again, as `get` does."""
        if coming is not None:
            with suppress(CorruptError, DiskError):
                return id, coming.result()
        return id, self.get(id)

    def read_record(self, type: RecordType, id: bytes) -> bytes:
        """The bytes of a segment or payload in a pack, proved. Raises as `get` does."""
        return self._read(type, id)

    def read(self, id: bytes) -> Iterator[bytes]:
        """The bytes of a file piece by piece: a manifest is followed, an object is itself.

        Each piece is proved before it is given; the whole file's hash at its end, where a
        manifest that lies about it raises `DamagedObjectError`.
        """
        data = self.get(id)
        found = manifest.decode(data)
        if found is None:
            yield data
            return
        whole = blake3()
        for chunk_id, length in found.chunks:
            chunk = self.get(chunk_id)
            if len(chunk) != length:
                raise DamagedObjectError(f'the manifest "{ids.short(id)}" states a wrong length')
            whole.update(chunk)
            yield chunk
        if whole.digest() != found.whole:
            raise DamagedObjectError(f'the manifest "{ids.short(id)}" is not of these chunks')

    def resolve(self, prefix: str) -> bytes:
        """The id of the one object that begins with these digits.

        Raises `MalformedId`, `UnknownId`, `AmbiguousId`.
        """
        parsed = ids.parse(prefix)
        if isinstance(parsed, bytes):
            low = high = parsed
        else:
            low, high = ids.bounds(parsed)
        with translated():
            between = "SELECT id FROM objects WHERE id BETWEEN ? AND ? LIMIT 4"
            found = rows(self._connection, between, low, high)
        return ids.choose(prefix, [id for (id,) in found])

    def locate(self, type: int, id: bytes) -> Place | None:
        """Where the index says the bytes lie."""
        if type == RecordType.OBJECT:
            row = one(self._connection, _LOCATE, id)
            if row is None:
                return None
            length, is_manifest, compressed, stored, pack, offset, data = row
        else:
            row = one(self._connection, _LOCATE_RECORD, type, id)
            if row is None:
                return None
            length, compressed, stored, pack, offset = row
            is_manifest, data = False, None
        record = Record(type, bool(compressed), length, stored, id, offset or 0)
        return Place(record, pack, data, bool(is_manifest))

    def read_place(self, place: Place) -> bytes:
        """The proved bytes at a place. Raises `CorruptError`, `DiskError`."""
        if place.pack is None:
            return packs.open_bytes(place.record, place.data or b"")
        return packs.read_record(self._folder.file(place.pack), place.record)

    def condemn(self, place: Place, why: str) -> None:
        """Put damaged bytes into quarantine and their id on the want-list, as far as possible."""
        record = place.record
        with suppress(HearthError, OSError):
            self._keep_bytes(place)
        with suppress(apsw.Error):
            self._connection.execute(
                "INSERT OR REPLACE INTO damaged VALUES (?, ?, ?)",
                (record.id, record.type, f"{place.words()}: {why}"),
            )

    def clear(self, id: bytes) -> None:
        """Take an id off the want-list: its bytes have been read and proved."""
        with suppress(apsw.Error):
            self._connection.execute("DELETE FROM damaged WHERE id = ?", (id,))

    def _read(self, type: int, id: bytes) -> bytes:
        with translated():
            place = self.locate(type, id)
            if place is None:
                raise self._missing(id)
            try:
                data = self.read_place(place)
            except (CorruptError, DiskError):
                data = self._read_again(type, place)
            return data

    def _read_again(self, type: int, place: Place) -> bytes:
        """A second look: gc may have moved the bytes between the index and the pack."""
        if place.pack is not None:
            self._folder.forget(place.pack)
        found = self.locate(type, place.record.id)
        if found is None:
            raise self._missing(place.record.id)
        try:
            return self.read_place(found)
        except DiskError as error:
            if is_unreadable(error):
                self.condemn(found, error.message)
            raise
        except CorruptError as error:
            self.condemn(found, error.message)
            raise DamagedObjectError(
                f'object "{ids.short(place.record.id)}" is damaged ({found.words()}:'
                f" {error.message})",
                "it is on the want-list now; adding it again, or a peer who has it, heals it",
            ) from error

    def _missing(self, id: bytes) -> MissingObject:
        return MissingObject(f'no object "{ids.short(id)}" here')

    def _is_damaged(self, id: bytes) -> bool:
        return bool(value(self._connection, "SELECT 1 FROM damaged WHERE id = ?", id))

    def _keep_bytes(self, place: Place) -> None:
        record = place.record
        if place.pack is None:
            stored = place.data or b""
        else:
            file = self._folder.file(place.pack)
            stored = file.read(record.offset + packs.RECORD_HEAD, record.stored)
        copies = (path for path in self._quarantine.iterdir() if not path.suffix)  # no database
        sizes = [path.stat().st_size for path in copies]
        if len(sizes) < _MAX_QUARANTINE and sum(sizes) + len(stored) <= _MAX_QUARANTINED:
            self._disk.write_atomic(self._quarantine / record.id.hex(), stored)
