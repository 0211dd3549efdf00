"""Giving every passage its vector: incrementally, resumably, in bounded memory.

Work goes in batches of a few passages, each read, embedded and written in one short transaction.
Killed anywhere, the next run goes on after the last batch; what is removed meanwhile is passed
over. At no time are more than a batch's texts and vectors in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from hearth.corpora.cache import changing, query, translated
from hearth.vectors import kin, packing, tables, waiting
from hearth.vectors.waiting import Passage

if TYPE_CHECKING:
    import apsw

    from hearth.models.embedding import Embedder
    from hearth.vectors.packing import Matrix

BATCH = 64
"""Passages to a transaction."""


class Filled(NamedTuple):
    """What a run did: passages that got a vector, passages that still lack one."""

    done: int
    left: int


def fill(
    connection: apsw.Connection,
    embedder: Embedder,
    *,
    progress: Callable[[int, int], None] | None = None,
    enough: Callable[[], bool] | None = None,
) -> Filled:
    """Embed what has no vector of this model, until all have one or `enough` says to stop.

    `progress` is called with (passages done, passages to do). `enough` is asked after every batch.
    Raises VectorError for a model whose vectors cannot be kept, what the embedder raises, and what
    cache.db raises; all that was done until then stays.
    """
    if not packing.fits(embedder.dimensions):
        raise packing.VectorError(
            f'the vectors of "{embedder.name}" have {embedder.dimensions} dimensions',
            "a multiple of 8, at most 8192, can be kept",
        )
    with translated():
        tables.prepare(connection)
        number = tables.add_model(connection, embedder.id, embedder.dimensions)
        kin.keep(connection, embedder)
        connection.executemany(
            "DELETE FROM vector_bits WHERE model = ? AND passage = ?",
            waiting.damaged(connection, embedder.id),
        )
        todo = waiting.lacking(connection, embedder.id)
        done = 0
        passages = waiting.without(connection, number)
        while batch := list(islice(passages, BATCH)):
            done += _give(connection, number, embedder, batch)
            if progress is not None:
                progress(min(done, todo), todo)
            if enough is not None and enough():
                break
        else:
            tables.drop_unused(connection, number)
        return Filled(done, waiting.lacking(connection, embedder.id))


def _give(
    connection: apsw.Connection, number: int, embedder: Embedder, batch: Sequence[Passage]
) -> int:
    """Embed a batch outside any transaction and write it in one; how many got their row."""
    known = _known(connection, number, {one.content for one in batch}, embedder.dimensions)
    new = {one.content: one.text for one in batch if one.content not in known}
    made = _made(embedder, new)
    with changing(connection):
        return sum(_write(connection, number, one, known, made) for one in batch)


Known = dict[bytes, tuple[int, bytes]]
"""Content → number of its vector, and sign bits."""
Made = dict[bytes, tuple[bytes, bytes]]
"""Content → packed vector, and sign bits."""


def _known(connection: apsw.Connection, number: int, contents: set[bytes], size: int) -> Known:
    """Of these contents those that have a vector already that is whole."""
    rows = [
        (content, *row)
        for content in contents
        for row in query(
            connection,
            "SELECT id, vector FROM vectors WHERE model = ? AND content = ?",
            (number, content),
        )
    ]
    if not rows:
        return {}
    matrix, whole = packing.unpack([packed for _, _, packed in rows], size)
    bits = packing.signs(matrix)
    return {rows[at][0]: (rows[at][1], bits[at]) for at in whole}


def _made(embedder: Embedder, new: dict[bytes, str]) -> Made:
    """Packed vectors of new contents; those that the model can make none of are left out."""
    if not new:
        return {}
    matrix = _embedded(embedder, list(new.values()))
    if matrix.shape != (len(new), embedder.dimensions):
        raise packing.VectorError(
            f'"{embedder.name}" gave {matrix.shape} numbers for {len(new)} texts',
            "hearth model verify tells whether the model is whole",
        )
    contents = list(new)
    good = [at for at, one in enumerate(packing.usable(matrix)) if one]
    if not good:
        return {}
    rows = packing.unit(matrix[good])
    pairs = zip(packing.pack(rows), packing.signs(rows), strict=True)
    return {contents[at]: pair for at, pair in zip(good, pairs, strict=True)}


def _embedded(embedder: Embedder, texts: list[str]) -> Matrix:
    """The vectors of these texts; a text that the model fails at gets a row of zeros, so that it
    keeps no others from theirs. Raises what the model raises if it fails at all of them."""
    import numpy as np

    from hearth.models.errors import ModelError

    try:
        return embedder.embed(texts)
    except ModelError:
        if len(texts) == 1:
            raise
    rows = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    failed = 0
    for at, text in enumerate(texts):
        try:
            rows[at] = embedder.embed([text])[0]
        except ModelError:
            failed += 1
            if failed == len(texts):
                raise
    return rows


def _write(
    connection: apsw.Connection, number: int, one: Passage, known: Known, made: Made
) -> bool:
    """Write a passage's row, unless its document was taken out meanwhile."""
    still = (
        "SELECT 1 FROM index_entries WHERE id = ? AND document = ?"
        " AND ? BETWEEN first AND first + count - 1"
    )
    if not query(connection, still, (one.entry, one.document, one.row)):
        return False
    if one.content in made:
        packed, bits = made[one.content]
        ((id,),) = query(
            connection,
            "INSERT INTO vectors(model, content, vector) VALUES(?, ?, ?) ON CONFLICT"
            " DO UPDATE SET vector = excluded.vector RETURNING id",
            (number, one.content, packed),
        )
        known[one.content] = (id, bits)
        del made[one.content]
    vector, bits = known.get(one.content, (tables.NO_VECTOR, b""))
    connection.execute(
        "INSERT OR REPLACE INTO vector_bits VALUES(?, ?, ?, ?)", (number, one.row, vector, bits)
    )
    return True
