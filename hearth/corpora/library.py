"""Corpora of this hearth: finding, making, describing and removing them, and their documents.

Everything here is events in the lane corpus of one community: of home unless another is given, so
a new corpus is private to its person, as the home community is served to nobody else. Removing
erases the payloads of this device's own events, so that names, titles and object ids are gone and
gc may take the objects; what another device of the person stated is overruled by an event without a
text.

Of a corpus that is meant for some readers, everything is sealed to them (`readers`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hearth.corpora.catalogue import Catalogue, Corpus, Document
from hearth.corpora.naming import GUIDE
from hearth.corpora.opening import Opener
from hearth.corpora.records import (
    LICENCE_LIMIT,
    NAME_LIMIT,
    CorpusRecord,
    DocumentRecord,
    is_licence,
    is_name,
)
from hearth.kinds import CORPUS, DOCUMENT, ERASE
from hearth.store.errors import HearthError, NotFoundError, UsageError
from hearth.store.header import MAX_REFS, Lane

if TYPE_CHECKING:
    from hearth.corpora.readers import Readers
    from hearth.home import Home
    from hearth.store.batch import Transaction

DEFAULT = "library"
"""The corpus that `hearth add` adds to when none is named."""


class CorpusExistsError(HearthError, code="corpus-exists"):
    """There is a corpus of that name already (exit 1)."""


def check_name(name: str) -> str:
    """Return a corpus name in NFC; raises `UsageError` for one that cannot be a name."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    if not name or len(name) > NAME_LIMIT:
        raise UsageError(f"a corpus name has 1 to {NAME_LIMIT} characters")
    if not is_name(name):
        raise UsageError(
            f'"{name}" cannot be the name of a corpus',
            "letters, digits, spaces inside, and signs other than / will do",
        )
    if name == GUIDE:
        raise UsageError('"guide" is the built-in guide', "choose another name for the corpus")
    return name


def check_licence(licence: str) -> str:
    """Return a licence text; raises `UsageError` for one that cannot be."""
    if not is_licence(licence):
        raise UsageError(f"a licence is one line of at most {LICENCE_LIMIT} characters")
    return licence


class Library:
    """This person's corpora in `community`, their home if not given. `catalogue` is up to date.

    With `readers`, the one corpus there that is meant for them.
    """

    def __init__(
        self,
        home: Home,
        catalogue: Catalogue,
        community: bytes | None = None,
        readers: Readers | None = None,
    ) -> None:
        self.home = home
        self.catalogue = catalogue
        self.community = community or home.community
        self.readers = readers

    def update(self) -> None:
        """Bring the catalogue up to date with the log."""
        self.catalogue.update(self.home.store, self.home.community, opener=Opener(self.home))

    def find(self, name: str) -> Corpus:
        """Return the corpus of that name; raises `NotFoundError`."""
        corpus = self.catalogue.corpus(name, self.community)
        if corpus is None:
            raise NotFoundError(f'no corpus "{name}"', "hearth corpus list shows them")
        return corpus

    def create(self, tx: Transaction, name: str, licence: str, now: int) -> bytes:
        """Make a corpus and return its id; raises `CorpusExistsError`, `UsageError`."""
        name = check_name(name)
        if self.catalogue.corpus(name, self.community) is not None:
            raise CorpusExistsError(f'there is a corpus "{name}" already')
        return self.state(tx, CorpusRecord(name, check_licence(licence)), now)

    def describe(self, tx: Transaction, corpus: Corpus, licence: str, now: int) -> None:
        """Give a corpus another licence."""
        record = CorpusRecord(corpus.name, check_licence(licence), corpus.id)
        self.state(tx, record, now)

    def add(self, tx: Transaction, record: DocumentRecord, now: int) -> None:
        """State a document."""
        self.state(tx, record, now)

    def state(self, tx: Transaction, record: CorpusRecord | DocumentRecord, now: int) -> bytes:
        """Append the event that says this; its id. Raises what the log, and sealing, raise."""
        kind, refs = (DOCUMENT, record.refs) if isinstance(record, DocumentRecord) else (CORPUS, ())
        if self.readers is not None:
            return self.readers.append(tx, kind, record.sealed(), refs, now).id
        event = self.home.store.log.append(
            tx,
            self.home.signer(now),
            self.community,
            Lane.CORPUS,
            kind,
            record.encode(),
            refs,
            wall=now,
        )
        return event.id

    def erase(self, tx: Transaction, events: Iterable[tuple[bytes, bytes]], now: int) -> None:
        """Erase the payloads of those of the (event, device) pairs that are this device's."""
        signer = self.home.signer(now)
        own = [event for event, device in events if device == signer.device]
        for start in range(0, len(own), MAX_REFS):
            self.home.store.log.append(
                tx,
                signer,
                self.community,
                Lane.CORPUS,
                ERASE,
                None,
                own[start : start + MAX_REFS],
                wall=now,
            )

    def remove_documents(self, tx: Transaction, documents: Iterable[Document], now: int) -> None:
        """Take documents out of their corpora."""
        device = self.home.signer(now).device
        stated: list[tuple[bytes, bytes]] = []
        for document in documents:
            events = self.catalogue.stated(document.corpus, document.path)
            stated += events
            if any(other != device for _, other in events):
                self.add(tx, DocumentRecord(document.corpus, document.path), now)
        self.erase(tx, stated, now)

    def seal(self) -> None:
        """Write what this brought to the packs too, so that it survives the loss of hearth.db.

        To be called outside a batch, after every change that a person asked for.
        """
        self.home.store.seal()

    def remove(self, tx: Transaction, corpus: Corpus, now: int) -> None:
        """Remove a corpus with all its documents."""
        self.remove_documents(tx, self.catalogue.documents(corpus.id), now)
        events = self.catalogue.describing(corpus.id)
        if any(device != self.home.signer(now).device for _, device in events):
            record = CorpusRecord(corpus.name, "", corpus.id, removed=True, circle=corpus.circle)
            self.state(tx, record, now)
        self.erase(tx, events, now)
