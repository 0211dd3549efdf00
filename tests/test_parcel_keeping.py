"""What a carrier holds for strangers: how much, from whom, until when, and what gives way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from parcel_kit import EXPIRES, TAG, TODAY, opened, to_bob
from store_kit import NOW, new_store
from test_corpora_room import Room
from weeks_kit import street, tend

from hearth.store import budget, parcels
from hearth.store.database import rows
from hearth.store.manifest import TooLargeError
from hearth.store.parcels import OVERHEAD, Answer, Limits, Shelf, Usage
from hearth.store.store import Store
from hearth.sync.parcel_label import BACK, MAX_LIFE, device_mailbox, expiry, read, tag, tags
from hearth.sync.parcel_open import unseal

ADA, BEN, STRANGERS = b"a" * 32, b"b" * 32, b"strangers"
SIZE = 1000
YEAR = 365 * 86_400
TAKES = SIZE + OVERHEAD


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_store(tmp_path) as store:
        yield store


def some(number: int, size: int = SIZE) -> bytes:
    return random.Random(number).randbytes(size)


def keep(
    store: Store,
    data: bytes,
    source: bytes = ADA,
    expires: int = EXPIRES,
    limits: Limits | None = None,
    today: int | None = None,
) -> Answer:
    with store.batch() as batch, batch.transaction() as tx:
        return Shelf(store, tx, limits, today).keep(data, source, TAG, expires)


def held(store: Store) -> list[bytes]:
    return [data for (data,) in rows(store.connection, "SELECT data FROM parcels ORDER BY number")]


class TestHolding:
    def test_a_parcel_lies_under_its_tag_until_it_is_fetched_and_after(self, store: Store) -> None:
        mailbox, parcel = device_mailbox(b"s" * 32, b"r" * 32), to_bob(b"bread")
        label = read(parcel)
        with store.batch() as batch, batch.transaction() as tx:
            shelf = Shelf(store, tx)
            assert shelf.keep(parcel, ADA, label.tag, label.expires) is Answer.KEPT
            assert shelf.keep(some(1), ADA, tag(mailbox, TODAY), EXPIRES) is Answer.KEPT
        for _ in range(2):
            (found,) = parcels.under(store.connection, [bytes(16), TAG])
            assert (found.length, found.expires) == (len(parcel), EXPIRES)
            data = parcels.read(store.connection, found.id)
            assert data is not None
            assert opened(data).frames == [b"bread"]
        assert len(parcels.under(store.connection, tags(mailbox, NOW))) == 1
        assert parcels.under(store.connection, []) == []
        assert parcels.read(store.connection, bytes(32)) is None

    def test_under_one_tag_they_come_in_the_order_in_which_they_came(self, store: Store) -> None:
        made = [some(n) for n in range(20)]
        for data in made:
            keep(store, data)
        found = parcels.under(store.connection, [TAG])
        assert [each.id for each in found] == [blake3(data).digest() for data in made]
        assert parcels.usage(store.connection) == Usage(20, 20 * TAKES)

    def test_the_same_parcel_is_held_once_whoever_brings_it(self, store: Store) -> None:
        assert keep(store, some(1), ADA) is Answer.KEPT
        assert keep(store, some(1), ADA) is Answer.HELD
        assert keep(store, some(1), BEN) is Answer.HELD
        assert parcels.usage(store.connection) == Usage(1, TAKES)

    def test_a_sender_s_clock_may_be_wrong_by_as_much_as_the_window_bears(
        self, store: Store
    ) -> None:
        mailbox = device_mailbox(b"s" * 32, b"r" * 32)
        for apart in (-BACK - 1, -BACK, 0, 14, 15):
            with store.batch() as batch, batch.transaction() as tx:
                mark = tag(mailbox, TODAY + apart)
                Shelf(store, tx).keep(some(apart + 500), ADA, mark, EXPIRES)
        assert len(parcels.under(store.connection, tags(mailbox, NOW))) == 3

    def test_it_survives_being_closed(self, tmp_path: Path) -> None:
        with new_store(tmp_path) as store:
            keep(store, some(1))
            path = store.path
        with Store.open(path) as store:
            assert held(store) == [some(1)]
        with Store.open(path, read_only=True) as store:
            assert len(parcels.under(store.connection, [TAG])) == 1

    def test_what_is_carried_cannot_be_read_with_all_that_the_carrier_has(
        self, store: Store
    ) -> None:
        from parcel_kit import CAROL, KEY

        parcel = to_bob(b"the key is under the flower pot")
        keep(store, parcel)
        for path in store.path.rglob("*"):
            if path.is_file():
                assert b"flower pot" not in path.read_bytes()
        with pytest.raises(Exception, match="for others"):
            unseal(held(store)[0], [CAROL], [KEY])


class TestLimits:
    LIMITS = Limits(parcel=2000, source=4 * TAKES, total=6 * TAKES)

    @pytest.mark.parametrize("size", [1999, 2000])
    def test_the_largest_parcel(self, store: Store, size: int) -> None:
        assert keep(store, some(1, size), limits=self.LIMITS) is Answer.KEPT

    def test_a_parcel_that_is_too_large(self, store: Store) -> None:
        with pytest.raises(TooLargeError):
            keep(store, some(1, 2001), limits=self.LIMITS)
        assert held(store) == []

    def test_by_default_a_mebibyte(self, store: Store) -> None:
        assert keep(store, bytes(1 << 20)) is Answer.KEPT
        with pytest.raises(TooLargeError):
            keep(store, bytes((1 << 20) + 1))

    def test_a_source_at_its_quota_gives_way_to_itself(self, store: Store) -> None:
        for n in range(4):
            assert keep(store, some(n), limits=self.LIMITS) is Answer.KEPT
        assert len(held(store)) == 4
        assert keep(store, some(4), limits=self.LIMITS) is Answer.KEPT
        assert held(store) == [some(n) for n in (1, 2, 3, 4)]

    def test_a_byte_below_the_quota_and_a_byte_above(self, store: Store) -> None:
        for n in range(3):
            keep(store, some(n), limits=self.LIMITS)
        assert keep(store, some(3, SIZE - 1), limits=self.LIMITS) is Answer.KEPT
        assert len(held(store)) == 4
        keep(store, some(4, SIZE), limits=self.LIMITS)  # drives out the first
        keep(store, some(5, SIZE + 2), limits=self.LIMITS)  # and the second and third: a byte more
        assert held(store) == [some(3, SIZE - 1), some(4, SIZE), some(5, SIZE + 2)]

    def test_what_expires_soonest_gives_way_and_that_may_be_the_new_one(self, store: Store) -> None:
        for n, expires in enumerate((30, 20, 40, 20)):
            keep(store, some(n), expires=EXPIRES + expires, limits=self.LIMITS)
        answer = keep(store, some(4), expires=EXPIRES + 19, limits=self.LIMITS)
        assert answer is Answer.NO_ROOM
        assert held(store) == [some(n) for n in (0, 1, 2, 3)]
        keep(store, some(5), expires=EXPIRES + 20, limits=self.LIMITS)
        assert held(store) == [some(n) for n in (0, 2, 3, 5)]
        keep(store, some(6), expires=EXPIRES + 25, limits=self.LIMITS)
        assert held(store) == [some(n) for n in (0, 2, 5, 6)]

    def test_more_than_the_quota_at_once(self, store: Store) -> None:
        limits = Limits(parcel=2000, source=1999 + OVERHEAD, total=6 * TAKES)
        keep(store, some(1), limits=limits)
        assert keep(store, some(2, 2000), limits=limits) is Answer.NO_ROOM
        assert held(store) == [some(1)]
        assert keep(store, some(3, 1999), limits=limits) is Answer.KEPT
        assert held(store) == [some(3, 1999)]

    def test_of_all_together_the_greatest_gives_way(self, store: Store) -> None:
        for n in range(4):
            keep(store, some(n), ADA, limits=self.LIMITS)
        for n in range(4, 6):
            keep(store, some(n), BEN, limits=self.LIMITS)
        assert len(held(store)) == 6
        keep(store, some(6), STRANGERS, limits=self.LIMITS)
        assert held(store) == [some(n) for n in (1, 2, 3, 4, 5, 6)]

    def test_of_equals_the_newcomer_s_own_gives_way(self, store: Store) -> None:
        for n, source in enumerate((ADA, ADA, ADA, BEN, BEN, STRANGERS)):
            keep(store, some(n), source, limits=self.LIMITS)
        keep(store, some(6), BEN, limits=self.LIMITS)
        assert held(store) == [some(n) for n in (0, 1, 2, 4, 5, 6)]

    def test_a_flood_of_strangers_drives_out_no_member_s_parcels(self, store: Store) -> None:
        for n in range(2):
            keep(store, some(n), ADA, expires=EXPIRES, limits=self.LIMITS)
            keep(store, some(n + 2), BEN, expires=EXPIRES, limits=self.LIMITS)
        for n in range(10, 60):
            keep(store, some(n), STRANGERS, expires=EXPIRES + 60, limits=self.LIMITS)
        assert held(store)[:4] == [some(0), some(2), some(1), some(3)]
        assert len(held(store)) == 6

    def test_nothing_gives_way_to_what_is_not_kept(self, store: Store) -> None:
        """The newcomer would be the greatest in the end: others' parcels are not touched."""
        limits = Limits(parcel=5 * TAKES, source=6 * TAKES, total=6 * TAKES)
        for n in range(3):
            keep(store, some(n), ADA, limits=limits)
            keep(store, some(n + 10), BEN, limits=limits)
        before = held(store)
        assert keep(store, some(99, 5 * TAKES - 100), STRANGERS, limits=limits) is Answer.NO_ROOM
        assert held(store) == before


