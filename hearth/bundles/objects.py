"""Objects of a bundle on their way into the store: appended as they come, committed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hearth.store.batch import Batch, Transaction
    from hearth.store.store import Store

AT_ONCE: Final = 256 << 20
"""Bytes after which what has come counts. Where a stick is pulled out before, or the bundle is
damaged, what has come by then counts too; where this computer is switched off, it comes again."""
MOST: Final = 1 << 14
"""Objects after which the same is done: what waits to be committed is kept in memory."""
UNDER_BUDGET: Final = 4 << 20
"""The same where the store has a budget: what goes over it is lost."""


class ObjectIntake:
    """Takes objects into a store. `add` each, and `commit` where others are to know of them.

    `noting`: what else is to be noted of them, in the same transaction. `kept`: how many count."""

    def __init__(
        self, store: Store, noting: Callable[[Transaction, Sequence[bytes]], None]
    ) -> None:
        self._store = store
        self._noting = noting
        self._at_once = AT_ONCE if store.budget is None else UNDER_BUDGET
        self._stack = ExitStack()
        self._batch: Batch | None = None
        self._ids: list[bytes] = []
        self._size = 0
        self.kept = 0

    def add(self, id: bytes, data: bytes | memoryview) -> None:
        """The bytes of an object, which have been compared with its id. Raises what a batch does;
        then what has not been committed is lost."""
        try:
            if self._batch is None:
                self._batch = self._stack.enter_context(self._store.batch())
            self._batch.put(data, id)
        except BaseException:
            self.drop()
            raise
        self._ids.append(id)
        self._size += len(data)
        if self._size >= self._at_once or len(self._ids) >= MOST:
            self.commit()

    def commit(self) -> None:
        """Make what has come durable. Raises what a transaction does; then it is lost."""
        if self._batch is not None:
            try:
                with self._batch.transaction() as tx:
                    self._noting(tx, self._ids)
                self.kept += len(self._ids)
            finally:
                self.drop()

    def drop(self) -> None:
        """Let go of what has not been committed."""
        self._batch, self._ids, self._size = None, [], 0
        self._stack.close()
