"""The vectors of docs/audiences.md are what the program makes, and open as they say."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hearth.audience import objects, sealing, stanzas, vault
from hearth.audience.records import Audience, Descriptor, Prekeys, Scope
from hearth.identity.identity import DeviceSigner
from hearth.store.errors import HearthError
from hearth.sync.cipher import KeyPair

VECTORS = Path(__file__).parent / "vectors"
HELD: dict[str, Any] = json.loads((VECTORS / "audiences.json").read_text())


def test_they_are_what_is_generated() -> None:
    sys.path.insert(0, str(VECTORS))
    from generate_audiences import vectors

    assert vectors() == HELD


@pytest.mark.parametrize("case", HELD["ids"], ids=lambda case: str(case["scope"]))
def test_ids(case: dict[str, Any]) -> None:
    community, subject, key = (
        bytes.fromhex(case[name]) for name in ("community", "subject", "key")
    )
    audience = Audience(community, Scope(case["scope"]), subject)
    assert sealing.key_id(audience, key).hex() == case["id"]


@pytest.mark.parametrize("case", HELD["payloads"], ids=lambda case: str(case["name"]))
def test_payloads(case: dict[str, Any]) -> None:
    who = HELD["who"]
    at = [bytes.fromhex(who[name]) for name in ("key", "community", "device")]
    payload = bytes.fromhex(case["payload"])
    if case["expect"] == "ok":
        inner = sealing.unseal(at[0], at[1], at[2], who["lane"], who["kind"], payload)
        assert inner.hex() == case["inner"]
        return
    with pytest.raises(HearthError) as caught:
        sealing.unseal(at[0], at[1], at[2], who["lane"], who["kind"], payload)
    assert caught.value.code == case["expect"]


def test_the_stanza() -> None:
    case = {name: bytes.fromhex(value) for name, value in HELD["stanza"].items()}
    author = DeviceSigner(case["author_seed"])
    assert author.device == case["author"]
    assert vault.sealing_key(author).public == case["author_sealing_key"]
    own = KeyPair.from_secret(case["recipient_secret"])
    key = stanzas.unwrap(case["stanza"], case["id"], case["community"], case["author"], own)
    assert key == case["key"]
    inner = sealing.unseal(key, case["community"], case["author"], 2, 128, case["box"])
    assert inner == case["descriptor"]
    said = Descriptor.decode(inner)
    audience = Audience(case["community"], said.scope, said.subject)
    assert sealing.key_id(audience, key) == case["id"]
    stated = Prekeys.decode(case["prekeys_body"])
    assert (stated.long, stated.prekey) == (case["author_sealing_key"], own.public)


@pytest.mark.parametrize("case", HELD["objects"], ids=lambda case: str(case["size"]))
def test_objects(case: dict[str, Any]) -> None:
    sealed, key = io.BytesIO(bytes.fromhex(case["object"])), bytes.fromhex(case["key"])
    assert b"".join(objects.unseal(sealed, case["size"], key)).hex() == case["plain"]
