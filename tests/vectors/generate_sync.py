#!/usr/bin/env python
"""Write the vectors of the transport: `python tests/vectors/generate_sync.py`.

Keys and bytes are fixed, so the files come out the same every time; `tests/test_sync_vectors.py`
compares them with what is committed, and runs them. A vector names what it tries, gives bytes
in hexadecimal, and says in `expect` what must come of it: "ok", or the code of the error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from sync_kit import Device, keys, local, seed

from hearth.sync.cipher import CipherState
from hearth.sync.errors import Code
from hearth.sync.frames import Frame, FrameWriter, Kind, Padding
from hearth.sync.handshake import Handshake
from hearth.sync.opening import Door

Case = dict[str, Any]


def certificate_cases() -> list[Case]:
    good = local("alice").certificate.encode()
    device, static = Device("alice"), keys("static alice").public
    unlabelled = device.device + static + device.sign(device.device + static)
    as_event = device.device + static + device.sign(b"hearth/event/1\0" + device.device + static)
    return [
        {
            "name": "good",
            "device_seed": seed("device alice").hex(),
            "static_secret": seed("x25519 static alice").hex(),
            "certificate": good.hex(),
            "expect": "ok",
        },
        *(
            {"name": name, "certificate": data.hex(), "expect": "bad-transport-certificate"}
            for name, data in (
                ("one byte short", good[:-1]),
                ("one byte long", good + b"\0"),
                ("another static key", good[:32] + keys("static bob").public + good[64:]),
                ("another device", Device("bob").device + good[32:]),
                ("signature flipped", good[:-1] + bytes((good[-1] ^ 1,))),
                ("signed without the label", unlabelled),
                ("signed under the label of events", as_event),
                ("device of low order", b"\1" + bytes(31) + good[32:64] + bytes(64)),
            )
        ),
    ]


def person(name: str) -> dict[str, str]:
    return {
        "device_seed": seed(f"device {name}").hex(),
        "static_secret": seed(f"x25519 static {name}").hex(),
        "ephemeral_secret": seed(f"x25519 ephemeral {name}").hex(),
    }


def sides(door: Door) -> tuple[Handshake, Handshake]:
    return (
        Handshake.initiate(local("alice"), door, ephemeral=keys("ephemeral alice")),
        Handshake.respond(local("bob"), [door], ephemeral=keys("ephemeral bob")),
    )


def spoken(door: Door) -> tuple[list[bytes], Case]:
    here, there = sides(door)
    messages = [here.data_to_send()]
    there.receive(messages[0])
    messages.append(there.data_to_send())
    here.receive(messages[1])
    messages.append(here.data_to_send())
    there.receive(messages[2])
    ends = here.established, there.established
    frames = [FrameWriter(end.sending).write(Frame(Kind.CLOSE, b"\0")).hex() for end in ends]
    return messages, {
        "messages": [message.hex() for message in messages],
        "handshake_hash": ends[0].handshake_hash.hex(),
        "close_by_initiator": frames[0],
        "close_by_responder": frames[1],
        "expect": "ok",
    }


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(2, "big") + body


def handshake_cases() -> list[Case]:
    member, invited = Door(seed("community")), Door(seed("invitation"), seed("psk"))
    messages, session = spoken(member)
    opening, reply, finish = messages
    of_another = sides(Door(seed("another community")))[0].data_to_send()
    low = b"\1" + bytes(31)
    hostile = [
        ("not hearth", "responder", [b"GET / HTTP/1.1\r\n\r\n"], "NOT_HEARTH"),
        ("opening too long", "responder", [b"\x08\x01" + opening[2:]], "NOT_HEARTH"),
        ("versions descending", "responder", [framed(b"hearth\2\2\1" + opening[10:])],
         "NOT_HEARTH"),
        ("only later versions", "responder", [framed(b"hearth\1\2" + opening[10:])], "VERSION"),
        ("another door", "responder", [of_another], "NO_DOOR"),
        ("hint of another key", "responder", [opening[:18] + keys("eve").public], "NO_DOOR"),
        ("ephemeral of low order", "responder", [opening[:10] + member.hint(low) + low],
         "NOT_GENUINE"),
        ("finish altered", "responder", [opening, finish[:-1] + bytes((finish[-1] ^ 1,))],
         "NOT_GENUINE"),
        ("finish too short", "responder", [opening, b"\0\xff" + finish[2:]], "NOT_HEARTH"),
        ("own opening reflected", "initiator", [opening], "NOT_HEARTH"),
        ("reply altered", "initiator", [reply[:-1] + bytes((reply[-1] ^ 1,))], "NOT_GENUINE"),
        ("version not offered", "initiator", [reply[:2] + b"\2" + reply[3:]], "NOT_HEARTH"),
        ("refused", "initiator", [framed(b"\0\2\3")], "VERSION"),
        ("refused for no reason", "initiator", [framed(b"\0\1")], "NOT_HEARTH"),
    ]  # fmt: skip
    return [
        {"name": "between members", "door": member.key.hex(), **session},
        {
            "name": "by invitation",
            "door": invited.key.hex(),
            "psk": seed("psk").hex(),
            **spoken(invited)[1],
        },
        *(
            {
                "name": name,
                "door": member.key.hex(),
                "side": side,
                "hears": [message.hex() for message in hears],
                "reason": reason,
                "expect": "handshake-failed",
            }
            for name, side, hears, reason in hostile
        ),
    ]


def frame_cases() -> list[Case]:
    key = seed("frame key")

    def wire(*frames: Frame, padding: Padding = Padding.NONE) -> bytes:
        writer = FrameWriter(CipherState(key), padding)
        return b"".join(map(writer.write, frames))

    def sealed(*plaintexts: bytes) -> bytes:
        cipher = CipherState(key)
        return b"".join(framed(cipher.encrypt(text)) for text in plaintexts)

    def last(type: int, body: bytes, urgent: bool = False) -> Frame:
        return Frame(Kind.LAST, bytes((type,)) + body, urgent)

    def message(type: int, body: bytes, urgent: bool = False) -> list[Any]:
        return ["message", type, body.hex(), urgent]

    close = Frame(Kind.CLOSE, bytes((Code.DONE,)))
    one, two, urgent = last(1, b"one"), last(2, b"two"), last(3, b"flood", True)
    begun = Frame(Kind.PART, b"\4be")
    fine = [
        ("one message", wire(one, close), [message(1, b"one"), ["closed", 0]]),
        ("an empty message", wire(last(9, b"")), [message(9, b"")]),
        ("in parts, overtaken", wire(begun, urgent, Frame(Kind.LAST, b"gun")),
         [message(3, b"flood", True), message(4, b"begun")]),
        ("padded", wire(one, two, close, padding=Padding.BUCKETS),
         [message(1, b"one"), message(2, b"two"), ["closed", 0]]),
        ("rekeyed", wire(one, Frame(Kind.REKEY), two), [message(1, b"one"), message(2, b"two")]),
        ("pong", wire(Frame(Kind.PONG, b"12345678")), [["pong", b"12345678".hex()]]),
        ("left in the middle", wire(begun, Frame(Kind.CLOSE, b"\1")), [["closed", 1]]),
        ("closed for an unknown reason", wire(Frame(Kind.CLOSE, b"\x2a")), [["closed", 42]]),
    ]  # fmt: skip
    good = wire(one)
    bad = [
        ("length 16", b"\0\x10" + bytes(16), [], "bad-frame-length"),
        ("altered", good[:-1] + bytes((good[-1] ^ 1,)), [], "not-genuine"),
        ("repeated", good + good, [message(1, b"one")], "not-genuine"),
        ("second first", wire(one, two)[len(good) :], [], "not-genuine"),
        ("unknown kind", sealed(b"\7"), [], "bad-frame-format"),
        ("unknown flag", sealed(b"\x21\1"), [], "bad-frame-format"),
        ("urgent ping", sealed(b"\x13" + bytes(8)), [], "bad-frame-format"),
        ("ping of 7 bytes", sealed(b"\3" + bytes(7)), [], "bad-frame-format"),
        ("part of no bytes", sealed(b"\0"), [], "bad-frame-format"),
        ("last of no bytes", sealed(b"\1"), [], "bad-frame-format"),
        ("padding not zeros", sealed(b"\x81\0\2x\0\1"), [], "bad-frame-format"),
        ("more padding than frame", sealed(b"\x81\0\4x\0\0"), [], "bad-frame-format"),
        ("done in the middle", wire(begun, close), [], "bad-frame-format"),
        ("after the close", wire(close, one), [["closed", 0]], "after-close"),
        ("credit for nothing", wire(Frame(Kind.CREDIT, b"\0\0\0\1")), [], "over-credit"),
        ("cut", wire(one, two)[:-1], [message(1, b"one")], "cut"),
        ("not closed", wire(one, two), [message(1, b"one"), message(2, b"two")], "cut"),
    ]  # fmt: skip
    return [
        *(
            {"name": name, "key": key.hex(), "wire": data.hex(), "events": seen, "expect": "ok"}
            for name, data, seen in fine
        ),
        *(
            {"name": name, "key": key.hex(), "wire": data.hex(), "events": seen, "expect": code}
            for name, data, seen, code in bad
        ),
    ]


def files() -> dict[str, Any]:
    """What each file holds."""
    return {
        "sync-certificate.json": {
            "about": "transport certificates: docs/sync.md, section 3",
            "cases": certificate_cases(),
        },
        "sync-handshake.json": {
            "about": "alice opens, bob answers: a session, or the reason why one side gives up",
            "alice": person("alice"),
            "bob": person("bob"),
            "cases": handshake_cases(),
        },
        "sync-frames.json": {
            "about": "one direction under one key: the events in it, and the error after them; "
            "in those that expect it to be cut, the stream ends there",
            "cases": frame_cases(),
        },
    }


def text(content: Any) -> str:
    """As it is written."""
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / name).write_text(text(content), encoding="utf-8")
