"""A progress line: on a terminal only, after one second, gone when done."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TextIO

_FIRST = 1.0  # seconds before anything is shown: most runs are over by then
_EVERY = 0.1
DRAFT = "draft, not checked: "


class Progress:
    """Counts up; a context manager. With no stream it only counts. Never raises."""

    def __init__(self, stream: TextIO | None, label: str, total: int | None, unit: str) -> None:
        self._stream = stream
        self._label = label
        self._unit = f" {unit}" if unit else ""
        self.total = total
        self.count = 0
        self._due = time.monotonic() + _FIRST if stream else 0.0
        self._shown = False

    def update(self, count: int, label: str | None = None) -> None:
        """Set the count, and what is being done (cleaned by the caller)."""
        self.count = count
        if label is not None:
            self._label = label
        if self._stream is not None and (moment := time.monotonic()) >= self._due:
            self._due = moment + _EVERY
            self._draw()

    def advance(self, by: int = 1, label: str | None = None) -> None:
        """Count on."""
        self.update(self.count + by, label)

    def _draw(self) -> None:
        part = ""
        if self.total:
            percent = 100 * self.count // self.total
            part = f"  {self.count:,} of {self.total:,}{self._unit} ({percent} %)"
        elif self._unit:  # else nothing is counted that would mean anything to a person
            part = f"  {self.count:,}{self._unit}"
        self._put(f"\r\x1b[K{self._label[:40]}{part}")
        self._shown = True

    def _put(self, text: str) -> None:
        try:
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError):
            self._stream = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = False


class Draft:
    """What a model is writing, in one line that is gone when it has been checked.

    A context manager. With no stream nothing is shown. Never raises.
    """

    def __init__(self, stream: TextIO | None, width: int) -> None:
        self._stream = stream
        self._width = max(20, width)
        self._due = 0.0
        self._shown = False

    def show(self, text: str) -> None:
        """Show the end of `text` (cleaned by the caller) as a draft."""
        if self._stream is None or (moment := time.monotonic()) < self._due:
            return
        self._due = moment + _EVERY
        room = self._width - len(DRAFT) - 1
        self._put(f"\r\x1b[K{DRAFT}{text if len(text) <= room else '…' + text[1 - room :]}")
        self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = False

    def _put(self, text: str) -> None:
        try:
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError):
            self._stream = None

    def __enter__(self) -> Draft:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()
