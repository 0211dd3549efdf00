"""Entering a community with a ticket: whom to ask, in which order, and what a restart takes up.

Killed at any point, `enter` goes on with the same ticket where it was: before the admission there
is nothing, after it the steward tells the same admission again, and once that is here the seat is
taken without asking anybody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearth.community import ticket
from hearth.community.records import Admit
from hearth.kinds import ADMIT
from hearth.mesh.joining import ask, is_seated, take_seat
from hearth.mesh.peers import TICKET, Peers, Place
from hearth.mesh.visiting import Visit, visit
from hearth.store.errors import Exit, HearthError
from hearth.sync.errors import TransportError
from hearth.sync.handshake import Handshake, HandshakeError, Reason
from hearth.sync.joining import SorryError, Why
from hearth.sync.opening import Door
from hearth.sync.packing import PeerError
from hearth.sync.tcp import connect

if TYPE_CHECKING:
    from hearth.community.commons import Joined
    from hearth.community.ticket import Ticket
    from hearth.mesh.node import Node

Call = Callable[[Place], Awaitable[bool]]
"""Asks at a place; True if that was the last one needed."""

_SHUT = frozenset({Reason.CUT, Reason.NO_DOOR, Reason.NOT_GENUINE})


class NotEnteredError(HearthError, code="nobody-reached", exit_code=Exit.UNREACHABLE):
    """Nobody who could admit was reached (exit 14)."""


@dataclass(slots=True)
class Entered:
    """How it went. `already`: nothing was to be done. `place` and `visit` are of who admitted;
    None where the seat could be taken without asking anybody."""

    community: bytes
    already: bool = False
    place: Place | None = None
    device: bytes | None = None
    visit: Visit | None = None
    tried: list[tuple[Place, HearthError]] = field(default_factory=list)


async def enter(
    node: Node,
    used: Ticket,
    places: Sequence[Place],
    near: Callable[[Call], Awaitable[bool]] | None = None,
    trying: Callable[[Place], None] = lambda place: None,
) -> Entered:
    """Join through the first of `places` where somebody admits, else through one that is near.

    `near` is given a call, makes it at places that it finds, and stops when the call says True.

    Afterwards calls at the same place again as a member, so that the newcomer's name is there.
    Raises TicketExpiredError before anybody is asked, SorryError where a steward refused for good,
    NotEnteredError naming every place tried, OtherCommunityError and NotAdmittedError.
    """
    held = member_of(node, used)
    if held is not None and not finish(node, held.id):
        return Entered(held.id, already=True)
    if held is not None:
        done = Entered(held.id)
        await _show_up(node, done, places)
        return done
    used.check(node.now())
    done = Entered(b"")
    seen: set[tuple[str, int]] = set()

    async def call(place: Place) -> bool:
        if place[:2] in seen:
            return False
        seen.add((place.host, place.port))
        trying(place)
        return await _ask(node, used, place, done)

    for place in places:
        if await call(place):
            break
    else:
        if near is None or not await near(call):
            raise _nobody(done)
    if done.place is not None:
        done.visit = await visit(node, done.place)
    return done


def member_of(node: Node, used: Ticket) -> Joined | None:
    """The community of this hearth that a ticket is for, if it belongs to it already."""
    for each in node.commons.joined():
        if each.id[: ticket.PIN] == used.pin:
            return each
    return None


def finish(node: Node, community: bytes) -> bool:
    """Take the seat of an admission that came before something went wrong; False if seated."""
    me = node.commons.membership(community).members.get(node.home.identity.person)
    for seat in () if me is None else me.seats:
        if seat and _is_ours(node, seat) and not is_seated(node, community, seat):
            take_seat(node, community, seat, node.now())
            return True
    return False


def _is_ours(node: Node, seat: bytes) -> bool:
    event = node.home.store.log.get(seat)
    if event.header.kind != ADMIT or event.payload is None:
        return False
    return Admit.decode(event.payload).certificate == node.home.identity.certificate


async def _ask(node: Node, used: Ticket, place: Place, done: Entered) -> bool:
    """Ask at one place; False, and why, if somebody else may admit all the same."""
    if any(each.id[: ticket.PIN] == used.pin for each in node.commons.leaving()):
        await visit(node, place)  # what is left must be told first, or it would end this, too
    try:
        handshake = Handshake.initiate(node.local, Door(used.door))
        async with connect(place.host, place.port, handshake) as peer:
            # Before anything is agreed: whoever is killed from here on knows where to go on.
            with node.home.store.batch() as batch, batch.transaction() as tx:
                Peers(node.home.store).add(tx, place._replace(device=peer.device), node.now())
            done.community = await ask(node, peer, used)
            done.place, done.device = place, peer.device
            return True
    except SorryError as error:
        if error.why is not Why.NOT_NOW:
            raise
        done.tried.append((place, error))
    except (TransportError, PeerError) as error:
        done.tried.append((place, error))
    return False


async def _show_up(node: Node, done: Entered, places: Sequence[Place]) -> None:
    for place in places:
        done.visit = await visit(node, place._replace(source=TICKET))
        if done.visit.error is None:
            done.place, done.device = place, done.visit.device
            return


def _nobody(done: Entered) -> NotEnteredError:
    lines = [f"{place.address}: {_why(error)}" for place, error in done.tried]
    shut = [error for _, error in done.tried if _is_shut(error)]
    by_stick = "or ask by a stick: hearth join TICKET --by FOLDER"
    if not lines:
        return NotEnteredError(
            "the ticket names no address, and nobody was found on this network",
            "ask where they can be reached: hearth join TICKET --address HOST",
            by_stick,
        )
    if shut:
        hints = (
            "whoever answers does not know the ticket: ask if it was taken back, or for a new one",
            "run it again at any time",
        )
    else:
        hints = (
            "their hearth must be running (hearth serve) and this machine on a network with it",
            f"run it again at any time, {by_stick}",
        )
    return NotEnteredError(f"nobody could be asked: tried {'; '.join(lines)}", *hints)


def _is_shut(error: HearthError) -> bool:
    return isinstance(error, HandshakeError) and error.reason in _SHUT


def _why(error: HearthError) -> str:
    if _is_shut(error):
        return "answers, but not for this ticket"
    return "nobody answers" if error.code == "unreachable" else error.message
