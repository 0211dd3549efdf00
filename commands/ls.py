"""hearth ls: list documents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Corpus, Document


@click.command("ls")
@click.argument("names", nargs=-1, type=click.Path(path_type=bytes), metavar="[NAME]...")
@click.option("--corpus", "corpora", multiple=True, metavar="NAME", help="Only of NAME.")
@click.option("-l", "--long", is_flag=True, help="With id, size, pages and title.")
@click.option("-z", "--null", is_flag=True, help="End names with NUL, and print them as they are.")
@json_option
@click.pass_obj
def command(
    session: Session, names: tuple[bytes, ...], corpora: tuple[str, ...], long: bool, null: bool
) -> None:
    """List documents by the names under which they were added.

    NAME is a document, a folder, a pattern such as "*.pdf", or the first digits of an id.
    """
    from hearth.commands.corpora import choose, document_json, not_found, opened

    with opened(session, read_only=True) as shelf:
        pairs, missing = choose(shelf.library, corpora, names)
    if session.json:
        session.terminal.out_json({"v": 1, "documents": [document_json(*pair) for pair in pairs]})
    elif null:
        session.terminal.out_bytes(b"".join(document.path + b"\0" for _, document in pairs))
    elif long:
        _long(session, pairs)
    else:
        for _, document in pairs:
            session.terminal.out(session.terminal.clean(os.fsdecode(document.path)))
    if missing:
        raise not_found(session, missing)


def _long(session: Session, pairs: Sequence[tuple[Corpus, Document]]) -> None:
    from hearth.commands.layout import size, table

    clean = session.terminal.clean
    rows = [
        [
            document.text.hex()[:12],
            size(document.size),
            "" if document.pages is None else f"{document.pages:,} p.",
            clean(corpus.name),
            clean(os.fsdecode(document.path)),
            clean(document.title),
        ]
        for corpus, document in pairs
    ]
    if rows:
        session.terminal.out(table(rows, right=frozenset([1, 2])))
