"""Notices in cache.db, kept level with the log by `hearth.lanes`: a row for each copy of an alert.

An alert's subject is its digest, so whoever hands the same alert on speaks about the same. Which
alert replaces which, and who stands for one, is judged when it is read (`judging`): it leans on who
is a steward now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from hearth.cap import packing
from hearth.cap.model import Alert
from hearth.kinds import ENDORSE, NOTICE
from hearth.notices.records import EndorseRecord, NoticeRecord, NoticeRecordError
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.lanes import Entry, Members, Subject

DAY: Final = 86_400


class NoticeFold:
    """See `hearth.lanes.Fold`."""

    name: Final = "notices"
    version: Final = 1
    lane: Final = Lane.EMERGENCY
    kinds: Final = (NOTICE, ENDORSE)
    tables: Final = ("notices", "notices_named", "notices_endorsed", "notices_documents")

    def create(self, connection: apsw.Connection) -> None:
        """Make the tables."""
        connection.execute(_SQL)

    def subject(self, kind: int, id: bytes, body: bytes | None, sealed: bool) -> bytes | None:
        """The digest of the alert; None for what is no alert, or was erased."""
        if body is None or sealed:
            return None
        try:
            if kind == ENDORSE:
                return EndorseRecord.decode(body).digest
            return packing.digest(NoticeRecord.decode(body).alert)
        except NoticeRecordError:
            return None

    def leaning(self, connection: apsw.Connection, community: bytes) -> Iterable[bytes]:
        """None: whoever reads asks who is a steward."""
        return ()

    def refold(
        self,
        connection: apsw.Connection,
        members: Members,
        subjects: Iterable[tuple[Subject, list[Entry]]],
    ) -> None:
        """Make the rows of these alerts anew."""
        for (community, subject), entries in subjects:
            where = (community, subject)
            connection.execute(
                "DELETE FROM notices_named WHERE arrival IN"
                " (SELECT arrival FROM notices WHERE community = ? AND subject = ?)",
                where,
            )
            for table in ("notices", "notices_endorsed"):
                connection.execute(
                    f"DELETE FROM {table} WHERE community = ? AND subject = ?", where
                )
            for entry in entries:
                if entry.body is not None:
                    self._add(connection, subject, entry, entry.body)

    def _add(self, connection: apsw.Connection, subject: bytes, entry: Entry, body: bytes) -> None:
        if entry.kind == ENDORSE:
            stands = EndorseRecord.decode(body).stands
            connection.execute(
                "INSERT OR REPLACE INTO notices_endorsed VALUES(?, ?, ?, ?)",
                (entry.community, subject, entry.person, stands),
            )
            return
        record = NoticeRecord.decode(body)
        alert = record.alert
        row: tuple[Any, ...] = (
            entry.arrival, entry.id, entry.community, subject, entry.person, entry.device,
            entry.lamport, entry.sequence, entry.wall, record.relayed, alert.sender,
            alert.identifier, alert.sent.at, alert.status, alert.kind, stated_end(alert),
        )  # fmt: skip
        connection.execute(f"INSERT INTO notices VALUES({', '.join('?' * len(row))})", row)
        connection.executemany(
            "INSERT INTO notices_named VALUES(?, ?, ?, ?, ?)",
            [
                (entry.arrival, entry.community, each.sender, each.identifier,
                 None if each.sent is None else each.sent.at)
                for each in alert.references
            ],
        )  # fmt: skip


FOLD: Final = NoticeFold()


def stated_end(alert: Alert) -> int:
    """When an alert ends by its sender's clock: its latest `expires`; a day after it was sent, or
    becomes effective, where some language has none."""
    ends = []
    for info in alert.infos:
        begin = alert.sent if info.effective is None else info.effective
        ends.append(begin.at + DAY if info.expires is None else info.expires.at)
    return max(ends, default=alert.sent.at + DAY)


_SQL: Final = """
    CREATE TABLE notices(arrival INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
        community BLOB NOT NULL, subject BLOB NOT NULL, person BLOB NOT NULL, device BLOB NOT NULL,
        lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, wall INTEGER NOT NULL,
        relayed INTEGER NOT NULL, sender TEXT NOT NULL, identifier TEXT NOT NULL,
        sent INTEGER NOT NULL, status TEXT NOT NULL, kind TEXT NOT NULL, ends INTEGER NOT NULL);
    CREATE INDEX notices_of ON notices(community, subject);
    CREATE TABLE notices_named(arrival INTEGER NOT NULL, community BLOB NOT NULL,
        sender TEXT NOT NULL, identifier TEXT NOT NULL, sent INTEGER);
    CREATE INDEX notices_by ON notices_named(arrival);
    CREATE INDEX notices_naming ON notices_named(sender, identifier);
    CREATE TABLE notices_endorsed(community BLOB, subject BLOB, person BLOB,
        stands INTEGER NOT NULL, PRIMARY KEY(community, subject, person)) WITHOUT ROWID;
    CREATE TABLE notices_documents(id BLOB PRIMARY KEY, same INTEGER NOT NULL) WITHOUT ROWID;
"""
