#!/usr/bin/env python
"""Write the vectors of reconciliation: `python tests/vectors/generate_reconcile.py`.

`reconcile-messages.json`: messages in hexadecimal, and what a reader makes of them: "ok" and the
ranges, or the code of the error. A range without `fingerprint` and `ids` is a skip; a timestamp of
null is infinity; `canonical` is false where a writer would spell the same ranges otherwise.

`reconcile-sessions.json`: two sets and everything that is said between them. A set is a list of
runs (first number, how many, first timestamp, items per timestamp); the id of an item is SHA-256
of its number in decimal digits. `frames` are the limits of initiator and responder. Messages of
more than 512 bytes are given by length and SHA-256, the differences by number and SHA-256 of the
sorted ids. The sessions without frames are also the reference implementation's, byte for byte.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from reconcile_kit import OVERLOOKED, between_ours, id_of, items_of

from hearth.sync.fingerprints import INFINITY, varint
from hearth.sync.negentropy_message import (
    MessageError,
    MessageReader,
    Mode,
    version_of,
)

Vector = dict[str, Any]
Runs = Iterable[Iterable[int]]
PRINT = bytes(range(16))
ONE, TWO = id_of(1), id_of(2)


def good() -> list[tuple[str, bytes, bool]]:
    top = varint(2**64 - 1)
    return [
        ("nothing left to do", b"", True),
        ("all skipped", b"\0\0\0", True),
        ("one fingerprint of everything", b"\0\0\1" + PRINT, True),
        ("an empty list", b"\0\0\2\0", True),
        ("a list of two", b"\0\0\2\2" + ONE + TWO, True),
        ("an id twice in a list", b"\0\0\2\2" + ONE + ONE, True),
        ("timestamps are differences", b"\x03\0\0\x04\0\1" + PRINT + b"\1\1\x07\0", True),
        ("a timestamp of two digits", b"\x81\0\0\0", True),
        ("a prefix of 32 bytes", b"\1\x20" + ONE + b"\2\1" + ONE, True),
        ("the highest timestamp", top + b"\0\0", True),
        ("the highest timestamp in two steps", b"\x02\0\0" + varint(2**64 - 2) + b"\0\0", True),
        ("an empty range", b"\x05\0\0\1\0\1" + PRINT, True),
        ("an empty range at the beginning", b"\1\0\0", True),
        ("an empty range after infinity", b"\0\0\2\0\0\0\1" + PRINT, True),
        ("zeros at the end of a prefix", b"\1\x03a\0\0\0", False),
        ("a prefix of infinity", b"\0\1a\2\0", False),
        ("the same bound with and without zeros", b"\1\1a\0\1\2a\0\2\0", False),
    ]


def bad() -> list[tuple[str, bytes]]:
    whole = b"\x61\x81\0\1a\1" + PRINT + b"\0\0\2\1" + ONE
    cuts = [at for at in range(2, len(whole)) if at != 22]
    return [
        ("no bytes at all", b""),
        ("a version that there cannot be, below", b"\x5f"),
        ("a version that there cannot be, above", b"\x70"),
        ("in hexadecimal digits", b"61000000"),
        *((f"cut short after {at} bytes", whole[:at]) for at in (*cuts[:8], *cuts[20:28])),
        ("a byte after the last range", whole + b"\0"),
        ("mode 3", b"\x61\0\0\3"),
        ("mode 128", b"\x61\0\0\x81\0"),
        ("a prefix of 33 bytes", b"\x61\1\x21" + bytes(range(33)) + b"\0"),
        ("a prefix of 2^63 bytes", b"\x61\1" + varint(2**63) + b"\0"),
        ("a list of one id less than it says", b"\x61\0\0\2\3" + ONE + TWO),
        ("a list of 32,768 ids that has none", b"\x61\0\0\2" + varint(32_768)),
        ("a list of 32,769 ids", b"\x61\0\0\2" + varint(32_769)),
        ("a list of 2^64 - 1 ids", b"\x61\0\0\2" + varint(2**64 - 1)),
        ("a timestamp that begins with a zero digit", b"\x61\x80\1\0\0"),
        ("a length that begins with a zero digit", b"\x61\1\x80\0\0"),
        ("a mode that begins with a zero digit", b"\x61\1\0\x80\0"),
        ("a count that begins with a zero digit", b"\x61\0\0\2\x80\0"),
        ("a timestamp of 2^64", b"\x61" + varint(2**64) + b"\0\0"),
        ("a timestamp of a thousand digits", b"\x61" + b"\xff" * 1000 + b"\0\0\0"),
        ("the reserved timestamp", b"\x61\x02\0\0" + varint(2**64 - 1) + b"\0\0"),
        ("timestamps that add up to more than there are",
         b"\x61" + varint(2**63) + b"\0\0" + varint(2**63 + 1) + b"\0\0"),
        ("a timestamp after infinity", b"\x61\0\0\0\1\0\0"),
        ("a shorter prefix at the same timestamp", b"\x61\1\2ab\0\1\1a\0"),
        ("a lower prefix at the same timestamp", b"\x61\1\1b\0\1\1a\0"),
        ("no prefix after a prefix", b"\x61\1\1b\0\1\0\0"),
    ]  # fmt: skip


def messages() -> list[Vector]:
    accepted = [
        {"name": name, "message": (b"\x61" + body).hex(), "expect": "ok", "canonical": canonical,
         "ranges": plain(b"\x61" + body)}
        for name, body, canonical in good()
    ]  # fmt: skip
    refused = [
        {"name": name, "message": message.hex(), "expect": code_of(message)}
        for name, message in bad()
    ]
    return [*accepted, *refused]


def plain(message: bytes) -> list[Vector]:
    reader = MessageReader(message, 1 << 15)
    ranges = []
    while not reader.at_end:
        _, upper, mode, payload = reader.read()
        made: Vector = {
            "timestamp": None if upper == INFINITY else upper.timestamp,
            "prefix": upper.prefix.hex(),
        }
        if mode is Mode.FINGERPRINT:
            made["fingerprint"] = payload.hex()
        elif mode is Mode.ID_LIST:
            made["ids"] = [payload[at : at + 32].hex() for at in range(0, len(payload), 32)]
        ranges.append(made)
    return ranges


def code_of(message: bytes) -> str:
    try:
        version_of(message)
        plain(message)
    except MessageError as error:
        return error.code
    raise SystemExit(f"accepted: {message.hex()}")


def sessions() -> list[Vector]:
    base = [[0, 2000, 1000, 1]]
    few = [[0, 500, 1000, 1], [501, 700, 1501, 1], [1202, 798, 2202, 1]]
    told: list[tuple[str, Runs, Runs, list[int | None]]] = [
        ("two empty sets", [], [], [None, None]),
        ("nothing against one item", [], [[7, 1, 5, 1]], [None, None]),
        ("one item against nothing", [[7, 1, 5, 1]], [], [None, None]),
        ("31 items against 32", [[0, 31, 0, 1]], [[0, 32, 0, 1]], [None, None]),
        ("32 items against 31", [[0, 32, 0, 1]], [[0, 31, 0, 1]], [None, None]),
        ("33 items at one timestamp", [[0, 33, 9, 33]], [[1, 32, 9, 33]], [None, None]),
        ("equal sets", base, base, [None, None]),
        ("two missing here", few, base, [None, None]),
        ("two missing there", base, few, [None, None]),
        ("a missing end", [[0, 1900, 1000, 1]], base, [None, None]),
        ("a missing beginning", [[100, 1900, 1100, 1]], base, [None, None]),
        ("sets that overlap", [[0, 1200, 1000, 5]], [[600, 1200, 1120, 5]], [None, None]),
        ("sets with nothing in common", [[0, 300, 0, 2]], [[300, 300, 1, 2]], [None, None]),
        ("high timestamps", [[0, 100, 2**64 - 101, 1]], [[0, 99, 2**64 - 101, 1]], [None, None]),
        ("the responder cuts", [], base, [None, 4096]),
        ("the initiator cuts", [[0, 3000, 0, 1]], [[0, 3000, 1, 1]], [4096, None]),
        ("both cut", [[0, 900, 0, 1]], [[450, 900, 450, 1]], [4096, 4096]),
        ("both cut, where the reference would overlook 594", *OVERLOOKED, [4096, 4096]),
    ]  # fmt: skip
    made = []
    for name, ours, theirs, frames in told:
        session = between_ours(items_of(ours), items_of(theirs), frames[0], frames[1])
        made.append(
            {
                "name": name,
                "initiator": ours,
                "responder": theirs,
                "frames": frames,
                "messages": [given(message) for message in session.messages],
                "have": summary(session.have),
                "need": summary(session.need),
            }
        )
    return made


def given(message: bytes) -> Vector:
    if len(message) <= 512:
        return {"message": message.hex()}
    return {"length": len(message), "sha256": sha256(message).hexdigest()}


def summary(ids: list[bytes]) -> Vector:
    found = sorted(set(ids))
    return {"count": len(found), "sha256": sha256(b"".join(found)).hexdigest()}


def generated() -> dict[str, list[Vector]]:
    return {"reconcile-messages.json": messages(), "reconcile-sessions.json": sessions()}


def text(vectors: list[Vector]) -> str:
    return json.dumps(vectors, indent=1) + "\n"


if __name__ == "__main__":
    for file, found in generated().items():
        (HERE / file).write_text(text(found))
