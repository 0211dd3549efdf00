"""Words as the full-text index sees them.

A question and the sentences it is held against must be cut and stemmed exactly as the index cut
its passages, so this asks SQLite's own tokenizer (porter over unicode61, diacritics removed)
instead of imitating it. What the index is given of other languages and of scripts without spaces
is what `hearth.languages` makes of them, here as there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from hearth.languages import ENGLISH, western

TOKENIZER = ("porter", ["unicode61", "remove_diacritics", "2"])
_BREAK = "zbreakz"  # a token that no text has, and that stems to itself
LONGEST_TOKEN = 64  # characters; longer ones are junk, never words


def among(text: str) -> frozenset[str]:
    """The words of a table written as prose."""
    return frozenset(text.split())


@lru_cache(maxsize=1)
def _tokenizer() -> tuple[Callable[..., Any], int]:
    import apsw

    connection = apsw.Connection(":memory:")
    tokenizer = connection.fts5_tokenizer(TOKENIZER[0], TOKENIZER[1])
    return tokenizer, apsw.FTS5_TOKENIZE_DOCUMENT


def stems(text: str, language: str = ENGLISH) -> list[str]:
    """The stemmed tokens of a text, in order. About 3 µs an English sentence."""
    tokenizer, reason = _tokenizer()
    if language != ENGLISH or not western(text):
        from hearth.languages import stemming

        text = stemming.indexed(text, language)
    encoded = text.encode("utf-8", "replace")
    found: list[str] = tokenizer(
        encoded, reason, None, include_offsets=False, include_colocated=False
    )
    return found


def parts(text: str) -> list[str]:
    """The stretches of scripts without spaces that stand for a text's words, each as one stem."""
    if western(text):
        return []
    from hearth.languages import unspaced

    return [spelt(part) for run in unspaced.runs(text) for part in unspaced.grams(run)]


def spelt(part: str) -> str:
    """A stretch of such a script as one stem: its characters as the index has them, spaced."""
    from hearth.languages import unspaced

    return " ".join(map(unspaced.letter, part))


def many_stems(entries: list[str]) -> list[tuple[str, ...]]:
    """The stems of each of many short texts without line ends, in one go."""
    found: list[tuple[str, ...]] = []
    current: list[str] = []
    for stem in stems(f" {_BREAK} ".join(entries) + f" {_BREAK}"):
        if stem == _BREAK:
            found.append(tuple(current))
            current = []
        else:
            current.append(stem)
    return found


def placed_stems(text: str, language: str = ENGLISH) -> list[tuple[str, str]]:
    """(word as written, lower case; its stem) in order.

    Of scripts without spaces the telling stretches (`unspaced.telling`), overlapping.
    """
    if apart(text):
        return _placed_apart(text, language)
    if language != ENGLISH:
        from hearth.languages import stemming

        return [(word, stem(word, language)) for word in stemming.words(text)]
    tokenizer, reason = _tokenizer()
    encoded = text.encode("utf-8", "replace")
    found = tokenizer(encoded, reason, None, include_offsets=True, include_colocated=False)
    return [
        (encoded[start:end].decode("utf-8", "replace").lower(), root) for start, end, root in found
    ]


def apart(text: str) -> bool:
    """Whether a text has characters of a script without spaces."""
    if western(text):
        return False
    from hearth.languages import unspaced

    return unspaced.any_in(text)


def _placed_apart(text: str, language: str) -> list[tuple[str, str]]:
    from hearth.languages import unspaced

    found: list[tuple[str, str]] = []
    for stretch in unspaced.split(text):
        if unspaced.is_run(stretch):
            found += [
                (part, spelt(part))
                for piece in unspaced.telling(stretch)
                for part in unspaced.grams(piece)
            ]
        else:
            found += placed_stems(stretch, language)
    return found


def stem(word: str, language: str = ENGLISH) -> str:
    """The stem of one word; of several words, of the last one."""
    found = stems(word, language)
    return found[-1] if found else ""
