"""The catalogue: which corpora and documents there are now, as a fold of the log.

Every CORPUS and DOCUMENT event whose payload is held is a row in cache.db; an erase event of the
same device takes the rows it names away. What is *current* is a query over the rows: of the
events for one (corpus, path) the last in (Lamport time, device, sequence) counts, and likewise
for the description of a corpus. So the order in which events arrive decides nothing, and two
devices that hold the same events show the same documents.

Whenever a row changes, the catalogue gets a new `stand`: what follows it (the index) remembers the
stand it is level with, so it falls behind no matter which command has moved the catalogue on.

The fold goes on from the arrival number it has seen. When the event that it remembers under
that number is another one now (the log was rebuilt from packs), it begins anew.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import apsw

from hearth.corpora.cache import begin, ensure, query
from hearth.corpora.records import CorpusRecord, DocumentRecord
from hearth.kinds import CORPUS, DOCUMENT, ERASE
from hearth.store.errors import CorruptError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.store.event import Event
    from hearth.store.store import Store

VERSION = 2
_TABLES = ("catalogue_corpora", "catalogue_documents", "catalogue_state", "seen_files")
_LATER = "(o.lamport, o.device, o.sequence) > (d.lamport, d.device, d.sequence)"
_CORPORA = (
    "SELECT d.corpus, d.community, d.name, d.licence, d.event, d.device, d.lamport "
    "FROM catalogue_corpora AS d WHERE NOT d.removed AND NOT EXISTS "
    f"(SELECT 1 FROM catalogue_corpora AS o WHERE o.corpus = d.corpus AND {_LATER})"
)
_DOCUMENTS = (
    "SELECT d.event, d.corpus, d.path, d.title, d.media, d.size, d.source, d.text, d.hash, d.form, "
    "d.pages, d.device, d.wall FROM catalogue_documents AS d WHERE {where} AND d.text IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM catalogue_documents AS o WHERE o.corpus = d.corpus "
    f"AND o.path = d.path AND {_LATER}) ORDER BY d.corpus, d.path"
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus as it is now. `id` is that of the event that made it."""

    id: bytes
    community: bytes
    name: str
    licence: str
    event: bytes
    device: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is now; `event` states it, `added` is that event's wall clock (a hint)."""

    event: bytes
    corpus: bytes
    path: bytes
    title: str
    media: str
    size: int
    source: bytes
    text: bytes
    hash: bytes
    form: int
    pages: int | None
    device: bytes
    added: int


