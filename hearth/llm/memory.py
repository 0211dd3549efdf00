"""How much memory a model needs, and how much context fits into what is free.

Said before anything is loaded: a machine that starts to swap, or whose kernel ends processes, is
worse than an answer without a model.
"""

from __future__ import annotations

from typing import Final

from hearth.llm.errors import NotEnoughMemoryError
from hearth.llm.header import Header

MIB: Final = 1 << 20
BATCH: Final = 256
"""Tokens of a prompt that are worked on at once."""
STEP: Final = 256
LEAST: Final = 1024
"""Tokens of context below which no question with its passages fits."""
_PROGRAM: Final = 96 * MIB  # the child: Python, numpy and llama.cpp, measured at 62 MiB here


def need(header: Header, context: int) -> int:
    """Bytes that a model takes with so much context: an estimate, rather too high.

    The weights (they are mapped, but a model that does not fit into memory reads its file anew for
    every token), keys and values of each token in 16 bits, and what one batch is worked on in.
    """
    layers = header.number("block_count")
    width = header.number("embedding_length")
    heads = max(1, max(header.numbers("attention.head_count", max(1, layers)), default=1))
    key = header.number("attention.key_length", width // heads)
    value = header.number("attention.value_length", width // heads)
    kept = header.numbers("attention.head_count_kv", layers) or [heads] * layers
    if not any(kept):
        kept = [heads] * layers
    cells = 2 * context * sum(kept) * (key + value)
    forward = max(header.numbers("feed_forward_length", max(1, layers)), default=0)
    batch = 4 * BATCH * (header.vocabulary + 8 * width + 2 * forward + heads * min(context, 4096))
    return header.weights + cells + batch + _PROGRAM


def fitting(header: Header, name: str, wanted: int, have: int | None) -> int:
    """Tokens of context for a model: what is wanted, within its training and the memory.

    Raises NotEnoughMemoryError where not even the least fits, naming what it needs and what there
    is; the least is 1024 tokens, or all that the model was trained for.
    """
    most = min(wanted, header.context) if header.context else wanted
    if have is None or need(header, most) <= have:
        return most
    least = min(LEAST, most)
    needed = need(header, least)
    if needed > have:
        raise NotEnoughMemoryError(
            f'"{name}" needs {size(needed)} of memory, and {size(have)} are free',
            "end other programs, or use a smaller model",
            "hearth ask --no-llm answers from the documents themselves",
        )
    per_token = max(1, need(header, 2 * STEP) - need(header, STEP)) / STEP
    more = int((have - needed) / per_token) // STEP * STEP
    context = least + more
    while context > least and need(header, context) > have:
        context -= STEP
    return min(most, max(least, context))


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{max(1, count // 10**6)} MB"
