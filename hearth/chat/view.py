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
from hearth.chat.names import Names
from hearth.chat.own import Stating
from hearth.chat.reading import Reading
from hearth.chat.shapes import Attachment, Conversation, Where
from hearth.chat.tags import everybody, tag
from hearth.corpora.cache import open_part, query, writable

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.community.commons import Commons
    from hearth.home import Home


class View(Reading):
    """See the module. One thread; as long-lived as a command or a session."""

    def __init__(
        self, home: Home, commons: Commons, keyring: Keyring | None, connection: apsw.Connection
    ) -> None:
        super().__init__(home, connection)
        self.commons = commons
        self._keyring = keyring
        self.writable = writable(connection)
        if self.writable:
            cache_tables.make(connection)

    @property
    def keyring(self) -> Keyring:
        """The keys of audiences; made when they are first needed."""
        if self._keyring is None:
            from hearth.audience.keyring import Keyring

            self._keyring = Keyring(self.home, self.commons)
        return self._keyring

    @cached_property
    def _stating(self) -> Stating:
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
        self.names = Names(self.connection)  # they may have changed

    @property
    def locked(self) -> int:
        """How many sealed events wait for this device's key to be unlocked."""
        sql = "SELECT count(*) FROM chat_waiting WHERE why = ?"
        return int(query(self.connection, sql, (cache_tables.LOCKED,))[0][0])

    # with the communities that there are

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

        return find(self, self.home, self.commons, text, community, shown or str)

    def told(self) -> tuple[bool, list[Conversation]]:
        """Whether all persons are told what this person reads, and where something was chosen."""
        places = [
            Where("person", each.id, person)
            for each in self.commons.joined()
            for person in self.names.persons(each.id)
        ]
        places += [where for where, _ in self.teams()]
        chosen = [self.at(each) for each in places if self.chosen(tag(each)) is not None]
        return bool(self.chosen(everybody())), chosen

    def has(self, attachment: Attachment) -> bool:
        """Whether all of a file is here."""
        return self.home.store.has_file(attachment.object)
