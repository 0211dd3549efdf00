"""What a session takes in: events, proofs of forks and slots, and when it stops.

Each message is one commit. What an honest node cannot have passed on ends the session; what this
node has no room for is refused, once, and the session goes on giving.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hearth.store.budget import OverBudgetError
from hearth.store.errors import CorruptError, NewerFormatError, NoSpaceError
from hearth.store.forks import Fork, ForkProofError, read_proof
from hearth.store.header import Lane
from hearth.store.incoming import Incoming, devices, read
from hearth.store.nogc import nogc
from hearth.sync.declining import MAX_DECLINES, Decline, Over
from hearth.sync.delta import Salt, decode
from hearth.sync.messages import Refusal, Refuse
from hearth.sync.packing import OverLimitError, PeerError
from hearth.sync.replica import Replica

MAX_USELESS: Final = 256
"""Messages of events, proofs or slots in a row in which there is nothing new."""

MAX_BARE: Final = 1 << 15
"""Proofs in a session that are about control events, which come apart from them."""


class BadEventsError(PeerError, code="bad-events"):
    """Events, proofs or slots that no honest node would have passed on."""


class RepetitionError(PeerError, code="peer-repeats"):
    """The peer sends again and again what is here."""


@dataclass(slots=True)
class Summary:
    """What a session did, for people and scripts. Events, slots and objects, in and out."""

    events_in: int = 0
    events_out: int = 0
    duplicates: int = 0
    slots_in: int = 0
    slots_out: int = 0
    objects_in: int = 0
    objects_out: int = 0
    rounds: int = 0
    unplaced: int = 0
    """Events that could not be placed by their tags (a fork was found)."""
    foreign: int = 0
    """Events that the grant does not admit."""
    declined: int = 0
    """Events that could not be held: of a later format, or over a quota."""
    equal: set[bytes] = field(default_factory=set)
    """The communities that were equal when last compared."""
    unequal: set[bytes] = field(default_factory=set)
    narrow: set[bytes] = field(default_factory=set)
    """The communities of which the peer shows less than this node would."""
    apart: set[bytes] = field(default_factory=set)
    """The communities of which the peer shows nothing, though this node would give it something."""
    control_only: set[bytes] = field(default_factory=set)
    """The communities of which nothing but the control lane is shared in this session."""
    refused: Refuse | None = None
    """Why this node stopped taking."""
    refused_by_peer: Refuse | None = None
    over: set[tuple[bytes, Over]] = field(default_factory=set)
    """By community: devices of which this node took no more, for their quota or the community's."""
    over_at_peer: set[tuple[bytes, Over]] = field(default_factory=set)


