"""Runs handshakes and connections over any stream of bytes, with anyio.

Everything that decides anything is in `handshake` and `connection`; this moves bytes, keeps time
and wakes whoever waits. Three tasks serve a peer: one reads and never waits for the application
(what lies unread is bounded by the credit, so pings and credit always get through), one writes,
one watches the silence. They report through the `Peer`, never by raising beside it: the code
inside `peer_on` sees one plain exception.

Limits of time (`Limits`) are arguments, so tests take short ones. Cancelling any wait is safe;
what was queued by a cancelled `send` is still sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import anyio
from anyio.abc import ByteStream

from hearth.sync.connection import Closed, Connection, CutError, Message
from hearth.sync.errors import Code, TransportError
from hearth.sync.flow import MAX_MESSAGE, Patience
from hearth.sync.frames import Padding
from hearth.sync.handshake import MAX_INPUT, Established, Handshake, HandshakeError, Reason
from hearth.sync.packing import PeerError

READ: Final = 1 << 16
WRITE: Final = 1 << 14
"""Bytes handed to the stream at once on a slow line: what an urgent message may wait behind."""
MAX_WRITE: Final = 1 << 16
"""The same on a line that takes it within `BRISK` seconds."""
BRISK: Final = 0.05
HIGH_WATER: Final = MAX_MESSAGE
_GONE: Final = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError)


class SilentError(TransportError, code="silent"):
    """The peer has not been heard for too long, or takes nothing off our hands."""

    closing = Code.IDLE


class PeerLeftError(TransportError, code="peer-left"):
    """The peer gave up, and said so; `reason` is its close code."""

    def __init__(self, reason: int) -> None:
        name = Code(reason).name.lower() if reason in set(Code) else str(reason)
        super().__init__(f"the peer closed the connection: {name}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: for a whole handshake, for silence, and for the last words of a connection."""

    handshake: float = 10.0
    patience: Patience = field(default_factory=Patience)
    linger: float = 5.0


async def shake_hands(stream: ByteStream, handshake: Handshake, limits: Limits) -> Established:
    """Carry a handshake to its end. Raises HandshakeError; the stream is then of no more use."""
    with anyio.move_on_after(limits.handshake):
        try:
            return await _exchange(stream, handshake)
        except _GONE:
            raise HandshakeError(Reason.CUT) from None
    raise HandshakeError(Reason.SLOW)


async def _exchange(stream: ByteStream, handshake: Handshake) -> Established:
    try:
        while True:
            if data := handshake.data_to_send():
                await stream.send(data)
            if handshake.done:
                return handshake.established
            try:
                heard = await stream.receive(MAX_INPUT)
            except anyio.EndOfStream:
                handshake.receive_eof()
            else:
                handshake.receive(heard)
    except HandshakeError:
        with suppress(*_GONE):
            await stream.send(handshake.data_to_send())
        raise


class _Bell:
    """Wakes everybody who waits for it."""

    def __init__(self) -> None:
        self._event: anyio.Event | None = None  # made when somebody waits: most rings wake nobody

    def ring(self) -> None:
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self) -> None:
        if self._event is None:
            self._event = anyio.Event()
        await self._event.wait()


