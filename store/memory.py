"""Keeping memory that is freed, where a piece of a MiB comes and goes a thousand times."""

from __future__ import annotations

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
