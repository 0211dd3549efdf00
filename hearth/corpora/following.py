"""Keeping the index level with the catalogue: the difference is added and taken away.

The index holds the corpora of home and those that are followed, under their names here. What is
added is read from the text objects, so the index never needs a document's source. It goes in
bounded transactions: killed anywhere, the next update goes on with what is missing. A text that is
not here (yet) is remembered, and costs one look-up the next time.

A sealed text is opened for this, and by it alone: what stays is the index.

What others wrote is not believed: a text that is too large, or not in the normal form that every
text of our own is in, is left out as if it were missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hearth.corpora import naming
from hearth.corpora.cache import query
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.naming import Named
from hearth.corpora.opening import Opener, text as opened
from hearth.corpora.records import Keys
from hearth.documents.extraction import TEXT_LIMIT, TITLE_LIMIT
from hearth.documents.normal import one_line, tidy
from hearth.store import servable
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError, NotFoundError

if TYPE_CHECKING:
    from hearth.corpora.index import Index
    from hearth.home import Home

STEP = 500
"""Documents to a transaction."""
_OPEN = (None, None, None)


def update(index: Index, home: Home, progress: Callable[[int, int], None] | None = None) -> int:
    """Bring `index` up to date with the log of `home`; return how many documents of home lack.

    A document whose text object is missing or damaged is left out until it is here, so one bad
    object never hides the rest. Texts of followed corpora that have not come yet are missing too,
    and nothing to worry about: they are not counted. `progress` is called with (documents done,
    documents to do). Cost when nothing is new: a few look-ups.
    """
    if not index.writable:
        return 0
    catalogue = Catalogue(index.connection)
    catalogue.update(home.store, home.community, opener=Opener(home))
    corpora = naming.held(catalogue, naming.Local(home.store.connection, home.community))
    stand = naming.stand(catalogue, corpora)
    if _level(index) != stand or _arrived(index, home):
        _state_wanted(index, catalogue, corpora)
        removed = _remove(index)
        _add(index, home, {each.label for each in corpora if each.strange}, progress)
        _mark_level(index, stand)
        if removed:  # erased words must not linger in the write-ahead log
            index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return _lacking(index, catalogue, corpora)


def _level(index: Index) -> bytes | None:
    """The stand of the corpora that the index was last level with."""
    rows = query(index.connection, "SELECT value FROM index_state WHERE key = 'level'")
    return rows[0][0] if rows else None


def _mark_level(index: Index, stand: bytes) -> None:
    index.connection.execute("INSERT OR REPLACE INTO index_state VALUES('level', ?)", (stand,))


def _arrived(index: Index, home: Home) -> bool:
    """Whether a text that was missing is here now."""
    missing = query(index.connection, "SELECT object FROM index_missing WHERE NOT here")
    here = servable.held(home.store.connection, (id for (id,) in missing))
    return any(home.store.has_file(id) for id in here)


def _lacking(index: Index, catalogue: Catalogue, corpora: Sequence[Named]) -> int:
    """How many documents of home are not in the index."""
    missing = {id for (id,) in query(index.connection, "SELECT document FROM index_missing")}
    if not missing:
        return 0
    homes = [each.corpus.id for each in corpora if each.place is naming.Place.HOME]
    return len({each.id for id in homes for each in catalogue.documents(id) if each.id in missing})


def _state_wanted(index: Index, catalogue: Catalogue, corpora: Sequence[Named]) -> None:
    """List (corpus, document, title) as they ought to be, in a temporary table.

    A text that several documents share gets the title of the first by corpus and path, so that
    the index is the same however it came about.
    """
    rows = [
        (each.label, document)
        for each in sorted(corpora, key=lambda each: (each.label, each.corpus.id))
        for document in catalogue.documents(each.corpus.id)
    ]
    titles: dict[bytes, str] = {}
    for _, document in rows:
        titles.setdefault(document.id, one_line(document.title)[:TITLE_LIMIT])
    execute = index.connection.execute
    execute("DROP TABLE IF EXISTS temp.wanted")
    execute(
        "CREATE TEMP TABLE wanted(corpus TEXT, document BLOB, title TEXT, object BLOB,"
        " source_key BLOB, text_key BLOB, length INTEGER, PRIMARY KEY(document, corpus))"
        " WITHOUT ROWID"
    )
    with index.batch():
        index.connection.executemany(
            "INSERT OR IGNORE INTO temp.wanted VALUES(?, ?, ?, ?, ?, ?, ?)",
            [
                (label, each.id, titles[each.id], each.text, *(each.keys or _OPEN)[:3])
                for label, each in rows
            ],
        )
        execute("DELETE FROM index_corpora")
        index.connection.executemany(
            "INSERT OR IGNORE INTO index_corpora VALUES(?, ?, ?)",
            [(each.label, each.corpus.id, each.corpus.community) for each in corpora],
        )
        execute("INSERT OR REPLACE INTO index_state VALUES('level', x'')")


def _remove(index: Index) -> int:
    gone = query(
        index.connection,
        "SELECT m.corpus, e.document FROM index_members AS m JOIN index_entries AS e"
        " ON e.id = m.entry LEFT JOIN temp.wanted AS w ON w.document = e.document"
        " AND w.corpus = m.corpus WHERE w.document IS NULL OR w.title <> e.title",
    )
    for start in range(0, len(gone), STEP):
        with index.batch():
            for corpus, document in gone[start : start + STEP]:
                index.remove_document(corpus, document)
    return len(gone)


def _add(
    index: Index,
    home: Home,
    strange: set[str],
    progress: Callable[[int, int], None] | None,
) -> None:
    new = query(
        index.connection,
        "SELECT w.corpus, w.document, w.title, w.object, w.source_key, w.text_key, w.length"
        " FROM temp.wanted AS w WHERE NOT EXISTS"
        " (SELECT 1 FROM index_members AS m JOIN index_entries AS e ON e.id = m.entry"
        " WHERE e.document = w.document AND m.corpus = w.corpus) ORDER BY w.corpus, w.document",
    )
    index.connection.execute("DELETE FROM index_missing")
    for start in range(0, len(new), STEP):
        with index.batch():
            for corpus, document, title, object, *opens in new[start : start + STEP]:
                keys = None if opens[0] is None else Keys(opens[0], opens[1], opens[2], document)
                try:
                    text = _text(home, object, keys, corpus in strange)
                    here = text is not None or home.store.has_file(object)
                except DiskError:  # the next update looks again
                    text, here = None, False
                if text is None:
                    index.connection.execute(
                        "INSERT OR IGNORE INTO index_missing VALUES(?, ?, ?)",
                        (document, object, here),
                    )
                else:
                    index.add_document(corpus, document, title, text)
        if progress is not None:
            progress(min(start + STEP, len(new)), len(new))


def _text(home: Home, object: bytes, keys: Keys | None, strange: bool) -> str | None:
    data, store = bytearray(), home.store
    try:
        for piece in store.open_file(object) if keys is None else opened(store, object, keys):
            data += piece
            if len(data) > TEXT_LIMIT:
                return None
        text = data.decode("utf-8")
    except (NotFoundError, CorruptError, UnicodeDecodeError):
        return None
    return None if strange and tidy(text) != text else text
