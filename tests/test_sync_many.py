"""Many replicas under a seeded scheduler: delays, cuts, crashes, sessions side by side.

A seed decides everything: who writes when, who meets whom, which message is delivered next, when
a connection is cut and a node's process dies. Whatever happens: in the end all hold the same,
nothing is lost or twice there, and what is sent twice because of a cut fits a frame.
"""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from log_kit import Device, World, chain, make
from session_kit import Crash, Link, Node, nodes, sync

from hearth.store.header import Lane
from hearth.sync import comparing, covering, judging
from hearth.sync.messages import MAX_CHAINS, Type
from hearth.sync.replica import Grant


class Neighbourhood:
    """Nodes and the sessions between them, driven by one seed."""

    def __init__(self, made: list[Node], seed: int) -> None:
        self.nodes = made
        self.rng = random.Random(seed)
        self.links: list[Link] = []
        self.written = 0
        self.cuts = self.crashes = 0

    def run(self, steps: int) -> None:
        for _ in range(steps):
            move = self.rng.random()
            if move < 0.03:
                self._write()
            elif move < 0.08 and len(self.links) < 4:
                here, there = self.rng.sample(self.nodes, 2)
                self.links.append(Link(here, there, self.rng))
            elif move < 0.09 and self.links:
                self.links.pop(self.rng.randrange(len(self.links)))
                self.cuts += 1
            elif move < 0.1:
                node = self.rng.choice(self.nodes)
                node.crash_at = node.commits + self.rng.randrange(1, 5)
            elif self.links:
                self._step(self.rng.choice(self.links))

    def _write(self) -> None:
        node = self.rng.choice(self.nodes)
        count = self.rng.randrange(1, 20)
        node.write(count, self.rng.choice(list(Lane)))
        self.written += count

    def _step(self, link: Link) -> None:
        try:
            link.step(self.rng)
        except Crash:
            self.crashes += 1
            for node in link.nodes:
                if node.commits and node.crash_at is None:
                    self._crash(node)
            return
        if link.over:
            assert link.sessions[0].summary.equal == link.sessions[1].summary.equal
            self.links.remove(link)

    def _crash(self, node: Node) -> None:
        """The process is gone with all its sessions; the store is opened again."""
        self.links = [link for link in self.links if node not in link.nodes]
        node.reopen()

    def settle(self) -> None:
        """Everybody is left alone, and meets once or twice more."""
        for node in self.nodes:
            node.crash_at = None
        self.links.clear()
        for _ in range(2):
            for here, there in pairwise(self.nodes):
                sync(here, there)
            for here, there in pairwise(self.nodes[::-1]):
                sync(here, there)

    def check(self) -> None:
        first = self.nodes[0].picture()
        for node in self.nodes:
            assert node.picture() == first
            assert len(set(node.ids())) == len(node.ids()) == self.written
            assert node.store.log.verify(signatures=False).problems == []


def live(folder: Path, seed: int, size: int, steps: int, listed: int = MAX_CHAINS) -> Neighbourhood:
    """`listed`: so many chains and slots are listed at most; more are compared by ranges."""
    with nodes(folder, *(f"node {number}" for number in range(size))) as made:
        for node in made:
            node.listed = listed
        neighbourhood = Neighbourhood(made, seed)
        neighbourhood.run(steps)
        neighbourhood.settle()
        neighbourhood.check()
    return neighbourhood


@pytest.mark.parametrize("seed", range(3))
def test_three_come_to_the_same(tmp_path: Path, seed: int) -> None:
    live(tmp_path, seed, 3, 400)


def test_five_come_to_the_same_and_really_were_disturbed(tmp_path: Path) -> None:
    found = live(tmp_path, 77, 5, 1500)
    assert found.cuts > 3
    assert found.crashes > 3
    assert found.written > 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1040))
def test_many_seeds(tmp_path: Path, seed: int) -> None:
    live(tmp_path, seed, 3 + seed % 5, 1500)


@pytest.mark.parametrize("seed", range(2))
def test_four_that_can_list_hardly_anything_come_to_the_same(tmp_path: Path, seed: int) -> None:
    live(tmp_path, seed, 4, 500, listed=1 + seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5000, 5040))
def test_many_seeds_of_those_that_can_list_hardly_anything(tmp_path: Path, seed: int) -> None:
    live(tmp_path, seed, 3 + seed % 5, 1500, listed=seed % 4)


def worlds(folder: Path, seed: int) -> None:
    """Three with parts of a world that has forks, islands, lies and erasures."""
    rng = random.Random(seed)
    world = World(seed, 100)
    with nodes(folder, "a", "b", "c") as made:
        for node in made:
            node.grants = dict.fromkeys(world.communities, Grant())
            node.take(made.record for made in world.made if rng.random() < 0.6)
            node.take(made.record for made in world.made if rng.random() < 0.3)
        for _ in range(3):
            for here, there in pairwise(made):
                assert not sync(here, there).sent(Type.RECONCILE)
        for community in world.communities:
            assert made[0].ids(community) == made[1].ids(community) == made[2].ids(community)
            digests = [node.picture(community)["digests"] for node in made]
            assert digests[0] == digests[1] == digests[2]


