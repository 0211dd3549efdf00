"""How many bytes of events are held of each device, counted once and not in every session.

A row per chain says what its events take up: header, signature, and the payload as far as it is
here. What has arrived since the last counting is added by `count`, so that taking events in costs
nothing more; a payload that comes late or is erased changes the row (`change`). The table is made
when it is first counted; a repair, after which arrival numbers are others, begins without it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store import database
from hearth.store.event import SIGNATURE_SIZE

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction

_MARK: Final = "held counted"  # in meta: the arrival number up to which events are counted
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS held (
    community BLOB NOT NULL,
    device BLOB NOT NULL,
    lane INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    over INTEGER,                      -- the limit for which events of it were declined last
    PRIMARY KEY (community, device, lane)
) STRICT, WITHOUT ROWID;
"""
_COUNTED: Final = f"""
INSERT INTO held (community, device, lane, bytes)
    SELECT c.community, c.device, c.lane,
           sum(length(e.header) + {SIGNATURE_SIZE} + ifnull(length(e.payload), 0))
    FROM events e CROSS JOIN runs r ON r.number = e.run CROSS JOIN chains c ON c.number = r.chain
    WHERE e.arrival > ? AND e.arrival <= ? GROUP BY c.number
    ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes
"""


class Declined(NamedTuple):
    """A device of which events were declined, in a lane, for a limit in bytes."""

    device: bytes
    lane: int
    over: int


def count(tx: Transaction) -> None:
    """Add what has arrived since the last time. Cost: the number of events that have."""
    connection = tx.connection
    connection.execute(_SCHEMA)
    last = database.value(connection, "SELECT max(arrival) FROM events") or 0
    mark = _mark(connection)
    if last > mark:
        connection.execute(_COUNTED, (mark, last))
        tx.set_meta(_MARK, last)


def of(
    connection: apsw.Connection, community: bytes, device: bytes | None, lanes: Collection[int]
) -> int:
    """Bytes held, as last counted, of a device (None: of all) in these lanes together."""
    total: int = database.value(
        connection,
        "SELECT coalesce(sum(bytes), 0) FROM held WHERE community = ?1"
        " AND (?2 IS NULL OR device = ?2)"
        f" AND lane IN ({', '.join(str(int(lane)) for lane in lanes)})",
        community,
        device,
    )
    return total


def decline(tx: Transaction, community: bytes, declined: Declined) -> None:
    """Remember that events were declined. The table must have been counted."""
    tx.connection.execute(
        "INSERT INTO held VALUES (?, ?, ?, 0, ?) ON CONFLICT DO UPDATE SET over = excluded.over",
        (community, declined.device, declined.lane, declined.over),
    )


def declined(connection: apsw.Connection, community: bytes) -> list[Declined]:
    """What was declined lately, by device and lane: of whom events were erased since is not in
    it, nor is anybody before the first counting."""
    if not _mark(connection):
        return []
    found = database.rows(
        connection,
        "SELECT device, lane, over FROM held WHERE community = ? AND over IS NOT NULL"
        " ORDER BY device, lane",
        community,
    )
    return [Declined(*row) for row in found]


def change(connection: apsw.Connection, arrival: int, by: int) -> None:
    """A payload has come late, or has been erased: so many bytes more, or less."""
    if arrival > _mark(connection):
        return  # it is counted as it is then
    community, device, lane = database.one(
        connection,
        "SELECT c.community, c.device, c.lane FROM events e JOIN runs r ON r.number = e.run"
        " JOIN chains c ON c.number = r.chain WHERE e.arrival = ?",
        arrival,
    )
    connection.execute(
        "UPDATE held SET bytes = bytes + ? WHERE community = ? AND device = ? AND lane = ?",
        (by, community, device, lane),
    )
    if by < 0:
        connection.execute(
            "UPDATE held SET over = NULL WHERE community = ? AND device = ?", (community, device)
        )


def drop(connection: apsw.Connection, run: int, before: int) -> None:
    """The events of a run before a place are about to be dropped: so many bytes less."""
    if not _mark(connection):
        return
    found = database.one(
        connection,
        "SELECT c.community, c.device, c.lane,"
        f" sum(length(e.header) + {SIGNATURE_SIZE} + ifnull(length(e.payload), 0))"
        " FROM events e JOIN runs r ON r.number = e.run JOIN chains c ON c.number = r.chain"
        " WHERE e.run = ? AND e.sequence < ? AND e.arrival <= ?",
        run,
        before,
        _mark(connection),
    )
    community, device, lane, size = found
    connection.execute(
        "UPDATE held SET bytes = bytes - ? WHERE community = ? AND device = ? AND lane = ?",
        (size or 0, community, device, lane),
    )
    connection.execute(  # lanes share a purse: there is room in all of them again
        "UPDATE held SET over = NULL WHERE community = ? AND device = ?", (community, device)
    )


def _mark(connection: apsw.Connection) -> int:
    mark: int | None = database.value(connection, "SELECT value FROM meta WHERE key = ?", _MARK)
    return mark or 0
