"""How much is unread, as the cache was left: for a picture that must cost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.chat.cache_tables import COMPONENT, VERSION
from hearth.corpora.cache import query, stamp

if TYPE_CHECKING:
    import apsw


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
