"""Making room under the disk budget, and saying what was given up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.commands.context import Session
from hearth.commands.layout import size

if TYPE_CHECKING:
    from hearth.commands.corpora import Shelf
    from hearth.corpora.shedding import Made


def relieve(session: Session, shelf: Shelf, wanted: int) -> bool:
    """Give up what the budget takes first, until `wanted` bytes fit; whether anything was freed."""
    from hearth.corpora.shedding import make_room

    made = make_room(shelf.library.home, shelf.library.catalogue, shelf.index, wanted, session.now)
    say(session, made)
    return made.freed > 0


def say(session: Session, made: Made) -> None:
    """Tell what was given up, on stderr."""
    from hearth.corpora.shedding import KINDS

    counts = [
        f"{count:,} {what}" for count, what in zip(made.given_up, KINDS, strict=True) if count
    ]
    if counts:
        said = ", ".join(counts)
        session.terminal.note(
            f"gave up objects to keep the disk budget: {said} ({size(made.freed)} freed)"
        )
