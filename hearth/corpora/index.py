"""The full-text index of passages: SQLite's FTS5, in cache.db or in memory.

One row a passage in `passage_rows`: its words, where it lies, its language. The FTS5 table over it
(Porter stems, diacritics folded) is given English as it stands, and of other languages and of
scripts without spaces what `hearth.languages` makes of them, so what is read from it is always
the text itself. A document is indexed once however many corpora hold it. `score` is BM25 with the
title counting twice and the heading one and a half times (title × 2 was worth +.008 nDCG@10 on
Cranfield).

SQLite does not notice a flipped bit inside a text. Each row therefore holds a checksum of its
passage, compared whenever the passage is read: what is quoted is what was indexed, or the cache is
damaged and made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from hearth.corpora.cache import changing, ensure, open_cache, open_part, query, stamp, writable
from hearth.corpora.hits import (
    COLUMNS,
    MARK_END,
    MARK_START,
    Hit,
    checksum,
    hit_of,
    whose,
    with_snippet,
)
from hearth.corpora.terms import Expression, any_of, quote, spelt
from hearth.languages import ENGLISH

if TYPE_CHECKING:
    from hearth.home import Home

VERSION = 6
"""Of the tables, of the passage rules and of the stems (the minor version of snowballstemmer in
pyproject.toml); another number rebuilds the index."""

_TIES = 64  # passages beyond the limit that may tie with the last one


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """How much of a corpus is indexed."""

    documents: int
    passages: int


class Index:
    """See the module. A context manager; not for use by two threads at once."""

    def __init__(self, connection: apsw.Connection, *, writable: bool = True) -> None:
        self.connection = connection
        self.writable = writable
        if writable and stamp(connection, "index") != VERSION:
            from hearth.corpora.index_tables import TABLES, create

            ensure(connection, "index", VERSION, TABLES, create)

    @classmethod
    def open(cls, path: Path, *, vfs: str | None = None, read_only: bool = False) -> Index:
        """Open the index in cache.db at `path`, making or remaking what is missing there.

        With `read_only`, or where it cannot be written, a cache that is there is used as it is;
        if there is none, the index is in memory, empty, and `update` fills it.
        """
        connection = open_part(path, "index", VERSION, vfs=vfs, read_only=read_only)
        return cls(connection, writable=writable(connection))

    @classmethod
    def memory(cls) -> Index:
        """Make an empty index in memory."""
        return cls(open_cache(None))

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # writing

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Put several additions and removals into one transaction; nests."""
        if not self.connection.get_autocommit():
            yield
            return
        with changing(self.connection):
            yield

    def add_document(self, corpus: str, document: bytes, title: str, text: str) -> None:
        """Add a document to a corpus; one that is there already is left as it is.

        `document` is the id of the text object, or of what is sealed the text's BLAKE3. Atomic;
        wrap many in `batch`.
        """
        with self.batch():
            entry = self._entry(document)
            if entry is None:
                entry = self._add_entry(document, title, text)
            self._execute("INSERT OR IGNORE INTO index_members VALUES(?, ?)", (corpus, entry))

    def remove_document(self, corpus: str, document: bytes) -> None:
        """Take a document out of a corpus; its passages go with the last corpus that has it."""
        with self.batch():
            entry = self._entry(document)
            if entry is None:
                return
            self._execute("DELETE FROM index_members WHERE corpus=? AND entry=?", (corpus, entry))
            if self._one("SELECT 1 FROM index_members WHERE entry=?", (entry,)) is None:
                from hearth.corpora.index_tables import remove

                first, count = self._one(
                    "SELECT first, count FROM index_entries WHERE id=?", (entry,)
                ) or (0, 0)
                remove(self.connection, first, count)
                self._execute("DELETE FROM index_entries WHERE id=?", (entry,))

    def forget(self, documents: Mapping[bytes, bytes]) -> None:
        """Take documents out whose text objects, given for each, are no longer here; they are back
        when the texts are."""
        with self.batch():
            for document, object in documents.items():
                sql = (
                    "SELECT m.corpus FROM index_members AS m JOIN index_entries AS e"
                    " ON e.id = m.entry WHERE e.document = ?"
                )
                for (corpus,) in self._execute(sql, (document,)):
                    self.remove_document(corpus, document)
                    missing = "INSERT OR REPLACE INTO index_missing VALUES(?, ?, 0)"
                    self._execute(missing, (document, object))

    def clear(self) -> None:
        """Forget everything; the tables are made anew."""
        from hearth.corpora.index_tables import TABLES, create

        with self.batch():
            for table in TABLES:
                self._execute(f"DROP TABLE IF EXISTS {table}")
            create(self.connection)

    def _entry(self, document: bytes) -> int | None:
        row = self._one("SELECT id FROM index_entries WHERE document=?", (document,))
        return None if row is None else int(row[0])

    def _add_entry(self, document: bytes, title: str, text: str) -> int:
        row = self._one("SELECT first + count FROM index_entries ORDER BY first DESC LIMIT 1")
        first = row[0] if row else 1
        self._execute(
            "INSERT INTO index_entries(document, title, first, count) VALUES(?, ?, ?, 0)",
            (document, title, first),
        )
        entry = self.connection.last_insert_rowid()
        from hearth.documents.passages import passages
        from hearth.languages import detecting

        whole, several = detecting.of_document(text)
        rows = [
            (first + p.ordinal, entry, p.ordinal, p.page, p.start, p.end,
             checksum(title, p.heading, p.text),
             detecting.language(p.text, whole) if several else whole,
             title, p.heading, p.text)
            for p in passages(text)
        ]  # fmt: skip
        from hearth.corpora.index_tables import insert

        insert(self.connection, rows)
        self._execute("UPDATE index_entries SET count=? WHERE id=?", (len(rows), entry))
        return entry

    # reading

    def search(
        self,
        terms: Sequence[str] | Expression,
        corpora: Sequence[str] | None = None,
        limit: int = 50,
        *,
        snippets: bool = False,
    ) -> list[Hit]:
        """Return the best passages with any of `terms`, best first; at most `limit`.

        Equal scores are ordered by document and ordinal, so that an index made anew answers the
        same. `corpora` restricts before ranking is cut; a document in several is reported under
        the first of them by name. Terms are looked for in the stems of every language that is
        here. Raises `CorruptError` for a damaged cache.db.
        """
        typed = [] if isinstance(terms, Expression) else terms
        wanted = terms if isinstance(terms, Expression) else spelt(terms, self.languages())
        if not wanted or limit <= 0 or corpora == []:
            return []
        snippet = f"snippet(passage_text, 2, '{MARK_START}', '{MARK_END}', '…', 28)"
        member, names = _member_clause(corpora)
        sql = (
            f"SELECT {COLUMNS}, -t.rank, {member} AS corpus, {snippet if snippets else 'NULL'} "
            "FROM passage_text AS t CROSS JOIN index_entries AS e ON e.id = t.entry "
            "WHERE passage_text MATCH ? AND corpus IS NOT NULL ORDER BY t.rank LIMIT ?"
        )
        rows = self._execute(sql, (*names, wanted, limit + _TIES))
        known = self.corpora()
        found = [hit_of(row, known) for row in rows]
        if snippets:
            found = [with_snippet(hit, typed) for hit in found]
        found.sort(key=lambda hit: (-hit.score, hit.document, hit.ordinal))
        return found[:limit]

    def languages(self) -> list[str]:
        """The languages other than English that passages here are in, in order."""
        rows = self._execute(
            "SELECT language FROM index_languages WHERE passages > 0 AND language <> ?"
            " ORDER BY language",
            (ENGLISH,),
        )
        return [language for (language,) in rows]

    def at(self, rows: Sequence[int], corpora: Sequence[str] | None = None) -> list[Hit]:
        """Return the passages with these row numbers that are there, in any order; score 0."""
        if not rows or corpora == []:
            return []
        member, names = _member_clause(corpora)
        marks = ", ".join("?" * len(rows))
        sql = (
            f"SELECT {COLUMNS}, 0.0, {member} AS corpus, NULL FROM passage_text AS t"
            f" CROSS JOIN index_entries AS e ON e.id = t.entry WHERE t.rowid IN ({marks})"
            " AND corpus IS NOT NULL"
        )
        known = self.corpora()
        return [hit_of(row, known) for row in self._execute(sql, (*names, *rows))]

    def neighbours(self, hit: Hit, n: int = 1) -> list[Hit]:
        """Return up to `n` passages before and `n` after `hit` in its document, in order."""
        found = self._range(hit.document, hit.ordinal - n, hit.ordinal + n)
        return [other for other in found if other.ordinal != hit.ordinal]

    def passages(self, document: bytes) -> list[Hit]:
        """Every passage of a document, in order."""
        return self._range(document, 0, 1 << 20)

    def _range(self, document: bytes, first: int, last: int) -> list[Hit]:
        member, _ = _member_clause(None)
        sql = (
            f"SELECT {COLUMNS}, 0.0, {member}, NULL FROM index_entries AS e "
            "CROSS JOIN passage_text AS t ON t.rowid BETWEEN e.first + max(?, 0) "
            "AND e.first + min(?, e.count - 1) "
            "WHERE e.document = ? ORDER BY t.rowid"
        )
        known = self.corpora()
        return [hit_of(row, known) for row in self._execute(sql, (first, last, document))]

    def stats(self) -> dict[str, CorpusStats]:
        """Return how many documents and passages each corpus has, by its name; empty ones too."""
        rows = self._execute(
            "SELECT name, count(e.id), coalesce(sum(e.count), 0) FROM"
            " (SELECT name FROM index_corpora UNION SELECT corpus FROM index_members)"
            " LEFT JOIN index_members AS m ON m.corpus = name"
            " LEFT JOIN index_entries AS e ON e.id = m.entry GROUP BY name ORDER BY name"
        )
        return {name: CorpusStats(documents, count) for name, documents, count in rows}

    def corpora(self) -> dict[str, tuple[bytes, bytes]]:
        """Return (corpus id, community id) of the corpora that are no guide, by name here."""
        rows = self._execute("SELECT name, corpus, community FROM index_corpora")
        return {name: (corpus, community) for name, corpus, community in rows}

    def vocabulary(self, start: str = "", stop: str | None = None) -> Iterator[tuple[str, int]]:
        """Yield (stemmed term, passages that have it) from `start` up to before `stop`."""
        upper = "\U0010ffff" if stop is None else stop
        yield from self._execute(
            "SELECT term, doc FROM passage_terms WHERE term >= ? AND term < ?", (start, upper)
        )

    def frequency(self, term: str) -> int:
        """Return how many passages have the word `term` (stemmed as the index stems)."""
        if not any(map(str.isalnum, term)):
            return 0
        row = self._one(
            "SELECT count(*) FROM passage_text WHERE passage_text MATCH ?", (quote(term),)
        )
        return int(row[0]) if row else 0

    def update(self, home: Home, progress: Callable[[int, int], None] | None = None) -> int:
        """Bring the index up to date with the log of `home`, incrementally.

        Returns how many documents are missing from it: see `hearth.corpora.following.update`.
        """
        from hearth.corpora.following import update

        return update(self, home, progress)

    # SQL

    def _execute(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        return iter(query(self.connection, sql, values))

    def _one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return next(self._execute(sql, values), None)


def _member_clause(corpora: Sequence[str] | None) -> tuple[str, tuple[str, ...]]:
    if corpora is None:
        return "(SELECT min(corpus) FROM index_members WHERE entry = e.id)", ()
    marks = ", ".join("?" * len(corpora))
    clause = f"(SELECT min(corpus) FROM index_members WHERE entry = e.id AND corpus IN ({marks}))"
    return clause, tuple(corpora)


__all__ = ["VERSION", "CorpusStats", "Expression", "Hit", "Index", "any_of", "quote", "whose"]
