"""Appending, finding, taking in, forks, gaps, clocks and slots, one rule at a time."""

from __future__ import annotations

import hashlib
import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from log_kit import COMMUNITY, WALL, Device, Made, chain, make, new_store, take, transaction
from nacl.bindings import crypto_scalarmult_ed25519_base_noclamp

from hearth.store import (
    anchors,
    clock,
    database,
    event,
    forks,
    import_report,
    importer,
    placing,
    queries,
    slots as slot_module,
)
from hearth.store.appending import EventLimitError, OwnChainError
from hearth.store.chains import Book
from hearth.store.clock import REMEMBERED
from hearth.store.event import Event
from hearth.store.header import Lane, encode
from hearth.store.ids import AmbiguousId, UnknownId
from hearth.store.log import ControlErasureError
from hearth.store.runs import Run
from hearth.store.slots import Outcome, Slot
from hearth.store.store import Store

ANNE, BERT, CARL = Device("Anne"), Device("Bert"), Device("Carl")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "h")


def append(store: Store, who: Device, lane: Lane = Lane.CHAT, kind: int = 128,
           payload: bytes | None = b"x", refs: tuple[bytes, ...] = ()) -> Event:  # fmt: skip
    with transaction(store) as tx:
        return store.log.append(tx, who, COMMUNITY, lane, kind, payload, refs, wall=WALL)


def test_appending_makes_a_true_chain_that_others_accept(store: Store, tmp_path: Path) -> None:
    rng = random.Random(1)
    made = [
        append(store, rng.choice((ANNE, BERT)), rng.choice(tuple(Lane)), payload=rng.randbytes(9))
        for _ in range(60)
    ]
    assert list(store.log.events()) == made
    assert list(store.log.events(reverse=True)) == made[::-1]
    assert store.log.verify().problems == []
    with new_store(tmp_path / "other") as other:
        report = take(other, store.log.records(COMMUNITY))
        assert (report.accepted, report.gaps, report.forks, report.refused) == (60, 0, 0, 0)
        for lane in Lane:
            assert other.log.digest(COMMUNITY, lane) == store.log.digest(COMMUNITY, lane)
            assert other.log.clock(COMMUNITY, lane) == store.log.clock(COMMUNITY, lane) > 0
        assert other.log.heads(COMMUNITY) == store.log.heads(COMMUNITY)


def test_a_lean_event_names_nothing_seen_and_the_next_one_does(
    store: Store, tmp_path: Path
) -> None:
    append(store, BERT, Lane.CONTROL, kind=10)
    for _ in range(5):
        append(store, BERT, Lane.EMERGENCY)
    lean = []
    for _ in range(2):
        with transaction(store) as tx:
            lean.append(
                store.log.append(
                    tx, ANNE, COMMUNITY, Lane.EMERGENCY, 67, b"x", wall=WALL, lean=True
                )
            )
    assert [(e.header.lamport, e.header.tick, e.header.acts) for e in lean] == [
        (1, None, ()), (2, None, ()),
    ]  # fmt: skip
    after = append(store, ANNE, Lane.EMERGENCY)
    assert after.header.tick is not None
    assert after.header.lamport == 7
    assert after.header.acts == store.log.heads(COMMUNITY)
    assert store.log.verify().problems == []
    with new_store(tmp_path / "other") as other:
        report = take(other, store.log.records(COMMUNITY))
        assert (report.accepted, report.gaps, report.refused) == (9, 0, 0)
        assert other.log.clock(COMMUNITY, Lane.EMERGENCY) == 7


def test_appending_continues_what_was_taken_in(store: Store) -> None:
    take(store, chain(ANNE, 3))
    after = append(store, BERT)
    assert (after.header.lamport, after.header.sequence) == (4, 1)
    assert after.header.tick == chain(ANNE, 3)[2].id
    market = append(store, BERT, Lane.MARKET)
    assert (market.header.lamport, market.header.tick) == (1, None), "chat is not seen from market"
    append(store, CARL, Lane.EMERGENCY)
    alarm = append(store, CARL, Lane.EMERGENCY)
    assert append(store, BERT, Lane.MARKET).header.tick == alarm.id


def test_many_appends_in_one_transaction_and_rollback(store: Store) -> None:
    with transaction(store) as tx:
        ids = [
            store.log.append(tx, ANNE, COMMUNITY, 2, 128, b"%d" % n, wall=n).id for n in range(50)
        ]
        assert store.log.get(ids[3]).payload == b"3", "seen inside its own transaction"
    with pytest.raises(KeyError), transaction(store) as tx:  # noqa: PT012
        store.log.append(tx, ANNE, COMMUNITY, 2, 128, b"lost", wall=0)
        raise KeyError
    assert append(store, ANNE).header.sequence == 51
    assert [event.id for event in store.log.events(limit=50)] == ids


