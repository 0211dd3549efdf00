"""Writes boards.json: payloads of SITE and DRILL events, which site is meant, what is refused.

.venv/bin/python tests/vectors/generate_boards.py
"""

from __future__ import annotations

import json
from pathlib import Path

from hearth import kinds
from hearth.boards.records import SiteRecord
from hearth.store import cbor

SALT = bytes(range(16))
DRILL = bytes(range(32))
SITES: dict[str, dict[int, object]] = {
    "the least": {1: 0, 2: "School gym", 3: 1},
    "the same site": {1: 0, 2: "school  GYM", 3: 2},
    "an exercise is another": {1: 0, 2: "School gym", 3: 1, 9: True},
    "every field": {
        1: 1, 2: "Brunnen am Markt", 3: 3, 4: 80, 5: 12, 6: 0b10011, 7: "Markt 1", 8: "bis 20 Uhr",
    },
    "of a newer hearth": {1: 200, 2: "x", 3: 77, 6: 1 << 20, 12: "unknown keys are ignored"},
}  # fmt: skip
DRILLS: dict[str, dict[int, object]] = {
    "start": {1: 0, 3: 1_800_086_400, 4: "flood rehearsal", 9: True},
    "heard, from a device": {1: 1, 2: DRILL, 5: bytes(range(8)), 9: True},
    "heard, by a person": {1: 1, 2: DRILL, 6: True, 9: True},
    "end": {1: 2, 2: DRILL, 9: True},
}
REFUSED: dict[str, tuple[int, dict[int, object]]] = {
    "a site without a name": (kinds.SITE, {1: 0, 3: 1}),
    "a name of 61 bytes": (kinds.SITE, {1: 0, 2: "x" * 61, 3: 1}),
    "a sort beyond 255": (kinds.SITE, {1: 256, 2: "x", 3: 1}),
    "a state that is no number": (kinds.SITE, {1: 0, 2: "x", 3: True}),
    "too many people": (kinds.SITE, {1: 0, 2: "x", 3: 1, 4: 1_000_001}),
    "a drill that is no exercise": (kinds.DRILL, {1: 0, 3: 1_800_086_400, 4: "flood"}),
    "a drill that says nothing known": (kinds.DRILL, {1: 3, 2: DRILL, 9: True}),
    "an end of nothing": (kinds.DRILL, {1: 2, 9: True}),
    "a way of nine bytes": (kinds.DRILL, {1: 1, 2: DRILL, 5: bytes(9), 9: True}),
}


def vectors() -> dict[str, object]:
    """What the file holds."""
    sites = []
    for what, fields in SITES.items():
        payload = cbor.encode({0: SALT, **fields})
        subject = SiteRecord.decode(payload).subject.hex()
        sites.append({"what": what, "payload": payload.hex(), "site": subject})
    return {
        "sites": sites,
        "drills": [
            {"what": what, "payload": cbor.encode({0: SALT, **fields}).hex()}
            for what, fields in DRILLS.items()
        ],
        "refused": [
            {"what": what, "kind": kind, "payload": cbor.encode({0: SALT, **fields}).hex()}
            for what, (kind, fields) in REFUSED.items()
        ],
    }


if __name__ == "__main__":
    path = Path(__file__).parent / "boards.json"
    path.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="ascii")
