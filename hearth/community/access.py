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

Events are taken in by who wrote them, not by who brings them. Control events prove themselves; of
a device that no admission has named yet only a few are held. In the other lanes a device must be
seated now or have been: what a removed member wrote is held, and judged when it is shown, for
what is refused must not depend on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Final

from hearth.store import database
from hearth.store.header import Lane
from hearth.sync.replica import Grant

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home

UNSEATED: Final = 64
"""Control events held of a device that no admission has named."""

Serves = Callable[[bytes, bytes], bool]
"""Whether an object (the second id) may be given in a community (the first)."""


class Standing(Enum):
    """What a peer is to one community, as this node sees it."""

    MEMBER = "member"
    STRANGER = "stranger"
    OUT = "out"


class Access:
    """Grants for one peer after another. As long-lived as the node that serves."""

    def __init__(self, home: Home, commons: Commons, serves: Serves) -> None:
        self._home = home
        self._commons = commons
        self._serves = serves

    def standing(self, community: bytes, device: bytes) -> Standing:
        """What the peer with this device is to a community."""
        membership = self._commons.membership(community)
        if membership.person_of(device) is not None:
            return Standing.MEMBER
        known = membership.seated(device) or device in membership.retired
        return Standing.OUT if known else Standing.STRANGER

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
            serves=lambda id: self._serves(community, id),
            anchors=lambda: self._commons.anchors(community),
        )

    def introduction(self, community: bytes) -> Mapping[bytes, Grant]:
        """For a stranger at a community's door: its control lane, to be taken and not given."""
        return {community: self._control(community)}

    def _control(self, community: bytes) -> Grant:
        return Grant(
            lanes=frozenset({int(Lane.CONTROL)}),
            admits=lambda device, lane: self._admits(community, device, lane),
            anchors=lambda: self._commons.anchors(community),
        )

    def _admits(self, community: bytes, device: bytes, lane: int) -> bool:
        if lane == Lane.CONTROL and self._control_events(community, device) < UNSEATED:
            return True
        return self._commons.membership(community).seated(device)

    def _control_events(self, community: bytes, device: bytes) -> int:
        with database.translated():
            count: int = database.value(
                self._home.store.connection,
                "SELECT coalesce(sum(r.last - r.first + 1), 0) FROM chains c"
                " JOIN runs r ON r.chain = c.number"
                " WHERE c.community = ? AND c.lane = ? AND c.device = ?",
                community,
                Lane.CONTROL,
                device,
            )
        return count