class TestDays:
    def test_expired_by_a_day(self, store: Store) -> None:
        assert keep(store, some(1), expires=TODAY, today=TODAY) is Answer.KEPT
        assert keep(store, some(2), expires=TODAY - 1, today=TODAY) is Answer.EXPIRED
        assert keep(store, some(3), expires=TODAY - 1) is Answer.KEPT  # who knows what day it is

    def test_a_day_that_is_far_off_is_no_reason_to_refuse(self, store: Store) -> None:
        """A clock that others bear out is late where they are silent, or this one is."""
        assert keep(store, some(1), expires=0xFFFF, today=0) is Answer.KEPT
        assert keep(store, some(2), expires=expiry(NOW, MAX_LIFE), today=0) is Answer.KEPT

    def test_without_a_clock_that_others_bear_out_nothing_is_erased(self, store: Store) -> None:
        keep(store, some(1), expires=1)
        keep(store, some(2), expires=TODAY - 1)
        with store.batch() as batch, batch.transaction() as tx:
            assert Shelf(store, tx).clear() == 0
        assert len(held(store)) == 2

    def test_with_one_what_is_over_goes(self, store: Store) -> None:
        for n, expires in enumerate((1, TODAY - 1, TODAY, TODAY + 1)):
            keep(store, some(n), expires=expires)
        with store.batch() as batch, batch.transaction() as tx:
            shelf = Shelf(store, tx, today=TODAY)
            assert shelf.clear() == 2
            assert shelf.clear() == 0
            assert shelf.keep(some(9), ADA, TAG, TODAY) is Answer.KEPT
        assert held(store) == [some(2), some(3), some(9)]

    def test_whoever_tends_a_hearth_lets_go_of_them(self, tmp_path: Path) -> None:
        """By two others' clocks and its own together; not by its own, nor among two."""
        for names, own_clock, left in (
            (("ada", "otto", "eve"), 0, 2),
            (("ada", "otto", "eve"), 10 * YEAR, 2),
            (("ada", "otto", "eve"), -10 * YEAR, 3),
            (("ada", "otto"), 0, 3),
        ):
            folder = tmp_path / f"{len(names)} {own_clock}"
            folder.mkdir()
            with street(folder, *names) as some_street:
                ada, *others = some_street.everybody
                store = ada.home.store
                for n, apart in enumerate((-1, 0, 20)):
                    keep(store, some(n), expires=TODAY + apart)
                some_street.at(NOW, *others)
                some_street.chatter()
                some_street.at(NOW + own_clock, ada)
                tend(ada)
                assert len(held(store)) == left
                tend(ada)
                assert len(held(store)) == left


