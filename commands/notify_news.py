"""News of emergencies: what is told of each, and up to where was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.commands.communities import Square

ACTUAL = "Actual"
"""The status of what is meant, as CAP has it."""


class News(NamedTuple):
    """Something to be told. `arrival`: the number of the event it came by; `line`: for a terminal,
    `data`: for the program, both clean; `there`: the option that names the community."""

    arrival: int
    author: bytes
    grave: bool
    line: str
    data: Mapping[str, Any]
    there: str


class Rung(NamedTuple):
    """Something that rang: by which event, whose it is, and whether it is grave."""

    arrival: int
    author: bytes
    grave: bool


class Told(NamedTuple):
    """The arrival numbers up to which was told: of all, and of what is grave; the latter is later
    where quiet hours hold back the rest. `rung`: what rang of late, at least within the hour."""

    all: int
    grave: int
    rung: tuple[Rung, ...] = ()

    def of(self, grave: bool) -> int:
        """Up to which of one sort was told."""
        return self.grave if grave else self.all


class Teller(NamedTuple):
    """Makes news of what came after `since`."""

    session: Session
    square: Square
    told: Told

    @property
    def since(self) -> int:
        """The arrival number up to which all was told."""
        return self.told.all

    def line(self, text: str) -> str:
        """Words that somebody wrote, as one line."""
        return self.session.terminal.line(text)

    def made(
        self, what: str, place: bytes, id: bytes, author: bytes, arrival: int, line: str, *,
        text: str, time: int, until: int | None = None, status: str = ACTUAL, grave: bool = False,
        **more: Any,
    ) -> News:  # fmt: skip
        """News; what is not meant says so first, and is never grave."""
        from hearth.commands.noticing import unreal

        real = status == ACTUAL
        data = {
            "what": what, "id": id.hex(), "community": place.hex(),
            "community_name": self.square.title(place), "author": author.hex(),
            "author_name": self.square.person(place, author), "status": status, "real": real,
            "grave": grave and real, "text": text, "time": time, "until": until, **more,
        }  # fmt: skip
        there = self.square.option(place)
        return News(arrival, author, grave and real, unreal(status) + line, data, there)
