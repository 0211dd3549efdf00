"""The control graph's heads, and what an author states of it in `acts`.

Each event of the control lane names all heads that its author saw: its own predecessor through
`previous`, all others in `acts`; these are its *parents*. Events of other lanes state in `acts`
the heads their author had seen whenever they differ from what the same chain last stated; an empty
`acts` means "as before".

An event is *whole* if its parents are held and whole; until then it is *waiting*, and so is what
names it. A head is a whole event that no whole event names: so an event with an invented parent
holds up nothing but itself, and the heads follow from the set of events held, not from the order
they came in. Each event becomes whole once and never ceases to be, so keeping this up to date
costs an event and its parents, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import apsw

from hearth.store import database
from hearth.store.errors import HearthError
from hearth.store.event import event_id
from hearth.store.header import MAX_ACTS, Fields, Lane, chain_parts, lists, scan
from hearth.store.schema_log import CONTROL

if TYPE_CHECKING:
    from collections.abc import Collection

_ID: Final = 32


def heads(connection: apsw.Connection, community: bytes) -> tuple[bytes, ...]:
    """The heads of the community's control lane, ascending.

    Where there are more than a header can state (64), the 64 lowest: the next control event
    unites them, so what is left out is stated soon after.
    """
    rows = database.rows(
        connection,
        "SELECT id FROM control WHERE community = ? AND missing = 0 AND named = 0"
        " ORDER BY id LIMIT ?",
        community,
        MAX_ACTS,
    )
    return tuple(id for (id,) in rows)


def parents(header: bytes, fields: Fields) -> tuple[bytes, ...]:
    """What an event of the control lane names."""
    acts = lists(header, fields)[0]
    return acts if fields.previous is None else (fields.previous, *acts)


def note(
    connection: apsw.Connection, community: bytes, id: bytes, parents: Iterable[bytes]
) -> None:
    """A control event is held now, and names these."""
    named = frozenset(parents)
    missing = [parent for parent in named if not _is_whole(connection, community, parent)]
    connection.execute(
        "INSERT OR IGNORE INTO control VALUES (?, ?, ?, 0, ?)",
        (community, id, len(missing), b"".join(sorted(named)) if missing else None),
    )
    if not connection.changes():
        return
    if missing:
        connection.executemany(
            "INSERT INTO control_waiting VALUES (?, ?, ?)",
            [(community, parent, id) for parent in missing],
        )
    else:
        _became_whole(connection, community, id, named)


def _is_whole(connection: apsw.Connection, community: bytes, id: bytes) -> bool:
    query = "SELECT 1 FROM control WHERE community = ? AND id = ? AND missing = 0"
    return database.value(connection, query, community, id) is not None


def _became_whole(
    connection: apsw.Connection, community: bytes, id: bytes, named: Collection[bytes]
) -> None:
    """An event is whole: what it names is no head, and what waited for it may be whole too."""
    pending = [(id, named)]
    while pending:
        id, named = pending.pop()
        connection.executemany(
            "UPDATE control SET named = 1 WHERE community = ? AND id = ? AND named = 0",
            [(community, parent) for parent in named],
        )
        pending += _let_go(connection, community, id)


def _let_go(
    connection: apsw.Connection, community: bytes, id: bytes
) -> list[tuple[bytes, Collection[bytes]]]:
    """Those that waited for nothing but this event, with what they name."""
    children = database.rows(
        connection,
        "SELECT child FROM control_waiting WHERE community = ? AND parent = ?",
        community,
        id,
    )
    if not children:
        return []
    connection.execute(
        "DELETE FROM control_waiting WHERE community = ? AND parent = ?", (community, id)
    )
    free: list[tuple[bytes, Collection[bytes]]] = []
    for (child,) in children:
        missing, joined = database.one(
            connection,
            "UPDATE control SET missing = missing - 1 WHERE community = ? AND id = ?"
            " RETURNING missing, parents",
            community,
            child,
        )
        if not missing:
            connection.execute(
                "UPDATE control SET parents = NULL WHERE community = ? AND id = ?",
                (community, child),
            )
            free.append((child, [joined[at : at + _ID] for at in range(0, len(joined), _ID)]))
    return free


# all of it anew


def rebuild(source: apsw.Connection, target: apsw.Connection) -> None:
    """Fill the empty control tables of `target` from the events that `source` holds."""
    for community, id, named in _held(source):
        note(target, community, id, named)


def reckoned(source: apsw.Connection) -> apsw.Connection:
    """A database in memory with the control tables as the events held in `source` have them."""
    target = apsw.Connection(":memory:")
    target.execute(CONTROL)
    rebuild(source, target)
    return target


def _held(connection: apsw.Connection) -> Iterator[tuple[bytes, bytes, tuple[bytes, ...]]]:
    """Community, id and parents of every control event, parents first where authors are honest.

    A header that cannot be read is passed over: it is for the check of the log to find.
    """
    rows: list[tuple[Any, ...]] = database.rows(
        connection,
        "SELECT e.header, e.signature FROM chains c CROSS JOIN runs r ON r.chain = c.number"
        " CROSS JOIN events e ON e.run = r.number WHERE c.lane = ? ORDER BY e.lamport",
        Lane.CONTROL,
    )
    for header, signature in rows:
        try:
            fields = scan(header)
        except HearthError:
            continue
        yield (
            chain_parts(fields.chain)[0],
            event_id(header, signature),
            parents(header, fields),
        )
