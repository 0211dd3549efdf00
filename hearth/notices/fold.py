"""Notices in cache.db, kept level with the log by `hearth.lanes`: a row for each copy of an alert.

An alert's subject is its digest, so whoever hands the same alert on speaks about the same. Which
alert replaces which, and who stands for one, is judged when it is read (`judging`): it leans on who
is a steward now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.cap.model import Alert
from hearth.kinds import ENDORSE, NOTICE
from hearth.lanes import Fold, indexed_after
from hearth.notices.records import EndorseRecord, NoticeRecord
from hearth.payload import RecordError
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.lanes import Entry, Members, Read, Saying, Subject

DAY: Final = 86_400


class _Said(NamedTuple):
    """Of an alert what is laid out for finding. `named`: what it refers to."""

    relayed: bool
    sender: str
    identifier: str
    sent: int
    status: str
    kind: str
    ends: int
    named: tuple[tuple[str, str, int | None], ...]

    @classmethod
    def of(cls, record: NoticeRecord) -> _Said:
        alert = record.alert
        named = tuple(
            [
                (each.sender, each.identifier, None if each.sent is None else each.sent.at)
                for each in alert.references
            ]
        )
        return cls(
            record.relayed, alert.sender, alert.identifier, alert.sent.at, alert.status,
            alert.kind, stated_end(alert), named,
        )  # fmt: skip


_SQL: Final = """
    CREATE TABLE notices(arrival INTEGER PRIMARY KEY, id BLOB NOT NULL,
        community BLOB NOT NULL, subject BLOB NOT NULL, person BLOB NOT NULL, device BLOB NOT NULL,
        lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, wall INTEGER NOT NULL,
        relayed INTEGER NOT NULL, sender TEXT NOT NULL, identifier TEXT NOT NULL,
        sent INTEGER NOT NULL, status TEXT NOT NULL, kind TEXT NOT NULL, ends INTEGER NOT NULL);
    CREATE INDEX notices_by_id ON notices(id);
    CREATE INDEX notices_of ON notices(community, subject);
    CREATE TABLE notices_named(arrival INTEGER NOT NULL, community BLOB NOT NULL,
        sender TEXT NOT NULL, identifier TEXT NOT NULL, sent INTEGER);
    CREATE INDEX notices_by ON notices_named(arrival);
    CREATE INDEX notices_naming ON notices_named(sender, identifier);
    CREATE TABLE notices_endorsed(community BLOB, subject BLOB, person BLOB,
        stands INTEGER NOT NULL, PRIMARY KEY(community, subject, person)) WITHOUT ROWID;
    CREATE TABLE notices_documents(id BLOB PRIMARY KEY, same INTEGER NOT NULL) WITHOUT ROWID;
"""


class NoticeFold(Fold):
    """See `hearth.lanes.Fold`."""

    name = "notices"
    version = 2
    lane = Lane.EMERGENCY
    kinds = (NOTICE, ENDORSE)
    tables = ("notices", "notices_named", "notices_endorsed", "notices_documents")
    sql = _SQL

    def read(self, kind: int, id: bytes, body: bytes | None, sealed: bool) -> Read | None:
        """The digest of the alert, and what is laid out of it, or whether its author stands by it;
        None for what is no alert, or was erased."""
        if body is None or sealed:
            return None
        try:
            if kind == ENDORSE:
                return EndorseRecord.decode(body)
            record, digest = NoticeRecord.decode_with_digest(body)
        except RecordError:
            return None
        return digest, _Said.of(record)

    def refold(
        self,
        connection: apsw.Connection,
        members: Members,
        subjects: Iterable[tuple[Subject, list[Entry]]],
        said: Saying,
    ) -> None:
        """Make the rows of these alerts anew."""
        empty = not any(connection.execute(f"SELECT 1 FROM {each}").get for each in self.tables)
        rows = _Rows(connection)
        with indexed_after(connection, *(self.tables if empty else ())):
            for (community, subject), entries in subjects:
                if not empty:
                    _clear(connection, community, subject)
                for entry in entries:
                    if entry.body is not None and entry.kind == ENDORSE:
                        rows.endorse(subject, entry, said(entry))
                    elif entry.body is not None:
                        rows.notice(subject, entry, said(entry))
            rows.flush()


FOLD: Final = NoticeFold()


def _clear(connection: apsw.Connection, community: bytes, subject: bytes) -> None:
    where = (community, subject)
    connection.execute(
        "DELETE FROM notices_named WHERE arrival IN"
        " (SELECT arrival FROM notices WHERE community = ? AND subject = ?)",
        where,
    )
    for table in ("notices", "notices_endorsed"):
        connection.execute(f"DELETE FROM {table} WHERE community = ? AND subject = ?", where)


class _Rows:
    """Writes rows, many at a time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._put = connection.executemany
        self._notices: list[tuple[Any, ...]] = []
        self._named: list[tuple[Any, ...]] = []
        self._endorsed: list[tuple[Any, ...]] = []

    def endorse(self, subject: bytes, entry: Entry, stands: bool) -> None:
        """Of what one author said last counts."""
        self._endorsed.append((entry.community, subject, entry.person, stands))

    def notice(self, subject: bytes, entry: Entry, said: _Said) -> None:
        """A copy of an alert."""
        self._notices.append((
            entry.arrival, entry.id, entry.community, subject, entry.person, entry.device,
            entry.lamport, entry.sequence, entry.wall, *said[:-1],
        ))  # fmt: skip
        self._named += [(entry.arrival, entry.community, *each) for each in said.named]
        if len(self._notices) >= 1000:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        self._put(f"INSERT INTO notices VALUES({', '.join('?' * 16)})", self._notices)
        self._put("INSERT INTO notices_named VALUES(?, ?, ?, ?, ?)", self._named)
        self._put("INSERT OR REPLACE INTO notices_endorsed VALUES(?, ?, ?, ?)", self._endorsed)
        self._notices, self._named, self._endorsed = [], [], []


def stated_end(alert: Alert) -> int:
    """When an alert ends by its sender's clock: its latest `expires`; a day after it was sent, or
    becomes effective, where some language has none."""
    ends = []
    for info in alert.infos:
        begin = alert.sent if info.effective is None else info.effective
        ends.append(begin.at + DAY if info.expires is None else info.expires.at)
    return max(ends, default=alert.sent.at + DAY)
