"""The board and rehearsals, opened: what the verbs call to read them. Needs no key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hearth import lanes
from hearth.boards.drills import Drill, Heard, judge_drill
from hearth.boards.fold import FOLD
from hearth.boards.judging import Said, Site, is_shown, judge, observed
from hearth.boards.records import DrillRecord, SiteRecord, What
from hearth.corpora.cache import query
from hearth.seen import Seen

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.home import Home

_SITE_ROWS = "SELECT * FROM boards_sites WHERE community = ? ORDER BY subject"
_DRILL_ROWS = "SELECT * FROM boards_drills WHERE community = ? ORDER BY lamport, device, sequence"


class Boards:
    """Reads the board and rehearsals. `now`: unix seconds by this machine's clock."""

    def __init__(self, home: Home, commons: Commons, connection: apsw.Connection, now: int) -> None:
        self._commons = commons
        self._connection = connection
        self._now = now
        self._seen = Seen(home, now)
        self._own = home.identity.device

    @classmethod
    @contextmanager
    def open(cls, home: Home, commons: Commons, now: int) -> Iterator[Boards]:
        """Over the cache.db of `home`, level with the log."""
        with lanes.opened(home, FOLD) as connection:
            lanes.update(connection, home, commons, FOLD, now=now)
            yield cls(home, commons, connection, now)

    def stewards(self, community: bytes) -> frozenset[bytes]:
        """Who is a steward now."""
        return frozenset(self._commons.membership(community).stewards)

    # sites

    def sites(self, community: bytes, *, every: bool = False) -> list[Site]:
        """A community's sites by what they are there for, those in use first; without `every` only
        those of which something was said in the last days."""
        said: dict[bytes, list[Said]] = defaultdict(list)
        for row in query(self._connection, _SITE_ROWS, (community,)):
            said[row[1]].append(self._said(row))
        stewards = self.stewards(community)
        found = [judge(community, each, said[each], stewards, self._now) for each in said]
        shown = [e for e in found if e is not None and (every or is_shown(e, self._now))]
        return sorted(shown, key=self._rank)

    def _said(self, row: tuple[Any, ...]) -> Said:
        _, _, person, device, id, arrival, lamport, sequence, wall, *record = row
        came = self._seen.at(arrival)
        return Said(
            person, device, id, (lamport, device, sequence, id), observed(wall, came, self._now),
            came, SiteRecord._make((*record[:8], bool(record[8]))),
        )  # fmt: skip

    def _rank(self, site: Site) -> tuple[bool, int, int, str]:
        state = site.state(self._now)
        use = (1, 3, 2, 4, 0).index(state) if state in range(5) else 5
        return site.exercise, site.sort, use, site.name.casefold()

    # rehearsals

    def drills(self, community: bytes) -> list[Drill]:
        """A community's rehearsals, the latest last."""
        rows: dict[bytes, list[Heard]] = defaultdict(list)
        for row in query(self._connection, _DRILL_ROWS, (community,)):
            rows[row[1]].append(self._heard(row))
        stewards = self.stewards(community)
        found = [
            judge_drill(community, each, rows[each], stewards, self._until, self._own)
            for each in rows
        ]
        return sorted((e for e in found if e is not None), key=lambda each: each.start.order)

    def _heard(self, row: tuple[Any, ...]) -> Heard:
        _, subject, person, device, id, arrival, lamport, sequence, wall, what, *rest = row
        until, text, way, answered = rest
        record = DrillRecord(What(what), subject, until, text, way, bool(answered))
        came = self._seen.at(arrival)
        return Heard(
            person, device, id, arrival, (lamport, device, sequence, id), wall, came, record
        )

    def _until(self, start: Heard) -> int:
        return self._seen.until(start.arrival, start.wall, start.record.until)
