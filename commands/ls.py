"""hearth ls: list documents."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from hearth.commands.context import Session
from hearth.commands.corpora import choose, not_found, opened
from hearth.commands.corpora_data import document_json
from hearth.commands.layout import count, size
from hearth.commands.options import PATHS, json_option
from hearth.corpora.catalogue import Document
from hearth.corpora.naming import Named


@click.command("ls")
@click.argument("names", nargs=-1, type=PATHS, metavar="[NAME]...")
@click.option("--corpus", "corpora", multiple=True, metavar="NAME", help="Only of NAME.")
@click.option("-l", "--long", is_flag=True, help="With id, size, pages and title.")
@click.option("-z", "--null", is_flag=True, help="End names with NUL, and print them as they are.")
@json_option
@click.pass_obj
def command(
    session: Session, names: tuple[bytes, ...], corpora: tuple[str, ...], long: bool, null: bool
) -> None:
    """List documents by the names under which they were added.

    NAME is a document, a folder, a pattern such as "*.pdf", or the first digits of an id. Those
    of corpora that are not followed are listed only if --corpus names one; which there are is
    told at the end.
    """
    with opened(session, read_only=True) as shelf:
        among = [shelf.find(name) for name in corpora]
        others = []
        if not corpora:
            among = [each for each in shelf.corpora() if each.held]
            others = [each for each in shelf.corpora() if not each.held]
        pairs, missing = choose(shelf, among, names)
        error = not_found(session, shelf, missing) if missing else None
        counts = [shelf.library.catalogue.count(each.corpus.id) for each in others]
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "documents": [document_json(*pair) for pair in pairs],
                "not_followed": [
                    {
                        "corpus": each.label,
                        "corpus_id": each.corpus.id.hex(),
                        "community": each.corpus.community.hex(),
                        "documents": count,
                    }
                    for each, count in zip(others, counts, strict=True)
                ],
            }
        )
    elif null:
        session.terminal.out_bytes(b"".join(document.path + b"\0" for _, document in pairs))
    elif long:
        _long(session, pairs)
    else:
        for _, document in pairs:
            session.terminal.out(session.terminal.clean(os.fsdecode(document.path)))
    if not names and not session.json and not null:
        _tell(session, others, counts, bool(pairs))
    if error is not None:
        raise error


def _tell(session: Session, others: Sequence[Named], counts: Sequence[int], some: bool) -> None:
    """Say what there is to follow, or to do; on stderr, so that stdout holds names alone."""
    clean = session.terminal.clean
    for each, number in zip(others, counts, strict=True):
        documents = count(number, "document")
        session.terminal.note(
            f'not followed: "{clean(each.label)}" of {clean(each.community)}, {documents}'
        )
    if not some and not others and session.watched:
        session.terminal.note("no documents here; hearth add FOLDER brings some")


def _long(session: Session, pairs: Sequence[tuple[Named, Document]]) -> None:
    clean = session.terminal.clean
    rows = [
        [
            document.id.hex()[:12],
            size(document.size),
            "" if document.pages is None else f"{document.pages:,} p.",
            clean(named.label),
            clean(os.fsdecode(document.path)),
            clean(document.title),
        ]
        for named, document in pairs
    ]
    if rows:
        session.terminal.out(session.terminal.table(rows, right=frozenset([1, 2])))
