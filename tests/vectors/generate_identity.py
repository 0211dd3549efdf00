#!/usr/bin/env python
"""Write the vectors of docs/identity.md: `python tests/vectors/generate_identity.py`.

`tests/test_identity_vectors.py` compares them with what is committed, and runs them.
`certificates`: bytes, and "ok" or the code of the error. `keys`: a key file, the passphrase that
opens it, and its seed. `derived`: a device's seed, a context and the key, for invitations with the
ticket's seed and the request key. `words`: a key and its four words.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from blake3 import blake3
from nacl.signing import SigningKey

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from hearth.community.acts import request_key
from hearth.identity import certificate, fingerprint, keyfile
from hearth.identity.identity import DeviceSigner
from hearth.store.disk import Disk

SEED, DEVICE, ISSUED = b"\1" * 32, b"\2" * 32, 1_800_000_000
CONTEXTS = (
    "hearth 2026 transport key of a device",
    "hearth 2026 sealing key of a device",
    "hearth 2026 vault of a device",
    "hearth 2026 names of what a device tells of reading",
    "hearth 2026 readers of a bundle",
)
PASSPHRASE = "four score and seven"
CHEAP = keyfile.Strength(1, keyfile.MIN_MEMORY)


def certificates() -> list[dict[str, str]]:
    device = DeviceSigner(DEVICE).device
    good = certificate.certify(SEED, device, ISSUED).encode()
    small = bytes((1, *bytes(31)))
    of_nobody = SigningKey(SEED).sign(
        b"hearth/device-certificate/1\0" + good[:32] + small + good[64:72]
    )
    cases = {
        "whole": (good, "ok"),
        "issued at 0": (certificate.certify(SEED, device, 0).encode(), "ok"),
        "another time": (good[:71] + b"\1" + good[72:], "bad-certificate"),
        "signed by the device": (
            good[:72] + SigningKey(DEVICE).sign(good[:72]).signature,
            "bad-certificate",
        ),
        "without the label": (
            good[:72] + SigningKey(SEED).sign(good[:72]).signature,
            "bad-certificate",
        ),
        "a device of small order": (
            good[:32] + small + good[64:72] + of_nobody.signature,
            "bad-certificate",
        ),
        "a byte short": (good[:-1], "bad-certificate"),
        "a byte more": (good + b"\0", "bad-certificate"),
    }
    return [
        {"name": name, "certificate": data.hex(), "expect": expect}
        for name, (data, expect) in cases.items()
    ]


def keys() -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    committed = HERE / "identity.json"
    for kind, passphrase in (("person", None), ("device", PASSPHRASE)):
        if passphrase is not None and committed.exists():  # salt and nonce are random
            found.append(json.loads(committed.read_text(encoding="ascii"))["keys"][1])
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.key"
            keyfile.write_key(Disk(), path, kind, SEED, passphrase, CHEAP)
            text = path.read_text(encoding="ascii")
        found.append({"kind": kind, "file": text, "passphrase": passphrase, "seed": SEED.hex()})
    return found


def derived() -> list[dict[str, str]]:
    signer = DeviceSigner(DEVICE)
    found = [
        {"seed": DEVICE.hex(), "context": each, "key": signer.derive(each).hex()}
        for each in CONTEXTS
    ]
    ticket = blake3(b"a ticket").digest()[:16]
    opens = request_key(signer, ticket)
    found.append({
        "seed": DEVICE.hex(), "context": "hearth 2026 request key of an invitation",
        "ticket": ticket.hex(), "key": opens.secret.hex(), "public": opens.public.hex(),
    })  # fmt: skip
    return found


def words() -> list[dict[str, str]]:
    return [
        {"key": key.hex(), "words": fingerprint.fingerprint(key)}
        for key in (bytes(32), bytes(range(32)), DeviceSigner(DEVICE).device)
    ]


def vectors() -> dict[str, Any]:
    return {
        "certificates": certificates(),
        "keys": keys(),
        "derived": derived(),
        "words": words(),
    }


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1)
    (HERE / "identity.json").write_text(text + "\n", encoding="ascii")
