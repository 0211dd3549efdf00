"""Writing a file from front to back, however large, while its writer goes on.

Most of it passes the system's own copies by (`File.write_past`): each of them is memory that has
to be found, filled and noted page by page, which took longer than everything else together, and up
to five times as long where memory had to be found first. It is copied into pieces of `PIECE` bytes
instead, and another thread writes those while the next one is filled. Where a file system lacks
this, and for what is small or soon to be read again, it is written the ordinary way, and synced
from time to time, so that the sync at the end has not all of it to wait for.

Nothing that lies in the file already is ever written again, not even the part of a page.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from hearth.store import memory

if TYPE_CHECKING:
    from concurrent.futures import Future

    from hearth.store.beside import Beside
    from hearth.store.disk import File

PIECE: Final = 2 << 20
AHEAD: Final = 3
"""Pieces that may wait to be written; one more is being filled."""
PAST: Final = 1 << 20
"""Bytes from which on it is worth it to pass the system's copies by."""
EASE: Final = 16 << 20
"""Bytes written the ordinary way after which they are synced."""
PAGE: Final = 4096


class Stream:
    """Appends to a file that nobody else writes to. `end` is where the next byte goes.

    `large`: pieces pass the system's copies by that hold something of so many bytes, or of it.
    What was written is in the file after `flush`, and durable after `sync`. Every method raises
    what writing or syncing has raised before; then what is in the file is unknown.
    """

    def __init__(self, file: File, end: int = 0, large: int = 0) -> None:
        self._file = file
        self._large = large
        self._past = True
        self._eased = end
        self._waiting: deque[tuple[Future[None], memoryview]] = deque()
        self._pool: Beside | None = None
        self._error: BaseException | None = None
        self._first: memoryview | None = None
        self._piece: memoryview | None = None
        self._spare: list[memoryview] = []
        self._holds_large = False
        self.go_back(end)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes, which are copied."""
        view = memoryview(data)
        while view:
            if self._piece is None:
                self._piece = self._spare.pop() if self._spare else self._another()
            at = self.end - self._base
            self._holds_large = self._holds_large or len(data) >= self._large
            part = view[: PIECE - at]
            self._piece[at : at + len(part)] = part
            self.end += len(part)
            view = view[len(part) :]
            if self.end - self._base == PIECE:
                self._hand_over(self._piece)

    def flush(self) -> None:
        """Have everything written be in the file, for whoever reads it, and keep no memory."""
        self.settle()
        if self._piece is not None:
            try:
                self._put(self._piece, self._base, self._flushed, self.end, self._holds_large)
            except BaseException as error:
                self._error = error
                raise
        self.stop()
        self.go_back(self.end)

    def sync(self) -> None:
        """Make everything written durable."""
        self.flush()
        self._file.sync()

    def settle(self) -> None:
        """Wait until no piece waits, and raise what writing them has raised: before anything else,
        as a sync that failed must not be followed by another (`disk`)."""
        while self._waiting:
            self._wait()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Have what waits be written, and let the thread go: before the file is closed. Raises
        nothing."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def go_back(self, end: int) -> None:
        """Go on from a place where the file ends, or to which it has been cut."""
        self.end = self._flushed = end
        self._base = end - end % PAGE  # where the piece begins in the file
        self._first = self._piece = None
        self._spare = []
        self._holds_large = False

    def _hand_over(self, piece: memoryview) -> None:
        """Have a full piece written beside us."""
        if self._error is not None:
            raise self._error
        if self._pool is None:
            from hearth.store.beside import Beside

            self._pool = Beside()
        place = self._base, self._flushed, self.end
        work = self._pool.submit(self._beside, piece, *place, self._holds_large)
        self._waiting.append((work, piece))
        self._piece, self._holds_large = None, False
        self._base = self._flushed = self.end
        if len(self._waiting) > AHEAD or self._waiting[0][0].done():
            self._wait()

    def _wait(self) -> None:
        work, piece = self._waiting.popleft()
        work.result()
        if piece is not self._first:
            self._spare.append(piece)

    def _another(self) -> memoryview:
        """Another piece: the first one may hold little, and takes no more memory than that."""
        piece = memory.pages(PIECE, large=self._first is not None)
        if self._first is None:
            self._first = piece
        return piece

    def _beside(self, piece: memoryview, base: int, first: int, end: int, past: bool) -> None:
        """Write a piece in the other thread, unless one before it has failed."""
        if self._error is not None:
            return
        try:
            self._put(piece, base, first, end, past)
            if not (past and self._past) and end - self._eased >= EASE:
                self._eased = end
                self._file.sync()
        except BaseException as error:
            self._error = error

    def _put(self, piece: memoryview, base: int, first: int, end: int, past: bool) -> None:
        """Write what lies from `first` to `end` of the file; the piece begins at `base`."""
        whole, rest = first + -first % PAGE, end - end % PAGE
        if past and self._past and rest - whole >= PAST:
            self._file.write(first, piece[first - base : whole - base])
            self._past = self._file.write_past(whole, piece[whole - base : rest - base])
            first = rest if self._past else whole
        self._file.write(first, piece[first - base : end - base])
