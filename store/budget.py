"""How much disk the store may take, and what it gives up first.

The budget is kept where objects are added: a transaction that would go over it is refused as a
whole. Making room gives things up in this order, and stops as soon as it is enough:

 1. parcels, carried for strangers, as many as it takes (`parcels`);
 2. copies of damaged bytes in quarantine;
 3. objects that nothing references, without waiting for gc's grace;
 4. what the caller knows to be foreign, in the order given: others have it too.

Nothing else that something here references is ever given up: it may be the last copy. Payloads that
have expired are erased whatever the budget is (`hearth.retention`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from hearth.store.database import translated, value
from hearth.store.errors import NoSpaceError

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from hearth.store.store import Store


class OverBudgetError(NoSpaceError, code="over-budget"):
    """Adding this would take more disk than the budget allows (exit 15). `more`: its bytes."""

    more = 0


class Usage(NamedTuple):
    """Bytes on disk."""

    database: int
    packs: int
    quarantine: int

    @property
    def total(self) -> int:
        return self.database + self.packs + self.quarantine


def usage(store: Store) -> Usage:
    """What the store takes up now."""
    return measured(store.connection, store.path)


def measured(connection: apsw.Connection, path: Path) -> Usage:
    """What the store at `path` takes up now. Costs a few calls, whatever its size.

    Free pages of the database are not counted: what is added next takes them first. Nor are
    beginnings of objects (`begun`), what is derived (cache.db), and the reserve for a full disk.
    """
    from hearth.store import begun

    with translated():
        packed = value(connection, "SELECT ifnull(sum(end), 0) FROM packs")
        pages = connection.pragma("page_count") - connection.pragma("freelist_count")
        pages = pages * connection.pragma("page_size") - begun.size(connection)
    quarantine = 0
    with suppress(FileNotFoundError):  # it may be emptied or removed at any time
        quarantine = sum(each.stat().st_size for each in (path / "quarantine").iterdir())
    return Usage(pages, packed, quarantine)


def check(store: Store, more: int) -> None:
    """Raise `OverBudgetError` if `more` bytes would not fit the budget."""
    if store.budget is None or not more:
        return
    used = usage(store).total
    if used + more > store.budget:
        error = OverBudgetError(
            f"{more} bytes more would be over the budget: {used} of {store.budget} are in use",
            '"hearth gc" may make room',
            '"hearth config set store.budget" raises the budget',
        )
        error.more = more
        raise error


def is_over(store: Store) -> bool:
    """Whether more is stored than the budget allows."""
    return store.budget is not None and usage(store).total > store.budget


def make_room(store: Store, wanted: int, *, now: int) -> int:
    """Give things up until `wanted` bytes fit the budget; how many bytes were freed.

    Raises what gc raises. Does nothing without a budget, or if they fit already.
    """
    if store.budget is None:
        return 0
    from hearth.store import parcels
    from hearth.store.gc import gc

    before = usage(store).total
    while (over := usage(store).total + wanted - store.budget) > 0:
        if not parcels.shed(store, over):
            break
    for give_up in (store.clear_quarantine, lambda: gc(store, now=now, grace=0)):
        if usage(store).total + wanted <= store.budget:
            break
        give_up()
    return before - usage(store).total


def give_up(store: Store, wanted: int, ids: Iterable[bytes]) -> list[bytes]:
    """Give foreign objects up, in this order, until `wanted` bytes fit the budget; which ones.

    Whether others have them is for the caller to know. None while a part of a pack could not be
    read, which may say that they must stay (`unread`). Raises what gc raises.
    """
    from hearth.store import unread
    from hearth.store.gc import shed
    from hearth.store.packs import RECORD_HEAD

    if store.budget is None or unread.marked(store.connection):
        return []
    over = usage(store).total + wanted - store.budget
    chosen = []
    with translated():
        for id in ids:
            if over <= 0:
                break
            stored = value(store.connection, "SELECT stored FROM objects WHERE id = ?", id)
            if stored is not None:
                chosen.append(id)
                over -= stored + RECORD_HEAD
    if chosen:
        shed(store, chosen)
    return chosen
