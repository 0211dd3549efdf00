"""Writes declarations.json: payloads of DECLARE, what they say, and what is refused.

Usage: python tests/vectors/generate_declarations.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hearth.store import cbor

SALT = bytes(range(16))
ID = bytes(range(32))
RECORDS: list[dict[int, Any]] = [
    {0: SALT, 1: 2, 3: 86400, 4: "river over the banks"},
    {0: SALT, 1: 1, 3: 3600, 4: "storm tonight"},
    {0: SALT, 1: 3, 3: 86400, 5: [ID]},
    {0: SALT, 1: 0, 3: 0, 4: "all well", 5: [ID, bytes(32)]},
    {0: SALT, 1: 2, 2: 1, 3: 7200, 4: "what if the dam breaks"},
    {0: SALT, 1: 2, 2: 2, 3: 1, 4: "x"},
    {0: SALT, 1: 2, 3: 604800, 4: "ü" * 80, 5: [bytes([n]) * 32 for n in range(16)], 9: "later"},
]
REFUSED: dict[str, Any] = {
    "no map": [1, 2],
    "no salt": {1: 2, 3: 60},
    "a short salt": {0: SALT[:15], 1: 2, 3: 60},
    "no level": {0: SALT, 3: 60},
    "a level that is none": {0: SALT, 1: 4, 3: 60},
    "a level that is a truth": {0: SALT, 1: True, 3: 60},
    "a negative level": {0: SALT, 1: -1, 3: 60},
    "a status that is none": {0: SALT, 1: 2, 2: 3, 3: 60},
    "no time": {0: SALT, 1: 2},
    "a negative time": {0: SALT, 1: 2, 3: -1},
    "a second too long": {0: SALT, 1: 2, 3: 604801},
    "a reason of 161 bytes": {0: SALT, 1: 2, 3: 60, 4: "x" * 161},
    "a reason that is no text": {0: SALT, 1: 2, 3: 60, 4: b"x"},
    "17 that are ended": {0: SALT, 1: 0, 3: 0, 5: [ID] * 17},
    "an id that is short": {0: SALT, 1: 0, 3: 0, 5: [ID[:31]]},
    "ids that are no list": {0: SALT, 1: 0, 3: 0, 5: ID},
}
LEVELS = ("over", "watch", "emergency", "recovery")
STATUSES = ("actual", "exercise", "test")


def vectors() -> dict[str, object]:
    """What the file holds."""
    return {
        "records": [
            {
                "payload": cbor.encode(fields).hex(),
                "level": LEVELS[fields[1]],
                "status": STATUSES[fields.get(2, 0)],
                "seconds": fields[3],
                "reason": fields.get(4, ""),
                "ends": [each.hex() for each in fields.get(5, [])],
            }
            for fields in RECORDS
        ],
        "refused": [
            {"what": what, "payload": cbor.encode(fields).hex()} for what, fields in REFUSED.items()
        ]
        + [{"what": "no CBOR", "payload": "ff"}, {"what": "nothing", "payload": ""}],
    }


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"
    (Path(__file__).parent / "declarations.json").write_text(text, encoding="utf-8")
