"""Records of runs: what was written is read again, whatever a model wrote, and nothing else is."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from hearth import kinds
from hearth.agent import records
from hearth.agent.account import Account, Said, Source
from hearth.agent.errors import BadRecordError, NotARecordError
from hearth.agent.run import Taken
from hearth.home import Home, create
from hearth.store import cbor
from hearth.store.header import Lane
from hearth.store.ids import UnknownId

ODD: tuple[Any, ...] = (None, -1, "x", b"x", [], [[]], [["a", 1]], {0: 1}, True)
NOW = 1_800_000_000
SMALL = Account(
    "how?", "tiny", "here", True, ("house",),
    (Taken("done", "I look.", "search", {"query": "é 水"}, "[1] Store\nKeep it.", (1,)),
     Taken("malformed", "", "", {"wrote": "{"}, "is not JSON")),
    "malformed", "", "extractive", "weak",
    (Said("Keep it.", (1,)),), (Said("Burn it.", (1, 9), ("not said", "nor that")),),
    (Source(1, "Store", "ab12:0", b"d" * 32, "house"), Source(2, "calculated: 1 + 1 = 2")), 1234,
)  # fmt: skip


def test_there_and_back() -> None:
    assert records.decode(records.encode(SMALL)) == SMALL


def test_a_later_program_may_add_keys() -> None:
    fields: Any = cbor.decode(records.encode(SMALL))
    assert records.decode(cbor.encode(fields | {20: "more"})) == SMALL


@pytest.mark.parametrize("wide", ["x", "é", "水", "🚰", "\udc80"])
def test_the_longest_run_fits_and_is_cut(wide: str) -> None:
    """Everything as long as a model can make it, in every width of character."""
    taken = Taken("done", wide * 9000, "search", {"query": wide * 9000, wide: [wide] * 900},
                  wide * 30_000, tuple(range(9)))  # fmt: skip
    said = Said(wide * 5000, (1, 2, 3, 4), (wide * 5000,) * 3)
    source = Source(7, wide * 5000, "ab12:7", b"d" * 32, "house")
    big = SMALL._replace(
        question=wide * 9000, model=wide * 900, where=wide * 900, failure=wide * 9000,
        corpora=(wide * 90,) * 70, taken=(taken,) * 7, shown=(said,) * 8, struck=(said,) * 8,
        sources=(source,) * 40,
    )  # fmt: skip
    data = records.encode(big)
    assert len(data) <= records.LARGEST
    read = records.decode(data)
    assert len(read.taken) == 7
    assert read.taken[0].result.endswith("…")
    assert read.question[:90] == (wide * 90).encode("utf-8", "replace").decode()


def test_what_is_no_record_is_refused_and_nothing_else_is_raised() -> None:
    good = records.encode(SMALL)
    fields: Any = cbor.decode(good)
    for key in range(1, 15):
        for value in ODD:
            try:
                records.decode(cbor.encode(fields | {key: value}))
            except BadRecordError:
                continue
        with pytest.raises(BadRecordError):
            records.decode(cbor.encode({k: v for k, v in fields.items() if k != key}))
    chance = random.Random(1)
    for _ in range(500):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            records.decode(bytes(data[: chance.randint(0, len(data))]))
        except BadRecordError:
            continue
    with pytest.raises(BadRecordError):
        records.decode(b"\x80")


def test_it_is_an_event_at_home(tmp_path: Path) -> None:
    create(tmp_path / "h", "t", NOW)
    with Home.open(tmp_path / "h") as home:
        id = records.write(home, SMALL, NOW)
        event, account = records.read(home, id.hex()[:8])
        assert (event.id, account) == (id, SMALL)
        assert event.header.community == home.community
        assert (event.header.lane, event.header.kind) == (Lane.CORPUS, kinds.AGENT_RUN)
        genesis = next(iter(home.store.log.events(kind=kinds.GENESIS)))
        with pytest.raises(NotARecordError):
            records.read(home, genesis.id.hex())
        with pytest.raises(UnknownId):
            records.read(home, "00000000")
        signer = home.signer(NOW)
        with home.store.batch() as batch, batch.transaction() as tx:
            bad = home.store.log.append(
                tx, signer, home.community, Lane.CORPUS, kinds.AGENT_RUN, b"\x00", wall=NOW
            )
        with pytest.raises(BadRecordError):
            records.read(home, bad.id.hex())
