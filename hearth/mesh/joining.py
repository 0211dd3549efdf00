"""Joining a community, and letting somebody join: what is said at a ticket's door.

The words are `sync.joining`'s; here stands who believes what of them. The joiner signs only for
the community that begins with the ticket's pin. The steward admits only who proves to hold the
ticket, and writes the admission before it answers; a joiner that comes again with the same
certificate is told the same admission. That it counts is seen by the joiner in the control lane
that follows, and nowhere else.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hearth.audience import prekeys
from hearth.community import acts, statements, ticket
from hearth.community.commons import State
from hearth.community.membership import Invitation, Membership, State as Invited
from hearth.community.records import Admit, Device, Genesis, RecordError
from hearth.community.ticket import OtherCommunityError, Ticket, TicketError
from hearth.identity import certificate as certificates
from hearth.identity.identity import community_id
from hearth.kinds import ADMIT, DEVICE, GENESIS
from hearth.mesh.node import IDLE, IdleError
from hearth.store.errors import CorruptError, HearthError
from hearth.store.header import Lane
from hearth.sync import joining as words
from hearth.sync.joining import Joiner, Offer, Request, Why
from hearth.sync.messages import Flags

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.sync.driver import Peer


class NotAdmittedError(TicketError, CorruptError, code="admission-void"):
    """The community that was joined does not count the admission (exit 13)."""


async def ask(node: Node, peer: Peer, used: Ticket) -> bytes:
    """Join through a peer that was met at the ticket's door; returns the community's id.

    When it returns, the admission is here and counts, and this device has taken its seat. Raises
    OtherCommunityError, NotAdmittedError, SorryError, and what a session raises. May be called
    again with the same ticket after any failure.
    """
    home, now = node.home, node.now()
    joiner = Joiner()
    await peer.send(*joiner.knock())
    await _hear(peer, joiner)
    assert joiner.offer is not None
    community = _believed(joiner.offer, used)
    with home.store.batch() as batch, batch.transaction() as tx:
        if community not in {each.id for each in node.commons.joined()}:
            node.commons.note(tx, community, used.hint or community.hex()[:8], State.JOINING)
    await peer.send(*joiner.request(_request(node, community, used, now)))
    await _hear(peer, joiner)
    assert joiner.admission is not None
    session = node.session(peer, {community: node.access.grant(community)}, Flags.TAKES)
    await node.hold(peer, session)
    take_seat(node, community, joiner.admission, now)
    return community


def take_seat(node: Node, community: bytes, admission: bytes, now: int) -> None:
    """Sit down in the seat that an admission gave, once; raises NotAdmittedError."""
    home = node.home
    membership = node.commons.membership(community)
    me = membership.members.get(home.identity.person)
    if me is None or admission not in me.seats:
        why = membership.void.get(admission)
        raise NotAdmittedError(
            f"the admission does not count: {why or 'it has not come'}",
            "ask whoever gave you the ticket",
        )
    with home.store.batch() as batch, batch.transaction() as tx:
        if not is_seated(node, community, admission):
            acts.sit(home, tx, community, admission, now)
            prekeys.tend(home, tx, [community], now)  # so that others can seal to us at once
        node.commons.note(tx, community, membership.name, State.JOINED)


def is_seated(node: Node, community: bytes, admission: bytes) -> bool:
    """Whether this device has sat down in the seat. Who comes back gets another one."""
    own = node.home.store.log.events(
        community, Lane.CONTROL, device=node.home.identity.device, kind=DEVICE
    )
    return any(
        event.payload is not None and Device.decode(event.payload).seat == admission
        for event in own
    )


async def _hear(peer: Peer, joiner: Joiner) -> None:
    import anyio

    message = None
    with anyio.move_on_after(IDLE) as scope:
        message = await peer.receive()
    if scope.cancelled_caught:
        raise IdleError(f"the peer has said nothing for {IDLE:.0f} s")
    if message is None:
        raise words.UnexpectedJoinError("the peer closed the connection before it answered")
    joiner.receive(message.type, message.body)


def _believed(offer: Offer, used: Ticket) -> bytes:
    """The community of an offer, if it is the one that the ticket is for."""
    if community_id(offer.founder, offer.nonce) != offer.community:
        raise OtherCommunityError("whoever answered shows a community that cannot be")
    used.check_community(offer.community)
    return offer.community


def _request(node: Node, community: bytes, used: Ticket, now: int) -> Request:
    certificate = node.home.identity.certificate
    consent = statements.sign_consent(
        node.home.signer(now).sign, community, used.public, certificate
    )
    holder = statements.sign_holder(used.signer().sign, community, certificate)
    return Request(certificate, holder, consent)


# the steward's side


async def welcome(node: Node, peer: Peer) -> tuple[bytes, bytes]:
    """Answer somebody at a ticket's door; returns (community, admission) once it is told.

    A session with the new member is to follow. Raises SorryError where nobody was admitted.
    """
    community, invitation = _invitation(node, peer.session.door.key)
    first = await _next(peer)
    if words.read_knock(*first) != words.VERSION:
        await _refuse(peer, Why.VERSION)
    await peer.send(*words.offer(_offer(node, community)))
    request = words.read_request(*await _next(peer))
    if not genuine(community, invitation, request, peer.device):
        await _refuse(peer, Why.NOT_GENUINE)
    try:
        admission = admit(node, community, invitation, request)
    except acts.LeftSinceError:
        await _refuse(peer, Why.LEFT)
    except acts.NotOpenError:
        await _refuse(peer, _why(node, community, invitation))
    except HearthError:
        await peer.send(*words.sorry(Why.NOT_NOW))
        raise
    await peer.send(*words.admitted(admission))
    return community, admission


async def _refuse(peer: Peer, why: Why) -> None:
    await peer.send(*words.sorry(why))
    raise words.SorryError(why)


async def _next(peer: Peer) -> tuple[int, bytes]:
    message = await peer.receive()
    if message is None:
        raise words.UnexpectedJoinError("the joiner hung up")
    return message.type, message.body


def _invitation(node: Node, door: bytes) -> tuple[bytes, Invitation]:
    for community, invitation in node.invitations():
        if ticket.door(invitation.ticket) == door:
            return community, invitation
    raise words.UnexpectedJoinError("the invitation has been closed in the meantime")


def _offer(node: Node, community: bytes) -> Offer:
    for event in node.home.store.log.events(community, Lane.CONTROL, kind=GENESIS):
        if event.payload is not None:
            try:
                genesis = Genesis.decode(event.payload)
            except RecordError:
                continue
            founder = genesis.certificate[:32]
            if community_id(founder, genesis.nonce) == community:
                return Offer(community, founder, genesis.nonce)
    raise words.UnexpectedJoinError("the community's founding is not here")


def genuine(community: bytes, invitation: Invitation, request: Request, device: bytes) -> bool:
    """Whether the holder of the invitation's ticket asks for this device, and it agrees."""
    try:
        certificate = certificates.decode(request.certificate)
    except certificates.CertificateError:
        return False
    return (
        certificate.device == device
        and statements.holder(invitation.ticket, community, request.certificate, request.holder)
        and statements.consent(community, invitation.ticket, request.certificate, request.consent)
    )


