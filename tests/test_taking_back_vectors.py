"""The vectors of taking back, as written and as judged: docs/format-events.md, section 7."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hearth import taking_back
from hearth.store.event import event_id
from hearth.store.store import Store

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, Any] = json.loads((FOLDER / "taking-back.json").read_text(encoding="utf-8"))


def test_the_vectors_are_those_the_script_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the format: `python tests/vectors/generate_taking_back.py`."""
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    import generate_taking_back

    written = (FOLDER / "taking-back.json").read_text(encoding="utf-8")
    assert generate_taking_back.text() == written


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_whose_words_a_wish_is_about(case: dict[str, Any], tmp_path: Path) -> None:
    rows = [
        (bytes.fromhex(header), bytes.fromhex(signature), payload and bytes.fromhex(payload))
        for header, signature, payload in [*case["held"], case["wish"]]
    ]
    with Store.create(tmp_path / "h", now=0) as store:
        with store.batch() as batch, batch.transaction() as tx:
            assert store.log.import_events(tx, rows).accepted == len(rows)
        event = store.log.get(event_id(*rows[-1][:2]))
        home: Any = SimpleNamespace(store=store)
        found = taking_back.device_of(home, event)
    assert (found and found.hex()) == case["device"]
