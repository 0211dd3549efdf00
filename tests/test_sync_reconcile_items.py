"""The two storages are one and the same set, and say the sums that the ids have."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings, strategies as st
from reconcile_kit import Items, SortedItems, id_of, items_of

from hearth.sync.errors import MisuseError
from hearth.sync.fingerprints import (
    INFINITY,
    MODULUS,
    START,
    Bound,
    Item,
    Storage,
    fingerprint,
    sum_of_ids,
)
from hearth.sync.negentropy_message import before, between
from hearth.sync.paged_items import PAGE, PagedItems

HIGHEST = 2**64 - 2
ids = st.binary(min_size=32, max_size=32) | st.binary(max_size=2).map(lambda b: b.ljust(32, b"\0"))
items = st.builds(Item, st.integers(0, 5) | st.integers(0, HIGHEST), ids)
sets = st.lists(items, unique=True, max_size=400)
bounds = st.builds(Bound, st.integers(0, 6), st.binary(max_size=32).map(lambda b: b.rstrip(b"\0")))


def plain_sum(chosen: Items) -> int:
    return sum(int.from_bytes(item.id, "little") for item in chosen) % MODULUS


def same(storage: Storage, held: Items) -> None:
    """A storage says of every place what a sorted list of items says."""
    assert len(storage) == len(held)
    assert [storage.item(at) for at in range(len(held))] == held
    for at in range(0, len(held) + 1, 7):
        assert storage.sum_before(at) == plain_sum(held[:at])
        assert storage.ids(at, len(held)) == b"".join(item.id for item in held[at:])
        assert storage.ids(at, at) == b""
    for at, item in enumerate(held):
        assert storage.lower_bound(before(item)) == at
    assert storage.lower_bound(START) == 0
    assert storage.lower_bound(INFINITY) == len(held)


@settings(deadline=None)
@given(sets, st.lists(bounds, max_size=20))
def test_both_storages_against_a_list(chosen: Items, asked: list[Bound]) -> None:
    held = sorted(chosen)
    for storage in (SortedItems(chosen), PagedItems(held)):
        same(storage, held)
        for bound in asked:
            expected = sum((item.timestamp, item.id) < bound for item in held)
            assert storage.lower_bound(bound) == expected


@pytest.mark.parametrize("size", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 5 * PAGE])
def test_pages_are_full(size: int) -> None:
    held = items_of([(0, size, 0, 3)])
    storage = PagedItems(sorted(held))
    same(storage, sorted(held))
    assert len(storage._pages) == -(-size // PAGE)


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000])
def test_a_sum_is_the_sum(count: int) -> None:
    """Also where everything that can carry carries."""
    for each in (b"\xff" * 32, b"\xff" * 31 + b"\0", b"\0" * 31 + b"\x80"):
        chosen = [Item(0, each)] * count
        assert sum_of_ids(each * count) == plain_sum(chosen)
    chosen = items_of([(0, count, 0, 1)])
    assert sum_of_ids(b"".join(item.id for item in chosen)) == plain_sum(chosen)


def test_fingerprints_of_the_specification() -> None:
    """SHA-256 of sum and count, by hand."""
    from hashlib import sha256

    assert fingerprint(0, 0) == sha256(bytes(32) + b"\0").digest()[:16]
    assert fingerprint(MODULUS + 1, 128) == sha256(b"\1" + bytes(31) + b"\x81\0").digest()[:16]
    assert fingerprint(-1, 300) == sha256(b"\xff" * 32 + b"\x82\x2c").digest()[:16]


@given(items, items)
def test_a_bound_between_two_items_divides_them(one: Item, other: Item) -> None:
    """And no shorter one does."""
    if one == other:
        return
    first, second = sorted((one, other))
    bound = between(first, second)
    assert first < bound <= second
    if bound.prefix:
        shorter = Bound(bound.timestamp, bound.prefix[:-1].rstrip(b"\0"))
        assert shorter <= first


class TestWhatIsNoSet:
    @pytest.mark.parametrize("timestamp", [-1, HIGHEST + 1])
    def test_a_timestamp_that_none_has(self, timestamp: int) -> None:
        with pytest.raises(MisuseError):
            PagedItems([Item(timestamp, id_of(1))])
        assert len(PagedItems([Item(0, id_of(1)), Item(HIGHEST, id_of(1))])) == 2

    @pytest.mark.parametrize("size", [0, 31, 33])
    def test_an_id_of_another_length(self, size: int) -> None:
        with pytest.raises(MisuseError):
            PagedItems([Item(0, id_of(0)), Item(1, bytes(size)), Item(2, id_of(2))])

    def test_an_item_twice(self) -> None:
        with pytest.raises(MisuseError):
            PagedItems([Item(0, id_of(1)), Item(0, id_of(1))])


def test_pages_from_items_out_of_order() -> None:
    """Within a page, and from one page to the next."""
    held = items_of([(0, 2 * PAGE, 0, 1)])
    for at in (0, 1, PAGE - 1, 2 * PAGE - 2):
        swapped = list(held)
        swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
        with pytest.raises(MisuseError):
            PagedItems(swapped)


def test_memory_of_a_page() -> None:
    """48 MiB for a million items, of which 38 are the items themselves."""
    count = 20_000
    held = items_of([(0, count, 0, 1)])
    tracemalloc.start()
    try:
        storage = PagedItems(held)
        storage.sum_before(count)
        packed = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert packed < count * 48 * 2**20 / 1_000_000
