"""INT, TERM and HUP: the first one unwinds, the second one exits at once.

The first signal raises `Stopped` in the main thread, so that `with` and `finally` give back
locks and roll back transactions; whatever is not undone that way is undone by the write protocol
at the next start. A signal that was ignored when the program began (nohup, a shell's background
jobs) stays ignored.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Stopped(BaseException):
    """A signal asked the program to stop. Not an `Exception`: no verb may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def install() -> None:
    """Take over the three signals for the rest of the process."""
    for name in _NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _first)


def taken() -> list[signal.Signals]:
    """Those of the three that this program has taken over, and not spent."""
    found = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in found if signal.getsignal(number) is _first]


def insist() -> None:
    """After a first signal that came in another way: the next one exits at once."""
    for number in taken():
        signal.signal(number, _second)


def behind(error: BaseException) -> Stopped | None:
    """The signal that an error comes after: what was given up on its account made more trouble."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, Stopped):
        seen = seen.__context__
    return seen


def farewell(stopped: Stopped) -> int:
    """Say on stderr which signal it was; return the exit code, 128 + its number."""
    name = signal.Signals(stopped.number).name
    try:
        sys.stderr.write(f"hearth: stopped by {name}\n")
        sys.stderr.flush()
    except OSError:
        pass  # the terminal that hung up is the one that would have read it
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 128 + stopped.number


def _first(number: int, frame: FrameType | None) -> None:
    insist()
    raise Stopped(number)


def _second(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)
