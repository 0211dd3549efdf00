"""The vectors of bundles: they are what their script writes, and they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import generator
import pytest
from bundle_format_kit import drained, header
from log_kit import COMMUNITY

from hearth.bundles import front as fronts
from hearth.store.header import Lane
from hearth.sync.blocks import Blocks
from hearth.sync.bundle import Type
from hearth.sync.packing import PeerError

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, Any] = json.loads((FOLDER / "bundles.json").read_text(encoding="utf-8"))


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS[name]]


def test_the_file_is_what_the_script_writes() -> None:
    """After a change of the format: `python tests/vectors/generate_bundles.py`."""
    script = generator.script("generate_bundles")
    written = (FOLDER / "bundles.json").read_text(encoding="utf-8")
    assert written == script.text(script.content())


@pytest.mark.parametrize("case", cases("whole"))
def test_whole(case: dict[str, Any]) -> None:
    out = drained(bytes.fromhex(case["bundle"]))
    assert out.error is None
    assert out.reader.whole
    assert [[int(type), body.hex()] for type, body in out.records] == case["records"]
    found = out.reader.header
    assert found is not None
    assert (found.encode().hex(), found.id.hex()) == (case["header"], case["id"])
    assert found.front.hex() == case["front"]
    assert found.device.hex() == VECTORS["alice"]


@pytest.mark.parametrize("case", cases("bad"))
def test_bad(case: dict[str, Any]) -> None:
    out = drained(bytes.fromhex(case["bundle"]))
    assert out.code == case["expect"]
    assert [[int(type), body.hex()] for type, body in out.records] == case["records"]


@pytest.mark.parametrize("case", cases("levels"))
def test_levels(case: dict[str, Any]) -> None:
    front = [(Type(type), bytes.fromhex(body)) for type, body in case["front"]]
    if case["says"] is None:
        with pytest.raises(PeerError):
            fronts.read(header(), front)
        return
    found = fronts.read(header(salt=bytes.fromhex(VECTORS["salt"])), front)
    said: dict[str, Any] = {
        "chains": [
            [tag.hex(), length, head.hex()]
            for told in found.chains.values()
            for tag, (length, head) in told.items()
        ],
        "runs": flat(found.runs),
        "slots": [[tag.hex(), count, id.hex()] for tag, (count, id) in found.slots.items()],
        "objects": [id.hex() for id in found.objects],
        "wants": [id.hex() for id in found.wants],
        "brings": flat(found.brought),
        "brings_slots": [tag.hex() for tag in found.brought_slots],
    }
    for name, made in said.items():
        assert sorted(made) == sorted(case["says"].get(name, [])), name


@pytest.mark.parametrize("case", cases("blocks"))
def test_blocks(case: dict[str, Any]) -> None:
    reader = Blocks(COMMUNITY, Lane.CHAT)
    blocks = [bytes.fromhex(block) for block in case["blocks"]]
    if case["events"] is None:
        with pytest.raises(PeerError):
            list(map(reader.read, blocks))
        return
    found: list[Any] = []
    for read in map(reader.read, blocks):
        records = zip(read.headers, read.signatures, read.payloads, strict=True)
        found += ([part and part.hex() for part in record] for record in records)
    assert found == case["events"]


def flat(lanes: dict[int, dict[bytes, list[tuple[int, int, bytes]]]]) -> list[list[Any]]:
    return [
        [tag.hex(), first, last, head.hex()]
        for lane in lanes.values()
        for tag, runs in lane.items()
        for first, last, head in runs
    ]
