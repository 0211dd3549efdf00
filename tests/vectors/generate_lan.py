"""Writes the vectors of docs/sync.md, section 17 (`sync-lan.json`), again.

The tests compare what this would write with what is committed, and run them. A text is that of
the TXT record; `known` is the community that a member recognises at `now`, null for none, and
`refused` where the service is not to be remembered at all.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from sync_kit import seed

from hearth.sync.lan_hint import HOUR, field, hint, hour_of

Case = dict[str, Any]
INSTANCE = "0123456789abcdef"
NOW = 1_800_000_123
HERS, HIS, OURS = seed("hers"), seed("his"), seed("ours")


def hint_cases() -> list[Case]:
    return [
        {
            "name": name,
            "community": community.hex(),
            "now": now,
            "instance": instance,
            "hint": hint(community, hour_of(now), instance).hex(),
        }
        for name, community, now, instance in (
            ("plain", HERS, NOW, INSTANCE),
            ("last second of the hour", HERS, NOW // HOUR * HOUR + HOUR - 1, INSTANCE),
            ("the next hour", HERS, NOW // HOUR * HOUR + HOUR, INSTANCE),
            ("another community", HIS, NOW, INSTANCE),
            ("another instance", HERS, NOW, "fedcba9876543210"),
            ("no clock", HERS, 0, INSTANCE),
        )
    ]


def entry(data: bytes) -> bytes:
    return bytes((len(data),)) + data


def text_cases() -> list[Case]:
    hour = hour_of(NOW)
    one = hint(OURS, hour, INSTANCE)
    full = field([HERS, OURS], hour, INSTANCE, seed("secret"))
    said = [
        ("all places", entry(b"h=" + full), 0, "ours"),
        ("one place", entry(b"h=" + one), 0, "ours"),
        ("the hour before", entry(b"h=" + one), HOUR, "ours"),
        ("the hour after", entry(b"h=" + one), -HOUR, "ours"),
        ("two hours before", entry(b"h=" + one), 2 * HOUR, None),
        ("two hours after", entry(b"h=" + one), -2 * HOUR, None),
        ("a stranger's", entry(b"h=" + hint(HERS, hour, INSTANCE)), 0, None),
        ("of another instance", entry(b"h=" + hint(OURS, hour, INSTANCE[::-1])), 0, None),
        ("across two places", entry(b"h=1234" + one + b"5678"), 0, None),
        ("after what a later version says", entry(b"x=1") + entry(b"h=" + one), 0, "ours"),
        ("the first h counts", entry(b"h=" + bytes(8)) + entry(b"h=" + one), 0, None),
        ("nothing", b"", 0, "refused"),
        ("no h", entry(b"x=1"), 0, "refused"),
        ("no hint", entry(b"h="), 0, "refused"),
        ("half a hint", entry(b"h=" + one[:4]), 0, "refused"),
        ("nine places", entry(b"h=" + 9 * one), 0, "refused"),
        ("an entry that is cut off", entry(b"h=" + one)[:-1], 0, "refused"),
        ("513 bytes", entry(b"h=" + one) + 251 * entry(b"x"), 0, "refused"),
    ]
    return [
        {
            "name": name,
            "text": text.hex(),
            "instance": INSTANCE,
            "communities": [HIS.hex(), OURS.hex()],
            "now": NOW + later,
            "known": OURS.hex() if known == "ours" else known,
        }
        for name, text, later, known in said
    ]


def content() -> dict[str, Any]:
    """What the file holds."""
    return {
        "about": "hints of nodes on a LAN: docs/sync.md, section 17",
        "hints": hint_cases(),
        "texts": text_cases(),
    }


def text(content: Any) -> str:
    """As it is written."""
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "sync-lan.json").write_text(text(content()), encoding="utf-8")
