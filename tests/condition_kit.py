"""A detector fed with what was written down of a world: tests/traces/*.trace.

A line is a second and what changes then: `link` (lan, link-local, none), `pages` (what came of
each, as in `hearth.condition.wan.Came`), `nonsense`, `peers` (answering/usual), `power`,
`declared`.
`flap A,B UNTIL X Y` has X for A seconds and Y for B, again and again. `sleep UNTIL`: nobody looks.
The last line says what must have come of it: the mode and the exit code at its end, every mode in
its order, values of axes, axes that were unstable at some time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hearth.condition.axes import AXES, Mode, Scale, Values, Wan
from hearth.condition.declared import Declaration
from hearth.condition.detector import Detector
from hearth.condition.known import Known, mode_of
from hearth.condition.looking import Interface, of_counts, of_interfaces
from hearth.condition.power import of_supplies
from hearth.condition.records import Level, Status
from hearth.condition.wan import Came, Nonsense, Page, judge
from hearth.condition.watching import SHAPED

TRACES = sorted((Path(__file__).parent / "traces").glob("*.trace"))
_HOSTS = {"lan": "192.168.1.7", "link-local": "169.254.7.7"}
_CAME = {each.name.lower(): each for each in Came}
_NONSENSE = {each.name.lower(): each for each in Nonsense}


@dataclass
class Trace:
    """What changes when, and what must come of it."""

    changes: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    sleeps: list[tuple[float, float]] = field(default_factory=list)
    end: float = 0
    expected: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Trace:
        made = cls()
        for line in text.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            second, what, *rest = line.split()
            at = float(second)
            if what == "flap":
                made.changes += _flap(at, *rest)
            elif what == "sleep":
                made.sleeps.append((at, float(rest[0])))
            elif what == "end":
                made.end = at
                made.expected = dict(_pair(each) for each in rest)
            else:
                made.changes.append((at, dict(_pair(each) for each in (what, *rest))))
        made.changes.sort(key=lambda each: each[0])
        return made

    def world(self, at: float) -> dict[str, str]:
        """What is so at a time."""
        found: dict[str, str] = {}
        for when, what in self.changes:
            if when <= at:
                found.update(what)
        return found


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.removesuffix("<"), value


def _flap(at: float, spans: str, until: str, *what: str) -> Iterator[tuple[float, dict[str, str]]]:
    lengths = [float(each) for each in spans.split(",")]
    number = 0
    while at < float(until):
        yield at, dict([_pair(what[number % len(what)])])
        at += lengths[number % len(lengths)]
        number += 1


def readings(world: Mapping[str, str]) -> dict[str, Scale]:
    """A look at such a world, by the same functions as in earnest."""
    link = world.get("link", "lan")
    hosts = (_HOSTS[link],) if link in _HOSTS else ()
    found: dict[str, Scale] = {"link": of_interfaces([Interface("eth0", True, hosts)])[0]}
    pages = [Page(f"{n}.test", _CAME[e]) for n, e in enumerate(_words(world.get("pages", "")))]
    away = bool(pages) and link != "lan"
    nonsense = _NONSENSE[world.get("nonsense", "skipped")]
    found["wan"] = Wan.NONE if away else judge(pages, nonsense)[0]
    answer, _, usual = world.get("peers", "0/0").partition("/")
    found["peers"] = of_counts(int(usual), int(answer))
    if "power" in world:
        kind, _, percent = world["power"].partition(":")
        mains = {"type": "Mains", "online": "1" if kind == "mains" else "0"}
        status = "Full" if kind == "mains" else "Discharging"
        battery = {"type": "Battery", "status": status, "capacity": percent}
        found["power"] = of_supplies([mains, battery]).power
    return found


def _words(text: str) -> list[str]:
    return text.split(",") if text else []


@dataclass
class Replay:
    """What came of it."""

    changes: list[tuple[float, Mode]] = field(default_factory=list)
    """Modes, the first one too."""
    technical: list[float] = field(default_factory=list)
    """When the technical mode changed."""
    unstable: set[str] = field(default_factory=set)
    looks: int = 0
    known: Any = None


def replay(trace: Trace, seed: int = 0) -> Replay:
    """Run the detector over a trace, looking when it says so, or an interface has changed."""
    detector = Detector(random.Random(seed))
    detector.forget_stale(0.0)
    found, now, link = Replay(), 0.0, None
    world: dict[str, str] = {}
    waiting = list(reversed(trace.changes))
    while now <= trace.end:
        while waiting and waiting[-1][0] <= now:
            world.update(waiting.pop()[1])
        if world.get("link") != link:
            link = world.get("link")
            detector.disturb(now)
        if now >= detector.due:
            changed = detector.take(readings(world), now)
            found.looks += 1
            found.technical += [now] * (changed and now > 0)
        mode, known = _known(detector, world, now)
        if not found.changes or found.changes[-1][1] is not mode:
            found.changes.append((now, mode))
        found.unstable |= set(detector.unstable(now))
        found.known = known
        now += SHAPED
        for begin, end in trace.sleeps:
            if begin <= now < end:
                now = end
    return found


def _known(detector: Detector, world: Mapping[str, str], now: float) -> tuple[Mode, Known]:
    levels = [Level[world["declared"].upper()]] if "declared" in world else []
    declared = tuple(_declaration(each) for each in levels)
    mode = mode_of(detector.mode, declared)
    known = Known(
        mode, detector.mode, None, None, detector.values, detector.seen, {},
        tuple(detector.unstable(now)), None, declared,
    )  # fmt: skip
    return mode, known


def _declaration(level: Level) -> Declaration:
    return Declaration(
        bytes(32), 1, bytes(32), bytes(32), bytes(32), 1, 1, 0, level, Status.ACTUAL, 0, "", 0, 0,
    )  # fmt: skip


def values(known: Known) -> dict[str, str]:
    """What counts on each axis, by its name."""
    counts: Values = known.values
    return {name: getattr(counts, name).value for name in AXES}
