#!/usr/bin/env python
"""Write the vectors of parcels: `python tests/vectors/generate_parcels.py`.

Keys and all that is otherwise random are fixed, so the file comes out the same every time;
`tests/test_parcel_vectors.py` compares it with what is committed, and runs it. What a sender drew
at random is listed in the order in which docs/parcels.md has it drawn.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from blake3 import blake3

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from parcel_kit import (
    ALICE,
    BOB,
    CAROL,
    EXPIRES,
    KEY,
    MALLORY,
    NOW,
    SHARED,
    TAG,
    TODAY,
    repeated as repeating,
)
from sync_kit import seed
from test_parcel_hostile import forged

from hearth.sync import padding
from hearth.sync.parcel import Audience, Devices, seal
from hearth.sync.parcel_label import (
    DAY,
    audience_mailbox,
    day_of,
    device_mailbox,
    expiry,
    tag,
)

Case = dict[str, Any]
LONG = 4096
"""Parcels longer than this are given by their hash."""


def sealing(
    name: str, to: Devices | Audience, frames: Sequence[tuple[int, int]]
) -> tuple[Case, bytes]:
    """What Alice seals: frames as (byte, length)."""
    drawn: list[str] = []
    entropy = repeating(name)

    def noted(size: int) -> bytes:
        drawn.append(entropy(size).hex())
        return bytes.fromhex(drawn[-1])

    said = [bytes((byte,)) * length for byte, length in frames]
    parcel = seal(said, ALICE, to, TAG, EXPIRES, entropy=noted)
    case: Case = {"name": name, "frames": frames, "drawn": drawn, "length": len(parcel)}
    if isinstance(to, Audience):
        case["audience"] = to.key.hex()
    else:
        case["recipients"] = [public.hex() for public in to.keys]
    if len(parcel) > LONG:
        case["blake3"] = blake3(parcel).hexdigest()
    else:
        case["parcel"] = parcel.hex()
    return case, parcel


def seal_cases() -> list[Case]:
    one, both = Devices([BOB.public]), Devices([BOB.public, CAROL.public])
    small = [(0x61, 5), (0x62, 100)]
    return [
        sealing(*case)[0]
        for case in (
            ("no frames", one, []),
            ("to one device", one, small),
            ("to two devices", both, small),
            (
                "to five devices",
                Devices([seed(f"key {n}") for n in range(4)] + [BOB.public]),
                small,
            ),
            ("a frame of every length", one, [(0x61, 1), (0x62, 0xFFFF)]),
            ("three pieces", one, [(n, 50_000) for n in range(3)]),
            ("content that just fills a length", one, [(0x61, 60)]),
            ("a byte more", one, [(0x61, 61)]),
            ("for an audience", Audience(KEY), small),
            ("for an audience, as much as there is room for", Audience(KEY), [(0, 61_436)]),
        )
    ]


def open_cases() -> list[Case]:
    """What comes out of bytes, opened with Bob's key and the audience's."""
    to_bob = sealing("to one device", Devices([BOB.public]), [(0x61, 5), (0x62, 100)])[1]
    to_all = sealing("for an audience", Audience(KEY), [(0x61, 5), (0x62, 100)])[1]
    to_other = sealing("to another", Devices([MALLORY.public]), [(0x61, 5)])[1]
    said = [(b"a" * 5).hex(), (b"b" * 100).hex()]

    def flipped(parcel: bytes, at: int) -> bytes:
        return parcel[:at] + bytes((parcel[at] ^ 1,)) + parcel[at + 1 :]

    cases: list[tuple[str, bytes, list[str], str]] = [
        ("to a device", to_bob, said, "ok"),
        ("for an audience", to_all, said, "ok"),
        ("to somebody else", to_other, [], "not-ours"),
        ("of version 0", b"\0" + to_bob[1:], [], "bad-parcel-format"),
        ("of a newer version", b"\2" + to_bob[1:], [], "newer-parcel"),
        ("of kind 3", b"\1\3" + to_bob[2:], [], "bad-parcel-format"),
        ("five stanzas", to_bob[:21] + b"\5" + to_bob[22:], [], "bad-parcel-format"),
        ("another day", flipped(to_bob, 3), [], "parcel-altered"),
        ("another tag", flipped(to_bob, 4), [], "parcel-altered"),
        ("another tag, for an audience", flipped(to_all, 4), [], "not-ours"),
        ("another seal", flipped(to_bob, 373), [], "parcel-altered"),
        ("altered inside", flipped(to_bob, 400), [], "parcel-altered"),
        ("a byte short", to_bob[:-1], [], "parcel-cut"),
        ("a byte long", to_bob + b"\0", [], "parcel-cut"),
        ("no piece", to_bob[:374], [], "parcel-cut"),
        ("nothing", b"", [], "parcel-cut"),
        ("padding that is not zeros", forged(b"a" * 5, content=_last_one), said[:1], "bad-padding"),
        ("padded too far", forged(b"a" * 5, content=_longer), said[:1], "bad-padding"),
        ("no end", forged(b"a" * 5, content=_no_end), said[:1], "bad-padding"),
        ("signed for something else", forged(b"a" * 5, sign=_as_event), [], "bad-sender"),
    ]
    return [
        {"name": name, "parcel": parcel.hex(), "frames": frames, "expect": code}
        for name, parcel, frames, code in cases
    ]


def _last_one(content: bytes) -> bytes:
    return content[:-1] + b"\1"


def _longer(content: bytes) -> bytes:
    return content + bytes(64)


def _no_end(content: bytes) -> bytes:
    return content[:7]


def _as_event(message: bytes) -> bytes:
    return ALICE.sign(b"hearth/event/1\0" + message[16:])


def content() -> dict[str, Any]:
    """What the file holds."""
    sizes = [0, 1, 64, 65, 128, 129, 256, 257, 384, 385, 4096, 4097, 4608, 61_440, 65_536, 65_537]
    sizes += [10**6, 2**30 + 1, padding.MAX_CONTENT]
    moments = [(0, 1), (NOW, 1), (NOW, 7), (NOW, 8), (NOW, 30), (NOW, 90), (2**40, 90)]
    return {
        "about": "parcels: docs/parcels.md. Alice seals; Bob opens, and has the audience's key",
        "alice_seed": seed("device alice").hex(),
        "bob_secret": BOB.secret.hex(),
        "audience": KEY.hex(),
        "tag": TAG.hex(),
        "expires": EXPIRES,
        "padded": [[size, padding.padded(size)] for size in sizes],
        "stanzas": [[count, padding.padded_count(count)] for count in (1, 4, 5, 9, 500, 1024)],
        "expiry": [[now, days, expiry(now, days)] for now, days in moments],
        "mailboxes": [
            {
                "shared": SHARED.hex(),
                "recipient": BOB.public.hex(),
                "mailbox": device_mailbox(SHARED, BOB.public).hex(),
            },
            {"audience": KEY.hex(), "mailbox": audience_mailbox(KEY).hex()},
        ],
        "tags": [
            {"mailbox": box.hex(), "now": now, "tag": tag(box, day_of(now)).hex()}
            for box in (device_mailbox(SHARED, BOB.public), audience_mailbox(KEY))
            for now in (-1, 0, NOW, NOW + DAY, TODAY * DAY - 1, 2**40)
        ],
        "seal": seal_cases(),
        "open": open_cases(),
    }


def text(content: Any) -> str:
    """As it is written."""
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "parcels.json").write_text(text(content()), encoding="utf-8")
