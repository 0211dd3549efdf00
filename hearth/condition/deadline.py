"""Asking others at once, for so many seconds in all: a host that says nothing holds up nobody.

What takes longer has not come. Its thread is left to itself: a name server may be silent for
minutes, and there is no other way to stop waiting for it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

T = TypeVar("T")

_GRACE: Final = 0.2
"""Seconds for an answer that came at the last moment to be handed over."""


def gather(jobs: Sequence[Callable[[], T]], until: float) -> dict[int, T]:
    """By number of its job, what was returned until then by `time.monotonic`. A job raises
    nothing. Where the system lets no thread start, nothing comes."""
    answers: queue.SimpleQueue[tuple[int, T]] = queue.SimpleQueue()
    asked = 0
    with suppress(RuntimeError):
        for number, job in enumerate(jobs):
            threading.Thread(
                target=_work, args=(answers, number, job), name="hearth asks", daemon=True
            ).start()
            asked += 1
    came: dict[int, T] = {}
    while len(came) < asked:
        try:
            number, result = answers.get(timeout=max(0.0, until + _GRACE - time.monotonic()))
        except queue.Empty:
            break
        came[number] = result
    return came


def left(until: float) -> float:
    """Seconds that are left. Raises TimeoutError where none are."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds


def _work(answers: queue.SimpleQueue[tuple[int, T]], number: int, job: Callable[[], T]) -> None:
    answers.put((number, job()))
