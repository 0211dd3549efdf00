"""What a frame of a carrier is, and how a message is cut into frames.

    short frame  10 … 13 ‖ …                                             docs/short-frames.md
    whole        30 + kind ‖ tag (4) ‖ message
    part         20 + kind ‖ tag (4) ‖ index (1) ‖ count (1) ‖ content ‖ check (2)
    wide part    50 + kind ‖ tag (4) ‖ index (2) ‖ count (2) ‖ content ‖ check (2)

(in hexadecimal; the other first bytes are those of `reports`). One short event that fits a frame
*is* that frame: nothing is added. The tag is a hash of kind and message, so it says which parts
belong together and, in the end, whether they are the message. The check is CRC-16: what a link
does to a few bits in a row is always seen.

What is cut is message ‖ 80 ‖ 00 …, into `count` contents of one length, as short as they can be
with so few parts. More than `NARROW` parts are dealt out to blocks like cards, and each block has
further parts of its own (`erasure`): a stretch that is lost is shared among all blocks. Parts
follow from the message and the length of a frame alone, so that the same ones can be made again,
anywhere.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.sync.carriers import erasure
from hearth.sync.carriers.errors import FrameError, TooLongError
from hearth.sync.packing import OverLimitError
from hearth.sync.short import CLEAR_WHOLE, MASKED

TAG: Final = 4
CHECK: Final = 2
WHOLE_HEADER: Final = 1 + TAG
PART_HEADER: Final = 1 + TAG + 2 + CHECK
"""Bytes of a part that are not content, where there are at most `NARROW` parts."""
WIDE_HEADER: Final = PART_HEADER + 2
NARROW: Final = 192
"""Parts in a block, further ones not counted."""
MAX_COUNT: Final = 16_384
MAX_MESSAGE: Final = 4 << 20
"""Bytes of a message that comes in parts."""
MIN_FRAME: Final = 32
"""Bytes that a carrier's frames must have room for."""

_WHOLE, _PART, _WIDE = 0x30, 0x20, 0x50
_LABEL: Final = "hearth 2026 message on a carrier"


class Kind(IntEnum):
    """What a message is. Others, up to 15, are carried as well."""

    BUNDLE = 0
    EVENT = 1


class Message(NamedTuple):
    """One message, whole; a message of kind 1 is a short frame."""

    kind: int
    data: bytes

    @property
    def tag(self) -> bytes:
        """What its parts are known by, 4 bytes."""
        return blake3(bytes((self.kind,)) + self.data, derive_key_context=_LABEL).digest()[:TAG]


@dataclass(frozen=True, slots=True)
class Part:
    """One part, as it was read from a frame."""

    kind: int
    tag: bytes
    index: int
    count: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Shape:
    """How many parts, and how many bytes of content in each."""

    count: int
    size: int

    @property
    def header(self) -> int:
        """Bytes of a part that are not content."""
        return PART_HEADER if self.count <= NARROW else WIDE_HEADER


