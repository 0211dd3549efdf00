"""Turning texts into vectors.

`Embedder.embed` gives one row of length 1 for each text; cosine is then a plain product. Rows
depend on the text and the model alone (see `running`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearth.models import files, pieces, tokens
from hearth.models.errors import ModelError
from hearth.models.pieces import Reads
from hearth.models.records import CLS, DONE, EMBED, MODEL, ONNX, TOKENIZER, ModelRecord
from hearth.models.running import Graph

if TYPE_CHECKING:
    import numpy

    from hearth.home import Home
    from hearth.models.shelf import Model

_NOTHING: Final = 1e-12
"""The length of a vector that points nowhere."""


class Embedder:
    """A model for vectors, ready to run. `id` is the model's: vectors of two are never mixed."""

    def __init__(self, record: ModelRecord, graph: Graph, tokenizer: Reads) -> None:
        self.id = record.id
        self.name = record.name
        self.dimensions = record.dimensions
        self._record = record
        self._graph = graph
        self._tokenizer = tokenizer

    def embed(self, texts: Sequence[str], *, question: bool = False) -> numpy.ndarray:
        """One row of 32-bit floats, of length 1, for each text; an array of (n, dimensions).

        A `question` gets the prefix that the model wants for it. What is longer than the model
        reads is cut. Raises `ModelError` for anything but finite numbers of the right count.
        """
        import numpy as np

        prefix = self._record.question_prefix if question else self._record.passage_prefix
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for number, text in enumerate(texts):
            rows[number] = self._row(prefix + text)
        return rows

    def close(self) -> None:
        """Let go of the model's memory."""
        del self._graph

    def _row(self, text: str) -> numpy.ndarray:
        import numpy as np

        read = text[: self._record.max_tokens * tokens.LETTERS].encode("utf-8", "replace")
        ids = self._tokenizer.encode(read.decode("utf-8")).ids
        if not ids:
            raise ModelError("the tokenizer gives no tokens")
        row = pooled(self._graph.run(ids), self._record.pooling, len(ids))
        if row.shape != (self.dimensions,):
            raise ModelError(
                f'the model "{self.name}" gives {row.size} numbers, not {self.dimensions}'
            )
        exact = row.astype(np.float64)
        length = float(np.sqrt(exact @ exact))
        if not np.isfinite(length) or length < _NOTHING:
            raise ModelError(f'the model "{self.name}" gives what is no vector')
        return exact / length


def pooled(found: numpy.ndarray, pooling: str, count: int) -> numpy.ndarray:
    """One vector out of what a graph gives for one text of `count` tokens.

    Raises `ModelError` for another shape than (1, d), or (1, count, d) to be pooled.
    """
    if found.ndim == 2 and found.shape[0] == 1:
        vector: numpy.ndarray = found[0]
        return vector
    if found.ndim != 3 or found.shape[:2] != (1, count) or pooling == DONE:
        raise ModelError(f"the model gives an array of {found.shape}")
    import numpy as np

    by_token: numpy.ndarray = found[0]
    if pooling == CLS:
        first: numpy.ndarray = by_token[0]
        return first
    with np.errstate(all="ignore"):  # what is no number is found, and told, by the caller
        mean: numpy.ndarray = by_token.mean(axis=0, dtype=by_token.dtype)
    return mean


def open_embedder(home: Home, model: Model, *, brief: bool = False) -> Embedder:
    """Open a model for vectors; `brief` if it is for a question alone.

    Raises `ModelError` for anything that is wrong with it, `MissingExtraError` without the extra
    embed.
    """
    if model.kind != EMBED or model.format != ONNX:
        raise ModelError(f'the model "{model.name}" makes no vectors')
    graph: Path | bytes = files.path_or_bytes(home, model, MODEL)
    words = files.path_or_bytes(home, model, TOKENIZER)
    data = words if isinstance(words, bytes) else words.read_bytes()
    read = pieces.Brief if brief else tokens.load
    return Embedder(
        model.record,
        Graph(graph, optimise=model.record.pooling != DONE, brief=brief),
        read(data, model.record.max_tokens),
    )
