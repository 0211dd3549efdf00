"""Carries a session over a connection: the one place where the two meet.

Saying and hearing are two tasks, so that two nodes which both have much to say never wait for
each other: one goes on hearing while the other waits for credit. Messages are made only when the
connection takes more, so memory holds a few frames however much there is to send.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from hearth.sync.driver import Peer
from hearth.sync.errors import TransportError
from hearth.sync.session import Session


class EarlyEndError(TransportError, code="early-end"):
    """The peer closed in good order before the session was over."""


@dataclass(slots=True)
class Meeting:
    """How a session over a connection went. `turns`: how often this side spoke after hearing."""

    turns: int = 0


async def meet(peer: Peer, session: Session, progress: Callable[[], None] | None = None) -> Meeting:
    """Carry a session to its end; what was committed before an error stays.

    `progress` is called after every message; what it raises ends the session. Raises PeerError
    for what the peer does wrong, TransportError for the connection, and errors of this node's
    disk. Leaving (by an error or by being cancelled) is safe at any point.
    """
    talk = _Talk(peer, session, progress)
    async with anyio.create_task_group() as tasks:
        for task in (talk.say, talk.hear):
            tasks.start_soon(talk.run, task, tasks.cancel_scope)
    if talk.error is not None:
        raise talk.error
    return talk.meeting


class _Talk:
    def __init__(self, peer: Peer, session: Session, progress: Callable[[], None] | None) -> None:
        self.meeting = Meeting()
        self.error: Exception | None = None
        self._peer = peer
        self._session = session
        self._progress = progress
        self._heard = anyio.Event()
        self._listened = True

    async def run(self, task: Callable[[], Awaitable[None]], scope: anyio.CancelScope) -> None:
        """Run one of the two; the first to end ends both, and no exception becomes a group."""
        try:
            await task()
        except Exception as error:
            self.error = self.error or error
        scope.cancel()

    async def say(self) -> None:
        session = self._session
        while True:
            heard = self._heard
            while (message := session.next_message()) is not None:
                if self._listened:
                    self.meeting.turns += 1
                    self._listened = False
                await self._peer.send(message.type, message.body, urgent=message.urgent)
                self._tell()
            if session.over:
                return
            await heard.wait()

    async def hear(self) -> None:
        while not self._session.over:
            message = await self._peer.receive()
            if message is None:
                raise EarlyEndError("the peer closed the connection before all was said")
            self._session.receive(message.type, message.body)
            self._listened = True
            self._tell()  # it may put an end to it, before anything is answered
            self._heard.set()
            self._heard = anyio.Event()
        self._heard.set()
        await anyio.sleep_forever()  # what is still to be said is said

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress()
