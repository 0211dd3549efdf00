"""What is to go into a bundle for a community: events, slots and objects, the most urgent first.

Events are sent as a session sends them (`sync.sending`), lane by lane, in frames that each prove
themselves, but always with whole ids: a reader may have nothing of what came before.

Left out is what all who are to read it surely have: what every one of them has stated in a bundle
of theirs, and what lies beside this bundle already, in earlier ones of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearth.bundles.level import Level
from hearth.store.header import Lane
from hearth.sync import messages
from hearth.sync.bundle import Type
from hearth.sync.comparing import Task
from hearth.sync.intake import Summary
from hearth.sync.messages import Events, Proofs, Slots
from hearth.sync.sending import Sending

if TYPE_CHECKING:
    from hearth.store.served import Chain
    from hearth.sync.delta import Salt
    from hearth.sync.replica import Replica

FRAME: Final = 1 << 17
"""The longest frame of events: a torn bundle loses at most so much."""

Wanted = Callable[[int], bool]
"""Whether a lane is meant."""


@dataclass(slots=True)
class Content:
    """What goes into one bundle. `events` and `slots` are how many; `objects` are ids and
    lengths, in order."""

    tasks: dict[int, list[Task]] = field(default_factory=dict)
    forks: list[tuple[int, bytes]] = field(default_factory=list)
    events: int = 0
    slots: int = 0
    objects: list[tuple[bytes, int]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.events or self.slots or self.objects)


def choose(
    replica: Replica,
    community: bytes,
    readers: Sequence[Level | None],
    beside: Sequence[Level],
    lanes: Wanted = lambda lane: True,
    after: int | None = None,
) -> Content:
    """What of the events and slots of a community goes to these readers.

    `readers`: what is known of each; None: nothing. `beside`: the levels of our bundles that they
    read as well. `after`: only what has arrived here after this number.
    """
    content = Content()
    for lane in Lane:
        if not lanes(lane):
            continue
        tasks = list(_arrived(replica, community, lane, after)) if after is not None else []
        for chain in replica.chains(community, lane):
            if chain.fork is not None:
                content.forks.append((lane, chain.device))
            if after is None:
                tasks += _tasks(chain, _known(replica, lane, chain, readers, beside))
        if tasks:
            content.tasks[lane] = tasks
            content.events += sum(task.last - task.first + 1 for task in tasks)
    content.slots = sum(1 for _ in _slots(replica, community, readers, beside))
    return content


def _known(
    replica: Replica,
    lane: int,
    chain: Chain,
    readers: Sequence[Level | None],
    beside: Sequence[Level],
) -> int:
    """From which place on a chain goes in: what all readers have, or lies beside it."""
    theirs = [0 if each is None else each.holds(replica, lane, chain) for each in readers]
    ours = [each.holds(replica, lane, chain) for each in beside]
    return max(min(theirs, default=0), max(ours, default=0))


def _tasks(chain: Chain, known: int) -> Iterator[Task]:
    for run in chain.runs:
        first = max(run.first, known + 1)
        if first <= run.last:
            yield Task(chain.device, run.number, first, run.last, run.head, False, False)


def _arrived(replica: Replica, community: bytes, lane: int, after: int) -> Iterator[Task]:
    until = replica.arrival()
    for device, number, first, last in replica.arrived(community, lane, after, until):
        end = replica.id_at(replica.runs(community, lane, device)[number], last)
        yield Task(device, number, first, last, end, False, False)


def _slots(
    replica: Replica,
    community: bytes,
    readers: Sequence[Level | None],
    beside: Sequence[Level],
) -> Iterator[tuple[bytes, bytes]]:
    """Slots that not all readers have, and that do not lie beside it."""
    for slot in replica.slots(community):
        if any(each.has(slot) for each in beside):
            continue
        if readers and all(each is not None and each.has(slot) for each in readers):
            continue
        yield slot.statement, slot.signature


def records(
    replica: Replica,
    salt: Salt,
    community: bytes,
    content: Content,
    readers: Sequence[Level | None],
    beside: Sequence[Level],
) -> Iterator[tuple[Type, bytes]]:
    """The records of events, proofs of forks, and slots: control and emergency before all."""
    sending = Sending(replica, salt, Summary(), [community], FRAME)
    for lane, device in content.forks:
        sending.add_proof((lane, 0), device)
    for lane, tasks in content.tasks.items():
        sending.add((lane, 0), tasks)
    yield from _drain(sending.next_urgent)
    yield from _slot_records(_slots(replica, community, readers, beside))
    yield from _drain(sending.next_ordinary)


def _drain(next: Callable[[], object]) -> Iterator[tuple[Type, bytes]]:
    while (message := next()) is not None:
        if isinstance(message, Events):
            yield Type.EVENTS, messages.encode(message)[1]
        elif isinstance(message, Proofs):
            yield Type.PROOFS, messages.encode(message)[1]


def _slot_records(slots: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[Type, bytes]]:
    page: list[tuple[bytes, bytes]] = []
    size = 0
    for statement, signature in slots:
        page.append((statement, signature))
        size += len(statement) + 64
        if size > FRAME // 2:
            yield Type.SLOTS, messages.encode(Slots(0, tuple(page)))[1]
            page, size = [], 0
    if page:
        yield Type.SLOTS, messages.encode(Slots(0, tuple(page)))[1]


__all__ = ["FRAME", "Content", "choose", "records"]
