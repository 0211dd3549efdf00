"""Two replicas after a session: equal, and at what price."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest
from log_kit import WALL, Device, World, chain, make, transaction
from session_kit import COMMUNITY, Node, converse, drain, nodes, sync, wire

from hearth.store.header import Lane, encode
from hearth.sync import fetching
from hearth.sync.messages import MAX_WANTS, Flags, Reason, Refusal, Refuse, Type, What
from hearth.sync.replica import Grant


def test_two_that_have_nothing_are_done_at_once(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        talk = sync(a, b)
        assert talk.round_trips == 1
        assert talk.bytes <= 300
        assert talk.here.summary.equal == {COMMUNITY}


def test_everything_arrives_both_ways(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        for lane in Lane:
            a.write(3, lane)
            b.write(2, lane)
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert len(a.ids()) == 25
        assert talk.first(Type.EVENTS) <= 2
        assert talk.here.summary.events_in == 10
        assert talk.here.summary.events_out == 15
        assert talk.here.summary.equal == {COMMUNITY}
        assert sync(a, b).bytes <= 300


def test_a_cold_copy_of_many_devices(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        rng = random.Random(1)
        for number in range(20):
            signer = Device(f"device {number}")
            a.write(rng.randrange(1, 200), signer=signer)
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert talk.there.summary.duplicates == 0
        assert talk.round_trips <= 3


def test_forks_gaps_and_all(tmp_path: Path) -> None:
    device = Device("forker")
    trunk = chain(device, 5)
    left = [make(device, trunk[-1], None, b"left")]
    left.append(make(device, left[-1], None, b"left 2"))
    right = [make(device, trunk[-1], None, b"right")]
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(made.record for made in [*trunk, *left])
        b.take(made.record for made in trunk)
        sync(a, b)
        b.store.close()
    (tmp_path / "2").mkdir()
    with nodes(tmp_path / "2", "a", "b") as (a, b):
        a.take(made.record for made in trunk)
        sync(a, b)
        a.take(made.record for made in left)
        b.take(made.record for made in right)
        talk = sync(a, b)
        assert len(a.ids()) == 8
        assert a.picture() == b.picture()
        assert talk.here.summary.equal == {COMMUNITY}
        assert a.store.log.fork_proofs() == b.store.log.fork_proofs() != []
        assert {message.urgent for message in talk.sent(Type.PROOFS)} == {True}
        assert sync(a, b).bytes <= 300


def test_an_event_that_hangs_on_another_branch_than_the_one_both_hold(tmp_path: Path) -> None:
    """Its place is right after the head of both, and its predecessor is not that head."""
    device = Device("forker")
    trunk = chain(device, 5)
    elsewhere = make(device, trunk[3], None, b"not held by anybody")
    island = make(device, elsewhere)
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(made.record for made in [*trunk, island])
        b.take(made.record for made in trunk)
        assert sync(a, b).here.summary.equal == {COMMUNITY}
        assert a.ids() == b.ids()
        assert len(b.ids()) == 6


def two_parts(tmp_path: Path, seed: int) -> None:
    """Forks, islands, lies about time, erasures and signatures that only a later event proves."""
    rng = random.Random(seed)
    world = World(seed, 120)
    with nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.grants = dict.fromkeys(world.communities, Grant())
            for _ in range(2):
                node.take(made.record for made in world.made if rng.random() < 0.7)
        known = {id for node in (a, b) for c in world.communities for id in node.ids(c)}
        for _ in range(2):
            sync(a, b)
            for _ in range(3):  # and again, from what they remember
                more = rng.sample(world.made, 10)
                rng.choice((a, b)).take(made.record for made in more)
                known |= {id for node in (a, b) for c in world.communities for id in node.ids(c)}
                sync(a, b)
        for community in world.communities:
            assert a.picture(community)["digests"] == b.picture(community)["digests"]
            assert a.ids(community) == b.ids(community)
        assert {id for c in world.communities for id in a.ids(c)} == known
        assert sync(a, b).bytes <= 400


@pytest.mark.parametrize("seed", [*range(5), 1283])
def test_any_two_parts_of_a_world_become_one(tmp_path: Path, seed: int) -> None:
    two_parts(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2100))
def test_any_two_parts_of_many_worlds_become_one(tmp_path: Path, seed: int) -> None:
    two_parts(tmp_path, seed)


def test_a_thousand_new_among_many_devices(tmp_path: Path) -> None:
    """DESIGN §10: nothing new in 300 bytes, reconciling in 4 KB and one round trip when both
    remember, 168 bytes per event."""
    rng = random.Random(1)
    devices = [Device(f"device {number}") for number in range(1000)]

    def grow(node: Node, count: int) -> None:
        with transaction(node.store) as tx:
            for number in range(count):
                signer = devices[number] if count == 1000 else rng.choice(devices)
                payload = rng.randbytes(48).hex().encode()
                wall = WALL + rng.randrange(1000)
                node.store.log.append(tx, signer, COMMUNITY, Lane.CHAT, 128, payload, wall=wall)

    with nodes(tmp_path, "a", "b") as (a, b):
        grow(a, 1000)  # every device, so that there are a thousand chains
        grow(a, 1001)
        cold = sync(a, b)
        assert sum(map(wire, cold.sent(Type.EVENTS))) / 2001 <= 168
        assert cold.bytes - sum(map(wire, cold.sent(Type.EVENTS))) <= 16_000
        assert cold.first(Type.EVENTS) <= 2
        nothing = sync(a, b)
        assert nothing.bytes <= 300
        assert nothing.round_trips == 1
        grow(a, 999)
        b.write(1)
        warm = sync(a, b)
        told = warm.sent(Type.EVENTS)
        assert sum(map(wire, told)) / 1000 <= 168
        assert warm.bytes - sum(map(wire, told)) <= 4096
        assert warm.first(Type.EVENTS) <= 2
        assert max(n for n, f in enumerate(warm.flights) if set(f) & set(told)) / 2 <= 2
        assert warm.here.summary.rounds == 1
        assert a.picture() == b.picture()


def test_a_wrong_memory_cures_itself(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        for number in range(5):
            a.write(3, signer=Device(f"device {number}"))
        sync(a, b)
        before = b.store.connection.execute("SELECT value FROM meta WHERE key GLOB 'met*'").get
        a.write(2)
        sync(a, b)
        a.write(2, signer=Device("device 1"))
        for wrong in (0, 3, 16, 2**40):  # as if both had agreed at another moment
            value = wrong.to_bytes(8, "big") + b.replica(a.device).marks(COMMUNITY)[0].token
            b.store.connection.execute("UPDATE meta SET value = ? WHERE key GLOB 'met*'", (value,))
            assert value != before
            talk = sync(a, b)
            assert a.picture() == b.picture()
            assert talk.here.summary.equal == {COMMUNITY}
            a.write(1)
        b.store.connection.execute("UPDATE meta SET value = x'00' WHERE key GLOB 'met*'")
        sync(a, b)
        assert a.picture() == b.picture()


def test_control_goes_first_and_an_emergency_interrupts(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        for lane in (Lane.CORPUS, Lane.CHAT, Lane.EMERGENCY, Lane.CONTROL):
            a.write(1500, lane, payload=bytes(400))
        talk = sync(a, b)
        lanes = [message.body[1] for message in talk.sent(Type.EVENTS)]
        assert lanes == sorted(lanes)
        assert {m.body[1] for m in talk.sent(Type.EVENTS) if m.urgent} == {0, 1}
        a.write(1500, Lane.CORPUS, payload=bytes(400))
        salt = bytes(32)
        here, there = a.session(b.device, salt), b.session(a.device, salt)
        for _ in range(2):
            for session, other in ((here, there), (there, here)):
                for message in islice(drain(session), 2):
                    other.receive(message.type, message.body)
        a.write(1, Lane.EMERGENCY)
        said = list(islice(drain(here), 1))
        assert (said[0].type, said[0].body[1], said[0].urgent) == (Type.EVENTS, 1, True)
        there.receive(said[0].type, said[0].body)
        assert b.store.log.digest(COMMUNITY, 1) == a.store.log.digest(COMMUNITY, 1)
        converse(here, there)
        assert a.picture() == b.picture()


def test_an_emergency_goes_before_what_is_still_to_be_told(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3, Lane.CHAT)
        here, there = a.session(b.device, bytes(32)), b.session(a.device, bytes(32))
        for session, other in ((here, there), (there, here)):
            hello = session.next_message()
            assert hello is not None
            other.receive(hello.type, hello.body)
        a.write(1, Lane.EMERGENCY)
        said = list(drain(here))
        assert [each.type for each in said] == [Type.EVENTS, Type.FRONTIER]
        assert said[0].body[1] == Lane.EMERGENCY
        for message in said:
            there.receive(message.type, message.body)
        converse(there, here)
        assert a.picture() == b.picture()


def test_what_came_before_a_lane_was_told_is_not_sent_ahead(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        b.write(1, Lane.EMERGENCY)
        here, there = a.session(b.device, bytes(32)), b.session(a.device, bytes(32))
        hellos = [here.next_message(), there.next_message()]
        a.write(1, Lane.EMERGENCY)  # since it said hello, and before it tells what it has
        for session, hello in zip((there, here), hellos, strict=True):
            assert hello is not None
            session.receive(hello.type, hello.body)
        a.write(1, Lane.EMERGENCY)
        first = here.next_message()
        assert first is not None
        assert (first.type, here.summary.events_out) == (Type.EVENTS, 1)
        there.receive(first.type, first.body)
        converse(here, there)
        assert a.picture() == b.picture()


def test_slots_and_forked_slots(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        for node, bodies in ((a, (b"1", b"2")), (b, (b"other",))):
            with transaction(node.store) as tx:
                for body in bodies:
                    node.store.slots.state(tx, a.signer, COMMUNITY, 7, b"x", body)
                node.store.slots.state(tx, node.signer, COMMUNITY, 8, b"own", bytes(9000))
                node.store.slots.state(tx, Device("twice"), COMMUNITY, 9, b"", node.device)
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert len(list(a.store.slots.all(COMMUNITY))) == 4
        held = b.store.slots.get(COMMUNITY, a.device, 7, b"x")
        assert held is not None
        assert held.body == b"2"
        assert a.store.slots.proofs(COMMUNITY) == b.store.slots.proofs(COMMUNITY) != []
        assert talk.here.summary.slots_out == 3
        assert sync(a, b).bytes <= 300


def test_objects_by_grant_and_payloads_that_are_missing(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        rng = random.Random(3)
        ids = [a.store.put(rng.randbytes(size)) for size in (700_000, 5, 70_000)]
        secret, absent = a.store.put(b"not for b"), bytes(32)
        a.grants = {COMMUNITY: Grant(serves=lambda id: id != secret)}
        a.write(2)
        whole, erased = a.store.log.events(COMMUNITY)
        b.take((encode(e.header), e.signature, None) for e in (whole, erased))
        with transaction(a.store) as tx:
            a.store.log.erase(tx, erased.id)
        b.wanted[COMMUNITY] = [(What.OBJECT, id) for id in (*ids, secret, absent)]
        b.wanted[COMMUNITY] += [(What.PAYLOAD, e.id) for e in (whole, erased)]
        talk = sync(a, b)
        assert [b.store.get(id) for id in ids] == [a.store.get(id) for id in ids]
        assert not b.store.has(secret)
        assert b.store.log.get(whole.id).payload == whole.payload
        gone = [message.body[2] for message in talk.sent(Type.GONE)]
        assert sorted(gone) == [Reason.NOT_HERE, Reason.NOT_HERE, Reason.ERASED]
        sizes = [len(message.body) for message in talk.sent(Type.PART)]
        assert sizes[0] < sizes[1] < sizes[2]  # smallest first
        assert talk.there.summary.objects_in == 4
        assert talk.here.summary.objects_out == 4


def test_what_nobody_has_is_not_asked_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who names objects that are nowhere makes sessions long only so far; a payload still comes,
    and as long as something comes, everything is asked for."""
    monkeypatch.setattr(fetching, "MAX_IN_VAIN", 3000)
    rng = random.Random(4)
    with nodes(tmp_path, "a", "b") as (a, b):
        absent = [(What.OBJECT, rng.randbytes(32)) for _ in range(8000)]
        a.write(1)
        [event] = a.store.log.events(COMMUNITY)
        b.take([(encode(event.header), event.signature, None)])
        b.wanted[COMMUNITY] = [*absent, (What.PAYLOAD, event.id)]
        talk = sync(a, b)
        assert 3000 <= len(talk.sent(Type.GONE)) <= 3000 + 2 * MAX_WANTS
        assert b.store.log.get(event.id).payload == event.payload
        for at in range(0, 8000, 500):
            absent.insert(at, (What.OBJECT, a.store.put(rng.randbytes(40))))
        b.wanted[COMMUNITY] = absent
        a.grants = {COMMUNITY: Grant(serves=lambda id: True)}
        assert len(sync(a, b).sent(Type.GONE)) == 8000


