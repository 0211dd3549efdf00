"""The nearest are found, whoever makes the first pass, and what is damaged is found by nobody."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from pathlib import Path

import apsw
import numpy as np
import pytest
from blake3 import blake3
from vectors_kit import Concepts, document, index, many

from hearth.corpora.cache import query
from hearth.corpora.index import Index
from hearth.vectors import filling, packing, scanning, tables, waiting
from hearth.vectors.searching import LEAST, Near

MODEL = b"m" * 32
NAMES = ("sqlite-vec", "numpy", "sqlite-vss")
SCANNERS = (*NAMES[:2], pytest.param(NAMES[2], marks=pytest.mark.slow))  # needs an extra


def working(name: str) -> str:
    """The name of a scanner that works here; skips where it does not."""
    probe = apsw.Connection(":memory:")
    found = scanning.choose(probe, name).name
    probe.close()
    if found != name:
        pytest.skip(f"the extra {'vss' if name == 'sqlite-vss' else 'embed'} is not installed")
    return name


def clustered(count: int, dimensions: int = 128) -> packing.Matrix:
    """Vectors in clusters, as those of real texts lie."""
    rng = np.random.default_rng(7)
    centres = rng.normal(size=(20, dimensions))
    rows = centres[rng.integers(0, 20, count)] + rng.normal(size=(count, dimensions))
    return packing.unit(rows.astype(np.float32))


@pytest.fixture(scope="module")
def large() -> tuple[Index, packing.Matrix]:
    """3,000 passages in two corpora, and their vectors by row."""
    made = Index.memory()
    with made.batch():
        for number in range(3000):
            text = f"Passage {number}.\n"
            made.add_document("ab"[number % 2], blake3(text.encode()).digest(), "", text)
    tables.prepare(made.connection)
    number = tables.add_model(made.connection, MODEL, 128)
    vectors = clustered(3000)
    pairs = zip(packing.pack(vectors), packing.signs(vectors), strict=True)
    for row, (packed, bits) in enumerate(pairs, 1):
        made.connection.execute(
            "INSERT INTO vectors VALUES(?, ?, ?, ?)", (row, number, row.to_bytes(4), packed)
        )
        made.connection.execute(
            "INSERT INTO vector_bits VALUES(?, ?, ?, ?)", (number, row, row, bits)
        )
    return made, packing.unpack(packing.pack(vectors), 128)[0]


@pytest.mark.parametrize("name", SCANNERS)
def test_every_scanner_finds_what_looking_at_everything_finds(
    large: tuple[Index, packing.Matrix], name: str
) -> None:
    made, vectors = large
    near = Near(made.connection, MODEL, working(name))
    assert near.scanner.name == name
    for seed in range(20):
        at = np.random.default_rng(seed).integers(0, 3000)
        question = packing.unit(vectors[[at]] + np.float32(0.05) * clustered(seed + 1)[:1])
        exact = np.argsort(-(vectors @ question[0]), kind="stable")[:10] + 1
        assert [row for row, _ in near.nearest(question, limit=10)] == exact.tolist()


@pytest.mark.parametrize("name", SCANNERS)
def test_corpora_are_told_apart_before_anything_is_ranked(
    large: tuple[Index, packing.Matrix], name: str
) -> None:
    made, vectors = large
    near = Near(made.connection, MODEL, working(name))
    question = vectors[[100]]  # row 101, of corpus "a", like all odd rows
    odd = np.arange(1, 3001, 2)
    for corpus, mine in (("a", odd), ("b", odd + 1)):
        found = [row for row, _ in near.nearest(question, [corpus], limit=300)]
        exact = mine[np.argsort(-(vectors[mine - 1] @ question[0]), kind="stable")]
        assert found[:10] == exact[:10].tolist()
        assert len(found) == 300
    assert near.nearest(question, []) == []
    assert near.nearest(question, ["nobody's"]) == []


@pytest.mark.parametrize(("limit", "candidates"), [(10, LEAST), (LEAST, LEAST), (500, 500)])
def test_so_many_are_compared_exactly(
    large: tuple[Index, packing.Matrix],
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    candidates: int,
) -> None:
    made, vectors = large
    near = Near(made.connection, MODEL, "numpy")
    asked: list[int] = []
    scan = near.scanner.scan

    def counted(connection: apsw.Connection, sought: scanning.Sought) -> list[int]:
        asked.append(sought.limit)
        return scan(connection, sought)

    monkeypatch.setattr(near.scanner, "scan", counted)
    assert len(near.nearest(vectors[:1], limit=limit)) == limit
    assert asked == [candidates]


def test_one_per_cent_where_that_is_more(monkeypatch: pytest.MonkeyPatch) -> None:
    made = many(1)
    made.connection.execute("UPDATE index_entries SET count = 45_000")
    near = Near(made.connection, MODEL, "numpy")
    near._number, near.dimensions = 1, 8
    asked: list[int] = []

    def scan(connection: apsw.Connection, sought: scanning.Sought) -> list[int]:
        asked.append(sought.limit)
        return []

    monkeypatch.setattr(near.scanner, "scan", scan)
    near.nearest(np.eye(1, 8, dtype=np.float32))
    assert asked == [450]


def test_a_scanner_that_does_not_load_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(connection: apsw.Connection, name: str) -> None:
        raise apsw.ExtensionLoadingError("not authorised")

    monkeypatch.setattr(scanning, "load", fails)
    for name in ("auto", *NAMES):
        assert scanning.choose(apsw.Connection(":memory:"), name).name == "numpy"


def test_nothing_else_can_load_an_extension_afterwards() -> None:
    connection = apsw.Connection(":memory:")
    scanning.choose(connection, working("sqlite-vec"))
    with pytest.raises(apsw.SQLError, match="not authorized"):
        connection.execute("SELECT load_extension('x')")


Ruin = Callable[[bytes], bytes]
_NAN = struct.pack("<f", math.nan)
_INF = struct.pack("<f", math.inf)
RUINS: dict[str, Ruin] = {
    "nan": lambda packed: _NAN + packed[4:],
    "infinite": lambda packed: _INF + packed[4:],
    "short": lambda packed: packed[:-1],
    "long": lambda packed: packed + b"\0",
    "empty": lambda packed: b"",
    "zero": lambda packed: bytes(len(packed)),
}


@pytest.mark.parametrize("ruin", RUINS.values(), ids=RUINS)
def test_a_damaged_vector_is_dropped_and_made_again(ruin: Ruin) -> None:
    made, model = many(30), Concepts()
    filling.fill(made.connection, model)
    ((id, packed),) = query(
        made.connection,
        "SELECT v.id, v.vector FROM vectors AS v JOIN vector_bits AS b ON b.vector = v.id"
        " WHERE b.passage = 8",
    )
    made.connection.execute("UPDATE vectors SET vector = ? WHERE id = ?", (ruin(packed), id))
    question = model.embed(["Title 7 Word7"])
    found = Near(made.connection, model.id).nearest(question)
    assert 8 not in dict(found)
    assert len(found) == 29
    assert all(math.isfinite(cosine) for _, cosine in found)
    assert waiting.lacking(made.connection, model.id) == 1
    assert filling.fill(made.connection, model) == (1, 0)
    assert Near(made.connection, model.id).nearest(question)[0][0] == 8


def test_damaged_bits_are_made_again_too() -> None:
    made, model = many(30), Concepts()
    filling.fill(made.connection, model)
    made.connection.execute("UPDATE vector_bits SET bits = x'00' WHERE passage = 8")
    question = model.embed(["Title 7 Word7"])
    for name in ("sqlite-vec", "numpy"):
        assert 8 not in dict(Near(made.connection, model.id, name).nearest(question))
    assert filling.fill(made.connection, model) == (1, 0)
    assert Near(made.connection, model.id).nearest(question)[0][0] == 8


def test_on_a_medium_that_cannot_be_written_damage_is_passed_over(tmp_path: Path) -> None:
    model = Concepts()
    with Index.open(tmp_path / "cache.db") as made:
        for title, text in {"One": "One word.\n", "Two": "Two words.\n"}.items():
            made.add_document("mine", document(text), title, text)
        filling.fill(made.connection, model)
        made.connection.execute("UPDATE vectors SET vector = x'00' WHERE id = 1")
    with Index.open(tmp_path / "cache.db", read_only=True) as made:
        assert len(Near(made.connection, model.id).nearest(model.embed(["word"]))) == 1


def test_where_there_are_no_vectors_nothing_is_near() -> None:
    made, model = index({"One": "One word.\n"}), Concepts()
    near = Near(made.connection, model.id)
    question = model.embed(["word"])
    assert near.nearest(question) == []
    assert near.cosines(question, [1]) == {}
    assert near.dimensions == 0
    filling.fill(made.connection, model)
    wrong = Concepts(128).embed(["word"])
    assert Near(made.connection, model.id).nearest(wrong) == []
