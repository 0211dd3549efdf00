"""hearth chat edit, retract, react: what can still be done about a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.ask import Words
from hearth.commands.chatting import sentence, talking, typed_text
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.chat.shapes import Message
    from hearth.commands.chat_room import Room


@click.command("edit", short_help="Word a message anew.", cls=Words)
@click.argument("id", metavar="ID")
@click.argument("words", nargs=-1, metavar="TEXT...|-")
@community_option
@json_option
@click.pass_obj
def edit(session: Session, id: str, words: tuple[str, ...]) -> None:
    """Word message ID anew: TEXT takes its place. Only what you wrote, on whichever device.

    The earlier wording stays with everybody; hearth chat show --history shows it.
    """
    text = typed_text(session, words)
    if not text:
        raise UsageError("no text to put in its place", "hearth chat retract ID takes it back")
    with talking(session, writes=True) as room:
        target = room.talk.resolve(id)
        event = room.talk.edit(target, text, session.now)
        if session.json:
            data = {"id": target.hex(), "event": event.id.hex()}
            session.terminal.out_json({"v": 1, **data, "text": room.talk.message(target).text})
            return
        _say(room, "worded anew", room.talk.message(target))
        session.terminal.note("the earlier wording stays with everybody who has it")


@click.command("retract", short_help="Take a message back.")
@click.argument("id", metavar="ID")
@community_option
@json_option
@click.pass_obj
def retract(session: Session, id: str) -> None:
    """Take message ID back, and its edits: every hearth that hears of it erases them.

    Only what you wrote, on whichever device. Who has read it knows it, and who wants to keep it
    can.
    """
    from hearth.commands.chat_states import States, state_json

    with talking(session, writes=True) as room:
        target = room.talk.resolve(id)
        message = room.talk.message(target)
        state = States(room).of(message)
        events = room.talk.retract(target, session.now)
        if session.json:
            data = {"id": target.hex(), "events": events, "held_by": state_json(state)["by"]}
            session.terminal.out_json({"v": 1, **data})
            return
        _say(room, "taken back", message)
        names = list(
            dict.fromkeys(
                room.holder(message.conversation.community, each)
                for each in state.by
                if each.device != room.square.home.identity.device
            )
        )
        if names:
            session.terminal.out(f"held, as far as is known, by {', '.join(names)}")
            session.terminal.out("they erase it when they hear of this; what was read stays known")
        else:
            session.terminal.out("no other hearth is known to hold it; one may all the same")


@click.command("react", short_help="Put a sign under a message.", cls=Words)
@click.argument("id", metavar="ID")
@click.argument("sign", required=False, default=None)
@click.option("--remove", is_flag=True, help="Take the sign back.")
@community_option
@json_option
@click.pass_obj
def react(session: Session, id: str, sign: str | None, remove: bool) -> None:
    """Put SIGN, a short text such as +1, under message ID; another SIGN takes its place."""
    if (sign is None) != remove:
        raise UsageError("a sign, or --remove", "hearth chat react ID +1")
    sign = None if sign is None else sentence((sign,))
    with talking(session, writes=True) as room:
        target = room.talk.resolve(id)
        event = room.talk.react(target, sign or "", session.now)
        if session.json:
            data = {"id": target.hex(), "event": event.id.hex(), "sign": sign or None}
            session.terminal.out_json({"v": 1, **data})
            return
        shown = session.terminal.clean(sign) if sign else ""
        done = f'"{shown}" is under it' if sign else "no sign of yours is under it"
        _say(room, done, room.talk.message(target))


def _say(room: Room, done: str, message: Message) -> None:
    """What was done to which message, where."""
    from hearth.store.ids import short

    clean = room.session.terminal.clean
    conversation = room.talk.at(message.conversation)
    place = clean(room.place(conversation.community))
    name = clean(conversation.name)
    room.session.terminal.out(f'{short(message.id)}  {done} ("{name}" in "{place}")')
