"""What becomes of a listing after its end.

When its time has passed, all but its title goes from what is shown, for everybody but the lister
and the delegates; who has something reserved still sees where. After another `KEPT` it is shown no
more, and then what it said, and what was said about it, is erased, by the same rule on every node:
once everything has been here for as long as it was to be shown, and for `KEPT`, by the clock that
others bear out (`hearth.ages`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from hearth import lanes
from hearth.corpora.cache import query, translated
from hearth.kinds import LISTING, VOUCH
from hearth.market.folding import FOLD
from hearth.market.records import ListingRecord
from hearth.market.words import DAY

if TYPE_CHECKING:
    import apsw

    from hearth.ages import Ages
    from hearth.community.commons import Commons
    from hearth.home import Home

KEPT: Final = 30 * DAY
"""Seconds for which a listing that has ended is still remembered."""


def remembered(record: ListingRecord) -> ListingRecord:
    """What everybody still sees of a listing that has ended."""
    return record._replace(where=None, terms=None, body=None, tags=(), photos=(), behalf=None)


def ended(home: Home, commons: Commons, community: bytes, ages: Ages, now: int) -> list[bytes]:
    """The events of a community whose words are to be erased: all about listings whose time is
    over, and what came late about those that were erased. Sealed places that cannot be read here
    are not among them."""
    with translated(), lanes.opened(home, FOLD) as connection:
        lanes.update(connection, home, commons, FOLD, now=now)
        older = cache(ages.older)
        rows = query(
            connection,
            "SELECT id, until - until_wall, until_arrival FROM market_listings WHERE community = ?",
            (community,),
        )
        over = [id for id, long, arrival in rows if arrival <= older(max(0, long) + KEPT)]
        found = [each for id in over for each in _about(connection, id)]
        found += _late(connection, older(KEPT))
    get = home.store.log.get
    return [id for id in found if get(id).header.community == community]


def _about(connection: apsw.Connection, listing: bytes) -> list[bytes]:
    sql = f"SELECT id FROM market_events WHERE subject = ? AND body NOT NULL AND kind != {VOUCH}"
    return [id for (id,) in query(connection, sql, (listing,))]


def _late(connection: apsw.Connection, until: int) -> list[bytes]:
    sql = (
        "SELECT e.id FROM market_events AS l JOIN market_events AS e ON e.subject = l.id"
        f" WHERE l.body IS NULL AND l.kind = {LISTING} AND e.body NOT NULL AND e.kind != {VOUCH}"
        " AND e.arrival <= ? AND l.id NOT IN (SELECT id FROM market_listings)"
    )
    return [id for (id,) in query(connection, sql, (until,))]
