"""When a person was last heard of: when any device of theirs last wrote anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.seen import DAY, SANE, Seen
from hearth.store import database
from hearth.store.header import facts

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.home import Home


def said_at(wall: int, arrival: int, seen: Seen, now: int) -> int:
    """When something was written: by its author's clock, or, where that was not set or is ahead by
    more than a day, when it came here."""
    return wall if SANE <= wall <= now + DAY else seen.at(arrival)


def last(home: Home, membership: Membership, seen: Seen, now: int) -> dict[bytes, int]:
    """By person, in unix seconds; whoever was never heard of is not among them.

    Cost: the number of chains in the community.
    """
    with database.translated():
        ends = database.rows(
            home.store.connection,
            "SELECT c.device, e.header, e.arrival FROM chains c CROSS JOIN runs r"
            " ON r.chain = c.number CROSS JOIN events e ON e.run = r.number"
            " AND e.sequence = r.last WHERE c.community = ?",
            membership.community,
        )
    found: dict[bytes, int] = {}
    for device, header, arrival in ends:
        person = membership.person_of(device)
        if person is not None:
            at = said_at(facts(header).wall, arrival, seen, now)
            found[person] = max(at, found.get(person, 0))
    return found
