"""The detector: looks go in, a mode comes out, and when to look next. No clock, no socket in it.

Each axis is damped by itself (`damping`). The mode that follows from them changes once in `DWELL`
seconds at most, however many axes turn. Where nobody has looked for `STALE` seconds, and for half
as long again as was planned, `forget_stale` begins anew.

Looks come soon after something has turned (`FIRST` seconds), then half as often each time, to once
in `LAST` seconds; while a change waits to be believed, once in `PENDING`. On a scarce battery four
times as seldom. Every pause is up to a fifth shorter or longer, so that neighbours do not all look
at once.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from hearth.condition.axes import (
    AXES,
    Clock,
    Link,
    Mode,
    Peers,
    Power,
    Scale,
    Values,
    Wan,
    technical,
)
from hearth.condition.damping import Damped

FIRST: Final = 5.0
LAST: Final = 600.0
PENDING: Final = 30.0
JITTER: Final = 0.2
SCARCE: Final = 4.0
DWELL: Final = 120.0
STALE: Final = 900.0
_SCALES: Final[dict[str, type[Scale]]] = {
    "link": Link, "wan": Wan, "peers": Peers, "power": Power, "clock": Clock,
}  # fmt: skip
_VERSION: Final = 1


class Detector:
    """Takes looks at this machine. `now` is in seconds of any clock that never goes back."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._axes: dict[str, Damped[Any]] = {}
        self._pause = FIRST
        self.mode = Mode.NORMAL
        """The technical mode: what people declare is no part of it."""
        self.changed = 0.0
        """When the mode came to be what it is."""
        self.looked: float | None = None
        self.due = 0.0
        """When to look next."""

    @property
    def values(self) -> Values:
        """What counts on each axis."""
        return Values(**{name: axis.value for name, axis in self._axes.items()})

    @property
    def seen(self) -> Values:
        """What was seen last on each axis."""
        return Values(**{name: axis.seen for name, axis in self._axes.items()})

    def unstable(self, now: float) -> list[str]:
        """Axes that flap."""
        return [name for name, axis in self._axes.items() if axis.unstable(now)]

    @property
    def is_waiting(self) -> bool:
        """Whether something is seen that is not believed yet."""
        return self.mode is not technical(self.values) or any(
            axis.is_pending for axis in self._axes.values()
        )

    def disturb(self, now: float) -> None:
        """Look at once, and soon again: an interface has changed."""
        self._pause, self.due = FIRST, min(self.due, now)

    def forget_stale(self, now: float) -> None:
        """Begin anew if nobody has looked for too long. For who begins to look, not in between: a
        machine that has slept goes on from what it knew."""
        if self.looked is None or now - self.looked > max(STALE, 1.5 * (self.due - self.looked)):
            self._axes, self._pause = {}, FIRST
            self.changed, self.due = now - DWELL, now

    def take(self, readings: Mapping[str, Scale], now: float, *, at_once: bool = False) -> bool:
        """Take in a look: by axis what was seen, without those that were not looked at. Whether
        the mode has changed.

        What was never seen before is believed if it is good, or `at_once`: for who looks but once.
        """
        turned = False
        for name in AXES:
            reading = readings.get(name)
            if reading is None:
                continue
            if name not in self._axes:
                known = reading if at_once or not reading.rank else type(reading)("unknown")
                self._axes[name] = Damped(known)
            turned |= self._axes[name].take(reading, now)
        changed = self._follow(now)
        self._plan(now, turned)
        self.looked = now
        return changed

    def _follow(self, now: float) -> bool:
        mode = technical(self.values)
        if mode is self.mode or now - self.changed < DWELL:
            return False
        self.mode, self.changed = mode, now
        return True

    def _plan(self, now: float, turned: bool) -> None:
        pause = FIRST if turned else self._pause
        limit = PENDING if self.is_waiting else LAST
        self._pause = min(pause * 2, LAST)
        pause = min(pause, limit) * self._rng.uniform(1 - JITTER, 1 + JITTER)
        self.due = now + pause * (SCARCE if self.values.power.is_scarce else 1.0)

    def data(self, now: float) -> dict[str, Any]:
        """What `restore` takes: times as seconds before `now`."""
        return {
            "version": _VERSION,
            "mode": self.mode.value,
            "changed": now - self.changed,
            "looked": now - (now if self.looked is None else self.looked),
            "due": self.due - now,
            "pause": self._pause,
            "axes": {name: axis.data(now) for name, axis in self._axes.items()},
        }

    @classmethod
    def restore(cls, data: Any, now: float, rng: random.Random) -> Detector:
        """A detector that goes on from `data`; a new one where that makes no sense."""
        made = cls(rng)
        try:
            if data["version"] != _VERSION:
                return made
            axes = {
                name: Damped.restore(_SCALES[name], each, now)
                for name, each in data["axes"].items()
            }
            mode, pause = Mode(data["mode"]), float(data["pause"])
            changed, looked = (now - max(0.0, float(data[each])) for each in ("changed", "looked"))
            due = min(now + float(data["due"]), now + LAST * SCARCE * (1 + JITTER))
        except (KeyError, TypeError, ValueError, AttributeError):
            return made
        made._axes, made.mode, made._pause = axes, mode, min(max(pause, FIRST), LAST)
        made.changed, made.looked, made.due = changed, looked, due
        return made
