"""What can go wrong with a carrier, and with what it brings."""

from __future__ import annotations

from hearth.store.errors import CorruptError, Exit, HearthError, UsageError


class CarrierError(HearthError, code="carrier", exit_code=Exit.UNREACHABLE):
    """A carrier does not work (exit 14)."""


class FrameError(CorruptError, code="bad-frame"):
    """Bytes that are no frame, or one that was damaged on its way (exit 13)."""


class SpoiledError(CorruptError, code="spoiled"):
    """All parts of a message are here, and together they are not the message (exit 13)."""


class StateError(CorruptError, code="bad-state"):
    """A saved state of a reassembly that cannot be read (exit 13)."""


class IncompleteError(HearthError, code="incomplete"):
    """Parts are missing, so a message could not be put together (exit 1)."""


class TooLongError(UsageError, code="too-long"):
    """The message is too long for this carrier (exit 2)."""


class NothingHereError(UsageError, code="no-message"):
    """A text or picture in which there is no message at all (exit 2)."""
