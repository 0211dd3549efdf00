"""Keeping the catalogue level with the log: events become rows, and rows are judged.

An erase event of the same device takes the rows it names away. Whenever something that counts
changes in a corpus, the corpus gets a new `stand`: what follows it (the index) remembers the stand
it is level with, so it falls behind no matter which command has moved the catalogue on, and is not
troubled by corpora it does not hold.

An event whose payload has not come is remembered, and taken in when it has; one that is sealed,
and cannot be opened here yet, likewise.

The fold goes on from the arrival number it has seen. When the event that it remembers under that
number is another one now (the log was rebuilt from packs), it begins anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import apsw

from hearth.corpora.cache import changing, query
from hearth.corpora.catalogue_tables import forget
from hearth.corpora.judging import Members, members_of
from hearth.corpora.opening import Opened, Opener, is_held
from hearth.corpora.records import CorpusRecord, DocumentRecord, ShareRecord
from hearth.corpora.verdicts import JUDGED, judge
from hearth.kinds import CORPUS, DOCUMENT, ERASE, MODEL, SHARE
from hearth.models.records import decode
from hearth.store import cbor, database
from hearth.store.erasures import ERASED
from hearth.store.errors import CorruptError
from hearth.store.event import Event
from hearth.store.header import Lane
from hearth.store.store import Store

_TABLES = ("catalogue_corpora", "catalogue_documents", "catalogue_shares", "catalogue_models")
_PAGE = 500


def update(
    connection: apsw.Connection,
    store: Store,
    home: bytes,
    members: Members | None,
    opener: Opener | None,
) -> None:
    """See `Catalogue.update`."""
    level = _seen(connection, store) == store.log.last_arrival() > 0
    if level and not _came(connection, store) and not _openable(connection, opener):
        return
    with changing(connection):
        seen = _seen(connection, store)
        if seen < 0:
            forget(connection)
        fold = _Fold(connection, store, home, members or members_of(store), opener)
        fold.follow(max(seen, 0))
    if fold.erased:  # what was erased must not linger in the write-ahead log
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _seen(connection: apsw.Connection, store: Store) -> int:
    """Return the arrival number seen last; -1 if the log is not the one that was seen."""
    state = query(connection, "SELECT arrival, event FROM catalogue_state")
    if not state:
        return -1
    arrival: int = state[0][0]
    event = next(store.log.events(after=arrival - 1, limit=1), None)
    same = event is not None and (event.arrival, event.id) == state[0]
    return arrival if same else -1


def _came(connection: apsw.Connection, store: Store) -> list[int]:
    """The arrival numbers of events that were awaited and whose payloads are here, or erased."""
    awaited = [row[0] for row in query(connection, "SELECT arrival FROM catalogue_awaited")]
    came: list[int] = []
    for start in range(0, len(awaited), _PAGE):
        page = awaited[start : start + _PAGE]
        found = database.rows(
            store.connection,
            f"SELECT arrival FROM events WHERE arrival IN ({', '.join('?' * len(page))})"
            " AND (payload IS NOT NULL OR flags & ?)",
            *page,
            ERASED,
        )
        came += [arrival for (arrival,) in found]
    return came


def _openable(connection: apsw.Connection, opener: Opener | None) -> list[bytes]:
    """Events that were shut and whose key is here now.

    However many others seal to each other, nothing is looked for again before another one, or
    another key, has come.
    """
    if opener is None or not query(connection, "SELECT 1 FROM catalogue_sealed LIMIT 1"):
        return []
    keys = opener.held()
    if query(connection, "SELECT keys FROM catalogue_tried") == [(len(keys),)]:
        return []
    sql = "SELECT event FROM catalogue_sealed WHERE audience = ? ORDER BY event"
    found = [event for id in sorted(keys) for (event,) in query(connection, sql, (id,))]
    return found if not found or opener.ready() else []


def drop(connection: apsw.Connection, events: Iterable[bytes]) -> None:
    """Take away what these events said: their payloads were erased here. One transaction."""
    with changing(connection):
        changed: set[bytes] = set()
        for id in events:
            for table in _TABLES:
                found = connection.execute(f"SELECT corpus FROM {table} WHERE event = ?", (id,))
                changed.update(corpus for (corpus,) in found)
                connection.execute(f"DELETE FROM {table} WHERE event = ?", (id,))
            connection.execute("DELETE FROM catalogue_sealed WHERE event = ?", (id,))
        _stand_anew(connection, changed)


def _stand_anew(connection: apsw.Connection, corpora: Iterable[bytes]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO catalogue_stands VALUES(?, ?)",
        [(corpus, os.urandom(8)) for corpus in corpora],
    )


class _Fold:
    """One update, inside a transaction of cache.db."""

    def __init__(
        self,
        connection: apsw.Connection,
        store: Store,
        home: bytes,
        members: Members,
        opener: Opener | None,
    ) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._store = store
        self._home = home
        self._members = members
        self._opener = opener
        self._changed: set[bytes] = set()
        self.erased = False
        self._shut = False  # whether something waits although its key is here

    def follow(self, seen: int) -> None:
        """Take in everything after the arrival number `seen`."""
        log = self._store.log
        last = next(log.events(reverse=True, limit=1), None)
        kinds = (ERASE, CORPUS, DOCUMENT, SHARE, MODEL)
        for arrival in _came(self._connection, self._store):
            self._execute("DELETE FROM catalogue_awaited WHERE arrival = ?", (arrival,))
            for event in log.events(after=arrival - 1, limit=1):
                self._take(event)
        self._try_again()
        for event in log.events(lane=Lane.CORPUS, kinds=kinds, after=seen):
            self._take(event)
        self._note_tried()
        foreign = "SELECT DISTINCT community FROM catalogue_makers WHERE community <> ?"
        for (community,) in query(self._connection, foreign, (self._home,)):
            self._changed |= judge(self._connection, self._store, community, self._members)
        _stand_anew(self._connection, self._changed)
        if last is not None:
            self._execute("DELETE FROM catalogue_state")
            self._execute("INSERT INTO catalogue_state VALUES(?, ?)", (last.arrival, last.id))

    def _try_again(self) -> None:
        """Open what could not be opened before."""
        for id in _openable(self._connection, self._opener):
            self._execute("DELETE FROM catalogue_sealed WHERE event = ?", (id,))
            self._take(self._store.log.get(id))

    def _note_tried(self) -> None:
        """Note with how many keys everything has been tried, if all that they open is open."""
        self._execute("DELETE FROM catalogue_tried")
        if self._opener is not None and not self._shut:
            keys = len(self._opener.held())
            self._execute("INSERT INTO catalogue_tried VALUES(?)", (keys,))

    def _take(self, event: Event) -> None:
        header = event.header
        if header.kind == ERASE:
            for id in header.refs:
                self._erase(id, header.device, header.community)
            return
        if header.kind == CORPUS:
            self._note_maker(event)
        if event.payload is None:
            if not event.erased:
                self._execute(
                    "INSERT OR REPLACE INTO catalogue_awaited VALUES(?, ?, ?)",
                    (event.arrival, event.id, header.community),
                )
            return
        if header.kind == MODEL:
            self._take_model(event)
            return
        own = header.community == self._home
        payload = event.payload if header.audience is None else self._opened(event)
        if payload is None:
            return
        sealed = header.audience is not None
        counts = 1 if own else None
        order = (event.id, header.community, header.device, header.lamport, header.sequence, counts)
        try:
            if header.kind == CORPUS:
                said = CorpusRecord.decode(payload, sealed=sealed)
                corpus = self._take_corpus(said, order, header.audience)
            elif header.kind == DOCUMENT:
                record = DocumentRecord.decode(payload, sealed=sealed)
                corpus = self._take_document(record, order, header.wall, header.audience)
            elif own and not sealed:
                corpus = self._take_share(ShareRecord.decode(payload), order)
            else:  # what somebody shares from their home is nobody's business here
                return
        except CorruptError:  # not for this version to understand
            return
        if own:
            self._changed.add(corpus)

    def _take_model(self, event: Event) -> None:
        """What is said of a model; who may say so is judged where it is asked (`models.shelf`)."""
        header = event.header
        if header.audience is not None or event.payload is None:
            return
        try:
            said = decode(event.payload)
        except CorruptError:  # not for this version to understand
            return
        own = 1 if header.community == self._home else None
        order = (event.id, header.community, header.device, header.lamport, header.sequence, own)
        values = (said, None) if isinstance(said, bytes) else (said.id, event.payload)
        self._insert("catalogue_models", (*order, *values))

    def _opened(self, event: Event) -> bytes | None:
        """What a sealed event says; one whose key is not here, or shut, is remembered."""
        done = self._opener.open(event) if self._opener is not None else Opened(None, wait=True)
        if done.wait:
            self._execute(
                "INSERT OR IGNORE INTO catalogue_sealed VALUES(?, ?)",
                (event.id, event.header.audience),
            )
            self._shut = self._shut or is_held(self._store, event.header.audience or b"")
        return done.inner

    def _erase(self, id: bytes, device: bytes, community: bytes) -> None:
        for table in _TABLES:
            where = f"FROM {table} WHERE event = ? AND device = ? AND community = ?"
            values = (id, device, community)
            found = {corpus for (corpus,) in self._execute(f"SELECT corpus {where}", values)}
            self._execute(f"DELETE {where}", values)
            self._changed |= found
            self.erased = self.erased or bool(found)
        # whose it is need not be looked at: erased here it is not, if it is somebody else's
        self._execute("DELETE FROM catalogue_sealed WHERE event = ?", (id,))

    def _note_maker(self, event: Event) -> None:
        """Any CORPUS event might make a corpus; what was said before it came is judged anew."""
        header = event.header
        self._execute(
            "INSERT OR REPLACE INTO catalogue_makers VALUES(?, ?, ?)",
            (event.id, header.community, header.device),
        )
        if header.community != self._home:
            for table in JUDGED:
                self._execute(
                    f"UPDATE {table} SET counts = NULL WHERE corpus = ? AND community = ?",
                    (event.id, header.community),
                )

    def _take_corpus(
        self, record: CorpusRecord, order: tuple[Any, ...], audience: bytes | None
    ) -> bytes:
        corpus: bytes = record.corpus or order[0]
        self._insert(
            "catalogue_corpora",
            (
                *order,
                corpus,
                record.name,
                record.licence,
                record.removed,
                *_circle(record),
                cbor.encode([list(each) for each in record.former]) if record.former else None,
                audience,
            ),
        )
        return corpus

    def _take_document(
        self,
        record: DocumentRecord,
        order: tuple[Any, ...],
        wall: int,
        audience: bytes | None,
    ) -> bytes:
        self._insert(
            "catalogue_documents",
            (
                *order,
                record.corpus,
                record.path,
                record.title,
                record.media,
                record.size,
                record.source,
                record.text or None,
                record.hash,
                record.form,
                record.pages,
                wall,
                audience,
                *(record.keys or (None, None, None, None)),
            ),
        )
        return record.corpus

    def _take_share(self, record: ShareRecord, order: tuple[Any, ...]) -> bytes:
        said = (record.corpus, record.community, record.shared, record.stopped)
        self._insert("catalogue_shares", (*order, *said, *_circle(record)))
        return record.corpus

    def _insert(self, table: str, values: tuple[Any, ...]) -> None:
        marks = ", ".join("?" * len(values))
        self._execute(f"INSERT OR REPLACE INTO {table} VALUES({marks})", values)


def _circle(record: CorpusRecord | ShareRecord) -> tuple[bytes | None, bytes | None, bytes | None]:
    """Who may read and write, as it is kept: null where that is nothing special."""
    readers = None if record.circle is None else cbor.encode(record.readers.listed())
    writers = cbor.encode(record.writers.listed()) if record.writers else None
    return record.circle, readers, writers
