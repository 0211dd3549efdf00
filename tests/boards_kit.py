"""Neighbours who report on a board and rehearse, with clocks that can be set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audience_kit import Neighbour, founded, made_once
from mesh_kit import Clock

from hearth.boards.drills import Drill
from hearth.boards.hearing import hear
from hearth.boards.judging import Site
from hearth.boards.reading import Boards
from hearth.boards.records import SiteRecord
from hearth.boards.words import Sort, State
from hearth.boards.writing import Writer
from hearth.store.event import Event

HOUR = 3600
DAY = 86_400
YEAR_1970, YEAR_2031 = 86_400 * 3, 1_924_992_000


class Warden(Neighbour):
    """A member who says how shelters are."""

    clock: Clock

    @contextmanager
    def boards(self) -> Iterator[Boards]:
        with Boards.open(self.home, self.node.commons, self.clock()) as boards:
            yield boards

    def writer(self, community: bytes) -> Writer:
        return Writer(self.home, self.node.commons, community, self.clock())

    def says(
        self, community: bytes, name: str, state: State, sort: Sort = Sort.SHELTER, **more: object
    ) -> Event:
        record = SiteRecord(sort, name, state, **more)  # type: ignore[arg-type]
        return self.writer(community).report(record).event

    def sees(self, community: bytes, *, every: bool = False) -> dict[str, Site]:
        with self.boards() as boards:
            return {each.name: each for each in boards.sites(community, every=every)}

    def state(self, community: bytes, name: str) -> int | None:
        """How a site is now; None: not known."""
        return self.sees(community, every=True)[name].state(self.clock())

    def drills(self, community: bytes) -> list[Drill]:
        with self.boards() as boards:
            return boards.drills(community)

    def begins(self, community: bytes, text: str = "flood", long: int = DAY) -> bytes:
        _, begun = self.writer(community).start(text, long, "", 0)
        return begun.event.id

    def hears(self, community: bytes) -> int:
        return hear(self.home, self.node.commons, community, self.clock())


def wardens(folder: Path, *names: str) -> tuple[list[Warden], bytes]:
    """A community that the first has founded; each has a clock of its own."""
    return made_once(Warden, folder, names, None, founded)
