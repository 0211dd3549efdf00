"""Erasing for good: bytes that the database has forgotten are overwritten where they lie.

The transaction that erases a payload's row also lists where its bytes lie in packs (`scrubs`).
After the commit they are overwritten by zeros, synced, and taken off the list; a crash in
between leaves the list, and the next opening finishes. The record's header stays: zeros under
the header of a payload mean "erased" to every scan. Tails of packs may hold copies that were
never committed: they are cut off. So may what lies in quarantine, damaged payloads and databases
that a repair has replaced: it is removed. The WAL is emptied too (listed as pack 0, by each
transaction that erases), as old pages may hold the bytes; in the database itself `secure_delete`
has overwritten them.

While a backup is being made (`Store.still`), nothing is overwritten: it copies packs as a snapshot
of the database names them. Whoever makes it does what has been listed meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from hearth.store import packs
from hearth.store.database import empty_wal, rows, transaction, translated
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.store.store import Store

_ZEROS: Final = bytes(1 << 16)


def scrub(store: Store, own: Collection[bytes]) -> bool:
    """Finish what is listed and empty the WAL; False if some of it has to wait.

    `own` are packs that the caller goes on appending to.
    """
    try:
        if store.replaced:
            return False  # what this database says of packs is no longer so
        with store.stirring(), translated():
            asked = rows(store.connection, "SELECT offset FROM scrubs WHERE pack = 0")
            _scrub(store)
            store.packs.cut_tails()
            store.clear_quarantine()
            if not empty_wal(store.connection) or store.packs.in_use(own):
                return False  # the next opening, or the next erasing, looks again
            with transaction(store.connection):
                store.connection.executemany(
                    "DELETE FROM scrubs WHERE pack = 0 AND offset = ?", asked
                )
                store.connection.execute(
                    "DELETE FROM scrubs WHERE pack > 0 AND pack NOT IN (SELECT number FROM packs)"
                )
            return True
    except HearthError:
        return False


def _scrub(store: Store) -> None:
    """Overwrite what is listed. Packs go by their ids: gc may give a number to another one."""
    listed = rows(
        store.connection,
        "SELECT packs.id, pack, offset, length FROM scrubs JOIN packs ON number = pack",
    )
    for pack in sorted({pack for pack, *_ in listed}):
        places = [place for id, *place in listed if id == pack]
        _overwrite(store, pack, [(offset, length) for _, offset, length in places])
        with transaction(store.connection):
            store.connection.executemany(
                "DELETE FROM scrubs WHERE pack = ? AND offset = ?",
                [(number, offset) for number, offset, _ in places],
            )


def _overwrite(store: Store, pack: bytes, places: list[tuple[int, int]]) -> None:
    """Zeros over these stretches of a pack, durably. A pack that is gone is erased enough."""
    with suppress(FileNotFoundError):
        file = store.disk.open(packs.path_of(store.packs.path, pack), write=True)
        with file:
            for offset, length in places:
                for at in range(0, length, len(_ZEROS)):
                    file.write(offset + at, _ZEROS[: length - at])
            file.sync()
