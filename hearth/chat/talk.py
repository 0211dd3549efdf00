"""Chat as one thing: what the verbs call.

A `Talk` joins the log (the truth), cache.db (what was folded of it) and the keys of audiences.
Reading needs no secret key: what was opened once stands in cache.db. Writing does, and so does
`update` where sealed events have come; while the key is locked they wait, and are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.chat.shapes import (
    Attachment,
    Conversation,
    Gap,
    Message,
    Sent,
    Version,
    Where,
)

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.event import Event

__all__ = [
    "Attachment", "Conversation", "Gap", "Message", "Sent", "Talk", "Version", "Where",
]  # fmt: skip


class Talk:
    """See the module. One thread; as long-lived as a command or a session."""

    def __init__(
        self, home: Home, commons: Commons, keyring: Keyring, connection: apsw.Connection
    ) -> None:
        self.home = home
        self.commons = commons
        self.keyring = keyring
        self.connection = connection

    @classmethod
    @contextmanager
    def open(cls, home: Home, commons: Commons) -> Iterator[Talk]:
        """A talk over the cache.db of `home`, which is made if it is not there."""
        raise NotImplementedError
        yield

    # following

    def update(self, now: int) -> None:
        """Fold what has come since into cache.db.

        Needs the device key only where sealed events have come; while it is locked they wait
        (`locked`), and nothing is raised for it.
        """
        raise NotImplementedError

    @property
    def locked(self) -> int:
        """How many sealed events wait for this device's key to be unlocked."""
        raise NotImplementedError

    # reading

    def conversations(self, now: int) -> list[Conversation]:
        """Every conversation that has something in it, and every group; the latest first."""
        raise NotImplementedError

    def find(self, text: str, community: bytes | None = None) -> Conversation:
        """The conversation meant by a member's name, digits of a key, a fingerprint's words, a
        group's name or id, or #channel; looked for in one community, or in all, the default first.

        A conversation need not have begun. One's own name means notes to oneself. Raises
        UnknownConversationError, and AmbiguousNameError where several may be meant.
        """
        raise NotImplementedError

    def at(self, where: Where) -> Conversation:
        """The conversation there, as it stands now."""
        raise NotImplementedError

    def messages(
        self,
        conversation: Conversation | Where,
        *,
        unread: bool = False,
        after: int = 0,
        limit: int | None = None,
        topic: str | None = None,
    ) -> list[Message | Gap]:
        """What is in a conversation, in the order shown; with `limit` the last so many messages.

        `after` is an arrival number: only what came later, for following. What is held back or
        hidden is left out. Gaps stand before the message they come before.
        """
        raise NotImplementedError

    def held(self, conversation: Conversation | Where) -> list[Message]:
        """What is held back in a conversation, from somebody new, as it came."""
        raise NotImplementedError

    def message(self, id: bytes) -> Message:
        """One message. Raises UnknownMessageError."""
        raise NotImplementedError

    def resolve(self, prefix: str) -> bytes:
        """The id of the one message that begins with these digits; AmbiguousId, UnknownId."""
        raise NotImplementedError

    def history(self, id: bytes) -> list[Version]:
        """Every wording of a message that is still held, the first one first."""
        raise NotImplementedError

    def search(
        self, words: str, limit: int = 50, conversation: Conversation | Where | None = None
    ) -> list[Message]:
        """Messages that hold all these words (stemmed, accents folded), the latest to come first.

        What is held back or blocked is not found.
        """
        raise NotImplementedError

    def topics(self, conversation: Conversation | Where) -> list[tuple[str, int]]:
        """The topics of a conversation, and how many unread messages each has; latest first."""
        raise NotImplementedError

    # writing

    def send(
        self,
        conversation: Conversation | Where,
        text: str,
        *,
        topic: str | None = None,
        reply: bytes | None = None,
        attachments: Sequence[Path] = (),
        expiry: int = 0,
        now: int,
    ) -> Sent:
        """Write a message: all of it, with its files and a new key if one is needed, or nothing.

        `expiry` is a class of the header (`sending.EXPIRY` by word). Accepts somebody new, and
        forgets the draft. Raises TooLongError, BadTextError, BlockedError, NotInGroupError, what
        the keyring raises (NobodyError: nobody it could be sealed to), and OSError for a file.
        """
        raise NotImplementedError

    def measure(
        self,
        conversation: Conversation | Where,
        text: str,
        *,
        topic: str | None = None,
        reply: bytes | None = None,
    ) -> int:
        """About how many bytes the event will have, as `Sent.bytes`; writes and checks nothing."""
        raise NotImplementedError

    def edit(self, id: bytes, text: str, now: int) -> Event:
        """Word a message of this device anew. Raises NotYoursError, UnknownMessageError, and what
        `send` raises."""
        raise NotImplementedError

    def retract(self, id: bytes, now: int) -> int:
        """Ask everybody to erase a message of this device, and its edits; how many events.

        Who has read it may remember it, and who wants to keep it can.
        """
        raise NotImplementedError

    def react(self, id: bytes, text: str, now: int) -> Event:
        """React to a message; "" takes it back. Raises as `send` does."""
        raise NotImplementedError

    # files

    def has(self, attachment: Attachment) -> bool:
        """Whether all of a file is here."""
        raise NotImplementedError

    def save(self, attachment: Attachment, folder: Path) -> Path:
        """Write a file into a folder, under a name made of what the sender called it; never over
        another one. Returns where it lies.

        Raises AttachmentMissingError, CorruptError for one that is damaged, OSError.
        """
        raise NotImplementedError

    # groups

    def create_group(
        self, name: str, persons: Iterable[bytes], now: int, community: bytes | None = None
    ) -> Conversation:
        """Make a group of this person and others, who are members of the community."""
        raise NotImplementedError

    def add(self, group: Conversation | Where, persons: Iterable[bytes], now: int) -> Sent:
        """Take persons into a group. They read what is written from now on."""
        raise NotImplementedError

    def remove(self, group: Conversation | Where, persons: Iterable[bytes], now: int) -> Sent:
        """Put persons out of a group: what is written from now on is sealed to the others."""
        raise NotImplementedError

    def leave(self, group: Conversation | Where, now: int) -> Sent:
        """Leave a group."""
        raise NotImplementedError

    def rename(self, group: Conversation | Where, name: str, now: int) -> Sent:
        """Call a group something else, for everybody in it."""
        raise NotImplementedError

    # this person's own view, on all of their devices

    def mark_read(
        self, conversation: Conversation | Where, now: int, up_to: bytes | None = None
    ) -> int:
        """Note what is shown as read, up to a message in the order shown, or all; how many were
        unread. In a transaction of its own; writes nothing where nothing was unread."""
        raise NotImplementedError

    def draft(self, conversation: Conversation | Where, text: str | None, now: int) -> None:
        """Keep a text that is not sent yet (at most 12,288 bytes, TooLongError); None forgets."""
        raise NotImplementedError

    def mute(self, conversation: Conversation | Where, now: int) -> None:
        """Tell nobody of what comes here; it is counted all the same."""
        raise NotImplementedError

    def unmute(self, conversation: Conversation | Where, now: int) -> None:
        """Take `mute` back."""
        raise NotImplementedError

    def block(self, conversation: Conversation | Where, now: int) -> None:
        """Hide a person everywhere, or a group or channel, and count nothing of it."""
        raise NotImplementedError

    def unblock(self, conversation: Conversation | Where, now: int) -> None:
        """Take `block` back."""
        raise NotImplementedError

    def accept(self, conversation: Conversation | Where, now: int) -> None:
        """Show all that somebody new wrote, and believe that the name is theirs."""
        raise NotImplementedError
