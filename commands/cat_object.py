"""hearth cat-object: print an object's bytes."""

from __future__ import annotations

import click

from hearth.commands.context import Session, open_home
from hearth.store.errors import UsageError


@click.command("cat-object")
@click.option("--raw", is_flag=True, help="Print a manifest itself, not the file behind it.")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def command(session: Session, raw: bool, ids: tuple[str, ...]) -> None:
    """Print the bytes of each object, proved by its hash, to standard output.

    ID is a whole id or its first digits. A big file is put together from its chunks. The cards
    of the built-in guide are found too, with or without a hearth.
    """
    from hearth.store.ids import parse

    wanted = [parse(text) for text in ids]  # a mistyped id is said before anything is printed
    for text, id in zip(ids, wanted, strict=True):
        card = _card(id)
        if card is not None:
            _print(session, card)
            continue
        with open_home(session, read_only=True) as home:
            found = home.store.resolve(text)
            if raw:
                _print(session, home.store.get(found))
                continue
            for piece in home.store.open_file(found):
                _print(session, piece)


def _card(id: bytes | str) -> bytes | None:
    """The text of the guide card that this id means, if it means one."""
    from hearth import guide

    for card in guide.cards():
        named = card.document
        if named == id if isinstance(id, bytes) else named.hex().startswith(id):
            return card.text.encode()
    return None


def _print(session: Session, data: bytes) -> None:
    if not session.terminal.may_write_bytes(data):
        raise UsageError(
            "this object is not text, and standard output is a terminal",
            "send it to a file: hearth cat-object ID > FILE",
        )
    session.terminal.out_bytes(data)
