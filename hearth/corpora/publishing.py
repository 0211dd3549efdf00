"""What may be served in a community of what this person says there.

What is stated is noted as servable with the chunks of large files, and what is not needed there any
more is so no longer. See `hearth.store.servable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hearth.store import servable

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Catalogue, Document
    from hearth.corpora.records import DocumentRecord
    from hearth.store.batch import Transaction
    from hearth.store.store import Store


class Publisher:
    """Notes what is servable in one community; `own` are this person's devices there."""

    def __init__(
        self, store: Store, catalogue: Catalogue, community: bytes, own: Sequence[bytes]
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._community = community
        self._own = own

    def allow(self, tx: Transaction, records: Iterable[DocumentRecord]) -> set[bytes]:
        """Let what these records name be served, and return it."""
        ids = servable.closure(self._store, (id for each in records for id in each.refs))
        servable.allow(tx, self._community, ids)
        return ids

    def forbid(self, tx: Transaction, old: Iterable[Document], needed: set[bytes]) -> None:
        """Let what these documents name be served no more, unless it is needed."""
        servable.forbid(tx, self._community, self.closure(old) - needed)

    def lacking(self, documents: Iterable[Document]) -> set[bytes]:
        """What of these may not be served: a hearth.db made anew from packs does not know it."""
        return self.closure(documents) - servable.all_allowed(
            self._store.connection, self._community
        )

    def needed(self, but: Iterable[bytes] = ()) -> set[bytes]:
        """All objects of all that is shared in the community, models too, by this person or others.

        But for those of these events; and for sealed ones of what is kept level with home, which
        are in one document alone.
        """
        catalogue, left_out = self._catalogue, {*but}
        shares = [each for each in catalogue.shares() if each.community == self._community]
        ours = {each.shared for each in shares}
        found = [
            each
            for share in shares
            if not share.stopped and share.circle is None
            for each in catalogue.documents(share.corpus)
        ]
        found += [
            each
            for corpus in catalogue.corpora(self._community)
            for each in catalogue.documents(corpus.id)
            if (corpus.id not in ours or each.device not in self._own)
            and each.event not in left_out
        ]
        from hearth.models.shelf import offered_refs

        models = offered_refs(catalogue, self._community, left_out)
        return self.closure(found) | servable.closure(self._store, models)

    def closure(self, documents: Iterable[Document]) -> set[bytes]:
        """The objects of documents, with the chunks of large ones."""
        ids = {id for each in documents for id in (each.source, each.text)}
        return servable.closure(self._store, ids)
