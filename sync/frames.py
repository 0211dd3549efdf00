"""Frames: what two nodes send each other once each knows the other.

    wire       length (2) ‖ ciphertext (length), by the sender's Noise cipher state
    plaintext  control (1) ‖ [padding length (2)] ‖ body ‖ padding zeros

    control    bits 0–3  kind          bit 4  urgent          bit 7  padded

The length of a ciphertext is 17 to 65,535 bytes. What kind it is, and whether it was padded, is
inside. The nonce is the frame's number, so a frame that is lost, repeated, moved, or sent back to
where it came from does not open, and that is the end of the connection.

A key is used for at most 2^20 frames; the last under it is a rekey frame, after which both sides
go on under the next one. A sender may renew its key at any time by sending one: whoever gets hold
of a key cannot read what was sent before it.

There is one encoding of every frame but for its padding, and padding is zeros. Unpadded unless
the sender says otherwise: on a local network the sizes are seen anyway, and small sessions must
stay small; padded, the ciphertext has one of five lengths.

Sans-IO. `FrameReader` keeps no more than what it was given and has not yet passed on.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Final, NamedTuple

from hearth.sync.cipher import TAG, CipherState
from hearth.sync.errors import MisuseError, TransportError

LENGTH: Final = 2
MAX_CIPHERTEXT: Final = 65535
MIN_CIPHERTEXT: Final = 1 + TAG
MAX_BODY: Final = MAX_CIPHERTEXT - MIN_CIPHERTEXT
FRAMES_PER_KEY: Final = 2**20
BUCKETS: Final = (256, 1024, 4096, 16384, MAX_CIPHERTEXT)
"""Lengths of padded ciphertexts."""

_URGENT: Final = 0x10
_PADDED: Final = 0x80


class Kind(IntEnum):
    """What a frame is for."""

    PART = 0
    LAST = 1
    CREDIT = 2
    PING = 3
    PONG = 4
    REKEY = 5
    CLOSE = 6


class Padding(Enum):
    """Whether ciphertexts are brought to one of the lengths in `BUCKETS`."""

    NONE = "none"
    BUCKETS = "buckets"


class FrameError(TransportError, code="bad-frame"):
    """A frame that a node of this version does not send."""


class FrameLengthError(FrameError, code="bad-frame-length"):
    """A length that no frame has."""


class FrameFormatError(FrameError, code="bad-frame-format"):
    """A frame that opened, and is not one of those there are."""


class WornKeyError(FrameError, code="worn-key"):
    """The sender used a key for more frames than it may."""


class Frame(NamedTuple):
    """One frame, without its padding. `urgent` is for PART, LAST and CREDIT."""

    kind: Kind
    body: bytes = b""
    urgent: bool = False


class _Shape(NamedTuple):
    shortest: int
    longest: int
    may_be_urgent: bool


SHAPES: Final = {
    Kind.PART: _Shape(1, MAX_BODY, True),  # the next bytes of a message
    Kind.LAST: _Shape(1, MAX_BODY, True),  # its last bytes
    Kind.CREDIT: _Shape(4, 4, True),  # how many more bytes of messages the other may send
    Kind.PING: _Shape(8, 8, False),  # answer with the same eight bytes
    Kind.PONG: _Shape(8, 8, False),
    Kind.REKEY: _Shape(0, 0, False),  # the last frame under this key
    Kind.CLOSE: _Shape(1, 1, False),  # the last frame in this direction, and why
}
"""How long each kind's body is, and whether it may be urgent."""


def encode(frame: Frame, padding: Padding = Padding.NONE) -> bytes:
    """The plaintext of a frame. Raises MisuseError for one that `decode` would refuse."""
    kind, body, urgent = frame
    shape = SHAPES[kind]
    if not shape.shortest <= len(body) <= shape.longest or (urgent and not shape.may_be_urgent):
        raise MisuseError(f"not a frame: {kind.name} of {len(body)} bytes")
    control = kind | (_URGENT if urgent else 0)
    length = MIN_CIPHERTEXT + len(body)
    if padding is Padding.NONE or length in BUCKETS or length + 2 > MAX_CIPHERTEXT:
        return bytes((control,)) + body
    zeros = next(bucket for bucket in BUCKETS if bucket >= length + 2) - length - 2
    return bytes((control | _PADDED,)) + zeros.to_bytes(2, "big") + body + bytes(zeros)


