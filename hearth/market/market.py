"""The market as one thing: what the verbs call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from hearth import lanes
from hearth.market.claims import Claims
from hearth.market.folding import FOLD
from hearth.market.reading import Reading
from hearth.seen import Seen

if TYPE_CHECKING:
    import apsw

    from hearth.audience.keyring import Keyring
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.market.acting import Actor
    from hearth.market.deciding import Decider

_READ = "market read"


class Market:
    """An open market. One thread; as long-lived as a command."""

    def __init__(self, home: Home, commons: Commons, connection: apsw.Connection, now: int) -> None:
        self.home = home
        self.commons = commons
        self.connection = connection
        self.now = now
        self.update()

    @classmethod
    @contextmanager
    def open(cls, home: Home, commons: Commons, now: int) -> Iterator[Market]:
        """The market of a hearth, brought up to date with what has come."""
        with lanes.opened(home, FOLD) as connection:
            yield cls(home, commons, connection, now)

    @cached_property
    def keyring(self) -> Keyring:
        """The keys of audiences."""
        from hearth.audience.keyring import Keyring

        return Keyring(self.home, self.commons)

    @cached_property
    def actor(self) -> Actor:
        """Lists things as this device."""
        from hearth.market.acting import Actor

        return Actor(self)

    @cached_property
    def decider(self) -> Decider:
        """Claims, and decides on claims, as this device."""
        from hearth.market.deciding import Decider

        return Decider(self)

    @property
    def me(self) -> bytes:
        """This hearth's person."""
        return self.home.identity.person

    def update(self) -> None:
        """Take in what has come since. What is sealed is opened where the key needs no asking."""
        lanes.update_unasked(
            self.connection, self.home, self.commons, FOLD, lambda: self.keyring, now=self.now
        )
        seen = Seen(self.home, self.now)
        self.reading = Reading(self.connection, seen, self.now, self.me)
        self.claims = Claims(self.connection, seen, self.now)

    # what was read

    @property
    def read(self) -> int:
        """The arrival number up to which this person has been shown what there is."""
        noted = self.home.store.meta(_READ)
        last = self.home.store.log.last_arrival()
        return noted if isinstance(noted, int) and noted <= last else 0

    def mark_read(self) -> None:
        """Note that all there is was shown; nothing where the hearth is read-only."""
        last = self.home.store.log.last_arrival()
        if not self.home.store.read_only and last != self.read:
            with self.home.store.batch() as batch, batch.transaction() as tx:
                tx.set_meta(_READ, last)
