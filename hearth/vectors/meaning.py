"""What a question means, beside what it says: its vector, made while the words are looked for.

Loading a model takes longer than answering, so it is done on a thread of its own, from `begin` on,
while the full-text search runs; whoever needs the vector waits for it. Whatever is wrong with a
model, the question is answered by its words: `problem` then says what was wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hearth.languages import ENGLISH
from hearth.store.errors import HearthError
from hearth.vectors import kin, packing
from hearth.vectors.fusion import standardised
from hearth.vectors.searching import Near, expect

if TYPE_CHECKING:
    from hearth.ask.sources import Source
    from hearth.models.embedding import Embedder
    from hearth.models.reranking import Reranker
    from hearth.vectors.calibration import Calibration
    from hearth.vectors.packing import Matrix


class Minds(NamedTuple):
    """What is used: the embedding model; one that puts passages in order, if there is one; and what
    `hearth calibrate` has found of a corpus, by its id (None: the guide)."""

    embedder: Embedder
    reranker: Reranker | None = None
    calibration: Callable[[bytes | None], Calibration | None] = lambda corpus: None


class Meaning:
    """The meaning of one question after another. `open` makes the models ready, on the thread;
    None if there are none to be used. `scanner`: see `hearth.vectors.scanning`."""

    def __init__(self, open: Callable[[], Minds | None], scanner: str | None = None) -> None:
        self.problem: HearthError | None = None
        self._open = open
        self._scanner = scanner
        self._thread: threading.Thread | None = None
        self._minds: Minds | None = None
        self._vector: Matrix | None = None
        self._near: dict[int, Near] = {}
        self._kin: kin.Kin | None = None

    def begin(self, question: str) -> None:
        """Begin to make the question's vector. Another question may follow one that is done."""
        self._wait()
        self._vector = None
        thread = threading.Thread(target=self._make, args=(question,), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system lets no further thread start
            self._make(question)
        else:
            self._thread = thread

    def _make(self, question: str) -> None:
        try:
            if self._minds is None:
                self._minds = self._open()
            if self._minds is None:
                return
            embedder = self._minds.embedder
            made = embedder.embed([question], question=True)
            if made.shape == (1, embedder.dimensions) and packing.usable(made)[0]:
                self._vector = packing.unit(made)
            else:
                self.problem = packing.VectorError(f'"{embedder.name}" gave no vector')
        except HearthError as error:
            self.problem = error
        except (OSError, ValueError, MemoryError) as error:
            self.problem = HearthError(f"the meaning of the question is not known: {error}")

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def vector(self) -> Matrix | None:
        """The question's vector, one row; None if it could not be made."""
        self._wait()
        return self._vector

    @property
    def name(self) -> str | None:
        """What the model is called; None where there is none, or it is not known yet."""
        return None if self._minds is None else self._minds.embedder.name

    def near(self, source: Source) -> Near:
        """The vectors beside a source's index; only after `vector` has given one."""
        assert self._minds is not None
        key = id(source)
        if key not in self._near:
            model = self._minds.embedder.id
            self._near[key] = Near(source.index.connection, model, self._scanner)
        return self._near[key]

    def ready(self, sources: Sequence[Source], language: str = ENGLISH) -> bool:
        """Whether the question has a vector, one of the sources what it is to be held against, and
        the model reads the language of the question.

        To be asked before anything below; where it is not, the words have to do.
        """
        if self._thread is not None and self._thread.is_alive():
            for source in sources:
                expect(source.index.connection, self._scanner)
        if self.vector() is None or self._minds is None:
            return False
        for source in sources:
            if self._kin is None:
                near = self.near(source)
                self._kin = kin.kept(near.connection, self._minds.embedder.id, near.dimensions)
        if self._kin is not None and not self._kin.trusted:
            self.problem = packing.VectorError(
                f'the model "{self.name}" does not know what sentences mean',
                "hearth model use NAME takes another",
            )
        return self._kin is not None and self._kin.trusted and self._kin.reads(language)

    def prepared(self, sources: Sequence[Source]) -> bool:
        """Whether there are vectors of the model beside every source that is kept in a file; true
        as long as no model was opened. For after a question."""
        if self._minds is None or self.vector() is None:
            return True
        kept = [one for one in sources if one.index.connection.filename and one.size()]
        return not kept or (self._kin is not None and not any(self.near(one).empty for one in kept))

    def kin(self) -> float:
        """How much more the question is like those that documents answer (`hearth.vectors.kin`)."""
        vector = self.vector()
        return 0.0 if vector is None or self._kin is None else self._kin.of(vector)

    def nearest(
        self, source: Source, corpora: Sequence[str] | None, limit: int
    ) -> dict[int, float]:
        """How near the nearest passages are to the question, by row: cosines on one scale."""
        vector = self.vector()
        found = [] if vector is None else self.near(source).nearest(vector, corpora, limit)
        return {row: self._scaled(one) for row, one in found}

    def senses(self, source: Source, rows: Iterable[int]) -> dict[int, float]:
        """The same for these passages, as far as they have vectors."""
        vector = self.vector()
        found = {} if vector is None else self.near(source).cosines(vector, rows)
        return {row: self._scaled(one) for row, one in found.items()}

    def _scaled(self, cosine: float) -> float:
        return cosine if self._kin is None else self._kin.scaled(cosine)

    def moved(self, towards: Sequence[tuple[Source, int]], by: float) -> Meaning:
        """The same question moved by `by` towards the mean of these passages."""
        import numpy as np

        vector = self.vector()
        other = Meaning(self._open, self._scanner)
        other._minds, other._near, other._vector = self._minds, self._near, vector
        other._kin = self._kin
        found = [one for source, row in towards for one in self.near(source).vectors([row])]
        if vector is not None and found:
            other._vector = packing.unit(vector + np.float32(by) * np.mean(found, axis=0))
        return other

    def likeness(self, texts: Sequence[str]) -> list[float]:
        """The same for texts, which are embedded for it; zeros if that fails."""
        vector = self.vector()
        if vector is None or self._minds is None or not texts:
            return [0.0] * len(texts)
        try:
            made = self._minds.embedder.embed(texts)
        except HearthError as error:
            self.problem = error
            return [0.0] * len(texts)
        return [self._scaled(float(one)) for one in made @ vector[0]]

    def ranks(self, question: str, texts: Sequence[str]) -> list[float] | None:
        """How well each of these texts answers, in standard deviations; None where nothing ranks,
        or what should has failed."""
        reranker = None if self._minds is None else self._minds.reranker
        if reranker is None or not texts:
            return None
        try:
            return standardised(reranker.score(question, texts))
        except HearthError as error:
            self.problem = error
            return None

    def standing(self, corpus: bytes | None, sense: float) -> tuple[float, int] | None:
        """How usual an answer as near as this is in a corpus, 0..1, and by how many pairs that is
        known; None where `hearth calibrate` has found too few, or was never run."""
        found = None if self._minds is None else self._minds.calibration(corpus)
        standing = None if found is None else found.standing(sense)
        return None if found is None or standing is None else (standing, found.pairs)

    def close(self) -> None:
        """Let go of the models."""
        self._wait()
        if self._minds is not None:
            self._minds.embedder.close()
            if self._minds.reranker is not None:
                self._minds.reranker.close()
            self._minds = None
