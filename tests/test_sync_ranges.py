"""The fourth rung: too many chains to list, and lanes that differ after everything was told."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from log_kit import Device, Made, World, chain, make, transaction
from session_kit import COMMUNITY, Node, Talk, nodes, sync, wire

from hearth.store import served
from hearth.store.header import Lane
from hearth.sync import comparing, judging, message_codec, messages as m, ranges
from hearth.sync.delta import Salt
from hearth.sync.fingerprints import Item
from hearth.sync.messages import Flags, Type
from hearth.sync.paged_items import PagedItems
from hearth.sync.reconcile import Limits
from hearth.sync.replica import Grant

RANGES = (Type.RECONCILE, Type.CHAINS)


@cache
def single(number: int) -> Made:
    """The one event of the chain of one device."""
    return make(Device(f"single {number}"), None, None, b"%d" % number)


def singles(numbers: Iterable[int]) -> list[Any]:
    return [single(number).record for number in numbers]


def limited(here: Node, there: Node, limit: int, other: int | None = None) -> Talk:
    """A session of two that list at most so many chains or slots."""
    theirs = limit if other is None else other
    return sync(here, there, mine={"listed": limit}, theirs={"listed": theirs})


def told(talk: Talk, *types: int) -> list[m.Message]:
    return [message_codec.decode(each.type, each.body) for each in talk.sent(*types)]


def by_ranges(talk: Talk) -> list[m.Reconcile]:
    """The messages with ranges: all but those that say that something cannot be listed."""
    said = (message_codec.decode(each.type, each.body) for each in talk.sent(Type.RECONCILE))
    return [each for each in said if isinstance(each, m.Reconcile) and len(each.data) > 1]


# too many chains


def differing(a: Node, b: Node, count: int, each: int) -> None:
    """So many chains on both sides, and on each side some that the other lacks."""
    a.take(singles(range(count)))
    b.take(singles(range(count - each)))
    b.take(singles(range(count, count + each)))


def test_too_many_chains_to_list(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        differing(a, b, 300, 5)
        a.write(3)
        a.take(e.record for e in chain(Device("both"), 4))
        b.take(e.record for e in chain(Device("both"), 2))
        talk = limited(a, b, 50)
        assert a.picture() == b.picture()
        assert talk.here.summary.equal == {COMMUNITY}
        assert talk.here.summary.rounds == 1
        assert talk.here.summary.duplicates + talk.there.summary.duplicates == 0
        assert not talk.sent(Type.FRONTIER, Type.CHANGE)
        named = {tag for each in told(talk, Type.CHAINS) for tag in tags_in(each)}
        assert len(named) == 12  # of 307: nothing is told of chains that are the same
        assert talk.round_trips <= 6
        assert sum(map(wire, talk.sent(*RANGES))) <= 12 * 700
        assert limited(a, b, 50).bytes <= 300


def tags_in(message: m.Message) -> list[bytes]:
    assert isinstance(message, m.Chains)
    knots = [knot.device or knot.tag for knot in message.knots]
    return [*message.lacking, *(tag for tag, _, _ in message.plain), *knots]


@pytest.mark.parametrize(("count", "listed"), [(49, True), (50, True), (51, False)])
def test_where_too_many_begins(tmp_path: Path, count: int, listed: bool) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        differing(a, b, count, 2)
        talk = limited(a, b, 50)
        assert a.picture() == b.picture()
        assert bool(talk.sent(Type.FRONTIER)) is listed
        assert bool(by_ranges(talk)) is not listed


@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize(
    ("count", "differ", "limit", "complete"),
    [
        (10, 5, 4, True),  # all are known with the first reply, and it is the last one
        (10, 5, 5, True),
        (10, 5, 6, True),
        (3000, 300, 5, False),  # those are known while there is more to ask
        (3000, 300, 300, True),
        (3000, 300, 301, True),
    ],
)
def test_enough_differences_end_it_unless_it_has_come_to_its_end(
    monkeypatch: pytest.MonkeyPatch, count: int, differ: int, limit: int, complete: bool, mine: bool
) -> None:
    monkeypatch.setattr(ranges, "LIMITS", Limits(frame=4096, message=4096))
    ids = [blake3(b"%d" % number).digest() for number in range(count)]
    sides = sorted(ids), sorted(ids[differ:])
    leads, follows = (
        ranges.Ranges(
            partial(PagedItems, [Item(0, id) for id in held]), leads=leads, size=32, limit=limit
        )
        for held, leads in zip(sides if mine else sides[::-1], (True, False), strict=True)
    )
    said = leads.opening()
    while not leads.over:
        answer = follows.receive(said)
        assert answer is not None
        reply = leads.receive(answer)
        assert reply is not None
        said = reply
    found, other = (leads.have, leads.need) if mine else (leads.need, leads.have)
    assert other == set()
    assert leads.complete is complete
    assert min(limit, differ) <= len(found) <= differ
    assert (found == set(ids[:differ])) is complete
    assert follows.receive(said) is None
    assert (follows.over, follows.complete) == (True, complete)


def test_a_newcomer_is_told_only_of_what_it_has(tmp_path: Path) -> None:
    """One can list its chains and the other cannot: no ranges, and no round trip more."""
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(singles(range(200)))
        b.take(singles([5, 6]))
        b.write(2)
        a.take(e.record for e in chain(Device("longer"), 3))
        b.take(e.record for e in chain(Device("longer"), 2))
        talk = limited(a, b, 50)
        assert a.picture() == b.picture()
        assert not by_ranges(talk)
        assert len(talk.sent(Type.CHAINS)) == 1
        (part,) = told(talk, Type.CHAINS)
        assert len(tags_in(part)) == 4
        assert talk.round_trips <= 3.5
        assert talk.here.summary.duplicates + talk.there.summary.duplicates == 0


@pytest.mark.parametrize("turned", [False, True])
def test_changes_are_told_where_the_whole_cannot_be(tmp_path: Path, turned: bool) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(singles(range(100)))
        limited(a, b, 50)
        b.write(1)
        a.take(singles(range(100, 120)))
        warm = limited(a, b, 50)
        assert a.picture() == b.picture()
        assert warm.here.summary.rounds == 1
        assert len(warm.sent(Type.CHANGE)) == 2
        assert not warm.sent(*RANGES)
        a.take(singles(range(120, 180)))  # more than 50 changes here, one there
        b.write(1)
        sides = (b, a) if turned else (a, b)
        talk = limited(*sides, 50)
        assert a.picture() == b.picture()
        assert talk.here.summary.rounds == 2
        assert len(talk.sent(Type.CHANGE)) == 1


@pytest.mark.parametrize(
    ("longest", "types"),
    [(2000, {Type.CHANGE}), (1980, {Type.CHANGE, Type.FRONTIER}), (600, {Type.CHANGE})],
)
def test_a_telling_is_never_longer_than_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: int, types: set[int]
) -> None:
    """Sixty new chains take 33 bytes each as a change, and 11 as a frontier."""
    monkeypatch.setattr(comparing, "MAX_MESSAGE", longest)
    with nodes(tmp_path, "a", "b") as (a, b):
        sync(a, b)
        a.take(singles(range(60)))
        talk = sync(a, b)
        assert a.picture() == b.picture()
        told = talk.sent(Type.CHANGE, Type.FRONTIER)
        assert {each.type for each in told if len(each.body) <= longest} == types
        assert bool(talk.sent(Type.RECONCILE)) is (longest == 600)


@pytest.mark.parametrize("size", [1, 3, 4, 5])
def test_chains_that_differ_are_told_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(comparing, "MAX_SOME", size)
    with nodes(tmp_path, "a", "b") as (a, b):
        differing(a, b, 60, 4)
        talk = limited(a, b, 50)
        assert a.picture() == b.picture()
        parts = told(talk, Type.CHAINS)
        assert len(parts) >= 8 // size
        assert [each.more for each in parts if isinstance(each, m.Chains)].count(False) == 2


def tangled(node: Node, devices: int, events: int, which: Callable[[int], bool]) -> None:
    """Chains of which every other event is here, or so."""
    for number in range(devices):
        made = chain(Device(f"tangled {number}"), events)
        node.take(each.record for at, each in enumerate(made) if which(at))


@pytest.mark.parametrize(
    ("stretches", "listed"), [(31, False), (32, True), (33, True)], ids=["above", "at", "below"]
)
def test_too_many_stretches_to_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stretches: int, listed: bool
) -> None:
    monkeypatch.setattr(comparing, "MAX_STRETCHES", stretches)
    with nodes(tmp_path, "a", "b") as (a, b):
        tangled(a, 4, 16, lambda at: at % 2 == 1)
        tangled(b, 4, 16, lambda at: at % 2 == 1 and at != 5)
        tangled(b, 1, 16, lambda at: at == 4)
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert len(a.ids()) == 33
        assert bool(talk.sent(Type.FRONTIER)) is (listed or stretches > 29)
        assert (Type.RECONCILE in {each.type for each in talk.sent(*RANGES)}) is not listed


@pytest.mark.slow
def test_more_stretches_than_a_message_holds(tmp_path: Path) -> None:
    """With the real limit: five thousand islands on both sides."""
    with nodes(tmp_path, "a", "b") as (a, b):
        tangled(a, 5, 2000, lambda at: at % 2 == 1)
        tangled(b, 5, 2000, lambda at: at % 2 == 1 and at % 400 != 399)
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert len(a.ids()) == 5000
        assert len(by_ranges(talk)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("count", [m.MAX_CHAINS - 1, m.MAX_CHAINS, m.MAX_CHAINS + 1, 70_000])
def test_seventy_thousand_chains(tmp_path: Path, count: int) -> None:
    """Ten chains in seventy thousand are found for 20 KB and four round trips before they go."""
    with nodes(tmp_path, "a", "b") as (a, b):
        differing(a, b, count, 5)
        talk = sync(a, b)
        assert a.store.log.digest(COMMUNITY, 2) == b.store.log.digest(COMMUNITY, 2)
        assert talk.here.summary.events_in == talk.here.summary.events_out == 5
        assert talk.here.summary.duplicates + talk.there.summary.duplicates == 0
        assert talk.here.summary.rounds == 1
        listed = count <= m.MAX_CHAINS
        assert bool(talk.sent(Type.FRONTIER)) is listed
        if not listed:
            assert talk.bytes <= 24_000
            assert talk.round_trips <= 7.5
        assert sync(a, b).bytes <= 300


# everything was told, and lanes differ


def cripple(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Break the rungs below: everything has the tag of everything else, or nothing is told."""
    if what == "devices":
        monkeypatch.setattr(Salt, "device", lambda self, device: b"%d" % (device[0] & 1) * 6)
    elif what == "every device":
        monkeypatch.setattr(Salt, "device", lambda self, device: bytes(6))
    elif what == "ids":
        monkeypatch.setattr(Salt, "id", lambda self, id: b"same")
        task = judging.Judge.task

        def spelt_out(self: Any, *args: Any) -> Any:  # else events are placed on wrong ones
            return task(self, *args)._replace(previous_known=False)

        monkeypatch.setattr(judging.Judge, "task", spelt_out)
    else:
        follow = judging.Judge.against_length

        def forget(self: Any, chain: Any, *args: Any) -> None:
            if chain.device[0] % 2:
                follow(self, chain, *args)

        monkeypatch.setattr(judging.Judge, "against_length", forget)


