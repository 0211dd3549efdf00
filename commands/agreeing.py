"""Asking whether something is to be done: for a yes, or for some words to be typed."""

from __future__ import annotations

from hearth.commands.context import Session
from hearth.store.errors import HearthError, UsageError


class NotConfirmedError(HearthError, code="not-confirmed"):
    """A person was asked, and did not say yes; nothing was done (exit 1)."""


def confirm(session: Session, yes: bool, *lines: str, question: str) -> None:
    """Say what is about to happen, and go on only if a person agrees, or has with `--yes`.

    Raises UsageError where nobody can be asked, NotConfirmedError where the answer is no.
    """
    if not yes:
        _say(session, lines)
        if not session.terminal.confirm(question):
            raise NotConfirmedError("nothing was done")


def confirm_in_words(session: Session, yes: bool, *lines: str, words: str) -> None:
    """The same for what takes more than a key press: `words` have to be typed."""
    if not yes:
        _say(session, lines)
        if session.terminal.ask_line(f'Type "{words}" to go on: ') != words:
            raise NotConfirmedError("nothing was done")


def _say(session: Session, lines: tuple[str, ...]) -> None:
    terminal = session.terminal
    if terminal.attended:
        for line in lines:
            terminal.err(terminal.wrap(terminal.clean(line)))
    if not terminal.interactive:
        message, *hints = terminal.unasked("agree to this")
        raise UsageError(message, "--yes does it without asking", *hints)
