"""Writing to a file that a person has named and that is not there yet: nothing is replaced."""

from __future__ import annotations

from pathlib import Path

from hearth.commands.context import Session
from hearth.store.errors import TakenFileError, UsageError


def new_path(session: Session, name: str) -> Path:
    """Where a file is to be that is not there yet. Raises TakenFileError, and UsageError where
    there is no such folder."""
    path = Path(session.cwd, name)
    if path.is_dir():
        raise TakenFileError(f'"{name}" is a folder', "name a new file in it")
    if path.exists() or path.is_symlink():
        raise TakenFileError(f'"{name}" is there already', "name another file, or remove it")
    if not path.parent.is_dir():
        raise UsageError(f'there is no folder "{path.parent}"')
    return path


def refuse_terminal(session: Session, what: str, hint: str) -> None:
    """Refuse to write what is no text to standard output where that is a terminal."""
    if session.terminal.stdout.isatty():
        raise UsageError(f"{what} is no text, and standard output is a terminal", hint)


def write_out(session: Session, out: str | None, data: bytes) -> None:
    """Write to a new file, or to standard output where `out` is None. Raises as `new_path`."""
    if out is None:
        session.terminal.out_bytes(data)
        return
    from hearth.store import unfinished
    from hearth.store.disk import Disk

    path = new_path(session, out)
    unfinished.write(Disk(), path, data)
    session.terminal.note(f"wrote {session.terminal.clean(str(path))}")
