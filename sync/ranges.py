"""The fourth rung of a session: sets that cannot be listed, or whose listing was not enough.

A lane is told as a list of its chains, which costs a few bytes a chain and one flight. That fails
in two ways. There may be too many chains, or too tangled ones, for one message. And what was listed
may not have been enough: tags of two devices or ids that are the same in this session, branches
that could not be placed, a peer that tells nonsense. Then both sides compare sets of 32-byte items
by ranges (`reconcile`), which costs some round trips and about a kilobyte per difference, and
nothing that grows with what is the same on both sides.

    which set          when                                    what follows
    entries of chains  both have too many chains to list       the chains that differ are told
    ids of events      rounds ended, the lane still differs    what the other lacks is sent
    ids of slots       both have too many slots to list        what the other lacks is sent

**Entries.** An entry is what of a chain enters the lane's digest. Its item says whose chain it is
and in which state:

    item of a chain = timestamp 0, id = H(device, 16) ‖ H(entry, 16)

so the two states of a chain that has grown on one side stand next to each other, in one range, and
the first 6 bytes of an id are the tag of the device. What the leader learns is whose chains differ;
those are then told as ever (`telling`), in parts.

**Ids.** The timestamp of an event is its Lamport time, that of a slot its counter. The leader sends
what the other lacks, and asks for what it lacks by the first 8 bytes of ids. Nothing of this
depends on tags or on what the other may have told of its chains.

One side *leads*: it is the initiator, and learns what differs. Which one does is decided by the
hellos (`company`). A reconciliation of a session ends with a message of the leader that has no
ranges, or, from either side, with an empty one: "no more of this". That is said, too, when enough
has been found for now: the next round, or session, finds the rest. Memory: 42 bytes an item while a
lane is compared, one lane after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hearth.store.event import LABEL, verifies
from hearth.store.served import Served
from hearth.sync.delta import Salt
from hearth.sync.fingerprints import Storage
from hearth.sync.judging import Task
from hearth.sync.messages import MAX_NEEDS
from hearth.sync.negentropy_message import VERSION
from hearth.sync.paged_items import PagedItems
from hearth.sync.reconcile import Initiator, Limits, Responder
from hearth.sync.replica import Replica

FRAME: Final = 1 << 19
"""The longest message of a reconciliation in a session, either way."""
LIMITS: Final = Limits(frame=FRAME, message=FRAME, ids=MAX_NEEDS, rounds=128)
MAX_DIFFERENT: Final = 1 << 16
"""With so many chains, events or slots found on one side, a reconciliation is broken off."""
MAX_FOUND: Final = MAX_DIFFERENT + MAX_NEEDS
"""So many are found on one side at most: the message that brings the last ones brings more."""
NO_RANGES: Final = bytes((VERSION,))
NO_MORE: Final = b""


class Ranges:
    """One set of ours while it is compared with the peer's.

        leader      opening ─> receive, a reply ─> … ─> receive, a reply that ends ─> over
        follower    receive, a reply ─> … ─> receive, no reply ─> over

    `make`: the set, made when it is first needed and dropped when this is over. `size`: so much of
    each id is kept of what differs; `limit`: so many differences either way are enough.
    """

    def __init__(self, make: Callable[[], Storage], *, leads: bool, size: int, limit: int) -> None:
        self.over = False
        self.complete = False
        """Whether it came to its end."""
        self.begun = False
        """Whether the peer has said anything about what it has."""
        self.have: set[bytes] = set()
        """Beginnings of ids that the peer lacks, as far as we lead."""
        self.need: set[bytes] = set()
        """Beginnings of ids that we lack, as far as we lead."""
        self._make = make
        self._size = size
        self._leads = leads
        self._limit = limit
        self._initiator: Initiator | None = None
        self._responder: Responder | None = None

    def opening(self) -> bytes:
        """The leader's first message."""
        self._initiator = Initiator(self._make(), LIMITS)
        return self._initiator.start()

    def stop(self) -> bytes:
        """Go on with this no further; what to say."""
        self._finish(complete=False)
        return NO_MORE

    def receive(self, data: bytes) -> bytes | None:
        """What to answer; None: nothing. Raises ReconcileError for what may not come."""
        if data == NO_MORE:
            self._finish(complete=False)
            return None
        self.begun = True
        return self._lead(data) if self._leads else self._follow(data)

    def _lead(self, data: bytes) -> bytes:
        assert self._initiator is not None
        reply, have, need = self._initiator.receive(data)
        self.have.update(id[: self._size] for id in have)
        self.need.update(id[: self._size] for id in need)
        if max(len(self.have), len(self.need)) >= self._limit and reply is not None:
            return self.stop()
        if reply is None:
            self._finish(complete=True)
            return NO_RANGES
        return reply

    def _follow(self, data: bytes) -> bytes | None:
        if data == NO_RANGES:
            self._finish(complete=True)
            return None
        if self._responder is None:
            self._responder = Responder(self._make(), LIMITS)
        return self._responder.receive(data)

    def _finish(self, *, complete: bool) -> None:
        self.over, self.complete = True, complete
        self._initiator = self._responder = None


def entries(replica: Replica, salt: Salt, community: bytes, lane: int) -> Storage:
    """The chains of a lane, as items."""
    made = [
        salt.hash(device, 16) + salt.hash(entry, 16)
        for device, entry in replica.entries(community, lane)
    ]
    made.sort()
    return PagedItems((0, id) for id in made)


def ids(replica: Replica, community: bytes, lane: int) -> Storage:
    """The events of a lane, or the slots, as items."""
    return PagedItems(replica.ids(community, lane))


def tasks(
    replica: Replica, community: bytes, lane: int, wanted: Iterable[bytes], *, complete: bool
) -> list[Task]:
    """What to send, so that events whose ids begin so arrive: what is later in a chain first, for
    it may be all that proves the earlier. `complete`: whether these are all that the peer lacks.
    If not, what would prove a stretch may be missing, and its end is left out until it is proved.
    """
    places: dict[tuple[bytes, int], list[tuple[int, bytes]]] = {}
    for beginning in wanted:
        for place in replica.find(community, lane, beginning):
            places.setdefault((place.device, place.run), []).append((place.sequence, place.id))
    found = []
    for (device, run), events in places.items():
        for stretch in _stretches(sorted(events)):
            proved = stretch if complete else _proved(replica, device, run, stretch)
            if proved:
                first, (last, end) = proved[0][0], proved[-1]
                found.append(Task(device, run, first, last, end, False, False))
    return sorted(found, key=lambda task: (-task.first, task.device))


def _stretches(events: list[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """Events of one run, cut where one is missing."""
    begin = 0
    for at in range(1, len(events) + 1):
        if at == len(events) or events[at][0] != events[at - 1][0] + 1:
            yield events[begin:at]
            begin = at


def _proved(
    replica: Replica, device: bytes, run: int, stretch: list[tuple[int, bytes]]
) -> list[tuple[int, bytes]]:
    """The stretch up to the last event whose own signature verifies."""
    while stretch:
        at = stretch[-1][0]
        if any(_verifies(device, each) for each in replica.read(run, at, at)):
            break
        stretch = stretch[:-1]
    return stretch


def _verifies(device: bytes, record: Served) -> bool:
    return bool(record.verified or verifies(device, LABEL, record.header, record.signature))
