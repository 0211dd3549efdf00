"""Sessions between nodes of which some have dropped what a checkpoint permits."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from log_kit import COMMUNITY, WALL, Device, Made, chain, make, transaction
from session_kit import Node, nodes, sync

from hearth.store import anchors, dropping
from hearth.store.anchors import Anchor
from hearth.store.header import Lane
from hearth.sync.replica import Grant


def at(made: Made) -> Anchor:
    return Anchor(made.header.device, made.header.lane, made.header.sequence, made.id)


def believe(named: set[Anchor], *many: Node) -> None:
    """Have sessions go by these checkpoints, as membership would have it."""
    for node in many:
        node.grants = {COMMUNITY: Grant(anchors=lambda: named)}


def drop(node: Node) -> int:
    with transaction(node.store) as tx:
        return dropping.drop(node.store.log, tx, COMMUNITY, Lane.CHAT, until=WALL).events


def say(node: Node, named: set[Anchor]) -> None:
    with transaction(node.store) as tx:
        anchors.state(node.store.log, tx, COMMUNITY, named)


def held(node: Node, device: Device) -> list[int]:
    events = node.store.log.events(COMMUNITY, device=device.device)
    return sorted(event.header.sequence for event in events)


def digests(node: Node) -> list[bytes]:
    return [node.replica(bytes(32)).digest(COMMUNITY, lane) for lane in Lane]


def equal(*many: Node) -> None:
    clocks = [[node.store.log.clock(COMMUNITY, lane) for lane in Lane] for node in many]
    for node, clock in zip(many, clocks, strict=True):
        assert digests(node) == digests(many[0])
        assert clock == clocks[0]
        assert node.store.log.verify().problems == []


SEEDS = 8
ADA, BOB = Device("ada"), Device("bob")


def two_chains() -> tuple[list[Made], list[Made]]:
    """Chains that tick on each other."""
    ada, bob = [make(ADA)], [make(BOB)]
    for _ in range(49):
        ada.append(make(ADA, ada[-1], bob[-1]))
        bob.append(make(BOB, bob[-1], ada[-1]))
    return ada, bob


def test_one_has_dropped_and_one_has_not_one_round_trip(tmp_path: Path) -> None:
    ada, bob = two_chains()
    named = {at(ada[29]), at(bob[19])}
    with nodes(tmp_path, "full", "thrifty") as (full, thrifty):
        believe(named, full, thrifty)
        for node in (full, thrifty):
            node.take(each.record for each in ada + bob)
        sync(full, thrifty)
        assert drop(thrifty) == 29 + 19
        talk = sync(full, thrifty)
        assert talk.round_trips == 1
        assert talk.here.summary.rounds == 0
        equal(full, thrifty)
        new = [make(ADA, ada[-1], bob[-1])]
        full.take([new[0].record])
        thrifty.write(3)
        talk = sync(thrifty, full)
        assert (talk.here.summary.events_in, talk.here.summary.events_out) == (1, 3)
        equal(full, thrifty)
        assert held(thrifty, ADA)[0] == 30


@pytest.mark.parametrize("turned", [False, True])
def test_a_newcomer_starts_at_the_checkpoint_where_the_other_has_dropped(
    tmp_path: Path, turned: bool
) -> None:
    ada, bob = two_chains()
    with nodes(tmp_path, "full", "thrifty", "new") as (full, thrifty, new):
        believe({at(ada[29]), at(bob[19])}, full, thrifty, new)
        for node in (full, thrifty):
            node.take(each.record for each in ada + bob)
        sync(full, thrifty)
        drop(thrifty)
        talk = sync(thrifty, new) if turned else sync(new, thrifty)
        assert talk.here.summary.rounds == 1
        equal(full, thrifty, new)
        assert held(new, ADA) == list(range(30, 51))
        assert not any(event.gap for event in new.store.log.events(COMMUNITY))
        talk = sync(full, new)
        assert talk.round_trips == 1
        new.write(2)
        sync(new, full)
        sync(full, thrifty)
        equal(full, thrifty, new)


def test_from_who_has_everything_a_newcomer_gets_everything(tmp_path: Path) -> None:
    ada, bob = two_chains()
    with nodes(tmp_path, "full", "new") as (full, new):
        believe({at(ada[29]), at(bob[19])}, full, new)
        full.take(each.record for each in ada + bob)
        sync(new, full)
        assert held(new, ADA) == list(range(1, 51))
        equal(full, new)


def test_who_holds_an_older_part_only_is_given_the_rest(tmp_path: Path) -> None:
    ada, bob = two_chains()
    with nodes(tmp_path, "full", "thrifty", "old") as (full, thrifty, old):
        believe({at(ada[29]), at(bob[19])}, full, thrifty, old)
        for node in (full, thrifty):
            node.take(each.record for each in ada + bob)
        old.take(each.record for each in ada[:10] + bob[:35])
        sync(full, thrifty)
        drop(thrifty)
        sync(old, thrifty)
        assert held(old, ADA) == [*range(1, 11), *range(30, 51)]
        assert held(old, BOB) == list(range(1, 51))
        equal(full, thrifty, old)
        assert sync(old, full).round_trips == 1


@pytest.mark.parametrize("listed", [0, 65_536])
def test_knots_and_ranges_do_not_bring_back_what_was_dropped(tmp_path: Path, listed: int) -> None:
    """A gap on one side, a fork on the other, both above the checkpoint; listed or by ranges."""
    ada, bob = two_chains()
    more = [make(ADA, ada[-1])]
    for _ in range(5):
        more.append(make(ADA, more[-1]))
    branch = make(BOB, bob[40], payload=b"another")
    with nodes(tmp_path, "full", "thrifty") as (full, thrifty):
        believe({at(ada[29]), at(bob[19])}, full, thrifty)
        for node in (full, thrifty):
            node.take(each.record for each in ada + bob)
        sync(full, thrifty)
        drop(thrifty)
        thrifty.take(each.record for each in more[3:])
        full.take([branch.record])
        full.listed = thrifty.listed = listed
        sync(full, thrifty)
        assert held(thrifty, ADA) == [*range(30, 51), 54, 55, 56]
        assert held(thrifty, BOB)[0] == 20
        equal(full, thrifty)
        full.take([more[0].record, more[1].record, more[2].record])
        sync(thrifty, full)
        assert held(thrifty, ADA) == [*range(30, 57)]
        equal(full, thrifty)


def test_a_checkpoint_on_a_branch_is_found_out_when_the_true_chain_comes(tmp_path: Path) -> None:
    """A steward and a device lie together: the newcomer knows only what they show."""
    true = chain(ADA, 40)
    false = [make(ADA, true[9], payload=b"a lie")]
    while len(false) < 20:
        false.append(make(ADA, false[-1], payload=b"and more %d" % len(false)))
    for length, name in ((40, "longer"), (15, "shorter")):
        with nodes(tmp_path / name, "full", "liar", "new") as (full, liar, new):
            named = {at(false[10])}
            believe(named, full, liar, new)
            full.take(each.record for each in true[:length])
            liar.take(each.record for each in false[10:])
            sync(new, liar)
            assert held(new, ADA) == list(range(21, 31))
            assert new.store.log.frontier(COMMUNITY)[0].length == 30
            sync(new, full)
            assert digests(new) == digests(full)
            assert new.ids() == full.ids() or name == "shorter"
            if name == "longer":  # both hold two events at one place now: the checkpoint is void
                entry = new.store.log.frontier(COMMUNITY)[0]
                assert entry.fork is not None
                assert entry.length == 40
                assert drop(full) == 0
            for node in (full, new):
                assert node.store.log.verify().problems == []


def test_a_fork_below_the_checkpoint_brings_back_what_was_dropped(tmp_path: Path) -> None:
    ada, bob = two_chains()
    branch = make(ADA, ada[4], payload=b"another")
    with nodes(tmp_path, "full", "thrifty") as (full, thrifty):
        believe({at(ada[29]), at(bob[19])}, full, thrifty)
        for node in (full, thrifty):
            node.take(each.record for each in ada + bob)
        sync(full, thrifty)
        drop(thrifty)
        full.take([branch.record])
        sync(thrifty, full)
        assert thrifty.store.log.frontier(COMMUNITY, Lane.CHAT) == full.store.log.frontier(
            COMMUNITY, Lane.CHAT
        )
        assert len(held(thrifty, ADA)) == 51
        equal(full, thrifty)
        assert drop(full) == 19  # of the other chain


def test_a_checkpoint_that_has_lost_its_force_is_made_good_by_who_has_the_chain(
    tmp_path: Path,
) -> None:
    ada, bob = two_chains()
    named = {at(ada[29]), at(bob[19])}
    with nodes(tmp_path, "full", "thrifty") as (full, thrifty):
        believe(named, full, thrifty)
        for node in (full, thrifty):
            node.take(each.record for each in ada + bob)
        sync(full, thrifty)
        drop(thrifty)
        named.clear()
        sync(thrifty, full)
        assert held(thrifty, ADA) == list(range(1, 51))
        equal(full, thrifty)


def test_what_is_dropped_is_not_compared_by_ids_either(tmp_path: Path) -> None:
    ada, bob = two_chains()
    with nodes(tmp_path, "full", "thrifty") as (full, thrifty):
        believe({at(ada[29]), at(bob[19])}, full, thrifty)
        for node in (full, thrifty):
            node.take(each.record for each in ada + bob)
        sync(full, thrifty)
        drop(thrifty)
        ids = [list(node.replica(bytes(32)).ids(COMMUNITY, Lane.CHAT)) for node in (full, thrifty)]
        assert ids[0] == ids[1]
        assert len(ids[0]) == 21 + 31


class Story:
    """Devices that write, and fork; nodes that hear of it, drop, and meet; one holds everything."""

    def __init__(self, full: Node, others: list[Node], rng: random.Random, *, lies: bool) -> None:
        self.rng, self.lies, self.full, self.others = rng, lies, full, others
        self.named: set[Anchor] = set()
        self.made: list[Made] = []
        believe(self.named, full, *others)

    def write(self) -> None:
        rng, lane = self.rng, self.rng.choice((Lane.CHAT, Lane.CHAT, Lane.EMERGENCY))
        signer = rng.choice((ADA, BOB, Device("eve")))
        mine = [m for m in self.made if m.header[1:3] == (signer.device, lane)]
        last = max(mine, key=lambda m: m.header.sequence, default=None)
        if mine and rng.random() < 0.03:
            last = rng.choice(mine)
        near = [m for m in self.made[-30:] if m.header.lane in (lane, Lane.EMERGENCY)]
        tick = rng.choice(near) if near and rng.random() < 0.6 else None
        made = make(signer, last, tick, rng.randbytes(8), lane=lane)
        self.made.append(made)
        self.full.take([made.record])
        for node in self.others:
            if rng.random() < 0.4:
                node.take([made.record])

    def state(self) -> None:
        """A steward names what it holds whole and has checked; a liar, whatever it likes."""
        if self.lies and self.made:
            self.named.add(at(self.rng.choice(self.made)))
            return
        lane = self.rng.choice((Lane.CHAT, Lane.EMERGENCY))
        connection = self.rng.choice([self.full, *self.others]).store.connection
        self.named.update(anchors.candidates(connection, COMMUNITY, lane, WALL, 3))

    def step(self) -> None:
        fate, node = self.rng.random(), self.rng.choice(self.others)
        if fate < 0.5:
            self.write()
        elif fate < 0.6:
            self.state()
        elif fate < 0.75:
            say(node, self.named)
            drop(node)
        elif fate < 0.78 and self.named:
            self.named.remove(self.rng.choice(sorted(self.named)))
        else:
            sync(node, self.rng.choice([each for each in self.others if each is not node]))


@pytest.mark.parametrize("lies", [False, True])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_who_has_dropped_agrees_with_who_has_everything(
    tmp_path: Path, seed: int, lies: bool
) -> None:
    names = ("full", "one", "two", "three")
    with nodes(tmp_path, *names) as (full, *others):
        story = Story(full, others, random.Random(seed), lies=lies)
        for _ in range(120):
            story.step()
        for _ in range(2):
            for node in others:
                sync(node, full)
        if lies:
            for node in (full, *others):
                assert digests(node) == digests(full)
                assert node.store.log.verify().problems == []
        else:
            equal(full, *others)


@pytest.mark.parametrize("seed", range(12))
def test_whoever_drops_and_meets_whom_they_agree(tmp_path: Path, seed: int) -> None:
    """Four nodes write, fork, drop, lose and gain checkpoints, and meet, in any order."""
    rng = random.Random(seed)
    named: set[Anchor] = set()
    names = ("one", "two", "three", "four")
    with nodes(tmp_path, *names) as all_of_them:
        believe(named, *all_of_them)
        for _ in range(60):
            node, fate = rng.choice(all_of_them), rng.random()
            if fate < 0.4:
                node.write(rng.randint(1, 6), rng.choice((Lane.CHAT, Lane.CHAT, Lane.EMERGENCY)))
            elif fate < 0.5:
                for entry in node.store.log.frontier(COMMUNITY, Lane.CHAT):
                    if entry.head is not None and not entry.islands:
                        named.add(Anchor(entry.device, entry.lane, entry.length, entry.head))
            elif fate < 0.65:
                say(node, named)
                drop(node)
            elif fate < 0.68 and named:
                named.remove(rng.choice(sorted(named)))
            elif fate < 0.72:
                tips = list(node.store.log.events(COMMUNITY, Lane.CHAT, order="shown"))
                if tips:
                    node.take([fork_of(rng.choice(tips).header, rng).record])
            else:
                other = rng.choice([each for each in all_of_them if each is not node])
                sync(node, other)
        for _ in range(3):
            for number, node in enumerate(all_of_them):
                for other in all_of_them[number + 1 :]:
                    sync(node, other)
        for node in all_of_them:
            assert digests(node) == digests(all_of_them[0])
            assert node.store.log.verify().problems == []


def fork_of(header: object, rng: random.Random) -> Made:
    """Another event of somebody who is nobody of the four."""
    return make(Device(f"stranger {rng.randrange(3)}"), payload=rng.randbytes(4))