class Peer:
    """A node at the other end, known by its device. Made by `peer_on`."""

    def __init__(self, stream: ByteStream, connection: Connection, limits: Limits) -> None:
        self.session = connection.session
        self._stream = stream
        self._connection = connection
        self._limits = limits
        self._inbox: deque[Message] = deque()
        self._error: TransportError | None = None
        self._incoming, self._outgoing, self._room = _Bell(), _Bell(), _Bell()
        self._written, self._read = anyio.Event(), anyio.Event()
        self._heard = self._moved = anyio.current_time()
        self._asked: float | None = None
        self._writing_now = False
        self.source = ""
        """Where the peer is, as `admission.source_of` counts; "" where nobody has said."""
        self.bytes_in, self.bytes_out = len(connection.session.leftover), 0
        """Bytes that came and went since the handshake, as they were on the wire."""

    def __repr__(self) -> str:
        return f"Peer({self.device.hex()[:12]})"

    @property
    def device(self) -> bytes:
        """The peer's device id, proved."""
        return self.session.peer

    async def send(self, type: int, body: bytes, *, urgent: bool = False) -> None:
        """Queue a message, and wait while more than `HIGH_WATER` bytes are queued.

        An ordinary one is queued when the urgent ones before it have gone: an end of a round that
        overtook events, while these wait for credit, would be taken for a broken promise. That it
        returns says nothing about arrival. Raises TransportError once the connection is broken.
        """
        self._check()
        while not urgent and self._connection.urgent_backlog:
            await self._room.wait()
            self._check()
        self._connection.send(type, body, urgent=urgent)
        self._outgoing.ring()
        while self._connection.backlog > HIGH_WATER:
            await self._room.wait()
            self._check()

    async def receive(self) -> Message | None:
        """The next message; None when the peer has closed in good order.

        Raises the TransportError that ended the connection, after the messages before it.
        """
        while not self._inbox:
            self._check()
            if self._read.is_set():
                return None
            await self._incoming.wait()
        message = self._inbox.popleft()
        self._connection.dealt_with(message)
        self._outgoing.ring()
        return message

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _fail(self, error: TransportError) -> None:
        if self._error is None:
            self._error = error
        self._ring_all()

    def _ring_all(self) -> None:
        for bell in (self._incoming, self._outgoing, self._room):
            bell.ring()

    async def _reading(self) -> None:
        try:
            self._take_events()  # what came with the end of the handshake
            while not self._connection.closed_by_peer:
                data = await self._stream.receive(READ)
                self.bytes_in += len(data)
                self._connection.receive_data(data)
                self._take_events()
        except TransportError as error:
            self._fail(error)
        except _GONE:
            self._fail(CutError("the connection was cut"))
        finally:
            self._read.set()
            self._ring_all()

    def _take_events(self) -> None:
        before = self._connection.frames_received
        try:
            while (event := self._connection.next_event()) is not None:
                if isinstance(event, Message):
                    self._inbox.append(event)
                elif isinstance(event, Closed) and event.code != Code.DONE:
                    raise PeerLeftError(event.code)
        finally:
            if self._connection.frames_received > before:
                self._heard = anyio.current_time()
                self._asked = None
                self._incoming.ring()
                self._outgoing.ring()

    async def _writing(self) -> None:
        cut, at_once = self._limits.patience.cut, WRITE
        try:
            while self._error is None and not self._connection.close_sent:
                before = self._connection.backlog
                data = self._connection.data_to_send(at_once)
                moves = self._connection.backlog < before
                self._room.ring()
                if data:
                    begun = anyio.current_time()
                    self._writing_now = True
                    with anyio.fail_after(cut):
                        await self._stream.send(data)
                    self._writing_now = False
                    self.bytes_out += len(data)
                    now = anyio.current_time()
                    at_once = min(2 * at_once, MAX_WRITE) if now - begun < BRISK else WRITE
                    if moves:  # pings and credit are no progress
                        self._moved = now
                elif self._connection.backlog:
                    with anyio.fail_after(self._moved + cut - anyio.current_time()):
                        await self._outgoing.wait()
                else:
                    await self._outgoing.wait()
                    self._moved = anyio.current_time()
        except TimeoutError:
            self._fail(SilentError("the peer takes nothing off our hands"))
        except _GONE:
            self._fail(CutError("the connection was cut"))
        finally:
            self._written.set()

    async def _watching(self) -> None:
        patience = self._limits.patience
        while self._error is None:
            now = anyio.current_time()
            asked = None if self._asked is None else now - self._asked
            step = patience.next_step(now - self._heard, asked)
            if step is None:
                self._fail(SilentError("the peer has fallen silent"))
            elif step > 0:
                await anyio.sleep(step)
            else:
                self._asked = now
                if not self._connection.closing:
                    self._connection.ping(bytes(8))
                    self._outgoing.ring()

    async def _finish(self) -> None:
        """Send what is queued and a close, and hear the peer's; raises what prevents it."""
        self._check()
        self._connection.close()
        self._outgoing.ring()
        await self._written.wait()
        gone = isinstance(self._error, CutError) and self._connection.closed_by_peer
        if not gone or self._connection.backlog:  # who has closed need not wait for our close
            self._check()
        with anyio.move_on_after(self._limits.linger):
            await self._read.wait()

    async def _part(self, code: Code) -> None:
        """Say why we go, if we have not gone and it can still be said. Half a second at most."""
        if self._connection.close_sent or isinstance(self._error, CutError):
            return
        if self._writing_now:  # a frame went half: what came after it could not be read
            return
        self._connection.abort(code)
        with anyio.move_on_after(0.5, shield=True), suppress(*_GONE):
            await self._stream.send(self._connection.data_to_send(WRITE))

    def _why(self, failure: Exception | None) -> Code:
        if failure is None:
            return Code.LEAVING
        cause = self._error or failure
        return cause.closing if isinstance(cause, TransportError | PeerError) else Code.FAILED


@asynccontextmanager
async def peer_on(
    stream: ByteStream,
    session: Established,
    limits: Limits | None = None,
    padding: Padding = Padding.NONE,
) -> AsyncIterator[Peer]:
    """Talk to a peer over `stream`, which is closed at the end.

    Leaving the block sends what is queued, closes in good order and waits for the peer's close,
    `limits.linger` seconds at most. An exception in the block closes at once and is raised as it
    is; cancelling tells the peer that we are leaving. Raises TransportError where what was
    queued could not be sent.
    """
    peer = Peer(stream, Connection(session, padding=padding), limits or Limits())
    failure: Exception | None = None
    try:
        async with anyio.create_task_group() as tasks:
            for task in (peer._reading, peer._writing, peer._watching):
                tasks.start_soon(task)
            try:
                yield peer
                await peer._finish()
            except Exception as error:
                failure = error
            tasks.cancel_scope.cancel()
    finally:
        await peer._part(peer._why(failure))
        await anyio.aclose_forcefully(stream)
    if failure is not None:
        raise failure
