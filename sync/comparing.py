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
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from typing import Final, NamedTuple

from hearth.store.header import MAX_NUMBER
from hearth.store.served import Chain, Run
from hearth.sync import covering
from hearth.sync.delta import ID_TAG, Salt
from hearth.sync.flow import MAX_MESSAGE
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
    encode,
    places,
)
from hearth.sync.replica import Replica

MAX_PROMISED: Final = 256
"""Of what a peer says that it has more of, what is remembered and looked at in the end."""
_DROPPED: Final = bytes(ID_TAG)
"""Stands for the id of an event that is not here and not needed: a checkpoint names a later one."""


class Task(NamedTuple):
    """Events of a run to be sent, the last of which has the id `end`; what the other knows is as
    in `delta.Stretch`. Runs may grow together before it is sent: `end` finds it again."""

    device: bytes
    run: int
    first: int
    last: int
    end: bytes
    device_known: bool
    previous_known: bool


@dataclass(slots=True)
class Plan:
    """What follows from what the other told: tasks, chains whose fork it does not know (as far
    as can be told), chains that are marked, and what the other has and we lack (tag of the
    device, length). All empty where what it told fits nothing we remember: the digests, which
    then still differ, bring on the whole frontier.

    `settled`: whether that is all that follows, if what was told is true; if not, there is more to
    be told."""

    tasks: list[Task] = field(default_factory=list)
    forks: list[bytes] = field(default_factory=list)
    marked: set[bytes] = field(default_factory=set)
    promised: list[tuple[bytes, int]] = field(default_factory=list)
    settled: bool = True


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

    def _arrived(self) -> dict[bytes, list[tuple[int, int, int]]]:
        """By device: run, first and last sequence of what has arrived since both agreed."""
        found: dict[bytes, list[tuple[int, int, int]]] = {}
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

    def _is_tail(self, chain: Chain, stretches: list[tuple[int, int, int]]) -> bool:
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
        return Knot(tag, device, chain.length, *self._fork(chain), tuple(spans))

    def _fork(self, chain: Chain) -> tuple[int, bytes]:
        """The place of the lowest proof that it has forked, and a tag of it; 0 and nothing."""
        if chain.fork is None:
            return 0, b""
        sequence, low, high = chain.fork
        return sequence, self._salt.id(sequence.to_bytes(8, "big") + low + high)

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
        for device, chain in self._chains_now.items():
            if device in knots:
                self._against_knot(plan, chain, knots[device])
            elif device in grown:
                self._against_length(plan, chain, grown[device], None)
            else:
                self._what_arrived(plan, chain, known=device in lengths)
        plan.tasks = list(self._since(plan.tasks))
        return plan

    def _since(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Of these, what has arrived since both agreed: all else the other has."""
        assert self.after is not None
        arrived: dict[int, list[tuple[int, int]]] = {}
        for _, run, first, last in self._replica.arrived(
            self.community, self.lane, self.after, self._replica.arrival()
        ):
            arrived.setdefault(run, []).append((first, last))
        for task in tasks:
            for first, last in arrived.get(task.run, ()):
                if first <= task.last and last >= task.first:
                    yield self._part(task, max(first, task.first), min(last, task.last))

    def _part(self, task: Task, first: int, last: int) -> Task:
        """A part of a task, where the other holds what was before it."""
        if (first, last) == (task.first, task.last):
            return task
        run = next(run for run in self._chains_now[task.device].runs if run.number == task.run)
        follows = task.previous_known if first == task.first else True
        return self._task(self._chains_now[task.device], run, first, last, True, follows)

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
        knots = self._knots(told.knots)
        plain = {tag: (length, head) for tag, length, head in told.plain}
        more = ((tag, length) for tag, length, _ in told.plain if length > self.length(tag))
        plan.promised.extend(islice(more, MAX_PROMISED))
        for device in devices:
            chain = self._chains_now[device]
            if device in knots:
                self._against_knot(plan, chain, knots[device])
            else:
                length, head = plain.get(self._salt.device(device), (0, None))
                self._against_length(plan, chain, length, head)
        return plan

    def _knots(self, told: Iterable[Knot]) -> dict[bytes, Knot]:
        known = ((knot.device or self._tags.get(knot.tag), knot) for knot in told)
        return {device: knot for device, knot in known if device is not None}

    def _what_arrived(self, plan: Plan, chain: Chain, *, known: bool) -> None:
        """The other has what both had when they agreed, and no more."""
        for run, first, last in sorted(self._new_now.get(chain.device, ()), key=lambda s: s[1]):
            whole = next(each for each in chain.runs if each.number == run)
            plan.tasks.append(self._task(chain, whole, first, last, known, first > whole.first))
        if self._new_now.get(chain.device) and chain.fork is not None:
            plan.forks.append(chain.device)

    def _against_length(self, plan: Plan, chain: Chain, length: int, head: bytes | None) -> None:
        """The other has a chain without fork or gap, so long, with this tag of its last id."""
        if chain.fork is not None:
            self._fork_against_length(plan, chain, length, head)
            return
        if head is not None and length > 0:
            ours = [run for run in chain.runs if run.first <= length <= run.last]
            if ours and self._salt.id(self._replica.id_at(ours[0], length)) != head:
                plan.marked.add(chain.device)
                return
        for run in chain.runs:
            if run.last > length:
                first = max(run.first, length + 1)
                hangs = first > run.first or run.parent is not None
                follows = hangs and 1 < first == length + 1
                plan.tasks.append(self._task(chain, run, first, run.last, length > 0, follows))

    def _fork_against_length(
        self, plan: Plan, chain: Chain, length: int, head: bytes | None
    ) -> None:
        if length:
            plan.forks.append(chain.device)
        if head is None and chain.fork is not None and length >= chain.fork[0]:
            plan.marked.add(chain.device)  # on which branch it is will be told with a head
            return
        span = Span(1, length, (head,)) if head is not None and length else None
        covered = self._covered(plan, chain, [(span, {length: head})]) if span and head else {}
        if not covered and length and chain.fork is not None:
            below = min(length, chain.fork[0] - 1)  # both have the one event there is
            covered = {
                run.number: [(run.first, min(run.last, below))]
                for run in chain.runs
                if run.first <= below
            }
        self._what_is_not(plan, chain, covered, known=length > 0)

    def _against_knot(self, plan: Plan, chain: Chain, knot: Knot) -> None:
        """The other has told a chain run by run."""
        if not self._knows(knot, *self._fork(chain)):
            plan.forks.append(chain.device)
        spans = [
            (span, dict(zip(places(span.first, span.last), span.tags, strict=True)))
            for span in knot.spans
        ]
        self._what_is_not(plan, chain, self._covered(plan, chain, spans), known=True)

    def _knows(self, knot: Knot, forked: int, fork: bytes) -> bool:
        """Whether the other knows this proof that the chain has forked, or one at a lower place."""
        if knot.forked == forked:
            return knot.fork == fork
        return not forked or 0 < knot.forked < forked

    def _covered(
        self, plan: Plan, chain: Chain, spans: Iterable[covering.Told]
    ) -> covering.Stretches:
        """By run of ours: the places that are in the other's stretches too."""
        ours = cache(partial(self._at, chain))
        covered, on_trust = covering.covered(chain.runs, ours, spans, trusts=self._trusts)
        plan.settled = plan.settled and not on_trust
        return covered

    def _at(self, chain: Chain, sequence: int) -> dict[bytes, Run]:
        """Our runs that cover a place, by the tag of the id there."""
        return {
            self._salt.id(self._replica.id_at(run, sequence)): run
            for run in chain.runs
            if run.first <= sequence <= run.last
        }

    def _what_is_not(
        self, plan: Plan, chain: Chain, covered: covering.Stretches, *, known: bool
    ) -> None:
        """Tasks for everything that is not covered; later runs first, for what follows an event
        may be all that proves it."""
        tasks = []
        for run in chain.runs:
            for first, last in covering.rest(run, covered.get(run.number, [])):
                tasks.append(self._task(chain, run, first, last, known, first > run.first))
        tasks.sort(key=lambda task: -task.first)
        plan.tasks.extend(tasks)

    def _task(
        self, chain: Chain, run: Run, first: int, last: int, known: bool, follows: bool
    ) -> Task:
        end = self._replica.id_at(run, last)
        return Task(chain.device, run.number, first, last, end, known, known and follows)


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
