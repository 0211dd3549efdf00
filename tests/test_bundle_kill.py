"""`kill -9` of a real process while it reads and writes a folder: the next one completes it.

The kills come at counted calls (`killed_visit`), so each falls where it is meant to.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from audience_kit import Neighbour, settle
from bundle_kit import all_events, bundles, copied, give, visit, want
from store_kit import noise

from hearth.bundles import opening, trading
from hearth.store.disk import Disk
from hearth.store.fsck import check

CHILD = Path(__file__).parent / "killed_visit.py"
KILLS = 25


def run(who: Path, stick: Path, under: Path, ids: list[bytes], at: int) -> int | None:
    """Visit in a process of its own, killed at a call that changes something below a folder; None
    if it was, else how many such calls there were."""
    words = [who, stick, under, at, *(id.hex() for id in ids)]
    done = subprocess.run([sys.executable, CHILD, *map(str, words)], stdout=subprocess.PIPE)
    if done.returncode == -signal.SIGKILL:
        assert done.stdout == b"ready\n"
        return None
    assert done.returncode == 0
    return int(done.stdout.split()[1])


def places(calls: int, kills: int) -> list[int]:
    """Where to kill: all through a visit with so many calls, its first and its last among them."""
    return [number * (calls - 1) // (kills - 1) for number in range(kills)]


def crowded(tmp_path: Path) -> tuple[Neighbour, Neighbour, bytes, list[bytes]]:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    ada.say_much(community, 3000, 300, random.Random(1))
    ids = give(ada, community, *(noise(n, 60_000) for n in range(60)))
    return ada, bo, community, ids


@pytest.mark.slow
def test_killed_while_reading(tmp_path: Path) -> None:
    """Whatever had been committed is there, and nothing is torn; of most kills some was."""
    ada, bo, community, ids = crowded(tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    visit(ada, stick)
    whole = copied(bo, "whole")
    whole.home.close()
    calls = run(whole.path, copy(stick, "first"), whole.path, ids, -1)
    assert calls is not None
    assert calls > 10 * KILLS
    partly = 0
    for at in places(calls - KILLS, KILLS):  # there may be some more or fewer the next time
        twin, there = copied(bo, "twin"), copy(stick, "killed")
        twin.home.close()
        assert run(twin.path, there, twin.path, ids, at) is None
        twin = Neighbour.of(twin.path, bo.clock)
        assert check(twin.home.store, now=twin.clock()).sound
        lacking = len(missing(twin, ada, community)) + sum(
            not twin.home.store.has(id) for id in ids
        )
        partly += 0 < lacking < len(all_events(ada, community)) + len(ids)
        want(twin, *ids)
        read, _ = visit(twin, there)
        assert read.bad == []
        assert not missing(twin, ada, community)
        assert all(twin.home.store.has(id) for id in ids)
        assert check(twin.home.store, now=twin.clock()).sound
        twin.home.close()
    assert partly > KILLS // 2


def missing(who: Neighbour, other: Neighbour, community: bytes) -> set[bytes]:
    return set(all_events(other, community)) - set(all_events(who, community))


def copy(stick: Path, name: str) -> Path:
    path = stick.with_name(name)
    shutil.rmtree(path, ignore_errors=True)
    return Path(shutil.copytree(stick, path))


@pytest.mark.slow
def test_killed_while_writing(tmp_path: Path) -> None:
    """Nothing that lies there under a bundle's name is torn; what was being written stays beside,
    and the next visit clears it away."""
    ada, bo, community, ids = crowded(tmp_path)
    empty = tmp_path / "stick"
    empty.mkdir()
    twin = copied(ada, "first")
    twin.home.close()
    first = copy(empty, "first stick")
    calls = run(twin.path, first, first, [], -1)
    assert calls is not None
    assert calls > KILLS
    inside = 0
    for at in places(calls, KILLS):
        twin, there = copied(ada, "twin"), copy(empty, "killed")
        twin.home.close()
        assert run(twin.path, there, there, [], at) is None
        inside += any((there / "hearth").glob(".*.part"))
        for path in bundles(there):
            seen, found = opening.look(bo.node, lambda path=path: iter([path.read_bytes()]))  # type: ignore[misc]
            assert sum(1 for _ in found) > 0
            assert seen.whole
        twin = Neighbour.of(twin.path, ada.clock)
        assert check(twin.home.store, now=twin.clock()).sound
        visit(twin, there)
        assert not list((there / "hearth").glob(".*.part"))
        reader = copied(bo, "reader")
        want(reader, *ids)
        assert trading.read(reader.node, Disk(), there).bad == []
        assert not missing(reader, ada, community)
        assert all(reader.home.store.has(id) for id in ids)
        twin.home.close()
        reader.home.close()
    assert inside >= KILLS - 5  # before the first byte, and after the name is there, nothing is
