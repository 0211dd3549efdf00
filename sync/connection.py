"""A connection between two nodes that know each other: messages in both directions.

A *message* is a type (one byte, the sync engine's business) and a body of up to 1 MiB. It goes in
frames, and is handed over when it is whole. There are two *channels*, urgent and ordinary. Within
one, messages arrive in the order in which they were sent; an urgent one goes before every frame
that has not left `data_to_send`, so an alert overtakes a photograph that is half across. Each
channel has a credit of its own (`hearth.sync.flow`).

Each direction ends on its own, with a close frame and a code that says why. A stream that ends
without one was cut, by accident or by somebody, and is reported so; a message that is not whole
is never handed over. Who has closed can give no more credit: close when nothing more is wanted.

    receiving   PART, LAST     →  assembled; an event when whole
                CREDIT         →  may send more
                PING           →  PONG, of the latest ping only: a peer that asks without
                                  listening costs eight bytes
                PONG           →  an event
                REKEY          →  the reader's next key
                CLOSE          →  an event; nothing may follow
    sending     PONG, CREDIT, PING, REKEY, urgent, ordinary, CLOSE: whichever is due first

Used like h11: `receive_data`, then `next_event` until it returns None; `data_to_send` after
anything. Events and errors come in the order in which their bytes came, however these were cut.
After an error only `abort` and `data_to_send` make sense. Sans-IO, and no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from hearth.sync.errors import Code, MisuseError, TransportError
from hearth.sync.flow import MAX_MESSAGE, OVERHEAD, Allowance, Credit, cost
from hearth.sync.frames import (
    FRAMES_PER_KEY,
    MAX_BODY,
    MIN_CIPHERTEXT,
    Frame,
    FrameFormatError,
    FrameReader,
    FrameWriter,
    Kind,
    Padding,
)
from hearth.sync.handshake import Established

FRAGMENT: Final = 16384 - MIN_CIPHERTEXT
"""Bytes of a message per frame: a padding bucket exactly, and 2 s of a 64 kbit/s line."""
PING_SIZE: Final = 8


class MessageTooLongError(TransportError, code="message-too-long"):
    """The peer's message is longer than 1 MiB; noticed at the first byte beyond."""

    closing = Code.LIMIT


class AfterCloseError(TransportError, code="after-close"):
    """The peer went on after it had closed."""


class CutError(TransportError, code="cut"):
    """The stream ended without a close: something may be missing at its end."""


class Message(NamedTuple):
    """A whole message. Tell `Connection.dealt_with` when it need not be remembered any more."""

    type: int
    body: bytes
    urgent: bool = False


class Pong(NamedTuple):
    """The peer answered a ping with these eight bytes."""

    token: bytes


class Closed(NamedTuple):
    """The peer will send nothing more. `code` is one of `Code`, or a number of a later version."""

    code: int


Event = Message | Pong | Closed


class _Inbound:
    """One channel, as it is received."""

    __slots__ = ("allowance", "begun")

    def __init__(self) -> None:
        self.allowance = Allowance()
        self.begun = bytearray()

    def take(self, part: bytes) -> None:
        if len(self.begun) + len(part) > MAX_MESSAGE + 1:
            raise MessageTooLongError(f"a message of more than {MAX_MESSAGE} bytes")
        size = len(part) if self.begun else OVERHEAD + len(part)
        self.allowance = self.allowance.arrived(size)
        self.begun += part

    def whole(self, urgent: bool) -> Message:
        type, body = self.begun[0], bytes(memoryview(self.begun)[1:])
        self.begun = bytearray()
        return Message(type, body, urgent)


