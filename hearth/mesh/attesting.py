"""Stating receipts: in a session as soon as all of it has come, otherwise before the next one.

Which peer brought what is remembered only until it has been stated. Where the program ends before
that, the receipt is stated all the same, and does not say by whom it came.

After a session, this hearth also says that it has heard of a rehearsal (`hearth.boards.hearing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from hearth import ways
from hearth.boards.hearing import hear
from hearth.chat import receipts
from hearth.store.errors import NoSpaceError
from hearth.store.slots import SlotQuotaError

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.slots import Slot


class Attesting:
    """What a node states of what it holds. `now` gives unix seconds. As long-lived as the node."""

    def __init__(self, home: Home, commons: Commons, now: Callable[[], int]) -> None:
        self._home = home
        self._commons = commons
        self._now = now
        self._came: dict[bytes, dict[bytes, bytes]] = {}
        self._seen: dict[bytes, tuple[bytes, int]] = {}
        """By community: the device that last stated there, and how far the log had come then."""
        self.urgent = True
        """Whether something may have come in the lane emergency that was not looked at."""

    def during(self, peer: bytes) -> PeerReceipts:
        """The receipts of what one peer brings."""
        return PeerReceipts(self, peer)

    def came(self, community: bytes, devices: Iterable[bytes], peer: bytes) -> None:
        """A peer has brought something in the lane chat that these devices wrote."""
        self._came.setdefault(community, {}).update(dict.fromkeys(devices, peer))

    def state(self, community: bytes) -> Sequence[Slot]:
        """State what has come, if anything has; the statements that are new. Where the disk is full
        it is done later, and where this device must not go on, by the next one. Raises
        KeyLockedError and what the store raises."""
        log, now = self._home.store.log, self._now()
        if log.own_broken(self._home.identity.device):
            return ()
        seen = self._home.signer(now).device, log.last_arrival()
        if community not in self._came and self._seen.get(community) == seen:
            return ()
        with suppress(NoSpaceError, SlotQuotaError):
            with self._home.store.batch() as batch, batch.transaction() as tx:
                came = self._came.get(community, {})
                stated = receipts.state(self._home, self._commons, tx, community, now, came)
            self._came.pop(community, None)
            self._seen[community] = seen
            return stated
        return ()

    def catch_up(self) -> None:
        """State in every community what has come, however it came."""
        self.hear()
        for each in self._commons.joined():
            self.state(each.id)

    def hear(self) -> None:
        """Answer the rehearsals that have come. Not in the midst of a session: it writes events."""
        if self.urgent:
            self.urgent = False
            for each in self._commons.joined():
                hear(self._home, self._commons, each.id, self._now())


class PeerReceipts:
    """The same, in a session with one peer."""

    def __init__(self, attesting: Attesting, peer: bytes) -> None:
        self._attesting = attesting
        self._peer = peer

    def came(self, community: bytes, devices: Iterable[bytes]) -> None:
        self._attesting.came(community, devices, self._peer)

    def arrived(self, tx: Transaction, first: int, last: int) -> None:
        ways.note(tx, first, last, self._peer)
        self._attesting.urgent = True

    def state(self, community: bytes) -> Sequence[Slot]:
        return self._attesting.state(community)
