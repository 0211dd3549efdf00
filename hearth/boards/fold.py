"""The board and rehearsals in cache.db, kept level with the log by `hearth.lanes`.

Of each site there is a row for each person who has reported on it: what they said last. Of each
rehearsal there is a row for each event. Which report counts and how old it is, is judged when it is
read (`judging`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from hearth.boards.records import DrillRecord, SiteRecord
from hearth.kinds import DRILL, SITE
from hearth.lanes import Fold
from hearth.payload import RecordError
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.lanes import Entry, Members, Read, Saying, Subject

_SQL: Final = """
    CREATE TABLE boards_sites(community BLOB NOT NULL, subject BLOB NOT NULL, person BLOB NOT NULL,
        device BLOB NOT NULL, id BLOB NOT NULL, arrival INTEGER NOT NULL, lamport INTEGER NOT NULL,
        sequence INTEGER NOT NULL, wall INTEGER NOT NULL, sort INTEGER NOT NULL, name TEXT NOT NULL,
        state INTEGER NOT NULL, capacity INTEGER, taken INTEGER, has INTEGER, place TEXT, note TEXT,
        exercise INTEGER NOT NULL, PRIMARY KEY(community, subject, person)) WITHOUT ROWID;
    CREATE TABLE boards_drills(community BLOB NOT NULL, subject BLOB NOT NULL, person BLOB NOT NULL,
        device BLOB NOT NULL, id BLOB NOT NULL, arrival INTEGER NOT NULL, lamport INTEGER NOT NULL,
        sequence INTEGER NOT NULL, wall INTEGER NOT NULL, what INTEGER NOT NULL,
        until INTEGER NOT NULL, text TEXT, way BLOB, answered INTEGER NOT NULL);
    CREATE INDEX boards_drills_of ON boards_drills(community, subject);
"""


class BoardFold(Fold):
    """See `hearth.lanes.Fold`."""

    name = "boards"
    version = 1
    lane = Lane.EMERGENCY
    kinds = (SITE, DRILL)
    tables = ("boards_sites", "boards_drills")
    sql = _SQL

    def read(self, kind: int, id: bytes, body: bytes | None, sealed: bool) -> Read | None:
        """The site, or the rehearsal; None for what is neither, or was erased."""
        if body is None or sealed:
            return None
        try:
            if kind == SITE:
                site = SiteRecord.decode(body)
                return site.subject, site
            drill = DrillRecord.decode(body)
        except RecordError:
            return None
        return drill.drill or id, drill

    def refold(
        self,
        connection: apsw.Connection,
        members: Members,
        subjects: Iterable[tuple[Subject, list[Entry]]],
        said: Saying,
    ) -> None:
        """Make the rows of these sites and rehearsals anew."""
        sites: list[tuple[Any, ...]] = []
        drills: list[tuple[Any, ...]] = []
        for (community, subject), entries in subjects:
            for table in self.tables:
                connection.execute(
                    f"DELETE FROM {table} WHERE community = ? AND subject = ?", (community, subject)
                )
            sites += _site_rows(subject, entries, said)
            drills += _drill_rows(subject, entries, said)
        connection.executemany(f"INSERT INTO boards_sites VALUES({_marks(18)})", sites)
        connection.executemany(f"INSERT INTO boards_drills VALUES({_marks(14)})", drills)


FOLD: Final = BoardFold()


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _place(subject: bytes, entry: Entry) -> tuple[Any, ...]:
    return (
        entry.community, subject, entry.person, entry.device, entry.id, entry.arrival,
        entry.lamport, entry.sequence, entry.wall,
    )  # fmt: skip


def _site_rows(subject: bytes, entries: list[Entry], said: Saying) -> Iterable[tuple[Any, ...]]:
    """What each person said last."""
    last = {each.person: each for each in entries if each.kind == SITE and each.body is not None}
    for entry in last.values():
        yield (*_place(subject, entry), *said(entry))


def _drill_rows(subject: bytes, entries: list[Entry], said: Saying) -> Iterable[tuple[Any, ...]]:
    for entry in entries:
        if entry.kind == DRILL and entry.body is not None:
            what, _, *rest = said(entry)
            yield (*_place(subject, entry), int(what), *rest)
