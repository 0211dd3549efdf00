"""What one node tells of a lane, and what it concludes from what the other tells.

A `Holding` is this node's side of one lane during one round: its chains, and what has arrived
since a mark. It can be told in three ways:

* as a *change* since the moment at which both agreed: which chains have grown, by their place in
  the list that both had then. 2 or 3 bytes a chain. The `shape`, a hash over all chains and their
  lengths, says whether the other, putting what it remembers and what it is told together, has got
  it right; if not, it concludes nothing, and the next round tells the whole;
* as a *frontier*: every chain with a tag of its head;
* or, where that is too much, *some* chains: those that are known to differ (`ranges`), or those
  that the other has told, in parts.

In all, a chain with a fork or a gap is a *knot*: told run by run, with tags of some of its ids,
dense near the end, so that the other finds out how far the two go together.

From what the other tells follow *tasks*: stretches of ours that it has not. Where it tells a head
that contradicts ours, nothing can be concluded but that there is a fork that one of us does not
know; the chain is *marked*, and told as a knot in the next round.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Final

from hearth.store.header import MAX_NUMBER
from hearth.store.served import Chain
from hearth.sync.delta import ID_TAG, Salt
from hearth.sync.flow import MAX_MESSAGE
from hearth.sync.judging import Judge, Plan, Stretch, Task, fork_of
from hearth.sync.message_codec import encode
from hearth.sync.messages import (
    DIGEST,
    MAX_KNOTS,
    MAX_SOME,
    MAX_STRETCHES,
    Chains,
    Change,
    Frontier,
    Knot,
    Span,
    places,
)
from hearth.sync.replica import Replica

MAX_PROMISED: Final = 256
"""Of what a peer says that it has more of, what is remembered and looked at in the end."""
_DROPPED: Final = bytes(ID_TAG)
"""Stands for the id of an event that is not here and not needed: a checkpoint names a later one."""


class Holding:
    """One lane of ours. `after`: our arrival number when both agreed, or None. `trusts`: whether
    the other's stretches are taken to go on as ours do, between the places of which it told."""

    def __init__(
        self,
        replica: Replica,
        salt: Salt,
        community: bytes,
        lane: int,
        *,
        after: int | None,
        marked: Iterable[bytes] = (),
        trusts: bool = False,
    ) -> None:
        self.after = after
        self.until = replica.arrival()
        self.community, self.lane = community, lane
        self._replica = replica
        self._salt = salt
        self._marked = frozenset(marked)
        self._trusts = trusts
        self.chains = {chain.device: chain for chain in replica.chains(community, lane)}
        self._tags = {salt.device(device): device for device in self.chains}
        self._new = self._arrived()
        self._chains_now, self._new_now = self.chains, self._new
        self._looked = self.until

    def _arrived(self) -> dict[bytes, list[Stretch]]:
        """By device: run, first and last sequence of what has arrived since both agreed."""
        found: dict[bytes, list[Stretch]] = {}
        if self.after is not None:
            told = self._replica.arrived(self.community, self.lane, self.after, self.until)
            for device, run, first, last in told:
                found.setdefault(device, []).append((run, first, last))
        return found

    def _look_again(self) -> None:
        """Runs may have grown together since this was made: speak of those there are."""
        if (arrival := self._replica.arrival()) != self._looked:
            self._looked = arrival
            now = self._replica.chains(self.community, self.lane)
            self._chains_now = {c.device: c for c in now if c.device in self.chains}
            self._new_now = self._arrived()

    def length(self, tag: bytes) -> int:
        """How far the chain of the device with this tag reaches; 0 if there is none."""
        device = self._tags.get(tag)
        return 0 if device is None else self.chains[device].length

    # telling

    def change(self, place: int) -> Change:
        """How the lane has grown since both agreed."""
        base = self._base()
        grown: list[tuple[int, int]] = []
        new: list[tuple[bytes, int]] = []
        knots: list[Knot] = []
        last = 0
        for device in sorted(self._new):
            chain, stretches = self.chains[device], self._new[device]
            at = bisect_left(base, device)
            old = at < len(base) and base[at] == device
            if not chain.plain or (old and not self._is_tail(chain, stretches)):
                knots.append(self._knot(chain, known=old))
            elif old:
                grown.append((at - last, chain.length - self._length_then(chain)))
                last = at
            else:
                new.append((device, chain.length))
        lengths = ((device, self.chains[device].length) for device in sorted(self.chains))
        shape = self._shape(lengths)
        return Change(place, self.lane, shape, tuple(grown), tuple(new), tuple(knots))

    def telling(self, place: int, limit: int) -> Change | Frontier | None:
        """All that is to be told of the lane, in one message, of at most `limit` chains; None if
        that cannot be."""
        if self.after is not None and self._can_tell(self._new, limit):
            change = self.change(place)
            if _fits(change):
                return change
        if self._can_tell(self.chains, limit):
            frontier = self.frontier(place)
            if _fits(frontier):
                return frontier
        return None

    def _can_tell(self, devices: Collection[bytes], limit: int) -> bool:
        """Whether so many chains can be told, before anything is read for it."""
        if len(devices) > limit:
            return False
        knots = [self.chains[each].runs for each in devices if self._is_knot(self.chains[each])]
        return len(knots) <= MAX_KNOTS and sum(map(len, knots)) <= MAX_STRETCHES

    def some(self, place: int, tags: Iterable[bytes], *, more: bool = False) -> Iterator[Chains]:
        """The chains of the devices with these tags as they are now, in as many parts as it
        takes. `more`: whether others will be told after them."""
        self._look_again()
        part = _Part()
        for tag in tags:
            device = self._tags.get(tag, b"")
            if part.is_full(self._chains_now.get(device)):
                yield part.told(place, self.lane, more=True)
                self._look_again()
                part = _Part()
            chain = self._chains_now.get(device)
            if chain is None:
                part.lacking.append(tag)
            elif self._is_knot(chain):
                part.add_knot(self._knot(chain, known=False))
            else:
                part.plain.append(self._plain(chain))
        yield part.told(place, self.lane, more=more)

    def tags_in(self, told: Frontier | Chains) -> list[bytes]:
        """The tags of the devices of which this speaks."""
        knots = [self._salt.device(knot.device) if knot.device else knot.tag for knot in told.knots]
        lacking = told.lacking if isinstance(told, Chains) else ()
        return [*lacking, *(tag for tag, _, _ in told.plain), *knots]

    def frontier(self, place: int) -> Frontier:
        """The whole lane."""
        plain: list[tuple[bytes, int, bytes]] = []
        knots: list[Knot] = []
        for chain in self.chains.values():
            if self._is_knot(chain):
                knots.append(self._knot(chain, known=False))
            else:
                plain.append(self._plain(chain))
        return Frontier(place, self.lane, tuple(plain), tuple(knots))

    def _is_knot(self, chain: Chain) -> bool:
        return chain.device in self._marked or not chain.plain

    def _plain(self, chain: Chain) -> tuple[bytes, int, bytes]:
        top = chain.top
        assert top is not None  # a chain without a gap has a first event
        return self._salt.device(chain.device), top.last, self._salt.id(top.head)

    def _base(self) -> list[bytes]:
        """The devices that had chains here when both agreed."""
        return sorted(device for device in self.chains if not self._is_new(device))

    def _is_new(self, device: bytes) -> bool:
        stretches = self._new.get(device)
        if stretches is None:
            return False
        held = sum(run.last - run.first + 1 for run in self.chains[device].runs)
        return held == sum(last - first + 1 for _, first, last in stretches)

    def _is_tail(self, chain: Chain, stretches: list[Stretch]) -> bool:
        """Whether what has arrived only lengthened the chain."""
        return len(stretches) == 1 and stretches[0][2] == chain.length

    def _length_then(self, chain: Chain) -> int:
        stretches = self._new.get(chain.device)
        if stretches is None:
            return chain.length
        return min(chain.length, min(first for _, first, _ in stretches) - 1)

    def _shape(self, lengths: Iterable[tuple[bytes, int]]) -> bytes:
        parts = [device + length.to_bytes(8, "big") for device, length in lengths]
        return self._salt.hash(b"".join(parts), DIGEST)

    def _knot(self, chain: Chain, *, known: bool) -> Knot:
        spans = []
        for run in chain.runs:
            first = 1 if chain.is_anchored(run) else run.first
            tags = (
                self._salt.id(self._replica.id_at(run, place)) if place >= run.first else _DROPPED
                for place in places(first, run.last)
            )
            spans.append(Span(first, run.last, tuple(tags)))
        tag, device = (self._salt.device(chain.device), None) if known else (b"", chain.device)
        return Knot(tag, device, chain.length, *fork_of(self._salt, chain), tuple(spans))

    # concluding

    def from_change(self, told: Change) -> Plan:
        """What follows from a change."""
        self._look_again()
        base = self._base()
        lengths = {device: self._length_then(self.chains[device]) for device in base}
        grown: dict[bytes, int] = {}
        at = 0
        for gap, growth in told.grown:
            at += gap
            if at >= len(base):
                return Plan(settled=False)
            grown[base[at]] = lengths[base[at]] = lengths[base[at]] + growth
            if lengths[base[at]] > MAX_NUMBER:
                return Plan(settled=False)  # no chain is so long
        for device, length in told.new:
            grown[device] = lengths[device] = length
        knots = self._knots(told.knots)
        for device, knot in knots.items():
            lengths[device] = knot.length
        if self._shape(sorted(lengths.items())) != told.shape:
            return Plan(settled=False)
        plan = Plan()
        judge = self._judge(plan)
        for device, chain in self._chains_now.items():
            if device in knots:
                judge.against_knot(chain, knots[device])
            elif device in grown:
                judge.against_length(chain, grown[device], None)
            else:
                stretches = self._new_now.get(device, ())
                judge.what_arrived(chain, stretches, known=device in lengths)
        plan.tasks = list(self._since(judge))
        return plan

    def _judge(self, plan: Plan) -> Judge:
        return Judge(self._replica, self._salt, plan, trusts=self._trusts)

    def _since(self, judge: Judge) -> Iterator[Task]:
        """Of the tasks, what has arrived since both agreed: all else the other has."""
        assert self.after is not None
        arrived: dict[int, list[tuple[int, int]]] = {}
        for _, run, first, last in self._replica.arrived(
            self.community, self.lane, self.after, self._replica.arrival()
        ):
            arrived.setdefault(run, []).append((first, last))
        for task in judge.plan.tasks:
            for first, last in arrived.get(task.run, ()):
                if first <= task.last and last >= task.first:
                    chain = self._chains_now[task.device]
                    yield judge.part(chain, task, max(first, task.first), min(last, task.last))

    def from_frontier(self, told: Frontier) -> Plan:
        """What follows from a whole frontier."""
        self._look_again()
        return self._from_chains(told, self._chains_now)

    def from_some(self, told: Chains) -> Plan:
        """What follows from some chains: nothing about any others."""
        self._look_again()
        devices = {self._tags.get(tag, b"") for tag in self.tags_in(told)}
        return self._from_chains(told, sorted(devices & self._chains_now.keys()))

    def _from_chains(self, told: Frontier | Chains, devices: Iterable[bytes]) -> Plan:
        plan = Plan()
        judge = self._judge(plan)
        knots = self._knots(told.knots)
        plain = {tag: (length, head) for tag, length, head in told.plain}
        more = ((tag, length) for tag, length, _ in told.plain if length > self.length(tag))
        plan.promised.extend(islice(more, MAX_PROMISED))
        for device in devices:
            chain = self._chains_now[device]
            if device in knots:
                judge.against_knot(chain, knots[device])
            else:
                judge.against_length(chain, *plain.get(self._salt.device(device), (0, None)))
        return plan

    def _knots(self, told: Iterable[Knot]) -> dict[bytes, Knot]:
        known = ((knot.device or self._tags.get(knot.tag), knot) for knot in told)
        return {device: knot for device, knot in known if device is not None}


class _Part:
    """Some chains, as they are collected for one message."""

    def __init__(self) -> None:
        self.lacking: list[bytes] = []
        self.plain: list[tuple[bytes, int, bytes]] = []
        self.knots: list[Knot] = []
        self._stretches = 0

    def add_knot(self, knot: Knot) -> None:
        self.knots.append(knot)
        self._stretches += len(knot.spans)

    def is_full(self, chain: Chain | None) -> bool:
        """Whether a chain may be one too many."""
        if max(len(self.lacking), len(self.plain)) == MAX_SOME or len(self.knots) == MAX_KNOTS:
            return True
        stretches = self._stretches + (0 if chain is None else len(chain.runs))
        return stretches > MAX_STRETCHES and self._stretches > 0

    def told(self, place: int, lane: int, *, more: bool) -> Chains:
        return Chains(place, lane, more, tuple(self.lacking), tuple(self.plain), tuple(self.knots))


def _fits(told: Change | Frontier) -> bool:
    """Whether a message may have so many knots, stretches and bytes."""
    knots = told.knots
    if len(knots) > MAX_KNOTS or sum(len(knot.spans) for knot in knots) > MAX_STRETCHES:
        return False
    return len(encode(told)[1]) <= MAX_MESSAGE
