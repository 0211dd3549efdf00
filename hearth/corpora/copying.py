"""What a shared copy lacks of a corpus of home, and the records that bring it level.

In the open a copy's documents name the same objects as those of home. Sealed ones have objects of
their own, made here: as they are as random as their keys, they are kept and named again as long as
what is in them is the same, and their content is compared by the hashes that the sealed records
state. A sealed object that this device has stated and that is damaged here is made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hearth.corpora.records import DocumentRecord, Keys
from hearth.store import servable
from hearth.store.errors import CorruptError, NotFoundError

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Document
    from hearth.home import Home
    from hearth.store.batch import Batch


class Copier:
    """Makes the records of one shared copy. `unreadable` counts documents that cannot be sealed,
    because they are damaged or missing here."""

    def __init__(self, home: Home, shared: bytes, *, sealed: bool) -> None:
        self._home = home
        self._store = home.store
        self._shared = shared
        self._sealed = sealed
        self._large: set[bytes] = set()
        self.unreadable = 0

    def differing(self, ours: Iterable[Document], said: Mapping[bytes, Document]) -> list[Document]:
        """Those of our documents that are not in the copy as they are."""
        listed = list(ours)
        if self._sealed:  # of the others the object's id is the text's hash
            self._large = servable.manifests(self._store.connection, (each.text for each in listed))
        return [each for each in listed if self._differs(each, said.get(each.path))]

    def _differs(self, ours: Document, theirs: Document | None) -> bool:
        if theirs is None or _facts(ours) != _facts(theirs):
            return True
        if not self._sealed:
            return (ours.source, ours.text) != (theirs.source, theirs.text)
        if theirs.keys is None or self._text_hash(ours) != theirs.keys.hash:
            return True
        return not self._is_whole(theirs)

    def _text_hash(self, ours: Document) -> bytes:
        from hearth.corpora.readers import measure

        if ours.text not in self._large:
            return ours.text
        try:
            return measure(self._store, ours.text)[1]
        except (CorruptError, NotFoundError):
            return b""

    def _is_whole(self, theirs: Document) -> bool:
        """Whether its objects are here; those that another device stated need not be."""
        if theirs.device != self._home.identity.device:
            return True
        return self._store.has_file(theirs.source) and self._store.has_file(theirs.text)

    def records(
        self, batch: Batch, page: Sequence[Document], said: Mapping[bytes, Document]
    ) -> list[DocumentRecord]:
        """What to state of these documents; what is sealed of them has been put."""
        found = []
        for each in page:
            if not self._sealed:
                found.append(self._record(each, each.source, each.text))
                continue
            try:
                found.append(self._seal(batch, each, said.get(each.path)))
            except (CorruptError, NotFoundError, ValueError):
                self.unreadable += 1
        return found

    def _seal(self, batch: Batch, ours: Document, theirs: Document | None) -> DocumentRecord:
        from hearth.corpora.readers import measure, seal_stored

        length, hash = measure(self._store, ours.text)
        before = theirs.keys if theirs is not None and self._is_whole(theirs) else None
        if theirs is not None and before is not None and ours.hash == theirs.hash:
            source, source_key = theirs.source, before.source
        else:
            source, source_key = seal_stored(batch, self._store, ours.source, ours.size)
        if theirs is not None and before is not None and hash == before.hash:
            text, text_key = theirs.text, before.text
        elif hash == ours.hash:  # a plain text that is in the normal form already
            text, text_key = source, source_key
        else:
            text, text_key = seal_stored(batch, self._store, ours.text, length)
        return self._record(ours, source, text, Keys(source_key, text_key, length, hash))

    def _record(
        self, ours: Document, source: bytes, text: bytes, keys: Keys | None = None
    ) -> DocumentRecord:
        return DocumentRecord(
            self._shared,
            ours.path,
            ours.title,
            ours.media,
            ours.size,
            source,
            text,
            ours.hash,
            ours.form,
            ours.pages,
            keys,
        )


def _facts(document: Document) -> tuple[object, ...]:
    d = document
    return d.title, d.media, d.size, d.hash, d.form, d.pages
