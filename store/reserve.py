"""The reserve: 4 MiB of nothing in the store, so that room can be made on a disk that is full.

Whoever makes room gives all of it up, and keeps it back again when done. And where a disk is full
to its last bytes, SQLite cannot even open a database in WAL mode, for want of 32 KiB of shared
memory in a file: then a little is lent for as long as the store is open.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from hearth.store.disk import Disk
from hearth.store.errors import NoSpaceError

NAME: Final = "reserve"
SIZE: Final = 4 << 20
LENT: Final = 256 << 10
"""Enough to open hearth.db and cache.db, and for a few pages of a journal."""


def keep(folder: Path, disk: Disk) -> None:
    """Keep the reserve back, or as much of it as there is room for."""
    with (
        disk.open(folder / NAME, write=True, create=True) as file,
        suppress(NoSpaceError),
    ):
        for offset in range(0, SIZE, LENT):  # btrfs gives back whole extents only
            file.allocate(offset, LENT)


def give_up(folder: Path, disk: Disk) -> None:
    """Give it to the disk."""
    disk.unlink(folder / NAME, missing_ok=True)


def lend(folder: Path, disk: Disk) -> bool:
    """Give a little of it to the disk; whether there was any."""
    try:
        with disk.open(folder / NAME, write=True) as file:
            size = file.size()
            file.truncate(max(0, size - LENT))
    except FileNotFoundError:
        return False
    return size > 0
