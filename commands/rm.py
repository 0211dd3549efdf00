"""hearth rm: take documents out of a corpus."""

from __future__ import annotations

import os

import click

from hearth.commands.context import Session
from hearth.commands.corpora import choose, not_found, opened
from hearth.commands.corpora_data import document_json
from hearth.commands.corpora_writing import level_shares, one_corpus, remover
from hearth.commands.following import write
from hearth.commands.options import documents_argument, json_option
from hearth.corpora.naming import Place


@click.command("rm")
@documents_argument
@click.option("--corpus", "corpora", multiple=True, metavar="NAME", help="Only from NAME.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
@click.pass_obj
def command(
    session: Session, names: tuple[bytes, ...], corpora: tuple[str, ...], dry_run: bool
) -> None:
    """Take documents out of a corpus; the files that were added are not touched.

    With --corpus NAME@COMMUNITY out of a corpus of a community that you made, or whose writer you
    are; what you share yourself is taken out at home.

    NAME is a document, a folder, a pattern such as "*.pdf", or the first digits of an id, as
    hearth ls shows them. All names must mean something, or nothing is removed.
    """
    with opened(session, makes_room=True) as shelf:
        among = [shelf.find(name) for name in corpora]
        if not corpora:
            among = [each for each in shelf.corpora() if each.place is Place.HOME]
        pairs, missing = choose(shelf, among, names)
        if missing:
            raise not_found(session, shelf, missing)
        if not corpora:
            one_corpus(pairs)
        take_out, store = remover(session, shelf, pairs), shelf.library.home.store
        if not dry_run:
            shelf.library.home.signer(session.now)
            store.with_reserve(lambda: write(shelf, take_out))
            store.with_reserve(shelf.library.seal)
            store.with_reserve(shelf.library.update)
            store.with_reserve(lambda: level_shares(session, shelf))
        store.with_reserve(lambda: shelf.update(session))
    if session.json:
        removed = [document_json(*pair) for pair in pairs]
        session.terminal.out_json({"v": 1, "dry_run": dry_run, "removed": removed})
        return
    verb = "would remove" if dry_run else "removed"
    for _, document in pairs:
        session.terminal.out(f"{verb} {session.terminal.clean(os.fsdecode(document.path))}")
