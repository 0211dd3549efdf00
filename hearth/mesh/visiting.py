"""Calling on other nodes: whom to call, in which order, and how each visit went.

A visit knocks with the doors that the two may have in common, one connection after another, until
one is answered. Where one of the two is a stranger to the other (it was admitted while the other
was away, or goes on as a new device), the first session only introduces it; if that makes it a
member, a second one follows. So it does in each further community that both belong to, as far as
is known here, and of which the peer shows nothing: a person's new device is first known in one
community, and last of all at home.

No visit raises for what a peer or a line did wrong: that is its outcome. Errors of this hearth's
own disk and keys come through.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from hearth.community import introducing as introductions
from hearth.community.access import Standing
from hearth.mesh import contact, introducing, presence
from hearth.mesh.addresses import listening, may_be_stated
from hearth.mesh.node import BOTH, IDLE, LONGEST
from hearth.mesh.peers import LAN, Peers, Place
from hearth.store.errors import Exit, HearthError
from hearth.sync.driver import PeerLeftError
from hearth.sync.errors import Code, TransportError
from hearth.sync.handshake import Handshake, HandshakeError, Reason
from hearth.sync.introducing import UnexpectedIntroductionError, door as introduction_door
from hearth.sync.messages import Flags, Refusal
from hearth.sync.opening import Door
from hearth.sync.packing import PeerError
from hearth.sync.tcp import UnreachableError, connect

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.sync.declining import Over
    from hearth.sync.driver import Peer
    from hearth.sync.intake import Summary
    from hearth.sync.meeting import Meeting

T = TypeVar("T")
Progress = Callable[["Visit", "Summary"], None]
"""Is told, during a session, of the visit so far and of what the session has done."""
_STRANGER: Final = "this hearth does not know yet that the peer was admitted"
_STRANGERS: Final = "the peer does not know yet that this hearth was admitted"
_OTHERS: Final = {Reason.CUT, Reason.NO_DOOR, Reason.OTHER_PEER, Reason.NOT_GENUINE}
"""Reasons after which another door may still be answered."""


STATED: Final = 16
"""Places that count of what one person's nodes state."""
MAX_STATED: Final = 256
"""And of what all members' nodes state."""
AT_ONCE: Final = 8
"""Places that are called at beside each other."""


class StrangersError(PeerError, code="strangers", exit_code=Exit.UNREACHABLE):
    """One of the two does not know yet that the other was admitted (exit 14)."""

    closing = Code.FAILED


class RefusedError(HearthError, code="takes-no-more"):
    """One of the two takes no more, and said why."""


_LIMITS: Final = {
    Refusal.NO_SPACE: "its disk is full",
    Refusal.BUDGET: "its store is over its budget",
    Refusal.SESSION: "the budget for one session is used up",
}


@dataclass(slots=True)
class Visit:
    """How calling at one place went. `error` None: well. Bytes are those after the handshake."""

    place: Place
    device: bytes | None = None
    error: Exception | None = None
    seconds: float = 0.0
    bytes_in: int = 0
    bytes_out: int = 0
    round_trips: int = 0
    sessions: list[Summary] = field(default_factory=list)

    def total(self, name: str) -> int:
        """A number of the sessions' summaries, added up."""
        return sum(getattr(each, name) for each in self.sessions)

    @property
    def over(self) -> set[tuple[bytes, Over]]:
        """By community: devices of which this hearth took no more, for a quota."""
        return set().union(*(each.over for each in self.sessions))

    @property
    def by_chance(self) -> bool:
        """Whether somebody on the LAN was tried, and it was nobody of ours."""
        return self.place.source == LAN and self.error is not None and self.device is None

    @property
    def refused(self) -> HearthError | None:
        """Why one of the two stopped taking in, if one did; the visit went well all the same."""
        for each in self.sessions:
            for who, refuse in (("this hearth", each.refused), ("the peer", each.refused_by_peer)):
                if refuse is not None:
                    limit = f" ({refuse.limit:,} bytes)" if refuse.limit else ""
                    return RefusedError(f"{who} takes no more: {_LIMITS[refuse.why]}{limit}")
        return None


