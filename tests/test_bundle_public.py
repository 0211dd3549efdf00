"""Open bundles: corpora for anybody, written by one hearth and taken in by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from audience_kit import Neighbour
from bundle_kit import parts
from mesh_kit import Clock

from hearth.bundles import front, opening, public
from hearth.bundles.public import Brought, Page
from hearth.corpora.adding import Adder
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.index import Index
from hearth.corpora.library import Library
from hearth.store import cbor
from hearth.store.errors import NotFoundError
from hearth.sync.bundle import BundleError, Type


@contextmanager
def library(who: Neighbour) -> Iterator[Library]:
    with Index.open(who.home.cache_path) as index:
        found = Library(who.home, Catalogue(index.connection, writable=index.writable))
        found.update()
        yield found


def written(who: Neighbour, texts: list[str]) -> bytes:
    """An open bundle with a corpus of these documents."""
    folder = who.path.parent / "texts"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.txt").write_text(text)
    with library(who) as shelf:
        adder = Adder(shelf, "wells", licence="CC0-1.0", now=who.clock())
        adder.add([str(folder).encode()], lambda size, path: None)
        shelf.update()
        return b"".join(public.pieces(who.node, shelf, [shelf.find("wells")]))


def taken(who: Neighbour, data: bytes) -> list[Brought]:
    with library(who) as shelf:
        seen, found = opening.look(who.node, lambda: iter([data]))
        return public.take(who.node, shelf, seen, found)


def test_objects_are_listed_some_at_a_time_as_no_record_holds_any_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bo = (Neighbour(tmp_path, name, Clock()) for name in ("ada", "bo"))
    monkeypatch.setattr(front, "LISTED", 2)
    data = written(ada, ["by the mill", "behind the school", "in the yard"])
    header, records = parts(data)
    listed = [body for type, body in records if type is Type.LIST]
    assert len(listed) > 1
    found = [each for body in listed for each in front.listed_objects(body)]
    assert [len(ada.home.store.get(id)) for id, _ in found] == [length for _, length in found]
    assert (header.objects, header.size) == (len(found), sum(length for _, length in found))
    [brought] = taken(bo, data)
    assert (brought.added, brought.same, brought.lacking) == (3, 0, 0)
    [brought] = taken(bo, data)
    assert (brought.added, brought.same, brought.lacking) == (0, 3, 0)


def test_what_is_known_to_be_damaged_is_told_before_anything_is_written(tmp_path: Path) -> None:
    ada = Neighbour(tmp_path, "ada", Clock())
    written(ada, ["by the mill", "behind the school"])
    with library(ada) as shelf:
        wells = shelf.find("wells")
        [document, _] = shelf.catalogue.documents(wells.id)
        row = (document.source, 1, "here")
        ada.home.store.connection.execute("INSERT INTO damaged VALUES (?, ?, ?)", row)
        with pytest.raises(NotFoundError, match="not all documents"):
            next(public.pieces(ada.node, shelf, [wells]))


def test_a_page_of_documents_is_read_strictly() -> None:
    page = Page(bytes(32), "wells", "CC0-1.0", ())
    assert Page.decode(page.encode()) == page
    for hostile in (
        [True, bytes(32), "wells", "CC0-1.0", []],
        [2, bytes(32), "wells", "CC0-1.0", []],
        [1, bytes(31), "wells", "CC0-1.0", []],
        [1, bytes(33), "wells", "CC0-1.0", []],
        [1, bytes(32), "wells", "a\nb", []],
        [1, bytes(32), "a/b", "CC0-1.0", []],
        [1, bytes(32), "wells", "CC0-1.0", [b"no document"]],
        [1, bytes(32), "wells", "CC0-1.0"],
    ):
        with pytest.raises(BundleError, match="bad page"):
            Page.decode(cbor.encode(hostile))
