"""Telling that what is here has no vectors yet of the model for meaning, and what to type."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hearth.commands.context import Session, can_write
from hearth.store.errors import HearthError

LOCK = "lock.vectors"
"""`hearth.vectors.keeping.LOCK`; to import that would cost every question some milliseconds."""


def tell_unprepared(session: Session, path: Path) -> None:
    """Say so where nothing has vectors although there is a model for meaning: an index was made
    anew, or by another version. Where no model was ever used that is known without a look."""
    if not (path / LOCK).exists() or not _has_model_files(path):
        return
    from hearth.home import Home
    from hearth.models import shelf

    with suppress(HearthError, OSError), Home.open(path, read_only=True) as home:
        if shelf.chosen(home, "embed") is not None:
            tell(session, path)


def _has_model_files(path: Path) -> bool:
    from hearth.models import files

    folder = path / files.FOLDER
    return folder.is_dir() and any(folder.iterdir())


def tell(session: Session, path: Path) -> None:
    """Say that vectors are missing, and what is done about it, or what to type."""
    from hearth.vectors import keeping

    if not can_write(session):
        return  # nothing that could be typed would help
    if keeping.busy(path):
        session.terminal.warn(
            "finding by meaning is still being prepared", "hearth status shows how far it is"
        )
    else:
        session.terminal.warn(
            "not all of this is found by meaning yet", "hearth reindex --vectors makes the rest"
        )
