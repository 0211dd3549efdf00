"""Hearths of one community, which exchange what they hold without any network: as by files.

What travels and what is told to whom are other tests' matter; here two hearths simply have what the
other has, all of it or some, in any order.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from mesh_kit import NOW, Clock, Member
from moulds import Mould, pour, take

from hearth.audience.keyring import Keyring
from hearth.audience.records import Audience, Scope
from hearth.community import acts, statements
from hearth.community.commons import State
from hearth.store.event import Event
from hearth.store.header import Lane, encode


class Neighbour(Member):
    """A member with a keyring."""

    def open(self) -> None:
        super().open()
        self.keyring = Keyring(self.home, self.node.commons)

    @property
    def person(self) -> bytes:
        return self.home.identity.person

    @property
    def device(self) -> bytes:
        return self.home.identity.device

    def reopen(self) -> None:
        self.home.close()
        self.open()

    def pair(self, other: Neighbour | bytes, community: bytes) -> Audience:
        person = other if isinstance(other, bytes) else other.person
        return Audience(community, Scope.PAIR, person)

    def tell(
        self, audience: Audience, persons: Iterable[Neighbour], inner: bytes, kind: int = 129
    ) -> Event:
        """Seal something to these and append it."""
        now = self.clock()
        with self.home.store.batch() as batch, batch.transaction() as tx:
            ready = self.keyring.ensure(tx, audience, [each.person for each in persons], now)
            return self.keyring.append(tx, ready.held, Lane.CHAT, kind, inner, now)

    def reads(self, event: Event | bytes) -> bytes | None:
        """What a sealed event says, to this one; None if it is not here, or shut."""
        id = event if isinstance(event, bytes) else event.id
        self.keyring.update(self.clock())
        if not self.home.store.log.has(id):
            return None
        return self.keyring.open(self.home.store.log.get(id))

    def forges(
        self, community: bytes, kind: int, payload: bytes, refs: Sequence[bytes] = ()
    ) -> Event:
        """Write what the program would not into the lane emergency."""
        with self.home.store.batch() as batch, batch.transaction() as tx:
            return self.home.store.log.append(
                tx, self.home.signer(self.clock()), community, Lane.EMERGENCY, kind, payload, refs,
                wall=self.clock(),
            )  # fmt: skip

    def remove(self, other: Neighbour, community: bytes) -> None:
        membership = self.node.commons.membership(community)
        member = membership.members[other.person]
        with self.home.store.batch() as batch, batch.transaction() as tx:
            acts.remove(self.home, tx, membership, member, self.clock())
            self.node.commons.settle(tx)


def carry(
    source: Member, target: Member, community: bytes, rng: random.Random | None = None
) -> int:
    """Give the target all events and slots of a community that the source holds; in random order,
    and some of them left out, if `rng` is given. How many events are new there."""
    taken = []
    for lane in Lane:
        events = list(source.home.store.log.events(community, lane))
        if rng is not None and lane is not Lane.CONTROL:
            events = [each for each in events if rng.random() < 0.8]
            rng.shuffle(events)
        taken += events
    slots = [(each.statement, each.signature) for each in source.home.store.slots.all(community)]
    store = target.home.store
    with store.batch() as batch, batch.transaction() as tx:
        for statement, signature in slots:
            store.slots.put(tx, statement, signature)
        rows = ((encode(each.header), each.signature, each.payload) for each in taken)
        report = store.log.import_events(tx, rows, own=target.home.identity.device)
        target.node.commons.settle(tx)
    return report.accepted


def mix(members: Iterable[Member], community: bytes) -> None:
    """Everybody comes to hold what anybody holds."""
    everybody = list(members)
    for _ in range(2):
        for source in everybody:
            for target in everybody:
                if source is not target:
                    carry(source, target, community)


def settle(folder: Path, *names: str, clock: Clock | None = None) -> tuple[list[Neighbour], bytes]:
    """A community of these, all of whom know each other's prekeys; they have one clock."""
    return made_once(Neighbour, folder, names, clock or Clock())


def founded(made: Sequence[Neighbour]) -> bytes:
    """A community that the first of these founds, and takes the others into; its id."""
    first, *rest = made
    community: bytes = first.found()
    for each in rest:
        admit(first, each, community)
    mix(made, community)
    return community


def settled(made: Sequence[Neighbour]) -> bytes:
    """The same, and all have stated prekeys and know each other's."""
    community = founded(made)
    for each in made:
        each.keyring.tend(each.clock())
    mix(made, community)
    return community


Kind = TypeVar("Kind", bound=Neighbour)
Make = Callable[[Sequence[Neighbour]], bytes]


def made_once(
    kind: type[Kind], folder: Path, names: Sequence[str], clock: Clock | None, make: Make = settled
) -> tuple[list[Kind], bytes]:
    """Hearths of these names as `make` leaves new ones (`settled`, if it is not said), and their
    community: made once, and copied from then on. They have this clock, or each its own."""
    now = NOW if clock is None else clock.now
    mould, community = _mould(tuple(names), now, make)
    pour(mould, folder)
    return [kind.of(folder / name, clock or Clock()) for name in names], community


@cache
def _mould(names: tuple[str, ...], now: int, make: Make) -> tuple[Mould, bytes]:
    clock = Clock()
    clock.now = now
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [Neighbour(folder, each, clock) for each in names]
        community = make(made)
        for each in made:
            each.home.close()
        return take(folder), community


def admit(steward: Neighbour, joiner: Neighbour, community: bytes) -> None:
    """Let somebody in; what the steward holds of the community comes to them."""
    ticket = steward.invite(community)
    me, now = joiner.home.identity, steward.clock()
    holder = statements.sign_holder(ticket.signer().sign, community, me.certificate)
    consent = statements.sign_consent(
        joiner.home.signer(now).sign, community, ticket.public, me.certificate
    )
    membership = steward.node.commons.membership(community)
    invitation = next(each for each in membership.invitations if each.ticket == ticket.public)
    with steward.home.store.batch() as batch, batch.transaction() as tx:
        admission = acts.admit(
            steward.home, tx, membership, invitation, me.certificate, holder, consent, now
        )
    carry(steward, joiner, community)
    with joiner.home.store.batch() as batch, batch.transaction() as tx:
        acts.sit(joiner.home, tx, community, admission.id, now)
        joiner.node.commons.note(tx, community, "Mill Lane", State.JOINING)
        joiner.node.commons.settle(tx)
    carry(joiner, steward, community)
