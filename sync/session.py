"""A session: two nodes that know each other end with the same events.

Both sides run the same machine. They say hello, with digests of what they hold, so two that have
the same are done at once; if not, they tell each other in rounds what they have and send what
follows (`rounds`). Afterwards each asks for what it wants (`fetching`), and says bye.

    state       hello  tellings, end, check  events, proofs, slots  wants, parts  bye
    MEETING     → COMPARING or FETCHING or OVER
    COMPARING          yes → FETCHING, OVER  yes
    FETCHING                                 yes                    yes           → OVER
    OVER                                     dropped

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

from hearth.store.errors import NoSpaceError
from hearth.sync import message_codec, messages as m
from hearth.sync.company import Company
from hearth.sync.delta import Salt
from hearth.sync.fetching import Fetcher, Giver
from hearth.sync.intake import Intake, Summary
from hearth.sync.messages import SLOTS, Flags, Message
from hearth.sync.packing import MessageError
from hearth.sync.replica import Replica
from hearth.sync.rounds import Rounds, UnkeptPromiseError, said_digest
from hearth.sync.sending import URGENT, Sending
from hearth.sync.telling import Told, UnexpectedMessageError

__all__ = ["Session", "State", "UnexpectedMessageError", "UnkeptPromiseError", "session_salt"]

RESUMES: Final = 2
"""The version of sessions in which the rest of an object may be asked for."""
_SALT: Final = b"hearth/session-salt/1\0"


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
    `listed`: so many chains of a lane, or slots, are listed at most; more are compared by ranges.
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
        listed: int = m.MAX_CHAINS,
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
        self._listed = listed
        self._first: deque[Message] = deque()
        self._then: deque[Message] = deque()
        self._marks: dict[bytes, dict[bytes, int]] = {}
        self._hello = self._own_hello()
        self._first.append(self._hello)
        self._seen = replica.arrival()
        self._meet(Company(self._hello, m.Hello(Flags(0), frame, ()), {}), frame)
        self._bye_sent = self._bye_got = False

    @property
    def over(self) -> bool:
        """Whether nothing more is to be received, nor sent."""
        said = not self._first and not self._then and self._rounds.silent
        return self.state is State.OVER and said

    # in

    def receive(self, type: int, body: bytes) -> None:
        """Act on a message. Raises PeerError, and errors of this node's disk."""
        message = message_codec.decode(type, body)
        handler = _RULES[self.state].get(message.__class__)
        if handler is None:
            name = m.Type(type).name.lower()
            raise UnexpectedMessageError(f'a message "{name}" while {self.state.value}')
        place = getattr(message, "community", None)
        if place is not None and place >= len(self._company.communities):
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
        return m.Outgoing(*message_codec.encode(message), urgent)

    def _next(self) -> Message | None:
        if self._first:
            return self._first.popleft()
        if (message := self._sending.next_urgent()) is not None:
            return message
        if (message := self._rounds.next_telling()) is not None:
            return message
        if self._then:
            return self._then.popleft()
        return self._sending.next_ordinary() or self._next_turn()

    def _next_turn(self) -> Message | None:
        """What comes when everything has been sent for now."""
        if self.state is State.COMPARING and (end := self._rounds.next_end()) is not None:
            self._after_round()
            return end
        if self.state is State.FETCHING:
            part = self._giver.next_message()
            self.summary.objects_out = self._giver.given
            return part
        return None

    # meeting

    def _meet(self, company: Company, frame: int) -> None:
        """Begin with a peer; at first one that has not said anything and shares nothing."""
        communities = company.communities
        self._company = company
        self._intake.open = company.takes
        self._sending = Sending(
            self._replica, self._salt, self.summary, communities, frame, open=company.gives
        )
        self._fetcher = Fetcher(
            self._replica, communities, company.control_only, resumes=company.version >= RESUMES
        )
        self._giver = Giver(self._replica, communities)
        self._rounds = Rounds(
            self._replica,
            self._salt,
            self.summary,
            company,
            self._sending,
            self._intake,
            seen=self._seen,
            marks=self._marks,
            limit=self._listed,
        )

    def _own_hello(self) -> m.Hello:
        meetings: list[m.Meeting] = []
        wants = False
        for tag, community in self._tags.items():
            lanes = sorted(self._grants[community].lanes)
            digests = {
                lane: said_digest(self._replica, self._salt, community, lane) for lane in lanes
            }
            marks = self._replica.marks(community)[: m.MAX_TOKENS]
            self._marks[community] = {mark.token: mark.arrival for mark in marks}
            meetings.append(m.Meeting(tag, digests, tuple(self._marks[community])))
            wants = wants or bool(self._replica.wants(community, 1))
        meetings.sort()
        flags = self._flags | (Flags.WANTS if wants else Flags(0))
        return m.Hello(flags, self._frame, tuple(meetings[: m.MAX_COMMUNITIES]))

    def _got_hello(self, hello: m.Hello) -> None:
        self._meet(Company(self._hello, hello, self._tags), min(self._frame, hello.frame))
        self.summary.narrow |= self._company.narrow
        self.summary.apart |= self._company.apart
        self.summary.control_only |= self._company.control_only
        self.state = State.COMPARING
        if not self._rounds.over and self._company.takes and self._replica.full():
            self._intake.refuse_for(NoSpaceError("there is no room for anything more"))
            self._say_refusal()
        self._after_round()

    # comparing

    def _heard(self, told: Told) -> None:
        self._rounds.heard(told)

    def _got_end(self, end: m.End) -> None:
        self._rounds.got_end(end)
        self._after_round()

    def _got_check(self, check: m.Check) -> None:
        self._rounds.got_check(check)
        self._after_round()

    def _after_round(self) -> None:
        if not self._rounds.over:
            return
        self.state = State.FETCHING if self._rounds.wants else State.OVER
        if self._rounds.wants:
            self._ask()

    # taking

    def _got_events(self, events: m.Events) -> None:
        if events.lane not in self._company.lanes[events.community]:
            raise UnexpectedMessageError("events of a lane that is not shared")
        self._look_around()
        community = self._company.communities[events.community]
        self._intake.take_events(community, events.lane, events.frame)
        self._after_taking()

    def _got_proofs(self, proofs: m.Proofs) -> None:
        self._look_around()
        community = self._company.communities[proofs.community]
        lanes = self._company.lanes[proofs.community]
        self._intake.take_proofs(community, lanes, proofs.proofs)
        self._after_taking()

    def _got_slots(self, slots: m.Slots) -> None:
        if SLOTS not in self._company.lanes[slots.community]:
            raise UnexpectedMessageError("slots that are not shared")
        self._intake.take_slots(self._company.communities[slots.community], slots.statements)
        self._say_refusal()

    def _after_taking(self) -> None:
        self._seen = self._replica.arrival()
        self._say_refusal()

    def _say_refusal(self) -> None:
        self._first.extend(self._intake.replies(self._company.communities))

    def _got_refuse(self, refuse: m.Refuse) -> None:
        self.summary.refused_by_peer = refuse
        self._sending.clear()
        self._giver.stop()

    # what arrives here meanwhile

    def _look_around(self) -> None:
        """Send what has arrived here in urgent lanes, from elsewhere, since they were told."""
        now = self._replica.arrival()
        if now == self._seen or self.state is State.MEETING:
            return
        after, self._seen = self._seen, now
        if self.state is State.OVER or self._bye_sent or not self._sending.open:
            return
        for (lane, place), told in self._rounds.told.items():
            if lane in URGENT and told < now:
                self._sending.add_fresh((lane, place), max(after, told), now)

    # fetching

    def _ask(self) -> None:
        want = None if self.summary.refused else self._fetcher.ask()
        if want is not None:
            self._then.append(want)
        elif not self._fetcher.waiting and not self._bye_sent:
            self._bye_sent = True
            self._then.append(m.Bye())
            self._part()

    def _got_part(self, part: m.Part) -> None:
        self._intake.may_take(len(part.data))
        self._got_answer(self._fetcher.got_part, part)

    def _got_gone(self, gone: m.Gone) -> None:
        self._got_answer(self._fetcher.got_gone, gone)

    def _got_answer(self, take: Callable[[Any], None], answer: Message) -> None:
        try:
            take(answer)
        except NoSpaceError as full:
            self._intake.refuse_for(full)
        self._say_refusal()
        self.summary.objects_in = self._fetcher.kept
        if self._fetcher.may_ask:
            self._ask()

    def _got_want(self, want: m.Want | m.Rest) -> None:
        if self._bye_got:
            raise UnexpectedMessageError("a want after bye")
        closed = self._company.communities[want.community] in self._company.control_only
        self._giver.got_want(want, closed=closed)

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
        m.Change: Session._heard,
        m.Frontier: Session._heard,
        m.Listing: Session._heard,
        m.Reconcile: Session._heard,
        m.Chains: Session._heard,
        m.Slots: Session._got_slots,
        m.End: Session._got_end,
        m.Check: Session._got_check,
    },
    State.FETCHING: {
        **_TAKING,
        m.Want: Session._got_want,
        m.Rest: Session._got_want,
        m.Part: Session._got_part,
        m.Gone: Session._got_gone,
        m.Bye: Session._got_bye,
    },
    State.OVER: dict.fromkeys(_TAKING, Session._drop),
}
"""Which message may come in which state, and what then."""
