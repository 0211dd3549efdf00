"""How a listing and its claims stand, once what is here about them was judged (`state`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hearth.lanes import Entry
from hearth.market.records import ClaimRecord, ListingRecord, PlaceRecord

Order = tuple[int, bytes, int, bytes]


class Status(StrEnum):
    """How a claim stands."""

    PROPOSED = "proposed"
    RESERVED = "reserved"
    WAITING = "waiting"
    DISPLACED = "displaced"
    """Accepted, but what there is had gone to somebody accepted before, or was handed over."""
    DECLINED = "declined"
    NO_SHOW = "no-show"
    CANCELLED = "cancelled"
    DONE = "done"
    """All of it has changed hands."""


class Standing(StrEnum):
    """How a listing stands, but for its expiry, which is a matter of clocks."""

    OPEN = "open"
    RESERVED = "reserved"
    FULFILLED = "fulfilled"
    WITHDRAWN = "withdrawn"


class Report(NamedTuple):
    """A complaint; `answer`: the first word since of a steward who shows it all the same."""

    entry: Entry
    reason: str
    answer: tuple[Entry, str] | None = None


@dataclass(slots=True)
class Claim:
    """A claim as it stands. `quantity` was claimed, `accepted` accepted, `handed` has changed
    hands, in thousandths. `until` and `wall`: when the reservation ends, and when that was said, by
    the same clock; `pickup`: from when, and for how many seconds; `decision` is the event that
    decided last; `given_up`: the claimant wants no more of it than was handed over. `since`: its
    place in the queue; `handed_since`: among those that something was handed over for."""

    entry: Entry
    record: ClaimRecord
    status: Status = Status.PROPOSED
    accepted: int = 0
    handed: int = 0
    confirmed: bool = False
    until: int | None = None
    decision: Entry | None = None
    note: str | None = None
    pickup: tuple[int, int] | None = None
    given_up: bool = False
    since: Order | None = None
    handed_since: Order | None = None


@dataclass(slots=True)
class Listing:
    """A listing as it stands. `stated` is the event that stated until when it is shown, `body` the
    record as it was written; amounts in thousandths. `conflict`: more was accepted, or handed over,
    than there is."""

    entry: Entry
    record: ListingRecord
    body: bytes
    stated: Entry
    until: int
    versions: int = 1
    standing: Standing = Standing.OPEN
    withdrawn: bool = False
    claims: dict[bytes, Claim] = field(default_factory=dict)
    available: int = 0
    promised: int = 0
    delivered: int = 0
    conflict: bool = False
    hidden: tuple[Entry, str] | None = None
    reports: list[Report] = field(default_factory=list)
    places: list[tuple[Entry, PlaceRecord]] = field(default_factory=list)

    @property
    def lister(self) -> bytes:
        """The person who listed it."""
        return self.entry.person

    def may_decide(self, person: bytes) -> bool:
        """Whether a person is the lister or a delegate, now."""
        return person == self.lister or person in self.record.delegates
