"""Room for what others write: how much of each device, and of a community, is held here.

Emergencies have a purse of their own, so that nobody's chatter or documents keep an alert out;
chat, market and corpus share one. The control lane has no quota: membership follows from it.

What would go over is declined: all that a frame brings of the device, for if it were cut in two,
its first half might prove nothing. What of it is held already counts nothing. Sessions that run
at the same time may go over by what each takes between two countings (`RECOUNT`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from hearth.store import held, queries
from hearth.store.event import SIGNATURE_SIZE
from hearth.store.header import DEVICE, Lane, chain_parts
from hearth.sync.declining import Over, Quota

if TYPE_CHECKING:
    import apsw

    from hearth.store.batch import Transaction
    from hearth.store.incoming import Incoming
    from hearth.sync.replica import Grant

RECOUNT: Final = 16 << 20
"""Bytes taken after which it is counted anew what is held."""
MAX_TOLD: Final = 256
"""Devices of a lane of which the peer is told beforehand that no more is taken."""
_REST: Final = (Lane.CHAT, Lane.MARKET, Lane.CORPUS)
_PURSES: Final[Mapping[int, tuple[Lane, ...]]] = {
    Lane.EMERGENCY: (Lane.EMERGENCY,),
    **dict.fromkeys(_REST, _REST),
}

Purse = tuple[bytes, "bytes | None", tuple[Lane, ...]]
"""A community, a device or (None) all of them, and lanes that are counted together."""
Limits = Mapping[tuple[Purse, Quota], "int | None"]


class Room:
    """What is admitted within one session; the grants say the limits."""

    def __init__(self, grants: Mapping[bytes, Grant]) -> None:
        self._grants = grants
        self._held: dict[Purse, int] = {}
        self._over: dict[Purse, Over] = {}
        self._uncounted: int | None = None

    def admit(
        self, tx: Transaction, community: bytes, lane: int, events: Sequence[Incoming]
    ) -> tuple[Sequence[Incoming], list[Over]]:
        """Those events for which there is room, and the devices for which there is none.

        With the transaction it is remembered whose quota was reached (`known`).
        """
        if lane not in _PURSES:
            return events, []
        groups: dict[bytes, list[Incoming]] = {}
        for event in events:
            groups.setdefault(event.fields.chain, []).append(event)
        coming: Counter[Purse] = Counter()
        found = (
            self._judged(tx, community, lane, chain_parts(name)[1], group, coming)
            for name, group in groups.items()
        )
        over = [each for each in found if each is not None]
        for purse, size in coming.items():
            if purse in self._held:
                self._held[purse] += size
        for device, why, limit in over:
            if why is Quota.DEVICE:
                held.decline(tx, community, held.Declined(device, lane, limit))
        full = {each.device for each in over}
        if not full:
            return events, over
        return [event for event in events if event.header[DEVICE] not in full], over

    def ready(self, tx: Transaction, community: bytes, device: bytes, lane: int) -> None:
        """Count what is held, if a device's events are limited: before some are put into the
        tables for which `fits` is asked afterwards."""
        limits = self._limits(community, device, _PURSES.get(lane, ()))
        for (purse, _), limit in limits.items():
            if limit is not None:
                self._bytes(tx, purse)

    def fits(
        self, tx: Transaction, community: bytes, lane: int, sizes: Mapping[bytes, int]
    ) -> bool:
        """Whether there was room for so many bytes, by device, that have been put into the tables
        since `ready`. If so they count as held from here on."""
        lanes = _PURSES.get(lane, ())
        coming: Counter[Purse] = Counter()
        for device, size in sizes.items() if lanes else ():
            limits = self._limits(community, device, lanes)
            if self._full(tx, limits, coming, size) is not None:
                return False
            coming.update({purse: size for purse, _ in limits})
        for purse, size in coming.items():
            if purse in self._held:
                self._held[purse] += size
        self._took(sum(sizes.values()))
        return True

    def known(self, connection: apsw.Connection, community: bytes, lane: int) -> list[Over]:
        """Devices whose quota was reached in earlier sessions, as long as it is the same quota."""
        lanes = _PURSES.get(lane, ())
        quotas = self._grants[community].quotas
        found = {
            each.device: Over(each.device, Quota.DEVICE, each.over)
            for each in held.declined(connection, community)
            if each.lane in lanes and quotas(each.device).device == each.over
        }
        return list(found.values())[:MAX_TOLD]

    def _judged(
        self,
        tx: Transaction,
        community: bytes,
        lane: int,
        device: bytes,
        events: list[Incoming],
        coming: Counter[Purse],
    ) -> Over | None:
        """Why these events of a device are not admitted; None: they are, and added to `coming`."""
        lanes = _PURSES[lane]
        own: Purse = (community, device, lanes)
        if own in self._over:
            return self._over[own]
        limits = self._limits(community, device, lanes)
        size = sum(map(_size, events))
        full = self._full(tx, limits, coming, size)
        if full is not None:
            self._uncounted = None  # before anything is declined, it is counted to the byte
            size = sum(_more(tx.connection, event) for event in events)
            full = self._full(tx, limits, coming, size) if size else None
        if full is not None:
            self._over[own] = Over(device, *full)
            return self._over[own]
        coming.update({purse: size for purse, _ in limits})
        self._took(size)
        return None

    def _limits(
        self, community: bytes, device: bytes, lanes: tuple[Lane, ...]
    ) -> dict[tuple[Purse, Quota], int | None]:
        """The limits for what a device writes in these lanes."""
        quotas = self._grants[community].quotas(device)
        limits: dict[tuple[Purse, Quota], int | None] = {
            ((community, device, lanes), Quota.DEVICE): quotas.device
        }
        if lanes == _REST:
            limits[(community, None, lanes), Quota.COMMUNITY] = quotas.community
        return limits

    def _full(
        self, tx: Transaction, limits: Limits, coming: Counter[Purse], size: int
    ) -> tuple[Quota, int] | None:
        """The limit that so many bytes more would go over."""
        for (purse, why), limit in limits.items():
            if limit is not None and self._bytes(tx, purse) + coming[purse] + size > limit:
                return why, limit
        return None

    def _took(self, size: int) -> None:
        """So much more is held; where nothing was counted yet, as nobody had a limit, still not."""
        if self._uncounted is not None:
            self._uncounted += size

    def _bytes(self, tx: Transaction, purse: Purse) -> int:
        if self._uncounted is None or self._uncounted > RECOUNT:
            held.count(tx)
            self._held.clear()
            self._uncounted = 0
        if purse not in self._held:
            self._held[purse] = held.of(tx.connection, *purse)
        return self._held[purse]


def _size(event: Incoming) -> int:
    return len(event.header) + SIGNATURE_SIZE + len(event.payload or b"")


def _more(connection: apsw.Connection, event: Incoming) -> int:
    """The bytes that are held more once this event is taken in."""
    known = queries.by_id(connection, event.id)
    if known is None:
        return _size(event)
    fills = known.payload is None and not known.erased
    return len(event.payload or b"") if fills else 0
