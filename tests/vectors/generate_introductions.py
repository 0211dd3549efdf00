"""Writes the vectors of introductions (`introductions.json`) again: docs/sync.md, section 18.

The tests compare what this would write with what is committed, and run them. `expect` is `ok`,
`shut` (a message that the keys do not open), or the code of the error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from community_kit import certificate, key, person, seed

from hearth.audience import sealing, stanzas
from hearth.community import statements
from hearth.kinds import DEVICE
from hearth.mesh.introducing import session_id
from hearth.store.header import Lane
from hearth.sync.cipher import KeyPair
from hearth.sync.introducing import Sealed, Shown, door

Case = dict[str, Any]
COMMUNITY = seed("a community")
SESSION = seed("a handshake") + seed("its other half")
SEAT = seed("an admission")
DEVICE_KEY = key("otto")
STATIC, READER, OTHER = (KeyPair.from_secret(seed(name)) for name in ("static", "ada", "eve"))
JOINS = statements.sign_joins(
    statements.signer(seed("person otto")), COMMUNITY, SEAT, DEVICE_KEY.device
)
SHOWN = Shown(SEAT, certificate("otto", "otto"), JOINS)


def sealed(session: bytes = SESSION, community: bytes = COMMUNITY) -> bytes:
    secret, id = seed("one key"), session_id(session)
    made = [
        stanzas.wrap(
            secret, id, community, DEVICE_KEY.device, STATIC, pair.public,
            KeyPair.from_secret(seed(name)),
        )
        for pair, name in ((OTHER, "first"), (READER, "second"))
    ]  # fmt: skip
    box = sealing.seal(
        secret, community, DEVICE_KEY.device, Lane.CONTROL, DEVICE, b"".join(SHOWN),
        seed("a nonce")[:12],
    )  # fmt: skip
    return Sealed(box, tuple(made)).encode()[1]


def case(name: str, type: int, body: bytes, expect: str, reader: KeyPair = READER) -> Case:
    return {
        "name": name, "type": type, "body": body.hex(), "reader": reader.secret.hex(),
        "expect": expect,
    }  # fmt: skip


def cases() -> list[Case]:
    good, shown = sealed(), SHOWN.encode()[1]
    flipped = good[:40] + bytes((good[40] ^ 1,)) + good[41:]
    return [
        case("sealed to two", 40, good, "ok"),
        case("and the other of them", 40, good, "ok", OTHER),
        case("to nobody who reads it", 40, good, "shut", STATIC),
        case("a bit of the box", 40, flipped, "shut"),
        case("of another connection", 40, sealed(session=bytes(64)), "shut"),
        case("of another community", 40, sealed(community=bytes(32)), "shut"),
        case("no stanza", 40, good[:286], "shut"),
        case("half a stanza", 40, good[:-64], "bad-message"),
        case("less than a box", 40, good[:285], "bad-message"),
        case("128 stanzas", 40, good[:286] + good[-128:] * 128, "ok"),
        case("129 stanzas", 40, good[:286] + good[-128:] * 129, "over-limit"),
        case("of version 2", 40, b"\2" + good[1:], "unexpected-introduction"),
        case("shown", 41, shown, "ok"),
        case("shown, a byte short", 41, shown[:-1], "bad-message"),
        case("shown, a byte long", 41, shown + b"\0", "bad-message"),
        case("shown, of version 2", 41, b"\2" + shown[1:], "unexpected-introduction"),
        case("another message", 32, b"\1", "unexpected-introduction"),
    ]


def vectors() -> dict[str, Any]:
    return {
        "community": COMMUNITY.hex(),
        "door": door(COMMUNITY).hex(),
        "session": SESSION.hex(),
        "device": DEVICE_KEY.device.hex(),
        "person": person("otto").hex(),
        "seat": SHOWN.seat.hex(),
        "certificate": SHOWN.certificate.hex(),
        "joins": SHOWN.joins.hex(),
        "messages": cases(),
    }


def text() -> str:
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "introductions.json").write_text(text(), encoding="utf-8")
