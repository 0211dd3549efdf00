"""What a membership consists of: members, invitations, cuts, checkpoints, and verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

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
    """Where an event of another lane stands. `acts` are the control heads its author had seen.

    They are what its chain last stated (an empty `acts` in a header means "as before"); None where
    that is not known, beyond a gap.
    """

    device: bytes
    lane: int
    sequence: int
    id: bytes
    acts: tuple[bytes, ...] | None


Reaches = Callable[[bytes, bytes], bool]
"""Whether the event with the second id leads to the first by `previous`: asked in forked chains."""
