#!/usr/bin/env python
"""Write the vectors of bundles: `python tests/vectors/generate_bundles.py`.

Keys and all that is otherwise random are fixed, so the file comes out the same every time;
`tests/test_bundle_vectors.py` compares it with what is committed, and runs it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import log_kit
from bundle_format_kit import (
    ALICE,
    COMMUNITY,
    FRONT,
    RECORDS,
    bundle,
    edges,
    flipped,
    headed,
    header,
    pieces,
    value,
)
from log_kit import Device
from sync_kit import seed

from hearth.bundles.front import list_objects
from hearth.store.header import Lane
from hearth.store.timely import Row
from hearth.sync import message_codec
from hearth.sync.blocks_out import BlockWriter
from hearth.sync.bundle import MAGIC, Type, front_hash
from hearth.sync.delta import Salt
from hearth.sync.messages import SLOTS, Frontier, Listing
from hearth.sync.packing import number

Case = dict[str, Any]
SALT = seed("salt")


def told(records: list[tuple[int, bytes]]) -> list[list[Any]]:
    return [[int(type), body.hex()] for type, body in records]


def whole_cases() -> list[Case]:
    """Bundles and what is in them."""
    made: list[tuple[str, list[Any], list[Any], dict[str, Any]]] = [
        ("nothing but a header", [], [], {}),
        ("a front and what follows it", FRONT, RECORDS, {}),
        ("for nobody in particular", [], [RECORDS[3]], {"communities": ()}),
        ("the second of several parts", FRONT[:1], [RECORDS[3]], {"part": 2, "more": True}),
        ("full", [], RECORDS, {"full": True, "events": 3, "slots": 1, "objects": 1, "size": 4}),
        ("with what a later version added", [(99, b"new"), *FRONT], [(99, b""), *RECORDS], {}),
    ]
    cases = []
    for name, front, records, fields in made:
        head = header(front, **fields)
        known = [each for each in [*front, *records] if each[0] < 99]
        cases.append(
            {
                "name": name,
                "header": head.encode().hex(),
                "id": head.id.hex(),
                "front": front_hash(front).hex(),
                "records": told(known),
                "bundle": bundle(records, front, **fields).hex(),
            }
        )
    return cases


def bad_cases() -> list[Case]:
    """What comes out of bytes that are no whole bundle."""
    data = bundle()
    made, ends = list(pieces()), edges(data)
    all = [*FRONT, *RECORDS]
    cases: list[tuple[str, bytes, int, str]] = [
        ("nothing", b"", 0, "torn-bundle"),
        ("cut in the name", MAGIC[:9], 0, "torn-bundle"),
        ("cut in the header", data[: ends[0] - 1], 0, "torn-bundle"),
        ("cut after the front", data[: ends[4]], 3, "torn-bundle"),
        ("cut one byte before a record ends", data[: ends[6] - 1], 4, "torn-bundle"),
        ("cut where a record ends", data[: ends[6]], 5, "torn-bundle"),
        ("without its end", data[: ends[8]], 7, "torn-bundle"),
        ("a byte after its end", data + b"\0", 7, "bad-bundle"),
        ("another name", b"hearth-bundle 1\n" + data[16:], 0, "bad-bundle"),
        ("of version 2", b"hearth-bundle-2\n", 0, "newer-bundle"),
        ("of version 10", b"hearth-bundle-10\n", 0, "newer-bundle"),
        ("a header of version 2", headed([2]), 0, "newer-bundle"),
        ("a flip in the header", flipped(data, 60, 0), 0, "bad-bundle"),
        ("a flip in the front", flipped(data, ends[1] - 20, 0), 0, "bad-bundle"),
        ("a flip in the second record of events", flipped(data, ends[6] - 17, 0), 4, "bad-bundle"),
        ("two records swapped", b"".join([*made[:6], made[7], made[6], *made[8:]]), 4,
         "bad-bundle"),
        ("a record twice", b"".join([*made[:7], *made[6:]]), 5, "bad-bundle"),
        ("a record left out", b"".join([*made[:6], *made[7:]]), 4, "bad-bundle"),
        ("a record of another bundle",
         b"".join([*made[:6], list(pieces(salt=seed("other salt")))[6], *made[7:]]), 4,
         "bad-bundle"),
        ("events in the front", bundle(RECORDS, [*FRONT, RECORDS[0]]), 0, "bad-bundle"),
        ("a list behind the front", bundle([RECORDS[0], FRONT[0]]), 4, "bad-bundle"),
        ("a length of 4 GiB", b"".join(made[:6]) + b"\x09\xff\xff\xff\xff", 4, "bad-bundle"),
        ("part 0", headed(value(part=0)), 0, "bad-bundle"),
        ("a truth for a number", headed(value(events=True)), 0, "bad-bundle"),
        ("a device that cannot be", headed(value(device=bytes(32))), 0, "bad-bundle"),
        ("signed for something else", headed(value(), label=b"hearth/event/1\0"), 0, "bad-bundle"),
    ]  # fmt: skip
    return [
        {"name": name, "bundle": bad.hex(), "records": told(list(all[:count])), "expect": code}
        for name, bad, count, code in cases
    ]


def level_cases() -> list[Case]:
    """Fronts, and what they say: devices, ids and slots by their tags."""
    salt = Salt(SALT)
    one, two, three = (salt.device(seed(f"device {n}")) for n in range(3))
    head, tail = salt.id(seed("head")), salt.id(seed("tail"))
    plain = ((one, 7, head), (two, 300, tail), (three, 1, head))
    listed = ((one, 5, head), (two, 1, tail))
    frontier = (Type.FRONTIER, message_codec.encode(Frontier(0, Lane.CHAT, plain, ()))[1])
    listing = (Type.LISTING, message_codec.encode(Listing(0, listed))[1])
    knotted = one + number(1) + number(3) + head + one + number(5) + number(9) + tail
    objects = [(seed("object 1"), 4), (seed("object 2"), 300)]
    chat = bytes((Lane.CHAT,))

    def brings(pairs: bytes, runs: bytes) -> tuple[int, bytes]:
        return Type.BRINGS, chat + pairs + runs

    none = number(0)
    cases: list[tuple[str, list[tuple[int, bytes]], Any]] = [
        ("nothing", [], {}),
        ("how far chains are held", [frontier], {"chains": plain}),
        ("runs of a chain with a gap", [(Type.RUNS, chat + number(2) + knotted)],
         {"runs": [(one, 1, 3, head), (one, 5, 9, tail)]}),
        ("slots", [listing], {"slots": listed}),
        ("objects, and wants", [*list_objects(objects), (Type.WANTS, seed("object 3"))],
         {"objects": [id for id, _ in objects], "wants": [seed("object 3")]}),
        ("all of the second chain", [frontier, brings(number(1) + number(1) + none, none)],
         {"chains": plain, "brings": [(two, 1, 300, tail)]}),
        ("the end of the first and of the third",
         [frontier, brings(number(2) + number(0) + number(4) + number(1) + none, none)],
         {"chains": plain, "brings": [(one, 5, 7, head), (three, 1, 1, head)]}),
        ("a stretch in the middle",
         [frontier, brings(none, number(1) + two + number(9) + number(12) + head)],
         {"chains": plain, "brings": [(two, 9, 12, head)]}),
        ("the second slot", [listing, (Type.BRINGS, bytes((SLOTS,)) + number(1) + number(1))],
         {"slots": listed, "brings_slots": [two]}),
        ("more than its author has", [frontier, brings(number(1) + number(3) + none, none)], None),
        ("a base beyond the chain", [frontier, brings(number(1) + number(0) + number(7), none)],
         None),
        ("a run that ends before it begins",
         [(Type.RUNS, chat + number(1) + one + number(3) + number(2) + head)], None),
        ("a lane that is none", [(Type.RUNS, b"\5" + none)], None),
        ("more at the end", [(Type.RUNS, chat + none + b"\0")], None),
        ("wants that are no ids", [(Type.WANTS, bytes(33))], None),
    ]  # fmt: skip
    return [
        {"name": name, "front": told(front), "says": None if says is None else _hex(says)}
        for name, front, says in cases
    ]


def block_cases() -> list[Case]:
    """Blocks of the lane chat, one after another, and the events in them: header, signature, and
    payload or null. What is wrong with some is in the last one."""
    one, two = Device("one"), Device("two")
    talk = [log_kit.make(one, wall=1_800_000_000)]
    for number_, who in enumerate((two, one, one, two), 1):
        previous = next((m for m in reversed(talk) if m.header.device == who.device), None)
        payload = f"says {number_}".encode()
        talk.append(log_kit.make(who, previous, talk[-1], payload, wall=1_800_000_000 + number_))
    rare = log_kit.make(
        two, talk[4], log_kit.make(one, talk[3], talk[4]), b"x" * 300, refs=(seed("object"),),
        acts=(bytes(32), seed("act")), audience=seed("audience"), expiry=3,
    )  # fmt: skip
    absent = log_kit.make(one, talk[3], rare, b"not here", kind=300)
    nothing = log_kit.make(one, absent, None, None)
    lacking = log_kit.Made(absent.header, (*absent.record[:2], None), absent.id)
    gap = log_kit.make(two, log_kit.make(two, rare), None, b"beyond a gap")

    def written(*pages: list[log_kit.Made]) -> list[bytes]:
        writer = BlockWriter(1 << 17)
        runs: dict[bytes, int] = {}
        made = []
        for page in pages:
            rows: list[Row] = [
                (runs.setdefault(each.header.device, len(runs)), each.header.sequence,
                 each.lamport, each.header.kind, *each.record, 0)
                for each in page
            ]  # fmt: skip
            made += list(writer.write(rows))
        return made

    some = written(talk[:3], talk[3:])
    cases: list[tuple[str, list[bytes], list[log_kit.Made] | None]] = [
        ("one event", written(talk[:1]), talk[:1]),
        ("a conversation", written(talk), talk),
        ("the same in two blocks", some, talk),
        ("everything that an event may have", written(talk, [rare, lacking, nothing]),
         [*talk, rare, lacking, nothing]),
        ("beyond a gap", written(talk, [gap]), [*talk, gap]),
        ("the second block without the first", some[1:], None),
        ("a byte too many", [*some, some[1] + b"\0"], None),
        ("cut", [some[0][:-1]], None),
    ]  # fmt: skip
    return [
        {
            "name": name,
            "community": log_kit.COMMUNITY.hex(),
            "lane": Lane.CHAT,
            "blocks": [block.hex() for block in blocks],
            "events": None if events is None else [_hex(each.record) for each in events],
        }
        for name, blocks, events in cases
    ]


def _hex(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _hex(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hex(each) for each in value]
    return value


def content() -> dict[str, Any]:
    """What the file holds."""
    return {
        "about": "bundles: docs/bundles.md, sections 1 to 4. Alice is their author",
        "alice": ALICE.device.hex(),
        "community": COMMUNITY.hex(),
        "salt": SALT.hex(),
        "whole": whole_cases(),
        "bad": bad_cases(),
        "levels": level_cases(),
        "blocks": block_cases(),
    }


def text(content: Any) -> str:
    """As it is written."""
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "bundles.json").write_text(text(content()), encoding="utf-8")
