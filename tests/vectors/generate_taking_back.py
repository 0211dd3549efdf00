"""Writes the vectors of taking back (`taking-back.json`) again: docs/format-events.md, section 7.

The tests compare what this would write with what is committed, and run them. `held` are control
events that are here; `wish` is an event of kind 0, by another device than the one it is about;
`device` is whose words it takes back; null: nobody's, as it stands
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from blake3 import blake3
from log_kit import COMMUNITY, WALL, Device, Made, make

from hearth.identity import certificate as certificates
from hearth.identity.identity import DeviceSigner
from hearth.kinds import DEVICE, ERASE, PROFILE
from hearth.store import cbor
from hearth.store.header import Lane

Case = dict[str, Any]
SEED, OTHER = (blake3(name.encode()).digest() for name in ("person ada", "person eve"))
OLD, NEW, EVE = Device("ada's old one"), Device("ada's new one"), Device("eve's")
TARGET = make(OLD)


def seating(device: Device, seed: bytes, about: Device | None = None, **fields: Any) -> Made:
    certificate = certificates.certify(seed, (about or device).device, WALL).encode()
    payload = cbor.encode({0: bytes(16), 1: certificate})
    return make(device, payload=payload, **{"lane": Lane.CONTROL, "kind": DEVICE, **fields})


def wish(
    of: Made, seed: bytes = SEED, refs: tuple[bytes, ...] = (TARGET.id,), **signed: bytes
) -> Made:
    said = {"community": COMMUNITY, "seat": of.id, "refs": b"".join(refs), **signed}
    message = said["community"] + said["seat"] + said["refs"]
    signature = DeviceSigner(seed).sign(b"hearth/take-back/1\0" + message)
    return ask(cbor.encode({1: of.id, 2: signature}), refs)


def signed_for(seat: Made, refs: bytes) -> Made:
    """A wish about the target, with a signature about something else."""
    made = wish(seat, refs=(refs,))
    return ask(made.record[2])


def ask(payload: bytes | None, refs: tuple[bytes, ...] = (TARGET.id,)) -> Made:
    return make(NEW, payload=payload, kind=ERASE, refs=refs)


def case(name: str, held: list[Made], made: Made, device: Device | None) -> Case:
    def shown(each: Made) -> list[str | None]:
        header, signature, payload = each.record
        return [header.hex(), signature.hex(), None if payload is None else payload.hex()]

    return {
        "name": name, "held": [shown(each) for each in held], "wish": shown(made),
        "device": None if device is None else device.device.hex(),
    }  # fmt: skip


def cases() -> list[Case]:
    seat = seating(OLD, SEED)
    elsewhere = seating(OLD, SEED, community=bytes(32))
    claimed = seating(EVE, SEED, OLD)
    other = seating(OLD, SEED, kind=PROFILE)
    said = seating(OLD, SEED, lane=Lane.EMERGENCY)
    hers = seating(EVE, OTHER)
    good = wish(seat)
    assert good.record[2] is not None
    long = cbor.encode({1: seat.id, 2: bytes(64), 9: bytes(24)})
    return [
        case("the old device's words", [seat], good, OLD),
        case("two of them", [seat], wish(seat, refs=(TARGET.id, bytes(32))), OLD),
        case("no payload", [seat], ask(None), NEW),
        case("the seat is not here", [], good, None),
        case("a seat in another community", [elsewhere], wish(elsewhere), None),
        case("a certificate of another device than its author's", [claimed], wish(claimed), None),
        case("no seat", [other], wish(other), None),
        case("a seat that was only said", [said], wish(said), None),
        case("by another person", [seat], wish(seat, OTHER), None),
        case("another person's seat", [hers], wish(hers), None),
        case("another person's, by that person", [hers], wish(hers, OTHER), EVE),
        case("signed for another event", [seat], signed_for(seat, bytes(32)), None),
        case("signed for another community", [seat], wish(seat, community=bytes(32)), None),
        case("signed for another seat", [seat], wish(seat, seat=bytes(32)), None),
        case("of more than 128 bytes", [seat], ask(long), None),
        case("of a byte too many", [seat], ask(good.record[2] + b"\0"), None),
        case("no CBOR", [seat], ask(b"\xff"), None),
    ]


def text() -> str:
    return json.dumps({"community": COMMUNITY.hex(), "cases": cases()}, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "taking-back.json").write_text(text(), encoding="utf-8")