def test_acts_are_stated_when_they_change(store: Store) -> None:
    first = append(store, ANNE)
    assert first.header.acts == ()
    genesis = append(store, ANNE, Lane.CONTROL)
    assert append(store, ANNE).header.acts == (genesis.id,)
    assert append(store, ANNE).header.acts == ()
    take(store, [make(BERT, None, None, lane=Lane.CONTROL)])
    heads = store.log.heads(COMMUNITY)
    assert len(heads) == 2
    assert append(store, ANNE).header.acts == heads
    union = append(store, ANNE, Lane.CONTROL)
    assert sorted((*union.header.acts, union.header.previous or b"")) == sorted(heads)
    assert store.log.heads(COMMUNITY) == (union.id,)


def test_more_than_64_heads_are_united_step_by_step(store: Store) -> None:
    take(store, [make(Device(str(n)), None, None, lane=Lane.CONTROL) for n in range(100)])
    assert len(store.log.heads(COMMUNITY)) == 64
    assert len(append(store, ANNE, Lane.CONTROL).header.acts) == 64
    append(store, ANNE, Lane.CONTROL)
    assert len(store.log.heads(COMMUNITY)) == 1


def test_finding(store: Store) -> None:
    made = [append(store, ANNE, kind=kind) for kind in (1, 2, 3, 1, 2, 3)]
    append(store, BERT, Lane.CORPUS, kind=2)
    log = store.log
    assert [e.header.kind for e in log.events(lane=Lane.CHAT, kinds=(1, 3))] == [1, 3, 1, 3]
    assert [e.arrival for e in log.events(kind=2)] == [2, 5, 7]
    assert [e.arrival for e in log.events(kind=2, after=2, limit=1)] == [5]
    assert [e.arrival for e in log.events(device=BERT.device)] == [7]
    assert list(log.events(community=bytes(32))) == []
    assert list(log.events(kind=1, kinds=(2,))) == []
    assert log.last_arrival() == 7
    id = made[2].id
    assert log.get(id) == made[2]
    assert log.resolve(id.hex()[:8]) == id
    assert log.resolve(id.hex()[:40]) == id
    assert log.resolve(id.hex().upper()) == log.resolve(id.hex()[:9].upper()) == id
    with pytest.raises(UnknownId):
        log.resolve("0" * 12)
    with pytest.raises(UnknownId):
        log.get(bytes(32))
    assert not log.has(bytes(32))


@pytest.mark.parametrize("reverse", [False, True])
def test_reading_on_does_not_begin_anew_with_each_page(store: Store, reverse: bool) -> None:
    take(store, chain(Device("Anne"), 4000))
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += 1
        return False

    store.connection.set_progress_handler(count, 100)
    taken = []
    for events in (1000, 4000):
        steps = 0
        assert sum(1 for _ in store.log.events(reverse=reverse, limit=events)) == events
        taken.append(steps)
    store.connection.set_progress_handler(None)
    assert taken[1] < 5 * taken[0]


