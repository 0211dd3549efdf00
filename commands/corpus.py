"""hearth corpus: create, list, show and remove corpora."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option

if TYPE_CHECKING:
    from hearth.commands.corpora import Shelf


@click.group("corpus", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Create, list, show and remove corpora.

    A corpus is a named collection of documents with a licence. A new one is private: only your
    own devices can read it. Alone, it lists them.
    """
    if ctx.invoked_subcommand is None:
        _list(ctx.ensure_object(Session))


@command.command("create")
@click.argument("name")
@click.option("--licence", metavar="TEXT", default="", help="State its licence.")
@json_option
@click.pass_obj
def create(session: Session, name: str, licence: str) -> None:
    """Make an empty corpus NAME."""
    from hearth.commands.corpora import PRIVATE, opened

    with opened(session) as shelf:
        home = shelf.library.home
        home.signer(session.now)
        with home.store.batch() as batch, batch.transaction() as tx:
            corpus = shelf.library.create(tx, name, licence, session.now)
        shelf.library.seal()
        shelf.update(session)
    if session.json:
        session.terminal.out_json(
            {"v": 1, "name": name, "id": corpus.hex(), "licence": licence, "audience": "private"}
        )
        return
    session.terminal.out(f'made corpus "{session.terminal.clean(name)}"')
    session.terminal.out(PRIVATE)


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session) -> None:
    """List the corpora, with how much is in them."""
    _list(session)


def _list(session: Session) -> None:
    from hearth.commands.corpora import corpus_json, opened
    from hearth.commands.layout import table

    with opened(session, read_only=True) as shelf:
        shelf.update(session)
        counts = _counts(shelf)
        corpora = shelf.library.catalogue.corpora()
    if session.json:
        session.terminal.out_json(
            {"v": 1, "corpora": [corpus_json(each, *counts[each.id]) for each in corpora]}
        )
        return
    if not corpora:
        session.terminal.note("no corpora yet; hearth add makes one")
        return
    clean = session.terminal.clean
    rows = [["corpus", "documents", "passages", "audience", "licence"]]
    for each in corpora:
        documents, passages = counts[each.id]
        licence = clean(each.licence) or "-"
        rows.append([clean(each.name), f"{documents:,}", f"{passages:,}", "private", licence])
    session.terminal.out(table(rows, right=frozenset([1, 2])))


def _counts(shelf: Shelf) -> dict[bytes, tuple[int, int]]:
    """Documents and passages of each corpus, by id."""
    passages = {name: stats.passages for name, stats in shelf.index.stats().items()}
    catalogue = shelf.library.catalogue
    return {
        each.id: (catalogue.count(each.id), passages.get(each.name, 0))
        for each in catalogue.corpora()
    }


@command.command("show")
@click.argument("name")
@json_option
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show one corpus: its licence, who can read it, how much is in it."""
    from hearth.commands.corpora import PRIVATE, corpus_json, opened

    with opened(session, read_only=True) as shelf:
        corpus = shelf.library.find(name)
        shelf.update(session)
        documents, passages = _counts(shelf)[corpus.id]
    if session.json:
        session.terminal.out_json({"v": 1, **corpus_json(corpus, documents, passages)})
        return
    clean = session.terminal.clean
    session.terminal.out(f"corpus    {clean(corpus.name)}")
    session.terminal.out(f"licence   {clean(corpus.licence) or 'not stated'}")
    session.terminal.out(f"audience  {PRIVATE}")
    session.terminal.out(f"holds     {documents:,} documents, {passages:,} passages")
    session.terminal.out(f"id        {corpus.id.hex()}")


@command.command("remove")
@click.argument("name")
@json_option
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove corpus NAME with all its documents.

    The files that were added are not touched. What only this corpus needed is given back to the
    disk by gc, two weeks later at the earliest.
    """
    from hearth.commands.corpora import opened

    with opened(session, makes_room=True) as shelf:
        corpus = shelf.library.find(name)
        count = shelf.library.catalogue.count(corpus.id)
        home = shelf.library.home
        home.signer(session.now)

        def without() -> None:
            with home.store.batch() as batch, batch.transaction() as tx:
                shelf.library.remove(tx, corpus, session.now)

        home.store.with_reserve(without)
        home.store.with_reserve(shelf.library.seal)
        home.store.with_reserve(lambda: shelf.update(session))
    if session.json:
        session.terminal.out_json({"v": 1, "name": name, "id": corpus.id.hex(), "documents": count})
        return
    session.terminal.out(f'removed corpus "{session.terminal.clean(name)}" ({count:,} documents)')
