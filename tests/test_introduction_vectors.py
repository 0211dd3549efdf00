"""The vectors of introductions, as written and as read: docs/sync.md, section 18."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hearth.community import statements
from hearth.identity import certificate as certificates
from hearth.mesh.introducing import unseal
from hearth.sync import introducing
from hearth.sync.cipher import KeyPair
from hearth.sync.introducing import Sealed, Shown
from hearth.sync.packing import PeerError

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, Any] = json.loads((FOLDER / "introductions.json").read_text(encoding="utf-8"))
COMMUNITY, SESSION, DEVICE, PERSON, SEAT = (
    bytes.fromhex(VECTORS[name]) for name in ("community", "session", "device", "person", "seat")
)
SHOWN = Shown(SEAT, bytes.fromhex(VECTORS["certificate"]), bytes.fromhex(VECTORS["joins"]))


def test_the_vectors_are_those_the_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the format: `python tests/vectors/generate_introductions.py`."""
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    import generate_introductions

    written = (FOLDER / "introductions.json").read_text(encoding="utf-8")
    assert generate_introductions.text() == written


def test_the_door_and_what_is_shown() -> None:
    assert introducing.door(COMMUNITY).hex() == VECTORS["door"]
    certificate = certificates.decode(SHOWN.certificate)
    assert (certificate.person, certificate.device) == (PERSON, DEVICE)
    assert statements.joins(PERSON, COMMUNITY, SEAT, DEVICE, SHOWN.joins)


@pytest.mark.parametrize("case", VECTORS["messages"], ids=lambda case: case["name"])
def test_a_message(case: dict[str, Any]) -> None:
    body, reader = bytes.fromhex(case["body"]), KeyPair.from_secret(bytes.fromhex(case["reader"]))
    if case["expect"] not in ("ok", "shut"):
        with pytest.raises(PeerError) as caught:
            introducing.read(case["type"], body)
        assert caught.value.code == case["expect"]
        return
    found = introducing.read(case["type"], body)
    assert found.encode() == (case["type"], body)
    if isinstance(found, Sealed):
        shown = unseal(found, SESSION, COMMUNITY, DEVICE, [reader])
        assert shown == (SHOWN if case["expect"] == "ok" else None)
    else:
        assert found == SHOWN
