"""Over real sockets on the loopback: honest peers, and those that are not."""

from __future__ import annotations

import contextlib
import socket
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from sync_kit import COMMUNITY, INVITATION, Device, local, two

from hearth.mesh.crowd import GaveWayError
from hearth.mesh.node import IdleError, NotServedError
from hearth.sync.admission import Admission, source_of
from hearth.sync.connection import Connection, CutError, Message
from hearth.sync.driver import Limits, Peer, PeerLeftError, SilentError, shake_hands
from hearth.sync.errors import TransportError
from hearth.sync.flow import MAX_MESSAGE, Patience
from hearth.sync.handshake import Handshake, HandshakeError, Reason
from hearth.sync.opening import Door
from hearth.sync.packing import MessageError, OverLimitError
from hearth.sync.tcp import CrowdedError, Server, UnreachableError, connect

QUICK = Limits(handshake=0.3, patience=Patience(ask=0.2, cut=0.9), linger=0.5)
CALM = Limits()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        with anyio.fail_after(30):
            await test()

    anyio.run(bounded)


@dataclass
class House:
    """A listening node, and what it was told."""

    server: Server
    port: int
    reports: list[Exception] = field(default_factory=list)
    told: anyio.Event = field(default_factory=anyio.Event)

    async def report(self, count: int = 1) -> Exception:
        while len(self.reports) < count:
            await self.told.wait()
        return self.reports[count - 1]


async def echo(peer: Peer) -> None:
    while (message := await peer.receive()) is not None:
        await peer.send(message.type, message.body, urgent=message.urgent)


@asynccontextmanager
async def house(
    session: Callable[[Peer], Awaitable[None]] = echo,
    limits: Limits = CALM,
    host: str = "127.0.0.1",
    doors: tuple[Door, ...] = (COMMUNITY, INVITATION),
    **options: Any,
) -> AsyncIterator[House]:
    bob = local("bob")
    listener = await anyio.create_tcp_listener(local_host=host)
    reports: list[Exception] = []

    def report(source: str, error: Exception) -> None:
        reports.append(error)
        found.told.set()
        found.told = anyio.Event()

    server = Server(lambda: Handshake.respond(bob, doors), session, report, limits, **options)
    found = House(server, listener.extra(SocketAttribute.local_port), reports)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, listener)
        yield found
        tasks.cancel_scope.cancel()


def knock(door: Door = COMMUNITY, name: str = "alice") -> Handshake:
    return Handshake.initiate(local(name), door)


async def works(at: House, door: Door = COMMUNITY, host: str = "127.0.0.1") -> None:
    """An honest peer is served."""
    async with connect(host, at.port, knock(door)) as peer:
        assert peer.device == Device("bob").device
        await peer.send(7, b"hello")
        assert await peer.receive() == Message(7, b"hello")


async def hung_up(stream: SocketStream) -> bytes:
    """What the other side still said before it hung up."""
    said = b""
    try:
        while True:
            said += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return said


