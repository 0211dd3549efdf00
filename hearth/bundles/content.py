"""What is to go into a bundle for a community: events, slots and objects, the most urgent first.

Events go lane by lane in blocks (`sync.blocks`), about in the order in which they were made, and
always with whole ids: a reader may have nothing of what came before.

Left out is what all who are to read it surely have, or find beside it: what each of them has stated
in a bundle of theirs, and what is in earlier ones of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearth import spans
from hearth.bundles.level import Level
from hearth.spans import Span
from hearth.store import database, timely
from hearth.store.erasures import VERIFIED
from hearth.store.event import LABEL, verifies
from hearth.store.header import Lane
from hearth.store.nogc import nogc
from hearth.sync import message_codec
from hearth.sync.blocks_out import BlockWriter
from hearth.sync.bundle import Type
from hearth.sync.judging import Task
from hearth.sync.messages import Proofs, Slots
from hearth.sync.sending import URGENT

if TYPE_CHECKING:
    import apsw

    from hearth.store.served import Chain
    from hearth.store.slots import Slot
    from hearth.sync.replica import Replica

FRAME: Final = 1 << 17
"""The longest block of events: a torn bundle loses at most so much."""

_END: Final = f"SELECT flags & {VERIFIED} FROM events WHERE run = ? AND sequence = ?"

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
    stated: list[Slot] = field(default_factory=list)
    """The slots themselves."""

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
                tasks += _tasks(replica, chain, _left_out(replica, lane, chain, readers, beside))
        if tasks:
            content.tasks[lane] = tasks
            content.events += sum(task.last - task.first + 1 for task in tasks)
    content.stated = [
        slot
        for slot in replica.slots(community)
        if not any(each.brings_slot(slot) for each in beside)
        and not (readers and all(each is not None and each.has(slot) for each in readers))
    ]
    content.slots = len(content.stated)
    return content


def _left_out(
    replica: Replica,
    lane: int,
    chain: Chain,
    readers: Sequence[Level | None],
    beside: Sequence[Level],
) -> dict[int, list[Span]]:
    """By run of a chain: the stretches that each of the readers has, or finds beside it."""
    ours = [each.brings(replica, lane, chain) for each in beside]
    there = {run.number: spans.union(*(each.get(run.number, ()) for each in ours))
             for run in chain.runs}  # fmt: skip
    if not readers or None in readers:
        return there
    left: dict[int, list[Span]] | None = None
    for reader in readers:
        assert reader is not None
        held = reader.held(replica, lane, chain)
        found = {number: spans.union(held.get(number, ()), there[number]) for number in there}
        if left is not None:
            found = {number: spans.meet(each, left[number]) for number, each in found.items()}
        left = found
        if not any(left.values()):
            break
    return there if left is None else left


def _tasks(replica: Replica, chain: Chain, left_out: dict[int, list[Span]]) -> Iterator[Task]:
    for run in chain.runs:
        for first, last in spans.without((run.first, run.last), left_out[run.number]):
            end = replica.id_at(run, last)
            yield Task(chain.device, run.number, first, last, end, False, False)


def _arrived(replica: Replica, community: bytes, lane: int, after: int) -> Iterator[Task]:
    until = replica.arrival()
    for device, number, first, last in replica.arrived(community, lane, after, until):
        end = replica.id_at(replica.runs(community, lane, device)[number], last)
        yield Task(device, number, first, last, end, False, False)


def records(
    connection: apsw.Connection, replica: Replica, community: bytes, content: Content
) -> Iterator[tuple[Type, bytes]]:
    """The records of events, proofs of forks, and slots: control and emergency before all."""
    for lane, device in content.forks:
        proof = replica.proof(community, lane, device)
        if proof is not None:
            yield Type.PROOFS, message_codec.encode(Proofs(0, (proof,)))[1]
    lanes = sorted(content.tasks)
    for lane in lanes:
        if lane in URGENT:
            yield from _events(connection, replica, community, lane, content.tasks[lane])
    yield from _slot_records((slot.statement, slot.signature) for slot in content.stated)
    for lane in lanes:
        if lane not in URGENT:
            yield from _events(connection, replica, community, lane, content.tasks[lane])


def _events(
    connection: apsw.Connection,
    replica: Replica,
    community: bytes,
    lane: int,
    tasks: Iterable[Task],
) -> Iterator[tuple[Type, bytes]]:
    """The events of a lane, about in the order in which they were made."""
    writer = BlockWriter(FRAME)
    there = [
        each for task in tasks for each in _as_it_is_now(connection, replica, community, lane, task)
    ]
    for page in timely.pages(connection, there):
        with nogc():
            blocks = list(writer.write(page))
        for block in blocks:
            yield Type.EVENTS, bytes((lane,)) + block


def _as_it_is_now(
    connection: apsw.Connection, replica: Replica, community: bytes, lane: int, task: Task
) -> Iterator[tuple[int, int, int]]:
    """Runs, with first and last sequence: a task's run may have become part of another one."""
    ends = database.value(connection, _END, task.run, task.last)
    if ends is not None:
        yield task.run, task.first, task.last if ends else _last_proved(replica, task)
        return
    runs = replica.runs(community, lane, task.device)
    covers = (run for run in runs.values() if run.first <= task.last <= run.last)
    run = next((each for each in covers if replica.id_at(each, task.last) == task.end), None)
    last = task.last
    while run is not None and last >= task.first:
        yield run.number, max(task.first, run.first), last
        last = run.first - 1
        run = None if run.parent is None else runs[run.parent]


def _last_proved(replica: Replica, task: Task) -> int:
    """The last of its events that needs no proof by one which does not go with it."""
    for last in range(task.last, task.first - 1, -1):
        (served,) = replica.read(task.run, last, last)
        if served.verified or verifies(task.device, LABEL, served.header, served.signature):
            return last
        if last == task.last and not any(replica.read(task.run, last + 1, last + 1)):
            return last  # a branch hangs on it
    return task.first - 1


def _slot_records(slots: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[Type, bytes]]:
    page: list[tuple[bytes, bytes]] = []
    size = 0
    for statement, signature in slots:
        page.append((statement, signature))
        size += len(statement) + 64
        if size > FRAME // 2:
            yield Type.SLOTS, message_codec.encode(Slots(0, tuple(page)))[1]
            page, size = [], 0
    if page:
        yield Type.SLOTS, message_codec.encode(Slots(0, tuple(page)))[1]
