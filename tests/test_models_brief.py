"""Opening a model for a question alone: less to read, the same vector to the bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import model_kit
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sharing_kit import NOW, Neighbour

from hearth.models import adding, files, graph, mapped, pieces, tokens
from hearth.models.bert import Shape, Weights
from hearth.models.embedding import open_embedder
from hearth.models.errors import NotAModelError
from hearth.models.records import MEAN, MODEL
from hearth.models.running import Graph
from hearth.models.safetensors import Tensors
from hearth.models.shelf import Model

BIG = {**model_kit.CONFIG, "hidden_size": 128, "intermediate_size": 512}
TEXTS = [model_kit.text(seed, words) for seed, words in enumerate((1, 2, 5, 12, 30))]


@pytest.fixture(scope="module")
def big() -> bytes:
    """A graph with weights of more than `mapped.LEAST` bytes."""
    weights = Weights(Tensors(model_kit.safetensors(model_kit.weights(1, BIG))), Shape.of(BIG))
    return graph.build(weights, MEAN, quantised=True)


def add(who: Neighbour, place: Path, **more: Any) -> Model:
    made = adding.draft(model_kit.folder(place, config=BIG, **more), None, lambda _: None)
    return adding.add(who.home, made, NOW, name="tiny").model


def test_the_vector_is_the_same(ada: Neighbour, tmp_path: Path) -> None:
    model = add(ada, tmp_path / "m")
    assert mapped.referring(files.path(ada.home, model, MODEL)) is not None
    whole, brief = (open_embedder(ada.home, model, brief=each) for each in (False, True))
    for text in TEXTS:  # from the third on with the whole tokenizer
        one, other = (each.embed([text], question=True) for each in (whole, brief))
        assert one.tobytes() == other.tobytes()


def test_the_weights_stay_in_their_file(big: bytes, tmp_path: Path) -> None:
    place = tmp_path / "graph.onnx"
    place.write_bytes(big)
    small = mapped.referring(place)
    assert small is not None
    assert len(small) < len(big) / 2
    assert place.read_bytes() == big
    ids = [2, *range(5, 30), 3]
    brief = Graph(place, brief=True)
    assert brief.mapped
    assert brief.run(ids).tobytes() == Graph(big).run(ids).tobytes()
    place.unlink()  # files may be deleted at any time
    assert brief.run(ids).tobytes() == Graph(big).run(ids).tobytes()


def test_an_onnxruntime_that_maps_nothing_reads_the_file(
    big: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "graph.onnx"
    place.write_bytes(big)
    monkeypatch.chdir("/")
    monkeypatch.setattr(mapped, "FOLDER_SETTING", "session.not_known_to_it")
    brief = Graph(place, brief=True)
    assert not brief.mapped
    assert brief.run([2, 7, 3]).tobytes() == Graph(big).run([2, 7, 3]).tobytes()


def test_floats_and_little_weights_stay_in_the_graph(big: bytes, tmp_path: Path) -> None:
    import onnx

    place = tmp_path / "graph.onnx"
    place.write_bytes(big)
    before = {each.name: each for each in onnx.load_model_from_string(big).graph.initializer}
    after = onnx.load_model_from_string(mapped.referring(place) or b"").graph
    moved = {each.name for each in after.initializer if each.external_data}
    eight = (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
    assert moved == {
        name for name, each in before.items()
        if each.data_type in eight and len(each.raw_data) >= mapped.LEAST
    }  # fmt: skip
    for each in after.initializer:
        said = {one.key: one.value for one in each.external_data}
        if said:
            begin, length = int(said["offset"]), int(said["length"])
            assert big[begin : begin + length] == before[each.name].raw_data
            assert said["location"] == "graph.onnx"
        else:
            assert each == before[each.name]
    assert after.node == onnx.load_model_from_string(big).graph.node


def test_what_is_not_understood_is_opened_as_it_is(big: bytes, tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto

    place = tmp_path / "graph.onnx"
    for size in (0, 1, 10, 1000, len(big) // 2, len(big) - 1):
        place.write_bytes(big[:size])
        assert mapped.referring(place) is None
        with pytest.raises(NotAModelError):
            Graph(place, brief=True)
    model = onnx.load_model_from_string(big)
    foreign = max(model.graph.initializer, key=lambda each: len(each.raw_data))
    foreign.data_location = TensorProto.EXTERNAL  # a weight that wants to lie in some other file
    place.write_bytes(model.SerializeToString())
    assert mapped.referring(place) is None
    place.write_bytes(model_kit.onnx_file())  # nothing in 8 bits
    assert mapped.referring(place) is None
    assert mapped.referring(tmp_path / "nothing") is None


def test_a_vocabulary_of_its_own_gives_the_same_tokens() -> None:
    @settings(max_examples=200, deadline=None)
    @given(text=st.text(max_size=60) | st.sampled_from(TEXTS))
    def same(text: str) -> None:
        readable = text.encode("utf-8", "replace").decode()
        brief = pieces.Brief(DATA, 48)
        assert brief.encode(readable).ids == whole.encode(readable).ids

    whole = tokens.load(DATA, 48)
    same()
    for text in (
        "Wässer kochen!",
        "boil" * 30,
        "b" * 101,
        "[SEP] boil [UNK]",
        "水 boil",
        "",
        "ẞtove",
    ):
        assert pieces.Brief(DATA, 48).encode(text).ids == whole.encode(text).ids


WORDS = ["boil", "water", "stove", "wasser", "s", "t", "##o", "##ve", "##il", "b", "##b", "水", "!"]
DATA = model_kit.tokenizer_json(WORDS)


def test_the_third_text_is_read_with_the_whole_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    real = tokens.load

    def load(data: bytes, most: int) -> Any:
        sizes.append(len(json.loads(data)["model"]["vocab"]))
        return real(data, most)

    monkeypatch.setattr(tokens, "load", load)
    brief = pieces.Brief(DATA, 48)
    for _ in range(4):
        brief.encode("boil water")
    complete = len(json.loads(DATA)["model"]["vocab"])
    assert sizes[-1] == complete
    assert sizes.count(complete) == 1
    assert len(sizes) == 2 * pieces.FEW + 1


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said["model"].update(type="WordLevel"),
        lambda said: said["normalizer"].update(type="Lowercase"),
        lambda said: said["pre_tokenizer"].update(type="Whitespace"),
        lambda said: said["model"].update(continuing_subword_prefix="@@"),
        lambda said: said.update(added_tokens=[]),
    ],
)
def test_other_tokenizers_give_their_own_tokens(change: Any) -> None:
    said = json.loads(DATA)
    change(said)
    data = json.dumps(said).encode()
    try:
        expected = tokens.load(data, 48).encode("boil the stove").ids
    except NotAModelError:
        with pytest.raises(NotAModelError):
            pieces.Brief(data, 48).encode("boil the stove")
    else:
        assert pieces.Brief(data, 48).encode("boil the stove").ids == expected


@pytest.mark.parametrize(
    "data", [b"", b"BertPreTokenizer", b'{"pre_tokenizer": "BertPreTokenizer"}']
)
def test_what_is_no_tokenizer_is_told(data: bytes) -> None:
    with pytest.raises(NotAModelError, match=r"tokenizer\.json"):
        pieces.Brief(data, 48)


def test_rows_of_a_brief_model_are_rows(ada: Neighbour, tmp_path: Path) -> None:
    brief = open_embedder(ada.home, add(ada, tmp_path / "m"), brief=True)
    rows = brief.embed([*TEXTS, "", "\ud800"])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
