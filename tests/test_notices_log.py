"""Notices in real logs of several hearths: who said what, in any order, with any clock."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import pytest
from audience_kit import carry, founded, made_once, mix
from cap_kit import data_file
from notice_kit import DAY, Crier, official, relayed_payload
from program import ROOT
from test_chat_fit import Knows, frame_of

from hearth import kinds, retention
from hearth.cap import packing
from hearth.cap.feed import feed
from hearth.cap.model import Alert
from hearth.cap.reading import read
from hearth.cap.writing import write
from hearth.corpora.cache import delete_cache
from hearth.notices.desk import HEARD, UnknownNoticeError, heard
from hearth.notices.drafting import NoticeTextError
from hearth.notices.judging import SHOWN, State, Tier
from hearth.notices.records import EndorseRecord, NoticeRecord, sender_of
from hearth.notices.writing import NotStewardError, OutsiderError
from hearth.payload import RecordError
from hearth.store import cbor
from hearth.store.header import Header, Lane
from hearth.sync import short
from hearth.sync.fit import Link, measure

YEAR_1970, YEAR_2031 = 86_400 * 3, 1_924_992_000


def criers(folder: Path, *names: str) -> tuple[list[Crier], bytes]:
    """A community that the first has founded; each has a clock of its own."""
    return made_once(Crier, folder, names, None, founded)


def carry_all(made: list[Crier], community: bytes) -> None:
    mix(made, community)
    for one in made:
        for other in made:
            if one is not other:
                one.gives(other, community)


# whose it is


def test_an_official_alert_is_official_where_its_document_is(tmp_path: Path) -> None:
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    alert = official("storm", ada.clock())
    ada.relays(community, write(alert), alert)
    assert ada.sees(community)["storm"].tier is Tier.OFFICIAL
    mix([ada, bo], community)
    assert bo.sees(community)["storm"].tier is Tier.NEIGHBOUR  # her word: the document lacks
    ada.gives(bo, community)
    found = bo.sees(community)["storm"]
    assert found.tier is Tier.OFFICIAL
    assert [each.person for each in found.copies] == [ada.person]
    with bo.desk() as desk:
        assert desk.document(found.first) == write(alert)


def test_a_document_that_says_something_else_makes_it_unverified(tmp_path: Path) -> None:
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    alert, other = official("storm", ada.clock()), official("sunshine", ada.clock())
    with bo.home.store.batch() as batch:
        object = batch.put(write(other))
        with batch.transaction():
            pass
    bo.forges(community, kinds.NOTICE, relayed_payload(alert), [object])
    assert bo.sees(community)["storm"].tier is Tier.UNVERIFIED
    bo.forges(
        community, kinds.NOTICE, relayed_payload(official("hail", ada.clock()))
    )  # it names no document
    assert bo.sees(community)["hail"].tier is Tier.UNVERIFIED
    bo.forges(community, kinds.NOTICE, NoticeRecord(official("wind", 5)).encode())
    assert bo.sees(community)["wind"].tier is Tier.UNVERIFIED


def test_the_same_alert_by_several_is_one(tmp_path: Path) -> None:
    made, community = criers(tmp_path, "ada", "bo", "cy")
    alert, other = official("storm", made[0].clock()), official("hail", made[0].clock())
    made[0].relays(community, write(alert), alert)
    made[1].relays(community, feed([other, alert], 5), other, alert)
    carry_all(made, community)
    for each in made:
        found = each.sees(community)
        assert set(found) == {"storm", "hail"}
        assert {copy.person for copy in found["storm"].copies} == {made[0].person, made[1].person}
        assert {each.tier for each in found.values()} == {Tier.OFFICIAL}


def test_stewards_stand_for_it_and_take_it_back(tmp_path: Path) -> None:
    (ada, bo, cy), community = criers(tmp_path, "ada", "bo", "cy")
    ada.promotes(bo, community)
    mix([ada, bo, cy], community)
    cy.says(community, "bridge closed")
    mix([ada, bo, cy], community)
    with pytest.raises(NotStewardError):
        cy.endorses(community, cy.sees(community)["bridge closed"])
    for each, tier in ((ada, Tier.NEIGHBOUR), (bo, Tier.VERIFIED)):
        each.endorses(community, each.sees(community)["bridge closed"])
        mix([ada, bo, cy], community)
        assert cy.sees(community)["bridge closed"].tier is tier
    assert cy.sees(community, wanted=1)["bridge closed"].tier is Tier.VERIFIED
    bo.endorses(community, bo.sees(community)["bridge closed"], stands=False)
    mix([ada, bo, cy], community)
    assert ada.sees(community)["bridge closed"].tier is Tier.NEIGHBOUR
    with cy.home.store.batch() as batch, batch.transaction() as tx:  # who is no steward
        payload = EndorseRecord(cy.sees(community)["bridge closed"].subject).encode()
        cy.home.store.log.append(
            tx, cy.home.signer(cy.clock()), community, Lane.EMERGENCY, kinds.ENDORSE, payload,
            wall=cy.clock(),
        )  # fmt: skip
    mix([ada, bo, cy], community)
    assert ada.sees(community)["bridge closed"].endorsers == (ada.person,)


def test_a_cancellation_by_a_stranger_hides_nothing(tmp_path: Path) -> None:
    (ada, bo, cy), community = criers(tmp_path, "ada", "bo", "cy")
    alert = official("storm", ada.clock())
    bo.relays(community, write(alert), alert)
    _, notice = bo.says(community, "bridge closed")
    carry_all([ada, bo, cy], community)
    forged = official("over", ada.clock() + 60, kind="Cancel", of=[alert, notice])
    cy.relays(community, write(forged), forged)
    copied = forged._replace(sender=sender_of(bo.person), identifier="x", references=(
        forged.references[1],
    ))  # fmt: skip
    cy.forges(community, kinds.NOTICE, NoticeRecord(copied).encode())
    carry_all([ada, bo, cy], community)
    for each in (ada, bo, cy):
        found = each.sees(community)
        for headline in ("storm", "bridge closed"):
            assert found[headline].state is State.FORCE, headline
            assert found[headline].claims
    ada.endorses(community, ada.sees(community)["over"])  # the steward has asked: it is true
    carry_all([ada, bo, cy], community)
    for each in (ada, bo, cy):
        assert each.sees(community)["storm"].state is State.CANCELLED
        assert each.sees(community)["bridge closed"].state is State.FORCE


def test_ones_own_update_and_cancellation(tmp_path: Path) -> None:
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    _, first = bo.says(community, "river rising", area="Mill Lane", severity="severe")
    second = bo.updates(community, first, "river falling")
    assert second.infos[0].severity == "Severe"
    assert second.infos[0].areas == first.infos[0].areas
    assert [each.identifier for each in second.references] == [first.identifier]
    bo.cancels(community, second)
    mix([ada, bo], community)
    found = ada.sees(community)
    assert found["river rising"].state is State.CANCELLED
    assert found["river falling"].state is State.CANCELLED
    assert found["Cancel"].state is State.ANSWER


def test_what_a_removed_member_writes_does_not_count(tmp_path: Path) -> None:
    (ada, bo, cy), community = criers(tmp_path, "ada", "bo", "cy")
    cy.says(community, "before")
    mix([ada, bo, cy], community)
    ada.remove(cy, community)
    cy.says(community, "beyond")
    carry(cy, bo, community)
    carry(ada, bo, community)
    assert set(bo.sees(community)) == {"before"}
    mix([ada, bo, cy], community)
    with pytest.raises(OutsiderError):
        cy.says(community, "now they know")


# the same everywhere


@pytest.mark.parametrize("seed", range(2))
def test_the_same_everywhere_whatever_came_first(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    made, community = criers(tmp_path, "ada", "bo", "cy")
    written: list[Alert] = []
    for number in range(12):
        who, now = rng.choice(made), made[0].clock()
        if rng.random() < 0.5 or not written:
            alert = official(f"alert {number}", now + number)
            who.relays(community, write(alert), alert)
        else:
            old = rng.choice(written)
            kind = rng.choice(("Update", "Cancel"))
            alert = official(f"later {number}", now + number, kind=kind, of=[old])
            who.relays(community, write(alert), alert)
        written.append(alert)
        carry(rng.choice(made), rng.choice(made), community, rng)
        rng.choice(made).sees(community)  # folds in between
    carry_all(made, community)
    states = [
        {head: (e.tier, e.state, e.ended_by, e.claims) for head, e in each.sees(community).items()}
        for each in made
    ]
    assert states[0] == states[1] == states[2]
    made[0].home.close()
    delete_cache(made[0].home.cache_path)
    made[0].open()
    again = made[0].sees(community)
    assert {h: (e.tier, e.state, e.ended_by, e.claims) for h, e in again.items()} == states[1]


# floods


def test_a_flood_by_one_buries_nobody_and_is_heard_once(tmp_path: Path) -> None:
    (ada, bo, cy), community = criers(tmp_path, "ada", "bo", "cy")
    bo.says(community, "need a doctor")
    for number in range(9):
        ada.says(community, f"a steward's own {number}")
    for number in range(40):
        cy.says(community, f"LOOK AT ME {number}")
    carry_all([ada, bo, cy], community)
    with ada.desk() as desk:
        every = desk.notices(community)
        shown, more = heard(every)
        said = [desk.alert(each).infos[0].headline for each in shown]
    assert len(every) == 50
    assert said == [*(f"LOOK AT ME {n}" for n in (39, 38, 37)),
                    *(f"a steward's own {n}" for n in (8, 7, 6)), "need a doctor"]  # fmt: skip
    assert more == {cy.person: 40 - HEARD, ada.person: 9 - HEARD}


# clocks


@pytest.mark.parametrize("wrong", [YEAR_1970, YEAR_2031])
def test_a_notice_by_a_clock_that_is_wrong_is_in_force_for_as_long_as_it_says(
    tmp_path: Path, wrong: int
) -> None:
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    bo.clock.now = wrong
    _, first = bo.says(community, "river rising", long=6 * 3600)
    bo.clock.now += 100
    second = bo.updates(community, first, "river falling")
    mix([ada, bo], community)
    came = ada.clock.now
    assert ada.sees(community)["river rising"].state is State.REPLACED
    assert ada.sees(community)["river falling"].state is State.FORCE
    ada.clock.now = came + 6 * 3600 - 101
    assert ada.sees(community)["river falling"].state is State.FORCE
    ada.clock.now = came + 6 * 3600 + 1
    assert ada.sees(community)["river falling"].state is State.EXPIRED
    assert second.sent.at == wrong + 100


def test_a_clock_set_right_between_two_notices_does_not_turn_them_round(tmp_path: Path) -> None:
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    bo.clock.now = YEAR_2031
    _, first = bo.says(community, "river rising")
    bo.clock.now = ada.clock.now
    bo.updates(community, first, "river falling")
    mix([ada, bo], community)
    assert ada.sees(community)["river rising"].state is State.REPLACED


@pytest.mark.parametrize("wrong", [YEAR_1970, YEAR_2031])
def test_a_reader_whose_clock_is_wrong_misses_nothing_that_comes(
    tmp_path: Path, wrong: int
) -> None:
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    alert = official("storm", ada.clock())
    ada.relays(community, write(alert), alert)
    ada.says(community, "bridge closed")
    bo.clock.now = wrong
    carry_all([ada, bo], community)
    assert {each.state for each in bo.sees(community).values()} == {State.FORCE}


def test_an_old_alert_is_not_in_force_because_it_came_today(tmp_path: Path) -> None:
    (ada,), community = criers(tmp_path, "ada")
    old = official("storm of 2003", 1_055_887_000)
    ada.relays(community, write(old), old)
    found = ada.sees(community)["storm of 2003"]
    assert found.state is State.EXPIRED
    assert found.is_shown(ada.clock())
    assert not found.is_shown(ada.clock() + SHOWN + 1)


def test_what_is_long_over_is_not_looked_at_and_still_ends_what_it_ended(tmp_path: Path) -> None:
    (ada,), community = criers(tmp_path, "ada")
    start = ada.clock.now
    long = official("dike works", start, long=400 * DAY)
    over = official("done", start + 60, kind="Update", of=[long], long=3600)
    old = official("storm", start)
    for each in (long, over, old):
        ada.relays(community, write(each), each)
    assert len(ada.sees(community)) == 3
    ada.clock.now = start + 100 * DAY
    ada.says(community, "bridge closed")
    with ada.desk() as desk:
        found = {desk.alert(e).infos[0].headline: e for e in desk.notices(community, every=False)}
    assert set(found) == {"dike works", "done", "bridge closed"}
    assert found["dike works"].state is State.REPLACED
    assert [head for head, each in found.items() if each.is_shown(ada.clock.now)] == [
        "bridge closed"
    ]


# what goes away


def test_what_is_taken_back_or_let_go_of_is_gone_from_the_cache(tmp_path: Path) -> None:
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    event, _ = bo.says(community, "the beehive key")
    kept, _ = bo.says(community, "bridge closed")
    mix([ada, bo], community)
    assert set(ada.sees(community)) == {"the beehive key", "bridge closed"}
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.append(
            tx, bo.home.signer(5), community, Lane.EMERGENCY, kinds.ERASE, None, [event.id], wall=5
        )
    mix([ada, bo], community)
    assert set(ada.sees(community)) == {"bridge closed"}
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.erase(tx, kept.id)
    retention.forget(ada.home, [], [], [kept.id])
    assert ada.sees(community) == {}


def test_a_notice_outlasts_its_end_by_a_week(tmp_path: Path) -> None:
    (ada,), community = criers(tmp_path, "ada")
    for days, expiry in ((1, 3), (22, 3), (23, 3), (24, 4), (90, 5)):
        event, _ = ada.says(community, f"{days}", long=days * DAY)
        assert event.header.expiry == expiry
        assert retention.EXPIRY[expiry] >= (days + 7) * DAY


# bad records and bad wishes


def test_what_is_no_notice_is_passed_over(tmp_path: Path) -> None:
    (ada,), community = criers(tmp_path, "ada")
    packed = NoticeRecord(official("storm", 5)).encode()
    fields = cbor.decode(packed)
    assert isinstance(fields, dict)
    inner = fields[2]
    assert isinstance(inner, bytes)
    for bad in (
        b"\0", cbor.encode({}), cbor.encode([1]), cbor.encode({**fields, 0: bytes(15)}),
        cbor.encode({**fields, 1: 2}), cbor.encode({**fields, 2: b"xx"}),
        cbor.encode({**fields, 2: inner[:-1]}), cbor.encode({**fields, 2: inner + b"\0"}),
    ):  # fmt: skip
        with pytest.raises(RecordError):
            NoticeRecord.decode(bad)
        ada.forges(community, kinds.NOTICE, bad)
    ada.forges(
        community, kinds.NOTICE, cbor.encode({**fields, 23: "later"})
    )  # what a later version adds
    assert set(ada.sees(community)) == {"storm"}
    for bad in (cbor.encode({0: bytes(16), 1: bytes(31), 2: True}), b"\0"):
        with pytest.raises(RecordError):
            EndorseRecord.decode(bad)


def test_what_cannot_be_said(tmp_path: Path) -> None:
    (ada,), community = criers(tmp_path, "ada")
    wishes: list[dict[str, object]] = [
        {"headline": ""}, {"headline": " \n"}, {"headline": "x" * 161}, {"headline": "\ud800"},
        {"headline": "x", "description": "x" * 8193}, {"headline": "x", "long": 59},
        {"headline": "x", "long": 90 * DAY + 1}, {"headline": "x", "circle": "91,0 1"},
        {"headline": "x", "circle": "0,181 1"}, {"headline": "x", "circle": "home"},
        {"headline": "x", "category": "weather"}, {"headline": "x", "severity": "awful"},
    ]  # fmt: skip
    for how in wishes:
        with pytest.raises(NoticeTextError):
            ada.says(community, **how)  # type: ignore[arg-type]
    assert ada.sees(community) == {}


def test_limits_of_what_can_be_said(tmp_path: Path) -> None:
    (ada,), community = criers(tmp_path, "ada")
    ada.says(community, "x" * 160, description="y" * 8192, long=60, circle="90,-180 0")
    ada.says(community, "z", long=90 * DAY)
    assert len(ada.sees(community)) == 2


def test_no_notice_of_that_id(tmp_path: Path) -> None:
    (ada,), community = criers(tmp_path, "ada")
    event, alert = ada.says(community, "bridge closed")
    with ada.desk() as desk:
        for text in (event.id.hex(), event.id.hex()[:6].upper(), alert.identifier):
            assert desk.find(text).first.id == event.id
        with pytest.raises(UnknownNoticeError):
            desk.find("0" * 64)


# by radio


def test_a_storm_alert_goes_in_four_radio_frames_and_comes_out_whole(tmp_path: Path) -> None:
    """The OASIS example of 1.9 kB, with the header a member's event has in a running community."""
    (ada, bo), community = criers(tmp_path, "ada", "bo")
    data = data_file("example2.xml").read_bytes()
    (found,) = read(data).found
    ada.says(community, "earlier")  # so that it has a previous event, and no control heads to state
    bo.says(community, "later than that")
    mix([ada, bo], community)
    bo.says(community, "and a tick")
    mix([ada, bo], community)
    (event,) = ada.relays(community, data, found.alert)
    assert event.header.previous is not None
    assert event.header.tick is not None
    frame = frame_of(event)
    assert measure(len(frame), Link.LORA).frames <= 4
    got = short.decode(frame, Knows(bo, community))
    assert got.payload is not None
    assert NoticeRecord.decode(got.payload).alert == found.alert


def _rows() -> list[list[str]]:
    """The table of sizes in the specification, but for its head."""
    text = (ROOT / "docs" / "notices.md").read_text(encoding="utf-8")
    lines = text.split("| file | as XML |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row[0])
def test_the_sizes_that_the_specification_states(row: list[str]) -> None:
    data = data_file(row[0].split()[0]).read_bytes()
    (found,) = read(data).found
    some, payload = bytes(32), NoticeRecord(found.alert, relayed=True).encode()
    header = Header(
        some, some, Lane.EMERGENCY, 300, some, 5000, some, kinds.NOTICE, 1_800_000_000, 3, some,
        len(payload), None, (), (some,),
    )  # fmt: skip
    sizes = (
        len(data), len(zlib.compress(data, 9)), len(packing.encode(found.alert)),
        len(packing.pack(found.alert)), measure(short.size(header), Link.LORA).frames,
    )  # fmt: skip
    stated = [int(each.replace(",", "")) for each in row[1:]]
    assert (stated[0], stated[2]) == (sizes[0], sizes[2])
    for one, other in zip(stated, sizes, strict=True):  # another zlib may find other matches
        assert abs(one - other) <= one * 0.05
