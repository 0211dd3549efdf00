"""Writes models.json: payloads of MODEL events, what they say, and the ids of the models.

Run it after a change of the format: `python tests/vectors/generate_models.py`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from blake3 import blake3

from hearth.models import records
from hearth.models.records import ModelFile, ModelRecord

HEAD = 19
"""Bytes of a payload up to the end of its salt: the map's head, key 0, 16 bytes with theirs."""


def _hash(text: str) -> bytes:
    return blake3(text.encode()).digest()


RECORDS = (
    ModelRecord(
        "minilm", "embed", "onnx",
        (
            ModelFile("model", _hash("object"), 23_483_000, _hash("model")),
            ModelFile("tokenizer", _hash("other"), 466_247, _hash("tokenizer")),
        ),
        "apache-2.0", "a wheel", 512, 384, 256, "done", "", "",
    ),
    ModelRecord(
        "E5 größer", "embed", "onnx",
        (
            ModelFile("model", _hash("a"), 1, _hash("b")),
            ModelFile("tokenizer", _hash("c"), (1 << 40) - 1, _hash("d")),
        ),
        "", "", 512, 1024, 512, "mean", "query: ", "passage: ",
    ),
    ModelRecord("story", "chat", "gguf", (ModelFile("model", _hash("s"), 9, _hash("t")),),
                "mit", "https://example.org/story.gguf", 4096),
    ModelRecord(
        "judge", "rerank", "onnx",
        (
            ModelFile("model", _hash("e"), 7, _hash("f")),
            ModelFile("tokenizer", _hash("g"), 8, _hash("h")),
        ),
        max_tokens=512,
    ),
)  # fmt: skip


def salted(payload: bytes, name: str) -> bytes:
    """A payload with a salt that is the same every time."""
    return payload[: HEAD - 16] + _hash(name)[:16] + payload[HEAD:]


def vectors() -> dict[str, Any]:
    """What stands in models.json."""
    models = [
        {
            "payload": salted(each.encode(), each.name).hex(),
            "id": each.id.hex(),
            "record": {
                **asdict(each),
                "files": [
                    {"role": file.role, "object": file.object.hex(), "size": file.size,
                     "hash": file.hash.hex()}
                    for file in each.files
                ],
            },
        }
        for each in RECORDS
    ]  # fmt: skip
    gone = RECORDS[0].id
    removal = {"payload": salted(records.removal(gone), "gone").hex(), "id": gone.hex()}
    return {"about": "models: docs/models.md, sections 1 and 2", "models": models,
            "removal": removal}  # fmt: skip


if __name__ == "__main__":
    path = Path(__file__).parent / "models.json"
    path.write_text(json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
