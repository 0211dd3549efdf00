"""What follows, for one chain of ours, from what the other has told of it.

Either what to send, or that the two contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple

from hearth.store.served import Chain, Run
from hearth.sync import covering
from hearth.sync.delta import Salt
from hearth.sync.messages import Knot, Span, places
from hearth.sync.replica import Replica

Stretch = tuple[int, int, int]
"""Run, first and last sequence."""


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


def fork_of(salt: Salt, chain: Chain) -> tuple[int, bytes]:
    """The place of the lowest proof that it has forked, and a tag of it; 0 and nothing."""
    if chain.fork is None:
        return 0, b""
    sequence, low, high = chain.fork
    return sequence, salt.id(sequence.to_bytes(8, "big") + low + high)


class Judge:
    """Adds what follows to a plan. `trusts`: whether the other's stretches are taken to go on as
    ours do, between the places of which it told."""

    def __init__(self, replica: Replica, salt: Salt, plan: Plan, *, trusts: bool) -> None:
        self.plan = plan
        self._replica = replica
        self._salt = salt
        self._trusts = trusts

    def what_arrived(self, chain: Chain, stretches: Sequence[Stretch], *, known: bool) -> None:
        """The other has what both had when they agreed, and no more."""
        for run, first, last in sorted(stretches, key=lambda stretch: stretch[1]):
            whole = next(each for each in chain.runs if each.number == run)
            self.plan.tasks.append(self.task(chain, whole, first, last, known, first > whole.first))
        if stretches and chain.fork is not None:
            self.plan.forks.append(chain.device)

    def against_length(self, chain: Chain, length: int, head: bytes | None) -> None:
        """The other has a chain without fork or gap, so long, with this tag of its last id."""
        if chain.fork is not None:
            self._fork_against_length(chain, chain.fork[0], length, head)
            return
        if head is not None:
            ours = [run for run in chain.runs if run.first <= length <= run.last]
            if ours and self._salt.id(self._replica.id_at(ours[0], length)) != head:
                self.plan.marked.add(chain.device)
                return
        for run in chain.runs:
            if run.last > length:
                first = max(run.first, length + 1)
                hangs = first > run.first or run.parent is not None
                follows = hangs and 1 < first == length + 1
                self.plan.tasks.append(self.task(chain, run, first, run.last, length > 0, follows))

    def _fork_against_length(
        self, chain: Chain, forked: int, length: int, head: bytes | None
    ) -> None:
        if length:
            self.plan.forks.append(chain.device)
        if head is None and length >= forked:
            self.plan.marked.add(chain.device)  # on which branch it is will be told with a head
            return
        told = [] if head is None else [(Span(1, length, (head,)), {length: head})]
        covered = self._covered(chain, told)
        if not covered:
            below = min(length, forked - 1)  # both have the one event there is
            covered = {
                run.number: [(run.first, min(run.last, below))]
                for run in chain.runs
                if run.first <= below
            }
        self._what_is_not(chain, covered, known=length > 0)

    def against_knot(self, chain: Chain, knot: Knot) -> None:
        """The other has told a chain run by run."""
        if not self._knows(knot, *fork_of(self._salt, chain)):
            self.plan.forks.append(chain.device)
        spans = [
            (span, dict(zip(places(span.first, span.last), span.tags, strict=True)))
            for span in knot.spans
        ]
        self._what_is_not(chain, self._covered(chain, spans), known=True)

    def _knows(self, knot: Knot, forked: int, fork: bytes) -> bool:
        """Whether the other knows this proof that the chain has forked, or one at a lower place."""
        if knot.forked == forked:
            return knot.fork == fork
        return not forked or 0 < knot.forked < forked

    def _covered(self, chain: Chain, spans: Iterable[covering.Told]) -> covering.Stretches:
        """By run of ours: the places that are in the other's stretches too."""
        ours = cache(partial(self._at, chain))
        covered, on_trust = covering.covered(chain.runs, ours, spans, trusts=self._trusts)
        self.plan.settled = self.plan.settled and not on_trust
        return covered

    def _at(self, chain: Chain, sequence: int) -> dict[bytes, Run]:
        """Our runs that cover a place, by the tag of the id there."""
        return {
            self._salt.id(self._replica.id_at(run, sequence)): run
            for run in chain.runs
            if run.first <= sequence <= run.last
        }

    def _what_is_not(self, chain: Chain, covered: covering.Stretches, *, known: bool) -> None:
        """Tasks for everything that is not covered; later runs first, for what follows an event
        may be all that proves it."""
        tasks = []
        for run in chain.runs:
            for first, last in covering.rest(run, covered.get(run.number, [])):
                tasks.append(self.task(chain, run, first, last, known, first > run.first))
        tasks.sort(key=lambda task: -task.first)
        self.plan.tasks.extend(tasks)

    def task(
        self, chain: Chain, run: Run, first: int, last: int, known: bool, follows: bool
    ) -> Task:
        """Events of a run. Whether the other knows of the device (`known`), and has what was before
        them (`follows`)."""
        end = self._replica.id_at(run, last)
        return Task(chain.device, run.number, first, last, end, known, known and follows)

    def part(self, chain: Chain, task: Task, first: int, last: int) -> Task:
        """A part of a task, where the other holds what was before it."""
        if (first, last) == (task.first, task.last):
            return task
        run = next(run for run in chain.runs if run.number == task.run)
        follows = task.previous_known if first == task.first else True
        return self.task(chain, run, first, last, True, follows)
