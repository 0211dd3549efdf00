"""What is declared in a community now, by what is here: stewards say it, and time ends it.

*Whose word counts.* Who is a steward now. What anybody else declared does nothing.

*What ends one.* Its time; and a later declaration, or an end, that names it. So what two stewards
say apart comes to the same everywhere: an end takes away what its author had seen, and an emergency
that they had not seen goes on.

*Kept apart.* Actual, exercise and test never end each other, and only an actual one has any effect.

*Time.* Until the later of what is stated, and `LATE` (or as long as it was to stand, if that is
less) after it came here, as noted; where its author's clock is not set, or ahead, as long as it was
to stand from when it came (`hearth.seen`). What this device wrote came when it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth import lanes
from hearth.condition.fold import FOLD
from hearth.condition.records import Level, Status
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
    """A declaration as it was taken in. `until`: when it ends by itself. Times in unix seconds;
    `wall` by its author's clock, `came` by this machine's."""

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

    @property
    def order(self) -> tuple[int, bytes, int, bytes]:
        """The order shown to people."""
        return self.lamport, self.device, self.sequence, self.id


class Standing(NamedTuple):
    """What stands, in a community or in all of a hearth: what stewards have said, and nothing has
    ended, not their time either. Actual ones, exercises and tests apart, the strongest first;
    `expired`: the last emergency that nothing but its time has ended, if that was lately."""

    actual: tuple[Declaration, ...]
    unreal: tuple[Declaration, ...]
    expired: Declaration | None


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

    def of(self, community: bytes) -> Standing:
        """What stewards have declared in a community."""
        said = self._said(community)
        ended = self._ended(said)
        open = [each for each in said.values() if each.id not in ended]
        stands = [each for each in open if each.level is not Level.OVER and self._now < each.until]
        stands.sort(key=lambda each: (_STRENGTH[each.level], each.order), reverse=True)
        over = [
            each
            for each in open
            if each.level is Level.EMERGENCY and each.status is Status.ACTUAL
            and each.until <= self._now < each.until + SHOWN
        ]  # fmt: skip
        return Standing(
            tuple(each for each in stands if each.status is Status.ACTUAL),
            tuple(each for each in stands if each.status is not Status.ACTUAL),
            max(over, key=lambda each: each.order, default=None),
        )

    def heads(self, community: bytes, status: Status = Status.ACTUAL) -> list[Declaration]:
        """What stands of one status, the strongest first."""
        found = self.of(community)
        return [each for each in (*found.actual, *found.unreal) if each.status is status]

    def renews(self, declaration: Declaration) -> list[int]:
        """The arrival numbers of those of the same level and status that it takes the place of."""
        sql = (
            "SELECT arrival FROM declared_said WHERE level = ? AND status = ?"
            " AND id IN (SELECT id FROM declared_ends WHERE by = ?)"
        )
        values = (int(declaration.level), int(declaration.status), declaration.id)
        return [arrival for (arrival,) in query(self._connection, sql, values)]

    def _said(self, community: bytes) -> dict[bytes, Declaration]:
        """By id, what stewards have declared, old ones too: an end may come long before what it
        ends. What others declare is not read at all: they may declare any number."""
        some = "SELECT 1 FROM declared_said WHERE community = ? LIMIT 1"
        if not query(self._connection, some, (community,)):
            return {}  # who is a steward takes longer to tell
        sql = "SELECT * FROM declared_said WHERE community = ? AND person = ?"
        return {
            row[0]: self._declaration(row)
            for steward in self._commons.membership(community).stewards
            for row in query(self._connection, sql, (community, steward))
        }

    def _declaration(self, row: tuple[Any, ...]) -> Declaration:
        id, arrival, community, person, device, lamport, sequence, wall, *said = row
        level, status, long, reason = said
        came = self._seen.at(arrival)
        until = self._seen.until(arrival, wall, wall + long, LATE)
        if device == self._own and SANE <= wall <= self._now:  # it was here when it was written
            came, until = wall, wall + long
        return Declaration(
            id, arrival, community, person, device, lamport, sequence, wall, Level(level),
            Status(status), long, reason, came, until,
        )  # fmt: skip

    def _ended(self, said: Mapping[bytes, Declaration]) -> set[bytes]:
        """Those that another of them names that has the same status and comes later."""
        ended = set()
        for by in said.values():
            sql = "SELECT id FROM declared_ends WHERE by = ?"
            for (id,) in query(self._connection, sql, (by.id,)):
                target = said.get(id)
                if target and by.status is target.status and by.order > target.order:
                    ended.add(id)
        return ended


def is_emergency(home: Home, commons: Commons, community: bytes, now: int) -> bool:
    """Whether an emergency, an actual one, is declared in a community and stands."""
    with translated(), Declared.open(home, commons, now) as declared:
        return any(each.level is Level.EMERGENCY for each in declared.of(community).actual)


def standing(home: Home, commons: Commons, now: int) -> Standing:
    """What stands in all communities of a hearth. Raises what the store and cache.db raise."""
    places = [home.community, *(each.id for each in commons.joined())]
    with translated(), Declared.open(home, commons, now) as declared:
        found = [declared.of(place) for place in places]
    actual = [each for place in found for each in place.actual]
    actual.sort(key=lambda each: _STRENGTH[each.level], reverse=True)
    unreal = tuple(each for place in found for each in place.unreal)
    over = [place.expired for place in found if place.expired is not None]
    return Standing(tuple(actual), unreal, over[-1] if over else None)
