#!/usr/bin/env python
"""Write what anchors make of chains: `python tests/vectors/generate_anchors.py`.

`tests/test_log_vectors.py` compares them with what is committed. `events` (header, signature) are
taken in, in any order, where checkpoints in force name `anchors` (device, lane, sequence, id); then
`digests` and `clocks` are those of the lanes 0 to 4, and `gaps` the events beyond a gap. The chains
are made by chance: with their beginnings dropped, gaps, forks and false Lamport times.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from log_kit import COMMUNITY, Device, Made, make, new_store, take, transaction

from hearth.store import anchors
from hearth.store.anchors import Anchor
from hearth.store.header import Lane

SEEDS = range(10)
LANES = (Lane.CHAT, Lane.CHAT, Lane.EMERGENCY, Lane.MARKET)
Chains = dict[tuple[str, Lane], list[Made]]


def history(rng: random.Random) -> tuple[Chains, list[Made]]:
    """Chains that tick on each other, and branches of them."""
    made: list[Made] = []
    chains: Chains = {}
    branches: list[Made] = []
    for number in range(18):
        name, lane = rng.choice(("ada", "bob")), rng.choice(LANES)
        mine = chains.setdefault((name, lane), [])
        fit = [each for each in made[-8:] if each.header.lane in (lane, Lane.EMERGENCY)]
        tick = rng.choice(fit) if fit and rng.random() < 0.7 else None
        false: dict[str, Any] = {}
        if rng.random() < 0.06:
            false = {"lamport": rng.randrange(1, 30)}
        mine.append(
            make(Device(name), mine[-1] if mine else None, tick, b"%d" % number, lane=lane, **false)
        )
        made.append(mine[-1])
        if rng.random() < 0.05:
            branches.append(make(Device(name), rng.choice(mine), None, b"branch", lane=lane))
    return chains, branches


def vector(seed: int, folder: Path) -> dict[str, Any]:
    rng = random.Random(seed)
    chains, branches = history(rng)
    named = [rng.choice(mine) for mine in chains.values() if rng.random() < 0.8]
    held = branches
    for mine in chains.values():
        held += [each for each in mine[rng.randrange(len(mine)) :] if rng.random() > 0.05]
    rng.shuffle(held)
    store = new_store(folder / str(seed))
    at = [Anchor(m.header.device, m.header.lane, m.header.sequence, m.id) for m in named]
    with transaction(store) as tx:
        anchors.state(store.log, tx, COMMUNITY, at)
    take(store, held)
    log = store.log
    found = {
        "community": COMMUNITY.hex(),
        "events": [[each.record[0].hex(), each.record[1].hex()] for each in held],
        "anchors": [[a.device.hex(), int(a.lane), a.sequence, a.id.hex()] for a in at],
        "digests": [log.digest(COMMUNITY, lane).hex() for lane in Lane],
        "clocks": [log.clock(COMMUNITY, lane) for lane in Lane],
        "gaps": sorted(each.id.hex() for each in log.events(COMMUNITY) if each.gap),
    }
    store.close()
    return found


def text() -> str:
    """One case a line: they are read by programs."""
    with tempfile.TemporaryDirectory() as folder:
        cases = [vector(seed, Path(folder)) for seed in SEEDS]
    return "[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n"


if __name__ == "__main__":
    (HERE / "anchors.json").write_text(text(), encoding="ascii")
