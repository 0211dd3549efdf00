"""When events came here, as far as it was noted: for showing, never for erasing (`ages`).

What an event says of its time may be wrong by years, and arriving has no clock. So whoever follows
a lane notes, once a minute at most and if anything has come, how far the log has come and what this
machine's clock says. An event came at the time of the first note that covers it; what no note
covers has come now.

This machine's clock may have been wrong, too. By one that was not set nothing is noted; what was
noted by one that ran ahead counts for nothing while it lies ahead, and is noted anew; and what came
later came no earlier, whatever one says that has gone back. So nothing looks older than it is.
"""

from __future__ import annotations

from bisect import bisect_left
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from hearth.store import cbor
from hearth.store.errors import LockedError

if TYPE_CHECKING:
    from hearth.home import Home

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
SANE: Final = 1_704_067_200
"""2024-01-01: a clock that says less has not been set since its machine started."""
_KEY: Final = "seen"
_MAX_NOTES: Final = 400
_FINE: Final = 32
"""What came so many hours ago may look an hour younger."""


class Seen:
    """The notes of a hearth, read once. `now`: unix seconds by this machine's clock."""

    def __init__(self, home: Home, now: int) -> None:
        notes = [each for each in _read(home) if SANE <= each[1] <= now]
        times = accumulate((at for _, at in notes), max)
        self._notes = [(arrival, at) for (arrival, _), at in zip(notes, times, strict=True)]
        self._now = now

    def at(self, arrival: int) -> int:
        """When the event with this arrival number had come, in unix seconds."""
        place = bisect_left(self._notes, (arrival, 0))
        return self._notes[place][1] if place < len(self._notes) else self._now

    def since(self, time: int) -> int:
        """The highest arrival number that had come by a time; 0 if none is noted."""
        return max((arrival for arrival, at in self._notes if at <= time), default=0)

    def until(self, arrival: int, wall: int, stated: int, floor: int = 2 * DAY) -> int:
        """Until when something is shown that was written at `wall`, and is to be shown till
        `stated`, both by its author's clock.

        What is stated, if it came before half of that time was over; else the later of that and of
        `floor` (or of as long as was stated, if that is less) after it came. Where the author's
        clock was not set, or is ahead of ours by more than a day, only how long was stated counts,
        from when it came.
        """
        came, long = self.at(arrival), max(0, stated - wall)
        if wall < SANE or wall > self._now + DAY:
            return came + long
        if came - wall <= long // 2:
            return stated
        return max(stated, came + min(long, floor))


def note(home: Home, now: int) -> None:
    """Note what has come until now, if that is due. Nothing where the hearth is read-only, or
    somebody else is writing for long."""
    store = home.store
    last = store.log.last_arrival()
    if store.read_only or now < SANE or not _is_due(_read(home), last, now):
        return
    with suppress(LockedError), store.batch() as batch, batch.transaction() as tx:
        notes = _thinned([*(each for each in _read(home) if each[0] <= last), (last, now)], now)
        tx.set_meta(_KEY, cbor.encode([number for pair in notes for number in pair]))


def _thinned(notes: list[tuple[int, int]], now: int) -> list[tuple[int, int]]:
    """Fewer notes the longer ago. Of several close together the last stays, so that nothing looks
    older for it, nor younger by more than a 32nd of its age (of months: by some more)."""
    kept: list[tuple[int, int]] = []
    for arrival, at in reversed(notes):
        width = 1 << (max(1, (now - at) // _FINE).bit_length() - 1)  # so that stretches nest
        if not kept or kept[-1][1] < at or kept[-1][1] // width != at // width:
            kept.append((arrival, at))
    kept.reverse()
    if len(kept) > _MAX_NOTES:
        kept[: _MAX_NOTES // 2] = kept[1 : _MAX_NOTES // 2 : 2]
    return kept


def _is_due(notes: list[tuple[int, int]], last: int, now: int) -> bool:
    """Whether something has come since the last note that is not ahead, a minute ago or more: until
    it is noted, what has come is a little younger each time that somebody looks."""
    arrival, at = next((each for each in reversed(notes) if each[1] <= now), (0, 0))
    return last > arrival and now - at >= MINUTE


def _read(home: Home) -> list[tuple[int, int]]:
    data = home.store.meta(_KEY)
    try:
        value: Any = cbor.decode(data) if isinstance(data, bytes) else []
        return list(zip(value[::2], value[1::2], strict=True))
    except (cbor.CborError, TypeError, ValueError):
        return []
