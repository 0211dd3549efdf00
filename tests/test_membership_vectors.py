"""The committed vectors of membership are what this program makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import generator

FOLDER = Path(__file__).parent / "vectors"


def test_they_are_what_is_folded() -> None:
    """After a new kind of act: `python tests/vectors/generate_membership.py`. What they say of the
    kinds there are must never change: docs/membership.md, section 1."""
    committed = (FOLDER / "membership.json").read_text(encoding="ascii")
    assert committed == generator.script("generate_membership").text()


def test_they_tell_something() -> None:
    """Somebody is put out, and a device retired; not everybody is a steward."""
    cases = json.loads((FOLDER / "membership.json").read_text(encoding="ascii"))
    acts = [len(each["events"]) for each in cases]
    assert len({tuple(sorted(each["members"])) for each in cases}) > 4
    assert any(len(each["stewards"]) < len(each["members"]) for each in cases)
    assert any(each["retired"] for each in cases)
    assert min(acts) > 12
