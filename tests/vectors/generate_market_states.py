#!/usr/bin/env python
"""Write what events of the market come to: `python tests/vectors/generate_market_states.py`.

`tests/test_market_vectors.py` compares them with what is committed. `events`: those about one
listing that count, in no order; device and person are the same bytes here. `stewards`: who is one.
`state`: docs/market.md, section 4. Amounts are thousandths. The histories are played by chance,
with a seed each, so that every decision meets every other one.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from hearth import kinds
from hearth.lanes import Entry
from hearth.market import records as r
from hearth.market.state import judge
from hearth.market.words import Sort
from hearth.store import cbor

WALL, SALT = 1_800_000_000, bytes(16)
LISTER, DELEGATE, LATER, ONE, TWO, THREE, STEWARD = (bytes([n]) * 32 for n in range(1, 8))
HISTORIES = 24


class Play:
    """One history."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.entries: list[Entry] = []
        self.sequences: dict[bytes, int] = {}
        self.lamport = 0
        self.listing = self.say(LISTER, kinds.LISTING, self._listing((DELEGATE,)))
        self.claims: list[tuple[bytes, bytes]] = []
        for _ in range(self.rng.randrange(6, 22)):
            self._step()

    def say(self, person: bytes, kind: int, record: r.Record) -> bytes:
        self.lamport += self.rng.randrange(2)  # equal times are ordered by device
        lamport = max(1, self.lamport)
        self.sequences[person] = self.sequences.get(person, 0) + 1
        id = self.rng.randbytes(32)
        body = cbor.encode({0: SALT, **record.fields()})
        self.entries.append(
            Entry(
                len(self.entries), id, bytes(32), person, person, kind, lamport,
                self.sequences[person], WALL + len(self.entries), 0, body,
            )
        )  # fmt: skip
        return id

    def _listing(self, delegates: tuple[bytes, ...]) -> r.ListingRecord:
        amount = self.rng.choice((2000, 3000, 5000))
        until = WALL + self.rng.choice((3600, 400 * 86400))
        return r.ListingRecord(Sort.OFFER, "rice", "fo", amount, "kg", until, delegates=delegates)

    def _step(self) -> None:
        rng = self.rng
        if len(self.claims) < 2 or rng.random() < 0.15:
            who = rng.choice((ONE, TWO, THREE, LISTER))
            slip = rng.choice((None, None, None, 1, 2))
            if slip is not None:
                who = rng.choice((LISTER, DELEGATE, LATER, STEWARD, THREE))
            behalf = rng.choice((None, "Mrs Green")) if slip is None else None
            record = r.ClaimRecord(self.listing, rng.choice((1000, 2000)), None, slip, behalf)
            self.claims.append((self.say(who, kinds.CLAIM, record), who))
        elif rng.random() < 0.1:
            act = rng.choice(tuple(r.Act))
            edited = self._listing((DELEGATE, LATER)) if act is r.Act.EDIT else None
            until = WALL + 7200 if act is r.Act.RENEW else None
            who = rng.choice((LISTER, LISTER, DELEGATE))
            if act is not r.Act.WITHDRAW or rng.random() < 0.3:
                self.say(who, kinds.CHANGE, r.ChangeRecord(self.listing, act, edited, until))
        else:
            self._decide()

    def _decide(self) -> None:
        rng = self.rng
        claim, claimant = rng.choice(self.claims)
        action = rng.choice((*r.Action, r.Action.ACCEPT, r.Action.ACCEPT, r.Action.HANDOVER))
        amount = None
        if action in (r.Action.ACCEPT, r.Action.HANDOVER):
            amount = rng.choice((500, 1000, 2000))
        deciders = (LISTER, LISTER, DELEGATE, LATER, STEWARD)
        who = claimant if action in r.BY_CLAIMANT else rng.choice(deciders)
        self.say(who, kinds.DECISION, r.DecisionRecord(self.listing, claim, action, amount))


def state(play: Play) -> dict[str, Any]:
    entries = sorted(play.entries, key=lambda each: each.order)
    found = judge(play.listing, entries, lambda person: person == STEWARD)
    assert found is not None
    return {
        "amount": found.record.quantity,
        "until": found.until,
        "withdrawn": found.withdrawn,
        "delivered": found.delivered,
        "available": found.available,
        "conflict": found.conflict,
        "claims": {
            id.hex(): [claim.status, claim.accepted, claim.handed, claim.confirmed]
            for id, claim in sorted(found.claims.items())
        },
    }


def vectors() -> list[dict[str, Any]]:
    found = []
    for seed in range(HISTORIES):
        play = Play(seed)
        events = [
            [
                each.id.hex(), each.kind, each.person[0], each.lamport, each.sequence, each.wall,
                (each.body or b"").hex(),
            ]
            for each in random.Random(seed).sample(play.entries, len(play.entries))
        ]  # fmt: skip
        found.append({
            "listing": play.listing.hex(), "stewards": [STEWARD[0]], "events": events,
            "state": state(play),
        })  # fmt: skip
    return found


def text() -> str:
    """One history a line: they are many, and read by programs."""
    return "[\n" + ",\n".join(json.dumps(each) for each in vectors()) + "\n]\n"


if __name__ == "__main__":
    (HERE / "market-states.json").write_text(text(), encoding="ascii")
