"""The events of one lane on their way out: tasks in, frames out, one at a time.

Nothing is read before there is room to send it, so memory holds one frame however much there is
to send. A frame ends where its last event's own signature holds: whoever receives it can prove
it without the next one.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Final

from hearth.store.event import LABEL, verifies
from hearth.store.header import facts
from hearth.store.served import Served
from hearth.sync.delta import Salt, Stretch, encode
from hearth.sync.delta_events import MAX_EVENTS
from hearth.sync.judging import Task
from hearth.sync.replica import Replica

_IMPLIED: Final = 128 - 64
"""Bytes of a header that are not sent (community, device, previous, hash), less the signature."""
_STRETCH: Final = 96
"""Bytes that a stretch takes at most, beside its events."""


class Outflow:
    """Frames of one lane of one community, from what `add` was given."""

    def __init__(self, replica: Replica, salt: Salt, community: bytes, lane: int) -> None:
        self._replica = replica
        self._community = community
        self._lane = lane
        self._salt = salt
        self._tasks: deque[Task] = deque()

    def add(self, tasks: Iterable[Task]) -> None:
        """Send these too, after what there is: of who has said little first.

        The longest chains last: what most others tick on is in them, so that the receiver, which
        has all others by then, finds its Lamport times sound in one go from the lowest up.
        """
        added = list(tasks)
        sizes: Counter[bytes] = Counter()
        for task in added:
            sizes[task.device] += task.last - task.first + 1
        self._tasks.extend(sorted(added, key=lambda task: sizes[task.device]))

    def clear(self) -> None:
        """Send nothing more."""
        self._tasks.clear()

    def drop(self, device: bytes) -> None:
        """Send nothing more of this device."""
        self._tasks = deque(task for task in self._tasks if task.device != device)

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def frame(self, limit: int, aim: int | None = None) -> tuple[int, bytes]:
        """The next frame, of at most `limit` bytes, and how many events are in it.

        `limit` is at least 2^17: so much fits the largest event. `aim` may be less, and counts
        unless the first event is larger. No events, and an empty frame, if nothing is left.
        """
        stretches: list[Stretch] = []
        room, count = min(limit, aim or limit) - 64, 0
        while self._tasks and count < MAX_EVENTS:
            task = self._tasks[0]
            records, used = self._read(task, room - _STRETCH, MAX_EVENTS - count)
            if not records and not stretches:
                records, used = self._read(task, limit - 64 - _STRETCH, MAX_EVENTS)
            if not records:
                if not self._still_there(task):
                    self._tasks.popleft()
                    self._tasks.extendleft(self._found_again(task))
                    continue
                if stretches:
                    break
                self._tasks.popleft()  # nothing of it can be proved within a frame
                continue
            stretches.append(_stretch(task, records))
            room -= _STRETCH + used
            count += len(records)
            self._advance(task, records)
            if task.first + len(records) <= task.last:
                break  # the rest goes on from what is in this frame
        return count, encode(self._salt, stretches) if stretches else b""

    def _still_there(self, task: Task) -> bool:
        """Whether the task's run still covers it: it may have become part of another one."""
        for at in {task.first, task.last}:
            if not any(True for _ in self._replica.read(task.run, at, at)):
                return False
        return True

    def _found_again(self, task: Task) -> list[Task]:
        """The same events in the runs there are now, the last ones first."""
        runs = self._replica.runs(self._community, self._lane, task.device)
        at, run = task.last, None
        for each in runs.values():
            if each.first <= at <= each.last and self._replica.id_at(each, at) == task.end:
                run = each
        found = []
        while run is not None and at >= task.first:
            first = max(task.first, run.first)
            known = task.previous_known and first == task.first
            end = self._replica.id_at(run, at)
            found.append(
                task._replace(run=run.number, first=first, last=at, end=end, previous_known=known)
            )
            at = first - 1
            run = None if run.parent is None else runs[run.parent]
        return found

    def _read(self, task: Task, room: int, most: int) -> tuple[list[Served], int]:
        """As many events of a task as there is room for, the last one proved; bytes of them."""
        records: list[Served] = []
        sizes: list[int] = []
        for record in self._replica.read(task.run, task.first, task.last):
            header, _, payload, _ = record
            size = len(header) - _IMPLIED + (32 if payload is None else len(payload))
            if size > room or len(records) == most:
                while records and not _proved(task, records[-1]):
                    records.pop()
                break
            room -= size
            records.append(record)
            sizes.append(size)
        return records, sum(sizes[: len(records)])

    def _advance(self, task: Task, records: list[Served]) -> None:
        """What is left of the first task."""
        self._tasks.popleft()
        first = task.first + len(records)
        if first > task.last:
            return
        self._tasks.appendleft(task._replace(first=first, device_known=True, previous_known=True))


def _proved(task: Task, record: Served) -> bool:
    return bool(record.verified) or verifies(task.device, LABEL, record.header, record.signature)


def _stretch(task: Task, records: list[Served]) -> Stretch:
    return Stretch(
        task.device,
        task.first,
        facts(records[0].header).previous,
        task.device_known,
        task.previous_known,
        records,
    )
