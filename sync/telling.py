"""One lane, or the slots, in one round: what each side tells of it, and what is answered.

    LaneTelling    a change, a frontier; if neither fits, "this cannot be listed"
    SlotsTelling   a listing, or the same
    IdsTelling     nothing: rounds have not been enough, what differs is found by ranges

"This cannot be listed" is an empty `reconcile`. What follows depends on what the other tells:

    the other tells    what follows
    a frontier         it is answered by *some* chains, those it told, and so is a listing
    a change           nothing in this round; in the next it tells its frontier
    the same           the leader begins to reconcile (`ranges`): chains by their entries, and then
                       both tell the chains that differ; slots by their ids

A telling hears messages until it is `done`, when the other has told everything. What is answered
comes as an iterator, made message by message as there is room to send it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hearth.sync import ranges
from hearth.sync.company import Key
from hearth.sync.comparing import Holding
from hearth.sync.delta import DEVICE_TAG, Salt
from hearth.sync.judging import Plan
from hearth.sync.messages import (
    BEGINNING,
    MAX_CHAINS,
    SLOTS,
    Chains,
    Change,
    Frontier,
    Listing,
    Message,
    Reconcile,
)
from hearth.sync.packing import MessageError, OverLimitError, PeerError
from hearth.sync.ranges import NO_MORE, Ranges
from hearth.sync.replica import Replica
from hearth.sync.sending import Sending

MAX_PARTS: Final = 256
"""Messages of `Chains` about one lane in a round."""
MAX_TOLD: Final = 2 * ranges.MAX_FOUND
"""Chains in all of them: those that differ, on either side."""

Told = Change | Frontier | Chains | Listing | Reconcile
"""What is said of a lane or of slots in a round."""


class UnexpectedMessageError(PeerError, code="unexpected-message"):
    """A message that may not come now."""


class IdsTelling:
    """What differs between two lanes, or slots, found by the ids of events or slots.

    `willing`: whether this side goes along; `takes`: whether it asks for what it lacks; `send` is
    given the beginnings of ids that the other lacks, and whether they are all of them. `needs`:
    what was asked for, if the other knows that it was all.
    """

    def __init__(
        self,
        replica: Replica,
        community: bytes,
        key: Key,
        *,
        leads: bool,
        willing: bool,
        takes: bool,
        send: Callable[[Iterable[bytes], bool], None],
    ) -> None:
        self.done = False
        self.needs: set[bytes] = set()
        self._lane, self._place = key
        self._begun = False
        self._leads = leads
        self._willing = willing
        self._takes = takes
        self._send = send
        self._asked: set[bytes] = set()
        self._ranges = Ranges(
            lambda: ranges.ids(replica, community, self._lane),
            leads=leads,
            size=BEGINNING,
            limit=ranges.MAX_DIFFERENT,
        )

    @property
    def partly(self) -> bool:
        """Whether it ended before all that differs was found."""
        return self._ranges.begun and not self._ranges.complete

    def first(self) -> Iterable[Message]:
        """What the leader begins with."""
        self._begun = True
        if not self._leads:
            return ()
        return (self._say(self._ranges.opening() if self._willing else self._stop()),)

    def heard(self, told: Told) -> Iterable[Message]:
        """What is answered. Raises PeerError."""
        if not isinstance(told, Reconcile):
            raise UnexpectedMessageError("what is reconciled by ids is told in another way")
        if self._leads and not self._begun:
            raise UnexpectedMessageError("an answer to what has not been asked")
        return self._led(told) if self._leads else self._followed(told)

    def _led(self, told: Reconcile) -> Iterable[Message]:
        if told.needs:
            raise MessageError("who does not lead finds nothing that it needs")
        reply = self._ranges.receive(told.data)
        needs = self._ranges.need - self._asked if self._takes else set()
        self._asked |= needs
        if self._ranges.over:
            self.done = True
            self.needs = self._asked if self._ranges.complete else set()
            self._send(self._ranges.have, self._ranges.complete)
        return () if reply is None else (self._say(reply, needs),)

    def _followed(self, told: Reconcile) -> Iterable[Message]:
        self._asked.update(told.needs)
        if len(self._asked) > ranges.MAX_FOUND:
            raise OverLimitError(f"more than {ranges.MAX_FOUND} events asked for at once")
        reply = self._ranges.receive(told.data) if self._willing else self._declined(told.data)
        if self._ranges.over:
            self.done = True
            self._send(self._asked, self._ranges.complete)
        return () if reply is None else (self._say(reply),)

    def _declined(self, data: bytes) -> bytes | None:
        said = self._stop()
        return None if data == NO_MORE else said

    def _stop(self) -> bytes:
        self.done = True
        return self._ranges.stop()

    def _say(self, data: bytes, needs: Iterable[bytes] = ()) -> Reconcile:
        return Reconcile(self._place, self._lane, tuple(sorted(needs)), data)


class LaneTelling:
    """A lane that is compared by its chains. `limit`: as many of them are listed at most."""

    def __init__(
        self,
        replica: Replica,
        salt: Salt,
        holding: Holding,
        place: int,
        *,
        leads: bool,
        limit: int,
    ) -> None:
        self.done = False
        self._holding = holding
        self._place = place
        self._leads = leads
        self._own = holding.telling(place, limit)
        self._unlistable_there = False
        self._parts = self._told = 0
        self._ranges = Ranges(
            lambda: ranges.entries(replica, salt, holding.community, holding.lane),
            leads=leads,
            size=DEVICE_TAG,
            limit=ranges.MAX_DIFFERENT,
        )

    def first(self) -> Iterable[Message]:
        """What this side tells."""
        return (self._say(NO_MORE) if self._own is None else self._own,)

    def heard(self, told: Told) -> tuple[Plan | None, Iterable[Message]]:
        """What follows from it, and what is answered. Raises PeerError."""
        if isinstance(told, Reconcile):
            return None, self._heard_reconcile(told)
        if isinstance(told, Chains):
            return self._heard_some(told)
        if isinstance(told, Listing) or self._unlistable_there:
            raise UnexpectedMessageError("a lane is told in two ways")
        self.done = True
        if isinstance(told, Frontier):
            plan = self._holding.from_frontier(told)
            if self._own is not None:
                return plan, ()
            return plan, self._holding.some(self._place, self._holding.tags_in(told))
        if self._holding.after is None:
            raise UnexpectedMessageError("a change since nothing that both remember")
        return self._holding.from_change(told), ()

    def _heard_reconcile(self, told: Reconcile) -> Iterable[Message]:
        if told.needs:
            raise MessageError("chains are told, and not asked for by their ids")
        if not self._unlistable_there:
            return self._heard_unlistable(told.data)
        if self._own is not None or self._ranges.over:
            raise UnexpectedMessageError("ranges of a lane that is not reconciled")
        return self._answered(self._ranges.receive(told.data))

    def _heard_unlistable(self, data: bytes) -> Iterable[Message]:
        """The other cannot list the lane."""
        if data != NO_MORE:
            raise UnexpectedMessageError("ranges of a lane that may be listed")
        self._unlistable_there = True
        if self._own is None:
            return (self._say(self._ranges.opening()),) if self._leads else ()
        self.done = isinstance(self._own, Change)
        return ()

    def _answered(self, reply: bytes | None) -> Iterator[Message]:
        if reply is not None:
            yield self._say(reply)
        if self._ranges.over and self._leads:
            differ = self._ranges.have | self._ranges.need
            yield from self._holding.some(self._place, sorted(differ))

    def _heard_some(self, told: Chains) -> tuple[Plan, Iterable[Message]]:
        answers_us = self._own is not None
        if not self._unlistable_there or not (answers_us or self._ranges.over):
            raise UnexpectedMessageError("some chains of a lane that is told whole")
        tags = self._holding.tags_in(told)
        self._parts += 1
        self._told += len(tags)
        if self._parts > MAX_PARTS or self._told > MAX_TOLD:
            raise OverLimitError(f"more than {MAX_TOLD} chains or {MAX_PARTS} parts told of a lane")
        self.done = not told.more
        plan = self._holding.from_some(told)
        if answers_us or self._leads:
            return plan, ()
        return plan, self._holding.some(self._place, tags, more=told.more)

    def _say(self, data: bytes) -> Reconcile:
        return Reconcile(self._place, self._holding.lane, (), data)


class SlotsTelling:
    """Slots. `limit`: as many are listed at most; `ids`: how they are compared otherwise."""

    def __init__(self, sending: Sending, ids: IdsTelling, place: int, limit: int) -> None:
        self.done = False
        self._sending = sending
        self._ids = ids
        self._place = place
        self._own = sending.listing(place, limit)
        self._unlistable_there = False

    def first(self) -> Iterable[Message]:
        """What this side tells."""
        return (Reconcile(self._place, SLOTS, (), NO_MORE) if self._own is None else self._own,)

    def heard(self, told: Told) -> Iterable[Message]:
        """What is answered. Raises PeerError."""
        both = self._own is None and self._unlistable_there
        if isinstance(told, Listing) and not both:
            return self._heard_listing(told)
        if both:
            answer = self._ids.heard(told)
            self.done = self._ids.done
            return answer
        unlistable = isinstance(told, Reconcile) and not told.data and not told.needs
        if not unlistable or self._unlistable_there:
            raise UnexpectedMessageError("ranges of slots that may be listed")
        self._unlistable_there = True
        return self._ids.first() if self._own is None else ()

    def _heard_listing(self, told: Listing) -> Iterable[Message]:
        self.done = True
        self._sending.add_slots(told)
        if self._own is not None:
            return ()
        only = {tag for tag, _, _ in told.entries}
        return (self._sending.listing(self._place, MAX_CHAINS, only) or Listing(self._place, ()),)


Telling = LaneTelling | SlotsTelling | IdsTelling
