"""The tables of vectors: beside the full-text index, in cache.db and in guide.db.

| table | |
|---|---|
| vector_models | the embedding models whose vectors are here, by id (`Model.id`) |
| vectors | one vector for each (model, content); content is the BLAKE3 of what was embedded |
| vector_bits | for each (model, passage): its vector's number, and the sign bits |
| vector_state | the vectors of examples (`hearth.vectors.kin`); what calibration found |

A passage is a row of the full-text index. The rows of a document that is taken out go in the same
transaction, by a trigger on `index_entries`, whoever takes it out, and with the last passage that
has a content goes its vector: what is erased is erased here too. Where the index was made anew, its
tables and the trigger with them are gone: passages are then matched with the vectors again by
content, and nothing is embedded twice. Vectors of two models are never compared.
"""

from __future__ import annotations

import apsw

from hearth.corpora.cache import ensure, query, stamp

VERSION = 1
TABLES = ("vector_models", "vectors", "vector_bits", "vector_state")
_TRIGGER = "vector_passages_go"

NO_VECTOR = 0
"""The number in vector_bits of a passage that this model can make no vector of."""


def ready(connection: apsw.Connection) -> bool:
    """Whether the tables are there and belong to the index that is there."""
    return stamp(connection, "vectors") == VERSION and _has_trigger(connection)


def create(connection: apsw.Connection) -> None:
    """Make the tables if they are not there, whether or not there is an index."""
    ensure(connection, "vectors", VERSION, TABLES, _create)


def prepare(connection: apsw.Connection) -> None:
    """Make the tables, or match them with an index that was made anew; they are `ready` then."""
    create(connection)
    if not _has_trigger(connection):
        with connection:
            if not _has_trigger(connection):
                connection.execute("DROP TABLE vector_bits")
                _create_bits(connection)
                _create_trigger(connection)


def model_number(connection: apsw.Connection, model: bytes) -> int | None:
    """Under which number the vectors of a model are kept; None if there are none."""
    rows = query(connection, "SELECT id FROM vector_models WHERE model = ?", (model,))
    return int(rows[0][0]) if rows else None


def add_model(connection: apsw.Connection, model: bytes, dimensions: int) -> int:
    """Note a model; its number."""
    sql = "INSERT OR IGNORE INTO vector_models(model, dimensions) VALUES(?, ?)"
    connection.execute(sql, (model, dimensions))
    number = model_number(connection, model)
    assert number is not None
    return number


def keep_model(connection: apsw.Connection, model: bytes) -> None:
    """Drop the vectors of all models but this one."""
    gone = query(connection, "SELECT id FROM vector_models WHERE model <> ?", (model,))
    for number in gone:
        with connection:
            connection.execute("DELETE FROM vector_bits WHERE model = ?", number)
            connection.execute("DELETE FROM vectors WHERE model = ?", number)
            connection.execute("DELETE FROM vector_models WHERE id = ?", number)


def drop_unused(connection: apsw.Connection, model: int) -> None:
    """Drop vectors of a model that no passage has any more."""
    connection.execute(
        "DELETE FROM vectors WHERE model = ? AND NOT EXISTS"
        " (SELECT 1 FROM vector_bits AS b WHERE b.vector = vectors.id)",
        (model,),
    )


def _has_trigger(connection: apsw.Connection) -> bool:
    sql = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = ?"
    return bool(query(connection, sql, (_TRIGGER,)))


def _create(connection: apsw.Connection) -> None:
    connection.execute(
        "CREATE TABLE vector_models(id INTEGER PRIMARY KEY, model BLOB NOT NULL UNIQUE,"
        " dimensions INTEGER NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE vectors(id INTEGER PRIMARY KEY, model INTEGER NOT NULL,"
        " content BLOB NOT NULL, vector BLOB NOT NULL, UNIQUE(model, content))"
    )
    connection.execute("CREATE TABLE vector_state(key TEXT PRIMARY KEY, value) WITHOUT ROWID")
    _create_bits(connection)


def _create_bits(connection: apsw.Connection) -> None:
    """Without vectors: small rows, so that the first pass reads little."""
    connection.execute(
        "CREATE TABLE vector_bits(model INTEGER NOT NULL, passage INTEGER NOT NULL,"
        " vector INTEGER NOT NULL, bits BLOB NOT NULL, PRIMARY KEY(model, passage)) WITHOUT ROWID"
    )
    connection.execute("CREATE INDEX vector_bits_vector ON vector_bits(vector)")
    connection.execute(
        "CREATE TRIGGER vector_bits_last AFTER DELETE ON vector_bits BEGIN"
        " DELETE FROM vectors WHERE id = old.vector AND NOT EXISTS"
        " (SELECT 1 FROM vector_bits WHERE vector = old.vector); END"
    )


def _create_trigger(connection: apsw.Connection) -> None:
    connection.execute(
        f"CREATE TRIGGER {_TRIGGER} AFTER DELETE ON index_entries BEGIN"
        " DELETE FROM vector_bits WHERE model IN (SELECT id FROM vector_models)"
        " AND passage BETWEEN old.first AND old.first + old.count - 1; END"
    )
