"""The folder of packs: opened for reading, claimed for appending.

Whoever appends holds the kernel lock of that pack, so several processes write at once, each
into a pack of its own. What lies beyond the committed end of a pack is the tail of a process
that never committed. It is cut off by the next one that claims the pack, but only after the
WAL has been emptied: otherwise a commit that had failed, brought back from the WAL after a
power cut, would point into bytes that somebody else has overwritten since. gc and erasing cut
off all such tails, and remove packs that were begun and never committed.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from hearth.store import packs
from hearth.store.database import empty_wal, rows, value
from hearth.store.disk import Disk, DiskError, File
from hearth.store.errors import CorruptError

_OPEN_FILES: Final = 32
_CANDIDATES: Final = 8


class PackFolder:
    """All packs of a store. One per open store; not for use by several threads at once."""

    def __init__(self, path: Path, disk: Disk, connection: apsw.Connection) -> None:
        self.path = path
        self.disk = disk
        self._connection = connection
        self._files: OrderedDict[int, File] = OrderedDict()

    def file(self, number: int) -> File:
        """The pack with this number, open for reading; it stays open for a while.

        Raises `CorruptError` if it is missing or not that pack.
        """
        file = self._files.get(number)
        if file is not None:
            self._files.move_to_end(number)
            return file
        pack = self.id(number)
        file = self.open(pack)
        self._files[number] = file
        if len(self._files) > _OPEN_FILES:
            self._files.popitem(last=False)[1].close()
        return file

    def open(self, pack: bytes) -> File:
        """Open a pack by its id. Raises `CorruptError` if missing, `NewerFormatError`."""
        path = packs.path_of(self.path, pack)
        try:
            file = self.disk.open(path)
        except FileNotFoundError as error:
            raise CorruptError(f'pack "{path.name}" is missing') from error
        try:
            packs.check_head(file, pack)
        except (CorruptError, DiskError):
            pass  # every record is proved by itself; fsck reports the head and writes it anew
        except BaseException:
            file.close()
            raise
        return file

    def id(self, number: int) -> bytes:
        pack = value(self._connection, "SELECT id FROM packs WHERE number = ?", number)
        if pack is None:
            raise CorruptError(f"pack {number} is not in the database")
        return bytes(pack)

    def names(self) -> dict[bytes, Path]:
        """Every file that has the name of a pack, whether or not the database knows it."""
        if not self.path.exists():
            return {}
        found = ((packs.id_of(path), path) for path in self.path.iterdir())
        return {pack: path for pack, path in found if pack is not None}

    def forget(self, number: int) -> None:
        """Close a pack that has been replaced."""
        file = self._files.pop(number, None)
        if file is not None:
            file.close()

    def claim(self, avoid: Collection[int] = ()) -> packs.Writer:
        """A pack to append to that nobody else appends to: one with room, or a new one."""
        candidates = rows(
            self._connection,
            "SELECT number, id FROM packs WHERE suspect = 0 AND end < ?"
            " ORDER BY number DESC LIMIT ?",
            packs.FULL,
            _CANDIDATES,
        )
        for number, pack in candidates:
            writer = None if number in avoid else self._claim(number, pack)
            if writer is not None:
                return writer
        return self.begin()

    def begin(self) -> packs.Writer:
        """A new pack. Makes the folder again if somebody has removed it."""
        with suppress(FileExistsError):
            if not self.path.exists():
                self.disk.mkdir(self.path)
        while True:
            writer = packs.Writer.create(self.disk, self.path, os.urandom(16))
            if writer is not None:
                return writer

    def cut_tails(self) -> int:
        """Remove what processes that are gone left without committing it; how many bytes.

        A pack that somebody holds the lock of is left alone.
        """
        known = dict(rows(self._connection, "SELECT id, end FROM packs"))
        freed = 0
        for pack, path in self.names().items():
            with suppress(FileNotFoundError):
                if path.stat().st_size != known.get(pack):
                    freed += self._cut_tail(pack, path)
        return freed

    def in_use(self, own: Collection[bytes]) -> bool:
        """Whether somebody may be writing just now what nobody has committed, be it in memory yet.

        `own` are packs that this process has the locks of, and has committed. To be asked after
        tails have been cut off: a pack that is left and not in the database is somebody's.
        """
        known = dict(rows(self._connection, "SELECT id, end FROM packs"))
        for pack, path in self.names().items():
            with suppress(FileNotFoundError):
                end = known.get(pack)
                if end is None or path.stat().st_size > end:
                    return True
                if end < packs.FULL and pack not in own:
                    with self.disk.open(path, write=True) as file:
                        if not file.lock(exclusive=True):
                            return True
        return False

    def _cut_tail(self, pack: bytes, path: Path) -> int:
        with self.disk.open(path, write=True) as file:
            if not file.lock(exclusive=True) or not empty_wal(self._connection):
                return 0
            size = file.size()
            end = value(self._connection, "SELECT end FROM packs WHERE id = ?", pack)
            if end is None:
                self.disk.unlink(path)
                return size
            if size <= end:
                return 0
            file.truncate(end)
            return int(size - end)

    def _claim(self, number: int, pack: bytes) -> packs.Writer | None:
        try:
            file = self.disk.open(packs.path_of(self.path, pack), write=True)
        except (FileNotFoundError, DiskError):
            return None  # for fsck to report; what is new goes elsewhere
        try:
            end = self._settle(file, number)
            if end is not None:
                return packs.Writer(file, pack, end)
        except BaseException:
            file.close()
            raise
        file.close()
        return None

    def _settle(self, file: File, number: int) -> int | None:
        """Lock the pack and cut off an uncommitted tail; the end, or None if not to be used."""
        if not file.lock(exclusive=True):
            return None
        if self._end(number) != file.size():
            if file.size() < packs.HEAD or not empty_wal(self._connection):
                return None
            end = self._end(number)
            if end is None or file.size() < end:
                return None
            file.truncate(end)
        return self._end(number)

    def _end(self, number: int) -> int | None:
        statement = "SELECT end FROM packs WHERE number = ? AND suspect = 0"
        end: int | None = value(self._connection, statement, number)
        return end

    def close(self) -> None:
        while self._files:
            self._files.popitem()[1].close()
