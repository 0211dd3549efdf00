"""The passages nearest to a question: candidates by their bits, then compared exactly.

max(200, 1 %) candidates are compared exactly: with 384 dimensions and 100,000 vectors in clusters
that found all of the ten nearest (bench/retrieval counts it for any collection). A vector that is
damaged is dropped from the tables, and made again by the next filling; whoever asks never hears of
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import apsw

from hearth.corpora.cache import query
from hearth.vectors import packing, scanning, tables
from hearth.vectors.scanning import Scanner

if TYPE_CHECKING:
    from hearth.vectors.packing import Matrix

LEAST = 200
SHARE = 0.01
_AT_ONCE = 500  # values in one statement


def expect(connection: apsw.Connection, scanner: str | None = None) -> None:
    """Read what any first pass will read, while the question's vector is being made."""
    if tables.ready(connection):
        scanning.choose(connection, scanner)
        query(connection, "SELECT total(length(bits)) FROM vector_bits")


class Near:
    """The vectors of one model beside one index. `dimensions` is 0 where there are none."""

    def __init__(
        self, connection: apsw.Connection, model: bytes, scanner: str | None = None
    ) -> None:
        self.connection = connection
        self._wanted = scanner
        self._scanner: Scanner | None = None
        self._number: int | None = None
        self.dimensions = 0
        if tables.ready(connection):
            sql = "SELECT id, dimensions FROM vector_models WHERE model = ?"
            for number, dimensions in query(connection, sql, (model,)):
                self._number, self.dimensions = number, dimensions

    @property
    def scanner(self) -> Scanner:
        """What makes the first pass."""
        if self._scanner is None:
            self._scanner = scanning.choose(self.connection, self._wanted)
        return self._scanner

    @property
    def empty(self) -> bool:
        """Whether no passage has one, not even one that the model can make none of."""
        sql = "SELECT 1 FROM vector_bits WHERE model = ? LIMIT 1"
        return self._number is None or not query(self.connection, sql, (self._number,))

    def nearest(
        self, vector: Matrix, corpora: Sequence[str] | None = None, limit: int = LEAST
    ) -> list[tuple[int, float]]:
        """(row of the passage, cosine) of the nearest, the nearest first; equal ones by row.

        `vector` is one row of length 1, shape (1, dimensions). None but of `corpora`, if given.
        """
        if self._number is None or vector.shape[1] != self.dimensions or corpora == []:
            return []
        passages = query(self.connection, "SELECT total(count) FROM index_entries")[0][0]
        wide = max(LEAST, limit, int(passages * SHARE))
        sought = scanning.Sought(self._number, vector, corpora, wide)
        rows = self.scanner.scan(self.connection, sought)
        found = self.cosines(vector, rows)
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]

    def cosines(self, vector: Matrix, rows: Iterable[int]) -> dict[int, float]:
        """The cosine of each of these passages that has a vector."""
        if self._number is None or vector.shape[1] != self.dimensions:
            return {}
        found = self._fetch(list(rows))
        matrix, whole = packing.unpack([packed for _, packed in found], self.dimensions)
        if len(whole) < len(found):
            kept = set(whole)
            self._drop([row for at, (row, _) in enumerate(found) if at not in kept])
        likeness = matrix @ vector[0]
        return {found[at][0]: float(likeness[at]) for at in whole}

    def vectors(self, rows: Sequence[int]) -> Matrix:
        """The vectors of those of these passages that have one, in their order."""
        known = dict(self._fetch(rows))
        packed = [known[row] for row in rows if row in known]
        matrix, whole = packing.unpack(packed, self.dimensions)
        return matrix[whole]

    def _fetch(self, rows: Sequence[int]) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        if self._number is None:
            return found
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            found += query(
                self.connection,
                "SELECT b.passage, v.vector FROM vector_bits AS b JOIN vectors AS v"
                f" ON v.id = b.vector WHERE b.model = ? AND b.passage IN ({marks})",
                (self._number, *some),
            )
        return found

    def _drop(self, rows: Sequence[int]) -> None:
        """Forget damaged vectors, where the file can be written just now."""
        try:
            with self.connection:
                self.connection.executemany(
                    "DELETE FROM vector_bits WHERE vector ="
                    " (SELECT vector FROM vector_bits WHERE model = ? AND passage = ?)",
                    [(self._number, row) for row in rows],
                )
        except (apsw.ReadOnlyError, apsw.BusyError, apsw.FullError, apsw.LockedError):
            return  # another time
