"""What market events say, and its bytes: canonical CBOR maps with a salt; a place without one.

docs/market.md has the tables; `decoding` reads them back.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from hearth.chat.shapes import Attachment
from hearth.market.words import Sort
from hearth.payload import present, salted
from hearth.store import cbor

MAX_TITLE: Final = 60
MAX_BODY: Final = 2000
MAX_TERMS: Final = 140
MAX_NOTE: Final = 140
MAX_REASON: Final = 280
MAX_EXACT: Final = 200
MAX_TAGS: Final = 8
MAX_TAG: Final = 24
MAX_PHOTOS: Final = 4
MAX_DELEGATES: Final = 16
MAX_PICKUP: Final = 7 * 86_400
"""Seconds that a pick-up takes at most."""


class Act(IntEnum):
    """What a CHANGE does to a listing. The number is written; it never changes."""

    EDIT = 0
    RENEW = 1
    WITHDRAW = 2


class Action(IntEnum):
    """What a DECISION says of a claim. The number is written; it never changes."""

    ACCEPT = 0
    DECLINE = 1
    WAITLIST = 2
    HANDOVER = 3
    NO_SHOW = 4
    CONFIRM = 5
    """By the claimant: it was received, or given."""
    CANCEL = 6
    """By the claimant: never mind."""


BY_CLAIMANT: Final = frozenset((Action.CONFIRM, Action.CANCEL))


class Verdict(IntEnum):
    """What a REPORT does. The number is written; it never changes."""

    REPORT = 0
    HIDE = 1
    """By a steward."""
    SHOW = 2
    """By a steward: hidden no more."""


class ListingRecord(NamedTuple):
    """What is offered or asked for. `quantity` in thousandths of `unit`; `until` in unix seconds by
    the lister's clock; `where` a coarse geohash or a name; `delegates` persons, ascending, who may
    decide, too; `behalf` the name of somebody it is for, who has no device."""

    sort: Sort
    title: str
    category: str
    quantity: int
    unit: str
    until: int
    where: str | None = None
    terms: str | None = None
    urgent: bool = False
    body: str | None = None
    tags: tuple[str, ...] = ()
    photos: tuple[Attachment, ...] = ()
    delegates: tuple[bytes, ...] = ()
    behalf: str | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return present(
            {
                1: int(self.sort),
                2: self.title,
                3: self.category,
                4: self.quantity,
                5: self.unit,
                6: self.until,
                7: self.where,
                8: self.terms,
                9: 1 if self.urgent else None,
                10: self.body,
                11: list(self.tags) or None,
                12: [list(each[:4]) for each in self.photos] or None,
                13: list(self.delegates) or None,
                14: self.behalf,
            }
        )


class ChangeRecord(NamedTuple):
    """What the lister does to their `listing`: `edited` with EDIT, `until` with RENEW."""

    listing: bytes
    act: Act
    edited: ListingRecord | None = None
    until: int | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        edited = None if self.edited is None else self.edited.fields()
        return present({1: self.listing, 2: int(self.act), 3: edited, 4: self.until})


class ClaimRecord(NamedTuple):
    """A proposal about a `listing`. `slip`: the number of the paper slip that it was typed from;
    `behalf`: the name of whom it is for, where that is not its author."""

    listing: bytes
    quantity: int
    note: str | None = None
    slip: int | None = None
    behalf: str | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return present(
            {1: self.listing, 2: self.quantity, 3: self.note, 4: self.slip, 5: self.behalf}
        )


class DecisionRecord(NamedTuple):
    """What is said of a `claim`. `quantity` with ACCEPT and HANDOVER; with ACCEPT also `until` (a
    reservation ends), and `pickup`: from when, by the decider's clock, and for how many seconds
    somebody comes for it."""

    listing: bytes
    claim: bytes
    action: Action
    quantity: int | None = None
    until: int | None = None
    note: str | None = None
    pickup: tuple[int, int] | None = None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return present(
            {
                1: self.listing,
                2: self.claim,
                3: int(self.action),
                4: self.quantity,
                5: self.until,
                6: self.note,
                7: None if self.pickup is None else list(self.pickup),
            }
        )


class PlaceRecord(NamedTuple):
    """Where exactly, told to one person. `claim`: whose acceptance it goes with; None: to somebody
    who may decide."""

    listing: bytes
    claim: bytes | None
    text: str

    def fields(self) -> dict[int, Any]:
        """The map; it is sealed, so there is no salt."""
        return present({1: self.listing, 2: self.claim, 3: self.text})


class ReportRecord(NamedTuple):
    """A complaint about a listing, or a steward's word on whether it is shown."""

    listing: bytes
    verdict: Verdict
    reason: str

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return {1: self.listing, 2: int(self.verdict), 3: self.reason}


class VouchRecord(NamedTuple):
    """What somebody says for a `person`; None takes it back."""

    person: bytes
    text: str | None

    def fields(self) -> dict[int, Any]:
        """The map, without a salt."""
        return present({1: self.person, 2: self.text})


Record: TypeAlias = (
    ListingRecord
    | ChangeRecord
    | ClaimRecord
    | DecisionRecord
    | PlaceRecord
    | ReportRecord
    | VouchRecord
)


def encode(record: Record, salt: bytes | None = None) -> bytes:
    """The payload, with a fresh salt; of a PlaceRecord what is sealed, without one."""
    if isinstance(record, PlaceRecord):
        return cbor.encode(record.fields())
    return salted(record.fields(), salt)
