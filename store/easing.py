"""Having the disk work while we do, in place of all at once when we must wait for it."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hearth.store.disk import File

EASE: Final = 16 << 20
"""Bytes written after which they are synced; at most twice as many wait for the disk."""


class Easing:
    """Syncs a file that is being written from time to time, in a thread of its own: a sync waits
    for the disk and lets others run. It does not replace the sync at the end."""

    def __init__(self, file: File, end: int = 0) -> None:
        self._file = file
        self._end = end
        self._thread: Thread | None = None
        self._error: BaseException | None = None

    def reached(self, end: int) -> None:
        """The file has been written up to here. Raises what syncing it has raised before."""
        if end - self._end >= EASE:
            self.settle()
            self._end = end
            self._thread = Thread(target=self._sync)
            self._thread.start()

    def settle(self) -> None:
        """Wait until no sync is under way, and raise what it has raised: before the last sync, as
        one that failed must not be followed by another (`disk`)."""
        self.stop()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Wait until no sync is under way: before the file is closed."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _sync(self) -> None:
        try:
            self._file.sync()
        except BaseException as error:
            self._error = error
