"""What can go wrong with a carrier, and with what it brings."""

from __future__ import annotations

from hearth.store.errors import CorruptError, Exit, HearthError, UsageError


class CarrierError(HearthError):
    """A carrier does not work (exit 14)."""

    code = "carrier"
    exit_code = Exit.UNREACHABLE


class FrameError(CorruptError):
    """Bytes that are no frame, or one that was damaged on its way (exit 13)."""

    code = "bad-frame"


class SpoiledError(CorruptError):
    """All parts of a message are here, and together they are not the message (exit 13)."""

    code = "spoiled"


class StateError(CorruptError):
    """A saved state of a reassembly that cannot be read (exit 13)."""

    code = "bad-state"


class IncompleteError(HearthError):
    """Parts are missing, so a message could not be put together (exit 1)."""

    code = "incomplete"


class TooLongError(UsageError):
    """The message is too long for this carrier (exit 2)."""

    code = "too-long"


class NothingHereError(UsageError):
    """A text or picture in which there is no message at all (exit 2)."""

    code = "no-message"
