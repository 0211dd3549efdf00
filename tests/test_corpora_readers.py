"""Sharing a corpus with some members of a community, and what the others learn of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from readers_kit import Neighbour, street

from hearth.corpora.index import Index

CLINIC = {
    "insulin.md": "# Keeping insulin\n\nIn a clay pot the quibblewort stays below 25 degrees.\n",
    "list.txt": "The zanzibargoose dose for Mrs Perkins is eleven.\n",
}
SECRETS = ["quibblewort", "zanzibargoose", "insulin", "Perkins", "clinicnotes"]


def all_of(neighbour: Neighbour) -> bytes:
    return neighbour.everything()


def test_a_reader_reads_and_nobody_else(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = street(tmp_path, "ada", "bob", "cyd")
    ada.add("clinicnotes", CLINIC)
    done = ada.share("clinicnotes", mill, [bob])
    assert (done.added, done.lacking) == (2, 0)
    for each in (bob, cyd):
        each.sync(ada)
    assert bob.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    assert cyd.seen(mill) == {}
    bob.follow(mill, "clinicnotes")
    bob.sync(ada)
    assert bob.search("quibblewort") == ["Keeping insulin"]
    assert cyd.search("quibblewort") == []
