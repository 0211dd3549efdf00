"""How much memory there is for a new program, or for a key to be made hard to guess."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_VERSION_2: Final = ("memory.max", "memory.current", "inactive_file")
_VERSION_1: Final = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def available(root: Path = Path("/")) -> int | None:
    """Bytes that a new program may take: what is free, within a cgroup's limit.

    None where the system does not say. Read from /proc/meminfo (`MemAvailable`) and cgroups.
    """
    free = _meminfo(root / "proc/meminfo")
    limit = _cgroup(root)
    if free is None and limit is None:
        return _physical() if root == Path("/") else None
    return min(each for each in (free, limit) if each is not None)


def _meminfo(path: Path) -> int | None:
    for line in _lines(path):
        name, _, value = line.partition(":")
        if name == "MemAvailable" and value.split()[:1]:
            return int(value.split()[0]) * 1024
    return None


def _cgroup(root: Path) -> int | None:
    """What is left of the tightest limit that this process's group or one above it has."""
    left: list[int] = []
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, group = (*line.split(":", 2), "", "")[:3]
        if controllers == "":
            left += _left(root / "sys/fs/cgroup", group, *_VERSION_2)
        elif "memory" in controllers.split(","):
            left += _left(root / "sys/fs/cgroup/memory", group, *_VERSION_1)
    return min(left, default=None)


def _left(base: Path, group: str, limit: str, usage: str, files: str) -> Iterator[int]:
    """What is left of each limit from a group upwards: of a container the lower ones are not
    there."""
    directory = base / group.lstrip("/")
    for each in (directory, *directory.parents):
        if not each.is_relative_to(base):
            break
        most, used = (_lines(each / name) for name in (limit, usage))
        if most and used and most[0].isdigit() and used[0].isdigit():
            yield max(0, int(most[0]) - int(used[0]) + _reclaimable(each / "memory.stat", files))


def _reclaimable(path: Path, files: str) -> int:
    """Bytes of files that the kernel may let go of."""
    for line in _lines(path):
        name, _, value = line.partition(" ")
        if name == files:
            return int(value)
    return 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _physical() -> int | None:
    """Two thirds of all memory, where the system does not say what is free (macOS)."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 2 // 3
    except (ValueError, OSError):
        return None
