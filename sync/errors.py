"""Whose fault it was: a peer's, or the calling code's."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from hearth.store.errors import Exit, HearthError


class Code(IntEnum):
    """Why a direction was closed. Others may be added; an unknown one is like FAILED."""

    DONE = 0
    LEAVING = 1
    IDLE = 2
    BROKEN = 3
    LIMIT = 4
    FAILED = 255


class TransportError(HearthError, code="transport", exit_code=Exit.UNREACHABLE):
    """The peer did not keep to the transport, or went away: the connection is over (exit 14).

    Everything that bytes from outside can cause below the messages is one of these.
    """

    closing: ClassVar[Code] = Code.BROKEN
    """What the peer is told: docs/sync.md, section 7."""


class MisuseError(RuntimeError):
    """A mistake of the calling code, never of a peer's."""
