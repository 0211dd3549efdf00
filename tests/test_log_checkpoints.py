"""Anchors: chains that need nothing before an event that a checkpoint names, and dropping it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from log_kit import COMMUNITY, WALL, Device, Made, chain, make, new_store, take, transaction

from hearth.store import anchors, dropping, segments
from hearth.store.anchors import Anchor
from hearth.store.dropping import Dropped
from hearth.store.errors import UsageError
from hearth.store.gc import gc
from hearth.store.header import Lane
from hearth.store.packs import RecordType
from hearth.store.repair import repair
from hearth.store.store import Store

LANES = tuple(Lane)


def at(made: Made) -> Anchor:
    return Anchor(made.header.device, made.header.lane, made.header.sequence, made.id)


def say(store: Store, *named: Made) -> bool:
    with transaction(store) as tx:
        return anchors.state(store.log, tx, COMMUNITY, map(at, named))


def drop(store: Store, until: int = WALL, spare: Iterable[bytes] = ()) -> Dropped:
    with transaction(store) as tx:
        return dropping.drop(store.log, tx, COMMUNITY, Lane.CHAT, until=until, spare=tuple(spare))


def digests(store: Store) -> list[bytes]:
    return [store.log.digest(COMMUNITY, lane) for lane in LANES]


def clocks(store: Store) -> list[int]:
    return [store.log.clock(COMMUNITY, lane) for lane in LANES]


def held(store: Store) -> list[int]:
    return sorted(event.header.sequence for event in store.log.events(COMMUNITY))


def whole(store: Store) -> None:
    assert store.log.verify().problems == []


@pytest.fixture
def device() -> Device:
    return Device("ada")


def stores(folder: Path, *names: str) -> list[Store]:
    return [new_store(folder / name) for name in names]


def test_a_tail_that_a_checkpoint_names_counts_like_the_whole_chain(
    tmp_path: Path, device: Device
) -> None:
    made = chain(device, 20)
    full, new = stores(tmp_path, "full", "new")
    with closing(full), closing(new):
        take(full, made)
        assert say(new, made[9])
        assert not say(new, made[9])
        say(full, made[9])
        take(new, made[9:])
        assert digests(new) == digests(full)
        assert clocks(new) == clocks(full) == [0, 0, 20, 0, 0]
        assert not any(event.gap for event in new.log.events(COMMUNITY))
        whole(new)
        whole(full)


def test_without_a_checkpoint_a_tail_lies_beyond_a_gap(tmp_path: Path, device: Device) -> None:
    made = chain(device, 20)
    full, new = stores(tmp_path, "full", "new")
    with closing(full), closing(new):
        take(full, made)
        take(new, made[9:])
        assert digests(new) != digests(full)
        assert clocks(new)[Lane.CHAT] == 0
        say(new, made[4])  # names what is not here
        say(new, make(Device("bob")), made[3])
        assert digests(new) != digests(full)
        whole(new)


@pytest.mark.parametrize("seed", range(16))
def test_order_of_arrival_decides_nothing(tmp_path: Path, seed: int) -> None:
    """Tails of three chains that tick on each other's dropped events, checkpoints in between."""
    rng = random.Random(seed)
    made: list[Made] = []
    tips: dict[str, list[Made]] = {"ada": [], "bob": [], "eve": []}
    for _ in range(40):
        name = rng.choice(sorted(tips))
        tick = rng.choice(made[-10:]) if made and rng.random() < 0.8 else None
        tips[name].append(make(Device(name), tips[name][-1] if tips[name] else None, tick))
        made.append(tips[name][-1])
    named = [each[len(each) // 2] for each in tips.values() if each]
    tails = [each for each in made if any(each in mine[len(mine) // 2 :] for mine in tips.values())]
    full, new = stores(tmp_path, "full", "new")
    with closing(full), closing(new):
        take(full, made)
        say(full, *named)
        rng.shuffle(tails)
        moment = rng.randrange(len(tails))
        for number, each in enumerate(tails):
            if number == moment:
                say(new, *named)
            take(new, [each])
        assert digests(new) == digests(full)
        assert clocks(new) == clocks(full)
        whole(new)
        before = digests(full), clocks(full)
        drop(full)
        assert (digests(full), clocks(full)) == before
        whole(full)
        later = make(Device("bob"), tips["bob"][-1], rng.choice(made), payload=b"later")
        for store in (full, new):
            take(store, [later])
            whole(store)
        assert digests(new) == digests(full)
        assert clocks(new) == clocks(full)
        rest = rng.sample(made, len(made))
        for each in rest:  # somebody brings all of it after all
            take(new, [each])
            whole(new)
        assert digests(new) == digests(full)
        assert clocks(new) == clocks(full)


def test_dropping_changes_no_digest_and_gives_the_rows_back(tmp_path: Path, device: Device) -> None:
    made = chain(device, 20)
    (store,) = stores(tmp_path, "one")
    with closing(store):
        take(store, made)
        before = digests(store), clocks(store), store.log.frontier(COMMUNITY)
        assert drop(store) == Dropped(0, 0, 0)
        say(store, made[9], made[4])
        assert drop(store) == Dropped(9, 1, 0)
        assert held(store) == list(range(10, 21))
        assert (digests(store), clocks(store), store.log.frontier(COMMUNITY)) == before
        assert drop(store) == Dropped(0, 0, 0)
        whole(store)
        take(store, [make(device, made[-1])])
        assert clocks(store)[Lane.CHAT] == 21
        say(store, made[9], made[15])
        assert drop(store).events == 6
        whole(store)


def test_a_whole_chain_keeps_its_last_event(tmp_path: Path, device: Device) -> None:
    made = chain(device, 5)
    (store,) = stores(tmp_path, "one")
    with closing(store):
        take(store, made)
        before = digests(store)
        say(store, made[-1])
        assert drop(store).events == 4
        assert digests(store) == before
        assert store.log.get(made[-1].id).verified


def test_what_is_not_dropped(tmp_path: Path, device: Device) -> None:
    made = chain(device, 10)
    other = make(device, made[3], payload=b"another")
    cases: dict[str, tuple[list[Made], list[Made], int, tuple[bytes, ...]]] = {
        "a fork above": ([*made, make(device, made[7], payload=b"x")], [made[5]], WALL, ()),
        "a fork below": ([*made, other], [made[5]], WALL, ()),
        "too young": (made, [made[5]], WALL - 1, ()),
        "spared": (made, [made[5]], WALL, (device.device,)),
        "not checked": ([make(device, lamport=7), *chain(device, 3)[1:]], [made[2]], WALL, ()),
        "newest arrival": ([*made[5:], *made[:5]], [made[8]], WALL, ()),
    }
    for name, (events, named, until, spare) in cases.items():
        (store,) = stores(tmp_path, name)
        with closing(store):
            take(store, events) if name != "newest arrival" else [take(store, [e]) for e in events]
            before = held(store)
            say(store, *named)
            assert drop(store, until, spare).events == 0, name
            assert held(store) == before
            whole(store)
    (store,) = stores(tmp_path, "control")
    with closing(store), pytest.raises(UsageError), transaction(store) as tx:
        dropping.drop(store.log, tx, COMMUNITY, Lane.CONTROL, until=WALL)


def test_from_the_first_erasing_event_on_everything_stays(tmp_path: Path, device: Device) -> None:
    made = chain(device, 5)
    erasing = make(device, made[-1], payload=None, kind=0, refs=(made[1].id,))
    made = [*made, erasing]
    for _ in range(6):
        made.append(make(device, made[-1]))
    (store,) = stores(tmp_path, "one")
    with closing(store):
        take(store, made)
        before = digests(store)
        say(store, made[9])
        assert drop(store).events == 5
        assert held(store)[0] == 6
        assert digests(store) == before
        whole(store)


def test_a_checkpoint_that_names_another_branch_drops_nothing_and_is_counted(
    tmp_path: Path, device: Device
) -> None:
    made = chain(device, 10)
    lie = make(device, made[3], payload=b"a lie")
    (store,) = stores(tmp_path, "one")
    with closing(store):
        take(store, made)
        before = digests(store)
        say(store, lie)
        assert drop(store) == Dropped(0, 0, 1)
        assert digests(store) == before
        whole(store)


def test_when_the_true_chain_comes_a_false_anchor_counts_for_nothing(
    tmp_path: Path, device: Device
) -> None:
    made = chain(device, 10)
    false = [make(device, made[3], payload=b"a lie")]
    while len(false) < 4:
        false.append(make(device, false[-1], payload=b"more of it"))
    full, new = stores(tmp_path, "full", "new")
    with closing(full), closing(new):
        say(new, false[2])
        say(full, false[2])
        take(new, false[2:])
        assert new.log.frontier(COMMUNITY)[0].length == 8
        take(full, made)
        take(full, false[2:])
        take(new, made)
        assert digests(new) == digests(full)
        entry = new.log.frontier(COMMUNITY)[0]
        assert entry.fork is not None
        assert entry.length == 10
        assert [island.first for island in entry.islands] == [7]
        assert clocks(new)[Lane.CHAT] >= clocks(full)[Lane.CHAT] == 10
        whole(new)
        whole(full)


def test_losing_its_force_makes_it_an_island_again(tmp_path: Path, device: Device) -> None:
    made = chain(device, 10)
    full, new = stores(tmp_path, "full", "new")
    with closing(full), closing(new):
        take(full, made)
        say(new, made[5])
        take(new, made[5:])
        say(new)
        assert [island.first for island in new.log.frontier(COMMUNITY)[0].islands] == [6]
        assert all(event.gap for event in new.log.events(COMMUNITY))
        whole(new)
        take(new, made[:5])
        assert digests(new) == digests(full)
        whole(new)
        say(new, made[5])
        whole(new)


def could_name(store: Store) -> list[int]:
    found = anchors.candidates(store.connection, COMMUNITY, Lane.CHAT, WALL, 1)
    return [each.sequence for each in found]


def test_only_what_is_whole_is_named_however_short_it_is(tmp_path: Path, device: Device) -> None:
    made = chain(device, 20)
    (store,) = stores(tmp_path, "one")
    with closing(store):
        for more, named in ((made[:1], [1]), (made[1:10], [10]), (made[12:], []), (made, [20])):
            take(store, more)
            assert could_name(store) == named


def test_who_has_checked_what_it_dropped_can_vouch_for_it_again(
    tmp_path: Path, device: Device
) -> None:
    made = chain(device, 20)
    full, new = stores(tmp_path, "full", "new")
    with closing(full), closing(new):
        say(full, made[5])
        say(new, made[5])
        take(full, made)
        take(new, made[5:])
        assert could_name(full) == could_name(new) == [20]
        say(full, made[5], made[10])
        say(new, made[5], made[10])
        assert (drop(full).events, drop(new).events) == (10, 5)
        say(full)
        say(new)
        assert could_name(full) == [20]
        assert could_name(new) == []  # it has only ever believed
        say(full, made[19])
        say(new, made[19])
        assert digests(full) == digests(new)
        assert clocks(full) == clocks(new)
        whole(full)
        whole(new)


def test_one_right_clock_keeps_what_comes_after_it(tmp_path: Path, device: Device) -> None:
    made = [make(device, wall=7)]
    for number in range(20):
        made.append(make(device, made[-1], wall=WALL if number == 9 else 7))
    (store,) = stores(tmp_path, "one")
    with closing(store):
        take(store, made)
        say(store, made[5], made[15])
        assert drop(store, WALL - 1).events == 5
        assert held(store)[0] == 6
        assert drop(store, WALL).events == 10


def test_a_false_time_is_not_believed_where_the_chain_is_held(
    tmp_path: Path, device: Device
) -> None:
    made = chain(device, 3)
    liar = make(device, made[-1], lamport=1000)
    beyond = make(Device("bob"), lamport=1 << 50, sequence=7, previous_id=bytes(32))
    full, new = stores(tmp_path, "full", "new")
    with closing(full), closing(new):
        for store in (full, new):
            say(store, liar, beyond)
        take(full, [*made, liar, beyond])
        take(new, [liar, beyond])
        assert clocks(full)[Lane.CHAT] == 3
        assert clocks(new)[Lane.CHAT] == 1000  # it has nothing to check it by
        assert digests(new) == digests(full)
        assert drop(full).events == 0
        for store in (full, new):
            whole(store)


def test_what_leads_to_an_anchor_may_not_claim_a_later_time(tmp_path: Path, device: Device) -> None:
    made = chain(device, 3)
    high = make(device, made[-1], lamport=1 << 52)
    named = make(device, high, lamport=5)
    (store,) = stores(tmp_path, "one")
    with closing(store):
        say(store, named)
        take(store, [high, named, make(Device("bob"), None, high)])
        assert clocks(store)[Lane.CHAT] == 0
        whole(store)


def test_stray_events_below_an_anchor_are_not_compared(tmp_path: Path, device: Device) -> None:
    made = chain(device, 30)
    full, new, stray = stores(tmp_path, "full", "new", "stray")
    with closing(full), closing(new), closing(stray):
        take(full, made)
        take(new, made[19:])
        take(stray, made[:3] + made[8:12] + made[19:])
        for store in (full, new, stray):
            say(store, made[19])
        assert digests(full) == digests(new) == digests(stray)
        whole(stray)
        branch = make(device, made[25], payload=b"another")
        for store in (full, new, stray):
            take(store, [branch])
            whole(store)
        frontiers = [store.log.frontier(COMMUNITY) for store in (full, new, stray)]
        assert frontiers[0] == frontiers[1] == frontiers[2]
        assert frontiers[0][0].fork is not None


def test_repair_does_not_bring_back_what_was_dropped(tmp_path: Path, device: Device) -> None:
    """Segments are written anew, the old ones overwritten, dropped payloads with them."""
    secret = b"a payload to be found nowhere any more"
    made = chain(device, 5)
    made.append(make(device, made[-1], payload=secret))
    same = make(Device("bob"), payload=b"ada 2")  # says what is dropped of somebody else
    erased = make(Device("bob"), same, payload=b"erased")
    while len(made) < 30:
        made.append(make(device, made[-1], payload=b"kept %d" % len(made)))
    path = tmp_path / "one"
    with closing(new_store(path)) as store:
        take(store, [*made, same, erased])
        with transaction(store) as tx:
            store.log.erase(tx, erased.id)
        store.seal()
        say(store, made[19])
        before = digests(store)
        assert drop(store).events == 19
        gc(store, now=WALL)
        assert store.connection.execute("SELECT * FROM log_meta WHERE key = 'dropped'").get is None
        assert store.log.get(same.id).payload == b"ada 2"
        whole(store)
    packs = b"".join(file.read_bytes() for file in (path / "packs").iterdir())
    assert secret not in packs
    (path / "hearth.db").unlink()
    repaired = repair(path, now=WALL)
    assert repaired.damaged == []
    assert repaired.events == 13
    with closing(Store.open(path)) as store:
        assert held(store) == [1, 2, *range(20, 31)]
        assert store.log.get(erased.id).erased
        assert store.log.get(same.id).payload == b"ada 2"
        whole(store)
        assert digests(store) != before
        say(store, made[19])
        assert digests(store) == before
        assert clocks(store)[Lane.CHAT] == 30
        whole(store)


@pytest.mark.parametrize("erased", [0, 1, 5])
def test_segments_written_anew_hold_all_that_is_left(
    tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch, erased: int
) -> None:
    monkeypatch.setattr(segments, "EVENTS", 7)
    monkeypatch.setattr(segments, "ERASURES", 2)
    made, bob = chain(device, 30), chain(Device("bob"), 6)
    path = tmp_path / "one"
    with closing(new_store(path)) as store:
        take(store, [*made, *bob])
        with transaction(store) as tx:
            store.log.erase_all(tx, [event.id for event in bob[:erased]])
        store.seal()
        say(store, made[19])
        assert drop(store).events == 19
        gc(store, now=WALL)
        left = {event.id: (event.payload, event.erased) for event in store.log.events()}
        kept = len(list(store.record_ids(RecordType.SEGMENT)))
        take(store, [make(device, made[-1])])
        store.seal()
        gc(store, now=WALL)  # nothing was dropped: what there is stays as it is
        assert len(list(store.record_ids(RecordType.SEGMENT))) == kept + 1
    assert len(left) == 11 + 6
    (path / "hearth.db").unlink()
    assert repair(path, now=WALL).events == len(left) + 1
    with closing(Store.open(path)) as store:
        found = {event.id: (event.payload, event.erased) for event in store.log.events()}
        assert {id: found[id] for id in left} == left


def test_killed_between_dropping_and_writing_segments_anew_a_repair_is_whole(
    tmp_path: Path, device: Device
) -> None:
    made = chain(device, 30)
    path = tmp_path / "one"
    with closing(new_store(path)) as store:
        take(store, made)
        store.seal()
        say(store, made[19])
        before = digests(store)
        drop(store)
    (path / "hearth.db").unlink()
    repair(path, now=WALL)
    with closing(Store.open(path)) as store:
        whole(store)
        assert digests(store) == before
        assert len(held(store)) == 30


def test_a_long_chain_in_several_runs_is_dropped(tmp_path: Path, device: Device) -> None:
    made = chain(device, 4200)
    (store,) = stores(tmp_path, "one")
    with closing(store):
        take(store, made[3:])
        take(store, made[:3])
        assert store.connection.execute("SELECT count(*) FROM runs").get == 2
        take(store, [make(device, made[-1])])
        before = digests(store), clocks(store)
        say(store, made[3000])
        assert drop(store).events == 3000
        assert (digests(store), clocks(store)) == before
        assert store.connection.execute("SELECT count(*) FROM runs").get == 1
        whole(store)


def test_a_long_island_that_hangs_on_another_is_believed_all_the_same(
    tmp_path: Path, device: Device
) -> None:
    made = chain(device, 4200)
    (store,) = stores(tmp_path, "one")
    with closing(store):
        take(store, made[10:])
        take(store, made[7:10])
        assert store.connection.execute("SELECT count(*) FROM runs").get == 2
        say(store, made[20])
        assert clocks(store)[Lane.CHAT] == 4200
        whole(store)
        take(store, made[:7])
        whole(store)
        assert drop(store).events == 0  # what leads there has not been checked
        assert clocks(store)[Lane.CHAT] == 4200


def test_levels_reach_no_lane_that_may_not_tick_there(tmp_path: Path, device: Device) -> None:
    first = chain(device, 3, lane=Lane.MARKET)
    (store,) = stores(tmp_path, "one")
    with closing(store):
        say(store, first[2])
        take(store, first[2:])
        connection = store.connection
        assert anchors.level(connection, COMMUNITY, (Lane.MARKET,)) == 3
        assert anchors.level(connection, COMMUNITY, (Lane.CONTROL, Lane.CHAT)) == 0
        lie = make(Device("bob"), lamport=3)
        take(store, [lie])
        assert clocks(store) == [0, 0, 0, 3, 0]
