"""Lines that are gone when done, on a terminal only: how far something is, and a draft."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self, TextIO

_FIRST = 1.0  # seconds before anything is shown: most runs are over by then
_EVERY = 0.1
DRAFT = "draft, not checked: "


class _Line:
    """A line on a stream that is gone when done; a context manager. With no stream, none. Never
    raises."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._shown = False

    def _draw(self, text: str) -> None:
        self._put(f"\r\x1b[K{text}")
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.clear()


class Progress(_Line):
    """Counts up. With no stream it only counts."""

    def __init__(self, stream: TextIO | None, label: str, total: int | None, unit: str) -> None:
        super().__init__(stream)
        self._label = label
        self._unit = f" {unit}" if unit else ""
        self.total = total
        self.count = 0
        self._due = time.monotonic() + _FIRST if stream else 0.0

    def update(self, count: int, label: str | None = None) -> None:
        """Set the count, and what is being done (cleaned by the caller)."""
        self.count = count
        if label is not None:
            self._label = label
        if self._stream is not None and (moment := time.monotonic()) >= self._due:
            self._due = moment + _EVERY
            self._draw(self._label[:40] + self._part())

    def of(self, count: int, total: int | None) -> None:
        """Set the count, and of how many."""
        self.total = total
        self.update(count)

    def advance(self, by: int = 1, label: str | None = None) -> None:
        """Count on."""
        self.update(self.count + by, label)

    def _part(self) -> str:
        if self.total:
            percent = 100 * self.count // self.total
            return f"  {self.count:,} of {self.total:,}{self._unit} ({percent} %)"
        # without a unit nothing is counted that would mean anything to a person
        return f"  {self.count:,}{self._unit}" if self._unit else ""


class Waiting(_Line):
    """Says for whom it is waited, as long as it is: in the words that `say` gives, none where it is
    for nobody. It is asked in a thread, and must not raise."""

    def __init__(self, stream: TextIO | None, say: Callable[[], str]) -> None:
        super().__init__(stream)
        self._say = say
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(_FIRST):
            text = self._say()
            if text:
                self._draw(text)
            else:
                self.clear()

    def __enter__(self) -> Self:
        if self._stream is not None:
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.clear()


class Draft(_Line):
    """What a model is writing, gone when it has been checked."""

    def __init__(self, stream: TextIO | None, width: int) -> None:
        super().__init__(stream)
        self._width = max(20, width)
        self._due = 0.0

    def show(self, text: str) -> None:
        """Show the end of `text` (cleaned by the caller) as a draft."""
        if self._stream is None or (moment := time.monotonic()) < self._due:
            return
        self._due = moment + _EVERY
        room = self._width - len(DRAFT) - 1
        self._draw(DRAFT + (text if len(text) <= room else "…" + text[1 - room :]))
