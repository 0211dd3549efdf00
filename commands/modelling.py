"""What `hearth model add` does: telling what was given, and adding it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands.context import Session, open_home

if TYPE_CHECKING:
    from hearth.models.adding import Added


def add_from(
    session: Session, source: str, name: str | None, kind: str | None, licence: str | None
) -> Added:
    """Add the model that `source` is, or leads to."""
    from hearth.models import adding

    path = Path(session.cwd, source)
    with open_home(session) as home:
        if name is not None:
            name = adding.check_name(name)
        home.signer(session.now)  # asks for the passphrase, if any, before the work
        with session.terminal.progress("reading") as progress:
            made = adding.draft(path, kind, lambda doing: progress.update(0, doing))
        return adding.add(home, made, session.now, name=name, licence=licence)
