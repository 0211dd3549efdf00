"""What a session sends of its events and slots: what is urgent first, then by lane.

Proofs of forks go before everything, then control, emergency, and the other lanes; slots last.
Messages are made when they are asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from hearth.store.header import Lane
from hearth.store.nogc import nogc
from hearth.store.slots import Slot
from hearth.sync.company import Key
from hearth.sync.declining import MAX_DECLINES, Decline
from hearth.sync.delta import DEVICE_TAG, ID_TAG, Salt
from hearth.sync.intake import Summary
from hearth.sync.judging import Task
from hearth.sync.messages import BEGINNING, Events, Listing, Message, Proofs, Slots
from hearth.sync.outflow import Outflow
from hearth.sync.packing import MessageError, OverLimitError
from hearth.sync.replica import Replica

URGENT: Final = (Lane.CONTROL, Lane.EMERGENCY)
"""Lanes that go on the urgent channel."""

FIRST_FRAME: Final = 1 << 14
"""Bytes that the first frame of events is to have; each may have twice as many as the one before.
So on a line that is slow, and keeps being cut, every meeting brings something."""


class Sending:
    """The outgoing half. `communities`: by their places; `frame`: the longest the peer takes.

    `open`: whether anything is sent; what is added while it is not is forgotten.
    """

    def __init__(
        self,
        replica: Replica,
        salt: Salt,
        summary: Summary,
        communities: list[bytes],
        frame: int,
        *,
        open: bool = True,
    ) -> None:
        self.open = open
        self._replica = replica
        self._salt = salt
        self._summary = summary
        self._communities = communities
        self._frame = frame
        self._aim = FIRST_FRAME
        self._proofs: deque[tuple[Key, bytes]] = deque()
        self._cleared = False
        self._outflows: dict[Key, Outflow] = {}
        self._slots: deque[tuple[int, Iterator[Slot]]] = deque()
        self._declined: set[tuple[Key, bytes]] = set()

    def add(self, key: Key, tasks: Iterable[Task]) -> None:
        """Send these events of a lane."""
        if not self.open:
            return
        lane, place = key
        outflow = self._outflows.get(key)
        if outflow is None:
            outflow = Outflow(self._replica, self._salt, self._communities[place], lane)
            self._outflows[key] = outflow
        outflow.add(task for task in tasks if (key, task.device) not in self._declined)

    def decline(self, told: Decline) -> None:
        """The peer takes no more of a device in a lane. Raises OverLimitError."""
        key, device = (told.lane, told.community), told.over.device
        self._declined.add((key, device))
        if len(self._declined) > MAX_DECLINES:
            raise OverLimitError(f"more than {MAX_DECLINES} chains are declined")
        self._summary.over_at_peer.add((self._communities[told.community], told.over))
        if key in self._outflows:
            self._outflows[key].drop(device)

    def add_proof(self, key: Key, device: bytes) -> None:
        """Send the proof that this device's chain has forked, if it is portable."""
        if self.open:
            self._proofs.append((key, device))

    def add_fresh(self, key: Key, after: int, until: int) -> None:
        """Send what has arrived in a lane meanwhile; nothing is assumed of what the peer has."""
        lane, place = key
        community = self._communities[place]
        for device, number, first, last in self._replica.arrived(community, lane, after, until):
            run = self._replica.runs(community, lane, device)[number]
            end = self._replica.id_at(run, last)
            self.add(key, [Task(device, number, first, last, end, False, False)])

    def listing(
        self, place: int, limit: int, only: Collection[bytes] | None = None
    ) -> Listing | None:
        """The slots of a community, as they are told; None if there are more than `limit`.

        `only`: none but those with these tags."""
        entries: list[tuple[bytes, int, bytes]] = []
        for slot in self._replica.slots(self._communities[place]):
            tag = self._slot_tag(slot)
            if only is None or tag in only:
                if len(entries) == limit:
                    return None
                entries.append((tag, slot.counter, self._salt.id(slot.id)))
        return Listing(place, tuple(entries))

    def add_slots(self, told: Listing) -> None:
        """Send the slots that whoever told this has not, or has as they were before."""
        theirs = {tag: (counter, id) for tag, counter, id in told.entries}

        def missing(slot: Slot) -> bool:
            counter, id = theirs.get(self._slot_tag(slot), (0, bytes(ID_TAG)))
            if slot.counter == counter:
                return self._salt.id(slot.id) != id
            return slot.counter > counter

        self._add_slots(told.community, missing)

    def add_slots_by_id(self, place: int, beginnings: Collection[bytes]) -> None:
        """Send the slots whose ids begin so."""
        self._add_slots(place, lambda slot: slot.id[:BEGINNING] in beginnings)

    def stated(self, place: int, slots: Sequence[Slot]) -> Iterator[Slots]:
        """Messages with slots that have just been stated here, so that the other has none of them;
        none of them where nothing is sent."""
        if slots and self.open:
            self._summary.slots_out += len(slots)
            for slot in slots:
                yield Slots(place, ((slot.statement, slot.signature),))

    def _add_slots(self, place: int, which: Callable[[Slot], bool]) -> None:
        if not self.open:
            return
        slots = self._replica.slots(self._communities[place])
        self._slots.append((place, filter(which, slots)))

    def clear(self) -> None:
        """The peer takes no more. Raises MessageError if it has said so already."""
        if self._cleared:
            raise MessageError("a refusal that was heard already")
        self._cleared = True
        self.open = False
        self._outflows.clear()
        self._slots.clear()

    def next_urgent(self) -> Message | None:
        """A proof, or events of an urgent lane."""
        while self._proofs:
            (lane, place), device = self._proofs.popleft()
            proof = self._replica.proof(self._communities[place], lane, device)
            if proof is not None:
                return Proofs(place, (proof,))
        return self._next_events(key for key in sorted(self._outflows) if key[0] in URGENT)

    def next_ordinary(self) -> Message | None:
        """Events of another lane, or slots."""
        return self._next_events(sorted(self._outflows)) or self._next_slots()

    def _next_events(self, keys: Iterable[Key]) -> Events | None:
        for key in list(keys):
            outflow = self._outflows[key]
            with nogc():
                count, frame = outflow.frame(self._frame, self._aim)
            self._aim = min(2 * self._aim, self._frame)
            if not outflow:
                del self._outflows[key]
            if count:
                self._summary.events_out += count
                return Events(key[1], key[0], frame)
        return None

    def _next_slots(self) -> Slots | None:
        while self._slots:
            place, slots = self._slots[0]
            statements: list[tuple[bytes, bytes]] = []
            size = 0
            for slot in slots:
                statements.append((slot.statement, slot.signature))
                size += len(slot.statement) + 64
                if size > self._frame // 2:
                    break
            else:
                self._slots.popleft()
            if statements:
                self._summary.slots_out += len(statements)
                return Slots(place, tuple(statements))
        return None

    def _slot_tag(self, slot: Slot) -> bytes:
        return self._salt.hash(slot.device + slot.kind.to_bytes(4, "big") + slot.name, DEVICE_TAG)
