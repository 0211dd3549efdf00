"""Checkpoints: what a steward states of where chains stand, and what everybody may drop then.

A checkpoint gives and takes no right. It says "of these chains, what comes before these events need
not be held any more", and it is each hearth's own matter whether it drops anything. What an event
named by a checkpoint means for a chain: `store.anchors`; what may be dropped: `store.dropping`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from hearth import kinds
from hearth.community import acts, records
from hearth.community.records import Head
from hearth.store import anchors, database, dropping
from hearth.store.dropping import Dropped
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.community.membership import Checkpoint, Membership
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.event import Event

LANES: Final = (Lane.EMERGENCY, Lane.CHAT, Lane.MARKET)
"""Where headers are dropped. Not in corpus: documents are there by their events."""
LEAST: Final = 16
"""Events that a chain must have gained since it was last named: control keeps every name."""


def create(
    home: Home,
    tx: Transaction,
    membership: Membership,
    lanes: Iterable[Lane],
    before: int,
    now: int,
    least: int = LEAST,
) -> list[Event]:
    """State where the chains of these lanes stood `before` (unix seconds, as their events say).

    Several acts if they are many, none if there is nothing new to state. Raises NotStewardError.
    """
    acts.check_steward(home, membership)
    community = membership.community
    found = sorted(
        Head(each.device, each.lane, each.sequence, each.id)
        for lane in lanes
        for each in anchors.candidates(tx.connection, community, lane, before, least)
    )
    parts = (
        tuple(found[at : at + records.MAX_HEADS]) for at in range(0, len(found), records.MAX_HEADS)
    )
    return [acts.write(home, tx, community, records.Checkpoint(part), now) for part in parts]


def drop(home: Home, tx: Transaction, membership: Membership, age: int, now: int) -> Dropped:
    """Drop what checkpoints permit, below events older than `age` seconds; how much it was.

    The time is the earlier one of `now` and the log's (`Membership.log_time`): a clock that runs
    ahead drops nothing. Never what this person's own devices wrote, nor what a device has said
    since it first made or changed a group: who is in it follows from that. Says nothing of home,
    which has no checkpoints. The log must go by the checkpoints in force (`Commons.anchor`).
    """
    until = min(now, membership.log_time) - age
    spare = membership.devices_of(home.identity.person)
    log, community = home.store.log, membership.community
    done = [
        dropping.drop(log, tx, community, lane, until=until, spare=spare, keeps=(kinds.GROUP,))
        for lane in LANES
    ]
    return Dropped(*(sum(column) for column in zip(*done, strict=True)))


def differing(home: Home, membership: Membership, checkpoint: Checkpoint) -> Collection[Head]:
    """The heads of a checkpoint that contradict what is held here: its author lies, or the chain
    has forked. Nothing is dropped by them."""
    connection = home.store.connection
    with database.translated():
        return [
            head
            for head in checkpoint.heads
            if anchors.contradicts(connection, membership.community, *head)
        ]
