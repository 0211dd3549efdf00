"""Sharing a corpus of home in a community: another corpus there, kept level with it.

Nothing of home is ever served to others: sharing writes events of its own in the community, a
CORPUS and a DOCUMENT for each document, and notes their objects as servable there. What is shared
where, with whom, and who else may write there, stands at home, in SHARE events. Keeping level is
one difference, taken again whenever the library changes (`republish`, `levelling`). Killed
anywhere, the next call finds what is left of it. Where another device of the person was killed
while it stopped sharing, ours finishes that, too.

Shared with some readers only, everything in the copy is sealed to them (`readers`, `copying`). What
has not changed is not sealed again; who may read by now and could not before is handed the keys.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from hearth.corpora.catalogue import Corpus, Share
from hearth.corpora.judging import Members, members_of
from hearth.corpora.levelling import Levelled, Leveller, described
from hearth.corpora.library import Library
from hearth.corpora.records import NOBODY, ShareRecord, Whom
from hearth.kinds import SHARE
from hearth.store.errors import HearthError, NotFoundError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.audience.keyring import Keyring
    from hearth.corpora.readers import Readers
    from hearth.store.batch import Transaction


class NotAMemberError(HearthError, code="not-a-member"):
    """This device does not belong to the community (any more), so nothing it said would count."""


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
        said = described(corpus, made)
        there = Library(self.library.home, self.library.catalogue, community, self._readers(made))
        shared = there.state(tx, replace(said, corpus=None), self.now)
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

    def _level(self, share: Share) -> Levelled:
        done = Leveller(
            self.library, share, self.now, self._members(share.community), self._readers(share)
        ).level()
        if not share.stopped:
            self._hand_on(share, done)
        return done


__all__ = ["Levelled", "NotAMemberError", "Sharing"]