@pytest.mark.parametrize("rare", [0, 8, 10**9])
def test_what_is_selected_is_the_same_however_it_is_looked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    """With 0 every selection is gathered by its chains, with 10^9 none."""
    monkeypatch.setattr(queries, "_RARE", rare)
    names, rng = ("Anne", "Bo"), random.Random(4)
    made = [
        each
        for lane in (Lane.CONTROL, Lane.CHAT, Lane.MARKET)
        for name in names
        for each in chain(Device(name), rng.randint(60, 200), lane=lane)
    ]
    rng.shuffle(made)
    take(store, made)
    every = list(store.log.events())
    assert len(every) == len(made)
    for lane in (None, Lane.CONTROL, Lane.CHAT):
        for device in (None, Device("Anne").device):
            for after in (0, len(every) // 2):
                wanted = [
                    each
                    for each in every
                    if lane in (None, each.header.lane)
                    and device in (None, each.header.device)
                    and each.arrival > after
                ]
                for reverse in (False, True):
                    found = store.log.events(
                        COMMUNITY, lane, device=device, after=after, reverse=reverse
                    )
                    assert list(found) == (wanted[::-1] if reverse else wanted)


def test_what_arrives_while_a_rare_lane_is_read_is_part_of_it(store: Store) -> None:
    take(store, chain(Device("Anne"), 300, lane=Lane.CHAT))
    control = chain(Device("Anne"), 4, lane=Lane.CONTROL)
    take(store, control[:3])
    reading = store.log.events(COMMUNITY, Lane.CONTROL)
    first = next(reading)
    take(store, control[3:])
    assert [first.id, *(each.id for each in reading)] == [each.id for each in control]


def test_a_rare_lane_is_read_without_looking_through_the_log(store: Store) -> None:
    take(store, chain(Device("Bo"), 10, lane=Lane.CONTROL))
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += 1
        return False

    taken = []
    for length in (500, 4000):
        take(store, chain(Device(f"Anne {length}"), length))
        store.connection.set_progress_handler(count, 10)
        steps = 0
        assert len(list(store.log.events(COMMUNITY, Lane.CONTROL))) == 10
        taken.append(steps)
        store.connection.set_progress_handler(None)
    assert taken[1] < 2 * taken[0]


def test_an_ambiguous_prefix_is_said(store: Store) -> None:
    take(store, chain(ANNE, 3000))
    seen: dict[str, int] = {}
    for held in store.log.events():
        seen[held.id.hex()[:4]] = seen.get(held.id.hex()[:4], 0) + 1
    twice = next(prefix for prefix, count in seen.items() if count > 1)
    with pytest.raises(AmbiguousId):
        store.log.resolve(twice)


def test_limits_of_appending(store: Store) -> None:
    assert append(store, ANNE, payload=bytes(65_536)).header.payload_length == 65_536
    ids = tuple(bytes((n,)) * 32 for n in range(65))
    assert len(append(store, ANNE, refs=ids[:64]).header.refs) == 64
    for wrong in ({"payload": bytes(65_537)}, {"payload": b""}, {"refs": ids}):
        with pytest.raises(EventLimitError):
            append(store, ANNE, **wrong)
    with pytest.raises(EventLimitError):
        append(store, ANNE, refs=ids[:1] * 2)
    assert store.log.last_arrival() == 2


def test_references_of_erased_events_do_not_count(store: Store) -> None:
    event = append(store, ANNE, refs=(bytes(32),))
    append(store, ANNE, kind=0, payload=None, refs=(bytes(32),))
    assert list(store.log.live_refs()) == [bytes(32)]
    with transaction(store) as tx:
        store.log.erase(tx, event.id)
    assert list(store.log.live_refs()) == []


@pytest.mark.parametrize(("more", "flushes"), [(0, [10, 10, 5]), (1, [11, 11, 3])])
@pytest.mark.parametrize("bound", ["CHUNK_EVENTS", "CHUNK_BYTES"])
def test_an_import_holds_so_many_events_or_bytes_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch, bound: str, more: int, flushes: list[int]
) -> None:
    made = [make(Device(str(number)), payload=b"alike") for number in range(25)]
    size = len(made[0].record[0]) + len(b"alike")
    monkeypatch.setattr(importer, bound, 10 + more if bound == "CHUNK_EVENTS" else 10 * size + more)
    flushed = []
    write = placing.Placing.write

    def written(self: placing.Placing) -> None:
        flushed.append(len(self.records))
        write(self)

    monkeypatch.setattr(placing.Placing, "write", written)
    assert take(store, made).accepted == 25
    assert flushed == flushes


def test_whoever_skips_places_has_a_gap(store: Store) -> None:
    """What the author links to his last event belongs behind it only if it is the next one."""
    true = chain(ANNE, 2)
    take(store, true)
    report = take(store, [make(ANNE, true[1], sequence=5)])
    assert (report.accepted, report.gaps) == (1, 1)
    assert [event.gap for event in store.log.events()] == [False, False, True]
    assert store.log.verify().problems == []


def test_who_refers_to_an_event_does_not_erase_it(store: Store) -> None:
    said = append(store, ANNE)
    append(store, ANNE, refs=(said.id,))
    take(store, [make(BERT, refs=(said.id,))])
    assert store.log.get(said.id).payload == b"x"


def test_nobody_takes_back_a_control_event(store: Store) -> None:
    """Erasing his own removals would let a removed steward change who is a member."""
    first = make(ANNE, lane=Lane.CONTROL, payload=b"admit bert")
    later = make(ANNE, first, payload=b"remove bert")
    take(store, [first])
    append(store, ANNE, Lane.CHAT, kind=0, payload=None, refs=(first.id, later.id))
    with pytest.raises(ControlErasureError), transaction(store) as tx:
        store.log.erase(tx, first.id)
    with transaction(store) as tx:
        assert not store.log.erase(tx, later.id), "nobody knows yet what it is"
    take(store, [later])
    payloads = [event.payload for event in store.log.events(lane=Lane.CONTROL)]
    assert payloads == [b"admit bert", b"remove bert"]


def test_an_own_chain_that_has_forked_is_not_written_on(store: Store) -> None:
    append(store, ANNE)
    take(store, [make(ANNE, kind=1)])
    with pytest.raises(OwnChainError):
        append(store, ANNE)
    append(store, ANNE, Lane.MARKET)
    lost = chain(BERT, 4)
    take(store, lost[2:])
    with pytest.raises(OwnChainError):
        append(store, BERT)
    take(store, lost[:2])
    assert append(store, BERT).header.sequence == 5


def test_one_bad_record_stops_nothing(store: Store) -> None:
    good = chain(ANNE, 3)
    data, signature, payload = good[0].record
    report = take(
        store, [(b"", b"", None), (data, signature, b"other"), (data, b"", payload), *good]
    )
    assert (report.accepted, report.refused) == (3, 3)
    assert sorted(error.code for error in report.refusals) == [
        "bad-header", "bad-payload", "bad-signature",
    ]  # fmt: skip