class _Outbound:
    """One channel, as it is sent."""

    __slots__ = ("at", "credit", "queue", "size")

    def __init__(self) -> None:
        self.credit = Credit()
        self.queue: deque[bytes] = deque()
        self.at = 0
        self.size = 0

    def put(self, message: bytes) -> None:
        self.queue.append(message)
        self.size += len(message)

    def next_part(self, longest: int) -> tuple[Kind, bytes] | None:
        """The next frame's worth of the first message, as far as there is credit."""
        if not self.queue:
            return None
        overhead = 0 if self.at else OVERHEAD
        length = min(longest, self.credit.left - overhead)
        if length < 1:
            return None
        message = self.queue[0]
        part = message[self.at : self.at + length]
        self.at += len(part)
        self.size -= len(part)
        self.credit = self.credit.spend(overhead + len(part))
        if self.at < len(message):
            return Kind.PART, part
        self.queue.popleft()
        self.at = 0
        return Kind.LAST, part

    def clear(self) -> None:
        self.queue.clear()
        self.at = self.size = 0


class Connection:
    """Both directions of one session. `fragment` bounds how long an urgent message may wait."""

    def __init__(
        self,
        session: Established,
        *,
        padding: Padding = Padding.NONE,
        fragment: int = FRAGMENT,
        frames_per_key: int = FRAMES_PER_KEY,
    ) -> None:
        if not 1 <= fragment <= MAX_BODY:
            raise MisuseError(f"a fragment has 1 to {MAX_BODY} bytes")
        self.session = session
        self.frames_received = 0
        self._fragment = fragment
        self._reader = FrameReader(session.receiving, frames_per_key)
        self._writer = FrameWriter(session.sending, padding, frames_per_key)
        self._inbound = {True: _Inbound(), False: _Inbound()}
        self._outbound = {True: _Outbound(), False: _Outbound()}
        self._control: deque[Frame] = deque()
        self._pong: bytes | None = None
        self._grants = {True: 0, False: 0}
        self._closing: int | None = None
        self._close_sent = False
        self._closed_by_peer = False
        self._error: TransportError | None = None
        self._reader.feed(session.leftover)

    # What comes in.

    def receive_data(self, data: bytes) -> None:
        """Take bytes as they come; then call `next_event`. After an error they are dropped."""
        if self._error is None:
            self._reader.feed(data)

    def next_event(self) -> Event | None:
        """The next thing the peer did, or None until more bytes come.

        Raises TransportError when the peer broke the protocol: then, and at every later call.
        """
        if self._error is not None:
            raise self._error
        try:
            if self._closed_by_peer and self._reader.waiting:
                raise AfterCloseError("the peer went on after it had closed")
            while (frame := self._reader.read()) is not None:
                self.frames_received += 1
                event = _RECEIVERS[frame.kind](self, frame)
                if event is not None:
                    return event
        except TransportError as error:
            self._error = error
            raise
        return None

    def receive_eof(self) -> None:
        """The stream ended. Raises CutError unless the peer had closed its direction."""
        if self._error is not None:
            raise self._error
        if not self._closed_by_peer or self._reader.waiting:
            self._error = CutError("the connection was cut")
            raise self._error

    @property
    def closed_by_peer(self) -> bool:
        """Whether the peer has said that nothing more will come."""
        return self._closed_by_peer

    def dealt_with(self, message: Message) -> None:
        """Give the peer its credit back: this message takes no more memory here."""
        channel = self._inbound[message.urgent]
        channel.allowance, grant = channel.allowance.dealt_with(cost(len(message.body)))
        self._grants[message.urgent] += grant

    # What goes out.

    def send(self, type: int, body: bytes, *, urgent: bool = False) -> None:
        """Queue a message. Raises MisuseError beyond 1 MiB, or after `close`.

        Nothing is refused for want of credit: look at `backlog` and wait.
        """
        if len(body) > MAX_MESSAGE:
            raise MisuseError(f"a message has at most {MAX_MESSAGE} bytes, this one {len(body)}")
        self._check_open()
        self._outbound[urgent].put(bytes((type,)) + body)

    def ping(self, token: bytes) -> None:
        """Ask for a sign of life: a Pong with these eight bytes."""
        if len(token) != PING_SIZE:
            raise MisuseError(f"a ping has {PING_SIZE} bytes")
        self._check_open()
        self._control.append(Frame(Kind.PING, token))

    def rekey(self) -> None:
        """Go on under a new key in this direction; what was sent cannot be read with it."""
        self._check_open()
        self._control.append(Frame(Kind.REKEY))

    def close(self, code: Code = Code.DONE) -> None:
        """Send nothing more after what is queued. Receiving goes on."""
        self._check_open()
        self._closing = code

    def abort(self, code: Code) -> None:
        """Drop what is queued, however much of it has gone, and close at once.

        Raises MisuseError for Code.DONE: a message cut off in the middle is not done.
        """
        if code is Code.DONE:
            raise MisuseError("an abort says why")
        if not self._close_sent:
            for channel in self._outbound.values():
                channel.clear()
            self._control.clear()
            self._closing = code

    @property
    def backlog(self) -> int:
        """How many bytes of messages are queued and have not gone to `data_to_send`."""
        return sum(channel.size for channel in self._outbound.values())

    @property
    def urgent_backlog(self) -> int:
        """The same of urgent messages alone."""
        return self._outbound[True].size

    @property
    def closing(self) -> bool:
        """Whether `close` or `abort` was called: nothing more can be queued."""
        return self._closing is not None

    @property
    def close_sent(self) -> bool:
        """Whether this direction is closed, and `data_to_send` has nothing more."""
        return self._close_sent

    def data_to_send(self, limit: int = 1 << 16) -> bytes:
        """What may go now: whole frames, until there are `limit` bytes or more, or no more.

        At most one frame more than `limit`. Empty when nothing is due, or the peer gives no credit.
        """
        out: list[bytes] = []
        size = 0
        while size < limit and (frame := self._next_frame()) is not None:
            out.append(self._writer.write(frame))
            size += len(out[-1])
        return b"".join(out)

    def _next_frame(self) -> Frame | None:
        if self._close_sent:
            return None
        if self._pong is not None:
            token, self._pong = self._pong, None
            return Frame(Kind.PONG, token)
        for urgent, grant in self._grants.items():
            if grant:
                self._grants[urgent] = 0
                return Frame(Kind.CREDIT, grant.to_bytes(4, "big"), urgent)
        if self._control:
            return self._control.popleft()
        for urgent in (True, False):
            part = self._outbound[urgent].next_part(self._fragment)
            if part is not None:
                return Frame(*part, urgent)
        if self._closing is not None and not self.backlog:
            self._close_sent = True
            return Frame(Kind.CLOSE, bytes((self._closing,)))
        return None

    def _check_open(self) -> None:
        if self._closing is not None:
            raise MisuseError("this direction is closed")

    # One method per kind of frame.

    def _got_part(self, frame: Frame) -> None:
        self._inbound[frame.urgent].take(frame.body)

    def _got_last(self, frame: Frame) -> Message:
        channel = self._inbound[frame.urgent]
        channel.take(frame.body)
        return channel.whole(frame.urgent)

    def _got_credit(self, frame: Frame) -> None:
        channel = self._outbound[frame.urgent]
        channel.credit = channel.credit.granted(int.from_bytes(frame.body, "big"))

    def _got_ping(self, frame: Frame) -> None:
        self._pong = frame.body

    def _got_pong(self, frame: Frame) -> Pong:
        return Pong(frame.body)

    def _got_rekey(self, frame: Frame) -> None:
        """The reader has taken the next key already."""

    def _got_close(self, frame: Frame) -> Closed:
        code = frame.body[0]
        if code == Code.DONE and any(channel.begun for channel in self._inbound.values()):
            raise FrameFormatError("done in the middle of a message")
        self._closed_by_peer = True
        return Closed(code)


_RECEIVERS: Final[dict[Kind, Callable[[Connection, Frame], Event | None]]] = {
    Kind.PART: Connection._got_part,
    Kind.LAST: Connection._got_last,
    Kind.CREDIT: Connection._got_credit,
    Kind.PING: Connection._got_ping,
    Kind.PONG: Connection._got_pong,
    Kind.REKEY: Connection._got_rekey,
    Kind.CLOSE: Connection._got_close,
}
