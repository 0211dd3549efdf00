#!/usr/bin/env python
"""Write who belongs, by what events: `python tests/vectors/generate_membership.py`.

`tests/test_membership_vectors.py` compares them with what is committed. `events`: headers and
payloads of a control lane, in no order; they stand for authentic ones, their signatures are 64 zero
bytes (an id covers them). Then what docs/membership.md makes of them: `members` by person (role,
name, devices), `stewards`, the most senior first, `retired` devices, `used`: by invitation the
admissions that are admitted on it. The histories are played by chance: people who admit, promote,
demote and remove each other without having heard of it, with forks and acts dated back.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from test_community_model import History

from hearth.store.header import encode

SEEDS = (1, 3, 8, 21, 34, 55, 89, 144, 233, 377)
PEOPLE, STEPS = 4, 9


def vector(seed: int) -> dict[str, Any]:
    world = History(seed, PEOPLE, STEPS).world
    found = world.fold()
    return {
        "community": world.community.hex(),
        "events": [
            [encode(each.header).hex(), (each.payload or b"").hex()]
            for _, each in sorted(world.events.items())
        ],
        "members": {
            person.hex(): [int(each.role), each.name, [device.hex() for device in each.devices]]
            for person, each in found.members.items()
        },
        "stewards": [person.hex() for person in found.stewards],
        "retired": [device.hex() for device in found.retired],
        "used": {
            each.event.hex(): [admission.hex() for admission in each.used]
            for each in found.invitations
        },
    }


def text() -> str:
    """One history a line: they are read by programs."""
    return "[\n" + ",\n".join(json.dumps(vector(seed)) for seed in SEEDS) + "\n]\n"


if __name__ == "__main__":
    (HERE / "membership.json").write_text(text(), encoding="ascii")
