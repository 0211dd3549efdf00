"""The ONNX graph that is made out of BERT's weights, against BERT written down once more."""

from __future__ import annotations

import model_kit
import numpy as np
import pytest

from hearth.models import graph
from hearth.models.bert import Shape, Weights
from hearth.models.errors import NotAModelError
from hearth.models.records import CLS, MEAN
from hearth.models.running import Graph
from hearth.models.safetensors import Tensors

LENGTHS = (2, 3, 7, 20, 48, 64)


def built(pooling: str, *, quantised: bool, seed: int = 1) -> bytes:
    tensors = Tensors(model_kit.safetensors(model_kit.weights(seed)))
    return graph.build(Weights(tensors, Shape.of(model_kit.CONFIG)), pooling, quantised=quantised)


def ids_of(length: int) -> list[int]:
    rng = np.random.default_rng(length)
    return [2, *rng.integers(5, model_kit.CONFIG["vocab_size"], length - 2).tolist(), 3]


@pytest.mark.parametrize("pooling", [MEAN, CLS])
def test_the_graph_computes_what_the_paper_says(pooling: str) -> None:
    whole = built(pooling, quantised=False)
    for length in LENGTHS:
        ids = ids_of(length)
        expected = model_kit.reference(model_kit.weights(), ids, pooling)
        np.testing.assert_allclose(model_kit.run(whole, ids), expected, atol=2e-6)


@pytest.mark.parametrize("pooling", [MEAN, CLS])
def test_in_8_bits_it_is_like_itself(pooling: str) -> None:
    small = built(pooling, quantised=True)
    for length in LENGTHS:
        ids = ids_of(length)
        expected = model_kit.reference(model_kit.weights(), ids, pooling)
        assert float(model_kit.run(small, ids) @ expected) > 0.995


def test_the_graph_is_the_same_every_time() -> None:
    assert built(MEAN, quantised=True) == built(MEAN, quantised=True)


def test_it_is_four_times_smaller() -> None:
    big = {**model_kit.CONFIG, "hidden_size": 128, "intermediate_size": 512}
    weights = Weights(Tensors(model_kit.safetensors(model_kit.weights(1, big))), Shape.of(big))
    small, whole = (graph.build(weights, MEAN, quantised=each) for each in (True, False))
    assert len(small) * 3 < len(whole)


def test_what_stands_beside_a_text_in_a_batch_changes_next_to_nothing() -> None:
    """A scale for each token: not one for whatever happens to be in the batch. What is left is
    rounding in the last place, which is why `Embedder` runs one text at a time."""
    session = Graph(built(MEAN, quantised=True))._session
    rows = np.array([ids_of(20), [2, *[9] * 18, 3], [2, *range(30, 48), 3]], dtype=np.int64)
    (together,) = session.run(None, {"input_ids": rows})
    for row, found in zip(rows, together, strict=True):
        (alone,) = session.run(None, {"input_ids": row[None]})
        np.testing.assert_allclose(alone[0], found, atol=1e-6)


def test_quantising_is_within_half_a_step() -> None:
    values = np.random.default_rng(3).normal(0, 1, (40, 30)).astype(np.float32)
    values[7] = 0
    for axis in (0, 1):
        whole, scale = graph.quantise(values, axis)
        assert whole.dtype == np.int8
        assert np.abs(whole.astype(int)).max() == 127
        assert (np.abs(whole * scale - values) <= scale / 2 + 1e-7).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "roberta"}, "roberta"),
        ({"position_embedding_type": "relative_key"}, "absolute"),
        ({"hidden_act": "relu"}, "GELU"),
        ({"layer_norm_eps": 0}, "layer_norm_eps"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"hidden_size": "32"}, "hidden_size"),
        ({"num_attention_heads": 5}, "heads"),
        ({"num_hidden_layers": True}, "num_hidden_layers"),
    ],
)
def test_what_is_not_berts_shape_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(NotAModelError, match=said):
        Shape.of({**model_kit.CONFIG, **change})


def test_weights_of_another_shape_are_refused() -> None:
    tensors = model_kit.weights()
    tensors["encoder.layer.1.output.dense.weight"] = np.zeros((32, 65), dtype=np.float32)
    weights = Weights(Tensors(model_kit.safetensors(tensors)), Shape.of(model_kit.CONFIG))
    with pytest.raises(NotAModelError, match=r"output\.dense"):
        graph.build(weights, MEAN, quantised=False)


def test_weights_that_are_no_numbers_are_refused() -> None:
    tensors = model_kit.weights()
    tensors["encoder.layer.0.output.dense.bias"][3] = np.nan
    weights = Weights(Tensors(model_kit.safetensors(tensors)), Shape.of(model_kit.CONFIG))
    with pytest.raises(NotAModelError, match="no number"):
        graph.build(weights, MEAN, quantised=False)


def test_names_with_a_prefix_are_found() -> None:
    tensors = {f"bert.{name}": tensor for name, tensor in model_kit.weights().items()}
    weights = Weights(Tensors(model_kit.safetensors(tensors)), Shape.of(model_kit.CONFIG))
    assert weights.get("embeddings.LayerNorm.bias", 32).shape == (32,)
    with pytest.raises(NotAModelError, match="lack"):
        Weights(Tensors(model_kit.safetensors({"a": np.zeros(3, dtype=np.float32)})),
                Shape.of(model_kit.CONFIG))  # fmt: skip
