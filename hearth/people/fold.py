"""People in cache.db, kept level with the log by `hearth.lanes`.

Subjects are persons (what was said of them), roll calls, and those who are looked for. What depends
on who is a steward now is judged when it is read (`register`). Somebody without a hearth of their
own, who is known by a paper card only, is a person by a hash of the card's number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3

from hearth import kinds
from hearth.lanes import AUTHOR, Fold
from hearth.payload import RecordError
from hearth.people import records
from hearth.people.judging import Standing, Statement, standing
from hearth.people.records import (
    AssignRecord,
    CallRecord,
    CheckInRecord,
    MissingRecord,
    SightingRecord,
)
from hearth.store import cbor
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.lanes import Entry, Members, Read, Saying, Subject

MOST: Final = 256
"""Check-ins of one device about one person that are judged, the latest: a flood is read once."""
_MOST: Final[Mapping[int, int]] = {kinds.CHECK_IN: MOST}
_GUEST: Final = "hearth 2026 somebody known by a paper card"
_SEALABLE: Final = (kinds.MISSING, kinds.SIGHTING)


def guest(card: int) -> bytes:
    """Whom a card stands for that is nobody's member."""
    return blake3(card.to_bytes(8, "big"), derive_key_context=_GUEST).digest()


_SQL: Final = """
    CREATE TABLE people_said(community BLOB NOT NULL, person BLOB NOT NULL, real INTEGER NOT NULL,
        id BLOB, author BLOB, arrival INTEGER, wall INTEGER, at INTEGER, code INTEGER,
        company INTEGER, note TEXT, name TEXT, card INTEGER, own INTEGER, own_code INTEGER,
        own_card INTEGER, calls BLOB NOT NULL, heads BLOB NOT NULL, others BLOB NOT NULL,
        knocks BLOB NOT NULL, PRIMARY KEY(community, real, person)) WITHOUT ROWID;
    CREATE INDEX people_of ON people_said(person, community);
    CREATE TABLE people_calls(id BLOB PRIMARY KEY, call BLOB NOT NULL, community BLOB NOT NULL,
        author BLOB NOT NULL, lamport INTEGER NOT NULL, wall INTEGER NOT NULL,
        arrival INTEGER NOT NULL, ends INTEGER NOT NULL, title TEXT NOT NULL,
        until INTEGER NOT NULL, asked BLOB NOT NULL, status INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX people_calls_of ON people_calls(call);
    CREATE TABLE people_assigned(call BLOB, community BLOB, person BLOB, author BLOB, knocker BLOB,
        lamport INTEGER NOT NULL, device BLOB NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY(call, community, person, author)) WITHOUT ROWID;
    CREATE TABLE people_missing(id BLOB PRIMARY KEY, community BLOB NOT NULL, author BLOB NOT NULL,
        lamport INTEGER NOT NULL, wall INTEGER NOT NULL, arrival INTEGER NOT NULL,
        sealed INTEGER NOT NULL, gone INTEGER NOT NULL, name TEXT NOT NULL,
        until INTEGER NOT NULL, place TEXT, text TEXT, person BLOB, minor INTEGER NOT NULL,
        exact TEXT) WITHOUT ROWID;
    CREATE TABLE people_sightings(id BLOB PRIMARY KEY, missing BLOB NOT NULL,
        community BLOB NOT NULL, author BLOB NOT NULL, lamport INTEGER NOT NULL,
        wall INTEGER NOT NULL, arrival INTEGER NOT NULL, sealed INTEGER NOT NULL, told INTEGER,
        text TEXT, place TEXT, found INTEGER NOT NULL, exact TEXT) WITHOUT ROWID;
    CREATE INDEX people_sightings_of ON people_sightings(missing);
"""


class PeopleFold(Fold):
    """See `hearth.lanes.Fold`."""

    name = "people"
    version = 2
    lane = Lane.EMERGENCY
    kinds = (
        kinds.CHECK_IN, kinds.ROLL_CALL, kinds.ASSIGN, kinds.MISSING, kinds.SIGHTING,
    )  # fmt: skip
    tables = (
        "people_said", "people_calls", "people_assigned", "people_missing", "people_sightings",
    )  # fmt: skip
    sql = _SQL
    most = _MOST

    def read(self, kind: int, id: bytes, body: bytes | None, sealed: bool) -> Read | None:
        """Whom or what it is about, and what it says."""
        if sealed and kind not in _SEALABLE:
            return None
        if body is None:
            return (id, None) if kind == kinds.MISSING and not sealed else None
        try:
            record = records.decode(kind, body, sealed=sealed)
        except RecordError:
            return None
        return _about(id, record), record

    def refold(
        self,
        connection: apsw.Connection,
        members: Members,
        subjects: Iterable[tuple[Subject, list[Entry]]],
        said: Saying,
    ) -> None:
        """Make anew the rows of these persons, roll calls, and of those who are looked for."""
        rows = _Rows(connection, said)
        for (community, subject), entries in subjects:
            rows.replace(community, subject, entries)
        rows.flush()


FOLD: Final = PeopleFold()


def _about(id: bytes, record: records.Record) -> bytes:
    match record:
        case CheckInRecord():
            return _whom(record)
        case CallRecord():
            return record.ends or id
        case MissingRecord():
            return record.about or id
        case AssignRecord():
            return record.call
    return record.missing


