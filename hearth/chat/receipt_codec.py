"""What a receipt says, to the byte: how far a device holds what others wrote in the lane chat.

A *mark* is about one chain (or one branch of a chain that has forked), and says that its events
are held from the first to a last one. It names the last one by the beginning of its id, which
stands for all before it, so nobody can take one branch for another.

    body = canonical CBOR map {0: version 1, 1: [peer (8), …], 2: [mark, …]}
    mark = [chain (4), head (8), [length, at, via, …]]   or with a fourth item
           [first, hole, hole end, hole, hole end, …]

`chain` and `peer` are the first bytes of devices' ids, `head` those of the id of the event at the
newest length. The third item has up to four steps, lengths ascending: at a time, in unix seconds
by that device's clock, the chain reached a length, and who brought the newest stretch then (a
place in the list of peers, counted from 1; 0: not known). `first` is the first event held, 1 if
not given. Holes are stretches that came without their payloads, both ends included.

Several marks may be about one chain: each is true. Short ids only save looking around: a mark is
evidence of an event only for whoever finds its head at its place (`ledger`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from typing import Any, Final, NamedTuple

from hearth.store import cbor
from hearth.store.slots import MAX_BODY

VERSION: Final = 1
CHAIN: Final = 4
"""Bytes of a device's id that name its chain."""
HEAD: Final = 8
PEER: Final = 8
STEPS: Final = 4
CARRIERS: Final = {bytes(7) + bytes((number,)): name for number, name in enumerate(
    ("directory", "file", "armour", "qr", "exec"), 1
)}  # fmt: skip
"""What stands in the place of a peer where an event came in a bundle, and how that travelled. No
device's id begins so."""
MAX_HOLES: Final = 16
MAX_PEERS: Final = 255
PAGES: Final = 15
"""Slots that a device uses for its receipts at most."""
_ITEMS: Final = MAX_BODY
_FRAME: Final = 12
"""Bytes of a body beside its marks and peers."""
_PEER_ITEM: Final = PEER + 1
_BEGIN: Final = bytes.fromhex("a3000101")
_CHAIN: Final = bytes((0x40 + CHAIN,))
_ARRAYS: Final = b"\x83\x84"


class Step(NamedTuple):
    """When a chain reached a length (unix seconds, a hint), and the beginning of the id of the
    device that brought it; None where that is not known."""

    length: int
    at: int
    via: bytes | None


class Mark(NamedTuple):
    """How far a chain is held. `steps`: one to four, the newest last; `holes`: ascending, no two
    overlapping, both ends included."""

    chain: bytes
    head: bytes
    steps: tuple[Step, ...]
    first: int = 1
    holes: tuple[tuple[int, int], ...] = ()

    @property
    def length(self) -> int:
        """The sequence of the last event held."""
        return self.steps[-1].length

    def step(self, sequence: int) -> Step | None:
        """Since when the event at this place is held: no later than the step says. None if it is
        not said to be held."""
        if not self.first <= sequence <= self.length:
            return None
        if any(low <= sequence <= high for low, high in self.holes):
            return None
        return next(step for step in self.steps if step.length >= sequence)


def encode(marks: Iterable[Mark]) -> bytes:
    """The body of one page. Raises ValueError where it is too long."""
    peers: dict[bytes, int] = {}
    items = [_item(mark, peers) for mark in marks]
    if len(peers) > MAX_PEERS:
        raise ValueError(f"{len(peers)} peers are over the limit of {MAX_PEERS}")
    return cbor.encode({0: VERSION, 1: list(peers), 2: items}, max_size=MAX_BODY, max_items=_ITEMS)


def _item(mark: Mark, peers: dict[bytes, int]) -> list[Any]:
    steps: list[int] = []
    for length, at, via in mark.steps:
        steps += length, at, 0 if via is None else peers.setdefault(via, len(peers) + 1)
    item: list[Any] = [mark.chain, mark.head, steps]
    if mark.first > 1 or mark.holes:
        item.append([mark.first, *(end for hole in mark.holes for end in hole)])
    return item


