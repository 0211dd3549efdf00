#!/usr/bin/env python
"""Write the vectors of the event formats: `python tests/vectors/generate.py`.

Keys and bytes are fixed, so the files come out the same every time; `tests/test_log_vectors.py`
compares them with what is committed, and runs them. A vector names what it tries, gives bytes
in hexadecimal, and says in `expect` what must come of it: "ok", or the code of the error. `row`
points to the list of attacks that this format was designed against.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from log_kit import COMMUNITY, WALL, Device, Made, make

from hearth.store import cbor, event, forks, slots
from hearth.store.header import Header, Lane, encode

Vector = dict[str, Any]
ANNE, BERT, CARL = Device("Anne"), Device("Bert"), Device("Carl")
_HEADER = Header(
    COMMUNITY, ANNE.device, Lane.CHAT, 2, bytes(32), 9, bytes(range(32, 64)), 300, WALL, 1,
    bytes(range(64, 96)), 65_536, bytes(range(96, 128)), (b"\1" * 32, b"\2" * 32), (b"r" * 32,),
)  # fmt: skip
BASE = encode(_HEADER)


def cbor_vectors() -> list[Vector]:
    good: list[Any] = [
        0, 1, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53 - 1, -1, -24, -25, -256,
        -257, 1 - 2**53, None, True, False, b"", b"\0", bytes(24), "", "a",
        "\u00fc\u6c34\U00010151", "\0", [], [1, [2, 3]], {}, {0: 1, 23: [b"x", "y", None]},
        [[[[[[[[]]]]]]]], [0] * 4095,
    ]  # fmt: skip
    vectors = [
        {"name": f"value {number}", "input": cbor.encode(value).hex(), "expect": "ok",
         "value": plain(value)}
        for number, value in enumerate(good)
    ]  # fmt: skip
    deep = {"repeat": "81", "times": 9, "then": "80"}
    bad: list[tuple[int, str, str | dict[str, Any]]] = [
        (1, "nine arrays deep", deep),
        (1, "400 arrays deep", {**deep, "times": 400}),
        (1, "100,000 arrays deep", {**deep, "times": 100_000, "then": ""}),
        (1, "nine maps deep", {"repeat": "a100", "times": 9, "then": "00"}),
        (2, "nine tags deep", {"repeat": "c6", "times": 9, "then": "00"}),
        (3, "bytes of length 2^63", "5b8000000000000000"),
        (3, "bytes of length 2^32", "5b0000000100000000"),
        (3, "text of length 2^63", "7b8000000000000000"),
        (4, "array of 2^62", "9b4000000000000000"),
        (5, "map of 2^62", "bb4000000000000000"),
        (5, "map of 2^63: twice that is no 64-bit number", "bb8000000000000000"),
        (6, "five megabytes of empty arrays", {"repeat": "80", "times": 5_000_000}),
        (6, "an array of 4096: 4097 items", {"repeat": "00", "times": 4096, "before": "991000"}),
        (7, "key twice", "a201000100"),
        (8, "key twice, the second not in its shortest form", "a20100180100"),
        (9, "key 1.0", "a1fa3f80000000"),
        (9, "key true", "a1f500"),
        (9, "text as key", "a1616100"),
        (9, "negative key", "a12000"),
        (15, "key 24", "a1181800"),
        (10, "23 in two bytes", "1817"),
        (10, "0 in two bytes", "1800"),
        (10, "255 in three", "1900ff"),
        (10, "65,535 in five", "1a0000ffff"),
        (10, "2^32 - 1 in nine", "1b00000000ffffffff"),
        (10, "-1 in two", "3800"),
        (11, "length of a text not in its shortest form", "780161"),
        (11, "length of an array not in its shortest form", "980100"),
        (12, "array without end", "9f00ff"),
        (12, "map without end", "bf0000ff"),
        (12, "bytes without end", "5f4100ff"),
        (12, "text without end", "7f6161ff"),
        (13, "nested pieces", "5f5f4100ffff"),
        (14, "keys out of order", "a202000100"),
        (16, "a byte too many", "0000"),
        (16, "a whole value too many", "01f6"),
        (19, "half float", "f93c00"),
        (19, "not a number, with a payload", "fb7ff8000000000001"),
        (19, "negative zero", "f98000"),
        (20, "undefined", "f7"),
        (20, "simple value 16", "f0"),
        (20, "simple value 24", "f818"),
        (20, "true in two bytes", "f815"),
        (20, "simple value 255", "f8ff"),
        (21, "tag 35, a regular expression", "d8236428612b29"),
        (21, "tag 36, MIME", "d8246161"),
        (21, "tags 28 and 29, a cycle", "d81c81d81d00"),
        (21, "tag 258, a set", "d9010280"),
        (21, "tag 256, string references", "d9010081d81900"),
        (21, "tag 4, 10^9 digits", "c4821a3b9aca0001"),
        (21, "tag 30, a division by zero", "d81e820100"),
        (22, "tag 2, a big number", "c249010000000000000000"),
        (23, "text that is not UTF-8", "61ff"),
        (23, "text with an overlong form", "62c080"),
        (23, "text with half a surrogate pair", "63eda080"),
        (23, "text that ends inside a character", "61c3"),
        (24, "break alone", "ff"),
        (24, "additional information 28", "1c"),
        (24, "additional information 30 on an array", "9e"),
        (25, "nothing", ""),
        (26, "2^53", "1b0020000000000000"),
        (26, "2^63", "1b8000000000000000"),
        (26, "-2^53", "3b001fffffffffffff"),
        (26, "-2^64", "3bffffffffffffffff"),
        (27, "an array as key", "a18001"),
        (17, "cut inside a number", "1900"),
        (17, "cut inside a text", "6261"),
        (17, "cut inside an array", "8201"),
        (17, "cut between key and value", "a101"),
    ]
    return vectors + [
        {"name": name, "row": row, "input": data, "expect": "bad-encoding"}
        for row, name, data in bad
    ]


def plain(value: Any) -> Any:
    """A value as JSON: bytes and text are objects, so that they differ; maps are lists."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {"map": [[key, plain(item)] for key, item in value.items()]}
    return value