def _whom(record: CheckInRecord) -> bytes:
    if record.name is not None and record.card is not None:
        return guest(record.card)
    return record.person or AUTHOR


class _Rows:
    """Writes rows, many at a time."""

    def __init__(self, connection: apsw.Connection, read: Saying) -> None:
        self._connection = connection
        self._read = read
        self._said: list[tuple[Any, ...]] = []
        count = "SELECT (SELECT count(*) FROM people_said) + (SELECT count(*) FROM people_calls)"
        more = " + (SELECT count(*) FROM people_missing)"
        self._empty = not connection.execute(count + more).get

    def replace(self, community: bytes, subject: bytes, entries: list[Entry]) -> None:
        """Put what stands now in the place of what stood before."""
        if not self._empty:
            self._clear(community, subject)
        words: dict[bool, list[Statement]] = {}
        for entry in entries:
            if entry.body is None:
                self._gone(subject, entry)
                continue
            record = self._read(entry)
            if isinstance(record, CheckInRecord):
                real = record.status is records.Status.ACTUAL
                words.setdefault(real, []).append(_statement(subject, entry, record))
            else:
                self._add(subject, entry, record)
        for real, said in words.items():
            if any(each.name is not None for each in said):  # a guest, whom no key stands for
                said = [each for each in said if each.name is not None]
            self._said.append(_said_row(community, subject, real, standing(said)))
        if len(self._said) >= 1000:
            self.flush()

    def _clear(self, community: bytes, subject: bytes) -> None:
        for table, column in _ABOUT:
            self._connection.execute(
                f"DELETE FROM {table} WHERE {column} = ? AND community = ?", (subject, community)
            )

    def flush(self) -> None:
        """Write what was gathered."""
        self._connection.executemany(f"INSERT INTO people_said VALUES({_marks(_SAID)})", self._said)
        self._said = []

    def _gone(self, subject: bytes, entry: Entry) -> None:
        """What is left of somebody who was looked for: an id, and dates."""
        if entry.kind == kinds.MISSING and entry.id == subject:
            self._missing(entry, None)

    def _add(self, subject: bytes, entry: Entry, record: records.Record) -> None:
        match record:
            case CallRecord():
                self._call(subject, entry, record)
            case AssignRecord():
                self._insert(
                    "people_assigned",
                    (subject, entry.community, record.person, entry.person, record.knocker,
                     entry.lamport, entry.device, entry.sequence),
                )  # fmt: skip
            case MissingRecord(about=None):
                self._missing(entry, record)
            case MissingRecord() | SightingRecord():
                self._sighting(subject, entry, record)

    def _call(self, subject: bytes, entry: Entry, record: CallRecord) -> None:
        ends = record.ends is not None
        asked = b"".join(record.asked)
        self._insert(
            "people_calls",
            (entry.id, subject, entry.community, entry.person, entry.lamport, entry.wall,
             entry.arrival, ends, record.title, record.until, asked, int(record.status)),
        )  # fmt: skip

    def _missing(self, entry: Entry, record: MissingRecord | None) -> None:
        said = record or MissingRecord()
        self._insert(
            "people_missing",
            (entry.id, entry.community, entry.person, entry.lamport, entry.wall, entry.arrival,
             entry.sealed, record is None, said.name, said.until, said.place, said.text,
             said.person, said.minor, said.exact),
        )  # fmt: skip

    def _sighting(
        self, subject: bytes, entry: Entry, record: MissingRecord | SightingRecord
    ) -> None:
        told, place, text, found = None, record.place, record.text, False
        if isinstance(record, SightingRecord):
            told, found = int(record.told), record.found
        self._insert(
            "people_sightings",
            (entry.id, subject, entry.community, entry.person, entry.lamport, entry.wall,
             entry.arrival, entry.sealed, told, text, place, found, record.exact),
        )  # fmt: skip

    def _insert(self, table: str, row: tuple[Any, ...]) -> None:
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES({_marks(len(row))})", row)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _statement(subject: bytes, entry: Entry, record: CheckInRecord) -> Statement:
    return Statement(
        entry.id, subject, entry.person, entry.device, entry.lamport, entry.sequence,
        entry.arrival, entry.wall, record.code, record.company, record.note, record.name,
        record.follows, record.calls, record.card, record.at,
    )  # fmt: skip


_SAID: Final = 20


def _said_row(community: bytes, person: bytes, real: bool, said: Standing) -> tuple[Any, ...]:
    """The row of a person."""
    shown = said.shown
    facts: tuple[Any, ...] = (None,) * 11
    if shown is not None:
        facts = (
            shown.id, shown.author, shown.arrival, shown.wall, shown.at, shown.code,
            shown.company, shown.note, shown.name, shown.card, said.own is shown,
        )  # fmt: skip
    own = None if said.own is None else said.own.code
    return (
        community, person, real, *facts, own, said.card, b"".join(said.calls), b"".join(said.heads),
        _packed(said.others), _packed(said.knocks),
    )  # fmt: skip


def _packed(statements: tuple[Statement, ...]) -> bytes:
    """What else was said: [author, arrival, wall, at, code, note], each."""
    return cbor.encode(
        [[each.author, each.arrival, each.wall, each.at, each.code, each.note]
         for each in statements]
    )  # fmt: skip


_ABOUT: Final = (
    ("people_said", "person"), ("people_calls", "call"), ("people_assigned", "call"),
    ("people_missing", "id"), ("people_sightings", "missing"),
)  # fmt: skip
