"""What was promised: pick-ups at the same time, conflicts, what is left, what is told to whom."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from chat_kit import Talkers
from market_kit import DAY, Clock, Trader, carry, mix, street as neighbours
from test_market_photos import jpeg

from hearth.market import codes, pickups
from hearth.market.deciding import HOLD
from hearth.market.errors import (
    BadListingError,
    ClosedError,
    NothingLeftError,
    NotYoursToDecideError,
)
from hearth.market.records import MAX_PICKUP, Action
from hearth.market.shapes import Held

HOUR = 3600


# pick-ups


def held(number: int, start: int | None, takes: int | None = HOUR, **more: Any) -> Held:
    claim = Held(
        bytes([number]) * 32, bytes(32), bytes(32), bytes(32), number, 1, 0, 1000, None, None, None,
        "reserved", 1000, 0, False, None, None, None, start, takes, False,
    )  # fmt: skip
    return claim._replace(**more)


@pytest.mark.parametrize(
    ("start", "takes", "clash"),
    [
        (1000 - HOUR, HOUR, False),  # over when the other begins
        (1000 - HOUR, HOUR + 1, True),
        (1000 + HOUR - 1, 1, True),
        (1000 + HOUR, 1, False),
        (1200, 60, True),  # inside
        (0, 10 * HOUR, True),  # around
        (None, None, False),
    ],
)
def test_when_two_pick_ups_overlap(start: int | None, takes: int | None, clash: bool) -> None:
    one, other = held(1, 1000), held(2, start, takes)
    assert bool(pickups.clashes([one, other], 0)) is clash
    assert bool(pickups.with_one(one, [other, one], 0)) is clash


@pytest.mark.parametrize(
    "change",
    [
        {"person": b"x" * 32},
        {"behalf": "Mrs Green"},
        {"status": "done"},
        {"slip": 3},
    ],
)
def test_only_one_person_is_in_two_places(change: dict[str, Any]) -> None:
    assert pickups.clashes([held(1, 1000), held(2, 1000, **change)], 0) == []


def test_what_is_over_clashes_no_more() -> None:
    pair = [held(1, 1000), held(2, 1000)]
    assert len(pickups.clashes(pair, 1000 + HOUR - 1)) == 1
    assert pickups.clashes(pair, 1000 + HOUR) == []


def test_a_pick_up_is_to_come_and_is_held_for(tmp_path: Path) -> None:
    (ada, bo), community = neighbours(tmp_path, "ada", "bo")
    id = ada.post(community)
    carry(ada, bo, community)
    claim = bo.claim(id)
    carry(bo, ada, community)
    now = ada.clock()

    def accept(pickup: tuple[int, int], hold: int | None = None) -> None:
        with ada.market() as market:
            found = market.claims.get(claim)
            assert found is not None
            item = ada.item_in(market, id)
            market.decider.accept(item, found, hold=hold, pickup=pickup)

    for pickup, hold in (
        ((now - HOUR, HOUR), None),
        ((now, MAX_PICKUP + 1), None),
        ((now + 2 * DAY, HOUR), 2 * DAY),
    ):
        with pytest.raises(BadListingError):
            accept(pickup, hold)
    accept((now + 2 * DAY, HOUR), 2 * DAY + HOUR)
    assert ada.held(claim).ends == now + 2 * DAY + HOUR
    accept((now - HOUR, HOUR + 1))
    assert ada.held(claim).ends == now + 2 * DAY
    accept((now + 9 * DAY, MAX_PICKUP))
    found = ada.held(claim)
    assert (found.pickup, found.takes) == (now + 9 * DAY, MAX_PICKUP)
    assert found.ends == now + 9 * DAY + MAX_PICKUP


def test_two_pick_ups_at_once_are_told_to_both(street: Talkers) -> None:
    first, second = (post(street, "ada", "offer", title) for title in ("bed", "stove"))
    street.meet("ada", "bo")
    of_bed, of_stove = (claim(street, "bo", id) for id in (first, second))
    street.meet("ada", "bo")
    assert street("ada", "market", "accept", of_bed, "--at", "3h").code == 0
    run = street("ada", "market", "accept", of_stove, "--at", "200m", "--json")
    assert run.code == 3, run
    assert "two pick-ups of bo overlap" in run.err
    street.meet("ada", "bo")
    run = street("bo", "market")
    assert "two pick-ups of you overlap" in run.err
    assert "pick-up" in run.out
    assert street.json("bo", "market")["clashes"] == [[of_bed, of_stove]]
    run = street("ada", "market", "accept", of_stove, "--at", "4h")
    assert run.code == 0, run
    assert "overlap" not in run.err
    assert len(street.json("ada", "market")["promised"]) == 2


# what is left of a claim


def test_a_claimant_gives_up_what_is_left(tmp_path: Path) -> None:
    (ada, bo), community = neighbours(tmp_path, "ada", "bo")
    water = ada.post(community, quantity=40_000, unit="l")
    carry(ada, bo, community)
    claim = bo.claim(water, 40_000)
    carry(bo, ada, community)
    ada.accept(claim)
    ada.decide(claim, Action.HANDOVER, 10_000)
    item = ada.item(water)
    assert (item.available, item.promised, item.delivered) == (0, 40_000, 10_000)
    carry(ada, bo, community)
    bo.decide(claim, Action.CANCEL)
    carry(bo, ada, community)
    found, item = ada.held(claim), ada.item(water)
    assert (found.status, found.accepted, found.handed) == ("done", 10_000, 10_000)
    assert (item.available, item.promised, item.delivered) == (30_000, 10_000, 10_000)
    assert item.standing == "open"
    assert ada.picture(water) == bo.picture(water)


def test_handed_over_by_who_had_not_heard_that_it_was_cancelled(tmp_path: Path) -> None:
    (ada, bo), community = neighbours(tmp_path, "ada", "bo")
    water = ada.post(community, quantity=40_000, unit="l")
    carry(ada, bo, community)
    claim = bo.claim(water, 40_000)
    carry(bo, ada, community)
    ada.accept(claim)
    carry(ada, bo, community)
    bo.decide(claim, Action.CANCEL)
    ada.decide(claim, Action.HANDOVER, 10_000)
    mix([ada, bo], community)
    for each in (ada, bo):
        assert each.held(claim).status == "done"
        assert each.item(water).available == 30_000
    with pytest.raises(ClosedError):  # who gave it up claims anew
        ada.accept(claim)


def test_what_is_over_is_not_decided_again(tmp_path: Path) -> None:
    (ada, bo), community = neighbours(tmp_path, "ada", "bo")
    id = ada.post(community, quantity=2000)
    carry(ada, bo, community)
    gone = bo.claim(id)
    bo.decide(gone, Action.CANCEL)
    done = bo.claim(id)
    carry(bo, ada, community)
    ada.accept(done)
    ada.decide(done, Action.HANDOVER)
    carry(ada, bo, community)
    for who, claim, action in (
        (bo, gone, Action.CONFIRM),
        (bo, gone, Action.CANCEL),
        (bo, done, Action.CANCEL),
        (ada, done, Action.DECLINE),
        (ada, done, Action.NO_SHOW),
        (ada, done, Action.WAITLIST),
    ):
        with pytest.raises(ClosedError):
            who.decide(claim, action)
    for claim in (gone, done):
        with pytest.raises(ClosedError):
            ada.accept(claim)
    bo.decide(done, Action.CONFIRM)


def test_nobody_decides_on_more_than_there_is_or_on_what_is_not_theirs(tmp_path: Path) -> None:
    (ada, bo, cy), community = neighbours(tmp_path, "ada", "bo", "cy")
    id = ada.post(community, quantity=5000)
    mix([ada, bo, cy], community)
    with pytest.raises(NotYoursToDecideError):
        ada.claim(id)
    for quantity in (5500, 6000):
        with pytest.raises((BadListingError, NothingLeftError)):
            bo.claim(id, quantity)
    of_bo, of_cy = bo.claim(id, 3000), cy.claim(id, 4000)
    all_of_it = bo.claim(id, 5000, "Mrs. Lang")
    mix([ada, bo, cy], community)
    with pytest.raises(NotYoursToDecideError):
        cy.accept(of_bo)
    for action in (Action.CONFIRM, Action.CANCEL, Action.DECLINE):
        with pytest.raises(NotYoursToDecideError):
            cy.decide(of_bo, action)
    for claim, quantity in ((of_bo, 4000), (of_bo, 2500)):
        with pytest.raises((BadListingError, NothingLeftError)):
            ada.accept(claim, quantity)
    ada.accept(of_bo)
    with pytest.raises(NothingLeftError, match="only 2 is left"):
        ada.accept(of_cy, 3000)
    ada.accept(of_cy, 2000)
    with pytest.raises(NothingLeftError, match="nothing is left"):
        ada.accept(all_of_it)
    ada.accept(of_bo, 2000)  # what is its own is free for it
    for quantity in (4000, 500):
        with pytest.raises((BadListingError, NothingLeftError)):
            ada.decide(of_bo, Action.HANDOVER, quantity)
    ada.decide(of_bo, Action.HANDOVER, 1000)
    with pytest.raises(NothingLeftError):
        ada.decide(of_bo, Action.HANDOVER, 3000)
    ada.decide(of_bo, Action.HANDOVER)
    assert (ada.held(of_bo).handed, ada.held(of_bo).status) == (2000, "done")
    with pytest.raises(NothingLeftError, match="1 is left to hand over"):
        ada.decide(of_bo, Action.HANDOVER)  # of what was accepted nothing is left
    ada.decide(of_bo, Action.HANDOVER, 1000)  # a little more, as it was claimed
    assert ada.held(of_bo).handed == 3000
    assert (ada.item(id).available, ada.item(id).standing) == (0, "reserved")
    ada.decide(of_cy, Action.HANDOVER)
    assert (ada.item(id).delivered, ada.item(id).standing) == (5000, "fulfilled")
    for claim in (of_cy, all_of_it):
        with pytest.raises(ClosedError):
            ada.accept(claim)
    mix([ada, bo, cy], community)
    with pytest.raises(ClosedError):
        bo.claim(id)
    ada.decide(all_of_it, Action.HANDOVER)  # it happened: all that was claimed, so that is said
    assert (ada.held(all_of_it).handed, ada.item(id).conflict) == (5000, True)


def test_reservations_that_have_lapsed_are_given_up_as_far_as_needed(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo, cy), community = neighbours(tmp_path, "ada", "bo", "cy", clock=clock)
    id = ada.post(community, quantity=3000)
    mix([ada, bo, cy], community)
    old = [bo.claim(id, behalf=name) for name in (None, "Mrs. Lang", "Tim")]
    new = [cy.claim(id, *each) for each in ((1000,), (3000, "Eva"), (2000, "Jo"))]
    mix([ada, bo, cy], community)
    for claim in old[:2]:
        ada.accept(claim)
    clock.now += 1
    ada.accept(old[2])
    clock.now += HOLD - 2
    with pytest.raises(NothingLeftError):
        ada.accept(new[0])
    clock.now += 1
    ada.accept(new[0])
    assert [ada.held(claim).status for claim in old] == ["no-show", "reserved", "reserved"]
    for claim in new[1:]:
        with pytest.raises(NothingLeftError, match="only 1 is left"):
            ada.accept(claim)
    assert [ada.held(claim).status for claim in old] == ["no-show", "reserved", "reserved"]


# conflicts


def post(street: Talkers, who: str, *argv: str) -> str:
    id: str = street.json(who, "market", "post", *argv)["id"]
    return id


def claim(street: Talkers, who: str, id: str, *argv: str) -> str:
    found: str = street.json(who, "market", "claim", id, *argv)["id"]
    return found


def test_conflicts_are_told_to_whom_they_concern(street: Talkers) -> None:
    lamp = post(street, "ada", "lend", "lamp", "--delegate", "bo")
    street.meet("ada", "bo", "cy")
    of_cy = claim(street, "cy", lamp)
    of_mrs_green = claim(street, "bo", lamp, "--for", "Mrs Green")
    street.meet("ada", "bo", "cy", "bo")
    for who in ("ada", "bo", "cy"):
        assert street(who, "market", "conflicts").code == 0
    street.json("ada", "market", "accept", of_mrs_green)
    street.json("ada", "market", "handover", of_mrs_green)
    street.meet("ada", "cy")
    assert street("cy", "market", "conflicts").code == 0
    street.json("bo", "market", "accept", of_cy)  # has not heard
    street.meet("ada", "bo", "cy")
    for who in ("ada", "bo", "cy"):
        run = street(who, "market", "conflicts", "--json")
        assert run.code == 3, run
        (found,) = street.json(who, "market", "conflicts", code=3)["conflicts"]
        assert found["listing"] == lamp
        assert [each["status"] for each in found["claims"]] == ["done", "displaced"]
        assert found["claims"][1].get("alternatives") == ([] if who == "cy" else None)
    assert "hearth market conflicts" in street("ada", "market").err
    assert "is theirs" in street("cy", "market", "conflicts").err
    street.json("ada", "market", "decline", of_cy)
    assert street("ada", "market", "conflicts").code == 0
    street.meet("ada", "cy")
    assert street("cy", "market", "conflicts").code == 0


@pytest.mark.slow
def test_by_sticks_a_hand_over_recorded_in_a_third_partition_wins(
    street: Talkers, tmp_path: Path
) -> None:
    """Ada accepts one claim, bo another, cy records a hand-over; then the sticks go round."""
    one, two = tmp_path / "one", tmp_path / "two"
    for stick in (one, two):
        stick.mkdir()

    def carry_round(stick: Path, *names: str) -> None:
        for who in names:
            run = street(who, "sync", str(stick))
            assert run.code == 0, run

    saw = post(street, "ada", "lend", "saw", "--delegate", "bo", "--delegate", "cy")
    other = post(street, "cy", "lend", "small saw")
    carry_round(one, "ada", "cy", "bo", "ada")
    of_green = claim(street, "bo", saw, "--for", "Mrs Green")
    of_cy = claim(street, "cy", saw)
    carry_round(one, "bo", "cy", "ada", "bo", "cy")
    street.json("ada", "market", "accept", of_green)
    street.json("bo", "market", "accept", of_cy)
    street.json("cy", "market", "handover", of_cy)
    carry_round(one, "ada", "cy", "ada")
    carry_round(two, "bo", "ada", "cy", "bo")
    found = []
    for who in ("ada", "bo", "cy"):
        claims = street.json(who, "market", "show", saw)["claims"]
        found.append({each["id"]: each["status"] for each in claims})
    assert found == [{of_green: "displaced", of_cy: "done"}] * 3
    (told,) = street.json("bo", "market")["claims"]
    assert (told["id"], told["alternatives"]) == (of_green, [other])
    assert street("bo", "market", "conflicts").code == 3


@pytest.mark.slow
def test_who_was_promised_what_was_withdrawn_hears_that(street: Talkers) -> None:
    bed = post(street, "ada", "offer", "bed")
    street.meet("ada", "bo")
    of_bo = claim(street, "bo", bed)
    street.meet("ada", "bo")
    street.json("ada", "market", "accept", of_bo)
    street.json("ada", "market", "withdraw", bed)
    street.json("ada", "market", "withdraw", bed)
    street.meet("ada", "bo")
    run = street("bo", "market")
    assert "accepted for you, and then withdrawn" in run.err
    assert "somebody else" not in run.err
    for argv in (["edit", bed, "--title", "x"], ["renew", bed]):
        run = street("ada", "market", *argv)
        assert run.code == 1
        assert "was withdrawn" in run.err
    with street.member("ada") as ada:
        from hearth import kinds

        events = ada.home.store.log.events(kinds=(kinds.CHANGE,))
        assert len(list(events)) == 1


# changes


def test_an_empty_value_takes_away_what_there_was(street: Talkers, tmp_path: Path) -> None:
    picture = tmp_path / "bed.jpg"
    picture.write_bytes(jpeg(b"drawn"))
    id = post(
        street, "ada", "offer", "bed", "--terms", "gift", "--tag", "wood", "--where", "Hall",
        "--text", "wide", "--for", "Mrs Green", "--delegate", "bo", "--photo", str(picture),
    )  # fmt: skip
    names = ("terms", "tag", "where", "text", "for", "delegate", "photo")
    options = [part for name in names for part in (f"--{name}", "")]
    found = street.json("ada", "market", "edit", id, *options)
    for name in ("terms", "place", "body", "behalf"):
        assert found[name] is None
    for name in ("tags", "delegates", "photos"):
        assert found[name] == []
    for name in ("qty", "unit", "until", "title"):
        assert street("ada", "market", "edit", id, f"--{name}", "").code == 2
    found = street.json("ada", "market", "edit", id, "--photo", str(picture))
    assert [each["name"] for each in found["photos"]] == ["bed.jpg"]


def test_who_becomes_a_delegate_is_told_where_and_the_last_address_counts(street: Talkers) -> None:
    id = post(street, "ada", "lend", "saw", "--exact", "Mill Lane 1")
    street.json("ada", "market", "edit", id, "--delegate", "bo")
    street.meet("ada", "bo")
    assert street.json("bo", "market", "show", id)["exact"] == "Mill Lane 1"
    street.json("ada", "market", "edit", id, "--exact", "Mill Lane 2")
    street.meet("ada", "bo")
    of_bo = claim(street, "bo", id)
    street.json("bo", "market", "accept", of_bo)
    street.meet("ada", "bo")
    for who in ("ada", "bo"):
        assert street.json(who, "market", "show", id)["exact"] == "Mill Lane 2"
    for number in range(3, 7):
        street.json("ada", "market", "accept", of_bo, "--exact", f"Mill Lane {number}")
    with street.member("ada") as ada, Trader.of(ada.home.path, ada.clock).market() as market:
        assert market.claims.exact(bytes.fromhex(id), bytes.fromhex(of_bo)) == "Mill Lane 6"


@pytest.mark.slow
def test_less_than_was_promised_is_warned_of(street: Talkers) -> None:
    id = post(street, "ada", "offer", "rice", "--qty", "5", "--unit", "kg")
    street.meet("ada", "bo")
    of_bo = claim(street, "bo", id, "--qty", "4")
    street.meet("ada", "bo")
    street.json("ada", "market", "accept", of_bo)
    run = street("ada", "market", "edit", id, "--qty", "4")
    assert "less" not in run.err
    run = street("ada", "market", "edit", id, "--qty", "3")
    assert "less now than was promised" in run.err
    assert of_bo[:8] in run.err


# what was read, and what is shown


@pytest.mark.slow
def test_what_was_left_out_stays_new(street: Talkers) -> None:
    for title in ("one", "two"):
        post(street, "bo", "offer", title)
    post(street, "bo", "request", "three")
    street.meet("ada", "bo")
    street.json("ada", "market", "list", "--kind", "request")
    assert street.json("ada", "market", "list", "--limit", "2")["more"] is True
    run = street("ada", "market", "list", "--limit", "2")
    assert "and more" in run.err
    found = street.json("ada", "market", "list", "--unread")
    assert (len(found["listings"]), found["more"]) == (3, False)
    assert street.json("ada", "market", "list", "--unread")["listings"] == []


def test_slips_of_what_is_not_counted_say_how_much(street: Talkers, tmp_path: Path) -> None:
    id = post(street, "ada", "offer", "oil", "--qty", "9", "--unit", "l")
    slip = codes.code(bytes.fromhex(id), 1)
    run = street("ada", "market", "claim", "--code", slip)
    assert run.code == 2
    assert "how much" in run.err
    other = post(street, "ada", "offer", "more oil")
    run = street("ada", "market", "claim", other, "--code", slip, "--qty", "1")
    assert run.code == 2
    assert "another listing" in run.err
    found = street.json("ada", "market", "claim", id, "--code", slip, "--qty", "0.5")
    assert (found["quantity"], found["slip"]) == (0.5, 1)
    street.json("ada", "market", "withdraw", id)
    paper = str(tmp_path / "poster.pdf")
    run = street("ada", "market", "export", id, "--format", "poster", "--out", paper)
    assert run.code == 2
    assert "withdrawn" in run.err


@pytest.mark.slow
def test_a_time_of_day_is_the_next_one(street: Talkers) -> None:
    soon = time.strftime("%H:%M", time.localtime(time.time() + 2 * 60))
    gone = time.strftime("%H:%M", time.localtime(time.time() - 2 * 60))
    for text, least, most in ((soon, 0, 180), (gone, DAY - 2 * HOUR, DAY + 2 * HOUR)):
        found = street.json("ada", "market", "post", "offer", "x", "--until", text)
        assert least < found["until"] - time.time() < most


@pytest.mark.parametrize("real", [True, False])
def test_in_an_emergency_things_are_listed_for_three_days(street: Talkers, real: bool) -> None:
    before = post(street, "bo", "offer", "before")
    declare = ["emergency", "declare", "flood", "--yes", *([] if real else ["--exercise"])]
    assert street("ada", *declare).code == 0
    street.meet("ada", "bo", "bo")
    run = street("bo", "market", "post", "offer", "bed", "--json")
    assert ("an emergency is declared" in run.err) is real
    usual = 14 * DAY
    for argv, long in (
        (["post", "offer", "wood"], 3 * DAY if real else usual),
        (["renew", before], 3 * DAY if real else usual),
        (["post", "offer", "soup", "--category", "food"], 2 * DAY),
        (["post", "offer", "tent", "--until", "9d"], 9 * DAY),
    ):
        found = street.json("bo", "market", *argv)
        assert 0 <= found["until"] - time.time() - long + 60 <= 60, argv


# when things came


def test_what_came_last_is_noted_although_nothing_follows(tmp_path: Path) -> None:
    clock = Clock()
    (ada, bo), community = neighbours(tmp_path, "ada", "bo", clock=clock)
    first = ada.post(community, until=clock.now + 5 * DAY)
    carry(ada, bo, community)
    assert bo.item(first).standing == "open"  # noted: the next note is due in an hour
    clock.now += 60
    second = ada.post(community, until=clock.now + 5 * DAY)
    carry(ada, bo, community)
    assert bo.item(second).standing == "open"
    for _ in range(4):  # and then there is silence
        clock.now += 3 * DAY
        bo.item(second)
    assert bo.item(second).standing == "expired"
