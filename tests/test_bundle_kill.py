"""`kill -9` of a real process while it reads and writes a folder: the next one completes it."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from audience_kit import Neighbour, settle
from bundle_kit import all_events, bundles, copied, give, visit, want
from store_kit import noise

from hearth.bundles import taking, trading
from hearth.store.disk import Disk
from hearth.store.fsck import check

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from audience_kit import Neighbour
from bundle_kit import visit, want
from mesh_kit import Clock
from hearth.bundles import trading
who = Neighbour.of(Path(sys.argv[1]), Clock())
want(who, *map(bytes.fromhex, sys.argv[4:]))
print("ready", flush=True)
visit(who, Path(sys.argv[2]))
print("done", flush=True)
"""


def run(who: Path, stick: Path, ids: list[bytes], wait: float | None) -> bool:
    """Visit in a process of its own, killed after some seconds; whether it had done by then."""
    words = [str(who), str(stick), str(Path(__file__).parent), *(id.hex() for id in ids)]
    process = subprocess.Popen([sys.executable, "-c", CHILD, *words], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    if wait is not None:
        time.sleep(wait)
        process.kill()
    out, _ = process.communicate()
    return out == b"done\n"


def crowded(tmp_path: Path) -> tuple[Neighbour, Neighbour, bytes, list[bytes]]:
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    ada.say_much(community, 3000, 300, random.Random(1))
    ids = give(ada, community, *(noise(n, 60_000) for n in range(60)))
    return ada, bo, community, ids


def took(who: Path, stick: Path, ids: list[bytes]) -> float:
    """Seconds that a visit takes from where it is ready."""
    started = time.perf_counter()
    assert run(who, stick, ids, None)
    return time.perf_counter() - started


def killed_reading(tmp_path: Path, rounds: int) -> int:
    ada, bo, community, ids = crowded(tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    visit(ada, stick)
    whole = copied(bo, "whole")
    whole.home.close()
    longest = took(whole.path, copy(stick, "first"), ids)
    choose, partly = random.Random(2), 0
    for n in range(rounds):
        twin, there = copied(bo, "twin"), copy(stick, f"stick {n}")
        twin.home.close()
        run(twin.path, there, ids, choose.random() * longest)
        twin = Neighbour.of(twin.path, bo.clock)
        assert check(twin.home.store, now=twin.clock()).sound
        partly += 0 < len(missing(twin, ada, community)) < len(all_events(ada, community))
        want(twin, *ids)
        read, _ = visit(twin, there)
        assert read.bad == []
        assert not missing(twin, ada, community)
        assert all(twin.home.store.has(id) for id in ids)
        assert check(twin.home.store, now=twin.clock()).sound
        twin.home.close()
    return partly


def missing(who: Neighbour, other: Neighbour, community: bytes) -> set[bytes]:
    return set(all_events(other, community)) - set(all_events(who, community))


def copy(stick: Path, name: str) -> Path:
    path = stick.with_name(name)
    shutil.rmtree(path, ignore_errors=True)
    return Path(shutil.copytree(stick, path))


def killed_writing(tmp_path: Path, rounds: int) -> int:
    ada, bo, community, ids = crowded(tmp_path)
    empty = tmp_path / "stick"
    empty.mkdir()
    twin = copied(ada, "first")
    twin.home.close()
    longest = took(twin.path, copy(empty, "first stick"), [])
    choose, partly = random.Random(3), 0
    for n in range(rounds):
        twin, there = copied(ada, "twin"), copy(empty, f"stick {n}")
        twin.home.close()
        run(twin.path, there, [], choose.random() * longest)
        partly += any((there / "hearth").glob(".*.part"))
        for path in bundles(there):
            seen, found = taking.look(bo.node, lambda path=path: iter([path.read_bytes()]))  # type: ignore[misc]
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
    return partly


@pytest.mark.slow
def test_killed_while_reading(tmp_path: Path) -> None:
    assert killed_reading(tmp_path, 25) >= 1


@pytest.mark.slow
def test_killed_while_writing(tmp_path: Path) -> None:
    assert killed_writing(tmp_path, 25) >= 1