class Catalogue:
    """Reads and follows. Shares a connection to cache.db with the index."""

    def __init__(self, connection: apsw.Connection, *, writable: bool = True) -> None:
        self.connection = connection
        if writable:
            ensure(connection, "catalogue", VERSION, _TABLES, _create)

    @property
    def stand(self) -> bytes:
        """Random bytes that are others after every change; empty before the first."""
        state = query(self.connection, "SELECT stand FROM catalogue_state")
        return state[0][0] if state else b""

    def update(self, store: Store) -> None:
        """Follow the log to its end. One transaction."""
        if self._seen(store) == store.log.last_arrival() > 0:
            return
        connection = self.connection
        begin(connection)
        try:
            seen = self._seen(store)
            if seen < 0:
                for table in ("catalogue_corpora", "catalogue_documents", "catalogue_state"):
                    connection.execute(f"DELETE FROM {table}")
                seen = 0
            self._follow(store, seen)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def forget(self, events: Collection[bytes]) -> bool:
        """Drop what these events say, as their payloads were erased here; whether there was any."""
        connection = self.connection
        begin(connection)
        try:
            before = connection.total_changes()
            for table in ("catalogue_corpora", "catalogue_documents"):
                connection.executemany(
                    f"DELETE FROM {table} WHERE event = ?", [(id,) for id in events]
                )
            dropped = connection.total_changes() > before
            if dropped:
                connection.execute("UPDATE catalogue_state SET stand = ?", (os.urandom(8),))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return dropped

    def _seen(self, store: Store) -> int:
        """Return the arrival number seen last; -1 if the log is not the one that was seen."""
        state = query(self.connection, "SELECT arrival, event FROM catalogue_state")
        if not state:
            return -1
        arrival: int = state[0][0]
        event = next(store.log.events(after=arrival - 1, limit=1), None)
        same = event is not None and (event.arrival, event.id) == state[0]
        return arrival if same else -1

    def _follow(self, store: Store, seen: int) -> None:
        changed = seen == 0
        last = next(store.log.events(reverse=True, limit=1), None)
        kinds = (ERASE, CORPUS, DOCUMENT)
        for event in store.log.events(lane=Lane.CORPUS, kinds=kinds, after=seen):
            changed = self._take(event) or changed
        if last is not None:
            stand = os.urandom(8) if changed else self.stand
            self.connection.execute("DELETE FROM catalogue_state")
            self.connection.execute(
                "INSERT INTO catalogue_state VALUES(?, ?, ?)", (last.arrival, last.id, stand)
            )

    def _take(self, event: Event) -> bool:
        header = event.header
        if header.kind == ERASE:
            for table in ("catalogue_corpora", "catalogue_documents"):
                self.connection.executemany(
                    f"DELETE FROM {table} WHERE event = ? AND device = ? AND community = ?",
                    [(id, header.device, header.community) for id in header.refs],
                )
            return True
        if event.payload is None:
            return False
        order = (event.id, header.community, header.device, header.lamport, header.sequence)
        try:
            if header.kind == CORPUS:
                self._take_corpus(CorpusRecord.decode(event.payload), order)
            else:
                self._take_document(DocumentRecord.decode(event.payload), order, header.wall)
        except CorruptError:  # not for this version to understand
            return False
        return True

    def _take_corpus(self, record: CorpusRecord, order: tuple[Any, ...]) -> None:
        corpus = record.corpus or order[0]
        self.connection.execute(
            "INSERT OR REPLACE INTO catalogue_corpora VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*order, corpus, record.name, record.licence, record.removed),
        )

    def _take_document(self, record: DocumentRecord, order: tuple[Any, ...], wall: int) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO catalogue_documents"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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

    # what is current

    def corpora(self) -> list[Corpus]:
        """Return every corpus, by name; the one made first is first of those with one name."""
        rows = query(self.connection, f"{_CORPORA} ORDER BY d.name, d.lamport, d.corpus")
        return [Corpus(*row[:6]) for row in rows]

    def corpus(self, name: str, community: bytes | None = None) -> Corpus | None:
        """Return the corpus of that name, or None."""
        for corpus in self.corpora():
            if corpus.name == name and community in (None, corpus.community):
                return corpus
        return None

    def documents(self, corpus: bytes | None = None) -> Iterator[Document]:
        """Yield the current documents of a corpus (of all), by path."""
        where, values = (
            "1" if corpus is None else "d.corpus = ?",
            [] if corpus is None else [corpus],
        )
        for row in query(self.connection, _DOCUMENTS.format(where=where), values):
            yield Document(*row)

    def count(self, corpus: bytes) -> int:
        """Return how many documents a corpus has now."""
        return len(query(self.connection, _DOCUMENTS.format(where="d.corpus = ?"), [corpus]))

    def stated(self, corpus: bytes, path: bytes) -> list[tuple[bytes, bytes]]:
        """Return (event, device) of every event held for this path, current or not."""
        sql = "SELECT event, device FROM catalogue_documents WHERE corpus = ? AND path = ?"
        return [(event, device) for event, device in query(self.connection, sql, (corpus, path))]

    def describing(self, corpus: bytes) -> list[tuple[bytes, bytes]]:
        """Return (event, device) of every CORPUS event held for this corpus."""
        sql = "SELECT event, device FROM catalogue_corpora WHERE corpus = ?"
        return [(event, device) for event, device in query(self.connection, sql, (corpus,))]


def _create(connection: apsw.Connection) -> None:
    order = (
        "event BLOB PRIMARY KEY, community BLOB NOT NULL, device BLOB NOT NULL,"
        " lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, corpus BLOB NOT NULL"
    )
    connection.execute(
        f"CREATE TABLE catalogue_corpora({order}, name TEXT NOT NULL, licence TEXT NOT NULL,"
        " removed INTEGER NOT NULL)"
    )
    connection.execute(
        f"CREATE TABLE catalogue_documents({order}, path BLOB NOT NULL, title TEXT, media TEXT,"
        " size INTEGER, source BLOB, text BLOB, hash BLOB, form INTEGER, pages INTEGER,"
        " wall INTEGER)"
    )
    connection.execute("CREATE INDEX catalogue_place ON catalogue_documents(corpus, path)")
    connection.execute("CREATE TABLE catalogue_state(arrival INTEGER, event BLOB, stand BLOB)")
    connection.execute(
        "CREATE TABLE seen_files(path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER,"
        " ctime INTEGER, inode INTEGER, device INTEGER, hash BLOB) WITHOUT ROWID"
    )
    connection.execute("CREATE INDEX seen_hash ON seen_files(hash)")