class TestHonest:
    @pytest.mark.parametrize("door", [COMMUNITY, INVITATION], ids=["community", "invitation"])
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
    def test_a_message_there_and_back(self, host: str, door: Door) -> None:
        if host == "::1" and not has_ipv6():
            pytest.skip("no IPv6 on this machine")

        async def test() -> None:
            async with house(host=host) as at:
                await works(at, door, host)
                assert at.reports == []

        run(test)

    def test_much_both_ways_at_once_and_nothing_lost(self) -> None:
        async def test() -> None:
            async with house() as at, connect("127.0.0.1", at.port, knock()) as peer:
                bodies = [bytes((n,)) * size for n, size in enumerate((MAX_MESSAGE, 0, 70_000) * 4)]

                async def send_all() -> None:
                    for number, body in enumerate(bodies):
                        await peer.send(number, body)

                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(send_all)
                    for number, body in enumerate(bodies):
                        assert await peer.receive() == Message(number, body)

        run(test)

    def test_an_urgent_message_overtakes_megabytes(self) -> None:
        """Sent last, arrives before the last of what was queued before it."""

        async def test() -> None:
            got: list[int] = []
            done = anyio.Event()

            async def listen(peer: Peer) -> None:
                while (message := await peer.receive()) is not None:
                    got.append(message.type)
                done.set()

            async with house(listen) as at:
                async with connect("127.0.0.1", at.port, knock()) as peer:
                    await peer.send(1, bytes(MAX_MESSAGE))
                    await peer.send(2, b"flood", urgent=True)
                await done.wait()
            assert got == [2, 1]

        run(test)

    def test_an_ordinary_message_does_not_overtake_urgent_ones_that_wait_for_credit(self) -> None:
        async def test() -> None:
            got: list[int] = []
            done = anyio.Event()

            async def listen(peer: Peer) -> None:
                await anyio.sleep(0.2)  # gives no credit meanwhile
                while (message := await peer.receive()) is not None:
                    got.append(message.type)
                done.set()

            async with house(listen) as at:
                async with connect("127.0.0.1", at.port, knock()) as peer:
                    for number in (1, 2, 3):
                        await peer.send(number, bytes(MAX_MESSAGE // 2), urgent=True)
                    await peer.send(4, b"end")
                await done.wait()
            assert got == [1, 2, 3, 4]

        run(test)

    @pytest.mark.parametrize("urgent", [False, True])
    def test_to_a_peer_that_gives_no_credit_little_is_queued(self, urgent: bool) -> None:
        """Queued are at most the megabyte that makes a sender wait, and a message."""

        async def test() -> None:
            sent = 0

            async with house(lambda peer: anyio.sleep_forever()) as at:
                with contextlib.suppress(TimeoutError):
                    async with connect("127.0.0.1", at.port, knock(), QUICK) as peer:
                        with anyio.fail_after(0.5):
                            for _ in range(20):
                                sent += 1
                                await peer.send(1, bytes(MAX_MESSAGE), urgent=urgent)
            assert sent == 3

        run(test)

    def test_idle_peers_ask_each_other_and_stay(self) -> None:
        async def test() -> None:
            async with house(limits=QUICK) as at:
                async with connect("127.0.0.1", at.port, knock(), QUICK) as peer:
                    await anyio.sleep(1.5 * QUICK.patience.cut)
                    await peer.send(1, b"still here")
                    assert await peer.receive() == Message(1, b"still here")
                assert at.reports == []

        run(test)

    def test_a_server_that_stops_says_so(self) -> None:
        async def test() -> None:
            started = anyio.Event()

            async def stay(port: int) -> None:
                async with connect("127.0.0.1", port, knock()) as peer:
                    await peer.send(1, b"x")
                    await peer.receive()
                    started.set()
                    await peer.receive()

            async def visit(port: int) -> None:
                with pytest.raises(PeerLeftError) as caught:
                    await stay(port)
                assert caught.value.reason == 1

            async with anyio.create_task_group() as tasks, house() as at:
                tasks.start_soon(visit, at.port)
                await started.wait()

        run(test)

    def test_what_the_block_raises_comes_out_as_it_is(self) -> None:
        async def test() -> None:
            async with house() as at:
                with pytest.raises(KeyError):
                    async with connect("127.0.0.1", at.port, knock()):
                        raise KeyError("ours")
                error = await at.report()
                assert isinstance(error, PeerLeftError)
                assert error.reason == 255

        run(test)

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (MessageError("no message"), 3),
            (OverLimitError("too much"), 4),
            (IdleError("says nothing"), 2),
            (NotServedError("put out"), 255),
            (GaveWayError("for newer ones"), 4),
        ],
    )
    def test_the_close_says_whose_fault_it_was(self, error: Exception, said: int) -> None:
        async def fail(peer: Peer) -> None:
            raise error

        async def test() -> None:
            async with house(fail) as at:
                with pytest.raises(PeerLeftError) as caught:
                    async with connect("127.0.0.1", at.port, knock()) as peer:
                        await peer.receive()
                assert caught.value.reason == said

        run(test)

    def test_a_session_that_fails_does_not_stop_the_server(self) -> None:
        async def fail(peer: Peer) -> None:
            raise RuntimeError("a bug")

        async def test() -> None:
            async with house(fail) as at:
                for count in (1, 2):
                    with pytest.raises(PeerLeftError):
                        async with connect("127.0.0.1", at.port, knock()) as peer:
                            await peer.receive()
                    assert isinstance(await at.report(count), RuntimeError)

        run(test)

    def test_no_more_sessions_than_there_may_be(self) -> None:
        async def test() -> None:
            async with house(max_sessions=1) as at, connect("127.0.0.1", at.port, knock()) as peer:
                await peer.send(1, b"x")
                await peer.receive()
                with pytest.raises(TransportError):
                    await works(at)
                assert isinstance(await at.report(), CrowdedError)

        run(test)

    def test_a_name_that_is_none(self) -> None:
        async def test() -> None:
            with pytest.raises(UnreachableError):
                async with connect("é" * 70, 7411, knock()):
                    pass

        run(test)

    def test_nobody_there(self) -> None:
        async def test() -> None:
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                with pytest.raises(UnreachableError):
                    async with connect("127.0.0.1", unused.getsockname()[1], knock()):
                        pass

        run(test)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