def test_only_heads_are_verified_but_nothing_unproved_is_kept(store: Store) -> None:
    made = chain(ANNE, 100)
    assert take(store, made).accepted == 100
    flags = store.connection.execute("SELECT sum(flags & 1) FROM events").get
    assert flags == 1
    assert store.log.get(made[5].id).verified, "what is shown alone has been verified"
    bad = chain(BERT, 5)
    bad[4] = make(BERT, bad[3], signature=bytes(64))
    report = take(store, bad)
    assert (report.accepted, report.refused) == (4, 1)
    assert store.log.frontier(COMMUNITY, Lane.CHAT)[0].length in {4, 100}


def test_a_sender_of_bad_signatures_is_soon_not_believed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    junk = [make(ANNE, kind=n, signature=bytes(64)) for n in range(importer.BAD_SIGNATURES + 50)]
    calls = 0
    real = event.verifies

    def counted(*arguments: bytes) -> bool:
        nonlocal calls
        calls += 1
        return real(*arguments)

    monkeypatch.setattr("hearth.store.importer.verifies", counted)
    report = take(store, junk)
    assert (report.refused, report.accepted) == (len(junk), 0)
    assert calls == importer.BAD_SIGNATURES
    assert len(report.refusals) == import_report.NAMED


def test_forks_are_kept_and_proved(store: Store, tmp_path: Path) -> None:
    left = chain(ANNE, 6)
    right = [make(ANNE, left[1], kind=9)]
    right.append(make(ANNE, right[0], kind=9))
    take(store, left)
    report = take(store, right)
    assert (report.accepted, report.forks) == (2, 1)
    entry = store.log.frontier(COMMUNITY, Lane.CHAT)[0]
    assert (entry.length, entry.head) == (6, left[5].id)
    assert {tip.head for tip in entry.branches} == {left[5].id, right[1].id}
    assert entry.fork == (3, *sorted((left[2].id, right[0].id)))
    (proof,) = store.log.fork_proofs(COMMUNITY)
    fork = forks.read_proof(proof)
    assert (fork.device, fork.lane, fork.sequence) == (ANNE.device, Lane.CHAT, 3)
    with new_store(tmp_path / "elsewhere") as other:  # the proof alone convinces
        report = take(other, [(*record, None) for record in fork.records])
        assert (report.accepted, report.forks) == (2, 1)
        assert other.log.fork_proofs() == [proof]
        assert other.log.digest(COMMUNITY, Lane.CHAT) == store.log.digest(COMMUNITY, Lane.CHAT)


@pytest.mark.parametrize("long", [2, forks.MAX_SIDE - 1, forks.MAX_SIDE, forks.MAX_SIDE + 1])
def test_a_fork_is_proved_by_a_signature_beyond_another_fork(
    store: Store, tmp_path: Path, long: int
) -> None:
    """One side has no signature of its own until, so many events on, where it has forked again."""
    way = [make(ANNE)]
    while len(way) < long:
        way.append(make(ANNE, way[-1], signature=bytes(64)))
    ends = [make(ANNE, way[-1], kind=kind) for kind in (9, 10)]
    for made in ([*way, ends[0]], [ends[1]], [make(ANNE, way[0], kind=11)]):
        assert take(store, made).refused == 0
    assert store.log.verify().problems == []
    proofs = store.log.fork_proofs()
    fork = forks.read_proof(proofs[0])
    # where the way is too long to be carried, what proved the fork beyond it is kept
    proved = (2, long + 1) if long <= forks.MAX_SIDE else (long + 1, 2)
    assert (fork.sequence, len(fork.records)) == proved
    with new_store(tmp_path / "elsewhere") as other:
        assert take(other, [(*record, None) for record in fork.records]).forks == 1
        assert other.log.fork_proofs() == proofs


def test_branches_have_a_quota_that_evicts_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "EXTRA_QUOTA", 10)
    root = make(ANNE)
    branches = [make(ANNE, root, kind=n) for n in range(13)]
    report = take(store, [root, *branches])
    assert (report.accepted, report.refused) == (12, 2)
    assert {error.code for error in report.refusals} == {"fork-quota"}
    held = [event.id for event in store.log.events()]
    assert take(store, [make(ANNE, branches[0])]).accepted == 1
    assert set(held) <= {event.id for event in store.log.events()}
    assert store.log.verify().problems == []


def test_clocks_move_when_the_missing_tick_comes(store: Store) -> None:
    """A radio frame: one alert, far ahead of what is held, then what it stands on."""
    past = chain(ANNE, 40, lane=Lane.EMERGENCY)
    alert = make(BERT, None, past[39], b"fire", lane=Lane.EMERGENCY)
    take(store, [alert])
    assert [event.payload for event in store.log.events()] == [b"fire"]
    assert store.log.clock(COMMUNITY, Lane.EMERGENCY) == 0
    assert append(store, CARL, Lane.EMERGENCY).header.lamport == 1
    take(store, past[20:])
    assert store.log.clock(COMMUNITY, Lane.EMERGENCY) == 1
    take(store, past[:20])
    assert store.log.clock(COMMUNITY, Lane.EMERGENCY) == 41
    assert append(store, CARL, Lane.EMERGENCY).header.tick == alert.id


