"""Nodes with real stores, and sessions between them in memory: counted, delayed, cut, crashed."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blake3 import blake3
from log_kit import COMMUNITY, WALL, Device, Record, transaction
from sim_disk import FrailSeam, frail

from hearth.store.errors import NoSpaceError
from hearth.store.header import Lane
from hearth.store.store import Store
from hearth.sync.connection import FRAGMENT
from hearth.sync.messages import MAX_CHAINS, SLOTS, Flags, Outgoing, What
from hearth.sync.replica import Access, Grant, Taken, Wants
from hearth.sync.session import Session
from hearth.sync.store_replica import StoreReplica

BOTH = Flags.TAKES | Flags.GIVES


class Crash(Exception):
    """The node's process is gone."""


class Node:
    """A store and a device; `write` makes events as its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        self.signer = Device(name)
        self.store = Store.create(self.path, now=WALL)
        self.grants: dict[bytes, Grant] = {COMMUNITY: Grant()}
        self.wanted: dict[bytes, list[tuple[What, bytes]]] = {}
        self.crash_at: int | None = None
        self.full: NoSpaceError | None = None
        self.commits = 0
        self.listed = MAX_CHAINS

    @property
    def device(self) -> bytes:
        return self.signer.device

    def access(self, peer: bytes) -> dict[bytes, Grant]:
        return self.grants

    def wants(self, community: bytes) -> Iterable[tuple[What, bytes]]:
        return self.wanted.get(community, ())

    def write(
        self,
        count: int = 1,
        lane: Lane = Lane.CHAT,
        community: bytes = COMMUNITY,
        signer: Device | None = None,
        payload: bytes | None = None,
        **fields: Any,
    ) -> None:
        with transaction(self.store) as tx:
            for number in range(count):
                self.store.log.append(
                    tx,
                    signer or self.signer,
                    community,
                    lane,
                    128,
                    payload or f"{self.signer.name} {number}".encode(),
                    wall=WALL,
                    **fields,
                )

    def take(self, records: Iterable[Record]) -> None:
        with transaction(self.store) as tx:
            self.store.log.import_events(tx, records)

    def copy_from(self, other: Node, community: bytes = COMMUNITY) -> None:
        self.take(other.store.log.records(community))

    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.path)

    def replica(self, peer: bytes) -> StoreReplica:
        return CountingReplica(self, peer)

    def session(self, peer: bytes, salt: bytes, **options: Any) -> Session:
        return Session(self.replica(peer), salt, **{"listed": self.listed, **options})

    def ids(self, community: bytes = COMMUNITY) -> list[bytes]:
        """All events here, as often as they are here."""
        return sorted(event.id for event in self.store.log.events(community))

    def picture(self, community: bytes = COMMUNITY) -> dict[str, Any]:
        log = self.store.log
        return {
            "events": self.ids(community),
            "digests": [log.digest(community, lane) for lane in Lane],
            "slots": self.store.slots.digest(community),
            "payloads": [(e.id, e.payload) for e in log.events(community, order="shown")],
        }

    def committed(self) -> None:
        self.commits += 1
        if self.crash_at is not None and self.commits >= self.crash_at:
            self.crash_at = None
            raise Crash


def fill(node: Node) -> FrailSeam:
    """From now on nothing fits on this node's disk, and it can know."""
    node.store.close()
    disk = frail(node.path)
    node.store = Store.open(node.path, disk)
    assert isinstance(disk.seam, FrailSeam)
    disk.seam.full = True
    return disk.seam


class CountingReplica(StoreReplica):
    """Counts commits, and crashes before or after one."""

    def __init__(self, node: Node, peer: bytes) -> None:
        access: Access = node.access
        wants: Wants = node.wants
        super().__init__(node.store, peer, access, wants)
        self._node = node

    def take(self, community: bytes, lane: int, records: Any) -> Taken:
        self._node.committed()
        if self._node.full is not None:
            raise self._node.full
        taken = super().take(community, lane, records)
        self._node.committed()
        return taken

    def keep(self, community: bytes, got: Any) -> int:
        self._node.committed()
        kept = super().keep(community, got)
        self._node.committed()
        return kept

    def begin(self, community: bytes, id: bytes, at: int, data: bytes) -> None:
        self._node.committed()
        if self._node.full is not None:
            raise self._node.full
        super().begin(community, id, at, data)
        self._node.committed()

    def remember(self, community: bytes, token: bytes) -> None:
        self._node.committed()
        super().remember(community, token)
        self._node.committed()


