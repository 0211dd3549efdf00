"""What a carrier is: anything that moves frames.

A carrier knows nothing of messages. It says how long a frame may be, whether anything comes back,
and moves what it is given; the rest is done by `transfer`, the same way for all. It is used by one
thread, first for one direction and then perhaps for the other, and closed in the end:

    with carrier:                          # released, whatever happens
        transfer.send(carrier, message)    # as often as there is something to send
        carrier.finish()                   # written and durable, or handed over to the link

Sending may do nothing before `finish`: a sheet of paper is printed when all is on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Protocol, Self


class Cost(IntEnum):
    """What a byte costs; where there is a choice, the cheapest goes first."""

    NOTHING = 0
    HANDS = 1
    """Somebody has to carry, print or photograph."""
    AIR = 2
    """Airtime that all share."""


class Carrier(Protocol):
    """One way to move frames.

    `mtu`: bytes of a frame, at most. `duplex`: whether answers can come back. `broadcast`: whether
    everybody near hears what is sent. `encrypt_allowed`: whether what is sealed may go there; the
    law of amateur radio says no. `extra`: how many parts in a hundred are sent beyond those that
    suffice. `patience`: seconds in which an answer can be expected; 0 where there is none.
    """

    mtu: int
    duplex: bool
    broadcast: bool
    cost: Cost
    encrypt_allowed: bool
    extra: int
    patience: float

    def room(self, length: int) -> int:
        """How long the frames of a message of so many bytes are, at most: up to `mtu`. On paper
        and in text it depends on the message, the same way everywhere."""

    def send(self, frames: Sequence[bytes]) -> int:
        """Take the frames of one message; how many were taken. Raises CarrierError."""

    def recv(self, wait: float) -> bytes | None:
        """The next frame; None if there is none for `wait` seconds, or nothing more will come
        (`ended`). Raises CarrierError."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""

    @property
    def faults(self) -> list[str]:
        """What was wrong with what came, in words for a person."""

    def finish(self) -> None:
        """See that what was sent is on its way. Raises CarrierError, DiskError, NoSpaceError."""

    def close(self) -> None:
        """Let go of everything; closing twice is allowed."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


class Paper:
    """What carriers have in common that are written in one go, and read in one go.

    Two sizes of frames: 191 bytes, which a version-10 code holds that a terminal can show, and
    beyond nine such parts 603 bytes, which a version-20 code holds. Text has the same sizes, so
    that a code that was lost can be sent as lines.
    """

    SMALL = 191
    LARGE = 603
    SMALL_PARTS = 9
    """With three further ones they fill a page."""

    mtu = LARGE
    duplex = False
    broadcast = False
    cost = Cost.HANDS
    encrypt_allowed = True
    extra = 0
    patience = 0.0

    def __init__(self, size: int | None = None) -> None:
        """`size`: how long frames are, in place of what the message's length says."""
        self._size = size
        self._frames: list[bytes] | None = None
        self.faults: list[str] = []
        self.written: list[Path] = []
        self.summary = ""
        """What was written, in words for a person."""

    def room(self, length: int) -> int:
        """How long the frames of a message of so many bytes are."""
        from hearth.sync.carriers.splitting import PART_HEADER

        if self._size is not None:
            return self._size
        small = self.SMALL_PARTS * (self.SMALL - PART_HEADER)
        return self.SMALL if length < small else self.LARGE

    def _read(self) -> list[bytes]:
        """All frames that are there; notes `faults`."""
        raise NotImplementedError

    def recv(self, wait: float) -> bytes | None:
        """The next frame, read from all that is there at first."""
        if self._frames is None:
            self._frames = self._read()[::-1]
        return self._frames.pop() if self._frames else None

    @property
    def ended(self) -> bool:
        """Whether all has been read."""
        return self._frames is not None and not self._frames

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
