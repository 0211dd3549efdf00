"""What is known of a rehearsal: who has heard of it, how, and after how long. Pure.

Times are told with their doubt. What a device states of its own clock says after how long it heard;
that its statement is here says that it was no later than now. Where the two do not fit together, or
a clock was not set, only the second is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from hearth.boards.records import DrillRecord, What
from hearth.chat.receipt_codec import CARRIERS
from hearth.seen import DAY, SANE

LONGEST: Final = 7 * DAY
"""Seconds that a rehearsal may take."""
OWN: Final = bytes(8)
"""What stands for a way where it is not known how the news came."""


class Heard(NamedTuple):
    """An event of a rehearsal. `came`: when it came here, by this machine's clock."""

    person: bytes
    device: bytes
    id: bytes
    arrival: int
    order: tuple[int, bytes, int, bytes]
    wall: int
    came: int
    record: DrillRecord


class Learnt(NamedTuple):
    """How a person's hearth learnt of a rehearsal. `after`: seconds, by the two clocks; None where
    they say nothing. `within`: by this machine's clock it took no longer, seconds. `read`: whether
    the person themselves has said so, and `answered` after how many seconds, as `after`."""

    person: bytes
    device: bytes
    way: bytes
    after: int | None
    within: int
    answered: int | None
    read: bool


class Drill(NamedTuple):
    """A rehearsal. `began` and `until` are by this machine's clock: it began no later, and lasts
    till then; `ended`: the event that ended it before."""

    community: bytes
    start: Heard
    began: int
    heard: tuple[Heard, ...]
    ended: Heard | None
    until: int

    @property
    def id(self) -> bytes:
        """The event that began it."""
        return self.start.id

    def is_running(self, now: int) -> bool:
        """Whether it goes on."""
        return self.ended is None and now < self.until

    def learnt(self) -> list[Learnt]:
        """Who has learnt of it, each person once, in the order in which it was known here."""
        found: dict[bytes, Learnt] = {}
        for each in sorted(self.heard, key=lambda one: one.arrival):
            if each.person == self.start.person:
                continue
            old, after = found.get(each.person), self._after(each)
            if each.record.answered:
                answered = after if old is None or not old.read else old.answered
                base = old or self._learnt(each, after)
                found[each.person] = base._replace(answered=answered, read=True)
            elif old is None:
                found[each.person] = self._learnt(each, after)
        return list(found.values())

    def _learnt(self, each: Heard, after: int | None) -> Learnt:
        within = max(0, each.came - self.began)
        return Learnt(each.person, each.device, each.record.way or OWN, after, within, None, False)

    def _after(self, each: Heard) -> int | None:
        if self.start.wall < SANE or each.wall < SANE:
            return None
        after = each.wall - self.start.wall
        return after if 0 <= after <= each.came - min(self.began, self.start.wall) else None


def judge_drill(
    community: bytes,
    id: bytes,
    events: Sequence[Heard],
    stewards: Collection[bytes],
    until: Callable[[Heard], int],
    own: bytes,
) -> Drill | None:
    """A rehearsal out of its events; None where its beginning is not here, or not by somebody who
    is a steward now. Any steward ends it. `own` is this device.
    """
    start = next((e for e in events if e.id == id and e.record.what is What.START), None)
    if start is None or start.person not in stewards:
        return None
    began = start.wall if start.device == own else start.came
    ends = [e for e in events if e.record.what is What.END and e.person in stewards]
    heard = tuple(each for each in events if each.record.what is What.HEARD)
    return Drill(community, start, began, heard, ends[0] if ends else None, until(start))


def carrier(way: bytes) -> str | None:
    """How it travelled where that was no network: `directory`, `file`, …; None otherwise."""
    return CARRIERS.get(way)
