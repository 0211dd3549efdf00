"""What is said at a community's door of introductions, where neither side knows the other's device.

    caller                                    answerer
              sealed ───────────────────────▶          for members' devices alone
              ◀─────────────────────── shown           if it could be opened, and holds
          or  ◀────────────────────── sealed           if not: now the other way round
              shown ────────────────────────▶

Each *shows* what makes its device its person's: the seat, the person's certificate, and the
person's word that it may sit there. Nobody shows it to somebody unknown: who goes first seals it
for devices that the other may have had before, and who cannot open that is told nothing. A caller
that knows the answerer from elsewhere as a member's device begins with *shown*.

    40 sealed   version (1) ‖ box (285) ‖ stanzas (128 each), at most 128
    41 shown    version (1) ‖ seat (32), zeros for the founder's ‖ certificate (136) ‖ joins (64)

Sans-IO; what the bytes mean, and whether they hold, is for `hearth.mesh.introducing`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.sync.packing import MessageError, OverLimitError, PeerError

VERSION: Final = 1
BOX: Final = 285
STANZA: Final = 128
MAX_STANZAS: Final = 128
_SEAT: Final = 32
_CERTIFICATE: Final = 136
_SHOWN: Final = _SEAT + _CERTIFICATE + 64
_DOOR: Final = b"hearth/introduction-door/1\0"


class Type(IntEnum):
    """The types of messages, apart from those of a session and of joining."""

    SEALED = 40
    SHOWN = 41


class UnexpectedIntroductionError(PeerError, code="unexpected-introduction"):
    """A message that may not come at a door of introductions, or none where one was due."""


class Sealed(NamedTuple):
    """A `Shown`, for whoever can open one of the stanzas."""

    box: bytes
    stanzas: tuple[bytes, ...]

    def encode(self) -> tuple[int, bytes]:
        return Type.SEALED, bytes((VERSION,)) + self.box + b"".join(self.stanzas)


class Shown(NamedTuple):
    """Whose device it is, and in which seat: zeros for the founder's, which needs no `joins`."""

    seat: bytes
    certificate: bytes
    joins: bytes

    def encode(self) -> tuple[int, bytes]:
        return Type.SHOWN, bytes((VERSION,)) + b"".join(self)


def door(community: bytes) -> bytes:
    """The door at which a community's members introduce themselves to each other."""
    return blake3(_DOOR + community).digest()


def read(type: int, body: bytes) -> Sealed | Shown:
    """A message at such a door. Raises UnexpectedIntroductionError, MessageError, OverLimitError,
    before anything is spent on it."""
    if type not in (Type.SEALED, Type.SHOWN) or body[:1] != bytes((VERSION,)):
        raise UnexpectedIntroductionError(f"a message of type {type} where an introduction was due")
    if type == Type.SHOWN:
        return unpack(body[1:])
    count, left = divmod(len(body) - 1 - BOX, STANZA)
    if count < 0 or left:
        raise MessageError(f"an introduction of {len(body)} bytes")
    if count > MAX_STANZAS:
        raise OverLimitError(f"an introduction for {count} devices: at most {MAX_STANZAS}")
    first = 1 + BOX
    places = range(first, len(body), STANZA)
    return Sealed(body[1:first], tuple(body[at : at + STANZA] for at in places))


def unpack(data: bytes) -> Shown:
    """What was shown, from its 232 bytes. Raises MessageError."""
    if len(data) != _SHOWN:
        raise MessageError(f"an introduction of {len(data)} bytes where {_SHOWN} were due")
    end = _SEAT + _CERTIFICATE
    return Shown(data[:_SEAT], data[_SEAT:end], data[end:])
