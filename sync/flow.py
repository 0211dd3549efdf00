"""Who may send how much, and how long silence is borne: pure functions, no clock, no queue.

*Credit.* A peer may have at most `WINDOW` bytes of messages on their way or unread here, counted
apart for urgent messages and for others, so that neither can stop the other. A message costs its
type and body, and `OVERHEAD` from its first frame on, so that a million empty messages do not
come free. Whoever reads gives back what it has dealt with, `GRANT` at a time or more. A message
is dealt with only when it is whole; so the window is exactly the longest message plus what may be
owed: even then the longest message fits, and two honest nodes never wait for each other.

*Patience.* A peer that has said nothing for a while is asked; one that does not even answer is
gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hearth.sync.errors import Code, MisuseError, TransportError

MAX_MESSAGE: Final = 1 << 20
"""The longest body of a message; the byte that says its type comes on top."""
OVERHEAD: Final = 256
GRANT: Final = 1 << 16
WINDOW: Final = OVERHEAD + (MAX_MESSAGE + 1) + (GRANT - 1)


class OverCreditError(TransportError, code="over-credit"):
    """The peer sent more than it was allowed to, or allows more than there is."""

    closing = Code.LIMIT


@dataclass(frozen=True, slots=True)
class Credit:
    """The sender's side: how many bytes may still go."""

    left: int = WINDOW

    def spend(self, size: int) -> Credit:
        """After sending `size` bytes; MisuseError if they may not go."""
        if size > self.left:
            raise MisuseError(f"{size} bytes with a credit of {self.left}")
        return Credit(self.left - size)

    def granted(self, size: int) -> Credit:
        """After the peer gave back `size` bytes.

        Raises OverCreditError for nothing, and for more than was ever spent.
        """
        if not 0 < size <= WINDOW - self.left:
            raise OverCreditError(f"the peer gives back {size} bytes of {WINDOW - self.left}")
        return Credit(self.left + size)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The reader's side: `left` bytes may still come, `owed` were dealt with and not given back."""

    left: int = WINDOW
    owed: int = 0

    def arrived(self, size: int) -> Allowance:
        """After `size` bytes came; OverCreditError if they should not have."""
        if size > self.left:
            raise OverCreditError(f"the peer sent {size} bytes with a credit of {self.left}")
        return Allowance(self.left - size, self.owed)

    def dealt_with(self, size: int) -> tuple[Allowance, int]:
        """After `size` bytes were dealt with: (the new state, how much to grant, or 0)."""
        owed = self.owed + size
        if size < 0 or owed > WINDOW - self.left:
            raise MisuseError(f"{size} bytes were dealt with that did not come")
        if owed < GRANT:
            return Allowance(self.left, owed), 0
        return Allowance(self.left + owed), owed


def cost(body: int) -> int:
    """What a message with a body of this many bytes takes of the credit."""
    return OVERHEAD + 1 + body


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of silence until a peer is asked, and until it is given up; never unasked."""

    ask: float = 30.0
    cut: float = 90.0

    def next_step(self, idle: float, asked: float | None) -> float | None:
        """What to do `idle` seconds after the peer's last frame.

        `asked`: how many seconds ago a ping was sent since then, if one was. Returns how many
        seconds to wait before looking again; 0.0 to send a ping now; None to hang up.
        """
        if asked is None:
            return max(0.0, self.ask - idle)
        left = self.cut - self.ask - asked
        return left if left > 0 else None
