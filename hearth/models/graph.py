"""A model of BERT's shape as an ONNX graph, in full precision or in 8 bits, without torch.

The graph takes `input_ids` (n by s, no padding) and gives `embedding` (n by hidden): the encoder,
pooled over the tokens and of length 1. It is made of the operators that onnxruntime would fuse
others into (com.microsoft: attention, norm of a sum, GELU with bias), so it is loaded as it is,
with nothing left to optimise: opening a session takes 15 ms where optimising takes 60.

8 bits: a weight matrix has one scale for each column, what is multiplied with it one for each
token, so that a token's result depends on nothing but its text. onnxruntime's own dynamic
quantisation has one scale for all tokens of a batch: there, a text's vector depends on the texts
beside it, and half the accuracy goes (mean cosine to full precision .9941, here .9979, on MiniLM).
Scales are symmetric. Word vectors have a scale each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hearth.models.records import CLS

if TYPE_CHECKING:
    import numpy

    from hearth.models.bert import Weights

_OPSET: Final = 17
_IR: Final = 8
_FUSED: Final = "com.microsoft"
_LEVELS: Final = 127
_ZERO: Final = 128
INPUT, OUTPUT = "input_ids", "embedding"


def build(weights: Weights, pooling: str, *, quantised: bool) -> bytes:
    """The ONNX file of a model. Raises `NotAModelError` where a weight lacks or does not fit."""
    return _Graph(weights, quantised).build(pooling)


class _Graph:
    """One graph being made: nodes and constants in order."""

    def __init__(self, weights: Weights, quantised: bool) -> None:
        self._weights = weights
        self._shape = weights.shape
        self._quantised = quantised
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def build(self, pooling: str) -> bytes:
        from onnx import TensorProto, helper

        x = self._embed()
        for number in range(self._shape.layers):
            x = self._layer(x, f"encoder.layer.{number}")
        self._pool(x, pooling)
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [helper.make_tensor_value_info(INPUT, TensorProto.INT64, ["n", "s"])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", self._shape.hidden])],
            self._constants,
        )
        versions = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
        model = helper.make_model(graph, opset_imports=versions, ir_version=_IR)
        data: bytes = model.SerializeToString(deterministic=True)
        return data

    # parts

    def _embed(self) -> str:
        shape, get = self._shape, self._weights.get
        words = get("embeddings.word_embeddings.weight", shape.vocabulary, shape.hidden)
        places = get("embeddings.position_embeddings.weight", shape.positions, shape.hidden)
        types = get("embeddings.token_type_embeddings.weight", shape.types, shape.hidden)
        length = self._node("Slice", [self._node("Shape", [INPUT]), *self._ints([1], [2])])
        place = self._node(
            "Slice", [self._constant("places", places + types[0]), *self._ints([0]), length]
        )
        total = self._node("Add", [self._words(words), place])
        return self._node(
            "LayerNormalization",
            [total, *self._norm("embeddings.LayerNorm")],
            axis=-1,
            epsilon=shape.epsilon,
        )

    def _words(self, words: numpy.ndarray) -> str:
        if not self._quantised:
            return self._node("Gather", [self._constant("words", words), INPUT])
        whole, scale = quantise(words, axis=1)
        rows = self._node("Gather", [self._constant("words", whole), INPUT])
        scales = self._node("Gather", [self._constant("words.scale", scale), INPUT])
        return self._node("Mul", [self._node("Cast", [rows], to=_FLOAT), scales])

    def _layer(self, x: str, name: str) -> str:
        hidden, inner, linear = self._shape.hidden, self._shape.inner, self._weights.linear
        attended = self._attend(x, f"{name}.attention.self")
        out = linear(f"{name}.attention.output.dense", hidden, hidden)
        x = self._add_norm(attended, x, out, f"{name}.attention.output")
        weight, bias = linear(f"{name}.intermediate.dense", inner, hidden)
        wide = self._product(x, weight, f"{name}.intermediate")
        wide = self._node("BiasGelu", [wide, self._constant(f"{name}.gelu", bias)], _FUSED)
        out = linear(f"{name}.output.dense", hidden, inner)
        return self._add_norm(wide, x, out, f"{name}.output")

    def _attend(self, x: str, name: str) -> str:
        import numpy as np

        hidden = self._shape.hidden
        three = [self._weights.linear(f"{name}.{each}", hidden, hidden)
                 for each in ("query", "key", "value")]  # fmt: skip
        weight = np.concatenate([each for each, _ in three], axis=1)
        bias = np.concatenate([each for _, each in three])
        mixed = self._product(x, weight, name)
        mixed = self._node("Add", [mixed, self._constant(f"{name}.bias", bias)])
        parts = self._nodes_of("Split", [mixed, *self._ints([hidden] * 3)], 3, axis=-1)
        return self._node("MultiHeadAttention", parts, _FUSED, num_heads=self._shape.heads)

    def _add_norm(
        self, x: str, beside: str, linear: tuple[numpy.ndarray, numpy.ndarray], name: str
    ) -> str:
        weight, bias = linear
        product = self._product(x, weight, f"{name}.dense")
        inputs = [product, beside, *self._norm(f"{name}.LayerNorm")]
        inputs.append(self._constant(f"{name}.bias", bias))
        return self._node("SkipLayerNormalization", inputs, _FUSED, epsilon=self._shape.epsilon)

    def _norm(self, name: str) -> list[str]:
        scale, shift = self._weights.norm(name)
        return [self._constant(f"{name}.scale", scale), self._constant(f"{name}.shift", shift)]

    def _product(self, x: str, weight: numpy.ndarray, name: str) -> str:
        """`x` times a matrix; in 8 bits one scale a token, and one a column of the matrix."""
        import numpy as np

        if not self._quantised:
            return self._node("MatMul", [x, self._constant(f"{name}.weight", weight)])
        rows, columns = weight.shape
        whole, scale = quantise(weight, axis=0)
        flat = self._node("Reshape", [x, *self._ints([-1, rows])])
        most = self._node("ReduceMax", [self._node("Abs", [flat])], axes=[-1], keepdims=1)
        step = self._node("Mul", [most, self._constant("step", np.float32(1 / _LEVELS))])
        steps = self._node("Reshape", [step, *self._ints([-1])])
        zero = self._constant("zero", np.uint8(_ZERO))
        zeros = self._node("Expand", [zero, self._node("Shape", [steps])])
        small = self._node("QuantizeLinear", [flat, steps, zeros], axis=0)
        product = self._node(
            "MatMulIntegerToFloat",
            [small, self._constant(f"{name}.weight", whole), self._constant("one", np.float32(1)),
             self._constant(f"{name}.scale", scale.reshape(-1)), zero],
            _FUSED,
        )  # fmt: skip
        product = self._node("Mul", [product, step])
        return self._node("Reshape", [product, self._shape_like(x, columns)])

    def _shape_like(self, x: str, columns: int) -> str:
        """The shape (n, s, columns)."""
        return self._node("Concat", [self._node("Shape", [INPUT]), *self._ints([columns])], axis=0)

    def _pool(self, x: str, pooling: str) -> None:
        import numpy as np

        if pooling == CLS:
            first = self._constant("first", np.int64(0))
            pooled = self._node("Gather", [x, first], axis=1)
        else:
            pooled = self._node("ReduceMean", [x], axes=[1], keepdims=0)
        length = self._node("ReduceL2", [pooled], axes=[1], keepdims=1)
        self._nodes_of("Div", [pooled, length], 1, outputs=[OUTPUT])

    # making nodes

    def _constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        if not any(each.name == name for each in self._constants):
            import numpy as np

            self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def _ints(self, *lists: Sequence[int]) -> list[str]:
        import numpy as np

        return [
            self._constant("ints " + " ".join(map(str, each)), np.asarray(each, dtype=np.int64))
            for each in lists
        ]

    def _node(self, kind: str, inputs: Sequence[str], domain: str = "", **more: Any) -> str:
        return self._nodes_of(kind, inputs, 1, domain, **more)[0]

    def _nodes_of(
        self,
        kind: str,
        inputs: Sequence[str],
        count: int,
        domain: str = "",
        outputs: Sequence[str] = (),
        **more: Any,
    ) -> list[str]:
        from onnx import helper

        named = list(outputs) or [f"{kind}.{len(self._nodes)}.{each}" for each in range(count)]
        self._nodes.append(helper.make_node(kind, inputs, named, domain=domain, **more))
        return named


_FLOAT: Final = 1  # onnx.TensorProto.FLOAT, without importing onnx


def quantise(values: numpy.ndarray, axis: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Values as 8-bit integers, and the scales that make them values again, along an axis.

    The largest value along the axis becomes 127 or −127; an error is half a scale at most.
    """
    import numpy as np

    scale = np.abs(values).max(axis=axis, keepdims=True) / np.float32(_LEVELS)
    scale = np.maximum(scale, np.float32(1e-30)).astype(np.float32)
    return np.rint(values / scale).astype(np.int8), scale
