"""Printing documents that are sealed to some readers, by the ids of what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hearth.corpora.cache import translated
from hearth.corpora.catalogue import Catalogue, Document
from hearth.corpora.index import Index
from hearth.corpora.opening import Opener, opened, text as open_text
from hearth.store import ids
from hearth.store.ids import AmbiguousId

if TYPE_CHECKING:
    from hearth.home import Home


def find(home: Home, prefix: str) -> Iterator[bytes] | None:
    """The text, or the source, whose BLAKE3 begins with these digits, piece by piece.

    None where no document that may be read here has it. Raises `AmbiguousId`; while it is gone
    through, what the store raises, and SealedError.
    """
    with translated(), Index.open(home.cache_path, read_only=home.store.read_only) as index:
        catalogue = Catalogue(index.connection, writable=index.writable)
        if index.writable:
            catalogue.update(home.store, home.community, opener=Opener(home))
        sealed = [each for each in catalogue.documents() if each.keys is not None]
    digits = prefix.strip().lower()
    texts = {each.id: each for each in sealed if each.id.hex().startswith(digits)}
    sources = {each.hash: each for each in sealed if each.hash.hex().startswith(digits)}
    found = {**sources, **texts}
    if len(found) > 1:
        shown = ", ".join(map(ids.short, sorted(found)[:4]))
        raise AmbiguousId(f'"{prefix}" may mean {shown}', "give more digits of the id")
    for id, document in found.items():
        return _pieces(home, document, text=id in texts)
    return None


def _pieces(home: Home, document: Document, *, text: bool) -> Iterator[bytes]:
    keys = document.keys
    assert keys is not None
    if text:
        return open_text(home.store, document.text, keys)
    return opened(home.store, document.source, keys.source, document.size, document.hash)
