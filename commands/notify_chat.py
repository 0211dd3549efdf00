"""What is told of messages that have come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.chat.shapes import Conversation, Gap, Message
from hearth.commands.chat_data import where_json
from hearth.commands.chat_room import Room
from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.chat.talk import Talk
    from hearth.commands.communities import Square

LONGEST: Final = 2000
"""Characters of one text that are told."""


class Letter(NamedTuple):
    """A message to be told of. `who`: where it came, for a line; `data`: for the program."""

    who: str
    data: Mapping[str, Any]


def letters(session: Session, square: Square, talk: Talk, told: int, last: int) -> Iterator[Letter]:
    """The unread messages that have come since one arrival number and up to another, but for who
    rings no bell."""
    room = Room(session, square, talk)
    for conversation in talk.conversations():
        if conversation.unread and not conversation.muted and not conversation.blocked:
            for each in talk.messages(conversation, unread=True):
                if not isinstance(each, Gap) and told < each.arrival <= last:
                    yield _letter(room, conversation, each)


def _letter(room: Room, conversation: Conversation, message: Message) -> Letter:
    clean = room.session.terminal.clean
    data = {
        "id": message.id.hex(),
        "conversation": where_json(conversation, clean(conversation.name)),
        "community_name": clean(room.place(conversation.community)),
        "author": None if message.author is None else message.author.hex(),
        "author_name": room.author(message),
        "time": message.wall,
        "topic": None if message.topic is None else clean(message.topic),
        "text": clean(message.text[:LONGEST], body=True),
        "cut": len(message.text) > LONGEST,
        "files": [clean(each.name) for each in message.attachments],
    }
    return Letter(room.title(conversation), data)
