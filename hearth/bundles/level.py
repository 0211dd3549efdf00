"""How far somebody holds a community, as the front of a bundle states it, and what follows from it.

The front lists, lane by lane, each chain without fork or gap with its length and a tag of its head,
and the slots with their counters; and which objects the author wants. Tags are salted with the
bundle's own salt, so nobody can make two ids with one tag beforehand. It is a hint: what is left
out because of it is only what its author claims to have.

The level of whoever was read last is kept, so that what is written for them leaves that out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearth.store import cbor
from hearth.store.header import Lane
from hearth.sync import messages
from hearth.sync.bundle import Header, Type
from hearth.sync.delta import DEVICE_TAG, Salt
from hearth.sync.messages import MAX_CHAINS, Frontier, Listing
from hearth.sync.packing import PeerError, Reader

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.served import Chain
    from hearth.store.slots import Slot
    from hearth.store.store import Store
    from hearth.sync.replica import Replica

MAX_WANTS: Final = 4096
_KEPT: Final = 4 << 20
"""Bytes of a level that are kept; of more, the wants and then all of it are left out."""
_Front = Iterable[tuple[Type, bytes]]


@dataclass(slots=True)
class Level:
    """What one bundle's front says. `chains`: by lane and tag of a device, length and tag of the
    head; `slots`: by tag, counter and tag of the id."""

    salt: Salt
    created: int
    chains: dict[int, dict[bytes, tuple[int, bytes]]] = field(default_factory=dict)
    slots: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    wants: set[bytes] = field(default_factory=set)
    objects: set[bytes] = field(default_factory=set)
    """Those in the bundle itself."""

    def holds(self, replica: Replica, lane: int, chain: Chain) -> int:
        """How much of a chain of ours its author surely has from the first event on."""
        top = chain.top
        told = self.chains.get(lane, {}).get(self.salt.device(chain.device))
        if told is None or top is None or not chain.plain:
            return 0
        length, head = told
        if length > top.last:
            return top.last
        if length < top.first:
            return 0
        return length if self.salt.id(replica.id_at(top, length)) == head else 0

    def has(self, slot: Slot) -> bool:
        """Whether its author has this slot, or a newer one."""
        told = self.slots.get(_slot_tag(self.salt, slot))
        if told is None:
            return False
        return told[0] > slot.counter or told == (slot.counter, self.salt.id(slot.id))


def state(
    replica: Replica, salt: Salt, community: bytes, wants: Iterable[bytes]
) -> list[tuple[Type, bytes]]:
    """The records of the front that say how far this node holds a community, and what it wants."""
    found: list[tuple[Type, bytes]] = []
    for lane in Lane:
        plain = tuple(
            (salt.device(chain.device), top.last, salt.id(top.head))
            for chain in replica.chains(community, lane)
            if chain.plain and (top := chain.top) is not None
        )
        if plain:
            body = messages.encode(Frontier(0, lane, plain[:MAX_CHAINS], ()))[1]
            found.append((Type.FRONTIER, body))
    slots = tuple(
        (_slot_tag(salt, each), each.counter, salt.id(each.id)) for each in replica.slots(community)
    )
    if slots:
        found.append((Type.LISTING, messages.encode(Listing(0, slots[:MAX_CHAINS]))[1]))
    wanted = b"".join(list(dict.fromkeys(wants))[:MAX_WANTS])
    return [*found, (Type.WANTS, wanted)] if wanted else found


def read(header: Header, front: _Front) -> Level:
    """The level in a bundle's front. Raises PeerError for a record that is none."""
    level = Level(Salt(header.salt), header.created)
    for type, body in front:
        if type is Type.FRONTIER:
            told = messages.decode(messages_type(type), body)
            assert isinstance(told, Frontier)
            level.chains[told.lane] = {tag: (length, head) for tag, length, head in told.plain}
        elif type is Type.LISTING:
            listed = messages.decode(messages_type(type), body)
            assert isinstance(listed, Listing)
            level.slots = {tag: (counter, id) for tag, counter, id in listed.entries}
        elif type is Type.WANTS:
            level.wants = set(ids(body))
        elif type is Type.LIST:
            level.objects = {id for id, _ in listed_objects(body)}
    return level


def messages_type(type: Type) -> int:
    """The type of the session's message that a record's body is."""
    return {
        Type.FRONTIER: 3, Type.LISTING: 4, Type.EVENTS: 5, Type.PROOFS: 6, Type.SLOTS: 7,
    }[type]  # fmt: skip


def ids(body: bytes) -> list[bytes]:
    """Ids one after another. Raises PeerError."""
    if len(body) % 32 or len(body) > 32 * MAX_WANTS:
        raise PeerError("a list of ids that is none")
    return [body[at : at + 32] for at in range(0, len(body), 32)]


def listed_objects(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Ids and lengths of objects. Raises PeerError."""
    reader = Reader(body)
    while reader.left:
        yield reader.fixed(32), reader.number()


# keeping


def keep(tx: Transaction, header: Header, community: bytes, front: _Front) -> None:
    """Remember the level of a bundle's author, as what is known of them now."""
    kept = [(type, body) for type, body in front if type is not Type.LIST]
    if sum(len(body) for _, body in kept) > _KEPT:
        return
    told: list[cbor.Value] = [[int(type), body] for type, body in kept]
    value = cbor.encode([1, header.created, header.salt, told], max_size=2 * _KEPT)
    tx.set_meta(_key(header.device, community), value)


def known(store: Store, device: bytes, community: bytes) -> Level | None:
    """What was last read of a device's level in a community."""
    data = store.meta(_key(device, community))
    if not isinstance(data, bytes):
        return None
    try:
        match cbor.decode(data, max_size=2 * _KEPT, max_items=1000):
            case [1, int(created), bytes(salt), list(told)]:
                header = Header(device, created, salt, b"", ())
                front = [(Type(type), body) for type, body in _pairs(told)]
                return read(header, front)
    except (cbor.CborError, PeerError, ValueError):
        pass
    return None


def _pairs(told: list[cbor.Value]) -> Iterator[tuple[int, bytes]]:
    for each in told:
        match each:
            case [int(type), bytes(body)]:
                yield type, body


def _key(device: bytes, community: bytes) -> str:
    return f"bundle level {device.hex()} {community.hex()}"


def _slot_tag(salt: Salt, slot: Slot) -> bytes:
    return salt.hash(slot.device + slot.kind.to_bytes(4, "big") + slot.name, DEVICE_TAG)


Levels = Mapping[bytes, Level | None]
"""By device, what is known of it; None: nothing."""
