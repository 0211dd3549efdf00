"""A block: events of one lane of one community, one after another, as columns.

So many of them go their way from a file to the tables without an object for each.
"""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """Events as columns, all of one length. Whoever makes one vouches that headers are canonical
    and say what is in the other columns, that payloads are those they name, that ids are the
    events', and that the events of a stretch follow each other.

    `stretches`: by event, the number of its stretch, which may go on through many blocks; no two
    stretches of a lane of a bundle have one number.
    `refs`: by place in the block, for events that have some.
    """

    stretches: list[int]
    sequences: list[int]
    lamports: list[int]
    ticks: list[bytes | None]
    kinds: list[int]
    headers: list[bytes]
    signatures: list[bytes]
    payloads: list[bytes | None]
    ids: list[bytes]
    refs: dict[int, tuple[bytes, ...]]
