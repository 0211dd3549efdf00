"""What a message will take on a thin link, said before it is sent.

The frame is that of `hearth.sync.short`, and its length follows from what `Log.append` would put
into the header now: place and time in the chain, the tick, and the heads of the control lane if
they have changed since this device last stated them there. Reckoned exactly, as far as nothing
comes in between; nothing is written.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth import kinds
from hearth.audience import sealing
from hearth.chat import records
from hearth.chat.records import MessageRecord
from hearth.chat.shapes import Conversation, Where
from hearth.store.chains import LANES_SEEN
from hearth.store.header import Header, Lane
from hearth.sync import short
from hearth.sync.fit import Fit, Link, measure

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.log import Log

_ANY: Final = bytes(32)
"""Ids and hashes, of which only the length is asked for."""


class Preview(NamedTuple):
    """What a message will take.

    `bytes` of its frame, and how that fits the link. `room`: bytes of text (UTF-8) that one frame
    would hold, with all else as it is; None if not even an empty text fits. `heads` of the control
    lane that it has to state. `reason`: why one frame does not do, in words; None if it does.
    """

    bytes: int
    fit: Fit
    room: int | None
    heads: int
    reason: str | None


class Place(NamedTuple):
    """A conversation, and the header that this device's next message there begins with: all but
    the payload and what is referred to."""

    where: Where
    header: Header
    keyed: bool


def place(
    log: Log,
    tx: Transaction,
    device: bytes,
    conversation: Conversation | Where,
    *,
    now: int,
    expiry: int = 0,
    keyed: bool = True,
) -> Place:
    """Where this device's next message goes.

    `keyed`: a key for the conversation is there (of no meaning in a channel); if not, its KEY event
    goes first, and takes over what that has to state of acts and time.
    """
    where = conversation.where if isinstance(conversation, Conversation) else conversation
    community, lane = where.community, Lane.CHAT
    sequence, previous, acts = log.place(tx, device, community, lane)
    own = 0 if previous is None else log.get(previous).header.lamport
    seen = max(log.clock(community, each) for each in LANES_SEEN[lane])
    lamport, tick = max(own, seen) + 1, _ANY if seen > own else None
    sealed = where.kind != "channel"
    if sealed and not keyed:
        sequence, previous, lamport, tick, acts = sequence + 1, _ANY, lamport + 1, None, ()
    audience = _ANY if sealed else None
    header = Header(
        community, device, lane, sequence, previous, lamport, tick, kinds.MESSAGE, now, expiry,
        None, 0, audience, acts, (),
    )  # fmt: skip
    return Place(where, header, keyed or not sealed)


def preview(at: Place, record: MessageRecord, link: Link) -> Preview:
    """What this message will take there. A file that is attached counts with the id of its
    object and the key in the payload; what is in it travels otherwise.

    Raises InnerTooLongError for what no event holds.
    """
    size = frame_bytes(at, record)
    fit, room = measure(size, link), text_room(at, record, link)
    return Preview(size, fit, room, len(at.header.acts), _reason(at, record, size, room, link))


def text_room(at: Place, record: MessageRecord, link: Link) -> int | None:
    """How many bytes of text (UTF-8) fit into one frame if the message is like this one in all
    else; None if not even none does."""

    def size(length: int) -> int:
        return frame_bytes(at, record._replace(text="x" * length))

    return (
        bisect_right(range(link.limit), link.limit, key=size) - 1 if size(0) <= link.limit else None
    )


def frame_bytes(at: Place, record: MessageRecord) -> int:
    """The length of the short frame of this message."""
    if at.where.kind == "channel":
        payload = len(records.encode_clear(record))
    else:
        payload = sealing.sealed_size(len(records.encode(record)))
    refs = tuple(dict.fromkeys(each.object for each in record.attachments))
    return short.size(at.header._replace(payload_hash=_ANY, payload_length=payload, refs=refs))


def _reason(
    at: Place, record: MessageRecord, size: int, room: int | None, link: Link
) -> str | None:
    """Why one frame does not do; the first thing that could be changed."""
    if size <= link.limit:
        if at.keyed:
            return None
        return "a new key has to go first, in frames of its own: it cannot be read without"
    over = f"{size - link.limit} bytes too long for one {link.value} frame"
    bare = at._replace(header=at.header._replace(acts=()))
    heads = len(at.header.acts)
    if heads and frame_bytes(bare, record) <= link.limit:
        return (
            f"{over}: who belongs to the community has changed, and this message has to state"
            f" it in {size - frame_bytes(bare, record)} bytes, which the next one will not"
        )
    if room is not None:
        return f"{over}: {room} bytes of text would fit"
    return f"{over}, whatever its text"
