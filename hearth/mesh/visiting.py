"""Calling on other nodes: whom to call, in which order, and how each visit went.

A visit knocks with the doors that the two may have in common, one connection after another, until
one is answered. Where the peer turns out to be a stranger to us (it was admitted while we were
away), the first session only introduces it; if that makes it a member, a second one follows.

No visit raises for what a peer or a line did wrong: that is its outcome. Errors of this hearth's
own disk and keys come through.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import anyio

from hearth.community.access import Standing
from hearth.mesh import presence
from hearth.mesh.node import BOTH, IDLE
from hearth.mesh.peers import Peers, Place
from hearth.store.errors import Exit, HearthError
from hearth.sync.errors import TransportError
from hearth.sync.handshake import Handshake, HandshakeError, Reason
from hearth.sync.messages import Flags
from hearth.sync.opening import Door
from hearth.sync.packing import PeerError
from hearth.sync.tcp import UnreachableError, connect

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.sync.declining import Over
    from hearth.sync.driver import Peer
    from hearth.sync.intake import Summary

_OTHERS: Final = {Reason.CUT, Reason.NO_DOOR, Reason.OTHER_PEER, Reason.NOT_GENUINE}
"""Reasons after which another door may still be answered."""


class NobodyReachedError(HearthError):
    """No peer could be reached, or none is known (exit 14)."""

    code = "nobody-reached"
    exit_code = Exit.UNREACHABLE


@dataclass(slots=True)
class Visit:
    """How calling at one place went. `error` None: well. Bytes are those after the handshake."""

    place: Place
    device: bytes | None = None
    error: HearthError | None = None
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
    def refused(self) -> HearthError | None:
        """Why one of the two stopped taking in, if one did; the visit went well all the same."""
        for each in self.sessions:
            for who, refuse in (("this hearth", each.refused), ("the peer", each.refused_by_peer)):
                if refuse is not None:
                    limit = f" (limit {refuse.limit} bytes)" if refuse.limit else ""
                    why = refuse.why.name.lower().replace("_", " ")
                    return HearthError(f"{who} takes no more: {why}{limit}")
        return None


def places(node: Node) -> list[Place]:
    """Everywhere that a fellow member may be met: remembered places, then what members state."""
    now = node.now()
    found: dict[tuple[str, int], Place] = {}
    stated = [
        place
        for each in node.commons.joined()
        for place in presence.places(node.home, each.id, now)
    ]
    for place in [*(each.place for each in Peers(node.home.store).all()), *stated]:
        found.setdefault((place.host, place.port), place)
    return [each for each in found.values() if each.device != node.home.identity.device]


async def visit(
    node: Node,
    place: Place,
    flags: Flags = BOTH,
    *,
    budget: int | None = None,
    idle: float = IDLE,
    progress: Callable[[Visit], None] | None = None,
) -> Visit:
    """Call at one place, and remember how it went."""
    outcome = Visit(place)
    begun = time.monotonic()
    try:
        await _knock(node, outcome, flags, budget, idle, progress)
    except (TransportError, PeerError) as error:
        outcome.error = error
    outcome.seconds = time.monotonic() - begun
    remember(node, outcome)
    return outcome


def remember(node: Node, outcome: Visit) -> None:
    """Note who was met at a place, or why nobody was."""
    failure = None if outcome.error is None else outcome.error.message
    peers = Peers(node.home.store)
    with node.home.store.batch() as batch, batch.transaction() as tx:
        if failure is None:
            peers.add(tx, outcome.place, node.now())
        name = node.name_of(outcome.device)
        peers.note(tx, outcome.place, node.now(), outcome.device, name, failure)


async def _knock(
    node: Node,
    outcome: Visit,
    flags: Flags,
    budget: int | None,
    idle: float,
    progress: Callable[[Visit], None] | None,
) -> None:
    """Try the doors one after another, and once more after an introduction."""
    doors = _doors(node, outcome.place.device)
    refused: TransportError | None = None
    while doors:
        door = doors.pop(0)
        handshake = Handshake.initiate(node.local, door, accept=_may_know(node, door))
        try:
            async with connect(outcome.place.host, outcome.place.port, handshake) as peer:
                outcome.device = peer.device
                introduced = await _attend(node, peer, outcome, flags, budget, idle, progress)
                again = introduced and node.standing(peer) is Standing.MEMBER
            if not again or len(outcome.sessions) > 1:
                return
            doors.insert(0, door)
        except HandshakeError as error:
            if error.reason not in _OTHERS:
                raise
            refused = error
    raise refused or UnreachableError("this hearth is in no community yet")


async def _attend(
    node: Node,
    peer: Peer,
    outcome: Visit,
    flags: Flags,
    budget: int | None,
    idle: float,
    progress: Callable[[Visit], None] | None,
) -> bool:
    """One session; whether it only introduced one to the other."""
    tell = None if progress is None else (lambda summary: progress(outcome))
    try:
        held = await node.attend(peer, flags, budget=budget, idle=idle, progress=tell)
        outcome.sessions.append(held.summary)
        outcome.round_trips += held.turns
        return held.introduced
    finally:
        outcome.bytes_in += peer.bytes_in
        outcome.bytes_out += peer.bytes_out


def _doors(node: Node, device: bytes | None) -> list[Door]:
    """Where a peer may answer: if its device is known, first where it is a member."""
    ids = [*(each.id for each in node.commons.joined()), node.home.community]
    if device is not None:
        ids.sort(key=lambda id: node.access.standing(id, device) is not Standing.MEMBER)
    return [Door(id) for id in ids]


def _may_know(node: Node, door: Door) -> Callable[[bytes], bool]:
    """Whether to tell who we are to a device that answers at a door."""
    return lambda device: node.access.standing(door.key, device) is not Standing.OUT


async def visit_all(
    found: Iterable[Place], call: Callable[[Place], Awaitable[None]], limit: int = 8
) -> None:
    """Call at several places, a few at a time; `call` is an async function of a place."""
    gate = anyio.Semaphore(limit)

    async def one(place: Place) -> None:
        async with gate:
            await call(place)

    async with anyio.create_task_group() as tasks:
        for place in found:
            tasks.start_soon(one, place)
