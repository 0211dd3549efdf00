"""Models of BERT's shape: what config.json says of them, and their weights under their names.

Read is the encoder of Devlin et al. 2019 as the transformers library stores it: absolute positions,
GELU, post-norm. Anything else (rotary or relative positions, other activations) is refused, as it
would be computed wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hearth.models.errors import NotAModelError

if TYPE_CHECKING:
    import numpy

    from hearth.models.safetensors import Tensors

_PREFIXES: Final = ("", "bert.", "model.", "0.auto_model.")
WORDS: Final = "embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a model of BERT's shape."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float

    @classmethod
    def of(cls, config: dict[str, Any]) -> Shape:
        """Read config.json; raises `NotAModelError`."""
        if config.get("model_type") != "bert":
            raise NotAModelError(
                f'a model of the kind "{str(config.get("model_type"))[:40]}" is not read',
                "only BERT's shape is; others can be added as ONNX",
            )
        if config.get("position_embedding_type", "absolute") != "absolute":
            raise NotAModelError("a BERT whose positions are not absolute is not read")
        if config.get("hidden_act", "gelu") != "gelu":
            raise NotAModelError("a BERT with another activation than GELU is not read")
        epsilon = config.get("layer_norm_eps", 1e-12)
        if not isinstance(epsilon, float) or not 0 < epsilon < 0.1:
            raise NotAModelError("config.json states no sensible layer_norm_eps")
        shape = cls(
            _number(config, "hidden_size", 16_384),
            _number(config, "num_hidden_layers", 200),
            _number(config, "num_attention_heads", 1024),
            _number(config, "intermediate_size", 131_072),
            _number(config, "vocab_size", 4_000_000),
            _number(config, "max_position_embeddings", 1 << 20),
            _number(config, "type_vocab_size", 64),
            epsilon,
        )
        if shape.hidden % shape.heads:
            raise NotAModelError("config.json states a size that its heads do not divide")
        return shape


def _number(config: dict[str, Any], name: str, limit: int) -> int:
    value = config.get(name)
    if type(value) is not int or not 1 <= value <= limit:
        raise NotAModelError(f"config.json states no sensible {name}")
    return value


class Weights:
    """The tensors of a model of this shape, each checked when it is taken."""

    def __init__(self, tensors: Tensors, shape: Shape) -> None:
        """Raises `NotAModelError` if these are no weights of a BERT."""
        self._tensors = tensors
        self.shape = shape
        found = [each for each in _PREFIXES if each + WORDS in tensors]
        if not found:
            raise NotAModelError(f'the weights lack "{WORDS}"')
        self._prefix = found[0]

    def get(self, name: str, *shape: int) -> numpy.ndarray:
        """A tensor of the encoder."""
        return self._tensors.get(self._prefix + name, *shape)

    def linear(self, name: str, rows: int, columns: int) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Weight (`columns` by `rows`: as inputs meet it) and bias of a layer that maps `columns`
        numbers to `rows`."""
        return self.get(f"{name}.weight", rows, columns).T, self.get(f"{name}.bias", rows)

    def norm(self, name: str) -> tuple[numpy.ndarray, numpy.ndarray]:
        """Scale and shift of a layer norm."""
        size = self.shape.hidden
        return self.get(f"{name}.weight", size), self.get(f"{name}.bias", size)
