"""A small model for meaning whose every vector can be reckoned by hand, and indexes to try it on.

`Concepts` is a bag of concepts: every word has one, words that mean the same have the same one, and
a text is the sum of its concepts' vectors. So texts without a word in common can be near, as with a
real model, and everything that is done with vectors is done with them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from hearth.ask.examples import SAME_IN_OTHER_WORDS
from hearth.ask.sources import Source
from hearth.ask.words import among
from hearth.corpora.index import Index
from hearth.models.embedding import Embedder
from hearth.models.errors import ModelError
from hearth.vectors import filling
from hearth.vectors.meaning import Meaning, Minds

Matrix = NDArray[np.float32]

SAME = (
    "burn scald scorched singed", "water liquid drink fluid", "cold freezing frozen icy",
    "generator engine motor", "garage shed", "carbon monoxide fumes gas", "boil bubbling simmer",
    "fingers digits hands", "numb feel feeling sensation", "goldfish pond koi",
)  # fmt: skip
_CONCEPT = {word: group.split()[0] for group in SAME for word in group.split()}
_CONCEPT |= {
    word: f"pair {number}"
    for number, pair in enumerate(SAME_IN_OTHER_WORDS)
    for word in " ".join(pair).lower().split()
    if word not in _CONCEPT
}
_EMPTY = among("a an the is are of to and in on for do i my what how at it that with")


class Concepts(Embedder):
    """The model. `texts` are the texts embedded so far, in the order they came."""

    def __init__(self, dimensions: int = 64, seed: int = 1, name: str = "concepts") -> None:
        self.id = blake3(f"{name} {dimensions} {seed}".encode()).digest()
        self.name = name
        self.dimensions = dimensions
        self.texts: list[str] = []
        self.batches: list[int] = []
        self.before: Callable[[Sequence[str]], None] = lambda texts: None
        self._seed = seed

    def embed(self, texts: Sequence[str], *, question: bool = False) -> Matrix:
        self.before(texts)
        self.texts += texts
        self.batches.append(len(texts))
        rows = [self._row(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dimensions)

    def _row(self, text: str) -> Matrix:
        words = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _EMPTY]
        total = np.sum([self._concept(_CONCEPT.get(word, word)) for word in words or ["-"]], axis=0)
        found: Matrix = (total / np.linalg.norm(total)).astype(np.float32)
        return found

    def _concept(self, word: str) -> Matrix:
        seeded = np.random.default_rng([self._seed, zlib.crc32(word.encode())])
        found: Matrix = seeded.normal(size=self.dimensions).astype(np.float32)
        return found

    def close(self) -> None:
        pass


def fails_at(word: str) -> Callable[[Sequence[str]], None]:
    """A model that fails at every batch in which a text has this word."""

    def before(texts: Sequence[str]) -> None:
        if any(word in text for text in texts):
            raise ModelError("the model failed")

    return before


def document(text: str) -> bytes:
    """The id of a text."""
    return blake3(text.encode()).digest()


def index(texts: dict[str, str], corpus: str = "mine") -> Index:
    """An index of these documents, by title."""
    made = Index.memory()
    for title, text in texts.items():
        made.add_document(corpus, document(text), title, text)
    return made


def many(count: int, corpus: str = "mine") -> Index:
    """An index of so many documents of one passage, each about something else."""
    made = Index.memory()
    with made.batch():
        for number in range(count):
            text = f"Word{number} stands beside thing{number % 7} and place{number % 11}.\n"
            made.add_document(corpus, document(text), f"Title {number}", text)
    return made


def meaning(model: Embedder, *sources: Source, scanner: str | None = None) -> Meaning:
    """What finds by meaning in these sources, which get their vectors first."""
    for source in sources:
        filling.fill(source.index.connection, model)
    return Meaning(lambda: Minds(model), scanner)


def rows(made: Index) -> list[int]:
    """The numbers of all passages."""
    return [row for (row,) in made.connection.execute("SELECT rowid FROM passage_text")]
