"""What a time of day means by the local clock, on the days when that is changed as well.

When the clocks go back, an hour is there twice: the time typed is looked for in both. Of the hour
that is left out when they go forward it means what a clock shows that nobody has changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TYPED = re.compile(
    r"(?:(?P<word>yesterday|today|tomorrow)"
    r"|(?P<week>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)"
    r"|(?P<d2>\d\d?)\. ?(?P<m2>\d\d?)\. ?(?P<y2>\d{4}))?"
    r"(?:(?:^|[ t]|, ?| at )(?P<h>\d\d?)(?::(?P<min>\d\d))? ?(?P<half>am|pm)?)?"
)

Day = tuple[int, int, int]
Clock = tuple[int, int]


def typed(now: int, text: str, *, past: bool = False) -> tuple[Day | None, Clock | None] | None:
    """The day and the time of day that somebody typed, either of which may be missing; None where
    it is neither. `2026-12-01 18:00`, `1.12.2026`, `18:00`, `6pm`, `tomorrow 6:30 pm`, `Sun 20:00`:
    the next Sunday on which that is still to come, or the last on which it has been (`past`)."""
    from datetime import date, datetime, timedelta

    found = _TYPED.fullmatch(" ".join(text.lower().split()))
    if found is None or not found[0]:
        return None
    part = found.groupdict()
    if part["h"] and not (part["min"] or part["half"]):
        return None  # a bare number is no time
    try:
        day = None
        if part["word"]:
            day = datetime.fromtimestamp(now).date() + timedelta(days=_WORDS[part["word"]])
        elif year := part["y"] or part["y2"]:
            day = date(int(year), int(part["m"] or part["m2"]), int(part["d"] or part["d2"]))
        clock = _clock(part) if part["h"] else None
        if part["week"]:
            day = _of_week(now, _WEEK.index(part["week"][:3]), clock, -1 if past else 1)
    except (ValueError, OverflowError):
        return None
    return None if day is None else (day.year, day.month, day.day), clock


def _of_week(now: int, weekday: int, clock: Clock | None, step: int) -> date:
    """The first such day from today on, or back; a week on where that time is not as it should."""
    from datetime import datetime, timedelta

    moment = datetime.fromtimestamp(now)
    shown = moment.hour, moment.minute
    passed = clock is not None and (shown >= clock if step > 0 else shown < clock)
    days = step * (weekday - moment.weekday()) % 7 or 7 * passed
    return moment.date() + timedelta(days=step * days)


def _clock(part: dict[str, str | None]) -> Clock:
    hour, minute = int(part["h"] or 0), int(part["min"] or 0)
    if part["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + 12 * (part["half"] == "pm")
    if hour > 23 or minute > 59:
        raise ValueError
    return hour, minute


def at(day: Day, clock: Clock, second: int = 0) -> int:
    """When that is, in unix seconds. Raises OverflowError."""
    import time

    return int(time.mktime((*day, *clock, second, 0, 0, -1)))


def last(now: int, hour: int, minute: int) -> int:
    """When it was so late the last time, now included; unix seconds."""
    return max(at for at in _around(now, hour, minute) if at <= now)


def coming(now: int, hour: int, minute: int) -> int:
    """When it will be so late the next time; unix seconds."""
    return min(at for at in _around(now, hour, minute) if at > now)


def _around(now: int, hour: int, minute: int) -> set[int]:
    """When it is so late from two days before to two days after."""
    from datetime import datetime, timedelta

    today = datetime.fromtimestamp(now).replace(hour=hour, minute=minute, second=0, microsecond=0)
    found = set()
    for shift in (-2, -1, 0, 1, 2):  # where the date line was moved, a whole day is left out
        first = today + timedelta(days=shift)
        again = int(first.replace(fold=1).timestamp())
        found.add(int(first.replace(fold=0).timestamp()))
        if datetime.fromtimestamp(again).replace(fold=0) == first.replace(fold=0):
            found.add(again)
    return found
