"""What others may write, whenever their clocks say: judged, bounded, and never in the way."""

from __future__ import annotations

import csv
import io
import random
from bisect import bisect_left
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
from market_kit import DAY, Clock, Trader, carry, listing, mix, street

from hearth import kinds, retention, seen
from hearth.commands.market_lines import till
from hearth.corpora.cache import open_cache
from hearth.market import exports, records
from hearth.market.records import (
    Act,
    Action,
    ChangeRecord,
    ClaimRecord,
    DecisionRecord,
    Record,
    ReportRecord,
    Verdict,
    VouchRecord,
)
from hearth.market.words import MAX_QUANTITY
from hearth.seen import SANE, Seen
from hearth.store import cbor
from hearth.store.header import Lane

IN_2031, IN_1970 = 1_940_000_000, 100


def write(trader: Trader, community: bytes, kind: int, record: Record | bytes) -> bytes:
    """An event that the program would not write; its id."""
    data = record if isinstance(record, bytes) else records.encode(record)
    now = trader.clock()
    with trader.home.store.batch() as batch, batch.transaction() as tx:
        return trader.home.store.log.append(
            tx, trader.home.signer(now), community, Lane.MARKET, kind, data, wall=now
        ).id


def test_nobody_changes_or_decides_what_is_anothers(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    id = ada.post(community)
    mix([ada, bo, cy], community)
    claim = cy.claim(id)
    mix([ada, bo, cy], community)
    before = ada.picture(id)
    for kind, record in (
        (kinds.CHANGE, ChangeRecord(id, Act.EDIT, listing(bo.clock(), title="mine"))),
        (kinds.CHANGE, ChangeRecord(id, Act.WITHDRAW)),
        (kinds.CHANGE, ChangeRecord(id, Act.RENEW, None, bo.clock() + 300 * DAY)),
        (kinds.DECISION, DecisionRecord(id, claim, Action.ACCEPT, 1000)),
        (kinds.DECISION, DecisionRecord(id, claim, Action.HANDOVER, 1000)),
        (kinds.DECISION, DecisionRecord(id, claim, Action.DECLINE)),
        (kinds.DECISION, DecisionRecord(id, claim, Action.CANCEL)),
        (kinds.DECISION, DecisionRecord(id, claim, Action.CONFIRM)),
        (kinds.CLAIM, ClaimRecord(id, 1000, None, 1, "a slip")),
        (kinds.REPORT, ReportRecord(id, Verdict.HIDE, "gone")),
        (kinds.VOUCH, VouchRecord(bo.person, "myself")),
        (kinds.CLAIM, b"\xff\x00"),
        (kinds.DECISION, b"\xa0"),
    ):
        write(bo, community, kind, record)
    carry(bo, ada, community)
    assert ada.picture(id) == before
    with ada.market() as market:
        assert market.reading.vouches(community, bo.person) == []


def test_claims_on_what_is_not_there_wait_and_harm_nothing(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    write(bo, community, kinds.CLAIM, ClaimRecord(bytes(32), 1000))
    forged = write(bo, community, kinds.LISTING, b"\xa0")
    write(bo, community, kinds.CLAIM, ClaimRecord(forged, 1000))
    early = ada.post(community)
    carry(bo, ada, community)
    with ada.market() as market:
        assert market.reading.item(bytes(32)) is None
        assert market.reading.item(forged) is None
        assert market.claims.on(forged) == []
        assert market.reading.item(early) is not None


def test_a_claim_that_came_before_its_listing_counts_once_it_is_here(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    id = ada.post(community)
    carry(ada, bo, community)
    claim = bo.claim(id)
    events = [bo.home.store.log.get(each) for each in (claim, id)]
    from hearth.store.header import encode

    for event in events:
        with cy.market() as market:
            assert market.claims.on(id) == []
        with cy.home.store.batch() as batch, batch.transaction() as tx:
            row = (encode(event.header), event.signature, event.payload)
            cy.home.store.log.import_events(tx, [row])
    assert cy.statuses(id) == {claim: "proposed"}


def test_more_than_there_is_is_bounded_by_the_claim(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.post(community, quantity=5000)
    carry(ada, bo, community)
    claim = write(bo, community, kinds.CLAIM, ClaimRecord(id, MAX_QUANTITY))
    carry(bo, ada, community)
    for _ in range(2):
        write(ada, community, kinds.DECISION, DecisionRecord(id, claim, Action.HANDOVER, 4000))
    item = ada.item(id)
    assert (item.delivered, item.available, item.conflict) == (8000, 0, True)


def test_what_a_removed_member_wrote_beyond_is_void(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    kept = bo.post(community, title="before")
    carry(bo, ada, community)
    ada.remove(bo, community)
    late = bo.post(community, title="after")
    mix([ada, bo, cy], community)
    with cy.market() as market:
        assert market.reading.item(kept) is not None
        assert market.reading.item(late) is None


# clocks


@pytest.mark.parametrize("wrong", [IN_1970, IN_2031])
def test_a_wrong_clock_neither_hides_a_listing_nor_keeps_it(tmp_path: Path, wrong: int) -> None:
    clock = Clock()
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=clock)
    now = clock.now
    clock.now = wrong
    id = ada.post(community)
    claim = None
    clock.now = now
    carry(ada, bo, community)
    assert bo.item(id).standing == "open"
    claim = bo.claim(id)
    assert bo.statuses(id) == {claim: "proposed"}
    clock.now = now + 13 * DAY
    assert bo.item(id).standing == "open"
    clock.now = now + 15 * DAY
    assert bo.item(id).standing == "expired"


def test_until_when_something_is_shown() -> None:
    class Nothing:
        class store:
            @staticmethod
            def meta(key: str) -> None:
                return None

    now = SANE + 500 * DAY
    here: Seen = Seen(Nothing, now)  # type: ignore[arg-type]
    assert here.until(1, now, now + 5 * DAY) == now + 5 * DAY
    assert here.until(1, now - 2 * DAY, now + 2 * DAY) == now + 2 * DAY  # half of it is over
    assert here.until(1, now - 2 * DAY - 1, now + DAY) == now + 2 * DAY
    assert here.until(1, now - 60, now + 3600) == now + 3600  # not a minute more than was said
    assert here.until(1, now - 9 * DAY, now - DAY) == now + 2 * DAY  # came late: shown for a while
    assert here.until(1, now - 9 * DAY, now - 9 * DAY + 3600) == now + 3600
    assert here.until(1, now + DAY, now + 2 * DAY) == now + 2 * DAY
    assert here.until(1, now + DAY + 1, now + 9 * DAY + 1) == now + 8 * DAY
    assert here.until(1, SANE, SANE + 5 * DAY) == now + 2 * DAY
    assert here.until(1, SANE - 1, SANE - 1 + 5 * DAY) == now + 5 * DAY
    assert here.until(1, now - DAY, now - 3600, 0) == now


def test_when_things_came_is_noted_and_outlives_the_cache(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = street(tmp_path, "ada", "bo", clock=clock)
    id = ada.post(community, until=clock.now + 2 * DAY)
    clock.now += 20 * DAY
    carry(ada, bo, community)  # by a stick that was long on its way
    late = bo.item(id)
    assert late.standing == "open"
    assert late.until == clock.now - 18 * DAY  # what the lister said is what is told
    assert late.ends == clock.now + 2 * DAY
    assert till(late, clock.now).startswith("was till 2027-")
    clock.now += 3 * DAY
    assert bo.item(id).standing == "expired"
    bo.afresh()
    assert bo.item(id).standing == "expired"


@pytest.mark.slow
def test_notes_are_few_and_never_go_back(tmp_path: Path) -> None:
    (ada,), community = street(tmp_path, "ada")
    for hour in range(500):
        write(ada, community, kinds.LISTING, listing(ada.clock()))
        seen.note(ada.home, 1_790_000_000 + hour * 3600)
    last = ada.home.store.log.last_arrival()
    found = Seen(ada.home, 2_000_000_000)
    times = [found.at(arrival) for arrival in range(1, last + 1)]
    assert times == sorted(times)
    assert times[-1] == 1_790_000_000 + 499 * 3600
    assert found.at(last + 1) == 2_000_000_000
    assert len(ada.home.store.meta("seen")) < 6000


def test_where_something_comes_every_minute_what_has_come_grows_old_all_the_same() -> None:
    notes, begun, week = list[tuple[int, int]](), 1_790_000_000, 7 * 1440
    for minute in range(1, week + 1):
        notes = seen._thinned([*notes, (minute, begun + 60 * minute)], begun + 60 * minute)
        assert len(notes) <= 400
    ends = [arrival for arrival, _ in notes]
    for minute in range(1, week + 1):
        late = ends[bisect_left(ends, minute)] - minute
        assert late <= (week - minute) / 32 + 1, minute


def test_a_note_of_a_clock_that_went_back_makes_nothing_older() -> None:
    notes = [(1, 90_000), (2, 90_010), (3, 90_005), (4, 500_000)]
    assert seen._thinned(notes, 400_000) == [(2, 90_010), (3, 90_005), (4, 500_000)]


@pytest.mark.parametrize(
    ("noted", "came"),
    [
        ([2, SANE, 3, SANE + 60], [SANE, SANE, SANE + 60, SANE + 900]),
        ([1, SANE - 1, 2, SANE], [SANE, SANE, SANE + 900, SANE + 900]),  # a clock was not set
        ([2, SANE + 900, 3, SANE + 901], [SANE + 900] * 4),  # one ran ahead
        ([1, SANE + 60, 3, SANE + 5], [SANE + 60] * 3 + [SANE + 900]),  # one went back
        ([1, SANE, 2], [SANE + 900] * 4),  # no notes at all
        (b"words", [SANE + 900] * 4),
        (7, [SANE + 900] * 4),
    ],
)
def test_when_things_came_by_the_notes(noted: cbor.Value, came: list[int]) -> None:
    class Noted:
        class store:
            @staticmethod
            def meta(key: str) -> bytes:
                return cbor.encode(noted)

    here = Seen(Noted, SANE + 900)  # type: ignore[arg-type]
    assert [here.at(arrival) for arrival in range(1, 5)] == came
    for time in (SANE - 1, SANE, SANE + 59, SANE + 60, SANE + 899):
        assert here.since(time) == max(n for n in range(5) if n == 0 or came[n - 1] <= time)


def test_when_a_note_is_due() -> None:
    notes = [(5, SANE)]
    for last, after, due in ((5, 600, False), (6, 59, False), (6, 60, True), (6, 61, True)):
        assert seen._is_due(notes, last, SANE + after) is due
        assert seen._is_due([*notes, (6, SANE + 900)], last, SANE + after) is due  # that is ahead
    assert not seen._is_due([*notes, (6, SANE + 900)], 6, SANE + 960)
    assert seen._is_due([], 1, SANE)
    assert not seen._is_due([], 0, SANE)


def test_notes_have_a_limit() -> None:
    notes = [(number, SANE + 500 - number) for number in range(401)]  # of a clock that went back
    assert seen._thinned(notes[1:], SANE + 500) == notes[1:]
    fewer = seen._thinned(notes, SANE + 500)
    assert len(fewer) == 301
    assert fewer[-201:] == notes[-201:]


# what others make of it


def test_a_page_has_no_mark_that_is_not_ours_and_a_table_computes_nothing(tmp_path: Path) -> None:
    (ada,), community = street(tmp_path, "ada")
    evil = "<i a=\"1\" b='2'>&amp;"
    fields = dict.fromkeys(("title", "where", "terms", "body", "behalf"), evil)
    item = ada.item(ada.post(community, urgent=True, **fields))
    page = exports.as_html([item], lambda item: evil, lambda at: evil, evil, evil)
    assert page.count(escape(evil)) == 10  # its title twice
    assert f"URGENT: {escape(evil)}" in page
    assert "<i" not in page
    for begins, kept in (("=", False), ("+", False), ("-", False), ("@", False), ("\t", False),
                         ("\r", False), ("'", True), ("1", True), (" =", True)):  # fmt: skip
        text = f"{begins}1+1"
        row = exports.as_data(replace(item, title=text), text) | {"tags": [text, "b"]}
        _, cells = csv.reader(io.StringIO(exports.as_csv([row]), newline=""))
        said = dict(zip(exports.FIELDS, cells, strict=True))
        text = text if kept else f"'{text}"
        assert [said[each] for each in ("title", "person_name", "tags")] == [
            text,
            text,
            f"{text} b",
        ]
        assert (said["urgent"], said["unread"], said["distance_km"]) == ("yes", "no", "")


# erasing


def test_what_was_erased_is_in_no_byte_of_the_cache(tmp_path: Path) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    word = "zwetschgenmarmelade"
    stem = b"zwetschgenmarmelad"  # which is what the full-text index has of it
    id = ada.post(community, title=word, body=word)
    carry(ada, bo, community)
    assert bo.item(id).title == word
    assert stem in cache_bytes(bo)
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.erase(tx, id)
    retention.forget(bo.home, [], [], [id])
    assert stem not in cache_bytes(bo)
    with bo.market() as market:
        assert market.reading.item(id) is None
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.append(
            tx, ada.home.signer(ada.clock()), community, Lane.MARKET, kinds.ERASE, None, [id],
            wall=ada.clock(),
        )  # fmt: skip
    with ada.market() as market:
        assert market.reading.item(id) is None
    assert stem not in cache_bytes(ada)


def cache_bytes(trader: Trader) -> bytes:
    """All bytes of cache.db and what lies beside it."""
    connection = open_cache(trader.home.cache_path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    folder = trader.home.cache_path.parent
    return b"".join(each.read_bytes() for each in folder.glob("cache.db*"))


# whatever happens


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 8))]
)
def test_everybody_comes_to_the_same_whatever_they_do(tmp_path: Path, seed: int) -> None:
    """Three who list, claim, decide, edit and withdraw at random, and meet now and then; those who
    follow step by step and those who fold from nothing see the same."""
    rng = random.Random(seed)
    people, community = street(tmp_path, "ada", "bo", "cy")
    names = [each.person for each in people]
    ids: list[bytes] = []
    claims: list[tuple[bytes, bytes]] = []
    for _ in range(70):
        who = rng.choice(people)
        act = rng.randrange(8)
        if act == 0 or not ids:
            delegates = tuple(sorted(rng.sample(names, rng.randint(0, 2))))
            made = listing(
                who.clock(), quantity=rng.randint(1, 5) * 1000, delegates=delegates, title="thing"
            )
            ids.append(write(who, community, kinds.LISTING, made))
        elif act in (1, 2):
            id = rng.choice(ids)
            record = ClaimRecord(id, rng.randint(1, 4) * 1000, None, rng.choice((None, 1, 2)))
            claims.append((id, write(who, community, kinds.CLAIM, record)))
        elif act in (3, 4, 5) and claims:
            id, claim = rng.choice(claims)
            action = rng.choice([*Action])
            counts = action in (Action.ACCEPT, Action.HANDOVER)
            amount = rng.randint(1, 3) * 1000 if counts else None
            decision = DecisionRecord(id, claim, action, amount)
            write(who, community, kinds.DECISION, decision)
        elif act == 6:
            change = rng.choice(
                [
                    ChangeRecord(rng.choice(ids), Act.WITHDRAW),
                    ChangeRecord(rng.choice(ids), Act.RENEW, None, who.clock() + 30 * DAY),
                    ChangeRecord(rng.choice(ids), Act.EDIT, listing(who.clock(), quantity=2000)),
                ]
            )
            write(who, community, kinds.CHANGE, change)
        else:
            one, other = rng.sample(people, 2)
            carry(one, other, community, rng)
            with who.market():
                pass  # follows step by step
    mix(people, community)
    for id in ids:
        pictures = {each.picture(id) for each in people}
        assert len(pictures) == 1
        item = people[0].item(id)
        assert item.promised <= item.quantity or item.delivered > item.quantity
    before = [people[0].picture(id) for id in ids]
    people[0].afresh()
    assert [people[0].picture(id) for id in ids] == before
