"""Hearths brought back from an old copy, and copies in the hands of thieves."""

from __future__ import annotations

import shutil
from pathlib import Path

import anyio
import pytest
from audience_kit import settle
from mesh_kit import Member, members

from hearth.community import succession
from hearth.community.membership import Place as At, Verdict
from hearth.corpora.judging import control_state
from hearth.mesh.visiting import visit
from hearth.mesh.whole import whole
from hearth.store.forks import read_proof
from hearth.store.header import Lane, parse


def copy(member: Member, to: Path) -> None:
    member.home.close()
    shutil.copytree(member.path, to)
    member.open()


def restore(member: Member, old: Path) -> None:
    member.home.close()
    shutil.rmtree(member.path)
    shutil.copytree(old, member.path)
    member.open()


def counts(member: Member, community: bytes, id: bytes) -> bool:
    header = member.home.store.log.get(id).header
    place = At(header.device, header.lane, header.sequence, id)
    return member.node.commons.membership(community).verdict(place) is Verdict.COUNTS


async def meet(one: Member, other: Member) -> None:
    async with other.serving() as place:
        outcome = await visit(one.node, place)
        assert outcome.error is None, outcome.error


async def settle_down(community: bytes, ada: Member, otto: Member) -> None:
    async with ada.serving() as place:
        await otto.join(ada.invite(community), place)
        await visit(otto.node, place)


