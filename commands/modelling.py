"""What `hearth model add` does: telling what was given, and adding it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands.context import Session, open_home

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.models.adding import Added


def add_from(
    session: Session, source: str, name: str | None, kind: str | None, licence: str | None
) -> Added:
    """Add the model that `source` is, or leads to: a file, a folder, or the address of a file."""
    from hearth.models import adding, fetching

    if name is not None:
        name = adding.check_name(name)
    with open_home(session) as home:
        home.signer(session.now)  # asks for the passphrase, if any, before the work
        if not fetching.is_address(source):
            return _add(session, home, Path(session.cwd, source), name, kind, licence, None)
        path = _fetched(session, home, source)
        added = _add(session, home, path, name, kind, licence, source)
        fetching.forget(home, source)
        return added


def _add(
    session: Session,
    home: Home,
    path: Path,
    name: str | None,
    kind: str | None,
    licence: str | None,
    source: str | None,
) -> Added:
    from hearth.commands.meaning import prepare
    from hearth.models import adding

    with session.terminal.progress("reading") as progress:
        made = adding.draft(path, kind, lambda doing: progress.update(0, doing))
    with session.terminal.progress("storing", unit="bytes") as progress:
        added = adding.add(
            home, made, session.now, name=name, licence=licence, source=source,
            tell=progress.advance,
        )  # fmt: skip
    prepare(session, home, added.model)
    return added


def _fetched(session: Session, home: Home, url: str) -> Path:
    from hearth.models import fetching

    proxies = {scheme: session.environ.get(f"{scheme}_proxy", "") for scheme in ("http", "https")}
    with session.terminal.progress("fetching", unit="bytes") as progress:
        return fetching.fetch(
            home, url, progress.of, {scheme: proxy for scheme, proxy in proxies.items() if proxy}
        )
