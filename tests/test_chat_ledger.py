"""Who holds what: only what devices have signed, and of that only what is proved here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from log_kit import take
from mesh_kit import NOW, Member, members
from receipts_kit import (
    claim,
    device,
    holders,
    look,
    marks,
    meet,
    names,
    say,
    settle,
    state_now,
    stated,
)
from street_kit import Street
from test_mesh_restored import copy, restore

from hearth.chat.ledger import GONE, NO_KEY, Ledger, path, state
from hearth.chat.receipt_codec import Mark, Step, encode
from hearth.community import acts, succession
from hearth.store.event import Event, SignatureError


def test_a_message_to_somebody_who_is_off(tmp_path: Path) -> None:
    """A writes, C carries, B reads; A knows of it when C comes by again, and never before."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "bea", "cy") as (ada, bea, cy):
            community = ada.found()
            await settle(community, ada, bea, cy)
            clock = ada.clock
            said = say(ada, community)
            assert look(ada, said, bea) == ("queued", (), 1, None)

            clock.now = NOW + 100  # type: ignore[attr-defined]
            await meet(ada, cy)
            found = look(ada, said, bea)
            assert (found.word, found.of) == ("carried", 1)
            [carrier] = found.by
            assert carrier[:2] == (device(cy), cy.home.identity.person)
            assert carrier[2:] == ("cy", NOW + 100, device(ada), "ada")

            clock.now = NOW + 200  # type: ignore[attr-defined]
            await meet(bea, cy)
            assert look(ada, said, bea) == found
            assert look(cy, said, bea).word == "delivered"

            clock.now = NOW + 300  # type: ignore[attr-defined]
            await meet(ada, cy)
            found = look(ada, said, bea)
            assert found.word == "delivered"
            holder = found.by[0]
            assert holder[:2] == (device(bea), bea.home.identity.person)
            assert holder[2:] == ("bea", NOW + 200, device(cy), "cy")
            assert found.by[1] == carrier
            assert [each.name for each in path(found.by, holder)] == ["cy", "bea"]

            for each in (ada, bea, cy):
                each.home.close()
                each.open()
            assert look(ada, said, bea) == found
            await meet(ada, cy)
            assert look(ada, said, bea) == found

    anyio.run(scenario)


class Band(NamedTuple):
    community: bytes
    all: list[Member]

    @property
    def first(self) -> Member:
        return self.all[0]


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Band]:
    """Five who know each other; what they hold of chats is nobody's but ada's."""
    with members(tmp_path_factory.mktemp("band"), "ada", "bea", "cy", "dan", "eve") as all_of_them:
        ada = all_of_them[0]
        community = ada.found()
        anyio.run(settle, community, ada, *all_of_them[1:])
        yield Band(community, all_of_them)


def claims(band: Band, by: Member, *told: Mark) -> None:
    """What a member would have signed, as ada holds it."""
    claim(band.first, by.home.signer(NOW), band.community, encode(told))


def mark(event: Event, **fields: object) -> Mark:
    made = Mark(event.header.device[:4], event.id[:8], (Step(event.header.sequence, NOW, None),))
    return made._replace(**fields)  # type: ignore[arg-type]


def test_who_lies_proves_nothing(band: Band) -> None:
    ada, bea, _, dan, _ = band.all
    first, second = say(ada, band.community), say(ada, band.community)
    theirs = say(dan, band.community)
    length = second.header.sequence
    lies = [
        mark(second, steps=(Step(length + 1, NOW, None),)),  # more than there is
        mark(second, steps=(Step(2**53 - 1, NOW, None),)),
        mark(second, head=b"whatever"),  # something else
        mark(first, steps=(Step(length, NOW, None),)),  # not at that place
        mark(theirs, chain=device(ada)[:4]),  # another chain
        mark(second, chain=theirs.header.device[:4]),
    ]
    for lie in lies:
        claims(band, bea, lie)
        assert names(ada, first) == names(ada, second) == []
        assert look(ada, first, bea).word == "queued"
    claims(band, bea, *lies, mark(first))
    assert names(ada, first) == ["bea"]
    assert names(ada, second) == []
    for body in (b"", b"\xff" * 400, b"\xbb" + b"\xff" * 8, encode(()) + b"x"):
        claim(ada, bea.home.signer(NOW), band.community, body)
        assert names(ada, first) == []
    claims(band, bea, mark(second, first=length))
    assert (names(ada, first), names(ada, second)) == ([], ["bea"])
    hole = (first.header.sequence, first.header.sequence)
    claims(band, bea, mark(second, holes=(hole,)))
    assert (names(ada, first), names(ada, second)) == ([], ["bea"])
    claims(band, bea)


