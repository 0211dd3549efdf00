"""Adding to somebody else's corpus, as one of the writers whom its maker has named.

A writer states documents as the maker does, and takes them out, in the community itself: there is
nothing at home that would be kept level with it. What may be served of it is what the writer has
put there. In a corpus that is sealed to its readers a writer's documents are sealed likewise, and
nothing plain of them is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hearth.corpora.catalogue import Catalogue, Corpus, Document
from hearth.corpora.judging import Judge, Writers
from hearth.corpora.library import Library
from hearth.corpora.publishing import Publisher
from hearth.corpora.records import DocumentRecord
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.batch import Transaction


class NotAWriterError(UsageError, code="not-a-writer"):
    """This person may not state documents of a corpus (exit 2)."""


class Desk(Library):
    """One corpus of a community, to be written to. `made`: by this person, at home."""

    def __init__(self, home: Home, catalogue: Catalogue, corpus: Corpus, commons: Commons) -> None:
        membership = commons.membership(corpus.community)
        maker = catalogue.maker(corpus.id)
        owners = frozenset() if maker is None else membership.persons_of(maker)
        me = home.identity
        self.corpus = corpus
        self.made = me.person in owners
        if membership.person_of(me.device) != me.person or not (
            self.made or Judge(membership).may_write(me.device, Writers.of(corpus.writers))
        ):
            raise NotAWriterError(
                f'corpus "{corpus.name}" is of the community "{membership.name}",'
                " and you are none of its writers",
                "its maker names them: hearth corpus share --writers",
            )
        readers = None
        if corpus.circle is not None:
            from hearth.audience.keyring import Keyring
            from hearth.corpora.readers import Readers

            keyring = Keyring(home, commons)
            named = corpus.readers, corpus.writers
            readers = Readers(home, keyring, membership, corpus.circle, *named, owners=owners)
        super().__init__(home, catalogue, corpus.community, readers)
        own = {*membership.devices_of(me.person), me.device}
        self._publisher = Publisher(home.store, catalogue, corpus.community, sorted(own))

    def publish(
        self, tx: Transaction, records: Sequence[DocumentRecord], old: Sequence[Document], now: int
    ) -> None:
        """State documents, in place of old ones at the same paths."""
        stated = [pair for each in old for pair in self.catalogue.stated(each.corpus, each.path)]
        needed = self._publisher.needed(each.event for each in old)
        for each in records:
            self.add(tx, each, now)
        needed |= self._publisher.allow(tx, records)
        self.erase(tx, stated, now)
        self._publisher.forbid(tx, self._mine(old), needed)

    def take_out(self, tx: Transaction, documents: Sequence[Document], now: int) -> None:
        """Take documents out."""
        needed = self._publisher.needed(each.event for each in documents)
        self.remove_documents(tx, documents, now)
        self._publisher.forbid(tx, self._mine(documents), needed)

    def _mine(self, documents: Sequence[Document]) -> list[Document]:
        """Those that this device has stated: what of the others' is held may be served on."""
        return [each for each in documents if each.device == self.home.identity.device]
