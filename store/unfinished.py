"""What is written beside its place until it is whole, and what is left of it by whoever was killed.

Whoever writes holds the kernel lock of it (`File.mark`) until it is in its place, so the next one
to write the same tells what is being written from what was left behind, and removes that.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.store.disk import Disk

_NAME: Final = re.compile(rb"[0-9a-f]{8,12}\.(tmp|part)")
_LONGEST: Final = 200
"""Bytes of a name that are kept: the longest that a file system takes is 255."""


def beside(target: Path) -> Path:
    """A new name beside `target`, on the same file system."""
    return target.with_name(os.fsdecode(_prefix(target)) + os.urandom(6).hex() + ".tmp")


def sweep(disk: Disk, target: Path) -> None:
    """Remove what was left beside `target`, files and folders. Raises nothing."""
    prefix = _prefix(target)
    with suppress(OSError):
        for path in list(target.parent.iterdir()):
            name = os.fsencode(path.name)
            if name.startswith(prefix) and _NAME.fullmatch(name.removeprefix(prefix)):
                _remove(disk, path)


def write(disk: Disk, target: Path, data: bytes, mode: int = 0o644) -> None:
    """Give a person's file the content `data`, as `Disk.write_atomic` does; what one that was
    killed has left beside it goes. Raises DiskError, NoSpaceError."""
    sweep(disk, target)
    disk.write_atomic(target, data, mode=mode)


def _prefix(target: Path) -> bytes:
    return b"." + os.fsencode(target.name)[:_LONGEST] + b"."


def _remove(disk: Disk, path: Path) -> None:
    folder = path.is_dir()
    with suppress(HearthError, OSError), disk.open(path, write=not folder) as file:
        if file.lock(exclusive=True):
            if folder:
                shutil.rmtree(path)
            else:
                disk.unlink(path)
