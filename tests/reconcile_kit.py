"""Sets made from numbers, and two sides that talk, for the tests of reconciliation."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import accumulate

from hearth.sync.fingerprints import MODULUS, Bound, Item, Storage
from hearth.sync.paged_items import PagedItems
from hearth.sync.reconcile import Initiator, Limits, Responder


class SortedItems:
    """A `Storage` in plain lists, of items in any order: what `PagedItems` must agree with."""

    __slots__ = ("_items", "_sums")

    def __init__(self, items: Iterable[tuple[int, bytes]] = ()) -> None:
        self._items = [Item(timestamp, bytes(id)) for timestamp, id in items]
        self._items.sort()
        numbers = (int.from_bytes(item.id, "little") for item in self._items)
        self._sums = list(accumulate(numbers, lambda a, b: (a + b) % MODULUS, initial=0))

    def __len__(self) -> int:
        return len(self._items)

    def item(self, index: int) -> Item:
        return self._items[index]

    def ids(self, begin: int, end: int) -> bytes:
        return b"".join(item.id for item in self._items[begin:end])

    def sum_before(self, index: int) -> int:
        return self._sums[index]

    def lower_bound(self, bound: Bound) -> int:
        return bisect_left(self._items, bound)


Items = list[Item]
UNLIMITED = Limits(frame=None, message=1 << 30, ids=1 << 30)
STORAGES: dict[str, Callable[[Items], Storage]] = {
    "lists": SortedItems,
    "pages": lambda items: PagedItems(sorted(items)),
}
OVERLOOKED = (
    [(112, 774, 0, 1), (887, 2986, 775, 1), (3874, 521, 3762, 1)],
    [
        *[(112, 662, 0, 1), (775, 924, 663, 1), (1700, 565, 1588, 1)],
        *[(2266, 185, 2154, 1), (2452, 1789, 2340, 1), (4242, 753, 4130, 1)],
    ],
)
"""Two sets that differ in 5 and 602 items. Where both sides are the reference with frames of 4096
bytes, the initiator learns of 5 and 8 (docs/sync-reconcile.md §5)."""


@cache
def id_of(number: int) -> bytes:
    """The id of item `number`: SHA-256 of the number in decimal digits."""
    return sha256(b"%d" % number).digest()


def items_of(runs: Iterable[Iterable[int]]) -> Items:
    """Runs are (first number, how many, first timestamp, items per timestamp)."""
    made = []
    for first, count, timestamp, each in runs:
        made += [Item(timestamp + at // each, id_of(first + at)) for at in range(count)]
    return made


def limits(frame: int | None) -> Limits:
    """Limits that nothing but the frame makes felt."""
    return Limits(frame=frame, message=1 << 30, ids=1 << 30, rounds=100_000)


@dataclass
class Session:
    """What was said, and what came of it."""

    messages: list[bytes] = field(default_factory=list)
    have: list[bytes] = field(default_factory=list)
    need: list[bytes] = field(default_factory=list)


def reconcile(
    start: Callable[[], bytes],
    receive: Callable[[bytes], tuple[bytes | None, list[bytes], list[bytes]]],
    respond: Callable[[bytes], bytes],
) -> Session:
    """Carry messages until the initiator is done."""
    session = Session()
    message: bytes | None = start()
    while message is not None:
        reply = respond(message)
        session.messages += [message, reply]
        message, have, need = receive(reply)
        session.have += have
        session.need += need
    return session


def between_ours(
    ours: Items,
    theirs: Items,
    frame: int | None = None,
    their_frame: int | None = None,
    storage: str = "lists",
    their_storage: str = "lists",
) -> Session:
    """A session of two of our own sides."""
    initiator = Initiator(STORAGES[storage](ours), limits(frame))
    responder = Responder(STORAGES[their_storage](theirs), limits(their_frame))
    return reconcile(initiator.start, initiator.receive, responder.receive)


def differences(ours: Items, theirs: Items) -> tuple[set[bytes], set[bytes]]:
    """What a session must find: ids only here, ids only there."""
    mine, others = {item.id for item in ours}, {item.id for item in theirs}
    return mine - others, others - mine


def random_sets(rng: random.Random, most: int = 4000) -> tuple[Items, Items]:
    """Two sets with something in common: scattered differences, and stretches of one side only."""
    at = rng.randrange(100_000)
    timestamp = rng.choice((0, 5, 1_800_000_000))
    each = rng.choice((1, 1, 3, 200, 10**6))
    sides: tuple[Items, Items] = ([], [])
    for _ in range(rng.randrange(4)):
        count = int(most ** rng.random())
        missing = [rng.choice((0, 0.001, 0.02, 0.3, 1)) for _ in sides]
        for item in items_of([(at, count, timestamp, each)]):
            for side, gap in zip(sides, missing, strict=True):
                if rng.random() >= gap:
                    side.append(item)
        at += count
        timestamp += count // each + 1
    return sides
