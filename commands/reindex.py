"""hearth reindex: rebuild everything derived from the log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, open_home
from hearth.commands.corpora import Shelf
from hearth.commands.layout import count
from hearth.commands.meaning import keep_up, make, sparing
from hearth.commands.options import json_option
from hearth.community.commons import Commons
from hearth.corpora.cache import DamagedCacheError, check_room, delete_cache, open_cache, translated
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.index import Index
from hearth.corpora.library import Library
from hearth.store.errors import Exit, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from hearth.corpora.index import CorpusStats
    from hearth.home import Home


@click.command("reindex")
@click.option("--vectors", is_flag=True, help="Only make the vectors that are missing.")
@json_option
@click.pass_obj
def command(session: Session, vectors: bool) -> int:
    """Rebuild everything derived from the log: the catalogue and the full-text index.

    cache.db is deleted and made anew from the log and the stored texts; every question is
    answered as before. Killed, the next command goes on with it. Where there are corpora that
    are sealed to their readers, your key is needed.

    With a model for meaning every passage has a vector. Vectors of passages that are still there
    are kept; with --vectors nothing else is done but making those that are missing, at low priority
    and for as long as it takes. Killed, the next time goes on.
    """
    if vectors:
        return _vectors(session)
    began = time.monotonic()
    with open_home(session) as home:
        _begin_anew(home)
        with Index.open(home.cache_path) as index:
            catalogue = Catalogue(index.connection)
            shelf = Shelf(Library(home, catalogue), index)
            missing = shelf.update(session)
            if catalogue.waiting(home.store):
                home.signer(session.now)
                missing = shelf.update(session)
            stats = index.stats()
            documents = sum(catalogue.count(each.id) for each in catalogue.corpora())
            keep_up(session, home, index.connection)
        _fold_lanes(session, home)
    _tell(session, stats, documents, missing, time.monotonic() - began)
    if missing:
        session.terminal.warn(
            f"{count(missing, 'document')} could not be read", "hearth fsck names them"
        )
    return Exit.WARNINGS if missing else Exit.OK


def _tell(
    session: Session, stats: dict[str, CorpusStats], documents: int, missing: int, seconds: float
) -> None:
    passages = sum(each.passages for each in stats.values())
    if session.json:
        session.terminal.out_json(
            {
                "v": 1, "corpora": len(stats), "documents": documents, "passages": passages,
                "not_indexed": missing, "seconds": round(seconds, 3),
            }
        )  # fmt: skip
    else:
        corpora = count(len(stats), "corpus", "corpora")
        session.terminal.out(
            f"{corpora}, {count(documents, 'document')}, {count(passages, 'passage')}"
            f" in {seconds:.1f} s"
        )


def _begin_anew(home: Home) -> None:
    """Delete cache.db, all but the vectors; these too where it is damaged. Raises NoSpaceError, and
    has deleted nothing then."""
    check_room(home.cache_path, home.disk)
    try:
        with translated():
            carried = _set_aside(home)
    except DamagedCacheError:
        carried = None
    delete_cache(home.cache_path)
    if carried is not None:
        home.disk.replace(carried, home.cache_path)


def _set_aside(home: Home) -> Path | None:
    """The vectors alone in a file of their own, where a model can use them again."""
    from hearth.models import shelf
    from hearth.vectors import keeping

    if not home.cache_path.exists() or shelf.chosen(home, "embed") is None:
        return None
    aside = home.cache_path.with_name("cache.db.vectors")
    delete_cache(aside)  # of a run that was killed
    connection = open_cache(aside)
    try:
        keeping.carry(connection, home.cache_path)
    finally:
        connection.close()
    return aside


def _vectors(session: Session) -> int:
    import os
    from contextlib import suppress

    from hearth.models import shelf
    from hearth.vectors import waiting

    with suppress(OSError):
        os.nice(10)
    with open_home(session) as home:
        model = shelf.chosen(home, "embed")
        if model is None:
            hint = "hearth model add FILE adds one"
            raise NotFoundError("no model for meaning", hint)
        with Index.open(home.cache_path) as index:
            enough = sparing(session, home)
            if enough is None or not enough():
                make(session, home, index.connection, model, enough)
            having = waiting.having(index.connection, model.id)
            left = waiting.lacking(index.connection, model.id)
    if session.json:
        data = {"v": 1, "model": model.name, "vectors": having, "missing": left}
        session.terminal.out_json(data)
    else:
        session.terminal.out(f"{count(having, 'passage')} found by meaning, {left:,} missing")
    return Exit.WARNINGS if left else Exit.OK


def _fold_lanes(session: Session, home: Home) -> None:
    from hearth import lanes
    from hearth.audience.keyring import Keyring
    from hearth.chat.talk import Talk

    commons = Commons(home)
    with Talk.open(home, commons) as talk:
        talk.update(session.now)
    keyring = Keyring(home, commons) if home.unasked_signer() is not None else None
    for fold in lanes.folds():
        with lanes.opened(home, fold) as connection:
            lanes.update(connection, home, commons, fold, keyring, now=session.now)
