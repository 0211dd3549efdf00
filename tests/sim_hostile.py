"""Nodes that do not play fair. What they may bring about is loss of time, and nothing else.

Each kind runs the real engine over twisted holdings, or twists what the engine says: their
messages are well formed as a rule, for a peer that talks nonsense is hung up on at once.

    frontier    its chains are longer than they are, and other ones
    digest      whatever it is asked about, it has something else
    tokens      it remembers every moment that the other remembers
    greedy      it has nothing, each time, and wants everything
    repeater    it says everything it sends again and again
    mute        it takes what comes from the wire, and reads none of it
    garbage     bits of what it says are wrong
    forker      an honest node with a device that writes on from anywhere in its chain, leaves
                out events and tells lies about time: everybody must hold all of that
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from log_kit import Made, make, transaction
from sim_node import SimNode, SimReplica
from sim_world import World

from hearth.store.errors import NoSpaceError
from hearth.store.header import Lane
from hearth.store.served import Chain, Run
from hearth.sync import message_codec, messages as m
from hearth.sync.packing import PeerError
from hearth.sync.replica import Mark
from hearth.sync.session import Session


class TwistedReplica(SimReplica):
    """Holdings as the hostile node has them, and as it says it has them."""

    def __init__(self, node: Hostile, peer: SimNode, tokens: Sequence[bytes]) -> None:
        super().__init__(node, peer)
        self._kind, self._rng, self._tokens = node.kind, node.rng, tokens
        self._longer = node.rng.randrange(1, 2000)

    def digest(self, community: bytes, lane: int) -> bytes:
        if self._kind in ("digest", "frontier", "greedy", "tokens"):
            return self._rng.randbytes(32)
        return super().digest(community, lane)

    def chains(self, community: bytes, lane: int) -> list[Chain]:
        chains = super().chains(community, lane)
        if self._kind == "greedy":
            return []
        if self._kind == "frontier":
            return [self._stretched(chain) for chain in chains if self._rng.random() < 0.7]
        return chains

    def _stretched(self, chain: Chain) -> Chain:
        runs = [run._replace(last=run.last + self._longer) for run in chain.runs]
        return chain._replace(runs=tuple(runs))

    def id_at(self, run: Run, sequence: int) -> bytes:
        if self._kind == "frontier" and self._rng.random() < 0.3:
            return self._rng.randbytes(32)
        if self._kind == "frontier" and sequence > run.last - self._longer:
            return self._rng.randbytes(32)
        return super().id_at(run, sequence)

    def marks(self, community: bytes) -> list[Mark]:
        if self._tokens:
            top = self.arrival()
            return [Mark(token, self._rng.randrange(top + 1)) for token in self._tokens]
        return super().marks(community)


class Twisted:
    """A session of a hostile node."""

    def __init__(self, node: Hostile, peer: SimNode, salt: bytes) -> None:
        self._node, self._peer, self._salt = node, peer, salt
        self._again: deque[m.Outgoing] = deque()
        self._inner: Session | None = None
        if node.kind != "tokens":  # it first hears what the other remembers
            self._begin(())

    def _begin(self, tokens: Sequence[bytes]) -> None:
        self._inner = Session(TwistedReplica(self._node, self._peer, tokens), self._salt)

    @property
    def over(self) -> bool:
        return self._inner is not None and self._inner.over

    @property
    def state(self) -> Any:
        return self._inner and self._inner.state

    @property
    def summary(self) -> Any:
        if self._inner is None:
            self._begin(())
        assert self._inner is not None
        return self._inner.summary

    def receive(self, type: int, body: bytes) -> None:
        if self._node.kind == "tokens" and type == m.Type.HELLO:
            hello = message_codec.decode(type, body)
            assert isinstance(hello, m.Hello)
            self._begin([token for each in hello.meetings for token in each.tokens])
        if self._inner is not None:
            _try(lambda: self._inner.receive(type, body))

    def next_message(self) -> m.Outgoing | None:
        if self._again:
            return self._again.popleft()
        if self._inner is None:
            return None
        message: m.Outgoing | None = _try(self._inner.next_message)
        rng, kind = self._node.rng, self._node.kind
        if message is not None and kind == "repeater" and message.type == m.Type.EVENTS:
            self._again.extend([message] * rng.choice((1, 5, 300)))
        if message is not None and kind == "garbage" and message.body and rng.random() < 0.3:
            body = bytearray(message.body)
            body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
            return message._replace(body=bytes(body))
        return message


def _try(call: Any) -> Any:
    """A liar that trips over its own lies hangs up."""
    try:
        return call()
    except (AssertionError, LookupError, StopIteration, ValueError, TypeError) as error:
        raise PeerError("the hostile node is confused") from error


class Hostile(SimNode):
    """A node of one of the kinds above (but "forker")."""

    honest = False

    def __init__(self, world: World, base: Path, name: str, kind: str) -> None:
        super().__init__(world, base, name, frail=False)
        self.kind = kind
        self.mute = kind == "mute"

    def session(self, peer: SimNode, salt: bytes) -> Twisted:
        return Twisted(self, peer, salt)


KINDS = ("frontier", "digest", "tokens", "greedy", "repeater", "mute", "garbage")


class Forker(SimNode):
    """A node that plays fair, with a device that does not: see `sow`."""

    def __init__(self, world: World, base: Path, name: str) -> None:
        super().__init__(world, base, name)
        self.made: list[Made] = []
        self.forks = 0

    def sow(self, count: int) -> None:
        """Make so many events somewhere in the device's chains, and keep most of them."""
        new: list[Made] = []
        for _ in range(count):
            lane = self.rng.choice((Lane.CHAT, Lane.EMERGENCY))
            mine = [made for made in self.made if made.header.lane == lane]
            fate = self.rng.random()
            fork = fate < 0.2 and self.forks < 60
            self.forks += fork
            previous = (self.rng.choice(mine) if fork else mine[-1]) if mine else None
            if previous is None and mine:
                continue
            lie: dict[str, Any] = {}
            if 0.2 < fate < 0.25:
                lie["lamport"] = self.rng.randrange(1, 5000)
            elif 0.25 < fate < 0.3:
                lie["signature"] = self.rng.randbytes(64)  # the next event will vouch for it
            made = make(self.signer, previous, None, self.rng.randbytes(20), lane=lane, **lie)
            self.made.append(made)
            new.append(made)
        kept = [made for made in new if self.rng.random() < 0.95]
        try:
            with transaction(self.store) as tx:
                self.store.log.import_events(tx, [made.record for made in kept])
        except NoSpaceError:
            del self.made[len(self.made) - len(new) :]
            return
        self._committed(made.id for made in kept if self.store.log.has(made.id))
        self.on_news(self)
