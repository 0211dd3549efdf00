"""The hook: a program of this user's that is told when the mode has changed.

It is run as `chat.notify` is: without a shell, with the arguments that are set and no others, and
gets what has changed as JSON on its standard input, nobody's text in a command line. What goes
wrong with it is a warning. Exercises and tests change no mode, and so run nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth import settings
from hearth.commands import notify_program
from hearth.commands.conditioning import as_json
from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.condition.keeper import Change
    from hearth.condition.known import Known


def document(session: Session, commons: Commons, known: Known, change: Change) -> dict[str, Any]:
    """What the program is told."""
    first = {"v": 1, "event": "mode", "from": change.before.value}
    return {**first, **as_json(session, commons, known)}


def run(session: Session, document: dict[str, Any]) -> None:
    """Run the program that is set, if one is; it has ten seconds. May be run in a thread."""
    notify_program.call(session, settings.HOOK, document)
