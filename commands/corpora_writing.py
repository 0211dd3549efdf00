"""Which corpora may be changed here, and bringing level what is shared of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from hearth.commands.context import Session
from hearth.store.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.commands.corpora import Shelf
    from hearth.corpora.catalogue import Document
    from hearth.corpora.naming import Named
    from hearth.corpora.writing import Desk
    from hearth.store.batch import Transaction


def one_corpus(pairs: Sequence[tuple[Named, Document]]) -> None:
    """Refuse to act on documents of several corpora at once, unless they were named."""
    names = sorted({named.label for named, _ in pairs})
    if len(names) > 1:
        raise UsageError(
            f"that means documents of {len(names)} corpora",
            *(f"hearth rm --corpus {quote(name)} …" for name in names[:5]),
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
            f"hearth add --corpus {quote(named.corpus.name)} adds to both",
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
                    f"hearth rm --corpus {quote(named.corpus.name)} … takes documents out of both",
                )


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
