"""What a session asks of a node: the seam between talking and holding.

A session knows no database, and a replica knows no messages. Everything here is about one peer
at a time, and only about what that peer may have: a replica never names a community or a lane
that its `Grant` does not allow, and takes nothing in that the grant does not either.

Whatever is taken in is durable when the call returns, or nothing of it is: one commit per call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from hearth.store.anchors import Anchor
from hearth.store.import_report import ImportReport
from hearth.store.incoming import Incoming
from hearth.store.served import Chain, Run, Served
from hearth.store.slots import Slot
from hearth.sync.declining import Over
from hearth.sync.messages import SLOTS, Reason, What

if TYPE_CHECKING:
    from hearth.store.batch import Transaction


def _everybody(device: bytes, lane: int) -> bool:
    return True


def _nothing(id: bytes) -> bool:
    return False


class Quotas(NamedTuple):
    """How many bytes of events are held: of a device, and of all of a community; None: no limit.

    Which lanes count, and how: `quotas`.
    """

    device: int | None = None
    community: int | None = None


NO_QUOTAS: Final = Quotas()


def _unlimited(device: bytes) -> Quotas:
    return NO_QUOTAS


def _proves_nothing(event: Incoming) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Grant:
    """What one peer may have of a community, and what is taken from it.

    `lanes`: those of `Lane`, and `SLOTS`. `admits`: whether events that this device wrote in this
    lane (`SLOTS`: its slots) are taken in; `proves`: whether an event of a device that is not
    admitted opens the way for what has come of it. `serves`: whether the object with this id may
    be given to the peer in this community; knowing an id opens nothing. `gives`: whether objects
    and payloads are given at all. `quotas`: by a device, the limits for what it wrote. `anchors`:
    what its checkpoints in force name; asked again when control events have come.
    """

    lanes: frozenset[int] = frozenset(range(SLOTS + 1))
    admits: Callable[[bytes, int], bool] = _everybody
    serves: Callable[[bytes], bool] = _nothing
    proves: Callable[[Incoming], bool] = _proves_nothing
    gives: bool = True
    quotas: Callable[[bytes], Quotas] = _unlimited
    anchors: Callable[[], Iterable[Anchor]] = tuple


Access = Callable[[bytes], Mapping[bytes, Grant]]
"""By a peer's device: the communities that both hold and it may be served, and how far."""

Wants = Callable[[bytes], Iterable[tuple[What, bytes]]]
"""By a community: what this node wants of it, the most urgent first."""


class Mark(NamedTuple):
    """A moment at which a peer's lanes and ours were equal: a hint, never believed.

    `token` names what both held; `arrival` is our arrival number then.
    """

    token: bytes
    arrival: int


class Taken(NamedTuple):
    """What became of events: the importer's report, how many the grant refused, and whose; of which
    devices there were too many, and how many events that were."""

    report: ImportReport
    foreign: int
    foreigners: frozenset[bytes] = frozenset()
    over: Sequence[Over] = ()
    declined: int = 0


class Place(NamedTuple):
    """Where an event is held."""

    device: bytes
    run: int
    sequence: int
    id: bytes


class Receipts(Protocol):
    """What a node tells of what it has come to hold, during a session with one peer."""

    def came(self, community: bytes, devices: Iterable[bytes]) -> None:
        """The peer has brought something in the lane chat that these devices wrote."""

    def arrived(self, tx: Transaction, first: int, last: int) -> None:
        """Events of the lane emergency have come with these arrival numbers, both inclusive."""

    def state(self, community: bytes) -> Sequence[Slot]:
        """State by now what has come: one commit. The statements that are new."""


