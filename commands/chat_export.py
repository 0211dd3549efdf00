"""hearth chat export: what was written, for keeping, printing and other programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hearth.commands.chatting import locked, talking
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import Exit, HearthError, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation
    from hearth.commands.chat_room import Room

FORMATS = ("text", "json", "mbox", "html")


class FileThereError(HearthError, code="file-there"):
    """There is a file of that name already (exit 1)."""


@click.command("export", short_help="Write it down: text, JSON lines, mail, a page.")
@click.argument("who", required=False)
@click.option("--format", "kind", type=click.Choice(FORMATS), help="As what (default: text).")
@click.option(
    "--to", "file", type=click.Path(readable=False, path_type=Path, dir_okay=False), metavar="FILE",
    help="Into a new FILE, for you alone (default: standard output).",
)  # fmt: skip
@community_option
@json_option
@click.pass_obj
def export(session: Session, who: str | None, kind: str | None, file: Path | None) -> int:
    """Write down what was written with WHO, or everything, in the order shown.

    text is for people; json is a JSON line a message; mbox opens in mail programs; html is one page
    to print. No keys are in it, and files that were sent along are named only. Nothing is noted as
    read. --json is --format json.
    """
    if session.json and kind not in (None, "json"):
        raise UsageError(f"--json and --format {kind} do not go together")
    kind = "json" if session.json else kind or "text"
    with talking(session) as room:
        every = room.talk.conversations()
        chosen = [room.find(who)] if who else [each for each in every if room.meant(each)]
        if not any(each.last for each in chosen):
            raise NotFoundError("no messages are here" + (f' with "{who}"' if who else ""))
        pieces = _pieces(room, kind, chosen)
        if file is None:
            for piece in pieces:
                session.terminal.out_bytes(piece)
        else:
            _write(file, pieces)
            session.terminal.note(f"wrote {session.terminal.clean(str(file))}")
        return Exit.WARNINGS if locked(room) else Exit.OK


def _pieces(room: Room, kind: str, chosen: list[Conversation]) -> Iterator[bytes]:
    from hearth.commands import chat_formats

    maker = {
        "text": chat_formats.as_text,
        "json": chat_formats.as_lines,
        "mbox": chat_formats.as_mbox,
        "html": chat_formats.as_html,
    }[kind]
    return maker(room, chosen)


def _write(file: Path, pieces: Iterator[bytes]) -> None:
    """Into a new file that only its user reads; one that was begun and failed is taken away."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise FileThereError(f'"{file}" is there already', "name another file") from None
    try:
        with os.fdopen(descriptor, "wb") as out:
            for piece in pieces:
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        file.unlink(missing_ok=True)
        raise
