"""What chat events say: canonical CBOR maps, sealed, or in a channel as they are with a salt.

docs/chat.md has the tables. A key that is not known is ignored; whatever breaks a bound makes the
whole a `RecordError`, and the event is shown as unreadable, or passed over. Encoding checks
nothing that decoding does not: `decode` of what `encode` returned gives the record back.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from hearth import kinds
from hearth.chat.shapes import Attachment
from hearth.payload import (
    ID,
    RecordError,
    bad,
    fields_of,
    ident,
    idents,
    is_bytes,
    present,
    salted,
    text,
)
from hearth.store import cbor

MAX_TEXT: Final = 32_768
"""Bytes of UTF-8 in a text."""
MAX_TOPIC: Final = 60
MAX_REACTION: Final = 32
MAX_ATTACHMENTS: Final = 16
MAX_FILE_NAME: Final = 255
MAX_MEDIA: Final = 127
MAX_NAME: Final = 64
"""Bytes of UTF-8 in the name of a group."""
MAX_PERSONS: Final = 256
MAX_PARENTS: Final = 64
NONCE: Final = 16
CHANNEL: Final = re.compile(r"[a-z0-9_-]{1,32}")


class Action(IntEnum):
    """What a GROUP event does. The number is written; it never changes."""

    CREATE = 0
    ADD = 1
    REMOVE = 2
    LEAVE = 3
    RENAME = 4


class MessageRecord(NamedTuple):
    """A message. `channel` is stated in a channel, and only there."""

    text: str
    channel: str | None = None
    topic: str | None = None
    reply: bytes | None = None
    attachments: tuple[Attachment, ...] = ()

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        listed = [list(each) for each in self.attachments] or None
        return present(
            {1: self.text, 2: self.channel, 3: self.topic, 4: self.reply, 5: listed},
        )


class EditRecord(NamedTuple):
    """Another wording of the message `target`."""

    target: bytes
    text: str

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return {1: self.target, 2: self.text}


class ReactionRecord(NamedTuple):
    """A sign about the message `target`; "" takes an earlier one back."""

    target: bytes
    text: str

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return {1: self.target, 2: self.text}


class GroupRecord(NamedTuple):
    """An act about a group. `persons` and `parents` ascend; `nonce` makes the id of a new group."""

    group: bytes
    action: Action
    persons: tuple[bytes, ...] = ()
    name: str | None = None
    parents: tuple[bytes, ...] = ()
    nonce: bytes | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return present(
            {
                1: self.group,
                2: int(self.action),
                3: list(self.persons) or None,
                4: self.name,
                5: list(self.parents) or None,
                6: self.nonce,
            }
        )


Record: TypeAlias = MessageRecord | EditRecord | ReactionRecord | GroupRecord


def encode(record: Record) -> bytes:
    """The bytes that are sealed."""
    return cbor.encode(record.fields())


def encode_clear(record: Record) -> bytes:
    """The payload of an event in a channel, with a fresh salt."""
    return salted(record.fields())


def decode(kind: int, data: bytes, *, clear: bool = False) -> Record:
    """Read what an event of this kind says; `clear`: in a channel. Raises RecordError."""
    fields = fields_of(data, sealed=not clear)
    match kind:
        case kinds.MESSAGE:
            return _message(fields, clear)
        case kinds.EDIT:
            return EditRecord(ident(fields, 1), text(fields, 2, MAX_TEXT))
        case kinds.REACTION:
            return ReactionRecord(ident(fields, 1), text(fields, 2, MAX_REACTION, least=0))
        case kinds.GROUP if not clear:
            return _group(fields)
    raise RecordError("bad chat record: not a kind that can stand there")


def _message(fields: dict[int, Any], clear: bool) -> MessageRecord:
    channel = fields.get(2)
    if clear != (channel is not None):
        raise bad(2)
    if clear and not (isinstance(channel, str) and CHANNEL.fullmatch(channel)):
        raise bad(2)
    topic = None if 3 not in fields else text(fields, 3, MAX_TOPIC)
    reply = None if 4 not in fields else ident(fields, 4)
    attachments = _attachments(fields.get(5, []), clear)
    said = text(fields, 1, MAX_TEXT, least=0 if attachments else 1)
    return MessageRecord(said, channel, topic, reply, attachments)


def _attachments(value: object, clear: bool) -> tuple[Attachment, ...]:
    if not isinstance(value, list) or len(value) > MAX_ATTACHMENTS:
        raise bad(5)
    return tuple(_attachment(each, clear) for each in value)


def _attachment(value: object, clear: bool) -> Attachment:
    match value:
        case [str(name), str(media), int(size), bytes(object), None | bytes() as key] if (
            1 <= len(name.encode()) <= MAX_FILE_NAME
            and len(media.encode()) <= MAX_MEDIA
            and not isinstance(size, bool)
            and size >= 0
            and len(object) == ID
            and (key is None if clear else is_bytes(key, ID))
        ):
            return Attachment(name, media, size, object, key)
    raise bad(5)


def _group(fields: dict[int, Any]) -> GroupRecord:
    number = fields.get(2)
    if type(number) is not int or number not in Action.__members__.values():
        raise bad(2)
    action = Action(number)
    persons, parents = idents(fields, 3, MAX_PERSONS), idents(fields, 5, MAX_PARENTS)
    name = None if 4 not in fields else text(fields, 4, MAX_NAME)
    nonce = fields.get(6)
    creates = action is Action.CREATE
    if creates != is_bytes(nonce, NONCE) or (nonce is not None) != creates:
        raise bad(6)
    if bool(parents) == creates:
        raise bad(5)
    if (name is not None) != (action in (Action.CREATE, Action.RENAME)):
        raise bad(4)
    if bool(persons) != (action in (Action.ADD, Action.REMOVE)) and not creates:
        raise bad(3)
    return GroupRecord(ident(fields, 1), action, persons, name, parents, nonce)
