"""The board and rehearsals in real logs of several hearths: any order, any clock, any payload."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from audience_kit import carry, mix
from boards_kit import DAY, HOUR, YEAR_1970, YEAR_2031, wardens

from hearth import kinds, retention
from hearth.boards.exercises import said
from hearth.boards.hearing import MOST
from hearth.boards.judging import FRESH
from hearth.boards.records import DrillRecord, SiteRecord, What
from hearth.boards.words import Sort, State
from hearth.corpora.cache import delete_cache
from hearth.notices.writing import NotStewardError
from hearth.store import cbor
from hearth.store.errors import UsageError
from hearth.store.header import encode

SALT = bytes(16)


def test_whoever_reports_one_of_a_name_speaks_of_the_same(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    ada.says(community, "School  Gym", State.OPEN, capacity=80)
    bo.says(community, "school gym", State.FULL, taken=80)  # neither knows of the other's
    mix([ada, bo], community)
    seen = [each.sees(community) for each in (ada, bo)]
    assert seen[0].keys() == seen[1].keys()
    (one,), (other,) = (found.values() for found in seen)
    assert (one.last.id, one.capacity) == (other.last.id, 80)
    assert one.persons == {ada.person, bo.person}


def test_it_comes_to_the_same_in_any_order(tmp_path: Path) -> None:
    (ada, bo, cy), community = wardens(tmp_path, "ada", "bo", "cy")
    rng = random.Random(7)
    for step in range(30):
        who = rng.choice((ada, bo))
        name = rng.choice(("gym", "hall", "church"))
        who.says(community, name, State(rng.randrange(6)), capacity=rng.choice((None, step)))
        if rng.random() < 0.3:
            carry(ada, bo, community)
            carry(bo, ada, community)
        carry(who, cy, community, rng)  # some of it, in random order
    mix([ada, bo, cy], community)
    found = []
    for each in (ada, bo, cy):
        first = each.sees(community, every=True)
        delete_cache(each.home.cache_path)
        assert each.sees(community, every=True).keys() == first.keys()
        found.append({name: (s.last.id, s.capacity, len(s.others)) for name, s in first.items()})
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("year", [YEAR_1970, YEAR_2031])
def test_a_clock_that_is_wrong_makes_nothing_open(tmp_path: Path, year: int) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    bo.clock.now = year
    bo.says(community, "gym", State.OPEN)
    assert bo.state(community, "gym") == (None if year == YEAR_1970 else State.OPEN)
    carry(bo, ada, community)
    assert ada.state(community, "gym") is None
    ada.says(community, "gym", State.OPEN)
    assert ada.state(community, "gym") == State.OPEN
    ada.clock.now = YEAR_1970  # and as little where this machine's own clock was lost
    assert ada.state(community, "gym") is None


def test_what_comes_by_stick_is_as_old_as_it_was_written(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    bo.says(community, "gym", State.OPEN)
    ada.clock.now += FRESH + 1
    carry(bo, ada, community)
    assert ada.state(community, "gym") is None
    assert bo.state(community, "gym") == State.OPEN


def test_an_exercise_never_touches_what_is_real(tmp_path: Path) -> None:
    (ada,), community = wardens(tmp_path, "ada")
    ada.says(community, "gym", State.OPEN)
    ada.says(community, "gym", State.FULL, exercise=True)
    with ada.boards() as boards:
        real, made_up = boards.sites(community)
    assert (real.exercise, made_up.exercise) == (False, True)
    assert real.state(ada.clock()) == State.OPEN


def test_what_is_no_record_is_passed_over(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    good = {0: SALT, 1: 0, 2: "gym", 3: 1}
    bad = [
        b"\xff", cbor.encode([1]), cbor.encode({**good, 0: b"short"}),
        cbor.encode({**good, 1: 256}), cbor.encode({**good, 1: True}),
        cbor.encode({**good, 2: " "}), cbor.encode({**good, 2: "x" * 61}),
        cbor.encode({**good, 3: -1}), cbor.encode({**good, 4: 10**6 + 1}),
        cbor.encode({**good, 8: "x" * 161}), cbor.encode({**good, 6: 1 << 32}),
    ]  # fmt: skip
    for payload in bad:
        bo.forges(community, kinds.SITE, payload)
    for fields in (
        {0: SALT, 1: 0, 3: 1},
        {0: SALT, 1: 9, 9: True},
        {0: SALT, 1: 1, 2: b"", 9: True},
    ):
        bo.forges(community, kinds.DRILL, cbor.encode({0: SALT, **fields}))
    bo.forges(community, kinds.SITE, cbor.encode({**good, 1: 200, 3: 77, 23: "newer"}))
    carry(bo, ada, community)
    found = ada.sees(community, every=True)
    assert list(found) == ["gym"]  # of a sort and a state that only a newer hearth knows
    assert ada.drills(community) == []


def test_who_was_put_out_says_nothing_more(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    bo.says(community, "hall", State.OPEN)
    carry(bo, ada, community)
    ada.remove(bo, community)
    bo.says(community, "gym", State.OPEN)
    carry(bo, ada, community)
    assert set(ada.sees(community)) == {"hall"}


def test_erasing_takes_it_off_the_board_for_good(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    event = bo.says(community, "a very particular place", State.OPEN)
    carry(bo, ada, community)
    assert ada.sees(community)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.erase_all(tx, [event.id])
    retention.forget(ada.home, [], [], [event.id])
    assert ada.sees(community, every=True) == {}
    assert b"particular" not in ada.home.cache_path.read_bytes()


# rehearsals


def test_a_rehearsal_is_answered_once_by_each_hearth(tmp_path: Path) -> None:
    (ada, bo, cy), community = wardens(tmp_path, "ada", "bo", "cy")
    id = ada.begins(community)
    assert ada.hears(community) == 0  # its own
    carry(ada, bo, community)
    bo.clock.now += 60
    assert [bo.hears(community), bo.hears(community)] == [1, 0]
    carry(bo, cy, community)
    cy.clock.now += 3 * HOUR
    assert cy.hears(community) == 1
    cy.writer(community).answer(id)
    mix([ada, bo, cy], community)
    ada.clock.now += 4 * HOUR
    (found,) = ada.drills(community)
    learnt = {each.person: each for each in found.learnt()}
    assert (learnt[bo.person].after, learnt[bo.person].read) == (60, False)
    assert (learnt[cy.person].after, learnt[cy.person].read) == (3 * HOUR, True)
    assert all(each.within == 4 * HOUR for each in learnt.values())


@pytest.mark.parametrize("year", [YEAR_1970, YEAR_2031])
def test_a_clock_that_is_wrong_gives_no_length_of_time(tmp_path: Path, year: int) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    ada.begins(community)
    carry(ada, bo, community)
    bo.clock.now = year
    assert bo.hears(community) == 1
    carry(bo, ada, community)
    ada.clock.now += 90
    (learnt,) = ada.drills(community)[0].learnt()
    assert (learnt.after, learnt.within) == (None, 90)


def test_only_a_steward_makes_others_write(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    with pytest.raises(NotStewardError):
        bo.begins(community)
    record = DrillRecord(What.START, until=bo.clock() + DAY, text="flood")
    bo.forges(community, kinds.DRILL, record.encode())
    carry(bo, ada, community)
    assert ada.hears(community) == 0
    assert ada.drills(community) == []


def test_a_device_answers_only_so_often_in_a_day(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    for _ in range(MOST + 3):
        ada.begins(community)
    carry(ada, bo, community)
    assert bo.hears(community) == MOST
    ada.begins(community)
    carry(ada, bo, community)
    assert bo.hears(community) == 0
    bo.clock.now += DAY + 1
    ada.begins(community, long=7 * DAY)
    carry(ada, bo, community)
    assert bo.hears(community) == 1


def test_what_comes_together_gets_no_more_answers_than_a_day_has(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    for count, answers in ((2, 2), (MOST, MOST - 2), (1, 0)):
        for _ in range(count):
            ada.begins(community)
        carry(ada, bo, community)
        assert bo.hears(community) == answers


def test_news_without_its_words_is_answered_when_they_come(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    ada.begins(community)
    events = list(ada.home.store.log.events(community))

    def take(*, words: bool) -> None:
        rows = [(encode(e.header), e.signature, e.payload if words else None) for e in events]
        with bo.home.store.batch() as batch, batch.transaction() as tx:
            bo.home.store.log.import_events(tx, rows, own=bo.device)

    take(words=False)
    assert bo.hears(community) == 0
    begun = ada.writer(community).start("another", HOUR, "", 0)[1].event
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        row = encode(begun.header), begun.signature, begun.payload
        bo.home.store.log.import_events(tx, [row], own=bo.device)
    assert bo.hears(community) == 1
    take(words=True)
    assert [bo.hears(community), bo.hears(community)] == [1, 0]


def test_what_is_over_is_not_answered(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    ada.begins(community, long=HOUR)
    bo.clock.now += 3 * DAY
    ada.clock.now += 3 * DAY
    carry(ada, bo, community)
    # it came now, and by its author's clock was over long ago; it lasts an hour from when it came
    assert bo.hears(community) == 1
    assert bo.drills(community)[0].is_running(bo.clock())
    bo.clock.now += HOUR
    assert bo.hears(community) == 0
    assert not bo.drills(community)[0].is_running(bo.clock())


def test_any_steward_ends_a_rehearsal(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    id = ada.begins(community)
    carry(ada, bo, community)
    with pytest.raises(NotStewardError):
        bo.writer(community).end(id, None, 0)
    bo.forges(community, kinds.DRILL, DrillRecord(What.END, id).encode())
    carry(bo, ada, community)
    assert ada.drills(community)[0].is_running(ada.clock())
    ada.writer(community).end(id, None, 0)
    assert not ada.drills(community)[0].is_running(ada.clock())


@pytest.mark.parametrize("long", [59, 7 * DAY + 1])
def test_a_rehearsal_has_an_end(tmp_path: Path, long: int) -> None:
    (ada,), community = wardens(tmp_path, "ada")
    with pytest.raises(UsageError):
        ada.begins(community, long=long)


def test_every_event_of_an_exercise_says_so(tmp_path: Path) -> None:
    (ada, bo), community = wardens(tmp_path, "ada", "bo")
    before = {each.id for each in ada.home.store.log.events(community)}
    id = ada.begins(community)
    ada.says(community, "gym", State.FULL, exercise=True)
    carry(ada, bo, community)
    bo.hears(community)
    bo.writer(community).answer(id)
    carry(bo, ada, community)
    ada.writer(community).end(id, None, 0)
    made = {e.id: e.header for e in ada.home.store.log.events(community) if e.id not in before}
    assert {each.id for each in said(ada.home, community)} == made.keys()
    assert len(made) == 6
    assert {each.expiry for each in made.values() if each.kind != kinds.SITE} == {2}  # a week


def test_a_report_fits_a_radio_frame(tmp_path: Path) -> None:
    (ada,), community = wardens(tmp_path, "ada")
    record = SiteRecord(Sort.SHELTER, "School gym", State.OPEN, 80, 12, 7, "Mill Lane 4")
    assert ada.writer(community).report(record).frames == 1
