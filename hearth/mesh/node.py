"""A running hearth, as peers meet it: who it is, at which doors it answers, what it says there.

Both sides of a connection do the same after the handshake: `attend`. Which door was knocked at
says what for: a community's, for a session with a fellow member (or an introduction, see
`community.access`); a ticket's, for somebody who wants to join.

What only a connection needs is imported when there is one: bundles do without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from hearth import taking_back
from hearth.audience.keyring import Keyring
from hearth.community import introducing, ticket
from hearth.community.access import Access, Standing
from hearth.community.commons import Commons, Joined, State as Stands
from hearth.community.membership import State
from hearth.community.naming import device_name
from hearth.mesh.attesting import Attesting
from hearth.sync.errors import Code
from hearth.sync.introducing import door as introduction_door
from hearth.sync.messages import Flags, What
from hearth.sync.packing import PeerError
from hearth.sync.replica import NO_QUOTAS, Grant, Quotas
from hearth.sync.store_replica import StoreReplica

if TYPE_CHECKING:
    from hearth.community.membership import Invitation, Membership
    from hearth.home import Home
    from hearth.sync.driver import Peer
    from hearth.sync.handshake import Handshake, Local
    from hearth.sync.intake import Summary
    from hearth.sync.meeting import Meeting
    from hearth.sync.opening import Door
    from hearth.sync.session import Session

BOTH: Final = Flags.TAKES | Flags.GIVES
_STATIC: Final = "hearth 2026 transport key of a device"


IDLE: Final = 60.0
"""Seconds without a message after which a session is given up."""
LONGEST: Final = 3600.0
"""Seconds that a session may take, whatever goes on in it; the next one goes on from there."""
INTRODUCTION: Final = 120.0
"""The same with a stranger."""


MAX_DOORS: Final = 256
"""Tickets of one inviter at whose doors a node answers: the latest that have not expired."""


class NotServedError(PeerError, code="not-served"):
    """The peer is no member of the community at whose door it knocked, or is one no longer."""

    closing = Code.FAILED


class IdleError(PeerError, code="peer-idle"):
    """The peer is there, and says nothing."""

    closing = Code.IDLE


class TooLongError(PeerError, code="session-too-long"):
    """The session went on for longer than one may; what has come is kept."""

    closing = Code.LIMIT


class Node:
    """This hearth as a node. `now` gives unix seconds; `wants` and `serves` are about objects,
    `quotas` about how much is held of what others write."""

    def __init__(
        self,
        home: Home,
        now: Callable[[], int],
        *,
        wants: Callable[[bytes], Iterable[tuple[What, bytes]]],
        serves: Callable[[bytes, bytes], bool],
        commons: Commons | None = None,
        quotas: Quotas = NO_QUOTAS,
    ) -> None:
        self.home = home
        self.now = now
        self.commons = commons or Commons(home)
        self.access = Access(home, self.commons, serves, quotas)
        self.keyring = Keyring(home, self.commons)
        self.settled: Callable[[], object] = lambda: None
        """Called when what a session has brought was taken in."""
        self.attesting = Attesting(home, self.commons, now)
        self._wants = wants
        self._local: tuple[bytes, Local] | None = None
        self._tickets: dict[bytes, tuple[Membership, list[tuple[Invitation, Door]]]] = {}

    @property
    def local(self) -> Local:
        """This device, as it shows itself in handshakes. Raises KeyLockedError."""
        from hearth.sync.cipher import KeyPair
        from hearth.sync.handshake import Local

        signer = self.home.signer(self.now())
        if self._local is None or self._local[0] != signer.device:
            static = KeyPair.from_secret(signer.derive(_STATIC))
            self._local = signer.device, Local.certified(signer, static)
        return self._local[1]

    def name_of(self, device: bytes | None) -> str | None:
        """How the person of a device is called (with the device's first digits, if the person has
        several); foreign text. None if nobody known is meant."""
        if device is None:
            return None
        for community in (*(each.id for each in self.commons.joined()), self.home.community):
            membership = self.commons.membership(community)
            if membership.person_of(device) is not None:
                return device_name(membership, device)
        return None

    # doors

    def doors(self) -> list[Door]:
        """Where this node answers: its communities, and the tickets it may admit on."""
        from hearth.sync.opening import Door

        ours = (*self.commons.joined(), *self.commons.leaving())
        communities = [self.home.community, *(each.id for each in ours)]
        introductions = map(Door, self.introductions())
        return [*map(Door, communities), *introductions, *(door for _, _, door in self._open())]

    def introductions(self) -> dict[bytes, bytes]:
        """By its key, the door of introductions of each community where this device has something
        to show."""
        ours = [self.home.community, *(each.id for each in self.commons.joined())]
        return {
            introduction_door(each): each
            for each in ours
            if introducing.own(self.home, each) is not None
        }

    def invitations(self) -> list[tuple[bytes, Invitation]]:
        """Invitations at whose doors this node answers, each with its community.

        Used ones are among them: a joiner whose admission was lost on the way asks again.
        """
        return [(community, invitation) for community, invitation, _ in self._open()]

    def _open(self) -> Iterator[tuple[bytes, Invitation, Door]]:
        """Invitations and their doors. This is asked for everybody who connects."""
        for each in self.commons.joined():
            membership = self.commons.membership(each.id)
            if not membership.is_steward(self.home.identity.person):
                continue
            limit = max(self.now(), membership.log_time)
            known = self._tickets.get(each.id)
            if known is None or known[0] is not membership:
                known = membership, _latest(membership, limit)
                self._tickets[each.id] = known
            for invitation, door in known[1]:
                if invitation.expires >= limit:
                    yield each.id, invitation, door

    def respond(self) -> Handshake:
        """A handshake for whoever connects."""
        from hearth.sync.handshake import Handshake

        return Handshake.respond(self.local, self.doors())

    # meeting

    def replica(
        self, peer: bytes, grants: Mapping[bytes, Grant], brought: bytes | None = None
    ) -> StoreReplica:
        """This hearth as one peer may see it. `brought`: what receipts say brought the events; the
        peer, if it is not given."""
        own, receipts = self.home.identity.device, self.attesting.during(brought or peer)
        return StoreReplica(
            self.home.store, peer, lambda device: grants, self._wants, own, receipts
        )

    def session(
        self,
        peer: Peer,
        grants: Mapping[bytes, Grant],
        flags: Flags = BOTH,
        budget: int | None = None,
    ) -> Session:
        """This side of a session with a peer."""
        from hearth.sync.session import Session, session_salt

        replica = self.replica(peer.device, grants)
        salt = session_salt(peer.session.handshake_hash)
        return Session(replica, salt, flags=flags, budget=budget)

    def standing(self, peer: Peer) -> Standing:
        """What a peer is to the community at whose door it and this node have met."""
        return self.access.standing(peer.session.door.key, peer.device)

    async def attend(
        self,
        peer: Peer,
        flags: Flags = BOTH,
        *,
        budget: int | None = None,
        idle: float = IDLE,
        progress: Callable[[Summary], None] | None = None,
        longest: float = LONGEST,
    ) -> tuple[Summary, Meeting]:
        """Hold a session with whoever came through a community's door.

        Raises NotServedError for somebody who was put out, also while it goes on, and what `hold`
        raises.
        """
        standing = self.standing(peer)
        if standing is Standing.OUT:
            raise NotServedError("the peer is not a member of the community any more")
        if standing is Standing.MEMBER:
            self.attesting.catch_up()
            served = self.access.of_member(peer.device)
            session = self.session(peer, served, flags, budget)
            watched = self.watched(peer, served, progress)
            done = await self.hold(peer, session, idle, watched, longest)
            self._has_told(served, session.summary)
            return done
        grants = self.access.introduction(peer.session.door.key)
        session = self.session(peer, grants, flags & Flags.TAKES, budget)
        return await self.hold(peer, session, idle, progress, min(longest, INTRODUCTION))

    def watched(
        self,
        peer: Peer,
        served: Mapping[bytes, Grant],
        progress: Callable[[Summary], None] | None = None,
    ) -> Callable[[Summary], None]:
        """What looks, after every message, whether the peer is still a member: what comes
        meanwhile may put it out. Who leaves may tell just that to the end."""

        def go_on(summary: Summary) -> None:
            for community in served:
                if self.access.standing(community, peer.device) is not Standing.MEMBER:
                    left = community in summary.control_only and self._left(community, peer.device)
                    if not left:
                        raise NotServedError("the peer is not a member of a community any more")
            if progress is not None:
                progress(summary)

        return go_on

    def _left(self, community: bytes, device: bytes) -> bool:
        """Whether the device's person has gone by an act of their own."""
        membership = self.commons.membership(community)
        persons = membership.persons_of(device)
        return any(cut.own for each in persons for cut in membership.removed.get(each, ()))

    def _has_told(self, served: Mapping[bytes, Grant], summary: Summary) -> None:
        """Note of the communities that this hearth is leaving: a member holds the act now.

        Nothing but the control lane is shared then, and the two have the same of it.
        """
        equal = summary.equal & summary.control_only
        told = [
            each
            for each in self.commons.leaving()
            if each.id in equal and each.id in served and not served[each.id].gives
        ]
        if told:
            with self.home.store.batch() as batch, batch.transaction() as tx:
                for each in told:
                    self.commons.note(tx, each.id, each.name, Stands.LEFT)

    async def hold(
        self,
        peer: Peer,
        session: Session,
        idle: float = IDLE,
        progress: Callable[[Summary], None] | None = None,
        longest: float = LONGEST,
    ) -> tuple[Summary, Meeting]:
        """Carry a session to its end, and note what it brought of communities.

        Raises what `meet` raises, IdleError after `idle` seconds without a message, and
        TooLongError after `longest`.
        """
        import anyio

        from hearth.sync.meeting import meet

        end = anyio.current_time() + longest
        try:
            with anyio.move_on_after(min(idle, longest)) as scope:

                def tell() -> None:
                    scope.deadline = min(anyio.current_time() + idle, end)
                    if progress is not None:
                        progress(session.summary)

                return session.summary, await meet(peer, session, tell)
        finally:
            if session.summary.events_in:
                self.settle()
                self.attesting.catch_up()
        if anyio.current_time() >= end:
            raise TooLongError(f"the session was cut after {longest:.0f} s")
        raise IdleError(f"the peer has said nothing for {idle:.0f} s")

    def settle(self) -> list[Joined]:
        """Take in the keys that have come, and note which communities this hearth belongs to by
        now; those where that has changed."""
        self.keyring.update(self.now())
        with self.home.store.batch() as batch, batch.transaction() as tx:
            changed = self.commons.settle(tx)
        taking_back.take_in(self.home)
        self.settled()
        return changed


def _latest(membership: Membership, limit: int) -> list[tuple[Invitation, Door]]:
    """The invitations that may still be used, or asked about, so many of each inviter."""
    from hearth.sync.opening import Door

    count: Counter[bytes] = Counter()
    found: list[tuple[Invitation, Door]] = []
    for each in reversed(membership.invitations):
        if each.expires >= limit and each.closed is not State.REVOKED:
            count[each.by] += 1
            if count[each.by] <= MAX_DOORS:
                found.append((each, Door(ticket.door(each.ticket))))
    return found
