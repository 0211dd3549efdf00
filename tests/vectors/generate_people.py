#!/usr/bin/env python
"""Write the vectors of events about people: `python tests/vectors/generate_people.py`.

`tests/test_people_records.py` compares them with what is committed, and runs them. `records`: a
kind, whether it is sealed, the payload in hexadecimal, and in `expect` "ok" or the code of the
error. `cards`: the number of a card, what is ticked, the code; `guests`: a card, and the stand-in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from hearth import kinds
from hearth.people import (
    cards,
    records as r,
)
from hearth.people.codes import Code
from hearth.people.fold import guest
from hearth.store import cbor

SALT, ID, OTHER = bytes(16), bytes(range(32)), bytes(range(32, 64))
UNTIL = 1_800_000_000
RECORDS: list[tuple[int, r.Record, bool]] = [
    (kinds.CHECK_IN, r.CheckInRecord(1), False),
    (kinds.CHECK_IN, r.CheckInRecord(1, 3, calls=(b"call",)), False),
    (kinds.CHECK_IN, r.CheckInRecord(4, 99, "n" * 160, ID, None, (b"head",) * 8), False),
    (kinds.CHECK_IN, r.CheckInRecord(3, name="Mrs Weber", card=r.MAX_CARD, at=UNTIL), False),
    (kinds.CHECK_IN, r.CheckInRecord(200, status=r.Status.EXERCISE), False),
    (kinds.ROLL_CALL, r.CallRecord("Storm", UNTIL), False),
    (kinds.ROLL_CALL, r.CallRecord("Storm", UNTIL, (ID, OTHER), r.Status.TEST), False),
    (kinds.ROLL_CALL, r.CallRecord(ends=ID), False),
    (kinds.ASSIGN, r.AssignRecord(ID, OTHER, ID), False),
    (kinds.ASSIGN, r.AssignRecord(ID, OTHER, None), False),
    (kinds.MISSING, r.MissingRecord("Anna", UNTIL, "u33db", "red coat", ID), False),
    (kinds.MISSING, r.MissingRecord("Tim", UNTIL, minor=True, exact="Mill Lane 4"), True),
    (kinds.MISSING, r.MissingRecord(about=ID, exact="Mill Lane 4"), True),
    (kinds.SIGHTING, r.SightingRecord(ID, r.Told.BELIEVED_ALIVE, "seen", "mill"), False),
    (kinds.SIGHTING, r.SightingRecord(ID, r.Told.IS_NOTE_AUTHOR, found=True), False),
    (kinds.SIGHTING, r.SightingRecord(ID, r.Told.BELIEVED_DEAD, exact="Mill Lane 4"), True),
]
BAD: list[tuple[int, dict[int, Any], bool]] = [
    (kinds.CHECK_IN, {1: 1}, False),
    (kinds.CHECK_IN, {0: SALT, 1: 256}, False),
    (kinds.CHECK_IN, {0: SALT, 1: 1, 2: 100}, False),
    (kinds.CHECK_IN, {0: SALT, 1: 1, 5: "no card"}, False),
    (kinds.CHECK_IN, {0: SALT, 1: 1, 6: b"12345"}, False),
    (kinds.CHECK_IN, {0: SALT, 1: 1, 9: 31**7}, False),
    (kinds.ROLL_CALL, {0: SALT, 2: "Storm", 3: UNTIL, 4: [OTHER, ID]}, False),
    (kinds.ASSIGN, {0: SALT, 1: ID}, False),
    (kinds.MISSING, {0: SALT, 2: "Tim", 3: UNTIL, 7: 1}, False),
    (kinds.MISSING, {0: SALT, 2: "Tim", 3: UNTIL, 8: "Mill Lane 4"}, False),
    (kinds.MISSING, {1: ID}, True),
    (kinds.SIGHTING, {0: SALT, 1: ID, 2: 5}, False),
]
CARDS = (0, 1, 123_456_789, r.MAX_CARD)


def vectors() -> dict[str, Any]:
    """What people.json holds."""

    def payload(record: r.Record, sealed: bool) -> bytes:
        return cbor.encode(record.fields() if sealed else {0: SALT, **record.fields()})

    def entry(kind: int, data: bytes, sealed: bool, expect: str) -> dict[str, Any]:
        return {"kind": kind, "sealed": sealed, "payload": data.hex(), "expect": expect}

    return {
        "records": [
            *(entry(kind, payload(each, sealed), sealed, "ok") for kind, each, sealed in RECORDS),
            *(entry(kind, cbor.encode(each), sealed, "record") for kind, each, sealed in BAD),
        ],
        "cards": [
            {"card": card, "ticked": int(code), "code": cards.write(card, code)}
            for card in CARDS
            for code in (Code.SAFE, Code.INFORMATION_WANTED)
        ],
        "owners": [{"person": each.hex(), "mark": cards.mark(each)} for each in (ID, OTHER)],
        "guests": [{"card": card, "person": guest(card).hex()} for card in CARDS],
    }


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1) + "\n"
    (HERE / "people.json").write_text(text, encoding="ascii")
