"""Check-ins and roll calls over real logs of several hearths."""

from __future__ import annotations

from pathlib import Path

import pytest
from audience_kit import admit, carry, mix
from mesh_kit import Clock
from people_kit import DAY, HOUR, Villager

from hearth import kinds
from hearth.bundles import shorts
from hearth.people import cards
from hearth.people.codes import Code, Group
from hearth.people.records import Status
from hearth.sync.fit import Link, measure


@pytest.fixture
def street(tmp_path: Path) -> tuple[list[Villager], bytes]:
    made = [Villager(tmp_path, name, Clock()) for name in ("ada", "bo", "cy")]
    community = made[0].found()
    for each in made[1:]:
        admit(made[0], each, community)
    mix(made, community)
    for each in made:
        each.keyring.tend(each.clock())
    mix(made, community)
    return made, community


def test_a_check_in_signed_and_sealed_fits_150_bytes(
    street: tuple[list[Villager], bytes],
) -> None:
    (ada, bo, cy), community = street
    bo.says(community, Code.SAFE)
    mix([ada, bo, cy], community)
    call = ada.calls(community, "Storm")
    mix([ada, bo, cy], community)
    for _ in range(300):  # so that numbers are long, and there is something before it
        bo.says(community, Code.NEED_HELP_NOW)
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
