"""Reading rows: what SQLite returns is what the schema (STRICT tables) says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import apsw


def fetch(
    connection: apsw.Connection, query: str, values: tuple[Any, ...] = ()
) -> list[tuple[Any, ...]]:
    """All rows of a query at once: nothing stays open, so the tables may be written to."""
    return connection.execute(query, values).fetchall()
