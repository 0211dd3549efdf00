"""hearth export: everything of one's own, readable without hearth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands import chat_formats, communities, corpora, events, member
from hearth.commands.agreeing import confirm_in_words
from hearth.commands.chatting import talking
from hearth.commands.context import Session, reading_home
from hearth.commands.options import json_option
from hearth.commands.show import decoded, plain
from hearth.commands.times import day
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.backup.exporting import Folder
    from hearth.commands.chatting import Room
    from hearth.store.event import Event

WHAT = ("documents", "events", "chats", "members")
WORDS = "export my secrets"
_KEYS = "Whoever has this folder then can sign as you and read what is sealed to you."


@click.command("export")
@click.argument("directory", metavar="DIR")
@click.option("--what", multiple=True, type=click.Choice(WHAT), help="Only this (repeatable).")
@click.option("--include-secrets", "secret", is_flag=True, help="Secret keys, too; asks first.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def command(
    session: Session, directory: str, what: tuple[str, ...], secret: bool, yes: bool
) -> Exit:
    """Write your documents, events, chats and members into a new folder DIR.

    Documents are the files that you added; chats are text and JSON lines, with the files that were
    sent along; events are JSON lines. No key is in it, unless --include-secrets is given and, at
    a terminal, confirmed in words.
    """
    from hearth.backup import exporting
    from hearth.store.disk import Disk

    target = Path(session.cwd, directory)
    exporting.check_target(target)
    if secret:
        confirm_in_words(session, yes, _KEYS, words=WORDS)
    chosen = what or WHAT
    done: dict[str, Any] = {}

    def fill(folder: Folder) -> None:
        for name in WHAT:
            if name in chosen:
                done.update(_WRITERS[name](session, folder))
        if secret:
            done.update(_secrets(session, folder))
        folder.write("README.txt", [_readme(session, done).encode()])

    exporting.export(Disk(), target, fill)
    if session.json:
        session.terminal.out_json({"v": 1, "path": str(target), **done})
    else:
        session.terminal.out(f"wrote      {session.terminal.clean(str(target))}")
        for name, number in done.items():
            session.terminal.out(f"{name.replace('_', ' '):<10} {number:,}")
    return _warnings(session, done)


def _warnings(session: Session, done: dict[str, Any]) -> Exit:
    if done.get("locked"):
        session.terminal.warn(
            "sealed events could not be opened while the key is locked",
            "at a terminal the passphrase is asked for; --passphrase-fd N reads it",
        )
    for name, what in (("lacking", "documents"), ("files_lacking", "files sent along")):
        if done.get(name):
            session.terminal.warn(f"{done[name]:,} {what} are not here, and are named only")
    if done.get("text_only"):
        session.terminal.warn(
            f"of {done['text_only']:,} documents only the text is here, in place of the file"
        )
    if done.get("secrets"):
        session.terminal.warn("it holds your secret keys in the clear", "guard it, or destroy it")
    bad = any(done.get(name) for name in ("locked", "lacking", "text_only", "files_lacking"))
    return Exit.WARNINGS if bad else Exit.OK


# what


def _documents(session: Session, folder: Folder) -> dict[str, Any]:
    from hearth.backup import exporting

    with corpora.opened(session, read_only=True) as shelf, _progress(session, "documents") as tell:
        library = shelf.library
        count, lacking, text_only = exporting.documents(
            folder, library.home, library.catalogue, shelf.corpora(), tell
        )
    return {"documents": count, "lacking": lacking, "text_only": text_only}


def _events(session: Session, folder: Folder) -> dict[str, Any]:
    from hearth.backup import exporting

    with (
        communities.opened(session, read_only=True) as square,
        _progress(session, "events") as tell,
    ):
        return {"events": exporting.events(folder, square.home, square.commons, _event_json, tell)}


def _event_json(event: Event) -> dict[str, Any]:
    return {
        **events.as_json(event),
        "signature": event.signature.hex(),
        "payload_value": plain(decoded(event.payload)),
    }


def _chats(session: Session, folder: Folder) -> dict[str, Any]:
    conversations = files = lacking = 0
    with talking(session) as room, _progress(session, "chats") as tell:
        for conversation in room.talk.conversations():
            title = room.title(conversation)
            text = folder.places.place("chats", f"{title}.txt")
            folder.write(text, chat_formats.as_text(room, [conversation]))
            lines = folder.places.place("chats", f"{title}.jsonl")
            folder.write(lines, chat_formats.as_lines(room, [conversation]))
            for data in _attached(room, conversation):
                if data is None:
                    lacking += 1
                    continue
                name, pieces = data
                there = folder.copy(folder.places.place("chats", title, name), pieces)
                files += there
                lacking += not there
            conversations += 1
            tell(1)
        locked = room.talk.locked
    return {
        "chats": conversations, "files": files, "files_lacking": lacking, "locked": locked,
    }  # fmt: skip


def _attached(room: Room, conversation: Any) -> Iterator[tuple[str, Iterator[bytes]] | None]:
    """The files sent along, None for each that is not here."""
    from hearth.chat import attachments
    from hearth.chat.shapes import Message

    for item in room.talk.messages(conversation):
        if not isinstance(item, Message):
            continue
        for each in item.attachments:
            if room.talk.has(each):
                yield each.name, attachments.pieces(room.square.home, each)
            else:
                yield None


def _members(session: Session, folder: Folder) -> dict[str, Any]:
    with communities.opened(session, read_only=True) as square:
        joined = square.commons.joined()

        def told() -> Iterator[dict[str, Any]]:
            for each in joined:
                membership = square.commons.membership(each.id)
                for who in member.ordered(membership):
                    data = member.as_json(square, membership, who)
                    yield {"community": communities.community_json(each), **data}

        return {"communities": len(joined), "members": folder.lines("members.jsonl", told())}


def _secrets(session: Session, folder: Folder) -> dict[str, Any]:
    from hearth.backup import exporting

    with reading_home(session) as home:
        return {"secrets": exporting.secrets(folder, home)}


_WRITERS: dict[str, Callable[[Session, Folder], dict[str, Any]]] = {
    "documents": _documents,
    "events": _events,
    "chats": _chats,
    "members": _members,
}


@contextmanager
def _progress(session: Session, label: str) -> Iterator[Callable[[int], None]]:
    """Progress of one part; gives what is to be told of each step."""
    with session.terminal.progress(f"exporting {label}") as progress:
        yield progress.advance


def _readme(session: Session, done: dict[str, Any]) -> str:
    lines = [
        f"What hearth held of yours on {day(session.now)}.",
        "",
        "documents/        the files that you added, a folder for each corpus",
        "documents.jsonl   what is known of each of them, one JSON document a line",
        "events.jsonl      everything that your devices signed, one JSON document a line;",
        "                  what is sealed is shown as it was sent",
        "chats/            every conversation as text and as JSON lines, and the files sent along",
        "members.jsonl     who belongs to your communities",
    ]
    if "secrets" in done:
        lines.append("secrets/          YOUR SECRET KEYS: whoever has them can be you")
    lines += ["", "None of this can be put back into a hearth; hearth backup is for that."]
    return "\n".join(lines) + "\n"
