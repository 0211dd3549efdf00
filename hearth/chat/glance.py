"""What is unread, and what has not arrived, as was noted: for a picture that must cost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.chat.cache_tables import COMPONENT, VERSION
from hearth.corpora.cache import query, stamp
from hearth.store import cbor, database

if TYPE_CHECKING:
    import apsw

NOTE: Final = "chat outstanding"


class Waiting(NamedTuple):
    """Messages to one person that are not known to have arrived. `name` is foreign text; `by`: who
    carries the oldest of them, `since` (unix seconds); None where nobody is known to."""

    name: str
    messages: int
    by: str | None
    since: int | None


def unread(connection: apsw.Connection) -> int:
    """Unread messages, by what had been folded when chat was last looked at or synced; 0 where
    nothing was."""
    if stamp(connection, COMPONENT) != VERSION:
        return 0
    rows = query(
        connection,
        "SELECT coalesce(sum(c.unread), 0) FROM chat_conversations AS c LEFT JOIN chat_own AS o"
        " ON o.tag = c.tag WHERE c.unread AND NOT coalesce(o.blocked, 0)",
    )
    return int(rows[0][0])


def noted(connection: apsw.Connection) -> list[Waiting]:
    """What was noted last."""
    with database.translated():
        data = database.value(connection, "SELECT value FROM meta WHERE key = ?", NOTE)
    try:
        told = cbor.decode(data) if isinstance(data, bytes) else []
    except cbor.CborError:
        return []
    found = []
    for each in told if isinstance(told, list) else ():
        match each:
            case [str(name), int(messages), (str() | None) as by, (int() | None) as since]:
                found.append(Waiting(name, messages, by, since))
    return found
