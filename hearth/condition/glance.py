"""The mode for `hearth status`: out of what is kept, cheaply."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from hearth.condition import keeping
from hearth.condition.axes import Mode

_MODES: Final = frozenset(each.value for each in Mode)


class Glance(NamedTuple):
    """The mode, since when and when this machine was looked at last (unix seconds, None: not
    known), why in words, and how many exercises or tests there are beside it."""

    mode: str
    since: int | None
    looked: int | None
    reasons: tuple[str, ...]
    unreal: int


def glance(path: Path, last: int, now: int, *, emergencies: bool) -> Glance | None:
    """What is known of the hearth at `path`; None where nobody has looked, nor declared anything.

    `last` is the last arrival number of its log; `emergencies`: whether its log has the lane. Opens
    the hearth only if something has come since that may declare something, or its time is over.
    """
    state = keeping.read(path)
    if emergencies and not _is_level(state, last, now):
        return _whole(path, now)
    if state is None:
        return None
    mode = state.get("mode" if emergencies else "technical")
    if not isinstance(mode, str) or mode not in _MODES:
        return None
    reasons = state.get("reasons")
    return Glance(
        mode,
        _time(state.get("since")),
        _time(state.get("looked")),
        tuple(str(each) for each in reasons) if isinstance(reasons, list) else (),
        _time(state.get("unreal")) or 0,
    )


def _is_level(state: dict[str, object] | None, last: int, now: int) -> bool:
    """Whether what is kept knows all that was declared, and nothing of it has ended."""
    if state is None or state.get("arrival") != last:
        return False
    until = state.get("until")
    return until is None or (isinstance(until, int) and now < until)


def _time(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _whole(path: Path, now: int) -> Glance | None:
    from hearth.community.commons import Commons
    from hearth.condition.known import known
    from hearth.home import Home

    with Home.open(path, read_only=True) as home:
        found = known(home, Commons(home), keeping.moment(now))
    if found.looked is None and not found.declared and not found.unreal:
        return None
    return Glance(found.mode.value, found.since, found.looked, tuple(found.why), len(found.unreal))
