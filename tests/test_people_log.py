"""Check-ins and roll calls over real logs of several hearths."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from audience_kit import carry, made_once, mix
from blake3 import blake3
from people_kit import DAY, HOUR, Villager

from hearth import kinds, lane_following, retention
from hearth.bundles import shorts
from hearth.corpora.cache import delete_cache
from hearth.people import cards, fold, lookout, records, reporting
from hearth.people.calls import Calls
from hearth.people.codes import Code, Group
from hearth.people.errors import NotYoursError, PeopleTextError
from hearth.people.fold import PeopleFold, guest
from hearth.people.judging import Standing, Statement, standing
from hearth.people.lookout import Lookout, Missing, State
from hearth.people.records import (
    AssignRecord,
    CallRecord,
    CheckInRecord,
    MissingRecord,
    Record,
    Status,
    encode,
)
from hearth.people.reporting import Reporter
from hearth.sync.fit import Link, measure


@pytest.fixture
def street(tmp_path: Path) -> tuple[list[Villager], bytes]:
    return made_once(Villager, tmp_path, ("ada", "bo", "cy"), None)


def test_a_check_in_signed_and_sealed_fits_150_bytes(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, cy), community = street
    bo.says(community, Code.SAFE)
    mix([ada, bo, cy], community)
    call = ada.calls(community, "Storm")
    mix([ada, bo, cy], community)
    with bo.writer(community) as writer:
        for _ in range(300):  # so that numbers are long, and there is something before it
            writer.check_in(Code.NEED_HELP_NOW)
    cy.says(community, Code.INJURED, person=bo)
    mix([ada, bo, cy], community)
    written = bo.says(community, Code.SAFE, company=4)
    frame = shorts.frame(bo.node, written.event)
    assert frame[0] == 0x10, "masked, under a key that the members share"
    assert written.event.header.previous is not None
    assert len(frame) <= 150
    assert written.frames == measure(len(frame), Link.LORA).frames == 1
    shorts.take(ada.node, frame, bytes(7) + b"\5".ljust(25, b"\0"))
    assert ada.sees(community, bo.person).company == 4
    sheet = ada.sheet(community, call)
    assert [(each.person.person, each.way) for each in sheet.answered if each.way] == [
        (bo.person, bytes(7) + b"\5")
    ]


def test_silence_is_data(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    for each in (ada, bo, cy):
        each.clock.now += DAY
    call = ada.calls(community, "Flood")
    mix([ada, bo, cy], community)
    bo.says(community, Code.NEED_HELP_LATER, note="the cellar")
    mix([ada, bo, cy], community)
    sheet = ada.sheet(community, call)
    assert [each.person.person for each in sheet.answered] == [bo.person]
    silent = {each.person.person: each for each in sheet.silent}
    assert set(silent) == {ada.person, cy.person}
    assert silent[cy.person].heard == cy.clock() - DAY
    # somebody who has not heard of it, and checks in, has answered
    cy.clock.now += HOUR
    cy.says(community, Code.SAFE)
    mix([ada, bo, cy], community)
    assert {each.person.person for each in ada.sheet(community, call).silent} == {ada.person}


def test_who_goes_to_whom(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    call = ada.calls(community, "Flood")
    mix([ada, bo, cy], community)
    with bo.writer(community) as writer:
        writer.assign(bo.call(community, call), [cy.person], bo.person)
    mix([ada, bo, cy], community)
    silent = {each.person.person: each for each in ada.sheet(community, call).silent}
    assert silent[cy.person].knocker == bo.person
    bo.says(community, Code.NOBODY_THERE, person=cy, call=bo.call(community, call))
    mix([ada, bo, cy], community)
    silent = {each.person.person: each for each in ada.sheet(community, call).silent}
    assert silent[cy.person].knocked is not None, "still silent, and somebody was there"


def test_a_stewards_word_stands_before_who_says_so_of_themselves(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, cy), community = street  # ada is the steward
    call = ada.calls(community, "Storm")
    mix([ada, bo, cy], community)

    def assign(who: Villager, knocker: Villager | None) -> None:
        with who.writer(community) as writer:
            person = None if knocker is None else knocker.person
            writer.assign(who.call(community, call), [cy.person], person)

    def goes(at: Villager) -> bytes | None:
        return {each.person.person: each for each in at.sheet(community, call).silent}[
            cy.person
        ].knocker

    assign(ada, ada)
    assign(cy, cy)  # who has not heard of it yet
    mix([ada, bo, cy], community)
    forged = AssignRecord(call, cy.person, bo.person)  # whatever another program lets them say
    bo.forges(community, kinds.ASSIGN, encode(forged))
    mix([ada, bo, cy], community)
    assert [goes(each) for each in (ada, bo, cy)] == [ada.person] * 3
    with pytest.raises(NotYoursError):
        assign(bo, bo)
    with pytest.raises(NotYoursError):
        assign(bo, None)
    assign(ada, None)
    mix([ada, bo, cy], community)
    assign(bo, bo)
    mix([ada, bo, cy], community)
    assert [goes(each) for each in (ada, bo, cy)] == [bo.person] * 3
    with pytest.raises(NotYoursError):
        assign(cy, None)
    assign(ada, bo)
    mix([ada, bo, cy], community)
    assign(bo, None)
    mix([ada, bo, cy], community)
    assert [goes(each) for each in (ada, bo, cy)] == [None] * 3, "who was to go does not"


def test_a_card_from_the_future_says_nothing_for_ever(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, cy), community = street
    record = CheckInRecord(
        int(Code.SAFE), person=cy.person, card=cards.new(cy.person), at=2**53 - 1
    )
    bo.forges(community, kinds.CHECK_IN, encode(record))
    mix([ada, bo, cy], community)
    assert ada.sees(community, cy.person).at == ada.clock()
    ada.clock.now += 4 * DAY
    assert ada.sees(community, cy.person).group is Group.UNKNOWN


def test_who_is_not_asked_is_not_silent(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    call = ada.calls(community, "Block 7", asked=[bo.person])
    mix([ada, bo, cy], community)
    cy.says(community, Code.SAFE)
    bo.says(community, Code.SAFE)
    mix([ada, bo, cy], community)
    sheet = ada.sheet(community, call)
    assert [each.person.person for each in sheet.answered] == [bo.person]
    assert (sheet.silent, sheet.guests) == ([], [])
    with ada.register() as register:
        calls = Calls(register)
        assert [each.id for each in calls.for_person(community, bo.person)] == [call]
        assert calls.for_person(community, cy.person) == []


def test_a_roll_call_ends_by_its_time_or_by_who_may_end_it(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, cy), community = street
    call, other = bo.calls(community, "Storm"), bo.calls(community, "Flood")
    mix([ada, bo, cy], community)
    cy.forges(community, kinds.ROLL_CALL, encode(CallRecord(ends=call)))
    mix([ada, bo, cy], community)
    assert ada.call(community, call).open, "cy may not end it"
    with ada.writer(community) as writer:
        writer.end(ada.call(community, call))
    mix([ada, bo, cy], community)
    ended = bo.call(community, call)
    assert (ended.open, ended.ended_by) == (False, ada.person)
    bo.clock.now += DAY - 1
    assert bo.call(community, other).open
    bo.clock.now += 4 * DAY
    assert not bo.call(community, other).open


def test_until_when_a_roll_call_is_open_stands_once_it_was_seen(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, cy), community = street
    bo.says(community, Code.SAFE)
    mix([ada, bo, cy], community)
    assert ada.sees(community, bo.person).group is Group.SAFE  # looked, just before
    for each in (ada, bo, cy):
        each.clock.now += 600
    bo.clock.now -= 20 * 3600  # it was long on its way
    call = bo.calls(community, "Storm")
    mix([ada, bo, cy], community)
    until = ada.call(community, call).until
    assert until == ada.clock() + DAY
    for _ in range(3):
        ada.clock.now += 900
        assert ada.call(community, call).until == until


@pytest.mark.parametrize("seconds", [59, 60, 14 * DAY, 14 * DAY + 1])
def test_how_long_a_roll_call_may_be_open(
    street: tuple[list[Villager], bytes], seconds: int
) -> None:
    (ada, _, _), community = street
    with ada.writer(community) as writer:
        if seconds in (59, 14 * DAY + 1):
            with pytest.raises(PeopleTextError, match="a minute to 14 days"):
                writer.start("Storm", ada.clock() + seconds)
        else:
            writer.start("Storm", ada.clock() + seconds)


def test_an_exercise_is_never_real(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    call = ada.calls(community, "Rehearsal", status=Status.EXERCISE)
    mix([ada, bo, cy], community)
    bo.says(community, Code.INJURED, status=Status.EXERCISE)
    cy.says(community, Code.SAFE)
    mix([ada, bo, cy], community)
    assert ada.sees(community, bo.person).code is None
    sheet = ada.sheet(community, call)
    assert [each.person.person for each in sheet.answered] == [bo.person]
    with ada.register() as register:
        counts = register.counts(community)
        assert (counts.safe, counts.needs) == (1, 0)
        asks = Calls(register).for_person
        assert asks(community, cy.person) == []
        assert [each.id for each in asks(community, cy.person, real=False)] == [call]


@pytest.mark.parametrize("first", ["card", "phone"])
def test_a_paper_card_and_the_persons_own_word_count_once(
    street: tuple[list[Villager], bytes], first: str
) -> None:
    (ada, bo, cy), community = street
    call = ada.calls(community, "Storm")
    mix([ada, bo, cy], community)
    code = cards.write(cards.new(cy.person), Code.SAFE)
    ticked = cards.read(code)
    (owner,) = cards.owners(ticked.card, [each.person for each in (ada, bo, cy)])
    written = bo.clock()

    def typed() -> None:
        bo.says(community, ticked.code, person=owner, card=ticked.card, at=written, company=2)

    def own() -> None:
        cy.says(community, Code.SAFE, company=2)

    (typed if first == "card" else own)()
    (own if first == "card" else typed)()
    ada.says(community, ticked.code, person=owner, card=ticked.card, at=written, company=2)
    carry(bo, ada, community)
    with ada.register() as register:
        alone = register.counts(community)
        assert (alone.safe, alone.company) == (1, 2)
        assert register.people(community)[cy.person].card == ticked.card
    carry(cy, ada, community)
    with ada.register() as register:
        counts = register.counts(community)
        assert (counts.safe, counts.company) == (1, 2)
        assert register.people(community)[cy.person].own
    assert [each.person.person for each in ada.sheet(community, call).answered] == [cy.person]


def test_a_guest_who_joins_later_counts_once(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    card = cards.new(None, [each.person for each in (ada, bo, cy)])
    bo.says(community, Code.SAFE, card=card, name="Mrs Weber", at=bo.clock())
    mix([ada, bo, cy], community)
    with ada.register() as register:
        assert register.counts(community).safe == 1
    cy.says(community, Code.SAFE, card=card)
    mix([ada, bo, cy], community)
    with ada.register() as register:
        assert register.counts(community).safe == 1


def test_nobody_takes_a_guest_off_who_needs_help(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    card = cards.new(None, [each.person for each in (ada, bo, cy)])
    bo.says(community, Code.INJURED, card=card, name="Mrs Weber", at=bo.clock())
    mix([ada, bo, cy], community)
    for record in (
        CheckInRecord(int(Code.INJURED), person=guest(card)),  # the worst, and without a name
        CheckInRecord(int(Code.SAFE), card=card),  # it was mine
    ):
        cy.forges(community, kinds.CHECK_IN, encode(record))
        mix([ada, bo, cy], community)
        found = ada.sees(community, guest(card))
        assert (found.name, found.group) == ("Mrs Weber", Group.NEEDS)


def test_a_clock_that_is_ahead_answers_no_roll_call_to_come(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, _cy), community = street
    bo.clock.now += 20 * HOUR
    bo.says(community, Code.SAFE)
    carry(bo, ada, community)
    ada.sees(community, bo.person)  # so that it is noted when it came
    ada.clock.now += 3 * HOUR
    call = ada.calls(community, "Storm")
    assert bo.person in {each.person.person for each in ada.sheet(community, call).silent}
    bo.clock.now = ada.clock.now + 20 * HOUR
    bo.says(community, Code.SAFE)
    carry(bo, ada, community)
    assert [each.person.person for each in ada.sheet(community, call).answered] == [bo.person]


def test_what_was_said_three_days_ago_says_nothing_now(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, cy), community = street
    bo.says(community, Code.SAFE)
    mix([ada, bo, cy], community)
    ada.clock.now += 3 * DAY
    found = ada.sees(community, bo.person)
    assert (found.group, found.stale, found.code) == (Group.UNKNOWN, True, Code.SAFE)


@pytest.mark.parametrize("year", [0, 1_924_992_000])
def test_clocks_of_1970_and_2031_lose_nobody(
    street: tuple[list[Villager], bytes], year: int
) -> None:
    (ada, bo, cy), community = street
    call = ada.calls(community, "Storm")
    mix([ada, bo, cy], community)
    bo.clock.now = year
    bo.says(community, Code.NEED_HELP_NOW)
    mix([ada, bo, cy], community)
    found = ada.sees(community, bo.person)
    assert found.group is Group.NEEDS
    assert {each.person.person for each in ada.sheet(community, call).silent} == {
        ada.person, cy.person,
    }  # fmt: skip


def test_erased_words_are_gone(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    event = bo.says(community, Code.INJURED, note="in the cellar").event
    mix([ada, bo, cy], community)
    assert ada.sees(community, bo.person).code == Code.INJURED
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        bo.home.store.log.append(
            tx, bo.home.signer(bo.clock()), community, event.header.lane, kinds.ERASE, None,
            [event.id], wall=bo.clock(),
        )  # fmt: skip
    mix([ada, bo, cy], community)
    assert ada.sees(community, bo.person).code is None


# who is looked for


def report(who: Villager, community: bytes, name: str, **how: object) -> bytes:
    with who.register() as register:
        until = who.clock() + how.pop("long", 30 * DAY)  # type: ignore[operator]
        record = MissingRecord(name, until, **how)  # type: ignore[arg-type]
        return Reporter(register, community).report(record).event.id


def looked_for(who: Villager, community: bytes) -> dict[bytes, Missing]:
    with who.register() as register:
        return {each.id: each for each in Lookout(register).all(community)}


def says_found(who: Villager, community: bytes, id: bytes) -> None:
    with who.register() as register:
        one = Lookout(register).find(community, id.hex())
        record = reporting.found(one, who.person, None, None)
        Reporter(register, community).sight(one, record)


def test_the_word_of_anybody_ends_no_search(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    id = report(bo, community, "Anna")
    mix([ada, bo, cy], community)
    says_found(cy, community, id)
    mix([ada, bo, cy], community)
    found = looked_for(ada, community)[id]
    assert (found.state, [each.found for each in found.sightings]) == (State.OPEN, [True])
    says_found(ada, community, id)  # a steward
    mix([ada, bo, cy], community)
    found = looked_for(bo, community)[id]
    assert (found.state, found.found_by) == (State.FOUND, ada.person)


@pytest.mark.parametrize("erased", [False, True])
def test_what_is_over_is_an_id_and_dates(
    street: tuple[list[Villager], bytes], erased: bool
) -> None:
    (ada, bo, cy), community = street
    id = report(bo, community, "Anna", text="red coat", exact="Mill Lane 4", long=DAY)
    mix([ada, bo, cy], community)
    says_found(cy, community, id)
    mix([ada, bo, cy], community)
    assert looked_for(ada, community)[id].exact == "Mill Lane 4"
    at = looked_for(ada, community)[id].at
    if erased:  # as keeping house does, once others bear the time out
        held = [each for each in ada.home.store.log.events(community) if each.header.expiry]
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            ada.home.store.log.erase_all(tx, [each.id for each in held])
        retention.forget(ada.home, [], [], [each.id for each in held])
        files = b"".join(p.read_bytes() for p in ada.path.rglob("cache.db*"))
        assert b"red coat" not in files
        assert b"Mill Lane 4" not in files
    else:
        ada.clock.now += 3 * DAY
    left = looked_for(ada, community)[id]
    assert left == Missing(id, community, bo.person, at, left.until, State.EXPIRED, False)
    with ada.register() as register:
        assert Lookout(register).search(community, "anna") == []
        assert Lookout(register).search(community, "red") == []


def test_a_child_is_written_nowhere_in_the_clear(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    id = report(bo, community, "Tim Bergmann", minor=True, exact="Mill Lane 4")
    mix([ada, bo, cy], community)
    says_found(ada, community, id)
    mix([ada, bo, cy], community)
    assert looked_for(bo, community)[id].name == "Tim Bergmann"
    assert looked_for(cy, community) == {}
    for each in cy.home.store.log.events(community):
        assert b"Bergmann" not in (each.payload or b"")
        assert b"Mill Lane 4" not in (each.payload or b"")
    files = b"".join(p.read_bytes() for p in cy.path.rglob("*") if p.is_file())
    assert b"Bergmann" not in files


# what nobody honest writes


def test_a_flood_is_heard_once(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    for number in range(50):
        bo.forges(community, kinds.CHECK_IN, encode(CheckInRecord(3, note=f"help {number}")))
        about = blake3(bytes([number])).digest()
        bo.forges(community, kinds.CHECK_IN, encode(CheckInRecord(3, person=about)))
        record = CallRecord(f"call {number}", bo.clock() + DAY)
        bo.forges(community, kinds.ROLL_CALL, encode(record))
        bo.forges(community, kinds.MISSING, encode(MissingRecord(f"M {number}", bo.clock() + DAY)))
    cy.says(community, Code.NEED_HELP_NOW)
    mine = report(cy, community, "Anna")
    mix([ada, bo, cy], community)
    assert ada.sees(community, bo.person).note == "help 49"
    with ada.register() as register:
        assert register.counts(community).needs == 2, "strangers to the community are not counted"
        calls = Calls(register).all(community)
        assert (len(calls), sum(each.open for each in calls)) == (50, 3)
        listed, rest = lookout.heard(calls)
        assert ([each.title for each in listed][:2], rest) == (
            ["call 49", "call 48"],
            {bo.person: 45},
        )
        shown, more = lookout.heard(Lookout(register).all(community))
        assert mine in {each.id for each in shown}
        assert (len(shown), more) == (6, {bo.person: 45})


def test_of_a_flood_about_one_person_the_latest_are_judged(
    street: tuple[list[Villager], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bo, cy), community = street
    monkeypatch.setattr(PeopleFold, "most", {kinds.CHECK_IN: 3})
    judged = list[int]()

    def judging(said: list[Statement]) -> Standing:
        judged.append(len(said))
        return standing(said)

    monkeypatch.setattr(fold, "standing", judging)
    for size in (2, 3, 4, 40):
        for number in range(size):
            bo.forges(community, kinds.CHECK_IN, encode(CheckInRecord(3, note=f"help {number}")))
        cy.says(community, Code.INJURED, person=bo)
        mix([ada, bo, cy], community)
        judged.clear()
        assert ada.sees(community, bo.person).code == Code.NEED_HELP_NOW
        assert max(judged) <= 6
    with (
        ada.home.store.batch() as batch,
        batch.transaction() as tx,
    ):  # what is erased takes no place
        latest = [
            each.id
            for each in ada.home.store.log.events(community, kinds=(kinds.CHECK_IN,))
            if each.header.device == bo.home.identity.device
        ][-3:]
        ada.home.store.log.erase_all(tx, latest)
    retention.forget(ada.home, [], [], latest)
    assert ada.sees(community, bo.person).note == "help 36"


@pytest.mark.parametrize(("room", "times"), [(1 << 20, 1), (0, 2)])
def test_what_was_read_is_read_again_only_where_there_was_no_room(
    room: int,
    times: int,
    street: tuple[list[Villager], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (ada, bo, cy), community = street
    bo.says(community, Code.SAFE, note="in the mill")
    cy.says(community, Code.INJURED, person=bo)
    mix([ada, bo, cy], community)
    found, read, decode = ada.sees(community, bo.person), list[bytes](), records.decode

    def counted(kind: int, payload: bytes, *, sealed: bool = False) -> Record:
        read.append(payload)
        return decode(kind, payload, sealed=sealed)

    monkeypatch.setattr(records, "decode", counted)
    monkeypatch.setattr(lane_following, "_READ", room)
    delete_cache(ada.home.cache_path)
    assert ada.sees(community, bo.person) == found
    assert len(read) == 2 * times


def test_who_is_put_out_says_nothing_any_more(street: tuple[list[Villager], bytes]) -> None:
    (ada, bo, cy), community = street
    bo.says(community, Code.SAFE)
    bo.says(community, Code.INJURED, person=cy)
    mix([ada, bo, cy], community)
    assert ada.sees(community, cy.person).code == Code.INJURED
    ada.remove(bo, community)
    bo.says(community, Code.INJURED, person=ada)
    mix([ada, bo, cy], community)
    assert ada.sees(community, ada.person).code is None


@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_first_all_see_the_same(
    street: tuple[list[Villager], bytes], seed: int
) -> None:
    everybody, community = street
    rng = random.Random(seed)
    for _ in range(25):
        one, other = rng.choice(everybody), rng.choice(everybody)
        one.says(community, rng.choice([Code.SAFE, Code.INJURED]), person=other)
        if rng.random() < 0.3:
            one.says(community, Code.DENY)
        if rng.random() < 0.4:
            carry(one, rng.choice(everybody), community, rng)
    mix(everybody, community)

    def picture(who: Villager) -> list[tuple[object, ...]]:
        with who.register() as register:
            return [
                (each.person, each.code, each.author, each.own, each.heads)
                for each in register.people(community).values()
            ]

    seen = [sorted(picture(each), key=repr) for each in everybody]
    assert seen[0] == seen[1] == seen[2]
    everybody[0].home.close()
    delete_cache(everybody[0].home.cache_path)
    everybody[0].open()
    assert sorted(picture(everybody[0]), key=repr) == seen[1]
