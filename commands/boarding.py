"""What the verbs of the board and of rehearsals share: opening them, names, ages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from hearth.commands.communities import Square, opened
from hearth.commands.context import Session
from hearth.commands.times import ago

if TYPE_CHECKING:
    from hearth.boards.judging import Said, Site
    from hearth.boards.reading import Boards
    from hearth.boards.writing import Writer

EXERCISE = "EXERCISE, NOT REAL: "


class Opened(NamedTuple):
    """The board, opened for one run."""

    session: Session
    square: Square
    boards: Boards

    def writer(self) -> Writer:
        """For writing in the community that is meant."""
        from hearth.boards.writing import Writer

        return Writer(self.square.home, self.square.commons, self.square.place(), self.session.now)


@contextmanager
def boarding(session: Session, *, writes: bool = False) -> Iterator[Opened]:
    """Open the board, level with what has come. With `writes` this device's key is opened first."""
    from hearth.boards.reading import Boards
    from hearth.corpora.cache import translated

    with (
        opened(session, read_only=not writes) as square,
        translated(),
        Boards.open(square.home, square.commons, session.now) as boards,
    ):
        yield Opened(session, square, boards)


def age(said: Said, now: int) -> str:
    """How old a report is, with the doubt that it deserves."""
    if said.at is not None:
        return ago(now - said.at)
    return f"came {ago(now - said.came)}; when it was written is not known"


def state(site: Site, now: int) -> str:
    """How a site is, in a word or two: what is old is unknown."""
    from hearth.boards.words import state_word

    known = site.state(now)
    if known is None:
        return "unknown"
    word = state_word(site.sort, known)
    return f"{word}?" if site.others else word
