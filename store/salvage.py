"""What a database in whatever state still gives: to be proved before it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from hearth.store.disk import Disk


@contextmanager
def opened_anyhow(path: Path, disk: Disk) -> Iterator[apsw.Connection | None]:
    """A database in whatever state; None if it cannot be opened at all."""
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
        yield lost
    finally:
        with suppress(apsw.Error):
            lost.close(True)


def readable_rows(
    lost: apsw.Connection, table: str, columns: str, where: str = "1"
) -> Iterator[tuple[Any, ...]]:
    """Rows of a damaged table from its front until the damage, then from its end until it.

    Nothing they hold may be believed before it has been proved. Rows may come twice.
    """
    key = "rowid" if _has_rowid(lost, table) else "1"
    for order in ("ASC", "DESC"):
        with suppress(apsw.Error):
            yield from lost.execute(
                f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {key} {order}"
            )
            return


def _has_rowid(lost: apsw.Connection, table: str) -> bool:
    try:
        lost.execute(f"SELECT rowid FROM {table} LIMIT 0")
    except apsw.Error:
        return False
    return True