class TestHostile:
    @pytest.mark.parametrize(
        "garbage",
        [
            b"GET / HTTP/1.1\r\nHost: hearth.local\r\n\r\n",
            bytes.fromhex("16030100c8010000c40303") + bytes(200),
            b"\0" * 100,
            b"\xff" * 100,
        ],
        ids=["http", "tls", "zeros", "ones"],
    )
    def test_garbage_is_hung_up_on_at_once_and_in_silence(self, garbage: bytes) -> None:
        async def test() -> None:
            async with house() as at:
                async with await anyio.connect_tcp("127.0.0.1", at.port) as stream:
                    await stream.send(garbage)
                    assert await hung_up(stream) == b""
                error = await at.report()
                assert isinstance(error, HandshakeError)
                assert error.reason is Reason.NOT_HEARTH
                await works(at)

        run(test)

    @pytest.mark.parametrize("said", [b"", b"\0\x40hear"], ids=["nothing", "a beginning"])
    def test_silence_before_the_handshake_is_borne_for_so_long(self, said: bytes) -> None:
        async def test() -> None:
            async with house(limits=QUICK) as at:
                async with await anyio.connect_tcp("127.0.0.1", at.port) as stream:
                    if said:
                        await stream.send(said)
                    assert await hung_up(stream) == b""
                error = await at.report()
                assert isinstance(error, HandshakeError)
                assert error.reason is Reason.SLOW

        run(test)

    def test_a_byte_at_a_time_does_not_stretch_the_limit(self) -> None:
        async def test() -> None:
            async with house(limits=QUICK) as at:
                opening = knock().data_to_send()
                stream = await anyio.connect_tcp("127.0.0.1", at.port)
                sent = 0
                with contextlib.suppress(anyio.BrokenResourceError):
                    for sent in range(len(opening)):
                        await stream.send(opening[sent : sent + 1])
                        await anyio.sleep(QUICK.handshake / 10)
                assert sent < len(opening) - 1
                error = await at.report()
                assert isinstance(error, HandshakeError)
                assert error.reason is Reason.SLOW

        run(test)

    @pytest.mark.slow
    @pytest.mark.parametrize("sources", [1, 200])
    def test_a_thousand_half_open_connections(self, sources: int) -> None:
        """They never hold more than the caps, cost little, and an honest peer gets in."""

        async def test() -> None:
            streams = []
            async with house() as at:
                tracemalloc.start()
                most = 0
                for number in range(1000):
                    where = f"127.0.{number % sources // 250}.{number % sources % 250 + 1}"
                    stream = await anyio.connect_tcp("127.0.0.1", at.port, local_host=where)
                    await stream.send(b"\0\x40hear")
                    streams.append(stream)
                    most = max(most, len(at.server.admission))
                    if number % 250 == 249:
                        await works(at)
                assert most == (8 if sources == 1 else 64)
                held, _ = tracemalloc.get_traced_memory()
                tracemalloc.stop()
                assert held < 16 << 20
                await works(at)
                gone = [e.reason for e in at.reports if isinstance(e, HandshakeError)]
                assert gone.count(Reason.GAVE_WAY) >= 1000 - most
                for stream in streams:
                    await anyio.aclose_forcefully(stream)

        run(test)

    def test_recorded_handshakes_lead_nowhere(self) -> None:
        async def test() -> None:
            async with house() as at:
                spoken: list[bytes] = []
                async with await anyio.connect_tcp("127.0.0.1", at.port) as stream:
                    honest = knock()
                    spoken.append(honest.data_to_send())
                    await stream.send(spoken[0])
                    honest.receive(await stream.receive(4096))
                    spoken.append(honest.data_to_send())
                    await stream.send(spoken[1])
                async with await anyio.connect_tcp("127.0.0.1", at.port) as stream:
                    await stream.send(b"".join(spoken))
                    said = await hung_up(stream)
                    assert len(said) == 291  # a reply that only alice's lost key could read
                error = await at.report(2)
                assert isinstance(error, HandshakeError)
                assert error.reason is Reason.NOT_GENUINE

        run(test)

    def test_an_echo_of_everything_is_no_peer(self) -> None:
        async def test() -> None:
            listener = await anyio.create_tcp_listener(local_host="127.0.0.1")

            async def reflect(stream: SocketStream) -> None:
                async with stream:
                    await stream.send(await stream.receive())

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.serve, reflect)
                with pytest.raises(HandshakeError):
                    async with connect(
                        "127.0.0.1", listener.extra(SocketAttribute.local_port), knock()
                    ):
                        pass
                tasks.cancel_scope.cancel()

        run(test)

    def test_a_flip_in_any_byte_on_the_way(self) -> None:
        """A proxy changes one bit of one byte of the handshake, each in turn: never a session."""

        async def test() -> None:
            reached = 0

            async def count(peer: Peer) -> None:
                nonlocal reached
                reached += 1

            async with house(count, limits=QUICK) as at:
                for message, length in ((0, 50), (1, 291), (2, 258)):
                    for place in range(0, length, 7):
                        await self.meddle(at, message, place)
                assert reached == 0
                await self.meddle(at, -1, 0)  # without a flip it would have been one
                with anyio.fail_after(60):
                    while not reached:
                        await anyio.sleep(0.01)

        run(test)

    async def meddle(self, at: House, message: int, place: int) -> None:
        here = knock()
        async with await anyio.connect_tcp("127.0.0.1", at.port) as stream:
            for number in (0, 2):
                data = bytearray(here.data_to_send())
                if message == number:
                    data[place] ^= 1
                await stream.send(bytes(data))
                if number == 2:
                    return
                with anyio.move_on_after(1):
                    heard = bytearray()
                    while len(heard) < 291:
                        try:
                            heard += await stream.receive()
                        except (anyio.EndOfStream, anyio.BrokenResourceError):
                            return
                if message == 1:
                    heard[place] ^= 1
                try:
                    here.receive(bytes(heard))
                except HandshakeError:
                    return
                if not here.done:
                    return

    def test_a_cut_is_told_from_an_end(self) -> None:
        async def test() -> None:
            seen: list[object] = []

            async def listen(peer: Peer) -> None:
                while (message := await peer.receive()) is not None:
                    seen.append(message)
                seen.append("the end")

            async with house(listen) as at:
                stream = await anyio.connect_tcp("127.0.0.1", at.port)
                session = await shake_hands(stream, knock(), CALM)
                speaking = Connection(session)
                speaking.send(1, b"whole")
                speaking.send(2, b"never whole")
                await stream.send(speaking.data_to_send()[:-1])
                await stream.aclose()
                assert isinstance(await at.report(), CutError)
            assert seen == [Message(1, b"whole")]

        run(test)

    def test_a_peer_that_never_reads_is_given_up(self) -> None:
        async def test() -> None:
            async def pour(peer: Peer) -> None:
                while True:
                    await peer.send(1, bytes(MAX_MESSAGE))

            async with house(pour, limits=QUICK) as at:
                stream = await anyio.connect_tcp("127.0.0.1", at.port)
                await shake_hands(stream, knock(), CALM)
                assert isinstance(await at.report(), SilentError)
                await anyio.aclose_forcefully(stream)

        run(test)

    def test_a_peer_that_reads_but_gives_no_credit_is_given_up(self) -> None:
        async def test() -> None:
            async def pour(peer: Peer) -> None:
                while True:
                    await peer.send(1, bytes(MAX_MESSAGE))

            async with house(pour, limits=QUICK) as at, anyio.create_task_group() as tasks:
                stream = await anyio.connect_tcp("127.0.0.1", at.port)
                reading = Connection(await shake_hands(stream, knock(), CALM))

                async def answer_pings_only() -> None:
                    while True:
                        try:
                            reading.receive_data(await stream.receive())
                            while reading.next_event() is not None:
                                pass
                            if data := reading.data_to_send():
                                await stream.send(data)
                        except (anyio.EndOfStream, anyio.BrokenResourceError):
                            return

                tasks.start_soon(answer_pings_only)
                error = await at.report()
                assert isinstance(error, SilentError)
                assert "takes nothing" in str(error)
                tasks.cancel_scope.cancel()
                await anyio.aclose_forcefully(stream)

        run(test)

    def test_a_promise_that_is_not_kept(self) -> None:
        """The length of the longest frame, then nothing: the peer's silence ends it."""

        async def test() -> None:
            async with house(limits=QUICK) as at:
                stream = await anyio.connect_tcp("127.0.0.1", at.port)
                await shake_hands(stream, knock(), CALM)
                await stream.send(b"\xff\xff")
                error = await at.report()
                assert isinstance(error, SilentError)
                assert "silent" in str(error)
                await anyio.aclose_forcefully(stream)

        run(test)

    def test_a_stranger_learns_nothing_over_the_wire(self) -> None:
        async def test() -> None:
            async with house() as at:
                async with await anyio.connect_tcp("127.0.0.1", at.port) as stream:
                    await stream.send(two(Door(b"?" * 32))[0].data_to_send())
                    assert await hung_up(stream) == b""
                error = await at.report()
                assert isinstance(error, HandshakeError)
                assert error.reason is Reason.NO_DOOR

        run(test)


