"""One at a time, in the order they came: a queue of all processes and threads that use models.

Whoever comes takes the next number: an empty file, locked by the kernel as long as its owner
lives. It is one's turn when no lower number is held. So a process that dies in the queue, or while
it is served, is passed over by whoever is next, and nothing has to be cleaned up by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hearth.llm.errors import ModelBusyError
from hearth.store.disk import Disk, DiskError, File
from hearth.store.errors import NoSpaceError
from hearth.store.locks import Lock

PATIENCE: Final = 900.0
NAP: Final = 0.05
"""Seconds between two looks."""
_LOCK: Final = "lock"


class Queue:
    """The queue in a directory, which is made when it is missing."""

    def __init__(
        self,
        directory: Path,
        disk: Disk | None = None,
        *,
        patience: float = PATIENCE,
        nap: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory, self._disk = directory, disk or Disk()
        self._patience, self._nap, self._clock = patience, nap, clock

    @contextmanager
    def turn(self, told: Callable[[int], None] = lambda ahead: None) -> Iterator[None]:
        """Wait for one's turn, and have it inside. `told` is called once with how many are ahead.

        Raises ModelBusyError when it took too long. Where nothing can be written (a read-only or a
        full disk) nobody can queue, and one is served at once: an answer is wanted all the same.
        """
        try:
            number, file = self._ticket()
        except (DiskError, NoSpaceError):
            yield
            return
        try:
            self._wait(number, told)
            yield
        finally:
            self._disk.unlink(self._path(number), missing_ok=True)
            file.close()

    def waiting(self) -> int:
        """How many are served or wait now."""
        if not self._directory.exists():
            return 0
        with Lock.take(self._disk, self._directory / _LOCK, exclusive=True):  # nobody comes now
            return len(self._held())

    def _ticket(self) -> tuple[int, File]:
        missing = [each for each in (self._directory, self._directory.parent) if not each.exists()]
        for each in reversed(missing):
            try:
                self._disk.mkdir(each, mode=0o700)
            except FileExistsError:
                continue
        with Lock.take(self._disk, self._directory / _LOCK, exclusive=True):
            number = max(self._numbers(), default=0) + 1
            file = self._disk.open(self._path(number), write=True, create=True, exclusive=True)
            file.lock(exclusive=True)  # nobody else can have it: it was made just now
        return number, file

    def _wait(self, number: int, told: Callable[[int], None]) -> None:
        until = self._clock() + self._patience
        said = False
        while ahead := self._held(number):
            if not said:
                told(len(ahead))
                said = True
            if self._clock() >= until:
                raise ModelBusyError(
                    f"the model has been busy with others for {self._patience:g} s",
                    "try again later; hearth ask --no-llm does not wait",
                )
            self._nap(NAP)

    def _held(self, below: int | None = None) -> list[int]:
        """The numbers that somebody holds; those of the dead are taken away.

        Only numbers below one's own may be looked at while others come: those are surely locked.
        """
        numbers = [each for each in self._numbers() if below is None or each < below]
        return [each for each in numbers if not self._is_free(each)]

    def _is_free(self, number: int) -> bool:
        path = self._path(number)
        try:
            with self._disk.open(path, write=True) as file:
                if not file.lock(exclusive=True):
                    return False
                self._disk.unlink(path, missing_ok=True)
        except FileNotFoundError:
            pass
        return True

    def _numbers(self) -> list[int]:
        try:
            names = [each.name for each in self._directory.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(int(name) for name in names if name.isdigit())

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:012d}"
