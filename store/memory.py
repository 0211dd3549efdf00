"""Memory for large pieces: kept when it is freed, and in pages that are few."""

from __future__ import annotations

import mmap
from contextlib import suppress
from functools import cache
from typing import Final

_PIECE: Final = 16 << 20


@cache
def keep() -> None:
    """Have the C library keep large pieces that are freed for the next ones; once a process.

    Else it gives each back to the system, which has to find it again and fill it with zeros: a
    third of the time that taking in large objects took. glibc learns from the largest piece freed
    so far (mallopt(3), M_MMAP_THRESHOLD), so one is freed here; it was never touched, and takes no
    memory. Elsewhere this does nothing.
    """
    bytes(_PIECE)


def pages(size: int, *, large: bool) -> memoryview:
    """Whole pages of memory, as what passes the system's copies by needs.

    `large`: those of 2 MiB, where the system has them. A disk is asked for so much at once then,
    and not for 4 KiB a few hundred times: a third of the CPU, and half the wait where others use
    the disk, too. For what will be filled: one byte takes a whole page.
    """
    found = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if large and hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a system without
            found.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(found)
