"""Keeping the vectors of a hearth and of the guide up to date, whoever runs it and however long.

One process at a time does it, under a kernel lock, so that nothing is embedded twice. The guide's
index may be in use by any number of processes that believe it never changes: its vectors are made
in a copy, which then takes its place.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.corpora.cache import delete_cache, query
from hearth.store.disk import Disk
from hearth.store.errors import LockedError
from hearth.store.locks import Lock
from hearth.vectors import filling, kin, tables, waiting
from hearth.vectors.filling import Filled

if TYPE_CHECKING:
    import apsw

    from hearth.models.embedding import Embedder

LOCK = "lock.vectors"
_STEP = 128
"""Passages of the guide until what was done so far takes its place."""

Progress = Callable[[int, int], None]
Enough = Callable[[], bool]


def busy(path: Path) -> bool:
    """Whether a process is making vectors for the hearth at `path`."""
    lock = path / LOCK
    if not lock.exists():
        return False
    try:
        Lock.take(Disk(), lock, exclusive=True, patience=0.0).release()
    except LockedError:
        return True
    return False


def take(disk: Disk, path: Path) -> Lock:
    """The right to make vectors for the hearth at `path`. Raises LockedError at once."""
    return Lock.take(disk, path / LOCK, exclusive=True, patience=0.0)


def fill(
    connection: apsw.Connection,
    embedder: Embedder,
    progress: Progress | None = None,
    enough: Enough | None = None,
) -> Filled:
    """Fill cache.db; when all is done, what other models left behind is dropped."""
    done = filling.fill(connection, embedder, progress=progress, enough=enough)
    if not done.left:
        tables.keep_model(connection, embedder.id)
    return done


def fill_guide(
    index: Path,
    embedder: Embedder,
    progress: Progress | None = None,
    enough: Enough | None = None,
) -> Filled:
    """Fill the guide's index in the file `index`; other models' vectors stay, as other hearths of
    this user may use them. Raises OSError or DiskError where its folder cannot be written."""
    from hearth.corpora.index import Index

    done, left = 0, 1
    _clear(index)
    scratch = index.with_name(f"{index.name}.{os.getpid()}.vectors")
    try:
        while left:
            shutil.copyfile(index, scratch)
            with Index.open(scratch) as copy:
                step = _Step(progress, enough, done)
                filled = filling.fill(copy.connection, embedder, progress=step.show, enough=step)
            Disk().replace(scratch, index)
            done, left = done + filled.done, filled.left
            if not filled.done or (enough is not None and enough()):
                break
    finally:
        with suppress(OSError):
            delete_cache(scratch)
    return Filled(done, left)


def _clear(index: Path) -> None:
    """Remove the copies of those who were killed over theirs: whoever writes one is alive."""
    for path in index.parent.glob(f"{index.name}.*.vectors*"):
        number = path.name.removeprefix(f"{index.name}.").partition(".")[0]
        if number.isdigit() and not _runs(int(number)):
            with suppress(OSError):
                path.unlink()


def _runs(number: int) -> bool:
    """Whether there is a process with this number."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


class _Step:
    """Says when a step is done, and counts on from the steps before."""

    def __init__(self, progress: Progress | None, enough: Enough | None, before: int) -> None:
        self._progress, self._enough, self._before = progress, enough, before
        self._count = 0

    def show(self, done: int, total: int) -> None:
        self._count = done
        if self._progress is not None:
            self._progress(self._before + done, self._before + total)

    def __call__(self) -> bool:
        return self._count >= _STEP or (self._enough is not None and self._enough())


def lacking(connection: apsw.Connection, model: bytes, dimensions: int) -> int:
    """How many passages wait for a vector of this model, and at least 1 if the examples do."""
    left = waiting.lacking(connection, model)
    return left or int(not kin.held(connection, model, dimensions))


def carry(connection: apsw.Connection, old: Path) -> None:
    """Take over the vectors of an index that is about to be replaced, all or none: what cannot be
    read is made again. Passages that are indexed already are matched with them at once, by content;
    the others, and vectors left over, are the next fill's."""
    import apsw

    indexed = bool(query(connection, "SELECT 1 FROM sqlite_master WHERE name = 'index_entries'"))
    (tables.prepare if indexed else tables.create)(connection)
    try:
        connection.execute("ATTACH ? AS old", (str(old),))
        try:
            with connection:
                for table in ("vector_models", "vectors", "vector_state"):
                    connection.execute(f"INSERT OR IGNORE INTO {table} SELECT * FROM old.{table}")
                if indexed:
                    _match(connection)
        finally:
            connection.execute("DETACH old")
    except apsw.Error:
        return


def _match(connection: apsw.Connection) -> None:
    """Give each passage what one of the same content had in the index `old`."""
    had = (
        "SELECT b.vector, b.bits FROM vectors AS v JOIN old.vector_bits AS b"
        " ON b.vector = v.id AND b.model = v.model WHERE v.model = ? AND v.content = ? LIMIT 1"
    )
    for (number,) in query(connection, "SELECT id FROM vector_models"):
        for one in waiting.without(connection, number):
            for vector, bits in query(connection, had, (number, one.content)):
                connection.execute(
                    "INSERT INTO vector_bits VALUES(?, ?, ?, ?)", (number, one.row, vector, bits)
                )