def decode(plaintext: bytes) -> Frame:
    """The frame in a plaintext. Raises FrameFormatError and nothing else."""
    if not plaintext:
        raise FrameFormatError("an empty frame")
    control = plaintext[0]
    try:
        kind = _KINDS[control & ~_URGENT & ~_PADDED]
    except KeyError:
        raise FrameFormatError(f"a frame of an unknown kind, {control:#04x}") from None
    body = _unpadded(plaintext) if control & _PADDED else plaintext[1:]
    shape = SHAPES[kind]
    if not shape.shortest <= len(body) <= shape.longest:
        raise FrameFormatError(f"a {kind.name} frame of {len(body)} bytes")
    urgent = bool(control & _URGENT)
    if urgent and not shape.may_be_urgent:
        raise FrameFormatError(f"an urgent {kind.name} frame")
    return Frame(kind, body, urgent)


_KINDS: Final = {int(kind): kind for kind in Kind}


def _unpadded(plaintext: bytes) -> bytes:
    zeros = int.from_bytes(plaintext[1:3], "big")
    end = len(plaintext) - zeros
    if len(plaintext) < 3 or end < 3:
        raise FrameFormatError("more padding than frame")
    if plaintext.count(0, end) != zeros:
        raise FrameFormatError("padding that is not zeros")
    return plaintext[3:end]


class FrameWriter:
    """Makes frames, in order, under one direction's cipher state, which it owns from now on."""

    __slots__ = ("_cipher", "_left", "_limit", "padding")

    def __init__(
        self,
        cipher: CipherState,
        padding: Padding = Padding.NONE,
        frames_per_key: int = FRAMES_PER_KEY,
    ) -> None:
        self._cipher = cipher
        self._limit = self._left = frames_per_key
        self.padding = padding

    def write(self, frame: Frame) -> bytes:
        """The frame as it goes over the wire, after a rekey frame when the key is worn."""
        if self._left == 1 and frame.kind is not Kind.REKEY:
            return self._seal(Frame(Kind.REKEY)) + self._seal(frame)
        return self._seal(frame)

    def _seal(self, frame: Frame) -> bytes:
        sealed = self._cipher.encrypt(encode(frame, self.padding))
        self._left -= 1
        if frame.kind is Kind.REKEY:
            self._cipher.rekey()
            self._left = self._limit
        return len(sealed).to_bytes(LENGTH, "big") + sealed


class FrameReader:
    """Opens frames, in order, under the other direction's cipher state, which it owns."""

    __slots__ = ("_at", "_buffer", "_cipher", "_left", "_limit")

    def __init__(self, cipher: CipherState, frames_per_key: int = FRAMES_PER_KEY) -> None:
        self._cipher = cipher
        self._limit = self._left = frames_per_key
        self._buffer = bytearray()
        self._at = 0

    @property
    def waiting(self) -> int:
        """How many bytes were fed and not read."""
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """Take bytes as they come, cut anywhere."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def read(self) -> Frame | None:
        """The next frame, or None until it is whole.

        Raises FrameError or NotGenuineError; nothing after that means anything.
        """
        if self.waiting < LENGTH:
            return None
        start = self._at + LENGTH
        length = int.from_bytes(self._buffer[self._at : start], "big")
        if length < MIN_CIPHERTEXT:
            raise FrameLengthError(f"a frame of {length} bytes")
        end = start + length
        if end > len(self._buffer):
            return None
        frame = decode(self._cipher.decrypt(bytes(self._buffer[start:end])))
        self._at = end
        self._left -= 1
        if frame.kind is Kind.REKEY:
            self._cipher.rekey()
            self._left = self._limit
        elif self._left == 0:
            raise WornKeyError(f"more than {self._limit} frames under one key")
        return frame
