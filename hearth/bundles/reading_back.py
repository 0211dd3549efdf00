"""Reading back what was written: from the medium, and not what the system still remembers of it.

Where that is possible (Linux, most file systems) the system's own copies are passed by, which costs
less than having them forgotten and made anew. One piece is read while the one before it is hashed:
reading waits for the medium, and neither holds up other threads.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth.store import memory
from hearth.store.disk import Disk, DiskError

if TYPE_CHECKING:
    from pathlib import Path

PIECE: Final = 4 << 20


def digest(disk: Disk, path: Path) -> tuple[int, bytes]:
    """Length and BLAKE3 of a file that has been synced. Raises DiskError, FileNotFoundError."""
    try:
        return _digest(disk, path, direct=True)
    except DiskError as error:
        cause = error.__cause__
        if not isinstance(cause, OSError) or cause.errno != errno.EINVAL:
            raise
    _forget(path)
    return _digest(disk, path, direct=False)


def _digest(disk: Disk, path: Path, *, direct: bool) -> tuple[int, bytes]:
    from hearth.store.beside import Beside

    hasher, at = blake3(), 0
    buffers = [memory.pages(PIECE, large=True) for _ in range(2)]
    with disk.open(path, direct=direct) as file, Beside() as beside:
        coming = beside.submit(file.read_into, at, buffers[0])
        while True:
            data = coming.result()
            at += len(data)
            if len(data) < PIECE:
                hasher.update(data)
                return at, hasher.digest()
            buffers.reverse()
            coming = beside.submit(file.read_into, at, buffers[0])
            hasher.update(data)


def _forget(path: Path) -> None:
    """Have the system forget its copy of a file, as far as it lets itself be told."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)
