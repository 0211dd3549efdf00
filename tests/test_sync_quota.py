"""A device that fills its quotas keeps nobody from agreeing about everything else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from log_kit import Device, chain, make, transaction
from session_kit import COMMUNITY, Node, nodes, sync

from hearth.store import slots as slot_module
from hearth.store.slots import LABEL, SlotQuotaError, encode

GREEDY = Device("greedy")


def fill(node: Node, names: list[int]) -> None:
    """Take in statements of one device under so many names, as far as there is room."""
    with transaction(node.store) as tx:
        for name in names:
            data = encode(COMMUNITY, GREEDY.device, 1, name.to_bytes(4, "big"), 1, None, b"words")
            try:
                node.store.slots.put(tx, data, GREEDY.sign(LABEL + data))
            except SlotQuotaError:
                continue


@pytest.mark.parametrize("seed", range(3))
def test_more_slots_than_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(slot_module, "QUOTA", 20)
    names = list(range(50))
    with nodes(tmp_path, "a", "b", "c") as made:
        for node in made:
            random.Random(seed).shuffle(names)
            fill(node, names[: 10 + 10 * made.index(node)])
            node.write(2)
        for here, there in ((0, 1), (1, 2), (0, 1), (1, 2), (0, 1)):
            talk = sync(made[here], made[there])
            assert talk.here.summary.equal == {COMMUNITY}
        assert made[0].picture() == made[1].picture() == made[2].picture()
        assert sync(made[0], made[2]).bytes < 250


@pytest.mark.parametrize("count", [40, 1300], ids=["some", "more than are held"])
def test_more_branches_than_are_compared(tmp_path: Path, count: int) -> None:
    trunk = chain(GREEDY, 5)
    rng = random.Random(1)
    branches = [make(GREEDY, rng.choice(trunk), None, rng.randbytes(8)) for _ in range(count)]
    with nodes(tmp_path, "a", "b", "c") as (a, b, c):
        for node, some in ((a, branches[: count // 2]), (b, []), (c, branches[::-1])):
            node.take(made.record for made in (*trunk, *some))
            node.write(2)
        for here, there in ((a, b), (b, c), (a, b)):
            talk = sync(here, there)
            assert talk.here.summary.equal == {COMMUNITY}
        for here, there in ((a, b), (b, c), (a, c)):
            assert sync(here, there).bytes < 250
