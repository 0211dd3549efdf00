"""Opening parcels: the frames in them, and who sent them.

An `Opener` is fed bytes as they come and hands out frames as they are whole, none before the piece
it is in has opened, its sender's signature has been checked, and the sender is known to have meant
it for us. A parcel that is cut gives all frames before the cut, and then an error that says so.

The last piece is sealed as the last, so an end cannot be made. A piece is therefore kept back until
more follows or the end is told. Memory: what was fed, and at most one frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from hearth.store.event import DeviceKeyError, check_device, verifies
from hearth.sync import parcel_head as head, parcel_keys as keys
from hearth.sync.cipher import TAG, KeyPair
from hearth.sync.errors import MisuseError
from hearth.sync.padding import MAX_CONTENT, is_padded
from hearth.sync.parcel import (
    AUDIENCE,
    DEVICE,
    MAX_SMALL,
    PART,
    PIECE,
    SIGNATURE,
    signed,
    statement,
)
from hearth.sync.parcel_content import Content
from hearth.sync.parcel_errors import (
    AlteredParcelError,
    CutParcelError,
    NewerParcelError,
    NotOursError,
    ParcelError,
    ParcelTooLargeError,
    SenderError,
)
from hearth.sync.parcel_label import LENGTH, Label

_LEAST: Final = TAG + SIGNATURE
"""What a piece has beside its content, of which there is always some."""


class Opener:
    """Opens one parcel with the secret keys of this device and the audience keys it has.

    `today` (a day since the epoch) refuses what has expired; without it nothing has: what came
    late is better than nothing, and clocks are wrong. `limit` bounds the padded bytes of frames.

    `label` is known as soon as the head has been read, `sender` (a device) when the first piece
    has been opened.
    """

    def __init__(
        self,
        own: Iterable[KeyPair] = (),
        audiences: Iterable[bytes] = (),
        *,
        today: int | None = None,
        limit: int = MAX_CONTENT,
    ) -> None:
        self._own = tuple(own)
        self._audiences = tuple(audiences)
        self._today = today
        self._limit = limit
        self._buffer = bytearray()
        self._pieces: keys.Pieces | None = None
        self._head = self._statement = b""
        self._number = 0
        self._content = Content()
        self._ended = False
        self._failed: Exception | None = None
        self.label: Label | None = None
        self.sender: bytes | None = None

    @property
    def whole(self) -> bool:
        """Whether everything has been read, to the end that its sender made."""
        return self._content.last and self._content.over and self._failed is None

    @property
    def padding(self) -> int:
        """Zeros read so far, beyond the frames."""
        return self._content.zeros

    def feed(self, data: bytes) -> None:
        """Take bytes as they come, cut anywhere."""
        if self._ended:
            raise MisuseError("nothing follows the end")
        self._buffer += data

    def end(self) -> None:
        """Say that nothing follows; then go on reading."""
        self._ended = True

    def read(self) -> bytes | None:
        """The next frame; None until more is fed, and after the last.

        After `end`, None means that the parcel was whole. Raises a ParcelError, NotOursError,
        NewerParcelError or ParcelTooLargeError once all that is sound has been read; again, if
        asked again.
        """
        if self._failed is not None:
            raise self._failed
        try:
            while (frame := self._content.frame()) is None:
                if not self._advance():
                    return None
        except (ParcelError, NotOursError, NewerParcelError, ParcelTooLargeError) as error:
            self._failed = error
            raise
        return frame

    def _advance(self) -> bool:
        """Take the head or a piece from the buffer; False if that has to wait."""
        if self._content.last:
            return False
        if self._pieces is None:
            return self._take_head()
        if len(self._buffer) > PIECE:
            self._take(self._pieces, PIECE, last=False)
        elif self._ended:
            self._take_end(self._pieces)
        else:
            return False
        return True

    def _take_head(self) -> bool:
        if self.label is None and len(self._buffer) >= LENGTH:
            self.label = head.label(bytes(self._buffer[:LENGTH]), self._today)
        size = self.label and head.size(self.label, bytes(self._buffer[: head.LOOK]))
        if not size or len(self._buffer) < size:
            if self._ended:
                raise CutParcelError("a parcel that is cut in its head")
            return False
        self._head = bytes(self._buffer[:size])
        del self._buffer[:size]
        if self._head[1] == AUDIENCE:
            self._limit = min(self._limit, MAX_SMALL)
        self._pieces = keys.Pieces(head.key(self._head, self._own, self._audiences))
        return True

    def _take_end(self, pieces: keys.Pieces) -> None:
        """What is left: the last piece, or not even that."""
        left = len(self._buffer)
        if left <= _LEAST:
            raise CutParcelError("a parcel that is cut")
        data = bytes(self._buffer)
        if pieces.decrypt(data, self._number, True) is not None:
            self._take(pieces, left, last=True)
        elif left == PIECE and pieces.decrypt(data, self._number, False) is not None:
            self._take(pieces, left, last=False)  # its frames first; next time nothing is left
        elif is_padded(self._number * PART + left - _LEAST - DEVICE):
            raise AlteredParcelError("the end of a parcel was altered")
        else:
            raise CutParcelError("a parcel that is cut")

    def _take(self, pieces: keys.Pieces, size: int, last: bool) -> None:
        number = self._number
        if number * PART + size - _LEAST - DEVICE > self._limit:
            raise ParcelTooLargeError(f"a parcel with more than {self._limit:,} bytes in it")
        opened = pieces.decrypt(bytes(self._buffer[:size]), number, last)
        if opened is None:
            raise AlteredParcelError(f"piece {number} of a parcel was altered")
        del self._buffer[:size]
        part = opened[SIGNATURE:]
        self._check_sender(opened[:SIGNATURE], part, last)
        self._content.take(part if number else part[DEVICE:], last)
        self._number += 1

    def _check_sender(self, signature: bytes, part: bytes, last: bool) -> None:
        sender = self.sender
        if sender is None:
            sender = part[:DEVICE]
            try:
                check_device(sender)
            except DeviceKeyError:
                raise SenderError("a parcel by a device that cannot be one") from None
            self._statement = statement(self._head, sender)
        said = signed(self._statement, self._number, last, part)
        if not verifies(sender, keys.LABEL, said, signature):
            raise SenderError("a parcel that its sender did not mean for us")
        self.sender = sender


class Opened(NamedTuple):
    """What was in a parcel, or in as much of it as was sound."""

    sender: bytes
    frames: list[bytes]
    padding: int
    damage: ParcelError | None
    """Why nothing followed these frames, if they are not all: cut or altered."""

    @property
    def torn(self) -> bool:
        """Whether there was more once."""
        return self.damage is not None


def unseal(
    data: bytes,
    own: Iterable[KeyPair] = (),
    audiences: Iterable[bytes] = (),
    *,
    today: int | None = None,
    limit: int = MAX_CONTENT,
) -> Opened:
    """Open a parcel that is all here. Raises what `Opener.read` raises if nothing in it opens."""
    opener = Opener(own, audiences, today=today, limit=limit)
    opener.feed(data)
    opener.end()
    frames: list[bytes] = []
    damage = None
    try:
        while (frame := opener.read()) is not None:
            frames.append(frame)
    except ParcelError as error:
        if opener.sender is None:
            raise
        damage = error
    return Opened(opener.sender or b"", frames, opener.padding, damage)
