"""Some hearths, two sticks, and whatever may happen to them: in the end everybody has everything.

Bundles are removed, cut, altered, copied to another stick, put back after months; clocks run wrong.
Afterwards the sticks are carried round, as they are then, and nobody may be left without anything.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from audience_kit import Neighbour, carry, settle
from bundle_kit import all_events, bundles, give, visit, want
from mesh_kit import Clock
from store_kit import noise

from hearth.bundles import requests
from hearth.store.fsck import check
from hearth.store.header import Lane

NAMES = ("ada", "bo", "cy")


class Village:
    """Hearths with a community and two sticks."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.choose = random.Random(seed)
        self.clock = Clock()
        self.people, self.community = settle(folder, *NAMES, clock=self.clock)
        self.sticks = [folder / "one", folder / "two"]
        self.shelf = folder / "shelf"
        for path in (*self.sticks, self.shelf):
            path.mkdir()
        self.objects: list[bytes] = []
        self.count = 0
        self.latest = self.clock.now
        self.said: list[str] = []

    def step(self) -> None:
        steps = [
            self.say, self.say, self.say, self.visit, self.visit, self.visit, self.visit,
            self.tell, self.meet, self.lose, self.flip, self.cut, self.copy, self.keep,
            self.restore, self.wait, self.add, self.join,
        ]  # fmt: skip
        chosen = self.choose.choice(steps)
        self.said.append(chosen.__name__)
        chosen()

    def members(self) -> list[Neighbour]:
        return [
            each for each in self.people
            if self.community in {one.id for one in each.node.commons.joined()}
        ]  # fmt: skip

    def somebody(self) -> Neighbour:
        return self.choose.choice(self.members())

    def say(self) -> None:
        who = self.somebody()
        for _ in range(self.choose.choice((1, 1, 2, 8))):
            lane = self.choose.choice((Lane.CHAT, Lane.CHAT, Lane.EMERGENCY, Lane.CORPUS))
            text = noise(self.count, self.choose.choice((10, 200, 5000))).hex()
            who.say(self.community, text, lane)
            self.count += 1

    def tell(self) -> None:
        who, other = self.choose.sample(self.people[:3], 2)
        who.tell(who.pair(other, self.community), [other], noise(self.count, 50))
        self.count += 1

    def add(self) -> None:
        self.count += 1
        self.objects += give(
            self.somebody(), self.community, noise(self.count, self.choose.choice((100, 30_000)))
        )
        for each in self.people:
            want(each, *self.objects)

    def visit(self) -> None:
        visit(self.choose.choice(self.people), self.choose.choice(self.sticks))

    def meet(self) -> None:
        """Two exchange some of what they have, so that there are gaps."""
        one, other = self.choose.sample(self.members(), 2)
        carry(one, other, self.community, self.choose)

    def join(self) -> None:
        """Somebody has a ticket on paper, and nothing but the sticks to use it."""
        if len(self.people) < 5:
            new = Neighbour(self.folder, f"new {len(self.people)}", self.clock)
            self.clock.now = self.latest = max(self.latest, self.clock.now)  # or none is open
            ticket = self.people[0].invite(self.community, expires=4000 * 86_400)
            requests.remember(new.node, ticket)
            self.people.append(new)
            want(new, *self.objects)

    def wait(self) -> None:
        self.latest = max(self.latest, self.clock.now)
        self.clock.now += self.choose.choice((10, 86_400, 40 * 86_400, -3 * 86_400))

    # what happens to sticks

    def a_file(self) -> Path | None:
        files = [path for stick in self.sticks for path in bundles(stick)]
        return self.choose.choice(files) if files else None

    def lose(self) -> None:
        if path := self.a_file():
            path.unlink()

    def flip(self) -> None:
        if path := self.a_file():
            data = bytearray(path.read_bytes())
            data[self.choose.randrange(len(data))] ^= 1 << self.choose.randrange(8)
            path.write_bytes(data)

    def cut(self) -> None:
        if path := self.a_file():
            data = path.read_bytes()
            path.write_bytes(data[: self.choose.randrange(len(data))])

    def copy(self) -> None:
        if path := self.a_file():
            for stick in self.sticks:
                if (stick / "hearth").is_dir() and not (stick / "hearth" / path.name).exists():
                    shutil.copy(path, stick / "hearth")

    def keep(self) -> None:
        if path := self.a_file():
            shutil.copy(path, self.shelf)

    def restore(self) -> None:
        stick = self.choose.choice(self.sticks)
        for path in self.shelf.iterdir():
            if (stick / "hearth").is_dir():
                shutil.copy(path, stick / "hearth")

    # in the end

    def carry_round(self) -> None:
        for _ in range(3):
            for who in self.people:
                visit(who, self.sticks[0])

    def judge(self) -> None:
        everything = set().union(*(all_events(each, self.community) for each in self.people))
        for each in self.people:
            assert set(all_events(each, self.community)) == everything, self.said
            assert all(each.home.store.has(id) for id in self.objects), self.said
            assert check(each.home.store, now=self.clock()).sound
        assert self.members() == self.people, self.said
        for each in self.people:
            read, wrote = visit(each, self.sticks[0])
            assert sum(one.events for one in wrote) == 0, self.said
            assert not read.taken or not any(t.summary.events_in for _, t in read.taken)


def lived(folder: Path, seed: int, steps: int) -> None:
    village = Village(folder, seed)
    for _ in range(steps):
        village.step()
    village.carry_round()
    village.judge()


@pytest.mark.parametrize("seed", range(4))
def test_everybody_has_everything_in_the_end(tmp_path: Path, seed: int) -> None:
    lived(tmp_path, seed, 25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_everybody_has_everything_whatever_happens(tmp_path: Path, seed: int) -> None:
    lived(tmp_path, seed, 60)
