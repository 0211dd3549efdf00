"""Where a ticket to be used comes from: the arguments, standard input, a file, a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands.context import Session
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.community.ticket import Ticket

MAX_FILE = 16 * 1024
"""Bytes: a file with more in it is no ticket."""


def read(session: Session, words: tuple[str, ...], file: str | None, photo: str | None) -> Ticket:
    """The ticket; exactly one source may be given, and none means standard input.

    Raises TicketError, UsageError, and what reading a file raises.
    """
    from hearth.community import ticket

    if sum((bool(words), file is not None, photo is not None)) > 1:
        raise UsageError("give the ticket once: as TICKET, with --file or with --photo")
    if photo is not None:
        from hearth.community.photo import read as photographed

        return ticket.decode(photographed(Path(session.cwd, photo)))
    if file is not None:
        with Path(session.cwd, file).open("rb") as opened:
            return ticket.decode(_text(opened.read(MAX_FILE + 1)))
    if words and words != ("-",):
        return ticket.decode(" ".join(words))
    return ticket.decode(_asked(session, piped=bool(words)))


def _asked(session: Session, *, piped: bool) -> str:
    if not piped and session.terminal.stdin.isatty():
        typed = session.terminal.ask_line("Ticket: ")
    else:
        typed = _text(session.terminal.read_bytes(MAX_FILE + 1))
    if not typed or not typed.strip():
        raise UsageError("which ticket?", "hearth join TICKET, or --file, or --photo")
    return typed


def _text(data: bytes) -> str:
    """What `decode` can judge; bytes that are no text are no ticket either."""
    return data.decode("utf-8", "replace").removeprefix("\ufeff")
