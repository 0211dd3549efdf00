"""Peers that lie, repeat themselves, promise and send garbage: a typed error, nothing stored."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from log_kit import Device, chain, make
from reconcile_kit import SortedItems
from session_kit import COMMUNITY, Node, drain, nodes, sync

from hearth.store.errors import HearthError
from hearth.store.header import Lane
from hearth.store.slots import LABEL as SLOT_LABEL, encode as encode_slot
from hearth.sync import delta, message_codec, messages as m, ranges
from hearth.sync.delta import Salt, Stretch
from hearth.sync.fetching import BadObjectError, NotAskedError
from hearth.sync.intake import MAX_USELESS, BadEventsError, RepetitionError
from hearth.sync.messages import SLOTS, Flags, What
from hearth.sync.negentropy_message import ReconcileError, VersionError
from hearth.sync.packing import MessageError, OverLimitError, PeerError
from hearth.sync.reconcile import LongMessageError, Responder, StalledError, TooManyRoundsError
from hearth.sync.replica import Grant
from hearth.sync.rounds import MAX_ROUNDS
from hearth.sync.session import Session, State, UnexpectedMessageError, UnkeptPromiseError
from hearth.sync.telling import MAX_PARTS, MAX_TOLD

SALT = bytes(32)
TAG = Salt(SALT).hash(COMMUNITY)
LIAR = Device("liar")


class Victim:
    """A node in a session with a peer whose every message the test makes."""

    def __init__(self, node: Node, **options: Any) -> None:
        self.node = node
        self.session: Session = node.session(LIAR.device, SALT, **options)
        self.said: list[m.Message] = []
        self.listen()

    def listen(self) -> None:
        self.said += [message_codec.decode(each.type, each.body) for each in drain(self.session)]

    def hear(self, *messages: m.Message) -> None:
        for message in messages:
            self.session.receive(*message_codec.encode(message))
            self.listen()

    def meet(self, *lanes: int, flags: Flags = Flags.TAKES | Flags.GIVES, **more: Any) -> None:
        """Say hello, with digests that differ in these lanes."""
        hello = self.said[0]
        assert isinstance(hello, m.Hello)
        ours = hello.meetings[0].digests
        digests = {lane: b"differs!" if lane in lanes else ours[lane] for lane in ours}
        self.hear(m.Hello(flags, 1 << 17, (m.Meeting(TAG, digests, ()),), **more))


def frame(stretches: list[Stretch]) -> bytes:
    return delta.encode(Salt(SALT), stretches)


def stretch(records: list[delta.Record], signer: Device = LIAR) -> Stretch:
    return Stretch(signer.device, 1, None, False, False, records)


GOOD = [made.record for made in chain(LIAR, 3)]
FORGED = [(header, bytes(64), payload) for header, _, payload in GOOD[:1]]
NOTHING = m.Frontier(0, Lane.CHAT, (), ())
DECLINED = m.Reconcile(0, Lane.CHAT, (), b"")
SLOT = encode_slot(COMMUNITY, LIAR.device, 1, b"", 1, None, b"")
FOREIGN_SLOT = encode_slot(bytes(32), LIAR.device, 1, b"", 1, None, b"")


def after_hello(*messages: m.Message) -> Callable[[Victim], None]:
    def play(victim: Victim) -> None:
        victim.meet(Lane.CHAT, SLOTS)
        victim.hear(*messages)

    return play


def unkept(victim: Victim) -> None:
    victim.meet(Lane.CHAT)
    told = m.Frontier(0, Lane.CHAT, ((b"t" * 6, 1_000_000, b"head"),), ())
    victim.hear(told, m.End(), m.Check(m.Found.LEARNT, (b"differs!",)))
    victim.hear(told, m.End(), m.Check(m.Found(0), (b"differs!",)))
    victim.hear(DECLINED, m.End(), m.Check(m.Found(0), (b"differs!",)))


def unkept_for_ever(victim: Victim) -> None:
    """Claims to learn something every time."""
    victim.meet(Lane.CHAT)
    for _ in range(MAX_ROUNDS):
        told = m.Frontier(0, Lane.CHAT, ((b"t" * 6, 1_000_000, b"head"),), ())
        victim.hear(told, m.End(), m.Check(m.Found.LEARNT, (b"differs!",)))
    victim.hear(DECLINED, m.End(), m.Check(m.Found.LEARNT, (b"differs!",)))


def repeats(victim: Victim) -> None:
    victim.meet(Lane.CHAT)
    for _ in range(MAX_USELESS + 2):
        victim.hear(m.Events(0, Lane.CHAT, frame([stretch(GOOD)])))


def wrong_object(victim: Victim) -> None:
    victim.node.wanted[COMMUNITY] = [(What.OBJECT, b"w" * 32)]
    victim.meet()
    victim.hear(m.Part(0, What.OBJECT, b"w" * 32, 5, 0, b"wrong"))


def torn_object(victim: Victim) -> None:
    victim.node.wanted[COMMUNITY] = [(What.OBJECT, b"w" * 32)]
    victim.meet()
    victim.hear(m.Part(0, What.OBJECT, b"w" * 32, 9, 0, b"wrong"))
    victim.hear(m.Part(0, What.OBJECT, b"w" * 32, 9, 6, b"too"))


def greedy(victim: Victim) -> None:
    victim.meet(flags=Flags.TAKES | Flags.GIVES | Flags.WANTS)
    for number in range(4):
        ids = tuple(number.to_bytes(2, "big") * 15 + n.to_bytes(2, "big") for n in range(1024))
        victim.session.receive(*message_codec.encode(m.Want(0, What.OBJECT, ids)))


def twice(victim: Victim) -> None:
    victim.meet(Lane.CHAT)
    victim.meet(Lane.CHAT)


def not_asked(victim: Victim) -> None:
    victim.meet(flags=Flags.WANTS)
    victim.hear(m.Part(0, What.OBJECT, bytes(32), 1, 0, b"x"))


def bad_proof(victim: Victim) -> None:
    after_hello(m.Proofs(0, (b"\x83\x01\x80\x80",)))(victim)


ATTACKS: list[tuple[str, Callable[[Victim], None], type[PeerError]]] = [
    ("not hello first", lambda v: v.hear(m.Bye()), UnexpectedMessageError),
    ("hello twice", twice, UnexpectedMessageError),
    ("events of a lane nobody shares", after_hello(m.Events(9, 2, b"")), MessageError),
    ("a lane told twice", after_hello(NOTHING, NOTHING), UnexpectedMessageError),
    ("a lane that is equal", after_hello(NOTHING._replace(lane=3)), UnexpectedMessageError),
    ("a change since never", after_hello(m.Change(0, 2, bytes(8), (), (), ())),
     UnexpectedMessageError),
    ("an end too early", after_hello(m.End()), UnexpectedMessageError),
    ("a check too early", after_hello(m.Check(m.Found.LEARNT, ())), UnexpectedMessageError),
    ("a want too early", after_hello(m.Want(0, What.OBJECT, (bytes(32),))),
     UnexpectedMessageError),
    ("a forged signature", after_hello(m.Events(0, 2, frame([stretch(FORGED)]))), BadEventsError),
    ("events that are garbage", after_hello(m.Events(0, 2, random.Random(1).randbytes(5000))),
     PeerError),
    ("a frame too long", after_hello(m.Events(0, 2, bytes((1 << 18) + 1))), OverLimitError),
    ("a proof of nothing", bad_proof, BadEventsError),
    ("a slot nobody signed", after_hello(m.Slots(0, ((SLOT, bytes(64)),))), BadEventsError),
    ("a slot of elsewhere", after_hello(
        m.Slots(0, ((FOREIGN_SLOT, LIAR.sign(SLOT_LABEL + FOREIGN_SLOT)),))), BadEventsError),
    ("a promise not kept", unkept, UnkeptPromiseError),
    ("a promise not kept for ever", unkept_for_ever, UnkeptPromiseError),
    ("a million wants", greedy, OverLimitError),
    ("another object", wrong_object, BadObjectError),
    ("parts in no order", torn_object, BadObjectError),
    ("an answer to nothing", not_asked, NotAskedError),
]  # fmt: skip


@pytest.mark.parametrize(("play", "error"), [pytest.param(a, e, id=name) for name, a, e in ATTACKS])
def test_hostile_peers(
    tmp_path: Path, play: Callable[[Victim], None], error: type[PeerError]
) -> None:
    with nodes(tmp_path, "victim", "honest") as (node, honest):
        node.write(2, Lane.MARKET)
        before = node.picture()
        if play in (wrong_object, torn_object):
            node.wanted[COMMUNITY] = [(What.OBJECT, b"w" * 32)]
        victim = Victim(node)
        with pytest.raises(error) as caught:
            play(victim)
        assert isinstance(caught.value, error)
        after = node.picture()
        assert after == before
        assert not node.store.has(b"w" * 32)
        node.wanted.clear()
        honest.write(1)
        sync(node, honest)
        assert node.picture() == honest.picture()


def test_a_peer_that_repeats_itself(tmp_path: Path) -> None:
    with nodes(tmp_path, "victim") as (node,):
        with pytest.raises(RepetitionError):
            repeats(Victim(node))
        assert len(node.ids()) == 3


# ranges

MARKET = Lane.MARKET


class Ranger(Victim):
    """A victim with forty events, one a chain, of a lane that the liar says is another one there.

    `leads`: whether it leads where ranges are compared; the liar's hello is made so.
    """

    def begin(self, *, leads: bool) -> None:
        flags = Flags.TAKES | Flags.GIVES | (Flags.WANTS if leads else Flags(0))
        self.meet(MARKET, flags=flags)

    def reach_ids(self, *, leads: bool) -> None:
        """One round in which nobody learns anything, and on to the last one."""
        self.begin(leads=leads)
        self.hear(m.Frontier(0, MARKET, self.frontier.plain, ()), *NOTHING_LEARNT)

    @property
    def frontier(self) -> m.Frontier:
        return next(each for each in self.said if isinstance(each, m.Frontier))

    def last(self) -> m.Reconcile:
        """What it said last of a lane."""
        return [each for each in self.said if isinstance(each, m.Reconcile)][-1]

    def hear_ranges(self, data: bytes, needs: tuple[bytes, ...] = ()) -> None:
        self.hear(m.Reconcile(0, MARKET, needs, data))

    def answer_with(self, made_up: int) -> None:
        """Answer it as somebody who has all it has, and so many events more."""
        lane = list(self.node.replica(LIAR.device).ids(COMMUNITY, MARKET))
        more = [(number, bytes((number,)) * 32) for number in range(1, made_up + 1)]
        liar = Responder(SortedItems([*lane, *more]))
        while (asked := self.last().data) != b"\x61":
            self.hear_ranges(liar.receive(asked))


NOTHING_LEARNT = (m.End(), m.Check(m.Found(0), (b"differs!",)))
UNLISTABLE = m.Reconcile(0, MARKET, (), b"")
SOME = m.Chains(0, MARKET, True, (b"t" * 6,), (), ())


def in_a_round(*messages: m.Message) -> Callable[[Ranger], None]:
    def play(victim: Ranger) -> None:
        victim.begin(leads=False)
        victim.hear(*messages)

    return play


def in_ids(*messages: m.Message) -> Callable[[Ranger], None]:
    def play(victim: Ranger) -> None:
        victim.reach_ids(leads=True)
        victim.hear(*messages)

    return play


def ranged(data: bytes, needs: int = 0, *, leads: bool, times: int = 1) -> Callable[[Ranger], None]:
    """Ranges in the last round."""

    def play(victim: Ranger) -> None:
        victim.reach_ids(leads=leads)
        for number in range(times):
            beginnings = (number * needs + at for at in range(needs))
            victim.hear_ranges(data, tuple(at.to_bytes(8, "big") for at in beginnings))

    return play


def echo(victim: Ranger) -> None:
    victim.reach_ids(leads=True)
    victim.hear_ranges(victim.last().data)


def unlistable(*messages: m.Message, leads: bool) -> Callable[[Ranger], None]:
    """Neither can list the lane."""

    def play(victim: Ranger) -> None:
        victim.begin(leads=leads)
        victim.hear(UNLISTABLE, *messages)

    return play


def names_and_does_not_send(victim: Ranger) -> None:
    victim.reach_ids(leads=True)
    victim.answer_with(3)
    asked = [need for each in victim.said if isinstance(each, m.Reconcile) for need in each.needs]
    assert asked == [bytes((number,)) * 8 for number in (1, 2, 3)]
    victim.hear(*NOTHING_LEARNT)


def late(victim: Ranger) -> None:
    victim.reach_ids(leads=True)
    victim.answer_with(0)
    victim.hear(m.End(), m.Check(m.Found.WANTS, (b"differs!",)))
    assert victim.session.state is State.FETCHING
    victim.hear(UNLISTABLE)


def slots_needed(victim: Ranger) -> None:
    victim.meet(SLOTS)
    victim.hear(m.Reconcile(0, SLOTS, (bytes(8),), b""))


def impatient(victim: Ranger) -> None:
    """Goes on asking, and takes no answers off its hands."""
    victim.reach_ids(leads=False)
    for _ in range(3):
        victim.session.receive(*message_codec.encode(m.Reconcile(0, MARKET, (), LISTS)))


LISTS = b"\x61" + b"\x00\x00\x02\x00"  # everything: a list of nothing

RANGES: list[tuple[str, int, Callable[[Ranger], None], type[PeerError]]] = [
    ("ranges before hello", 100, lambda v: v.hear(UNLISTABLE), UnexpectedMessageError),
    ("ranges of what can be listed", 100, in_a_round(m.Reconcile(0, MARKET, (), LISTS)),
     UnexpectedMessageError),
    ("ranges of a lane that is equal", 100, in_a_round(m.Reconcile(0, 2, (), b"")),
     UnexpectedMessageError),
    ("ranges of slots that are equal", 100, in_a_round(m.Reconcile(0, SLOTS, (), b"")),
     UnexpectedMessageError),
    ("unlistable twice", 100, in_a_round(UNLISTABLE, UNLISTABLE), UnexpectedMessageError),
    ("unlistable with needs", 100, in_a_round(UNLISTABLE._replace(needs=(bytes(8),))),
     MessageError),
    ("unlistable, and listed", 100, in_a_round(UNLISTABLE, m.Frontier(0, MARKET, (), ())),
     UnexpectedMessageError),
    ("unlistable, and at an end", 100, in_a_round(UNLISTABLE, m.End()), UnexpectedMessageError),
    ("some chains for nothing", 100, in_a_round(SOME), UnexpectedMessageError),
    ("some chains for ever", 100, in_a_round(UNLISTABLE, *[SOME] * (MAX_PARTS + 1)),
     OverLimitError),
    ("some chains before ranges", 10, unlistable(SOME, leads=False), UnexpectedMessageError),
    ("some chains instead of ranges", 10, unlistable(SOME, leads=True), UnexpectedMessageError),
    ("neither lists, and then one", 10, unlistable(m.Frontier(0, MARKET, (), ()), leads=True),
     UnexpectedMessageError),
    ("neither lists, and an end", 10, unlistable(m.End(), leads=True), UnexpectedMessageError),
    ("ranges that are over", 10, unlistable(*[m.Reconcile(0, MARKET, (), b"\x61")] * 2,
     leads=False), UnexpectedMessageError),
    ("some chains of ranges for ever", 10, unlistable(m.Reconcile(0, MARKET, (), b"\x61"),
     *[SOME] * (MAX_PARTS + 1), leads=False), OverLimitError),
    ("too many chains of ranges", 10, unlistable(m.Reconcile(0, MARKET, (), b"\x61"),
     *[m.Chains(0, MARKET, True, (b"t" * 6,) * m.MAX_SOME, (), ())] * (MAX_TOLD // m.MAX_SOME + 1),
     leads=False), OverLimitError),
    ("slots that cannot be listed are needed", 100, slots_needed, UnexpectedMessageError),
    ("ranges that do not wait", 100, impatient, UnexpectedMessageError),
    ("ranges for ever", 100, ranged(LISTS, leads=False, times=ranges.LIMITS.rounds + 1),
     TooManyRoundsError),
    ("ranges that stall", 100, echo, StalledError),
    ("ranges too long", 100, ranged(b"\x61" + bytes(ranges.FRAME), leads=False),
     LongMessageError),
    ("ranges that are too long an answer", 100, ranged(b"\x61" + bytes(ranges.FRAME), leads=True),
     LongMessageError),
    ("ranges that are garbage", 100, ranged(b"\x61" + b"\x80" * 9, leads=False), ReconcileError),
    ("ranges of another version", 100, ranged(b"\x62", leads=True), VersionError),
    ("needs of one that follows", 100, ranged(LISTS, 1, leads=True), MessageError),
    ("too many needs", 100, ranged(LISTS, m.MAX_NEEDS, leads=False,
     times=ranges.MAX_FOUND // m.MAX_NEEDS + 1), OverLimitError),
    ("an end within ranges", 100, in_ids(m.End()), UnexpectedMessageError),
    ("a frontier in the last round", 100, in_ids(m.Frontier(0, MARKET, (), ())),
     UnexpectedMessageError),
    ("named and not sent", 100, names_and_does_not_send, UnkeptPromiseError),
    ("ranges after everything", 100, late, UnexpectedMessageError),
]  # fmt: skip


@pytest.mark.parametrize(
    ("listed", "play", "error"), [pytest.param(n, a, e, id=name) for name, n, a, e in RANGES]
)
def test_hostile_ranges(
    tmp_path: Path, listed: int, play: Callable[[Ranger], None], error: type[PeerError]
) -> None:
    with nodes(tmp_path, "victim", "honest") as (node, honest):
        for number in range(40):
            node.write(1, MARKET, signer=Device(f"{number}"))
        before = node.picture()
        with pytest.raises(error) as caught:
            play(Ranger(node, listed=listed))
        assert type(caught.value) is error or error is ReconcileError
        assert node.picture() == before
        honest.write(1)
        sync(node, honest)
        assert node.picture() == honest.picture()


def test_a_peer_that_breaks_off_is_no_criminal(tmp_path: Path) -> None:
    """It may have found enough: both end, unequal."""
    with nodes(tmp_path, "victim") as (node,):
        for number in range(40):
            node.write(1, MARKET, signer=Device(f"{number}"))
        for leads in (False, True):
            victim = Ranger(node)
            victim.reach_ids(leads=leads)
            if not leads:
                victim.hear_ranges(LISTS)
            victim.hear_ranges(b"")
            victim.hear(*NOTHING_LEARNT)
            assert victim.session.over
            assert victim.session.summary.unequal == {COMMUNITY}


def test_needs_of_what_is_not_here_bring_nothing(tmp_path: Path) -> None:
    """Neither what is in no lane nor what is in another, whoever knows its id."""
    with nodes(tmp_path, "victim") as (node,):
        node.write(40, MARKET)
        node.write(1, Lane.CHAT)
        chat = node.store.log.events(lane=Lane.CHAT)
        needs = (bytes(8), next(iter(chat)).id[:8])
        victim = Ranger(node)
        victim.reach_ids(leads=False)
        sent = sum(isinstance(each, m.Events) for each in victim.said)
        victim.hear_ranges(LISTS, needs)
        victim.hear_ranges(b"\x61")
        victim.hear(*NOTHING_LEARNT)
        assert sum(isinstance(each, m.Events) for each in victim.said) == sent


def test_communities_that_are_not_shared_are_never_told(tmp_path: Path) -> None:
    """A peer that names them, knowing their ids, learns nothing, not even that they are here."""
    with nodes(tmp_path, "victim") as (node,):
        node.write(3)
        node.grants = {}
        victim = Victim(node)
        assert victim.said == [m.Hello(Flags.TAKES | Flags.GIVES, 1 << 18, ())]
        victim.hear(m.Hello(Flags.TAKES, 1 << 17, (m.Meeting(TAG, {2: bytes(8)}, ()),)))
        assert victim.session.state is State.OVER
        assert len(victim.said) == 1
        with pytest.raises(PeerError):
            victim.hear(m.Want(0, What.OBJECT, (bytes(32),)))


@pytest.mark.slow
def test_what_cannot_be_held_is_no_crime(tmp_path: Path) -> None:
    """A chain that has forked more often than the quota allows: the session ends unequal, without
    an error, and everything else is equal."""
    trunk = make(LIAR)
    branches = [make(LIAR, trunk, None, str(number).encode()) for number in range(1100)]
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(each.record for each in [trunk, *branches[:700]])
        b.take(each.record for each in [trunk, *branches[400:]])
        a.write(3)
        talk = sync(a, b)
        assert talk.here.summary.declined + talk.there.summary.declined > 0
        assert len(a.ids()) == len(b.ids()) == 1 + 1025 + 3
        again = sync(a, b)  # who has many branches is compared by the proof alone
        assert again.here.summary.equal == {COMMUNITY}
        assert again.bytes <= 300


def changed_on_the_way(tmp_path: Path, seed: int, listed: int = m.MAX_CHAINS) -> None:
    """A bit turned or bytes cut in one message of a session: a PeerError or none, never a bug;
    and what is stored is a subset of what honest nodes wrote."""
    rng = random.Random(seed)
    with nodes(tmp_path, "a", "b") as (a, b):
        fork = chain(Device("forker"), 3)
        other = make(Device("forker"), fork[1], None, b"other")
        a.take(each.record for each in fork)
        b.take(each.record for each in [*fork[:2], other])
        a.write(30)
        b.write(20, Lane.CONTROL)
        if listed < m.MAX_CHAINS:
            for node, numbers in ((a, range(20)), (b, range(2, 23))):
                for number in numbers:
                    node.take([make(Device(f"d{number}"), None, None, b"words").record])
        if seed % 2:
            sync(a, b)
            a.write(5)
        honest = set(a.ids()) | set(b.ids())
        here = a.session(b.device, SALT, listed=listed)
        there = b.session(a.device, SALT, listed=listed)
        victim_turn = rng.randrange(8 if listed == m.MAX_CHAINS else 20)
        sides, count = [here, there], 0
        try:
            for _ in range(40):
                for message in list(drain(sides[0])):
                    body = message.body
                    if count == victim_turn and body:
                        at = rng.randrange(len(body))
                        if rng.random() < 0.8:
                            body = body[:at] + bytes((body[at] ^ rng.randrange(1, 256),))
                            body += message.body[at + 1 :]
                        else:
                            body = body[:at]
                    count += 1
                    sides[1].receive(message.type, body)
                sides.reverse()
        except PeerError:
            pass
        assert set(a.ids()) | set(b.ids()) == honest
        sync(a, b)
        sync(a, b)
        assert set(a.ids()) == set(b.ids()) == honest


@pytest.mark.parametrize("seed", range(10))
def test_messages_changed_on_the_way_never_break_the_node(tmp_path: Path, seed: int) -> None:
    changed_on_the_way(tmp_path, seed)


@pytest.mark.parametrize("seed", range(500, 508))
def test_ranges_changed_on_the_way_never_break_the_node(tmp_path: Path, seed: int) -> None:
    changed_on_the_way(tmp_path, seed, 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(510, 600))
def test_many_ranges_changed_on_the_way(tmp_path: Path, seed: int) -> None:
    changed_on_the_way(tmp_path, seed, 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 150))
def test_many_messages_changed_on_the_way(tmp_path: Path, seed: int) -> None:
    changed_on_the_way(tmp_path, seed)


def test_every_error_says_what_it_is() -> None:
    codes = [error.code for error in (
        PeerError, MessageError, OverLimitError, UnexpectedMessageError, BadEventsError,
        RepetitionError, UnkeptPromiseError, BadObjectError, NotAskedError,
    )]  # fmt: skip
    assert len(set(codes)) == len(codes)
    assert issubclass(PeerError, HearthError)


def test_a_grant_that_admits_nobody_stores_nothing(tmp_path: Path) -> None:
    with nodes(tmp_path, "victim", "flood") as (node, flood):
        flood.write(3)
        node.grants = {COMMUNITY: Grant(admits=lambda device, lane: False)}
        sync(node, flood)
        assert node.ids() == []
