"""What chat shows: conversations, messages, and what is missing between them.

All text in here was written by others and is as they wrote it: `commands` cleans it before it
reaches a terminal. Times are unix seconds by the author's clock, hints only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["person", "group", "channel"]


class Where(NamedTuple):
    """Which conversation: what kind, in which community, and its key there.

    `key` is the person's key, the group's id, or the channel's name in ASCII. A channel message
    whose payload is gone has the key b"": the name went with the words.
    """

    kind: Kind
    community: bytes
    key: bytes


class Attachment(NamedTuple):
    """A file sent along. `name` is a hint by the sender, `size` the bytes of the file itself.

    `object` is what is fetched and served; `key` opens it, None where it is not sealed.
    """

    name: str
    media: str
    size: int
    object: bytes
    key: bytes | None


class Conversation(NamedTuple):
    """A conversation as it stands. The first three fields are its `Where`.

    `name` is fit to be typed back where it is the only one of that name; where several share it,
    digits of the key are added. `unread` counts what is shown and not read, `held` what is held
    back because it comes from somebody new. `last` is the wall clock of the last message shown, 0
    if there is none; `last_heard` of the last one that somebody else wrote. `members` are the
    persons in it: the other one, those of the group; none for a channel, which is everybody's.
    `new`: from somebody unknown, and not accepted yet. `warning` is to be shown in any case.
    `left`: this person is not in it any more, and cannot write there.
    """

    kind: Kind
    community: bytes
    key: bytes
    name: str
    unread: int = 0
    held: int = 0
    last: int = 0
    last_heard: int | None = None
    draft: str | None = None
    muted: bool = False
    blocked: bool = False
    members: tuple[bytes, ...] = ()
    warning: str | None = None
    new: bool = False
    left: bool = False

    @property
    def where(self) -> Where:
        """Which conversation this is."""
        return Where(self.kind, self.community, self.key)


class Message(NamedTuple):
    """A message as it is now: its last edit, or a placeholder where its words are gone.

    `retracted`: by its author; `expired`: its payload was erased here, for its age (`expiry`, 0 is
    never) or by this person; not `readable`: it could be opened, and what is inside is not a
    message. In all three `text` is "". `held`: it is held back, from somebody new. `reactions` are
    (person, text), by person. `sequence` is the place in the chain of `device`, `arrival` the
    number under which it came here. `unread` by this person, on any of their devices.
    """

    id: bytes
    conversation: Where
    author: bytes | None
    author_name: str
    device: bytes
    mine: bool
    wall: int
    lamport: int
    sequence: int
    arrival: int
    text: str
    topic: str | None
    reply: bytes | None
    attachments: tuple[Attachment, ...]
    edited: bool
    retracted: bool
    expired: bool
    readable: bool
    reactions: tuple[tuple[bytes, str], ...]
    held: bool
    unread: bool
    expiry: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that `device` made before the message that follows, and that are missing here.

    How many, or None where that is not known; not all of them need belong to this conversation.
    """

    author_name: str
    device: bytes
    count: int | None


class Version(NamedTuple):
    """One wording of a message, by the event that stated it; the first is the message's own."""

    event: bytes
    text: str
    wall: int
    lamport: int


class Sent(NamedTuple):
    """What was written to the log. Nothing is claimed here about anybody having it.

    `devices`: how many devices of others it is sealed to, 0 in a channel, which every member reads.
    `lacking`: devices whose keys are not known here yet, which cannot read it. `fallback`: devices
    it could only be sealed to with their long-lived key. `bytes` of the event: header, signature
    and payload; attachments not counted. `renewed`: a new key had to be made and travels first.
    """

    id: bytes
    where: Where
    devices: int
    lacking: tuple[bytes, ...]
    fallback: tuple[bytes, ...]
    bytes: int
    renewed: bool


def place(conversation: Conversation | Where) -> Where:
    """Which conversation is meant."""
    return conversation if isinstance(conversation, Where) else conversation.where
