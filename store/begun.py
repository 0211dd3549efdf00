"""What has come of objects of which not all has come yet: their beginnings, kept between sessions.

A beginning is a hint, never believed: only the whole proves itself. So whoever has the object may
go on with what another has begun, and if the whole is not what it should be, somebody has lied, and
nobody knows who. Then the beginning is dropped, and from there on what each device sends of that
object is kept apart (`spoil`): who lies holds up only what they themselves begin.

A beginning counts in one community alone. Otherwise a member of another could have an object
served there by knowing its last bytes.

All together take `ROOM` bytes at most, each piece its own and `OVERHEAD`; what was gone on with
longest ago gives way. The budget does not count them, or a beginning would keep its own object out;
none is kept that would be over it. gc drops what has not been gone on with for its grace.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from hearth.store import budget, schema_local
from hearth.store.database import rows, value

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.store import Store

ROOM: Final = 16 << 20
OVERHEAD: Final = 256
_ANYBODY: Final = b""
"""Stands for the device where anybody may go on."""
_OF: Final = "community = ? AND id = ? AND device = ?"


def lengths(
    connection: apsw.Connection, community: bytes, device: bytes, ids: Iterable[bytes]
) -> dict[bytes, int]:
    """How much there is of these objects with which a device may go on in a community."""
    if not _any(connection):
        return {}
    there = {
        id for (id,) in rows(connection, "SELECT id FROM begun WHERE community = ?", community)
    }
    found = ((id, _held(connection, community, device, id)) for id in there & {*ids})
    return {id: length for id, length in found if length}


def read(connection: apsw.Connection, community: bytes, device: bytes, id: bytes) -> bytes:
    """The beginning of an object with which a device may go on in a community."""
    if not _any(connection):
        return b""
    owner = _owner(connection, community, device, id)
    pieces = rows(
        connection, f"SELECT data FROM begun WHERE {_OF} ORDER BY number", community, id, owner
    )
    return b"".join(data for (data,) in pieces)


def keep(
    store: Store,
    tx: Transaction,
    community: bytes,
    device: bytes,
    id: bytes,
    at: int,
    data: bytes,
) -> None:
    """Keep bytes of an object that a device has sent, from offset `at` on, as far as they go on
    from what is kept, and as the budget has room for them."""
    tx.connection.execute(schema_local.BEGUN)
    owner = _owner(tx.connection, community, device, id)
    held = _held(tx.connection, community, device, id)
    if not at <= held < at + len(data):
        return  # it was dropped meanwhile, or another session has got further
    if store.budget is not None:
        used = budget.usage(store).total + size(tx.connection)
        if used + len(data) > store.budget:
            return
    _insert(tx, community, id, owner, data[held - at :])
    _make_room(tx.connection)


def spoil(tx: Transaction, community: bytes, device: bytes, id: bytes) -> None:
    """Drop a beginning that was none of this object; keep apart what comes of it from now on."""
    tx.connection.execute(schema_local.BEGUN)
    owner = _owner(tx.connection, community, device, id)
    tx.connection.execute(f"DELETE FROM begun WHERE {_OF}", (community, id, owner))
    _insert(tx, community, id, device, b"")


def drop(connection: apsw.Connection, objects: Iterable[tuple[bytes, bytes]]) -> None:
    """Forget the beginnings of objects, by community and id: all of them has come."""
    if _any(connection):
        connection.executemany("DELETE FROM begun WHERE community = ? AND id = ?", objects)


def forget(connection: apsw.Connection, ids: Iterable[bytes]) -> None:
    """Forget the beginnings of objects in every community: they are given up, or erased."""
    if _any(connection):
        begun = {id for (id,) in rows(connection, "SELECT DISTINCT id FROM begun")}
        gone = [(id,) for id in begun.intersection(ids)]
        connection.executemany("DELETE FROM begun WHERE id = ?", gone)


def size(connection: apsw.Connection) -> int:
    """Bytes that all beginnings take up, about."""
    if not _any(connection):
        return 0
    found = "SELECT sum(length(data) + ?) FROM begun"
    return int(value(connection, found, OVERHEAD))


def sweep(connection: apsw.Connection, now: int, before: int) -> None:
    """Mark all, and drop those of which every piece was marked before: part of a gc's transaction.

    `now` and `before` in unix seconds. What is added has no mark.
    """
    if not _any(connection):
        return
    connection.execute(
        "UPDATE begun SET condemned_at = ?1 WHERE condemned_at IS NULL OR condemned_at > ?1", (now,)
    )
    connection.execute(
        "DELETE FROM begun WHERE (community, id) IN (SELECT community, id FROM begun"
        " GROUP BY community, id HAVING max(condemned_at) <= ?)",
        (before,),
    )


def _any(connection: apsw.Connection) -> bool:
    """Whether anything is kept; a hearth in which nothing ever was need not have the table."""
    there = "SELECT 1 FROM sqlite_schema WHERE name = 'begun'"
    if value(connection, there) is None:
        return False
    return value(connection, "SELECT 1 FROM begun LIMIT 1") is not None


def _owner(connection: apsw.Connection, community: bytes, device: bytes, id: bytes) -> bytes:
    """Whose beginning of an object a device goes on with: anybody's, or its own."""
    apart = "SELECT 1 FROM begun WHERE community = ? AND id = ? AND device != ?"
    return device if value(connection, apart, community, id, _ANYBODY) else _ANYBODY


def _held(connection: apsw.Connection, community: bytes, device: bytes, id: bytes) -> int:
    owner = _owner(connection, community, device, id)
    length = f"SELECT ifnull(sum(length(data)), 0) FROM begun WHERE {_OF}"
    return int(value(connection, length, community, id, owner))


def _insert(tx: Transaction, community: bytes, id: bytes, device: bytes, data: bytes) -> None:
    tx.connection.execute(
        "INSERT INTO begun (community, id, device, data) VALUES (?, ?, ?, ?)",
        (community, id, device, data),
    )


def _make_room(connection: apsw.Connection) -> None:
    """Drop what was gone on with longest ago until the rest fits."""
    sizes = rows(
        connection,
        "SELECT community, id, device, sum(length(data) + ?) FROM begun"
        " GROUP BY community, id, device ORDER BY max(number)",
        OVERHEAD,
    )
    taken = sum(size for *_, size in sizes)
    for *whose, size in sizes:
        if taken <= ROOM:
            break
        connection.execute(f"DELETE FROM begun WHERE {_OF}", whose)
        taken -= size
