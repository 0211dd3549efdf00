"""Looking, and keeping what is seen: for who has the right to, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.condition import keeping
from hearth.condition.axes import Mode
from hearth.condition.declared import standing
from hearth.condition.keeping import Moment
from hearth.condition.known import Kept, Known, mode_of
from hearth.condition.looking import Asked, Look, look
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home


class Change(NamedTuple):
    """The mode has changed."""

    before: Mode
    after: Mode


class Keeper:
    """Looks, and keeps what is seen. Made by `keeping_watch`, which has the right to."""

    def __init__(self, home: Home, commons: Commons, at: Moment) -> None:
        self._home, self._commons = home, commons
        self._state = keeping.read(home.path) or {}
        kept = Kept.of(self._state, at)
        self._mode, self._since, self._looked = kept.mode, kept.since, kept.looked
        self._detector = kept.detector
        self._detector.forget_stale(at.seconds)
        self._look = Look({}, kept.notes, kept.percent)

    @property
    def due(self) -> float:
        """When to look next, by `keeping.seconds`."""
        return self._detector.due

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
        percent = found.percent if "power" in found.readings else self._look.percent
        self._look = Look(found.readings, {**self._look.notes, **found.notes}, percent)
        self._looked = at.wall
        return self.judge(at)

    def judge(self, at: Moment) -> tuple[Known, Change | None]:
        """The same without a look: by what has been declared since."""
        detector, before = self._detector, self._mode
        said = standing(self._home, self._commons, at.wall)
        mode = mode_of(detector.mode, said.actual)
        if mode is not before or self._since is None:
            self._mode, self._since = mode, at.wall
        found = Known(
            mode, detector.mode, self._since, self._looked, detector.values, detector.seen,
            self._look.notes, tuple(detector.unstable(at.seconds)), self._look.percent, *said,
        )  # fmt: skip
        self._keep(found, at)
        return found, None if mode is before else Change(before, mode)

    def _keep(self, found: Known, at: Moment) -> None:
        ends = [each.until for each in (*found.declared, *found.unreal)]
        state = {
            "mode": found.mode.value, "technical": found.technical.value,
            "reasons": found.why, "until": min(ends, default=None),
            "since": found.since, "looked": found.looked,
            "notes": dict(found.notes), "power": found.values.power.value,
            "percent": found.percent, "wall": at.wall,
            "seconds": at.seconds, "boot": at.boot, "detector": self._detector.data(at.seconds),
            "unreal": len(found.unreal),
            "arrival": self._home.store.log.last_arrival(),
        }  # fmt: skip
        if _telling(state) != _telling(self._state) and not self._home.store.read_only:
            with suppress(HearthError):  # a full disk: it goes on without
                keeping.write(self._home.disk, self._home.path, state)
            self._state = state


@contextmanager
def keeping_watch(home: Home, commons: Commons, at: Moment) -> Iterator[Keeper | None]:
    """The right to look and keep it; None while another process has it. Where the hearth cannot be
    written, anybody may look, and keeps nothing."""
    if home.store.read_only:
        yield Keeper(home, commons, at)
        return
    lock = keeping.take(home.disk, home.path)
    if lock is None:
        yield None
        return
    with lock:
        yield Keeper(home, commons, at)


def _telling(state: Mapping[str, Any]) -> dict[str, Any]:
    """What of a state is worth writing it: not that some seconds have passed."""
    return {
        name: value
        for name, value in state.items()
        if name not in ("wall", "seconds", "boot", "detector")
    }
