"""Keeping watch: the driver that looks when the detector says so, and when something has changed.

It wakes every second for what costs nothing: whether events have come, and every few seconds the
addresses of this machine. Whom a person has set is asked in a thread; the hearth is only touched in
the event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import anyio

from hearth import kinds
from hearth.condition import keeping
from hearth.condition.looking import ask, interfaces
from hearth.condition.ways import Ways
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.condition.keeper import Change, Keeper
    from hearth.condition.known import Known
    from hearth.store.log import Log

TICK: Final = 1.0
SHAPED: Final = 5.0
"""Seconds from one look at the addresses of this machine to the next."""
JUDGED: Final = 60.0
"""Seconds after which it is asked again what is declared: time may have ended it."""
AFTER_FAILURE: Final = 30.0
"""Seconds to leave a database alone that somebody else is writing for long."""
Report = Callable[["Known", "Change | None"], None]


async def watch(
    keeper: Keeper,
    log: Log,
    ways: Ways,
    clock: Callable[[], int],
    report: Report,
    failed: Callable[[HearthError], None],
) -> None:
    """Watch until cancelled. `report` is told what is known after each look, and of each change of
    mode; `failed` of this hearth's own disk, after which it goes on."""
    shape, shaped = interfaces(), 0.0
    arrival, judged = log.last_arrival(), 0.0
    while True:
        at = keeping.moment(clock())
        if at.seconds - shaped >= SHAPED:
            found, shaped = interfaces(), at.seconds
            if found != shape:
                keeper.disturb(at)
            shape = found
        try:
            before, arrival = arrival, log.last_arrival()
            if at.seconds >= keeper.due:
                asked = await anyio.to_thread.run_sync(ask, ways, abandon_on_cancel=True)
                at = keeping.moment(clock())
                judged = at.seconds
                report(*keeper.take(asked, at))
            elif at.seconds - judged >= JUDGED or _is_declared(log, before):
                judged = at.seconds
                report(*keeper.judge(at))
        except HearthError as error:
            judged = 0.0  # what has been declared is not known yet
            failed(error)
            await anyio.sleep(AFTER_FAILURE)
        await anyio.sleep(TICK)


def _is_declared(log: Log, after: int) -> bool:
    """Whether something has come that declares something, or takes it back."""
    found = log.events(kinds=(kinds.DECLARE, kinds.ERASE), after=after, limit=1)
    return next(found, None) is not None
