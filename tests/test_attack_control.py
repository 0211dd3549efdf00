"""What a hostile device can make others hold of a control lane, and what that costs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from attack_kit import Person, admit, bring, clean, inside, junk, remove, run, tell
from log_kit import Device, Made, make
from mesh_kit import Member, members

from hearth.community import acts, membership, quotas, records, statements
from hearth.community.access import Standing
from hearth.community.records import Role
from hearth.kinds import DEVICE
from hearth.mesh.visiting import visit
from hearth.store.errors import HearthError
from hearth.store.header import Lane
from hearth.store.incoming import read
from hearth.sync import message_codec, messages as m
from hearth.sync.messages import Flags


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bounds, but low enough to be met in a test."""
    monkeypatch.setattr(quotas, "UNSEATED", 4)
    monkeypatch.setattr(quotas, "STRANGERS", 40)
    monkeypatch.setattr(quotas, "PLAIN", 20)


def flood(member: Member, community: bytes, *, devices: int, stranger: bool) -> int:
    """Junk of ever new devices; how many frames something was taken of."""
    taken = 0
    for number in range(devices):
        frame = junk(Device(f"junk {number}"), community, 3)
        taken += bring(member, community, frame, stranger=stranger).report.accepted > 0
    return taken


@pytest.mark.parametrize("stranger", [True, False], ids=["by a stranger", "by a member"])
def test_devices_that_nobody_knows_fill_no_more_than_their_share(
    tmp_path: Path, tight: None, stranger: bool
) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        assert flood(ada, community, devices=30, stranger=stranger) == 14
        assert len(ada.events(community)) == 1 + 3 * 14
        clean(ada)


def test_one_unknown_device_has_a_share_of_its_own(tmp_path: Path, tight: None) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        chain = junk(Device("junk"), community, 9)
        for start in (0, 3, 6):
            bring(ada, community, chain[start : start + 3], stranger=True)
        assert len(ada.events(community)) == 1 + 6


@pytest.mark.parametrize("stranger", [True, False], ids=["by a stranger", "by a member"])
def test_a_large_event_of_somebody_unknown_counts_as_many(
    tmp_path: Path, tight: None, stranger: bool
) -> None:
    """4 of a device and 40 of all: an event of 3 KiB counts as four."""
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        taken = 0
        for number in range(15):
            device = Device(f"large {number}")
            made = [make(device, None, None, bytes(3000), lane=Lane.CONTROL, community=community)]
            made.append(
                make(device, made[0], None, b"more", lane=Lane.CONTROL, community=community)
            )
            taken += sum(
                bring(ada, community, [each], stranger=stranger).report.accepted for each in made
            )
        assert taken == 40 // 4
        clean(ada)