def admit(node: Node, community: bytes, invitation: Invitation, request: Request) -> bytes:
    """The id of the admission: the one there is, or a new one.

    Raises NotStewardError, and NotOpenError where a joiner at the door would not be let in either.
    """
    home, membership = node.home, node.commons.membership(community)
    held = _admission(node, membership, invitation, request)
    if held is not None:
        return held
    if _put_out_since(membership, invitation, request.certificate[:32]):
        raise acts.NotOpenError("the invitation is older than this person's removal")
    if _left_since(node, membership, invitation, request.certificate):
        raise acts.LeftSinceError(
            "the request has been granted before, and whoever made it has left since",
            "who wants to come back needs a new ticket",
        )
    with home.store.batch() as batch, batch.transaction() as tx:
        admission = acts.admit(home, tx, membership, invitation, *request, node.now())
        node.commons.settle(tx)  # whether the joiner comes back or not, they are a member
        return admission.id


def _admission(
    node: Node, membership: Membership, invitation: Invitation, request: Request
) -> bytes | None:
    """The admission of the very same device on this invitation, if it counts."""
    member = membership.members.get(request.certificate[:32])
    for seat in member.seats if member is not None else ():
        if seat in invitation.used:
            event = node.home.store.log.get(seat)
            if event.header.kind == ADMIT and event.payload is not None:
                record = Admit.decode(event.payload)
                if record.certificate == request.certificate:
                    return seat
    return None


def _put_out_since(membership: Membership, invitation: Invitation, person: bytes) -> bool:
    """Whether somebody was removed by an act that the invitation's maker had not seen.

    Nobody comes back by a ticket that was about when they were put out.
    """
    return any(
        not cut.own and not membership.sees(invitation.event, cut.event)
        for cut in membership.removed.get(person, ())
    )


def _left_since(
    node: Node, membership: Membership, invitation: Invitation, certificate: bytes
) -> bool:
    """Whether somebody was admitted on this very consent before, and is no member any more."""
    if certificate[:32] in membership.members:
        return False
    for event in node.home.store.log.events(membership.community, Lane.CONTROL, kind=ADMIT):
        with suppress(RecordError):
            done = Admit.decode(event.payload or b"")
            if (done.invitation, done.certificate) == (invitation.event, certificate):
                return True
    return False


def _why(node: Node, community: bytes, invitation: Invitation) -> Why:
    membership = node.commons.membership(community)
    state = invitation.state(max(node.now(), membership.log_time))
    return {Invited.USED: Why.USED, Invited.EXPIRED: Why.EXPIRED}.get(state, Why.REVOKED)
