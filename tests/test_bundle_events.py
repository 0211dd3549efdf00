"""Events of bundles in a log: whichever way they go in, it is the same log."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from log_kit import (
    COMMUNITY,
    Device,
    Made,
    Record,
    World,
    chain,
    make,
    new_store,
    picture,
    take,
    transaction,
)

from hearth.bundles import content, events
from hearth.bundles.events import UNPROVED, EventIntake
from hearth.store import database, timely
from hearth.store.header import Lane
from hearth.store.store import Store
from hearth.sync import blocks_out
from hearth.sync.blocks import Blocks
from hearth.sync.blocks_out import BlockWriter
from hearth.sync.bundle import Type
from hearth.sync.delta import Salt
from hearth.sync.intake import BadEventsError, Intake, Summary
from hearth.sync.packing import PeerError
from hearth.sync.quotas import RECOUNT
from hearth.sync.replica import Grant, Quotas
from hearth.sync.store_replica import StoreReplica


def replica(store: Store, **options: Any) -> StoreReplica:
    own = options.pop("own", None)
    return StoreReplica(store, bytes(32), lambda _: {COMMUNITY: Grant(**options)}, own=own)


def records(store: Store, after: int | None = None) -> list[bytes]:
    """All events of a log, or those that arrived after a number, as records of a bundle."""
    here = replica(store)
    chosen = content.choose(here, COMMUNITY, [None], (), after=after)
    return [
        body
        for type, body in content.records(store.connection, here, COMMUNITY, chosen)
        if type is Type.EVENTS
    ]


class Reading:
    """A bundle on its way into a log. `bulk`: how often events went in many at a time."""

    def __init__(self, store: Store, **options: Any) -> None:
        self.summary, self.bulk = Summary(), 0
        there = replica(store, **options)
        lengthen = there.lengthen

        def counted(*args: Any) -> int:
            done = lengthen(*args)
            self.bulk += 1
            return done

        there.lengthen = counted  # type: ignore[assignment,method-assign]
        intake = Intake(there, Salt(bytes(32)), self.summary, 1 << 18, None, patient=True)
        intake.open = True
        self._events = EventIntake(there, intake, self.summary, COMMUNITY)

    def take(self, bodies: list[bytes], *, end: bool = True) -> Reading:
        for body in bodies:
            self._events.add(body[0], body[1:])
        if end:
            self._events.end()
        return self


def only(world: World) -> list[Made]:
    """What a bundle of one community can bring of a world."""
    return [made for made in world.made if made.header.community == COMMUNITY]


def agree(store: Store, other: Store) -> None:
    assert picture(store) == picture(other)
    for each in (store, other):
        assert each.log.verify().problems == []


@pytest.mark.parametrize("seed", range(10))
def test_any_history_is_the_same_at_the_reader(tmp_path: Path, seed: int) -> None:
    """Forks, gaps, lies about time, erasures, signatures that only the next event proves; to
    somebody who has nothing, or some of it."""
    world, rng = World(seed, 150), random.Random(seed)
    made = only(world)
    with new_store(tmp_path / "from") as store:
        while take(store, made).accepted:
            pass  # what only a later event proves authentic is taken when it comes again
        bodies = records(store)
        for some in (0, 40):
            with new_store(tmp_path / f"to {some}") as reader:
                take(reader, made[:some])
                Reading(reader).take(bodies)
                agree(store, reader)
                again = Reading(reader).take(bodies)
                assert again.summary.events_in == 0
                agree(store, reader)
        with new_store(tmp_path / "torn") as reader:
            Reading(reader).take(bodies[: rng.randrange(len(bodies))])
            Reading(reader).take(bodies)
            agree(store, reader)


@pytest.mark.parametrize("seed", [1, 2, 3, 6, 47, 52])
def test_any_history_that_comes_in_several_bundles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Each brings what has come since the last one, so it mostly goes on where chains end here."""
    rng, world = random.Random(seed), World(seed, 80)
    monkeypatch.setattr(events, "MOST", rng.choice([5, 20, events.MOST]))
    monkeypatch.setattr(timely, "PAGE", rng.choice([3, 10, timely.PAGE]))
    made, bulk = only(world), 0
    cuts = [0, *sorted(rng.sample(range(1, len(made)), 3)), len(made)]
    with new_store(tmp_path / "from") as store, new_store(tmp_path / "to") as reader:
        for first, end in pairwise(cuts):
            before = store.log.last_arrival()
            take(store, made[first:end])
            bulk += Reading(reader).take(records(store, after=before)).bulk
        assert bulk
        while take(store, made).accepted:
            pass
        Reading(reader).take(records(store))
        agree(store, reader)


