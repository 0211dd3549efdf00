"""hearth follow: keep a corpus of a community here."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.corpora import opened
from hearth.commands.following import corpus_of_community, write
from hearth.commands.layout import count
from hearth.commands.meaning import keep_up
from hearth.commands.options import community_for, json_option
from hearth.store import wishes


@click.command("follow")
@click.argument("elsewhere", metavar="CORPUS")
@community_for("The one of this community.")
@json_option
@click.pass_obj
def command(session: Session, elsewhere: str) -> None:
    """Follow a corpus of a community: its documents are fetched, searched and kept up to date.

    CORPUS is a name as hearth corpus list shows it, or the first digits of an id. What a corpus
    holds is known to every member; the documents themselves come only to those who follow it,
    with the sessions to come.
    """
    with opened(session) as shelf:
        named = corpus_of_community(session, shelf, elsewhere)
        if not named.held:
            corpus = named.corpus
            write(shelf, lambda tx: wishes.follow(tx, corpus.id, corpus.community))
        shelf.update(session)
        keep_up(session, shelf.library.home, shelf.index.connection)
        after = next(each for each in shelf.corpora() if each.corpus.id == named.corpus.id)
        documents = shelf.library.catalogue.count(named.corpus.id)
        stats = shelf.index.stats().get(after.label)
        here = stats.documents if stats else 0
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "corpus": after.label,
                "corpus_id": named.corpus.id.hex(),
                "community": named.corpus.community.hex(),
                "followed": True,
                "changed": not named.held,
                "documents": documents,
                "indexed": here,
            }
        )
        return
    clean = session.terminal.clean
    verb = "follows" if named.held else "now follows"
    session.terminal.out(
        f'this hearth {verb} "{clean(after.label)}" of {clean(after.community)}:'
        f" {count(documents, 'document')}, {here:,} here"
    )
    if here < documents:
        session.terminal.note("next: hearth sync fetches them; hearth serve does by itself")
