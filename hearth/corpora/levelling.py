"""Keeping the copy of a corpus that is shared in a community level with that of home.

One difference is taken and stated in bounded transactions: what is new or changed, what is gone,
the description. Killed anywhere, the next time finds what is left of it.

The copy is compared with what this person's own devices said there. Where others may write, what
they said later at the same path stands until it is changed at home once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hearth.corpora.catalogue import Corpus, Document, Share
from hearth.corpora.copying import Copier
from hearth.corpora.library import Library
from hearth.corpora.publishing import Publisher
from hearth.corpora.records import PERSONS_LIMIT, CorpusRecord, Former
from hearth.store import database, servable
from hearth.store.errors import LockedError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.corpora.readers import Readers

STEP = 500
STEP_BYTES = 32 << 20
"""Documents to a transaction, and bytes of them that are sealed in it."""


@dataclass(slots=True)
class Levelled:
    """What keeping one share level took. `member`: False if it could not be, not being one.

    `handed`: devices that were handed the keys to what was said before. `lacking`: devices of
    readers that cannot read yet, as nothing of theirs has come here; with `shut` nobody can.
    `unreadable`: documents that could not be sealed, being damaged here.
    """

    share: Share
    added: int = 0
    changed: int = 0
    removed: int = 0
    member: bool = True
    handed: int = 0
    lacking: int = 0
    unreadable: int = 0
    shut: bool = False

    @property
    def remarkable(self) -> bool:
        """Whether there is something to say."""
        done = self.added or self.changed or self.removed or self.handed
        return bool(done or self.unreadable or self.shut) or not self.member


class Leveller:
    """Levels one share. `library` is that of home, `readers` those whom the copy is sealed to."""

    def __init__(
        self,
        library: Library,
        share: Share,
        now: int,
        membership: Membership,
        readers: Readers | None,
    ) -> None:
        self._library = library
        self._share = share
        self._now = now
        self._membership = membership
        self._store = library.home.store
        self._catalogue = library.catalogue
        self._there = Library(library.home, library.catalogue, share.community, readers)
        me = library.home.identity
        self._own = tuple({*membership.devices_of(me.person), me.device})
        self._publisher = Publisher(self._store, library.catalogue, share.community, self._own)
        self._needed: set[bytes] = set()
        self._done = Levelled(share)

    def level(self) -> Levelled:
        """Bring it level, or take it away where it is shared no more. Raises NobodyError, and what
        the store raises."""
        catalogue, share, done = self._catalogue, self._share, self._done
        stand = catalogue.stands().get(share.corpus, b"")
        ours = {} if share.stopped else {d.path: d for d in catalogue.documents(share.corpus)}
        said = {each.path: each for each in catalogue.documents(share.shared, self._own)}
        self._needed = self._publisher.needed()
        copier = Copier(self._library.home, share.shared, sealed=share.circle is not None)
        for page in _pages(copier.differing(ours.values(), said)):
            self._publish(page, said, copier)
        current = {each.event for each in catalogue.documents(share.shared)}
        for page in _pages([each for path, each in said.items() if path not in ours]):
            self._take_away(page, current)
        self._describe()
        self._library.update()
        done.unreadable = copier.unreadable
        if not share.stopped:
            self._allow_again()
            readers = self._there.readers
            done.lacking = readers.lacking() if readers is not None else 0
            if not done.unreadable:
                with suppress(LockedError):  # only a memory aid
                    catalogue.note_level(share, stand)
        return done

    def _publish(
        self, page: Sequence[Document], said: Mapping[bytes, Document], copier: Copier
    ) -> None:
        """State new and changed documents."""
        with self._store.batch() as batch:
            records = copier.records(batch, page, said)
            old = [said[each.path] for each in records if each.path in said]
            stated = self._stated(old)
            with batch.transaction() as tx:
                for each in records:
                    self._there.add(tx, each, self._now)
                named = self._publisher.allow(tx, records)
                self._there.erase(tx, stated, self._now)
                self._publisher.forbid(tx, old, self._needed | named)
        self._done.added += len(records) - len(old)
        self._done.changed += len(old)

    def _take_away(self, page: Sequence[Document], current: set[bytes]) -> None:
        """Take away what is gone; where somebody else's later word stands, only our own."""
        ours = [each for each in page if each.event in current]
        stated = self._stated([each for each in page if each.event not in current])
        device = self._library.home.identity.device
        if not ours and all(other != device for _, other in stated):
            return
        with self._store.batch() as batch, batch.transaction() as tx:
            self._there.remove_documents(tx, ours, self._now)
            self._there.erase(tx, stated, self._now)
            self._publisher.forbid(tx, page, self._needed)
        self._done.removed += len(ours)

    def _stated(self, documents: Sequence[Document]) -> list[tuple[bytes, bytes]]:
        """The events that state something at the paths of these, with their devices."""
        return [
            pair for each in documents for pair in self._catalogue.stated(each.corpus, each.path)
        ]

    def _describe(self) -> None:
        """Give the copy the description that it is to have, or take it away."""
        self._library.update()
        share, there = self._share, self._there
        corpora = {each.id: each for each in self._catalogue.corpora()}
        ours, theirs = corpora.get(share.corpus), corpora.get(share.shared)
        if share.stopped:
            if theirs is not None:
                with self._store.batch() as batch, batch.transaction() as tx:
                    there.remove(tx, theirs, self._now)
            return
        if ours is None or (theirs is None and share.circle is None):
            return
        meant = described(ours, share)
        if theirs is not None:
            meant = replace(meant, former=self._former(theirs))
            if meant == _record(theirs):
                return
        with self._store.batch() as batch, batch.transaction() as tx:
            there.state(tx, meant, self._now)

    def _former(self, before: Corpus) -> Former:
        """Up to where writers count who are none any more."""
        from hearth.corpora.readers import persons

        membership, share = self._membership, self._share
        writing = persons(membership, share.writers)
        found = {
            device: last
            for device, last in before.former
            if not membership.persons_of(device) & writing
        }
        for person in persons(membership, before.writers) - writing:
            for device in membership.devices_of(person):
                last = database.value(
                    self._store.connection,
                    "SELECT max(r.last) FROM runs AS r JOIN chains AS c ON c.number = r.chain"
                    " WHERE c.community = ? AND c.device = ? AND c.lane = ?",
                    share.community, device, int(Lane.CORPUS),
                )  # fmt: skip
                if last is not None:
                    found[device] = last
        return tuple(sorted(found.items())[:PERSONS_LIMIT])

    def _allow_again(self) -> None:
        """Note what was noted once: where hearth.db was rebuilt from packs, it is forgotten."""
        said = self._catalogue.documents(self._share.shared, self._own)
        lacking = self._publisher.lacking(said)
        if lacking:
            with self._store.batch() as batch, batch.transaction() as tx:
                servable.allow(tx, self._share.community, lacking)


def described(corpus: Corpus, share: Share) -> CorpusRecord:
    """What is to be said of the copy of a corpus of home."""
    return CorpusRecord(
        corpus.name,
        corpus.licence,
        share.shared,
        circle=share.circle,
        readers=share.readers,
        writers=share.writers,
    )


def _record(corpus: Corpus) -> CorpusRecord:
    """What is said of a corpus."""
    return CorpusRecord(
        corpus.name,
        corpus.licence,
        corpus.id,
        circle=corpus.circle,
        readers=corpus.readers,
        writers=corpus.writers,
        former=corpus.former,
    )


def _pages(documents: Sequence[Document]) -> Iterator[list[Document]]:
    page: list[Document] = []
    size = 0
    for each in documents:
        page.append(each)
        size += each.size
        if len(page) >= STEP or size >= STEP_BYTES:
            yield page
            page, size = [], 0
    if page:
        yield page
