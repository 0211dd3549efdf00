"""The network of the simulator: connections with latency, loss, cuts and partitions.

A connection is what TCP and Noise give: in each of its two channels messages arrive in the order
in which they were sent, or the connection is cut and nothing arrives any more. What is urgent
overtakes what is not, never the other way round. So much is under way at once and no more. What
one side says at once is a *flight*; `loss` is the share of flights (and handshakes) of which some
message is lost, and with it everything after it: the connection is cut. Who hears nothing for 90
seconds hangs up.

`Traffic` counts what honest nodes had from honest nodes, as *delivered*. What a cut has swallowed,
and the message of which a process died before it was durable, is the trouble's doing and counted
apart, as *swallowed*: each time at most what was under way.

    useful     the bytes of each message of events, slots and proofs, by the share that was new
    meetings   of what else came over a connection, at most MEETING
    ratio      delivered / (useful + meetings)

So a perfect sender, which knows what the other lacks and sends each of it once, in the very
frames in which the news came, has the ratio 1 (docs/sync.md, section 22). What is above is the
price of finding out and of not knowing: tellings, further rounds, listings, proofs of what was
known, whatever came twice, and what came to a disk that was full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from session_kit import wire
from sim_node import Died, SimNode
from sim_world import SECOND, World

from hearth.store.errors import HearthError
from hearth.sync.messages import Outgoing, Type
from hearth.sync.packing import PeerError

MEETING: Final = 300
"""What a meeting may cost in which there is nothing new, frames and closes included."""
CLOSES: Final = 40
UNDER_WAY: Final = 1 << 18
PATIENCE: Final = 90 * SECOND
_NEWS: Final = frozenset({Type.EVENTS, Type.PROOFS, Type.SLOTS})


class Traffic:
    """Bytes between honest nodes, in all."""

    def __init__(self) -> None:
        self.delivered = 0
        self.swallowed = 0
        self.useful = 0.0
        self.meetings = 0
        self.connections = 0
        self.cuts = 0
        self.by_type: Counter[str] = Counter()
        self.twice: Counter[str] = Counter()
        """By type of message: the bytes of events, slots and proofs that were not new."""

    @property
    def optimal(self) -> float:
        return self.useful + self.meetings

    @property
    def ratio(self) -> float:
        return self.delivered / self.optimal if self.optimal else 1.0

    def count(self, message: Outgoing, new: int, old: int) -> None:
        size, name = wire(message), Type(message.type).name.lower()
        self.delivered += size
        self.by_type[name] += size
        if message.type in _NEWS:
            share = new / (new + old) if new else 0.0
            self.useful += size * share
            self.twice[name] += round(size * (1 - share))


class Network:
    """Who reaches whom, and how well. `loss`: of messages; `trouble` is told what must not be."""

    def __init__(self, world: World, trouble: Callable[[str], None]) -> None:
        self.world = world
        self.trouble = trouble
        self.loss = 0.0
        self.rng = world.rng("network")
        self.groups: dict[str, int] = {}
        self.connections: dict[SimNode, list[Connection]] = {}
        self.traffic = Traffic()
        self.on_death: Callable[[SimNode], None] = lambda node: None
        self.on_met: Callable[[SimNode, SimNode], None] = lambda here, there: None

    def reaches(self, here: SimNode, there: SimNode) -> bool:
        apart = self.groups.get(here.name, 0) != self.groups.get(there.name, 0)
        return here.up and there.up and not apart

    def connect(
        self, here: SimNode, there: SimNode, then: Callable[[], None] = lambda: None
    ) -> None:
        """Begin a session, if there is a way and the handshake gets through; `then` is called
        when it has ended, however."""
        through = self.reaches(here, there) and self.rng.random() >= self.loss
        if not through or not here.meets(there) or not there.meets(here):
            self.world.after(SECOND, then)
            return
        link = Connection(self, here, there, then)
        for node in (here, there):
            self.connections.setdefault(node, []).append(link)
        link.begin()

    def split(self, groups: dict[str, int]) -> None:
        """Partition: who is not named is in group 0. Connections across are cut."""
        self.groups = groups
        for links in list(self.connections.values()):
            for link in list(links):
                if not self.reaches(*link.nodes):
                    link.cut("partition")

    def cut_all(self, node: SimNode, why: str) -> None:
        for link in list(self.connections.get(node, ())):
            link.cut(why)

    def news(self, node: SimNode) -> None:
        """Something has arrived or was written: urgent lanes go on at once."""
        for link in self.connections.get(node, ()):
            self.world.after(1, link.pump)


class Connection:
    """One session between two nodes."""

    def __init__(
        self, network: Network, here: SimNode, there: SimNode, then: Callable[[], None]
    ) -> None:
        self.network, self.world = network, network.world
        self._then = then
        self.nodes = (here, there)
        self.open = True
        self.honest = here.honest and there.honest
        self.sessions: list[Any] = []
        rng = network.rng
        self._latency = rng.choice((2, 5, 20, 80, 400))
        self._per_ms = rng.choice((20, 200, 2000, 20000))  # bytes
        self._last = [[0, 0], [0, 0]]
        self._under_way = [0, 0]
        self._heard = self.world.now
        self._talk = CLOSES
        self._busy = False
        self._mute = tuple(getattr(node, "mute", False) for node in self.nodes)

    def begin(self) -> None:
        salt = self.network.rng.randbytes(32)
        here, there = self.nodes
        self.network.traffic.connections += self.honest
        for node, peer in ((here, there), (there, here)):
            self._guard(node, lambda n=node, p=peer: self.sessions.append(n.session(p, salt)))  # type: ignore[misc]
        if self.open:
            self.pump()
            self.world.after(PATIENCE, self._lose_patience)

    def pump(self) -> None:
        """Both say all they can say now."""
        if not self.open or self._busy:
            return
        self._busy = True
        for side in (0, 1):
            said: list[Outgoing] = []
            while self.open and self._under_way[side] < UNDER_WAY:
                message = self._guard(self.nodes[side], self.sessions[side].next_message)
                if message is None:
                    break
                self._under_way[side] += wire(message)
                said.append(message)
            self._fly(side, said)
        self._busy = False
        if self.open and not any(self._under_way):
            self._rest()

    def _fly(self, side: int, said: list[Outgoing]) -> None:
        rng = self.network.rng
        if not self.open or not said:
            return
        lost = rng.randrange(len(said)) if rng.random() < self.network.loss else None
        for number, message in enumerate(said):
            size = wire(message)
            ordinary, urgent = self._last[side]
            due = self.world.now + self._latency + rng.randrange(1 + self._latency)
            due = max(due, urgent) if message.urgent else max(due, ordinary, urgent)
            due += size // self._per_ms
            self._last[side][message.urgent] = due
            if number == lost:
                self.world.at(due, lambda: self.cut("lost"))
                return
            self._arrives(due, side, message, size)

    def _arrives(self, due: int, side: int, message: Outgoing, size: int) -> None:
        self.world.at(due, lambda: self._deliver(side, message, size))

    def _deliver(self, side: int, message: Outgoing, size: int) -> None:
        if not self.open or self._mute[1 - side]:
            return
        self._under_way[side] -= size
        self._heard = self.world.now
        node, session = self.nodes[1 - side], self.sessions[1 - side]
        summary = session.summary
        before = (summary.events_in, summary.slots_in, summary.duplicates)
        self._guard(node, lambda: session.receive(message.type, message.body))
        new = summary.events_in - before[0] + summary.slots_in - before[1]
        if self.honest and not node.up:
            self.network.traffic.swallowed += size
        elif self.honest:
            old = summary.duplicates - before[2] if message.type != Type.SLOTS else 0
            self.network.traffic.count(message, new, old)
            self._talk += 0 if message.type in _NEWS else size
        self.world.note(f"{node.name} hears {Type(message.type).name} {len(message.body)} +{new}")
        self.pump()

    def _rest(self) -> None:
        """Nothing is under way and nobody has anything to say."""
        if all(session.over for session in self.sessions):
            self._end()
            for here, there in (self.nodes, self.nodes[::-1]):
                self.network.on_met(here, there)
            first, second = (session.summary.equal for session in self.sessions)
            if self.honest and first != second:
                self.network.trouble("two that were honest ended with different opinions")
        elif self.honest:
            names = " and ".join(node.name for node in self.nodes)
            states = [session.state.value for session in self.sessions]
            self.network.trouble(f"{names} wait for each other: {states}")
            self.cut("stalled")

    def _lose_patience(self) -> None:
        if self.open and self.world.now - self._heard >= PATIENCE:
            self.cut("silence")
        elif self.open:
            self.world.at(self._heard + PATIENCE, self._lose_patience)

    def _guard(self, node: SimNode, call: Callable[[], Any]) -> Any:
        """Do something in a node's process; what goes wrong there ends the connection."""
        if not self.open:
            return None
        try:
            return call()
        except Died:
            self._died(node)
        except PeerError as error:
            if self.honest:
                pair = " and ".join(each.name for each in self.nodes)
                self.network.trouble(f"{node.name} says of its peer ({pair}): {error.code} {error}")
            self.cut(error.code)
        except HearthError as error:
            if node.disk is not None and node.seam.dead:
                self._died(node)
            else:
                self.network.trouble(f"{node.name} fails: {error!r}")
                self.cut(error.code)
        return None

    def _died(self, node: SimNode) -> None:
        self.network.on_death(node)
        assert not self.open

    def cut(self, why: str) -> None:
        """Nothing arrives any more."""
        if self.open:
            self._end()
            self.world.note(f"{self.nodes[0].name} and {self.nodes[1].name} are cut: {why}")
            self.network.traffic.cuts += 1
            if self.honest:
                self.network.traffic.swallowed += sum(self._under_way)

    def _end(self) -> None:
        self.open = False
        if self.honest:
            self.network.traffic.delivered += CLOSES
            self.network.traffic.meetings += min(self._talk, MEETING)
        for node in self.nodes:
            self.network.connections[node].remove(self)
        self.world.after(SECOND, self._then)
