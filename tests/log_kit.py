"""Making events by hand, right and wrong ones, with fixed keys."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blake3 import blake3
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from hearth.store import event as events, header as headers
from hearth.store.header import Header, Lane
from hearth.store.import_report import ImportReport
from hearth.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hearth.store.batch import Transaction

Record = tuple[bytes, bytes, bytes | None]
COMMUNITY = bytes(range(32))
WALL = 1_800_000_000


class Device:
    """A signer with a key that depends on its name alone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.device, self._secret = crypto_sign_seed_keypair(blake3(name.encode()).digest())

    def sign(self, message: bytes) -> bytes:
        return bytes(crypto_sign(message, self._secret)[:64])


@dataclass(frozen=True)
class Made:
    """An event made by hand."""

    header: Header
    record: Record
    id: bytes = field(repr=False)

    @property
    def lamport(self) -> int:
        return self.header.lamport


def make(
    signer: Device,
    previous: Made | None = None,
    tick: Made | None = None,
    payload: bytes | None = b"words",
    *,
    signature: bytes | None = None,
    **fields: Any,
) -> Made:
    """An event that continues `previous`, true unless `fields` say otherwise."""
    below = max(previous.lamport if previous else 0, tick.lamport if tick else 0)
    values: dict[str, Any] = {
        "community": previous.header.community if previous else COMMUNITY,
        "device": signer.device,
        "lane": previous.header.lane if previous else Lane.CHAT,
        "sequence": previous.header.sequence + 1 if previous else 1,
        "previous": previous.id if previous else None,
        "lamport": below + 1,
        "tick": tick.id if tick else None,
        "kind": 128,
        "wall": WALL,
        "expiry": 0,
        "payload_hash": None if payload is None else blake3(payload).digest(),
        "payload_length": 0 if payload is None else len(payload),
        "audience": None,
        "acts": (),
        "refs": (),
    }
    if "previous_id" in fields:
        values["previous"] = fields.pop("previous_id")
    header = Header(**{**values, **fields})
    data = headers.encode(header)
    if signature is None:
        signature = signer.sign(events.LABEL + data)
    return Made(header, (data, signature, payload), events.event_id(data, signature))


def chain(signer: Device, length: int, **fields: Any) -> list[Made]:
    """A chain without ticks."""
    made: list[Made] = []
    for number in range(length):
        payload = f"{signer.name} {number}".encode()
        made.append(make(signer, made[-1] if made else None, None, payload, **fields))
    return made


def conversation(count: int) -> list[Made]:
    """So many events of ten devices, each of which ticks on the last one made: payloads of 96
    random hexadecimal digits."""
    rng = random.Random(1)
    devices = [Device(f"device {number}") for number in range(10)]
    tips: dict[int, Made] = {}
    made: list[Made] = []
    for _ in range(count):
        who = rng.randrange(10)
        payload = rng.randbytes(48).hex().encode()
        tick = made[-1] if made and made[-1].header.device != devices[who].device else None
        tips[who] = make(devices[who], tips.get(who), tick, payload, wall=1_800_000_000 + len(made))
        made.append(tips[who])
    return made


@contextmanager
def transaction(store: Store) -> Iterator[Transaction]:
    with store.batch() as batch, batch.transaction() as tx:
        yield tx


def take(store: Store, made: Iterable[Made | Record]) -> ImportReport:
    """Import in one transaction."""
    with transaction(store) as tx:
        return store.log.import_events(
            tx, (each.record if isinstance(each, Made) else each for each in made)
        )


def new_store(path: Path) -> Store:
    return Store.create(path, now=WALL)


def picture(store: Store, communities: Iterable[bytes] = (COMMUNITY,)) -> dict[str, Any]:
    """Everything about a log that must not depend on the order in which events came."""
    log = store.log
    communities = tuple(communities)
    lanes = [(community, lane) for community in communities for lane in Lane]
    return {
        "shown": [
            (event.id, event.payload, event.gap, event.forked, event.erased)
            for event in log.events(order="shown")
        ],
        "frontier": [log.frontier(community) for community in communities],
        "digests": [log.digest(community, lane) for community, lane in lanes],
        "clocks": [log.clock(community, lane) for community, lane in lanes],
        "ticks": sorted(store.connection.execute("SELECT * FROM clocks").fetchall()),
        "heads": [log.heads(community) for community in communities],
        "refs": sorted(log.live_refs()),
    }


class World:
    """A seeded history of some devices: true events, lies, forks, holes, erasures."""

    def __init__(self, seed: int, size: int, devices: int = 4) -> None:
        self.random = random.Random(seed)
        self.devices = [Device(f"device {seed} {number}") for number in range(devices)]
        self.communities = (COMMUNITY, blake3(b"another").digest())
        self.made: list[Made] = []
        self._tips: dict[tuple[int, bytes, int], list[Made]] = {}
        for _ in range(size):
            self._step()

    def _step(self) -> None:
        rng = self.random
        who = rng.randrange(len(self.devices))
        community = self.communities[rng.random() < 0.15]
        lane = rng.choice((Lane.CONTROL, Lane.EMERGENCY, Lane.CHAT, Lane.CHAT, Lane.CORPUS))
        tips = self._tips.setdefault((who, community, lane), [])
        previous = rng.choice(tips) if tips else None
        fields: dict[str, Any] = {"lane": lane, "community": community}
        fate = rng.random()
        near = [made for made in self.made if made.header.community == community]
        tick = rng.choice(near[-12:]) if near and rng.random() < 0.7 else None
        if tick is not None and fate < 0.9 and not self._may_tick(tick, lane):
            tick = None
        if fate < 0.08:
            fields["lamport"] = rng.choice((1, 7, 1000))
        if lane == Lane.CONTROL:
            fields["acts"] = tuple(sorted(self._control_heads(community, previous)))[:64]
        if 0.1 < fate < 0.2 and self.made:
            own = [m for m in self.made if m.header.device == self.devices[who].device]
            picked = rng.sample(own, min(2, len(own)))
            stranger = rng.choice(self.made)
            fields["kind"] = 0
            fields["refs"] = tuple({made.id for made in (*picked, stranger)})
        elif 0.2 < fate < 0.3:
            fields["refs"] = (rng.randbytes(32),)
        junk = rng.randbytes(64) if 0.3 < fate < 0.36 else None
        payload = None if fields.get("kind") == 0 else rng.randbytes(12)
        made = make(self.devices[who], previous, tick, payload, signature=junk, **fields)
        self.made.append(made)
        if previous is not None and rng.random() < 0.9:
            tips.remove(previous)
        tips.append(made)

    def _may_tick(self, tick: Made, lane: int) -> bool:
        return tick.header.lane in {lane, Lane.CONTROL, Lane.EMERGENCY}

    def _control_heads(self, community: bytes, previous: Made | None) -> set[bytes]:
        held = [
            made
            for made in self.made[-20:]
            if made.header.lane == Lane.CONTROL and made.header.community == community
        ]
        named = {id for made in held for id in (*made.header.acts, made.header.previous)}
        heads = {made.id for made in held} - named
        return heads - ({previous.id} if previous else set())
