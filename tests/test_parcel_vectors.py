"""The vectors of parcels: they are what their script writes, and they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import generator
import pytest
from blake3 import blake3
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from hearth.store.errors import HearthError
from hearth.sync import padding
from hearth.sync.cipher import KeyPair
from hearth.sync.parcel import Audience, Devices, seal
from hearth.sync.parcel_label import audience_mailbox, day_of, device_mailbox, expiry, tag
from hearth.sync.parcel_open import Opener

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, Any] = json.loads((FOLDER / "parcels.json").read_text(encoding="utf-8"))


class Alice:
    def __init__(self) -> None:
        self.device, self._secret = crypto_sign_seed_keypair(bytes.fromhex(VECTORS["alice_seed"]))

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:64]


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS[name]]


def test_the_file_is_what_the_script_writes() -> None:
    """After a change of the format: `python tests/vectors/generate_parcels.py`."""
    script = generator.script("generate_parcels")
    written = (FOLDER / "parcels.json").read_text(encoding="utf-8")
    assert written == script.text(script.content())


def test_lengths_days_mailboxes_and_tags() -> None:
    for size, expected in VECTORS["padded"]:
        assert padding.padded(size) == expected
    for count, expected in VECTORS["stanzas"]:
        assert padding.padded_count(count) == expected
    for now, days, expected in VECTORS["expiry"]:
        assert expiry(now, days) == expected
    for case in VECTORS["mailboxes"]:
        named = {key: bytes.fromhex(value) for key, value in case.items()}
        box = named.pop("mailbox")
        made = audience_mailbox(*named.values()) if len(named) == 1 else None
        assert box == (made or device_mailbox(named["shared"], named["recipient"]))
    for case in VECTORS["tags"]:
        found = tag(bytes.fromhex(case["mailbox"]), day_of(case["now"]))
        assert found.hex() == case["tag"]


@pytest.mark.parametrize("case", cases("seal"))
def test_sealing(case: dict[str, Any]) -> None:
    drawn = iter(case["drawn"])

    def entropy(size: int) -> bytes:
        data = bytes.fromhex(next(drawn))
        assert len(data) == size
        return data

    to: Devices | Audience = Devices([bytes.fromhex(each) for each in case.get("recipients", ())])
    if "audience" in case:
        to = Audience(bytes.fromhex(case["audience"]))
    frames = [bytes((byte,)) * length for byte, length in case["frames"]]
    made = seal(
        frames, Alice(), to, bytes.fromhex(VECTORS["tag"]), VECTORS["expires"], entropy=entropy
    )
    assert len(made) == case["length"]
    assert next(drawn, None) is None
    if "parcel" in case:
        assert made.hex() == case["parcel"]
    else:
        assert blake3(made).hexdigest() == case["blake3"]


@pytest.mark.parametrize("case", cases("open"))
def test_opening(case: dict[str, Any]) -> None:
    own = KeyPair.from_secret(bytes.fromhex(VECTORS["bob_secret"]))
    opener = Opener([own], [bytes.fromhex(VECTORS["audience"])])
    opener.feed(bytes.fromhex(case["parcel"]))
    opener.end()
    frames, code = [], "ok"
    try:
        while (frame := opener.read()) is not None:
            frames.append(frame.hex())
    except HearthError as error:
        code = error.code
    assert (frames, code) == (case["frames"], case["expect"])
    assert opener.whole == (code == "ok")
    if code == "ok":
        assert opener.sender == Alice().device
