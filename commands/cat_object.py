"""hearth cat-object: print an object's bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, open_home
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.home import Home


@click.command("cat-object")
@click.option("--raw", is_flag=True, help="Print a manifest itself, not the file behind it.")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
def command(session: Session, raw: bool, ids: tuple[str, ...]) -> None:
    """Print the bytes of each object, proved by its hash, to standard output.

    ID is a whole id or its first digits. A big file is put together from its chunks. The cards
    of the built-in guide are found too, with or without a hearth; so are documents sealed to
    their readers, by the ids that hearth ls shows, where they are here and may be read.
    """
    from hearth.store.ids import parse

    wanted = [parse(text) for text in ids]  # a mistyped id is said before anything is printed
    for text, id in zip(ids, wanted, strict=True):
        card = _card(id)
        if card is not None:
            _print(session, card)
            continue
        with open_home(session, read_only=True) as home:
            for piece in _characters(session, _pieces(home, text, raw)):
                _print(session, piece)


def _pieces(home: Home, text: str, raw: bool) -> Iterator[bytes]:
    """The bytes of an object here, or of a sealed document that may be read here."""
    from hearth.store.ids import UnknownId

    try:
        found = home.store.resolve(text)
    except UnknownId:
        from hearth.corpora.sealed import find

        document = None if raw else find(home, text)
        if document is None:
            raise
        yield from document
        return
    if raw:
        yield home.store.get(found)
    else:
        yield from home.store.open_file(found)


def _characters(session: Session, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """For a terminal, cut between characters: chunks of a text end anywhere."""
    if not session.terminal.stdout.isatty():
        yield from pieces
        return
    begun = b""
    for piece in pieces:
        data = begun + piece
        end = len(data)
        while end > max(0, len(data) - 4) and data[end - 1] & 0xC0 == 0x80:
            end -= 1
        end -= end > 0 and data[end - 1] >= 0xC0  # the last character, whole or not
        begun = data[end:]
        yield data[:end]
    yield begun


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
