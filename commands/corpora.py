"""What the verbs about corpora share: opening, choosing documents, and how they are shown."""

from __future__ import annotations

import base64
import fnmatch
import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.commands.context import Session, can_write, open_home
from hearth.store.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Catalogue, Document
    from hearth.corpora.index import Index
    from hearth.corpora.library import Library
    from hearth.corpora.naming import Named
    from hearth.corpora.writing import Desk
    from hearth.home import Home
    from hearth.store.batch import Transaction

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
            return self.index.update(self.library.home, progress.of)

    def corpora(self) -> list[Named]:
        """Every corpus of home and of the communities here: at home, followed, then the others."""
        from hearth.corpora.naming import Local, named

        home = self.library.home
        return named(self.library.catalogue, Local(home.store.connection, home.community))

    def find(self, name: str) -> Named:
        """The corpus called so here; raises `NotFoundError`."""
        from hearth.corpora.naming import find

        return find(self.corpora(), name)

    def community(self, id: bytes) -> str:
        """What a community is called, for people; also one that was left."""
        from hearth.community.commons import Commons

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
                _update(catalogue, home)
        yield Shelf(Library(home, catalogue), index)


def _update(catalogue: Catalogue, home: Home) -> None:
    from hearth.corpora.cache import translated
    from hearth.corpora.opening import Opener

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


def one_corpus(pairs: Sequence[tuple[Named, Document]]) -> None:
    """Refuse to act on documents of several corpora at once, unless they were named."""
    names = sorted({named.label for named, _ in pairs})
    if len(names) > 1:
        raise UsageError(
            f"that means documents of {len(names)} corpora",
            *(f"hearth rm --corpus {name} …" for name in names[:5]),
        )


def own(named: Named) -> Named:
    """Refuse what others state: this is for corpora of home."""
    from hearth.corpora.naming import Place

    if named.place is not Place.HOME:
        raise UsageError(
            f'corpus "{named.label}" is of the community "{named.community}"',
            "hearth unfollow drops one that is followed",
        )
    return named


class Foreign(NamedTuple):
    """A corpus of a community that is to be changed here. `audience`: who can read it."""

    named: Named
    library: Desk
    audience: str


def desk(session: Session, shelf: Shelf, name: str) -> Foreign | None:
    """The corpus of a community that is called so, to be written to; None where the name is, or
    could become, that of one's own.

    Raises NotAWriterError; `NotFoundError` for NAME@COMMUNITY where there is none that may be read
    here; UsageError for what one shares oneself: that is kept level with home.
    """
    from hearth.community.commons import Commons
    from hearth.corpora.naming import Place

    catalogue, home = shelf.library.catalogue, shelf.library.home
    if catalogue.corpus(name, home.community) is not None:
        return None
    try:
        named = shelf.find(name)
    except NotFoundError:
        place = name.rpartition("@")[2].partition("/")[0]
        if any(each.name == place for each in Commons(home).joined()):
            raise
        return None
    if named.place is Place.HOME:
        return None
    found = writable(shelf, named)
    if found.library.made:
        raise UsageError(
            f'corpus "{named.label}" is kept level with your own "{named.corpus.name}"',
            f"hearth add --corpus {named.corpus.name} adds to both",
        )
    return found


def writable(shelf: Shelf, named: Named) -> Foreign:
    """A corpus of a community, to be written to. Raises NotAWriterError."""
    from hearth.community.commons import Commons
    from hearth.corpora.writing import Desk

    home = shelf.library.home
    library = Desk(home, shelf.library.catalogue, named.corpus, Commons(home))
    some = "some of " if named.corpus.circle is not None else ""
    return Foreign(named, library, f"{some}{named.community}")


def remover(
    session: Session, shelf: Shelf, pairs: Sequence[tuple[Named, Document]]
) -> Callable[[Transaction], None]:
    """What takes documents out of their corpora, of home or of communities.

    Raises NotAWriterError, and UsageError for what this person shares and has at home.
    """
    from hearth.corpora.naming import Place

    by_corpus: dict[bytes, tuple[Named, list[Document]]] = {}
    for named, document in pairs:
        by_corpus.setdefault(named.corpus.id, (named, []))[1].append(document)
    homes: list[Document] = []
    desks: list[tuple[Desk, list[Document]]] = []
    for named, documents in by_corpus.values():
        if named.place is Place.HOME:
            homes += documents
            continue
        library = writable(shelf, named).library
        if library.made:
            _not_level(shelf, named, documents)
        desks.append((library, documents))

    def take_out(tx: Transaction) -> None:
        shelf.library.remove_documents(tx, homes, session.now)
        for library, documents in desks:
            library.take_out(tx, documents, session.now)

    return take_out


def _not_level(shelf: Shelf, named: Named, documents: Sequence[Document]) -> None:
    """Refuse to take out of a copy what would be put back from home."""
    catalogue = shelf.library.catalogue
    for share in catalogue.shares():
        if share.shared == named.corpus.id:
            at_home = {each.path for each in catalogue.documents(share.corpus)}
            if any(each.path in at_home for each in documents):
                raise UsageError(
                    f'"{named.label}" is kept level with your own "{named.corpus.name}"',
                    f"hearth rm --corpus {named.corpus.name} … takes documents out of both",
                )


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


