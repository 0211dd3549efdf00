"""What the log owes to membership: the control graph's heads, and acts with their payloads."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given, settings, strategies as st
from log_kit import (
    COMMUNITY,
    WALL,
    Device,
    Made,
    World,
    chain,
    make,
    new_store,
    picture,
    take,
    transaction,
)
from session_kit import Node, nodes, sync

from hearth.community.graph import ControlEvent, Graph
from hearth.store import control, segments
from hearth.store.event import SignatureError
from hearth.store.header import Lane
from hearth.store.import_report import NAMED, PayloadMissingError
from hearth.store.log import ControlErasureError
from hearth.store.packs import RECORD_HEAD, RecordType
from hearth.store.repair import repair
from hearth.store.schema_log import CONTROL
from hearth.store.store import Store
from hearth.sync.replica import Grant
from hearth.sync.store_replica import StoreReplica

ANNE, BERT, CARL = Device("Anne"), Device("Bert"), Device("Carl")
OTHER = bytes(32)
BOTH = (COMMUNITY, OTHER)

FORMAT_1 = """
DROP TABLE control; DROP TABLE control_waiting; DROP INDEX chains_by_device;
CREATE TABLE control (
    community BLOB NOT NULL, id BLOB NOT NULL, held INTEGER NOT NULL, named INTEGER NOT NULL,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX control_heads ON control (community) WHERE held = 1 AND named = 0;
DROP TABLE communities; DROP TABLE servable; DROP TABLE follows; DROP TABLE asked;
DROP TABLE pins; DROP TABLE peers; DROP TABLE anchors; DROP TABLE floors;
PRAGMA user_version=1;
"""


def act(
    who: Device, previous: Made | None, acts: set[bytes], rng: random.Random, **more: Any
) -> Made:
    more.setdefault("lane", Lane.CONTROL)
    return make(who, previous, None, rng.randbytes(9), acts=tuple(sorted(acts))[:64], **more)


def acts_of_everybody(rng: random.Random, size: int) -> list[Made]:
    """Control events of three devices in two communities: forks, invented parents, lies."""
    made: list[Made] = []
    for _ in range(size):
        who, community = rng.choice((ANNE, BERT, CARL)), rng.choice((COMMUNITY, COMMUNITY, OTHER))
        near = [each for each in made if each.header.community == community]
        own = [each for each in near if each.header.device == who.device]
        previous = rng.choice(own[-3:]) if own and rng.random() < 0.9 else None
        named = {each.id for each in rng.sample(near, min(len(near), rng.randrange(4)))}
        fate = rng.random()
        if fate < 0.03:
            named.add(rng.randbytes(32))
        elif fate < 0.05 and made:
            named.add(rng.choice(made).id)  # of any community
        elif fate < 0.1 and previous is not None:
            named.add(previous.id)
        more: dict[str, Any] = {"community": community}
        if fate > 0.97:  # the event before it is invented, or another device's
            stranger = rng.choice(near).id if near and fate > 0.98 else rng.randbytes(32)
            more |= {"previous_id": stranger, "sequence": rng.randint(2, 9)}
            previous = None
        made.append(act(who, previous, named, rng, **more))
    return made


def graph_heads(store: Store, community: bytes) -> tuple[bytes, ...]:
    events = store.log.events(community, Lane.CONTROL)
    graph = Graph(community, (ControlEvent(e.id, e.header, e.payload) for e in events))
    return graph.heads[:64]


def waiting(store: Store) -> int:
    number: int = store.connection.execute("SELECT count(*) FROM control WHERE missing > 0").get
    return number


def deliver(store: Store, made: list[Made], rng: random.Random) -> Iterator[None]:
    """Everything, some of it twice, in any order and batches; a pause after each batch."""
    pile = made + rng.sample(made, len(made) // 4)
    rng.shuffle(pile)
    while pile:
        size = rng.choice((1, 2, 3, 8, 30))
        batch, pile = pile[:size], pile[size:]
        take(store, batch)
        yield


def check_heads(store: Store, made: list[Made], rng: random.Random) -> None:
    """Deliver, comparing with the graph each time."""
    for _ in deliver(store, made, rng):
        for community in BOTH:
            assert store.log.heads(community) == graph_heads(store, community)
    assert store.log.verify(signatures=False).problems == []


@pytest.mark.parametrize("seed", range(12))
def test_heads_are_those_of_the_graph_in_any_order(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    made = acts_of_everybody(rng, 40)
    with new_store(tmp_path / "a") as a, new_store(tmp_path / "b") as b:
        for store in (a, b):
            check_heads(store, made, rng)
        assert [a.log.heads(each) for each in BOTH] == [b.log.heads(each) for each in BOTH]


def test_these_acts_have_everything_in_them(tmp_path: Path) -> None:
    """The seeds are worth something: acts that wait for good or for a time, heads, forks."""
    found = {"waits": 0, "waited": 0, "heads": 0, "forked": 0, "old rule differs": 0}
    for seed in range(12):
        rng = random.Random(seed)
        made = acts_of_everybody(rng, 40)
        with new_store(tmp_path / str(seed)) as store:
            most = 0
            for _ in deliver(store, made, rng):
                most = max(most, waiting(store))
            found["waits"] += waiting(store)
            found["waited"] += most - waiting(store)
            found["heads"] += sum(len(store.log.heads(each)) for each in BOTH)
            found["forked"] += sum(event.forked for event in store.log.events())
            named = {id for each in made for id in (each.header.previous, *each.header.acts)}
            unnamed = {each.id for each in made} - named
            found["old rule differs"] += unnamed != {id for e in BOTH for id in store.log.heads(e)}
    assert all(count >= 5 for count in found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1060))
def test_heads_are_those_of_the_graph_at_length(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    with new_store(tmp_path / "h") as store:
        check_heads(store, acts_of_everybody(rng, 200), rng)


@given(
    st.lists(st.sets(st.integers(0, 11), max_size=4), min_size=1, max_size=10).flatmap(
        lambda shape: st.tuples(st.just(shape), st.permutations(range(len(shape))))
    )
)
@settings(max_examples=200, deadline=None)
def test_heads_of_any_graph(drawn: tuple[list[set[int]], list[int]]) -> None:
    """Event n names those before it among the numbers drawn; the other numbers are nobody's."""
    shape, order = drawn
    made: list[Made] = []
    for number, named in enumerate(shape):
        acts = {made[n].id if n < number else bytes((n, *OTHER[1:])) for n in named}
        acts_ = tuple(sorted(acts))
        made.append(make(ANNE, None, None, b"x", lane=Lane.CONTROL, wall=number, acts=acts_))
    connection = apsw.Connection(":memory:")
    connection.execute(CONTROL)
    held: list[ControlEvent] = []
    for each in [made[number] for number in order]:
        held.append(ControlEvent(each.id, each.header, b"x"))
        control.note(connection, COMMUNITY, each.id, each.header.acts)
        assert control.heads(connection, COMMUNITY) == Graph(COMMUNITY, held).heads
    connection.close()


def test_an_act_with_an_invented_parent_holds_up_nothing(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        rng = random.Random(1)
        first = act(ANNE, None, set(), rng)
        stuck = act(BERT, None, {rng.randbytes(32)}, rng)
        on_it = act(BERT, stuck, {first.id}, rng)
        take(store, [first, stuck, on_it])
        with transaction(store) as tx:
            event = store.log.append(tx, CARL, COMMUNITY, Lane.CONTROL, 9, b"act", wall=WALL)
            other = store.log.append(tx, CARL, COMMUNITY, Lane.CHAT, 128, b"hello", wall=WALL)
        assert event.header.acts == (first.id,)
        assert other.header.acts == (event.id,) == store.log.heads(COMMUNITY)


def test_a_missing_parent_that_comes_lets_the_rest_count(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        rng = random.Random(1)
        missing = act(ANNE, None, set(), rng)
        line = [act(BERT, None, {missing.id}, rng)]
        for _ in range(20):
            line.append(act(BERT, line[-1], set(), rng))
        take(store, line)
        assert store.log.heads(COMMUNITY) == ()
        assert waiting(store) == 21
        take(store, [missing])
        assert store.log.heads(COMMUNITY) == (line[-1].id,)
        assert waiting(store) == 0
        assert not store.connection.execute("SELECT count(*) FROM control_waiting").get


def test_the_check_of_the_log_sees_a_wrong_graph(tmp_path: Path) -> None:
    for number, damage in enumerate(("missing = 1", "named = 1", "parents = x'00'")):
        with new_store(tmp_path / str(number)) as store:
            take(store, [act(ANNE, None, set(), random.Random(1))])
            assert store.log.verify().problems == []
            store.connection.execute(f"UPDATE control SET {damage}")
            assert len(store.log.verify().problems) == 1


def test_a_database_of_format_1_has_its_graph_made_anew(tmp_path: Path) -> None:
    rng = random.Random(5)
    made = acts_of_everybody(rng, 60)
    with new_store(tmp_path / "h") as store:
        take(store, made)
        take(store, chain(ANNE, 3))
        before = picture(store, BOTH)
        assert waiting(store) > 0
        store.connection.execute(FORMAT_1)
        for each in made:  # as format 1 had it: whatever is held and not named is a head
            store.connection.execute(
                "INSERT INTO control VALUES (?, ?, 1, 0)", (each.header.community, each.id)
            )
    with Store.open(tmp_path / "h", read_only=True) as store:
        assert picture(store, BOTH) == before
        assert store.log.verify().problems == []
        assert store.connection.pragma("user_version") == 1
    with Store.open(tmp_path / "h") as store:
        assert picture(store, BOTH) == before
        assert store.log.verify().problems == []
        assert not store.connection.execute("SELECT * FROM anchors, floors").fetchall()
        take(store, acts_of_everybody(rng, 30))
        assert [store.log.heads(each) for each in BOTH] == [graph_heads(store, e) for e in BOTH]


# with its payload, or not at all


def without(made: Made) -> tuple[bytes, bytes, None]:
    return (*made.record[:2], None)


def test_an_act_without_its_payload_is_not_taken_in(tmp_path: Path) -> None:
    line = chain(ANNE, 4, lane=Lane.CONTROL)
    empty = make(BERT, None, None, None, lane=Lane.CONTROL, kind=0)
    with new_store(tmp_path / "h") as store:
        report = take(store, [line[0].record, without(line[1]), line[2], without(empty)])
        assert (report.accepted, report.refused, report.gaps) == (3, 1, 1)
        assert [type(error) for error in report.refusals] == [PayloadMissingError]
        assert store.log.heads(COMMUNITY) == tuple(sorted((line[0].id, empty.id)))
        take(store, [line[1], line[3]])
        again = take(store, [without(made) for made in line])
        assert (again.duplicate, again.refused) == (4, 0), "it is here"
        whole = picture(store)
    with new_store(tmp_path / "other") as other:
        assert take(other, map(without, line)).refused == 4
        assert take(other, map(without, chain(ANNE, 4))).accepted == 4, "in chat it may come later"
        report = take(other, [without(line[0]), *line, line[1], empty])
        assert (report.accepted, report.duplicate, report.refused) == (5, 2, 0)
        take(other, chain(ANNE, 4))
    with Store.open(tmp_path / "h") as store, Store.open(tmp_path / "other") as other:
        take(store, chain(ANNE, 4))
        assert picture(other) == picture(store) != whole


def test_what_comes_without_its_payload_proves_nothing(tmp_path: Path) -> None:
    """What is refused is not held, so it must not vouch for the one before it."""
    unsigned = make(ANNE, None, None, b"a", lane=Lane.CONTROL, signature=bytes(64))
    vouching = make(ANNE, unsigned, None, b"b")
    with new_store(tmp_path / "h") as store:
        report = take(store, [unsigned.record, without(vouching)])
        assert (report.accepted, report.refused) == (0, 2)
        assert take(store, [unsigned, vouching]).accepted == 2


def test_what_accuses_nobody_does_not_hide_what_does(tmp_path: Path) -> None:
    forged = make(BERT, None, None, b"forged", signature=bytes(64))
    with nodes(tmp_path, "a") as (a,):
        records = [without(made) for made in chain(ANNE, 40, lane=Lane.CONTROL)]
        report = take(a.store, [*records, forged.record])
        assert (report.accepted, report.refused, len(report.refusals)) == (0, 41, NAMED)
        assert isinstance(report.refusals[-1], SignatureError)


@pytest.mark.parametrize("seed", range(8))
def test_payloads_that_come_later_lead_to_the_same_log(tmp_path: Path, seed: int) -> None:
    world, rng = World(seed, 60), random.Random(seed)
    with new_store(tmp_path / "a") as a, new_store(tmp_path / "b") as b:
        records = [made.record for made in world.made]
        for store in (a, b):
            refused = 0
            if store is b:
                for _ in range(3):
                    some = [(h, s, p if rng.random() < 0.5 else None) for h, s, p in records]
                    rng.shuffle(some)
                    refused += take(store, some).refused
                assert refused
            while take(store, records).accepted:
                pass
        assert a.log.verify().problems == b.log.verify().problems == []
        assert picture(a, world.communities) == picture(b, world.communities)


def test_a_peer_that_lacks_a_payload_ends_no_session(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b", "c") as (a, b, c):
        a.write(3, Lane.CONTROL)
        a.write(2)
        c.copy_from(a)
        a.store.connection.execute("UPDATE events SET payload = NULL WHERE arrival = 2")
        talk = sync(a, b)
        assert talk.there.summary.declined > 0
        assert len(b.ids()) == 4, "all but the act without its payload"
        assert talk.there.summary.unequal == {COMMUNITY}
        sync(c, b)
        assert b.picture() == c.picture()
        sync(b, a)
        assert len(a.ids()) == 5


def test_forked_acts_reach_everybody_with_their_payloads(tmp_path: Path) -> None:
    trunk = chain(CARL, 3, lane=Lane.CONTROL)
    left, right = (make(CARL, trunk[-1], None, payload) for payload in (b"left", b"right"))
    with nodes(tmp_path, "a", "b") as (a, b):
        a.take(made.record for made in [*trunk, left])
        b.take(made.record for made in [*trunk, right])
        talk = sync(a, b)
        assert a.picture() == b.picture()
        assert len(a.ids()) == 5
        assert all(event.payload for event in b.store.log.events())
        assert a.store.log.fork_proofs() == b.store.log.fork_proofs() != []
        assert talk.here.summary.declined == talk.there.summary.declined == 0


def test_a_proof_alone_brings_no_act_without_its_payload(tmp_path: Path) -> None:
    left, right = (make(CARL, None, None, text, lane=Lane.CONTROL) for text in (b"l", b"r"))
    with nodes(tmp_path, "a", "b", "c") as (a, b, c):
        a.take([left.record, right.record])
        b.take([left.record])
        sync(a, b, theirs={"budget": 1})  # proofs go first, and no more is taken than that
        sync(a, c)
        assert all(event.payload for node in (b, c) for event in node.store.log.events())
        assert c.picture() == a.picture()


# for ever


def test_no_act_is_erased_here_by_its_author_or_by_a_twin(tmp_path: Path) -> None:
    """A payload in a pack has no name but its hash: somebody may say the same and erase it."""
    path = tmp_path / "h"
    words = random.Random(2).randbytes(40)
    control_event = make(ANNE, None, None, words, lane=Lane.CONTROL)
    twin = make(BERT, None, None, words)
    own = make(BERT, twin, None, b"erased" * 9)
    with new_store(path) as store:
        take(store, [control_event, twin, own])
        store.log.seal()
        with pytest.raises(ControlErasureError), transaction(store) as tx:
            store.log.erase(tx, control_event.id)
        take(store, [make(ANNE, None, None, None, kind=0, refs=(control_event.id,))])
        take(store, [make(BERT, own, None, None, kind=0, refs=(control_event.id, twin.id, own.id))])
        assert store.log.get(twin.id).erased
        assert store.log.get(own.id).erased
        assert store.log.get(control_event.id).payload == words
        store.log.seal()
        before = picture(store)
    for number in range(2):  # a repair erases again what was erased
        for file in path.glob("hearth.db*"):
            file.unlink()
        repair(path, now=WALL + number)
        with Store.open(path) as store:
            assert picture(store) == before
            assert store.log.verify().problems == []


def test_a_twin_sealed_while_it_is_erased_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = random.Random(2).randbytes(40)
    act_, twin = make(ANNE, None, None, words, lane=Lane.CONTROL), make(BERT, None, None, words)
    with new_store(tmp_path / "h") as store, Store.open(tmp_path / "h") as other:
        take(store, [act_, twin])
        real = segments._put_payloads
        erased: list[bool] = []

        def meanwhile(*asked: Any) -> None:
            real(*asked)
            with transaction(other) as tx:
                erased.append(other.log.erase(tx, twin.id))

        monkeypatch.setattr(segments, "_put_payloads", meanwhile)
        store.log.seal(2)
        assert erased[0]
    for file in (tmp_path / "h").glob("hearth.db*"):
        file.unlink()
    repair(tmp_path / "h", now=WALL)
    with Store.open(tmp_path / "h") as store:
        assert store.log.get(act_.id).payload == words
        assert store.log.get(twin.id).erased


def test_an_act_whose_payload_a_repair_cannot_find_comes_back_from_a_peer(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(5, Lane.CONTROL)
        a.write(2)
        b.copy_from(a)
        lost = next(iter(a.store.log.events(lane=Lane.CONTROL, after=2)))
        assert lost.payload is not None
        a.store.log.seal()
        ((pack, offset, stored),) = a.store.connection.execute(
            "SELECT p.id, r.offset, r.stored FROM records r JOIN packs p ON p.number = r.pack"
            " WHERE r.type = ? AND r.id = ?",
            (RecordType.PAYLOAD, lost.header.payload_hash),
        )
        path = a.store.packs.names()[pack]
        a.store.close()
        with path.open("r+b") as pack_file:
            pack_file.seek(offset + RECORD_HEAD)
            pack_file.write(b"#" * stored)
        for file in a.path.glob("hearth.db*"):
            file.unlink()
        assert repair(a.path, now=WALL).events == 6
        a.store = Store.open(a.path)
        assert lost.id not in a.ids()
        assert [e.gap for e in a.store.log.events(lane=Lane.CONTROL)].count(True) == 2
        assert len(a.store.log.heads(COMMUNITY)) == 1
        assert a.store.log.verify().problems == []
        sync(a, b)
        assert a.picture() == b.picture()
        assert a.store.log.heads(COMMUNITY) == b.store.log.heads(COMMUNITY)


# a future of one's own


def test_events_of_ours_that_were_not_here_stop_this_device(tmp_path: Path) -> None:
    line = chain(ANNE, 4)
    with new_store(tmp_path / "h") as store:
        take(store, line[:2])
        take(store, chain(BERT, 2))

        def told(*made: Made) -> int:
            with transaction(store) as tx:
                return store.log.import_events(tx, [m.record for m in made], own=ANNE.device).own

        assert told(*line[:2], *chain(BERT, 4)) == 0
        assert not store.rebuilt, "what was here already, and what others wrote"
        with pytest.raises(KeyError), transaction(store) as tx:  # noqa: PT012
            assert store.log.import_events(tx, [line[2].record], own=ANNE.device).own == 1
            raise KeyError
        assert not store.rebuilt, "nothing was taken in"
        assert told(make(ANNE, line[1], kind=9, signature=bytes(64))) == 0
        assert not store.rebuilt, "nobody can say we wrote what we did not sign"
        assert told(line[2], line[3], *chain(ANNE, 2, lane=Lane.CONTROL)) == 4
        assert store.rebuilt
        said = store.meta("rebuilt")
        told(*chain(ANNE, 3, lane=Lane.MARKET))
        assert store.meta("rebuilt") == said, "since when stays as it was"
    with Store.open(tmp_path / "h") as store:
        assert store.rebuilt
        with transaction(store) as tx:
            tx.went_on()
        assert not store.rebuilt


def test_a_session_shows_a_restored_backup_its_own_future(tmp_path: Path) -> None:
    with nodes(tmp_path, "a", "b") as (a, b):
        a.write(2)
        a.store.close()
        shutil.copytree(a.path, tmp_path / "backup")
        a.store = Store.open(a.path)
        a.write(3)
        sync(a, b)
        old = Node(tmp_path, "x")
        old.store.close()
        old.store = Store.open(tmp_path / "backup")

        def replica(peer: bytes) -> StoreReplica:
            return StoreReplica(old.store, peer, lambda _: {COMMUNITY: Grant()}, own=a.device)

        old.replica = replica  # type: ignore[method-assign]
        sync(old, b)
        assert len(old.ids()) == 5
        assert old.store.rebuilt
        assert not b.store.rebuilt
        assert not a.store.rebuilt
        old.store.close()


def test_own_chains_that_forked_or_lost_their_beginning_are_broken(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        whole = chain(ANNE, 3, community=OTHER, lane=Lane.MARKET)
        take(store, [*chain(ANNE, 3), *whole, *chain(CARL, 3)[1:]])
        assert not store.log.own_broken(ANNE.device)
        assert not store.log.own_broken(BERT.device)
        assert store.log.own_broken(CARL.device)
        take(store, chain(CARL, 1))
        assert not store.log.own_broken(CARL.device), "its beginning has come"
        take(store, [make(ANNE, whole[1], kind=7)])
        assert store.log.own_broken(ANNE.device), "in whatever community"
