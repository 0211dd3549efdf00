"""What is known here now: the mode, why, since when, how old the look is, what is declared.

`Keeper` is for who looks, and writes it down; `known` is for who only wants to know.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.condition import keeping
from hearth.condition.axes import AXES, Mode, Power, Values
from hearth.condition.declared import Declaration, Declared
from hearth.condition.detector import Detector
from hearth.condition.looking import Asked, Look, look
from hearth.condition.records import Level, Status
from hearth.store.errors import Exit, HearthError

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.condition.keeping import Moment
    from hearth.home import Home

EXITS: Final = {
    Mode.NORMAL: Exit.OK, Mode.DEGRADED: Exit.DEGRADED, Mode.ISLAND: Exit.ISLAND,
    Mode.EMERGENCY: Exit.EMERGENCY,
}  # fmt: skip


class Known(NamedTuple):
    """The condition here. Times in unix seconds.

    `mode` counts; `technical` is what it would be if nobody had declared anything. `since`: when it
    came to be so (None: not known). `looked`: when this machine was looked at last (None: never).
    `values` are believed, `seen` was seen last; `notes` says why by axis, for people; `unstable`
    names axes that flap. `declared`: what stewards have declared and stands, actual ones, the
    strongest first; `unreal`: exercises and tests, which count for nothing. `expired`: an emergency
    that ended by itself lately. `scarce`: whether the battery calls for less work.
    """

    mode: Mode
    technical: Mode
    since: int | None
    looked: int | None
    values: Values
    seen: Values
    notes: Mapping[str, str]
    unstable: tuple[str, ...]
    percent: int | None
    declared: tuple[Declaration, ...] = ()
    unreal: tuple[Declaration, ...] = ()
    expired: Declaration | None = None

    @property
    def declaration(self) -> Declaration | None:
        """The declaration that counts most, if any."""
        return self.declared[0] if self.declared else None

    @property
    def exit_code(self) -> Exit:
        """For scripts: in recovery that of the technical mode."""
        return EXITS[self.technical if self.mode is Mode.RECOVERY else self.mode]

    @property
    def reasons(self) -> list[str]:
        """Why the technical mode is what it is, in words; empty if it is normal."""
        values = self.values
        found = []
        if values.link.rank:
            found.append(f"network: {self.notes.get('link', values.link.value)}")
        elif values.wan.rank:
            found.append(f"wide net: {self.notes.get('wan', values.wan.value)}")
        if values.peers.rank > 1:
            found.append(f"neighbours: {self.notes.get('peers', values.peers.value)}")
        if values.power.is_scarce:
            found.append(f"power: {self.notes.get('power', values.power.value)}")
        found += [f"{name} is unstable: the worse of it is held" for name in self.unstable]
        return found


def mode_of(technical: Mode, declared: tuple[Declaration, ...]) -> Mode:
    """The mode: an emergency that is declared, then recovery, then what this machine sees. A watch
    changes nothing."""
    levels = {each.level for each in declared}
    if Level.EMERGENCY in levels:
        return Mode.EMERGENCY
    return Mode.RECOVERY if Level.RECOVERY in levels else technical


class Change(NamedTuple):
    """The mode has changed."""

    before: Mode
    after: Mode


class Keeper:
    """Looks, and keeps what is seen. Made by `keeping_watch`, which has the right to."""

    def __init__(self, home: Home, commons: Commons, at: Moment) -> None:
        self._home, self._commons = home, commons
        self._state = keeping.read(home.path) or {}
        self._detector = _restored(self._state, at)
        self._detector.forget_stale(at.seconds)
        self._look = Look({}, _notes(self._state), _percent(self._state))

    @property
    def due(self) -> float:
        """When to look next, by `keeping.seconds`."""
        return self._detector.due

    @property
    def power(self) -> Power:
        """What this machine runs on."""
        return self._detector.values.power

    def disturb(self, at: Moment) -> None:
        """Look at once: an interface has changed."""
        self._detector.disturb(at.seconds)

    def take(
        self, asked: Asked, at: Moment, *, at_once: bool = False
    ) -> tuple[Known, Change | None]:
        """Look, take it in, and keep it; what is known then, and whether the mode has changed.

        `at_once`: this is all there will be for a while. Raises what the store raises.
        """
        found = look(self._home, self._commons, asked, at.wall)
        self._detector.take(found.readings, at.seconds, at_once=at_once)
        self._look = found._replace(notes={**self._look.notes, **found.notes})
        return self.judge(at, looked=at.wall)

    def judge(self, at: Moment, looked: int | None = None) -> tuple[Known, Change | None]:
        """The same without a look: by what has been declared since."""
        actual, unreal, expired = _declared(self._home, self._commons, at.wall)
        before = _mode(self._state)
        technical = self._detector.mode
        mode = mode_of(technical, actual)
        changed = mode is not before
        since = at.wall if changed or not self._state else self._state.get("since")
        looked = self._state.get("looked") if looked is None else looked
        known = Known(
            mode, technical, since, looked, self._detector.values, self._detector.seen,
            self._look.notes, tuple(self._detector.unstable(at.seconds)), self._look.percent,
            actual, unreal, expired,
        )  # fmt: skip
        self._keep(known, at)
        return known, Change(before, mode) if changed else None

    def _keep(self, known: Known, at: Moment) -> None:
        state = {
            "mode": known.mode.value, "since": known.since, "looked": known.looked,
            "notes": dict(known.notes), "power": known.values.power.value,
            "percent": known.percent, "wall": at.wall,
            "seconds": at.seconds, "boot": at.boot, "detector": self._detector.data(at.seconds),
            "declared": known.declaration is not None, "unreal": len(known.unreal),
            "arrival": self._home.store.log.last_arrival(),
        }  # fmt: skip
        if _telling(state) != _telling(self._state):
            with suppress(HearthError):  # a full disk: it goes on without
                keeping.write(self._home.disk, self._home.path, state)
            self._state = state


@contextmanager
def keeping_watch(home: Home, commons: Commons, at: Moment) -> Iterator[Keeper | None]:
    """The right to look and keep it; None while another process has it, or where the hearth cannot
    be written."""
    lock = None if home.store.read_only else keeping.take(home.disk, home.path)
    if lock is None:
        yield None
        return
    with lock:
        yield Keeper(home, commons, at)


def known(home: Home, commons: Commons, at: Moment) -> Known:
    """What is known here without looking: what was kept, with what is declared by now."""
    state = keeping.read(home.path) or {}
    detector = _restored(state, at)
    actual, unreal, expired = _declared(home, commons, at.wall)
    mode = mode_of(detector.mode, actual)
    since = state.get("since") if mode is _mode(state) else None
    return Known(
        mode, detector.mode, since, state.get("looked"), detector.values, detector.seen,
        _notes(state), tuple(detector.unstable(at.seconds)), _percent(state), actual, unreal,
        expired,
    )  # fmt: skip


def _declared(
    home: Home, commons: Commons, now: int
) -> tuple[tuple[Declaration, ...], tuple[Declaration, ...], Declaration | None]:
    places = [home.community, *(each.id for each in commons.joined())]
    with Declared.open(home, commons, now) as declared:
        actual = [each for place in places for each in declared.heads(place)]
        unreal = [
            each
            for place in places
            for status in (Status.EXERCISE, Status.TEST)
            for each in declared.heads(place, status)
        ]
        over = [each for place in places if (each := declared.expired(place)) is not None]
    order = (Level.EMERGENCY, Level.RECOVERY, Level.WATCH)
    actual.sort(key=lambda each: order.index(each.level))
    return tuple(actual), tuple(unreal), over[-1] if over else None


def _restored(state: Mapping[str, Any], at: Moment) -> Detector:
    rng = random.Random()
    try:
        gap = at.since(float(state["seconds"]), int(state["wall"]), str(state["boot"]))
    except (KeyError, TypeError, ValueError):
        return Detector(rng)
    return Detector.restore(state.get("detector"), at.seconds - gap, rng)


def _telling(state: Mapping[str, Any]) -> dict[str, Any]:
    """What of a state is worth writing it: not that some seconds have passed."""
    return {
        name: value
        for name, value in state.items()
        if name not in ("wall", "seconds", "boot", "detector")
    }


def _mode(state: Mapping[str, Any]) -> Mode:
    try:
        return Mode(state.get("mode", Mode.NORMAL))
    except ValueError:
        return Mode.NORMAL


def _notes(state: Mapping[str, Any]) -> dict[str, str]:
    notes = state.get("notes")
    found = notes if isinstance(notes, dict) else {}
    return {name: str(found[name]) for name in AXES if name in found}


def _percent(state: Mapping[str, Any]) -> int | None:
    found = state.get("percent")
    return found if isinstance(found, int) else None
