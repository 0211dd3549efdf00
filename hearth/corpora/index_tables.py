"""The tables of the full-text index, and what goes into them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apsw

from hearth.corpora.cache import query
from hearth.languages import ENGLISH, stemming

TITLE_WEIGHT, HEADING_WEIGHT, TEXT_WEIGHT = 2.0, 1.5, 1.0

COLUMNS = (
    "id INTEGER PRIMARY KEY",
    "entry INTEGER",
    "ordinal INTEGER",
    "page INTEGER",
    "start INTEGER",
    "stop INTEGER",
    "checksum INTEGER",
    "language TEXT",
    "title TEXT",
    "heading TEXT",
    "text TEXT",
)
"""Of passage_rows; the last four are what FTS5 is given its words by."""
_LANGUAGE = -4

TABLES = (
    "passage_text",
    "passage_terms",
    "passage_rows",
    "index_languages",
    "index_entries",
    "index_members",
    "index_corpora",
    "index_missing",
    "index_state",
)


def insert(connection: apsw.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put passages into the index: tuples of COLUMNS."""
    marks = ", ".join("?" * len(COLUMNS))
    connection.executemany(f"INSERT INTO passage_rows VALUES({marks})", rows)
    connection.executemany(
        "INSERT INTO passage_text(rowid, title, heading, text) VALUES(?, ?, ?, ?)",
        [(row[0], *_indexed(*row[-4:])) for row in rows],
    )
    _count(connection, Counter(row[_LANGUAGE] for row in rows), 1)


def remove(connection: apsw.Connection, first: int, count: int) -> None:
    """Take `count` passages out from row `first` on; FTS5 must be told what it was given."""
    span = (first, first + count - 1)
    rows = query(
        connection,
        "SELECT id, language, title, heading, text FROM passage_rows WHERE id BETWEEN ? AND ?",
        span,
    )
    connection.executemany(
        "INSERT INTO passage_text(passage_text, rowid, title, heading, text)"
        " VALUES('delete', ?, ?, ?, ?)",
        [(id, *_indexed(*texts)) for id, *texts in rows],
    )
    connection.execute("DELETE FROM passage_rows WHERE id BETWEEN ? AND ?", span)
    _count(connection, Counter(row[1] for row in rows), -1)


def _indexed(language: str, *texts: str) -> Iterator[str]:
    """What FTS5 is given of a title, a heading and a text."""
    if language == ENGLISH and all(map(str.isascii, texts)):
        return iter(texts)
    return (stemming.indexed(text, language) for text in texts)


def _count(connection: apsw.Connection, passages: Mapping[str, int], sign: int) -> None:
    """Keep how many passages there are of each language."""
    connection.executemany(
        "INSERT INTO index_languages VALUES(?, ?)"
        " ON CONFLICT(language) DO UPDATE SET passages = passages + excluded.passages",
        [(language, sign * number) for language, number in passages.items()],
    )


def create(connection: apsw.Connection) -> None:
    connection.execute(
        "CREATE TABLE index_entries(id INTEGER PRIMARY KEY, document BLOB NOT NULL UNIQUE,"
        " title TEXT NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL)"
    )
    connection.execute("CREATE INDEX index_entries_first ON index_entries(first)")
    connection.execute(
        "CREATE TABLE index_members(corpus TEXT NOT NULL, entry INTEGER NOT NULL,"
        " PRIMARY KEY(entry, corpus)) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE index_corpora(name TEXT PRIMARY KEY, corpus BLOB, community BLOB)"
        " WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE index_missing(document BLOB PRIMARY KEY, object BLOB NOT NULL,"
        " here INTEGER NOT NULL) WITHOUT ROWID"
    )
    connection.execute("CREATE TABLE index_state(key TEXT PRIMARY KEY, value) WITHOUT ROWID")
    connection.execute(f"CREATE TABLE passage_rows({', '.join(COLUMNS)})")
    connection.execute(
        "CREATE TABLE index_languages(language TEXT PRIMARY KEY, passages INTEGER) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE VIRTUAL TABLE passage_text USING fts5(title, heading, text, entry UNINDEXED,"
        " ordinal UNINDEXED, page UNINDEXED, start UNINDEXED, stop UNINDEXED,"
        " checksum UNINDEXED, language UNINDEXED, content='passage_rows', content_rowid='id',"
        " tokenize='porter unicode61 remove_diacritics 2')"
    )
    weights = f"bm25({TITLE_WEIGHT}, {HEADING_WEIGHT}, {TEXT_WEIGHT})"
    for option, value in (("rank", weights), ("secure-delete", 1)):
        connection.execute(
            "INSERT INTO passage_text(passage_text, rank) VALUES(?, ?)", (option, value)
        )
    connection.execute("CREATE VIRTUAL TABLE passage_terms USING fts5vocab(passage_text, 'row')")
