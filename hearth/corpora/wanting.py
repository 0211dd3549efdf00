"""What this hearth wants of a community: the objects of corpora it follows, and what was asked for.

Events reach every member, so what lacks of those about corpora, and of forked chains, is wanted in
any case; objects come by rule. In this order: the texts of followed corpora, which are what answers
questions, then their sources, each with the chunks of what is large, the corpora in turn, and by
turns with all these what a person asked for; then what is damaged here, but only where it may be
served, so that nobody learns from a want what is held for another community's sake. At home all of
the person's own corpora count as followed, and everything damaged is wanted.

Large corpora do not overrun the budget: what would not fit any more is not wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from hearth.corpora import naming
from hearth.corpora.opening import Opener
from hearth.store import budget, database, queries, servable, wishes
from hearth.store.errors import LockedError, NoSpaceError
from hearth.sync.messages import What
from hearth.taking_turns import by_turns, in_turn

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Catalogue, Document
    from hearth.corpora.judging import Members
    from hearth.home import Home

_PAGE: Final = 1000
_MANIFEST: Final = 4096
_SINGLE: Final = 1 << 20  # what is larger lies behind a manifest

_Item = tuple[bytes, int]
"""An object, and how many bytes it may have: known of chunks, guessed of others."""


class Wanting:
    """`wants` is what `StoreReplica` asks. Keeps what it has found, for the life of a session."""

    def __init__(self, home: Home, catalogue: Catalogue, members: Members | None = None) -> None:
        self._home = home
        self._store = home.store
        self._catalogue = catalogue
        self._members = members
        self._opener = Opener(home)
        self._stand = b""
        self._open: dict[bytes, list[_Item]] = {}

    def wants(self, community: bytes) -> Iterator[tuple[What, bytes]]:
        """What is wanted of members of a community, the most urgent first.

        Brings the catalogue up to date: what arrived in this session is wanted in this session.
        """
        try:
            with database.translated(), suppress(LockedError):  # another process is at it
                self._catalogue.update(
                    self._store, self._home.community, self._members, self._opener
                )
        except NoSpaceError:  # nothing more would fit; what is here is given all the same
            return
        with database.translated():
            for id in self._catalogue.awaited(community):
                yield What.PAYLOAD, id
            for id in queries.bare_branches(self._store.connection, community):
                yield What.PAYLOAD, id
            room = self._room()
            for id, size in by_turns(self._followed(community), self._asked(community)):
                room -= size
                if room < 0:
                    break
                yield What.OBJECT, id
            for id in self._damaged(community):
                yield What.OBJECT, id

    def _room(self) -> float:
        if self._store.budget is None:
            return float("inf")
        return self._store.budget - budget.usage(self._store).total

    def _followed(self, community: bytes) -> Iterator[_Item]:
        """What lacks of the corpora held here, texts first; looked for page by page, as needed."""
        local = naming.Local(self._store.connection, self._home.community)
        held = naming.held(self._catalogue, local)
        stand = naming.stand(self._catalogue, held)
        if stand != self._stand:
            self._stand, self._open = stand, {}
        if community not in self._open:
            named = (
                document
                for each in held
                if each.corpus.community == community
                for document in self._catalogue.documents(each.corpus.id)
            )
            documents = in_turn(named, lambda document: document.corpus)
            sizes = {document.text: _size(document) for document in documents}
            for document in documents:
                sizes.setdefault(document.source, _size(document))
            self._open[community] = list(sizes.items())
        items, at = self._open[community], 0
        while at < len(items):
            lacking, left = self._narrow(community, items[at : at + _PAGE])
            items[at : at + _PAGE] = left
            at += len(left)
            yield from lacking

    def _asked(self, community: bytes) -> list[_Item]:
        asked = wishes.asked(self._store.connection, community)
        return self._narrow(community, [(id, _MANIFEST) for id in asked])[0]

    def _damaged(self, community: bytes) -> Iterator[bytes]:
        for id in self._store.wanted():
            if community == self._home.community or servable.allowed(
                self._store.connection, community, id
            ):
                yield id

    def _narrow(self, community: bytes, items: list[_Item]) -> tuple[list[_Item], list[_Item]]:
        """What of these objects and their chunks lacks; and which of them are not complete."""
        lacking, left = [], []
        missing = self._missing(community, (id for id, _ in items))
        large = servable.manifests(self._store.connection, (id for id, _ in items))
        for item in dict(items).items():
            if item[0] in missing:
                lacking.append(item)
                left.append(item)
            elif item[0] in large:
                chunks = servable.chunks(self._store, item[0])
                absent = self._missing(community, (id for id, _ in chunks))
                if absent:
                    lacking += [each for each in chunks if each[0] in absent]
                    left.append(item)
        return lacking, left

    def _missing(self, community: bytes, ids: Iterable[bytes]) -> set[bytes]:
        connection = self._store.connection
        if community != self._home.community:
            return set(servable.missing(connection, community, ids))
        wanted = set(ids)
        return wanted - servable.held(connection, wanted)


def serves(home: Home, community: bytes) -> Callable[[bytes], bool]:
    """Which objects a member of a community may be served there: for a `Grant`.

    At home, whose members are the person's own devices, everything that is here.
    """
    store = home.store
    if community == home.community:
        return store.has
    return lambda id: servable.allowed(store.connection, community, id)


def _size(document: Document) -> int:
    """How much room the first object of a document's source or text may need; what is sealed is
    padded by an eighth at most."""
    size = document.size if document.keys is None else document.size * 9 // 8 + 1024
    return size if size <= _SINGLE else _MANIFEST
