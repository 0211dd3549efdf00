"""Receipts: what this device states of how far it holds what others wrote in the lane chat.

They are slots (kind 3), a few for all chains of a community and not one event for each message, so
they cost as much as there are chains, however much is said. What has changed lately stands on a
page of its own (the slot named 00), the rest on pages that are seldom stated anew (01 to 0e). So a
message costs its receivers a few hundred bytes each, also where hundreds of devices write.

Only chats are receipted: what is said about receipts changes slots, and no slot is receipted, so
two nodes never go on receipting each other. Nothing is stated again that stands already.

What is claimed is what has come whole: not what lies beyond a gap, nor an event whose payload has
not come. What was erased here later goes on being claimed, as it did come. A chain whose person
does not belong to the community is left out, and so are this device's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from hearth import kinds, spans
from hearth.chat import branches
from hearth.chat.receipt_codec import (
    CHAIN,
    HEAD,
    MAX_HOLES,
    PAGES,
    PEER,
    STEPS,
    Mark,
    Step,
    decode,
    encode,
    pages,
)
from hearth.spans import Span
from hearth.store import database, served
from hearth.store.header import Lane, parse

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.community.membership import Membership
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.served import Chain, Run
    from hearth.store.slots import Slot

LATELY: Final = 24
"""Marks on the page of what has changed lately."""
BRANCHES: Final = 4
"""Branches of one chain that are receipted: the longest."""
_RECENT: Final = b"\0"
_EMPTY: Final = encode(())


def state(
    home: Home,
    commons: Commons,
    tx: Transaction,
    community: bytes,
    now: int,
    came: Mapping[bytes, bytes] | None = None,
) -> list[Slot]:
    """State in a community how far this device holds the others' chats; the slots that are new.

    No slots where nothing has changed, or this person is no member. `came`: by the devices whose
    chats have grown, which device has just brought that. Costs a few queries, and one for each
    chain that has grown. Raises KeyLockedError, SlotQuotaError and what the store raises.
    """
    membership = commons.membership(community)
    signer = home.signer(now)
    if membership.person_of(signer.device) is None:
        return []
    held = {
        slot.name: slot.body
        for slot in home.store.slots.all(community, kinds.RECEIPTS, signer.device)
    }
    known = [mark for _, body in sorted(held.items()) for mark in decode(body)]
    with database.translated():
        chains = served.chains(tx.connection, community, Lane.CHAT)
        wanted = [each for each in chains if _counts(each, signer.device, membership)]
        marks = list(_marks(tx.connection, wanted, known, now, came or {}))
    return [
        home.store.slots.state(tx, signer, community, kinds.RECEIPTS, name, body)
        for name, body in sorted(_bodies(held, marks).items())
        if body != held.get(name, _EMPTY)
    ]


def _counts(chain: Chain, own: bytes, membership: Membership) -> bool:
    """Whether a chain is receipted: a member's, on whatever device it was written."""
    if chain.device == own:
        return False
    return any(person in membership.members for person in membership.persons_of(chain.device))


def _bodies(held: Mapping[bytes, bytes], marks: Collection[Mark]) -> dict[bytes, bytes]:
    """What is to stand on the pages, by their names."""
    settled = {name: body for name, body in held.items() if name != _RECENT}
    there = [mark for body in settled.values() for mark in decode(body)]
    lately = [mark for mark in marks if mark not in there]
    chains = {mark.chain for mark in marks}
    if len(lately) <= LATELY and all(mark.chain in chains for mark in there):
        return {_RECENT: encode(lately)}
    packed = pages(sorted(marks, key=lambda mark: mark[:2]), PAGES - 1)
    bodies = dict.fromkeys(held, _EMPTY) | {_RECENT: _EMPTY}
    return bodies | {bytes((number,)): body for number, body in enumerate(packed, 1)}


def _marks(
    connection: apsw.Connection,
    chains: Iterable[Chain],
    known: Iterable[Mark],
    now: int,
    came: Mapping[bytes, bytes],
) -> Iterator[Mark]:
    """The marks of these chains by now; `known`: those that stand already."""
    stated: dict[bytes, list[Mark]] = {}
    for mark in known:
        stated.setdefault(mark.chain, []).append(mark)
    for chain in chains:
        via = came.get(chain.device)
        for run in branches.tips(chain, BRANCHES if chain.fork else 1):
            earlier = branches.furthest(
                connection, chain, run, stated.get(chain.device[:CHAIN], ())
            )
            if earlier is not None and earlier.length == run.last and via is None:
                yield earlier
                continue
            step = Step(run.last, now, None if via is None else via[:PEER])
            if (made := _mark(connection, chain, run, earlier, step)) is not None:
                yield made


def _mark(
    connection: apsw.Connection, chain: Chain, run: Run, earlier: Mark | None, step: Step
) -> Mark | None:
    """The mark of a branch; None if nothing of it has come whole.

    What comes later of what lies before the first event of an earlier mark is not claimed.
    """
    steps: tuple[Step, ...] = (step,)
    if earlier is None:
        first = branches.first(chain, run)
        holes = _bare(connection, chain, run, first, run.last)
    else:
        first, steps = earlier.first, earlier.steps
        if earlier.length < step.length:
            steps = (*steps[1 - STEPS :], step)
        again = [_still_bare(connection, chain, run, hole) for hole in earlier.holes]
        new = _bare(connection, chain, run, earlier.length + 1, run.last)
        holes = spans.union(*again, new)
    if len(holes) > MAX_HOLES:
        first = holes[-MAX_HOLES - 1][1] + 1
        holes = holes[-MAX_HOLES:]
    if holes and holes[0][0] == first:
        first, holes = holes[0][1] + 1, holes[1:]
    if first > run.last:
        return None
    return Mark(chain.device[:CHAIN], run.head[:HEAD], steps, first, tuple(holes))


def _still_bare(connection: apsw.Connection, chain: Chain, run: Run, hole: Span) -> list[Span]:
    """What is left of a hole; what of it has been dropped here meanwhile stays one."""
    low, high = hole
    begin = branches.first(chain, run)
    dropped = [(low, min(high, begin - 1))] if low < begin else []
    return dropped + _bare(connection, chain, run, max(low, begin), high)


def _bare(connection: apsw.Connection, chain: Chain, run: Run, low: int, high: int) -> list[Span]:
    """The stretches of a line whose events have a payload that is not here; both ends inclusive."""
    places: list[int] = []
    for each, last in served.line(chain, run):
        for sequence, header in database.rows(
            connection,
            "SELECT sequence, header FROM events"
            " WHERE run = ? AND sequence BETWEEN ? AND ? AND payload IS NULL",
            each.number,
            max(low, each.first),
            min(high, last),
        ):
            if parse(header).payload_hash is not None:
                places.append(sequence)
    return spans.union((place, place) for place in places)
