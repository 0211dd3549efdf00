"""What is known of how far somebody holds a community: the level of whoever was read last is kept.

So what is written for them leaves that out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from hearth import spans
from hearth.bundles.front import Front, read
from hearth.bundles.level import Level
from hearth.store import cbor, database
from hearth.store.header import Lane
from hearth.sync.bundle import Header, Type
from hearth.sync.packing import PeerError

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.store import Store
    from hearth.sync.replica import Replica

_LEVEL: Final = "bundle level "
_KEPT: Final = 4 << 20
"""Bytes of a level that are kept; none of one that has more."""
OF_THE_BUNDLE: Final = frozenset((Type.LIST, Type.BRINGS, Type.READERS))
"""Records of the front that say what is in the bundle, and nothing of how far its author is."""


def level_of(header: Header, front: Front) -> Level | None:
    """The level of a bundle's author, as far as it can be kept; None if there is none."""
    if sum(len(body) for _, body in front) > _KEPT:
        return None
    try:
        return read(header, front)
    except PeerError:
        return None


def keep(
    tx: Transaction,
    replica: Replica,
    header: Header,
    community: bytes,
    front: Front,
    level: Level,
) -> None:
    """Remember the level of a bundle's author, as what is known of them now.

    Not if it is older than what is known, by its author's clock, and says nothing more: clocks go
    back where there is no battery.
    """
    before = _kept(tx.connection, header.device, community)
    older = before is not None and header.created < before.created
    if before is not None and older and not _is_further(replica, community, level, before):
        return
    value = cbor.encode(
        [
            1,
            header.created,
            header.salt,
            [[int(type), body] for type, body in front],
        ],
        max_size=2 * _KEPT,
    )
    tx.set_meta(_key(header.device, community), value)


def ours_until(
    store: Store, replica: Replica, community: bytes, device: bytes, level: Level
) -> int:
    """Up to where in the log the author of a level has all that a device of ours has said."""
    lacking = [
        (run.number, *span)
        for lane in Lane
        for chain in replica.chains(community, lane)
        if chain.device == device
        for held in [level.held(replica, lane, chain)]
        for run in chain.runs
        for span in spans.without((run.first, run.last), held.get(run.number, []))
    ]
    find = "SELECT min(arrival) FROM events WHERE run = ? AND sequence BETWEEN ? AND ?"
    with database.translated():
        arrivals = [database.value(store.connection, find, *each) for each in lacking]
    return min(arrivals, default=replica.arrival() + 1) - 1


def _is_further(replica: Replica, community: bytes, after: Level, before: Level) -> bool:
    """Whether one level has anything that another has not, of what is here."""
    for lane in Lane:
        for chain in replica.chains(community, lane):
            held = before.held(replica, lane, chain)
            for run, found in after.held(replica, lane, chain).items():
                if any(spans.without(span, held.get(run, [])) for span in found):
                    return True
    return any(after.has(slot) and not before.has(slot) for slot in replica.slots(community))


def known(store: Store, device: bytes, community: bytes) -> Level | None:
    """What was last read of a device's level in a community."""
    return _kept(store.connection, device, community)


def _kept(connection: apsw.Connection, device: bytes, community: bytes) -> Level | None:
    with database.translated():
        data = database.value(
            connection, "SELECT value FROM meta WHERE key = ?", _key(device, community)
        )
    if not isinstance(data, bytes):
        return None
    try:
        match cbor.decode(data, max_size=2 * _KEPT, max_items=2000):
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


def forget(store: Store, members: Collection[tuple[bytes, bytes]]) -> None:
    """Keep no levels but of these (device, community)."""
    with database.translated():
        sql = "SELECT key FROM meta WHERE key > ? AND key < ?"
        kept = [key for (key,) in database.rows(store.connection, sql, _LEVEL, _LEVEL + "g")]
    gone = {*kept}.difference(_key(*each) for each in members)
    if gone:
        with store.batch() as batch, batch.transaction() as tx:
            for key in gone:
                tx.drop_meta(key)


def _key(device: bytes, community: bytes) -> str:
    return f"{_LEVEL}{device.hex()} {community.hex()}"
