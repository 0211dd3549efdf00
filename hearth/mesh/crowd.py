"""Room for so many at once, and who gives way when there are more.

A session costs memory and descriptors as long as the peer likes to draw it out; so nobody has
more than a few, and those whom nobody knows have few all together. The newest is let in and the
oldest gives way, first of its own source: whoever comes back after a broken line is not kept out
by what is left of the last time, and a crowd cannot sit in the places for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from hearth.sync.admission import Admission, Ticket
from hearth.sync.errors import Code
from hearth.sync.packing import PeerError


class GaveWayError(PeerError, code="gave-way"):
    """The session was ended to make room for newer ones."""

    closing = Code.LIMIT


class Crowd:
    """At most `in_all` at once, and at most `per_source` of one source."""

    def __init__(self, in_all: int, per_source: int) -> None:
        self._admission = Admission(in_all, per_source)
        self._scopes: dict[Ticket, anyio.CancelScope] = {}

    def __len__(self) -> int:
        return len(self._admission)

    @contextmanager
    def place(self, source: str) -> Iterator[None]:
        """A place for as long as the block runs. Raises GaveWayError where it had to be left."""
        ticket, evicted = self._admission.admit(source)
        if evicted is not None:
            self._scopes[evicted].cancel()
        try:
            with anyio.CancelScope() as scope:
                self._scopes[ticket] = scope
                yield
        finally:
            del self._scopes[ticket]
            self._admission.leave(ticket)
        if scope.cancelled_caught:
            raise GaveWayError("newer sessions came: this one had to make room")
