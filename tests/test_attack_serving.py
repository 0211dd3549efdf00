"""A hearth that serves: crowds, silence, former members, places that are none, lines that lie."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from attack_kit import Person, admit, clean, hear, intruding, remove, run, tell
from log_kit import Device, make
from mesh_kit import NOW, Member, members
from test_attack_control import second_device

from hearth import kinds
from hearth.community.records import Role
from hearth.mesh import presence, serving, visiting
from hearth.mesh.addresses import may_be_stated
from hearth.mesh.crowd import Crowd, GaveWayError
from hearth.mesh.node import IdleError, NotServedError, TooLongError
from hearth.mesh.peers import Known, Peers, Place
from hearth.mesh.serving import PARTNERS, PER_PERSON, PER_SOURCE, Serving, partners
from hearth.mesh.visiting import STATED, groups, visit
from hearth.store.header import Lane
from hearth.store.slots import LABEL, encode as encode_slot
from hearth.sync import messages as m
from hearth.sync.driver import Limits, Peer, SilentError, shake_hands
from hearth.sync.errors import TransportError
from hearth.sync.flow import Patience
from hearth.sync.handshake import Handshake, HandshakeError
from hearth.sync.messages import Flags
from hearth.sync.opening import Door
from hearth.sync.packing import PeerError
from hearth.sync.tcp import Server

QUICK = Limits(handshake=0.5, patience=Patience(ask=0.2, cut=0.8), linger=0.2)


@asynccontextmanager
async def house(
    member: Member, session: Callable[[Peer], Awaitable[object]], limits: Limits | None = None
) -> AsyncIterator[tuple[Place, list[Exception]]]:
    """A hearth that answers everybody with `session`, and what went wrong there."""

    async def answer(peer: Peer) -> None:
        await session(peer)

    reports: list[Exception] = []
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server = Server(
        member.node.respond, answer, lambda _, error: reports.append(error), limits or Limits()
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, listener)
        yield Place("127.0.0.1", listener.extra(SocketAttribute.local_port)), reports
        tasks.cancel_scope.cancel()


async def until(reports: list[Exception], count: int = 1) -> Exception:
    while len(reports) < count:
        await anyio.sleep(0.01)
    return reports[count - 1]


# those who stay and say nothing


def test_who_only_answers_pings_is_left(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            admit(ada, community, eve := Person("eve"))
            idle: Callable[[Peer], Awaitable[object]] = lambda p: ada.node.attend(p, idle=0.5)  # noqa: E731
            async with (
                house(ada, idle, QUICK) as (place, reports),
                intruding(place, community, eve.local),
            ):
                assert isinstance(await until(reports), IdleError)
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)

    run(scenario)


def test_who_says_a_little_for_ever_is_left_in_the_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community = ada.found()
            admit(ada, community, eve := Person("eve"))

            async def session(peer: Peer) -> None:
                mine = ada.node.session(peer, ada.node.access.of_member(peer.device))
                await ada.node.hold(peer, mine, idle=5, longest=0.5)

            async with (
                house(ada, session) as (place, reports),
                intruding(place, community, eve.local) as peer,
            ):
                hello = await hear(peer)
                assert isinstance(hello, m.Hello)
                [meeting] = hello.meetings
                differs = meeting._replace(digests={**meeting.digests, 2: b"differs!"})
                await tell(peer, hello._replace(meetings=(differs,)))
                while not reports:
                    try:
                        await tell(peer, m.Proofs(0, ()))
                    except TransportError:
                        break
                    await anyio.sleep(0.02)
                assert isinstance(await until(reports), TooLongError)

    run(scenario)


@pytest.mark.parametrize("said", [b"", b"\xff\xff", b"\xff\xff" + bytes(50)])
def test_who_promises_a_frame_and_falls_silent_is_left(tmp_path: Path, said: bytes) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community = ada.found()
            admit(ada, community, eve := Person("eve"))
            async with house(ada, ada.node.attend, QUICK) as (place, reports):
                stream = await anyio.connect_tcp(place.host, place.port)
                knock = Handshake.initiate(eve.local, Door(community))
                await shake_hands(stream, knock, Limits())
                if said:
                    await stream.send(said)
                assert isinstance(await until(reports), SilentError)
                await anyio.aclose_forcefully(stream)

    run(scenario)


def test_a_member_has_so_many_sessions_and_others_are_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest come in, the oldest go; whoever else comes is not kept waiting."""
    monkeypatch.setattr(serving, "QUIET", 0.02)  # none of the others waits long for a silent one

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            admit(ada, community, eve := Person("eve"))
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                async with AsyncExitStack() as stack:
                    for _ in range(PER_PERSON + 3):
                        peer = await stack.enter_async_context(
                            intruding(place, community, eve.local)
                        )
                        assert await hear(peer) is not None
                    outcome = await visit(otto.node, place)
                    assert outcome.error is None
                    assert await gave_way(ada, 3) == 3

    run(scenario)