def crippled_world(tmp_path: Path, seed: int) -> Talk:
    """Forks, islands, lies and signatures that only a later event proves, and nothing but ids."""
    rng = random.Random(seed)
    world = World(seed, 120)
    with nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.grants = dict.fromkeys(world.communities, Grant())
            for _ in range(2):
                node.take(made.record for made in world.made if rng.random() < 0.7)
        known = {id for node in (a, b) for c in world.communities for id in node.ids(c)}
        talk = sync(a, b)
        assert talk.here.summary.equal == set(world.communities)
        for community in world.communities:
            assert a.picture(community)["digests"] == b.picture(community)["digests"]
            assert a.ids(community) == b.ids(community)
        assert {id for c in world.communities for id in a.ids(c)} == known
    return talk


CRIPPLED = ["devices", "every device", "ids", "some devices"]


@pytest.mark.parametrize("what", CRIPPLED)
def test_what_the_rungs_below_cannot_tell_is_found_by_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    cripple(monkeypatch, what)
    talks = [crippled_world(tmp_path / str(seed), seed) for seed in range(3)]
    assert any(by_ranges(talk) for talk in talks)


@pytest.mark.slow
@pytest.mark.parametrize("what", CRIPPLED)
@pytest.mark.parametrize("seed", range(3000, 3025))
def test_many_worlds_by_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, seed: int
) -> None:
    cripple(monkeypatch, what)
    crippled_world(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 3, 20])
