"""A chain, and the stretches of it that are held, in memory. What a run is: see `schema_log`."""

from __future__ import annotations

from collections import deque


class Run:
    """A stretch of a chain in which each event names the one before it.

    `into` is the run that has taken this one's events in, if one has. `tail` holds (Lamport time,
    tick, id) of the events from `sound` + 1 on, as far as they are in memory; the rest can be
    read back (`Book.reload`).
    """

    __slots__ = (
        "awaits", "chain", "changed", "false", "first", "head", "into", "lamport", "last", "number",
        "parent", "previous", "rooted", "sound", "sound_lamport", "tail",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        chain: Chain,
        parent: int | None,
        previous: bytes | None,
        first: int,
        last: int,
        head: bytes,
        lamport: int,
        rooted: bool,
        sound: int,
        sound_lamport: int,
        awaits: bytes | None,
    ) -> None:
        self.number = number
        self.chain = chain
        self.parent = parent
        self.previous = previous
        self.first = first
        self.last = last
        self.head = head
        self.lamport = lamport
        self.rooted = rooted
        self.sound = sound
        self.sound_lamport = sound_lamport
        self.awaits = awaits
        self.false = False
        self.into: Run | None = None
        self.tail: deque[tuple[int, bytes | None, bytes]] = deque()
        self.changed = False

    def append(self, lamport: int, tick: bytes | None, id: bytes) -> None:
        """Take in the event after the last one."""
        if self.sound + len(self.tail) == self.last:
            self.tail.append((lamport, tick, id))
        self.last += 1
        self.head = id
        self.lamport = lamport
        self.changed = True

    def extend(self, events: list[tuple[int, bytes | None, bytes]]) -> None:
        """Take in (Lamport time, tick, id) of the events after the last one."""
        if not events:
            return
        if self.sound + len(self.tail) == self.last:
            self.tail.extend(events)
        self.last += len(events)
        self.lamport, _, self.head = events[-1]
        self.changed = True

    def go_to(self, last: int, lamport: int, head: bytes) -> None:
        """End with a later event. What comes before it is judged by `Clockwork.follow`."""
        self.last, self.lamport, self.head = last, lamport, head
        self.changed = True

    def prepend(self, previous: bytes | None, lamport: int, tick: bytes | None, id: bytes) -> None:
        """Take in the event before the first one; nothing here can be sound yet."""
        self.tail.appendleft((lamport, tick, id))
        self.first -= 1
        self.sound -= 1
        self.previous = previous
        self.changed = True

    def row(self) -> tuple[object, ...]:
        return (
            self.number, self.chain.number, self.parent, self.previous, self.first, self.last,
            self.head, self.lamport, int(self.rooted), self.sound, self.sound_lamport, self.awaits,
        )  # fmt: skip


class Chain:
    """The events of one device in one lane of one community. `top` goes furthest."""

    __slots__ = (
        "changed", "community", "device", "extra", "fork_high", "fork_low", "forked", "lane",
        "number", "runs", "stated_acts", "top",
    )  # fmt: skip

    def __init__(self, number: int, community: bytes, device: bytes, lane: int) -> None:
        self.number = number
        self.community = community
        self.device = device
        self.lane = lane
        self.extra = 0
        self.forked: int | None = None
        self.fork_low: bytes | None = None
        self.fork_high: bytes | None = None
        self.stated_acts: bytes | None = None
        self.runs: list[Run] = []
        self.top: Run | None = None
        self.changed = False

    def covering(self, sequence: int) -> list[Run]:
        """The runs that hold an event at this place."""
        return [run for run in self.runs if run.first <= sequence <= run.last]

    def children(self, run: Run) -> list[Run]:
        return [child for child in self.runs if child.parent == run.number]

    def row(self) -> tuple[object, ...]:
        return (
            self.number, self.community, self.device, self.lane, self.extra, self.forked,
            self.fork_low, self.fork_high, self.stated_acts,
        )  # fmt: skip
