"""Keeping the index level with the catalogue: the difference is added and taken away.

What is added is read from the text objects, so the index never needs a document's source. It goes
in bounded transactions: killed anywhere, the next update goes on with what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hearth.corpora.cache import query
from hearth.corpora.catalogue import Catalogue
from hearth.store.errors import CorruptError, NotFoundError

if TYPE_CHECKING:
    from hearth.corpora.index import Index
    from hearth.home import Home

STEP = 500
"""Documents to a transaction."""

_WANTED = "temp.wanted"


def update(index: Index, home: Home, progress: Callable[[int, int], None] | None = None) -> int:
    """Bring `index` up to date with the log of `home`; return how many documents are missing.

    A document whose text object is missing or damaged is left out and tried again each time, so
    one bad object never hides the rest. `progress` is called with (documents done, documents to
    do). Cost when nothing is new: two look-ups.
    """
    if not index.writable:
        return 0
    catalogue = Catalogue(index.connection)
    catalogue.update(home.store)
    stand = catalogue.stand
    if _level(index) == stand:
        return 0
    _state_wanted(index, catalogue)
    removed = _remove(index)
    missing = _add(index, home, progress)
    _mark_level(index, b"" if missing else stand)
    if removed:  # erased words must not linger in the write-ahead log
        index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return missing


def _level(index: Index) -> bytes | None:
    """The stand of the catalogue that the index was last level with."""
    rows = query(index.connection, "SELECT value FROM index_state WHERE key = 'level'")
    return rows[0][0] if rows else None


def _mark_level(index: Index, stand: bytes) -> None:
    index.connection.execute("INSERT OR REPLACE INTO index_state VALUES('level', ?)", (stand,))


def _state_wanted(index: Index, catalogue: Catalogue) -> None:
    """List (corpus, document, title) as they ought to be, in a temporary table.

    A text that several documents share gets the title of the first by corpus and path, so that
    the index is the same however it came about.
    """
    names = {corpus.id: corpus.name for corpus in catalogue.corpora()}
    rows = [
        (names[document.corpus], document.text, document.title)
        for document in catalogue.documents()
        if document.corpus in names
    ]
    order = sorted(range(len(rows)), key=lambda place: (rows[place][0], place))
    titles: dict[bytes, str] = {}
    for place in order:
        titles.setdefault(rows[place][1], rows[place][2])
    execute = index.connection.execute
    execute("DROP TABLE IF EXISTS temp.wanted")
    execute(
        "CREATE TEMP TABLE wanted(corpus TEXT, document BLOB, title TEXT,"
        " PRIMARY KEY(document, corpus)) WITHOUT ROWID"
    )
    with index.batch():
        index.connection.executemany(
            "INSERT OR IGNORE INTO temp.wanted VALUES(?, ?, ?)",
            [(name, document, titles[document]) for name, document, _ in rows],
        )
        execute("DELETE FROM index_corpora")
        index.connection.executemany(
            "INSERT OR IGNORE INTO index_corpora VALUES(?)", [(name,) for name in names.values()]
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


def _add(index: Index, home: Home, progress: Callable[[int, int], None] | None) -> int:
    new = query(
        index.connection,
        "SELECT w.corpus, w.document, w.title FROM temp.wanted AS w WHERE NOT EXISTS"
        " (SELECT 1 FROM index_members AS m JOIN index_entries AS e ON e.id = m.entry"
        " WHERE e.document = w.document AND m.corpus = w.corpus) ORDER BY w.corpus, w.document",
    )
    missing = 0
    for start in range(0, len(new), STEP):
        with index.batch():
            for corpus, document, title in new[start : start + STEP]:
                text = _text(home, document)
                if text is None:
                    missing += 1
                else:
                    index.add_document(corpus, document, title, text)
        if progress is not None:
            progress(min(start + STEP, len(new)), len(new))
    return missing


def _text(home: Home, document: bytes) -> str | None:
    try:
        return home.store.read_file(document).decode("utf-8")
    except (NotFoundError, CorruptError, UnicodeDecodeError):
        return None
