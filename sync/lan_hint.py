"""What a node says of itself on a LAN: hints that only fellow members recognise.

    hint  = the first 8 bytes of
            BLAKE3("hearth/lan-hint/1" NUL ‖ community (32) ‖ hour (8) ‖ instance (16))
    field = 8 places of 8 bytes, ascending: hints, and fillers where there are fewer communities

The hour is that since the epoch, the instance the 16 characters of the name that the node has
made up for this run. Whoever does not know the community's id can tell neither a hint from a
filler nor two hours of one node apart from two nodes' (its instance name does that while it
runs). The number of places is always the same, so it does not show in how many communities a
node is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from blake3 import blake3

from hearth.sync.errors import MisuseError

HINT: Final = 8
PLACES: Final = 8
HOUR: Final = 3600
COMMUNITY: Final = 32
_LABEL: Final = b"hearth/lan-hint/1\0"
_FILLER: Final = b"hearth/lan-filler/1\0"


def hour_of(now: int) -> int:
    """The hour since the epoch; a clock before 1970 counts as at it."""
    return max(0, now) // HOUR


def hint(community: bytes, hour: int, instance: str) -> bytes:
    """How a member of this community shows itself in this hour under this instance name."""
    if len(community) != COMMUNITY:
        raise MisuseError(f"a community's id has {COMMUNITY} bytes")
    return blake3(_LABEL + community + hour.to_bytes(8, "big") + instance.encode()).digest()[:HINT]


def field(communities: Sequence[bytes], hour: int, instance: str, secret: bytes) -> bytes:
    """All places, for the first `PLACES` communities; the same for the same arguments.

    `secret` is known to nobody else and stays the same for as long as the instance name, so that
    what changes within an hour does not show which places are fillers.
    """
    hints = {hint(community, hour, instance) for community in communities[:PLACES]}
    number = 0
    while len(hints) < PLACES:
        seed = _FILLER + secret + hour.to_bytes(8, "big") + bytes((number,))
        hints.add(blake3(seed).digest()[:HINT])
        number += 1
    return b"".join(sorted(hints))


def recognise(said: bytes, communities: Sequence[bytes], hour: int, instance: str) -> bytes | None:
    """The first of `communities` whose hint is among those said, or None.

    The hours before and after this one count as well: clocks differ, and an announcement that
    is remembered may be from before the hour struck.
    """
    places = {said[at : at + HINT] for at in range(0, len(said), HINT)}
    for community in communities:
        for one in range(max(0, hour - 1), hour + 2):
            if hint(community, one, instance) in places:
                return community
    return None
