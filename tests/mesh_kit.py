"""Whole hearths on loopback, in one process: real keys, stores, sockets and handshakes."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Self

import anyio
from anyio.abc import SocketAttribute

from hearth import home as homes
from hearth.community import acts
from hearth.community.commons import State
from hearth.community.records import Role
from hearth.community.ticket import Address, Ticket
from hearth.home import Home
from hearth.identity import identity as identities
from hearth.identity.keyfile import Strength
from hearth.mesh.joining import ask
from hearth.mesh.node import Node
from hearth.mesh.peers import Peers, Place
from hearth.mesh.serving import Served, Serving
from hearth.mesh.visiting import visit
from hearth.store.header import Lane
from hearth.sync.handshake import Handshake
from hearth.sync.opening import Door
from hearth.sync.tcp import connect

NOW = 1_800_000_000
WEAK = Strength(1, 8 << 20)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Member:
    """A hearth with a name, and what its serving reported."""

    def __init__(self, folder: Path, name: str, clock: Callable[[], int]) -> None:
        self.path = folder / name
        homes.create(self.path, name, clock())
        self.clock = clock
        self.served: list[Served] = []
        self.place: Place | None = None
        self.going: Serving
        """Who serves at `place`."""
        self.open()

    @classmethod
    def of(cls, path: Path, clock: Callable[[], int]) -> Self:
        """A hearth that is there already."""
        made = cls.__new__(cls)
        made.path, made.clock, made.served, made.place = path, clock, [], None
        made.open()
        return made

    def open(self) -> None:
        self.home = Home.open(self.path)
        self.node = Node(
            self.home, self.clock, wants=lambda community: (), serves=lambda community, id: False
        )

    def found(self, name: str = "Mill Lane") -> bytes:
        with self.home.store.batch() as batch, batch.transaction() as tx:
            community = acts.found(self.home, tx, name, self.clock())
            self.node.commons.note(tx, community, name, State.JOINED)
        return community

    def invite(
        self, community: bytes, role: Role = Role.MEMBER, uses: int = 1, expires: int = 3600
    ) -> Ticket:
        at = () if self.place is None else (Address(self.place.host, self.place.port),)
        membership = self.node.commons.membership(community)
        with self.home.store.batch() as batch, batch.transaction() as tx:
            ticket, _ = acts.invite(
                self.home, tx, membership, role=role, uses=uses,
                expires=self.clock() + expires, addresses=at, now=self.clock(),
            )  # fmt: skip
        return ticket

    def say(self, community: bytes, text: str = "hello", lane: Lane = Lane.CHAT) -> bytes:
        signer = self.home.signer(self.clock())
        with self.home.store.batch() as batch, batch.transaction() as tx:
            event = self.home.store.log.append(
                tx, signer, community, lane, 130, text.encode(), wall=self.clock()
            )
        return event.id

    def say_as_is(self, community: bytes, text: str) -> bytes:
        """Say something as the device in the key file, whatever the hearth thinks of that."""
        signer = identities.signer(self.path, self.home.identity, lambda: None)
        with self.home.store.batch() as batch, batch.transaction() as tx:
            event = self.home.store.log.append(
                tx, signer, community, Lane.CHAT, 130, text.encode(), wall=self.clock()
            )
        return event.id

    def say_much(self, community: bytes, count: int, size: int, rng: random.Random) -> None:
        """Many events of random bytes, a thousand to a commit."""
        signer = self.home.signer(self.clock())
        for start in range(0, count, 1000):
            with self.home.store.batch() as batch, batch.transaction() as tx:
                for _ in range(min(1000, count - start)):
                    self.home.store.log.append(
                        tx, signer, community, Lane.CHAT, 130, rng.randbytes(size),
                        wall=self.clock(),
                    )  # fmt: skip

    def remember(self, place: Place) -> None:
        """Know where somebody is, as after `hearth join`."""
        with self.home.store.batch() as batch, batch.transaction() as tx:
            Peers(self.home.store).add(tx, place, self.clock())

    def names(self, community: bytes) -> list[str]:
        members = self.node.commons.membership(community).members.values()
        return sorted(each.name for each in members)

    def events(self, community: bytes) -> list[bytes]:
        return sorted(event.id for event in self.home.store.log.events(community))

    async def join(self, ticket: Ticket, place: Place) -> bytes:
        handshake = Handshake.initiate(self.node.local, Door(ticket.door))
        async with connect(place.host, place.port, handshake) as peer:
            return await ask(self.node, peer, ticket)

    @asynccontextmanager
    async def serving(self, every: float = 3600.0) -> AsyncIterator[Place]:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
        port = listener.extra(SocketAttribute.local_port)
        host = "127.0.0.1"
        self.going = Serving(self.node, self.served.append, every=every)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.going.run, listener, [(host, port)])
            self.place = Place(host, port)
            try:
                yield self.place
            finally:
                self.place = None
                tasks.cancel_scope.cancel()


def joined_pair(folder: Path) -> tuple[Member, Member, bytes]:
    """Two hearths in one community, opened."""
    clock = Clock()
    ada, otto = Member(folder, "ada", clock), Member(folder, "otto", clock)
    community = ada.found()

    async def join() -> None:
        async with ada.serving() as place:
            await otto.join(ada.invite(community), place)
            await visit(otto.node, place)

    anyio.run(join)
    return ada, otto, community


@contextmanager
def members(folder: Path, *names: str) -> Iterator[list[Member]]:
    clock = Clock()
    made = [Member(folder, name, clock) for name in names]
    try:
        yield made
    finally:
        for member in made:
            member.home.close()
