"""What sort of question one is, by the examples it is like; and the scale of a model's cosines.

The examples (`hearth.ask.examples`) are embedded once for each model and kept beside the vectors.
`Kin.of` is how much more a question is like questions that documents answer than like those that
none does: the mean cosine to the three nearest of either sort, one less the other.

Models differ in how near they put anything to anything: MiniLM gives two unrelated questions about
0.1, others 0.7. The examples tell: `Kin.scaled` turns a cosine of this model into what MiniLM's
would be about, by the mean and the spread of the cosines among the examples, so that the figures in
`hearth.ask.settings` hold for any model.

And not every model that gives vectors knows anything of meaning: one whose weights are random, or
that was made for another language, would spoil answers that the words find. So a model is
`Kin.trusted` only if it finds most of a dozen sentences by what they say in other words: MiniLM
finds all twelve, in 8 bits as well, random weights none.

Nor does a model read every language. It does `Kin.reads` one other than English if it finds the
English of nine of twelve sentences among all those English ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

from hearth.ask.examples import ANSWERED, NOT_ANSWERED, SAME_IN_OTHER_WORDS, TRANSLATED
from hearth.corpora.cache import query
from hearth.languages import ENGLISH
from hearth.vectors import packing, tables

if TYPE_CHECKING:
    import apsw

    from hearth.models.embedding import Embedder
    from hearth.vectors.packing import Matrix

NEAREST = 3
TRUSTED = 8
"""Of the pairs that say the same in other words, how many a model must find."""
READS = 9
"""Of the translations of a language, how many it must find; MiniLM, made for English, finds 3."""
_EXAMPLES = (
    *ANSWERED,
    *NOT_ANSWERED,
    *(text for pair in SAME_IN_OTHER_WORDS for text in pair),
    *(text for texts in TRANSLATED.values() for text in texts),
)
MEAN, SPREAD = 0.068, 0.099
"""Of MiniLM's cosines among the examples."""


class Kin:
    """The examples' vectors of one model."""

    def __init__(self, matrix: Matrix) -> None:
        import numpy as np

        self._answered = matrix[: len(ANSWERED)]
        self._not_answered = matrix[len(ANSWERED) : len(ANSWERED) + len(NOT_ANSWERED)]
        begin = len(ANSWERED) + len(NOT_ANSWERED)
        pairs = matrix[begin : begin + 2 * len(SAME_IN_OTHER_WORDS)]
        self._read = frozenset((ENGLISH, *_read(pairs, matrix[begin + len(pairs) :])))
        found = (pairs[::2] @ pairs[1::2].T).argmax(axis=1)
        self.trusted = int((found == np.arange(len(found))).sum()) >= TRUSTED
        questions = matrix[: len(ANSWERED) + len(NOT_ANSWERED)]
        among = (questions @ questions.T)[np.triu_indices(len(questions), 1)]
        self._mean, self._spread = float(among.mean()), max(float(among.std()), 1e-3)

    def reads(self, language: str) -> bool:
        """Whether the model knows what sentences in a language mean."""
        return language in self._read

    def scaled(self, cosine: float) -> float:
        """The cosine on MiniLM's scale."""
        return MEAN + (cosine - self._mean) / self._spread * SPREAD

    def of(self, vector: Matrix) -> float:
        """How much more a question is like the answered ones, on MiniLM's scale; about -0.5 to
        0.5. `vector` is one row of length 1."""
        return (_likeness(self._answered, vector) - _likeness(self._not_answered, vector)) * (
            SPREAD / self._spread
        )


def _read(pairs: Matrix, translated: Matrix) -> list[str]:
    """The languages whose sentences are nearest to their own English."""
    read = []
    count = len(pairs) // 2
    for number, language in enumerate(TRANSLATED):
        mine = translated[number * count : (number + 1) * count]
        found = (mine @ pairs.T).argmax(axis=1) // 2
        if sum(int(one) == at for at, one in enumerate(found)) >= READS:
            read.append(language)
    return read


def _likeness(examples: Matrix, vector: Matrix) -> float:
    import numpy as np

    return float(np.sort(examples @ vector[0])[-NEAREST:].mean())


def _key(model: bytes) -> str:
    """Under which a model's examples are kept: other examples, other key."""
    texts = "\n".join(_EXAMPLES)
    return f"examples {model.hex()} {blake3(texts.encode()).hexdigest()[:16]}"


def _embedded(embedder: Embedder) -> Matrix:
    matrix = embedder.embed(_EXAMPLES, question=True)
    if not all(packing.usable(matrix)):
        raise packing.VectorError(f'"{embedder.name}" makes no vectors of plain questions')
    return packing.unit(matrix)


def made(embedder: Embedder) -> Kin:
    """The examples, embedded now; raises VectorError, and what the embedder raises."""
    return Kin(_embedded(embedder))


def keep(connection: apsw.Connection, embedder: Embedder) -> None:
    """Embed the examples, unless they are there."""
    if held(connection, embedder.id, embedder.dimensions):
        return
    data = _embedded(embedder).astype("<f4").tobytes()
    with connection:
        connection.execute("DELETE FROM vector_state WHERE key GLOB ?",
                           (f"examples {embedder.id.hex()} *",))  # fmt: skip
        row = (_key(embedder.id), data)
        connection.execute("INSERT OR REPLACE INTO vector_state VALUES(?, ?)", row)


def held(connection: apsw.Connection, model: bytes, dimensions: int) -> bool:
    """Whether the examples are kept. Needs no library: the extra may be missing here."""
    return _row(connection, model, dimensions) is not None


def kept(connection: apsw.Connection, model: bytes, dimensions: int) -> Kin | None:
    """The examples that are kept, if they are there and whole."""
    import numpy as np

    data = _row(connection, model, dimensions)
    if data is None:
        return None
    matrix = np.frombuffer(data, dtype="<f4").reshape(-1, dimensions)
    return Kin(matrix) if all(packing.usable(matrix)) else None


def _row(connection: apsw.Connection, model: bytes, dimensions: int) -> bytes | None:
    if not dimensions or not tables.ready(connection):
        return None
    rows = query(connection, "SELECT value FROM vector_state WHERE key = ?", (_key(model),))
    data = rows[0][0] if rows else None
    whole = isinstance(data, bytes) and len(data) == len(_EXAMPLES) * dimensions * 4
    return data if whole else None
