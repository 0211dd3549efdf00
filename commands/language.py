"""What the session's settings and environment mean for language models."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.llm.endpoints import Endpoints
    from hearth.llm.opening import Means


def means(session: Session) -> Means:
    """How this machine's user lets language models be run, for `hearth.llm.opening.open_model`.

    What a person has to wait for is told on stderr, at a terminal only.
    """
    from hearth.llm.opening import Means

    setting = session.config.get
    return Means(
        endpoints=endpoints(session).path,
        environ=session.environ,
        context=setting("llm.context"),
        threads=setting("llm.threads") or cores(),
        most=setting("llm.memory"),
        idle=setting("llm.idle"),
        states=setting("llm.states"),
        patience=setting("llm.patience"),
        told=lambda text: _tell(session, text),
    )


def endpoints(session: Session) -> Endpoints:
    """The endpoints of this machine's user: a file beside the user's settings."""
    from hearth.config import user_path
    from hearth.llm.endpoints import FILE, Endpoints

    return Endpoints(user_path(session.environ).with_name(FILE))


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _tell(session: Session, text: str) -> None:
    if session.terminal.stderr.isatty() and not session.plain:
        session.terminal.note(session.terminal.clean(text))
