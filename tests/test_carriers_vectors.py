"""The vectors of carriers are what the generator writes, and what the reader reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import generator
import pytest

from hearth.identity.fingerprint import words
from hearth.store.errors import HearthError
from hearth.sync.carriers import armour, reports, sheets
from hearth.sync.carriers.reassembly import Reassembly
from hearth.sync.carriers.reports import Report
from hearth.sync.carriers.splitting import Message, Parts

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "carriers.json").read_text())


def named(group: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", VECTORS[group], ids=lambda case: case.get("name"))


def test_the_vectors_are_what_the_generator_writes() -> None:
    """After a change of the format: `python tests/vectors/generate_carriers.py`."""
    module = generator.script("generate_carriers")
    assert module.document() == (FOLDER / "carriers.json").read_text()


@named("messages")
def test_messages(case: dict[str, Any]) -> None:
    said = Message(case["kind"], bytes.fromhex(case["message"]))
    parts = Parts(said, case["frame"])
    assert (said.tag.hex(), parts.count, parts.total) == (
        case["tag"], case["count"], case["total"],
    )  # fmt: skip
    frames = {int(index): bytes.fromhex(frame) for index, frame in case["frames"].items()}
    for index, frame in frames.items():
        assert parts.frame(index) == frame
    held = Reassembly()
    rest = [parts.frame(index) for index in range(parts.total) if index not in frames]
    found = [held.add(frame) for frame in [*frames.values(), *rest[: parts.count]]]
    assert [each for each in found if each is not None] == [said]


@named("bad")
def test_bad_frames(case: dict[str, Any]) -> None:
    with pytest.raises(HearthError) as caught:
        Reassembly().add(bytes.fromhex(case["frame"]))
    assert caught.value.code == case["expect"]


@named("reports")
def test_reports(case: dict[str, Any]) -> None:
    found = reports.read(bytes.fromhex(case["frame"]))
    assert (found.tag.hex(), found.count) == (case["tag"], case["count"])
    if isinstance(found, Report):
        assert (found.need, list(found.missing)) == (case["need"], case["missing"])
    else:
        assert "need" not in case


@named("armour")
def test_armour(case: dict[str, Any]) -> None:
    frames = tuple(bytes.fromhex(frame) for frame in case["frames"])
    assert armour.read(case["text"], words())[:2] == (frames, ())


@named("codes")
def test_codes(case: dict[str, Any]) -> None:
    assert sheets.from_text(case["text"]) == bytes.fromhex(case["frame"])
