"""What a time of day means by the local clock, on the days when that is changed as well.

When the clocks go back, an hour is there twice: the time typed is looked for in both. Of the hour
that is left out when they go forward it means what a clock shows that nobody has changed.
"""

from __future__ import annotations


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
