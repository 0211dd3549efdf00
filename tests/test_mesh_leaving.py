"""Who goes, and who is put out, while sessions run: what they get, and what is told of it."""

from __future__ import annotations

import dataclasses
import os
import random
from contextlib import suppress
from pathlib import Path

import anyio
import pytest
from mesh_kit import Member, members

from hearth.community import acts
from hearth.community.commons import State
from hearth.community.records import Left
from hearth.mesh.node import NotServedError
from hearth.mesh.visiting import visit
from hearth.store import anchors, dropping, held
from hearth.store.anchors import Anchor
from hearth.store.errors import LockedError
from hearth.store.header import Lane
from hearth.sync.errors import TransportError
from hearth.sync.fetching import Giver
from hearth.sync.handshake import Handshake
from hearth.sync.intake import Intake
from hearth.sync.meeting import meet
from hearth.sync.messages import Flags, Want, What
from hearth.sync.opening import Door
from hearth.sync.packing import PeerError
from hearth.sync.quotas import Room
from hearth.sync.replica import Grant, Quotas
from hearth.sync.tcp import connect

MANY = 3000


def remove(steward: Member, community: bytes, who: Member) -> None:
    membership = steward.node.commons.membership(community)
    member = membership.members[who.home.identity.person]
    with steward.home.store.batch() as batch, batch.transaction() as tx:
        acts.remove(steward.home, tx, membership, member, steward.clock())


def leave(member: Member, community: bytes) -> None:
    membership = member.node.commons.membership(community)
    with member.home.store.batch() as batch, batch.transaction() as tx:
        acts.leave(member.home, tx, membership, Left.COMMUNITY, member.clock())
        member.node.commons.note(tx, community, membership.name, State.LEAVING)


@pytest.mark.parametrize("lanes", [frozenset(range(6)), frozenset(range(5))])
def test_who_is_put_out_is_cut_off_whatever_lanes_it_names(
    tmp_path: Path, lanes: frozenset[int]
) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                await visit(otto.node, place)
                ada.say_much(community, MANY, 800, random.Random(1))
                grants = dict(otto.node.access.of_member(ada.home.identity.device))
                grants[community] = dataclasses.replace(grants[community], lanes=lanes)
                out: list[int] = []
                handshake = Handshake.initiate(otto.node.local, Door(community))
                with suppress(TransportError, PeerError):
                    async with connect(place.host, place.port, handshake) as peer:
                        session = otto.node.session(peer, grants)

                        def put_out() -> None:
                            if not out and session.summary.events_in:
                                out.append(session.summary.events_in)
                                remove(ada, community, otto)
                                ada.say(community, "for members", Lane.EMERGENCY)

                        await meet(peer, session, put_out)
                assert session.summary.events_in < MANY // 2
                while not any(isinstance(s.visit.error, NotServedError) for s in ada.served):
                    await anyio.sleep(0.01)
            assert not list(otto.home.store.log.events(community, Lane.EMERGENCY))

    anyio.run(scenario)


def test_a_joiner_who_is_put_out_meanwhile_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            ada.say_much(community, MANY, 800, random.Random(1))
            out: list[bytes] = []
            taking = Intake.take_events

            def take(self: Intake, community: bytes, lane: int, frame: bytes) -> None:
                taking(self, community, lane, frame)
                if not out and lane == Lane.CHAT:
                    out.append(frame)
                    remove(ada, community, otto)

            monkeypatch.setattr(Intake, "take_events", take)
            async with ada.serving() as place:
                with pytest.raises((TransportError, PeerError)):
                    await otto.join(ada.invite(community), place)
            assert len(otto.events(community)) < MANY // 2

    anyio.run(scenario)


def test_a_leave_is_told_only_to_who_takes_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                await visit(otto.node, place)
            leave(otto, community)
            async with otto.serving() as place:
                await visit(ada.node, place, Flags.GIVES)
                assert [each.state for each in otto.node.commons.all()] == [State.LEAVING]
                assert ada.names(community) == ["ada", "otto"]
                assert (await visit(ada.node, place)).error is None
                assert [each.state for each in otto.node.commons.all()] == [State.LEFT]
                assert ada.names(community) == ["ada"]

    anyio.run(scenario)


def test_strangers_and_leavers_are_not_asked_for_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, asked = os.urandom(32), []
    asking = Giver.got_want

    def got(self: Giver, want: Want, *, closed: bool = False) -> None:
        asked.append(want)
        asking(self, want, closed=closed)

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto", "eve") as (ada, otto, eve):
            community = ada.found()
            for member in (ada, otto):
                monkeypatch.setattr(
                    member.node, "_wants", lambda community: [(What.OBJECT, wanted)]
                )
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                await visit(otto.node, place)
                monkeypatch.setattr(Giver, "got_want", got)
                leave(otto, community)
                assert (await visit(otto.node, place)).error is None
                handshake = Handshake.initiate(eve.node.local, Door(community))
                async with connect(place.host, place.port, handshake) as peer:
                    await meet(peer, eve.node.session(peer, {community: Grant()}))
            assert asked == []

    anyio.run(scenario)


def test_a_round_that_cannot_be_begun_does_not_end_the_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hearth.mesh.serving import Serving

    failed = []

    def fails(self: Serving) -> list[object]:
        failed.append(self)
        raise LockedError("held by somebody")

    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            ada.found()
            monkeypatch.setattr("hearth.mesh.serving.LOOK", 0.01)
            monkeypatch.setattr(Serving, "partners", fails)
            async with ada.serving(every=0.01):
                while len(failed) < 3:
                    await anyio.sleep(0.01)
            assert any(isinstance(each.visit.error, LockedError) for each in ada.served)

    anyio.run(scenario)


def test_what_is_dropped_makes_room_in_the_whole_purse(tmp_path: Path) -> None:
    with members(tmp_path, "ada") as (ada,):
        community, log = ada.found(), ada.home.store.log
        ids = [ada.say(community, "x" * 500) for _ in range(50)]
        device, connection = ada.home.identity.device, ada.home.store.connection
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            held.count(tx)
            held.decline(tx, community, held.Declined(device, int(Lane.CORPUS), 10_000))

        def known() -> int:
            room = Room({community: Grant(quotas=lambda device: Quotas(10_000, None))})
            return len(room.known(connection, community, Lane.CHAT))

        assert known() == 1
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            anchors.state(log, tx, community, [Anchor(device, int(Lane.CHAT), 45, ids[44])])
            assert dropping.drop(log, tx, community, Lane.CHAT, until=1 << 40).events == 44
        assert held.of(connection, community, device, (2, 3, 4)) < 10_000
        assert known() == 0