def event_vector(name: str, made: Made, expect: str = "ok", **more: Any) -> Vector:
    header, signature, payload = made.record
    vector: Vector = {
        "name": name,
        **more,
        "header": header.hex(),
        "signature": signature.hex(),
        "payload": None if payload is None else payload.hex(),
        "expect": expect,
    }
    if expect == "ok":
        vector["id"] = made.id.hex()
        vector["fields"] = {
            key: value.hex() if isinstance(value, bytes) else
            [item.hex() for item in value] if isinstance(value, tuple) else value
            for key, value in made.header._asdict().items()
        }  # fmt: skip
    return vector


def event_vectors() -> list[Vector]:
    first = make(ANNE)
    ids = tuple(bytes((number,)) * 32 for number in range(65))
    big = make(
        ANNE, first, make(BERT), bytes(65_536), acts=ids[:64], refs=tuple(reversed(ids[:64])),
        audience=bytes(32), expiry=255, kind=2**32 - 1, wall=2**53 - 1,
    )  # fmt: skip
    vectors = [
        event_vector("the first of a chain", first),
        event_vector("the second, with a tick", make(ANNE, first, make(BERT))),
        event_vector("no payload", make(ANNE, None, None, None)),
        event_vector("everything at its limit", big),
        event_vector("1970", make(ANNE, wall=0), row=49),
        event_vector("an unknown kind", make(ANNE, kind=4_000_000_000)),
        *(event_vector(f"lane {lane.name.lower()}", make(ANNE, lane=lane)) for lane in Lane),
        event_vector("highest numbers", make(ANNE, sequence=2**53 - 1, previous_id=bytes(32),
                                             lamport=2**53 - 1), row=26),
        event_vector("a false Lamport time is not malformed", make(ANNE, lamport=77), row=48),
    ]  # fmt: skip
    return vectors + hostile_headers() + hostile_signatures(first)


def signed(name: str, row: int, header: bytes, expect: str = "bad-header") -> Vector:
    """A hostile header with a signature that is right."""
    return {
        "name": name,
        "row": row,
        "header": header.hex(),
        "signature": ANNE.sign(event.LABEL + header).hex(),
        "payload": None,
        "expect": expect,
    }


