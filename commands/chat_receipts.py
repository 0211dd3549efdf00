"""hearth chat receipts: whom one tells what one has read. Nobody, until one says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.chat_data import where_json
from hearth.commands.chatting import talking
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option

if TYPE_CHECKING:
    from hearth.commands.chat_room import Room

_STAYS = "what was told stays told: they may have seen it"


@click.command("receipts", short_help="Tell others what you have read, or nobody.")
@click.argument("choice", required=False, type=click.Choice(["on", "off"]), metavar="[on|off]")
@click.argument("who", required=False)
@community_option
@json_option
@click.pass_obj
def receipts(session: Session, choice: str | None, who: str | None) -> None:
    """Tell others what you have read, or nobody: off until you turn it on. Alone, show for whom.

    With WHO, a person or a group, it is about that conversation. Without, on is for all persons
    but who is new to you, and for whom you turned it off; off is for everybody, groups too. It
    holds on all devices of yours. When you read, those in the conversation are told how far, at
    once for all that you had read before. Other members see that something sealed has changed,
    and when, but not for whom. Once it is off nothing more is told; what was told stays told. In
    channels nobody is told.
    """
    with talking(session, writes=choice is not None) as room:
        if choice is None:
            _show(room)
            return
        conversation = None if who is None else room.find(who)
        room.talk.tell_read(conversation, choice == "on", session.now)
        if session.json:
            _show(room)
            return
        terminal = session.terminal
        if conversation is not None:
            name = terminal.clean(conversation.name)
            place = terminal.clean(room.place(conversation.community))
            whom = f'"{name}"' if conversation.kind == "person" else f'everybody in "{name}"'
            what = "what you read" if choice == "on" else "nothing of what you read"
            terminal.out(f'{whom} (in "{place}") is told {what}')
        elif choice == "on":
            terminal.out("all persons but who is new to you are told what you read")
        else:
            terminal.out("nobody is told what you read")
        if choice == "off":
            terminal.note(_STAYS)


def _show(room: Room) -> None:
    terminal, (everybody, chosen) = room.session.terminal, room.talk.told()
    found = [(each, room.talk.tells(each)) for each in chosen if room.meant(each)]
    if room.session.json:
        data = [{**where_json(each, each.name), "told": told} for each, told in found]
        terminal.out_json({"v": 1, "everybody": everybody, "conversations": data})
        return
    if everybody:
        terminal.out("all persons but who is new to you are told what you read")
        found = [(each, told) for each, told in found if not told or each.kind == "group"]
    elif not any(told for _, told in found):
        terminal.out("nobody is told what you read")
        return
    for each, told in found:
        if told or everybody:
            name = room.title(each)
            terminal.out(f"{name} is told" if told else f"{name} is told nothing")