def wire(message: Outgoing) -> int:
    """Bytes on the wire: two for the length of a frame, 16 of tag, one of control."""
    size = 1 + len(message.body)
    return size + 19 * -(-size // FRAGMENT)


@dataclass
class Talk:
    """What two nodes said to each other. `flights`: half round trips, in turns."""

    here: Session
    there: Session
    flights: list[list[Outgoing]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(wire(each) for flight in self.flights for each in flight) + 2 * 20

    @property
    def round_trips(self) -> float:
        return len(self.flights) / 2

    def sent(self, *types: int) -> list[Outgoing]:
        return [each for flight in self.flights for each in flight if each.type in types]

    def first(self, type: int) -> float:
        """After how many round trips a message of this type had come for the first time."""
        for number, flight in enumerate(self.flights):
            if any(each.type == type for each in flight):
                return (number + 1) / 2
        raise AssertionError(f"no message of type {type}")


def drain(session: Session) -> Iterator[Outgoing]:
    while (message := session.next_message()) is not None:
        yield message


_salts = random.Random(7)


def converse(here: Session, there: Session) -> Talk:
    """Both sides in turns, each saying all it can, until both are silent."""
    talk = Talk(here, there)
    sides = [here, there]
    while True:
        over = sides[0].over
        flight = list(drain(sides[0]))
        if not flight:
            break
        assert not over, "who has something to say is not done"
        talk.flights.append(flight)
        for message in sorted(flight, key=lambda each: not each.urgent):
            sides[1].receive(message.type, message.body)
        sides.reverse()
    return talk


def sync(
    here: Node,
    there: Node,
    mine: dict[str, Any] | None = None,
    theirs: dict[str, Any] | None = None,
) -> Talk:
    """A whole session between two nodes, with options for either side."""
    salt = blake3(_salts.randbytes(16)).digest()
    talk = converse(
        here.session(there.device, salt, **(mine or {})),
        there.session(here.device, salt, **(theirs or {})),
    )
    assert talk.here.over
    assert talk.there.over
    return talk


class Link:
    """A session between two nodes under a scheduler: two channels each way."""

    def __init__(self, here: Node, there: Node, rng: random.Random) -> None:
        salt = rng.randbytes(32)
        self.nodes = (here, there)
        self.frame = 1 << 17
        self.sessions = (
            here.session(there.device, salt, frame=self.frame),
            there.session(here.device, salt, frame=self.frame),
        )
        self.queues: tuple[tuple[deque[Outgoing], ...], ...] = ((deque(), deque()),) * 2
        self.queues = ((deque(), deque()), (deque(), deque()))
        self.wire = 0

    @property
    def over(self) -> bool:
        return all(session.over for session in self.sessions) and not any(
            queue for side in self.queues for queue in side
        )

    def step(self, rng: random.Random) -> bool:
        """Say or deliver one message of one side; False if there was nothing to do."""
        moves = [(side, what) for side in (0, 1) for what in ("say", "hear")]
        rng.shuffle(moves)
        return any(self.say(side) if what == "say" else self.hear(side) for side, what in moves)

    def say(self, side: int) -> bool:
        message = self.sessions[side].next_message()
        if message is None:
            return False
        self.wire += wire(message)
        self.queues[side][not message.urgent].append(message)
        return True

    def hear(self, side: int) -> bool:
        for queue in self.queues[1 - side]:
            if queue:
                message = queue.popleft()
                self.sessions[side].receive(message.type, message.body)
                return True
        return False


@contextmanager
def nodes(folder: Path, *names: str) -> Iterator[list[Node]]:
    folder.mkdir(parents=True, exist_ok=True)
    made = [Node(folder, name) for name in names]
    try:
        yield made
    finally:
        for node in made:
            node.store.close()


__all__ = [
    "BOTH",
    "COMMUNITY",
    "SLOTS",
    "Crash",
    "Link",
    "Node",
    "Talk",
    "converse",
    "drain",
    "nodes",
    "sync",
    "wire",
]
