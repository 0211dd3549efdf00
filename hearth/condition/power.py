"""What this machine runs on: by the kernel (`/sys/class/power_supply`) and by a UPS (NUT).

The kernel's files: https://docs.kernel.org/power/power_supply_class.html. Supplies of devices (a
mouse, a headset) have the scope `Device` and are passed over. NUT is asked in the protocol of RFC
9271 over TCP, for `ups.status` and `battery.charge` of one UPS, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.condition.axes import Power
from hearth.condition.deadline import gather, left
from hearth.condition.ways import Ups

if TYPE_CHECKING:
    import socket

LOW: Final = 30
CRITICAL: Final = 10
SYSTEM: Final = Path("/sys/class/power_supply")
PATIENCE: Final = 3.0
"""Seconds for everything that is asked of a UPS."""
_LONGEST: Final = 512
_FILES: Final = ("type", "scope", "online", "present", "status", "capacity")


class Reading(NamedTuple):
    """What a machine runs on, and how full the battery is in percent, if one counts."""

    power: Power
    percent: int | None = None

    def told(self) -> str:
        """In words."""
        if self.power is Power.UNKNOWN:
            return "no battery and no UPS tells"
        if self.power is Power.MAINS:
            return "on mains"
        return "on battery" if self.percent is None else f"on battery, {self.percent} % left"


UNKNOWN: Final = Reading(Power.UNKNOWN)


def on_battery(percent: int | None, *, ends: bool = False) -> Reading:
    """On a battery with so much left; `ends`: whoever watches it says that it is nearly empty."""
    if ends or (percent is not None and percent <= CRITICAL):
        return Reading(Power.CRITICAL, percent)
    low = percent is not None and percent <= LOW
    return Reading(Power.LOW if low else Power.BATTERY, percent)


def worst(readings: Iterable[Reading]) -> Reading:
    """The reading that counts of several."""
    return max(readings, key=lambda each: (each.power.rank, each.power is not Power.UNKNOWN))


# the kernel


def system(root: Path = SYSTEM) -> Reading:
    """What the kernel says; UNKNOWN where it says nothing."""
    try:
        supplies = [_supply(each) for each in sorted(root.iterdir())]
    except OSError:
        return UNKNOWN
    return of_supplies(supplies)


def _supply(path: Path) -> dict[str, str]:
    found = {}
    for name in _FILES:
        try:
            found[name] = (path / name).read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            continue
    return found


def of_supplies(supplies: Iterable[Mapping[str, str]]) -> Reading:
    """What the files of all supplies come to. Of several batteries the fullest is left longest."""
    ours = [each for each in supplies if each.get("scope", "").lower() != "device"]
    plugs = [each["online"] for each in ours if each.get("type") != "Battery" and "online" in each]
    if any(each != "0" for each in plugs):
        return Reading(Power.MAINS)
    batteries = [
        each for each in ours if each.get("type") == "Battery" and each.get("present") != "0"
    ]
    if not batteries:  # a plug that is not used: whatever it runs on, no battery is seen
        return UNKNOWN
    states = {each.get("status", "Unknown") for each in batteries}
    if "Discharging" in states or (states == {"Unknown"} and plugs):
        charges = [int(c) for each in batteries if (c := each.get("capacity", "")).isdigit()]
        return on_battery(min(100, max(charges)) if charges else None)
    return UNKNOWN if states == {"Unknown"} else Reading(Power.MAINS)


# a UPS


def of_ups(status: str, charge: str | None) -> Reading:
    """What NUT's `ups.status` (`OL CHRG`, `OB DISCHRG LB`, …) and `battery.charge` come to."""
    words = status.split()
    try:
        percent = None if charge is None else max(0, min(100, int(float(charge))))
    except (ValueError, OverflowError):
        percent = None
    if "OB" in words:
        return on_battery(percent, ends="LB" in words)
    return Reading(Power.MAINS) if "OL" in words else UNKNOWN


def answer(line: bytes, name: str, variable: str) -> str | None:
    """The value in NUT's answer to `GET VAR`; None for an error, and for anything else."""
    try:
        text = line.decode("ascii").strip()
    except UnicodeDecodeError:
        return None
    begin = f'VAR {name} {variable} "'
    if not text.startswith(begin) or not text.endswith('"') or len(text) <= len(begin):
        return None
    return text[len(begin) : -1].replace('\\"', '"').replace("\\\\", "\\")


def ask(ups: Ups, patience: float = PATIENCE) -> tuple[Reading, str | None]:
    """What a UPS says, and what is wrong if it says nothing. Raises nothing."""
    until = time.monotonic() + patience
    return gather([lambda: _ask(ups, until)], until).get(0, _unheard(ups, "timed out"))


def _ask(ups: Ups, until: float) -> tuple[Reading, str | None]:
    import socket

    try:
        with socket.create_connection((ups.host, ups.port), timeout=left(until)) as line:
            status = _get(line, ups.name, "ups.status", until)
            charge = _get(line, ups.name, "battery.charge", until)
            line.sendall(b"LOGOUT\n")
    except (OSError, ValueError) as error:
        return _unheard(ups, (getattr(error, "strerror", None) or str(error)).lower())
    if status is None:
        return UNKNOWN, f'no word of the UPS "{ups.name}" at "{ups.host}:{ups.port}"'
    return of_ups(status, charge), None


def _unheard(ups: Ups, why: str) -> tuple[Reading, str | None]:
    return UNKNOWN, f'the UPS at "{ups.host}:{ups.port}" is not heard: {why}'


def _get(line: socket.socket, name: str, variable: str, until: float) -> str | None:
    line.sendall(f"GET VAR {name} {variable}\n".encode())
    data = b""
    while b"\n" not in data and len(data) < _LONGEST:
        line.settimeout(left(until))
        more = line.recv(_LONGEST - len(data))
        if not more:
            break
        data += more
    return answer(data, name, variable)