@pytest.mark.parametrize("seed", range(4000, 4025))
def test_many_worlds_by_entries(tmp_path: Path, seed: int, limit: int) -> None:
    worlds_by_entries(tmp_path, seed, limit)


@pytest.mark.parametrize("seed", range(3))
def test_worlds_by_entries(tmp_path: Path, seed: int) -> None:
    worlds_by_entries(tmp_path, seed, 1)


def worlds_by_entries(tmp_path: Path, seed: int, limit: int) -> None:
    """As before, where not even four chains may be listed; and again, from what is remembered."""
    rng = random.Random(seed)
    world = World(seed, 120)
    with nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.grants = dict.fromkeys(world.communities, Grant())
            node.take(made.record for made in world.made if rng.random() < 0.7)
        for _ in range(3):
            here, there = rng.sample((a, b), 2)
            talk = limited(here, there, rng.choice((limit, 100)), limit)
            assert talk.here.summary.equal == set(world.communities)
            assert [a.ids(c) for c in world.communities] == [b.ids(c) for c in world.communities]
            more = rng.sample(world.made, 20)
            rng.choice((a, b)).take(made.record for made in more)


def crippled_pair(a: Node, b: Node, count: int) -> None:
    """A long chain of which each lacks other single events."""
    made = chain(Device("long"), count)
    a.take(each.record for at, each in enumerate(made) if at % 100 != 40)
    b.take(each.record for at, each in enumerate(made) if at % 100 != 60)


