"""The committed vectors of the market are what this program writes and reads."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from hearth.market import codes
from hearth.market.decoding import decode
from hearth.market.errors import MarketRecordError

FOLDER = Path(__file__).parent / "vectors"


def test_they_are_what_is_written() -> None:
    """After a change of the format: `python tests/vectors/generate_market.py`."""
    spec = importlib.util.spec_from_file_location("generate_market", FOLDER / "generate_market.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    committed = json.loads((FOLDER / "market.json").read_text(encoding="ascii"))
    assert committed == module.vectors()


def test_they_are_read() -> None:
    committed = json.loads((FOLDER / "market.json").read_text(encoding="ascii"))
    for each in committed["records"]:
        try:
            decode(each["kind"], bytes.fromhex(each["payload"]))
            found = "ok"
        except MarketRecordError as error:
            found = error.code
        assert found == each["expect"], each
    for each in committed["slips"]:
        slip = codes.read(each["code"])
        assert slip == (codes.mark(bytes.fromhex(each["listing"])), each["slip"])