class TestBudget:
    def test_parcels_are_shed_first_and_only_as_many_as_it_takes(self, store: Store) -> None:
        with store.batch() as batch:
            loose = batch.put(some(100, 60_000))
            with batch.transaction():
                pass
        for n in range(40):
            keep(store, some(n, 10_000), (ADA, BEN)[n % 2])
        store.budget = budget.usage(store).total
        freed = budget.make_room(store, 50_000, now=NOW)
        assert 50_000 <= freed < 100_000
        assert 30 <= len(held(store)) < 36
        assert held(store)[-1] == some(39, 10_000)
        assert store.has(loose)
        store.put(some(101, 50_000))

    def test_when_there_are_none_left_the_rest_follows(self, store: Store) -> None:
        with store.batch() as batch:
            loose = batch.put(some(100, 60_000))
            with batch.transaction():
                pass
        keep(store, some(1, 10_000))
        store.budget = budget.usage(store).total
        assert budget.make_room(store, 50_000, now=NOW) >= 50_000
        assert held(store) == []
        assert not store.has(loose)

    def test_nothing_is_shed_while_there_is_room(self, store: Store) -> None:
        keep(store, some(1, 10_000))
        assert budget.make_room(store, 1 << 40, now=NOW) == 0
        store.budget = budget.usage(store).total + 1000
        assert budget.make_room(store, 1000, now=NOW) == 0
        assert len(held(store)) == 1

    def test_over_the_budget_nothing_is_carried_but_in_place_of_parcels(self, store: Store) -> None:
        store.budget = budget.usage(store).total
        assert keep(store, some(1)) is Answer.NO_ROOM
        store.budget += 4 * TAKES
        for n in range(10):
            assert keep(store, some(n)) is Answer.KEPT
        assert 1 <= len(held(store)) <= 4
        assert held(store)[-1] == some(9)

    def test_corpora_of_others_are_kept_as_long_as_there_are_parcels(self, tmp_path: Path) -> None:
        room = Room(tmp_path)
        store = room.bob.home.store
        for n in range(20):
            keep(store, some(n, 20_000))
        made = room.make(100_000)
        assert made.given_up == (0, 0, 0)
        assert made.freed >= 100_000
        assert 0 < len(held(store)) < 20