def places(node: Node) -> list[Place]:
    """Everywhere that a fellow member may be met: remembered places, then what members state."""
    found: dict[tuple[str, int], Place] = {}
    remembered = [each.place for each in Peers(node.home.store).all()]
    for place in [*remembered, *_stated(node, remembered)]:
        found.setdefault((place.host, place.port), place)
    return [each for each in found.values() if each.device != node.home.identity.device]


def _stated(node: Node, remembered: list[Place]) -> list[Place]:
    """What current members state of their nodes: a few places of each person."""
    here = [each.host for each in remembered]
    here += [each.host for each in listening(node.home.store)]
    loopback = any(host.startswith("127.") or host in ("::1", "localhost") for host in here)
    persons: Counter[bytes] = Counter()
    found: list[Place] = []
    for each in (*node.commons.joined(), *node.commons.leaving()):
        membership = node.commons.membership(each.id)
        for place in presence.places(node.home, each.id, node.now()):
            person = membership.person_of(place.device or b"")
            if person is None or not may_be_stated(place.host, loopback=loopback):
                continue
            persons[person] += 1
            if persons[person] <= STATED and len(found) < MAX_STATED:
                found.append(place)
    return found


async def visit(
    node: Node,
    place: Place,
    flags: Flags = BOTH,
    *,
    budget: int | None = None,
    idle: float = IDLE,
    progress: Progress | None = None,
    longest: float = LONGEST,
) -> Visit:
    """Call at one place, and remember how it went. `longest`: seconds for each session."""
    outcome = Visit(place)
    begun, arrival = time.monotonic(), node.home.store.log.last_arrival()
    try:
        await _Call(node, outcome, flags, budget, idle, longest, progress).knock()
    except (TransportError, PeerError) as error:
        outcome.error = error
    outcome.seconds = time.monotonic() - begun
    remember(node, outcome, arrival)
    return outcome


def remember(node: Node, outcome: Visit, arrival: int) -> None:
    """Note who was met at a place, or why nobody was, and what they hold by now.

    `arrival` is how far the log had come when the visit began.
    """
    failure = None if outcome.error is None else str(outcome.error)
    if isinstance(outcome.error, UnreachableError):
        failure = "nobody answers"
    now, peers = node.now(), Peers(node.home.store)
    with node.home.store.batch() as batch, batch.transaction() as tx:
        if failure is None:
            peers.add(tx, outcome.place, now)
            contact.note(tx, outcome.sessions, arrival, now)
        name = node.name_of(outcome.device)
        peers.note(tx, outcome.place, now, outcome.device, name, failure)


