"""How far somebody holds a community, as the front of a bundle states it, and what follows from it.

The front lists, lane by lane, each chain without fork or gap with its length and a tag of its head;
of the others each run; the slots with their counters; which objects the author wants; and which of
all that is in the bundle itself. Tags are salted with the bundle's own salt, so nobody can make two
ids with one tag beforehand. It is a hint: what is left out because of it is only what its author
claims to have. How the front is written: `front`; what is kept of it: `known`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearth import spans
from hearth.spans import Span
from hearth.sync.delta import DEVICE_TAG, Salt

if TYPE_CHECKING:
    from hearth.store.served import Chain
    from hearth.store.slots import Slot
    from hearth.sync.replica import Replica

MAX_WANTS: Final = 4096
Runs = dict[bytes, list[tuple[int, int, bytes]]]
"""By tag of a device: first and last place of a run, and the tag of the last one's id."""


@dataclass(slots=True)
class Level:
    """What one bundle's front says. `chains`: by lane and tag of a device, length and tag of the
    head; `runs`: of chains with a fork or a gap; `slots`: by tag, counter and tag of the id."""

    salt: Salt
    created: int
    chains: dict[int, dict[bytes, tuple[int, bytes]]] = field(default_factory=dict)
    runs: dict[int, Runs] = field(default_factory=dict)
    slots: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    wants: set[bytes] = field(default_factory=set)
    objects: set[bytes] = field(default_factory=set)
    """Those in the bundle itself."""
    brought: dict[int, Runs] = field(default_factory=dict)
    """The stretches in the bundle itself."""
    brought_slots: set[bytes] = field(default_factory=set)
    """Tags of the slots in it."""
    readers: set[bytes] = field(default_factory=set)
    """Of those it is sealed to, what `reader_tag` makes of their keys."""

    @property
    def wants_more(self) -> bool:
        """Whether its author may want objects that there was no room to list."""
        return len(self.wants) >= MAX_WANTS

    def held(self, replica: Replica, lane: int, chain: Chain) -> dict[int, list[Span]]:
        """By run, which stretches of a chain of ours its author surely has."""
        tag = self.salt.device(chain.device)
        told = self.chains.get(lane, {}).get(tag)
        if told is not None and chain.plain and (top := chain.top) and told[0] > top.last:
            return {run.number: [(run.first, run.last)] for run in chain.runs}
        runs = list(self.runs.get(lane, {}).get(tag, ()))
        if told is not None:
            runs.append((1, *told))
        return self._matched(replica, chain, runs)

    def brings(self, replica: Replica, lane: int, chain: Chain) -> dict[int, list[Span]]:
        """By run, which stretches of a chain of ours are in the bundle."""
        runs = self.brought.get(lane, {}).get(self.salt.device(chain.device), ())
        return self._matched(replica, chain, runs)

    def _matched(
        self, replica: Replica, chain: Chain, told: Iterable[tuple[int, int, bytes]]
    ) -> dict[int, list[Span]]:
        """What of our runs these are. An id stands for all that come before it."""
        found: dict[int, list[Span]] = {}
        numbered = {run.number: run for run in chain.runs}
        for first, last, head in told:
            fits = (
                run
                for run in chain.runs
                if run.first <= last <= run.last and self.salt.id(replica.id_at(run, last)) == head
            )
            run, at = next(fits, None), last
            while run is not None and at >= first:
                found.setdefault(run.number, []).append((max(first, run.first), at))
                at = run.first - 1
                run = None if run.parent is None else numbered.get(run.parent)
        return {number: spans.union(each) for number, each in found.items()}

    def has(self, slot: Slot) -> bool:
        """Whether its author has this slot, or a newer one."""
        told = self.slots.get(slot_tag(self.salt, slot))
        if told is None:
            return False
        return told[0] > slot.counter or told == (slot.counter, self.salt.id(slot.id))

    def brings_slot(self, slot: Slot) -> bool:
        """Whether this very slot is in the bundle."""
        tag = slot_tag(self.salt, slot)
        same = self.slots.get(tag) == (slot.counter, self.salt.id(slot.id))
        return same and tag in self.brought_slots


def slot_tag(salt: Salt, slot: Slot) -> bytes:
    """What stands for a device's slot of a name in a front."""
    return salt.hash(slot.device + slot.kind.to_bytes(4, "big") + slot.name, DEVICE_TAG)
