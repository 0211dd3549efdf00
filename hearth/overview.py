"""What `hearth status` shows: who, where, how much, what is waiting. Cheap: no bytes are proved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hearth.home import Home


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


def overview(home: Home, budget: int) -> Overview:
    """Look at an open hearth. Costs one directory listing and a few counts."""
    store = home.store
    (events,) = store.connection.execute("SELECT count(*) FROM events").fetchone() or (0,)
    (objects,) = store.connection.execute("SELECT count(*) FROM objects").fetchone() or (0,)
    return Overview(
        home.identity.name,
        home.path,
        home.identity.person,
        home.identity.device,
        home.community,
        bytes_used(home.path),
        home.disk.free(home.path),
        budget,
        events,
        objects,
        len(store.wanted()),
        corpora(home),
    )


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


def corpora(home: Home) -> dict[str, int]:
    """Corpora and how many documents each holds, sorted by name. Writes nothing but cache.db."""
    from hearth.corpora.cache import CacheError, open_cache
    from hearth.corpora.catalogue import Catalogue

    here = home.cache_path.exists()
    try:
        connection = open_cache(home.cache_path if here else None)
        catalogue = Catalogue(connection)
        catalogue.update(home.store)
    except CacheError:  # read-only media: as the cache stood when it was written
        connection = open_cache(home.cache_path, read_only=True)
        catalogue = Catalogue(connection, writable=False)
    try:
        found = {corpus.name: catalogue.count(corpus.id) for corpus in catalogue.corpora()}
    finally:
        connection.close()
    return dict(sorted(found.items()))
