"""Where the condition is kept between runs: a small file of this hearth, and who may write it.

`hearth serve` keeps looking and holds the lock meanwhile; whoever runs once looks for itself only
while nobody does, and goes on from what the file says. So a cron job that runs `hearth emergency
status` has the same hysteresis as a program that runs on. The file may be deleted at any time.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from hearth.store.disk import Disk
from hearth.store.errors import HearthError
from hearth.store.locks import Lock

FILE: Final = "condition.json"
LOCK: Final = "lock.condition"
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_LONGEST: Final = 64 * 1024
_LARGEST: Final = 2.0**53
VERSION: Final = 1


class Moment(NamedTuple):
    """A time by three clocks: unix seconds, and seconds since the start of the machine whose id is
    `boot`, sleep included where the system counts it."""

    wall: int
    seconds: float
    boot: str

    def since(self, at: float, wall: int, boot: str) -> float:
        """Seconds since another moment; by the wall clocks, and never negative, where the machine
        was started anew."""
        if boot and boot == self.boot and at <= self.seconds:
            return self.seconds - at
        return float(max(0, self.wall - wall))


def moment(wall: int) -> Moment:
    """Now, of which the wall clock is known."""
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        boot = ""
    return Moment(wall, seconds(), boot)


def seconds() -> float:
    """The clock of `Moment.seconds`."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def read(path: Path) -> dict[str, Any] | None:
    """What is kept in the hearth at `path`; None if there is nothing, or nothing of use."""
    try:
        with (path / FILE).open("rb") as file:
            data = file.read(_LONGEST + 1)
        found = _parsed(data) if len(data) <= _LONGEST else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("v") == VERSION else None


def _parsed(data: bytes) -> object:
    """JSON whose numbers can be reckoned with. Raises ValueError."""

    def number(text: str) -> int | float:
        value = float(text)
        if not abs(value) <= _LARGEST:  # NaN, too
            raise ValueError(f"{text} is no number to reckon with")
        return int(text) if text.lstrip("-").isdigit() else value

    return json.loads(data, parse_int=number, parse_float=number, parse_constant=number)


def write(disk: Disk, path: Path, state: dict[str, Any]) -> None:
    """Keep it. Raises what the disk raises."""
    disk.write_atomic(path / FILE, json.dumps({"v": VERSION, **state}).encode() + b"\n")


def take(disk: Disk, path: Path) -> Lock | None:
    """The right to look and to write; None while another process has it, or nobody may write."""
    try:
        return Lock.take(disk, path / LOCK, exclusive=True, patience=0.0)
    except (HearthError, OSError):
        return None
