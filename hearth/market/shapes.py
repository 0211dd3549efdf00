"""What is read of the market: listings, claims, and which of them are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hearth.market.places import Where
from hearth.market.records import ListingRecord
from hearth.market.words import Sort
from hearth.seen import SANE


@dataclass(slots=True)
class Item:
    """A listing. Amounts in thousandths of `unit`; `number` is its arrival here; `stated` until
    when it is to be shown by its author's clock, `ends` until when it is shown here, in unix
    seconds; `distance` in kilometres, None where that is not known.

    `standing`: open, reserved, fulfilled, withdrawn, hidden or expired.
    """

    number: int
    id: bytes
    community: bytes
    person: bytes
    lamport: int
    wall: int
    sort: Sort
    title: str
    category: str
    quantity: int
    unit: str
    place: str | None
    urgent: bool
    stated: int
    ends: int
    standing: str
    available: int
    promised: int
    delivered: int
    conflict: bool
    versions: int
    hidden_by: bytes | None
    hidden_reason: str | None
    withdrawn: bool
    record: ListingRecord
    distance: float | None = None

    @property
    def until(self) -> int:
        """Till when it holds, as its author said: it may be shown for longer where it came late.
        By a clock that was wrong nobody said when."""
        return self.stated if SANE <= self.stated <= self.ends else self.ends

    def may_decide(self, person: bytes) -> bool:
        """Whether a person is the lister, or named as a delegate."""
        return person == self.person or person in self.record.delegates


class Held(NamedTuple):
    """A claim. `ends`: when its reservation does, None where that was not said; `lapsed`: that has
    passed. `answer`: what was said with the decision. `pickup`: from when somebody comes for it, as
    said by who decided, and for how many seconds (`takes`)."""

    id: bytes
    listing: bytes
    community: bytes
    person: bytes
    arrival: int
    lamport: int
    wall: int
    quantity: int
    note: str | None
    slip: int | None
    behalf: str | None
    status: str
    accepted: int
    handed: int
    confirmed: bool
    ends: int | None
    decided_by: bytes | None
    answer: str | None
    pickup: int | None
    takes: int | None
    lapsed: bool


class Vouch(NamedTuple):
    """What a member has said for another."""

    author: bytes
    text: str
    wall: int


class Report(NamedTuple):
    """A complaint of a listing, and what a steward has said to it since, if one has."""

    person: bytes
    reason: str
    answered_by: bytes | None
    answer: str | None


class Sum(NamedTuple):
    """Requests, or offers, of one category, place and unit that are listed now. `available` counts
    open ones alone."""

    category: str
    place: str | None
    unit: str
    request: bool
    quantity: int
    promised: int
    delivered: int
    available: int
    number: int
    open: int
    urgent: bool


@dataclass(slots=True)
class Filter:
    """Which listings are meant. `near` sorts by distance, `within` (kilometres) leaves out what is
    farther, or nowhere in particular; `after`: only others' that arrived later; `closed`: also what
    is reserved, done, withdrawn, hidden or expired."""

    community: bytes | None = None
    sorts: Sequence[Sort] = ()
    category: str | None = None
    tag: str | None = None
    words: str | None = None
    near: Where | None = None
    within: float | None = None
    urgent: bool = False
    after: int | None = None
    person: bytes | None = None
    closed: bool = False
    limit: int | None = None
