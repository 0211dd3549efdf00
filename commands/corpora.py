"""What the verbs about corpora share: opening, choosing documents, and how they are shown."""

from __future__ import annotations

import base64
import fnmatch
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session, can_write, open_home
from hearth.store.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Catalogue, Corpus, Document
    from hearth.corpora.index import Index
    from hearth.corpora.library import Library
    from hearth.home import Home

PRIVATE = "private: only your own devices can read it"


class Shelf:
    """A hearth's corpora, opened: the library and the index, on one cache.db."""

    __slots__ = ("index", "library")

    def __init__(self, library: Library, index: Index) -> None:
        self.library = library
        self.index = index

    def update(self, session: Session) -> int:
        """Bring the index up to date, with progress; how many documents could not be read."""
        from hearth.corpora.cache import translated

        with translated(), session.terminal.progress("indexing", unit="documents") as progress:

            def show(done: int, total: int) -> None:
                progress.total = total
                progress.update(done)

            return self.index.update(self.library.home, show)


@contextmanager
def opened(
    session: Session, *, read_only: bool = False, makes_room: bool = False
) -> Iterator[Shelf]:
    """Open the hearth's corpora; the catalogue is up to date, the index when `update` is called.

    With `read_only` a hearth on media that cannot be written is read all the same: with the
    cache that is there, as it is, or else with one in memory. What `makes_room` may use up the
    store's reserve on a full disk.
    """
    from hearth.corpora.cache import translated
    from hearth.corpora.catalogue import Catalogue
    from hearth.corpora.index import Index
    from hearth.corpora.library import Library

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
                catalogue.update(home.store, home.community)
        yield Shelf(Library(home, catalogue), index)


def _update(catalogue: Catalogue, home: Home) -> None:
    from hearth.corpora.cache import translated

    with translated():
        catalogue.update(home.store, home.community)


def choose(
    library: Library, corpora: Sequence[str], names: Sequence[bytes]
) -> tuple[list[tuple[Corpus, Document]], list[bytes]]:
    """Return the documents that `names` mean, with the names that mean none.

    A name is a document's, a folder's (all below it), a pattern with `*`, `?` or `[…]`, or the
    first eight or more digits of a document's id. No names mean every document.
    """
    for name in corpora:
        library.find(name)
    chosen = [each for each in library.catalogue.corpora() if not corpora or each.name in corpora]
    pairs = [
        (each, document) for each in chosen for document in library.catalogue.documents(each.id)
    ]
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
    return len(name) >= 8 and document.text.hex().encode().startswith(name.lower())


def one_corpus(pairs: Sequence[tuple[Corpus, Document]]) -> None:
    """Refuse to act on documents of several corpora at once, unless they were named."""
    names = sorted({corpus.name for corpus, _ in pairs})
    if len(names) > 1:
        raise UsageError(
            f"that means documents of {len(names)} corpora",
            *(f"hearth rm --corpus {name} …" for name in names[:5]),
        )


def not_found(session: Session, missing: Sequence[bytes]) -> NotFoundError:
    """The error for names that mean no document."""
    shown = ", ".join(f'"{session.terminal.clean(os.fsdecode(name))}"' for name in missing[:5])
    return NotFoundError(f"no document {shown}", "hearth ls lists them")


def name_fields(path: bytes, key: str = "name") -> dict[str, Any]:
    """A name for JSON: lossy where it is not UTF-8, and then in base64 too."""
    try:
        return {key: path.decode("utf-8")}
    except UnicodeDecodeError:
        lossy = path.decode("utf-8", "replace")
        return {key: lossy, f"{key}_base64": base64.b64encode(path).decode("ascii")}


def document_json(corpus: Corpus, document: Document) -> dict[str, Any]:
    """A document as data."""
    return {
        **name_fields(document.path),
        "corpus": corpus.name,
        "title": document.title,
        "document": document.text.hex(),
        "source": document.source.hex(),
        "media": document.media,
        "size": document.size,
        "pages": document.pages,
        "added": document.added,
    }


def corpus_json(corpus: Corpus, documents: int, passages: int) -> dict[str, Any]:
    """A corpus as data."""
    return {
        "name": corpus.name,
        "id": corpus.id.hex(),
        "licence": corpus.licence,
        "audience": "private",
        "documents": documents,
        "passages": passages,
    }
