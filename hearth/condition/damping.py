"""One axis over time: believing a change late enough, and not believing what flaps.

Asymmetric hysteresis and flap damping: a turn for the worse counts after `BAD_ROUNDS` looks in a
row and `BAD_SECONDS`, one for the better after `GOOD_ROUNDS` and `GOOD_SECONDS`. Each turn of what
is seen adds 1 to a penalty that halves in `HALF_LIFE` seconds; above `HOLD`, and from then until it
is below `RELEASE`, the axis is *unstable*: the worst that was seen since it began is held (as RFC
2439 does it for routes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from hearth.condition.axes import Scale

S = TypeVar("S", bound=Scale)

BAD_ROUNDS: Final = 3
BAD_SECONDS: Final = 30.0
GOOD_ROUNDS: Final = 2
GOOD_SECONDS: Final = 120.0
HALF_LIFE: Final = 600.0
HOLD: Final = 4.0
RELEASE: Final = 2.0
MOST: Final = 6.0
"""The highest penalty: so that what has become steady is believed after sixteen minutes."""


@dataclass(slots=True)
class Damped(Generic[S]):
    """An axis; `value` is what counts, `seen` what was seen last. Times in seconds of any clock
    that never goes back."""

    value: S
    seen: S = field(init=False)
    worst: S = field(init=False)
    """The worst that was seen since the penalty was below 1."""
    since: float = 0.0
    """When the looks began that differ from `value` in one direction; `rounds` counts them."""
    rounds: int = 0
    better: bool = False
    penalty: float = 0.0
    at: float = 0.0
    """When `penalty` was what it says."""
    began: float = 0.0
    """When the penalty rose from below 1."""
    held: bool = False
    """Whether it was unstable at the last look."""

    def __post_init__(self) -> None:
        self.seen = self.worst = self.value

    def unstable(self, now: float) -> bool:
        """Whether the worse is held because of too many turns."""
        return self._penalty(now) > (RELEASE if self.held else HOLD)

    @property
    def is_pending(self) -> bool:
        """Whether what is seen differs from what counts."""
        return self.rounds > 0

    def take(self, reading: S, now: float) -> bool:
        """Take in a look; whether it is a turn of what is seen."""
        turned = reading.rank != self.seen.rank
        self._flap(reading, now, turned)
        self.seen = reading
        if reading.rank == self.value.rank:
            self.value, self.rounds = reading, 0
        else:
            self._count(reading, now)
        self.held = self.unstable(now)
        self._settle(reading, now)
        return turned

    def _penalty(self, now: float) -> float:
        return float(self.penalty * 0.5 ** (max(0.0, now - self.at) / HALF_LIFE))

    def _flap(self, reading: S, now: float, turned: bool) -> None:
        penalty = self._penalty(now)
        if penalty < 1.0:
            self.began, self.worst = now, self.seen
        if reading.rank > self.worst.rank:
            self.worst = reading
        self.penalty, self.at = min(MOST, penalty + turned), now

    def _count(self, reading: S, now: float) -> None:
        better = reading.rank < self.value.rank
        if not self.rounds or better != self.better:
            self.since, self.rounds, self.better = now, 0, better
        self.rounds += 1

    def _settle(self, reading: S, now: float) -> None:
        """Believe what has been seen for long enough."""
        if self.held:
            if self.worst.rank > self.value.rank and now - self.began >= BAD_SECONDS:
                self.value, self.rounds = self.worst, 0
            return
        rounds, seconds = (GOOD_ROUNDS, GOOD_SECONDS) if self.better else (BAD_ROUNDS, BAD_SECONDS)
        if self.rounds >= rounds and now - self.since >= seconds:
            self.value, self.rounds = reading, 0

    def data(self, now: float) -> list[Any]:
        """What `restore` takes, with times as seconds before `now`."""
        return [
            self.value.value, self.seen.value, self.worst.value, now - self.since, self.rounds,
            self.better, self._penalty(now), now - self.began, self.held,
        ]  # fmt: skip

    @classmethod
    def restore(cls, scale: type[S], data: list[Any], now: float) -> Damped[S]:
        """An axis as it was `data`'s age ago. Raises ValueError, TypeError for other data."""
        value, seen, worst, since, rounds, better, penalty, began, held = data
        made = cls(scale(value))
        made.seen, made.worst = scale(seen), scale(worst)
        made.since, made.began = now - max(0.0, float(since)), now - max(0.0, float(began))
        made.rounds, made.better, made.held = int(rounds), bool(better), bool(held)
        made.penalty, made.at = min(MOST, max(0.0, float(penalty))), now
        return made
