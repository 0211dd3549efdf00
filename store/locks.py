"""Kernel locks on files of the hearth.

`flock` only: the kernel drops the lock when its holder ends, however it ends, so there is no
such thing as a stale lock. What is written in the file is for people alone: it lets the error
name who holds it and for how long. The age is counted on the monotonic clock, because a
machine without a clock battery may believe in any date.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from hearth.store.disk import Disk, DiskError, File
from hearth.store.errors import LockedError, NoSpaceError

PATIENCE: Final = 10.0
"""Seconds to wait for a lock before giving up."""
_NAP: Final = 0.02


class Lock:
    """A held lock; a context manager. `release` may be called twice."""

    def __init__(self, file: File) -> None:
        self._file = file

    @classmethod
    def take(cls, disk: Disk, path: Path, *, exclusive: bool, patience: float = PATIENCE) -> Lock:
        """Wait at most `patience` seconds for the lock of `path` (created if missing).

        Raises `LockedError` naming the holder's process id and age.
        """
        file = disk.open(path, write=True, create=True)
        until = time.monotonic() + patience
        try:
            while not file.lock(exclusive=exclusive):
                if time.monotonic() >= until:
                    raise LockedError(
                        f'"{path.parent}" is locked by {_holder(file)}',
                        "wait until it is done, or end it: a lock never outlives its process",
                    )
                time.sleep(_NAP)
        except BaseException:
            file.close()
            raise
        with suppress(DiskError, NoSpaceError):  # a full disk must not stop gc from making room
            file.write(0, b"%-12d%-12d\n" % (os.getpid(), int(time.monotonic())))
        return cls(file)

    def release(self) -> None:
        self._file.close()

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()


def holders(path: Path, first: int, last: int) -> list[int]:
    """Which other processes hold a lock on some of these bytes of a file, as SQLite takes them: as
    far as the system tells (Linux does), 0 for one that cannot be seen from here. Never raises."""
    try:
        inode = path.stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
    found = set()
    for _, kind, _, _, pid, place, start, end, *_ in (line.split() for line in lines):
        if kind == "POSIX" and place.endswith(f":{inode}"):  # "->": it waits for one
            ends = last if end == "EOF" else int(end)
            if int(start) <= last and ends >= first:
                found.add(int(pid))
    return sorted(found - {os.getpid()})


def _holder(file: File) -> str:
    """Who took the lock last, in words. Several may share it; the last is the likeliest."""
    try:
        pid, since = (int(word) for word in file.read(0, 25).split())
    except (ValueError, DiskError):
        return "another process"
    if not _alive(pid):  # the last who took it is gone; another who shares it remains
        return "another process"
    age = max(0, int(time.monotonic()) - since)
    return f"process {pid}, for {_duration(age)}"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _duration(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
