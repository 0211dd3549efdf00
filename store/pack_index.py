"""The index of packs, made from the packs alone: every record is found, and proved by its hash.

A payload of zeros was erased. Of two copies of one record the first counts; of a payload the other
one is overwritten, as erasing must find the only one. What the disk does not give is no record, and
noted, so that it is asked for again (`unread`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from hearth.store import manifest, packs, unread
from hearth.store.batch import Transaction
from hearth.store.database import one, rows, transaction
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError
from hearth.store.fsck import Finding, Progress
from hearth.store.packs import Damage, Record, RecordType

if TYPE_CHECKING:
    import apsw

    from hearth.store.pack_folder import PackFolder
    from hearth.store.repair import Repaired

_OBJECT: Final = (
    "INSERT OR IGNORE INTO objects (id, length, manifest, compressed, stored, pack, offset)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_RECORD: Final = "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?, ?, ?)"


def make(
    folder: PackFolder, connection: apsw.Connection, done: Repaired, progress: Progress | None
) -> None:
    """Index every record of every pack."""
    names = folder.names()
    sizes = {pack: path.stat().st_size for pack, path in names.items()}
    before = 0
    for pack in sorted(names, key=lambda pack: names[pack].stat().st_mtime_ns):
        if sizes[pack] <= packs.HEAD:
            continue  # begun, never written to: gc removes it
        with transaction(connection):
            connection.execute("INSERT INTO packs (id, end) VALUES (?, ?)", (pack, sizes[pack]))
            number = connection.last_insert_rowid()
            for at in index_pack(folder, connection, pack, number, done):
                if progress is not None:
                    progress(before + at, sum(sizes.values()))
        before += sizes[pack]
        done.packs += 1


def index_pack(
    folder: PackFolder, connection: apsw.Connection, pack: bytes, number: int, done: Repaired
) -> Iterator[int]:
    """Index those records of one pack that are not indexed yet; yields how far it has come."""
    try:
        file = folder.open(pack)
    except DiskError:
        end = one(connection, "SELECT end FROM packs WHERE number = ?", number)[0]
        done.unread.append(unread.Stretch(number, 0, end))
        return
    with file:
        for item in packs.scan(file, pack):
            if isinstance(item, Damage):
                if item.unread:
                    done.unread.append(unread.Stretch(number, item.offset, item.end, item.record))
                _note_damage(connection, item, f"pack {number}", done)
                continue
            record, stored = item
            try:
                data = packs.open_bytes(record, stored)
            except CorruptError as error:
                if record.type == RecordType.OBJECT or any(stored):  # zeros: erased
                    damage = Damage(record.offset, record.end, record)
                    _note_damage(connection, damage, f"pack {number}", done, error.message)
                continue
            if record.type == RecordType.OBJECT:
                connection.execute(_OBJECT, _object_row(record, number, data))
                done.objects += connection.changes()
            else:
                connection.execute(_RECORD, _record_row(record, number))
                if record.type == RecordType.PAYLOAD and not connection.changes():
                    _erase_copy(connection, record, number)
                elif record.type == RecordType.SEGMENT:
                    done.segments += connection.changes()
                elif record.type == RecordType.PAYLOAD:
                    done.payloads += connection.changes()
            connection.execute("DELETE FROM damaged WHERE id = ?", (record.id,))
            yield record.end


def _erase_copy(connection: apsw.Connection, record: Record, number: int) -> None:
    """Overwrite a payload that lies here a second time."""
    statement = "SELECT pack, offset FROM records WHERE type = ? AND id = ?"
    if one(connection, statement, record.type, record.id) != (number, record.offset):
        Transaction(connection).scrub_record(record, number)


def _note_damage(
    connection: apsw.Connection, damage: Damage, place: str, done: Repaired, why: str = "cut short"
) -> None:
    record, why = damage.record, "cannot be read" if damage.unread else why
    if record is None:
        done.holes += 1
        return
    table = "objects" if record.type == RecordType.OBJECT else "records"
    if one(connection, f"SELECT 1 FROM {table} WHERE id = ?", record.id) is not None:
        return  # it lies whole elsewhere
    done.damaged.append(Finding(record.id, record.type, place, why, damage.unread))
    connection.execute(
        "INSERT OR IGNORE INTO damaged VALUES (?, ?, ?)",
        (record.id, record.type, f"{place}: {why}"),
    )


def forget_healed(connection: apsw.Connection, done: Repaired) -> None:
    """What lies damaged in one place and whole in another, later one is not damaged."""
    connection.execute("DELETE FROM damaged WHERE type = 1 AND id IN (SELECT id FROM objects)")
    still = {id for (id,) in rows(connection, "SELECT id FROM damaged")}
    done.damaged = [finding for finding in done.damaged if finding.id in still]


def point(connection: apsw.Connection, record: Record, number: int, data: bytes) -> None:
    """Have the index say that this record lies here."""
    connection.execute("DELETE FROM damaged WHERE id = ?", (record.id,))
    connection.execute("UPDATE packs SET end = max(end, ?) WHERE number = ?", (record.end, number))
    if record.type == RecordType.OBJECT:
        connection.execute("DELETE FROM objects WHERE id = ?", (record.id,))
        connection.execute(_OBJECT, _object_row(record, number, data))
    else:
        connection.execute(
            "DELETE FROM records WHERE type = ? AND id = ?", (record.type, record.id)
        )
        connection.execute(_RECORD, _record_row(record, number))


def _object_row(record: Record, number: int, data: bytes) -> tuple[Any, ...]:
    is_manifest = manifest.decode(data) is not None
    return (
        record.id,
        record.length,
        is_manifest,
        record.compressed,
        record.stored,
        number,
        record.offset,
    )


def _record_row(record: Record, number: int) -> tuple[Any, ...]:
    return (
        record.type,
        record.id,
        record.length,
        record.compressed,
        record.stored,
        number,
        record.offset,
    )
