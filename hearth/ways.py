"""By which way events of the lane `emergency` came here: from which device, or by which carrier.

A note covers the events that one peer, or one bundle, brought in one transaction, and is written in
it; notes that follow each other and name the same are one. Own events are in none of them.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final

from hearth.store import cbor, database

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.store import Store

_KEY: Final = "ways"
_MAX_NOTES: Final = 400
"""Of more, the older are forgotten."""
_PEER: Final = 8
"""Bytes by which a device is named; a carrier as in receipts (`hearth.chat.receipt_codec`)."""


def note(tx: Transaction, first: int, last: int, peer: bytes) -> None:
    """Note who brought the events with these arrival numbers, both inclusive."""
    held = database.value(tx.connection, "SELECT value FROM meta WHERE key = ?", _KEY)
    notes = _decode(held)
    peer = peer[:_PEER]
    if notes and notes[-1][2] == peer and notes[-1][1] == first - 1:
        first = notes.pop()[0]
    notes.append((first, last, peer))
    tx.set_meta(_KEY, cbor.encode([item for each in notes[-_MAX_NOTES:] for item in each]))


class Ways:
    """The notes of a store, read once."""

    def __init__(self, store: Store) -> None:
        self._notes = _decode(store.meta(_KEY))

    def of(self, arrival: int) -> bytes | None:
        """The first bytes of the device that brought an event, or what stands for a carrier; None
        where nobody did, or it was forgotten."""
        place = bisect_left(self._notes, arrival, key=lambda each: each[1])
        if place < len(self._notes) and self._notes[place][0] <= arrival:
            return self._notes[place][2]
        return None


def _decode(data: object) -> list[tuple[int, int, bytes]]:
    try:
        value: Any = cbor.decode(data) if isinstance(data, bytes) else []
        return list(zip(value[::3], value[1::3], value[2::3], strict=True))
    except (cbor.CborError, TypeError, ValueError):
        return []
