"""Going round: whom a round calls at, and that nobody who hangs keeps news from the others."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import anyio
import pytest
from mesh_kit import NOW, members

from hearth.mesh.peers import MEMBER, Known, Peers, Place
from hearth.mesh.serving import PARTNERS, partners
from hearth.mesh.visiting import groups, visit
from hearth.seen import DAY


def place(number: int, device: int | None = None) -> Place:
    return Place("10.0.0.1", number, None if device is None else bytes([device]) * 32, MEMBER)


def test_the_addresses_of_a_device_are_one_partner() -> None:
    found = groups([place(1, 1), place(2, 2), place(3, 1), place(4), place(5)])
    assert found == [[place(1, 1), place(3, 1)], [place(2, 2)], [place(4)], [place(5)]]


def test_rounds_go_round_although_nobody_ever_answered() -> None:
    """Addresses that members state, and where nobody is, must not take all the places."""
    found = groups(place(number, number) for number in range(1, 13))
    rng, called, seen = random.Random(20), dict[tuple[str, int], int](), set[int]()
    for now in range(1, 7):
        chosen = partners(found, {}, called, rng)
        assert len(chosen) == PARTNERS
        called.update({group[0][:2]: now for group in chosen})
        seen |= {group[0].port for group in chosen}
    assert seen == set(range(1, 13))


def test_whoever_has_failed_for_days_is_called_at_rarely() -> None:
    dead, well = place(1, 1), place(2, 2)
    known = {
        dead[:2]: Known(dead, 0, 100 * 3600, None, "nobody answers"),
        well[:2]: Known(well, 0, 100 * 3600, 100 * 3600, None),
    }
    rng = random.Random(20)
    rounds = [partners([[dead], [well]], known, {}, rng) for _ in range(300)]
    assert all([well] in chosen for chosen in rounds)
    assert 0 < sum([dead] in chosen for chosen in rounds) < 30


def test_a_clock_that_was_wrong_for_an_hour_ends_no_acquaintance() -> None:
    """In 2038 and in 1970 somebody was met; then the clock was set right, and they were away."""
    ahead, behind, others = place(1, 1), place(2, 2), [place(n, n) for n in range(3, 9)]
    known = {each[:2]: Known(each, NOW, NOW, NOW, None) for each in others}
    known[ahead[:2]] = Known(ahead, NOW, NOW, 2_147_400_000, None)
    known[behind[:2]] = Known(behind, 60, NOW, 3600, "nobody answers")
    found = [[each] for each in (ahead, behind, *others)]
    rng, called, seen = random.Random(20), dict[tuple[str, int], int](), set[int]()
    for now in range(NOW + 1, NOW + 7):
        chosen = partners(found, known, called, rng, now=now)
        called.update({group[0][:2]: now for group in chosen})
        seen |= {group[0].port for group in chosen}
    assert seen == set(range(1, 9))


def test_where_nobody_has_answered_for_a_month_is_forgotten(tmp_path: Path) -> None:
    typed, told, young = Place("10.0.0.1", 1), place(2, 2), place(3, 3)
    with members(tmp_path, "ada") as (ada,):
        peers = Peers(ada.home.store)

        def at(now: int, *failing: Place) -> list[int]:
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                for each in failing:
                    peers.add(tx, each, now)
                    peers.note(tx, each, now, None, None, "nobody answers")
                peers.add(tx, place(9), now)
                peers.note(tx, place(9), now, None, None, None if failing else "no network")
            return sorted(each.place.port for each in peers.all())

        assert at(NOW, typed, told) == [1, 2, 9]
        assert at(NOW + 29 * DAY, typed, told, young) == [1, 2, 3, 9]
        assert at(NOW + 90 * DAY) == [1, 2, 3, 9]  # nobody is reached: it may be the line
        assert at(NOW + 91 * DAY, young) == [1, 2, 9]  # the other was not tried
        assert at(NOW + 92 * DAY, typed, told) == [1, 9]


def accepted(listener: socket.socket) -> socket.socket | None:
    """Who has connected, if anybody has."""
    try:
        return listener.accept()[0]
    except BlockingIOError:
        return None


def test_who_hangs_keeps_no_news_from_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        with (
            members(tmp_path, "ada", "bo") as (ada, bo),
            socket.create_server(("127.0.0.1", 0)) as silent,
        ):
            community = ada.found()
            async with bo.serving() as bos, ada.serving() as adas:
                await bo.join(ada.invite(community), adas)
                with ada.home.store.batch() as batch, batch.transaction() as tx:
                    for at in (Place(*silent.getsockname()), bos):
                        Peers(ada.home.store).add(tx, at, NOW)

                def calls() -> int:
                    return sum(each.visit.place[:2] == bos[:2] for each in ada.served)

                silent.setblocking(False)
                with anyio.fail_after(60):
                    while (line := accepted(silent)) is None:
                        await anyio.sleep(0.02)
                    while not calls():
                        await anyio.sleep(0.02)
                    before = calls()
                    news = ada.say(community, "news")
                    while calls() == before or news not in bo.events(community):
                        await anyio.sleep(0.02)
                with line:
                    line.setblocking(False)
                    assert len(line.recv(4096)) > 0
                    with pytest.raises(BlockingIOError):  # she still waits there
                        line.recv(1)

    anyio.run(scenario)


def test_who_is_called_at_while_they_call_here_is_told_nothing_twice(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "bo") as (ada, bo):
            community = ada.found()
            async with bo.serving() as bos, ada.serving() as adas:
                await bo.join(ada.invite(community), adas)
                await visit(bo.node, adas)
                ada.say_much(community, 3000, 300, random.Random(20))
                with anyio.fail_after(60):
                    async with anyio.create_task_group() as tasks:

                        async def call() -> None:
                            """As soon as the session has begun that has been called for."""
                            while sum(1 for _ in bo.home.store.log.events(community)) < 100:
                                await anyio.sleep(0)
                            await ada.going.call([bos._replace(device=bo.home.identity.device)])

                        tasks.start_soon(call)
                        theirs = await visit(bo.node, adas)
                ours = [each.visit for each in ada.served if each.visit.place[:2] == bos[:2]]
                assert ada.events(community) == bo.events(community)
                for outcome in (theirs, *ours):
                    assert outcome.error is None
                sent = [each.events_out for outcome in ours for each in outcome.sessions]
                assert sent == [0]
                assert [each.duplicates for each in theirs.sessions] == [0]

    anyio.run(scenario)


@pytest.mark.parametrize("who", ["bo and bo", "both", "both, from the other side"])
def test_two_sessions_begun_in_the_same_moment_say_nothing_twice(tmp_path: Path, who: str) -> None:
    """As where `hearth sync` is run by cron beside `hearth serve`; and where two call at once."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "bo") as (ada, bo):
            community = ada.found()
            async with bo.serving() as bos, ada.serving() as adas:
                await bo.join(ada.invite(community), adas)
                await visit(bo.node, adas)
                ada.say_much(community, 2000, 300, random.Random(20))
                before = len(ada.served), len(bo.served)
                to_ada = [adas._replace(device=ada.home.identity.device)]
                to_bo = [bos._replace(device=bo.home.identity.device)]

                async def sync(group: list[Place]) -> None:
                    await visit(bo.node, group[0])

                calls = [(bo.going.call, to_ada), (ada.going.call, to_bo)]
                if who == "bo and bo":
                    calls[1] = (sync, to_ada)
                elif who != "both":
                    calls.reverse()
                with anyio.fail_after(60):
                    async with anyio.create_task_group() as tasks:
                        for call, group in calls:
                            tasks.start_soon(call, group)
                assert ada.events(community) == bo.events(community)
                served = [*ada.served[before[0] :], *bo.served[before[1] :]]
                assert [each.visit.error for each in served] == [None] * len(served)
                sessions = [one for each in served for one in each.visit.sessions]
                assert sum(each.duplicates for each in sessions) == 0

    anyio.run(scenario)
