"""Checkpoints as acts: whose count, which are in force, and whole hearths that go by them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import anyio
import pytest
from community_kit import Replica, begin, person
from mesh_kit import NOW, Clock, Member

from hearth.community import acts, checkpoints, records
from hearth.community.acts import NotStewardError
from hearth.community.reading import Reason
from hearth.community.records import Checkpoint, Head, Left, RecordError, Role
from hearth.mesh.visiting import visit
from hearth.store.header import Lane

HEAD = Head(bytes(32), Lane.CHAT, 7, bytes(31) + b"\1")
DAY = 86_400


def in_force(replica: Replica) -> list[bytes]:
    return [each.event for each in replica.fold().checkpoints if each.in_force]


def counted(replica: Replica) -> list[bytes]:
    return [each.event for each in replica.fold().checkpoints]


# the act


def test_a_payload_is_read_as_it_was_written() -> None:
    made = Checkpoint((HEAD, HEAD._replace(sequence=9)))
    assert Checkpoint.decode(made.encode()) == made
    assert records.decode(11, made.encode()) == made
    with pytest.raises(ValueError, match="out of order"):
        Checkpoint((HEAD, HEAD)).encode()
    with pytest.raises(ValueError, match="list of heads"):
        Checkpoint(tuple(HEAD._replace(sequence=n + 1) for n in range(513))).encode()
    with pytest.raises(ValueError, match="head that is none"):
        Checkpoint((HEAD._replace(lane=Lane.CONTROL),)).encode()
    with pytest.raises(RecordError):
        Checkpoint.decode(records.Profile("ada").encode())


def test_only_a_stewards_checkpoint_counts_and_it_gives_nobody_anything() -> None:
    ada = begin()
    bob, cyd = ada.bring("bob", Role.STEWARD), ada.bring("cyd")
    before = ada.fold()
    good, bad = bob.checkpoint((HEAD,)), cyd.checkpoint((HEAD,))
    ada.learn(bob).learn(cyd)
    assert counted(ada) == in_force(ada) == [good]
    assert ada.fold().checkpoints[0].heads == (HEAD,)
    assert ada.fold().checkpoints[0].by == person("bob")
    assert ada.fold().void[bad] is Reason.NOT_A_STEWARD
    assert ada.fold().members == before.members
    assert ada.fold().stewards == before.stewards


def test_who_loses_the_stewardship_to_somebody_takes_the_checkpoint_along() -> None:
    for end in ("removed", "demoted"):
        ada = begin()
        bob = ada.bring("bob", Role.STEWARD)
        act = bob.checkpoint((HEAD,))
        ada.learn(bob)
        if end == "removed":
            ada.remove("bob")
        else:
            ada.role("bob", bob.seat, Role.MEMBER)
        assert counted(ada) == [act]
        assert in_force(ada) == []
        assert ada.fold().void == {}


def test_who_lays_it_down_leaves_the_checkpoint_standing() -> None:
    for what in Left:
        ada = begin()
        bob = ada.bring("bob", Role.STEWARD)
        act = bob.checkpoint((HEAD,))
        bob.leave(what)
        ada.learn(bob)
        assert in_force(ada) == [act]


def test_a_checkpoint_that_a_removal_had_not_seen_is_void() -> None:
    ada = begin()
    bob = ada.bring("bob", Role.STEWARD)
    ada.remove("bob")
    act = bob.checkpoint((HEAD,))
    ada.learn(bob)
    assert counted(ada) == []
    assert act in ada.fold().void


# hearths


def write(member: Member, community: bytes, count: int, lane: Lane = Lane.CHAT) -> None:
    for number in range(count):
        member.say(community, f"{member.path.name} {number}", lane)


def state(member: Member, community: bytes, least: int = 1, before: int = NOW + DAY) -> int:
    commons = member.node.commons
    with member.home.store.batch() as batch, batch.transaction() as tx:
        made = checkpoints.create(
            member.home, tx, commons.membership(community), checkpoints.LANES, before,
            member.clock(), least,
        )  # fmt: skip
        commons.anchor(tx, community)
    return len(made)


def drop(member: Member, community: bytes, age: int = 0) -> int:
    membership = member.node.commons.membership(community)
    with member.home.store.batch() as batch, batch.transaction() as tx:
        return checkpoints.drop(member.home, tx, membership, age, member.clock() + DAY).events


def digests(member: Member, community: bytes) -> list[bytes]:
    return [member.home.store.log.digest(community, lane) for lane in Lane]


def whole(*many: Member) -> None:
    for member in many:
        assert member.home.store.log.verify().problems == []


def held(member: Member, community: bytes, lane: Lane = Lane.CHAT) -> int:
    return sum(1 for _ in member.home.store.log.events(community, lane))


def close(many: Iterable[Member]) -> None:
    for member in many:
        member.home.close()


def test_a_street_drops_and_a_newcomer_starts_at_the_checkpoint(tmp_path: Path) -> None:
    clock = Clock()
    ada, otto, new = (Member(tmp_path, name, clock) for name in ("ada", "otto", "new"))
    community = ada.found()

    async def live() -> None:
        async with ada.serving() as place:
            await otto.join(ada.invite(community), place)
            write(otto, community, 30)
            write(ada, community, 30)
            write(ada, community, 20, Lane.MARKET)
            write(ada, community, 20, Lane.CORPUS)
            await visit(otto.node, place)
            assert state(ada, community) == 1
            assert state(ada, community) == 0
            write(ada, community, 3)
            await visit(otto.node, place)
        before = digests(otto, community)
        assert drop(otto, community) == 29 + 19  # what ada wrote
        assert held(otto, community, Lane.CORPUS) == 20
        assert drop(otto, community) == 0
        assert digests(otto, community) == before == digests(ada, community)
        whole(ada, otto)
        async with ada.serving() as place:
            seen = await visit(otto.node, place)
            assert [(each.events_in, each.events_out) for each in seen.sessions] == [(0, 0)]
            ticket = ada.invite(community)
            assert drop(ada, community) == 29
            await new.join(ticket, place)
            await visit(new.node, place)
        assert digests(new, community) == digests(ada, community)
        assert held(new, community) == 1 + 33  # all of ada's, who dropped none of her own
        assert not any(event.gap for event in new.home.store.log.events(community))
        whole(ada, otto, new)
        write(new, community, 2)
        async with ada.serving() as place:
            await visit(new.node, place)
            await visit(otto.node, place)
        assert digests(new, community) == digests(ada, community) == digests(otto, community)
        clocks = [each.home.store.log.clock(community, Lane.CHAT) for each in (ada, otto, new)]
        assert len(set(clocks)) == 1
        whole(ada, otto, new)

    anyio.run(live)
    close((ada, otto, new))


def test_a_removed_stewards_checkpoint_lapses_everywhere(tmp_path: Path) -> None:
    clock = Clock()
    ada, otto = (Member(tmp_path, name, clock) for name in ("ada", "otto"))
    community = ada.found()

    async def live() -> None:
        async with ada.serving() as place:
            await otto.join(ada.invite(community, Role.STEWARD), place)
            write(ada, community, 30)
            await visit(otto.node, place)
            assert state(otto, community) == 1
            await visit(otto.node, place)
        assert ada.node.commons.anchors(community)
        membership = ada.node.commons.membership(community)
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            member = membership.members[otto.home.identity.person]
            acts.remove(ada.home, tx, membership, member, clock())
            ada.node.commons.anchor(tx, community)
        assert not ada.node.commons.anchors(community)
        assert drop(ada, community) == 0
        whole(ada)

    anyio.run(live)
    close((ada, otto))


def test_what_is_stated_and_what_is_too_young(tmp_path: Path) -> None:
    clock = Clock()
    ada = Member(tmp_path, "ada", clock)
    community = ada.found()
    write(ada, community, 20)
    clock.now += 10 * DAY
    write(ada, community, 20)
    assert state(ada, community, least=21, before=NOW + DAY) == 0
    assert state(ada, community, before=NOW + DAY) == 1
    membership = ada.node.commons.membership(community)
    assert [head.sequence for head in membership.checkpoints[0].heads] == [20]
    assert state(ada, community, least=21, before=clock.now) == 0
    assert state(ada, community, least=20, before=clock.now) == 1
    assert drop(ada, community) == 0  # one person's clock alone drops nothing, nor one's own words
    assert checkpoints.differing(ada.home, membership, membership.checkpoints[0]) == []
    lie = membership.checkpoints[0].heads[0]._replace(id=bytes(32))
    false = membership.checkpoints[0].__class__(b"", b"", 0, (lie,), True)
    assert checkpoints.differing(ada.home, membership, false) == [lie]
    close([ada])


def test_a_member_states_nothing(tmp_path: Path) -> None:
    clock = Clock()
    ada, otto = (Member(tmp_path, name, clock) for name in ("ada", "otto"))
    community = ada.found()

    async def live() -> None:
        async with ada.serving() as place:
            await otto.join(ada.invite(community), place)
        write(otto, community, 20)
        with pytest.raises(NotStewardError):
            state(otto, community)

    anyio.run(live)
    close((ada, otto))
