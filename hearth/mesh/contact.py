"""When this hearth was last in touch with another, and what of its own words still waits.

For each community the place in the log is remembered up to which another node held all that was
said here when the two last met, or by what its bundle says. These are hints for people: nothing is
sent or left out because of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from hearth.seen import SANE
from hearth.store import database

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.store import Store
    from hearth.sync.intake import Summary

_REACHED: Final = "sync reached"
_CAME: Final = "sync came"
_CALLER: Final = "sync caller"
_READ: Final = "sync bundle read"
_AUTHOR: Final = "sync bundle author"
_FIND: Final = "SELECT value FROM meta WHERE key = ?"


def note(tx: Transaction, summaries: Iterable[Summary], arrival: int, now: int) -> None:
    """Remember that somebody was met: `summaries` say with what outcome, `arrival` how far the
    log had come when the visit began."""
    _note_time(tx, _REACHED, now)
    for community in {id for each in summaries for id in each.equal - each.narrow}:
        note_offered(tx, community, arrival)


def note_offered(tx: Transaction, community: bytes, arrival: int) -> None:
    """Remember that another node holds what was in the log up to there, if that is further."""
    if arrival > (database.value(tx.connection, _FIND, _key(community)) or 0):
        tx.set_meta(_key(community), arrival)


def note_caller(tx: Transaction, name: str, now: int) -> None:
    """Remember who came here last; `name` is foreign text."""
    _note_time(tx, _CAME, now)
    tx.set_meta(_CALLER, name)


def last_caller(connection: apsw.Connection) -> tuple[int, str] | None:
    """When somebody came here last, and who (foreign text); None for nobody yet."""
    return _pair(connection, _CAME, _CALLER)


def note_bundle(tx: Transaction, name: str, now: int) -> None:
    """Remember whose bundle was read last; `name` is foreign text."""
    _note_time(tx, _READ, now)
    tx.set_meta(_AUTHOR, name)


def last_bundle(connection: apsw.Connection) -> tuple[int, str] | None:
    """When a bundle was read last, and whose (foreign text); None for none yet."""
    return _pair(connection, _READ, _AUTHOR)


def _pair(connection: apsw.Connection, at: str, who: str) -> tuple[int, str] | None:
    with database.translated():
        rows = database.rows(connection, "SELECT key, value FROM meta WHERE key IN (?, ?)", at, who)
    found = dict(rows)
    return (found[at], found[who]) if len(found) == 2 else None


def _note_time(tx: Transaction, key: str, now: int) -> None:
    """Note that it is now; but what a clock says that is not set yet replaces no real time."""
    if now >= SANE or (database.value(tx.connection, _FIND, key) or 0) < SANE:
        tx.set_meta(key, now)


def last(store: Store) -> int | None:
    """When another hearth was last met, in unix seconds; None for never."""
    at: int | None = store.meta(_REACHED)
    return at


def last_heard(store: Store, now: int) -> int | None:
    """When another hearth was last met, or a bundle of one read; None for never. What was noted
    while the clock ran ahead does not count."""
    read = last_bundle(store.connection)
    times = [last(store), read and read[0]]
    return max((at for at in times if at is not None and at <= now), default=None)


def waiting(connection: apsw.Connection, device: bytes, communities: Iterable[bytes]) -> int:
    """How many events of this device in these communities no other node is known to hold."""
    count = 0
    for community in communities:
        with database.translated():
            rows = database.rows(connection, _FIND, _key(community))
            count += database.value(
                connection,
                "SELECT count(*) FROM events e JOIN runs r ON r.number = e.run JOIN chains c"
                " ON c.number = r.chain WHERE e.arrival > ? AND c.community = ? AND c.device = ?",
                next((value for (value,) in rows), 0),
                community,
                device,
            )
    return count


def _key(community: bytes) -> str:
    return f"sync offered {community.hex()}"
