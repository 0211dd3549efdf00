"""Sharing a corpus with a community, following it there, and what never travels."""

from __future__ import annotations

from pathlib import Path

import pytest
from blake3 import blake3
from neighbours_kit import NOW, Neighbour, two

from hearth.corpora.records import CorpusRecord, DocumentRecord
from hearth.corpora.sharing import NotAMemberError
from hearth.kinds import CORPUS, DOCUMENT, SHARE
from hearth.store import manifest
from hearth.store.errors import NotFoundError
from hearth.store.header import Lane
from hearth.sync.messages import Reason, What

WATER = {
    "boil.md": "# Boiling\n\nKeep flood water at a rolling boil for a minute.\n",
    "filter.md": "# Filtering\n\nA cloth filter takes out the sediment.\n",
    "store.md": "# Storing\n\nStore it in a clean jerrycan.\n",
}
DIARY = {"diary.md": "# Diary\n\nThe xyzzyplugh is hidden under the stairs.\n"}


def test_what_is_shared_arrives_where_it_is_followed_and_nothing_else(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.add("diary", DIARY)
    ada.share("water", street)
    bob.sync(ada)
    assert bob.seen(street) == {"water": sorted(WATER)}
    assert bob.search("jerrycan") == []
    assert bob.home.store.connection.execute("SELECT count(*) FROM objects").get == 0
    bob.follow(street, "water")
    bob.sync(ada)
    assert bob.search("jerrycan") == ["Storing"]
    assert all(
        bob.home.store.has_file(id)
        for each in bob.catalogue.documents()
        for id in (each.text, each.source)
    )
    mine = ada.library.find("diary")
    for secret in (b"xyzzyplugh", b"diary", mine.id, *ids_of(ada, "diary")):
        assert secret in ada.everything()
        assert secret not in bob.everything()


def ids_of(who: Neighbour, corpus: str) -> list[bytes]:
    library = who.library
    return [
        id
        for each in library.catalogue.documents(library.find(corpus).id)
        for id in (each.text, each.source)
    ]