def test_only_what_the_grant_allows_is_ever_named(tmp_path: Path) -> None:
    """Lanes not granted stay, communities not granted do not show, devices not admitted neither."""
    other = b"o" * 32
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(2)
        a.write(2, Lane.CORPUS)
        a.write(2, community=other)
        a.write(1, signer=Device("stranger"))
        a.grants = {COMMUNITY: Grant(lanes=frozenset({Lane.CONTROL, Lane.CHAT}))}
        b.grants = {
            COMMUNITY: Grant(admits=lambda device, lane: device == a.device),
            other: Grant(),
        }
        talk = sync(a, b)
        assert talk.there.summary.foreign > 0
        held = [(e.header.community, e.header.lane, e.header.device) for e in b.store.log.events()]
        assert held == [(COMMUNITY, Lane.CHAT, a.device)] * 2
        assert all(other not in message.body for flight in talk.flights for message in flight)


@pytest.mark.parametrize("flags", [Flags.TAKES, Flags.GIVES])
def test_pull_and_push(tmp_path: Path, flags: Flags) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3)
        b.write(4)
        talk = sync(a, b, mine={"flags": flags})
        assert len(a.ids()) == (7 if flags is Flags.TAKES else 3)
        assert len(b.ids()) == (4 if flags is Flags.TAKES else 7)
        assert talk.here.summary.unequal == {COMMUNITY}
        silent = sync(a, b, mine={"flags": Flags(0)})
        assert silent.round_trips <= 2


