"""What `hearth chat show` says of a message: where it stands, and which devices can read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hearth.commands.chat_data import message_json
from hearth.commands.chatting import EXPIRIES
from hearth.commands.layout import size
from hearth.commands.times import DOUBT, stamp

if TYPE_CHECKING:
    from hearth.audience.claims import Held
    from hearth.chat.shapes import Message, Version
    from hearth.commands.chat_room import Room


def details(room: Room, message: Message, versions: Sequence[Version] | None) -> Iterator[str]:
    """The lines about a message."""
    from hearth.commands.chat_lines import folded

    clean, now = room.session.terminal.clean, room.session.now
    width = min(room.session.terminal.width, 80)
    conversation = room.talk.at(message.conversation)
    place = clean(room.place(conversation.community))
    yield f"message       {message.id.hex()}"
    name = clean(conversation.name) or "a channel, not known which"
    yield f'conversation  {name} (in "{place}")'
    yield f"author        {room.author(message)}, device {message.device.hex()[:12]}"
    sure = "" if message.wall - now <= DOUBT else ", ahead of the clock here"
    yield f"written       {stamp(message.wall, now)} by that device's clock{sure}"
    if message.topic:
        yield f"topic         {clean(message.topic)}"
    if message.reply is not None:
        yield f"answers to    {message.reply.hex()[:12]}"
    if 1 <= message.expiry <= len(EXPIRIES):
        yield f"expires       {EXPIRIES[message.expiry - 1]} after it came"
    for each in message.attachments:
        here = "here" if room.talk.has(each) else "not here yet"
        yield f"file          {clean(each.name)}  {size(each.size)}, {here}"
    for person, text in message.reactions:
        yield f"sign          {clean(text)} {room.person(conversation.community, person)}"
    label = "can read it   "
    for line in readers(room, message):
        yield label + line
        label = " " * len(label)
    yield ""
    body = _gone(message) or clean(message.text, body=True)
    for text in folded(body, width):
        yield text
    for number, version in enumerate(versions or (), 1):
        yield ""
        yield f"wording {number} of {len(versions or ())}, {stamp(version.wall, now)}:"
        yield from folded(clean(version.text, body=True), width)


def _gone(message: Message) -> str | None:
    if message.retracted:
        return "(taken back by its author)"
    if message.expired:
        return "(let go of here: its time was over)" if message.expiry else "(let go of here)"
    if not message.readable:
        return "(it came whole, and what is inside is not a message)"
    return None


def readers(room: Room, message: Message) -> Iterator[str]:
    """Which devices can read a message, by what is known here; one a line."""
    if message.conversation.kind == "channel":
        yield "every member, and what they hand on"
        return
    held = _key(room, message)
    if held is None:
        yield "not known here: its key is not in this hearth"
        return
    community = message.conversation.community
    for device in sorted(held.devices, key=lambda each: (room.device(community, each), each)):
        notes = [f"device {device.hex()[:12]}"]
        if device == message.device:
            notes.append("wrote it")
        if device in held.fallback:
            notes.append("by its long-lived key")
        if room.membership(community).person_of(device) is None:
            notes.append("no member's any more")
        yield f"{room.device(community, device)}  ({', '.join(notes)})"


def _key(room: Room, message: Message) -> Held | None:
    event = room.square.home.store.log.get(message.id)
    audience = event.header.audience
    return None if audience is None else room.talk.keyring.key(audience)


def details_json(
    room: Room, message: Message, versions: Sequence[Version] | None
) -> dict[str, Any]:
    """The same as data. `readers`: null for every member."""
    held = None if message.conversation.kind == "channel" else _key(room, message)
    known = None if held is None else sorted(held.devices)
    data = message_json(message)
    for shown, attachment in zip(data["attachments"], message.attachments, strict=True):
        shown["here"] = room.talk.has(attachment)
    data["readers"] = known and [
        {"device": each.hex(), "fallback": held is not None and each in held.fallback}
        for each in known
    ]
    if versions is not None:
        data["history"] = [
            {"event": each.event.hex(), "text": each.text, "time": each.wall} for each in versions
        ]
    return data