async def gave_way(member: Member, least: int) -> int:
    """How many sessions had to make room, once so many did."""
    while True:
        gone = sum(isinstance(each.visit.error, GaveWayError) for each in member.served)
        if gone >= least:
            return gone
        await anyio.sleep(0.01)


def test_strangers_fill_a_few_places_and_a_newcomer_still_joins(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place, AsyncExitStack() as stack:
                for number in range(PER_SOURCE + 4):
                    peer = await stack.enter_async_context(
                        intruding(place, community, Person(f"stranger {number}").local)
                    )
                    assert await hear(peer) is not None
                assert await gave_way(ada, 4) == 4
                await otto.join(ada.invite(community), place)
                assert len(ada.node.commons.membership(community).members) == 2

    run(scenario)


def test_a_crowd_lets_the_newest_in_and_each_source_loses_its_own() -> None:
    async def scenario() -> None:
        crowd, left = Crowd(3, 2), []

        async def stay(name: str) -> None:
            try:
                with crowd.place(name[0]):
                    await anyio.sleep_forever()
            except GaveWayError:
                left.append(name)

        async with anyio.create_task_group() as tasks:
            for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
                tasks.start_soon(stay, name)
                await anyio.sleep(0.01)
            assert left[0] == "a1"
            assert len(left) == 3
            assert len(crowd) == 3
            tasks.cancel_scope.cancel()
        assert len(crowd) == 0

    run(scenario)


def test_who_draws_a_call_out_is_left_and_counts_as_a_failure(tmp_path: Path) -> None:
    """So that a round of gossip ends, and the next one tries others first."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "eve") as (ada, eve):
            community = ada.found()
            async with ada.serving() as place:
                await eve.join(ada.invite(community), place)
                await visit(eve.node, place)

            async def dawdle(peer: Peer) -> None:
                hello = await hear(peer)
                assert isinstance(hello, m.Hello)
                [meeting] = hello.meetings
                differs = meeting._replace(digests={**meeting.digests, 2: b"differs!"})
                await tell(peer, hello._replace(meetings=(differs,)))
                while True:
                    await tell(peer, m.Proofs(0, ()))
                    await anyio.sleep(0.05)

            async with house(eve, dawdle) as (place, _):
                with ada.home.store.batch() as batch, batch.transaction() as tx:
                    Peers(ada.home.store).add(tx, place, NOW)
                outcome = await visit(ada.node, place, longest=0.5)
            assert isinstance(outcome.error, TooLongError)
            [known] = Peers(ada.home.store).all()
            assert known.failure is not None
            assert known.reached is None

    run(scenario)


# those who were put out


def test_who_was_put_out_is_served_nothing_and_told_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                await visit(otto.node, place)
                remove(ada, community, otto.home.identity.person)
                ada.say(community, "for members")
                held = otto.events(community)
                async with intruding(place, community, otto.node.local) as peer:
                    said = None
                    with suppress(TransportError):
                        said = await hear(peer)
                    assert said is None
                outcome = await visit(otto.node, place)
                assert outcome.error is not None
                assert otto.events(community) == held
                assert any(isinstance(each.visit.error, NotServedError) for each in ada.served)
            async with otto.serving() as place:  # and where he serves, ada does not say who she is
                outcome = await visit(ada.node, place)
                assert isinstance(outcome.error, HandshakeError)
                await anyio.sleep(0.1)
                assert all(each.visit.device is None for each in otto.served)

    run(scenario)


def test_who_is_put_out_meanwhile_is_served_no_longer(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community = ada.found()
            admit(ada, community, eve := Person("eve"))
            async with ada.serving() as place, intruding(place, community, eve.local) as peer:
                hello = await hear(peer)
                assert isinstance(hello, m.Hello)
                remove(ada, community, eve.person.device)
                secret = ada.say(community, "for members")
                [meeting] = hello.meetings
                differs = meeting._replace(digests={**meeting.digests, 2: b"differs!"})
                await tell(peer, hello._replace(meetings=(differs,)))
                await tell(peer, m.Frontier(0, 2, (), ()), m.End())
                said: list[m.Message | None] = []
                with suppress(TransportError):
                    while (message := await hear(peer)) is not None:
                        said.append(message)
                assert not any(isinstance(each, m.Events) for each in said)
                assert secret in ada.events(community)
            errors = [each.visit.error for each in ada.served]
            assert any(isinstance(each, NotServedError) for each in errors)

    run(scenario)


def test_with_a_new_device_a_former_member_is_a_stranger(tmp_path: Path) -> None:
    """It is asked what is new in the control lane, and given nothing, of no lane."""

    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            community = ada.found()
            admit(ada, community, otto := Person("otto"))
            remove(ada, community, otto.person.device)
            secret = ada.say(community, "for members")
            async with (
                ada.serving() as place,
                intruding(place, community, Person("otto's new one").local) as peer,
            ):
                hello = await hear(peer)
                assert isinstance(hello, m.Hello)
                [meeting] = hello.meetings
                lanes = dict.fromkeys(range(6), b"differs!")
                asked = m.Hello(Flags.TAKES | Flags.WANTS, 1 << 17, (m.Meeting(
                    meeting.tag, lanes, ()),))  # fmt: skip
                await tell(peer, asked, m.Want(0, m.What.PAYLOAD, (secret,)))
                said = [await hear(peer), await hear(peer)]
                assert said == [m.Bye(), m.Gone(0, m.What.PAYLOAD, m.Reason.NOT_HERE, secret)]

    run(scenario)


# places


def state_places(
    member: Member, community: bytes, signer: Device, at: list[tuple[str, int]]
) -> None:
    body = presence._encode(at)
    statement = encode_slot(
        community, signer.device, kinds.PRESENCE, b"", 1, NOW + presence.LASTS, body
    )
    with member.home.store.batch() as batch, batch.transaction() as tx:
        member.home.store.slots.put(tx, statement, signer.sign(LABEL + statement))


def test_where_somebody_is_was_not_said_for_years(tmp_path: Path) -> None:
    """By a clock that ran ahead for an hour."""
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        said = []
        for now in (NOW, NOW + 60, 2_147_400_000, NOW + 120, NOW + 180):
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                said.append(presence.state(ada.home, tx, community, [("10.0.0.1", 7411)], now))
        assert said == [True, False, True, True, False]
        held = ada.home.store.slots.get(community, ada.home.identity.device, kinds.PRESENCE)
        assert held is not None
        assert held.expires == NOW + 120 + presence.LASTS


def test_only_members_word_counts_for_where_somebody_is(tmp_path: Path) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        admit(ada, community, otto := Person("otto"))
        admit(ada, community, bob := Person("bob"))
        for who, host in ((otto, "10.0.0.1"), (bob, "10.0.0.2"), (Person("eve"), "10.0.0.3")):
            state_places(ada, community, who.signer, [(host, 7411)])
        remove(ada, community, bob.person.device)
        assert [each.host for each in visiting.places(ada.node)] == ["10.0.0.1"]


def test_nobody_makes_a_hearth_call_at_what_is_no_neighbour_s(tmp_path: Path) -> None:
    hosts = (
        "127.0.0.1", "127.8.8.8", "::1", "169.254.169.254", "fe80::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2001:0:1::", "224.0.0.251", "ff02::1",
        "255.255.255.255", "240.0.0.1", "0.0.0.0", "0.1.2.3", "::",
    )  # fmt: skip
    assert not any(may_be_stated(host, loopback=False) for host in hosts)
    assert all(may_be_stated(host, loopback=False) for host in ("10.0.0.1", "1.1.1.1", "fd00::1"))
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        admit(ada, community, eve := Person("eve"))
        for at in range(0, len(hosts), 8):
            state_places(ada, community, eve.signer, [(host, 80) for host in hosts[at : at + 8]])
            assert visiting.places(ada.node) == []


def test_of_one_person_a_few_places_count(tmp_path: Path) -> None:
    with members(tmp_path, "ada") as (ada,):
        community = ada.found()
        admit(ada, community, eve := Person("eve"))
        admit(ada, community, otto := Person("otto"))
        state_places(ada, community, otto.signer, [("10.1.0.1", 7411)])
        for number in range(12):
            membership = ada.node.commons.membership(community)
            [seat] = membership.members[eve.person.device].seats
            eve.name = f"eve {number}"
            made = second_device(eve, community, seat, [seat])
            signer = Device(f"second device of {eve.name}")
            assert signer.device == made.header.device
            with ada.home.store.batch() as batch, batch.transaction() as tx:
                ada.home.store.log.import_events(tx, [made.record])
            state_places(ada, community, signer, [(f"10.0.{number}.{n}", 80) for n in range(1, 9)])
        found = visiting.places(ada.node)
        assert len(found) == STATED + 1
        assert "10.1.0.1" in {each.host for each in found}


def test_claims_do_not_crowd_out_who_answers() -> None:
    rng = random.Random(1)
    answering = [[Place(f"10.1.0.{n}", 7411, bytes((n,)) * 32)] for n in range(3)]
    known = {
        group[0][:2]: Known(group[0], NOW, NOW, NOW + n, None) for n, group in enumerate(answering)
    }
    claims = [[Place(f"10.2.{n // 250}.{n % 250}", 80)] for n in range(500)]
    for _ in range(50):
        chosen = partners(claims + answering, known, {}, rng)
        assert len(chosen) == PARTNERS
        assert chosen[:2] == answering[:2]
    failures = {group[0][:2]: 1000 for group in claims}
    tried = sum(
        group in claims
        for _ in range(50)
        for group in partners(claims + answering, known, {}, rng, failures)
    )
    assert tried < 50
    same = [Place(f"10.3.0.{n}", 80, b"s" * 32) for n in range(8)]
    assert len(partners(groups(same), {}, {}, rng)) == 1


def test_a_call_that_fails_in_any_way_does_not_end_the_serving(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada") as (ada,):
            ada.found()
            serving = Serving(ada.node, ada.served.append)
            for host in ("a\0b", "\udcff", "x" * 300, "é" * 70):
                await serving.call([Place(host, 7411)])
            assert len(ada.served) == 4
            assert all(each.visit.error is not None for each in ada.served)

    run(scenario)


# lines


class Line:
    """A line between two that somebody meddles with: one piece in one direction."""

    def __init__(self, to: Place, seed: int) -> None:
        self.to = to
        self.rng = random.Random(seed)
        self.meddled = False

    async def carry(self, stream: SocketStream) -> None:
        try:
            onwards = await anyio.connect_tcp(self.to.host, self.to.port)
            async with stream, onwards, anyio.create_task_group() as tasks:
                tasks.start_soon(self._pump, stream, onwards, tasks.cancel_scope)
                tasks.start_soon(self._pump, onwards, stream, tasks.cancel_scope)
        except (OSError, anyio.BrokenResourceError):
            pass

    async def _pump(
        self, here: SocketStream, there: SocketStream, scope: anyio.CancelScope
    ) -> None:
        seen, old = 0, b""
        at = self.rng.randrange(800, 3000)
        try:
            while True:
                data = await here.receive(1024)
                seen += len(data)
                if not self.meddled and seen > at:
                    self.meddled = True
                    data = self._meddle(data, old)
                if data:
                    await there.send(data)
                old = data
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            scope.cancel()

    def _meddle(self, data: bytes, old: bytes) -> bytes:
        middle = len(data) // 2
        how = self.rng.randrange(5)
        if how == 0:
            return b""  # lost
        if how == 1:
            return data + data  # twice
        if how == 2:
            return data[middle:] + data[:middle]  # in another order
        if how == 3:
            return old + data  # said again
        return data[:middle] + bytes((data[middle] ^ 1,)) + data[middle + 1 :]


@pytest.mark.parametrize("seed", range(6))
def test_a_line_that_drops_repeats_or_changes_brings_the_same_or_an_error(
    tmp_path: Path, seed: int
) -> None:
    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            rng = random.Random(seed)
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                ada.say_much(community, 60, 100, rng)
                otto.say_much(community, 60, 100, rng)
                honest = set(ada.events(community)) | set(otto.events(community))
                line = Line(place, seed)
                listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(listener.serve, line.carry)
                    port = listener.extra(SocketAttribute.local_port)
                    with anyio.move_on_after(20):
                        outcome = await visit(otto.node, Place("127.0.0.1", port), idle=2)
                        assert outcome.error is not None
                        assert isinstance(outcome.error, TransportError | PeerError)
                    tasks.cancel_scope.cancel()
                assert line.meddled
                for each in (ada, otto):
                    assert set(each.events(community)) <= honest
                    clean(each)
                assert (await visit(otto.node, place)).error is None
                assert set(ada.events(community)) == set(otto.events(community)) == honest

    run(scenario)


def test_a_flood_by_a_member_keeps_nobody_from_being_served(tmp_path: Path) -> None:
    """Thousands of events by one, a few by another: both get through, and both are held."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "eve", "otto") as (ada, eve, otto):
            community = ada.found()
            async with ada.serving() as place:
                for each in (eve, otto):
                    await each.join(ada.invite(community), place)
                eve.say_much(community, 4000, 60, random.Random(1))
                alarm = otto.say(community, "help", Lane.EMERGENCY)
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(visit, eve.node, place)
                    await anyio.sleep(0.05)
                    assert (await visit(otto.node, place)).error is None
                    assert alarm in ada.events(community)
                assert len(list(ada.home.store.log.events(community, Lane.CHAT))) == 4000
                clean(ada)

    run(scenario)


def test_steward_and_stranger_doors_are_not_the_home_s(tmp_path: Path) -> None:
    """The home community is its person's own: a fellow steward is a stranger there."""

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                await otto.join(ada.invite(community, Role.STEWARD), place)
                home = ada.home.community
                ada.say(home, "private")
                assert home not in ada.node.access.of_member(otto.home.identity.device)
                async with intruding(place, home, otto.node.local) as peer:
                    hello = await hear(peer)
                    assert isinstance(hello, m.Hello)
                    assert [set(each.digests) for each in hello.meetings] == [{Lane.CONTROL}]
                    assert not hello.flags & Flags.GIVES
                made = make(Device("x"), community=home)
                assert made.id not in ada.events(home)

    run(scenario)