class TestAdmission:
    def test_up_to_the_caps_nobody_gives_way(self) -> None:
        admission = Admission(in_all=6, per_source=2)
        for source in "aabbcc":
            assert admission.admit(source)[1] is None
        assert len(admission) == 6

    def test_the_oldest_of_the_own_source_goes_first(self) -> None:
        admission = Admission(in_all=64, per_source=2)
        first, second = (admission.admit("a")[0] for _ in range(2))
        admission.admit("b")
        assert admission.admit("a")[1] is first
        assert admission.admit("a")[1] is second
        assert len(admission) == 3

    def test_else_the_oldest_of_the_source_that_holds_most(self) -> None:
        admission = Admission(in_all=4, per_source=3)
        lonely, _ = admission.admit("b")
        greedy = [admission.admit("a")[0] for _ in range(3)]
        assert admission.admit("c")[1] is greedy[0]
        assert admission.admit("d")[1] is greedy[1]
        assert admission.admit("e")[1] is lonely  # now all hold one

    def test_who_leaves_makes_room_and_may_leave_twice(self) -> None:
        admission = Admission(in_all=1)
        ticket, _ = admission.admit("a")
        admission.leave(ticket)
        admission.leave(ticket)
        assert admission.admit("b")[1] is None

    def test_the_defaults(self) -> None:
        assert (Admission().in_all, Admission().per_source) == (64, 8)
        assert Limits() == Limits(10.0, Patience(30.0, 90.0), 5.0)

    @pytest.mark.parametrize(
        ("host", "source"),
        [
            ("192.168.1.7", "192.168.1.7"),
            ("::ffff:192.168.1.7", "192.168.1.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("?", "?"),
        ],
    )
    def test_sources(self, host: str, source: str) -> None:
        assert source_of(host) == source
