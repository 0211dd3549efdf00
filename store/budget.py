"""How much disk the store may take, and what it gives up first.

The budget is kept where objects are added: a transaction that would go over it is refused as a
whole. Making room gives things up in this order, and stops as soon as it is enough:

 1. copies of damaged bytes in quarantine;
 2. objects that nothing references, without waiting for gc's grace.

Nothing that something here references is ever given up: on one machine it may be the last copy.
(Parcels, foreign objects and expired payloads come before these two once there are any.)
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from hearth.store.database import translated, value
from hearth.store.errors import NoSpaceError

if TYPE_CHECKING:
    from hearth.store.store import Store


class OverBudgetError(NoSpaceError):
    """Adding this would take more disk than the budget allows (exit 15)."""

    code = "over-budget"


class Usage(NamedTuple):
    """Bytes on disk."""

    database: int
    packs: int
    quarantine: int

    @property
    def total(self) -> int:
        return self.database + self.packs + self.quarantine


def usage(store: Store) -> Usage:
    """What the store takes up now. Costs a few calls, whatever its size."""
    with translated():
        packed = value(store.connection, "SELECT ifnull(sum(end), 0) FROM packs")
        pages = store.connection.pragma("page_count") * store.connection.pragma("page_size")
    quarantine = 0
    with suppress(FileNotFoundError):  # it may be emptied or removed at any time
        quarantine = sum(path.stat().st_size for path in (store.path / "quarantine").iterdir())
    return Usage(pages, packed, quarantine)


def check(store: Store, more: int) -> None:
    """Raise `OverBudgetError` if `more` bytes would not fit the budget."""
    if store.budget is None or not more:
        return
    used = usage(store).total
    if used + more > store.budget:
        raise OverBudgetError(
            f"{more} bytes more would be over the budget: {used} of {store.budget} are in use",
            '"hearth gc" may make room',
            '"hearth config set store.budget" raises the budget',
        )


def make_room(store: Store, wanted: int, *, now: int) -> int:
    """Give things up until `wanted` bytes fit the budget; how many bytes were freed.

    Raises what gc raises. Does nothing without a budget, or if they fit already.
    """
    if store.budget is None:
        return 0
    before = usage(store).total
    for give_up in (_quarantine, _unreferenced):
        if usage(store).total + wanted <= store.budget:
            break
        give_up(store, now)
    return before - usage(store).total


def _quarantine(store: Store, now: int) -> None:
    store.clear_quarantine()


def _unreferenced(store: Store, now: int) -> None:
    from hearth.store.gc import gc

    gc(store, now=now, grace=0)
