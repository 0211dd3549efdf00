"""Running what is async to its end: signals end it in good order."""

from __future__ import annotations

import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from hearth.commands import signals
from hearth.commands.signals import Stopped

if TYPE_CHECKING:
    from anyio import CancelScope

T = TypeVar("T")


def clock() -> int:
    """Unix seconds now."""
    return max(0, int(time.time()))


def run(function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Run an async function to its end. What ends it comes out as it is, never in a group.

    INT, TERM and HUP, unless they are ignored, cancel it, so that peers are told; then Stopped.
    """
    import anyio

    async def whole() -> T:
        stopped: list[int] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop, tasks.cancel_scope, stopped)
            result = await function(*arguments)
            tasks.cancel_scope.cancel()
        if stopped:
            raise Stopped(stopped[0])
        return result

    try:
        return anyio.run(whole)
    except BaseExceptionGroup as group:
        raise _first(group) from None


async def _stop(scope: CancelScope, stopped: list[int]) -> None:
    """Cancel `scope` at the first signal.

    An exception out of a handler could come up anywhere in the event loop, and be lost there.
    """
    import anyio

    numbers = signals.taken()
    if not numbers:
        return
    handlers = {number: signal.getsignal(number) for number in numbers}
    try:
        with anyio.open_signal_receiver(*numbers) as received:
            async for number in received:
                stopped.append(number)
                scope.cancel()
                break
    finally:  # the receiver leaves the system's own handlers behind
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if stopped:
            signals.insist()


def _first(error: BaseException) -> BaseException:
    """The exception in a group that counts: a signal before anything else."""
    leaves = list(_leaves(error))
    return next((leaf for leaf in leaves if isinstance(leaf, Stopped)), leaves[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
