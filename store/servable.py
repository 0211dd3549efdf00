"""What may be served in a community: what was received there, and what was published there.

Nothing else opens an object: not an event that names it, not a manifest that does (whoever knows
a hash could write either), and not that the object is here for another community's sake. So every
object is noted by itself, the chunks of a file too, in the transaction that received or published
it. An object that is here but not servable in a community counts as missing there (`missing`): it
is asked for like any other, so that what a node does not ask for says nothing about what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from hearth.store import begun, manifest
from hearth.store.database import rows, value
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.store import Store

_PAGE: Final = 500
_HELD: Final = "SELECT id FROM objects WHERE id IN ({marks}) AND id NOT IN (SELECT id FROM damaged)"


def allow(tx: Transaction, community: bytes, ids: Iterable[bytes]) -> None:
    """Note that these objects were received or published in a community, and are here whole.
    Counts with `tx`."""
    objects = [(community, id) for id in ids]
    tx.connection.executemany("INSERT OR IGNORE INTO servable VALUES (?, ?)", objects)
    begun.drop(tx.connection, objects)


def forbid(tx: Transaction, community: bytes, ids: Iterable[bytes]) -> None:
    """Serve these objects in a community no longer. What members hold already stays theirs."""
    tx.connection.executemany(
        "DELETE FROM servable WHERE community = ? AND id = ?", ((community, id) for id in ids)
    )


def allowed(connection: apsw.Connection, community: bytes, id: bytes) -> bool:
    """Whether an object may be served in a community. Says nothing about whether it is here."""
    found = value(
        connection, "SELECT 1 FROM servable WHERE community = ? AND id = ?", community, id
    )
    return found is not None


def all_allowed(connection: apsw.Connection, community: bytes) -> set[bytes]:
    """Every object that may be served in a community."""
    found = rows(connection, "SELECT id FROM servable WHERE community = ?", community)
    return {id for (id,) in found}


def held(connection: apsw.Connection, ids: Iterable[bytes]) -> set[bytes]:
    """Those of these objects that are here and not known to be damaged."""
    found: set[bytes] = set()
    for page in _pages(ids):
        found.update(id for (id,) in rows(connection, _marked(_HELD, page), *page))
    return found


def missing(connection: apsw.Connection, community: bytes, ids: Iterable[bytes]) -> list[bytes]:
    """Those of these objects that are not here, or here for something else only; in order."""
    wanted = list(dict.fromkeys(ids))
    sql = f"{_HELD} AND id IN (SELECT id FROM servable WHERE community = ?)"
    here: set[bytes] = set()
    for page in _pages(wanted):
        here.update(id for (id,) in rows(connection, _marked(sql, page), *page, community))
    return [id for id in wanted if id not in here]


def closure(store: Store, ids: Iterable[bytes]) -> set[bytes]:
    """These objects, and the chunks of those that are manifests and can be read here."""
    found = set(ids)
    for id in manifests(store.connection, list(found)):
        found.update(chunk for chunk, _ in chunks(store, id))
    return found


def whole_closure(store: Store, ids: Iterable[bytes]) -> set[bytes] | None:
    """As `closure`; None if a manifest among them cannot be read now: its chunks are unknown."""
    found = set(ids)
    for id in manifests(store.connection, list(found)):
        named = chunks(store, id)
        if not named:  # a manifest that can be read has some
            return None
        found.update(chunk for chunk, _ in named)
    return found


def manifests(connection: apsw.Connection, ids: Iterable[bytes]) -> set[bytes]:
    """Those of these objects that are here and are manifests."""
    found: set[bytes] = set()
    for page in _pages(ids):
        sql = _marked("SELECT id FROM objects WHERE manifest AND id IN ({marks})", page)
        found.update(id for (id,) in rows(connection, sql, *page))
    return found


def chunks(store: Store, id: bytes) -> Sequence[tuple[bytes, int]]:
    """Id and length of the chunks a manifest held here names; none if it cannot be read."""
    try:
        whole = manifest.decode(store.get(id))
    except HearthError:
        return []
    return [] if whole is None else whole.chunks


def _pages(ids: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    rest = iter(ids)
    while page := list(islice(rest, _PAGE)):
        yield page


def _marked(sql: str, page: Sequence[bytes]) -> str:
    return sql.format(marks=", ".join("?" * len(page)))
