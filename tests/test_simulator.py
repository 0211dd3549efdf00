"""The whole engine under a seeded scheduler: see `sim_life`, which says what must hold.

A failure says how to repeat it: SIM_SEED=N with `-k this_seed` or `-k this_town`. Nothing depends
on anything but the seed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import sim_broken
from program import ROOT
from sim_community import Town
from sim_life import Mix, Report, simulate

FAST = Mix(nodes=3, days=1, writes=5)
EVERYTHING = Mix(
    nodes=5, days=1.5, writes=6, loss=0.05, partitions=1, crashes=10, full=1, backups=2, copies=1,
    destroyed=1, clocks=4, hostile=2, forkers=1, flood=500, twice=2,
)  # fmt: skip


SEED = int(os.environ.get("SIM_SEED", "15"))


def test_this_seed(tmp_path: Path) -> None:
    print(simulate(tmp_path / "world", SEED))


@pytest.mark.parametrize(
    "mix",
    [
        replace(FAST, loss=0.3, twice=2),
        replace(FAST, partitions=2, clocks=4, crashes=6),
        replace(FAST, copies=1, backups=2),
        replace(FAST, forkers=1, hostile=2, full=1),
        replace(FAST, nodes=3, flood=2000),
    ],
    ids=["loss", "partitions, clocks, crashes", "copies, backups", "forks, lies", "flood"],
)
def test_trouble_of_one_kind(tmp_path: Path, mix: Mix) -> None:
    simulate(tmp_path / "world", 1, mix)


def test_everything_at_once_and_it_really_happened(tmp_path: Path) -> None:
    """Seed after seed until each kind of trouble has been seen."""
    wanted = {"death", "partition", "full", "restore", "copy", "loss", "flood"}
    seen: Counter[str] = Counter()
    for seed in range(2, 8):
        report = simulate(tmp_path / str(seed), seed, EVERYTHING)
        seen.update(report.faults)
        assert report.traffic.cuts > 10
        if wanted <= seen.keys():
            break
    assert wanted <= seen.keys(), seen
    assert seen["death"] >= 3


def test_this_town(tmp_path: Path) -> None:
    """A community, and a rogue steward."""
    town(tmp_path, SEED)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_many_communities(tmp_path: Path, block: int) -> None:
    for seed in range(100 + 10 * block, 110 + 10 * block):
        town(tmp_path / str(seed), seed)


def town(folder: Path, seed: int) -> None:
    report = simulate(folder / "town", seed, kind=Town)
    assert {"removals", "treason"} <= {*report.faults}


SMALL = replace(EVERYTHING, nodes=3, days=0.5, writes=3, hostile=1, flood=0, crashes=4)


def trace(folder: Path, seed: int) -> Report:
    report = simulate(folder, seed, SMALL)
    assert report.traffic.connections
    return report


def test_a_seed_does_the_same_again(tmp_path: Path) -> None:
    first = trace(tmp_path / "one", 3)
    assert trace(tmp_path / "two", 3).trace == first.trace
    assert trace(tmp_path / "other", 4).trace != first.trace
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
        "import test_simulator as t; print(t.trace(Path(sys.argv[1]), 3).trace)"
    )
    again = subprocess.run(
        [sys.executable, "-P", "-c", program, tmp_path / "three", ROOT / "tests"],
        env={**os.environ, "PYTHONHASHSEED": "99"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == first.trace


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_two_hundred_seeds(tmp_path: Path, block: int) -> None:
    for seed in range(10 * block, 10 * block + 10):
        print(simulate(tmp_path / str(seed), seed))


@pytest.mark.slow
@pytest.mark.parametrize("rule", sim_broken.RULES)
def test_the_simulator_finds_a_broken_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    """The test of the tests: with one rule of the engine broken, one of a few seeds fails; with
    none broken they all pass."""
    break_it = sim_broken.RULES[rule]
    if break_it is not None:
        break_it(monkeypatch)
    failed = []
    for seed in range(sim_broken.SEEDS):
        try:
            simulate(tmp_path / str(seed), seed, sim_broken.MIX)
        except Exception as error:
            failed.append((seed, error))
            break
    assert bool(failed) is (break_it is not None), failed