def shape(length: int, frame: int) -> Shape:
    """How a message of so many bytes is cut for frames of so many; not asked where it fits one.

    Raises TooLongError.
    """
    for header, most in ((PART_HEADER, NARROW), (WIDE_HEADER, MAX_COUNT)):
        count = -(-(length + 1) // (frame - header))
        if count <= most and length <= MAX_MESSAGE:
            return Shape(count, -(-(length + 1) // count))
    raise TooLongError(
        f"{length:,} bytes are too much for frames of {frame}", "a smaller bundle, or a file"
    )


@cache
def blocks(count: int) -> tuple[int, ...]:
    """How many parts each block has, further ones not counted."""
    number = -(-count // NARROW)
    return tuple(-(-(count - block) // number) for block in range(number))


@cache
def total(count: int) -> int:
    """How many parts can be made of a message of `count`, further ones among them."""
    return count + (erasure.TOTAL - blocks(count)[0]) * len(blocks(count))


def placed(index: int, count: int) -> tuple[int, int]:
    """The block of a part, and its number there."""
    number = len(blocks(count))
    if index < count:
        return index % number, index // number
    row, block = divmod(index - count, number)
    return block, blocks(count)[block] + row


class Parts:
    """A message as frames of at most `frame` bytes. `count` of any suffice."""

    def __init__(self, message: Message, frame: int) -> None:
        """Raises TooLongError; ValueError for a kind or a length of frames that cannot be."""
        kind, data = message
        if not 0 <= kind <= 15 or frame < MIN_FRAME:
            raise ValueError("no such kind, or frames too short")
        self.kind, self.tag, self.count = kind, message.tag, 1
        self._whole: bytes | None = None
        if is_short(message) and len(data) <= frame:
            self._whole = data
        elif len(data) <= frame - WHOLE_HEADER:
            self._whole = bytes((_WHOLE + kind,)) + self.tag + data
        else:
            cut = shape(len(data), frame)
            self.count = cut.count
            padded = (data + b"\x80").ljust(cut.count * cut.size, b"\0")
            starts = range(0, len(padded), cut.size)
            self._contents = [padded[at : at + cut.size] for at in starts]

    @property
    def total(self) -> int:
        """How many can be made."""
        return 1 if self._whole is not None else total(self.count)

    def frame(self, index: int) -> bytes:
        """Part `index`, ready to be sent."""
        if self._whole is not None:
            return self._whole
        block, number = placed(index, self.count)
        mine = self._contents[block :: len(blocks(self.count))]
        content = mine[number] if number < len(mine) else erasure.further(mine, number - len(mine))
        wide = self.count > NARROW
        numbers = (index, self.count)
        head = bytes(((_WIDE if wide else _PART) + self.kind,)) + self.tag
        head += b"".join(each.to_bytes(1 + wide, "big") for each in numbers)
        return checked(head + content)

    def frames(self, percent: int = 0) -> list[bytes]:
        """All that are needed, and so many in a hundred more (rounded up)."""
        more = 0 if self._whole is not None else -(-self.count * percent // 100)
        return [self.frame(index) for index in range(min(self.total, self.count + more))]


def is_short(message: Message) -> bool:
    """Whether it is a short frame, which says itself what it is."""
    kind, data = message
    return kind == Kind.EVENT and bool(data) and MASKED <= data[0] <= CLEAR_WHOLE


def checked(data: bytes) -> bytes:
    """With its check behind."""
    return data + crc_hqx(data, 0xFFFF).to_bytes(CHECK, "big")


def unchecked(frame: bytes) -> bytes:
    """Without its check. Raises FrameError if it is wrong."""
    if len(frame) <= CHECK or checked(frame[:-CHECK]) != frame:
        raise FrameError("a frame was damaged on its way")
    return frame[:-CHECK]


def read(frame: bytes) -> Message | Part | None:
    """The message or the part in a frame; None if it is neither, but perhaps a report.

    Raises FrameError, OverLimitError.
    """
    if not frame:
        raise FrameError("a frame with nothing in it")
    if MASKED <= frame[0] <= CLEAR_WHOLE:
        return Message(Kind.EVENT, frame)
    family, kind = frame[0] & 0xF0, frame[0] & 0x0F
    if family == _WHOLE:
        return _whole(kind, frame)
    if family in (_PART, _WIDE):
        return _part(kind, unchecked(frame), 1 if family == _PART else 2)
    return None


def _whole(kind: int, frame: bytes) -> Message:
    message = Message(kind, frame[WHOLE_HEADER:])
    if message.tag != frame[1:WHOLE_HEADER]:
        raise FrameError("a message was damaged on its way")
    if is_short(message):
        raise FrameError("a short frame within a frame")
    return message


def check(count: int, size: int) -> None:
    """Raise FrameError or OverLimitError where no message has so many parts of so many bytes."""
    if count < 2 or not size:
        raise FrameError("a part that no message has")
    if count > MAX_COUNT or count * size > MAX_MESSAGE + MAX_COUNT:
        raise OverLimitError(f"a message of {count:,} parts of {size:,} bytes")


def _part(kind: int, data: bytes, width: int) -> Part:
    start = 1 + TAG + 2 * width
    index = int.from_bytes(data[1 + TAG : 1 + TAG + width], "big")
    count = int.from_bytes(data[1 + TAG + width : start], "big")
    content = data[start:]
    check(count, len(content))
    if (count > NARROW) != (width == 2) or index >= total(count):
        raise FrameError("a part that no message has")
    return Part(kind, data[1 : 1 + TAG], index, count, content)
