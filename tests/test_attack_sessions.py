"""Inside a session: peers that ask for what is not theirs, count wrong, or never come to an end."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from log_kit import COMMUNITY, Device, chain, make, take
from session_kit import Node, nodes, sync
from test_sync_hostile import LIAR, SALT, TAG, Victim, frame, stretch

from hearth.store.compress import Compressor
from hearth.store.header import Lane
from hearth.store.slots import LABEL as SLOT_LABEL, encode as encode_slot
from hearth.sync import delta, message_codec, messages as m
from hearth.sync.delta import Salt, Stretch
from hearth.sync.intake import MAX_USELESS, BadEventsError, RepetitionError
from hearth.sync.messages import SLOTS, Flags, What
from hearth.sync.packing import MessageError, PeerError, number
from hearth.sync.replica import Grant

OTHER = blake3(b"another community").digest()
ALL = Flags.TAKES | Flags.GIVES | Flags.WANTS


def slot(signer: Device, counter: int = 1, body: bytes = b"") -> tuple[bytes, bytes]:
    statement = encode_slot(COMMUNITY, signer.device, 4, b"", counter, None, body)
    return statement, signer.sign(SLOT_LABEL + statement)


def prove(node: Node) -> None:
    assert not node.store.log.verify().problems


# what never ends


def proof_of_nothing_new(victim: Victim) -> m.Message:
    trunk = chain(LIAR, 1)
    fork = [make(LIAR, trunk[0], None, each) for each in (b"one", b"two")]
    if not victim.node.ids():
        take(victim.node.store, [*trunk, *fork])
    proof = victim.node.replica(LIAR.device).proof(COMMUNITY, Lane.CHAT, LIAR.device)
    assert proof is not None
    return m.Proofs(0, (proof,))


NOTHING: dict[str, Callable[[Victim], m.Message]] = {
    "empty frames": lambda victim: m.Events(0, Lane.CHAT, frame([])),
    "no proofs": lambda victim: m.Proofs(0, ()),
    "a proof that is known": proof_of_nothing_new,
    "no slots": lambda victim: m.Slots(0, ()),
    "a slot that is known": lambda victim: m.Slots(0, (slot(LIAR),)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_peer_that_goes_on_saying_nothing_is_left(tmp_path: Path, name: str) -> None:
    with nodes(tmp_path, "victim", "honest") as (node, honest):
        victim = Victim(node)
        message = NOTHING[name](victim)
        victim.meet(Lane.CHAT, SLOTS)
        if name == "a slot that is known":
            victim.hear(message)
        victim.hear(*[message] * MAX_USELESS)
        with pytest.raises(RepetitionError):
            victim.hear(message)
        honest.write(2)
        sync(node, honest)
        assert node.picture() == honest.picture()


@pytest.mark.parametrize("takes", [True, False])
def test_who_takes_nothing_is_given_nothing(tmp_path: Path, takes: bool) -> None:
    good = chain(LIAR, 3)
    with nodes(tmp_path, "victim") as (node,):
        victim = Victim(node, flags=Flags.GIVES | (Flags.TAKES if takes else Flags(0)))
        victim.meet(Lane.CHAT, SLOTS)
        victim.hear(m.Events(0, Lane.CHAT, frame([stretch([each.record for each in good])])))
        victim.hear(m.Slots(0, (slot(LIAR),)))
        assert len(node.ids()) == (3 if takes else 0)
        assert len(list(node.store.slots.all(COMMUNITY))) == takes


def test_a_refusal_is_heard_once(tmp_path: Path) -> None:
    with nodes(tmp_path, "victim") as (node,):
        victim = Victim(node)
        victim.meet(Lane.CHAT)
        victim.hear(m.Refuse(m.Refusal.BUDGET, 0))
        with pytest.raises(MessageError):
            victim.hear(m.Refuse(m.Refusal.BUDGET, 0))


def test_nobody_asks_for_nothing(tmp_path: Path) -> None:
    with nodes(tmp_path, "victim") as (node,):
        victim = Victim(node)
        victim.meet(flags=ALL)
        with pytest.raises(MessageError):
            victim.hear(m.Want(0, What.OBJECT, ()))


# what counts wrong


def test_a_chain_that_grows_beyond_all_numbers(tmp_path: Path) -> None:
    """The same chain, named again and again, each time much longer: nothing follows from it."""
    with nodes(tmp_path, "victim", "friend") as (node, friend):
        node.write(1)
        sync(node, friend)
        marks = node.replica(friend.device).marks(COMMUNITY)
        session = node.session(friend.device, SALT)
        victim = Victim.__new__(Victim)
        victim.node, victim.session, victim.said = node, session, []
        victim.listen()
        hello = victim.said[0]
        assert isinstance(hello, m.Hello)
        ours = hello.meetings[0].digests
        digests = {**ours, Lane.CHAT: b"differs!"}
        victim.hear(m.Hello(ALL, 1 << 17, (m.Meeting(TAG, digests, (marks[0].token,)),)))
        grown = ((0, 2**53 - 1),) * 3000
        victim.hear(m.Change(0, Lane.CHAT, bytes(8), grown, (), ()), m.End())
        assert isinstance(victim.said[-1], m.Check)
        prove(node)


def test_a_frame_that_unpacks_to_more_than_it_may(tmp_path: Path) -> None:
    """A few bytes that say they are megabytes, and would be: refused before they are unpacked."""
    shorter, stored = Compressor()(bytes(1 << 24))
    assert shorter
    assert len(stored) < 2000
    honest = frame([stretch([made.record for made in chain(LIAR, 1)])])
    counts = number(0) + number(0)
    lies = (number(1 << 24), number(1 << 19), number(3))
    bombs = [counts + lie + number(len(stored)) + stored + number(0) + b"\0" for lie in lies]
    with nodes(tmp_path, "victim") as (node,):
        for bomb in bombs:
            victim = Victim(node)
            victim.meet(Lane.CHAT)
            tracemalloc.start()
            with pytest.raises(PeerError):
                victim.hear(m.Events(0, Lane.CHAT, bomb))
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 4 << 20
        assert node.ids() == []
        assert len(honest) < 300


def test_devices_that_are_not_let_in_are_not_remembered(tmp_path: Path) -> None:
    """Frame after frame of ever new devices: a few bytes each would be hundreds of megabytes."""
    with nodes(tmp_path, "victim") as (node,):
        node.grants = {COMMUNITY: Grant(admits=lambda device, lane: False)}
        victim = Victim(node)
        victim.meet(Lane.CHAT)
        record = make(LIAR).record
        for count in range(4):
            stretches = [
                Stretch(blake3(bytes((count, n))).digest(), 1, None, False, False, [record])
                for n in range(200)
            ]
            victim.hear(m.Events(0, Lane.CHAT, frame(stretches)))
        assert victim.session.summary.foreign == 800
        [known] = victim.session._intake._known.values()
        assert len(known._all) == 0
        assert node.ids() == []


def test_a_frontier_of_inventions_is_not_remembered(tmp_path: Path) -> None:
    """A long one in every lane: what stays of them is little, not even a few bytes of each."""
    with nodes(tmp_path, "victim") as (node,):
        victim = Victim(node)
        victim.meet(*Lane)
        count = m.MAX_CHAINS // 4
        invented = tuple((n.to_bytes(6, "big"), 2**53 - 1, b"head") for n in range(count))
        said = [message_codec.encode(m.Frontier(0, lane, invented, ())) for lane in Lane]
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for type, body in said:
            victim.session.receive(type, body)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert after - before < 1 << 20


# what is of elsewhere


def test_an_event_of_one_community_told_in_another(tmp_path: Path) -> None:
    """The community is in what was signed; a frame cannot say it, so the signature is wrong."""
    with nodes(tmp_path, "victim") as (node,):
        elsewhere = make(LIAR, community=OTHER)
        victim = Victim(node)
        victim.meet(Lane.CHAT)
        with pytest.raises(BadEventsError):
            victim.hear(m.Events(0, Lane.CHAT, frame([stretch([elsewhere.record])])))
        assert node.ids() == node.ids(OTHER) == []


def test_an_event_by_one_device_told_as_another_s(tmp_path: Path) -> None:
    with nodes(tmp_path, "victim") as (node,):
        victim = Victim(node)
        victim.meet(Lane.CHAT)
        told = Stretch(Device("other").device, 1, None, False, False, [make(LIAR).record])
        with pytest.raises(BadEventsError):
            victim.hear(m.Events(0, Lane.CHAT, frame([told])))
        assert node.ids() == []


def test_an_event_with_another_payload(tmp_path: Path) -> None:
    with nodes(tmp_path, "victim") as (node,):
        victim = Victim(node)
        victim.meet(Lane.CHAT)
        header, signature, _ = make(LIAR, payload=b"words").record
        with pytest.raises(BadEventsError):
            victim.hear(m.Events(0, Lane.CHAT, frame([stretch([(header, signature, b"sword")])])))
        assert node.ids() == []


def test_slots_of_devices_that_are_not_let_in_are_not_kept(tmp_path: Path) -> None:
    with nodes(tmp_path, "victim") as (node,):
        friend = Device("friend")
        node.grants = {COMMUNITY: Grant(admits=lambda device, lane: device == friend.device)}
        victim = Victim(node)
        victim.meet(SLOTS)
        victim.hear(m.Slots(0, (slot(LIAR), slot(friend), slot(Device("third")))))
        assert [each.device for each in node.store.slots.all()] == [friend.device]


def test_neither_the_answer_nor_its_place_tells_of_what_is_not_given(tmp_path: Path) -> None:
    """Answers come smallest first; what is not given counts as nothing, however long it is."""
    with nodes(tmp_path, "victim") as (node,):
        secret, long, short = bytes(5000), b"l" * 9000, b"s" * 10
        with node.store.batch() as batch:
            ids = [batch.put(data) for data in (secret, long, short)]
            with batch.transaction():
                pass
        node.write(1, Lane.CHAT, community=OTHER, payload=bytes(5000))
        [payload] = node.ids(OTHER)
        served = {ids[1], ids[2]}
        node.grants = {COMMUNITY: Grant(serves=lambda id: id in served)}
        victim = Victim(node)
        victim.meet(flags=ALL)
        absent = b"a" * 32
        victim.said.clear()
        victim.hear(m.Want(0, What.OBJECT, (*ids, absent)))
        first = [each.id for each in victim.said[:2] if isinstance(each, m.Gone)]
        assert set(first) == {ids[0], absent}
        assert [each.id for each in victim.said[2:] if isinstance(each, m.Part)] == [ids[2], ids[1]]
        victim.said.clear()
        victim.hear(m.Want(0, What.PAYLOAD, (payload, absent)))
        assert [each.reason for each in victim.said if isinstance(each, m.Gone)] == [0, 0]
        replica = node.replica(LIAR.device)
        assert replica.size(COMMUNITY, What.OBJECT, ids[0]) == 0
        assert replica.size(COMMUNITY, What.PAYLOAD, payload) == 0


def test_a_peer_whose_heads_have_gone_back_loses_nobody_anything(tmp_path: Path) -> None:
    """Restored from an old copy, it is given what it had; what is here does not shrink."""
    with nodes(tmp_path, "a", "b", "old") as (a, b, old):
        a.write(5)
        sync(a, b)
        old.copy_from(a)
        a.write(5)
        sync(a, b)
        before = b.picture()
        salt = bytes(31) + b"1"
        there = old.session(b.device, salt)
        here = b.session(a.device, salt)  # it still is a, as b sees it
        sides = [here, there]
        for _ in range(20):
            while (message := sides[0].next_message()) is not None:
                sides[1].receive(message.type, message.body)
            sides.reverse()
        assert b.picture() == before == old.picture()


def test_a_salt_of_another_session_fits_nothing(tmp_path: Path) -> None:
    """A message of one session, said in another, names nothing that is here."""
    with nodes(tmp_path, "victim") as (node,):
        node.write(3)
        victim = Victim(node)
        victim.meet(Lane.CHAT)
        device, other = node.device, Salt(b"o" * 32)
        told = delta.encode(other, [Stretch(device, 4, b"p" * 32, True, True, [make(LIAR).record])])
        victim.hear(m.Events(0, Lane.CHAT, told))
        assert victim.session.summary.unplaced == 1
        assert len(node.ids()) == 3
