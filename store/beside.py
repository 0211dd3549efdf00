"""One more thread beside the caller; where the system lets none start, its work is done at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Beside:
    """Does one piece of work after another, in a thread of its own if there can be one.

    Without it everything takes longer and comes to the same. A context manager.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = ThreadPoolExecutor(1)

    def submit(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> Future[T]:
        """Have work done; what becomes of it. Not after `shutdown`."""
        if self._pool is not None:
            try:
                return self._pool.submit(work, *args, **named)
            except RuntimeError:  # no thread: what this pool has been given is never begun
                self._pool = None
        done: Future[T] = Future()
        try:
            done.set_result(work(*args, **named))
        except Exception as error:
            done.set_exception(error)
        return done

    def shutdown(self) -> None:
        """Wait for what was given, and let the thread go."""
        if self._pool is not None:
            self._pool.shutdown()

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