class Intake:
    """Takes in what one peer sends. `open`: whether it and this node agreed that it gives.

    `learnt`: whether anything was new since it was last set to False. `patient`: whether what is
    here may be sent again without end, and proofs about what is not taken from its author: a file
    has an end, and was not told what its reader takes.
    """

    def __init__(
        self,
        replica: Replica,
        salt: Salt,
        summary: Summary,
        frame: int,
        budget: int | None,
        *,
        patient: bool = False,
    ) -> None:
        self.open = False
        self.learnt = False
        self._replica = replica
        self._salt = salt
        self._summary = summary
        self._frame = frame
        self._budget = budget
        self._patient = patient
        self._bytes = 0
        self._useless = 0
        self._bare = 0
        self._known: dict[tuple[bytes, int], _KnownLane] = {}
        self._unsaid: list[Refuse | Decline] = []
        self._declined: set[tuple[bytes, int, bytes]] = set()
        self._to_decline: list[tuple[bytes, int, Over]] = []

    def take_events(self, community: bytes, lane: int, frame: bytes) -> None:
        """A frame of events. Raises PeerError."""
        if len(frame) > self._frame:
            raise OverLimitError(f"a frame of {len(frame)} bytes, the limit is {self._frame}")
        if not self.may_take(len(frame)):
            return
        known = self._known.get((community, lane))
        if known is None:
            known = _KnownLane(self._replica, self._salt, community, lane)
            self._known[community, lane] = known
        with nogc():
            decoded = decode(community, lane, frame, known)
            self._summary.unplaced += decoded.unplaced
            foreigners = self._take(community, lane, decoded.events)
        known.add(devices(decoded.events) - foreigners)

    def take_read(self, community: bytes, lane: int, events: list[Incoming]) -> None:
        """Events that have been read already: one commit. Raises PeerError."""
        if self.may_take(0):
            self._take(community, lane, events)

    def take_proofs(
        self, community: bytes, lanes: Collection[int], proofs: Sequence[bytes]
    ) -> None:
        """Proofs of forks: the events in them are taken in. Raises PeerError."""
        if not proofs:
            self._note(new=False)
        for proof in proofs:
            try:
                fork = read_proof(proof)
            except ForkProofError as error:
                raise BadEventsError(f"the peer sends a bad proof: {error.message}") from error
            if fork.community != community or fork.lane not in lanes:
                if self._patient and fork.community == community:
                    continue
                raise BadEventsError("the peer sends a proof about something else")
            if self.may_take(len(proof)):
                events = _alone(fork)
                if events:
                    self._take(community, fork.lane, events)
                else:
                    self._bare += 1
            if self._bare > MAX_BARE:
                raise RepetitionError("the peer sends proofs without end")

    def take_slots(self, community: bytes, statements: Sequence[tuple[bytes, bytes]]) -> None:
        """Slots. Raises PeerError."""
        if not self.may_take(sum(len(statement) for statement, _ in statements)):
            return
        try:
            count = self._replica.take_slots(community, statements)
        except NoSpaceError as full:
            self.refuse_for(full)
            return
        except (CorruptError, NewerFormatError) as error:
            raise BadEventsError(f"the peer sends bad slots: {error.message}") from error
        self._summary.slots_in += count
        self._note(new=count > 0)

    def may_take(self, size: int) -> bool:
        """Count so many bytes; whether what they hold may be taken in."""
        self._bytes += size
        if self._budget is not None and self._bytes > self._budget:
            self._refuse(Refusal.SESSION, self._budget)
        return self.open and self._summary.refused is None

    def foresee(self, community: bytes, lane: int) -> None:
        """Decline what would be declined, as earlier sessions have shown, before it comes."""
        if self.open:
            self._decline(community, lane, self._replica.over(community, lane))

    def replies(self, communities: Sequence[bytes]) -> list[Refuse | Decline]:
        """What the peer is still to be told; `communities` by their places."""
        unsaid, self._unsaid = self._unsaid, []
        declined, self._to_decline = self._to_decline, []
        return unsaid + [Decline(communities.index(of), lane, over) for of, lane, over in declined]

    def _decline(self, community: bytes, lane: int, over: Iterable[Over]) -> None:
        for each in over:
            self._summary.over.add((community, each))
            chain = (community, lane, each.device)
            if chain not in self._declined and len(self._declined) < MAX_DECLINES:
                self._declined.add(chain)
                self._to_decline.append((community, lane, each))

    def _refuse(self, why: Refusal, limit: int) -> None:
        if self._summary.refused is None:
            self._summary.refused = Refuse(why, limit)
            self._unsaid.append(self._summary.refused)

    def refuse_for(self, error: NoSpaceError) -> None:
        """There is no room: take no more from here on."""
        over = isinstance(error, OverBudgetError)
        self._refuse(Refusal.BUDGET if over else Refusal.NO_SPACE, 0)

    def _take(self, community: bytes, lane: int, events: list[Incoming]) -> frozenset[bytes]:
        """Take events in; the devices of which nothing is taken."""
        try:
            taken = self._replica.take(community, lane, events)
        except NoSpaceError as full:
            self.refuse_for(full)
            return frozenset(devices(events))
        report = taken.report
        self._summary.events_in += report.accepted
        self._summary.duplicates += report.duplicate
        self._summary.foreign += taken.foreign
        self._summary.declined += report.refused + taken.declined
        self._decline(community, lane, taken.over)
        for error in report.refusals:
            if isinstance(error, CorruptError):
                raise BadEventsError(f"the peer sends bad events: {error.message}")
        self._note(new=report.accepted > 0)
        return taken.foreigners | {each.device for each in taken.over}

    def _note(self, *, new: bool) -> None:
        """Count what brings nothing. Raises RepetitionError where there is no end of it."""
        self.learnt = self.learnt or new
        self._useless = 0 if new else self._useless + 1
        if self._useless > MAX_USELESS and not self._patient:
            raise RepetitionError("the peer sends again and again what is here")


def _alone(fork: Fork) -> list[Incoming]:
    """The events of a proof that can be taken in as they come, without their payloads.

    Those of the control lane cannot; they follow, as events that are missing here do.
    """
    events = [read(*record, None) for record in fork.records]
    if fork.lane != Lane.CONTROL:
        return events
    return [event for event in events if event.fields.payload_hash is None]


class _KnownLane:
    """One lane here, as `delta.decode` looks it up: whose chain a tag means, and which event. Lives
    as long as a session."""

    def __init__(self, replica: Replica, salt: Salt, community: bytes, lane: int) -> None:
        self._replica = replica
        self._salt = salt
        self._community = community
        self._lane = lane
        self._devices: dict[bytes, bytes | None] = {}
        self._all: set[bytes] = set()
        self.add(replica.devices(community, lane))

    def add(self, devices: Iterable[bytes]) -> None:
        """These devices have chains here now."""
        for device in set(devices) - self._all:
            self._all.add(device)
            tag = self._salt.device(device)
            self._devices[tag] = None if tag in self._devices else device

    def device(self, tag: bytes) -> bytes | None:
        return self._devices.get(tag)

    def previous(self, device: bytes, sequence: int, tag: bytes) -> bytes | None:
        ids = self._replica.ids_at(self._community, self._lane, device, sequence)
        found = [id for id in ids if self._salt.id(id) == tag]
        return found[0] if len(found) == 1 else None
