#!/usr/bin/env python
"""Write the vectors of carriers: `python tests/vectors/generate_carriers.py`.

All is deterministic, so the file comes out the same every time; `tests/test_carriers_vectors.py`
compares it with what is committed, and runs it. Bytes are in hexadecimal. A vector of `messages`
gives a message, the length of frames, and frames by their index, further parts among them; one of
`bad` a frame and the code of its error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from blake3 import blake3

from hearth.identity.fingerprint import words
from hearth.sync.carriers import armour, reports, sheets, splitting
from hearth.sync.carriers.reassembly import Pending
from hearth.sync.carriers.reports import Question
from hearth.sync.carriers.splitting import Kind, Message, Parts

HERE = Path(__file__).parent
Case = dict[str, Any]


def content(size: int) -> bytes:
    """So many bytes, the same everywhere."""
    return blake3(b"carriers").digest(length=size)


MESSAGES = [
    ("a short frame", Message(Kind.EVENT, b"\x10" + content(232)), 233, [0]),
    ("a short frame too long for one", Message(Kind.EVENT, b"\x10" + content(233)), 233, [0, 1, 2]),
    ("an empty message", Message(Kind.BUNDLE, b""), 191, [0]),
    ("a message in one frame", Message(Kind.BUNDLE, content(186)), 191, [0]),
    ("one byte more", Message(Kind.BUNDLE, content(187)), 191, [0, 1, 2, 3, 255]),
    ("another kind", Message(15, content(50)), 32, [0, 2, 3, 4, 100]),
    ("that ends in what fills up", Message(Kind.BUNDLE, b"\x80\x00" * 60), 64, [0, 1, 2, 3, 4]),
    ("a sheet", Message(Kind.BUNDLE, content(4096)), 603, [0, 6, 7, 8]),
    ("192 parts", Message(Kind.BUNDLE, content(192 * 91 - 1)), 100, [0, 191, 192, 255]),
    ("two blocks", Message(Kind.BUNDLE, content(192 * 91)), 100, [0, 1, 195, 196, 197, 198, 510]),
]


def messages() -> list[Case]:
    cases = []
    for name, said, frame, indexes in MESSAGES:
        parts = Parts(said, frame)
        frames = {str(index): parts.frame(index).hex() for index in indexes}
        cases.append(
            {
                "name": name, "kind": said.kind, "message": said.data.hex(), "frame": frame,
                "tag": said.tag.hex(), "count": parts.count, "total": parts.total,
                "frames": frames,
            }
        )  # fmt: skip
    return cases


def bad() -> list[Case]:
    part = Parts(Message(Kind.BUNDLE, content(500)), 191).frame(0)
    whole = Parts(Message(Kind.BUNDLE, content(20)), 191).frame(0)
    event = Message(Kind.EVENT, b"\x10abc")
    cases = [
        ("a bit of the content", part[:50] + bytes((part[50] ^ 1,)) + part[51:], "bad-frame"),
        ("a bit of the check", part[:-1] + bytes((part[-1] ^ 1,)), "bad-frame"),
        ("cut", part[:-1], "bad-frame"),
        ("a bit of a whole message", whole[:-1] + bytes((whole[-1] ^ 1,)), "bad-frame"),
        ("nothing", b"", "bad-frame"),
        ("count 1", splitting.checked(b"\x20tag!\x00\x01x"), "bad-frame"),
        ("count 193 in one byte", splitting.checked(b"\x20tag!\x00\xc1x"), "bad-frame"),
        ("count 192 in two bytes", splitting.checked(b"\x50tag!\x00\x00\x00\xc0x"), "bad-frame"),
        ("no content", splitting.checked(b"\x20tag!\x00\x02"), "bad-frame"),
        ("a short frame in a frame", b"\x31" + event.tag + event.data, "bad-frame"),
        ("too long", splitting.checked(b"\x50tag!\0\0\x40\0" + bytes(258)), "over-limit"),
    ]
    return [{"name": name, "frame": frame.hex(), "expect": code} for name, frame, code in cases]


def talk() -> list[Case]:
    question = Question(0, b"\xaa\xbb\xcc\xdd", 20)
    open = Pending(0, question.tag, 20, frozenset({0, 1, 2, 4, 9, 21}), 14)
    cases = [
        ("question", reports.ask(0, question.tag, 20)),
        ("nothing has come", reports.lacking(question, None, 191)),
        ("some have", reports.lacking(question, open, 191)),
        ("complete", reports.complete(question)),
    ]
    made = []
    for name, frame in cases:
        found = reports.read(frame)
        told: Case = {"name": name, "frame": frame.hex(), "tag": found.tag.hex(), "count": 20}
        if isinstance(found, reports.Report):
            told |= {"need": found.need, "missing": list(found.missing)}
        made.append(told)
    return made


def texts() -> list[Case]:
    made = []
    for size, spoken in ((60, False), (300, False), (60, True)):
        frames = Parts(Message(Kind.BUNDLE, content(size)), 191).frames()
        text = armour.write(frames, words() if spoken else None)
        made.append({"words": spoken, "frames": [frame.hex() for frame in frames], "text": text})
    return made


def codes() -> list[Case]:
    frame = Parts(Message(Kind.BUNDLE, content(60)), 191).frame(0)
    return [{"frame": frame.hex(), "text": sheets.to_text(frame)}]


def document() -> str:
    """The whole file."""
    made = {
        "messages": messages(), "bad": bad(), "reports": talk(), "armour": texts(),
        "codes": codes(),
    }  # fmt: skip
    return json.dumps(made, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    (HERE / "carriers.json").write_text(document(), encoding="ascii")
    sys.exit(0)
