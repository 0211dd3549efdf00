"""Conversations and messages as data, for scripts: text as it was written, all of it foreign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth.commands.chatting import EXPIRIES

if TYPE_CHECKING:
    from hearth.chat.shapes import Attachment, Conversation, Gap, Message, Where


def where_json(where: Where | Conversation, name: str | None = None) -> dict[str, Any]:
    """Which conversation: `key` is the name for a channel, digits otherwise."""
    channel = where.kind == "channel"
    found: dict[str, Any] = {
        "kind": where.kind,
        "community": where.community.hex(),
        "key": where.key.decode("ascii", "replace") if channel else where.key.hex(),
    }
    if name is not None:
        found["name"] = name
    return found


def message_json(message: Message) -> dict[str, Any]:
    """A message as data: text as it was written, all of it foreign."""
    return {
        "id": message.id.hex(),
        "conversation": where_json(message.conversation),
        "author": None if message.author is None else message.author.hex(),
        "author_name": message.author_name or None,
        "device": message.device.hex(),
        "mine": message.mine,
        "time": message.wall,
        "lamport": message.lamport,
        "sequence": message.sequence,
        "text": message.text,
        "topic": message.topic,
        "reply": None if message.reply is None else message.reply.hex(),
        "attachments": [attachment_json(each) for each in message.attachments],
        "expires": EXPIRIES[message.expiry - 1] if 1 <= message.expiry <= 6 else None,
        "edited": message.edited,
        "retracted": message.retracted,
        "expired": message.expired,
        "readable": message.readable,
        "held": message.held,
        "unread": message.unread,
        "reactions": [{"person": who.hex(), "text": text} for who, text in message.reactions],
    }


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    """A file that was sent along. The key that opens it is not told."""
    return {
        "name": attachment.name,
        "media": attachment.media,
        "size": attachment.size,
        "object": attachment.object.hex(),
        "sealed": attachment.key is not None,
    }


def gap_json(gap: Gap) -> dict[str, Any]:
    """What is missing, as data."""
    return {"author_name": gap.author_name or None, "device": gap.device.hex(), "count": gap.count}
