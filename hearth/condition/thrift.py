"""Work that can wait, and waits where power is scarce: making vectors, above all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hearth.condition import keeping, power
from hearth.condition.axes import Mode, Power
from hearth.condition.detector import SCARCE

FRESH: Final = 3600
"""Seconds for which what was kept of the power is believed."""


def waits(path: Path, now: int, root: Path = power.SYSTEM) -> str | None:
    """Why heavy work waits in the hearth at `path`, in words; None: it may be done.

    It waits on a battery at 30 % or less, and on any battery in a mode that is not normal: what is
    left is for talking then. `now` in unix seconds; `root` is where the kernel tells of supplies.
    """
    state, reading = _known(path, now, root)
    if reading.power.is_scarce:
        return reading.told()
    if reading.power is Power.BATTERY and state.get("mode", Mode.NORMAL) != Mode.NORMAL:
        return f"{reading.told()}, and the mode is {state['mode']}"
    return None


def slower(path: Path, now: int, root: Path = power.SYSTEM) -> float:
    """By how much longer pauses between rounds are: 1, or `SCARCE` on a low battery."""
    return SCARCE if _known(path, now, root)[1].power.is_scarce else 1.0


def _known(path: Path, now: int, root: Path) -> tuple[dict[str, object], power.Reading]:
    """What is kept in a hearth, and the worse of what the kernel says now and what was kept."""
    state = keeping.read(path) or {}
    return state, power.worst([power.system(root), _kept(state, now)])


def _kept(state: dict[str, object], now: int) -> power.Reading:
    """What was last known of the power: a UPS is not asked each time."""
    looked, percent = state.get("looked"), state.get("percent")
    try:
        found = Power(str(state.get("power")))
    except ValueError:
        return power.UNKNOWN
    if not isinstance(looked, int) or not 0 <= now - looked <= FRESH:
        return power.UNKNOWN
    return power.Reading(found, percent if isinstance(percent, int) else None)
