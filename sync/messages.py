"""What messages of a session there are: their types, what each holds, and how much of it.

Their bytes are the business of `message_codec`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, IntFlag
from typing import Final, NamedTuple

from hearth.store.header import Lane
from hearth.sync.declining import Decline as Decline

VERSION: Final = 2
"""Of sessions. From 2 on, the rest of an object may be asked for (`Rest`)."""
SLOTS: Final = len(Lane)
"""Stands for the slots where a lane is meant."""
DIGEST: Final = 8
TOKEN: Final = 4
MAX_COMMUNITIES: Final = 64
MAX_TOKENS: Final = 2
MAX_CHAINS: Final = 1 << 16
MAX_KNOTS: Final = 4096
MAX_STRETCHES: Final = 4096
MAX_SOME: Final = 1 << 14
"""Chains in one message of `Chains`, in each of its three lists."""
MAX_NEEDS: Final = 1 << 14
BEGINNING: Final = 8
"""Bytes of an id that name an event or a slot that is needed."""
MAX_PROOFS: Final = 16
MAX_WANTS: Final = 1024
MAX_PART: Final = 1 << 18
MIN_FRAME_LOG, MAX_FRAME_LOG = 17, 18
"""A frame holds an event with the longest header and payload at least."""


class Type(IntEnum):
    """The types of messages."""

    HELLO = 1
    CHANGE = 2
    FRONTIER = 3
    LISTING = 4
    EVENTS = 5
    PROOFS = 6
    SLOTS = 7
    END = 8
    CHECK = 9
    WANT = 10
    PART = 11
    GONE = 12
    REFUSE = 13
    BYE = 14
    RECONCILE = 15
    CHAINS = 16
    REST = 17
    DECLINE = 24


class Flags(IntFlag):
    """What a node does in this session."""

    TAKES = 1
    """It wants events and slots it has not."""
    GIVES = 2
    """It sends events and slots the other has not."""
    WANTS = 4
    """It wants objects or payloads."""


class What(IntEnum):
    """What is wanted: an object by its id, or the payload of an event by the event's id."""

    OBJECT = 0
    PAYLOAD = 1


class Reason(IntEnum):
    """Why something wanted does not come. ERASED: this node has erased it, and will not have it
    again."""

    NOT_HERE = 0
    ERASED = 1


class Refusal(IntEnum):
    """Why a node takes no more events, slots or objects in this session. `limit` in bytes."""

    NO_SPACE = 1
    BUDGET = 2
    SESSION = 3


class Found(IntFlag):
    """What a round was like for who says so in its check."""

    LEARNT = 1
    """Something was new, or a change was told."""
    MORE = 2
    """What was told was not enough, whatever the digests say, or was not believed."""
    WANTS = 4
    """It wants objects or payloads."""
    FULL = 8
    """It takes no more events and slots."""


class Meeting(NamedTuple):
    """What a hello says of one community: a digest for each lane that the peer may have."""

    tag: bytes
    digests: dict[int, bytes]
    tokens: tuple[bytes, ...]


class Hello(NamedTuple):
    """The first message of either side. `frame`: the longest frame of events taken, in bytes."""

    flags: Flags
    frame: int
    meetings: tuple[Meeting, ...]
    version: int = VERSION


class Span(NamedTuple):
    """A stretch of somebody's chain, and tags of its ids at some places."""

    first: int
    last: int
    tags: tuple[bytes, ...]


class Knot(NamedTuple):
    """A chain with a fork or a gap, described run by run. One of `tag` and `device` is set;
    `length`: how far it reaches without a gap; `forked`: the place of the lowest proof, or 0;
    `fork`: a tag of it, or nothing."""

    tag: bytes
    device: bytes | None
    length: int
    forked: int
    fork: bytes
    spans: tuple[Span, ...]


class Change(NamedTuple):
    """How a lane has grown since the two last agreed. `grown`: how far behind the one before,
    in the list both had then, and by how many events; `new`: device and length."""

    community: int
    lane: int
    shape: bytes
    grown: tuple[tuple[int, int], ...]
    new: tuple[tuple[bytes, int], ...]
    knots: tuple[Knot, ...]


class Frontier(NamedTuple):
    """All chains of a lane: tag of the device, length, tag of the head."""

    community: int
    lane: int
    plain: tuple[tuple[bytes, int, bytes], ...]
    knots: tuple[Knot, ...]


class Listing(NamedTuple):
    """All slots of a community: tag of the slot, counter, tag of the id."""

    community: int
    entries: tuple[tuple[bytes, int, bytes], ...]


class Events(NamedTuple):
    """A frame of `delta`."""

    community: int
    lane: int
    frame: bytes


class Proofs(NamedTuple):
    """Portable proofs of forks."""

    community: int
    proofs: tuple[bytes, ...]


class Slots(NamedTuple):
    """Statements and their signatures."""

    community: int
    statements: tuple[tuple[bytes, bytes], ...]


class End(NamedTuple):
    """All events and slots of this round have been sent."""


class Check(NamedTuple):
    """What the round was like, and the digests after it of what was compared, in order."""

    found: Found
    digests: tuple[bytes, ...]


class Want(NamedTuple):
    """Ids of what is wanted in a community."""

    community: int
    what: What
    ids: tuple[bytes, ...]


class Rest(NamedTuple):
    """Ids of objects that are wanted in a community, and how many bytes of each are here: what
    comes after these is asked for."""

    community: int
    begun: tuple[tuple[bytes, int], ...]


class Part(NamedTuple):
    """Bytes of something wanted, which has `length` of them, from `offset` on."""

    community: int
    what: What
    id: bytes
    length: int
    offset: int
    data: bytes


class Gone(NamedTuple):
    """Something wanted will not come in this session."""

    community: int
    what: What
    reason: Reason
    id: bytes


class Refuse(NamedTuple):
    """This node takes no more."""

    why: Refusal
    limit: int


class Bye(NamedTuple):
    """This node wants nothing more."""


class Reconcile(NamedTuple):
    """A message of `reconcile` about a lane or the slots, and what the leader found that it
    needs: beginnings of ids. Empty `data`: this cannot be listed, or is not gone on with."""

    community: int
    lane: int
    needs: tuple[bytes, ...]
    data: bytes


class Chains(NamedTuple):
    """Some chains of a lane: those named, and no others. `lacking`: tags of devices of which
    there is nothing here; `more`: whether others are told after this."""

    community: int
    lane: int
    more: bool
    lacking: tuple[bytes, ...]
    plain: tuple[tuple[bytes, int, bytes], ...]
    knots: tuple[Knot, ...]


Message = (
    Hello | Change | Frontier | Listing | Events | Proofs | Slots | End | Check | Want | Rest
    | Part | Gone | Refuse | Bye | Reconcile | Chains | Decline
)  # fmt: skip


class Outgoing(NamedTuple):
    """A message as a connection takes it."""

    type: int
    body: bytes
    urgent: bool


def places(first: int, last: int) -> Iterator[int]:
    """The places of a stretch whose ids are told: last, 1 before, 3, 7, 15, …, and first."""
    back = 0
    while last - back > first:
        yield last - back
        back = 2 * back + 1
    yield first
