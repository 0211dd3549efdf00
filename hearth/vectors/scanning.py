"""The first pass: which of many vectors may be the nearest, by their sign bits alone.

Three scanners behind one seam. Whatever they return is compared exactly afterwards, so as long as
the nearest are among it, they give the same results:

- `Extension`: the SQLite extension sqlite-vec counts differing bits inside SQLite: 12 ms of
  processor time for 100,000 vectors;
- `Plain`: numpy counts them, 45 ms for as many; where the extension cannot be loaded (SQLite's
  builds differ, and there is no wheel for every machine);
- `Faiss`: the extension sqlite-vss, the extra "vss", compares floats. It keeps its own copy of all
  vectors in memory and fills it anew in every process, so it is used only when asked for.

A filter on corpora applies before anything is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import apsw

from hearth.corpora.cache import query
from hearth.vectors import packing

if TYPE_CHECKING:
    from hearth.vectors.packing import Matrix


_ENTRIES, _LAST = "index_entries AS e", "e.first + e.count - 1"
_MEMBER = "SELECT 1 FROM index_members WHERE entry = e.id"


class Sought(NamedTuple):
    """What is looked for: the rows of at most `limit` passages whose vectors of a model (by its
    number) may be nearest to `vector`, one row of length 1; none but of `corpora`, if given."""

    model: int
    vector: Matrix
    corpora: Sequence[str] | None
    limit: int

    def among(self) -> tuple[str, str, tuple[int | str, ...]]:
        """SQL for the bits `b` of all passages that may be: tables, condition, and its values."""
        if self.corpora is None:
            return "vector_bits AS b", "b.model = ?", (self.model,)
        marks = ", ".join("?" * len(self.corpora))
        return (
            f"{_ENTRIES} CROSS JOIN vector_bits AS b ON b.passage BETWEEN e.first AND {_LAST}",
            f"b.model = ? AND EXISTS ({_MEMBER} AND corpus IN ({marks}))",
            (self.model, *self.corpora),
        )


class Scanner(Protocol):
    """Finds candidates."""

    name: str

    def scan(self, connection: apsw.Connection, sought: Sought) -> list[int]:
        """Their rows, the nearest first as far as this scanner can tell."""


class Extension:
    """sqlite-vec."""

    name = "sqlite-vec"

    def scan(self, connection: apsw.Connection, sought: Sought) -> list[int]:
        (bits,) = packing.signs(sought.vector)
        source, condition, values = sought.among()
        sql = (
            f"SELECT b.passage FROM {source} WHERE {condition} AND length(b.bits) = ?"
            " ORDER BY vec_distance_hamming(vec_bit(b.bits), vec_bit(?)), b.passage LIMIT ?"
        )
        rows = query(connection, sql, (*values, len(bits), bits, sought.limit))
        return [row for (row,) in rows]


class Plain:
    """numpy, on bits read out of SQLite a stretch at a time."""

    name = "numpy"
    STRETCH = 50_000

    def scan(self, connection: apsw.Connection, sought: Sought) -> list[int]:
        import numpy as np

        (bits,) = packing.signs(sought.vector)
        wanted = np.frombuffer(bits, dtype=np.uint8)
        source, condition, values = sought.among()
        sql = f"SELECT b.passage, b.bits FROM {source} WHERE {condition} AND length(b.bits) = ?"
        cursor = connection.execute(sql, (*values, len(bits)))
        best: list[tuple[int, int]] = []
        while stretch := list(islice(cursor, self.STRETCH)):
            joined = np.frombuffer(b"".join(one for _, one in stretch), dtype=np.uint8)
            distances = np.bitwise_count(joined.reshape(-1, len(bits)) ^ wanted).sum(axis=1)
            best += zip(distances.tolist(), (row for row, _ in stretch), strict=True)
            best = sorted(best)[: sought.limit]
        return [row for _, row in best]


class Faiss:
    """sqlite-vss. Exact, and in need of memory: 1.5 kB a vector."""

    name = "sqlite-vss"

    def scan(self, connection: apsw.Connection, sought: Sought) -> list[int]:
        size = sought.vector.shape[1]
        source, condition, values = sought.among()
        sql = (
            f"SELECT b.passage, v.vector FROM {source} JOIN vectors AS v ON v.id = b.vector"
            f" WHERE {condition}"
        )
        cursor = connection.execute(sql, values)
        inside = apsw.Connection(":memory:")
        try:
            load(inside, self.name)
            inside.execute(f"CREATE VIRTUAL TABLE near USING vss0(v({size}))")
            count = 0
            with inside:
                while stretch := list(islice(cursor, 1000)):
                    matrix, whole = packing.unpack([packed for _, packed in stretch], size)
                    inside.executemany(
                        "INSERT INTO near(rowid, v) VALUES(?, vector_from_raw(?))",
                        [(stretch[at][0], matrix[at].tobytes()) for at in whole],
                    )
                    count += len(whole)
            if not count:  # to look for something in nothing ends the process
                return []
            found = inside.execute(
                "SELECT rowid FROM near WHERE vss_search(v, vss_search_params("
                "vector_from_raw(?), ?)) ORDER BY distance, rowid",
                (sought.vector[0].tobytes(), min(sought.limit, count)),
            )
            return [row for (row,) in found]
        finally:
            inside.close()


def load(connection: apsw.Connection, name: str) -> None:
    """Load the extension of that name into a connection. Raises ImportError where it is not
    installed, and apsw.Error where SQLite cannot load it."""
    if name == Extension.name:
        places = [(_beside("sqlite_vec", "vec0"), "sqlite3_vec_init")]
    else:
        places = [
            (_beside("sqlite_vss", "vector0"), "sqlite3_vector_init"),
            (_beside("sqlite_vss", "vss0"), "sqlite3_vss_init"),
        ]
    connection.enable_load_extension(True)
    try:
        for path, entry in places:
            connection.load_extension(path, entry)
    finally:
        connection.enable_load_extension(False)  # nothing that a document says loads anything


def _beside(package: str, file: str) -> str:
    """The library in a package's folder; SQLite adds the ending. The package itself is not
    imported: that takes longer than looking through 100,000 vectors."""
    from importlib.util import find_spec

    found = find_spec(package)
    if found is None or found.origin is None:
        raise ImportError(package)
    return str(Path(found.origin).with_name(file))


def choose(connection: apsw.Connection, name: str | None = None) -> Scanner:
    """The scanner of that name, if it works here; else sqlite-vec, else numpy."""
    if name == Faiss.name:
        probe = apsw.Connection(":memory:")
        try:
            load(probe, name)
            return Faiss()
        except (ImportError, apsw.Error, AttributeError):
            pass  # not installed, or without the libraries it needs
        finally:
            probe.close()
    if name != Plain.name:
        try:
            load(connection, Extension.name)
            return Extension()
        except (ImportError, apsw.Error, AttributeError):  # some builds of SQLite load nothing
            pass
    return Plain()