def test_the_author_s_own_word_does_not_count(band: Band) -> None:
    ada = band.first
    said = say(ada, band.community)
    claims(band, ada, mark(said))
    assert holders(ada, said) == []
    assert look(ada, said).word == "queued"
    claims(band, ada)


def test_several_marks_of_a_device_are_each_true(band: Band) -> None:
    ada, bea, *_ = band.all
    first, second = say(ada, band.community), say(ada, band.community)
    early = mark(first, steps=(Step(first.header.sequence, NOW - 50, device(ada)[:8]),))
    claims(band, bea, mark(second), early)
    assert [(each.at, each.via) for each in holders(ada, first)] == [(NOW - 50, device(ada))]
    assert [(each.at, each.via) for each in holders(ada, second)] == [(NOW, None)]
    claims(band, bea)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_never_more_than_was_signed(band: Band, data: st.DataObject) -> None:
    """Whoever holds it and whoever it is for: no word says more than the statements do."""
    ada, *others = band.all
    event = _sample(band)
    holding = data.draw(st.sets(st.integers(0, 3)), "who holds it")
    lying = data.draw(st.sets(st.integers(0, 3)), "who lies")
    meant = data.draw(st.none() | st.sets(st.integers(0, 3), min_size=1), "for whom")
    able = data.draw(st.none() | st.sets(st.integers(0, 3)), "who can open it")
    told = data.draw(st.sets(st.integers(0, 3)), "who has read it")
    for number, each in enumerate(others):
        said = [mark(event)] if number in holding else []
        if number in lying:
            said.append(mark(event, head=bytes(8)))
        claims(band, each, *said)
    persons = None if meant is None else {others[n].home.identity.person for n in meant}
    found = state(
        Ledger(ada.home, ada.node.commons, band.community),
        event,
        persons,
        readers=None if able is None else {device(others[n]) for n in able},
        read={others[n].home.identity.person for n in told},
    )
    every = set(range(4)) if meant is None else meant
    can = every if able is None else every & able
    got = can & holding
    if not can:
        expected = "failed"
    elif every <= told:
        expected = "read"
    elif got:
        expected = "delivered" if every <= got else "relayed"
    else:
        expected = "carried" if holding else "queued"
    assert (found.word, found.of) == (expected, len(every))
    assert found.reason == (NO_KEY if found.word == "failed" else None)
    if found.word != "failed":
        assert {each.device for each in found.by} == {device(others[n]) for n in holding}
        assert {each.device for each in found.by[: len(got)]} == {device(others[n]) for n in got}


_said: dict[bytes, Event] = {}


def _sample(band: Band) -> Event:
    if band.community not in _said:
        _said[band.community] = say(band.first, band.community)
    return _said[band.community]


def test_a_key_that_is_not_there_opens_nothing(band: Band) -> None:
    """A device has got a message when it has what hands it the key, too."""
    ada, bea, cy, *_ = band.all
    said = say(ada, band.community)
    claims(band, bea, mark(said))
    assert look(ada, said, bea, able=set()).word == "carried"
    assert look(ada, said, bea, able={device(cy)}).word == "carried"
    assert look(ada, said, bea, able={device(bea)}).word == "delivered"
    assert look(ada, said, bea).word == "delivered"
    claims(band, bea)
    claims(band, cy)


def test_what_has_expired_and_what_was_never_here(band: Band) -> None:
    ada, bea, *_ = band.all
    said = say(ada, band.community, expiry=1)
    claims(band, bea, mark(said))
    assert look(ada, said, bea).word == "delivered"
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.erase(tx, said.id)
    assert look(ada, ada.home.store.log.get(said.id), bea).word == "expired"
    stranger = say(bea, band.community)  # ada has not got it
    assert holders(ada, stranger) == []
    claims(band, bea)


def test_notes_to_oneself(band: Band) -> None:
    ada = band.first
    said = say(ada, band.community)
    assert look(ada, said, ada) == ("queued", (), 0, None)
    claims(band, band.all[1], mark(said))
    assert look(ada, said, ada).word == "carried"
    claims(band, band.all[1])


def test_a_removed_member_s_word_counts_for_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "bea", "cy") as (ada, bea, cy):
            community = ada.found()
            await settle(community, ada, bea, cy)
            said, other = say(ada, community), say(bea, community)
            await meet(bea, ada)
            await meet(cy, ada)
            assert look(ada, said, bea).word == "delivered"
            assert look(ada, said).word == "delivered"
            membership = ada.node.commons.membership(community)
            member = membership.members[bea.home.identity.person]
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                acts.remove(ada.home, tx, membership, member, NOW)
            assert names(ada, said) == ["cy"]
            gone = look(ada, said, bea)
            assert (gone.word, gone.reason) == ("failed", GONE)
            assert look(ada, said, bea, ada).word == "failed"  # nobody but the author is left
            assert look(ada, said) == ("delivered", tuple(holders(ada, said)), 1, None)
            await meet(cy, ada)  # nor is what she wrote receipted any more
            assert marks(ada, community) == []
            more = say(cy, community)
            await meet(cy, ada)
            assert {each.chain for each in marks(ada, community)} == {device(cy)[:4]}
            assert names(cy, more) == ["ada"]
            assert holders(cy, other) == []

    anyio.run(scenario)


