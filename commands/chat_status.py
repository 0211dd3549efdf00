"""hearth chat status: how far a message has come, by what devices have signed, and no further."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.commands.chat_data import message_json
from hearth.commands.chatting import talking
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.commands.times import stamp

if TYPE_CHECKING:
    from hearth.chat.ledger import Holder, State
    from hearth.chat.shapes import Message
    from hearth.commands.chat_room import Room
    from hearth.commands.chat_states import States

_MEANS = {
    "queued": "written here; no other device has said that it holds it",
    "carried": "others hold it to bring it on; nobody it is meant for has said so yet",
    "relayed": "some of those it is meant for hold it, not all",
    "delivered": "everybody it is meant for holds it on a device that can open it",
    "read": "everybody it is meant for tells that they have read it",
    "expired": "its time was over, and it was let go of here",
    "failed": "it cannot arrive as it is",
}


@click.command("status", short_help="Show how far a message has come, and who says so.")
@click.argument("id", metavar="ID")
@community_option
@json_option
@click.pass_obj
def status(session: Session, id: str) -> None:
    """Show how far message ID has come: who says they hold it, since when, and from whom.

    Each line is what a device has signed. Its time is by that device's clock. That nothing was
    heard from somebody does not mean that they do not have it.
    """
    from hearth.commands.chat_states import States

    with talking(session) as room:
        message = room.talk.message(room.talk.resolve(id))
        states = States(room)
        state = states.of(message)
        silent = states.silent(message, state)
        if session.json:
            data = message_json(message)
            kept = {each: data[each] for each in ("id", "conversation", "author", "mine", "time")}
            unheard = [each.hex() for each in silent]
            told = {**kept, **states.as_json(message), "unheard": unheard}
            session.terminal.out_json({"v": 1, **told})
            return
        _print(room, states, message, state, silent)


def _print(room: Room, states: States, message: Message, state: State, silent: list[bytes]) -> None:
    from hearth.commands.chat_states import WHY
    from hearth.store.ids import short

    terminal, now = room.session.terminal, room.session.now
    where = message.conversation.community
    name = terminal.clean(room.talk.at(message.conversation).name)
    to = "you" if message.conversation.kind == "person" and not message.mine else f'"{name}"'
    terminal.out(f"{short(message.id)}  {room.author(message)} to {to}, {stamp(message.wall, now)}")
    there = any(states.is_meant(message, each) for each in state.by)
    why = f": {WHY.get(state.reason or '', _means(message, state, name, there))}"
    terminal.out(terminal.wrap(f"{terminal.style(state.word, 'bold')}{why}", hanging="  "))
    rows = []
    for reader in states.readers(message):
        device = room.device(where, reader.device)
        said = f"by {stamp(reader.at, now)}"
        rows.append([f"  {device}", reader.device.hex()[:12], "has read it", said, ""])
    for holder in state.by:
        if not holder.device:  # a bundle of ours: no device has signed for it
            since = f"since {stamp(holder.at, now)}"
            rows.append([f"  {holder.name}", "", "carries it", since, f"by {holder.via_name}"])
            continue
        part = "has it" if states.is_meant(message, holder) else "carries it"
        way = _way(room, where, states.way(message, holder))
        said = f"since {stamp(holder.at, now)}"
        rows.append(
            [f"  {room.device(where, holder.device)}", holder.device.hex()[:12], part, said, way]
        )
    if rows:
        terminal.out(terminal.table(rows))
    if silent:
        names = [room.device(where, each) for each in silent]
        terminal.out(terminal.wrap("not known: " + ", ".join(names), hanging="  "))


def _means(message: Message, state: State, name: str, there: bool) -> str:
    """A state in words; `there`: whether somebody holds it whom it is meant for."""
    if state.word == "carried" and there:
        return "it is there, on a device that is not known to have its key"
    if message.conversation.kind != "person" or state.word not in ("delivered", "read"):
        return _MEANS[state.word]
    if state.word == "delivered":
        holds = f"{name} holds" if message.mine else "you hold"
        return f"{holds} it on a device that can open it"
    tells = f"{name} tells that they" if message.mine else "you tell that you"
    return f"{tells} have read it"


def _way(room: Room, community: bytes, way: tuple[Holder, ...]) -> str:
    """By whom it came, as far as the holders say."""
    first = way[0]
    if first.via is None:
        begin = ["…"] if first.via_name is None else [first.via_name]
    elif first.via == room.square.home.identity.device:
        begin = ["you"]
    else:
        begin = [room.device(community, first.via)]
    steps = begin + [room.device(community, each.device) for each in way[:-1]]
    return "" if steps == ["…"] else f"from {' > '.join(steps)}"
