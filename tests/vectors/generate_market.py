#!/usr/bin/env python
"""Write the vectors of the market: `python tests/vectors/generate_market.py`.

`tests/test_market_vectors.py` compares them with what is committed, and runs them. `records`: a
kind, the payload in hexadecimal, and in `expect` "ok" or the code of the error. `slips`: the id of
a listing, a slip's number, its code. `credit`: notes that nothing writes yet, as docs/market.md has
them, the debtor's device being that of the header.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from blake3 import blake3
from nacl.signing import SigningKey

from hearth import kinds
from hearth.chat.shapes import Attachment
from hearth.market import (
    codes,
    records,
    records as r,
)
from hearth.market.words import MAX_QUANTITY, Sort
from hearth.store import cbor

SALT, ID, OTHER = bytes(16), bytes(range(32)), bytes(range(32, 64))
UNTIL = 1_800_000_000
SMALL = r.ListingRecord(Sort.OFFER, "a generator", "pw", 1000, "item", UNTIL)
LARGE = r.ListingRecord(
    Sort.REQUEST, "t" * 60, "wa", MAX_QUANTITY, "l", UNTIL, "u33db", "gift", True, "two\nlines",
    ("a", "b"), (Attachment("a.jpg", "image/jpeg", 7, ID, None),), (ID, OTHER), "Mrs Green",
)  # fmt: skip

RECORDS: list[tuple[int, r.Record]] = [
    (kinds.LISTING, SMALL),
    (kinds.LISTING, LARGE),
    (kinds.CHANGE, r.ChangeRecord(ID, r.Act.EDIT, SMALL)),
    (kinds.CHANGE, r.ChangeRecord(ID, r.Act.RENEW, None, UNTIL)),
    (kinds.CHANGE, r.ChangeRecord(ID, r.Act.WITHDRAW)),
    (kinds.CLAIM, r.ClaimRecord(ID, 2500, "by bicycle")),
    (kinds.CLAIM, r.ClaimRecord(ID, 1000, None, codes.MAX_SLIPS, "Mrs Green")),
    (kinds.DECISION, r.DecisionRecord(ID, OTHER, r.Action.ACCEPT, 1000, UNTIL, "at six")),
    (
        kinds.DECISION,
        r.DecisionRecord(
            ID, OTHER, r.Action.ACCEPT, 1000, UNTIL, None, (UNTIL - 3600, r.MAX_PICKUP)
        ),
    ),
    (kinds.DECISION, r.DecisionRecord(ID, OTHER, r.Action.HANDOVER, 1000)),
    *(
        (kinds.DECISION, r.DecisionRecord(ID, OTHER, each))
        for each in r.Action
        if each not in (r.Action.ACCEPT, r.Action.HANDOVER)
    ),
    (kinds.PLACE, r.PlaceRecord(ID, None, "Mill Lane 12")),
    (kinds.PLACE, r.PlaceRecord(ID, OTHER, "Mill Lane 12")),
    *((kinds.REPORT, r.ReportRecord(ID, each, "because")) for each in r.Verdict),
    (kinds.VOUCH, r.VouchRecord(ID, "kept her word")),
    (kinds.VOUCH, r.VouchRecord(ID, None)),
]
BROKEN: list[tuple[int, dict[int, Any]]] = [
    (kinds.LISTING, {**SMALL.fields(), 2: "t" * 61}),
    (kinds.LISTING, {**SMALL.fields(), 4: 0}),
    (kinds.LISTING, {**SMALL.fields(), 4: MAX_QUANTITY + 1}),
    (kinds.LISTING, {**SMALL.fields(), 5: "parsec"}),
    (kinds.LISTING, {**SMALL.fields(), 13: [OTHER, ID]}),
    (kinds.CLAIM, {1: ID, 2: 1, 4: codes.MAX_SLIPS + 1}),
    (kinds.DECISION, {1: ID, 2: OTHER, 3: 0}),
    (kinds.DECISION, {1: ID, 2: OTHER, 3: 7}),
    (kinds.DECISION, {1: ID, 2: OTHER, 3: 0, 4: 1, 7: [UNTIL, 0]}),
    (kinds.DECISION, {1: ID, 2: OTHER, 3: 0, 4: 1, 7: [UNTIL, r.MAX_PICKUP + 1]}),
    (kinds.DECISION, {1: ID, 2: OTHER, 3: 0, 4: 1, 7: UNTIL}),
    (kinds.DECISION, {1: ID, 2: OTHER, 3: 1, 7: [UNTIL, 1]}),
    (kinds.CHANGE, {1: ID, 2: 0}),
]


COMMUNITY = bytes(range(64, 96))
DEBTOR, CREDITOR = SigningKey(b"d" * 32), SigningKey(b"c" * 32)


def credit(number: int, previous: bytes | None, amount: int) -> dict[str, Any]:
    """A note of an hour or so, in full."""
    fields = {
        1: ID,
        2: bytes([2]) * 32,
        3: bytes([3]) * 32,
        4: amount,
        5: "h",
        6: [bytes(DEBTOR.verify_key), number, previous],
        7: [bytes(CREDITOR.verify_key), 0, None],
        8: 10_000,
    }
    message = b"hearth/credit/1\0" + COMMUNITY + cbor.encode(fields)
    signature = CREDITOR.sign(message).signature
    return {
        "community": COMMUNITY.hex(),
        "header_device": bytes(DEBTOR.verify_key).hex(),
        "message": message.hex(),
        "note": blake3(message).hexdigest(),
        "payload": cbor.encode({0: SALT, **fields, 9: signature}).hex(),
    }


def vectors() -> dict[str, Any]:
    """What is committed."""
    good = [(kind, records.encode(record, SALT)) for kind, record in RECORDS]
    bad = [(kind, cbor.encode({0: SALT, **fields})) for kind, fields in BROKEN]
    bad.append((kinds.CLAIM, cbor.encode({1: ID, 2: 1})))  # without a salt
    listed = [{"kind": kind, "payload": data.hex(), "expect": "ok"} for kind, data in good]
    listed += [{"kind": kind, "payload": data.hex(), "expect": "record"} for kind, data in bad]
    slips = [
        {"listing": id.hex(), "slip": number, "code": codes.code(id, number)}
        for id in (ID, OTHER, bytes(32), b"\xff" * 32)
        for number in (1, 31, codes.MAX_SLIPS)
    ]
    first = credit(0, None, 1500)
    notes = [first, credit(1, bytes.fromhex(first["note"]), MAX_QUANTITY)]
    return {"records": listed, "slips": slips, "credit": notes}


if __name__ == "__main__":
    (HERE / "market.json").write_text(json.dumps(vectors(), indent=1) + "\n", encoding="ascii")
