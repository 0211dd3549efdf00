"""What is known of a site, out of what everybody said of it last. Pure.

The last report in the log's order tells how a site is; whoever said something else lately is named
beside it. How old a report is, two clocks say, its author's and this machine's since it came, and
the older of the two counts; where neither can be believed its age is not known. What is older than
six hours, or of an age that is not known, is unknown and nothing else: nobody walks to a shelter
that was open yesterday.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from hearth.boards.records import SiteRecord
from hearth.boards.words import State
from hearth.seen import DAY, HOUR, SANE

FRESH: Final = 6 * HOUR
"""Seconds for which a report tells how a site is."""
SHOWN: Final = 7 * DAY
"""Seconds after which a site of which nobody has said anything leaves the board."""
HEARD: Final = 10
"""Sites that are shown of a member who is no steward and whom nobody else bears out."""


class Said(NamedTuple):
    """What a person said last of a site. `at`: when at the latest, by the clocks that can be
    believed; None where none can. `came`: when it came here, by this machine's clock."""

    person: bytes
    device: bytes
    id: bytes
    order: tuple[int, bytes, int, bytes]
    at: int | None
    came: int
    record: SiteRecord

    def is_fresh(self, now: int) -> bool:
        """Whether it tells how the site is now."""
        return self.at is not None and now - self.at <= FRESH


class Site(NamedTuple):
    """A site. `last` tells how it is, `others` said something else lately; what seldom changes is
    of whoever said it last."""

    community: bytes
    subject: bytes
    last: Said
    others: tuple[Said, ...]
    persons: frozenset[bytes]
    capacity: int | None
    has: int | None
    place: str | None

    @property
    def sort(self) -> int:
        """What it is there for."""
        return self.last.record.sort

    @property
    def name(self) -> str:
        """What it is called; foreign text."""
        return self.last.record.name

    @property
    def exercise(self) -> bool:
        """Whether it is made up, for a rehearsal."""
        return self.last.record.exercise

    def state(self, now: int) -> int | None:
        """How it is now; None: that is not known."""
        return self.last.record.state if self.last.is_fresh(now) else None

    def taken(self, now: int) -> int | None:
        """How many people are there now; None where that is not known."""
        return self.last.record.taken if self.last.is_fresh(now) else None


def observed(wall: int, came: int, now: int) -> int | None:
    """When something was said at the latest, by its author's clock (`wall`) and by when it came.

    None where its author's clock was not set or is ahead, or this machine's is not set: then how
    old it is cannot be known.
    """
    if now < SANE or wall < SANE or wall > now + HOUR:
        return None
    return min(wall, came, now)


def judge(
    community: bytes, subject: bytes, said: Sequence[Said], stewards: Collection[bytes], now: int
) -> Site | None:
    """A site out of what each person said last; None for one that is none any more.

    Whoever alone has reported a site can take it off the board, and so can a steward.
    """
    persons = frozenset(each.person for each in said)
    ordered = sorted(said, key=lambda each: each.order)

    def counts(each: Said) -> bool:
        gone = each.record.state == State.GONE
        return not gone or each.person in stewards or persons == {each.person}

    counting = [each for each in ordered if counts(each)]
    if not counting or counting[-1].record.state == State.GONE:
        return None
    last = counting[-1]
    others = [
        each
        for each in ordered
        if each.record.state != last.record.state
        and (each.is_fresh(now) or (each.at is None and now - each.came <= FRESH))
        and (each.record.state != State.GONE or each.order > last.order)
    ]

    def known(of: Callable[[SiteRecord], int | str | None]) -> int | str | None:
        found = (of(each.record) for each in reversed(ordered))
        return next((each for each in found if each is not None), None)

    capacity, has, place = (
        known(lambda record: record.capacity),
        known(lambda record: record.has),
        known(lambda record: record.place),
    )
    assert not isinstance(capacity, str)
    assert not isinstance(has, str)
    assert not isinstance(place, int)
    return Site(community, subject, last, tuple(others), persons, capacity, has, place)


def is_shown(site: Site, now: int) -> bool:
    """Whether anything was said of it in the last days."""
    at = site.last.came if site.last.at is None else site.last.at
    return now - at <= SHOWN


def heard(
    sites: Sequence[Site], stewards: Collection[bytes]
) -> tuple[list[Site], dict[bytes, int]]:
    """Those to show, and by person how many more there are: nobody buries the others' sites.

    Counted are the sites of which one member alone speaks, who is no steward.
    """
    shown, count, more = [], dict[bytes, int](), dict[bytes, int]()
    for site in sites:
        person = site.last.person
        if len(site.persons) == 1 and person not in stewards:
            count[person] = count.get(person, 0) + 1
            if count[person] > HEARD:
                more[person] = more.get(person, 0) + 1
                continue
        shown.append(site)
    return shown, more
