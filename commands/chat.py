"""hearth chat: write to a person, a group or a channel, and read what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands import (
    chat_change,
    chat_export,
    chat_group,
    chat_people,
    chat_read,
    chat_receipts,
    chat_send,
    chat_show,
    chat_status,
)
from hearth.commands.chat_data import where_json
from hearth.commands.chat_people import question
from hearth.commands.chatting import locked, talking
from hearth.commands.context import Session
from hearth.commands.layout import cut
from hearth.commands.options import community_option, json_option
from hearth.commands.times import stamp
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation
    from hearth.commands.chat_room import Room

_BEGINNING = """\
nothing was written yet

  hearth chat send NAME hello       to somebody whom hearth member shows
  hearth chat send '#hall' hello    to everybody in the community"""


@click.group("chat", invoke_without_command=True)
@community_option
@json_option
@click.pass_context
def command(ctx: click.Context) -> Any:
    """Write to a person, a group or a channel, and read what they wrote. Alone, it lists them.

    What is written to a person or a group is sealed to their devices: other members carry it and
    cannot read it. A channel is read by every member. Nobody has to be there: messages travel with
    hearth sync, hearth serve and by bundle, from hearth to hearth.
    """
    if ctx.invoked_subcommand is None:
        return ctx.invoke(list_)
    return Exit.OK


@command.command("list", short_help="List conversations, the latest first.")
@click.option("-z", "--null", is_flag=True, help="Print names alone, each ended by NUL.")
@community_option
@json_option
@click.pass_obj
def list_(session: Session, null: bool) -> int:
    """List conversations, the latest first: what is unread, who was last heard when, drafts."""
    with talking(session) as room:
        found = [each for each in room.talk.conversations() if room.meant(each)]
        if session.json:
            data = [_as_json(each) for each in found]
            document = {"v": 1, "locked": room.talk.locked, "conversations": data}
            session.terminal.out_json(document)
            return Exit.OK
        if null:
            names = "".join(f"{session.terminal.clean(each.name)}\0" for each in found)
            session.terminal.out_bytes(names.encode())
            return Exit.OK
        _print(room, found)
        return Exit.WARNINGS if locked(room) else Exit.OK


def _print(room: Room, found: list[Conversation]) -> None:
    terminal = room.session.terminal
    shown = [each for each in found if not each.blocked]
    if not shown:
        terminal.out(_BEGINNING)
    else:
        rows = [["conversation", "unread", "last heard", ""]]
        rows += [_row(room, each) for each in shown]
        terminal.out(terminal.table(rows, right=frozenset([1])))
        if any(each.unread for each in shown):
            terminal.note("next: hearth chat read shows what is unread")
    blocked = len(found) - len(shown)
    if blocked:
        terminal.note(f"{blocked} blocked; hearth chat list --json shows them, too")
    for each in shown:
        if each.warning:
            terminal.warn(each.warning)
        if each.held:
            terminal.note(question(room, each))


def _row(room: Room, conversation: Conversation) -> list[str]:
    heard = conversation.last_heard
    notes = [
        word
        for word, applies in (
            ("notes to yourself", conversation.key == room.square.me),
            ("new", conversation.new),
            ("muted", conversation.muted),
            ("left", conversation.left),
        )
        if applies
    ]
    if conversation.draft is not None:
        text = room.session.terminal.clean(" ".join(conversation.draft.split()))
        notes.append(f"draft: {cut(text, 24)}")
    return [
        cut(room.title(conversation), 36),
        f"{conversation.unread:,}" if conversation.unread else "",
        "" if heard is None else stamp(heard, room.session.now),
        ", ".join(notes),
    ]


def _as_json(conversation: Conversation) -> dict[str, Any]:
    return {
        **where_json(conversation, conversation.name),
        "unread": conversation.unread,
        "held": conversation.held,
        "last": conversation.last or None,
        "last_heard": conversation.last_heard,
        "draft": conversation.draft,
        "muted": conversation.muted,
        "blocked": conversation.blocked,
        "new": conversation.new,
        "left": conversation.left,
        "members": [each.hex() for each in conversation.members],
        "warning": conversation.warning,
    }


for each in (
    chat_send.send,
    chat_read.read,
    chat_show.search,
    chat_show.show,
    chat_show.save,
    chat_status.status,
    chat_change.edit,
    chat_change.retract,
    chat_change.react,
    chat_group.group,
    chat_people.accept,
    chat_people.block,
    chat_people.unblock,
    chat_people.mute,
    chat_people.unmute,
    chat_receipts.receipts,
    chat_export.export,
):
    command.add_command(each)
