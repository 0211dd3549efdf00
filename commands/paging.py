"""Long texts through the pager that a person has: `PAGER`, else less, else more."""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hearth.commands.context import Session


def page(session: Session, text: str) -> None:
    """Print a text; through a pager where standard output is a terminal that it does not fit.

    Its lines are cleaned as `Terminal.out` does. A pager that is not there, or fails to start, is
    no reason not to print.
    """
    terminal = session.terminal
    rows = shutil.get_terminal_size().lines
    command = None
    if terminal.stdout.isatty() and not terminal.plain and text.count("\n") + 2 > rows:
        command = _pager(session)
    if command is None or not _through(session, command, text):
        terminal.out(text)


def _pager(session: Session) -> list[str] | None:
    named = session.environ.get("PAGER")
    if named is not None:
        try:
            words = shlex.split(named)
        except ValueError:
            return None
        return words if words and words[0] != "cat" and shutil.which(words[0]) else None
    found = shutil.which("less") or shutil.which("more")
    return None if found is None else [found]


def _through(session: Session, command: list[str], text: str) -> bool:
    """Have a pager show it; False if that could not be started."""
    terminal = session.terminal
    terminal.flush()
    env = {"LESS": "FRX", **session.environ}
    # Ctrl-C is the pager's: it stops a search in it, and must not end this program under it.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with subprocess.Popen(command, stdin=subprocess.PIPE, env=env) as process:
            process.communicate(terminal.printed(text).encode("utf-8", "replace"))
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
