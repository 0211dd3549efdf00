"""Sharing a corpus of home in a community: another corpus there, kept level with it.

Nothing of home is ever served to others: sharing writes events of its own in the community, a
CORPUS and a DOCUMENT for each document, and notes their objects as servable there. What is shared
where stands at home, in SHARE events. Keeping level is one difference, taken again whenever the
library changes (`republish`): new and changed documents are stated, what is gone is taken away, in
bounded transactions. Killed anywhere, the next call finds what is left of the difference. Where
another device of the person was killed while it stopped sharing, ours finishes that, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from hearth.corpora.catalogue import Corpus, Document, Share
from hearth.corpora.judging import Members, members_of
from hearth.corpora.library import Library
from hearth.corpora.records import CorpusRecord, DocumentRecord, ShareRecord
from hearth.kinds import CORPUS, SHARE
from hearth.store import servable
from hearth.store.errors import HearthError, LockedError, NotFoundError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.store.batch import Transaction

STEP = 500
"""Documents to a transaction."""


class NotAMemberError(HearthError):
    """This device does not belong to the community (any more), so nothing it said would count."""

    code = "not-a-member"


@dataclass(slots=True)
class Levelled:
    """What keeping one share level took. `member`: False if it could not be, not being one."""

    share: Share
    added: int = 0
    changed: int = 0
    removed: int = 0
    member: bool = True


class Sharing:
    """Shares the corpora of `library`, which is that of home. Seals nothing: the caller does."""

    def __init__(self, library: Library, now: int, members: Members | None = None) -> None:
        self.library = library
        self.now = now
        self._store = library.home.store
        self._members = members or members_of(self._store)

    def share(self, corpus: Corpus, community: bytes) -> Levelled:
        """Share a corpus of home in a community, and bring the copy there level.

        Raises `NotAMemberError`, and what the store raises; then what was done so far stays, and
        the next call goes on. A corpus that is shared there already is only brought level.
        """
        self._check(community)
        with self._store.batch() as batch, batch.transaction() as tx:
            self.library.update()
            if self._active(corpus.id, community) is None:
                shared = self._state_corpus(tx, corpus, community)
                self._state(tx, ShareRecord(corpus.id, community, shared))
        self.library.update()
        share = self._active(corpus.id, community)
        if share is None:
            raise NotFoundError(f'"{corpus.name}" is not shared there any more')
        return self._level(share)

    def stop(self, corpus: Corpus, community: bytes) -> Levelled:
        """Share it there no longer: the copy is removed. Raises `NotFoundError`, as the store does.

        Members keep what they hold; it is only served and stated no more. Who is no member there
        any more only notes it at home.
        """
        share = self._active(corpus.id, community)
        if share is None:
            raise NotFoundError(f'"{corpus.name}" is not shared there')
        return self._end(share)

    def republish(self) -> list[Levelled]:
        """Bring every share level; those of which there was something to say. Idempotent."""
        corpora = {each.id: each for each in self.library.catalogue.corpora()}
        done = []
        for share in self.library.catalogue.shares():
            if share.stopped and share.shared not in corpora:
                continue  # has been taken away
            if not self._is_member(share.community):
                done.append(Levelled(share, member=False))
            elif share.corpus not in corpora or share != self._active(
                share.corpus, share.community
            ):
                done.append(self._end(share))
            elif not self.library.catalogue.is_level(share):
                done.append(self._level(share))
        return [
            each for each in done if each.added or each.changed or each.removed or not each.member
        ]

    def shared_in(self, corpus: bytes) -> list[bytes]:
        """The communities in which a corpus of home is shared."""
        shares = self.library.catalogue.shares()
        found = (each.community for each in shares if each.corpus == corpus and not each.stopped)
        return list(dict.fromkeys(found))

    # who may

    def _is_member(self, community: bytes) -> bool:
        me = self.library.home.identity
        return self._members(community).person_of(me.device) == me.person

    def _check(self, community: bytes) -> None:
        if not self._is_member(community):
            raise NotAMemberError("this device is no member of that community")

    # stating

    def _active(self, corpus: bytes, community: bytes) -> Share | None:
        """The share that counts: of two that were made at once, the first."""
        for share in self.library.catalogue.shares():
            if (share.corpus, share.community, share.stopped) == (corpus, community, False):
                return share
        return None

    def _state_corpus(self, tx: Transaction, corpus: Corpus, community: bytes) -> bytes:
        payload = CorpusRecord(corpus.name, corpus.licence).encode()
        signer = self.library.home.signer(self.now)
        event = self._store.log.append(
            tx, signer, community, Lane.CORPUS, CORPUS, payload, wall=self.now
        )
        return event.id

    def _state(self, tx: Transaction, record: ShareRecord) -> None:
        home = self.library.home
        self._store.log.append(
            tx, home.signer(self.now), home.community, Lane.CORPUS, SHARE, record.encode(),
            wall=self.now,
        )  # fmt: skip

    def _end(self, share: Share) -> Levelled:
        if not share.stopped:
            said = self.library.catalogue.sharing(share.shared)
            with self._store.batch() as batch, batch.transaction() as tx:
                record = ShareRecord(share.corpus, share.community, share.shared, stopped=True)
                self._state(tx, record)
                self.library.erase(tx, said, self.now)
            self.library.update()
        ended = Share(share.corpus, share.community, share.shared, stopped=True)
        if not self._is_member(share.community):
            return Levelled(ended, member=False)
        return self._level(ended)

    # the difference

    def _level(self, share: Share) -> Levelled:
        catalogue, done = self.library.catalogue, Levelled(share)
        there = Library(self.library.home, catalogue, share.community)
        stand = catalogue.stands().get(share.corpus, b"")
        ours = {} if share.stopped else {d.path: d for d in catalogue.documents(share.corpus)}
        theirs = {each.path: each for each in catalogue.documents(share.shared)}
        needed = self._needed(share.community)
        new = [each for path, each in ours.items() if _differs(each, theirs.get(path))]
        gone = [each for path, each in theirs.items() if path not in ours]
        for page in _pages(new):
            old = [theirs[each.path] for each in page if each.path in theirs]
            stated = [pair for each in old for pair in catalogue.stated(share.shared, each.path)]
            with self._store.batch() as batch, batch.transaction() as tx:
                for each in page:
                    there.add(tx, _record(each, share.shared), self.now)
                servable.allow(tx, share.community, self._closure(page))
                there.erase(tx, stated, self.now)
                self._forbid(tx, share.community, old, needed)
            done.added += len(page) - len(old)
            done.changed += len(old)
        for page in _pages(gone):
            with self._store.batch() as batch, batch.transaction() as tx:
                there.remove_documents(tx, page, self.now)
                self._forbid(tx, share.community, page, needed)
            done.removed += len(page)
        if not share.stopped:
            self._allow_again(share.community, ours.values())
        self._describe(there, share)
        self.library.update()
        if not share.stopped:
            with suppress(LockedError):  # only a memory aid
                catalogue.note_level(share, stand)
        return done

    def _describe(self, there: Library, share: Share) -> None:
        """Give the copy the licence of the original, or take it away."""
        self.library.update()
        corpora = {each.id: each for each in self.library.catalogue.corpora()}
        ours, theirs = corpora.get(share.corpus), corpora.get(share.shared)
        if theirs is None:
            return
        if share.stopped:
            with self._store.batch() as batch, batch.transaction() as tx:
                there.remove(tx, theirs, self.now)
        elif ours is not None and ours.licence != theirs.licence:
            with self._store.batch() as batch, batch.transaction() as tx:
                there.describe(tx, theirs, ours.licence, self.now)

    # what may be served

    def _needed(self, community: bytes) -> set[bytes]:
        """All objects of all that is shared in a community, by this person or by others."""
        catalogue = self.library.catalogue
        shares = [each for each in catalogue.shares() if each.community == community]
        ours = {each.shared for each in shares}
        corpora = [each.corpus for each in shares if not each.stopped]
        corpora += [
            each.id
            for each in catalogue.corpora()
            if each.community == community and each.id not in ours
        ]
        return self._closure(each for id in corpora for each in catalogue.documents(id))

    def _allow_again(self, community: bytes, documents: Iterable[Document]) -> None:
        """Note what was noted once: where hearth.db was rebuilt from packs, it is forgotten."""
        lacking = self._closure(documents) - servable.all_allowed(self._store.connection, community)
        if lacking:
            with self._store.batch() as batch, batch.transaction() as tx:
                servable.allow(tx, community, lacking)

    def _forbid(
        self, tx: Transaction, community: bytes, old: Sequence[Document], needed: set[bytes]
    ) -> None:
        servable.forbid(tx, community, self._closure(old) - needed)

    def _closure(self, documents: Iterable[Document]) -> set[bytes]:
        """The objects of documents, with the chunks of large ones."""
        ids = {id for each in documents for id in (each.source, each.text)}
        return servable.closure(self._store, ids)


def _record(document: Document, corpus: bytes) -> DocumentRecord:
    return DocumentRecord(
        corpus,
        document.path,
        document.title,
        document.media,
        document.size,
        document.source,
        document.text,
        document.hash,
        document.form,
        document.pages,
    )


def _differs(ours: Document, theirs: Document | None) -> bool:
    if theirs is None:
        return True
    facts = [
        (d.title, d.media, d.size, d.source, d.text, d.hash, d.form, d.pages)
        for d in (ours, theirs)
    ]
    return facts[0] != facts[1]


def _pages(documents: Sequence[Document]) -> Iterator[list[Document]]:
    rest = iter(documents)
    while page := list(islice(rest, STEP)):
        yield page
