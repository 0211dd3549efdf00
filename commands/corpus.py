"""hearth corpus: create, list, show and remove corpora."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.layout import count
from hearth.commands.options import community_for, json_option
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.commands.corpora import Shelf
    from hearth.corpora.naming import Named


@click.group("corpus", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Create, list, show, share and remove corpora.

    A corpus is a named collection of documents with a licence. A new one is private: only your
    own devices can read it. Alone, it lists them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("create")
@click.argument("name")
@click.option("--licence", metavar="TEXT", default="", help="State its licence.")
@json_option
@click.pass_obj
def create(session: Session, name: str, licence: str) -> None:
    """Make an empty corpus NAME."""
    from hearth.commands.corpora import opened
    from hearth.commands.corpora_data import PRIVATE

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
    from hearth.commands.corpora import opened
    from hearth.commands.corpora_data import audience, corpus_json

    clean = session.terminal.clean
    rows = [["corpus", "documents", "passages", "audience", "licence"]]
    with opened(session, read_only=True) as shelf:
        shelf.update(session)
        corpora = shelf.corpora()
        counts = _counts(shelf, corpora)
        waiting = shelf.library.catalogue.waiting(shelf.library.home.store)
        data = [corpus_json(shelf, each, *counts[each.corpus.id]) for each in corpora]
        for each in corpora:
            documents, passages = counts[each.corpus.id]
            held = f"{passages:,}" if each.held else "-"
            licence = clean(each.corpus.licence) or "-"
            who = audience(session, shelf, each)
            rows.append([clean(each.label), f"{documents:,}", held, who, licence])
    if session.json:
        session.terminal.out_json({"v": 1, "corpora": data})
    elif not corpora:
        session.terminal.note("no corpora yet; hearth add makes one")
    else:
        session.terminal.out(session.terminal.table(rows, right=frozenset([1, 2])))
    if waiting and not session.json:
        session.terminal.note(
            f"{waiting:,} sealed events wait for your key; hearth reindex opens it"
        )


def _counts(shelf: Shelf, corpora: Sequence[Named]) -> dict[bytes, tuple[int, int]]:
    """Documents and passages of each corpus, by id."""
    passages = {name: stats.passages for name, stats in shelf.index.stats().items()}
    catalogue = shelf.library.catalogue
    return {
        each.corpus.id: (
            catalogue.count(each.corpus.id),
            passages.get(each.label, 0) if each.held else 0,
        )
        for each in corpora
    }


@command.command("show")
@click.argument("name")
@json_option
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show one corpus: its licence, who can read it, how much is in it."""
    from hearth.commands.corpora import opened
    from hearth.commands.corpora_data import PRIVATE, audience, corpus_json
    from hearth.commands.sharing import persons_lines

    with opened(session, read_only=True) as shelf:
        named = shelf.find(name)
        shelf.update(session)
        documents, passages = _counts(shelf, [named])[named.corpus.id]
        data = corpus_json(shelf, named, documents, passages)
        who = audience(session, shelf, named)
        people = persons_lines(session, shelf, named)
    if session.json:
        session.terminal.out_json({"v": 1, **data})
        return
    clean = session.terminal.clean
    session.terminal.out(f"corpus    {clean(named.label)}")
    session.terminal.out(f"licence   {clean(named.corpus.licence) or 'not stated'}")
    session.terminal.out(f"audience  {PRIVATE if who == 'private' else who}")
    for line in people:
        session.terminal.out(line)
    session.terminal.out(f"holds     {count(documents, 'document')}, {count(passages, 'passage')}")
    session.terminal.out(f"id        {named.corpus.id.hex()}")


@command.command("share")
@click.argument("name")
@community_for("Share it in this community.")
@click.option("--with", "readers", multiple=True, metavar="WHOM",
              help="Only with this member, or with stewards; again for several.")  # fmt: skip
@click.option("--writers", multiple=True, metavar="WHOM",
              help="Let this member, or stewards, add to it and take out of it.")  # fmt: skip
@click.option("--no-writers", is_flag=True, help="Let nobody else add to it any more.")
@click.option("--stop", is_flag=True, help="Share it no longer: there, or anywhere.")
@json_option
@click.pass_obj
def share(
    session: Session,
    name: str,
    readers: tuple[str, ...],
    writers: tuple[str, ...],
    no_writers: bool,
    stop: bool,
) -> int:
    """Share corpus NAME with a community, or with some of its members, and keep it level.

    Every member learns the names of its documents, and may fetch them. What is added, changed or
    removed later is so there, too. With --stop it is taken away there, or everywhere if no
    community is named; what members have fetched stays theirs.

    Named with --with, only some can read it (WHOM is a member's name, the first digits of an id,
    or stewards); to everybody else it is sealed. Naming others later replaces those named before:
    who is not named any more keeps what they hold, and cannot read what is added or changed from
    then on; who is named anew can read all of it. Without --with it stays with those who could
    read it: at first all members.

    Those named with --writers may add to it and take out of it, beside you, in place of those who
    could before. They can read it, too, and what they add is followed here. What a writer has
    added stays when they are a writer no more; what stewards add counts while they are stewards.
    """
    from hearth.commands.corpora import opened
    from hearth.commands.corpora_writing import own
    from hearth.commands.sharing import Wish, carry_out, show_shares

    if stop and (readers or writers or no_writers):
        raise UsageError("--stop goes with --community only")
    if writers and no_writers:
        raise UsageError("--writers or --no-writers: one of the two")
    with opened(session) as shelf:
        named = own(shelf.find(name))
        wish = Wish(readers, () if no_writers else writers or None, stop)
        done = carry_out(session, shelf, named, wish)
        shelf.library.seal()
        return show_shares(session, shelf, named, done, stop)


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
    from hearth.commands.corpora_writing import level_shares, own

    with opened(session, makes_room=True) as shelf:
        corpus = own(shelf.find(name)).corpus
        documents = shelf.library.catalogue.count(corpus.id)
        home = shelf.library.home
        home.signer(session.now)

        def without() -> None:
            with home.store.batch() as batch, batch.transaction() as tx:
                shelf.library.remove(tx, corpus, session.now)

        home.store.with_reserve(without)
        home.store.with_reserve(shelf.library.seal)
        home.store.with_reserve(shelf.library.update)
        home.store.with_reserve(lambda: level_shares(session, shelf))
        home.store.with_reserve(lambda: shelf.update(session))
    if session.json:
        session.terminal.out_json(
            {"v": 1, "name": name, "id": corpus.id.hex(), "documents": documents}
        )
        return
    held = count(documents, "document")
    session.terminal.out(f'removed corpus "{session.terminal.clean(name)}" ({held})')
