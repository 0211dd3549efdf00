"""The time that others bear out: the only clock by which anything is erased.

A machine without a battery for its clock may wake up in any year, and so may somebody else's. So
what is believed in a community is the lower of two: this machine's clock, and the second latest of
the times at which the other members last wrote something. One clock that runs ahead, this one or
another's, moves nothing; it takes two other persons and this machine together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearth.store import database
from hearth.store.header import facts

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home

WITNESSES: Final = 2
"""Other persons who must have written something: at home, or among two, no time is believed."""


def stated(home: Home, commons: Commons, community: bytes) -> dict[bytes, int]:
    """By each other member who has written anything: the wall clock of the latest, unix seconds.

    Of each chain only its ends are looked at: a clock that was wrong and was set right counts no
    more. Cost: the number of chains.
    """
    membership = commons.membership(community)
    found: dict[bytes, int] = {}
    for device, wall in _ends(home, community):
        person = membership.person_of(device)
        if person is not None and person != home.identity.person:
            found[person] = max(wall, found.get(person, 0))
    return found


def are_ahead(home: Home, commons: Commons, community: bytes, time: int) -> int | None:
    """The second latest of what is `stated`, if that is after a time. Who belongs is asked only
    where enough devices say so."""
    if len({device for device, wall in _ends(home, community) if wall > time}) < WITNESSES:
        return None
    latest = sorted(stated(home, commons, community).values())
    second = latest[-WITNESSES] if len(latest) >= WITNESSES else 0
    return second if second > time else None


def _ends(home: Home, community: bytes) -> list[tuple[bytes, int]]:
    """The device of each chain, and the wall clock of its last event."""
    with database.translated():
        rows = database.rows(
            home.store.connection,
            "SELECT c.device, e.header FROM chains c CROSS JOIN runs r ON r.chain = c.number"
            " CROSS JOIN events e ON e.run = r.number AND e.sequence = r.last"
            " WHERE c.community = ?",
            community,
        )
    return [(device, facts(header).wall) for device, header in rows]


def believed(home: Home, commons: Commons, community: bytes, now: int) -> int | None:
    """The time in a community, as far as it is borne out; None if too few others bear it out.

    `now` is this machine's clock. The answer is late if the others have been silent, or cannot be
    heard, and early only if this clock and those of two other persons are.
    """
    latest = sorted(stated(home, commons, community).values())
    return min(now, latest[-WITNESSES]) if len(latest) >= WITNESSES else None
