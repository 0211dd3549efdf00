"""Erasing for good: bytes that the database has forgotten are overwritten where they lie.

The transaction that erases a payload's row also lists where its bytes lie in packs (`scrubs`).
After the commit they are overwritten by zeros, synced, and taken off the list; a crash in
between leaves the list, and the next opening finishes. The record's header stays: zeros under
the header of a payload mean "erased" to every scan. Tails of packs may hold copies that were
never committed: they are cut off. The WAL is emptied too (listed as pack 0), as
old pages may hold the bytes; in the database itself `secure_delete` has overwritten them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from hearth.store import packs
from hearth.store.database import empty_wal, rows, transaction, translated
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.store.store import Store

_ZEROS: Final = bytes(1 << 16)


def scrub(store: Store) -> bool:
    """Finish what is listed and empty the WAL; False if some of it has to wait."""
    if store.replaced:
        return False  # what this database says of packs is no longer so
    try:
        with translated():
            _scrub(store)
            store.packs.cut_tails()
            if not empty_wal(store.connection):
                return False
            with transaction(store.connection):
                store.connection.execute("DELETE FROM scrubs WHERE pack = 0")
            return True
    except HearthError:
        return False


def _scrub(store: Store) -> None:
    """Overwrite what is listed."""
    listed = rows(store.connection, "SELECT pack, offset, length FROM scrubs WHERE pack > 0")
    for pack in sorted({pack for pack, _, _ in listed}):
        places = [(offset, length) for number, offset, length in listed if number == pack]
        _overwrite(store, store.packs.id(pack), places)
        with transaction(store.connection):
            store.connection.executemany(
                "DELETE FROM scrubs WHERE pack = ? AND offset = ?",
                [(pack, offset) for offset, _ in places],
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