@dataclass(frozen=True, slots=True)
class _Call:
    """A visit that goes on; the fields are `visit`'s."""

    node: Node
    outcome: Visit
    flags: Flags
    budget: int | None
    idle: float
    longest: float
    progress: Progress | None

    async def knock(self) -> None:
        """Try the doors one after another until one is answered."""
        refused: TransportError | None = None
        for door in _doors(self.node, self.outcome.place.device):
            try:
                await self._through(door)
            except HandshakeError as error:
                if error.reason not in _OTHERS:
                    raise
                refused = error
                continue
            for community in sorted(self.outcome.sessions[-1].apart | self._unknown(door)):
                with suppress(TransportError, PeerError):  # the visit itself went well
                    await self._through(Door(community))
            return
        raise refused or UnreachableError("this hearth is in no community yet")

    async def _through(self, door: Door) -> None:
        """Meet at a door, and once more after an introduction."""
        node, outcome = self.node, self.outcome
        for introduced in (False, True):
            handshake = Handshake.initiate(node.local, door, accept=_may_know(node, door))
            async with _met(outcome, handshake) as peer:
                stranger = node.standing(peer) is Standing.STRANGER
                await self._attend(peer)
                standing = node.standing(peer)
            if not stranger and door.key not in outcome.sessions[-1].narrow:
                return
            if not stranger and standing is Standing.OUT:
                return  # it has told us that it left
            member = standing is Standing.MEMBER
            if introduced or not (member or await self._introduced(door)):
                raise StrangersError(_STRANGERS if member else _STRANGER)
            # one of the two has only now heard of the other: once more

    async def _attend(self, peer: Peer) -> None:
        progress, outcome = self.progress, self.outcome
        tell = None if progress is None else (lambda summary: progress(outcome, summary))
        self._note(
            *await self.node.attend(
                peer, self.flags, budget=self.budget, idle=self.idle, progress=tell,
                longest=self.longest,
            )
        )  # fmt: skip

    def _note(self, summary: Summary, meeting: Meeting) -> None:
        self.outcome.sessions.append(summary)
        self.outcome.round_trips += meeting.turns

    async def _introduced(self, door: Door) -> bool:
        """Whether two that do not know each other's device have been introduced by themselves. A
        peer that does not do so does not answer at that door."""
        node, outcome = self.node, self.outcome
        if introductions.own(node.home, door.key) is None:
            return False
        at = Door(introduction_door(door.key))
        handshake = Handshake.initiate(node.local, at, accept=lambda id: id == outcome.device)
        try:
            async with _met(outcome, handshake) as peer:
                self._note(*await introducing.meet(node, peer, door.key, self.flags, calling=True))
        except (HandshakeError, UnexpectedIntroductionError):
            return False
        except PeerLeftError as left:  # it has turned us down
            if left.reason not in (Code.BROKEN, Code.FAILED):
                raise
            return False
        return True

    def _unknown(self, door: Door) -> set[bytes]:
        """Further communities of this hearth's in which the peer's person is a member, where
        neither may know the other's device yet."""
        node, device = self.node, self.outcome.device or b""
        person = node.commons.membership(door.key).person_of(device)
        return {
            community
            for community in (node.home.community, *(each.id for each in node.commons.joined()))
            if person in node.commons.membership(community).members
            and node.access.standing(community, device) is Standing.STRANGER
            and introductions.own(node.home, community) is not None
        }


@asynccontextmanager
async def _met(outcome: Visit, handshake: Handshake) -> AsyncIterator[Peer]:
    """A connection to the place, whose bytes are counted up to its close."""
    met: Peer | None = None
    try:
        async with connect(outcome.place.host, outcome.place.port, handshake) as met:
            outcome.device = met.device
            yield met
    finally:
        if met is not None:
            outcome.bytes_in += met.bytes_in
            outcome.bytes_out += met.bytes_out


def _doors(node: Node, device: bytes | None) -> list[Door]:
    """Where a peer may answer: if its device is known, first where it is a member."""
    ours = (*node.commons.joined(), *node.commons.leaving())
    ids = [*(each.id for each in ours), node.home.community]
    if device is not None:
        ids.sort(key=lambda id: node.access.standing(id, device) is not Standing.MEMBER)
    return [Door(id) for id in ids]


def _may_know(node: Node, door: Door) -> Callable[[bytes], bool]:
    """Whether to tell who we are to a device that answers at a door."""
    return lambda device: node.access.standing(door.key, device) is not Standing.OUT


def groups(found: Iterable[Place]) -> list[list[Place]]:
    """The places, those of one device together."""
    grouped: dict[object, list[Place]] = {}
    for place in found:
        grouped.setdefault(place.device or place[:2], []).append(place)
    return list(grouped.values())


async def reach(
    node: Node,
    group: list[Place],
    flags: Flags = BOTH,
    *,
    budget: int | None = None,
    idle: float = IDLE,
    progress: Progress | None = None,
    longest: float = LONGEST,
) -> Visit:
    """Call at the places of one node, one after another until it has answered."""
    for place in group:
        outcome = await visit(
            node, place, flags, budget=budget, idle=idle, progress=progress, longest=longest
        )
        if not isinstance(outcome.error, TransportError):
            break
    return outcome


async def visit_all(found: Iterable[T], call: Callable[[T], Awaitable[None]]) -> None:
    """Call at several places (or nodes), a few at a time; `call` is an async function of one."""
    gate = anyio.Semaphore(AT_ONCE)

    async def one(place: T) -> None:
        async with gate:
            await call(place)

    async with anyio.create_task_group() as tasks:
        for place in found:
            tasks.start_soon(one, place)