def test_a_restored_hearth_that_meets_somebody_before_it_writes(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            await settle_down(community, ada, otto)
            copy(ada, tmp_path / "old")
            later = [ada.say(community, str(n)) for n in range(3)]
            await meet(ada, otto)
            first = ada.home.identity.device
            restore(ada, tmp_path / "old")

            await meet(ada, otto)
            assert set(later) <= set(ada.events(community))  # its own later events are back
            after = ada.say(community, "back again")
            assert ada.home.identity.device != first
            await meet(ada, otto)
            assert ada.events(community) == otto.events(community)
            assert not otto.home.store.log.fork_proofs(community)
            assert otto.names(community) == ["ada", "otto"]
            assert all(counts(otto, community, id) for id in (*later, after))

    anyio.run(scenario)


def test_a_restored_hearth_that_writes_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto", "eve") as (ada, otto, eve):
            community = ada.found()
            await settle_down(community, ada, otto)
            await settle_down(community, ada, eve)
            copy(ada, tmp_path / "old")
            before = [ada.say(community, str(n)) for n in range(3)]
            await meet(ada, otto)
            first = ada.home.identity.device
            restore(ada, tmp_path / "old")
            instead = [ada.say(community, f"instead {n}") for n in range(2)]
            assert ada.home.identity.device == first  # it could not know

            await meet(ada, otto)
            after = ada.say(community, "as a new device")
            assert ada.home.identity.device != first
            membership = ada.node.commons.membership(community)
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                succession.retire(ada.home, tx, membership, first, ada.clock())
            await meet(ada, otto)
            await meet(otto, eve)
            await meet(eve, ada)
            for each in (ada, otto, eve):
                assert each.events(community) == ada.events(community)
                assert len(each.home.store.log.fork_proofs(community)) == 1
                found = each.node.commons.membership(community)
                assert first in found.retired
                assert found.person_of(first) is None
                assert found.person_of(ada.home.identity.device) == ada.home.identity.person
                for id in (*before, *instead, after):
                    assert counts(each, community, id)

    anyio.run(scenario)


def test_a_thief_who_forks_an_old_place_voids_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            await settle_down(community, ada, otto)
            copy(ada, tmp_path / "thief")
            history = [ada.say(community, str(n)) for n in range(5)]
            thief = Member.of(tmp_path / "thief", ada.clock)
            forged = thief.say(community, "send money")
            await meet(thief, otto)  # nobody can tell them apart yet
            await meet(ada, otto)
            stolen = ada.home.identity.device
            after = ada.say(community, "my machine was stolen")
            membership = ada.node.commons.membership(community)
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                succession.retire(ada.home, tx, membership, stolen, ada.clock())
            await meet(ada, otto)
            again = thief.say_as_is(community, "send more")
            with otto.home.store.batch() as batch, batch.transaction() as tx:
                otto.home.store.log.import_events(tx, thief.home.store.log.records(community))
            thief.home.close()
            assert all(counts(otto, community, id) for id in (*history, after))
            assert otto.home.store.log.has(forged)
            assert not counts(otto, community, again)
            assert otto.home.store.log.digest(community, Lane.CONTROL)

    anyio.run(scenario)


def test_once_a_stolen_device_is_retired_only_the_branch_that_is_kept_counts(
    tmp_path: Path,
) -> None:
    """Whatever places the thief's words have, and whichever of the two branches came first."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            await settle_down(community, ada, otto)
            shared = ada.say(community, "before")
            copy(ada, tmp_path / "thief")
            history = [ada.say(community, str(n)) for n in range(5)]
            thief = Member.of(tmp_path / "thief", ada.clock)
            forged = [thief.say(community, text) for text in ("send money", "to this account")]
            stolen = ada.home.rotate(ada.clock())
            records = list(ada.home.store.log.records(community))
            theirs = list(thief.home.store.log.records(community))
            thief.home.close()
            control = [each for each in records if parse(each[0]).lane == Lane.CONTROL]
            states = []
            for each in (control, theirs, records):
                with otto.home.store.batch() as batch, batch.transaction() as tx:
                    otto.home.store.log.import_events(tx, each)
                states.append(control_state(otto.home.store, community))
            assert states[1] != states[2]  # what was judged before the fork came is judged anew
            assert stolen in otto.node.commons.membership(community).retired
            assert all(counts(otto, community, id) for id in (shared, *history))
            assert not any(counts(otto, community, id) for id in forged)

    anyio.run(scenario)


def test_payloads_of_a_fork_s_branches_come_after_its_proof(tmp_path: Path) -> None:
    """A proof brings its events bare: what it brought is asked for like anything else."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            await settle_down(community, ada, otto)
            copy(ada, tmp_path / "copy")
            other = Member.of(tmp_path / "copy", ada.clock)
            one, two = ada.say(community, "one"), other.say(community, "two")
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                ada.home.store.log.import_events(tx, other.home.store.log.records(community))
            other.home.close()
            [proof] = ada.home.store.log.fork_proofs(community)
            bare = [(*record, None) for record in read_proof(proof).records]
            with otto.home.store.batch() as batch, batch.transaction() as tx:
                assert otto.home.store.log.import_events(tx, bare).accepted == 2
            assert otto.home.store.log.get(two).payload is None
            with whole(otto.home, otto.clock) as (node, _):
                otto.node = node
                await meet(otto, ada)
            assert [otto.home.store.log.get(id).payload for id in (one, two)] == [b"one", b"two"]

    anyio.run(scenario)


def test_a_new_device_becomes_known_in_every_community_in_one_visit(tmp_path: Path) -> None:
    """Also at home, if the peer is another device of the same person."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            first, second = ada.found("Mill Lane"), ada.found("Allotments")
            await settle_down(first, ada, otto)
            await settle_down(second, ada, otto)
            copy(ada, tmp_path / "laptop")
            laptop = Member.of(tmp_path / "laptop", ada.clock)
            laptop.home.rotate(ada.clock())
            laptop.open()
            said = [laptop.say(community, "hello") for community in (first, second)]
            at_home = laptop.say(laptop.home.community, "a note to myself")
            await meet(laptop, otto)
            for community, id in zip((first, second), said, strict=True):
                assert otto.home.store.log.has(id)
                assert counts(otto, community, id)
            assert not otto.home.store.log.has(at_home)
            assert not list(otto.home.store.log.events(laptop.home.community))
            laptop.home.close()

    anyio.run(scenario)


def test_only_another_device_of_ones_own_is_retired_and_once(tmp_path: Path) -> None:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    first = ada.device
    ada.home.rotate(ada.clock())
    ada.reopen()
    home, commons, now = ada.home, ada.node.commons, ada.clock()
    with home.store.batch() as batch, batch.transaction() as tx:
        membership = commons.membership(community)
        for device in (ada.device, bo.device, bytes(32)):
            with pytest.raises(succession.NotYourDeviceError):
                succession.retire(home, tx, membership, device, now)
            if device != ada.device:
                assert succession.retire_everywhere(home, tx, device, now) == []
        assert first in membership.retired
        assert succession.retire_everywhere(home, tx, first, now) == []
