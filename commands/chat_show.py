"""hearth chat search, show, save: one message, found and looked at closely."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.ask import Words
from hearth.commands.chat_data import message_json
from hearth.commands.chat_details import details, details_json
from hearth.commands.chatting import locked, sentence, talking
from hearth.commands.context import Session
from hearth.commands.layout import size
from hearth.commands.options import community_option, json_option, null_option
from hearth.store.errors import CorruptError, Exit, HearthError, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Attachment, Message
    from hearth.commands.chat_room import Room


class NoMatchError(NotFoundError, code="no-match"):
    """No message holds these words (exit 4)."""


@click.command("search", short_help="Find messages by their words.", cls=Words)
@click.argument("words", nargs=-1, metavar="WORDS...")
@click.option("--in", "who", metavar="WHO", help="Only in this conversation.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, metavar="N",
    help="At most N messages (default: 20).",
)  # fmt: skip
@null_option
@community_option
@json_option
@click.pass_obj
def search(
    session: Session, words: tuple[str, ...], who: str | None, limit: int, null: bool
) -> int:
    """Find messages that hold all WORDS, the latest first. With --json a JSON line each."""
    text = sentence(words)
    if not text or not text.strip():
        raise UsageError("no words to look for", "hearth chat search generator")
    with talking(session) as room:
        conversation = None if who is None else room.find(who)
        found = room.talk.search(text, limit, conversation, room.community)
        for each in found:
            if null:
                session.terminal.out_ids([each.id])
            elif session.json:
                session.terminal.out_json({"v": 1, **message_json(each)})
        if not (null or session.json):
            _print_found(room, found)
        waits = locked(room)
    if not found:
        raise NoMatchError(f'no message holds "{text}"')
    return Exit.WARNINGS if waits else Exit.OK


def _print_found(room: Room, found: list[Message]) -> None:
    """By conversation, in the order found; with ids, for what may be done next."""
    from hearth.commands.chat_lines import Lines

    terminal, last = room.session.terminal, None
    lines = Lines(room, found, ids=True)
    for each in found:
        if each.conversation != last:
            last = each.conversation
            terminal.out(terminal.style(room.title(room.talk.at(last)), "bold"))
        for line in lines.lines(each):
            terminal.out(line)


@click.command("show", short_help="Show a message closely, and who can read it.")
@click.argument("id", metavar="ID")
@click.option("--history", is_flag=True, help="Show every wording it had.")
@community_option
@json_option
@click.pass_obj
def show(session: Session, id: str, history: bool) -> None:
    """Show all there is about message ID: text, files, signs, and which devices can read it."""
    with talking(session) as room:
        message = room.talk.message(room.talk.resolve(id))
        versions = room.talk.history(message.id) if history else None
        if session.json:
            session.terminal.out_json({"v": 1, **details_json(room, message, versions)})
        else:
            for line in details(room, message, versions):
                session.terminal.out(line)


@click.command("save", short_help="Keep the files that came with a message.")
@click.argument("id", metavar="ID")
@click.option(
    "--to", "directory", metavar="DIR",
    type=click.Path(readable=False, path_type=Path, file_okay=False),
    help="Into this directory (default: the current one).",
)  # fmt: skip
@community_option
@json_option
@click.pass_obj
def save(session: Session, id: str, directory: Path | None) -> int:
    """Write the files that came with message ID into a directory, and say where each lies.

    What the sender called a file is a hint only: none is written outside the directory, or over
    another.
    """
    folder = directory or session.cwd
    if not folder.is_dir():
        raise HearthError(f'there is no folder "{folder}"', f"mkdir {quote(str(folder))} makes it")
    with talking(session) as room:
        message = room.talk.message(room.talk.resolve(id))
        if not message.attachments:
            raise NotFoundError("nothing is attached to this message")
        saved = [_save(room, each, folder) for each in message.attachments]
        if session.json:
            session.terminal.out_json({"v": 1, "id": message.id.hex(), "files": saved})
    lacking = [each for each in saved if each["path"] is None]
    return Exit.OK if not lacking else Exit.WARNINGS if len(lacking) < len(saved) else Exit.FAILED


def _save(room: Room, attachment: Attachment, folder: Path) -> dict[str, Any]:
    """Write one file; one that is not here, or is damaged, keeps no other from being written."""
    from hearth.chat.errors import AttachmentMissingError

    terminal = room.session.terminal
    name = terminal.clean(attachment.name)
    problem: str | None = None
    path: Path | None = None
    try:
        path = room.talk.save(attachment, folder)
    except (AttachmentMissingError, CorruptError) as error:
        problem = error.code
        terminal.warn(f'"{name}": {error.message}', *error.hints)
    if path is not None and not room.session.json:
        terminal.out(f"{terminal.clean(str(path))}  {size(attachment.size)}")
    return {"name": attachment.name, "path": None if path is None else str(path), "error": problem}
