"""What a database in whatever state still gives: to be proved before it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from hearth.store.disk import Disk


class Lost:
    """A database in whatever state, to read what it still gives."""

    def __init__(self, connection: apsw.Connection, *, give_up: bool) -> None:
        self._connection = connection
        self._give_up = give_up

    def rows(self, table: str, columns: str, where: str = "1") -> Iterator[tuple[Any, ...]]:
        """Rows of a damaged table from its front until the damage, then from its end until it.

        Nothing they hold may be believed before it has been proved. Rows may come twice. What the
        disk does not give is not damaged: it raises apsw.IOError, unless it is given up.
        """
        key = "rowid" if self._has_rowid(table) else "1"
        for order in ("ASC", "DESC"):
            with self._damage():
                yield from self._connection.execute(
                    f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {key} {order}"
                )
                return

    def _has_rowid(self, table: str) -> bool:
        with self._damage():
            self._connection.execute(f"SELECT rowid FROM {table} LIMIT 0")
            return True
        return False

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except apsw.IOError:
            if not self._give_up:
                raise
        except apsw.Error:
            pass


@contextmanager
def opened_anyhow(path: Path, disk: Disk, *, give_up: bool = False) -> Iterator[Lost | None]:
    """A database in whatever state; None if it cannot be opened at all. `give_up`: what the disk
    does not give of it is passed over."""
    if not path.exists():
        yield None
        return
    try:
        lost = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=disk.vfs)
    except apsw.Error:
        yield None
        return
    try:
        lost.set_busy_timeout(1000)
        yield Lost(lost, give_up=give_up)
    finally:
        with suppress(apsw.Error):
            lost.close(True)
