"""The committed vectors of the board are what this program writes and reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import generator
import pytest

from hearth import kinds
from hearth.boards.records import DrillRecord, SiteRecord
from hearth.payload import RecordError

FOLDER = Path(__file__).parent / "vectors"
COMMITTED: dict[str, Any] = json.loads((FOLDER / "boards.json").read_text(encoding="ascii"))


def test_they_are_what_is_written() -> None:
    """After a change of the format: `python tests/vectors/generate_boards.py`."""
    module = generator.script("generate_boards")
    assert module.vectors() == COMMITTED


def test_sites_are_read_and_written() -> None:
    found = {}
    for each in COMMITTED["sites"]:
        record = SiteRecord.decode(bytes.fromhex(each["payload"]))
        assert record.subject.hex() == each["site"]
        assert SiteRecord.decode(record.encode()) == record
        found[each["what"]] = each["site"]
    assert found["the least"] == found["the same site"] != found["an exercise is another"]


def test_drills_are_read_and_written() -> None:
    for each in COMMITTED["drills"]:
        record = DrillRecord.decode(bytes.fromhex(each["payload"]))
        assert DrillRecord.decode(record.encode()) == record


def test_the_rest_is_refused() -> None:
    for each in COMMITTED["refused"]:
        record = SiteRecord if each["kind"] == kinds.SITE else DrillRecord
        with pytest.raises(RecordError):
            record.decode(bytes.fromhex(each["payload"]))
