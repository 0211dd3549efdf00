"""A tokenizer for a question alone: it learns only the pieces that its words can fall into.

Reading tokenizer.json with a vocabulary of 30,000 pieces takes the tokenizers library 14 ms, for a
question of ten words. WordPiece cuts a word into pieces of the vocabulary, so whatever is no part
of a word of the text can never come out, and a tokenizer without it gives the same tokens: 5 ms,
nearly all of it for reading the JSON. That is certain only for BERT's own way of making words,
which everything in `_KNOWN` states; of any other the whole file is read.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol

from hearth.models import tokens

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


class Reads(Protocol):
    """What turns a text into tokens."""

    def encode(self, sequence: str) -> Encoding:
        """The tokens of a text."""


FEW: Final = 2
"""Texts for which a vocabulary of their own is made; for more, the whole is quicker."""
_KNOWN: Final = (
    ("normalizer", "BertNormalizer"),
    ("pre_tokenizer", "BertPreTokenizer"),
    ("model", "WordPiece"),
)


class Brief:
    """A tokenizer for a text or two, the same as `tokens.load` gives for any text."""

    def __init__(self, data: bytes, max_tokens: int) -> None:
        """Raises as `tokens.load`."""
        self._data, self._max_tokens = data, max_tokens
        self._left = FEW
        self._whole: Tokenizer | None = None
        self._stated = _stated(data) if b"BertPreTokenizer" in data else None
        if self._stated is None:
            self._read()

    def encode(self, sequence: str) -> Encoding:
        """The tokens of a text."""
        little = None
        if self._whole is None and self._left:
            self._left -= 1
            little = self._little(sequence)
        return (little or self._read()).encode(sequence)

    def _read(self) -> Tokenizer:
        if self._whole is None:
            self._whole = tokens.load(self._data, self._max_tokens)
        return self._whole

    def _little(self, text: str) -> Tokenizer | None:
        """The tokenizer with those pieces only that occur in the text; None if that is not sure."""
        assert self._stated is not None
        model, added = self._stated["model"], self._stated["added_tokens"]
        marks = [each["content"] for each in added]
        if any(mark in text for mark in marks):
            return None
        always = [*marks, model["unk_token"]]
        skeleton = self._with(always)
        plain = skeleton.normalizer.normalize_str(text)
        prefix, longest = model["continuing_subword_prefix"], model["max_input_chars_per_word"]
        pieces = set(always)
        for word, _ in skeleton.pre_tokenizer.pre_tokenize_str(plain):
            if len(word) <= longest:
                parts = {word[at:end] for at in range(len(word)) for end in _ends(word, at)}
                pieces |= parts | {prefix + part for part in parts}
        return self._with(pieces)

    def _with(self, pieces: Any) -> Tokenizer:
        assert self._stated is not None
        model = self._stated["model"]
        vocabulary = {each: model["vocab"][each] for each in pieces if each in model["vocab"]}
        made = {**self._stated, "model": {**model, "vocab": vocabulary}}
        return tokens.load(json.dumps(made).encode(), self._max_tokens)


def _ends(word: str, at: int) -> range:
    return range(at + 1, len(word) + 1)


def _stated(data: bytes) -> dict[str, Any] | None:
    """What tokenizer.json says, if it makes words as BERT does and says all that is read here."""
    try:
        stated = json.loads(data)
        model = stated["model"]
        sound = (
            all(stated[part]["type"] == kind for part, kind in _KNOWN)
            and isinstance(model["vocab"], dict)
            and isinstance(model["unk_token"], str)
            and isinstance(model["continuing_subword_prefix"], str)
            and type(model["max_input_chars_per_word"]) is int
            and all(isinstance(each["content"], str) and each["content"]
                    for each in stated["added_tokens"])
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return stated if sound else None
