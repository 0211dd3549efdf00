"""Membership, and what it consists of: members, invitations, cuts, checkpoints, and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hearth.community.judging import Judgement
from hearth.community.reading import FOUNDER, Reason
from hearth.community.records import Head, Role


class State(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    INVITER_GONE = "inviter gone"


class Verdict(StrEnum):
    """Whether an event of another lane counts. Only `COUNTS` does."""

    COUNTS = "its author was a member there"
    STRANGER = "its author was not a member there"
    BEYOND = "it lies beyond what a removal or leave states"
    RETIRED = "its device was retired without keeping it"


@dataclass(frozen=True, slots=True)
class Member:
    """A person who belongs to the community now.

    `admission` is the id of the event on which the most senior standing rests (the founder's: the
    genesis), `admitted_by` its author's person, None for the founder. `seats` name the person's
    admissions, b"" the founder's. `path` is how many admissions away from the founder.
    """

    person: bytes
    role: Role
    name: str
    devices: tuple[bytes, ...]
    seats: tuple[bytes, ...]
    admission: bytes
    admitted_by: bytes | None
    path: int


@dataclass(frozen=True, slots=True)
class Cut:
    """A counted removal or leave of a person; what was written beyond it counts for nothing."""

    event: bytes
    by: bytes
    own: bool
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class Invitation:
    """A counted invitation. `used` are the ids of the admissions that count on it."""

    event: bytes
    by: bytes
    ticket: bytes
    request: bytes
    role: Role
    uses: int
    expires: int
    used: tuple[bytes, ...]
    closed: State | None

    def state(self, now: int) -> State:
        """What a steward's program has to go by; `now` in unix seconds.

        It refuses a joiner unless this is OPEN, with the later of its own clock and
        `Membership.log_time`.
        """
        if self.closed is not None:
            return self.closed
        if len(self.used) >= self.uses:
            return State.USED
        return State.EXPIRED if now > self.expires else State.OPEN


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A counted checkpoint. `in_force`: nobody else has taken the stewardship from its author since
    under which it was made; a steward who leaves or lays it down leaves it standing."""

    event: bytes
    by: bytes
    wall: int
    heads: tuple[Head, ...]
    in_force: bool


class Place(NamedTuple):
    """Where an event of another lane stands."""

    device: bytes
    lane: int
    sequence: int
    id: bytes