class Replica(Protocol):
    """A node's holdings as one peer may see them."""

    def grants(self) -> Mapping[bytes, Grant]:
        """The communities, and how far they are open; asked once, at the beginning."""

    def digest(self, community: bytes, lane: int) -> bytes:
        """32 bytes: equal where the same events (`SLOTS`: slots) are held, branches too."""

    def arrival(self) -> int:
        """The arrival number of the newest event here."""

    def chains(self, community: bytes, lane: int) -> list[Chain]:
        """The chains of a lane, by device."""

    def devices(self, community: bytes, lane: int) -> Iterator[bytes]:
        """The devices that have chains in a lane."""

    def arrived(
        self, community: bytes, lane: int, after: int, until: int
    ) -> Iterable[tuple[bytes, int, int, int]]:
        """Device, run, first and last sequence of what arrived after a number, until another."""

    def entries(self, community: bytes, lane: int) -> Iterator[tuple[bytes, bytes]]:
        """Of each chain of a lane, by device: the device, and what of it enters the digest."""

    def ids(self, community: bytes, lane: int) -> Iterator[tuple[int, bytes]]:
        """Lamport time and id of every event of a lane (`SLOTS`: counter and id of every slot),
        ascending."""

    def find(self, community: bytes, lane: int, beginning: bytes) -> list[Place]:
        """The events of a lane whose ids begin with these 8 bytes."""

    def runs(self, community: bytes, lane: int, device: bytes) -> dict[int, Run]:
        """The runs of one chain, by number."""

    def id_at(self, run: Run, sequence: int) -> bytes:
        """The id of the event at a place of a run, as `chains` gives it now."""

    def ids_at(self, community: bytes, lane: int, device: bytes, sequence: int) -> list[bytes]:
        """The ids of all events at a place of a chain: several where it has forked."""

    def read(self, run: int, first: int, last: int) -> Iterator[Served]:
        """The events of a run between two places, in pages."""

    def proof(self, community: bytes, lane: int, device: bytes) -> bytes | None:
        """The portable proof that a chain has forked, if there is one."""

    def full(self) -> bool:
        """Whether there is no room here for anything, so that nothing need be sent."""

    def take(self, community: bytes, lane: int, events: Sequence[Incoming]) -> Taken:
        """Take events in: one commit. Raises NoSpaceError and DiskError, and then took none."""

    def over(self, community: bytes, lane: int) -> Sequence[Over]:
        """Devices of which nothing more is taken in a lane, as earlier sessions found."""

    def slots(self, community: bytes) -> Iterable[Slot]:
        """The slots that count."""

    def take_slots(self, community: bytes, statements: Sequence[tuple[bytes, bytes]]) -> int:
        """Take slots in: one commit. How many count now. Raises what is wrong with one."""

    def receipts(self, community: bytes) -> Sequence[Slot]:
        """State what has come in this session, if that is stated: one commit. What is new of it."""

    def wants(self, community: bytes, limit: int) -> list[tuple[What, bytes]]:
        """What is wanted and not here."""

    def size(self, community: bytes, what: What, id: bytes) -> int:
        """How many bytes `give` would give; 0 if none."""

    def give(self, community: bytes, what: What, id: bytes) -> bytes | Reason:
        """An object or payload that the peer may have, or why not."""

    def keep(self, community: bytes, got: Sequence[tuple[What, bytes, bytes]]) -> int:
        """Keep what was wanted and is proved: one commit. How many were new."""

    def begun(self, community: bytes, ids: Iterable[bytes]) -> Mapping[bytes, int]:
        """How much of these objects earlier sessions brought, as far as this peer may go on."""

    def beginning(self, community: bytes, id: bytes) -> bytes:
        """What they brought of one object; it may be less, or more, than it was."""

    def begin(self, community: bytes, id: bytes, at: int, data: bytes) -> None:
        """Keep bytes of an object from an offset on, of which the rest is to come: one commit."""

    def spoil(self, community: bytes, id: bytes) -> None:
        """An object was not what it should be as it was gone on with: one commit."""

    def marks(self, community: bytes) -> list[Mark]:
        """When this peer and we last agreed, the newest first; two at most."""

    def remember(self, community: bytes, token: bytes) -> None:
        """Note that this peer and we agree now."""
