"""Where a ticket to be used comes from: the arguments, standard input, a file, a photograph."""

from __future__ import annotations

from contextlib import suppress
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
        try:
            return ticket.decode(" ".join(words))
        except ticket.NotATicketError as error:
            raise ticket.NotATicketError(error.message, *_hints(session, words)) from None
    return ticket.decode(_asked(session, piped=bool(words)))


def _hints(session: Session, words: tuple[str, ...]) -> list[str]:
    """What to do about what is no ticket: it may be the name of a file that holds one."""
    import shlex

    name = " ".join(words)
    with suppress(OSError, ValueError):  # too long for a file's name, or none at all
        if Path(session.cwd, name).is_file():
            return [f"of a file: hearth join --file {shlex.quote(name)}"]
    return ['a ticket begins with "hearth1"']


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
