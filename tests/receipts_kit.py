"""Hearths that say things in chats, and what their ledgers make of it."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_kit import Member

from hearth import kinds
from hearth.chat import receipts
from hearth.chat.ledger import Holder, Ledger, State, state
from hearth.chat.receipt_codec import Mark, decode
from hearth.mesh.peers import Place
from hearth.mesh.visiting import Visit, visit
from hearth.store.event import Event, Signer
from hearth.store.header import Lane
from hearth.store.slots import LABEL, Slot, encode as encode_slot


def say(member: Member, community: bytes, text: str = "hello", expiry: int = 0) -> Event:
    """Write a message in the lane chat."""
    signer = member.home.signer(member.clock())
    with member.home.store.batch() as batch, batch.transaction() as tx:
        return member.home.store.log.append(
            tx, signer, community, Lane.CHAT, kinds.MESSAGE, text.encode(), wall=member.clock(),
            expiry=expiry,
        )  # fmt: skip


async def meet(caller: Member, called: Member) -> Visit:
    """Let one call at another that serves meanwhile."""
    async with called.serving() as place:
        outcome = await visit(caller.node, Place(*place[:2]))
        assert outcome.error is None, outcome.error
        return outcome


async def settle(community: bytes, first: Member, *others: Member) -> None:
    """Let others join where the first is a steward, and everybody hear of everybody."""
    for other in others:
        async with first.serving() as place:
            await other.join(first.invite(community), place)
    for _ in range(2):
        for other in others:
            await meet(other, first)


def holders(member: Member, event: Event) -> list[Holder]:
    community = event.header.community
    return Ledger(member.home, member.node.commons, community).holders(event)


def names(member: Member, event: Event) -> list[str]:
    return [each.name for each in holders(member, event)]


def look(member: Member, event: Event, *to: Member, **more: object) -> State:
    """How far an event has come on its way to these, or to everybody."""
    ledger = Ledger(member.home, member.node.commons, event.header.community)
    persons = {each.home.identity.person for each in to} or None
    return state(ledger, event, persons, **more)  # type: ignore[arg-type]


def device(member: Member) -> bytes:
    return member.home.identity.device


def stated(member: Member, community: bytes, by: Member | None = None) -> dict[bytes, Slot]:
    """The receipts of a device (its own), as a member holds them, by the names of their slots."""
    slots = member.home.store.slots.all(community, kinds.RECEIPTS, device(by or member))
    return {slot.name: slot for slot in slots}


def marks(member: Member, community: bytes, by: Member | None = None) -> list[Mark]:
    return [mark for slot in stated(member, community, by).values() for mark in decode(slot.body)]


def claim(
    member: Member, signer: Signer, community: bytes, body: bytes, name: bytes = b"\0"
) -> None:
    """Put a statement as a device would have signed it into a store."""
    slots = member.home.store.slots
    held = slots.get(community, signer.device, kinds.RECEIPTS, name)
    counter = 1 if held is None else held.counter + 1
    statement = encode_slot(community, signer.device, kinds.RECEIPTS, name, counter, None, body)
    with member.home.store.batch() as batch, batch.transaction() as tx:
        slots.put(tx, statement, signer.sign(LABEL + statement))


def state_now(
    member: Member, community: bytes, came: Mapping[bytes, bytes] | None = None
) -> list[Slot]:
    with member.home.store.batch() as batch, batch.transaction() as tx:
        return receipts.state(member.home, member.node.commons, tx, community, member.clock(), came)
