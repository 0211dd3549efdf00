"""The committed vectors of the market are what this program writes and reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import generator
import pytest
from blake3 import blake3

from hearth.market import codes
from hearth.market.decoding import decode
from hearth.market.folding import FOLD
from hearth.market.words import CATEGORIES, UNITS
from hearth.payload import RecordError
from hearth.store import cbor
from hearth.store.event import verifies

CREDIT: Final = 199

FOLDER = Path(__file__).parent / "vectors"


def test_they_are_what_is_written() -> None:
    """After a change of the format: `python tests/vectors/generate_market.py`."""
    module = generator.script("generate_market")
    committed = json.loads((FOLDER / "market.json").read_text(encoding="ascii"))
    assert committed == module.vectors()


def test_states_are_what_is_judged() -> None:
    """After a change of the rules: `python tests/vectors/generate_market_states.py`."""
    module = generator.script("generate_market_states")
    committed = (FOLDER / "market-states.json").read_text(encoding="ascii")
    assert committed == module.text()


def test_the_page_has_the_categories_and_units_of_the_program() -> None:
    page = (FOLDER.parent.parent / "docs" / "market.md").read_text(encoding="utf-8")
    section = page.split("## 2. ")[1].split("## 3. ")[0]
    codes = " ".join(section.split("`item`")[0].split()).removeprefix("Categories and units ")
    assert codes.strip() == " · ".join(f"`{code}` {name}" for code, name in CATEGORIES.items())
    units = re.findall(r"`(\w+)`", "`item`" + section.split("`item`")[1])
    assert units == list(UNITS)


def test_credit_notes_are_as_described() -> None:
    """Read here as docs/market.md says, section 7: nothing in the program does."""
    committed = json.loads((FOLDER / "market.json").read_text(encoding="ascii"))
    before: bytes | None = None
    for number, each in enumerate(committed["credit"]):
        community, payload = (bytes.fromhex(each[key]) for key in ("community", "payload"))
        fields: Any = cbor.decode(payload)
        assert cbor.encode(fields) == payload
        assert sorted(fields) == [*range(10)]
        signature = fields.pop(9)
        assert len(fields.pop(0)) == 16
        message = b"hearth/credit/1\0" + community + cbor.encode(fields)
        assert message.hex() == each["message"]
        assert blake3(message).hexdigest() == each["note"]
        assert fields[6] == [bytes.fromhex(each["header_device"]), number, before]
        assert verifies(fields[7][0], b"", message, signature)
        assert not verifies(fields[6][0], b"", message, signature)
        with pytest.raises(RecordError):
            decode(CREDIT, payload)
        before = bytes.fromhex(each["note"])
    assert CREDIT not in FOLD.kinds


def test_they_are_read() -> None:
    committed = json.loads((FOLDER / "market.json").read_text(encoding="ascii"))
    for each in committed["records"]:
        try:
            decode(each["kind"], bytes.fromhex(each["payload"]))
            found = "ok"
        except RecordError as error:
            found = error.code
        assert found == each["expect"], each
    for each in committed["slips"]:
        slip = codes.read(each["code"])
        assert slip == (codes.mark(bytes.fromhex(each["listing"])), each["slip"])
