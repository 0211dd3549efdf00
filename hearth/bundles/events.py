"""Events of a bundle on their way into the log: many at a time, and where that fails one by one.

Blocks wait until there are `AT_ONCE` bytes or `MOST` events, or something else comes. Then they go
into the tables as they are, in one commit, if they do nothing but lengthen chains. If there is more
to them, or no room for them, or something is wrong with one, the same blocks are read again, and
the importer looks at each of their events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearth.store import erasures
from hearth.store.bulk import NotSimpleError
from hearth.store.errors import NoSpaceError
from hearth.store.event import LABEL, verifies
from hearth.store.header import Lane
from hearth.store.incoming import Incoming, read
from hearth.store.nogc import nogc
from hearth.sync.blocks import Blocks, count_of
from hearth.sync.intake import BadEventsError
from hearth.sync.packing import OverLimitError, PeerError

if TYPE_CHECKING:
    from hearth.sync.intake import Intake, Summary
    from hearth.sync.store_replica import StoreReplica

MAX_BLOCK: Final = 1 << 18
AT_ONCE: Final = 8 << 20
MOST: Final = 1 << 16
"""Events in one commit. Nobody else can write meanwhile: a second here, several on a small
computer; others wait ten (`database.PATIENCE_MS`)."""
LOOKED_AT: Final = 1 << 12
"""Events that the importer looks at in one commit."""
UNPROVED: Final = 1 << 10
"""Events that may wait for a later one to prove them."""


class EventIntake:
    """Takes in the events of one bundle. `add` each block, `flush` before anything else, and `end`
    where the bundle ends whole."""

    def __init__(
        self, replica: StoreReplica, intake: Intake, summary: Summary, community: bytes
    ) -> None:
        self._replica = replica
        self._intake = intake
        self._summary = summary
        self._community = community
        self._lane = 0
        self._bodies: list[bytes] = []
        self._size = self._events = 0
        self._blocks: dict[int, Blocks] = {}
        self._unproved: dict[int, list[Incoming]] = {}

    def add(self, lane: int, body: bytes) -> None:
        """The next block. Raises PeerError, NoSpaceError."""
        if len(body) > MAX_BLOCK:
            raise OverLimitError(f"a block of {len(body)} bytes, the limit is {MAX_BLOCK}")
        if lane != self._lane:
            self.flush()
            self._lane = lane
        self._bodies.append(body)
        self._size += len(body)
        self._events += count_of(body)
        if self._size >= AT_ONCE or self._events >= MOST:
            self.flush()

    def flush(self) -> None:
        """Take in what waits. Raises PeerError, CorruptError."""
        bodies, self._bodies = self._bodies, []
        self._size = self._events = 0
        if not bodies or not self._intake.may_take(0):
            return
        lane = self._lane
        blocks = self._blocks.get(lane) or Blocks(self._community, lane)
        if lane != Lane.CONTROL and not self._unproved.get(lane):
            self._blocks[lane] = ahead = blocks.copy()
            try:
                with nogc():
                    coming = map(ahead.read, bodies)
                    count = self._replica.lengthen(self._community, lane, coming)
            except (NotSimpleError, PeerError, NoSpaceError):
                pass  # what can be taken in is, below; or the same error comes again
            else:
                self._summary.events_in += count
                return
        self._blocks[lane] = blocks
        self._look_at(lane, blocks, bodies)

    def end(self) -> None:
        """Nothing more comes. Raises PeerError, for events that nothing proves among others."""
        self.flush()
        for lane, unproved in self._unproved.items():
            self._unproved[lane] = []
            if unproved:
                self._intake.take_read(self._community, lane, unproved)

    def _look_at(self, lane: int, blocks: Blocks, bodies: list[bytes]) -> None:
        try:
            for body in bodies:
                block = blocks.read(body)
                records = zip(block.headers, block.signatures, block.payloads, strict=True)
                self._unproved.setdefault(lane, []).extend(read(*record) for record in records)
                if len(self._unproved[lane]) >= LOOKED_AT:
                    self._take(lane)
        finally:
            self._take(lane)

    def _take(self, lane: int) -> None:
        """Have the importer take in all that is proved; the rest waits for what proves it.

        In a lane that is read in the order in which events were made, there may be any number of
        chains at the end of a block, and of each the last event may be one that the next proves."""
        named: set[tuple[bytes, bytes | None]] = set()
        ready: list[Incoming] = []
        waiting: list[Incoming] = []
        for event in reversed(self._unproved.get(lane, [])):
            chain = event.fields.chain
            if (chain, event.id) in named or _signed(event):
                named.add((chain, event.fields.previous))
                ready.append(event)
            else:
                waiting.append(event)
        if len(waiting) > UNPROVED:
            raise BadEventsError("the bundle has too many events with a wrong signature")
        self._unproved[lane] = waiting[::-1]
        if ready:
            self._intake.take_read(self._community, lane, ready[::-1])


def _signed(event: Incoming) -> bool:
    """Whether its own signature verifies, which is noted."""
    if verifies(event.header[38:70], LABEL, event.header, event.signature):
        event.flags |= erasures.VERIFIED
        return True
    return False
