"""Chat as one thing: what the verbs call.

A `Talk` joins the log (the truth), cache.db (what was folded of it) and the keys of audiences.
Reading needs no secret key: what was opened once stands in cache.db. Writing does, and so does
`update` where sealed events have come; while the key is locked they wait, and are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.chat import cache_tables
from hearth.chat.level import is_behind, untold
from hearth.chat.reading import Reading
from hearth.chat.shapes import (
    Attachment,
    Conversation,
    Gap,
    Message,
    Sent,
    Version,
    Where,
)
from hearth.chat.tags import blocking, tag
from hearth.corpora.cache import open_part, query, translated, writable
from hearth.store.errors import LockedError, NoSpaceError

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.chat.own import Stating
    from hearth.chat.records import Action
    from hearth.chat.sending import Line, Sender
    from hearth.chat.telling import Telling
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.event import Event

__all__ = [
    "Attachment", "Conversation", "Gap", "Message", "Sent", "Talk", "Version", "Where",
]  # fmt: skip


class Talk:
    """See the module. One thread; as long-lived as a command or a session."""

    def __init__(
        self, home: Home, commons: Commons, keyring: Keyring | None, connection: apsw.Connection
    ) -> None:
        self.home = home
        self.commons = commons
        self._keyring = keyring
        self.connection = connection
        self.writable = writable(connection)
        if self.writable:
            cache_tables.make(connection)
        self._reading = Reading(connection, home)

    @property
    def keyring(self) -> Keyring:
        """The keys of audiences; made when they are first needed."""
        if self._keyring is None:
            from hearth.audience.keyring import Keyring

            self._keyring = Keyring(self.home, self.commons)
        return self._keyring

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

    @cached_property
    def _stating(self) -> Stating:
        from hearth.chat.own import Stating

        return Stating(self.home, self.commons, self.connection)

    @classmethod
    @contextmanager
    def open(cls, home: Home, commons: Commons) -> Iterator[Talk]:
        """A talk over the cache.db of `home`, which is made if it is not there."""
        connection = open_part(
            home.cache_path, cache_tables.COMPONENT, cache_tables.VERSION, vfs=home.disk.vfs,
            read_only=home.store.read_only,
        )  # fmt: skip
        try:
            yield cls(home, commons, None, connection)
        finally:
            connection.close()

    # following

    def update(self, now: int) -> None:
        """Fold what has come since into cache.db.

        Needs the device key only where something sealed has come; while it is locked that waits
        (`locked`), and nothing is raised for it.
        """
        if not self.writable:
            return
        if is_behind(self.connection, self.home):
            self._fold(now)
        if untold(self.connection, self.home):
            from hearth.chat import told

            told.update(self.connection, self.home, self.keyring)

    def _fold(self, now: int) -> None:
        from hearth.chat import folding
        from hearth.identity.keyfile import KeyLockedError

        locked = False
        if not self.home.store.read_only and self.keyring.waiting():
            try:
                self.keyring.update(now)
            except KeyLockedError:
                locked = True
        late = folding.update(self.connection, self.home, self.commons, self.keyring, locked=locked)
        if late and not self.home.store.read_only:
            with suppress(KeyLockedError):
                self._stating.keep_unread(late, now)
        self._reading = Reading(self.connection, self.home)

    @property
    def locked(self) -> int:
        """How many sealed events wait for this device's key to be unlocked."""
        sql = "SELECT count(*) FROM chat_waiting WHERE why = ?"
        return int(query(self.connection, sql, (cache_tables.LOCKED,))[0][0])

    # reading

    def conversations(self, now: int) -> list[Conversation]:
        """Every conversation that has something in it, and every group; the latest first."""
        return self._reading.conversations()

    def find(
        self,
        text: str,
        community: bytes | None = None,
        shown: Callable[[str], str] | None = None,
    ) -> Conversation:
        """The conversation meant by a member's name, digits of a key, a fingerprint's words, a
        group's name or id, or #channel; looked for in one community, or in all, the default first.

        A conversation need not have begun. One's own name means notes to oneself. `shown` is how
        names look where the text may have been copied from. Raises
        UnknownConversationError, and AmbiguousNameError where several may be meant.
        """
        from hearth.chat.finding import find

        return find(self._reading, self.home, self.commons, text, community, shown or str)

    def at(self, where: Where) -> Conversation:
        """The conversation there, as it stands now."""
        return self._reading.at(where)

    def messages(
        self,
        conversation: Conversation | Where,
        *,
        unread: bool = False,
        after: int = 0,
        limit: int | None = None,
        topic: str | None = None,
        oldest: bool = False,
    ) -> list[Message | Gap]:
        """What is in a conversation, in the order shown; with `limit` the last so many messages, or
        the first so many with `oldest`.

        `after` is an arrival number: only what came later, for following. What is held back or
        hidden is left out. Gaps stand before the message they come before.
        """
        return self._reading.messages(
            _at(conversation), unread=unread, after=after, limit=limit, topic=topic, oldest=oldest
        )

    def since_unread(self, conversation: Conversation | Where) -> int:
        """How many messages there are from the first unread one on, in the order shown; 0 if none
        is unread."""
        return self._reading.since_unread(_at(conversation))

    def held(self, conversation: Conversation | Where) -> list[Message]:
        """What is held back in a conversation, from somebody new, as it came."""
        return self._reading.held(_at(conversation))

    def ids(self, conversation: Conversation | Where) -> list[bytes]:
        """Every message of a conversation, also what is held back, hidden or counts for nothing."""
        return self._reading.ids(_at(conversation))

    def message(self, id: bytes) -> Message:
        """One message. Raises UnknownMessageError."""
        return self._reading.message(id)

    def resolve(self, prefix: str) -> bytes:
        """The id of the one message that begins with these digits; AmbiguousId, UnknownId."""
        return self._reading.resolve(prefix)

    def history(self, id: bytes) -> list[Version]:
        """Every wording of a message that is still held, the first one first."""
        return self._reading.history(id)

    def search(
        self,
        words: str,
        limit: int = 50,
        conversation: Conversation | Where | None = None,
        community: bytes | None = None,
    ) -> list[Message]:
        """Messages that hold all these words (stemmed, accents folded), the latest to come first.

        Only those of a conversation, or of a community, where one is given. What is held back or
        blocked is not found.
        """
        where = None if conversation is None else _at(conversation)
        return self._reading.search(words, limit, where, community)

    def topics(self, conversation: Conversation | Where) -> list[tuple[str, int]]:
        """The topics of a conversation, and how many unread messages each has; latest first."""
        return self._reading.topics(_at(conversation))

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
        from hearth.chat.errors import BadTextError, BlockedError
        from hearth.chat.records import MessageRecord

        self.update(now)
        where = _at(conversation)
        if self._reading.at(where).blocked:
            raise BlockedError("you have blocked whom you want to write to", "unblock them first")
        if reply is not None and self._reading.message(reply).conversation != where:
            raise BadTextError("the message that this is to reply to is in another conversation")
        record = MessageRecord(text, _channel(where), topic, reply)
        beside = [self._stating.after_sending(where, now)]
        sent = self._sender.send(self._line(where), record, attachments, expiry, now, beside)
        self._level(now)
        return sent

    def edit(self, id: bytes, text: str, now: int) -> Event:
        """Word a message of this device anew. Raises NotYoursError, UnknownMessageError, and what
        `send` raises."""
        self.update(now)
        message = self._reading.message(id)
        event = self._sender.edit(self._line(message.conversation), message, text, now)
        self._level(now)
        return event

    def retract(self, id: bytes, now: int) -> int:
        """Ask everybody to erase a message of this device, and its edits; how many events.

        Who has read it may remember it, and who wants to keep it can.
        """
        self.update(now)
        message = self._reading.message(id)
        done = self._sender.retract(message, (each.event for each in self.history(id)), now)
        self._level(now)
        return done

    def react(self, id: bytes, text: str, now: int) -> Event:
        """React to a message; "" takes it back. Raises as `send` does."""
        self.update(now)
        message = self._reading.message(id)
        event = self._sender.react(self._line(message.conversation), message, text, now)
        self._level(now)
        return event

    # files

    def has(self, attachment: Attachment) -> bool:
        """Whether all of a file is here."""
        return self.home.store.has_file(attachment.object)

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
        place = self.commons.choose(None).id if community is None else community
        where, _ = self._sender.create(place, name, persons, now)
        self._level(now)
        return self.at(where)

    def add(self, group: Conversation | Where, persons: Iterable[bytes], now: int) -> Sent:
        """Take persons into a group. They read what is written from now on."""
        from hearth.chat.records import Action

        return self._act(group, Action.ADD, now, persons=persons)

    def remove(self, group: Conversation | Where, persons: Iterable[bytes], now: int) -> Sent:
        """Put persons out of a group: what is written from now on is sealed to the others."""
        from hearth.chat.records import Action

        return self._act(group, Action.REMOVE, now, persons=persons)

    def leave(self, group: Conversation | Where, now: int) -> Sent:
        """Leave a group."""
        from hearth.chat.records import Action

        return self._act(group, Action.LEAVE, now)

    def rename(self, group: Conversation | Where, name: str, now: int) -> Sent:
        """Call a group something else, for everybody in it."""
        from hearth.chat.records import Action

        return self._act(group, Action.RENAME, now, name=name)

    # this person's own view, on all of their devices

    def mark_read(
        self, conversation: Conversation | Where, now: int, up_to: bytes | None = None
    ) -> int:
        """Note what is shown as read, up to a message in the order shown, or all; how many were
        unread. In a transaction of its own; writes nothing where nothing was unread."""
        self.update(now)
        where = _at(conversation)
        number = self._reading.number(where)
        if number is None:
            return 0
        last = None if up_to is None else self._reading.message(up_to)
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
        where = None if conversation is None else _at(conversation)
        self._telling.choose(where, on, now)
        self._level(now)
        if not on:
            self._telling.take_back(now)

    def tells(self, conversation: Conversation | Where) -> bool:
        """Whether those in a conversation are told what this person reads there."""
        return self._reading.tells(_at(conversation))

    def told(self) -> tuple[bool, list[Conversation]]:
        """Whether all persons are told what this person reads, and where something was chosen."""
        return self._reading.told([each.id for each in self.commons.joined()])

    def draft(self, conversation: Conversation | Where, text: str | None, now: int) -> None:
        """Keep a text that is not sent yet (at most 12,288 bytes, TooLongError); None forgets."""
        self._stating.draft(_at(conversation), text or "", now)
        self._level(now)

    def mute(self, conversation: Conversation | Where, now: int) -> None:
        """Tell nobody of what comes here; it is counted all the same."""
        self._say(tag(_at(conversation)), "MUTED", True, now)

    def unmute(self, conversation: Conversation | Where, now: int) -> None:
        """Take `mute` back."""
        self._say(tag(_at(conversation)), "MUTED", False, now)

    def block(self, conversation: Conversation | Where, now: int) -> None:
        """Hide a person everywhere, or a group or channel, and count nothing of it."""
        self._say(_blocking(_at(conversation)), "BLOCKED", True, now)

    def unblock(self, conversation: Conversation | Where, now: int) -> None:
        """Take `block` back."""
        self._say(_blocking(_at(conversation)), "BLOCKED", False, now)

    def accept(self, conversation: Conversation | Where, now: int) -> None:
        """Show all that somebody new wrote, and believe that the name is theirs."""
        self._stating.accept(_at(conversation), now)
        self._level(now)

    # between them

    def _line(self, where: Where) -> Line:
        return self._sender.line(where, self._reading.team(where))

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
        where = _at(group)
        team = self._reading.team(where)
        sent = self._sender.act(where, team, action, now, persons=persons, name=name)
        self._level(now)
        return sent

    def _say(self, stands: bytes, flag: str, value: bool, now: int) -> None:
        from hearth.chat.marks import Flag

        self._stating.say(stands, Flag[flag], value, now)
        self._level(now)

    def _level(self, now: int) -> None:
        """Fold what was just written. It is durable already: the next update may do it, too."""
        with suppress(LockedError, NoSpaceError), translated():
            self.update(now)


def _at(conversation: Conversation | Where) -> Where:
    return conversation if isinstance(conversation, Where) else conversation.where


def _channel(where: Where) -> str | None:
    return where.key.decode("latin-1") if where.kind == "channel" else None


def _blocking(where: Where) -> bytes:
    return blocking(where.key) if where.kind == "person" else tag(where)
