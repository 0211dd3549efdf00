"""Sharing a corpus of home in a community: another corpus there, kept level with it.

Nothing of home is ever served to others: sharing writes events of its own in the community, a
CORPUS and a DOCUMENT for each document, and notes their objects as servable there. What is shared
where stands at home, in SHARE events. Keeping level is one difference, taken again whenever the
library changes (`republish`): new and changed documents are stated, what is gone is taken away, in
bounded transactions. Killed anywhere, the next call finds what is left of the difference. Where
another device of the person was killed while it stopped sharing, ours finishes that, too.

The copy is compared with what this person's own devices said there. Where others may write, what
they said later at the same path stands until it is changed at home once more.

Shared with some readers only, everything in the copy is sealed to them (`readers`, `copying`). What
has not changed is not sealed again; who may read by now and could not before is handed the keys.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hearth.corpora.catalogue import Corpus, Document, Share
from hearth.corpora.copying import Copier
from hearth.corpora.judging import Members, members_of
from hearth.corpora.library import Library
from hearth.corpora.publishing import Publisher
from hearth.corpora.records import NOBODY, PERSONS_LIMIT, CorpusRecord, Former, ShareRecord, Whom
from hearth.kinds import SHARE
from hearth.store import database, servable
from hearth.store.errors import HearthError, LockedError, NotFoundError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.audience.keyring import Keyring
    from hearth.corpora.readers import Readers
    from hearth.store.batch import Transaction

STEP = 500
STEP_BYTES = 32 << 20
"""Documents to a transaction, and bytes of them that are sealed in it."""


class NotAMemberError(HearthError):
    """This device does not belong to the community (any more), so nothing it said would count."""

    code = "not-a-member"


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


class Sharing:
    """Shares the corpora of `library`, which is that of home. Seals nothing: the caller does."""

    def __init__(
        self,
        library: Library,
        now: int,
        members: Members | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        self.library = library
        self.now = now
        self._store = library.home.store
        self._members = members or members_of(self._store)
        self._keyring = keyring

    def share(
        self,
        corpus: Corpus,
        community: bytes,
        readers: Whom | None = None,
        writers: Whom | None = None,
    ) -> Levelled:
        """Share a corpus of home in a community, and bring the copy there level.

        With `readers` only they can read it, instead of those who could before; `writers` may state
        documents in it, instead of those who could. None leaves that as it is; at first all members
        read, and nobody else writes. What was shared with all is taken away from them by sharing
        it with some: the copy is made anew.

        Raises `NotAMemberError`, `NobodyError` where no reader can be sealed to yet, and what the
        store raises; then what was done so far stays, and the next call goes on. A corpus that is
        shared there already is only brought level.
        """
        self._check(community)
        with self._store.batch() as batch, batch.transaction() as tx:
            self.library.update()
            before = self._active(corpus.id, community)
            if before is None or (readers is not None and before.circle is None):
                self._begin(tx, corpus, community, before, readers, writers)
            else:
                self._rule(tx, before, readers, writers)
        self.library.update()
        share = self._active(corpus.id, community)
        if share is None:
            raise NotFoundError(f'"{corpus.name}" is not shared there any more')
        if before is not None and before.shared != share.shared:
            self._level(replace(before, stopped=True))
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
        from hearth.audience.keyring import NobodyError

        corpora = {each.id for each in self.library.catalogue.corpora()}
        done = []
        for share in self.library.catalogue.shares():
            try:
                done.append(self._keep_level(share, corpora))
            except NobodyError:  # one day there will be somebody
                done.append(Levelled(share, shut=True))
        return [each for each in done if each.remarkable]

    def _keep_level(self, share: Share, corpora: set[bytes]) -> Levelled:
        """Bring a share level if it is not, and have all its readers read it."""
        done = Levelled(share)
        if share.stopped and share.shared not in corpora:
            return done  # has been taken away
        if not self._is_member(share.community):
            done.member = False
        elif share.corpus not in corpora or share != self._active(share.corpus, share.community):
            return self._end(share)
        elif not self.library.catalogue.is_level(share):
            return self._level(share)
        else:
            self._hand_on(share, done)
        return done

    def hand_on(self) -> int:
        """Let the readers there are by now read what was shared with some; how many devices can
        that could not. Costs next to nothing where there are none."""
        handed = 0
        for share in self.library.catalogue.shares():
            if share.circle is not None and not share.stopped and self._is_member(share.community):
                done = Levelled(share)
                self._hand_on(share, done)
                handed += done.handed
        return handed

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

    def _begin(
        self,
        tx: Transaction,
        corpus: Corpus,
        community: bytes,
        before: Share | None,
        readers: Whom | None,
        writers: Whom | None,
    ) -> None:
        """Make the copy. Where there was one that all could read, it is one no longer."""
        writers = before.writers if before is not None and writers is None else writers or NOBODY
        circle = None if readers is None else os.urandom(32)
        made = Share(corpus.id, community, b"", False, circle, readers or NOBODY, writers)
        said = _described(corpus, made)
        shared = self._there(made).state(tx, replace(said, corpus=None), self.now)
        if before is not None:
            self._state(tx, replace(before, stopped=True))
            earlier = self.library.catalogue.sharing(before.shared)
            self.library.erase(tx, earlier, self.now)
        self._state(tx, replace(made, shared=shared))

    def _rule(
        self, tx: Transaction, share: Share, readers: Whom | None, writers: Whom | None
    ) -> None:
        """State other readers or writers of a share, if they are others."""
        now = replace(
            share,
            readers=share.readers if readers is None else readers,
            writers=share.writers if writers is None else writers,
        )
        if now != share:
            earlier = self.library.catalogue.sharing(share.shared)
            self._state(tx, now)
            self.library.erase(tx, earlier, self.now)

    def _there(self, share: Share) -> Library:
        """The library that holds the copy; what it states is sealed where that is needed."""
        home = self.library.home
        return Library(home, self.library.catalogue, share.community, self._readers(share))

    def _readers(self, share: Share) -> Readers | None:
        if share.circle is None:
            return None
        from hearth.corpora.readers import Readers

        return Readers(
            self.library.home,
            self._keys(),
            self._members(share.community),
            share.circle,
            share.readers,
            share.writers,
        )

    def _keys(self) -> Keyring:
        if self._keyring is None:
            from hearth.audience.keyring import Keyring
            from hearth.community.commons import Commons

            home = self.library.home
            self._keyring = Keyring(home, Commons(home))
        return self._keyring

    def _hand_on(self, share: Share, done: Levelled) -> None:
        readers = self._readers(share)
        if readers is not None and (count := readers.unhanded()):
            with self._store.batch() as batch, batch.transaction() as tx:
                readers.hand_on(tx, self.now)
            done.handed = count

    def _state(self, tx: Transaction, share: Share) -> None:
        home = self.library.home
        record = ShareRecord(
            share.corpus, share.community, share.shared, share.stopped, share.circle,
            share.readers, share.writers,
        )  # fmt: skip
        self._store.log.append(
            tx, home.signer(self.now), home.community, Lane.CORPUS, SHARE, record.encode(),
            wall=self.now,
        )  # fmt: skip

    def _end(self, share: Share) -> Levelled:
        if not share.stopped:
            said = self.library.catalogue.sharing(share.shared)
            with self._store.batch() as batch, batch.transaction() as tx:
                self._state(tx, replace(share, stopped=True))
                self.library.erase(tx, said, self.now)
            self.library.update()
        ended = replace(share, stopped=True)
        if not self._is_member(share.community):
            return Levelled(ended, member=False)
        return self._level(ended)

    # the difference

    def _level(self, share: Share) -> Levelled:
        catalogue, done = self.library.catalogue, Levelled(share)
        there = self._there(share)
        stand = catalogue.stands().get(share.corpus, b"")
        ours = {} if share.stopped else {d.path: d for d in catalogue.documents(share.corpus)}
        own = self._own(share.community)
        said = {each.path: each for each in catalogue.documents(share.shared, own)}
        copier = Copier(self.library.home, share.shared, sealed=share.circle is not None)
        new = copier.differing(ours.values(), said)
        publisher = Publisher(self._store, catalogue, share.community, own)
        needed = publisher.needed()
        for page in _pages(new):
            self._publish(there, page, said, needed, copier, publisher, done)
        current = {each.event for each in catalogue.documents(share.shared)}
        gone = [each for path, each in said.items() if path not in ours]
        for page in _pages(gone):
            self._take_away(there, page, current, needed, publisher, done)
        self._describe(there, share)
        self.library.update()
        done.unreadable = copier.unreadable
        if not share.stopped:
            stated = catalogue.documents(share.shared, own)
            self._allow_again(publisher, share.community, stated)
            self._hand_on(share, done)
            done.lacking = there.readers.lacking() if there.readers is not None else 0
            if not done.unreadable:
                with suppress(LockedError):  # only a memory aid
                    catalogue.note_level(share, stand)
        return done

    def _own(self, community: bytes) -> tuple[bytes, ...]:
        """The devices whose words in a community are this person's."""
        me = self.library.home.identity
        return tuple({*self._members(community).devices_of(me.person), me.device})

    def _publish(
        self,
        there: Library,
        page: Sequence[Document],
        said: Mapping[bytes, Document],
        needed: set[bytes],
        copier: Copier,
        publisher: Publisher,
        done: Levelled,
    ) -> None:
        """State new and changed documents."""
        catalogue = self.library.catalogue
        with self._store.batch() as batch:
            records = copier.records(batch, page, said)
            old = [said[each.path] for each in records if each.path in said]
            stated = [pair for each in old for pair in catalogue.stated(each.corpus, each.path)]
            with batch.transaction() as tx:
                for each in records:
                    there.add(tx, each, self.now)
                named = publisher.allow(tx, records)
                there.erase(tx, stated, self.now)
                publisher.forbid(tx, old, needed | named)
        done.added += len(records) - len(old)
        done.changed += len(old)

    def _take_away(
        self,
        there: Library,
        page: Sequence[Document],
        current: set[bytes],
        needed: set[bytes],
        publisher: Publisher,
        done: Levelled,
    ) -> None:
        """Take away what is gone; where somebody else's later word stands, only our own."""
        catalogue = self.library.catalogue
        ours = [each for each in page if each.event in current]
        under = [each for each in page if each.event not in current]
        stated = [pair for each in under for pair in catalogue.stated(each.corpus, each.path)]
        device = self.library.home.identity.device
        if not ours and all(other != device for _, other in stated):
            return
        with self._store.batch() as batch, batch.transaction() as tx:
            there.remove_documents(tx, ours, self.now)
            there.erase(tx, stated, self.now)
            publisher.forbid(tx, page, needed)
        done.removed += len(ours)

    def _describe(self, there: Library, share: Share) -> None:
        """Give the copy the description that it is to have, or take it away."""
        self.library.update()
        corpora = {each.id: each for each in self.library.catalogue.corpora()}
        ours, theirs = corpora.get(share.corpus), corpora.get(share.shared)
        if share.stopped:
            if theirs is not None:
                with self._store.batch() as batch, batch.transaction() as tx:
                    there.remove(tx, theirs, self.now)
            return
        if ours is None or (theirs is None and share.circle is None):
            return
        meant = _described(ours, share)
        if theirs is not None:
            meant = replace(meant, former=self._former(theirs, share))
            if meant == _record(theirs):
                return
        with self._store.batch() as batch, batch.transaction() as tx:
            there.state(tx, meant, self.now)

    def _former(self, before: Corpus, share: Share) -> Former:
        """Up to where writers count who are none any more."""
        from hearth.corpora.readers import persons

        membership = self._members(share.community)
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

    def _allow_again(
        self, publisher: Publisher, community: bytes, documents: Iterable[Document]
    ) -> None:
        """Note what was noted once: where hearth.db was rebuilt from packs, it is forgotten."""
        lacking = publisher.lacking(documents)
        if lacking:
            with self._store.batch() as batch, batch.transaction() as tx:
                servable.allow(tx, community, lacking)


def _described(corpus: Corpus, share: Share) -> CorpusRecord:
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
