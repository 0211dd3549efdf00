"""What `hearth status` shows: who, where, how much, what is waiting. Cheap: no bytes are proved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import apsw

    from hearth.corpora.naming import Local

_CACHE = "cache.db"
_CORPUS_LANE = 4  # Lane.CORPUS


class Overview(NamedTuple):
    """Sizes in bytes, `budget` 0 for none; `corpora` maps names to numbers of documents."""

    name: str
    path: Path
    person: bytes
    device: bytes
    community: bytes
    bytes_used: int
    bytes_free: int
    budget: int
    events: int
    objects: int
    wanted: int
    corpora: dict[str, int]


def overview(path: Path, budget: int) -> Overview:
    """Look at the hearth in the directory `path`. Costs one directory listing and a few counts.

    Reads the database directly: opening the whole store would take twice as long as everything
    else here. Raises what `identity.load` and `database.connect` raise.
    """
    from hearth.identity import identity
    from hearth.store import database
    from hearth.store.disk import Disk

    disk = Disk()
    me = identity.load(path)
    connection = database.connect(path / database.NAME, disk, read_only=True)
    try:
        with database.translated(path):
            events, last = database.one(connection, "SELECT count(*), max(arrival) FROM events")
            objects = database.value(connection, "SELECT count(*) FROM objects")
            wanted = database.value(connection, "SELECT count(*) FROM damaged WHERE type = 1")
            lanes = database.rows(connection, "SELECT DISTINCT lane FROM chains")
            local = _local(connection, me.community) if (_CORPUS_LANE,) in lanes else None
    finally:
        connection.close()
    return Overview(
        me.name,
        path,
        me.person,
        me.device,
        me.community,
        bytes_used(path),
        disk.free(path),
        budget,
        events,
        objects,
        wanted,
        corpora(path, local, last or 0) if local is not None else {},
    )


def names(path: Path, *, held: bool) -> list[str]:
    """What the corpora held in the hearth at `path`, or the others, are called here.

    Raises as `overview` does.
    """
    from hearth.identity import identity
    from hearth.store import database
    from hearth.store.disk import Disk

    connection = database.connect(path / database.NAME, Disk(), read_only=True)
    try:
        local = _local(connection, identity.load(path).community)
    finally:
        connection.close()
    return list(corpora(path, local, held=held))


def _local(connection: apsw.Connection, home: bytes) -> Local:
    from hearth.corpora.naming import Local

    return Local(connection, home)


def bytes_used(path: Path) -> int:
    """The sizes of all files below `path` together; symbolic links are not followed."""
    total = 0
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                total += bytes_used(Path(entry.path))
            else:
                total += entry.stat(follow_symlinks=False).st_size
    return total


def corpora(path: Path, local: Local, last: int = -1, *, held: bool = True) -> dict[str, int]:
    """Corpora held (or the others) and how many documents each has, sorted by name.

    Writes nothing but cache.db. `local` is what hearth.db says of this hearth alone; `last` is the
    last arrival number of the log, if known: when the cache has seen it already, the log is not
    opened.
    """
    from hearth.corpora.cache import CacheError, open_cache, query
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.naming import named

    cache = path / _CACHE
    try:
        connection = open_cache(cache if cache.exists() else None)
        catalogue = Catalogue(connection)
        if query(connection, "SELECT arrival FROM catalogue_state") != [(last,)]:
            from hearth.store.store import Store

            with Store.open(path, read_only=True) as store:
                catalogue.update(store, local.home)
    except CacheError:  # read-only media: as the cache stood when it was written
        connection = open_cache(cache, read_only=True)
        catalogue = Catalogue(connection, writable=False)
    try:
        found = {
            each.label: catalogue.count(each.corpus.id)
            for each in named(catalogue, local)
            if each.held is held
        }
    finally:
        connection.close()
    return dict(sorted(found.items()))
