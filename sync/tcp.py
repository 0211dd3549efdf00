"""The carrier `tcp`: nodes that reach each other by address and port, over IPv4 or IPv6.

`connect` and `serve` are all there is; `handshake`, `connection` and `driver` do the rest. A
server never stops for what one peer did, or because it has run out of file descriptors for a
while: everything that goes wrong with one connection is told to `report`, and the next is heard.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, cast

import anyio
from anyio.abc import Listener, SocketAttribute, SocketListener, SocketStream, TaskGroup
from anyio.streams.stapled import MultiListener

from hearth.sync.admission import Admission, Ticket, source_of
from hearth.sync.driver import WRITE, Limits, Peer, peer_on, shake_hands
from hearth.sync.errors import TransportError
from hearth.sync.handshake import Established, Handshake, HandshakeError, Reason

MAX_SESSIONS: Final = 256
BREATH: Final = 0.2
"""Seconds until accepting is tried again when the system has no more descriptors."""


class UnreachableError(TransportError, code="unreachable"):
    """Nobody accepts connections at that address and port (exit 14)."""


class CrowdedError(TransportError, code="crowded"):
    """There are as many sessions as there may be; this one was closed."""


@asynccontextmanager
async def connect(
    host: str, port: int, handshake: Handshake, limits: Limits | None = None
) -> AsyncIterator[Peer]:
    """A session with whoever answers there and passes `handshake`.

    Tries all addresses of the host, IPv6 first, a little apart. Raises UnreachableError or
    HandshakeError before the block; for the rest see `peer_on`.
    """
    limits = limits or Limits()
    try:
        with anyio.fail_after(limits.handshake):
            stream = await anyio.connect_tcp(host, port)
    except (OSError, TimeoutError, UnicodeError) as error:  # the last: a name that is none
        raise UnreachableError(f'nobody answers at "{host}" port {port}') from error
    try:
        _tune(stream)
        session = await shake_hands(stream, handshake, limits)
    except BaseException:
        await anyio.aclose_forcefully(stream)
        raise
    async with peer_on(stream, session, limits) as peer:
        yield peer


@dataclass(slots=True)
class Server:
    """Accepts peers and hands each to `session`.

    `respond` makes a fresh handshake per connection. `report` is told (source, what went wrong)
    of every connection that did not end in good order, `done` (source, peer) of every other;
    neither may raise.
    """

    respond: Callable[[], Handshake]
    session: Callable[[Peer], Awaitable[None]]
    report: Callable[[str, Exception], None]
    limits: Limits = field(default_factory=Limits)
    admission: Admission = field(default_factory=Admission)
    max_sessions: int = MAX_SESSIONS
    done: Callable[[str, Peer], None] = lambda source, peer: None
    sessions: int = 0
    _scopes: dict[Ticket, anyio.CancelScope] = field(default_factory=dict)

    async def serve(self, listener: MultiListener[SocketStream]) -> None:
        """Serve what `anyio.create_tcp_listener` made, until cancelled; then peers are told."""
        async with listener, anyio.create_task_group() as tasks:
            for one in listener.listeners:
                tasks.start_soon(self._accept, one, tasks)

    async def _accept(self, listener: Listener[SocketStream], tasks: TaskGroup) -> None:
        while True:
            try:
                stream = await cast(SocketListener, listener).accept()
            except OSError as error:
                self.report("", error)
                await anyio.sleep(BREATH)
                continue
            tasks.start_soon(self._serve_one, stream)

    async def _serve_one(self, stream: SocketStream) -> None:
        source = ""
        try:
            source = source_of(str(stream.extra(SocketAttribute.remote_address)[0]))
            _tune(stream)
            session = await self._shake_hands(stream, source)
            if self.sessions >= self.max_sessions:
                raise CrowdedError(f"there are {self.sessions} sessions already")
            self.sessions += 1
            try:
                async with peer_on(stream, session, self.limits) as peer:
                    peer.source = source
                    await self.session(peer)
                self.done(source, peer)
            finally:
                self.sessions -= 1
        except Exception as error:
            self.report(source, error)
        finally:
            await anyio.aclose_forcefully(stream)

    async def _shake_hands(self, stream: SocketStream, source: str) -> Established:
        ticket, evicted = self.admission.admit(source)
        if evicted is not None:
            self._scopes[evicted].cancel()
        try:
            with anyio.CancelScope() as scope:
                self._scopes[ticket] = scope
                return await shake_hands(stream, self.respond(), self.limits)
        finally:
            del self._scopes[ticket]
            self.admission.leave(ticket)
        raise HandshakeError(Reason.GAVE_WAY)


def _tune(stream: SocketStream) -> None:
    """Small frames go at once; and the kernel holds little that was not sent.

    Otherwise an urgent message would queue behind megabytes in the socket, where no priority
    reaches.
    """
    raw = stream.extra(SocketAttribute.raw_socket)
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    with suppress(OSError):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if lowat is not None:
            raw.setsockopt(socket.IPPROTO_TCP, lowat, WRITE)
