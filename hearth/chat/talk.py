"""Chat as one thing: what the verbs call.

A `Talk` joins the log (the truth), cache.db (what was folded of it) and the keys of audiences.
Reading is `View`'s; all that is written here needs the device's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.chat.errors import BadTextError, BlockedError
from hearth.chat.marks import Flag
from hearth.chat.records import Action, MessageRecord
from hearth.chat.shapes import (
    Attachment,
    Conversation,
    Sent,
    Where,
    place,
)
from hearth.chat.tags import blocking, tag
from hearth.chat.view import View
from hearth.corpora.cache import translated
from hearth.store.errors import LockedError, NoSpaceError

if TYPE_CHECKING:
    from hearth.chat.sending import Line, Sender
    from hearth.chat.telling import Telling
    from hearth.store.event import Event


class Talk(View):
    """Reads and writes. One thread; as long-lived as a command or a session."""

    @cached_property
    def _sender(self) -> Sender:
        from hearth.chat.sending import Sender

        return Sender(self.home, self.commons, self.keyring)

    @cached_property
    def _telling(self) -> Telling:
        from hearth.chat.telling import Telling

        return Telling(
            self.home, self.commons, self.keyring, self.connection, self._stating, self._sender
        )

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

        `expiry` is a class of the header (`retention.EXPIRY`). Accepts somebody new, and forgets
        the draft. Raises TooLongError, BadTextError, BlockedError, NotInGroupError, what
        the keyring raises (NobodyError: nobody it could be sealed to), and OSError for a file.
        """
        self.update(now)
        where = place(conversation)
        if self.at(where).blocked:
            raise BlockedError("you have blocked whom you want to write to", "unblock them first")
        if reply is not None and self.message(reply).conversation != where:
            raise BadTextError("the message that this is to reply to is in another conversation")
        record = MessageRecord(text, _channel(where), topic, reply)
        beside = [self._stating.after_sending(where, now)]
        sent = self._sender.send(self._line(where), record, attachments, expiry, now, beside)
        self._level(now)
        return sent

    def edit(self, id: bytes, text: str, now: int) -> Event:
        """Word a message of this person's anew. Raises NotYoursError, UnknownMessageError, and what
        `send` raises."""
        self.update(now)
        message = self.message(id)
        event = self._sender.edit(self._line(message.conversation), message, text, now)
        self._level(now)
        return event

    def retract(self, id: bytes, now: int) -> int:
        """Ask everybody to erase a message of this person's, and its edits; how many events.

        Who has read it may remember it, and who wants to keep it can.
        """
        self.update(now)
        message = self.message(id)
        done = self._sender.retract(message, (each.event for each in self.history(id)), now)
        self._level(now)
        return done

    def react(self, id: bytes, text: str, now: int) -> Event:
        """React to a message; "" takes it back. Raises as `send` does."""
        self.update(now)
        message = self.message(id)
        event = self._sender.react(self._line(message.conversation), message, text, now)
        self._level(now)
        return event

    # files

    def save(self, attachment: Attachment, folder: Path) -> Path:
        """Write a file into a folder, under a name made of what the sender called it; never over
        another one. Returns where it lies.

        Raises AttachmentMissingError, CorruptError for one that is damaged, OSError.
        """
        from hearth.chat.attachments import save

        return save(self.home, attachment, folder)

    # groups

    def create_group(
        self, name: str, persons: Iterable[bytes], now: int, community: bytes | None = None
    ) -> Conversation:
        """Make a group of this person and others, who are members of the community."""
        self.update(now)
        chosen = self.commons.choose(None).id if community is None else community
        where, _ = self._sender.create(chosen, name, persons, now)
        self._level(now)
        return self.at(where)

    def add(self, group: Conversation | Where, persons: Iterable[bytes], now: int) -> Sent:
        """Take persons into a group. They read what is written from now on."""
        return self._act(group, Action.ADD, now, persons=persons)

    def remove(self, group: Conversation | Where, persons: Iterable[bytes], now: int) -> Sent:
        """Put persons out of a group: what is written from now on is sealed to the others."""
        return self._act(group, Action.REMOVE, now, persons=persons)

    def leave(self, group: Conversation | Where, now: int) -> Sent:
        """Leave a group."""
        return self._act(group, Action.LEAVE, now)

    def rename(self, group: Conversation | Where, name: str, now: int) -> Sent:
        """Call a group something else, for everybody in it."""
        return self._act(group, Action.RENAME, now, name=name)

    # this person's own view, on all of their devices

    def mark_read(
        self, conversation: Conversation | Where, now: int, up_to: bytes | None = None
    ) -> int:
        """Note what is shown as read, up to a message in the order shown, or all; how many were
        unread. In a transaction of its own; writes nothing where nothing was unread."""
        self.update(now)
        where = place(conversation)
        number = self.number(where)
        if number is None:
            return 0
        last = None if up_to is None else self.message(up_to)
        until = None if last is None else (last.lamport, last.device)
        count = self._stating.mark_read(where, number, until, now)
        self._level(now)
        if count:
            self._telling.after_reading(where, number, now)
            self._level(now)
        return count

    def tell_read(self, conversation: Conversation | Where | None, on: bool, now: int) -> None:
        """Tell those in a conversation from now on what is read there, or nothing any more.

        None: tell all persons for whom it was not chosen otherwise; or nobody at all, in groups
        neither. What was told cannot be taken back: others may have seen it. Raises
        NotTellableError for a channel or notes to oneself.
        """
        self.update(now)
        where = None if conversation is None else place(conversation)
        self._telling.choose(where, on, now)
        self._level(now)
        if not on:
            self._telling.take_back(now)

    def draft(self, conversation: Conversation | Where, text: str | None, now: int) -> None:
        """Keep a text that is not sent yet (at most 12,288 bytes, TooLongError); None forgets."""
        self._stating.draft(place(conversation), text or "", now)
        self._level(now)

    def mute(self, conversation: Conversation | Where, now: int) -> None:
        """Tell nobody of what comes here; it is counted all the same."""
        self._say(tag(place(conversation)), Flag.MUTED, True, now)

    def unmute(self, conversation: Conversation | Where, now: int) -> None:
        """Take `mute` back."""
        self._say(tag(place(conversation)), Flag.MUTED, False, now)

    def block(self, conversation: Conversation | Where, now: int) -> None:
        """Hide a person everywhere, or a group or channel, and count nothing of it."""
        self._say(_blocking(place(conversation)), Flag.BLOCKED, True, now)

    def unblock(self, conversation: Conversation | Where, now: int) -> None:
        """Take `block` back."""
        self._say(_blocking(place(conversation)), Flag.BLOCKED, False, now)

    def accept(self, conversation: Conversation | Where, now: int) -> None:
        """Show all that somebody new wrote, and believe that the name is theirs."""
        self._stating.accept(place(conversation), now)
        self._level(now)

    # between them

    def _line(self, where: Where) -> Line:
        return self._sender.line(where, self.team(where))

    def _act(
        self,
        group: Conversation | Where,
        action: Action,
        now: int,
        *,
        persons: Iterable[bytes] = (),
        name: str | None = None,
    ) -> Sent:
        self.update(now)
        where = place(group)
        team = self.team(where)
        sent = self._sender.act(where, team, action, now, persons=persons, name=name)
        self._level(now)
        return sent

    def _say(self, stands: bytes, flag: Flag, value: bool, now: int) -> None:
        self._stating.say(stands, flag, value, now)
        self._level(now)

    def _level(self, now: int) -> None:
        """Fold what was just written. It is durable already: the next update may do it, too."""
        with suppress(LockedError, NoSpaceError), translated():
            self.update(now)


def _channel(where: Where) -> str | None:
    return where.key.decode("latin-1") if where.kind == "channel" else None


def _blocking(where: Where) -> bytes:
    return blocking(where.key) if where.kind == "person" else tag(where)
