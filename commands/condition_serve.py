"""Keeping watch of the condition while serving, and thinning what is done when power is scarce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hearth.commands import condition_hook
from hearth.commands.conditioning import ways
from hearth.commands.context import Session
from hearth.commands.failures import explain
from hearth.commands.running import clock
from hearth.commands.times import stamp
from hearth.condition.axes import Mode, Power
from hearth.condition.keeper import Change
from hearth.condition.known import Known
from hearth.store.errors import LockedError

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.mesh.serving import Serving

AGAIN: Final = 5.0
"""Seconds after which it is tried again to keep watch, where another process does."""


async def keep(session: Session, node: Node, serving: Serving) -> None:
    """Keep watch until cancelled; each change of mode is a line, and is told to the hook."""
    import anyio

    from hearth.condition import keeping
    from hearth.condition.keeper import keeping_watch
    from hearth.condition.known import known

    home, commons = node.home, node.commons
    watch = _Watch(session, node, serving)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch.tell)
        while True:
            try:
                with keeping_watch(home, commons, keeping.moment(node.now())) as keeper:
                    if keeper is not None:
                        await watch.keep(keeper)
                thin(serving, known(home, commons, keeping.moment(node.now())))
            except Exception as error:  # whatever it was: serving goes on
                watch.failed(error)
            await anyio.sleep(AGAIN)  # another process looks just now, or a disk is full


class _Watch:
    """Changes as they come, and those that the hook has not been told of."""

    def __init__(self, session: Session, node: Node, serving: Serving) -> None:
        from hearth.commands.notify import Came

        self._session, self._node, self._serving = session, node, serving
        self._untold: list[dict[str, Any]] = []
        self._came = Came()
        self._warned = self._locked = False

    async def keep(self, keeper: Any) -> None:
        """Look, and report."""
        from hearth.condition.watching import watch

        log, asked, clock = self._node.home.store.log, ways(self._session), self._node.now
        await watch(keeper, log, asked, clock, self._report, self.failed)

    def _report(self, known: Known, change: Change | None) -> None:
        self._locked = False
        thin(self._serving, known)
        if change is not None:
            document = condition_hook.document(self._session, self._node.commons, known, change)
            self._untold.append(document)
            self._came.set()
            _show(self._session, document)

    def failed(self, error: Exception) -> None:
        """Tell that the mode cannot be kept up to date, once; where somebody else only writes for
        long, if they still do at the next try."""
        if isinstance(error, LockedError) and not self._locked:
            self._locked = True
            return
        if not self._warned:
            failure = explain(error)
            message = f"the mode is not kept up to date: {failure.message}"
            self._session.terminal.warn(message, *failure.hints)
        self._warned = True

    async def tell(self) -> None:
        """Tell the hook of what comes, the last of it when this is stopped, too."""
        import anyio

        try:
            while True:
                await self._came.wait()
                await self._tell()
        finally:
            with anyio.CancelScope(shield=True):
                await self._tell()

    async def _tell(self) -> None:
        import anyio

        while self._untold:
            await anyio.to_thread.run_sync(condition_hook.run, self._session, self._untold.pop(0))


def thin(serving: Serving, known: Known) -> None:
    """Have less done on a scarce battery, and what is near first where not all is well."""
    from hearth.condition.detector import SCARCE
    from hearth.mesh.serving import ROUND

    serving.every = ROUND * (SCARCE if known.values.power.is_scarce else 1.0)
    serving.resting = known.values.power is Power.CRITICAL
    serving.near_first = known.mode is not Mode.NORMAL


def _show(session: Session, change: dict[str, Any]) -> None:
    """A change of mode as a line of `hearth serve`."""
    if session.json:
        shown = {name: change[name] for name in ("v", "event", "from", "mode", "reasons")}
        session.terminal.event(shown)
    elif session.watched:
        why = "  ".join(["", "; ".join(change["reasons"])] if change["reasons"] else [""])
        what = f"mode {change['from']} → {change['mode']}"
        session.terminal.out(f"{stamp(change['since'], clock())}  {what}{why}", flush=True)
