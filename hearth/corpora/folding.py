"""Keeping the catalogue level with the log: events become rows, and rows are judged.

An erase event of the same device takes the rows it names away. Whenever something that counts
changes in a corpus, the corpus gets a new `stand`: what follows it (the index) remembers the stand
it is level with, so it falls behind no matter which command has moved the catalogue on, and is not
troubled by corpora it does not hold.

An event whose payload has not come is remembered, and taken in when it has.

The fold goes on from the arrival number it has seen. When the event that it remembers under that
number is another one now (the log was rebuilt from packs), it begins anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import apsw

from hearth.corpora.cache import begin, query
from hearth.corpora.catalogue import forget
from hearth.corpora.judging import Judge, Members, control_state, members_of
from hearth.corpora.records import CorpusRecord, DocumentRecord, ShareRecord
from hearth.kinds import CORPUS, DOCUMENT, ERASE, SHARE
from hearth.store import database
from hearth.store.erasures import ERASED
from hearth.store.errors import CorruptError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.store.event import Event
    from hearth.store.store import Store

_TABLES = ("catalogue_corpora", "catalogue_documents", "catalogue_shares")
_JUDGED = ("catalogue_corpora", "catalogue_documents")
_PAGE = 500


def update(connection: apsw.Connection, store: Store, home: bytes, members: Members | None) -> None:
    """See `Catalogue.update`."""
    level = _seen(connection, store) == store.log.last_arrival() > 0
    if level and not _came(connection, store):
        return
    begin(connection)
    try:
        seen = _seen(connection, store)
        if seen < 0:
            forget(connection)
        _Fold(connection, store, home, members or members_of(store)).follow(max(seen, 0))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


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


def drop(connection: apsw.Connection, events: Iterable[bytes]) -> None:
    """Take away what these events said: their payloads were erased here. One transaction."""
    begin(connection)
    try:
        changed: set[bytes] = set()
        for id in events:
            for table in _TABLES:
                found = connection.execute(f"SELECT corpus FROM {table} WHERE event = ?", (id,))
                changed.update(corpus for (corpus,) in found)
                connection.execute(f"DELETE FROM {table} WHERE event = ?", (id,))
        _stand_anew(connection, changed)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _stand_anew(connection: apsw.Connection, corpora: Iterable[bytes]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO catalogue_stands VALUES(?, ?)",
        [(corpus, os.urandom(8)) for corpus in corpora],
    )


class _Fold:
    """One update, inside a transaction of cache.db."""

    def __init__(
        self, connection: apsw.Connection, store: Store, home: bytes, members: Members
    ) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._store = store
        self._home = home
        self._members = members
        self._changed: set[bytes] = set()

    def follow(self, seen: int) -> None:
        """Take in everything after the arrival number `seen`."""
        log = self._store.log
        last = next(log.events(reverse=True, limit=1), None)
        kinds = (ERASE, CORPUS, DOCUMENT, SHARE)
        for arrival in _came(self._connection, self._store):
            self._execute("DELETE FROM catalogue_awaited WHERE arrival = ?", (arrival,))
            for event in log.events(after=arrival - 1, limit=1):
                self._take(event)
        for event in log.events(lane=Lane.CORPUS, kinds=kinds, after=seen):
            self._take(event)
        foreign = "SELECT DISTINCT community FROM catalogue_makers WHERE community <> ?"
        for (community,) in query(self._connection, foreign, (self._home,)):
            self._judge(community)
        _stand_anew(self._connection, self._changed)
        if last is not None:
            self._execute("DELETE FROM catalogue_state")
            self._execute("INSERT INTO catalogue_state VALUES(?, ?)", (last.arrival, last.id))

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
        own = header.community == self._home
        counts = 1 if own else None
        order = (event.id, header.community, header.device, header.lamport, header.sequence, counts)
        try:
            if header.kind == CORPUS:
                corpus = self._take_corpus(CorpusRecord.decode(event.payload), order)
            elif header.kind == DOCUMENT:
                record = DocumentRecord.decode(event.payload)
                corpus = self._take_document(record, order, header.wall)
            elif own:
                corpus = self._take_share(ShareRecord.decode(event.payload), order)
            else:  # what somebody shares from their home is nobody's business here
                return
        except CorruptError:  # not for this version to understand
            return
        if own:
            self._changed.add(corpus)

    def _erase(self, id: bytes, device: bytes, community: bytes) -> None:
        for table in _TABLES:
            where = f"FROM {table} WHERE event = ? AND device = ? AND community = ?"
            values = (id, device, community)
            self._changed.update(
                corpus for (corpus,) in self._execute(f"SELECT corpus {where}", values)
            )
            self._execute(f"DELETE {where}", values)

    def _note_maker(self, event: Event) -> None:
        """Any CORPUS event might make a corpus; what was said before it came is judged anew."""
        header = event.header
        self._execute(
            "INSERT OR REPLACE INTO catalogue_makers VALUES(?, ?, ?)",
            (event.id, header.community, header.device),
        )
        if header.community != self._home:
            for table in _JUDGED:
                self._execute(
                    f"UPDATE {table} SET counts = NULL WHERE corpus = ? AND community = ?",
                    (event.id, header.community),
                )

    def _take_corpus(self, record: CorpusRecord, order: tuple[Any, ...]) -> bytes:
        corpus: bytes = record.corpus or order[0]
        self._execute(
            "INSERT OR REPLACE INTO catalogue_corpora VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*order, corpus, record.name, record.licence, record.removed),
        )
        return corpus

    def _take_document(self, record: DocumentRecord, order: tuple[Any, ...], wall: int) -> bytes:
        self._execute(
            "INSERT OR REPLACE INTO catalogue_documents"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            ),
        )
        return record.corpus

    def _take_share(self, record: ShareRecord, order: tuple[Any, ...]) -> bytes:
        self._execute(
            "INSERT OR REPLACE INTO catalogue_shares VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*order, record.corpus, record.community, record.shared, record.stopped),
        )
        return record.corpus

    # judging

    def _judge(self, community: bytes) -> None:
        """Judge what is new in a community, or everything if its control lane has changed."""
        state = control_state(self._store, community)
        known = "SELECT state FROM catalogue_judged WHERE community = ?"
        same = query(self._connection, known, (community,)) == [(state,)]
        new = " AND d.counts IS NULL" if same else ""
        judge: Judge | None = None
        for table in _JUDGED:
            rows = query(
                self._connection,
                "SELECT d.event, d.device, d.sequence, d.counts, d.corpus, m.device"
                f" FROM {table} AS d LEFT JOIN catalogue_makers AS m ON m.corpus = d.corpus"
                f" AND m.community = d.community WHERE d.community = ?{new}",
                (community,),
            )
            if rows and judge is None:
                judge = Judge(self._members(community))
            for event, device, sequence, before, corpus, maker in rows:
                counts = judge is not None and judge.counts(maker, device, sequence, event)
                if counts != before:
                    self._execute(
                        f"UPDATE {table} SET counts = ? WHERE event = ?", (int(counts), event)
                    )
                if counts != bool(before):
                    self._changed.add(corpus)
        self._execute("INSERT OR REPLACE INTO catalogue_judged VALUES(?, ?)", (community, state))