def name_fields(path: bytes, key: str = "name") -> dict[str, Any]:
    """A name for JSON: lossy where it is not UTF-8, and then in base64 too."""
    try:
        return {key: path.decode("utf-8")}
    except UnicodeDecodeError:
        lossy = path.decode("utf-8", "replace")
        return {key: lossy, f"{key}_base64": base64.b64encode(path).decode("ascii")}


def document_json(named: Named, document: Document) -> dict[str, Any]:
    """A document as data."""
    return {
        **name_fields(document.path),
        "corpus": named.label,
        "title": document.title,
        "document": document.id.hex(),
        "source": document.source_id.hex(),
        "media": document.media,
        "size": document.size,
        "pages": document.pages,
        "added": document.added,
        "corpus_id": named.corpus.id.hex(),
        "community": named.corpus.community.hex(),
        "held": named.held,
    }


def corpus_json(shelf: Shelf, named: Named, documents: int, passages: int) -> dict[str, Any]:
    """A corpus as data. `held`: of home, or followed. `readers` null: its audience says it."""
    from hearth.commands.sharing import ruled, whom_json
    from hearth.corpora.naming import Place

    shared = shared_in(shelf, named)
    rules = ruled(shelf, named)
    open = [circle is None for _, circle, _, _ in rules]
    audience = "community" if named.place is not Place.HOME or shared else "private"
    if rules and not any(open):
        audience = "readers"
    return {
        "name": named.label,
        "id": named.corpus.id.hex(),
        "licence": named.corpus.licence,
        "audience": audience,
        "documents": documents,
        "passages": passages,
        "community": named.corpus.community.hex(),
        "place": named.place.name.lower(),
        "held": named.held,
        "shared_in": [id.hex() for id in shared],
        "rules": [
            {
                "community": community.hex(),
                "readers": None if circle is None else whom_json(readers),
                "writers": whom_json(writers),
            }
            for community, circle, readers, writers in rules
        ],
    }


def shared_in(shelf: Shelf, named: Named) -> list[bytes]:
    """The communities in which a corpus of home is shared."""
    found = (
        each.community
        for each in shelf.library.catalogue.shares()
        if each.corpus == named.corpus.id and not each.stopped
    )
    return list(dict.fromkeys(found))


def shared_with(shelf: Shelf, named: Named) -> list[str]:
    """What the communities are called in which a corpus of home is shared, but those left; with
    "some of" before those where not all may read."""
    from hearth.corpora.naming import Local

    home = shelf.library.home
    joined = Local(home.store.connection, home.community).communities
    some = {
        each.community
        for each in shelf.library.catalogue.shares()
        if each.corpus == named.corpus.id and not each.stopped and each.circle is not None
    }
    return [
        f"{'some of ' if id in some else ''}{shelf.community(id)}"
        for id in shared_in(shelf, named)
        if id in joined
    ]


def audience(session: Session, shelf: Shelf, named: Named) -> str:
    """Who can read a corpus, in a word or two."""
    from hearth.corpora.naming import Place

    clean = session.terminal.clean
    some = "some of " if named.corpus.circle is not None else ""
    if named.place is Place.FOLLOWED:
        return f"{some}{clean(named.community)}, followed"
    if named.place is Place.ELSEWHERE:
        return f"{some}{clean(named.community)}, not followed"
    shared = shared_with(shelf, named)
    if shared:
        return f"shared with {clean(', '.join(shared))}"
    left = [clean(shelf.community(id)) for id in shared_in(shelf, named)]
    return f"private, once shared with {', '.join(left)}" if left else "private"


def level_shares(session: Session, shelf: Shelf) -> None:
    """Bring what is shared level with home, and say what was done. Nothing is shared: no cost."""
    from hearth.corpora.sharing import Sharing
    from hearth.models import offering

    offering.heal(shelf.library.home, shelf.library.catalogue)
    if not shelf.library.catalogue.shares():
        return
    for done in Sharing(shelf.library, session.now).republish():
        where = session.terminal.clean(shelf.community(done.share.community))
        if done.shut:
            session.terminal.warn(
                f"what is shared with some of {where} is not level: no reader can be sealed to yet",
                "hearth sync with somebody there, first",
            )
        elif done.member:
            if done.unreadable:
                said = f"documents that cannot be sealed for {where}: {done.unreadable:,}"
                session.terminal.warn(said, "hearth fsck names what is damaged")
            if done.handed:
                session.terminal.note(f"new devices of readers in {where}: {done.handed}")
            counts = (("new", done.added), ("changed", done.changed), ("removed", done.removed))
            said = ", ".join(f"{count:,} {what}" for what, count in counts if count)
            if said:
                session.terminal.note(f"shared with {where}: {said}")
        elif not done.share.stopped:
            session.terminal.warn(
                f"nothing is shared with {where} any more: this device is no member there",
                "hearth corpus share --stop NAME gives it up for good",
            )
    shelf.library.seal()
