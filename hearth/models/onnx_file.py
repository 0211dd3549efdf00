"""A model that comes as an ONNX file: checked and tried, and kept as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hearth.models import sources, tokens
from hearth.models.embedding import pooled
from hearth.models.errors import DamagedModelError, ModelError, NotAModelError, missing, short
from hearth.models.making import (
    Draft,
    licence_of,
    max_tokens_of,
    name_of,
    pooling_of,
    prefixes_of,
    tokenizer_of,
)
from hearth.models.records import DONE, EMBED, MODEL, ONNX, RERANK, TOKENIZER
from hearth.models.running import Graph
from hearth.models.sources import Source

if TYPE_CHECKING:
    from tokenizers import Tokenizer


_DOMAINS: Final = frozenset({"", "ai.onnx", "com.microsoft"})
_BEGINNING: Final = b"\x08"
"""What all exporters write first: that the version of the format follows."""
_POSITIONS: Final = 512
_TRIED: Final = ("is the water safe to drink?", "Boil it for one minute, then let it cool.")


def from_onnx(source: Source, kind: str) -> Draft:
    """A model for vectors, or for ranking, out of an ONNX file with tokenizer.json beside it.

    Raises `NotAModelError`, `DamagedModelError`, `ModelError` for what it gives when it is tried,
    `MissingExtraError`.
    """
    tokenizer_data = tokenizer_of(source)  # before the weights, which take long to read
    data = source.read(sources.onnx_in(source) or "", sources.WEIGHTS_LIMIT)
    rows = examine(data)
    config = sources.json_of(source, "config.json")
    positions = config.get("max_position_embeddings", _POSITIONS)
    if type(positions) is not int or not 8 <= positions <= 1 << 20:
        raise NotAModelError("config.json states no sensible max_position_embeddings")
    max_tokens = max_tokens_of(source, positions)
    tokenizer = tokens.load(tokenizer_data, max_tokens)
    if rows:
        tokens.hold(tokenizer, rows)
    graph = Graph(data, optimise=True)
    if kind == RERANK:
        dimensions, pooling = _try_ranking(graph, tokenizer), DONE
    else:
        dimensions, pooling = _try(graph, tokenizer, pooling_of(source))
    question_prefix, passage_prefix = prefixes_of(source)
    return Draft(
        name_of(source.name), kind, ONNX, {MODEL: data, TOKENIZER: tokenizer_data},
        licence_of(source), source.name[:500], positions, dimensions, max_tokens, pooling,
        question_prefix, passage_prefix,
    )  # fmt: skip


def examine(data: bytes) -> int:
    """Look through a graph: all of it in this file, nothing but known operators. Returns for how
    many tokens it has vectors, 0 if that cannot be told. Raises as `from_onnx`."""
    try:
        import onnx
        from onnx.external_data_helper import _get_all_tensors, uses_external_data
    except ImportError:
        raise missing("embed", "a model for meaning") from None
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:
        if data[:1] == _BEGINNING:
            raise DamagedModelError("the ONNX file is damaged, or cut short") from None
        raise NotAModelError(f"this is no ONNX file: {short(error)}") from None
    if not model.graph.node:
        raise NotAModelError("the ONNX file holds no graph")
    if any(map(uses_external_data, _get_all_tensors(model))):
        raise NotAModelError(
            "the ONNX file keeps its weights in another file", "save it with all in one file"
        )
    unknown = {each.domain for each in model.opset_import} - _DOMAINS
    if unknown or model.functions:
        raise NotAModelError(
            f"the ONNX file wants operators that are not known: {', '.join(sorted(unknown))}"
        )
    return _rows(model)


def _rows(model: Any) -> int:
    shapes = {each.name: each.dims for each in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Gather" and "input_ids" in node.input[1:2]:
            dims = shapes.get(node.input[0])
            return int(dims[0]) if dims else 0
    return 0


def _try(graph: Graph, tokenizer: Tokenizer, pooling: str) -> tuple[int, str]:
    """How many numbers a vector has, and how it comes out of what the graph gives."""
    import numpy as np

    sizes = set()
    for text in _TRIED:
        ids = tokenizer.encode(text).ids
        found = graph.run(ids)
        if found.ndim == 2:
            pooling = DONE
        row = pooled(found, pooling, len(ids))
        if not np.isfinite(row).all():
            raise ModelError("the model gives what is no number")
        sizes.add(row.size)
    _try_last(graph, tokenizer)
    if len(sizes) != 1 or not 2 <= max(sizes) <= 1 << 16:
        raise ModelError(f"the model gives vectors of {sorted(sizes)} numbers")
    return max(sizes), pooling


def _try_ranking(graph: Graph, tokenizer: Tokenizer) -> int:
    import numpy as np

    encoded = tokenizer.encode(*_TRIED)
    found = graph.run(encoded.ids, encoded.type_ids)
    if found.size not in (1, 2) or not np.isfinite(found).all():  # a figure, or "no" and "yes"
        raise ModelError(
            f"the model gives an array of {found.shape} for a question and a passage, not a figure"
        )
    _try_last(graph, tokenizer)
    return 0


def _try_last(graph: Graph, tokenizer: Tokenizer) -> None:
    """Run the graph with the tokenizer's last token: it fails where the model has no row for it."""
    top = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=0)
    try:
        graph.run([top])
    except ModelError as error:
        raise NotAModelError(
            f"the tokenizer and the model do not belong together: {error.message}"
        ) from None


__all__ = ["EMBED", "examine", "from_onnx"]