class Keeping(RuleBasedStateMachine):
    """Against a model: whatever comes, quotas hold, and the small are not driven out by the big."""

    LIMITS = Limits(parcel=3000, source=8000, total=14_000)

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.context = new_store(Path(self.folder.name))
        self.store = self.context.__enter__()
        self.model: dict[bytes, tuple[bytes, int, int]] = {}
        self.number = 0

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.__exit__(None, None, None)
            self.folder.cleanup()

    @rule(
        source=st.sampled_from((ADA, BEN, STRANGERS)),
        size=st.integers(8, 3000),
        life=st.integers(-2, 5),
    )
    def bring(self, source: bytes, size: int, life: int) -> None:
        self.number += 1
        data = some(self.number, size)
        before = dict(self.model)
        answer = keep(self.store, data, source, TODAY + life, self.LIMITS, TODAY)
        assert (answer is Answer.EXPIRED) == (life < 0)
        here = set(held(self.store))
        self.model[data] = (source, TODAY + life, self.number)
        gone = set(self.model) - here
        if answer is not Answer.KEPT:
            assert gone == {data}
            assert here == set(before)
        for each in gone - {data}:
            assert self.model[each][0] == source or self.taken(before, self.model[each][0]) >= (
                self.taken(self.model, source) - sum(len(g) + OVERHEAD for g in gone)
            )
        for each in gone:  # of its source nothing stays that should have gone before it
            own, expires, number = self.model[each]
            if answer is Answer.EXPIRED:
                continue
            for other in here:
                theirs = self.model[other]
                assert theirs[0] != own or theirs[1:] > (expires, number) or each == data
        for each in gone:
            del self.model[each]

    @precondition(lambda self: len(self.model) > 3)
    @rule(days=st.integers(0, 3))
    def days_pass(self, days: int) -> None:
        with self.store.batch() as batch, batch.transaction() as tx:
            shelf = Shelf(self.store, tx, self.LIMITS, TODAY + days)
            old = {each for each, (_, last, _) in self.model.items() if last < TODAY + days}
            assert shelf.clear() == len(old)
        for each in old:
            del self.model[each]

    @precondition(lambda self: len(self.model) > 3)
    @rule(wanted=st.integers(1, 4000))
    def room_is_needed(self, wanted: int) -> None:
        before = sum(len(each) + OVERHEAD for each in self.model)
        freed = parcels.shed(self.store, wanted)
        here = set(held(self.store))
        assert freed >= min(wanted, before)
        assert freed - wanted < 3000 + OVERHEAD
        for each in set(self.model) - here:
            del self.model[each]

    @staticmethod
    def taken(model: dict[bytes, tuple[bytes, int, int]], source: bytes) -> int:
        return sum(len(each) + OVERHEAD for each, row in model.items() if row[0] == source)

    @invariant()
    def the_quotas_hold(self) -> None:
        if not hasattr(self, "store"):
            return
        assert set(held(self.store)) == set(self.model)
        total = parcels.usage(self.store.connection).taken
        assert total == sum(len(each) + OVERHEAD for each in self.model) <= self.LIMITS.total
        for source in (ADA, BEN, STRANGERS):
            assert self.taken(self.model, source) <= self.LIMITS.source


TestKeeping = Keeping.TestCase
TestKeeping.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
