"""What two nodes compare first: the frontier, and one digest per community and lane.

Both follow from the events held alone: not from the order they came in, not from payloads, and
so not from what was erased. A stretch that reaches an event which a checkpoint names counts as one
that reaches the first, and what lies below such an event is left out (`anchors`): so they do not
follow from what was dropped either. Of a chain they say:

* unforked: how many events from the first on without a gap, the id of the last of them, and
  for each *island* beyond a gap the sequence of its first event and the id of its last. Ids
  are hashes over links, so these ids stand for every event behind them;
* forked: the lowest proof (see `forks`) and nothing else. Which branches somebody holds, and
  how far, is compared apart (`branches`): the proof travels first, and a fork must not make
  two nodes' lanes differ for ever.

    digest = BLAKE3("hearth/lane/1\\0" ‖ community ‖ lane ‖ entry ‖ entry ‖ …)
    entry  = device ‖ 00 ‖ length ‖ head or 32 zero bytes ‖ count ‖ (first ‖ last id) …
           | device ‖ 01 ‖ sequence ‖ lower id ‖ higher id

ordered by device; islands by (first, last id). Lane is one byte, count four, length, first and
sequence eight bytes, big-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from blake3 import blake3

from hearth.store import anchors, database
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

LABEL: Final = b"hearth/lane/1\0"
_NO_HEAD: Final = bytes(32)


class Tip(NamedTuple):
    """A last event: its sequence and id. For an island, `first` is where it begins."""

    first: int
    last: int
    head: bytes


class Entry(NamedTuple):
    """What is held of one chain.

    `length` and `head` (None for 0): the events from the first one on, without a gap; of a
    forked chain the longest such stretch, of equals the one with the lowest head. `islands`:
    what lies beyond gaps. `fork`: sequence, lower and higher id of the lowest proof. `branches`:
    of a forked chain every last event that reaches the first.
    """

    device: bytes
    lane: Lane
    length: int
    head: bytes | None
    islands: tuple[Tip, ...]
    fork: tuple[int, bytes, bytes] | None
    branches: tuple[Tip, ...]


def frontier(connection: apsw.Connection, community: bytes, lane: int | None = None) -> list[Entry]:
    """What is held of every chain, by lane and device. Cost: the number of runs."""
    return list(entries(connection, community, lane))


def entries(
    connection: apsw.Connection, community: bytes, lane: int | None = None
) -> Iterator[Entry]:
    """The same, one after another: a statement is open until the last one."""
    rows = database.each(
        connection,
        "SELECT c.number, c.device, c.lane, c.forked, c.fork_low, c.fork_high,"
        " r.number, r.parent, r.first, r.last, r.head, r.rooted"
        " FROM chains c CROSS JOIN runs r ON r.chain = c.number"
        " WHERE c.community = ? AND (?2 IS NULL OR c.lane = ?2) ORDER BY c.lane, c.device",
        community,
        lane,
    )
    floors = anchors.floors(connection, community)
    for number, group in groupby(rows, key=itemgetter(0)):
        runs = list(group)
        _, device, at, *fork = runs[0][:6]
        yield _entry(device, at, tuple(fork), [run[6:] for run in runs], floors.get(number, 0))


def _entry(
    device: bytes, lane: int, fork: tuple[Any, ...], runs: list[tuple[Any, ...]], floor: int
) -> Entry:
    """`runs` are (number, parent, first, last, head, rooted)."""
    lasts = {number: last for number, _, _, last, *_ in runs}
    goes_on = {parent for _, parent, first, *_ in runs if lasts.get(parent) == first - 1}
    parents = {number: (parent, first) for number, parent, first, *_ in runs}
    rooted: list[Tip] = []
    islands: list[Tip] = []
    for number, _, _, last, head, is_rooted in runs:
        if number in goes_on or last < floor:
            continue
        if is_rooted:
            rooted.append(Tip(1, last, head))
            continue
        parent, first = parents[number]
        while parent is not None:
            parent, first = parents[parent]
        islands.append(Tip(first, last, head))
    rooted.sort(key=lambda tip: (-tip.last, tip.head))
    return Entry(
        device,
        Lane(lane),
        rooted[0].last if rooted else 0,
        rooted[0].head if rooted else None,
        tuple(sorted(islands)),
        None if fork[0] is None else fork,
        () if fork[0] is None else tuple(sorted(rooted)),
    )


def digest(connection: apsw.Connection, community: bytes, lane: int) -> bytes:
    """The digest of one lane of a community, 32 bytes."""
    hasher = blake3(LABEL + community + bytes((lane,)))
    for entry in entries(connection, community, lane):
        hasher.update(encode(entry))
    return hasher.digest()


def encode(entry: Entry) -> bytes:
    """An entry as it enters the digest."""
    if entry.fork is not None:
        sequence, low, high = entry.fork
        return b"".join((entry.device, b"\1", sequence.to_bytes(8, "big"), low, high))
    return b"".join(
        (
            entry.device,
            b"\0",
            entry.length.to_bytes(8, "big"),
            entry.head or _NO_HEAD,
            len(entry.islands).to_bytes(4, "big"),
            *(tip.first.to_bytes(8, "big") + tip.head for tip in entry.islands),
        )
    )
