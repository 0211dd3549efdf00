"""Telling others what one has read: nobody, unless this person has chosen it.

It is chosen for a person or a group, or for all persons, and stands in the person's own view, so it
holds on all their devices. Chosen for all, it is not for those who are new: a stranger is told
nothing before this person has answered or accepted them. Nobody is told in a channel, or where
whoever would be told is blocked.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hearth.audience.keyring import NobodyError
from hearth.chat.errors import NotInGroupError, NotMemberError, NotTellableError
from hearth.chat.level import is_behind
from hearth.chat.read_statements import Statements
from hearth.chat.reading import Reading
from hearth.chat.tags import everybody, tag
from hearth.store.errors import LockedError, NoSpaceError
from hearth.store.slots import SlotQuotaError

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.chat.own import Stating
    from hearth.chat.sending import Sender
    from hearth.chat.shapes import Where
    from hearth.community.commons import Commons
    from hearth.home import Home


class Telling:
    """What is told, and whether it is. What states something needs the signer (KeyLockedError)."""

    def __init__(
        self,
        home: Home,
        commons: Commons,
        keyring: Keyring,
        connection: apsw.Connection,
        stating: Stating,
        sender: Sender,
    ) -> None:
        self._home = home
        self._connection = connection
        self._stating = stating
        self._sender = sender
        self._statements = Statements(home, commons, keyring, connection)

    def choose(self, where: Where | None, on: bool, now: int) -> None:
        """Tell those in a conversation what is read there from now on, or not any more; see
        `Talk.tell_read`. What is stated still stands until `take_back`."""
        if where is None:
            tags = [everybody(), *(() if on else self._stating.told())]
        elif where.kind == "channel":
            raise NotTellableError(
                "in a channel nobody is told what was read", "persons and groups can be"
            )
        elif where.key == self._home.identity.person:
            raise NotTellableError("what you note for yourself is told to nobody else")
        else:
            tags = [tag(where)]
        self._stating.choose(tags, not on, now)

    def take_back(self, now: int) -> int:
        """State, where something is told that is not to be any more, that nothing is; how often."""
        reading = Reading(self._home, self._connection)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return self._statements.take_back(tx, reading.tells, now)

    def after_reading(self, where: Where, number: int, now: int) -> None:
        """Tell, if that was chosen, how far the conversation of this number is read now. What
        cannot be stated now is when something is read the next time."""
        reading = Reading(self._home, self._connection)
        tells = reading.tells(where)
        if where.kind == "channel" or not (tells or self._statements.is_told(where, now)):
            return
        with (
            suppress(NobodyError, NotInGroupError, NotMemberError, SlotQuotaError),
            suppress(LockedError, NoSpaceError),
        ):
            if not tells:
                self.take_back(now)
                return
            line = self._sender.line(where, reading.team(where))
            with self._home.store.batch() as batch, batch.transaction() as tx:
                if not is_behind(self._connection, self._home):
                    self._statements.tell(tx, line, number, now)
