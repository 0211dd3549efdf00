"""Writes notices.json: alerts, their maps and digests, a way to deflate them, what is refused.

    .venv/bin/python tests/vectors/generate_notices.py

Deflated bytes may differ from one library to the next; maps and digests may not.
"""

from __future__ import annotations

import json
from pathlib import Path

from blake3 import blake3

from hearth.cap import packing, words
from hearth.cap.model import Alert, Area, Info, Moment, Named, Numbers, Reference, Resource
from hearth.cap.writing import write
from hearth.store import cbor

SENT = Moment(1_795_856_400, 60)
STORM = Info(
    ("Met", "Safety"), "Storm", "Expected", "Severe", "Likely", "en-GB", ("Shelter", "Monitor"),
    "General Public", (Named("SAME", "SVR"),), SENT, Moment(SENT.at + 3600, 60),
    Moment(SENT.at + 86_400, 0), "Weather Office", "Storm tonight", "Gusts up to 120 km/h.\nRain.",
    "Stay indoors.", "https://weather.test/1", "radio 98.2", (Named("FIPS6", ""),),
    (Resource("map", "image/png", 12_345, "https://weather.test/1.png", None, "ab"),),
    (
        Area(
            "Mill Lane", (Numbers(2, (5237, 489, 5240, 489, 5240, 495, 5237, 489)),),
            (Numbers(1, (524, 49, 15)),), (Named("NUTS3", "NL329"),), Numbers(0, (10,)),
            Numbers(1, (1005,)),
        ),
    ),
)  # fmt: skip
ALERTS = {
    "the least": Alert("A1", "w@x.test", Moment(0), "Actual", "Alert"),
    "every field": Alert(
        "A2", "w@x.test", SENT, "Exercise", "Update", "Restricted", "desk", "members", "a b",
        ("profile:1",), "a note",
        (Reference("w@x.test", "A1", Moment(0)), Reference("v@x.test", "A0", None)),
        "I1", (STORM, STORM._replace(language="de", headline="Sturm über Köln")),
    ),
    "UTC by nobody in particular": Alert("A3", "w@x.test", Moment(-1, None), "Test", "Ack"),
}  # fmt: skip


def vectors() -> dict[str, object]:
    """What the file holds."""
    least = cbor.decode(packing.encode(ALERTS["the least"]))
    assert isinstance(least, dict)
    refused = {
        "an identifier with a space": {**least, 1: "A 1"},
        "a status that is none": {**least, 4: 5},
        "a zone that need not be told": {**least, 3: [0, 0]},
        "an empty list": {**least, 10: []},
        "no sender": {key: value for key, value in least.items() if key != 2},
    }
    return {
        "dictionary": {
            "number": words.NUMBER,
            "blake3": blake3(words.DICTIONARY).hexdigest(),
            "bytes": words.DICTIONARY.hex(),
        },
        "alerts": [
            {
                "what": what,
                "cap": write(alert).decode(),
                "map": packing.encode(alert).hex(),
                "digest": packing.digest(alert).hex(),
                "packed": packing.pack(alert).hex(),
            }
            for what, alert in ALERTS.items()
        ],
        "refused": [
            {"what": what, "map": cbor.encode(fields).hex()} for what, fields in refused.items()
        ],
    }


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"
    (Path(__file__).parent / "notices.json").write_text(text, encoding="utf-8")
