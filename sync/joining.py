"""What is said at a ticket's door: a joiner asks, a steward admits.

    joiner                               steward
    ASKING      knock ──────────────────▶
                ◀────────────────── offer   community, its founder and nonce
    OFFERED     request ────────────────▶   certificate, holder, consent
                ◀──────────────── admitted  the id of the admission    (or sorry)
    ADMITTED

The community's id is a hash of founder and nonce, and begins with the ticket's pin: so the joiner
knows for which community it signs before it signs anything. What it signs names it and that
community and is of no use to anybody else. After `admitted` both go on with a session, in which
the joiner learns the community; only there does it see that the admission counts.

A steward whose answer was lost is asked again, and answers with the same admission.

Messages, types 32 to 36; lengths are exact:

    32 knock     version (1)
    33 offer     community (32) ‖ founder (32) ‖ nonce (16)
    34 request   certificate (136) ‖ holder (64) ‖ consent (64)
    35 admitted  admission (32)
    36 sorry     why (1)

Sans-IO; what the bytes mean, and whether they hold, is for `hearth.community.joining`.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Final, NamedTuple

from hearth.store.errors import Exit
from hearth.sync.errors import Code
from hearth.sync.packing import MessageError, PeerError

VERSION: Final = 1


class Type(IntEnum):
    """The types of messages, apart from those of a session."""

    KNOCK = 32
    OFFER = 33
    REQUEST = 34
    ADMITTED = 35
    SORRY = 36


class Why(IntEnum):
    """Why nobody is admitted."""

    EXPIRED = 1
    USED = 2
    REVOKED = 3
    NOT_GENUINE = 4
    """What the joiner showed does not hold."""
    NOT_NOW = 5
    """This steward cannot admit at the moment (a locked key, a full disk): another one may."""
    VERSION = 6
    LEFT = 7
    """Whoever asks has left since they joined by this ticket."""


class Offer(NamedTuple):
    """Which community a ticket leads to."""

    community: bytes
    founder: bytes
    nonce: bytes


class Request(NamedTuple):
    """Who wants to join, and the proofs (`hearth.community.statements`)."""

    certificate: bytes
    holder: bytes
    consent: bytes


class UnexpectedJoinError(PeerError, code="unexpected-join-message"):
    """A message that may not come now at a ticket's door."""


class SorryError(PeerError, code="not-admitted"):
    """The steward did not admit; `why` says why not (exit 1; 14 if it may do so later)."""

    closing = Code.LEAVING

    def __init__(self, why: Why) -> None:
        super().__init__(*_SORRY[why])
        self.why = why
        self.exit_code = Exit.UNREACHABLE if why is Why.NOT_NOW else Exit.FAILED


_SORRY: Final = {
    Why.EXPIRED: ("the ticket has expired", "ask for a new one"),
    Why.USED: ("the ticket has been used already", "ask for a new one"),
    Why.REVOKED: ("the invitation was taken back", "ask for a new one"),
    Why.NOT_GENUINE: ("the steward found something wrong with the request",),
    Why.NOT_NOW: ("this steward cannot admit anybody at the moment", "try again later"),
    Why.LEFT: ("you have left since you joined by this ticket", "ask for a new one"),
    Why.VERSION: ("the two hearths join by different versions", "update the older one"),
}


class State(Enum):
    """Where a joiner is."""

    ASKING = "asking"
    OFFERED = "offered"
    ADMITTED = "admitted"


class Joiner:
    """The joiner's side. Send what `knock` and `request` give; feed what comes to `receive`."""

    def __init__(self) -> None:
        self.state = State.ASKING
        self.offer: Offer | None = None
        self.admission: bytes | None = None

    def knock(self) -> tuple[int, bytes]:
        """The first message."""
        return Type.KNOCK, bytes((VERSION,))

    def request(self, request: Request) -> tuple[int, bytes]:
        """The answer to an offer that is what the ticket promises."""
        return Type.REQUEST, request.certificate + request.holder + request.consent

    def receive(self, type: int, body: bytes) -> None:
        """Take a message. Raises MessageError, UnexpectedJoinError, SorryError."""
        if type == Type.SORRY:
            raise SorryError(_why(body))
        if (self.state, type) == (State.ASKING, Type.OFFER):
            _exactly(body, 80)
            self.offer = Offer(body[:32], body[32:64], body[64:])
            self.state = State.OFFERED
        elif (self.state, type) == (State.OFFERED, Type.ADMITTED):
            _exactly(body, 32)
            self.admission = body
            self.state = State.ADMITTED
        else:
            raise UnexpectedJoinError(f"a message of type {type} while {self.state.value}")


def read_knock(type: int, body: bytes) -> int:
    """The joiner's version, from the first message at the door. Raises PeerError."""
    if type != Type.KNOCK:
        raise UnexpectedJoinError(f"a message of type {type} before a knock")
    _exactly(body, 1)
    return body[0]


def read_request(type: int, body: bytes) -> Request:
    """What the joiner asks for. Raises PeerError."""
    if type != Type.REQUEST:
        raise UnexpectedJoinError(f"a message of type {type} where a request was due")
    _exactly(body, 264)
    return Request(body[:136], body[136:200], body[200:])


def offer(made: Offer) -> tuple[int, bytes]:
    """The steward's first message."""
    return Type.OFFER, b"".join(made)


def admitted(admission: bytes) -> tuple[int, bytes]:
    """The steward's last message: a session follows."""
    return Type.ADMITTED, admission


def sorry(why: Why) -> tuple[int, bytes]:
    """The steward does not admit."""
    return Type.SORRY, bytes((why,))


def _exactly(body: bytes, length: int) -> None:
    if len(body) != length:
        raise MessageError(f"a message of {len(body)} bytes where {length} were due")


def _why(body: bytes) -> Why:
    _exactly(body, 1)
    try:
        return Why(body[0])
    except ValueError:
        raise MessageError("a refusal to admit for no known reason") from None
