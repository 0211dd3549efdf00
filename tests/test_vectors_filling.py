"""Every passage gets a vector once, whatever happens; what goes takes its vector along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from program import ROOT
from vectors_kit import Concepts, document, fails_at, index, many, rows

from hearth.ask.examples import ANSWERED, NOT_ANSWERED, SAME_IN_OTHER_WORDS, TRANSLATED
from hearth.corpora.cache import query
from hearth.corpora.index import Index
from hearth.models.errors import ModelError
from hearth.vectors import filling, keeping, packing, tables, waiting
from hearth.vectors.searching import Near
from hearth.vectors.texts import embedded_text

EXAMPLES = (
    len(ANSWERED)
    + len(NOT_ANSWERED)
    + (2 + len(TRANSLATED)) * len(SAME_IN_OTHER_WORDS)
)  # fmt: skip
TEXT = "# Ponds\n\nGoldfish need clean water.\n\n## Winter\n\nA pond is frozen in winter.\n"
OTHER = "# Engines\n\nAn engine makes fumes in a shed.\n"


def passages_embedded(model: Concepts) -> int:
    return len(model.texts) - EXAMPLES


def count(made: Index, table: str) -> int:
    return int(query(made.connection, f"SELECT count(*) FROM {table}")[0][0])


def test_all_get_one_and_a_second_run_finds_nothing_to_do() -> None:
    made, model = index({"Ponds": TEXT, "Engines": OTHER}), Concepts()
    told: list[tuple[int, int]] = []
    filled = filling.fill(made.connection, model, progress=lambda *both: told.append(both))
    assert filled == (len(rows(made)), 0)
    assert told[-1] == (filled.done, filled.done)
    assert passages_embedded(model) == filled.done
    assert filling.fill(made.connection, model) == (0, 0)
    assert passages_embedded(model) == filled.done


def test_what_is_embedded_says_what_it_is_about() -> None:
    made, model = index({"Ponds": TEXT}), Concepts()
    filling.fill(made.connection, model)
    assert "Ponds › Winter\nA pond is frozen in winter." in model.texts
    text = embedded_text("Frostbite\x1fcold, ice\x1ffirst aid", "", "Warm the hands.")
    assert text == "Frostbite\nWarm the hands."
    assert embedded_text("Warm the hands", "", "Warm the hands.") == "Warm the hands."


def test_a_run_that_is_stopped_goes_on_where_it_was() -> None:
    made, model = many(3 * filling.BATCH + 5), Concepts()
    first = filling.fill(made.connection, model, enough=lambda: True)
    assert first == (filling.BATCH, 2 * filling.BATCH + 5)
    assert waiting.lacking(made.connection, model.id) == first.left

    model.before = _dies_after(1)
    with pytest.raises(KeyboardInterrupt):
        filling.fill(made.connection, model)
    assert waiting.lacking(made.connection, model.id) == filling.BATCH + 5

    model.before = lambda texts: None
    assert filling.fill(made.connection, model) == (filling.BATCH + 5, 0)
    assert passages_embedded(model) == len(rows(made))


def _dies_after(batches: int) -> Callable[[Sequence[str]], None]:
    left = [batches]

    def before(texts: Sequence[str]) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    return before


def test_no_more_than_a_batch_is_held() -> None:
    made, model = many(5 * filling.BATCH), Concepts()
    filling.fill(made.connection, model)
    assert max(model.batches[1:]) == filling.BATCH


def test_a_document_taken_out_takes_its_vectors_along(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as made:
        made.add_document("mine", document(TEXT), "Ponds", TEXT)
        made.add_document("mine", document(OTHER), "Engines", OTHER)
        model = Concepts()
        filling.fill(made.connection, model)
        packed = query(
            made.connection,
            "SELECT v.vector FROM vectors AS v JOIN vector_bits AS b ON b.vector = v.id"
            " JOIN index_entries AS e ON b.passage BETWEEN e.first AND e.first + e.count - 1"
            " WHERE e.document = ?",
            (document(TEXT),),
        )
        made.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert all(one in path.read_bytes() for (one,) in packed)
        made.remove_document("mine", document(TEXT))
        made.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data = path.read_bytes()
        assert not any(one in data for (one,) in packed)
        assert count(made, "vectors") == count(made, "vector_bits") == len(rows(made)) == 1


def test_the_same_words_in_two_documents_have_one_vector_until_both_are_gone() -> None:
    same = "The pump stands in the cellar behind the door.\n"
    made, model = index({"Pump": same}), Concepts()
    made.add_document("other", document("else"), "Pump", same)
    filling.fill(made.connection, model)
    assert (count(made, "vector_bits"), count(made, "vectors")) == (2, 1)
    assert passages_embedded(model) == 1
    made.remove_document("mine", document(same))
    assert (count(made, "vector_bits"), count(made, "vectors")) == (1, 1)
    made.remove_document("other", document("else"))
    assert (count(made, "vector_bits"), count(made, "vectors")) == (0, 0)


def test_an_index_made_anew_finds_its_vectors_again() -> None:
    made, model = index({"Ponds": TEXT, "Engines": OTHER}), Concepts()
    filling.fill(made.connection, model)
    made.clear()  # as a program with another version of the tables does
    assert not tables.ready(made.connection)
    assert waiting.having(made.connection, model.id) == 0
    made.add_document("mine", document(OTHER), "Engines", OTHER)
    before = len(model.texts)
    assert filling.fill(made.connection, model) == (1, 0)
    assert len(model.texts) == before
    assert count(made, "vectors") == 1  # what is not there any more has none either


def test_a_document_taken_out_while_it_is_embedded_gets_none() -> None:
    made, model = index({"Ponds": TEXT, "Engines": OTHER}), Concepts()

    def before(texts: Sequence[str]) -> None:
        if any("Goldfish" in text for text in texts):
            made.remove_document("mine", document(TEXT))
            made.add_document("mine", document("New.\n"), "New", "New words stand here now.\n")

    model.before = before
    filling.fill(made.connection, model)
    model.before = lambda texts: None
    assert filling.fill(made.connection, model).left == 0
    near = Near(made.connection, model.id)
    question = model.embed(["New words stand here now."])
    (row, cosine), *_ = near.nearest(question)
    assert made.at([row])[0].title == "New"
    assert cosine > 0.7
    assert count(made, "vector_bits") == len(rows(made)) == 2


def test_vectors_of_two_models_never_mix() -> None:
    made = index({"Ponds": TEXT, "Engines": OTHER})
    one, other = Concepts(64, 1), Concepts(64, 2)
    filling.fill(made.connection, one)
    assert Near(made.connection, other.id).nearest(other.embed(["engine"])) == []
    filling.fill(made.connection, other)
    for model in (one, other):
        (row, cosine), *_ = Near(made.connection, model.id).nearest(model.embed(["motor in shed"]))
        assert made.at([row])[0].title == "Engines"
        assert cosine > 0.5
    tables.keep_model(made.connection, other.id)
    assert count(made, "vectors") == count(made, "vector_bits") == len(rows(made))
    assert waiting.having(made.connection, one.id) == 0


def test_one_text_that_a_model_fails_at_keeps_no_other_from_its_vector() -> None:
    made, model = index({"Ponds": TEXT, "Engines": OTHER}), Concepts()
    model.before = fails_at("fumes in a shed")
    assert filling.fill(made.connection, model).left == 0
    before = len(model.texts)
    assert filling.fill(made.connection, model) == (0, 0)  # and is not tried every time
    assert len(model.texts) == before
    found = [made.at([row])[0].title for row, _ in Near(made.connection, model.id).nearest(
        model.embed(["an engine in a shed"]))]  # fmt: skip
    assert found == ["Ponds", "Ponds"]


def test_a_model_that_fails_at_everything_is_told() -> None:
    made, model = index({"Ponds": TEXT}), Concepts()
    filling.fill(made.connection, model, enough=lambda: True)
    made.add_document("mine", document(OTHER), "Engines", OTHER)
    model.before = fails_at("")
    with pytest.raises(ModelError):
        filling.fill(made.connection, model)


@pytest.mark.parametrize("dimensions", [4, 12, 8200])
def test_dimensions_that_cannot_be_kept(dimensions: int) -> None:
    with pytest.raises(packing.VectorError, match=f"{dimensions} dimensions"):
        filling.fill(index({"Ponds": TEXT}).connection, Concepts(dimensions))


def test_a_model_that_gives_too_few_rows() -> None:
    class Short(Concepts):
        def embed(
            self, texts: Sequence[str], *, question: bool = False, threads: int = 1
        ) -> packing.Matrix:
            made = super().embed(texts, question=question)
            return made if question else made[:-1]

    with pytest.raises(packing.VectorError, match="numbers for 2 texts"):
        filling.fill(index({"Ponds": TEXT}).connection, Short())


def test_vectors_that_are_carried_over_are_those_that_were_there(tmp_path: Path) -> None:
    model = Concepts()
    with Index.open(tmp_path / "old.db") as old:
        old.add_document("mine", document(TEXT), "Ponds", TEXT)
        filling.fill(old.connection, model)
    with Index.open(tmp_path / "new.db") as new:
        keeping.carry(new.connection, tmp_path / "old.db")
        new.add_document("mine", document(TEXT), "Ponds", TEXT)
        before = len(model.texts)
        assert filling.fill(new.connection, model).left == 0
        assert len(model.texts) == before


def test_a_guide_that_is_replaced_keeps_the_meaning_of_what_it_still_says(tmp_path: Path) -> None:
    model = Concepts()
    with Index.open(tmp_path / "old.db") as old:
        for name, text in ("Engines", OTHER), ("Ponds", TEXT):
            old.add_document("guide", document(text), name, text)
        filling.fill(old.connection, model)
    before = len(model.texts)
    with Index.open(tmp_path / "new.db") as new:
        for name, text in ("Ponds", TEXT), ("Cards", "# Cards\n\nNew in this version.\n"):
            new.add_document("guide", document(text), name, text)
        keeping.carry(new.connection, tmp_path / "old.db")
        assert waiting.having(new.connection, model.id) == 2
        assert waiting.lacking(new.connection, model.id) == 1
        near = Near(new.connection, model.id)
        best, _ = near.nearest(packing.unit(model.embed(["fish"])))[0]
        assert query(new.connection, "SELECT title FROM passage_text WHERE rowid = ?", (best,)) == [
            ("Ponds",)
        ]
        assert filling.fill(new.connection, model) == (1, 0)
        assert len(model.texts) == before + 2  # the question, and what is new


@pytest.mark.parametrize("ruin", [b"", b"not a database" * 1000])
def test_what_cannot_be_carried_over_is_made_again(tmp_path: Path, ruin: bytes) -> None:
    (tmp_path / "old.db").write_bytes(ruin)
    model = Concepts()
    with Index.open(tmp_path / "new.db") as new:
        keeping.carry(new.connection, tmp_path / "old.db")
        new.add_document("mine", document(TEXT), "Ponds", TEXT)
        assert filling.fill(new.connection, model) == (2, 0)


def test_the_guides_vectors_are_made_beside_it_and_take_its_place(tmp_path: Path) -> None:
    path = tmp_path / "guide.db"
    with Index.open(path) as made, made.batch():
        for number in range(300):
            text = f"Card{number} says thing{number % 9}.\n"
            made.add_document("guide", document(text), f"Card {number}", text)
    model = Concepts()
    with Index.open(path, read_only=True) as reader:  # as one that believes it never changes
        first = keeping.fill_guide(path, model, enough=lambda: True)
        assert first.left > 0
        assert keeping.fill_guide(path, model).left == 0
        assert len(reader.search(["card7"])) == 1
    assert passages_embedded(model) == 300
    with Index.open(path, read_only=True) as made:
        assert waiting.having(made.connection, model.id) == 300
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".vectors")] == []


KILLED = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from vectors_kit import Concepts
from hearth.corpora.cache import query
from hearth.corpora.index import Index
from hearth.vectors import filling
model = Concepts()
model.before = lambda texts: (print(len(texts), flush=True), sys.stdin.readline())
with Index.open(Path(sys.argv[1])) as made:
    filling.fill(made.connection, model)
"""


@pytest.mark.slow
@pytest.mark.parametrize("batches", [1, 2, 5])
def test_a_process_killed_while_filling_loses_a_batch_at_most(tmp_path: Path, batches: int) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as made, made.batch():
        for number in range(10 * filling.BATCH):
            text = f"Word{number} stands here.\n"
            made.add_document("mine", document(text), f"Title {number}", text)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), str(ROOT / "tests")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(batches + 1):  # the examples come first
            process.stdout.readline()
            process.stdin.write("\n")
            process.stdin.flush()
        process.stdout.readline()  # what comes next has been begun
        process.send_signal(signal.SIGKILL)
    model = Concepts()
    with Index.open(path) as made:
        left = waiting.lacking(made.connection, model.id)
        assert left == (10 - batches) * filling.BATCH
        assert filling.fill(made.connection, model) == (left, 0)
        near = Near(made.connection, model.id)
        assert waiting.having(made.connection, model.id) == 10 * filling.BATCH
        assert np.isfinite(
            [one for _, one in near.nearest(model.embed(["Word7 stands here"]))]
        ).all()