def talk(size: int, devices: int = 5, *, seed: int = 1, **fields: Any) -> list[Made]:
    """A conversation in which nobody lies."""
    rng = random.Random(seed)
    signers = [Device(f"talks {seed} {number}") for number in range(devices)]
    tips: dict[int, Made] = {}
    made: list[Made] = []
    for number in range(size):
        who = rng.randrange(devices)
        tick = made[-1] if made and made[-1] is not tips.get(who) else None
        tips[who] = make(signers[who], tips.get(who), tick, f"says {number}".encode(), **fields)
        made.append(tips[who])
    return made


TALKERS = [Device(f"talks 1 {number}") for number in range(5)]


class Two:
    """Somebody who writes a bundle of a conversation, and who has the first half of it."""

    def __init__(self, path: Path, made: list[Made], had: int) -> None:
        self.made = made
        self.writer, self.reader = new_store(path / "writer"), new_store(path / "reader")
        take(self.writer, made)
        take(self.reader, made[:had])

    def close(self) -> None:
        self.writer.close()
        self.reader.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path


class TestManyAtATime:
    def test_what_only_lengthens_chains(self, path: Path) -> None:
        two = Two(path, talk(400), 0)
        done = Reading(two.reader).take(records(two.writer))
        assert (done.bulk, done.summary.events_in) == (1, 400)
        agree(two.writer, two.reader)
        verified = [two.reader.log.get(made.id).verified for made in two.made]
        assert all(verified)
        two.close()

    def test_in_several_commits(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stretches, shapes and ticks go on from one to the next."""
        monkeypatch.setattr(events, "MOST", 50)
        two = Two(path, talk(2000), 0)
        bodies = records(two.writer)
        done = Reading(two.reader).take(bodies)
        assert done.bulk > 3
        assert done.summary.events_in == 2000
        agree(two.writer, two.reader)
        two.close()

    @pytest.mark.parametrize("most", [20, 100, 500])
    def test_chain_after_chain(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, most: int
    ) -> None:
        """As they lie in a log that got them all at once: what others stand on comes later, in
        the same commit or in another one."""
        monkeypatch.setattr(events, "MOST", most)
        monkeypatch.setattr(timely, "PAGE", 10)
        two = Two(path, talk(1000, 8), 0)
        done = Reading(two.reader).take(records(two.writer))
        assert done.bulk > 1
        assert done.summary.events_in == 1000
        agree(two.writer, two.reader)
        two.close()

    def test_where_stretches_are_forgotten(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(blocks_out, "MAX_KNOWN", 12)
        monkeypatch.setattr(timely, "PAGE", 10)
        two = Two(path, talk(300), 0)
        done = Reading(two.reader).take(records(two.writer))
        assert (done.bulk, done.summary.events_in) == (1, 300)
        agree(two.writer, two.reader)
        two.close()

    def test_with_refs_and_payloads_that_are_not_here(self, path: Path) -> None:
        made = talk(60, refs=(b"r" * 32,), expiry=3)
        lacking = [Made(m.header, (*m.record[:2], None), m.id) for m in made[30:]]
        two = Two(path, [*made[:30], *lacking], 0)
        done = Reading(two.reader).take(records(two.writer))
        assert (done.bulk, done.summary.events_in) == (1, 60)
        agree(two.writer, two.reader)
        assert set(two.reader.log.live_refs()) == {b"r" * 32}
        two.close()

    def test_lies_about_time_move_no_clock(self, path: Path) -> None:
        made = talk(50)
        liar = make(Device("liar"), None, made[-1], lamport=1000)
        more = make(Device("follows"), None, liar)
        two = Two(path, [*made, liar, more], 0)
        done = Reading(two.reader).take(records(two.writer))
        assert done.bulk == 1
        agree(two.writer, two.reader)
        assert two.reader.log.clock(COMMUNITY, Lane.CHAT) == made[-1].lamport
        two.close()

    def test_what_waited_for_a_tick_goes_on(self, path: Path) -> None:
        made = talk(50)
        waits = make(Device("early"), None, made[-1])
        two = Two(path, [*made, waits], 0)
        take(two.reader, [waits])
        Reading(two.reader).take(records(two.writer))
        agree(two.writer, two.reader)
        two.close()


class TestOneByOne:
    """Whatever is more than that; the log is the same, and nothing of it is lost."""

    def check(self, two: Two, **options: Any) -> Reading:
        done = Reading(two.reader, **options).take(records(two.writer))
        assert done.bulk == 0
        agree(two.writer, two.reader)
        two.close()
        return done

    def test_a_part_that_is_here(self, path: Path) -> None:
        done = self.check(Two(path, talk(100), 40))
        assert (done.summary.events_in, done.summary.duplicates) == (60, 40)

    def test_a_fork(self, path: Path) -> None:
        made = talk(100)
        branch = make(TALKERS[0], None, None, b"another first")
        self.check(Two(path, [*made, branch], 0))

    @pytest.mark.parametrize("branches", [1, 2, 3])
    def test_a_fork_that_begins_where_the_reader_is(self, path: Path, branches: int) -> None:
        """All branches go on from what is held, and lie in one block."""
        made, signer = talk(100), Device("forks")
        common = chain(signer, 5)
        payloads = [f"branch {number}".encode() for number in range(branches)]
        ends = [make(signer, common[-1], made[-1], payload) for payload in payloads]
        longer = [make(signer, end, None, b"goes on") for end in ends]
        two = Two(path, [*common, *made, *ends, *longer], 5)
        reader = Reading(two.reader).take(records(two.writer, after=5))
        assert reader.bulk == (branches == 1)
        assert reader.summary.events_in == 100 + 2 * branches
        agree(two.writer, two.reader)
        two.close()

    def test_a_stretch_that_goes_on_where_another_one_has(self, path: Path) -> None:
        """In later blocks: its own event before was the last of the chain when it came."""
        signer = Device("forks")
        common = chain(signer, 6)
        ends = [make(signer, common[-1], None, payload) for payload in (b"one", b"other")]
        writer = BlockWriter(1 << 17)
        pages = [[(1, m) for m in common], [(2, ends[0])], [(1, ends[1])]]
        bodies = [
            bytes((Lane.CHAT,)) + block
            for page in pages
            for block in writer.write(
                [(run, m.header.sequence, m.lamport, 128, *m.record, 0) for run, m in page]
            )
        ]
        assert len(bodies) == 3
        with new_store(path / "reader") as reader, new_store(path / "imports") as imports:
            done = Reading(reader).take(bodies)
            take(imports, [*common, *ends])
            assert (done.bulk, done.summary.events_in) == (0, 8)
            agree(imports, reader)

    def test_a_gap(self, path: Path) -> None:
        long = chain(Device("long"), 10)
        self.check(Two(path, [*talk(100), *long[4:]], 0))

    def test_a_gap_that_is_filled(self, path: Path) -> None:
        long = chain(Device("long"), 10)
        two = Two(path, [*talk(100), *long], 0)
        take(two.reader, long[4:])
        self.check(two)

    def test_an_erasure(self, path: Path) -> None:
        made = talk(100)
        mine = [m for m in made if m.header.device == made[-1].header.device]
        signer = next(d for d in TALKERS if d.device == made[-1].header.device)
        erases = make(signer, mine[-1], None, None, kind=0, refs=(mine[0].id,))
        self.check(Two(path, [*made, erases], 0))

    def test_a_payload_that_was_erased_here(self, path: Path) -> None:
        made = talk(100)
        two = Two(path, made, 0)
        for store in (two.writer, two.reader):
            with transaction(store) as tx:
                store.log.erase(tx, made[3].id)
        self.check(two)

    def test_a_lane_of_control(self, path: Path) -> None:
        self.check(Two(path, talk(30, lane=Lane.CONTROL), 0))

    def test_ones_own_events(self, path: Path) -> None:
        made = talk(100)
        two = Two(path, made, 0)
        reader = two.reader
        assert not reader.rebuilt
        done = Reading(reader, own=made[5].header.device).take(records(two.writer))
        assert (done.bulk, done.summary.events_in) == (0, 100)
        assert reader.rebuilt
        two.close()


class TestWhatIsNotTaken:
    def test_events_of_whom_nothing_is_taken(self, path: Path) -> None:
        made = talk(100)
        stranger = made[0].header.device
        two = Two(path, made, 0)
        admits = lambda device, lane: device != stranger  # noqa: E731
        done = Reading(two.reader, admits=admits).take(records(two.writer))
        theirs = sum(m.header.device == stranger for m in made)
        assert (done.summary.events_in, done.summary.foreign) == (100 - theirs, theirs)
        two.close()

    def test_a_lane_that_is_not_shared(self, path: Path) -> None:
        two = Two(path, talk(20), 0)
        bodies = [bytes((Lane.MARKET,)) + body[1:] for body in records(two.writer)]
        with pytest.raises(PeerError):  # other headers than were signed
            Reading(two.reader).take(bodies)
        assert not list(two.reader.log.events())
        two.close()

    @pytest.mark.parametrize("least", [0, 1])
    def test_more_than_there_is_room_for(self, path: Path, least: int) -> None:
        """At the limit everything fits; one byte below it, one device does not."""
        made = talk(300)
        two = Two(path, made, 0)
        sizes: dict[bytes, int] = {}
        for each in made:
            size = sum(map(len, filter(None, each.record)))
            sizes[each.header.device] = sizes.get(each.header.device, 0) + size
        most = max(sizes.values())
        quotas = lambda device: Quotas(most - least, None)  # noqa: E731
        done = Reading(two.reader, quotas=quotas).take(records(two.writer))
        too_many = max(sizes, key=lambda device: sizes[device])
        over = sum(m.header.device == too_many for m in made) * least
        assert (done.bulk, done.summary.declined) == (1 - least, over)
        assert done.summary.events_in == 300 - over
        assert len(done.summary.over) == least
        two.close()

    def test_room_is_counted_from_bundle_to_bundle(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "MOST", 100)
        made = talk(2000)
        two = Two(path, made, 0)
        total = sum(sum(map(len, filter(None, each.record))) for each in made)
        assert total < RECOUNT
        quotas = lambda device: Quotas(None, total)  # noqa: E731
        assert Reading(two.reader, quotas=quotas).take(records(two.writer)).summary.declined == 0
        agree(two.writer, two.reader)
        (path / "more").mkdir()
        more = Two(path / "more", [*made, *talk(10, seed=2)], 0)
        done = Reading(two.reader, quotas=quotas).take(records(more.writer))
        assert done.summary.events_in == 0
        assert done.summary.declined == 10
        two.close()
        more.close()


class TestProof:
    """What is taken in is proved; where the proof comes later it waits, and does not accuse."""

    def bodies(self, path: Path, made: list[Made]) -> list[bytes]:
        """Blocks of events as somebody has them who has checked nothing."""
        runs: dict[bytes, int] = {}
        rows = [
            (runs.setdefault(m.header.device, len(runs)), m.header.sequence, m.lamport,
             m.header.kind, *m.record, 0)
            for m in made
        ]  # fmt: skip
        writer = BlockWriter(1 << 17)
        pages = [rows[at : at + 20] for at in range(0, len(rows), 20)]
        return [bytes((Lane.CHAT,)) + block for page in pages for block in writer.write(page)]

    def test_a_signature_that_nothing_proves(self, path: Path) -> None:
        made = talk(100)
        bad = make(Device("bad"), None, made[50], signature=bytes(64))
        with new_store(path / "reader") as reader:
            with pytest.raises(BadEventsError):
                Reading(reader).take(self.bodies(path, [*made[:60], bad, *made[60:]]))
            assert not reader.log.has(bad.id)
            assert all(reader.log.has(each.id) for each in made)

    def test_one_that_a_later_event_proves_in_a_later_block(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "MOST", 20)
        monkeypatch.setattr(events, "LOOKED_AT", 20)
        made = talk(100)
        junk = make(Device("vouches"), None, made[10], signature=bytes(64))
        proof = make(Device("vouches"), junk, made[90])
        with new_store(path / "reader") as reader:
            done = Reading(reader).take(self.bodies(path, [*made[:11], junk, *made[11:], proof]))
            assert done.summary.events_in == 102
            assert reader.log.has(junk.id)
            assert not reader.log.get(junk.id).verified
            assert reader.log.verify().problems == []

    def test_one_that_is_proved_at_once_goes_in_with_many(self, path: Path) -> None:
        made = talk(100)
        junk = make(Device("vouches"), None, made[10], signature=bytes(64))
        proof = make(Device("vouches"), junk, made[90])
        with new_store(path / "reader") as reader:
            done = Reading(reader).take(self.bodies(path, [*made[:11], junk, *made[11:], proof]))
            assert (done.bulk, done.summary.events_in) == (1, 102)

    @pytest.mark.parametrize("more", [0, 1])
    def test_how_many_may_wait(self, path: Path, more: int) -> None:
        bad = [
            make(Device(f"bad {n}"), signature=n.to_bytes(64, "big"))
            for n in range(UNPROVED + more)
        ]
        with new_store(path / "reader") as reader:
            with pytest.raises(BadEventsError) as error:
                Reading(reader).take(self.bodies(path, bad))
            assert ("too many" in error.value.message) == bool(more)
            assert not list(reader.log.events())

    def test_what_came_before_a_bad_block_counts(self, path: Path) -> None:
        made = talk(100)
        bodies = self.bodies(path, made)
        with new_store(path / "reader") as reader:
            with pytest.raises(PeerError):
                Reading(reader).take([*bodies[:-1], bodies[-1] + b"x"])
            assert len(list(reader.log.events())) >= 80


def test_a_run_that_became_part_of_another_meanwhile(tmp_path: Path) -> None:
    """Between choosing and writing somebody fills a gap, and runs are merged."""
    long = chain(Device("long"), 30)
    with new_store(tmp_path / "writer") as store, new_store(tmp_path / "reader") as reader:
        take(store, [*long[:10], *long[15:]])
        here = replica(store)
        chosen = content.choose(here, COMMUNITY, [None], ())
        take(store, long[10:15])
        made = content.records(store.connection, here, COMMUNITY, chosen)
        bodies = [body for type, body in made if type is Type.EVENTS]
        done = Reading(reader).take(bodies)
        assert done.summary.events_in == 25
        missing = {each.id for each in long} - {event.id for event in reader.log.events()}
        assert missing == {each.id for each in long[10:15]}


def test_whoever_gives_up_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timely, "PAGE", 10)
    with new_store(tmp_path / "writer") as store:
        take(store, talk(50))
        here = replica(store)
        chosen = content.choose(here, COMMUNITY, [None], ())
        made = content.records(store.connection, here, COMMUNITY, chosen)
        next(made)
        assert database.empty_wal(store.connection)  # which nobody who is reading would let happen
        assert sum(1 for _ in made) == 4
        made = content.records(store.connection, here, COMMUNITY, chosen)
        next(made)
    made.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3, 0.9, 1.0])
@pytest.mark.parametrize(("page", "near"), [(1, 0), (7, 1), (10, 8), (2048, 8)])
def test_pages_are_what_was_meant_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, page: int, near: int
) -> None:
    monkeypatch.setattr(timely, "PAGE", page)
    monkeypatch.setattr(timely, "NEAR", near)
    chosen = random.Random(f"{share} {page}")
    with new_store(tmp_path / "writer") as store:
        take(store, talk(200))
        with transaction(store) as tx:
            tx.connection.execute("DELETE FROM events WHERE arrival IN (1, 50, 51, 52, 200)")
        rows = database.rows(store.connection, "SELECT run, sequence, arrival FROM events")
        meant = [row for row in rows if chosen.random() < share]
        spans = [(run, sequence, sequence) for run, sequence, _ in meant]
        found = list(timely.pages(store.connection, spans))
        assert all(len(each) == page for each in found[:-1])
        arrivals = [sorted(row[-1] for row in each) for each in found]
        assert [each for page in arrivals for each in page] == sorted(row[-1] for row in meant)
        assert all(row[2] <= after[2] for each in found for row, after in pairwise(each))


def test_a_record_is_what_a_log_takes(tmp_path: Path) -> None:
    """The order of a bundle is that of time, so what comes first can be read first."""
    made = talk(500)
    with new_store(tmp_path / "writer") as store:
        take(store, made)
        found: list[Record] = []
        blocks = Blocks(COMMUNITY, Lane.CHAT)
        for body in records(store):
            block = blocks.read(body[1:])
            found += zip(block.headers, block.signatures, block.payloads, strict=True)
        lamports = [each.lamport for each in made]
        order = {each.record: each.lamport for each in made}
        assert [order[record] for record in found] == sorted(lamports)
