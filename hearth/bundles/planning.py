"""What goes over a thin link first: a few kilobytes, and more to say than fits.

Classes go strictly in this order, and in each the small before the large (of the control lane,
which is read in order, the older before the newer):

    emergency   what stands in the emergency lane
    priority    who belongs to the community, and the keys that messages are read with
    welfare     what people say to each other, and receipts
    routine     everything else

A fifth of the budget is kept for the first two: what is of the others fills four fifths at most.
Nothing is dropped: what stays is put off, and goes with the next bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.bundles.content import Content
from hearth.kinds import KEY
from hearth.store.event import event_id
from hearth.store.header import Header, Lane, parse
from hearth.sync.judging import Task

if TYPE_CHECKING:
    from hearth.store.served import Served
    from hearth.sync.replica import Replica

RESERVED: Final = 0.2
_LONE: Final = 64 + 33 + 33 + 12
"""Bytes of an event that stands alone in a frame: signature, device, previous id, numbers."""


class Class(IntEnum):
    """How urgent something is."""

    EMERGENCY = 0
    PRIORITY = 1
    WELFARE = 2
    ROUTINE = 3


class Item(NamedTuple):
    """One event that waits. `size`: about how many bytes it takes."""

    urgency: Class
    lane: int
    size: int
    lamport: int
    id: bytes
    task: Task

    @property
    def order(self) -> tuple[int, int, int, bytes]:
        """The most urgent first; of equals the smaller, or the older."""
        if self.lane == Lane.CONTROL:
            return self.urgency, 0, self.lamport, self.id
        return self.urgency, 1, self.size, self.id


@dataclass(slots=True)
class Plan:
    """What goes, and what stays, in order. `room` is how many bytes there were for events."""

    room: int
    goes: list[Item] = field(default_factory=list)
    stays: list[Item] = field(default_factory=list)

    @property
    def used(self) -> int:
        return sum(each.size for each in self.goes)

    def content(self) -> Content:
        """It, as what goes into a bundle."""
        content = Content()
        for item in self.goes:
            content.tasks.setdefault(item.lane, []).append(item.task)
        content.tasks = {lane: list(_joined(tasks)) for lane, tasks in content.tasks.items()}
        content.events = len(self.goes)
        return content


def items(replica: Replica, tasks: Iterable[tuple[int, Task]]) -> Iterator[Item]:
    """The single events of what is to be sent. A large log takes a while."""
    for lane, task in tasks:
        sequence = task.first
        for served in replica.read(task.run, task.first, task.last):
            header = parse(served.header)
            id = event_id(served.header, served.signature)
            single = task._replace(first=sequence, last=sequence, end=id)
            urgency = _class(header)
            yield Item(urgency, lane, _size(header, served), header.lamport, id, single)
            sequence += 1


def plan(found: Iterable[Item], room: int) -> Plan:
    """What of it goes into so many bytes."""
    done = Plan(room)
    used = 0
    shared = int(room * (1 - RESERVED))
    for item in sorted(found, key=lambda each: each.order):
        limit = room if item.urgency <= Class.PRIORITY else shared
        if used + item.size <= limit:
            done.goes.append(item)
            used += item.size
        else:
            done.stays.append(item)
    return done


def fitted(
    found: Iterable[Item], budget: int, measure: Callable[[Content], int]
) -> tuple[Plan, int]:
    """The largest plan whose bundle has at most `budget` bytes, as `measure` has it; and its size.

    A bundle may be larger than its events by what seals and pads it, and smaller by what is
    compressed: so the room is tried, a few times. With nothing that fits, an empty plan.
    """
    waiting = list(found)
    low, high, best = 0, 4 * budget, (plan(waiting, 0), 0)
    for _ in range(16):
        room = (low + high + 1) // 2
        tried = plan(waiting, room)
        size = measure(tried.content())
        if size <= budget:
            low, best = room, (tried, size)
            if not tried.stays:
                break
        else:
            high = room - 1
        if high <= low:
            break
    return best


def _class(header: Header) -> Class:
    if header.lane is Lane.EMERGENCY:
        return Class.EMERGENCY
    if header.lane is Lane.CONTROL or header.kind == KEY:
        return Class.PRIORITY
    return Class.WELFARE if header.lane is Lane.CHAT else Class.ROUTINE


def _size(header: Header, served: Served) -> int:
    ids = len(header.acts) + len(header.refs)
    ids += (header.tick is not None) + (header.audience is not None)
    absent = header.payload_hash is not None and served.payload is None
    return _LONE + 33 * ids + (32 if absent else len(served.payload or b""))


def _joined(tasks: list[Task]) -> Iterator[Task]:
    """Tasks that follow each other in one run, as one."""
    last: Task | None = None
    for task in sorted(tasks, key=lambda each: (each.run, each.first)):
        if last is not None and (task.run, task.first) == (last.run, last.last + 1):
            last = last._replace(last=task.last, end=task.end)
            continue
        if last is not None:
            yield last
        last = task
    if last is not None:
        yield last
