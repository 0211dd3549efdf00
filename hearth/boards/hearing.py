"""A hearth says by itself that it has heard of a rehearsal, and how the news came.

So a rehearsal tells how far news gets, whoever is at the screen. Only a steward can begin one, and
a device answers only so many a day: nobody makes others write as much as they like.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.boards.drills import OWN
from hearth.boards.records import DrillRecord, What
from hearth.payload import RecordError
from hearth.seen import DAY, Seen
from hearth.store.errors import NoSpaceError
from hearth.store.event import Event
from hearth.store.header import Lane
from hearth.ways import Ways

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home

MOST: Final = 12
"""Events about rehearsals that a device writes in a community in a day before it stays silent."""
_LOOKED: Final = "drills heard "
_MANY: Final = 1000
"""Events after which it is noted how far was looked, although nothing was found."""


def hear(home: Home, commons: Commons, community: bytes, now: int) -> int:
    """Answer what rehearsals have come since this was done last; how many were answered.

    Nothing where this person is no member, or this device must not go on. Where the disk is full
    it is done later. Raises KeyLockedError and what the store raises.
    """
    log, membership = home.store.log, commons.membership(community)
    if membership.person_of(home.identity.device) is None:
        return 0
    looked = home.store.meta(_LOOKED + community.hex()) or 0
    if looked >= log.last_arrival() or log.own_broken(home.identity.device):
        return 0
    before = looked
    looked, found = _look(home, commons, community, looked, now)
    if not found and looked - before < _MANY:
        return 0
    with suppress(NoSpaceError):
        return _write(home, commons, community, found, looked, now)
    return 0


def _look(
    home: Home, commons: Commons, community: bytes, looked: int, now: int
) -> tuple[int, list[Event]]:
    """How far was looked, and rehearsals that are to be answered. What cannot be judged yet, as its
    payload lacks or nobody knows whose device wrote it, is looked at again."""
    log, seen, membership = home.store.log, Seen(home, now), commons.membership(community)
    found: list[Event] = []
    last, answered = log.last_arrival(), set[bytes | None]()
    for event in log.events(community, Lane.EMERGENCY, kinds=(kinds.DRILL,), after=looked):
        person = membership.person_of(event.header.device)
        if person is None or (event.payload is None and not event.erased):
            last = min(last, event.arrival - 1)
        elif (record := _read(event)) is None:
            continue
        elif event.header.device == home.identity.device:
            answered.add(record.drill)
        elif (
            record.what is What.START
            and person != home.identity.person
            and membership.is_steward(person)
            and now < seen.until(event.arrival, event.header.wall, record.until)
        ):
            found.append(event)
    return last, [each for each in found if each.id not in answered]


def _read(event: Event) -> DrillRecord | None:
    try:
        return None if event.payload is None else DrillRecord.decode(event.payload)
    except RecordError:
        return None


def _write(
    home: Home, commons: Commons, community: bytes, found: list[Event], looked: int, now: int
) -> int:
    """Write the answers and how far was looked: one transaction. How many there are."""
    from hearth.boards.writing import Writer

    wanted = found[: _room(home, community, now)] if found else []
    writer, ways = Writer(home, commons, community, now) if wanted else None, Ways(home.store)
    with home.store.batch() as batch, batch.transaction() as tx:
        for event in wanted:
            assert writer is not None
            writer.hear(tx, event.id, ways.of(event.arrival) or OWN)
        tx.set_meta(_LOOKED + community.hex(), looked)
    return len(wanted)


def _room(home: Home, community: bytes, now: int) -> int:
    """How much more this device writes about rehearsals today."""
    own = home.store.log.events(
        community, Lane.EMERGENCY, kinds=(kinds.DRILL,), device=home.identity.device, reverse=True,
        limit=MOST,
    )  # fmt: skip
    return MOST - sum(now - DAY < event.header.wall for event in own)
