"""What the disk does not give now, and may give again: unreadable is not absent.

Where the index is made anew from packs and a stretch of one cannot be read, nobody knows what lay
there: objects, or the events that say which objects are needed. So the pack is marked (`suspect` 2
in its row). While any pack is, gc removes nothing that seems unreferenced, no marked pack is ever
repacked or unlinked, and each repair reads it again and takes in what it has come to give. The mark
goes when all of it could be read, when what was there is here from elsewhere, or when a person
gives it up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store.database import one, rows
from hearth.store.packs import Record, RecordType

if TYPE_CHECKING:
    import apsw

UNREAD: Final = 2
"""In `packs.suspect`: a part of it could not be read when it was indexed."""
READ: Final = 1
"""Suspect as after a failed sync: checked by every fsck, and never appended to again."""


class Stretch(NamedTuple):
    """Bytes of a pack that cannot be read; `record` is whose, if its header still says so."""

    number: int
    offset: int
    end: int
    record: Record | None = None


def marked(connection: apsw.Connection) -> list[tuple[int, bytes]]:
    """The packs that are marked: numbers and ids."""
    return rows(connection, "SELECT number, id FROM packs WHERE suspect = ?", UNREAD)


def note(connection: apsw.Connection, stretches: Iterable[Stretch]) -> list[Stretch]:
    """Mark the packs of these stretches, but for records that are here from elsewhere; which
    stretches those are."""
    still = [each for each in stretches if not _is_here(connection, each.record)]
    for number in {each.number for each in still}:
        mark(connection, number)
    return still


def mark(connection: apsw.Connection, number: int) -> None:
    """Say that a part of a pack could not be read."""
    connection.execute("UPDATE packs SET suspect = ? WHERE number = ?", (UNREAD, number))


def forget(connection: apsw.Connection) -> None:
    """Take all marks off: before the packs are read again, or because a person says so."""
    connection.execute("UPDATE packs SET suspect = ? WHERE suspect = ?", (READ, UNREAD))


def _is_here(connection: apsw.Connection, record: Record | None) -> bool:
    if record is None:
        return False
    if record.type == RecordType.OBJECT:
        return one(connection, "SELECT 1 FROM objects WHERE id = ?", record.id) is not None
    statement = "SELECT 1 FROM records WHERE type = ? AND id = ?"
    return one(connection, statement, record.type, record.id) is not None
