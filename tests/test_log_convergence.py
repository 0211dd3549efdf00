"""The same events in any order, in any batches, any number of times: the same log."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from log_kit import World, new_store, picture, take

from hearth.store.header import scan


def _deliver(store_path: Path, world: World, rng: random.Random, holes: set[int]) -> object:
    """Everything but the holes, shuffled and repeated, in batches of random sizes."""
    records = [made.record for number, made in enumerate(world.made) if number not in holes]
    with new_store(store_path) as store:
        taken = 1
        while taken:  # what only a later event proves authentic is taken when it comes again
            taken = 0
            pile = records + rng.sample(records, len(records) // 3)
            rng.shuffle(pile)
            if rng.random() < 0.3:
                pile.sort(key=lambda record: (scan(record[0]).chain, scan(record[0]).sequence))
            while pile:
                size = rng.choice((1, 2, 5, 20, 100))
                batch, pile = pile[:size], pile[size:]
                taken += take(store, batch).accepted
        assert store.log.verify().problems == []
        return picture(store, world.communities)


def _converge(tmp_path: Path, seed: int, size: int, replicas: int) -> None:
    world = World(seed, size)
    rng = random.Random(seed)
    holes = set(rng.sample(range(size), size // 25)) if seed % 2 else set()
    pictures = [
        _deliver(tmp_path / f"{seed}-{number}", world, rng, holes) for number in range(replicas)
    ]
    for other in pictures[1:]:
        assert other == pictures[0]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_gives_the_same_log(tmp_path: Path, seed: int) -> None:
    _converge(tmp_path, seed, 60, 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_any_order_gives_the_same_log_at_length(tmp_path: Path, seed: int) -> None:
    _converge(tmp_path, seed, 400, 4)


def test_worlds_have_everything_in_them(tmp_path: Path) -> None:
    """The seeds are worth something: forks, gaps, lies, erasures and junk all occur."""
    found = {"forks": 0, "gaps": 0, "erased": 0, "unproved": 0, "unsound": 0}
    for seed in range(12):
        world = World(seed, 60)
        rng = random.Random(seed)
        holes = set(rng.sample(range(60), 2)) if seed % 2 else set()
        with new_store(tmp_path / str(seed)) as store:
            take(store, [made for n, made in enumerate(world.made) if n not in holes])
            events = list(store.log.events())
            found["forks"] += sum(event.forked for event in events)
            found["gaps"] += sum(event.gap for event in events)
            found["erased"] += sum(event.erased for event in events)
            found["unproved"] += sum(not store.log.get(event.id).verified for event in events)
            found["unsound"] += store.connection.execute(
                "SELECT count(*) FROM runs WHERE sound < last"
            ).get
    assert all(count >= 5 for count in found.values()), found
