"""What a peer may have, and what is taken in: membership, turned into grants.

* A **member** (a device that a current member's is) is given every lane, and the objects that may
  be served in that community.
* This person's **other devices** are given the home community too; nobody else ever is.
* A **stranger** (a device that was never seated, as far as is known here) may be somebody who was
  admitted while we were away: the proof of it is in the control lane. So control events are taken
  from a stranger who knows the community's door, and nothing is given: an *introduction*.
* Whoever was **put out**, or has left, gets nothing, and is told nothing.
* A community that this hearth itself has **left** is still told so: its members are given the
  control lane until one of them has it.

Events and slots are taken in by who wrote them, not by who brings them. Control events prove
themselves; how many are held of whom, `quotas` says. In the other lanes, and for slots, a proved
admission must have named the device, be it one that counts for nothing: what a removed member
wrote, or somebody whom a rogue steward took in, is held, and judged when it is shown. Some may have
taken it in before they heard of the removal, and what is refused must not depend on the order of
arrival.
How much of the other lanes is held of a device that is not this person's, and of a community, is
this hearth's own choice (`Quotas`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING

from hearth.community.quotas import Census, Held
from hearth.store import database
from hearth.store.header import Lane
from hearth.sync.replica import NO_QUOTAS, Grant, Quotas

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.community.membership import Membership
    from hearth.home import Home

Serves = Callable[[bytes, bytes], bool]
"""Whether an object (the second id) may be given in a community (the first)."""


class Standing(Enum):
    """What a peer is to one community, as this node sees it."""

    MEMBER = "member"
    STRANGER = "stranger"
    OUT = "out"


class Access:
    """Grants for one peer after another. As long-lived as the node that serves."""

    def __init__(
        self, home: Home, commons: Commons, serves: Serves, quotas: Quotas = NO_QUOTAS
    ) -> None:
        self._home = home
        self._commons = commons
        self._serves = serves
        self._quotas = quotas
        self._taken: dict[bytes, tuple[Membership, Census]] = {}

    def standing(self, community: bytes, device: bytes) -> Standing:
        """What the peer with this device is to a community."""
        membership = self._commons.membership(community)
        if membership.person_of(device) is not None:
            return Standing.MEMBER
        return Standing.OUT if membership.seated(device) else Standing.STRANGER

    def of_member(self, device: bytes) -> Mapping[bytes, Grant]:
        """The communities that a peer may be served as a member, and how far."""
        grants = {self._home.community: self.grant(self._home.community)}
        grants |= {each.id: self.grant(each.id) for each in self._commons.joined()}
        grants |= {each.id: self._control(each.id) for each in self._commons.leaving()}
        return {
            community: grant
            for community, grant in grants.items()
            if self.standing(community, device) is Standing.MEMBER
        }

    def grant(self, community: bytes) -> Grant:
        """Everything of a community."""
        return Grant(
            admits=lambda device, lane: self._admits(community, device, lane),
            proves=lambda event: self._census(community).proves(event.header, event.payload),
            serves=lambda id: self._serves(community, id),
            quotas=lambda device: self._quotas_of(community, device),
            anchors=lambda: self._commons.anchors(community),
        )

    def introduction(self, community: bytes) -> Mapping[bytes, Grant]:
        """For a stranger: its control lane, to be taken; and to be given only where the two have
        shown each other whose their devices are."""
        return {community: self._control(community)}

    def _control(self, community: bytes) -> Grant:
        return Grant(
            lanes=frozenset({int(Lane.CONTROL)}),
            admits=lambda device, lane: self._admits(community, device, lane, stranger=True),
            proves=lambda event: self._census(community).proves(event.header, event.payload),
            gives=False,
            anchors=lambda: self._commons.anchors(community),
        )

    def _admits(
        self, community: bytes, device: bytes, lane: int, *, stranger: bool = False
    ) -> bool:
        if lane == Lane.CONTROL:
            return self._census(community).admits(device, stranger=stranger)
        return self._commons.membership(community).named(device)

    def _quotas_of(self, community: bytes, device: bytes) -> Quotas:
        """The limits for what a device wrote: none for this person's own."""
        own = self._commons.membership(community).devices_of(self._home.identity.person)
        return NO_QUOTAS if device in own else self._quotas

    def _census(self, community: bytes) -> Census:
        """The census of the control lane as it is held now."""
        membership = self._commons.membership(community)
        known = self._taken.get(community)
        if known is None or known[0] is not membership:
            known = membership, Census(membership, self._held(community))
            self._taken[community] = known
        return known[1]

    def _held(self, community: bytes) -> dict[bytes, Held]:
        with database.translated():
            rows = database.rows(
                self._home.store.connection,
                "SELECT c.device, count(*),"
                " sum(1 + (length(e.header) + ifnull(length(e.payload), 0)) / 1024)"
                " FROM chains c JOIN runs r ON r.chain = c.number"
                " JOIN events e ON e.run = r.number"
                " WHERE c.community = ? AND c.lane = ? GROUP BY c.device",
                community,
                Lane.CONTROL,
            )
            return {device: Held(events, weight) for device, events, weight in rows}
