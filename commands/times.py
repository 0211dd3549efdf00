"""How times are told: in the local time of this machine, with the doubt that they deserve."""

from __future__ import annotations

import time

from hearth.commands.layout import count

DAY = 86_400
WEEK = 6 * DAY
DOUBT = 600
"""Seconds by which another clock may be ahead of this one before its time is doubted."""
IMPOSSIBLE = "an impossible time"
"""What is said of a time that no calendar of this machine has; others state times, too."""


def moment(at: int, now: int) -> str:
    """A time near now: `today 15:20`, `tomorrow 15:20`, else with the date."""
    try:
        then, today = time.localtime(at), time.localtime(now)
        clock = time.strftime("%H:%M", then)
        for word, shift in (("today", 0), ("tomorrow", DAY), ("yesterday", -DAY)):
            # From noon, so that a day of 23 or 25 hours does not move it over midnight.
            noon = time.mktime((*today[:3], 12, 0, 0, 0, 0, -1)) + shift
            if time.localtime(noon)[:3] == then[:3]:
                return f"{word} {clock}"
    except (OverflowError, OSError, ValueError):
        return IMPOSSIBLE
    return when(at)


def stamp(at: int, now: int) -> str:
    """A time that somebody's clock has given: `Tue 21:40`, with the date if it is long ago.

    A time that has not come yet here ends with `?`: one of the clocks is wrong.
    """
    text = _told("%a %H:%M", at) if -WEEK < at - now <= DAY else when(at)
    return text + "?" * (at - now > DOUBT and text != IMPOSSIBLE)


def hours(at: int, beside: int) -> str:
    """A time near another: `21:47` on the same day, else with the day."""
    text = _told("%H:%M" if day(at) == day(beside) else "%a %H:%M", at)
    return f"at {text}" if text == IMPOSSIBLE else text


def when(at: int) -> str:
    """Date and time."""
    return _told("%Y-%m-%d %H:%M", at)


def day(at: int) -> str:
    """The date alone."""
    return _told("%Y-%m-%d", at)


def _told(form: str, at: int) -> str:
    try:
        return time.strftime(form, time.localtime(at))
    except (OverflowError, OSError, ValueError):
        return IMPOSSIBLE


def ago(seconds: int) -> str:
    """How long ago, roughly: `just now`, `14 min ago`, `3 days ago`. A future is a wrong clock."""
    if seconds < -60:
        return "in the future (a clock is wrong)"
    for unit, length in (("day", DAY), ("hour", 3600)):
        if seconds >= 2 * length:
            return f"{count(seconds // length, unit)} ago"
    return f"{seconds // 60} min ago" if seconds >= 60 else "just now"


def span(seconds: int) -> str:
    """A length of time: `12 s`, `4 min`, `3 h 20 min`, `2 days`."""
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    if seconds < 2 * DAY:
        hours, rest = divmod(seconds // 60, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{seconds // DAY} days"
