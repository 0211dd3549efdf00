"""What was decided apart comes to the same everywhere, in whatever order it meets."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from market_kit import DAY, Clock, Trader, carry, mix, street

from hearth import kinds, lanes, seen
from hearth.corpora.cache import open_cache
from hearth.market.claims import Claims
from hearth.market.decoding import decode
from hearth.market.folding import FOLD
from hearth.market.matching import alternatives
from hearth.market.reading import Reading
from hearth.market.records import Action, DecisionRecord
from hearth.store.event import Event
from hearth.store.header import Lane, encode


class Split(NamedTuple):
    """Ada's generator, claimed by di and ed; delegates who cannot hear each other; and fay, a
    member who has heard nothing of it."""

    street: list[Trader]
    fay: Trader
    community: bytes
    generator: bytes
    other: bytes
    of_di: bytes
    of_ed: bytes


def split(folder: Path, *, handed: bool) -> Split:
    """Ada accepts di; three days later bo, who has not heard, accepts ed; `handed`: and cy, who has
    heard of neither, gives it to ed."""
    clock = Clock()
    people, community = street(folder, "ada", "bo", "cy", "di", "ed", "fay", clock=clock)
    fay = people.pop()
    ada, bo, cy, di, ed = people
    delegates = tuple(sorted((bo.person, cy.person)))
    generator = ada.post(community, delegates=delegates)
    other = bo.post(community, title="another generator")
    mix(people, community)
    of_di, of_ed = di.claim(generator), ed.claim(generator)
    mix(people, community)
    ada.accept(of_di)
    clock.now += 3 * DAY
    bo.accept(of_ed)
    if handed:
        cy.decide(of_ed, Action.HANDOVER)
    return Split(people, fay, community, generator, other, of_di, of_ed)


def everything(case: Split) -> list[Event]:
    """All market events that any of them holds."""
    found = {
        event.id: event
        for each in case.street
        for event in each.home.store.log.events(case.community, Lane.MARKET)
    }
    return [found[id] for id in sorted(found)]


class UndoneError(Exception):
    """Rolls a transaction back."""


def merged(
    node: Trader,
    events: Sequence[Event],
    rng: random.Random,
    look: Callable[[Reading, Claims], None],
) -> None:
    """Let these arrive in some order, in some portions, folding after each; then undo it."""
    order = rng.sample(events, len(events))
    store, now = node.home.store, node.clock()
    connection = open_cache(None)
    lanes.make(connection, FOLD)
    with suppress(UndoneError), store.batch() as batch, batch.transaction() as tx:
        while order:
            portion = [order.pop() for _ in range(rng.randint(1, len(order)))]
            rows = [(encode(e.header), e.signature, e.payload) for e in portion]
            store.log.import_events(tx, rows)
            lanes.update(connection, node.home, node.node.commons, FOLD, now=now)
        noted = seen.Seen(node.home, now)
        look(Reading(connection, noted, now), Claims(connection, noted, now))
        raise UndoneError
    connection.close()


def first_accepted(case: Split) -> tuple[bytes, bytes]:
    """The claim whose acceptance is the earlier in the order shown, and the other. Neither knew of
    the other, so their Lamport times are equal, and the devices decide."""
    found = []
    for event in everything(case):
        if event.header.kind == kinds.DECISION and event.payload is not None:
            record = decode(kinds.DECISION, event.payload)
            assert isinstance(record, DecisionRecord)
            found.append((event.header.lamport, event.header.device, record.claim))
    (*_, first), (*_, second) = sorted(found)
    return first, second


def check(case: Split, times: int, winner: bytes, loser: bytes) -> None:
    events = everything(case)
    seen.note(case.fay.home, case.fay.clock())
    rng, looked = random.Random(7), [0]

    def look(reading: Reading, claims: Claims) -> None:
        statuses = {each.id: each.status for each in claims.on(case.generator)}
        assert statuses[winner] in ("reserved", "done")
        assert statuses[loser] == "displaced"
        item = reading.item(case.generator)
        assert item is not None
        assert item.conflict
        assert [each.id for each in alternatives(reading, item)] == [case.other]
        looked[0] += 1

    for _ in range(times):
        merged(case.fay, events, rng, look)
    assert looked[0] == times


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Split:
    return split(tmp_path_factory.mktemp("accepted"), handed=False)


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Split:
    return split(tmp_path_factory.mktemp("handed"), handed=True)


def test_one_of_two_acceptances_stands_in_any_order(accepted: Split) -> None:
    """The earlier one in the order that people are shown; Lamport times decide, no clock."""
    check(accepted, 60, *first_accepted(accepted))


def test_a_recorded_hand_over_wins_in_any_order(handed: Split) -> None:
    check(handed, 60, handed.of_ed, handed.of_di)


@pytest.mark.slow
def test_ten_thousand_merge_orders(accepted: Split, handed: Split) -> None:
    """Two delegates accepted different claims, three days apart in two partitions."""
    check(accepted, 5000, *first_accepted(accepted))
    check(handed, 5000, handed.of_ed, handed.of_di)


def test_every_node_has_the_same_and_the_loser_hears_it(tmp_path: Path) -> None:
    case = split(tmp_path, handed=False)
    mix(case.street, case.community)
    pictures = {each.picture(case.generator) for each in case.street}
    assert len(pictures) == 1
    ada, _, _, di, ed = case.street
    won, lost = first_accepted(case)
    for each in (di, ed):
        assert each.statuses(case.generator) == {won: "reserved", lost: "displaced"}
    ada.afresh()
    assert {ada.picture(case.generator)} == pictures


def test_what_is_released_goes_to_whoever_is_accepted_next(tmp_path: Path) -> None:
    case = split(tmp_path, handed=False)
    mix(case.street, case.community)
    ada, bo, *_ = case.street
    won, lost = first_accepted(case)
    ada.decide(won, Action.NO_SHOW)
    carry(ada, bo, case.community)
    assert bo.statuses(case.generator) == {won: "no-show", lost: "reserved"}


def test_quantities_that_were_promised_twice_make_a_waiting_list(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    water = ada.post(community, title="water", quantity=30_000, unit="l", delegates=(bo.person,))
    mix([ada, bo, cy], community)
    first, second = cy.claim(water, 20_000), cy.claim(water, 15_000, "Mrs. Lang")
    third = cy.claim(water, 5_000, "the Beckers")
    mix([ada, bo, cy], community)
    ada.accept(first)
    bo.accept(second)
    bo.accept(third)
    mix([ada, bo, cy], community)
    for each in (ada, bo, cy):
        statuses = each.statuses(water)
        assert sorted(statuses.values()) == ["displaced", "reserved", "reserved"]
        item = each.item(water)
        assert item.promised <= item.quantity
        assert item.conflict
    assert len({each.picture(water) for each in (ada, bo, cy)}) == 1


def test_a_delegate_struck_out_decides_no_more(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    id = ada.post(community, delegates=(bo.person,))
    mix([ada, bo, cy], community)
    claim = cy.claim(id)
    mix([ada, bo, cy], community)
    with ada.market() as market:
        item = ada.item_in(market, id)
        market.actor.edit(item, item.record._replace(delegates=()))
    carry(ada, cy, community)
    cy.home.store.log.has(claim)
    with (
        bo.market() as market
    ):  # bo has not heard, and accepts: before the edit in the order, or not
        held = market.claims.get(claim)
        assert held is not None
        decision = market.decider.accept(bo.item_in(market, id), held)
    mix([ada, bo, cy], community)
    edit = max(
        ada.home.store.log.events(community, Lane.MARKET, device=ada.device),
        key=lambda event: event.header.sequence,
    )
    event = bo.home.store.log.get(decision)
    before = (event.header.lamport, event.header.device) < (
        edit.header.lamport, edit.header.device,
    )  # fmt: skip
    expected = "reserved" if before else "proposed"
    assert {each.statuses(id)[claim] for each in (ada, bo, cy)} == {expected}
