"""A session: two nodes that know each other end with the same events.

Both sides run the same machine; nobody leads. A round is:

    both tell the lanes whose digests differ         change, frontier, listing
    both send what follows from what they were told  proofs, events, slots … end
    both say what they have then                     check

and where the digests still differ, the next round tells more. The first digests are those of the
hellos, so two nodes that have the same are done after them. Afterwards each asks for what it
wants (`fetching`), and says bye.

    state       hello  tellings  events, proofs, slots  end, check  wants, parts  bye
    MEETING     → COMPARING or FETCHING or OVER
    COMPARING          yes       yes                    yes → FETCHING
    FETCHING                     yes                                yes           → OVER
    OVER                         dropped

Sans-IO: messages in (`receive`), messages out (`next_message`), and calls on a `Replica`, each of
which is one commit. Messages are made when they are asked for, so a driver that asks only while
its connection takes more keeps memory flat, and whatever arrives here meanwhile in the control
and emergency lanes goes before what is still to be sent. Nothing needs a checkpoint: what was
committed is in the next session's digests.

What the peer states is never believed, only acted on: a wrong frontier makes it get too much or
too little; a wrong digest, rounds that teach nobody anything, after which both stop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final

from blake3 import blake3

from hearth.sync import messages as m
from hearth.sync.comparing import Holding, Plan
from hearth.sync.delta import Salt
from hearth.sync.fetching import Fetcher, Giver
from hearth.sync.intake import Intake, Summary
from hearth.sync.messages import SLOTS, Flags, Message
from hearth.sync.packing import MessageError, OverLimitError, PeerError
from hearth.sync.replica import Replica
from hearth.sync.sending import URGENT, Key, Sending

MAX_ROUNDS: Final = 8
_MARK: Final = b"hearth/sync-mark/1\0"
_SALT: Final = b"hearth/session-salt/1\0"


class UnexpectedMessageError(PeerError):
    """A message that may not come now."""

    code = "unexpected-message"


class UnkeptPromiseError(PeerError):
    """The peer said that it has events and did not send them."""

    code = "unkept-promise"


class State(Enum):
    """Where a session is."""

    MEETING = "meeting"
    COMPARING = "comparing"
    FETCHING = "fetching"
    OVER = "over"


def session_salt(handshake_hash: bytes) -> bytes:
    """The salt of a session, from the hash of its handshake."""
    return blake3(_SALT + handshake_hash).digest()


class Session:
    """One side of a session. `salt`: 32 bytes that both sides know, new in every session.

    `budget`: how many bytes of events, slots and objects are taken before this side says stop.
    Whatever the peer does wrong is a PeerError, after which only `summary` makes sense; errors
    of this node's disk come through.
    """

    def __init__(
        self,
        replica: Replica,
        salt: bytes,
        *,
        flags: Flags = Flags.TAKES | Flags.GIVES,
        frame: int = 1 << m.MAX_FRAME_LOG,
        budget: int | None = None,
    ) -> None:
        self.state = State.MEETING
        self.summary = Summary()
        self._replica = replica
        self._salt = Salt(salt)
        self._flags = flags & (Flags.TAKES | Flags.GIVES)
        self._frame = frame
        self._intake = Intake(replica, self._salt, self.summary, frame, budget)
        self._grants = replica.grants()
        self._tags = {self._salt.hash(community): community for community in self._grants}
        self._first: deque[Message] = deque()
        self._then: deque[Message] = deque()
        self._marks: dict[bytes, dict[bytes, int]] = {}
        self._hello = self._own_hello()
        self._first.append(self._hello)
        self._peer = self._hello
        self._communities: list[bytes] = []
        self._lanes: dict[int, frozenset[int]] = {}
        self._seen = replica.arrival()
        self._told: dict[Key, int] = {}
        self._sending = Sending(replica, self._salt, self.summary, [], frame)
        self._compared: list[Key] = []
        self._awaited: dict[Key, Holding | None] = {}
        self._marked: dict[Key, set[bytes]] = {}
        self._promised: dict[Key, list[tuple[bytes, int]]] = {}
        self._end_sent = self._end_got = False
        self._check_sent: m.Check | None = None
        self._check_got: m.Check | None = None
        self._fetcher = Fetcher(replica, [])
        self._giver = Giver(replica, [])
        self._bye_sent = self._bye_got = False

    @property
    def over(self) -> bool:
        """Whether nothing more is to be received, nor sent."""
        return self.state is State.OVER and not self._first and not self._then

    @property
    def shared(self) -> dict[bytes, frozenset[int]]:
        """The communities that both have named, and the lanes of each; empty before a hello."""
        return {each: self._lanes[place] for place, each in enumerate(self._communities)}

    # in

    def receive(self, type: int, body: bytes) -> None:
        """Act on a message. Raises PeerError, and errors of this node's disk."""
        message = m.decode(type, body)
        handler = _RULES[self.state].get(message.__class__)
        if handler is None:
            name = m.Type(type).name.lower()
            raise UnexpectedMessageError(f'a message "{name}" while {self.state.value}')
        place = getattr(message, "community", None)
        if place is not None and place >= len(self._communities):
            raise MessageError(f"there is no community at place {place}")
        handler(self, message)

    # out

    def next_message(self) -> m.Outgoing | None:
        """The next message, or None until something else happens."""
        self._look_around()
        message = self._next()
        if message is None:
            return None
        urgent = isinstance(message, m.Hello | m.Proofs)
        if isinstance(message, m.Events):
            urgent = message.lane in URGENT
        return m.Outgoing(*m.encode(message), urgent)

    def _next(self) -> Message | None:
        if self._first:
            return self._first.popleft()
        if (message := self._sending.next_urgent()) is not None:
            return message
        if self._then:
            return self._then.popleft()
        return self._sending.next_ordinary() or self._next_turn()

    def _next_turn(self) -> Message | None:
        """What comes when everything has been sent for now."""
        if self.state is State.COMPARING and not self._awaited and not self._end_sent:
            self._end_sent = True
            self._after_ends()
            return m.End()
        if self.state is State.FETCHING:
            part = self._giver.next_message()
            self.summary.objects_out = self._giver.given
            return part
        return None

    # meeting

    def _own_hello(self) -> m.Hello:
        meetings: list[m.Meeting] = []
        wants = False
        for tag, community in self._tags.items():
            lanes = sorted(self._grants[community].lanes)
            digests = {lane: self._digest(community, lane) for lane in lanes}
            marks = self._replica.marks(community)[: m.MAX_TOKENS]
            self._marks[community] = {mark.token: mark.arrival for mark in marks}
            meetings.append(m.Meeting(tag, digests, tuple(self._marks[community])))
            wants = wants or bool(self._replica.wants(community, 1))
        meetings.sort()
        flags = self._flags | (Flags.WANTS if wants else Flags(0))
        return m.Hello(flags, self._frame, tuple(meetings[: m.MAX_COMMUNITIES]))

    def _digest(self, community: bytes, lane: int) -> bytes:
        return self._salt.hash(self._replica.digest(community, lane), m.DIGEST)

    def _got_hello(self, hello: m.Hello) -> None:
        self._peer = hello
        ours = {meeting.tag: meeting for meeting in self._hello.meetings}
        differ: list[Key] = []
        for theirs in sorted(hello.meetings):
            if theirs.tag not in ours:
                continue
            place, mine = len(self._communities), ours[theirs.tag]
            self._communities.append(self._tags[theirs.tag])
            lanes = mine.digests.keys() & theirs.digests.keys()
            self._lanes[place] = frozenset(lanes)
            self._told.update({(lane, place): self._seen for lane in lanes})
            differ += [(ln, place) for ln in lanes if mine.digests[ln] != theirs.digests[ln]]
        self._sending = Sending(
            self._replica,
            self._salt,
            self.summary,
            self._communities,
            min(self._frame, hello.frame),
        )
        self._fetcher = Fetcher(self._replica, self._communities)
        self._giver = Giver(self._replica, self._communities)
        self._intake.open = self._flows(hello, self._hello)
        self._conclude(sorted(differ), first=True)

    def _flows(self, giver: m.Hello, taker: m.Hello) -> bool:
        return bool(giver.flags & Flags.GIVES and taker.flags & Flags.TAKES)

    # comparing

    def _conclude(self, differ: list[Key], *, first: bool = False, learnt: bool = True) -> None:
        """Digests have been compared: another round, or on to objects."""
        places = {place for _, place in differ}
        for place, community in enumerate(self._communities):
            if place not in places and (first or any(p == place for _, p in self._compared)):
                self._agreed(place, community)
        self.summary.unequal = {self._communities[place] for place in places}
        self.summary.equal = set(self._communities) - self.summary.unequal
        flows = self._flows(self._hello, self._peer) or self._flows(self._peer, self._hello)
        if differ and flows and learnt and self.summary.rounds < MAX_ROUNDS:
            self._begin_round(differ, whole=not first)
            return
        if differ and flows:
            self._check_promises(differ)
        self.state = State.FETCHING
        if first and not (self._hello.flags | self._peer.flags) & Flags.WANTS:
            self.state = State.OVER
            return
        self._ask()

    def _agreed(self, place: int, community: bytes) -> None:
        """Remember that both hold the same of a community, as a hint for the next session."""
        lanes = sorted(self._lanes[place] - {SLOTS})
        hasher = blake3(_MARK + community)
        for lane in lanes:
            hasher.update(bytes((lane,)) + self._replica.digest(community, lane))
        token = hasher.digest(length=m.TOKEN)
        marks = self._replica.marks(community)
        if not marks or marks[0].token != token:
            self._replica.remember(community, token)

    def _begin_round(self, differ: list[Key], *, whole: bool) -> None:
        self.state = State.COMPARING
        self.summary.rounds += 1
        self._compared = differ
        self._end_sent = self._end_got = self._intake.learnt = False
        self._check_sent = self._check_got = None
        self._promised.clear()
        for lane, place in differ:
            key, community = (lane, place), self._communities[place]
            if lane == SLOTS:
                self._awaited[key] = None
                self._then.append(self._sending.listing(place, m.MAX_CHAINS))
                continue
            self._intake.foresee(community, lane)
            self._then.extend(self._intake.replies(self._communities))
            after = None if whole else self._common_mark(place, community)
            marked = self._marked.get(key, ())
            holding = Holding(
                self._replica, self._salt, community, lane, after=after, marked=marked
            )
            self._awaited[key] = holding
            self._told[key] = holding.until
            telling = holding.frontier(place) if after is None else holding.change(place)
            self._check_listable(telling)
            self._then.append(telling)

    def _check_listable(self, telling: m.Change | m.Frontier) -> None:
        """Where rung 4, range-based reconciliation over entries, will begin."""
        entries = telling.plain if isinstance(telling, m.Frontier) else telling.grown
        if len(entries) > m.MAX_CHAINS or len(telling.knots) > m.MAX_KNOTS:
            raise OverLimitError(f"more than {m.MAX_CHAINS} chains in one lane cannot be listed")

    def _common_mark(self, place: int, community: bytes) -> int | None:
        """Our arrival number at the newest moment that both remember."""
        tag = self._salt.hash(community)
        theirs = next(meeting.tokens for meeting in self._peer.meetings if meeting.tag == tag)
        ours = self._marks[community]
        common = [(list(ours).index(t) + theirs.index(t), t) for t in ours if t in theirs]
        return ours[min(common)[1]] if common else None

    def _got_telling(self, told: m.Change | m.Frontier) -> None:
        key = (told.lane, told.community)
        holding = self._awaited.get(key)
        if holding is None:
            raise UnexpectedMessageError("a lane is told that is not being compared")
        if isinstance(told, m.Change):
            if holding.after is None:
                raise UnexpectedMessageError("a change since nothing that both remember")
            plan = holding.from_change(told)
            self._intake.learnt = True  # if it is not enough, there is more to be told
        else:
            plan = holding.from_frontier(told)
        del self._awaited[key]
        self._follow(key, plan)

    def _follow(self, key: Key, plan: Plan) -> None:
        """Do what follows from what the peer told of a lane."""
        known = self._marked.setdefault(key, set())
        self._intake.learnt = self._intake.learnt or not plan.marked <= known
        known |= plan.marked
        self._promised[key] = plan.promised
        if self._giving:
            for device in plan.forks:
                self._sending.add_proof(key, device)
            self._sending.add(key, plan.tasks)

    @property
    def _giving(self) -> bool:
        return self._flows(self._hello, self._peer) and self.summary.refused_by_peer is None

    def _got_listing(self, told: m.Listing) -> None:
        key = (SLOTS, told.community)
        if key not in self._awaited:
            raise UnexpectedMessageError("slots are told that are not being compared")
        del self._awaited[key]
        if self._giving:
            self._sending.add_slots(told)

    def _got_end(self, end: m.End) -> None:
        if self._awaited or self._end_got:
            raise UnexpectedMessageError("an end before everything was told")
        self._end_got = True
        self._after_ends()

    def _after_ends(self) -> None:
        """Once both have sent everything: say what is held now."""
        if self._end_sent and self._end_got and self._check_sent is None:
            digests = [self._digest(self._communities[place], ln) for ln, place in self._compared]
            self._check_sent = m.Check(self._intake.learnt, tuple(digests))
            self._then.append(self._check_sent)
            self._after_checks()

    def _got_check(self, check: m.Check) -> None:
        if not self._end_got or self._check_got is not None:
            raise UnexpectedMessageError("a check before the end")
        if len(check.digests) != len(self._compared):
            raise MessageError("a check of something else")
        self._check_got = check
        self._after_checks()

    def _after_checks(self) -> None:
        ours, theirs = self._check_sent, self._check_got
        if ours is None or theirs is None:
            return
        pairs = zip(self._compared, ours.digests, theirs.digests, strict=True)
        differ = [key for key, mine, other in pairs if mine != other]
        self._conclude(differ, learnt=ours.learnt or theirs.learnt)

    def _check_promises(self, differ: list[Key]) -> None:
        """After rounds that taught nothing: did the peer send what it said it has?"""
        if self.summary.withheld or not self._flows(self._peer, self._hello):
            return
        for lane, place in differ:
            promised = self._promised.get((lane, place))
            if promised:
                community = self._communities[place]
                now = Holding(self._replica, self._salt, community, lane, after=None)
                if any(length > now.length(tag) for tag, length in promised):
                    raise UnkeptPromiseError("the peer does not send what it says it has")

    # taking

    def _got_events(self, events: m.Events) -> None:
        if events.lane not in self._lanes[events.community]:
            raise UnexpectedMessageError("events of a lane that is not shared")
        self._look_around()
        community = self._communities[events.community]
        self._intake.take_events(community, events.lane, events.frame)
        self._after_taking()

    def _got_proofs(self, proofs: m.Proofs) -> None:
        self._look_around()
        community, lanes = self._communities[proofs.community], self._lanes[proofs.community]
        self._intake.take_proofs(community, lanes, proofs.proofs)
        self._after_taking()

    def _got_slots(self, slots: m.Slots) -> None:
        if SLOTS not in self._lanes[slots.community]:
            raise UnexpectedMessageError("slots that are not shared")
        self._intake.take_slots(self._communities[slots.community], slots.statements)
        self._after_taking()

    def _after_taking(self) -> None:
        self._seen = self._replica.arrival()
        self._first.extend(self._intake.replies(self._communities))

    def _got_refuse(self, refuse: m.Refuse) -> None:
        self.summary.refused_by_peer = refuse
        self._sending.clear()

    # what arrives here meanwhile

    def _look_around(self) -> None:
        """Send what has arrived here in urgent lanes, from elsewhere, since they were told."""
        now = self._replica.arrival()
        if now == self._seen or self.state is State.MEETING:
            return
        after, self._seen = self._seen, now
        if self.state is State.OVER or self._bye_sent or not self._giving:
            return
        for (lane, place), told in self._told.items():
            if lane in URGENT and told < now:
                self._sending.add_fresh((lane, place), max(after, told), now)

    # fetching

    def _ask(self) -> None:
        want = None if self.summary.refused else self._fetcher.ask()
        if want is not None:
            self._then.append(want)
        elif not self._bye_sent:
            self._bye_sent = True
            self._then.append(m.Bye())
            self._part()

    def _got_part(self, part: m.Part) -> None:
        self._intake.may_take(len(part.data))
        self._fetcher.got_part(part)
        self._after_answer()

    def _got_gone(self, gone: m.Gone) -> None:
        self._fetcher.got_gone(gone)
        self._after_answer()

    def _after_answer(self) -> None:
        self.summary.objects_in = self._fetcher.kept
        if not self._fetcher.waiting:
            self._ask()

    def _got_want(self, want: m.Want) -> None:
        if self._bye_got:
            raise UnexpectedMessageError("a want after bye")
        self._giver.got_want(want)

    def _got_bye(self, bye: m.Bye) -> None:
        self._bye_got = True
        self._part()

    def _part(self) -> None:
        if self._bye_sent and self._bye_got and not self._giver:
            self.state = State.OVER

    def _drop(self, message: Message) -> None:
        """What was on its way when both were done."""


Handler = Callable[[Session, Any], None]

_TAKING: Final[dict[type, Handler]] = {
    m.Events: Session._got_events,
    m.Proofs: Session._got_proofs,
    m.Refuse: Session._got_refuse,
    m.Decline: lambda self, told: self._sending.decline(told),
}

_RULES: Final[Mapping[State, Mapping[type, Handler]]] = {
    State.MEETING: {m.Hello: Session._got_hello},
    State.COMPARING: {
        **_TAKING,
        m.Change: Session._got_telling,
        m.Frontier: Session._got_telling,
        m.Listing: Session._got_listing,
        m.Slots: Session._got_slots,
        m.End: Session._got_end,
        m.Check: Session._got_check,
    },
    State.FETCHING: {
        **_TAKING,
        m.Want: Session._got_want,
        m.Part: Session._got_part,
        m.Gone: Session._got_gone,
        m.Bye: Session._got_bye,
    },
    State.OVER: dict.fromkeys(_TAKING, Session._drop),
}
"""Which message may come in which state, and what then."""
