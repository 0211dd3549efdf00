"""Models that put passages in order: they read question and passage together, and give a figure.

Slower than comparing vectors by far, so only the best few are given to them. One is an ONNX graph
(a cross-encoder with one output for each pair), the other a server of this machine's user that
answers `/rerank` as llama-server, Jina and vLLM do. What either says is an order among passages
that were found anyway; it adds none.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from hearth.models import files, tokens
from hearth.models.errors import ModelError
from hearth.models.records import MODEL, ONNX, RERANK, TOKENIZER
from hearth.models.running import Graph

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from hearth.home import Home
    from hearth.llm.endpoints import Endpoint
    from hearth.models.shelf import Model

SECONDS: Final = 20.0
"""How long a server may take for one question."""
_LARGEST: Final = sys.float_info.max


class Reranker(Protocol):
    """Says how well each text answers a question: higher is better, comparable in one call only."""

    name: str

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """One finite figure for each text. Raises `ModelError`, or what asking a server raises."""

    def close(self) -> None:
        """Let go of it."""


class CrossEncoder:
    """An ONNX graph that is given both texts at once."""

    def __init__(self, name: str, graph: Graph, tokenizer: Tokenizer) -> None:
        self.name = name
        self._graph = graph
        self._tokenizer = tokenizer

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        return [self._one(question, text) for text in texts]

    def _one(self, question: str, text: str) -> float:
        pair = self._tokenizer.encode(_plain(question), _plain(text))
        found = self._graph.run(pair.ids, pair.type_ids)
        if found.size not in (1, 2):  # one figure, or "no" and "yes"
            raise ModelError(f'the model "{self.name}" gives {found.size} figures for a pair')
        figure = float(found.reshape(-1)[-1])
        if not math.isfinite(figure):
            raise ModelError(f'the model "{self.name}" gives what is no figure')
        return figure

    def close(self) -> None:
        del self._graph


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def open_reranker(home: Home, model: Model) -> Reranker:
    """Open a model for ranking. Raises `ModelError`, `MissingExtraError`."""
    if model.kind != RERANK or model.format != ONNX:
        raise ModelError(f'the model "{model.name}" puts nothing in order')
    tokenizer = tokens.load(files.read(home, model, TOKENIZER), model.record.max_tokens)
    tokenizer.enable_truncation(model.record.max_tokens, strategy="only_second")
    graph = Graph(files.path_or_bytes(home, model, MODEL), optimise=True)
    return CrossEncoder(model.name, graph, tokenizer)


class Served:
    """A server of this machine's user that answers `/rerank`."""

    def __init__(self, endpoint: Endpoint, environ: Mapping[str, str]) -> None:
        self.name = endpoint.name
        self._endpoint = endpoint
        self._environ = environ

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        from hearth.llm.http import fetch_json

        data: dict[str, Any] = {"query": _plain(question), "documents": [*map(_plain, texts)]}
        if self._endpoint.model:
            data["model"] = self._endpoint.model
        status, told = fetch_json(
            f"{self._endpoint.url}/v1/rerank",
            seconds=SECONDS,
            data=data,
            key=self._endpoint.key(self._environ),
        )
        if status != 200:
            raise ModelError(f'"{self.name}" answers /v1/rerank with {status}')
        return _figures(self.name, told, len(texts))

    def close(self) -> None:
        """Nothing is kept."""


def _figures(name: str, told: object, count: int) -> list[float]:
    """The figures of an answer, in the order of the texts; each text has exactly one."""
    results = told.get("results") if isinstance(told, dict) else None
    found: dict[int, float] = {}
    for one in results if isinstance(results, list) else ():
        if not isinstance(one, dict):
            continue
        at, figure = one.get("index"), one.get("relevance_score")
        if type(at) is int and isinstance(figure, float | int) and abs(figure) <= _LARGEST:
            found[at] = float(figure)
    if not isinstance(results, list) or len(results) != count or set(found) != set(range(count)):
        raise ModelError(f'"{name}" answers /v1/rerank with what is no order')
    return [found[at] for at in range(count)]
