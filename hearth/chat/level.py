"""Whether chat in cache.db is level with the log, the slots and the keys: asked at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth import kinds
from hearth.chat.cache_tables import LOCKED, NO_PAYLOAD, UNKNOWN_KEY, state_of
from hearth.chat.tags import stated
from hearth.corpora.cache import query
from hearth.store import database
from hearth.store.erasures import ERASED

if TYPE_CHECKING:
    import apsw

    from hearth.home import Home

PAGE: Final = 500
_SOME: Final = "SELECT 1 FROM chat_waiting WHERE why = ? LIMIT 1"


def seen(connection: apsw.Connection, home: Home) -> int:
    """The arrival number seen last; -1 if the log is not the one that was seen."""
    arrival = state_of(connection, "arrival")
    if arrival is None:
        return -1
    event = next(home.store.log.events(after=arrival - 1, limit=1), None)
    known = (arrival, state_of(connection, "event"))
    return arrival if event is not None and (event.arrival, event.id) == known else -1


def is_behind(connection: apsw.Connection, home: Home, locked: bool = False) -> bool:
    """Whether an update might change anything. `locked`: nothing sealed can be opened now."""
    return bool(
        seen(connection, home) < 0
        or home.store.log.last_arrival() != state_of(connection, "arrival")
        or stated(home) != state_of(connection, "marks")
        or (not locked and query(connection, _SOME, (LOCKED,)))
        or (keys(home) != state_of(connection, "keys") and query(connection, _SOME, (UNKNOWN_KEY,)))
        or came(connection, home)
    )


def told(home: Home) -> bytes:
    """Bytes that are others whenever somebody has told of their reading, or a key has come."""
    hasher = blake3(keys(home).to_bytes(8, "big"))
    with database.translated():
        for device, name, id in database.each(
            home.store.connection,
            "SELECT device, name, id FROM slots WHERE kind = ? ORDER BY community, device, name",
            kinds.READ,
        ):
            hasher.update(b"".join((device, bytes((len(name),)), name, id)))
    return hasher.digest()


def untold(connection: apsw.Connection, home: Home) -> bool:
    """Whether something was told of reading that was not looked at yet."""
    return bool(told(home) != state_of(connection, "told"))


def keys(home: Home) -> int:
    """How many audiences' keys are here."""
    with database.translated():
        count: int = database.value(home.store.connection, "SELECT count(*) FROM audience_keys")
    return count


def came(connection: apsw.Connection, home: Home) -> list[int]:
    """The arrival numbers of events whose payloads were awaited and are here, or erased."""
    sql = "SELECT arrival FROM chat_waiting WHERE why = ?"
    awaited = [arrival for (arrival,) in query(connection, sql, (NO_PAYLOAD,))]
    came: list[int] = []
    for start in range(0, len(awaited), PAGE):
        page = awaited[start : start + PAGE]
        found = database.rows(
            home.store.connection,
            f"SELECT arrival FROM events WHERE arrival IN ({', '.join('?' * len(page))})"
            " AND (payload IS NOT NULL OR flags & ?)",
            *page,
            ERASED,
        )
        came += [arrival for (arrival,) in found]
    return came
