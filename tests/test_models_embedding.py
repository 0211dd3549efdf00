"""Vectors: the same whatever is beside a text, and refused where they are none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import model_kit
import numpy as np
import pytest
from program import ROOT
from sharing_kit import NOW, Neighbour

from hearth.models import adding, files, shelf, tokens
from hearth.models.embedding import Embedder, open_embedder, pooled
from hearth.models.errors import (
    DamagedModelError,
    MissingExtraError,
    ModelError,
    NotAModelError,
)
from hearth.models.records import CLS, DONE, EMBED, MEAN, MODEL, TOKENIZER, ModelFile, ModelRecord
from hearth.models.running import Graph
from hearth.models.shelf import Model
from hearth.store import extras

TEXTS = [model_kit.text(seed, words) for seed, words in enumerate((1, 3, 9, 9, 9, 30, 44))]


def add(who: Neighbour, place: Path, name: str = "tiny", **more: Any) -> Model:
    made = adding.draft(model_kit.folder(place, **more), None, lambda _: None)
    return adding.add(who.home, made, NOW, name=name).model


def test_a_vector_depends_on_its_text_alone(ada: Neighbour, tmp_path: Path) -> None:
    embedder = open_embedder(ada.home, add(ada, tmp_path / "m"))
    together = embedder.embed(TEXTS)
    assert together.shape == (len(TEXTS), model_kit.HIDDEN)
    assert together.dtype == np.float32
    alone = [embedder.embed([text])[0].tobytes() for text in TEXTS]
    assert [row.tobytes() for row in together] == alone
    assert [row.tobytes() for row in embedder.embed(TEXTS[::-1])] == alone[::-1]
    with ThreadPoolExecutor(3) as threads:
        beside = [*threads.map(lambda text: embedder.embed([text])[0].tobytes(), TEXTS)]
    assert beside == alone
    again = open_embedder(ada.home, shelf.find(ada.home, "tiny"))
    assert again.embed(TEXTS).tobytes() == together.tobytes()
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    embedder.close()


def test_no_texts_give_no_rows(ada: Neighbour, tmp_path: Path) -> None:
    embedder = open_embedder(ada.home, add(ada, tmp_path / "m"))
    assert embedder.embed([]).shape == (0, model_kit.HIDDEN)
    assert embedder.embed([""]).shape == (1, model_kit.HIDDEN)
    assert embedder.embed(["\ud800 half a character"]).shape == (1, model_kit.HIDDEN)


def test_it_is_like_the_weights_it_was_made_of(ada: Neighbour, tmp_path: Path) -> None:
    embedder = open_embedder(ada.home, add(ada, tmp_path / "m"))
    tokenizer = tokens.load(model_kit.tokenizer_json(), 48)
    for text, row in zip(TEXTS, embedder.embed(TEXTS), strict=True):
        expected = model_kit.reference(model_kit.weights(), tokenizer.encode(text).ids)
        assert float(row @ expected) > 0.995


def test_what_is_longer_than_the_model_reads_is_cut(ada: Neighbour, tmp_path: Path) -> None:
    embedder = open_embedder(ada.home, add(ada, tmp_path / "m", max_tokens=8))
    six = "boil water safe fire smoke cold"  # and [CLS] and [SEP]
    rows = embedder.embed([six, six + " stove", six + " roof " * 50_000, six[:-5]])
    assert rows[0].tobytes() == rows[1].tobytes() == rows[2].tobytes()
    assert rows[0].tobytes() != rows[3].tobytes()


def test_a_question_has_a_prefix_of_its_own(ada: Neighbour, tmp_path: Path) -> None:
    prompts = {"query": "what ", "passage": "the "}
    embedder = open_embedder(ada.home, add(ada, tmp_path / "m", prompts=prompts))
    plain = open_embedder(ada.home, add(ada, tmp_path / "n", "plain"))
    assert embedder.embed(["boil"]).tobytes() == plain.embed(["the boil"]).tobytes()
    asked = embedder.embed(["boil"], question=True)
    assert asked.tobytes() == plain.embed(["what boil"], question=True).tobytes()
    assert embedder.id != plain.id


def record(data: bytes, dimensions: int, pooling: str = MEAN) -> ModelRecord:
    kept = tuple(ModelFile(role, bytes(32), 1, bytes(32)) for role in (MODEL, TOKENIZER))
    return ModelRecord("m", EMBED, "onnx", kept, dimensions=dimensions, max_tokens=48,
                       pooling=pooling)  # fmt: skip


@pytest.mark.parametrize(
    ("last", "dimensions", "shape", "said"),
    [
        (np.nan, 8, "tokens", "no vector"),
        (np.inf, 8, "tokens", "no vector"),
        (np.float32(3e38), 8, "vector", "no vector"),
        (0.0, 8, "vector", "no vector"),
        (1.0, 9, "tokens", "8 numbers, not 9"),
        (1.0, 7, "vector", "8 numbers, not 7"),
        (np.ones((1, 1, 1, 1)), 8, "tokens", "array of"),
        (np.ones(3), 8, "tokens", "cannot be run"),
    ],
)
def test_what_is_no_vector_is_an_error(last: Any, dimensions: int, shape: str, said: str) -> None:
    data = model_kit.onnx_file(last=last, shape=shape)
    tokenizer = tokens.load(model_kit.tokenizer_json(), 48)
    with pytest.raises(ModelError, match=said):
        Embedder(record(data, dimensions), Graph(data, optimise=True), tokenizer).embed(["boil"])


def test_pooling() -> None:
    three = np.arange(24, dtype=np.float32).reshape(1, 3, 8)
    assert pooled(three, CLS, 3).tolist() == three[0, 0].tolist()
    assert pooled(three, MEAN, 3).tolist() == three[0].mean(axis=0).tolist()
    assert pooled(three[:, 0], DONE, 3).tolist() == three[0, 0].tolist()
    for wrong, pooling, count in ((three, DONE, 3), (three, MEAN, 4), (three[0], MEAN, 3)):
        with pytest.raises(ModelError):
            pooled(wrong, pooling, count)


def test_a_graph_that_wants_something_else_is_refused() -> None:
    from onnx import TensorProto, helper

    wants = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1])]
    node = helper.make_node("Identity", ["pixels"], ["out"])
    gives = [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1])]
    made = helper.make_graph([node], "g", wants, gives)
    version = [helper.make_opsetid("", 17)]
    model = helper.make_model(made, opset_imports=version, ir_version=8)
    with pytest.raises(NotAModelError, match="pixels"):
        Graph(model.SerializeToString())
    with pytest.raises(NotAModelError, match="cannot be run"):
        Graph(b"no graph at all")


def test_what_runs_graphs_leaves_no_trace_and_calls_nobody(tmp_path: Path) -> None:
    """onnxruntime holds a telemetry client; left on, it makes itself an id in the user's home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "graph").write_bytes(model_kit.onnx_file())
    program = (
        "import pathlib, sys\n"
        "from hearth.models.running import Graph\n"
        "Graph(pathlib.Path(sys.argv[1]))\n"
    )
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": ""}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run(
        [sys.executable, "-P", "-c", program, tmp_path / "graph"], env=environment, check=True
    )
    assert list((tmp_path / "home").rglob("*")) == []


