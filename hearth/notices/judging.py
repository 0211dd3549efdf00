"""What is in force, what has ended and by what, and how far each notice can be relied on.

Pure: rows in, notices out. *Nobody ends what is somebody else's.* An update or a cancellation ends
one copy of an alert that it names if it has the same CAP sender and the same status, is later, and

* the same person wrote or handed on both; or
* both were handed on with the document received, and a steward handed on this one, or stands
  for it.

An alert has ended when all copies of it have. What names an alert and ends none of its copies is
told with it, as a claim. A rehearsal ends nothing real, nor the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set as AbstractSet
from enum import StrEnum
from typing import Final, NamedTuple

from hearth.notices.records import is_members, sender_of

DAY: Final = 86_400
SHOWN: Final = 2 * DAY
"""Seconds for which what has ended is still shown."""
ENDORSEMENTS: Final = 2
"""Stewards who must stand for a notice where no setting says otherwise."""
_NOBODY: Final[frozenset[bytes]] = frozenset()
_ENDING: Final = ("Update", "Cancel")


class Tier(StrEnum):
    """How far a notice can be relied on, in falling order."""

    OFFICIAL = "official-relayed"
    VERIFIED = "community-verified"
    NEIGHBOUR = "neighbour"
    UNVERIFIED = "unverified"


class State(StrEnum):
    """What has become of a notice. Only `FORCE` asks for something to be done."""

    FORCE = "in force"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ANSWER = "answer"


class Copy(NamedTuple):
    """One event with an alert: who wrote it or, if `relayed`, handed it on, and when it came."""

    arrival: int
    id: bytes
    community: bytes
    subject: bytes
    person: bytes
    device: bytes
    lamport: int
    sequence: int
    wall: int
    relayed: bool
    sender: str
    identifier: str
    sent: int
    status: str
    kind: str
    ends: int

    @property
    def order(self) -> tuple[int, bytes, int, bytes]:
        """The order shown to people."""
        return self.lamport, self.device, self.sequence, self.id

    @property
    def own(self) -> bool:
        """Whether it is its author's own word."""
        return not self.relayed and self.sender == sender_of(self.person)


class Named(NamedTuple):
    """What a copy refers to."""

    arrival: int
    community: bytes
    sender: str
    identifier: str
    sent: int | None


class Notice(NamedTuple):
    """An alert, all its copies (the earliest first), and what has become of it. `first` is the copy
    that it is shown by: its author's own, or the earliest.

    `until`: when it ends or has ended, by this machine's clock. `ended_by` are the subjects that
    ended it, `claims` those that name it and do not count. `endorsers`: stewards who stand for it.
    """

    community: bytes
    subject: bytes
    copies: tuple[Copy, ...]
    tier: Tier
    state: State
    until: int
    endorsers: tuple[bytes, ...]
    verified: bool
    ended_by: tuple[bytes, ...]
    claims: tuple[bytes, ...]
    first: Copy

    @property
    def real(self) -> bool:
        """Whether it is meant: not an exercise, a test, a draft or a matter of systems."""
        return self.first.status == "Actual"

    def is_shown(self, now: int) -> bool:
        """Whether it is in force, or ended within the last two days."""
        return self.state is State.FORCE or (
            self.state is not State.ANSWER and now < self.until + SHOWN
        )


When = Callable[[Copy], int]
Holds = Callable[[Copy], "bool | None"]


