"""A node of the simulator: a real store on disk, a device, and a process that can die.

What a node has been told is durable (an event of its own appended, one of others taken in) is
*held*, and must be there after every power cut. A device whose chain has forked goes on as a new
one, as a person would have it do.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from log_kit import COMMUNITY, WALL, Device, transaction
from sim_disk import FrailSeam, after_cut, frail
from sim_world import SECOND, World
from store_kit import SeamDisk

from hearth.store import database
from hearth.store.appending import OwnChainError
from hearth.store.erasures import ERASED
from hearth.store.errors import HearthError, NoSpaceError
from hearth.store.event import event_id
from hearth.store.header import Lane, scan
from hearth.store.incoming import Incoming
from hearth.store.store import Store
from hearth.sync.messages import What
from hearth.sync.replica import Grant, Taken
from hearth.sync.session import Session
from hearth.sync.store_replica import StoreReplica

OPEN = {COMMUNITY: Grant()}


class Died(Exception):
    """The node's process is gone, in the middle of what it did."""


class SimNode:
    """`clock`: by how many seconds its wall clock is wrong. `frail`: whether its disk can fail."""

    honest = True
    community = COMMUNITY

    def __init__(
        self, world: World, base: Path, name: str, *, clock: int = 0, frail: bool = True
    ) -> None:
        self.world, self.name, self.clock = world, name, clock
        self.home = base / name.replace(" ", "-")
        self.rng = world.rng(f"node {name}")
        self.signer: Any = Device(f"{world.seed} {name}")
        self.frail = frail
        self.up = True
        self.held: set[bytes] = set()
        self.ledger: set[bytes] = set()
        self.written: list[bytes] = []
        self.on_news: Callable[[SimNode], None] = lambda node: None
        self.crash_in: int | None = None
        self._lives = 0
        self._generation = 0
        self.home.mkdir()
        Store.create(self.path, now=WALL).close()
        (self.path / "reserve").unlink()  # a thousand of them would fill the disk
        self._open()

    @property
    def path(self) -> Path:
        return self.home / str(self._lives)

    @property
    def device(self) -> bytes:
        device: bytes = self.signer.device
        return device

    @property
    def wall(self) -> int:
        return max(0, WALL + self.clock + self.world.now // SECOND)

    def _open(self) -> None:
        self.disk: SeamDisk | None = frail(self.path) if self.frail else None
        self.store = Store.open(self.path, self.disk)

    @property
    def seam(self) -> FrailSeam:
        assert self.disk is not None
        assert isinstance(self.disk.seam, FrailSeam)
        return self.disk.seam

    @property
    def full(self) -> bool:
        """Whether nothing fits on its disk."""
        return self.disk is not None and self.seam.full

    def close(self) -> None:
        with suppress(HearthError):
            self.store.close()
        if self.disk is not None:
            self.disk.__exit__()

    # what may be had, by whom: to be replaced where a community decides

    def access(self, peer: bytes) -> Mapping[bytes, Grant]:
        return OPEN

    def wants(self, community: bytes) -> Iterator[tuple[What, bytes]]:
        """Payloads that never came: a proof of a fork brings its events without them."""
        statement = "SELECT header, signature FROM events WHERE payload IS NULL AND NOT flags & ?"
        for header, signature in database.rows(
            self.store.connection, f"{statement} AND kind", ERASED
        ):
            if scan(header).payload_hash is not None:
                yield What.PAYLOAD, event_id(header, signature)

    def meets(self, peer: SimNode) -> bool:
        """Whether it has anything to do with that device."""
        return True

    def session(self, peer: SimNode, salt: bytes) -> Any:
        return Session(SimReplica(self, peer), salt)

    # writing

    def write(self, lane: Lane = Lane.CHAT, payloads: Sequence[bytes] = (b"x",), **how: Any) -> int:
        """Append events, one commit; how many are durable then: all or, on a full disk, none."""
        for _ in range(2):
            try:
                self.heed_the_future()
                return self._append(lane, payloads, how)
            except OwnChainError:
                self.go_on()
            except NoSpaceError:
                self.world.note(f"{self.name} has no space to write")
                return 0
            except HearthError:
                self.may_have_died()
                raise
        raise AssertionError("a new device has a broken chain")

    def _append(self, lane: Lane, payloads: Sequence[bytes], how: dict[str, Any]) -> int:
        made = []
        kind = how.pop("kind", 128)
        with transaction(self.store) as tx:
            for payload in payloads:
                event = self.store.log.append(
                    tx, self.signer, self.community, lane, kind, payload, wall=self.wall, **how
                )
                made.append(event.id)
        self._committed(made)
        self.written += made
        self.on_news(self)
        return len(made)

    def erase_one(self) -> None:
        """Erase the payload of an event of its own."""
        if self.written:
            with suppress(NoSpaceError, OwnChainError), transaction(self.store) as tx:
                refs = [self.rng.choice(self.written)]
                event = self.store.log.append(
                    tx, self.signer, self.community, Lane.CHAT, 0, None, refs, wall=self.wall
                )
                tx.after_commit(lambda: self._committed([event.id]))
        self.may_have_died()

    def state(self, kind: int, body: bytes) -> None:
        """Say something in a slot."""
        with suppress(NoSpaceError), transaction(self.store) as tx:
            self.store.slots.state(tx, self.signer, self.community, kind, b"", body)
        self.may_have_died()
        self.on_news(self)

    def heed_the_future(self) -> None:
        """Go on as a new device where others have shown us what this one wrote and forgot."""
        if self.store.rebuilt:
            with transaction(self.store) as tx:
                tx.went_on()
            self.go_on()

    def go_on(self) -> None:
        """As a new device."""
        self._generation += 1
        self.signer = self.new_signer(self._generation)
        self.world.note(f"{self.name} goes on as a new device")

    def new_signer(self, generation: int) -> Any:
        return Device(f"{self.world.seed} {self.name} {generation}")

    def _committed(self, ids: Iterable[bytes]) -> None:
        ids = list(ids)
        self.held.update(ids)
        self.ledger.update(ids)

    # dying, and what comes after

    def may_have_died(self) -> None:
        """Raises Died if it has."""
        if self.disk is not None and self.seam.dead:
            raise Died

    def counted(self) -> None:
        """A commit begins or is done: the process may be killed here."""
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                raise Died

    def fall(self) -> None:
        """The process is gone; with the power, if the disk has died too."""
        self.up = False
        self.crash_in = None
        self.close()

    def rise(self) -> None:
        """Start again. Everything held must be there."""
        how = "alive"
        if self.disk is not None and self.seam.dead:
            seam = self.seam
            self._lives += 1
            how = after_cut(seam, self.path, self.rng)
        self._open()
        self.up = True
        found = set(self.ids())
        lost = self.held - found
        self.world.note(f"{self.name} rises ({how}) with {len(found)}")
        assert not lost, f"{self.name} has lost {len(lost)} events (power cut: {how})"
        self.held = found

    def backup(self) -> Path:
        """A copy of the folder as it is on disk once the program has ended."""
        self.close()
        copy = self.home / f"backup-{self.world.now}"
        shutil.copytree(self.path, copy, ignore=shutil.ignore_patterns("*-shm", "reserve"))
        self._open()
        return copy

    def restore(self, copy: Path, *, as_new: bool) -> None:
        """Put a copy of some folder in the place of this one's."""
        self.close()
        self._lives += 1
        shutil.copytree(copy, self.path)
        self._open()
        self.held = set(self.ids())
        self.written = [id for id in self.written if id in self.held]
        if as_new:
            self.go_on()

    def ids(self) -> list[bytes]:
        """All events here, as often as they are here."""
        return sorted(event.id for event in self.store.log.events(self.community))

    def digests(self) -> tuple[bytes, ...]:
        """Equal for two nodes that hold the same events and slots."""
        replica = StoreReplica(self.store, bytes(32), lambda peer: OPEN)
        return tuple(replica.digest(self.community, lane) for lane in range(6))


class SimReplica(StoreReplica):
    """A real replica that tells its node what has become durable, and may be killed."""

    def __init__(self, node: SimNode, peer: SimNode) -> None:
        super().__init__(node.store, peer.device, node.access, node.wants, node.device)
        self._node = node

    def take(self, community: bytes, lane: int, events: Sequence[Incoming]) -> Taken:
        node = self._node
        node.counted()
        taken = super().take(community, lane, events)
        ids = [event.id for event in events]
        if taken.report.refused or taken.foreign:
            ids = [id for id in ids if node.store.log.has(id)]
        node._committed(ids)
        node.counted()
        if taken.report.accepted:
            node.on_news(node)
        return taken

    def take_slots(self, community: bytes, statements: Sequence[tuple[bytes, bytes]]) -> int:
        self._node.counted()
        return super().take_slots(community, statements)

    def remember(self, community: bytes, token: bytes) -> None:
        self._node.counted()
        super().remember(community, token)
        self._node.counted()
