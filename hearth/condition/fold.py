"""Declarations in cache.db, kept level with the log by `hearth.lanes`: a row for each.

Which of them stands is judged when it is read (`declared`): it leans on who is a steward now, and
on the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from hearth.condition.records import DeclareRecord
from hearth.kinds import DECLARE
from hearth.lanes import Fold
from hearth.payload import RecordError
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.lanes import Entry, Members, Read, Saying, Subject

_SQL: Final = """
    CREATE TABLE declared_said(id BLOB PRIMARY KEY, arrival INTEGER NOT NULL,
        community BLOB NOT NULL, person BLOB NOT NULL, device BLOB NOT NULL,
        lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, wall INTEGER NOT NULL,
        level INTEGER NOT NULL, status INTEGER NOT NULL, long INTEGER NOT NULL,
        reason TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX declared_by_whom ON declared_said(community, person);
    CREATE TABLE declared_ends(id BLOB NOT NULL, by BLOB NOT NULL, PRIMARY KEY(id, by))
        WITHOUT ROWID;
    CREATE INDEX declared_by ON declared_ends(by);
"""


class DeclarationFold(Fold):
    """See `hearth.lanes.Fold`. A declaration is its own subject."""

    name = "declared"
    version = 2
    lane = Lane.EMERGENCY
    kinds = (DECLARE,)
    tables = ("declared_said", "declared_ends")
    sql = _SQL

    def read(self, kind: int, id: bytes, body: bytes | None, sealed: bool) -> Read | None:
        """The event itself; None for what is no declaration, or was erased."""
        if body is None or sealed:
            return None
        try:
            return id, DeclareRecord.decode(body)
        except RecordError:
            return None

    def refold(
        self,
        connection: apsw.Connection,
        members: Members,
        subjects: Iterable[tuple[Subject, list[Entry]]],
        said: Saying,
    ) -> None:
        """Make the rows of these declarations anew."""
        for (community, subject), entries in subjects:
            connection.execute("DELETE FROM declared_said WHERE id = ?", (subject,))
            connection.execute("DELETE FROM declared_ends WHERE by = ?", (subject,))
            for entry in entries:
                if entry.body is not None:
                    self._add(connection, community, entry, said(entry))

    def _add(
        self, connection: apsw.Connection, community: bytes, entry: Entry, record: DeclareRecord
    ) -> None:
        row = (
            entry.id, entry.arrival, community, entry.person, entry.device, entry.lamport,
            entry.sequence, entry.wall, int(record.level), int(record.status), record.long,
            record.reason,
        )  # fmt: skip
        connection.execute(f"INSERT INTO declared_said VALUES({', '.join('?' * len(row))})", row)
        connection.executemany(
            "INSERT OR IGNORE INTO declared_ends VALUES(?, ?)",
            [(each, entry.id) for each in record.ends],
        )


FOLD: Final = DeclarationFold()
