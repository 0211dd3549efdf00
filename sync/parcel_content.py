"""The content of a parcel: frames, the mark after them, and padding of one right length.

    content = frames ‖ 00 00 ‖ zeros          to a length that `padding` allows for
    frame   = length (2, not 0) ‖ bytes

There is one way to write the same frames, so nothing can be hidden in how they are written.
"""

from __future__ import annotations

from hearth.sync.padding import padded
from hearth.sync.parcel_errors import PaddingError


class Content:
    """Finds the frames in what was in the pieces, as they come.

    `last`: the last of it has come; `over`: no frames follow; `zeros`: the padding so far.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0
        self._size = 0
        self._used = 0
        self.last = False
        self.over = False
        self.zeros = 0

    def take(self, data: bytes, last: bool) -> None:
        """Add the content of a piece; raises PaddingError for what is wrong after the frames."""
        self._size += len(data)
        self.last = last
        if self.over:
            self._pad(data)
        else:
            del self._data[: self._at]
            self._at = 0
            self._data += data

    def frame(self) -> bytes | None:
        """The next frame that is whole; raises PaddingError."""
        start = self._at + 2
        if self.over or len(self._data) < start:
            self._check_end()
            return None
        length = int.from_bytes(self._data[self._at : start], "big")
        if not length:
            self.over = True
            self._used += 2
            rest = bytes(self._data[start:])
            self._data.clear()
            self._pad(rest)
            return None
        if len(self._data) < start + length:
            self._check_end()
            return None
        self._at = start + length
        self._used += 2 + length
        return bytes(self._data[start : self._at])

    def _check_end(self) -> None:
        if self.last and not self.over:
            raise PaddingError("a parcel without an end of its frames")

    def _pad(self, zeros: bytes) -> None:
        if zeros.count(0) != len(zeros):
            raise PaddingError("padding that is not zeros")
        self.zeros += len(zeros)
        if self.last and self._size != padded(self._used):
            raise PaddingError("a parcel padded to another length than it should be")
