"""hearth unfollow: keep a corpus of a community here no longer."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.corpora import opened
from hearth.commands.following import corpus_of_community, write
from hearth.commands.options import community_for, json_option
from hearth.store import wishes


@click.command("unfollow")
@click.argument("corpus", metavar="CORPUS")
@community_for("The one of this community.")
@json_option
@click.pass_obj
def command(session: Session, corpus: str) -> None:
    """Follow a corpus no longer: it answers no more, and nothing new of it is fetched.

    What is here of it stays until the disk budget needs the room; then it is the first to go,
    unless it is pinned.
    """
    with opened(session) as shelf:
        named = corpus_of_community(session, shelf, corpus)
        if named.held:
            id = named.corpus.id
            write(shelf, lambda tx: wishes.unfollow(tx, id))
        shelf.update(session)
        after = next(each for each in shelf.corpora() if each.corpus.id == named.corpus.id)
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "corpus": after.label,
                "corpus_id": named.corpus.id.hex(),
                "community": named.corpus.community.hex(),
                "followed": False,
                "changed": named.held,
            }
        )
        return
    clean = session.terminal.clean
    verb = "follows" if named.held else "did not follow"
    more = " no more" if named.held else ""
    session.terminal.out(f'this hearth {verb} "{clean(after.label)}"{more}')
