"""Two nodes learn which items only one of them has, without listing what both have.

This is range-based set reconciliation as the Negentropy protocol, version 1, has it. Both sort
their items and speak about ranges of that order. One sends a fingerprint of a range; if the other
finds the same fingerprint for its own items there, the range is done. If not, it divides the range
into 16 with as many of its own items in each, and sends the fingerprints of those; if it has fewer
than 32 items there, it lists their ids. So equal stretches fall away 256 at a time with every
round trip, and what remains is small enough to be listed.

    a range arrives as             the responder answers        the initiator answers
    skip                           skip                         skip
    fingerprint, the same here     skip                         skip
    fingerprint, another one       16 fingerprints or a list    16 fingerprints or a list
    list of ids                    its own list                 skip: now it knows both lists

All ranges travel in one message, so a round trip costs one level of the division and not one
range. Only the initiator learns the differences. When its answer would be nothing but skips, it
is done.

**Frames.** No message is longer than `Limits.frame`. Where a range cannot be answered any more, the
message is cut: its last range reaches to infinity and says "later", as a fingerprint, which the
other side divides anew. The first open range is always answered in full, or, if it is a long list,
by a hundred ids and more; so whatever is cut, the leftmost difference gets nearer and is settled.
What was settled beyond a cut is compared again, and may be *told twice*.

**Where this differs from the reference**: only in the last range of a cut message. The reference
leaves the range that did not fit out of the fingerprint that covers it, and sends fingerprints of
ranges in which it has nothing; where both sides do both, differences are overlooked. We do neither,
and that is enough even when the other side does (docs/sync-reconcile.md §5). Messages that are not
cut are the reference's, byte for byte.

**Peers that lie.** Work is bounded by sizes: each byte that comes is read once, each range costs a
few searches, and no answer is longer than a frame. A peer cannot make us go on for ever: the first
range that it leaves open must begin after ours, or be narrower, or be a list (`StalledError`); and
rounds are counted (`TooManyRoundsError`). It can lie about what it has. Then we ask for what it
will not deliver, and offer what it has; neither does harm.

Sans-IO: a message in, a message out. The sets are behind `Storage`; the bytes in
`negentropy_message`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from hearth.sync.errors import MisuseError
from hearth.sync.fingerprints import INFINITY, Bound, Storage
from hearth.sync.negentropy_message import (
    VERSION,
    MessageReader,
    Mode,
    Range,
    ReconcileError,
    VersionError,
    version_of,
)
from hearth.sync.reconcile_answer import InitiatorsAnswer, RespondersAnswer

MIN_FRAME: Final = 4096


class LongMessageError(ReconcileError, code="reconcile-long-message"):
    """A message longer than the limit."""


class TooManyRoundsError(ReconcileError, code="reconcile-rounds"):
    """More messages than the limit allows."""


class StalledError(ReconcileError, code="reconcile-stalled"):
    """An answer that brings nothing nearer to its end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a side makes, and what it takes. Raises MisuseError for a frame below 4096 bytes."""

    frame: int | None = 1 << 20
    """The longest message made, in bytes; None: as long as it gets."""
    message: int = 1 << 20
    """The longest message taken, in bytes."""
    ids: int = 1 << 15
    """The most ids taken in one list."""
    rounds: int = 1024
    """The most messages taken."""

    def __post_init__(self) -> None:
        if self.frame is not None and self.frame < MIN_FRAME:
            raise MisuseError(f"a frame of {self.frame} bytes; the least is {MIN_FRAME}")

    def admit(self, message: bytes, rounds: int) -> None:
        """Raises LongMessageError or TooManyRoundsError if that is beyond the limits."""
        if len(message) > self.message:
            raise LongMessageError(
                f"a reconciliation message of {len(message)} bytes; the limit is {self.message}"
            )
        if rounds > self.rounds:
            raise TooManyRoundsError(
                f"a reconciliation goes on and on; the limit is {self.rounds} rounds"
            )


DEFAULT: Final = Limits()


class State(Enum):
    """What an initiator does next."""

    READY = "ready"
    WAITING = "waiting"
    OVER = "over"


class Round(NamedTuple):
    """What a message brought the initiator.

    Between two honest sides, all rounds together tell every difference, and nothing that is not
    one. Where a side cut a message to its frame, an id may be told twice.
    """

    reply: bytes | None
    """What to send now; None: the two sets are reconciled."""
    have: list[bytes]
    """Ids that the peer lacks."""
    need: list[bytes]
    """Ids that we lack."""


class Initiator:
    """The side that begins, and learns what differs.

        READY ── start ──> WAITING ── receive, a reply ──> WAITING
                           WAITING ── receive, no reply ──> OVER
                           WAITING ── receive, an error ──> OVER

    Anything else is a MisuseError. It keeps nothing that grows with the differences.
    """

    def __init__(self, storage: Storage, limits: Limits = DEFAULT) -> None:
        self.state = State.READY
        self._storage = storage
        self._limits = limits
        self._rounds = 0
        self._open: tuple[Bound, Bound] | None = None

    def start(self) -> bytes:
        """The first message, below 1 KiB."""
        self._must_be(State.READY)
        answer = InitiatorsAnswer(self._storage, None)
        answer.divide(0, len(self._storage), INFINITY)
        self._open = answer.out.first
        self.state = State.WAITING
        return answer.out.to_bytes()

    def receive(self, message: bytes) -> Round:
        """What an answer tells, and what to answer.

        Raises ReconcileError, and only that for whatever comes; what the message told before the
        error is dropped. VersionError holds the highest version that the peer speaks.
        """
        self._must_be(State.WAITING)
        self.state = State.OVER
        self._rounds += 1
        self._limits.admit(message, self._rounds)
        version = version_of(message)
        if message[0] != VERSION:
            raise VersionError(f"the peer reconciles by version {version} of the protocol", version)
        answer = InitiatorsAnswer(self._storage, self._limits.frame)
        self._check_progress(answer.take(MessageReader(message, self._limits.ids)))
        self._open = answer.out.first
        if self._open is None:
            return Round(None, answer.have, answer.need)
        self.state = State.WAITING
        return Round(answer.out.to_bytes(), answer.have, answer.need)

    def _check_progress(self, theirs: Range | None) -> None:
        """The first range left open begins after ours, or is narrower, or is a list."""
        if theirs is None or self._open is None:
            return
        lower, upper = self._open
        same = theirs.lower == lower and theirs.mode is Mode.FINGERPRINT and theirs.upper >= upper
        if theirs.lower < lower or same:
            raise StalledError("the peer's answer leaves open what it was asked first")

    def _must_be(self, state: State) -> None:
        if self.state is not state:
            raise MisuseError(f"an initiator that is {self.state.value}, not {state.value}")


class Responder:
    """The side that answers. It learns nothing; all it keeps is how many messages came."""

    def __init__(self, storage: Storage, limits: Limits = DEFAULT) -> None:
        self._storage = storage
        self._limits = limits
        self._rounds = 0

    def receive(self, message: bytes) -> bytes:
        """The answer; to a message of another version, the version spoken here and nothing else.

        Raises ReconcileError, and only that for whatever comes; the session is then over.
        """
        self._rounds += 1
        self._limits.admit(message, self._rounds)
        version_of(message)
        answer = RespondersAnswer(self._storage, self._limits.frame)
        if message[0] == VERSION:
            answer.take(MessageReader(message, self._limits.ids))
        return answer.out.to_bytes()
