"""Chat as it stands: what was folded out of the log, brought level with it, and read.

Reading needs no secret key: what was opened once stands in cache.db. `update` does where sealed
events have come; while the key is locked they wait, and are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Self

from hearth.chat import cache_tables
from hearth.chat.level import is_behind, untold
from hearth.chat.reading import Reading
from hearth.chat.shapes import Attachment, Conversation, Gap, Message, Version, Where
from hearth.corpora.cache import open_part, query, writable

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.chat.own import Stating
    from hearth.community.commons import Commons
    from hearth.home import Home


class View:
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
    def _stating(self) -> Stating:
        from hearth.chat.own import Stating

        return Stating(self.home, self.commons, self.connection)

    @classmethod
    @contextmanager
    def open(cls, home: Home, commons: Commons) -> Iterator[Self]:
        """Over the cache.db of `home`, which is made if it is not there."""
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

    def conversations(self) -> list[Conversation]:
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
            place(conversation), unread=unread, after=after, limit=limit, topic=topic, oldest=oldest
        )

    def since_unread(self, conversation: Conversation | Where) -> int:
        """How many messages there are from the first unread one on, in the order shown; 0 if none
        is unread."""
        return self._reading.since_unread(place(conversation))

    def held(self, conversation: Conversation | Where) -> list[Message]:
        """What is held back in a conversation, from somebody new, as it came."""
        return self._reading.held(place(conversation))

    def ids(self, conversation: Conversation | Where) -> list[bytes]:
        """Every message of a conversation, also what is held back, hidden or counts for nothing."""
        return self._reading.ids(place(conversation))

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
        where = None if conversation is None else place(conversation)
        return self._reading.search(words, limit, where, community)

    def topics(self, conversation: Conversation | Where) -> list[tuple[str, int]]:
        """The topics of a conversation, and how many unread messages each has; latest first."""
        return self._reading.topics(place(conversation))

    def tells(self, conversation: Conversation | Where) -> bool:
        """Whether those in a conversation are told what this person reads there."""
        return self._reading.tells(place(conversation))

    def told(self) -> tuple[bool, list[Conversation]]:
        """Whether all persons are told what this person reads, and where something was chosen."""
        return self._reading.told([each.id for each in self.commons.joined()])

    def has(self, attachment: Attachment) -> bool:
        """Whether all of a file is here."""
        return self.home.store.has_file(attachment.object)


def place(conversation: Conversation | Where) -> Where:
    """Which conversation is meant."""
    return conversation if isinstance(conversation, Where) else conversation.where
