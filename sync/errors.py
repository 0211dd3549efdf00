"""Whose fault it was: a peer's, or the calling code's."""

from __future__ import annotations

from hearth.store.errors import Exit, HearthError


class TransportError(HearthError):
    """The peer did not keep to the transport, or went away: the connection is over (exit 14).

    Everything that bytes from outside can cause below the messages is one of these.
    """

    code = "transport"
    exit_code = Exit.UNREACHABLE


class MisuseError(RuntimeError):
    """A mistake of the calling code, never of a peer's."""