@pytest.mark.parametrize("lane", [Lane.CHAT, Lane.CORPUS])
@pytest.mark.parametrize("tick_lane", list(Lane))
def test_a_tick_counts_from_its_own_lane_control_and_emergency(
    store: Store, lane: Lane, tick_lane: Lane
) -> None:
    tick = make(ANNE, None, None, lane=tick_lane)
    take(store, [tick, make(BERT, None, tick, lane=lane)])
    allowed = tick_lane in {lane, Lane.CONTROL, Lane.EMERGENCY}
    assert store.log.clock(COMMUNITY, lane) == (2 if allowed else 1 if lane == tick_lane else 0)


def test_a_tick_of_another_community_sets_no_time(store: Store) -> None:
    tick = make(ANNE, community=bytes(32), lane=Lane.EMERGENCY)
    take(store, [tick, make(BERT, None, tick)])
    assert store.log.clock(bytes(32), Lane.EMERGENCY) == 1
    assert store.log.clock(COMMUNITY, Lane.CHAT) == 0


def test_of_several_that_set_the_time_the_lowest_id_is_ticked_on(tmp_path: Path) -> None:
    lanes = set()
    for number in range(8):
        with new_store(tmp_path / str(number)) as store:
            seen = [make(Device(f"{number}"), lane=lane) for lane in Lane if lane <= Lane.CHAT]
            take(store, seen)
            lowest = min(seen, key=lambda each: each.id)
            assert append(store, ANNE).header.tick == lowest.id
            lanes.add(lowest.header.lane)
    assert len(lanes) == 3


@pytest.mark.parametrize("lamport", [1, 3, 5, 2**53 - 1])
def test_a_false_lamport_time_moves_nothing_for_ever(store: Store, lamport: int) -> None:
    true = chain(ANNE, 3)
    lie = make(ANNE, true[2], lamport=lamport)
    assert take(store, [*true, lie]).accepted == 4
    if lamport < 2**53 - 1:
        take(store, [make(ANNE, lie), make(BERT, None, lie)])
    assert store.log.clock(COMMUNITY, Lane.CHAT) == 3
    assert append(store, CARL).header.lamport == 4


@pytest.mark.parametrize(("recent", "resting"), [(1 << 13, 1 << 14), (3, 5), (1, 1)])
def test_ticks_are_found_however_little_is_remembered(
    store: Store, monkeypatch: pytest.MonkeyPatch, recent: int, resting: int
) -> None:
    """Three devices that answer each other come one after another, and then once more."""
    monkeypatch.setattr(clock, "RECENT", recent)
    monkeypatch.setattr(clock, "RESTING", resting)
    looked_up: list[bytes] = []
    find = Book.find

    def counted(book: Book, id: bytes) -> tuple[Run, int, int] | None:
        looked_up.append(id)
        return find(book, id)

    monkeypatch.setattr(Book, "find", counted)
    ours: dict[Device, list[Made]] = {ANNE: [], BERT: [], CARL: []}
    tick = None
    for _ in range(60):
        for device, made in ours.items():
            tick = make(device, made[-1] if made else None, tick)
            made.append(tick)
    for part in (slice(0, 30), slice(30, 60)):
        for made in ours.values():
            take(store, made[part])
        assert store.log.clock(COMMUNITY, Lane.CHAT) == 3 * part.stop
    if recent > 200:
        assert len(looked_up) < 10
    assert append(store, Device("Dora")).header.lamport == 181


@pytest.mark.slow
def test_memory_of_waiting_events_is_bounded_and_nothing_is_lost(tmp_path: Path) -> None:
    """More events wait for one tick than are kept in memory."""
    root = make(ANNE)
    waiting = [make(BERT, None, root)]
    for _ in range(REMEMBERED + 5000):
        waiting.append(make(BERT, waiting[-1]))
    with new_store(tmp_path / "h") as store:
        take(store, waiting)
        assert store.log.clock(COMMUNITY, Lane.CHAT) == 0
        take(store, [root])
        assert store.log.clock(COMMUNITY, Lane.CHAT) == waiting[-1].lamport


def test_verify_finds_what_was_changed_behind_its_back(store: Store) -> None:
    take(store, [*chain(ANNE, 20), *chain(BERT, 20)[5:]])
    assert store.log.verify().problems == []
    execute = store.connection.execute
    flipped = "UPDATE events SET {} WHERE arrival = 7"
    for change in (
        "header = zeroblob(100)",
        "signature = zeroblob(64)",
        "payload = x'00'",
        "prefix = prefix + 1",
        "lamport = 99",
        "kind = kind + 1",
        "run = 77",
        "sequence = 99",
        "header = x''",
    ):
        execute("SAVEPOINT here")
        execute(flipped.format(change))
        assert store.log.verify().problems, change
        execute("ROLLBACK TO here")
    for change in (
        "runs SET rooted = 1 - rooted",
        "runs SET first = 2",
        "runs SET last = 30",
        "runs SET head = zeroblob(32)",
        "runs SET lamport = 3",
        "runs SET sound = 20, sound_lamport = 20",
        "runs SET sound = 3, sound_lamport = 3 WHERE first = 1",
        "runs SET chain = 77",
        "chains SET forked = 3",
        "chains SET device = community WHERE number = 1",
        "clocks SET lamport = 50",
    ):
        execute("SAVEPOINT here")
        execute(f"UPDATE {change}")
        assert store.log.verify().problems, change
        execute("ROLLBACK TO here")
    assert store.log.verify().problems == []