def test_a_backup_that_is_restored(tmp_path: Path) -> None:
    """The new device says itself what it holds; what was written by the old one still arrives."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "bea") as (ada, bea):
            community = ada.found()
            await settle(community, ada, bea)
            before = say(ada, community)
            await meet(bea, ada)
            copy(ada, tmp_path / "old")
            later = say(ada, community)
            await meet(bea, ada)
            first = device(ada)
            restore(ada, tmp_path / "old")
            say(bea, community)
            await meet(ada, bea)
            await meet(ada, bea)
            assert device(ada) != first
            for each in (before, later):
                found = look(ada, each, bea)
                assert (found.word, found.by[0].name) == ("delivered", "bea")
                assert device(ada) in {holder.device for holder in holders(bea, each)}
            membership = ada.node.commons.membership(community)
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                succession.retire(ada.home, tx, membership, first, NOW)
            await meet(ada, bea)
            assert look(ada, later, bea).word == "delivered"
            assert first not in {holder.device for holder in holders(bea, say(bea, community))}

    anyio.run(scenario)


def test_of_a_fork_each_branch_is_proved_by_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "bea", "cy") as (ada, bea, cy):
            community = ada.found()
            await settle(community, ada, bea, cy)
            common = say(ada, community, "before")
            await meet(bea, ada)
            await meet(cy, ada)
            copy(ada, tmp_path / "copy")
            twin = Member.of(tmp_path / "copy", ada.clock)
            one, two = say(ada, community, "one"), say(twin, community, "two")
            longer = say(ada, community, "one more")
            await meet(bea, ada)
            await meet(cy, twin)
            assert (names(ada, one), names(twin, two)) == (["bea"], ["cy"])
            assert [each.length for each in marks(bea, community)] == [3]
            assert [each.length for each in marks(cy, community)] == [2]
            twin.home.close()

            take(ada.home.store, list(cy.home.store.log.records(community)))
            for slot in stated(cy, community).values():
                with ada.home.store.batch() as batch, batch.transaction() as tx:
                    ada.home.store.slots.put(tx, slot.statement, slot.signature)
            assert sorted(names(ada, common)) == ["bea", "cy"]
            assert (names(ada, one), names(ada, two)) == (["bea"], ["cy"])
            assert names(ada, longer) == ["bea"]

            await meet(bea, cy)  # both hold both branches now, and say so
            for each in (bea, cy):
                assert sorted(mark.length for mark in marks(each, community)) == [2, 3]
                assert state_now(each, community) == []
            assert {each.device for each in holders(bea, one)} >= {device(bea), device(cy)}
            assert {each.device for each in holders(bea, two)} >= {device(bea), device(cy)}

    anyio.run(scenario)


def test_a_statement_that_was_altered_is_not_held(band: Band) -> None:
    ada, bea, *_ = band.all
    said = say(ada, band.community)
    claims(band, bea, mark(said))
    (slot,) = stated(ada, band.community, bea).values()
    at = slot.statement.index(said.id[:8])
    other = slot.statement[:at] + bytes((slot.statement[at] ^ 1,)) + slot.statement[at + 1 :]
    with (
        pytest.raises(SignatureError),
        ada.home.store.batch() as batch,
        batch.transaction() as tx,
    ):
        ada.home.store.slots.put(tx, other, slot.signature)
    assert names(ada, said) == ["bea"]
    claims(band, bea)


def test_one_sync_leaves_the_receipt_with_the_carrier(tmp_path: Path) -> None:
    """The program itself, in processes of its own."""
    street = Street(tmp_path)
    community = street.settle("cy", "ada", "bea")
    with street.serving("cy") as cy:
        at = f"127.0.0.1:{cy.port}"
        for name in ("ada", "bea", "ada"):
            assert street(name, "sync", at).code == 0
        with street.member("ada") as ada:
            said = say(ada, community)
        assert street("ada", "sync", at).code == 0
        assert street("bea", "sync", at).code == 0
        with street.member("ada") as ada:
            assert names(ada, said) == ["cy"]
        assert street("ada", "sync", at).code == 0
    for _ in range(2):
        with street.member("ada") as ada:
            found = {each.name: each.via_name for each in holders(ada, said)}
            assert found == {"cy": "ada", "bea": "cy"}