def decode(body: bytes) -> tuple[Mark, ...]:
    """The marks of one page by whomever; none where it is not one, or of a later version."""
    try:
        fields = cbor.decode(body, max_size=MAX_BODY, max_depth=4, max_items=_ITEMS)
    except cbor.CborError:
        return ()
    match fields:
        case {0: int(version), 1: list() as peers, 2: list() as items}:
            if type(version) is not int or version != VERSION:
                return ()
            marks = [_mark(item, peers) for item in items] if _are_peers(peers) else []
            return tuple(mark for mark in marks if mark is not None)
    return ()


def about(body: bytes, chain: bytes) -> list[Mark]:
    """The marks of one page that are about a chain, found without decoding the others.

    Of what `encode` has made, those of `decode`; of anything else, what its signer would have it.
    """
    found: list[Mark] = []
    at = len(_BEGIN)
    if not body.startswith(_BEGIN):
        return found
    with suppress(cbor.CborError):
        peers = cbor.decode_at(body, at, max_depth=1, max_items=MAX_PEERS + 1)
        if not isinstance(peers, list) or not _are_peers(peers):
            return found
        while (at := body.find(_CHAIN + chain, at + 1)) > 0:
            if body[at - 1] in _ARRAYS:
                mark = _mark(cbor.decode_at(body, at - 1, max_depth=2), peers)
                found += [] if mark is None else [mark]
    return found


def _are_peers(peers: list[Any]) -> bool:
    return all(isinstance(each, bytes) and len(each) == PEER for each in peers)


def _mark(item: cbor.Value, peers: list[Any]) -> Mark | None:
    match item:
        case [bytes() as chain, bytes() as head, list() as steps]:
            ends: list[Any] = [1]
        case [bytes() as chain, bytes() as head, list() as steps, list() as ends]:
            pass
        case _:
            return None
    numbers = all(type(each) is int and each >= 0 for each in (*steps, *ends))
    if not numbers or (len(chain), len(head)) != (CHAIN, HEAD) or len(ends) % 2 != 1:
        return None
    if len(steps) % 3 or not 3 <= len(steps) <= 3 * STEPS or len(ends) > 1 + 2 * MAX_HOLES:
        return None
    places: list[Any] = steps[2::3]
    lengths, first = steps[::3], ends[0]
    if max(places) > len(peers) or not _ascends([0, *lengths]) or not 1 <= first <= lengths[-1]:
        return None
    holes = tuple(zip(ends[1::2], ends[2::2], strict=True))
    if not all(low <= high for low, high in holes):
        return None
    if not _ascends([first - 1, *ends[1::2]]) or (holes and holes[-1][1] > lengths[-1]):
        return None
    if any(before[1] >= after[0] for before, after in pairwise(holes)):
        return None
    via = [peers[place - 1] if place else None for place in places]
    return Mark(chain, head, tuple(map(Step, lengths, steps[1::3], via)), first, holes)


def _ascends(numbers: list[int]) -> bool:
    return all(low < high for low, high in pairwise(numbers))


def pages(marks: Iterable[Mark], limit: int) -> list[bytes]:
    """The bodies of pages that hold these marks, in their order; at most `limit` of them.

    Where there are too many, those are left out about which nothing has been learnt for longest.
    """
    every = list(marks)
    while True:
        packed, left = _pack(every, limit)
        if not left:
            return packed
        every.sort(key=lambda mark: (-mark.steps[-1].at, mark[:2]))
        every = sorted(every[: len(every) - left], key=lambda mark: mark[:2])


def _pack(marks: list[Mark], limit: int) -> tuple[list[bytes], int]:
    """Pages, and how many marks did not fit."""
    packed: list[list[Mark]] = []
    size, peers = MAX_BODY, set[bytes]()
    for done, mark in enumerate(marks):
        more = {step.via for step in mark.steps if step.via is not None}
        own = len(cbor.encode(_item(mark, {}))) + len(mark.steps)  # a place may take a byte more
        if len(peers | more) > MAX_PEERS or (
            size + own + _PEER_ITEM * len(more - peers) > MAX_BODY - _FRAME
        ):
            if len(packed) == limit:
                return [encode(page) for page in packed], len(marks) - done
            packed.append([])
            size, peers = 0, set()
        size += own + _PEER_ITEM * len(more - peers)
        peers |= more
        packed[-1].append(mark)
    return [encode(page) for page in packed], 0
