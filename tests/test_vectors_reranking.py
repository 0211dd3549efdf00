"""Models that put passages in order: a real ONNX graph, and a server that may say anything."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import model_kit
import numpy as np
import pytest
from ask_kit import ask, corpus, guide
from llm_server import ScriptedServer
from sharing_kit import NOW, Neighbour
from vectors_kit import Concepts, meaning

from hearth.llm.endpoints import Endpoint
from hearth.models import adding, shelf, tokens
from hearth.models.errors import ModelError
from hearth.models.reranking import CrossEncoder, Reranker, Served, _figures, open_reranker
from hearth.models.running import Graph
from hearth.store.errors import HearthError
from hearth.vectors import hybrid
from hearth.vectors.meaning import Meaning, Minds


def cross_encoder(scale: float = 1.0) -> bytes:
    """An ONNX graph that counts how often a token of the question stands in the passage."""
    from onnx import TensorProto, helper, numpy_helper

    def node(kind: str, inputs: list[str], output: str, **more: Any) -> Any:
        return helper.make_node(kind, inputs, [output], **more)

    nodes = [
        node("Cast", ["token_type_ids"], "second", to=TensorProto.FLOAT),
        node("Sub", ["one", "second"], "first"),
        node("Cast", ["input_ids"], "ids", to=TensorProto.FLOAT),
        node("Greater", ["ids", "special"], "worded"),  # [CLS] and [SEP] are no words
        node("Cast", ["worded"], "word", to=TensorProto.FLOAT),
        node("Mul", ["first", "word"], "asked"),
        node("Mul", ["second", "word"], "told"),
        node("Unsqueeze", ["ids", "last"], "down"),
        node("Unsqueeze", ["ids", "middle"], "across"),
        node("Equal", ["down", "across"], "equal"),
        node("Cast", ["equal"], "same", to=TensorProto.FLOAT),
        node("Unsqueeze", ["asked", "last"], "rows"),
        node("Unsqueeze", ["told", "middle"], "columns"),
        node("Mul", ["same", "rows"], "half"),
        node("Mul", ["half", "columns"], "pairs"),
        node("ReduceSum", ["pairs", "both"], "count", keepdims=0),
        node("Mul", ["count", "scale"], "scaled"),
        node("Unsqueeze", ["scaled", "middle"], "out"),
    ]
    constants = [
        numpy_helper.from_array(np.array(value, dtype=kind), name)
        for name, value, kind in (
            ("one", 1, np.float32), ("special", len(model_kit.SPECIAL) - 0.5, np.float32),
            ("scale", scale, np.float32), ("last", [2], np.int64), ("middle", [1], np.int64),
            ("both", [1, 2], np.int64),
        )
    ]  # fmt: skip
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "s"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 1])
    graph = helper.make_graph(nodes, "count", inputs, [out], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = made.SerializeToString()
    return data


def opened(ada: Neighbour, tmp_path: Path) -> Reranker:
    folder = model_kit.folder(
        tmp_path / "ranker",
        {"model.onnx": cross_encoder(), "tokenizer.json": model_kit.tokenizer_json(),
         "config.json": json.dumps(model_kit.CONFIG).encode()},
    )  # fmt: skip
    made = adding.draft(folder, "rerank", lambda _: None)
    adding.add(ada.home, made, NOW, name="counter")
    model = shelf.chosen(ada.home, "rerank")
    assert model is not None
    return open_reranker(ada.home, model)


def test_a_cross_encoder_reads_question_and_passage_together(
    ada: Neighbour, tmp_path: Path
) -> None:
    counter = opened(ada, tmp_path)
    texts = [
        "fire and smoke",
        "boil water to drink",
        "boil the water in the pot, water for the day",
    ]
    assert counter.score("boil water", texts) == [0.0, 2.0, 3.0]
    assert counter.score("boil water", []) == []
    assert counter.score("", ["water"]) == [0.0]
    assert counter.score("\ud800 water", ["water"]) == [1.0]
    counter.close()


def test_a_long_passage_is_cut_and_the_question_never(ada: Neighbour, tmp_path: Path) -> None:
    counter = opened(ada, tmp_path)
    (score,) = counter.score("water", ["water " + "stove " * 5000 + "water"])
    assert score == 1.0


def test_what_is_no_figure_is_an_error() -> None:
    tokenizer = tokens.load(model_kit.tokenizer_json(), 48)
    broken = CrossEncoder("broken", Graph(cross_encoder(math.nan)), tokenizer)
    with pytest.raises(ModelError, match="no figure"):
        broken.score("water", ["water"])


def test_a_model_for_meaning_puts_nothing_in_order(ada: Neighbour, tmp_path: Path) -> None:
    folder = model_kit.folder(tmp_path / "tiny")
    added = adding.add(ada.home, adding.draft(folder, None, lambda _: None), NOW, name="tiny")
    with pytest.raises(ModelError, match="puts nothing in order"):
        open_reranker(ada.home, added.model)


class Prefers:
    """Puts texts with a word first."""

    name = "prefers"

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[int] = []

    def score(self, question: str, texts: Any) -> list[float]:
        self.asked.append(len(texts))
        return [float(self.word in text) for text in texts]

    def close(self) -> None:
        pass


def test_the_order_is_used_by_search_and_ask() -> None:
    sources = [guide(), corpus()]
    meaning(Concepts(), *sources)
    query = "burn water"
    ranker = Prefers("Never run a generator")
    for reranker, first in ((None, False), (ranker, True)):
        sense = Meaning(lambda reranker=reranker: Minds(Concepts(), reranker))  # type: ignore[misc]
        sense.begin(query)
        found = hybrid.search(query, hybrid.terms(query), sources, None, 5, sense)
        assert found is not None
        assert ("Never run a generator" in found[0].text) is first
    sense = Meaning(lambda: Minds(Concepts(), ranker))
    assert ask("how do i treat a burn", sources, meaning=sense).meaning
    assert len(ranker.asked) == 2


class Fails(Prefers):
    def score(self, question: str, texts: Any) -> list[float]:
        raise ModelError("it failed")


def test_one_that_fails_leaves_the_order_as_it_is() -> None:
    sources = [guide(), corpus()]
    plain = ask("how do i treat a burn", sources, meaning=meaning(Concepts(), *sources))
    sense = Meaning(lambda: Minds(Concepts(), Fails("x")))
    found = ask("how do i treat a burn", sources, meaning=sense)
    assert [one.hit for one in found.nearest] == [one.hit for one in plain.nearest]
    assert str(sense.problem) == "it failed"


def served(results: object, status: int = 200) -> Any:
    """What a server answers to /rerank."""
    from llm_server import Fault

    data = results if isinstance(results, str) else json.dumps({"results": results})
    return Fault(lambda wire: wire.body(status, "application/json", data))


def test_a_server_that_ranks() -> None:
    order = [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": -2}]
    with ScriptedServer([served(order)]) as server:
        ranker = Served(Endpoint("r", server.url, "rerank", "bge"), {})
        assert ranker.score("boil water", ["fire", "boil it"]) == [-2.0, 0.9]
        assert server.paths[-1] == "/v1/rerank"
        assert server.requests[-1]["query"] == "boil water"
        assert server.requests[-1]["documents"] == ["fire", "boil it"]


@pytest.mark.parametrize(
    "results",
    [
        [],
        [{"index": 0, "relevance_score": 1}],
        [{"index": 0, "relevance_score": 1}, {"index": 0, "relevance_score": 2}],
        [{"index": 0, "relevance_score": 1}, {"index": 2, "relevance_score": 2}],
        [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": "high"}],
        [{"index": 0, "relevance_score": 1}, {"index": True, "relevance_score": 1}],
        [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": 10**400}],
        [{"index": 0, "relevance_score": 1}, 7],
        "<html>",
        '{"results": [{"index": 0, "relevance_score": NaN}, {"index": 1, "relevance_score": 1}]}',
        "[]",
    ],
)
def test_a_server_that_says_something_else(results: object) -> None:
    with ScriptedServer([served(results)]) as server:
        ranker = Served(Endpoint("r", server.url, "rerank"), {})
        with pytest.raises(HearthError, match="no order"):
            ranker.score("water", ["a", "b"])


def test_a_server_that_refuses_and_one_that_is_not_there() -> None:
    with ScriptedServer([served([], 503)]) as server:
        with pytest.raises(HearthError, match="503"):
            Served(Endpoint("r", server.url, "rerank"), {}).score("water", ["a"])
        gone = server.url
    with pytest.raises(HearthError):
        Served(Endpoint("r", gone, "rerank"), {}).score("water", ["a"])


def test_figures_are_put_back_in_the_order_of_the_texts() -> None:
    told = {"results": [{"index": 2, "relevance_score": 3}, {"index": 0, "relevance_score": 1},
                        {"index": 1, "relevance_score": 2}]}  # fmt: skip
    assert _figures("r", told, 3) == [1.0, 2.0, 3.0]
