#!/usr/bin/env python
"""Write the vectors of docs/audiences.md: `python tests/vectors/generate_audiences.py`.

Keys, nonces and ephemeral keys are fixed, so the file comes out the same every time, but for sealed
objects: libsodium draws their header itself. Those that the file has are kept. A vector gives
bytes in hexadecimal and says in `expect` what must come of it: "ok", or the code of the error.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from blake3 import blake3

from hearth.audience import objects, sealing, stanzas, vault
from hearth.audience.records import Audience, Descriptor, Prekeys, Scope
from hearth.identity.identity import DeviceSigner
from hearth.sync.cipher import KeyPair

FILE = Path(__file__).parent / "audiences.json"
Case = dict[str, Any]


def made(name: str) -> bytes:
    """32 bytes that belong to a name."""
    return blake3(b"audience vector " + name.encode()).digest()


def id_cases() -> list[Case]:
    return [
        {
            "community": made("community").hex(),
            "scope": int(scope),
            "subject": made("subject").hex(),
            "key": made("key").hex(),
            "id": sealing.key_id(
                Audience(made("community"), scope, made("subject")), made("key")
            ).hex(),
        }
        for scope in Scope
    ]


def payload_cases() -> list[Case]:
    key, community, device = made("key"), made("community"), made("device")
    nonce = made("nonce")[:12]
    cases = []
    for name, inner in (
        ("empty", b""), ("15 bytes", b"f" * 15), ("16 bytes", b"s" * 16), ("zeros", bytes(5)),
        ("a check-in", b"\xa1\x01\x78\x1eOK at home, water until Friday"),
    ):  # fmt: skip
        payload = sealing.seal(key, community, device, 2, 129, inner, nonce)
        cases.append({"name": name, "payload": payload.hex(), "inner": inner.hex(), "expect": "ok"})
    good = bytes.fromhex(cases[-1]["payload"])
    bad = {
        "a later version": (b"\x02" + good[1:], "newer-seal"),
        "version 0": (b"\x00" + good[1:], "bad-seal"),
        "cut": (good[:-1], "bad-seal"),
        "one byte more": (good + b"\0", "bad-seal"),
        "a flipped bit": (good[:20] + bytes((good[20] ^ 1,)) + good[21:], "bad-seal"),
        "nothing": (b"", "bad-seal"),
    }
    return cases + [
        {"name": name, "payload": data.hex(), "expect": code} for name, (data, code) in bad.items()
    ]


def stanza_case() -> Case:
    audience = Audience(made("community"), Scope.PAIR, made("peer"))
    id = sealing.key_id(audience, made("key"))
    author, recipient = DeviceSigner(made("author")), KeyPair.from_secret(made("prekey"))
    static = vault.sealing_key(author)
    stanza = stanzas.wrap(
        made("key"), id, audience.community, author.device, static, recipient.public,
        KeyPair.from_secret(made("ephemeral")),
    )  # fmt: skip
    descriptor = Descriptor(Scope.PAIR, made("peer"), (author.device,), ()).encode()
    box = sealing.seal(
        made("key"), audience.community, author.device, 2, 128, descriptor, made("nonce")[:12]
    )
    return {
        "community": audience.community.hex(),
        "author_seed": made("author").hex(),
        "author": author.device.hex(),
        "author_sealing_key": static.public.hex(),
        "recipient_secret": recipient.secret.hex(),
        "recipient_public": recipient.public.hex(),
        "id": id.hex(),
        "key": made("key").hex(),
        "stanza": stanza.hex(),
        "descriptor": descriptor.hex(),
        "box": box.hex(),
        "prekeys_body": Prekeys(static.public, recipient.public, 1000, 7_777_000).encode().hex(),
    }


def object_cases() -> list[Case]:
    if FILE.exists():
        kept: list[Case] = json.loads(FILE.read_text())["objects"]
        return kept
    return [
        {
            "key": made("key").hex(),
            "size": len(plain),
            "object": objects.Sealer(io.BytesIO(plain), len(plain), made("key")).read().hex(),
            "plain": plain.hex(),
        }
        for plain in (b"", b"soup", b"x" * 300)
    ]


def vectors() -> dict[str, Any]:
    return {
        "ids": id_cases(),
        "who": {
            "key": made("key").hex(),
            "community": made("community").hex(),
            "device": made("device").hex(),
            "lane": 2,
            "kind": 129,
        },
        "payloads": payload_cases(),
        "stanza": stanza_case(),
        "objects": object_cases(),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
