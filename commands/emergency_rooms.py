"""All rooms opened together in a bad week, and how lists of what they hold are cut to fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from hearth.boards.reading import Boards
from hearth.boards.sheet import Section
from hearth.commands import conditioning
from hearth.commands.boarding import Opened
from hearth.commands.communities import Square, opened
from hearth.commands.context import Session
from hearth.commands.marketing import Stall
from hearth.commands.mustering import Muster
from hearth.commands.noticing import Board
from hearth.commands.times import ago
from hearth.condition.known import Known
from hearth.corpora.cache import translated
from hearth.market.market import Market
from hearth.notices.desk import Desk
from hearth.people.register import Register


class Rooms(NamedTuple):
    """All rooms, opened for one run in one community."""

    session: Session
    square: Square
    community: bytes
    known: Known
    notices: Board
    muster: Muster
    opened: Opened
    stall: Stall

    @property
    def boards(self) -> Boards:
        """The board and rehearsals."""
        return self.opened.boards

    def person(self, person: bytes) -> str:
        """A person's name, safe to print."""
        return self.square.person(self.community, person)

    def name(self) -> str:
        """What the community is called, safe to print."""
        return self.square.title(self.community)


@contextmanager
def entering(session: Session, *, printed: bool = False) -> Iterator[Rooms]:
    """Open them, level with what has come. Needs no key; this machine is looked at, nobody asked
    outside of it. `printed`: for others to read, so this person is called by name and not "you"."""
    wanted = session.config.get("emergency.endorsements")
    with ExitStack() as stack:
        square = stack.enter_context(opened(session, read_only=True))
        stack.enter_context(translated())
        home, commons, now = square.home, square.commons, session.now
        known = conditioning.look(session, square, outside=False)
        if printed:
            square = _printed(square)
        desk = stack.enter_context(Desk.open(home, commons, now, wanted))
        register = stack.enter_context(Register.open(home, commons, now))
        boards = stack.enter_context(Boards.open(home, commons, now))
        market = stack.enter_context(Market.open(home, commons, now))
        board = Opened(session, square, boards)
        yield Rooms(
            session, square, square.place(), known, Board(session, square, desk),
            Muster(session, square, register), board, Stall(session, square, market),
        )  # fmt: skip


def _printed(square: Square) -> Square:
    """Communities in which nobody is "you"."""

    class Printed(Square):
        """See above."""

        @property
        def me(self) -> bytes:
            """Nobody."""
            return b""

    return Printed(square.session, square.home, square.commons)


def some(lines: Sequence[str], most: int) -> list[str]:
    """At most so many lines, two or more, of which the last says how many more there are."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], f"and {len(lines) - most + 1:,} more"]


def section(title: str, lines: Sequence[str], source: str) -> Section:
    """A section of the report."""
    return Section(title, tuple(lines), source)


def latest(rooms: Rooms, came: int | None) -> str:
    """What to add to a source: how old the latest of it is, where there is any."""
    return "" if came is None else f", the latest {ago(rooms.session.now - came)}"
