"""Letting go of parcels that are carried for strangers (`hearth.store.parcels`), once expired.

By the latest day that any community bears out: each of these is two other persons' word and this
machine's clock together, and none of them is early unless all three are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.ages import DAY
from hearth.corroborated import believed
from hearth.store import parcels

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home


def today(home: Home, commons: Commons, now: int) -> int | None:
    """The day since the epoch that others bear out; None if they are too few everywhere."""
    times = (believed(home, commons, each.id, now) for each in commons.joined())
    return max((time // DAY for time in times if time is not None), default=None)


def tend(home: Home, commons: Commons, now: int) -> int:
    """Erase what has expired; how many parcels. Raises what the store raises."""
    day = today(home, commons, now)
    return 0 if day is None else parcels.clear(home.store, day)
