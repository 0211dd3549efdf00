"""What a person wishes to have here: corpora to follow, objects to ask for, objects to keep.

What was asked for or pinned is a root for gc: it stays, though nothing else here may need it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hearth.store.database import rows

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction


def follow(tx: Transaction, corpus: bytes, community: bytes) -> None:
    """Fetch the documents of a corpus from now on."""
    tx.connection.execute("INSERT OR REPLACE INTO follows VALUES (?, ?)", (corpus, community))


def unfollow(tx: Transaction, corpus: bytes) -> None:
    """Fetch them no more."""
    tx.connection.execute("DELETE FROM follows WHERE corpus = ?", (corpus,))


def ask(tx: Transaction, community: bytes, ids: Iterable[bytes], now: int) -> None:
    """Ask a community for objects from now on; `now` is in unix seconds."""
    tx.connection.executemany(
        "INSERT OR IGNORE INTO asked VALUES (?, ?, ?)", ((community, id, now) for id in ids)
    )


def pin(tx: Transaction, ids: Iterable[bytes], now: int) -> None:
    """Keep objects, and what they need."""
    kept = list(ids)
    tx.connection.executemany(
        "INSERT OR IGNORE INTO pins VALUES (?, ?)", ((id, now) for id in kept)
    )
    tx.touch(kept)


def drop(tx: Transaction, ids: Iterable[bytes]) -> None:
    """Neither keep objects nor ask anybody for them."""
    for id in ids:
        tx.connection.execute("DELETE FROM pins WHERE id = ?", (id,))
        tx.connection.execute("DELETE FROM asked WHERE id = ?", (id,))


def asked(connection: apsw.Connection, community: bytes) -> list[bytes]:
    """What a community is asked for, the first first."""
    found = rows(connection, "SELECT id FROM asked WHERE community = ? ORDER BY at, id", community)
    return [id for (id,) in found]


def all_asked(connection: apsw.Connection) -> list[bytes]:
    """What any community is asked for."""
    return [id for (id,) in rows(connection, "SELECT id FROM asked")]


def pinned(connection: apsw.Connection) -> list[bytes]:
    """What is kept whatever the budget says."""
    return [id for (id,) in rows(connection, "SELECT id FROM pins")]


def roots(connection: apsw.Connection) -> Iterator[bytes]:
    """Everything asked for or pinned."""
    yield from pinned(connection)
    yield from all_asked(connection)
