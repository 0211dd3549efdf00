"""A disk that loses power at a chosen write, and one that is full for a while.

Everything written is recorded (`power_cut`). When the power goes, the system call at which it
goes fails, and so does every later one of that process; `after_cut` then makes a folder of what
the disk holds: what was synced, and of the rest what `how` says.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
from power_cut import HOWS, Op, Recorder, wreck
from store_kit import SeamDisk

_CHANGES = frozenset({"write", "truncate", "allocate", "sync", "sync-dir", "replace", "unlink"})
_GROWS = frozenset({"write", "allocate", "mkdir"})
_DIES = "the power is gone, says the test"


class FrailSeam(Recorder):
    """`dies_in`: so many changes from now the power goes; None: it stays. `full`: no space."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.dies_in: int | None = None
        self.dead = False
        self.full = False

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if operation == "close":
            return function(*args)
        if self._goes(operation):
            raise OSError(errno.EIO, _DIES)
        if self.full and operation in _GROWS:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().disk(operation, path, function, args)

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        if self._goes(operation):
            raise apsw.IOError(_DIES)
        if self.full and operation == "write":
            raise apsw.FullError("no space, says the test")
        return super().sqlite(operation, path, function, args)

    def _goes(self, operation: str) -> bool:
        if not self.dead and self.dies_in is not None and operation in _CHANGES:
            self.dies_in -= 1
            self.dead = self.dies_in < 0
        return self.dead

    def begin_with(self, folder: Path) -> None:
        """What lies in the folder now is safe on the disk."""
        for path in sorted(folder.rglob("*")):
            if path.is_dir():
                self.trace.append(Op("mkdir", path))
            elif not path.name.endswith("-shm"):
                self._create(path)
                self._add("write", path, offset=0, data=path.read_bytes())
                self._add("sync", path, names=True)
                self._named.add(self._files[path])
        for path in (folder.parent, folder, *(p for p in folder.rglob("*") if p.is_dir())):
            self.trace.append(Op("sync-dir", path))


class FrailDisk(SeamDisk):
    """A disk that says what its seam will do."""

    def free(self, path: Path) -> int:
        return 0 if getattr(self.seam, "full", False) else super().free(path)


def frail(folder: Path) -> SeamDisk:
    """A disk for what lies below `folder`, and may lie there already."""
    seam = FrailSeam(folder.parent)
    if folder.exists():
        seam.begin_with(folder)
    return FrailDisk(seam)


def after_cut(seam: FrailSeam, folder: Path, choose: random.Random) -> str:
    """Make in `folder` what the disk holds now that the power has gone, and say how."""
    how = choose.choice(HOWS)
    whole = folder.with_name(folder.name + ".disk")
    wreck(seam.trace, how, choose).write_to(whole, seam.root)
    (found,) = whole.iterdir()
    found.rename(folder)
    whole.rmdir()
    return how
