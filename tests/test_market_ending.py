"""What becomes of listings after their end: remembered by their title, then gone everywhere."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from market_kit import DAY, Clock, Trader, carry, listing, mix, street
from test_market_hostile import IN_1970, IN_2031, cache_bytes, write

from hearth import kinds, retention
from hearth.market.records import Action
from hearth.market.shapes import Filter
from hearth.market.words import LONGEST
from hearth.store.header import Lane

WORDS = {
    "title": "zwetschgen", "body": "kuchenteig", "terms": "geschenkt", "where": "Muehle",
    "tags": ("obst",), "behalf": "Mrs Green",
}  # fmt: skip


class Lane4(NamedTuple):
    """Four neighbours, one clock, and ada's listing, claimed by bo, accepted with the address."""

    people: list[Trader]
    community: bytes
    clock: Clock
    id: bytes
    claim: bytes


def lane4(folder: Path, long: int = 14 * DAY) -> Lane4:
    clock = Clock()
    people, community = street(folder, "ada", "bo", "cy", "di", clock=clock)
    ada, bo, *_ = people
    id = ada.post(community, until=clock.now + long, exact="Kippenheim 7", **WORDS)
    mix(people, community)
    claim = bo.claim(id)
    mix(people, community)
    ada.accept(claim)
    mix(people, community)
    clock.now += 3600
    for each in people:
        each.item(id)  # when it came is noted
    return Lane4(people, community, clock, id, claim)


def weeks(case: Lane4, count: int, policy: dict[Lane, int] | None = None) -> Counter[Lane]:
    """Weeks in which everybody writes, meets the others, and tends their hearth."""
    total = Counter[Lane]()
    for _ in range(count):
        case.clock.now += 7 * DAY
        for each in case.people:
            each.say(case.community, "hello")
        mix(case.people, case.community)
        for each in case.people:
            steps = retention.tend(each.home, each.node.commons, policy or {}, case.clock())
            total += sum(steps, Counter())
    return total


def test_after_its_end_the_title_is_left_for_thirty_days(tmp_path: Path) -> None:
    case = lane4(tmp_path)
    ada, bo, cy, _ = case.people
    end = case.clock.now - 3600 + 14 * DAY
    for late, shown in ((-1, "reserved"), (0, "expired"), (30 * DAY - 1, "expired")):
        case.clock.now = end + late
        for each in (bo, cy):
            item = each.item(case.id)
            assert (item.title, item.standing) == ("zwetschgen", shown)
            told = (item.place, item.record.body, item.record.terms, item.record.tags)
            assert (told == ("Muehle", "kuchenteig", "geschenkt", ("obst",))) == (late < 0)
            assert (item.record.where, item.record.behalf) == (
                (None, None) if late >= 0 else ("Muehle", "Mrs Green")
            )
        assert ada.item(case.id).record.body == "kuchenteig"
    case.clock.now = end + 30 * DAY
    for each in case.people:
        with each.market() as market:
            assert market.reading.item(case.id) is None
            assert market.reading.items(Filter(case.community, closed=True)) == []
            assert (
                market.reading.items(Filter(case.community, words="zwetschgen", closed=True)) == []
            )
            assert market.reading.decided_by(ada.person) == []
            assert market.claims.on(case.id) != [], "erased is another thing"


def test_then_it_is_erased_everywhere_by_the_same_rule(tmp_path: Path) -> None:
    case = lane4(tmp_path)
    kept = case.people[0].post(case.community, until=case.clock.now + 300 * DAY, title="lasting")
    assert weeks(case, 6) == {}  # 44 days, and it was not noted on the first
    assert all(b"kuchenteig" in cache_bytes(each) for each in case.people)
    assert weeks(case, 3)[Lane.MARKET] > 0
    for each in case.people:
        events = [*each.home.store.log.events(case.community, Lane.MARKET)]
        left = [event for event in events if event.payload is not None]
        sealed = [event for event in left if event.header.kind == kinds.PLACE]
        assert [event.id for event in left if event not in sealed] == [kept]
        for word in (b"zwetschgen", b"kuchenteig", b"geschenkt"):
            assert word not in cache_bytes(each)
        with each.market() as market:
            assert market.claims.on(case.id) == []
            assert market.reading.item(kept) is not None
    weeks(case, 6)  # a place that was opened only now goes, too
    places = []
    for each in case.people:
        found = each.home.store.log.events(case.community, Lane.MARKET, kinds=(kinds.PLACE,))
        places.append([event.payload is not None for event in found])
    ada, bo, *others = places  # who cannot read it keeps it till its class has passed
    assert (ada, bo, others) == ([False, False], [True, False], [[True, True]] * 2)


@pytest.mark.slow
def test_what_comes_late_about_it_goes_after_thirty_days_more(tmp_path: Path) -> None:
    case = lane4(tmp_path)
    ada, bo, *_ = case.people
    weeks(case, 9)
    with bo.market() as market:
        assert market.reading.item(case.id) is None
    from hearth.market.records import DecisionRecord

    late = write(
        ada, case.community, kinds.DECISION, DecisionRecord(case.id, case.claim, Action.DECLINE)
    )
    mix(case.people, case.community)
    weeks(case, 4)
    assert bo.home.store.log.get(late).payload is not None
    weeks(case, 2)
    assert bo.home.store.log.get(late).payload is None


@pytest.mark.slow
def test_what_was_renewed_stays_and_comes_back(tmp_path: Path) -> None:
    case = lane4(tmp_path)
    ada, bo, *_ = case.people
    case.clock.now += 20 * DAY
    with ada.market() as market:
        market.actor.renew(ada.item_in(market, case.id), case.clock.now + 60 * DAY)
    mix(case.people, case.community)
    assert weeks(case, 8) == {}
    assert bo.item(case.id).record.body == "kuchenteig"
    weeks(case, 7)
    with bo.market() as market:
        assert market.reading.item(case.id) is None
    assert b"kuchenteig" not in cache_bytes(bo)


@pytest.mark.slow
def test_nothing_is_erased_while_nobody_bears_the_clock_out(tmp_path: Path) -> None:
    case = lane4(tmp_path)
    ada = case.people[0]
    for _ in range(20):
        case.clock.now += 7 * DAY
        assert not sum(retention.tend(ada.home, ada.node.commons, {}, case.clock()), Counter())
    with ada.market() as market:
        assert market.reading.item(case.id) is None, "it is shown no more all the same"


@pytest.mark.parametrize("wall", [IN_1970, None, IN_2031])
def test_everything_listed_ends(tmp_path: Path, wall: int | None) -> None:
    """Also what its author, or a clock, would have shown for ever."""
    clock = Clock()
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=clock)
    now = clock.now
    clock.now = wall or now
    id = write(ada, community, kinds.LISTING, listing(clock.now, until=2**53 - 1))
    clock.now = now
    carry(ada, bo, community)
    assert bo.item(id).ends == now + LONGEST
    clock.now += LONGEST
    assert bo.item(id).standing == "expired"
