"""Tokenizers: a tokenizer.json, read by the tokenizers library, and held to its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hearth.models.errors import NotAModelError, missing, short

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SIZE_LIMIT: Final = 64 << 20
LETTERS: Final = 64
"""Letters of a text that are looked at for each token that is read: a longer text is cut."""


def load(data: bytes, max_tokens: int) -> Tokenizer:
    """A tokenizer that cuts what is longer than `max_tokens` and pads nothing.

    Raises `NotAModelError` for what is no tokenizer.json, `MissingExtraError`.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise missing("embed", "a model for meaning") from None
    try:
        tokenizer = Tokenizer.from_buffer(data)
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens)
    except Exception as error:
        raise NotAModelError(f"tokenizer.json cannot be read: {short(error)}") from None
    return tokenizer


def hold(tokenizer: Tokenizer, rows: int) -> None:
    """Raise `NotAModelError` unless each token there is has its row among `rows`.

    A model may have rows that no token uses (sizes are often rounded up), but not many.
    """
    ids = tokenizer.get_vocab(with_added_tokens=True).values()
    top = max(ids, default=-1)
    if not ids or top >= rows:
        raise NotAModelError(
            f"the tokenizer has tokens up to {top}, the model vectors for {rows}: they do not"
            " belong together"
        )
    if top + 1 < rows - max(rows // 20, 1024):
        raise NotAModelError(
            f"the model has vectors for {rows} tokens, the tokenizer {top + 1}: they do not"
            " belong together"
        )
