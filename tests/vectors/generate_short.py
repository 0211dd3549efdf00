#!/usr/bin/env python
"""Write the vectors of short frames: `python tests/vectors/generate_short.py`.

Keys and bytes are fixed, so the file comes out the same every time; `tests/test_sync_short.py`
compares it with what is committed, and runs it. A vector names what it tries, gives bytes in
hexadecimal, and says in `expect` what must come of it: "ok", or the code of the error. Who reads
knows the devices and audiences listed, and both veils of the community: the one with the secret,
and the thin one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from log_kit import COMMUNITY, Device, Made, chain, make

from hearth.store.header import Lane
from hearth.sync import short
from hearth.sync.short import Veil

Case = dict[str, Any]
SECRET = bytes(range(100, 132))
ONE, TWO, UNKNOWN = Device("one"), Device("two"), Device("unknown")
AUDIENCE, OTHER = b"a" * 32, b"b" * 32
FORMS = {
    "masked": {},
    "masked, thin veil": {"thin": True},
    "masked, whole audience": {"whole": True},
    "clear": {"thin": True, "clear": True},
    "clear, whole audience": {"thin": True, "clear": True, "whole": True},
}


def case(name: str, made: Made, *, thin: bool = False, **form: bool) -> Case:
    veil = Veil(COMMUNITY, None if thin else SECRET)
    header, signature, payload = made.record
    return {
        "name": name,
        "frame": short.encode(veil, header, signature, payload, **form).hex(),
        "thin": thin,
        "clear": form.get("clear", False),
        "whole": form.get("whole", False),
        "header": header.hex(),
        "signature": signature.hex(),
        "payload": None if payload is None else payload.hex(),
        "expect": "ok",
    }


def bad(name: str, frame: bytes, expect: str) -> Case:
    return {"name": name, "frame": frame.hex(), "expect": expect}


def good_cases() -> list[Case]:
    first = chain(ONE, 3)
    full = make(
        ONE, first[2], make(TWO), b"the water is good again",
        acts=(b"c" * 32, b"d" * 32), refs=(b"f" * 32, b"e" * 32), audience=AUDIENCE, expiry=3,
    )  # fmt: skip
    events = {
        "the first event of a chain": make(ONE),
        "a message after others": make(ONE, first[2], make(TWO), b"words", kind=129),
        "an erasure, without a payload": make(
            ONE, first[2], None, None, kind=0, refs=(first[1].id,)
        ),
        "an alert": make(TWO, None, first[2], b"water!", lane=Lane.EMERGENCY, kind=64, expiry=2),
        "a wall clock before 2020": make(ONE, wall=1_577_836_799),
        "the last wall clock in four bytes": make(ONE, wall=1_577_836_800 + 2**32 - 1),
        "a wall clock after it": make(ONE, wall=1_577_836_800 + 2**32),
        "large numbers": make(
            ONE, first[2], sequence=2**53 - 1, lamport=2**53 - 1, kind=2**32 - 1, wall=2**53 - 1
        ),
    }
    forms = [case(f"everything, {how}", full, **form) for how, form in FORMS.items()]
    return forms + [case(name, made) for name, made in events.items()]


def bad_cases() -> list[Case]:
    veil, thin = Veil(COMMUNITY, SECRET), Veil(COMMUNITY)
    made = make(ONE, chain(ONE, 1)[0], None, b"words", audience=AUDIENCE)
    data = short.encode(veil, *made.record)
    clear = short.encode(thin, *made.record, clear=True)

    def altered(at: int, bit: int = 1) -> bytes:
        return clear[:at] + bytes((clear[at] ^ bit,)) + clear[at + 1 :]

    unknown = make(UNKNOWN, None, None, b"words")
    elsewhere = make(ONE, community=OTHER)
    return [
        bad("no bytes", b"", "bad-short-frame"),
        bad("cut in the signature", data[:66], "bad-short-frame"),
        bad("no body", data[:67], "bad-short-frame"),
        bad("cut in the payload", data[:-1], "unplaced"),
        bad("a byte more", data + b"\0", "unplaced"),
        bad("type 0f", b"\x0f" + data[1:], "bad-short-frame"),
        bad("type 14", b"\x14" + data[1:], "bad-short-frame"),
        bad("another tag of the veil", altered(1), "unplaced"),
        bad("another signature", altered(3), "unplaced"),
        bad("lane 6", altered(67, 4), "bad-short-frame"),
        bad("a shape with bit 7", altered(67, 0x80), "bad-short-frame"),
        bad("another tag of the device", altered(68), "unplaced"),
        bad("another tag of the audience", altered(71), "unplaced"),
        bad("another kind", altered(74), "unplaced"),
        bad("another payload", altered(len(clear) - 1), "unplaced"),
        bad("a device that is not known", short.encode(veil, *unknown.record), "unplaced"),
        bad("another community", short.encode(Veil(OTHER, SECRET), *elsewhere.record), "unplaced"),
    ]


def files() -> dict[str, Any]:
    """What each file holds."""
    return {
        "short.json": {
            "about": "short frames: docs/short-frames.md",
            "community": COMMUNITY.hex(),
            "secret": SECRET.hex(),
            "devices": [ONE.device.hex(), TWO.device.hex()],
            "audiences": [OTHER.hex(), AUDIENCE.hex()],
            "cases": good_cases() + bad_cases(),
        },
    }


def text(content: Any) -> str:
    """As it is written."""
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / name).write_text(text(content), encoding="utf-8")