def test_refused_junk_is_not_folded_again(
    tmp_path: Path, tight: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folds = 0
    fold = membership.fold

    def counted(*arguments: object) -> object:
        nonlocal folds
        folds += 1
        return fold(*arguments)  # type: ignore[arg-type]

    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        flood(ada, community, devices=20, stranger=True)
        monkeypatch.setattr(membership, "fold", counted)
        flood(ada, community, devices=40, stranger=True)
        assert folds <= 1


def second_device(person: Person, community: bytes, seat: bytes, seen: list[bytes]) -> Made:
    signer = Device(f"second device of {person.name}")
    joins = statements.sign_joins(person.person.sign, community, seat, signer.device)
    record = records.Device(person.certify(signer.device), seat, joins)
    return make(
        signer, None, None, record.encode(),
        lane=Lane.CONTROL, community=community, kind=DEVICE, acts=tuple(sorted(seen)),
    )  # fmt: skip


def test_junk_keeps_no_member_s_new_device_out(tmp_path: Path, tight: None) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        otto = Person("otto")
        seat = admit(ada, community, otto)
        flood(ada, community, devices=30, stranger=True)
        new = second_device(otto, community, seat, [seat])
        assert bring(ada, community, [new], stranger=True).report.accepted == 1
        assert ada.node.access.standing(community, new.header.device) is Standing.MEMBER


@pytest.mark.parametrize("lie", ["another's certificate", "no seat", "unseen", "no consent"])
def test_but_only_who_proves_to_be_one(tmp_path: Path, tight: None, lie: str) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        otto, eve = Person("otto"), Person("eve")
        seat = admit(ada, community, otto)
        flood(ada, community, devices=30, stranger=True)
        held = ada.events(community)
        if lie == "another's certificate":
            new = second_device(eve, community, seat, [seat])
        elif lie == "no seat":
            new = second_device(otto, community, b"s" * 32, [seat])
        elif lie == "unseen":
            new = second_device(otto, community, seat, [])
        else:
            otto.person = eve.person
            new = second_device(otto, community, seat, [seat])
        assert bring(ada, community, [new], stranger=True).report.accepted == 0
        assert ada.events(community) == held


def test_a_plain_member_cannot_fill_the_lane_and_a_steward_may(tmp_path: Path, tight: None) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        for name, role in (("otto", Role.MEMBER), ("cyd", Role.STEWARD)):
            who = Person(name)
            admit(ada, community, who, role)
            before = len(ada.events(community))
            chain = junk(who.signer, community, 60)
            for start in range(0, 60, 3):
                bring(ada, community, chain[start : start + 3], stranger=False)
            held = len(ada.events(community)) - before
            assert held == (21 if role is Role.MEMBER else 60)


def test_a_large_event_of_a_plain_member_counts_as_many(tmp_path: Path, tight: None) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        who = Person("otto")
        admit(ada, community, who, Role.MEMBER)
        before = len(ada.events(community))
        last: Made | None = None
        for _ in range(10):
            last = make(who.signer, last, None, bytes(4000), lane=Lane.CONTROL, community=community)
            bring(ada, community, [last], stranger=False)
        assert len(ada.events(community)) - before == 20 // 5


def test_what_the_removed_write_on_is_taken_from_members_only(tmp_path: Path, tight: None) -> None:
    """And no more of it than a little from a stranger, who may be the removed one, come back."""
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        otto = Person("otto")
        admit(ada, community, otto, Role.STEWARD)
        remove(ada, community, otto.person.device)
        before = len(ada.events(community))
        chain = junk(otto.signer, community, 60)
        for start in range(0, 60, 3):
            bring(ada, community, chain[start : start + 3], stranger=True)
        assert len(ada.events(community)) - before == 6
        bring(ada, community, chain, stranger=False)
        assert len(ada.events(community)) - before == 60
        assert otto.person.device not in ada.node.commons.membership(community).members


def test_the_newcomer_to_a_large_community_gets_all_of_it(tmp_path: Path, tight: None) -> None:
    """Nobody is seated for who knows nothing yet: bounds must not keep the founding out."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            for number in range(30):
                admit(ada, community, Person(f"neighbour {number}"))
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                await visit(otto.node, place)
            assert len(otto.node.commons.membership(community).members) == 32
            assert otto.events(community) == ada.events(community)

    run(scenario)


def test_the_founding_gets_in_however_much_came_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newcomer that was fed junk first still sees who founded the community."""
    monkeypatch.setattr(quotas, "UNFOUNDED", 9)
    with members(tmp_path, "ada", "otto") as (ada, otto):
        community = ada.found()
        assert flood(otto, community, devices=9, stranger=False) == 3
        held = ada.home.store.log.records(community, Lane.CONTROL)
        events = [read(*record) for record in held]
        replica = otto.node.replica(Device("x").device, {
            community: otto.node.access.grant(community)})  # fmt: skip
        assert replica.take(community, Lane.CONTROL, events).report.accepted == 1
        assert list(otto.node.commons.membership(community).members) == [ada.home.identity.person]


def test_a_stranger_is_given_nothing(tmp_path: Path) -> None:
    """Not even payloads of control events whose ids it knows."""

    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community = ada.found()
            [genesis] = ada.events(community)
            async with ada.serving() as place, inside(place, community, Person("eve").local) as eve:
                hello = message_codec.decode(*(await eve.receive())[:2])  # type: ignore[index]
                assert isinstance(hello, m.Hello)
                assert not hello.flags & Flags.GIVES
                [meeting] = hello.meetings
                assert set(meeting.digests) == {Lane.CONTROL}
                await tell(eve, m.Hello(Flags.TAKES | Flags.WANTS, 1 << 17, (meeting,)))
                await tell(eve, m.Want(0, m.What.PAYLOAD, (genesis,)))
                said: list[m.Message] = []
                while not isinstance(said[-1] if said else None, m.Gone):
                    message = await eve.receive()
                    assert message is not None
                    said.append(message_codec.decode(message.type, message.body))
                assert said == [m.Bye(), m.Gone(0, m.What.PAYLOAD, m.Reason.NOT_HERE, genesis)]

    run(scenario)


def test_strangers_leave_nothing_behind(tmp_path: Path) -> None:
    """They say that they have what is here, which would be worth remembering of a member."""

    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community = ada.found()
            async with ada.serving() as place:
                for number in range(5):
                    who = Person(f"stranger {number}").local
                    async with inside(place, community, who) as peer:
                        message = await peer.receive()
                        assert message is not None
                        hello = message_codec.decode(message.type, message.body)
                        assert isinstance(hello, m.Hello)
                        await tell(peer, hello)
                while len(ada.served) < 5:
                    await anyio.sleep(0.01)
                assert [each.visit.error for each in ada.served] == [None] * 5
            rows = ada.home.store.connection.execute("SELECT key FROM meta WHERE key LIKE 'met %'")
            assert rows.fetchall() == []

    run(scenario)


def test_back_dated_acts_of_a_removed_steward_count_for_nothing(tmp_path: Path) -> None:
    """Written after the removal as if it had not been seen, and brought by a member."""
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        otto, eve = Person("otto"), Person("eve")
        seat = admit(ada, community, otto, Role.STEWARD)
        remove(ada, community, otto.person.device)
        sits = records.Device(otto.certificate, seat)
        ticket = Device("ticket")
        common: dict[str, Any] = {"lane": Lane.CONTROL, "community": community}
        first = make(otto.signer, None, None, sits.encode(), kind=DEVICE, acts=(seat,), **common)
        invite = records.Invite(ticket.device, bytes(32), Role.STEWARD, 9, 2_000_000_000)
        second = make(otto.signer, first, None, invite.encode(), kind=invite.KIND, wall=1, **common)
        admission = records.Admit(
            second.id,
            eve.certificate,
            statements.sign_holder(ticket.sign, community, eve.certificate),
            statements.sign_consent(eve.signer.sign, community, ticket.device, eve.certificate),
        )
        third = make(
            otto.signer, second, None, admission.encode(), kind=admission.KIND, wall=1, **common
        )
        ousted = records.Remove(ada.home.identity.person, ())
        fourth = make(otto.signer, third, None, ousted.encode(), kind=ousted.KIND, **common)
        taken = bring(ada, community, [first, second, third, fourth], stranger=False)
        assert taken.report.accepted == 4
        seen = ada.node.commons.membership(community)
        assert list(seen.members) == [ada.home.identity.person]
        assert {second.id, third.id, fourth.id} <= set(seen.void)


def test_the_lane_of_a_community_whose_founding_is_absent(tmp_path: Path) -> None:
    """Nobody is a member, nothing is given, and nothing breaks."""
    with members(tmp_path, "ada") as (ada,):
        community = b"n" * 32
        bring(ada, community, junk(Device("junk"), community, 5), stranger=True)
        seen = ada.node.commons.membership(community)
        assert (seen.members, seen.name, seen.founded) == ({}, "", False)
        assert ada.node.access.of_member(Device("junk").device) == {}
        assert ada.node.access.standing(community, Device("junk").device) is Standing.STRANGER
        with pytest.raises(HearthError), ada.home.store.batch() as batch, batch.transaction() as tx:
            acts.leave(ada.home, tx, seen, records.Left.COMMUNITY, 0)
