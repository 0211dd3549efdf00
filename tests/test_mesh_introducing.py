"""Two hearths that have both become new devices meet again over a network, by themselves."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import anyio
import pytest
from audience_kit import Neighbour, settle
from keys_kit import FAST
from mesh_kit import Member
from test_mesh_restored import counts, meet

from hearth.backup import making, restoring
from hearth.backup.items import Kind
from hearth.community import acts, records
from hearth.mesh import introducing
from hearth.mesh.crowd import GaveWayError
from hearth.mesh.node import Node, NotServedError
from hearth.mesh.visiting import StrangersError, visit
from hearth.store.disk import Disk
from hearth.store.header import Lane
from hearth.sync.driver import Peer, PeerLeftError
from hearth.sync.introducing import UnexpectedIntroductionError
from hearth.sync.packing import PeerError

SECRET = "four score and seven"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introducing, "PAUSE", 0.0)


def rotate(*who: Member) -> None:
    for each in who:
        each.home.rotate(each.clock())


def restored(member: Neighbour, kind: Kind, to: Path) -> Neighbour:
    """The hearth of a backup of this one, which is gone."""
    file, now = to.with_suffix(".backup"), member.clock()
    making.make(member.home, file, kind, SECRET, FAST, now, lambda count: None)
    member.home.close()
    restoring.restore(file, to, Disk(), lambda: SECRET, FAST, now, lambda count: None)
    return Neighbour.of(to, member.clock)


def are_one(community: bytes, *who: Member) -> None:
    """They hold the same, and what each says counts with every other."""
    for each in who:
        said = [event.id for event in each.home.store.log.events(community, Lane.CHAT)]
        assert all(counts(other, community, id) for other in who for id in said)
        assert each.events(community) == who[0].events(community)


def test_two_that_have_both_rotated(tmp_path: Path) -> None:
    async def scenario() -> None:
        (ada, otto), community = settle(tmp_path, "ada", "otto")
        rotate(ada, otto)
        for each in (ada, otto):
            each.say(community, "here I am")
        await meet(ada, otto)
        are_one(community, ada, otto)
        rotate(ada, ada, otto)  # and again: the key before the last opens, too
        otto.say(community, "once more")
        await meet(otto, ada)
        are_one(community, ada, otto)

    anyio.run(scenario)


@pytest.mark.parametrize(
    ("first", "second"), [(Kind.EVERYTHING, Kind.EVERYTHING), (Kind.KEYS, Kind.KEYS)]
)
def test_two_that_both_come_back_from_backups(tmp_path: Path, first: Kind, second: Kind) -> None:
    """Also from backups of keys only."""

    async def scenario() -> None:
        (ada, otto), community = settle(tmp_path, "ada", "otto")
        ada = restored(ada, first, tmp_path / "ada again")
        otto = restored(otto, second, tmp_path / "otto again")
        for each in (ada, otto):
            each.say(community, "my laptop is back")
        await meet(otto, ada)
        are_one(community, ada, otto)

    anyio.run(scenario)


def test_each_has_heard_what_the_other_has_not(tmp_path: Path) -> None:
    """The control lanes have gone apart, so that neither's DEVICE could be judged by itself."""

    async def scenario() -> None:
        (ada, otto, eve), community = settle(tmp_path, "ada", "otto", "eve")
        for each, name in ((ada, "Mill"), (otto, "Bo")):
            with each.home.store.batch() as batch, batch.transaction() as tx:
                acts.write(each.home, tx, community, records.Profile(name), each.clock())
            rotate(each)
            each.say(community, "hello")
        await meet(ada, otto)
        are_one(community, ada, otto)
        assert ada.names(community) == otto.names(community) == ["Bo", "Mill", "eve"]
        eve.home.close()

    anyio.run(scenario)


def test_one_of_them_has_nothing_to_seal_to(tmp_path: Path) -> None:
    """Then whoever is called begins."""

    async def scenario() -> None:
        (ada, otto), community = settle(tmp_path, "ada", "otto")
        rotate(ada, otto)
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            for slot in ada.home.store.slots.all(community):
                ada.home.store.slots.drop(tx, slot)
        ada.say(community, "hello")
        await meet(ada, otto)
        are_one(community, ada, otto)

    anyio.run(scenario)


def test_in_every_community_and_at_home_in_one_visit(tmp_path: Path) -> None:
    """Two laptops of one person, both from the same backup."""

    async def scenario() -> None:
        (ada,), first = settle(tmp_path, "ada")
        second = ada.found("Allotments")
        ada.keyring.tend(ada.clock())
        file = tmp_path / "b"
        making.make(ada.home, file, Kind.EVERYTHING, SECRET, FAST, ada.clock(), lambda count: None)
        ada.home.close()
        both = []
        for name in ("laptop", "desk"):
            restoring.restore(
                file, tmp_path / name, Disk(), lambda: SECRET, FAST, ada.clock(), lambda count: None
            )
            both.append(Neighbour.of(tmp_path / name, ada.clock))
        home = both[0].home.community
        for each in both:
            for community in (first, second, home):
                each.say(community, f"{each.path.name} is back")
        await meet(*both)
        for community in (first, second, home):
            are_one(community, *both)

    anyio.run(scenario)


def test_a_peer_that_does_not_know_of_introductions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on as it always has: both stay strangers, and a third hearth introduces them."""

    async def scenario() -> None:
        (ada, otto, eve), community = settle(tmp_path, "ada", "otto", "eve")
        rotate(ada, otto)
        monkeypatch.setattr(otto.node, "introductions", dict)
        async with otto.serving() as place:
            outcome = await visit(ada.node, place)
            assert isinstance(outcome.error, StrangersError)
        for one, other in ((ada, eve), (otto, eve), (ada, otto)):
            await meet(one, other)
        are_one(community, ada, otto)

    anyio.run(scenario)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotServedError("not a member any more"), StrangersError),
        (UnexpectedIntroductionError("shows nothing"), StrangersError),
        (GaveWayError("newer ones came"), PeerLeftError),
    ],
)
def test_who_is_turned_down_is_told_that_they_are_strangers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: PeerError, expected: type[Exception]
) -> None:
    """Not how the peer has hung up; unless it was for something else."""
    meet = introducing.meet

    async def answers(node: Node, peer: Peer, *rest: Any, calling: bool) -> Any:
        if not calling:
            await peer.receive()
            raise error
        return await meet(node, peer, *rest, calling=calling)

    async def scenario() -> None:
        (ada, otto), _ = settle(tmp_path, "ada", "otto")
        rotate(ada, otto)
        async with otto.serving() as place:
            outcome = await visit(ada.node, place)
        assert isinstance(outcome.error, expected)
        for each in (ada, otto):
            each.home.close()

    monkeypatch.setattr(introducing, "meet", answers)
    anyio.run(scenario)


def test_others_are_heard_while_introductions_are_sealed_and_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    for name in ("seal", "unseal"):
        plain = getattr(introducing, name)

        def noted(*given: Any, plain: Any = plain, name: str = name) -> Any:
            threads.append((name, threading.current_thread() is threading.main_thread()))
            return plain(*given)

        monkeypatch.setattr(introducing, name, noted)

    async def scenario() -> None:
        (ada, otto), community = settle(tmp_path, "ada", "otto")
        rotate(ada, otto)
        await meet(ada, otto)
        are_one(community, ada, otto)

    anyio.run(scenario)
    assert set(threads) == {("seal", False), ("unseal", False)}
