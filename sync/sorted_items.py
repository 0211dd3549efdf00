"""A set of items in plain lists: for sets of up to some ten thousand.

About 250 bytes an item. The sums of all beginnings are kept, so a fingerprint costs two look-ups.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate, pairwise

from hearth.sync.errors import MisuseError
from hearth.sync.fingerprints import ID_SIZE, MAX_TIMESTAMP, MODULUS, Bound, Item


def check_item(timestamp: int, id: bytes) -> None:
    """Raises MisuseError for what can be no item."""
    if not 0 <= timestamp <= MAX_TIMESTAMP or len(id) != ID_SIZE:
        raise MisuseError(f"not an item: timestamp {timestamp}, id of {len(id)} bytes")


class SortedItems:
    """A `Storage` that never changes, made from items in any order.

    Raises MisuseError for what is no item, and for an item given twice.
    """

    __slots__ = ("_items", "_sums")

    def __init__(self, items: Iterable[tuple[int, bytes]] = ()) -> None:
        self._items = [Item(timestamp, bytes(id)) for timestamp, id in items]
        self._items.sort()
        for item in self._items:
            check_item(*item)
        if any(one == other for one, other in pairwise(self._items)):
            raise MisuseError("an item twice in one set")
        numbers = (int.from_bytes(item.id, "little") for item in self._items)
        self._sums = list(accumulate(numbers, lambda a, b: (a + b) % MODULUS, initial=0))

    def __len__(self) -> int:
        return len(self._items)

    def item(self, index: int) -> Item:
        return self._items[index]

    def ids(self, begin: int, end: int) -> bytes:
        return b"".join(item.id for item in self._items[begin:end])

    def sum_before(self, index: int) -> int:
        return self._sums[index]

    def lower_bound(self, bound: Bound) -> int:
        return bisect_left(self._items, bound)