def test_it_is_imported_in_one_place_only() -> None:
    imports = re.compile(r"^\s*(?:import onnxruntime|from onnxruntime)", re.M)
    rooms = [ROOT / room for room in ("hearth", "commands", "store", "sync", "bench")]
    found = {
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in room.rglob("*")
        if path.is_file() and imports.search(path.read_text("utf-8", "replace"))
    }
    assert found == {"hearth/models/runtime.py"}


@pytest.mark.parametrize("module", ["onnxruntime", "tokenizers"])
def test_without_the_extra_it_is_said(
    ada: Neighbour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    model = add(ada, tmp_path / "m")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as raised:
        open_embedder(ada.home, model)
    assert raised.value.hints == (f"{extras.install('embed')} installs them",)


# files on the disk


def test_a_file_is_made_on_demand_and_can_be_deleted(ada: Neighbour, tmp_path: Path) -> None:
    model = add(ada, tmp_path / "m")
    place = files.path(ada.home, model, MODEL)
    assert place.parent == ada.path / "models"
    data = place.read_bytes()
    before = place.stat().st_mtime_ns
    assert files.path(ada.home, model, MODEL).stat().st_mtime_ns == before
    place.unlink()
    assert files.path(ada.home, model, MODEL).read_bytes() == data
    with pytest.raises(ModelError, match="no vocabulary"):
        files.path(ada.home, model, "vocabulary")


@pytest.mark.parametrize("small", [files.SMALL, 10])
def test_a_file_changed_behind_our_back_is_made_anew(
    ada: Neighbour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """Small ones by their bytes; large ones by their times, which no write leaves as they were."""
    monkeypatch.setattr(files, "SMALL", small)
    model = add(ada, tmp_path / "m")
    place = files.path(ada.home, model, MODEL)
    files.path(ada.home, model, MODEL)  # notes the times of a large one
    data = place.read_bytes()
    for changed in (data[:-1] + bytes([data[-1] ^ 1]), data[:-1], data + b"x", b""):
        place.write_bytes(changed)
        assert files.path(ada.home, model, MODEL).read_bytes() == data
    place.unlink()
    place.symlink_to(tmp_path / "elsewhere")
    assert files.path(ada.home, model, MODEL).read_bytes() == data
    assert not place.is_symlink()


def test_what_is_left_over_is_swept(ada: Neighbour, tmp_path: Path) -> None:
    model = add(ada, tmp_path / "m")
    place = files.path(ada.home, model, MODEL)
    other = place.with_name("ab" * 32 + ".onnx")
    part = place.parent / "incoming" / "x" / "y.gguf.part"
    part.parent.mkdir(parents=True)
    for each in (other, part, place.with_name(f".{place.name}.1234.tmp")):
        each.write_bytes(b"x")
    now = int(place.stat().st_mtime)
    assert files.sweep(ada.home, [model.record], now + 80_000) == 0
    assert files.sweep(ada.home, [model.record], now + 90_000) == 3
    assert place.exists()
    assert files.sweep(ada.home, [], now + 90_000) == 1


def test_what_the_store_holds_and_is_not_what_was_said_is_refused(
    ada: Neighbour, tmp_path: Path
) -> None:
    """Somebody states a model whose object is another file."""
    model = add(ada, tmp_path / "m")
    lies = tuple(each._replace(hash=bytes(32)) for each in model.record.files)
    liar = Model(ModelRecord("liar", EMBED, "onnx", lies, dimensions=32, max_tokens=48), True, (),
                 True)  # fmt: skip
    with pytest.raises(DamagedModelError, match="not what was added"):
        files.path(ada.home, liar, MODEL)
    with pytest.raises(DamagedModelError, match="not what was added"):
        files.read(ada.home, liar, TOKENIZER)
    assert not [each for each in (ada.path / "models").iterdir() if each.name.startswith("0000")]
    assert not list((ada.path / "models").glob("*.tmp"))


def test_what_is_not_here_is_said(ada: Neighbour, tmp_path: Path) -> None:
    model = add(ada, tmp_path / "m")
    lacks = tuple(each._replace(object=bytes(32)) for each in model.record.files)
    record = ModelRecord("my model", EMBED, "onnx", lacks, dimensions=32, max_tokens=48)
    absent = Model(record, False, (), False)
    with pytest.raises(ModelError, match="not all here") as raised:
        files.path(ada.home, absent, MODEL)
    assert raised.value.hints == ("hearth get 'my model' asks for the rest",)
