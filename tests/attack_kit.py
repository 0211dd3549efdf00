"""Hostile devices that speak for themselves, message by message, to whole hearths."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from log_kit import Device, Made, make
from mesh_kit import NOW, Member

from hearth.community import acts, records, statements
from hearth.community.membership import Membership
from hearth.community.records import Role
from hearth.community.ticket import Ticket
from hearth.identity import certificate as certificates
from hearth.identity.identity import DeviceSigner
from hearth.kinds import PROFILE
from hearth.mesh.peers import Place
from hearth.store.header import Lane
from hearth.store.incoming import read
from hearth.sync import message_codec, messages as m
from hearth.sync.cipher import KeyPair
from hearth.sync.driver import Limits, Peer
from hearth.sync.errors import TransportError
from hearth.sync.handshake import Handshake, Local
from hearth.sync.opening import Door
from hearth.sync.replica import Taken
from hearth.sync.tcp import connect

BOUND = 60.0


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        with anyio.fail_after(BOUND):
            await scenario()

    anyio.run(bounded)


class Person:
    """Somebody with a key and one device, and no hearth: what it says the test makes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.person_seed = Device(f"person {name}")._secret[:32]
        self.person = DeviceSigner(self.person_seed)
        self.signer = Device(f"device {name}")
        self.certificate = self.certify(self.signer.device)

    @property
    def device(self) -> bytes:
        return self.signer.device

    @property
    def local(self) -> Local:
        return Local.certified(self.signer, KeyPair.generate())

    def certify(self, device: bytes) -> bytes:
        return certificates.certify(self.person_seed, device, NOW).encode()

    def request(self, community: bytes, ticket: Ticket) -> bytes:
        """The body of a request to join, as an honest joiner makes it."""
        holder = statements.sign_holder(ticket.signer().sign, community, self.certificate)
        consent = statements.sign_consent(
            self.signer.sign, community, ticket.public, self.certificate
        )
        return self.certificate + holder + consent


@asynccontextmanager
async def inside(
    place: Place, door: bytes, local: Local, limits: Limits | None = None
) -> AsyncIterator[Peer]:
    """Past the handshake, with nothing said yet."""
    async with connect(place.host, place.port, Handshake.initiate(local, Door(door)), limits) as it:
        yield it


@asynccontextmanager
async def intruding(place: Place, door: bytes, local: Local) -> AsyncIterator[Peer]:
    """As `inside`; how it ends is no matter of this side."""
    peer: Peer | None = None
    try:
        async with inside(place, door, local) as peer:
            yield peer
    except TransportError:
        if peer is None:
            raise


async def tell(peer: Peer, *messages: m.Message) -> None:
    for message in messages:
        await peer.send(*message_codec.encode(message))


async def hear(peer: Peer) -> m.Message | None:
    message = await peer.receive()
    return None if message is None else message_codec.decode(message.type, message.body)


def junk(
    signer: Device, community: bytes, count: int, after: Made | None = None, **fields: Any
) -> list[Made]:
    """Control events that mean nothing, in one chain."""
    made: list[Made] = []
    common = {"lane": Lane.CONTROL, "community": community, "kind": PROFILE, **fields}
    for number in range(count):
        payload = records.Profile(f"{signer.name} {number}").encode()
        made.append(make(signer, made[-1] if made else after, None, payload, **common))
    return made


def bring(
    member: Member, community: bytes, made: Iterable[Made], *, stranger: bool, lane: int = 0
) -> Taken:
    """What becomes of a frame of events that a stranger, or a member, brings to a hearth."""
    access = member.node.access
    full = {community: access.grant(community)}
    grants = access.introduction(community) if stranger else full
    replica = member.node.replica(Device("carrier").device, grants)
    return replica.take(community, lane, [read(*each.record) for each in made])


def admit(member: Member, community: bytes, who: Person, role: Role = Role.MEMBER) -> bytes:
    """A steward takes somebody in, as if they had come by; returns the seat."""
    ticket = member.invite(community, role)
    membership: Membership = member.node.commons.membership(community)
    [invitation] = [each for each in membership.invitations if each.ticket == ticket.public]
    body = who.request(community, ticket)
    with member.home.store.batch() as batch, batch.transaction() as tx:
        event = acts.admit(
            member.home, tx, membership, invitation, body[:136], body[136:200], body[200:], NOW
        )
    return event.id


def remove(member: Member, community: bytes, person: bytes) -> None:
    membership = member.node.commons.membership(community)
    with member.home.store.batch() as batch, batch.transaction() as tx:
        acts.remove(member.home, tx, membership, membership.members[person], NOW)


def clean(member: Member) -> None:
    """The log proves whole, from its headers up."""
    report = member.home.store.log.verify()
    assert not report.problems, report.problems


def shuffled(rng: random.Random, items: Iterable[Any]) -> list[Any]:
    found = list(items)
    rng.shuffle(found)
    return found
