"""The control graph's heads, and what an author states of it in `acts`.

Each event of the control lane names all heads that its author saw: its own predecessor through
`previous`, all others in `acts`. Events of other lanes state in `acts` the heads their author
had seen whenever they differ from what the same chain last stated; an empty `acts` means
"as before". A head is a held control event that no held control event names, so the heads
follow from the set of events held, not from the order they came in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hearth.store import database
from hearth.store.header import MAX_ACTS

if TYPE_CHECKING:
    import apsw


def heads(connection: apsw.Connection, community: bytes) -> tuple[bytes, ...]:
    """The heads of the community's control lane, ascending.

    Where there are more than a header can state (64), the 64 lowest: the next control event
    unites them, so what is left out is stated soon after.
    """
    rows = database.rows(
        connection,
        "SELECT id FROM control WHERE community = ? AND held = 1 AND named = 0 ORDER BY id LIMIT ?",
        community,
        MAX_ACTS,
    )
    return tuple(id for (id,) in rows)


def note(connection: apsw.Connection, community: bytes, id: bytes, named: Iterable[bytes]) -> None:
    """A control event is held now, and names these."""
    connection.execute(
        "INSERT INTO control VALUES (?, ?, 1, 0) ON CONFLICT DO UPDATE SET held = 1",
        (community, id),
    )
    connection.executemany(
        "INSERT INTO control VALUES (?, ?, 0, 1) ON CONFLICT DO UPDATE SET named = 1",
        [(community, other) for other in named],
    )
