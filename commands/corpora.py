"""What the verbs about corpora share: opening them, and choosing documents."""

from __future__ import annotations

import fnmatch
import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hearth.commands.context import Session, can_write, open_home
from hearth.community.commons import Commons
from hearth.corpora.cache import translated
from hearth.corpora.catalogue import Catalogue, Document
from hearth.corpora.index import Index
from hearth.corpora.library import Library
from hearth.corpora.naming import Local, Named, find, named
from hearth.corpora.opening import Opener
from hearth.store.errors import NotFoundError

if TYPE_CHECKING:
    from hearth.home import Home


class Shelf:
    """A hearth's corpora, opened: the library and the index, on one cache.db."""

    __slots__ = ("index", "library")

    def __init__(self, library: Library, index: Index) -> None:
        self.library = library
        self.index = index

    def update(self, session: Session) -> int:
        """Bring the index up to date, with progress; how many documents could not be read."""
        with translated(), session.terminal.progress("indexing", unit="documents") as progress:
            return self.index.update(self.library.home, progress.of)

    def corpora(self) -> list[Named]:
        """Every corpus of home and of the communities here: at home, followed, then the others."""
        home = self.library.home
        return named(self.library.catalogue, Local(home.store.connection, home.community))

    def find(self, name: str) -> Named:
        """The corpus called so here; raises `NotFoundError`."""
        return find(self.corpora(), name)

    def community(self, id: bytes) -> str:
        """What a community is called, for people; also one that was left."""
        home = self.library.home
        names = {each.id: each.name for each in Commons(home).all()}
        return "home" if id == home.community else names.get(id, id.hex()[:8])


@contextmanager
def opened(
    session: Session, *, read_only: bool = False, makes_room: bool = False
) -> Iterator[Shelf]:
    """Open the hearth's corpora; the catalogue is up to date, the index when `update` is called.

    With `read_only` a hearth on media that cannot be written is read all the same: with the
    cache that is there, as it is, or else with one in memory. What `makes_room` may use up the
    store's reserve on a full disk.
    """
    read_only = read_only and not can_write(session)
    with (
        open_home(session, read_only) as home,
        translated(),
        Index.open(home.cache_path, read_only=read_only) as index,
    ):
        catalogue = Catalogue(index.connection, writable=index.writable)
        if index.writable:
            if makes_room:
                home.store.with_reserve(lambda: _update(catalogue, home))
            else:
                _update(catalogue, home)
        yield Shelf(Library(home, catalogue), index)


def _update(catalogue: Catalogue, home: Home) -> None:
    with translated():
        catalogue.update(home.store, home.community, opener=Opener(home))


def choose(
    shelf: Shelf, among: Sequence[Named], names: Sequence[bytes]
) -> tuple[list[tuple[Named, Document]], list[bytes]]:
    """Return the documents of some corpora that `names` mean, with the names that mean none.

    A name is a document's, a folder's (all below it), a pattern with `*`, `?` or `[…]`, or the
    first eight or more digits of a document's id. No names mean every document.
    """
    catalogue = shelf.library.catalogue
    pairs = [(each, document) for each in among for document in catalogue.documents(each.corpus.id)]
    if not names:
        return pairs, []
    missing = [name for name in names if not any(_means(name, pair[1]) for pair in pairs)]
    found = [pair for pair in pairs if any(_means(name, pair[1]) for name in names)]
    return found, missing


def _means(name: bytes, document: Document) -> bool:
    name = name.rstrip(b"/")
    path = document.path
    if path == name or path.startswith(name + b"/"):
        return True
    if any(sign in name for sign in b"*?["):
        return fnmatch.fnmatchcase(path, name)
    return len(name) >= 8 and document.id.hex().encode().startswith(name.lower())


def not_found(session: Session, shelf: Shelf, missing: Sequence[bytes]) -> NotFoundError:
    """The error for names that mean no document, with those that may have been meant."""

    def quoted(name: bytes) -> str:
        return f'"{session.terminal.clean(os.fsdecode(name))}"'

    ends = tuple(b"/" + name.strip(b"/") for name in missing)
    hints = [
        f'"{each.label}" is a corpus: {_with_corpus(each)}'
        for each in shelf.corpora()
        if os.fsencode(each.label) in missing
    ]
    hints += [
        f'did you mean {quoted(document.path)} of corpus "{session.terminal.clean(each.label)}"?'
        for each in shelf.corpora()
        for document in shelf.library.catalogue.documents(each.corpus.id)
        if (b"/" + document.path).endswith(ends)
    ]
    if not hints:
        hints.append("hearth ls lists them")
        if any(not each.held for each in shelf.corpora()):
            hints.append("hearth ls --corpus NAME lists those of a corpus that is not followed")
    return NotFoundError(f"no document {', '.join(map(quoted, missing[:5]))}", *hints[:3])


def _with_corpus(named: Named) -> str:
    """What to type for a corpus that was taken for a document."""
    verb = "ls --corpus" if named.held else "follow"
    return f"hearth {verb} {shlex.quote(named.label)}"
