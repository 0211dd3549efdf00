"""What can be sent: texts as they are written, composed (NFC), within their bounds.

Each raises BadTextError for what is none, and TooLongError.
"""

from __future__ import annotations

import unicodedata

from hearth.chat import records
from hearth.chat.errors import BadTextError, TooLongError
from hearth.chat.records import MessageRecord
from hearth.visible import line, size


def message(record: MessageRecord, *, clear: bool) -> MessageRecord:
    """A message; `clear`: in a channel."""
    said = record.text
    if said or not record.attachments:
        said = text(said)
    if (record.channel is not None) != clear:
        raise BadTextError("a channel is named in a channel, and nowhere else")
    return record._replace(text=said, topic=topic(record.topic))


def text(typed: str) -> str:
    """The words of a message, of any number of lines."""
    kept = unicodedata.normalize("NFC", typed)
    length = size(kept, "this", BadTextError)
    if length > records.MAX_TEXT:
        raise TooLongError(
            f"a message has at most {records.MAX_TEXT:,} bytes, this one {length:,}",
            "send it as a file: --attach FILE",
        )
    if not kept.strip():
        raise BadTextError("there is nothing to send")
    return kept


def topic(typed: str | None) -> str | None:
    """A topic, or none."""
    if typed is None:
        return None
    return line(typed, "a topic", records.MAX_TOPIC, BadTextError, TooLongError)


def reaction(typed: str) -> str:
    """A sign or a word; "" takes one back."""
    if not typed.strip():
        return ""
    return line(typed, "a reaction", records.MAX_REACTION, BadTextError, TooLongError)


def name(typed: str) -> str:
    """A group's name."""
    kept = line(typed, "a group's name", records.MAX_NAME, BadTextError, TooLongError)
    if kept[0] in "#-":
        raise BadTextError("a group's name does not begin with # or -")
    return kept