LeadsTo = Callable[[Place, Head], bool]
"""Whether an event lies before a head of its chain by `previous`. In a chain without a fork at or
below the event, as far as is known here, all events at lower places do."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belongs, as one set of control events has it. Equal for equal sets of events.

    `stewards` are persons, the most senior first; `removed` are those with no standing left, and
    why; `former` are persons who belong no more, and what they called themselves last; `contested`
    are (removal, person) where a removal found that person in a stewardship senior to it, given
    where it was not seen, so that both persons must be told. `void` says why other acts count for
    nothing, `waiting` what cannot be judged before its past is here. `heads` are those of the graph
    that was judged. `checkpoints` are those that count, the oldest first. `retired` are devices.
    `orphaned`: there was a founder, and nobody is steward any more.
    """

    community: bytes
    name: str
    members: Mapping[bytes, Member]
    stewards: tuple[bytes, ...]
    removed: Mapping[bytes, tuple[Cut, ...]]
    former: Mapping[bytes, str]
    invitations: tuple[Invitation, ...]
    checkpoints: tuple[Checkpoint, ...]
    retired: tuple[bytes, ...]
    contested: tuple[tuple[bytes, bytes], ...]
    void: Mapping[bytes, Reason]
    waiting: frozenset[bytes]
    heads: tuple[bytes, ...]
    log_time: int
    orphaned: bool
    _persons: Mapping[bytes, bytes] = field(repr=False)
    _seats: Mapping[bytes, tuple[bytes, ...]] = field(repr=False, compare=False)
    _cuts: Mapping[bytes, tuple[tuple[Head, ...], ...]] = field(repr=False, compare=False)
    _office: frozenset[bytes] = field(repr=False, compare=False)
    _acts: Mapping[bytes, int] = field(repr=False, compare=False)
    _judged: Judgement = field(repr=False, compare=False)
    _named: frozenset[bytes] = field(repr=False, compare=False)
    _leads_to: LeadsTo = field(repr=False, compare=False)

    def person_of(self, device: bytes) -> bytes | None:
        """The member whose device this is now: one that is served, and sealed to."""
        return self._persons.get(device)

    def seated(self, device: bytes) -> bool:
        """Whether the device sits, or ever sat, in a seat of this community."""
        return device in self._seats

    def named(self, device: bytes) -> bool:
        """Whether a proved act gave the device a seat, whether or not that counts.

        Once so, always so, whatever other acts come: what is taken in by it does not depend on
        the order in which events arrive.
        """
        return device in self._named

    def devices_of(self, person: bytes) -> tuple[bytes, ...]:
        """Every device that sits, or sat, in a seat of this person, retired ones too."""
        seats = {each.seat for each in self._judged.standings if each.person == person}
        return tuple(sorted(device for device, all in self._seats.items() if seats & {*all}))

    def has_retired(self, person: bytes, device: bytes) -> bool:
        """Whether a person has retired a device, one that was never seen here too."""
        return any(each.person == person for each in self._judged.retirements.get(device, ()))

    @property
    def founded(self) -> bool:
        """Whether a genesis that holds is here."""
        return bool(self._judged.founders)

    def held_office(self, person: bytes) -> bool:
        """Whether the person is, or ever was, a steward."""
        return person in self._office

    def counted(self, device: bytes) -> int:
        """How many of a device's acts count."""
        return self._acts.get(device, 0)

    def seen(self, acts: tuple[bytes, ...], seat: bytes) -> bool:
        """Whether somebody whose control heads these were had seen a seat given."""
        graph = self._judged.graph
        if any(id not in graph.index for id in acts):
            return False
        given = self._judged.founders if seat == FOUNDER else 1 << graph.index.get(seat, 0)
        return bool(graph.view(acts) & given) and (seat == FOUNDER or seat in graph.index)

    def sees(self, later: bytes, earlier: bytes) -> bool:
        """Whether one act has another in its past; both are ids of acts that were judged."""
        graph = self._judged.graph
        return graph.sees(graph.index[later], graph.index[earlier])

    def is_steward(self, person: bytes) -> bool:
        """Whether the person is a steward now."""
        return person in self.stewards

    def persons_of(self, device: bytes) -> frozenset[bytes]:
        """Whose device this is or was: persons in whose seat it sits, or has sat; usually one."""
        standings = (self._judged.of_seat.get(seat, []) for seat in self._seats.get(device, ()))
        return frozenset(each.person for all in standings for each in all)

    def verdict(self, place: Place) -> Verdict:
        """Whether an event of another lane counts: whether present membership has its author for
        one who was a member there."""
        judged, found = self._judged, Verdict.STRANGER
        for seat in self._seats.get(place.device, ()):
            standings = judged.of_seat.get(seat, [])
            if not standings:
                continue
            if not all(self._within(heads, place) for heads in self._cuts.get(seat, ())):
                found = Verdict.BEYOND
            elif not all(
                self._within(retirement.heads, place)
                for retirement in judged.retirements.get(place.device, ())
                if retirement.person == standings[0].person
            ):
                found = Verdict.RETIRED
            else:
                return Verdict.COUNTS
        return found

    def _within(self, heads: tuple[Head, ...], place: Place) -> bool:
        """Whether an event is one of these, or lies before one of its chain."""
        return any(
            place.id == head.id or (place.sequence < head.sequence and self._leads_to(place, head))
            for head in heads
            if (head.device, head.lane) == (place.device, place.lane)
        )
