"""Small GGUF files, written by the gguf package."""

from __future__ import annotations

from pathlib import Path

import numpy as np

TOKENS = ["<unk>", "<s>", "</s>", *(chr(each) for each in range(33, 100))]


def write(
    path: Path,
    *,
    architecture: str = "llama",
    name: str = "Tiny story",
    licence: str = "",
    context: int = 128,
    template: str | None = "{{ messages }}",
    rows: int = len(TOKENS),
    parts: int = 0,
) -> Path:
    """A file with a header like a real one's, and two tensors."""
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(name)
    if licence:
        writer.add_license(licence)
    writer.add_context_length(context)
    writer.add_token_list(TOKENS)
    writer.add_token_scores([0.0] * len(TOKENS))
    if parts:
        writer.add_uint16("split.count", parts)
    if template is not None:
        writer.add_chat_template(template)
    rng = np.random.default_rng(1)
    writer.add_tensor("token_embd.weight", rng.normal(0, 1, (rows, 32)).astype(np.float32))
    writer.add_tensor("output.weight", rng.normal(0, 1, (rows, 32)).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