def test_a_budget_is_said_and_kept(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(2000, payload=random.Random(1).randbytes(300))
        a.write(1, Lane.CONTROL)
        talk = sync(a, b, theirs={"budget": 2000})
        assert len(b.ids()) == 1  # the control lane went first
        assert talk.here.summary.refused_by_peer == Refuse(Refusal.SESSION, 2000)
        sync(a, b)
        assert a.picture() == b.picture()


def test_a_budget_ends_the_giving_of_objects(tmp_path: Path) -> None:
    rng = random.Random(2)
    with nodes(tmp_path, "a", "b") as (a, b):
        with a.store.batch() as batch:
            ids = [batch.put(rng.randbytes(300_000)) for _ in range(30)]
            with batch.transaction():
                pass
        b.wanted[COMMUNITY] = [(What.OBJECT, id) for id in ids]
        a.grants = {COMMUNITY: Grant(serves=lambda id: True)}
        asks, gives = b.session(a.device, bytes(32), budget=700_000), a.session(b.device, bytes(32))
        while not (asks.over and gives.over):
            for message in drain(asks):
                gives.receive(message.type, message.body)
            answer = gives.next_message()
            if answer is not None:
                asks.receive(answer.type, answer.body)
        assert asks.summary.refused == Refuse(Refusal.SESSION, 700_000)
        assert asks.summary.objects_in == gives.summary.objects_out == 3
        assert sum(b.store.has(id) for id in ids) == 3
        b.wanted[COMMUNITY] = [(What.OBJECT, id) for id in ids if not b.store.has(id)]
        sync(a, b)
        assert all(b.store.has(id) for id in ids)


def test_the_next_wants_go_before_the_last_answers_have_come(tmp_path: Path) -> None:
    rng = random.Random(1)
    with nodes(tmp_path, "a", "b") as (a, b):
        with a.store.batch() as batch:
            ids = [batch.put(rng.randbytes(40)) for _ in range(2500)]
            with batch.transaction():
                pass
        b.wanted[COMMUNITY] = [(What.OBJECT, id) for id in ids]
        a.grants = {COMMUNITY: Grant(serves=lambda id: True)}
        asks, gives = b.session(a.device, bytes(32)), a.session(b.device, bytes(32))
        asked: list[int] = []
        answered = open_wants = 0
        while not (asks.over and gives.over):
            for message in drain(asks):
                if message.type == Type.WANT:
                    asked.append(answered)
                    open_wants += (len(message.body) - 4) // 32
                gives.receive(message.type, message.body)
            answer = gives.next_message()
            if answer is not None:
                answered += answer.type == Type.PART
                assert answered <= open_wants <= answered + 2048
                asks.receive(answer.type, answer.body)
        assert asked == [0, 512, 1536]
        assert all(b.store.has(id) for id in ids)


def test_frames_begin_small_and_what_is_large_comes_all_the_same(tmp_path: Path) -> None:
    rng = random.Random(1)
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(800, payload=rng.randbytes(300))
        talk = sync(a, b)
        sizes = [len(message.body) for message in talk.sent(Type.EVENTS)]
        assert len(sizes) > 2
        assert all(size <= 1 << (14 + number) for number, size in enumerate(sizes))
        a.write(2, payload=rng.randbytes(65536))
        sync(a, b)
        assert a.picture() == b.picture()
