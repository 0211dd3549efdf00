"""The catalogue: which corpora and documents there are now, as a fold of the log.

Every CORPUS, DOCUMENT and SHARE event whose payload is held is a row in cache.db (`folding`). What
is *current* is a query over the rows that count: of the events for one (corpus, path) the last in
(Lamport time, device, sequence) is it, and likewise for the description of a corpus. So the order
in which events arrive decides nothing, and two devices that hold the same events show the same
documents. In the home community every row counts; elsewhere `judging` says which do.

What is sealed to others is no row: of a corpus that one may not read nothing is here, so that all
who ask the catalogue are told the same of it as of one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import apsw

from hearth.corpora.cache import begin, ensure, query
from hearth.corpora.catalogue_tables import FOLDED, VERSION, create
from hearth.corpora.records import NOBODY, Former, Keys, Whom, read_former
from hearth.store import cbor

if TYPE_CHECKING:
    from hearth.corpora.judging import Members
    from hearth.corpora.opening import Opener
    from hearth.store.store import Store

_LATER = "(o.lamport, o.device, o.sequence, o.event) > (d.lamport, d.device, d.sequence, d.event)"
_CORPORA = (
    "SELECT d.corpus, d.community, d.name, d.licence, d.event, d.device, d.circle, d.readers,"
    " d.writers, d.former, d.audience FROM catalogue_corpora AS d WHERE d.counts"
    " AND NOT d.removed AND NOT EXISTS"
    " (SELECT 1 FROM catalogue_corpora AS o WHERE o.corpus = d.corpus"
    f" AND o.community = d.community AND o.counts AND {_LATER})"
)
_DOCUMENTS = (
    "SELECT d.event, d.corpus, d.path, d.title, d.media, d.size, d.source, d.text, d.hash, d.form,"
    " d.pages, d.device, d.wall, d.audience, d.source_key, d.text_key, d.length, d.text_hash"
    " FROM catalogue_documents AS d WHERE {where} AND d.counts"
    " AND d.text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM catalogue_documents AS o"
    " WHERE o.corpus = d.corpus AND o.path = d.path AND o.community = d.community AND o.counts"
    " {among}"
    f" AND {_LATER}) ORDER BY d.corpus, d.path"
)
_SHARES = (
    "SELECT d.corpus, d.place, d.shared, d.stopped, d.circle, d.readers, d.writers"
    " FROM catalogue_shares AS d WHERE NOT EXISTS"
    f" (SELECT 1 FROM catalogue_shares AS o WHERE o.shared = d.shared AND {_LATER})"
    " ORDER BY d.lamport, d.device, d.sequence, d.event"
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus as it is now. `id` is that of the event that made it.

    `circle` is the id of its readers' audience, `audience` that of the key under which its
    description is sealed; None where every member may read. `former` are devices of writers who
    are none any more.
    """

    id: bytes
    community: bytes
    name: str
    licence: str
    event: bytes
    device: bytes
    circle: bytes | None = None
    readers: Whom = NOBODY
    writers: Whom = NOBODY
    former: Former = ()
    audience: bytes | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is now; `event` states it, `added` is that event's wall clock (a hint).

    `source` and `text` are objects as they are stored and carried: sealed ones if there are `keys`.
    """

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
    audience: bytes | None = None
    keys: Keys | None = None

    @property
    def id(self) -> bytes:
        """What it is indexed, cited and printed by: its text object, or the BLAKE3 of the text."""
        return self.text if self.keys is None else self.keys.hash

    @property
    def source_id(self) -> bytes:
        """What its source is printed by: the source object, or the BLAKE3 of the source."""
        return self.source if self.keys is None else self.hash


@dataclass(frozen=True, slots=True)
class Share:
    """A corpus of home is kept level in a community, as `shared`; `stopped`: no longer.

    `circle`, `readers` and `writers` are as in `Corpus`.
    """

    corpus: bytes
    community: bytes
    shared: bytes
    stopped: bool
    circle: bytes | None = None
    readers: Whom = NOBODY
    writers: Whom = NOBODY


class Catalogue:
    """Reads and follows. Shares a connection to cache.db with the index."""

    def __init__(self, connection: apsw.Connection, *, writable: bool = True) -> None:
        self.connection = connection
        if writable:
            ensure(connection, "catalogue", VERSION, (*FOLDED, "seen_files"), create)

    def update(
        self,
        store: Store,
        home: bytes,
        members: Members | None = None,
        opener: Opener | None = None,
    ) -> None:
        """Follow the log to its end. One transaction.

        `home` is the home community; `members` tells the membership of the others, from the log
        itself if not given, and is asked only where something is to be judged. `opener` opens what
        is sealed; without it that waits.
        """
        from hearth.corpora.folding import update

        update(self.connection, store, home, members, opener)

    def waiting(self, store: Store) -> int:
        """How many events wait for this device's key to be opened: their keys are here."""
        from hearth.corpora.opening import held

        sql = "SELECT count(*) FROM catalogue_sealed WHERE audience = ?"
        return sum(query(self.connection, sql, (id,))[0][0] for id in held(store))

    def stands(self) -> dict[bytes, bytes]:
        """By corpus: random bytes that are others after every change to it."""
        return dict(query(self.connection, "SELECT corpus, stand FROM catalogue_stands"))

    # what is current

    def corpora(self, community: bytes | None = None) -> list[Corpus]:
        """Return every corpus, by name; the one made first is first of those with one name."""
        where, values = ("", ()) if community is None else (" AND d.community = ?", (community,))
        sql = f"{_CORPORA}{where} ORDER BY d.name, d.lamport, d.corpus"
        return [_corpus(row) for row in query(self.connection, sql, values)]

    def corpus(self, name: str, community: bytes) -> Corpus | None:
        """Return the corpus of that name in a community, or None."""
        found = (each for each in self.corpora(community) if each.name == name)
        return next(found, None)

    def documents(
        self, corpus: bytes | None = None, by: Sequence[bytes] | None = None
    ) -> Iterator[Document]:
        """Yield the current documents of a corpus (of all), by path.

        With `by` as if nobody but these devices had said anything.
        """
        where = "1" if corpus is None else "d.corpus = ?"
        values = [] if corpus is None else [corpus]
        among = ""
        if by is not None:
            marks = ", ".join("?" * len(by))
            where += f" AND d.device IN ({marks})"
            among = f"AND o.device IN ({marks})"
            values += [*by, *by]
        sql = _DOCUMENTS.format(where=where, among=among)
        for row in query(self.connection, sql, values):
            yield _document(row)

    def count(self, corpus: bytes) -> int:
        """Return how many documents a corpus has now."""
        sql = _DOCUMENTS.format(where="d.corpus = ?", among="")
        return len(query(self.connection, sql, [corpus]))

    def stated(self, corpus: bytes, path: bytes) -> list[tuple[bytes, bytes]]:
        """Return (event, device) of every event that counts for this path, current or not."""
        sql = (
            "SELECT event, device FROM catalogue_documents WHERE corpus = ? AND path = ? AND counts"
        )
        return [(event, device) for event, device in query(self.connection, sql, (corpus, path))]

    def describing(self, corpus: bytes) -> list[tuple[bytes, bytes]]:
        """Return (event, device) of every CORPUS event that counts for this corpus."""
        sql = "SELECT event, device FROM catalogue_corpora WHERE corpus = ? AND counts"
        return [(event, device) for event, device in query(self.connection, sql, (corpus,))]

    def shares(self) -> list[Share]:
        """Return what is shared where, and what no longer is; the one stated first is first."""
        return [_share(row) for row in query(self.connection, _SHARES)]

    def maker(self, corpus: bytes) -> bytes | None:
        """The device that made a corpus; None if the event that did has not come."""
        sql = "SELECT device FROM catalogue_makers WHERE corpus = ?"
        found = query(self.connection, sql, (corpus,))
        return found[0][0] if found else None

    def awaited(self, community: bytes) -> list[bytes]:
        """Return the events about corpora of a community whose payloads have not come."""
        sql = "SELECT event FROM catalogue_awaited WHERE community = ? ORDER BY arrival"
        return [event for (event,) in query(self.connection, sql, (community,))]

    def is_level(self, share: Share) -> bool:
        """Whether nothing has changed in either corpus since `note_level`."""
        sql = "SELECT stands FROM catalogue_level WHERE shared = ?"
        stands = self.stands()
        now = stands.get(share.corpus, b"") + stands.get(share.shared, b"")
        return query(self.connection, sql, (share.shared,)) == [(now,)]

    def note_level(self, share: Share, stand: bytes) -> None:
        """Note that a shared corpus, as it is now, is level with that of home at `stand`."""
        now = stand + self.stands().get(share.shared, b"")
        begin(self.connection)
        self.connection.execute(
            "INSERT OR REPLACE INTO catalogue_level VALUES(?, ?)", (share.shared, now)
        )
        self.connection.execute("COMMIT")

    def sharing(self, shared: bytes) -> list[tuple[bytes, bytes]]:
        """Return (event, device) of every SHARE event held that names this shared corpus."""
        sql = "SELECT event, device FROM catalogue_shares WHERE shared = ?"
        return [(event, device) for event, device in query(self.connection, sql, (shared,))]