def swap(old: str, new: str) -> bytes:
    """The base header with one stretch replaced, where that stretch occurs once."""
    if BASE.count(bytes.fromhex(old)) != 1:
        raise ValueError(old)
    return BASE.replace(bytes.fromhex(old), bytes.fromhex(new))


def hostile_headers() -> list[Vector]:
    wall = "1a" + WALL.to_bytes(4, "big").hex()
    previous, tick = "025820" + "00" * 32, "095820" + bytes(range(32, 64)).hex()
    lists = "82" + "5820" + "01" * 32 + "5820" + "02" * 32
    refs = "815820" + b"r".hex() * 32
    many = "".join("5820" + bytes((number,)).hex() * 32 for number in range(65))
    bad = [
        ("empty", 25, b""),
        ("version 0", 10, swap("9001", "9000")),
        ("17 items", 16, b"\x91" + BASE[1:] + b"\x00"),
        ("15 items", 17, b"\x8f" + BASE[1 : -len(refs) // 2]),
        ("a map", 9, b"\xb0" + BASE[1:]),
        ("a byte too many", 16, BASE + b"\x00"),
        ("array without end", 12, b"\x9f" + BASE[1:] + b"\xff"),
        ("community of 31 bytes", 35, swap("5820" + COMMUNITY.hex(), "581f" + COMMUNITY[1:].hex())),
        ("device of 33 bytes", 35,
         swap("5820" + ANNE.device.hex(), "5821" + ANNE.device.hex() + "00")),
        ("lane 5", 20, BASE.replace(ANNE.device + b"\x02", ANNE.device + b"\x05")),
        ("lane in two bytes", 10, BASE.replace(ANNE.device + b"\x02", ANNE.device + b"\x18\x02")),
        ("sequence 0", 45, swap(previous, "00" + previous[2:])),
        ("sequence 1 with a previous id", 45, swap(previous, "01" + previous[2:])),
        ("sequence 2 without", 45, swap(previous, "02f6")),
        ("sequence 2^53", 26, swap(previous, "1b0020000000000000" + previous[2:])),
        ("sequence -1", 26, swap(previous, "20" + previous[2:])),
        ("sequence 2.0", 19, swap(previous, "f94000" + previous[2:])),
        ("Lamport time 0", 48, swap(tick, "00" + tick[2:])),
        ("Lamport time 2^53", 48, swap(tick, "1b0020000000000000" + tick[2:])),
        ("Lamport time 2^63", 48, swap(tick, "1b8000000000000000" + tick[2:])),
        ("Lamport time not in its shortest form", 10, swap(tick, "1809" + tick[2:])),
        ("tick undefined", 20, swap(tick, "09f7")),
        ("tick tagged", 21, swap(tick, "09d823" + tick[2:])),
        ("tick as text", 9, swap(tick, "097820" + tick[6:])),
        ("kind 2^32", 26, swap("19012c", "1b0000000100000000")),
        ("wall clock 2^63", 49, swap(wall, "1b8000000000000000")),
        ("wall clock 2^53", 49, swap(wall, "1b0020000000000000")),
        ("wall clock before 1970", 49, swap(wall, "20")),
        ("wall clock not a number", 49, swap(wall, "fb7ff8000000000000")),
        ("expiry class 256", 26, swap(wall + "01", wall + "190100")),
        ("payload of 65,537 bytes", 3, swap("1a00010000", "1a00010001")),
        ("payload length without a hash", 40, swap("5820" + bytes(range(64, 96)).hex(), "f6")),
        ("payload hash without a length", 40, swap("1a00010000", "00")),
        ("acts out of order", 14, swap(lists, "82" + lists[70:] + lists[2:70])),
        ("acts twice", 7, swap(lists, "82" + lists[2:70] * 2)),
        ("refs twice", 7, swap(refs, "82" + refs[2:] * 2)),
        ("65 refs", 50, swap(refs, "9841" + many)),
        ("65 acts", 50, swap(lists, "9841" + many)),
        ("a count of refs not in its shortest form", 11, swap(refs, "9801" + refs[2:])),
        ("2^62 refs", 4, swap(refs, "9b4000000000000000")),
        ("more refs than there are", 17, swap(refs, "82" + refs[2:])),
        ("a ref of 31 bytes", 35, swap(refs, "81581f" + refs[8:])),
        ("8193 bytes", 6, swap(refs, "811920005820" + "00" * 8192)[:8193]),
    ]  # fmt: skip
    vectors = [signed(name, row, header) for name, row, header in bad]
    vectors.append(signed("version 2", 10, swap("9001", "9002"), "newer-event"))
    vectors.append(signed("version 23, a longer array", 10, b"\x95\x17" + BASE[2:], "newer-event"))
    vectors.append(signed("version 256", 10, swap("9001", "90190100"), "newer-event"))
    vectors.append(signed("16 items in a longer form", 6, b"\x98\x10" + BASE[1:]))
    return vectors


def hostile_signatures(first: Made) -> list[Vector]:
    header, signature, payload = first.record
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    moved = make(ANNE, community=bytes(32)).record[0]
    low_order = [
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    bad = [
        ("S + L", 29, header, signature[:32] + s.to_bytes(32, "little"), payload, "bad-signature"),
        ("63 bytes", 35, header, signature[:-1], payload, "bad-signature"),
        ("65 bytes", 35, header, signature + b"\0", payload, "bad-signature"),
        ("no label", 36, header, ANNE.sign(header), payload, "bad-signature"),
        ("a slot's label", 36, header, ANNE.sign(slots.LABEL + header), payload, "bad-signature"),
        ("moved to another community", 37, moved, signature, payload, "bad-signature"),
        ("somebody else's signature", 39, header, BERT.sign(event.LABEL + header), payload,
         "bad-signature"),
        ("payload swapped", 40, header, signature, b"other", "bad-payload"),
        ("payload cut", 40, header, signature, b"word", "bad-payload"),
        ("payload where there is none", 40, *make(ANNE, None, None, None).record[:2], b"x",
         "bad-payload"),
    ]  # fmt: skip
    vectors = [
        {
            "name": name,
            "row": row,
            "header": header.hex(),
            "signature": signature.hex(),
            "payload": None if payload is None else payload.hex(),
            "expect": expect,
        }
        for name, row, header, signature, payload, expect in bad
    ]
    for number, key in enumerate(low_order):
        with_key = first.header._replace(device=bytes.fromhex(key))
        vectors.append(
            {
                "name": f"a device key of low order, {number}",
                "row": 30,
                "header": encode(with_key).hex(),
                "signature": (bytes.fromhex(key) + bytes(32)).hex(),
                "payload": None,
                "expect": "bad-device-key",
            }
        )
    return vectors


def slot_vectors() -> list[Vector]:
    def slot(name: str, statement: bytes, expect: str, signer: Device = ANNE) -> Vector:
        signature = signer.sign(slots.LABEL + statement)
        vector = {"name": name, "statement": statement.hex(), "signature": signature.hex(),
                  "expect": expect}  # fmt: skip
        if expect == "ok":
            vector["id"] = event.event_id(statement, signature).hex()
        return vector

    base: list[Any] = [1, COMMUNITY, ANNE.device, 7, b"name", 3, WALL, b"body", [bytes(32)]]

    def changed(place: int, value: Any) -> bytes:
        return cbor.encode([*base[:place], value, *base[place + 1 :]], max_size=1 << 20)

    return [
        slot("whole", cbor.encode(base), "ok"),
        slot("no name, no expiry, no body, no refs",
             cbor.encode([1, COMMUNITY, ANNE.device, 0, b"", 1, None, b"", []]), "ok"),
        slot("name of 64 bytes", changed(4, bytes(64)), "ok"),
        slot("name of 65 bytes", changed(4, bytes(65)), "bad-slot"),
        slot("body of 16 KiB", changed(7, bytes(16_384)), "ok"),
        slot("body of 16 KiB and a byte", changed(7, bytes(16_385)), "bad-slot"),
        slot("counter 0", changed(5, 0), "bad-slot"),
        slot("counter as text", changed(5, "3"), "bad-slot"),
        slot("kind 2^32 - 1", changed(3, 2**32 - 1), "ok"),
        slot("kind 2^32", changed(3, 2**32), "bad-slot"),
        slot("expires in the past of the clock", changed(6, -1), "bad-slot"),
        slot("refs twice", changed(8, [bytes(32)] * 2), "bad-slot"),
        slot("64 refs", changed(8, [bytes((n,)) * 32 for n in range(64)]), "ok"),
        slot("65 refs", changed(8, [bytes((n,)) * 32 for n in range(65)]), "bad-slot"),
        slot("eight items", cbor.encode(base[:8]), "bad-slot"),
        slot("ten items", cbor.encode([*base, []]), "bad-slot"),
        slot("version 0", changed(0, 0), "bad-slot"),
        slot("version 2", changed(0, 2), "newer-slot"),
        slot("version 256", changed(0, 256), "newer-slot"),
        slot("version true", changed(0, True), "bad-slot"),
        slot("nine items in a longer form", b"\x98\x09" + cbor.encode(base)[1:], "bad-slot"),
        slot("a byte too many", cbor.encode(base) + b"\0", "bad-slot"),
        slot("somebody else's signature", cbor.encode(base), "bad-signature", BERT),
        slot("a device key of low order", changed(2, bytes(32)), "bad-device-key"),
    ]  # fmt: skip


def fork_vectors() -> list[Vector]:
    first = make(ANNE)
    low, high = sorted((make(ANNE, first), make(ANNE, first, kind=9)), key=lambda made: made.id)
    third = make(ANNE, first, kind=10)
    junk = make(ANNE, first, kind=11, signature=bytes(64))
    vouching = make(ANNE, junk)
    bert = make(BERT, make(BERT))

    def side(*made: Made) -> list[bytes]:
        return [part for each in made for part in each.record[:2]]

    pair = sorted(((junk, vouching), (third,)), key=lambda way: way[0].id)
    cases: list[tuple[str, Any, str]] = [
        ("two events at one place", [1, side(low), side(high)], "ok"),
        ("one proved by the next", [1, *(side(*way) for way in pair)], "ok"),
        ("the wrong way round", [1, side(high), side(low)], "bad-fork-proof"),
        ("the same twice", [1, side(low), side(low)], "bad-fork-proof"),
        ("different places", [1, side(first), side(low)], "bad-fork-proof"),
        ("different devices",
         [1, *(side(each) for each in sorted((bert, low), key=lambda made: made.id))],
         "bad-fork-proof"),
        ("nobody vouches", [1, *(side(*way[:1]) for way in pair)], "bad-fork-proof"),
        ("a way that does not lead there",
         [1, side(low, vouching), side(high)], "bad-fork-proof"),
        ("an empty side", [1, [], side(high)], "bad-fork-proof"),
        ("half an event", [1, side(low)[:1], side(high)], "bad-fork-proof"),
        ("version 2", [2, side(low), side(high)], "bad-fork-proof"),
        ("version true", [True, side(low), side(high)], "bad-fork-proof"),
        ("one side", [1, side(low)], "bad-fork-proof"),
    ]  # fmt: skip
    vectors = []
    for name, value, expect in cases:
        data = cbor.encode(value, max_size=forks.MAX_PROOF)
        vector: Vector = {"name": name, "row": 44, "proof": data.hex(), "expect": expect}
        if expect == "ok":
            fork = forks.read_proof(data)
            vector["sequence"] = fork.sequence
            vector["ids"] = [fork.low.hex(), fork.high.hex()]
        vectors.append(vector)
    return vectors


def log_vectors() -> list[Vector]:
    """Deliveries, and what a log holds after them. Filled in by running the log once; the
    convergence tests and a reader's eye say whether that is right."""
    from vector_log import scenarios

    return scenarios()


FILES = {
    "cbor.json": cbor_vectors,
    "events.json": event_vectors,
    "slots.json": slot_vectors,
    "forks.json": fork_vectors,
    "logs.json": log_vectors,
}


def render(name: str) -> str:
    return json.dumps(FILES[name](), indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    for name in FILES:
        (HERE / name).write_text(render(name))
