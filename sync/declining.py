"""Saying of which devices no more is taken: the body of the message `decline`.

    decline   place ‖ device (32) ‖ why (1) ‖ limit

It concerns one chain; everything else goes on. Who has reached a quota, and which: `quotas`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from hearth.store.header import Lane
from hearth.sync.packing import MessageError, Reader, number

MAX_DECLINES: Final = 4096
"""Chains of which a node may say in one session that it takes no more."""


class Quota(IntEnum):
    """Whose quota is reached, where a node takes no more of a device. `limit` in bytes."""

    DEVICE = 1
    COMMUNITY = 2


class Over(NamedTuple):
    """A device of which no more is taken in a lane: why, and the limit in bytes."""

    device: bytes
    why: Quota
    limit: int


class Decline(NamedTuple):
    """This node takes no more events of a device in a lane in this session; all else goes on."""

    community: int
    lane: int
    over: Over


def encode(decline: Decline) -> bytes:
    """The body of a message."""
    device, why, limit = decline.over
    return bytes((decline.community, decline.lane)) + device + bytes((why,)) + number(limit)


def read(reader: Reader) -> Decline:
    """What a body says. Raises MessageError."""
    community, lane, device = reader.byte(), reader.byte(max(Lane)), reader.fixed(32)
    why = reader.byte(max(Quota))
    if not why:
        raise MessageError("events are declined, and nothing is said why")
    return Decline(community, lane, Over(device, Quota(why), reader.number()))
