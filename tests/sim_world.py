"""The world of the simulator: a clock, a queue of what is to happen, and one seed for it all.

Nothing here waits, and nothing is asked of the real clock or of real chance: two runs of one seed
do the same things in the same order. `trace` proves it: a hash over everything that was noted.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from blake3 import blake3

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_REMEMBERED = 60


class World:
    """Virtual milliseconds, from 0. `rng(name)`: chance of its own for each part of the world, so
    that one part asking for more of it leaves the others as they are."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.now = 0
        self.happened = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._queued = 0
        self._hash = blake3()
        self.last: deque[str] = deque(maxlen=_REMEMBERED)

    def rng(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name}")

    def at(self, when: int, call: Callable[[], None]) -> None:
        """Do this then; what was queued first for one moment is done first."""
        self._queued += 1
        heappush(self._queue, (max(when, self.now), self._queued, call))

    def after(self, delay: int, call: Callable[[], None]) -> None:
        self.at(self.now + delay, call)

    def run(self, until: int) -> None:
        """Let everything happen that is due until then."""
        while self._queue and self._queue[0][0] <= until:
            self.now, _, call = heappop(self._queue)
            self.happened += 1
            call()
        self.now = until

    def note(self, text: str) -> None:
        """Something has happened: it enters the trace."""
        line = f"{self.now} {text}"
        self._hash.update(line.encode() + b"\n")
        self.last.append(line)

    @property
    def trace(self) -> str:
        """Names everything noted so far; equal for two runs of a seed."""
        return self._hash.hexdigest(length=8)
