"""The vectors of manifests and packs: what is on disk is what the specification says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hearth.store import ids, manifest, packs
from hearth.store.disk import Disk
from hearth.store.errors import CorruptError, HearthError

VECTORS = Path(__file__).parent / "vectors"


def load(name: str) -> list[Any]:
    vectors = json.loads((VECTORS / f"{name}.json").read_text())
    assert len(vectors) > 10
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


@pytest.mark.parametrize("vector", load("store-manifests"))
def test_manifests(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["bytes"])
    assert ids.of(data).hex() == vector["id"]
    found = manifest.decode(data)
    if vector["expect"] == "object":
        assert found is None
    else:
        assert found is not None
        assert (found.length, found.whole.hex()) == (vector["length"], vector["whole"])
        assert [[id.hex(), length] for id, length in found.chunks] == vector["chunks"]
        assert manifest.encode(found) == data


@pytest.mark.parametrize("vector", load("store-packs"))
def test_packs(vector: dict[str, Any], tmp_path: Path) -> None:
    pack = bytes.fromhex(vector["pack"])
    path = packs.path_of(tmp_path, pack)
    path.write_bytes(bytes.fromhex(vector["bytes"]))
    with Disk().open(path) as file:
        try:
            packs.check_head(file, pack)
            head = "ok"
        except HearthError as error:
            head = error.code
        assert head == vector["head"]
        found = [said(item) for item in packs.scan(file, pack)]
    assert found == vector["records"]


def said(item: Any) -> dict[str, Any]:
    if isinstance(item, packs.Damage):
        return {"damage": [item.offset, item.end]}
    record, stored = item
    try:
        content = packs.open_bytes(record, stored).hex()
    except CorruptError:
        erased = record.type == packs.RecordType.PAYLOAD and not any(stored)
        content = "erased" if erased else "corrupt"
    return {"type": record.type, "id": record.id.hex(), "content": content}
