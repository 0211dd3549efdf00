"""hearth reindex: rebuild everything derived from the log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, open_home
from hearth.commands.options import json_option
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.home import Home


@click.command("reindex")
@json_option
@click.pass_obj
def command(session: Session) -> int:
    """Rebuild everything derived from the log: the catalogue and the full-text index.

    cache.db is deleted and made anew from the log and the stored texts; every question is
    answered as before. Killed, the next command goes on with it. Where there are corpora that
    are sealed to their readers, your key is needed.
    """
    from hearth.commands.corpora import Shelf
    from hearth.corpora.cache import delete_cache
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.index import Index
    from hearth.corpora.library import Library

    began = time.monotonic()
    with open_home(session) as home:
        delete_cache(home.cache_path)
        with Index.open(home.cache_path) as index:
            catalogue = Catalogue(index.connection)
            shelf = Shelf(Library(home, catalogue), index)
            missing = shelf.update(session)
            if catalogue.waiting(home.store):
                home.signer(session.now)
                missing = shelf.update(session)
            stats = index.stats()
            documents = sum(catalogue.count(each.id) for each in catalogue.corpora())
        _fold_lanes(session, home)
    passages = sum(each.passages for each in stats.values())
    seconds = time.monotonic() - began
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "corpora": len(stats),
                "documents": documents,
                "passages": passages,
                "not_indexed": missing,
                "seconds": round(seconds, 3),
            }
        )
    else:
        corpora = f"{len(stats):,} corp{'us' if len(stats) == 1 else 'ora'}"
        session.terminal.out(
            f"{corpora}, {documents:,} documents, {passages:,} passages in {seconds:.1f} s"
        )
    if missing:
        session.terminal.warn(f"{missing} documents could not be read", "hearth fsck names them")
    return Exit.WARNINGS if missing else Exit.OK


def _fold_lanes(session: Session, home: Home) -> None:
    from hearth import lanes
    from hearth.audience.keyring import Keyring
    from hearth.chat.talk import Talk
    from hearth.community.commons import Commons

    commons = Commons(home)
    with Talk.open(home, commons) as talk:
        talk.update(session.now)
    keyring = Keyring(home, commons) if home.unasked_signer() is not None else None
    for fold in lanes.folds():
        with lanes.opened(home, fold) as connection:
            lanes.update(connection, home, commons, fold, keyring, now=session.now)
