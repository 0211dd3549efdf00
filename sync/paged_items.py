"""A set of items in pages: for sets of up to millions.

A sorted sequence cut into pages of 128 items. A page keeps its timestamps, its ids side by side,
and the sum of its ids. A directory keeps, for every page, how many items come before it and what
their ids add up to.

    pages       [ 128 items | 128 items | 97 items | … ]
    starts      [ 0         | 128       | 256      | … ]
    sums        [ 0         | Σ         | Σ + Σ    | … ]

The sum of the first *n* items is one entry of the directory and the sum of part of a page: at most
64 ids to add. A million items take 42 MiB, of which the items themselves are 38.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise, starmap
from operator import lt
from typing import Final

from hearth.sync.errors import MisuseError
from hearth.sync.fingerprints import ID_SIZE, MAX_TIMESTAMP, MODULUS, Bound, Item, sum_of_ids

PAGE: Final = 128


def _check_item(timestamp: int, id: bytes) -> None:
    """Raises MisuseError for what can be no item."""
    if not 0 <= timestamp <= MAX_TIMESTAMP or len(id) != ID_SIZE:
        raise MisuseError(f"not an item: timestamp {timestamp}, id of {len(id)} bytes")


class _Page:
    """Up to `PAGE` items in a row; never empty."""

    __slots__ = ("ids", "sum", "timestamps")

    def __init__(self, timestamps: Iterable[int], ids: Iterable[bytes]) -> None:
        self.timestamps = array("Q", timestamps)
        self.ids = bytearray().join(ids)
        self.sum = sum_of_ids(self.ids)

    def id(self, index: int) -> bytes:
        return bytes(self.ids[index * ID_SIZE : (index + 1) * ID_SIZE])

    def last(self) -> tuple[int, bytes]:
        return self.timestamps[-1], bytes(self.ids[-ID_SIZE:])

    def place(self, timestamp: int, prefix: bytes) -> int:
        """How many of its items come before a bound or an item."""
        begin = bisect_left(self.timestamps, timestamp)
        if not prefix:
            return begin
        end = bisect_right(self.timestamps, timestamp, begin)
        return bisect_left(range(end), prefix, begin, key=self.id)


class PagedItems:
    """A `Storage` of items that come in ascending order. Cost: below 1 s for a million.

    Raises MisuseError for what is no item, is out of order, or comes twice.
    """

    __slots__ = ("_count", "_pages", "_starts", "_sums")

    def __init__(self, items: Iterable[tuple[int, bytes]]) -> None:
        self._count = total = 0
        self._pages: list[_Page] = []
        self._starts: list[int] = []
        self._sums: list[int] = []
        for page in _packed(items):
            if self._pages and not self._pages[-1].last() < (page.timestamps[0], page.id(0)):
                raise MisuseError("items out of order")
            self._pages.append(page)
            self._starts.append(self._count)
            self._sums.append(total % MODULUS)
            self._count += len(page.timestamps)
            total += page.sum

    def __len__(self) -> int:
        return self._count

    def item(self, index: int) -> Item:
        if not 0 <= index < self._count:
            raise IndexError(index)
        number, within = self._find(index)
        page = self._pages[number]
        return Item(page.timestamps[within], page.id(within))

    def ids(self, begin: int, end: int) -> bytes:
        if begin >= end:
            return b""
        first, skipped = self._find(begin)
        left = (skipped + end - begin) * ID_SIZE
        found = bytearray()
        for page in islice(self._pages, first, None):
            found += page.ids[:left]
            left -= len(page.ids)
            if left <= 0:
                break
        return bytes(found[skipped * ID_SIZE :])

    def sum_before(self, index: int) -> int:
        number, within = self._find(index)
        if not within:
            return self._sums[number] if self._sums else 0
        page = self._pages[number]
        if within * 2 <= len(page.timestamps):
            return (self._sums[number] + sum_of_ids(page.ids[: within * ID_SIZE])) % MODULUS
        rest = page.sum - sum_of_ids(page.ids[within * ID_SIZE :])
        return (self._sums[number] + rest) % MODULUS

    def lower_bound(self, bound: Bound) -> int:
        number = self._page_of(*bound)
        if number == len(self._pages):
            return self._count
        return self._starts[number] + self._pages[number].place(*bound)

    def _page_of(self, timestamp: int, prefix: bytes) -> int:
        """The first page that does not end before a bound or an item."""
        return bisect_left(self._pages, (timestamp, prefix), key=_Page.last)

    def _find(self, index: int) -> tuple[int, int]:
        """(page, place in it) of an index; for that after the last item, the last page's end."""
        number = bisect_right(self._starts, index) - 1
        return number, index - (self._starts[number] if self._starts else 0)


def _packed(items: Iterable[tuple[int, bytes]]) -> Iterator[_Page]:
    """Full pages of items that ascend within each."""
    source = iter(items)
    while run := list(islice(source, PAGE)):
        timestamps, ids = zip(*run, strict=True)
        _check_item(timestamps[0], ids[0])
        _check_item(timestamps[-1], ids[-1])
        if set(map(len, ids)) != {ID_SIZE} or not all(starmap(lt, pairwise(run))):
            raise MisuseError("items out of order, or with ids of another length")
        yield _Page(timestamps, ids)
