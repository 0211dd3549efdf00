"""The scenarios of `vectors/logs.json`: what is delivered, and what must be held then."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from log_kit import COMMUNITY, Device, Made, chain, make, new_store, transaction

from hearth.store.header import Lane
from hearth.store.store import Store

ANNE, BERT, CARL = Device("Anne"), Device("Bert"), Device("Carl")
Deliveries = list[list[Made]]


def _cases() -> dict[str, Deliveries]:
    anne = chain(ANNE, 4)
    bert = make(BERT, None, anne[2])
    fork = make(ANNE, anne[0], kind=9)
    junk = make(BERT, None, None, b"unsigned", signature=bytes(64))
    vouch = make(BERT, junk)
    lie = make(BERT, None, anne[0], lamport=1_000_000_000)
    on_lie = make(CARL, None, lie)
    control = make(ANNE, None, None, b"genesis", lane=Lane.CONTROL)
    other = make(BERT, None, control, b"act", lane=Lane.CONTROL)
    both = make(ANNE, control, other, b"both", lane=Lane.CONTROL, acts=(other.id,))
    market = make(BERT, None, control, lane=Lane.MARKET)
    cross = make(CARL, None, market, lane=Lane.CHAT)
    erase = make(ANNE, anne[3], None, None, kind=0, refs=(anne[1].id, bert.id))
    elsewhere = make(BERT, None, anne[0], community=bytes(32))
    moved = make(BERT, anne[0], kind=12)
    return {
        "a chain": [anne],
        "a chain backwards, one at a time": [[made] for made in reversed(anne)],
        "twice": [anne, anne],
        "a gap: the second is missing": [[anne[0], anne[2], anne[3]]],
        "a gap that is filled": [[anne[0], anne[2], anne[3]], [anne[1]]],
        "a tick moves the clock": [[*anne, bert]],
        "a tick that is not held moves no clock": [[bert], [*anne[:2]]],
        "a fork at the second place": [anne, [fork]],
        "a fork, the other branch first": [[fork], anne],
        "an unsigned event alone": [[junk]],
        "an unsigned event that the next one vouches for": [[junk, vouch]],
        "the next one first": [[vouch], [junk]],
        "a false Lamport time": [[anne[0], lie]],
        "a false Lamport time as a tick": [[anne[0], lie, on_lie]],
        "the control graph": [[control, other]],
        "the control graph, united": [[both], [other], [control]],
        "a tick from control": [[control, market]],
        "a tick from a lane that does not count": [[control, market, cross]],
        "a tick from another community": [[anne[0], elsewhere]],
        "erased, but only one's own": [[*anne, bert, erase]],
        "erased before it came": [[erase], [*anne, bert]],
        "previous of another device": [[anne[0], moved]],
    }


def state(store: Store) -> dict[str, Any]:
    """What a log holds, in a form for JSON; communities in the order of their ids."""
    log = store.log
    held = [
        {"id": event.id.hex(), "gap": event.gap, "forked": event.forked, "erased": event.erased}
        for event in log.events(order="shown")
    ]
    lanes = []
    for community in (COMMUNITY, bytes(32)):
        for lane in Lane:
            entries = log.frontier(community, lane)
            if entries:
                lanes.append(
                    {
                        "community": community.hex(),
                        "lane": int(lane),
                        "digest": log.digest(community, lane).hex(),
                        "clock": log.clock(community, lane),
                        "chains": [
                            {
                                "device": entry.device.hex(),
                                "length": entry.length,
                                "head": entry.head.hex() if entry.head else None,
                                "islands": [[tip.first, tip.head.hex()] for tip in entry.islands],
                            }
                            for entry in entries
                        ],
                    }
                )
    return {
        "shown": held,
        "lanes": lanes,
        "control_heads": [id.hex() for id in log.heads(COMMUNITY)],
    }


def deliver(store: Store, deliveries: list[list[tuple[bytes, bytes, bytes | None]]]) -> list[Any]:
    """Import one delivery after the other; what each report says."""
    reports = []
    for delivery in deliveries:
        with transaction(store) as tx:
            report = store.log.import_events(tx, delivery)
        reports.append(
            {
                "accepted": report.accepted,
                "duplicate": report.duplicate,
                "refused": [error.code for error in report.refusals],
            }
        )
    return reports


def scenarios() -> list[dict[str, Any]]:
    made = []
    for name, deliveries in _cases().items():
        records = [[each.record for each in delivery] for delivery in deliveries]
        with tempfile.TemporaryDirectory() as folder, new_store(Path(folder) / "h") as store:
            made.append(
                {
                    "name": name,
                    "deliveries": [
                        [[part.hex() if part is not None else None for part in record]
                         for record in delivery]
                        for delivery in records
                    ],
                    "expect": deliver(store, records),
                    "then": state(store),
                }
            )  # fmt: skip
    return made
