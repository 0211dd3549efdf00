"""Appending to the lane market as this device: each act is one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hearth.audience.records import Audience, Scope
from hearth.kinds import PLACE
from hearth.market import records
from hearth.market.errors import NotYoursToDecideError
from hearth.market.records import PlaceRecord, Record
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.market.market import Market
    from hearth.store.batch import Batch, Transaction

REMEMBERED: Final = 5
"""Expiry class of claims and decisions: a year."""


class Pen:
    """Writes market events. Needs this device's key."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.home = market.home
        self.now = market.now

    def check_member(self, community: bytes) -> None:
        """Raises NotYoursToDecideError where this device has no say."""
        membership = self.market.commons.membership(community)
        me = self.home.identity
        if membership.person_of(me.device) != me.person:
            raise NotYoursToDecideError(f'this device does not belong to "{membership.name}"')

    @contextmanager
    def writing(self) -> Iterator[Batch]:
        """A batch; what was written in it is taken into the market when it ends."""
        self.home.signer(self.now)
        with self.home.store.batch() as batch:
            yield batch
        self.market.update()

    def append(
        self,
        tx: Transaction,
        community: bytes,
        kind: int,
        record: Record,
        expiry: int = REMEMBERED,
        refs: Sequence[bytes] = (),
    ) -> bytes:
        """An event in the clear; its id."""
        return self.home.store.log.append(
            tx, self.home.signer(self.now), community, Lane.MARKET, kind, records.encode(record),
            refs, wall=self.now, expiry=expiry,
        ).id  # fmt: skip

    def alone(
        self,
        community: bytes,
        kind: int,
        record: Record,
        expiry: int = REMEMBERED,
        refs: Iterable[bytes] = (),
    ) -> bytes:
        """One event, and nothing else; its id."""
        with self.writing() as batch, batch.transaction() as tx:
            return self.append(tx, community, kind, record, expiry, tuple(refs))

    def seal(self, tx: Transaction, community: bytes, place: PlaceRecord, person: bytes) -> None:
        """Tell one person, and their own devices, where it is. Raises NobodyError."""
        audience = Audience(community, Scope.PAIR, person)
        ready = self.market.keyring.ensure(tx, audience, [person], self.now)
        self.market.keyring.append(
            tx, ready.held, Lane.MARKET, PLACE, records.encode(place), self.now, expiry=REMEMBERED
        )
