"""hearth chat accept, block, unblock, mute, unmute: whom one wants to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.chat_data import where_json
from hearth.commands.chatting import talking, typed
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Conversation
    from hearth.commands.chat_room import Room

_SAID = {
    "accept": "you hear {} now: what was held back is shown",
    "block": "you do not hear {} any more; nobody is told",
    "unblock": "you hear {} again",
    "mute": "{} rings no bell any more; it is counted all the same",
    "unmute": "{} rings the bell again",
}


def question(room: Room, conversation: Conversation) -> str:
    """What is to be decided about somebody new, of whom something is held back."""
    name, word = room.session.terminal.clean(conversation.name), typed(room, conversation)
    return (
        f"{name} wrote {conversation.held:,} more; hearth chat accept {word} shows them,"
        f" hearth chat block {word} does not"
    )


def _do(session: Session, verb: str, who: str) -> None:
    with talking(session, writes=True) as room:
        conversation = room.find(who)
        if verb == "block" and conversation.key == room.square.me:
            raise UsageError("you cannot block yourself")
        getattr(room.talk, verb)(conversation, session.now)
        after = room.talk.at(conversation.where)
        if session.json:
            state = {"muted": after.muted, "blocked": after.blocked, "new": after.new}
            where = where_json(after, after.name)
            session.terminal.out_json({"v": 1, "conversation": where, **state})
            return
        name = f'"{session.terminal.clean(conversation.name)}"'
        place = session.terminal.clean(room.place(conversation.community))
        session.terminal.out(f'{_SAID[verb].format(name)} (in "{place}")')
        if verb == "accept" and after.unread:
            session.terminal.note(f"next: hearth chat read {typed(room, after)}")


def _command(verb: str, short_help: str, help: str) -> click.Command:
    @click.command(verb, short_help=short_help, help=help)
    @click.argument("who")
    @community_option
    @json_option
    @click.pass_obj
    def command(session: Session, who: str) -> None:
        _do(session, verb, who)

    return command


accept = _command(
    "accept",
    "Hear somebody new: show what was held back.",
    "Hear WHO, who is new: show what was held back, and believe that the name is theirs.",
)
block = _command(
    "block",
    "Hear a person, a group or a channel no more.",
    "Hear WHO no more: a person everywhere, a group or a channel. Nobody is told.",
)
unblock = _command("unblock", "Hear them again.", "Hear WHO again.")
mute = _command(
    "mute",
    "Ring no bell for what they write.",
    "Ring no bell for what WHO writes; it is shown and counted all the same.",
)
unmute = _command("unmute", "Ring it again.", "Ring the bell for WHO again.")