@pytest.mark.parametrize("seed", range(200, 203))
def test_three_with_parts_of_a_world(tmp_path: Path, seed: int) -> None:
    worlds(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_many_forks(tmp_path: Path, seed: int) -> None:
    forks(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300, 360))
def test_many_worlds(tmp_path: Path, seed: int) -> None:
    worlds(tmp_path, seed)


def forks(folder: Path, seed: int) -> None:
    """Two agree; each meets another branch of one chain; then one branch grows, here or there."""
    rng = random.Random(seed)
    device = Device("forker")
    trunk = chain(device, rng.randrange(1, 40))
    branches = [list(trunk) for _ in range(3)]
    for branch in branches:
        while len(branch) < len(trunk) + 20:
            branch.append(make(device, branch[-1], None, rng.randbytes(8)))
    with nodes(folder, "a", "b") as made:
        for node in made:
            node.take(each.record for each in trunk)
        have = [len(trunk)] * 3
        for _ in range(8):
            assert not sync(made[0], made[1]).sent(Type.RECONCILE)  # chains tell it all
            assert made[0].ids() == made[1].ids()
            for node in made:
                which = rng.randrange(3)
                have[which] += rng.randrange(4)
                node.take(each.record for each in branches[which][: have[which]])
        sync(made[0], made[1])
        assert made[0].ids() == made[1].ids()
        assert made[0].store.log.fork_proofs() == made[1].store.log.fork_proofs()


@pytest.mark.parametrize("seed", range(4))
def test_forks_that_are_found_by_meeting(tmp_path: Path, seed: int) -> None:
    forks(tmp_path, seed)


def test_cut_at_every_message_at_most_a_frame_is_sent_again(tmp_path: Path) -> None:
    """For every place of the conversation: cut there, go on with a new session, and compare what
    went over the wire in events with what goes over it uncut."""
    made = [m for name in "xyz" for m in chain(Device(name), 1100)]

    def transfer(folder: Path, cut: int) -> int:
        folder.mkdir()
        with nodes(folder, "a", "b") as (a, b):
            a.take(each.record for each in made)
            rng = random.Random(1)
            events = 0
            for limit in (cut, 10**6):
                link = Link(a, b, rng)
                while not link.over and limit:
                    for side in (0, 1):
                        while limit and (message := link.sessions[side].next_message()):
                            events += message.type == Type.EVENTS and len(message.body)
                            limit -= 1
                            if limit:
                                link.sessions[1 - side].receive(message.type, message.body)
            assert a.picture() == b.picture()
            return events

    whole = transfer(tmp_path / "whole", 10**6)
    assert whole > 1 << 17
    for cut in (3, 4, 5, 6, 7, 9):
        sent = transfer(tmp_path / str(cut), cut)
        assert whole <= sent <= whole + (1 << 17)


def test_two_sessions_of_the_same_two_at_once(tmp_path: Path) -> None:
    rng = random.Random(5)
    with nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.write(300)
            node.write(20, Lane.CONTROL)
        links = [Link(a, b, rng), Link(b, a, rng)]
        while not all(link.over for link in links):
            assert any(link.step(rng) for link in rng.sample(links, 2))
        sync(a, b)
        assert a.picture() == b.picture()
        assert len(a.ids()) == 640


@pytest.mark.parametrize(
    "broken", ["coverage", "tail", "branches", "marks"], ids=lambda name: f"without {name}"
)
def test_the_suite_fails_when_a_rule_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The test of the tests: each of these mistakes is found by one of the seeds above."""
    if broken == "coverage":  # everything after the first hole is thought to be held
        monkeypatch.setattr(covering, "rest", lambda run, stretches: iter(()))
    elif broken == "tail":  # the last event of what is missing is forgotten
        task = judging.Judge.task

        def short(self: judging.Judge, *args: object, **more: object) -> judging.Task:
            made = task(self, *args, **more)  # type: ignore[arg-type]
            return made._replace(last=max(made.first, made.last - 1))

        monkeypatch.setattr(judging.Judge, "task", short)
    elif broken == "branches":  # the branches of a fork are not compared
        monkeypatch.setattr("hearth.sync.store_replica.MAX_BRANCHES", -1)
    else:  # a contradiction is overlooked
        monkeypatch.setattr(comparing.Holding, "frontier", _unmarked(comparing.Holding.frontier))
    failed = 0
    for seed in range(4):
        folder = tmp_path / str(seed)
        try:
            forks(folder / "forks", seed)
            worlds(folder / "worlds", seed)
        except Exception:
            failed += 1
            break
    assert failed


def _unmarked(frontier: object) -> object:
    def told(self: comparing.Holding, place: int) -> object:
        self._marked = frozenset()
        return frontier(self, place)  # type: ignore[operator]

    return told
