"""Which passages there are, which of them have a vector, and which wait for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from hearth.corpora.cache import query
from hearth.vectors import tables
from hearth.vectors.texts import embedded_text

if TYPE_CHECKING:
    import apsw


class Passage(NamedTuple):
    """A passage to embed: its row, the entry it is of, what is embedded, and that one's hash."""

    row: int
    entry: int
    document: bytes
    text: str
    content: bytes


def size(connection: apsw.Connection) -> int:
    """How many passages there are."""
    return int(query(connection, "SELECT coalesce(sum(count), 0) FROM index_entries")[0][0])


def having(connection: apsw.Connection, model: bytes) -> int:
    """How many passages have a vector of this model, as far as can be told without reading it."""
    number = tables.model_number(connection, model) if tables.ready(connection) else None
    if number is None:
        return 0
    return int(
        query(connection, "SELECT count(*) FROM vector_bits WHERE model = ?", (number,))[0][0]
    )


def most(connection: apsw.Connection) -> int:
    """How many passages have a vector of the model that most have one of."""
    if not tables.ready(connection):
        return 0
    sql = "SELECT count(*) AS n FROM vector_bits GROUP BY model ORDER BY n DESC LIMIT 1"
    return int(next(iter(query(connection, sql)), (0,))[0])


def lacking(connection: apsw.Connection, model: bytes) -> int:
    """How many passages have no vector of this model yet; damaged ones count as none."""
    return size(connection) - having(connection, model) + len(damaged(connection, model))


def damaged(connection: apsw.Connection, model: bytes) -> list[tuple[int, int]]:
    """(model's number, passage) of what cannot be right: bits of another size, or no vector."""
    if not tables.ready(connection):
        return []
    return query(
        connection,
        "SELECT b.model, b.passage FROM vector_bits AS b JOIN vector_models AS m ON m.id = b.model"
        " LEFT JOIN vectors AS v ON v.id = b.vector WHERE m.model = ? AND b.vector <> ?"
        " AND (length(b.bits) <> m.dimensions / 8 OR v.id IS NULL)",
        (model, tables.NO_VECTOR),
    )


def without(connection: apsw.Connection, number: int) -> Iterator[Passage]:
    """The passages without a vector, entry by entry."""
    entries = query(
        connection,
        "SELECT e.id, e.document, e.first, e.first + e.count - 1 FROM index_entries AS e"
        " WHERE e.count > (SELECT count(*) FROM vector_bits AS b WHERE b.model = ?"
        " AND b.passage BETWEEN e.first AND e.first + e.count - 1) ORDER BY e.first",
        (number,),
    )
    for entry, document, first, last in entries:
        known = {
            row
            for (row,) in query(
                connection,
                "SELECT passage FROM vector_bits WHERE model = ? AND passage BETWEEN ? AND ?",
                (number, first, last),
            )
        }
        for row in range(first, last + 1):
            if row not in known:
                yield from _read(connection, entry, document, row)


def _read(connection: apsw.Connection, entry: int, document: bytes, row: int) -> Iterator[Passage]:
    sql = "SELECT title, heading, text FROM passage_text WHERE rowid = ?"
    for title, heading, text in query(connection, sql, (row,)):
        embedded = embedded_text(title, heading, text)
        content = blake3(embedded.encode("utf-8", "surrogatepass")).digest()
        yield Passage(row, entry, document, embedded, content)