def test_only_what_is_missing_goes_over_the_wire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cripple(monkeypatch, "some devices")
    monkeypatch.setattr(judging.Judge, "_what_is_not", lambda *args, **more: None)
    with nodes(tmp_path, "a", "b") as (a, b):
        crippled_pair(a, b, 1000)
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert talk.here.summary.events_in == talk.there.summary.events_in == 10
        assert talk.here.summary.duplicates + talk.there.summary.duplicates == 0
        assert talk.here.summary.rounds == 3  # on trust, without, by ids
        assert talk.round_trips <= 7.5
        assert sum(map(wire, talk.sent(Type.RECONCILE))) <= 20 * 1400


@pytest.mark.parametrize("turned", [False, True])
def test_more_differences_than_one_session_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turned: bool
) -> None:
    """Some are found now, others later; what only a later event proves is not sent without it."""
    cripple(monkeypatch, "some devices")
    monkeypatch.setattr(judging.Judge, "_what_is_not", lambda *args, **more: None)
    monkeypatch.setattr(judging.Judge, "against_length", lambda *args: None)
    monkeypatch.setattr(ranges, "MAX_DIFFERENT", 30)
    monkeypatch.setattr(ranges, "LIMITS", Limits(frame=4096, message=4096, ids=200, rounds=50))
    made: list[Made] = []
    for number in range(600):  # every tenth signature is right
        junk = None if number % 10 == 9 else bytes(64)
        made.append(make(Device("long"), made[-1] if made else None, signature=junk))
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(each.record for each in made)
        b.take(each.record for at, each in enumerate(made) if at // 10 % 2)
        counts = [300]
        while len(b.ids()) < 600:
            talk = sync(*((b, a) if turned else (a, b)))
            counts.append(len(b.ids()))
            assert counts[-1] > counts[-2]
        assert len(counts) > 2
        assert talk.here.summary.equal == {COMMUNITY}


def test_islands_alone(tmp_path: Path) -> None:
    made = chain(Device("islands"), 40)
    with nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.take(each.record for each in made[:3])
        a.take(each.record for each in made[10:30:4])
        b.take(each.record for each in made[12:38:4])
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert talk.here.summary.equal == {COMMUNITY}
        assert not talk.sent(Type.RECONCILE)


@pytest.mark.parametrize(("here", "there"), [(200, 300), (256, 257), (300, 300)])
def test_more_branches_than_a_digest_covers(tmp_path: Path, here: int, there: int) -> None:
    trunk = chain(Device("forker"), 2)
    branches = [make(Device("forker"), trunk[1], None, b"%d" % n).record for n in range(400)]
    with nodes(tmp_path, "a", "b") as (a, b):
        for node, part in ((a, branches[:here]), (b, branches[400 - there :])):
            node.take(each.record for each in trunk)
            node.take(part)
        talk = sync(a, b)
        assert talk.here.summary.equal == {COMMUNITY}
        assert a.picture()["digests"] == b.picture()["digests"]
        if here != there:  # else both enter as the proof alone, and are equal at once
            assert len(a.ids()) == len(b.ids())


@pytest.mark.parametrize("flags", [Flags.TAKES, Flags.GIVES])
def test_where_only_one_side_gives_lanes_may_differ(tmp_path: Path, flags: Flags) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(3)
        b.write(4)
        assert not sync(a, b, mine={"flags": flags}).sent(Type.RECONCILE)


def test_who_knows_what_keeps_events_out_does_not_ask_for_them(tmp_path: Path) -> None:
    """Nobody reconciles what one of them will not take, whoever leads."""
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(30)
        b.grants = {COMMUNITY: Grant(admits=lambda device, lane: device != a.device)}
        for here, there in ((a, b), (b, a)):
            for _ in range(4):
                talk = sync(here, there)
                assert talk.here.summary.unequal == {COMMUNITY}
                assert max(len(each.body) for each in talk.sent(Type.RECONCILE)) <= 1100
                assert len(talk.sent(Type.RECONCILE)) <= 2


def test_one_lane_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The items of one lane are made when those of the one before are not needed any more."""
    monkeypatch.setattr(judging.Judge, "against_length", lambda *args: None)
    made: list[int] = []
    ids = served.ids

    def counted(connection: Any, community: bytes, lane: int) -> Any:
        made.append(lane)
        return ids(connection, community, lane)

    monkeypatch.setattr(served, "ids", counted)
    with nodes(tmp_path, "a", "b") as (a, b):
        for lane in Lane:
            a.write(40, lane)
        talk = sync(a, b)
        assert a.picture() == b.picture()
        lanes = [each.lane for each in told(talk, Type.RECONCILE) if isinstance(each, m.Reconcile)]
        assert lanes == sorted(lanes)
        assert made == sorted([*Lane, *Lane])


# slots


def state(node: Node, numbers: Iterable[int], body: bytes = b"") -> None:
    with transaction(node.store) as tx:
        for number in numbers:
            name = number.to_bytes(2, "big")
            node.store.slots.state(tx, slot_device(number), COMMUNITY, 7, name, body)


@cache
def slot_device(number: int) -> Device:
    return Device(f"slots {number // 100}")


@pytest.mark.parametrize(("count", "listed"), [(49, True), (50, True), (51, False), (300, False)])
def test_more_slots_than_are_listed(tmp_path: Path, count: int, listed: bool) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        state(a, range(count))
        state(b, range(5, count))
        state(b, range(7, 9), b"newer")
        state(a, range(20, 22), b"one")
        state(b, range(20, 22), b"another")  # with the same counter: forked
        state(b, range(1000, 1005))
        talk = limited(a, b, count if listed else 50, 100_000 if listed else 50)
        assert a.picture() == b.picture()
        assert a.store.slots.proofs(COMMUNITY) == b.store.slots.proofs(COMMUNITY)
        assert len(list(a.store.slots.all(COMMUNITY))) == count + 5
        assert bool(talk.sent(Type.LISTING)) is listed
        assert bool(by_ranges(talk)) is not listed
        assert talk.here.summary.rounds == 1
        assert limited(a, b, 50).bytes <= 300


@pytest.mark.parametrize("limits", [(50, 1000), (1000, 50)])
def test_slots_that_only_one_side_can_list(tmp_path: Path, limits: tuple[int, int]) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        state(a, range(80))
        state(b, range(70, 100))
        state(b, [75], b"newer")
        talk = limited(a, b, *limits)
        assert a.picture() == b.picture()
        assert not by_ranges(talk)
        assert talk.here.summary.slots_in == 21
        assert talk.here.summary.slots_out == 70


# what is read for it


@pytest.mark.parametrize("at_once", [1, 2, 7, 39, 40, 41])
@pytest.mark.parametrize("alike", [False, True])
def test_ids_come_in_order_however_many_are_sorted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, alike: bool
) -> None:
    """Also where ids are alike in what the index has of them, as somebody might make them."""
    monkeypatch.setattr(served, "SORTED", at_once)
    with nodes(tmp_path, "a") as (a,):
        a.take(singles(range(30)))
        a.write(10)
        a.write(3, Lane.MARKET)
        if alike:
            a.store.connection.execute("UPDATE events SET prefix = prefix & -(1 << 60)")
        found = list(served.ids(a.store.connection, COMMUNITY, Lane.CHAT))
        events = a.store.log.events(COMMUNITY, Lane.CHAT)
        assert found == sorted((event.header.lamport, event.id) for event in events)
        assert len(found) == 40


def test_events_are_found_by_the_beginning_of_their_ids(tmp_path: Path) -> None:
    with nodes(tmp_path, "a") as (a,):
        a.take(singles(range(30)))
        a.write(1, Lane.MARKET)
        replica = a.replica(a.device)
        for number in range(30):
            (place,) = replica.find(COMMUNITY, Lane.CHAT, single(number).id[:8])
            assert place.id == single(number).id
            assert place.device == single(number).header.device
            assert replica.find(COMMUNITY, Lane.MARKET, single(number).id[:8]) == []
            assert replica.find(bytes(32), Lane.CHAT, single(number).id[:8]) == []