def test_verify_finds_another_true_event_in_the_place_of_one(store: Store) -> None:
    made = chain(ANNE, 20)
    take(store, made)
    other = make(ANNE, made[5], payload=b"another")
    store.connection.execute(
        "UPDATE events SET header = ?, signature = ?, payload = ?, prefix = ? WHERE sequence = 7",
        (*other.record, int.from_bytes(other.id[:8], "big", signed=True)),
    )
    [problem] = store.log.verify().problems
    assert problem.what == "an event is not the one that the next one names"


@pytest.mark.parametrize(
    ("level", "before", "lamport", "believed"),
    [
        (0, 3, 4, False),
        (10, 3, 3, False),
        (10, 3, 4, True),
        (10, 3, 10, True),
        (10, 3, 11, False),
        (10, 10, 11, True),
        (10, 10, 12, False),
    ],
)
def test_up_to_which_time_nothing_is_checked(
    level: int, before: int, lamport: int, believed: bool
) -> None:
    assert anchors.is_believed(level, before, lamport) == believed


# slots


def statement(who: Device, counter: int, body: bytes, name: bytes = b"n") -> tuple[bytes, bytes]:
    data = slot_module.encode(COMMUNITY, who.device, 7, name, counter, None, body)
    return data, who.sign(slot_module.LABEL + data)


def test_the_higher_counter_counts(store: Store) -> None:
    with transaction(store) as tx:
        first = store.slots.state(tx, ANNE, COMMUNITY, 7, b"n", b"one")
        second = store.slots.state(tx, ANNE, COMMUNITY, 7, b"n", b"two", refs=(bytes(32),))
        assert (first.counter, second.counter) == (1, 2)
        assert store.slots.put(tx, first.statement, first.signature) is Outcome.OLDER
        assert store.slots.put(tx, second.statement, second.signature) is Outcome.SAME
        assert store.slots.put(tx, *statement(ANNE, 9, b"nine")) is Outcome.NEWER
    assert store.slots.get(COMMUNITY, ANNE.device, 7, b"n").body == b"nine"  # type: ignore[union-attr]
    assert store.slots.get(COMMUNITY, ANNE.device, 7, b"m") is None
    assert list(store.slots.live_refs()) == []


def test_equal_counters_are_a_fork_and_the_lower_id_counts_everywhere(tmp_path: Path) -> None:
    pair = [statement(ANNE, 3, body) for body in (b"one", b"two")]
    ends: list[tuple[Slot | None, bytes, list[bytes]]] = []
    for number, order in enumerate((pair, pair[::-1])):
        with new_store(tmp_path / str(number)) as store:
            with transaction(store) as tx:
                assert store.slots.put(tx, *order[0]) is Outcome.NEWER
                assert store.slots.put(tx, *order[1]) is Outcome.FORKED
            ends.append(
                (
                    store.slots.get(COMMUNITY, ANNE.device, 7, b"n"),
                    store.slots.digest(COMMUNITY),
                    store.slots.proofs(COMMUNITY),
                )
            )
    assert ends[0] == ends[1]
    low, high = slot_module.read_proof(ends[0][2][0])
    assert ends[0][0] == low
    assert low.id < high.id


def test_slots_are_listed_dropped_and_digested(store: Store) -> None:
    with transaction(store) as tx:
        for who in (ANNE, BERT):
            for name in (b"", b"a", b"bb"):
                store.slots.put(tx, *statement(who, 1, b"", name))
    assert len(list(store.slots.all(COMMUNITY, 7))) == 6
    mine = list(store.slots.all(device=ANNE.device))
    assert [slot.name for slot in mine] == [b"", b"a", b"bb"]
    before = store.slots.digest(COMMUNITY)
    with transaction(store) as tx:
        store.slots.drop(tx, mine[0])
    assert store.slots.digest(COMMUNITY) != before
    assert len(list(store.slots.all())) == 5


