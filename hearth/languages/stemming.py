"""What a text's words are to the index, by its language.

English passes as it is: the index's own tokenizer (Porter) stems it. A word of German, French or
Spanish becomes its Snowball stem and a character of the private use area that says the language.
So the stems of two languages are never taken for each other ("Gift" is no gift), Porter leaves
them alone, and a word stays one word at its place, so that the index's snippets are right.

Snowball: https://snowballstem.org, through the package `snowballstemmer` (pure Python, BSD).
Its modules are named outright: the package itself would take PyStemmer where that is installed,
and the stems of one hearth would be another's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from hearth.languages import ENGLISH, FRENCH, GERMAN, MARKS, unspaced

LONGEST = 64  # characters of a word that is stemmed
_REMEMBERED = 1 << 16  # words; a corpus's vocabulary is about so large


def indexed(text: str, language: str = ENGLISH) -> str:
    """The text as the index is given it; English without unspaced scripts comes back unchanged."""
    if unspaced.any_in(text):
        text = unspaced.apart(text)
    if language not in MARKS:
        return text
    stem, mark = _stemmer(language), MARKS[language]
    return " ".join([stem(word) if len(word) <= LONGEST else word + mark for word in words(text)])


def words(text: str) -> list[str]:
    """The text's words as the index cuts them, in lower case, accents kept."""
    tokenizer, reason = _tokenizer()
    found: list[str] = tokenizer(
        text.encode("utf-8", "replace"), reason, None,
        include_offsets=False, include_colocated=False,
    )  # fmt: skip
    return found


@lru_cache(maxsize=1)
def _tokenizer() -> tuple[Callable[..., Any], int]:
    import apsw

    connection = apsw.Connection(":memory:")
    tokenizer = connection.fts5_tokenizer("unicode61", ["remove_diacritics", "0"])
    return tokenizer, apsw.FTS5_TOKENIZE_DOCUMENT


def _snowball(language: str) -> Callable[[str], str]:
    if language == GERMAN:
        from snowballstemmer.german_stemmer import GermanStemmer as Stemmer
    elif language == FRENCH:
        from snowballstemmer.french_stemmer import FrenchStemmer as Stemmer
    else:
        from snowballstemmer.spanish_stemmer import SpanishStemmer as Stemmer
    stem: Callable[[str], str] = Stemmer().stemWord
    return stem


@lru_cache(maxsize=3)
def _stemmer(language: str) -> Callable[[str], str]:
    """A function from a word to its marked stem that remembers.

    What is no word (numbers, signs, characters of unspaced scripts) is the same in all languages.
    """
    stem = _snowball(language)
    mark = MARKS[language]

    @lru_cache(maxsize=_REMEMBERED)
    def marked_stem(word: str) -> str:
        if not word.isalpha() or unspaced.any_in(word):
            return word
        return stem(word) + mark

    return marked_stem
