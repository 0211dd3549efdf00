"""Corpora and documents as data and in a few words: whose they are, and who can read them."""

from __future__ import annotations

import base64
from typing import Any

from hearth.commands.context import Session
from hearth.commands.corpora import Shelf
from hearth.commands.sharing import ruled, whom_json
from hearth.corpora.catalogue import Document
from hearth.corpora.naming import Local, Named, Place

PRIVATE = "private: only your own devices can read it"


def name_fields(path: bytes) -> dict[str, Any]:
    """A name for JSON: lossy where it is not UTF-8, and then in base64 too."""
    try:
        return {"name": path.decode("utf-8")}
    except UnicodeDecodeError:
        lossy = path.decode("utf-8", "replace")
        return {"name": lossy, "name_base64": base64.b64encode(path).decode("ascii")}


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