@pytest.mark.parametrize("names", list(permutations((b"a", b"b", b"c", b"aa"))))
def test_slots_have_a_quota_and_which_are_held_depends_on_no_order(
    store: Store, monkeypatch: pytest.MonkeyPatch, names: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(slot_module, "QUOTA", 2)
    refused = 0
    with transaction(store) as tx:
        for name in names:
            try:
                assert store.slots.put(tx, *statement(ANNE, 1, b"", name)) is Outcome.NEWER
            except slot_module.SlotQuotaError:
                refused += 1
        with pytest.raises(slot_module.SlotQuotaError):
            store.slots.put(tx, *statement(ANNE, 9, b"", b"aa"))
        assert store.slots.put(tx, *statement(ANNE, 2, b"", b"b")) is Outcome.NEWER
        assert store.slots.put(tx, *statement(BERT, 1, b"", b"c")) is Outcome.NEWER
    assert [slot.name for slot in store.slots.all(device=ANNE.device)] == [b"a", b"b"]
    assert refused <= 2


def test_no_device_states_more_slots_than_others_hold(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_module, "QUOTA", 2)
    with transaction(store) as tx:
        for name in (b"b", b"c"):
            store.slots.state(tx, ANNE, COMMUNITY, 1, name)
        with pytest.raises(slot_module.SlotQuotaError):
            store.slots.state(tx, ANNE, COMMUNITY, 1, b"a")
        assert store.slots.state(tx, ANNE, COMMUNITY, 1, b"c").counter == 2


def test_made_by_hand_is_what_append_makes(store: Store) -> None:
    """The kit of these tests and the product agree to the byte."""
    by_hand: list[Made] = [make(ANNE, None, None, b"x")]
    by_hand.append(make(ANNE, by_hand[0], None, b"x"))
    for made in by_hand:
        event = append(store, ANNE)
        assert (encode(event.header), event.signature, event.payload) == made.record
        assert event.id == made.id


def test_a_signer_that_fails_leaves_nothing_behind(store: Store) -> None:
    class Broken(Device):
        def sign(self, message: bytes) -> bytes:
            raise KeyError("locked")

    append(store, ANNE, Lane.CONTROL)
    with transaction(store) as tx:
        with pytest.raises(KeyError):
            store.log.append(tx, Broken("Bert"), COMMUNITY, Lane.CHAT, 128, wall=0)
        store.log.append(tx, ANNE, COMMUNITY, Lane.CHAT, 128, wall=0)
        event = store.log.append(tx, BERT, COMMUNITY, Lane.CHAT, 128, wall=0)
    assert event.header.acts == store.log.heads(COMMUNITY)
    assert len(store.log.frontier(COMMUNITY, Lane.CHAT)) == 2


@pytest.mark.parametrize("batch", [1, 50, 1000])
def test_joined_runs_do_not_pile_up(store: Store, batch: int) -> None:
    made = chain(ANNE, 300)
    order = [*made[::2], *made[1::2]]
    for start in range(0, len(order), batch):
        take(store, order[start : start + batch])
    assert store.connection.execute("SELECT count(*) FROM runs").get == 1
    entry = store.log.frontier(COMMUNITY, Lane.CHAT)[0]
    assert (entry.length, entry.head) == (300, made[-1].id)
    assert store.log.clock(COMMUNITY, Lane.CHAT) == 300
    assert store.log.verify().problems == []


def test_gaps_have_a_quota_and_filling_them_makes_room(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "GAP_QUOTA", 3)
    made = chain(ANNE, 9)
    report = take(store, made[2::2])
    assert (report.accepted, report.refused) == (3, 1)
    assert {error.code for error in report.refusals} == {"gap-quota"}
    assert take(store, [made[3]]).accepted == 1
    assert take(store, made[8:]).accepted == 1  # as many gaps as there may be
    assert take(store, made[:1]).accepted == 1  # the beginning of a chain lies behind no gap
    assert take(store, made).accepted == 3
    assert store.log.frontier(COMMUNITY, Lane.CHAT)[0].length == 9


def test_long_runs_are_joined_without_being_rewritten(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(placing, "MERGED", 5)
    made = chain(ANNE, 30)
    take(store, [*made[:10], *made[11:]])
    take(store, made[10:11])
    assert store.connection.execute("SELECT count(*) FROM runs").get == 2
    entry = store.log.frontier(COMMUNITY, Lane.CHAT)[0]
    assert (entry.length, entry.islands) == (30, ())
    assert append(store, ANNE).header.sequence == 31
    with new_store(tmp_path / "other") as other:
        take(other, store.log.records(COMMUNITY))
        assert other.log.digest(COMMUNITY, Lane.CHAT) == store.log.digest(COMMUNITY, Lane.CHAT)
        assert other.log.clock(COMMUNITY, Lane.CHAT) == store.log.clock(COMMUNITY, Lane.CHAT)
    assert store.log.verify().problems == []


def test_a_second_valid_signature_is_a_fork(store: Store) -> None:
    """Only who holds the key can make one (with another nonce), so it is proof of a fault."""
    made = make(ANNE)
    data = made.record[0]
    other = (data, sign_with_another_nonce(b"Anne", event.LABEL + data), made.record[2])
    assert other[1] != made.record[1]
    assert event.verifies(ANNE.device, event.LABEL, *other[:2])
    assert take(store, [made, other]).forks == 1
    assert len(list(store.log.events())) == 2
    assert len(store.log.fork_proofs()) == 1


def sign_with_another_nonce(name: bytes, message: bytes) -> bytes:
    """Ed25519 (RFC 8032, section 5.1.6) with a nonce of our choice."""
    order = 2**252 + 27742317777372353535851937790883648493
    digest = hashlib.sha512(blake3(name).digest()).digest()
    secret = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    nonce = 1234567890123456789
    point = crypto_scalarmult_ed25519_base_noclamp(nonce.to_bytes(32, "little"))
    hashed = hashlib.sha512(point + ANNE.device + message).digest()
    s = (nonce + int.from_bytes(hashed, "little") * secret) % order
    return bytes(point) + s.to_bytes(32, "little")


def test_taking_in_what_continues_chains_asks_nothing_per_event(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes import fast, counted: queries and signatures grow with chains, not events."""
    queries = signatures = 0
    rows, verifies = database.rows, event.verifies

    def counted_rows(*arguments: Any) -> list[Any]:
        nonlocal queries
        queries += 1
        return rows(*arguments)

    def counted_verifies(*arguments: bytes) -> bool:
        nonlocal signatures
        signatures += 1
        return verifies(*arguments)

    devices = [Device(str(number)) for number in range(5)]
    made: list[Made] = []
    for number in range(2000):  # each ticks on the event before it, which is another device's
        own = made[-5] if number >= 5 else None
        made.append(make(devices[number % 5], own, made[-1] if made else None))
    made.sort(key=lambda each: (each.header.device, each.header.sequence))
    monkeypatch.setattr(database, "rows", counted_rows)
    monkeypatch.setattr("hearth.store.importer.verifies", counted_verifies)
    assert take(store, made).accepted == 2000
    assert signatures == 5
    assert queries < 40
    assert store.log.clock(COMMUNITY, Lane.CHAT) == max(each.lamport for each in made)


def test_a_fork_whose_proof_is_too_long_to_carry_stops_no_import(store: Store) -> None:
    """Both branches end in a signature far away, and every header is as large as may be."""
    root = make(ANNE)
    branches = []
    for kind in (1, 2):
        branch = [root]
        for n in range(15):
            refs = tuple(blake3(b"%d %d %d" % (kind, n, ref)).digest() for ref in range(64))
            junk = None if n == 14 else bytes(64)
            branch.append(make(ANNE, branch[-1], kind=kind, refs=refs, signature=junk))
        branches += branch[1:]
    report = take(store, [root, *branches, *chain(BERT, 3)])
    assert (report.accepted, report.forks, report.refused) == (34, 1, 0)
    assert store.log.fork_proofs() == []
    assert store.log.verify().problems == []


def test_what_only_a_refused_event_vouches_for_is_refused_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "EXTRA_QUOTA", 1)
    left = chain(ANNE, 6)
    take(store, [*left[:2], left[5], make(ANNE, left[4], kind=9)])
    assert store.log.frontier(COMMUNITY, Lane.CHAT)[0].length == 2
    junk = make(ANNE, left[1], kind=7, signature=bytes(64))
    more = make(ANNE, junk, kind=7, signature=bytes(64))
    last = make(ANNE, more, kind=7, signature=bytes(64))
    vouching = make(ANNE, last, kind=7)
    assert vouching.header.sequence == 6
    report = take(store, [junk, more, last, vouching])
    assert (report.accepted, report.refused) == (0, 4)
    assert {error.code for error in report.refusals} == {"fork-quota", "bad-signature"}
    assert store.log.verify().problems == []
    assert take(store, left[2:5]).accepted == 3


def take_and_give_up(store: Store, made: list[Made]) -> None:
    with transaction(store) as tx:
        store.log.import_events(tx, [each.record for each in made])
        raise RuntimeError("given up")


def test_what_others_write_between_two_imports_is_seen(store: Store, tmp_path: Path) -> None:
    """What a log remembers from one transaction to the next holds only while nobody else writes."""
    made = chain(ANNE, 40)
    fork = make(ANNE, made[9], None, b"fork")
    take(store, made[:10])
    with Store.open(store.path) as other:
        assert take(other, made[10:20]).gaps == 0
        assert take(store, made[20:30]).gaps == 0
        with pytest.raises(RuntimeError, match="given up"):
            take_and_give_up(store, made[30:])
        assert take(store, [fork]).forks == 1
        assert take(other, made[30:]).gaps == 0
        append(store, BERT)
        assert take(store, made).duplicate == 40
    assert store.log.verify().problems == []
    assert [event.header.sequence for event in store.log.events()][-2:] == [40, 1]


def test_chains_are_looked_up_once_while_nobody_else_writes(store: Store) -> None:
    made = chain(ANNE, 40)
    take(store, made[:10])
    asked: list[str] = []

    def trace(cursor: object, sql: str, bindings: object) -> bool:
        asked.append(sql)
        return True

    store.connection.set_exec_trace(trace)
    take(store, made[10:20])
    take(store, made[20:])
    store.connection.set_exec_trace(None)
    assert not [sql for sql in asked if "FROM chains" in sql or "FROM runs" in sql]
