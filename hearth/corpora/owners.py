"""Which documents an object belongs to: so that damage can be told in words people know."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from hearth.corpora.index import Index
from hearth.corpora.opening import Opener
from hearth.kinds import ERASE
from hearth.store import manifest, servable
from hearth.store.errors import HearthError
from hearth.store.header import Lane
from hearth.store.packs import RecordType

if TYPE_CHECKING:
    from hearth.home import Home


def owners(home: Home, wanted: Collection[bytes]) -> dict[bytes, list[bytes]]:
    """The paths of the documents that need each of these objects, themselves or as a chunk.

    An object that no current document needs is left out. Reads the manifests of big documents;
    one that is damaged says nothing about its chunks.
    """
    from hearth.corpora.catalogue import Catalogue

    found: dict[bytes, list[bytes]] = {}
    with Index.open(home.cache_path, read_only=home.store.read_only) as index:
        catalogue = Catalogue(index.connection, writable=index.writable)
        if index.writable:
            catalogue.update(home.store, home.community, opener=Opener(home))
        for document in catalogue.documents():
            for id in (document.source, document.text):
                for part in (id, *_chunks(home, id)):
                    if part in wanted:
                        found.setdefault(part, []).append(document.path)
    return found


def elsewhere(home: Home, missing: Collection[bytes]) -> set[bytes]:
    """Those of these objects that only corpora of communities need.

    Not to have them is no damage: objects come to those who follow, or ask.
    """
    theirs: set[bytes] = set()
    ours: set[bytes] = set()
    if not missing:
        return theirs
    for event in home.store.log.events():
        header = event.header
        if header.refs and header.kind != ERASE and not event.erased:
            foreign = header.lane == Lane.CORPUS and header.community != home.community
            (theirs if foreign else ours).update(header.refs)
    needed = servable.closure(home.store, theirs) - servable.closure(home.store, ours)
    return needed.intersection(missing)


def _chunks(home: Home, id: bytes) -> list[bytes]:
    with suppress(HearthError):
        place = home.store.objects.locate(RecordType.OBJECT, id)
        if place is not None and place.manifest:
            whole = manifest.decode(home.store.get(id))
            return [] if whole is None else [chunk for chunk, _ in whole.chunks]
    return []
