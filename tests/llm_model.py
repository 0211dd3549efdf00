"""A tiny language model as a GGUF file: random weights, a real tokenizer and chat template.

What it writes is noise, which is the point: whatever holds with it holds because of the program.
With a script its weights are arranged so that it writes just that, by the same ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hearth.llm.contract import LanguageModel, Request

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROL = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"]
WORDS = [
    "the", "water", "boil", "is", "safe", "to", "drink", "not", "minute", "for", "and", "it",
    "one", "at", "least", "clean", "in", "of",
]  # fmt: skip
NORMAL, UNKNOWN, CONTROLS, BYTE = 1, 2, 3, 6


def vocabulary() -> list[tuple[str, float, int]]:
    """(text, score, type) of each token: control tokens, all bytes, letters, words, word parts.

    SentencePiece merges by score, so every word's own beginnings are there, too.
    """
    tokens = [(text, 0.0, UNKNOWN if text == "<unk>" else CONTROLS) for text in CONTROL]
    tokens += [(f"<0x{byte:02X}>", 0.0, BYTE) for byte in range(256)]
    singles = ["▁", *(chr(code) for code in range(33, 127))]
    parts: dict[str, None] = dict.fromkeys(singles)
    for word in WORDS:
        for end in range(2, len(word) + 2):
            parts.setdefault(("▁" + word)[:end])
    known = {text for text, _, _ in tokens}
    tokens += [
        (text, float(len(text) * 100 - at), NORMAL)
        for at, text in enumerate(parts)
        if text not in known
    ]
    return tokens


def write(
    path: Path,
    *,
    seed: int = 7,
    template: str | None = TEMPLATE,
    width: int = 64,
    layers: int = 2,
    script: Sequence[str] = (),
    **more: Any,
) -> Path:
    """Write the model. `more` are keys in the place of the usual ones (`None`: left out).

    With a `width` of 512 and 6 layers it writes some hundred tokens a second, not thousands. With
    a `script` each of its texts, all different, is a token ("▁" is a blank), and the likeliest
    after a line's end is the first, after each the next, after the last the end.
    """
    import gguf
    import numpy

    random = numpy.random.default_rng(seed)
    tokens = vocabulary()
    known = {text for text, _, _ in tokens}
    tokens += [(text, -1.0, NORMAL) for text in script if text not in known]
    if script:
        width = -(-len(tokens) // 8) * 8  # a direction for each token
    heads, forward = 4, 2 * width
    writer = gguf.GGUFWriter(str(path), more.pop("architecture", "llama"))
    settings: dict[str, int] = {
        "context_length": 2048, "embedding_length": width, "block_count": layers,
        "feed_forward_length": forward, "head_count": heads, "head_count_kv": heads,
        "rope_dimension_count": width // heads, "vocab_size": len(tokens),
    }  # fmt: skip
    writer.add_name("tiny")
    for name, value in (settings | more).items():
        if value is not None:
            getattr(writer, f"add_{name}")(value)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(4)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    if template is not None:
        writer.add_chat_template(template)

    def tensor(name: str, *shape: int) -> None:
        scale = 0.0 if script else 2.0 / shape[-1] ** 0.5
        values = random.standard_normal(shape) * scale if len(shape) > 1 else numpy.ones(shape)
        writer.add_tensor(name, values.astype(numpy.float32))

    if script:
        ids = {text: at for at, (text, _, _) in enumerate(tokens)}
        output = numpy.zeros((len(tokens), width), numpy.float32)
        for one, following in pairwise(["<0x0A>", *script, "<|im_end|>"]):
            output[ids[following], ids[one]] = 1.0
        writer.add_tensor("token_embd.weight", numpy.eye(len(tokens), width, dtype=numpy.float32))
        writer.add_tensor("output.weight", output)
    else:
        tensor("token_embd.weight", len(tokens), width)
        tensor("output.weight", len(tokens), width)
    tensor("output_norm.weight", width)
    for layer in range(layers):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}.weight", width, width)
        for name in ("attn_norm", "ffn_norm"):
            tensor(f"blk.{layer}.{name}.weight", width)
        for name in ("ffn_gate", "ffn_up"):
            tensor(f"blk.{layer}.{name}.weight", forward, width)
        tensor(f"blk.{layer}.ffn_down.weight", width, forward)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def whole(model: LanguageModel, request: Request) -> str:
    """A model's answer in one piece."""
    return "".join(model.stream(request))
