"""The rounds of a session: both tell, send what follows, and compare again.

    both tell the lanes whose digests differ         change, frontier, listing   (`telling`)
    both send what follows from what they were told  proofs, events, slots … end
    both say what they have then, and what they found check

A round in which nobody learns anything is the last but one: in one more, the lanes that still
differ are compared by the ids of their events (`ranges`). Where only one side takes, the lanes
differ by right, and there is another round only if somebody says that more must be told. Then it is
over, whether the digests agree or not.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from blake3 import blake3

from hearth.store.errors import NoSpaceError
from hearth.sync import messages as m, ranges
from hearth.sync.company import Company, Key
from hearth.sync.comparing import Holding
from hearth.sync.delta import Salt
from hearth.sync.intake import Intake, Summary
from hearth.sync.judging import Plan
from hearth.sync.messages import SLOTS, Message
from hearth.sync.packing import MessageError, PeerError
from hearth.sync.replica import Replica
from hearth.sync.sending import Sending
from hearth.sync.telling import (
    IdsTelling,
    LaneTelling,
    SlotsTelling,
    Telling,
    Told,
    UnexpectedMessageError,
)

MAX_ROUNDS: Final = 8
"""Rounds in which chains are told; one more for ids."""
_MARK: Final = b"hearth/sync-mark/1\0"

Marks = Mapping[bytes, Mapping[bytes, int]]
"""By community and token: our arrival number when this peer and we agreed."""


class UnkeptPromiseError(PeerError, code="unkept-promise"):
    """The peer said that it has events and did not send them."""


@dataclass(slots=True)
class _Round:
    """How far a round has come, and what it is like for this side, beside what the intake has
    learnt. `unplaced`: how many events could not be placed before it; `more`: what was told is not
    enough; `changed`: a change was told; `unexplained`: and nothing follows from it."""

    unplaced: int
    more: bool = False
    changed: bool = False
    unexplained: bool = False
    end_sent: bool = False
    end_got: bool = False
    check_sent: m.Check | None = None
    check_got: m.Check | None = None
    check_said: bool = True


class Rounds:
    """All rounds of one session. `seen`: our arrival number when we said hello; `marks`: what we
    said that we remember; `limit`: so many chains or slots are listed at most."""

    def __init__(
        self,
        replica: Replica,
        salt: Salt,
        summary: Summary,
        company: Company,
        sending: Sending,
        intake: Intake,
        *,
        seen: int,
        marks: Marks,
        limit: int = m.MAX_CHAINS,
    ) -> None:
        self.over = False
        self.wants = company.wants
        """Whether either side wants objects, as far as they have said."""
        self.told = {(ln, at): seen for at, lanes in enumerate(company.lanes) for ln in lanes}
        """Up to which arrival number a lane has been told."""
        self._replica = replica
        self._salt = salt
        self._summary = summary
        self._company = company
        self._sending = sending
        self._intake = intake
        self._remembered = marks
        self._limit = limit
        self._out: deque[Iterator[Message]] = deque()
        self._compared: list[Key] = []
        self._awaited: dict[Key, Telling] = {}
        self._unopened: deque[Key] = deque()
        self._said: Counter[Key] = Counter()
        self._heard: Counter[Key] = Counter()
        self._marked: dict[Key, set[bytes]] = {}
        self._promised: dict[Key, list[tuple[bytes, int]]] = {}
        self._asked: dict[Key, IdsTelling] = {}
        self._round = _Round(0)
        self._last = False
        self._gives, self._takes = company.gives, company.takes
        self._conclude(company.differ, list(range(len(company.communities))))

    # out

    @property
    def silent(self) -> bool:
        """Whether the last check has been handed out: nothing follows it."""
        return self.over and self._round.check_said

    def next_telling(self) -> Message | None:
        """What this side tells or answers, before events are sent."""
        while self._out:
            for message in self._out[0]:
                if isinstance(message, m.Reconcile):
                    self._said[message.lane, message.community] += 1
                self._round.check_said |= isinstance(message, m.Check)
                return message
            self._out.popleft()
        return None

    def next_end(self) -> m.End | None:
        """An end, when everything has been told and sent."""
        if self.over or self._awaited or self._round.end_sent:
            return None
        self._round.end_sent = True
        self._after_ends()
        return m.End()

    # in

    def heard(self, told: Told) -> None:
        """The peer tells a lane or slots, or answers. Raises PeerError."""
        lane = SLOTS if isinstance(told, m.Listing) else told.lane
        key = (lane, told.community)
        telling = self._awaited.get(key)
        if telling is None:
            raise UnexpectedMessageError("something is told that is not being compared")
        if isinstance(told, m.Reconcile):
            if self._heard[key] > self._said[key]:
                raise UnexpectedMessageError("ranges before the last ones have been answered")
            self._heard[key] += 1
        answer: Iterable[Message]
        if isinstance(telling, LaneTelling):
            plan, answer = telling.heard(told)
            if plan is not None:
                self._follow(key, plan)
            if isinstance(told, m.Change):
                self._round.changed = True  # if it is not enough, there is more to be told
                self._round.unexplained |= plan is not None and not plan.tasks
        else:
            answer = telling.heard(told)
        self._out.append(iter(answer))
        if telling.done:
            del self._awaited[key]
            self._open()

    def got_end(self, end: m.End) -> None:
        """The peer has sent everything. Raises PeerError."""
        if self._awaited or self._round.end_got:
            raise UnexpectedMessageError("an end before everything was told")
        self._round.end_got = True
        self._after_ends()

    def got_check(self, check: m.Check) -> None:
        """The peer says what it has. Raises PeerError."""
        if not self._round.end_got or self._round.check_got is not None:
            raise UnexpectedMessageError("a check before the end")
        if len(check.digests) != len(self._compared):
            raise MessageError("a check of something else")
        self._round.check_got = check
        self._after_checks()

    # a round

    def _begin(self, differ: list[Key], *, whole: bool) -> None:
        self._summary.rounds += 1
        self._compared = differ
        self._intake.learnt = False
        self._round = _Round(self._summary.unplaced)
        self._said.clear()
        self._heard.clear()
        if not self._last:
            self._promised.clear()
        communities = self._company.communities
        for lane, place in differ:
            self._intake.foresee(communities[place], lane)
        self._out.append(iter(self._intake.replies(communities)))
        self._awaited = {key: self._telling(key, whole=whole) for key in differ}
        self._unopened.extend(differ)
        self._open()

    def _open(self) -> None:
        """Tell every lane; in the last round, who leads goes on when one is done: each costs as
        much memory as there are events in it."""
        while self._unopened:
            key = self._unopened.popleft()
            telling = self._awaited[key]
            self._out.append(iter(telling.first()))
            if telling.done:
                del self._awaited[key]
            elif self._last and self._company.leads:
                return

    def _telling(self, key: Key, *, whole: bool) -> Telling:
        lane, place = key
        if self._last:
            self._asked[key] = self._ids(key, willing=self._may_be_cured and self._sending.open)
            return self._asked[key]
        if lane == SLOTS:
            ids = self._ids(key, willing=True)
            return SlotsTelling(self._sending, ids, place, self._limit)
        community = self._company.communities[place]
        marks = self._remembered[community]
        holding = Holding(
            self._replica,
            self._salt,
            community,
            lane,
            after=None if whole else self._company.common_mark(place, marks),
            marked=self._marked.get(key, ()),
            trusts=not whole,
        )
        self.told[key] = holding.until
        return LaneTelling(
            self._replica,
            self._salt,
            holding,
            place,
            leads=self._company.leads,
            limit=self._limit,
        )

    def _ids(self, key: Key, *, willing: bool) -> IdsTelling:
        community = self._company.communities[key[1]]

        def send(beginnings: Iterable[bytes], complete: bool) -> None:
            self._send_by_id(key, beginnings, complete=complete)

        return IdsTelling(
            self._replica,
            community,
            key,
            leads=self._company.leads,
            willing=willing,
            takes=self._company.takes and self._summary.refused is None,
            send=send,
        )

    def _send_by_id(self, key: Key, beginnings: Iterable[bytes], *, complete: bool) -> None:
        lane, place = key
        if not self._sending.open:
            return
        if lane == SLOTS:
            self._sending.add_slots_by_id(place, frozenset(beginnings))
            return
        community = self._company.communities[place]
        tasks = ranges.tasks(self._replica, community, lane, beginnings, complete=complete)
        self._sending.add(key, tasks)

    def _follow(self, key: Key, plan: Plan) -> None:
        """Do what follows from what the peer told of a lane."""
        known = self._marked.setdefault(key, set())
        self._round.more |= not plan.settled or not plan.marked <= known
        known |= plan.marked
        self._promised.setdefault(key, []).extend(plan.promised)
        for device in plan.forks:
            self._sending.add_proof(key, device)
        self._sending.add(key, plan.tasks)

    def _after_ends(self) -> None:
        """Once both have sent everything: say what is held now."""
        if self._round.end_sent and self._round.end_got and self._round.check_sent is None:
            digests = [
                said_digest(self._replica, self._salt, self._company.communities[place], lane)
                for lane, place in self._compared
            ]
            receipts = tuple(self._receipts())
            check = m.Check(self._found(), tuple(digests))
            self._round.check_sent, self._round.check_said = check, False
            self._out.append(iter((*receipts, check)))
            self._after_checks()

    def _found(self) -> m.Found:
        """What this round was like, for this side."""
        learnt, full = self._intake.learnt, self._summary.refused is not None
        more = self._round.more or self._summary.unplaced > self._round.unplaced
        if self._takes and not full and not learnt:
            more = more or self._round.unexplained  # changes that explain nothing: tell the whole
        flags = {
            m.Found.LEARNT: learnt or self._round.changed,
            m.Found.MORE: more,
            m.Found.WANTS: not full and self._wants(),
            m.Found.FULL: full,
        }
        return m.Found(sum(flag for flag, is_so in flags.items() if is_so))

    def _wants(self) -> bool:
        """Whether objects or payloads are wanted of the other."""
        company = self._company
        open = (each for each in company.communities if each not in company.control_only)
        return any(self._replica.wants(community, 1) for community in open)

    def _receipts(self) -> Iterator[Message]:
        """State what has come, and tell at once, beside the check: no round is needed for it.

        The other side's receipts come after its end has, so neither is in what the two compare.
        """
        for place in sorted({place for _, place in self._compared}):
            if SLOTS in self._company.lanes[place]:
                stated = self._replica.receipts(self._company.communities[place])
                yield from self._sending.stated(place, stated)

    def _after_checks(self) -> None:
        ours, theirs = self._round.check_sent, self._round.check_got
        if ours is None or theirs is None:
            return
        pairs = zip(self._compared, ours.digests, theirs.digests, strict=True)
        differ = [key for key, mine, other in pairs if mine != other]
        compared = sorted({place for _, place in self._compared})
        self._takes = self._takes and not ours.found & m.Found.FULL
        self._gives = self._gives and not theirs.found & m.Found.FULL
        found = ours.found | theirs.found
        self.wants = bool(found & m.Found.WANTS)
        self._conclude(differ, compared, found=found)

    def _conclude(
        self, differ: list[Key], compared: list[int], *, found: m.Found = m.Found.MORE
    ) -> None:
        """Digests have been compared: another round, the last one, or none."""
        communities = self._company.communities
        places = {place for _, place in differ}
        for place in compared:
            if place not in places:
                self._agreed(place)
        self._summary.unequal = {communities[place] for place in places}
        self._summary.equal = set(communities) - self._summary.unequal
        both = self._gives and self._takes
        if differ and (self._gives or self._takes) and not self._last:
            again = found & (m.Found.MORE | m.Found.LEARNT) if both else found & m.Found.MORE
            if again and self._summary.rounds < MAX_ROUNDS:
                self._begin(differ, whole=self._summary.rounds > 0)
                return
            if both:
                self._last = True
                self._begin(differ, whole=True)
                return
        if differ:
            self._check_promises(differ)
        self.over = True

    def _agreed(self, place: int) -> None:
        """Remember that both hold the same of a community, as a hint for the next session."""
        community = self._company.communities[place]
        hasher = blake3(_MARK + community)
        for lane in sorted(self._company.lanes[place] - {SLOTS}):
            hasher.update(bytes((lane,)) + self._replica.digest(community, lane))
        token = hasher.digest(length=m.TOKEN)
        marks = self._replica.marks(community)
        if not marks or marks[0].token != token:
            with suppress(NoSpaceError):  # a full disk costs a hint, not the session
                self._replica.remember(community, token)

    # when it is over

    @property
    def _may_be_cured(self) -> bool:
        """Whether comparing ids may bring what has not come: nothing is known that keeps it out."""
        summary = self._summary
        return not (summary.refused or summary.foreign or summary.declined or summary.over)

    def _check_promises(self, differ: list[Key]) -> None:
        """After rounds that taught nothing: did the peer send what it said it has?"""
        if not self._company.takes or not self._may_be_cured or self._summary.unplaced:
            return
        for key in differ:
            lane, place = key
            if key in self._asked and self._asked[key].partly:
                continue
            community = self._company.communities[place]
            if promised := self._promised.get(key):
                now = Holding(self._replica, self._salt, community, lane, after=None)
                if any(length > now.length(tag) for tag, length in promised):
                    raise UnkeptPromiseError("the peer does not send what it says it has")
            if key in self._asked and lane != SLOTS:
                needs = self._asked[key].needs
                if not all(self._replica.find(community, lane, id) for id in needs):
                    raise UnkeptPromiseError("the peer does not send the events that it named")


def said_digest(replica: Replica, salt: Salt, community: bytes, lane: int) -> bytes:
    """The digest of a lane or of slots, as it is said in one session."""
    return salt.hash(replica.digest(community, lane), m.DIGEST)
