"""Serving: answering whoever knocks, and going round to others now and then.

One event loop does it all: it accepts connections, attends to each, calls at a few places every so
often (*gossip*) and at once when something new has been written here. Nothing that goes wrong
with one peer ends it; it is reported, and the next is heard.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import anyio

from hearth.mesh import joining, presence
from hearth.mesh.node import BOTH
from hearth.mesh.visiting import Visit, places, visit, visit_all
from hearth.store.errors import HearthError
from hearth.sync.joining import SorryError
from hearth.sync.messages import Flags
from hearth.sync.tcp import Server

if TYPE_CHECKING:
    from anyio.abc import SocketStream
    from anyio.streams.stapled import MultiListener

    from hearth.mesh.node import Node
    from hearth.mesh.peers import Known, Place
    from hearth.sync.driver import Peer

ROUND: Final = 60.0
"""Seconds from one round of gossip to the next."""
LOOK: Final = 1.0
"""Seconds from one look at what has been written here to the next."""
PARTNERS: Final = 3
DAY: Final = 86400.0
PAUSE: Final = 0.1
"""Seconds from one step of upkeep to the next."""
JOINING: Final = 30.0
"""Seconds for everything that is said before somebody is admitted."""


@dataclass(slots=True)
class Served:
    """What happened, for whoever watches: a peer that came, or that was called at."""

    source: str
    device: bytes | None = None
    joined: bytes | None = None
    """The community in which the peer was admitted just now."""
    visit: Visit | None = None
    error: Exception | None = None


Report = Callable[[Served], None]


@dataclass(slots=True)
class Serving:
    """A node that serves until it is cancelled. `report` is told everything, and must not raise."""

    node: Node
    report: Report
    every: float = ROUND
    rng: random.Random = field(default_factory=random.Random)
    found: list[Place] = field(default_factory=list)
    """Places on the LAN, kept by whoever watches it."""
    upkeep: Callable[[], Iterable[object]] = tuple
    """What is done once a day, step by step."""
    _busy: set[tuple[str, int]] = field(default_factory=set)

    async def run(self, listener: MultiListener[SocketStream], at: list[tuple[str, int]]) -> None:
        """Serve what listens at these addresses, and gossip."""
        self.state_presence(at)
        server = Server(self.node.respond, self.answer, self._failed)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, listener)
            tasks.start_soon(self.gossip)
            tasks.start_soon(self._keep_present, at)
            tasks.start_soon(self._keep_small)

    async def answer(self, peer: Peer) -> None:
        """Attend to one peer that has come through one of our doors."""
        node, door, admitted = self.node, peer.session.door.key, None
        if door != node.home.community and door not in {each.id for each in node.commons.joined()}:
            try:
                with anyio.fail_after(JOINING):
                    admitted, _ = await joining.welcome(node, peer)
            except SorryError as error:  # told in good order, and so is the peer
                self.report(Served("", peer.device, error=error))
                return
            session = node.session(peer, {admitted: node.access.grant(admitted)}, Flags.GIVES)
            await node.hold(peer, session)
        else:
            await node.attend(peer)
        self.report(Served("", peer.device, joined=admitted))

    def _failed(self, source: str, error: Exception) -> None:
        self.report(Served(source, error=error))

    # gossip

    async def gossip(self) -> None:
        """Call at a few places in each round, and at all that are near when something is new."""
        seen = self.node.home.store.log.last_arrival()
        until = anyio.current_time() + self.rng.uniform(0, min(5.0, self.every))
        while True:
            await anyio.sleep(LOOK)
            now = self.node.home.store.log.last_arrival()
            if now == seen and anyio.current_time() < until:
                continue
            chosen = partners(places(self.node) + self.found, self._known(), self.rng)
            seen, until = now, anyio.current_time() + self.every * self.rng.uniform(0.8, 1.2)
            await visit_all(chosen, self.call)  # what it brought is new: it is passed on next

    async def call(self, place: Place) -> None:
        """Call at one place, unless that is being done."""
        key = (place.host, place.port)
        if key in self._busy:
            return
        self._busy.add(key)
        try:
            outcome = await visit(self.node, place, BOTH)
            self.report(Served(place.address, outcome.device, visit=outcome, error=outcome.error))
        except HearthError as error:
            self.report(Served(place.address, error=error))
        finally:
            self._busy.discard(key)

    def _known(self) -> dict[tuple[str, int], Known]:
        from hearth.mesh.peers import Peers

        known = Peers(self.node.home.store).all()
        return {(each.place.host, each.place.port): each for each in known}

    # presence

    async def _keep_present(self, at: list[tuple[str, int]]) -> None:
        while True:
            await anyio.sleep(presence.RENEW / 24)
            self.state_presence(at)

    # upkeep

    async def _keep_small(self) -> None:
        while True:
            try:
                for _ in self.upkeep():
                    await anyio.sleep(PAUSE)
            except HearthError as error:
                self.report(Served("", error=error))
            await anyio.sleep(DAY)

    def state_presence(self, at: list[tuple[str, int]]) -> None:
        """Tell the members of each community where this node is."""
        home, now = self.node.home, self.node.now()
        with home.store.batch() as batch, batch.transaction() as tx:
            for each in self.node.commons.joined():
                presence.state(home, tx, each.id, at, now)


def partners(
    found: list[Place], known: dict[tuple[str, int], Known], rng: random.Random
) -> list[Place]:
    """Whom to call at in a round: those heard longest ago, and one by chance.

    Where nobody has answered lately is tried less and less: with a chance of one in as many
    rounds as it has failed for hours.
    """
    unique = {(each.host, each.port): each for each in found}

    def heard(place: Place) -> int:
        at = known.get((place.host, place.port))
        return 0 if at is None else at.reached or 0

    def hopeless(place: Place) -> bool:
        at = known.get((place.host, place.port))
        if at is None or at.failure is None or at.tried is None:
            return False
        hours = (at.tried - (at.reached or at.added)) / 3600
        return rng.random() * hours > 1

    hopeful = [each for each in unique.values() if not hopeless(each)]
    rng.shuffle(hopeful)
    hopeful.sort(key=heard)
    chosen = hopeful[: PARTNERS - 1]
    rest = hopeful[PARTNERS - 1 :]
    return chosen + ([rng.choice(rest)] if rest else [])


__all__ = ["PARTNERS", "ROUND", "Report", "Served", "Serving", "partners"]
