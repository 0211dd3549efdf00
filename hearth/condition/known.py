"""What is known here now: the mode, why, since when, how old the look is, what is declared.

`Keeper` is for who looks, and writes it down; `known` is for who only wants to know.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.condition import keeping
from hearth.condition.axes import AXES, Mode, Values
from hearth.condition.declared import Declaration, standing
from hearth.condition.detector import Detector
from hearth.condition.keeping import Moment
from hearth.condition.records import Level
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.community.commons import Commons
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

    @property
    def why(self) -> list[str]:
        """The same of the mode: first what a steward has declared, in their own words."""
        said = self.declared[0].reason if self.mode in _DECLARED and self.declared else ""
        return [f"declared: {said}", *self.reasons] if said else self.reasons


_DECLARED: Final = (Mode.EMERGENCY, Mode.RECOVERY)


def mode_of(technical: Mode, declared: tuple[Declaration, ...]) -> Mode:
    """The mode: an emergency that is declared, then recovery, then what this machine sees. A watch
    changes nothing."""
    levels = {each.level for each in declared}
    if Level.EMERGENCY in levels:
        return Mode.EMERGENCY
    return Mode.RECOVERY if Level.RECOVERY in levels else technical


class Kept(NamedTuple):
    """What was kept of the last look, whoever looked; nothing of it need make sense."""

    mode: Mode
    since: int | None
    looked: int | None
    notes: dict[str, str]
    percent: int | None
    detector: Detector

    @classmethod
    def of(cls, state: Mapping[str, Any], at: Moment) -> Kept:
        """What `keeping.read` gave, or an empty map."""
        try:
            mode = Mode(state.get("mode", Mode.NORMAL))
        except ValueError:
            mode = Mode.NORMAL
        notes = state.get("notes")
        said = notes if isinstance(notes, dict) else {}
        return cls(
            mode,
            _number(state.get("since")),
            _number(state.get("looked")),
            {name: str(said[name]) for name in AXES if name in said},
            _number(state.get("percent")),
            _restored(state, at),
        )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _restored(state: Mapping[str, Any], at: Moment) -> Detector:
    rng = random.Random()
    try:
        gap = at.since(float(state["seconds"]), int(state["wall"]), str(state["boot"]))
    except (KeyError, TypeError, ValueError):
        return Detector(rng)
    return Detector.restore(state.get("detector"), at.seconds - gap, rng)


def known(home: Home, commons: Commons, at: Moment) -> Known:
    """What is known here without looking: what was kept, with what is declared by now."""
    kept = Kept.of(keeping.read(home.path) or {}, at)
    detector, said = kept.detector, standing(home, commons, at.wall)
    mode = mode_of(detector.mode, said.actual)
    since = kept.since if mode is kept.mode else None
    return Known(
        mode, detector.mode, since, kept.looked, detector.values, detector.seen, kept.notes,
        tuple(detector.unstable(at.seconds)), kept.percent, *said,
    )  # fmt: skip