class Judge:
    """Judges the notices of one community.

    `endorsed`: by subject the persons who stand for it. `wanted`: how many stewards must; where
    there are fewer, all of them. `until` and `came` say by this machine's clock until when a copy
    is shown, and when it came. `holds`: whether the document of a copy that was handed on is here,
    and says the same (True) or something else (False); None where it is not here.
    """

    def __init__(
        self,
        stewards: Collection[bytes],
        endorsed: Mapping[bytes, Collection[bytes]],
        wanted: int,
        until: When,
        came: When,
        holds: Holds,
    ) -> None:
        self._stewards = frozenset(stewards)
        self._endorsed = endorsed
        self._wanted = max(1, min(wanted, len(self._stewards)))
        self._until = until
        self._came = came
        self._holds = holds

    def judge(self, copies: Iterable[Copy], named: Iterable[Named], now: int) -> list[Notice]:
        """All notices, the latest first."""
        by_subject: dict[bytes, list[Copy]] = defaultdict(list)
        by_name: dict[tuple[str, str], list[Copy]] = defaultdict(list)
        by_arrival: dict[int, Copy] = {}
        for copy in sorted(copies, key=lambda each: each.order):
            by_subject[copy.subject].append(copy)
            by_name[copy.sender, copy.identifier].append(copy)
            by_arrival[copy.arrival] = copy
        ended: dict[int, list[Copy]] = defaultdict(list)
        claimed: dict[bytes, set[bytes]] = defaultdict(set)
        for each in named:
            later = by_arrival.get(each.arrival)
            if later is None or later.kind not in _ENDING:
                continue
            for target in by_name.get((each.sender, each.identifier), ()):
                if each.sent not in (None, target.sent) or target.subject == later.subject:
                    continue
                if self.ends(later, target):
                    ended[target.arrival].append(later)
                else:
                    claimed[target.subject].add(later.subject)
        made = [
            self._notice(subject, found, ended, claimed.get(subject, _NOBODY), now)
            for subject, found in by_subject.items()
        ]
        return sorted(made, key=lambda each: each.first.order, reverse=True)

    def ends(self, later: Copy, target: Copy) -> bool:
        """Whether a copy that names another one ends it."""
        if (later.sender, later.status) != (target.sender, target.status):
            return False
        both = later.relayed and target.relayed
        if both and (later.sent, later.order) <= (target.sent, target.order):
            return False
        if not both and later.order <= target.order:
            return False
        if later.person == target.person:
            return True
        return both and (later.person in self._stewards or bool(self._standing(later.subject)))

    def _standing(self, subject: bytes) -> frozenset[bytes]:
        return self._stewards.intersection(self._endorsed.get(subject, ()))

    def _notice(
        self,
        subject: bytes,
        copies: list[Copy],
        ended: Mapping[int, list[Copy]],
        claimed: AbstractSet[bytes],
        now: int,
    ) -> Notice:
        own = [each for each in copies if each.own]
        standing = self._standing(subject)
        standing |= {each.person for each in own if each.person in self._stewards}
        verified = len(standing) >= self._wanted
        until = max(map(self._until, copies))
        enders = [each for copy in copies for each in ended.get(copy.arrival, ())]
        over = bool(enders) and all(ended.get(each.arrival) for each in copies)
        if over:  # it ended when its last copy did, each by what came first
            until = min(until, max(min(map(self._came, ended[e.arrival])) for e in copies))
        ended_by = {each.subject for each in enders} if over else set()
        if enders and not over:
            claimed = claimed | {each.subject for each in enders}
        return Notice(
            copies[0].community, subject, tuple(copies), self._tier(copies, own, verified),
            self._state(copies[0], enders if over else [], until, now), until,
            tuple(sorted(standing)), verified, tuple(sorted(ended_by)), tuple(sorted(claimed)),
            own[0] if own else copies[0],
        )  # fmt: skip

    def _tier(self, copies: list[Copy], own: list[Copy], verified: bool) -> Tier:
        """Official is only what somebody else sent, and of which the document is here. Without it,
        it is the word of the member who hands it on; a document that says something else speaks
        against them."""
        held = {self._holds(e) for e in copies if e.relayed and not is_members(e.sender)}
        if True in held:
            return Tier.OFFICIAL
        if verified:
            return Tier.VERIFIED
        return Tier.NEIGHBOUR if None in held or own else Tier.UNVERIFIED

    def _state(self, copy: Copy, enders: list[Copy], until: int, now: int) -> State:
        if enders:
            cancelled = any(each.kind == "Cancel" for each in enders)
            return State.CANCELLED if cancelled else State.REPLACED
        if copy.kind not in ("Alert", "Update"):
            return State.ANSWER
        return State.FORCE if now < until else State.EXPIRED