def writers(
    connection: apsw.Connection, community: bytes
) -> dict[bytes, tuple[bytes | None, bytes | None]]:
    """By corpus of a community whose maker has named some: writers, and former ones, as kept."""
    sql = f"{_CORPORA} AND d.community = ? AND coalesce(d.writers, d.former) IS NOT NULL"
    return {row[0]: (row[8], row[9]) for row in query(connection, sql, (community,))}


def _corpus(row: tuple[Any, ...]) -> Corpus:
    *facts, readers, writers, former, audience = row
    named = whom_kept(readers), whom_kept(writers), former_kept(former)
    values: list[Any] = [*facts, *named, audience]
    return Corpus(*values)


def _document(row: tuple[Any, ...]) -> Document:
    facts, keys = row[:-4], row[-4:]
    values: list[Any] = [*facts, None if keys[0] is None else Keys(*keys)]
    return Document(*values)


def _share(row: tuple[Any, ...]) -> Share:
    corpus, place, shared, stopped, circle, *named = row
    readers, writers = map(whom_kept, named)
    return Share(corpus, place, shared, bool(stopped), circle, readers, writers)


def whom_kept(data: bytes | None) -> Whom:
    """Persons as they are kept in a row."""
    return NOBODY if data is None else Whom.read(cbor.decode(data))


def former_kept(data: bytes | None) -> Former:
    """Devices of former writers as they are kept in a row."""
    return () if data is None else read_former(cbor.decode(data))
