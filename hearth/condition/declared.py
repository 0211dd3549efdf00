"""What is declared in a community now, by what is here: stewards say it, and time ends it.

*Whose word counts.* Who is a steward now. What anybody else declared is told and does nothing.

*What ends one.* Its time; and a later declaration, or an end, that names it. So what two stewards
say apart comes to the same everywhere: an end takes away what its author had seen, and an emergency
that they had not seen goes on.

*Kept apart.* Actual, exercise and test never end each other, and only an actual one has any effect.

*Time.* Until the later of what is stated, and `LATE` (or as long as it was to stand, if that is
less) after it came here, as noted; where its author's clock is not set, or ahead, as long as it was
to stand from when it came (`hearth.seen`). What this device wrote came when it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth import lanes
from hearth.condition.fold import FOLD
from hearth.condition.records import LONGEST, Level, Status
from hearth.corpora.cache import query, translated
from hearth.seen import SANE, Seen

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.home import Home

LATE: Final = 6 * 3600
"""Seconds for which what comes late stands at least: long enough for somebody to look."""
SHOWN: Final = 2 * 86_400
"""Seconds for which one that its time has ended is still told of."""
_STRENGTH: Final = {Level.EMERGENCY: 3, Level.RECOVERY: 2, Level.WATCH: 1, Level.OVER: 0}


class Declaration(NamedTuple):
    """A declaration as it was taken in. `until`: when it ends by itself. `by_steward`: it counts.
    Times in unix seconds; `wall` by its author's clock, `came` by this machine's."""

    id: bytes
    arrival: int
    community: bytes
    person: bytes
    device: bytes
    lamport: int
    sequence: int
    wall: int
    level: Level
    status: Status
    long: int
    reason: str
    came: int
    until: int
    by_steward: bool

    @property
    def order(self) -> tuple[int, bytes, int, bytes]:
        """The order shown to people."""
        return self.lamport, self.device, self.sequence, self.id


class Declared:
    """Reads the declarations of a hearth. Needs no key."""

    def __init__(self, home: Home, commons: Commons, connection: apsw.Connection, now: int) -> None:
        self._commons = commons
        self._connection = connection
        self._own = home.identity.device
        self._seen = Seen(home, now)
        self._now = now

    @classmethod
    @contextmanager
    def open(cls, home: Home, commons: Commons, now: int) -> Iterator[Declared]:
        """Over the cache.db of `home`, level with the log."""
        with lanes.opened(home, FOLD) as connection:
            lanes.update(connection, home, commons, FOLD, now=now)
            yield cls(home, commons, connection, now)

    def said(self, community: bytes) -> list[Declaration]:
        """Everything declared lately in a community, in the order shown, whoever said it."""
        after = self._seen.since(self._now - LONGEST - SHOWN)
        membership = self._commons.membership(community)
        rows = query(
            self._connection,
            "SELECT * FROM declared_said WHERE community = ? AND arrival > ?",
            (community, after),
        )
        found = [self._declaration(row, membership.is_steward(row[3])) for row in rows]
        return sorted(found, key=lambda each: each.order)

    def _declaration(self, row: tuple[Any, ...], by_steward: bool) -> Declaration:
        id, arrival, community, person, device, lamport, sequence, wall, *said = row
        level, status, long, reason = said
        came = self._seen.at(arrival)
        until = self._seen.until(arrival, wall, wall + long, LATE)
        if device == self._own and SANE <= wall <= self._now:  # it was here when it was written
            came, until = wall, wall + long
        return Declaration(
            id, arrival, community, person, device, lamport, sequence, wall, Level(level),
            Status(status), long, reason, came, until, by_steward,
        )  # fmt: skip

    def heads(self, community: bytes, status: Status = Status.ACTUAL) -> list[Declaration]:
        """What stands: said by stewards, ended by none, and not by time; the strongest first."""
        said = [each for each in self.said(community) if each.by_steward]
        stands = [
            each
            for each in self._not_ended(said)
            if each.status is status and each.level is not Level.OVER and self._now < each.until
        ]
        return sorted(stands, key=lambda each: (_STRENGTH[each.level], each.order), reverse=True)

    def expired(self, community: bytes) -> Declaration | None:
        """The last actual emergency that nothing but its time has ended, if that was lately."""
        said = [each for each in self.said(community) if each.by_steward]
        over = [
            each
            for each in self._not_ended(said)
            if each.level is Level.EMERGENCY and each.status is Status.ACTUAL
            and each.until <= self._now < each.until + SHOWN
        ]  # fmt: skip
        return max(over, key=lambda each: each.order, default=None)

    def _not_ended(self, said: Iterable[Declaration]) -> list[Declaration]:
        """Those that no other of them names that has the same status and comes later."""
        by_id = {each.id: each for each in said}
        ended = set()
        for id, by in query(self._connection, "SELECT id, by FROM declared_ends"):
            target, later = by_id.get(id), by_id.get(by)
            if target and later and (later.status, later.community) == (
                target.status, target.community
            ) and later.order > target.order:  # fmt: skip
                ended.add(id)
        return [each for id, each in by_id.items() if id not in ended]


def is_emergency(home: Home, commons: Commons, community: bytes, now: int) -> bool:
    """Whether an emergency, an actual one, is declared in a community and stands."""
    with translated(), Declared.open(home, commons, now) as declared:
        return any(each.level is Level.EMERGENCY for each in declared.heads(community))


class Standing(NamedTuple):
    """What stands in all communities of a hearth: actual ones, the strongest first; exercises and
    tests; and an emergency that ended by itself lately."""

    actual: tuple[Declaration, ...]
    unreal: tuple[Declaration, ...]
    expired: Declaration | None


def standing(home: Home, commons: Commons, now: int) -> Standing:
    """Everything that is declared here and stands. Raises what the store and cache.db raise."""
    places = [home.community, *(each.id for each in commons.joined())]
    with translated(), Declared.open(home, commons, now) as declared:
        actual = [each for place in places for each in declared.heads(place)]
        unreal = [
            each
            for place in places
            for status in (Status.EXERCISE, Status.TEST)
            for each in declared.heads(place, status)
        ]
        over = [each for place in places if (each := declared.expired(place)) is not None]
    actual.sort(key=lambda each: _STRENGTH[each.level], reverse=True)
    return Standing(tuple(actual), tuple(unreal), over[-1] if over else None)
