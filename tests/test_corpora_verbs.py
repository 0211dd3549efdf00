"""The verbs about corpora of a community: the real program, on two hearths that meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import Hearth, Run
from sharing_kit import Neighbour, two

from hearth.store import servable
from hearth.store.database import rows

QUICK = True
WATER = {
    "boil.md": "# Boiling\n\nKeep flood water at a rolling boil for a minute.\n",
    "store.md": "# Storing\n\nStore it in a clean jerrycan.\n",
}
Program = Callable[..., Run]


class Street:
    """Ada and Bob, and the program run on either hearth."""

    def __init__(self, folder: Path, hearth: Hearth) -> None:
        self.ada, self.bob, self.id = two(folder)
        self.ada.add("water", WATER)
        self._hearth = hearth

    def run(self, who: Neighbour, *argv: str | Path) -> Run:
        return self._hearth("--hearth", who.path, *argv)

    def data(self, who: Neighbour, *argv: str | Path) -> Any:
        run = self.run(who, *argv, "--json")
        assert run.code == 0, run.err
        return json.loads(run.out)

    def meet(self) -> None:
        self.ada.reopen()
        self.bob.reopen()
        self.bob.sync(self.ada)


@pytest.fixture
def street(tmp_path: Path, hearth: Hearth) -> Street:
    return Street(tmp_path, hearth)


def test_a_text_of_which_chunks_are_missing_is_to_come(street: Street) -> None:
    ada, bob = street.ada, street.bob
    ada.add("plans", {"plan.md": "".join(f"Step {n} of the plan.\n" for n in range(80_000))})
    street.run(ada, "corpus", "share", "plans", "--community", "Elm Street")
    street.meet()
    street.run(bob, "follow", "plans")
    ada.reopen()
    bob.reopen()
    store = ada.home.store
    manifests = [id for (id,) in rows(store.connection, "SELECT id FROM objects WHERE manifest")]
    with bob.home.store.batch() as batch:
        for id in manifests:
            batch.put(store.get(id))
        with batch.transaction():
            pass
    assert len(manifests) == len(servable.manifests(bob.home.store.connection, manifests)) > 0
    assert street.data(bob, "status")["to_come"] == 1
    street.meet()
    assert street.data(bob, "search", "plan")["hits"]
    assert street.data(bob, "status")["to_come"] == 0


def test_from_sharing_to_searching(street: Street) -> None:
    ada, bob = street.ada, street.bob
    run = street.run(ada, "corpus", "share", "water", "--community", "Elm Street")
    assert (run.code, run.out) == (0, 'shared "water" with Elm Street: 2 documents\n')
    assert "shared with Elm Street" in street.run(ada, "corpus").out
    assert street.data(ada, "corpus", "show", "water")["shared_in"] == [street.id.hex()]
    street.meet()
    run = street.run(bob, "ls")
    assert (run.code, run.out) == (0, "")
    assert run.err == 'not followed: "water" of Elm Street, 2 documents\n'
    assert "Elm Street, not followed" in street.run(bob, "corpus").out
    assert street.data(bob, "fsck")["missing"] == []  # what nobody fetched is not damage
    assert street.run(bob, "ls", "--corpus", "water").out == "boil.md\nstore.md\n"
    assert street.run(bob, "completions", "--values", "elsewhere").out == "water\n"
    run = street.run(bob, "follow", "water")
    expected = 'this hearth now follows "water" of Elm Street: 2 documents, 0 here\n'
    assert (run.code, run.out) == (0, expected)
    assert "next: hearth sync" in run.err
    assert "waiting    2 documents to be fetched: hearth sync" in street.run(bob, "status").out
    assert street.data(bob, "status")["to_come"] == 2
    street.meet()
    run = street.run(bob, "follow", "water")
    assert run.err == ""
    assert street.data(bob, "status")["to_come"] == 0
    assert run.out == 'this hearth follows "water" of Elm Street: 2 documents, 2 here\n'
    hits = street.data(bob, "search", "jerrycan")["hits"]
    assert hits[0]["corpus"] == "water"
    assert hits[0]["community"] == street.id.hex()
    assert hits[0]["corpus_id"] == bob.corpus(street.id, "water").id.hex()
    answer = street.run(bob, "ask", "--corpus", "water", "how long must flood water boil?")
    assert "Keep flood water at a rolling boil for a minute. [1]" in answer.out
    assert street.run(bob, "ls").out == "boil.md\nstore.md\n"
    assert "1 corpus (2 documents)" in street.run(bob, "status").out
    run = street.run(bob, "unfollow", "water")
    assert (run.code, run.out) == (0, 'this hearth follows "water" no more\n')
    assert street.run(bob, "search", "jerrycan", "--corpus", "water").code == 4
    assert street.data(bob, "unfollow", "water")["changed"] is False


def test_what_home_does_the_copy_does(street: Street, tmp_path: Path) -> None:
    ada, bob = street.ada, street.bob
    street.run(ada, "corpus", "share", "water")
    new = tmp_path / "filter.md"
    new.write_text("# Filter\n\nA cloth takes out the sediment.\n")
    run = street.run(ada, "add", new, "--corpus", "water")
    assert run.out.splitlines()[-1] == "shared with Elm Street"
    assert "shared with Elm Street: 1 new" in run.err
    run = street.run(ada, "rm", "boil.md")
    assert "shared with Elm Street: 1 removed" in run.err
    street.meet()
    assert bob.seen(street.id) == {"water": ["filter.md", "store.md"]}
    run = street.run(ada, "corpus", "share", "water", "--stop")
    assert (run.code, run.out) == (0, 'shared no more: "water" with Elm Street\n')
    street.meet()
    assert bob.seen(street.id) == {}
    assert street.run(ada, "ls").out == "filter.md\nstore.md\n"
    street.run(ada, "corpus", "share", "water")
    run = street.run(ada, "corpus", "remove", "water")
    assert run.code == 0
    street.meet()
    assert bob.seen(street.id) == {}


def test_what_others_state_cannot_be_changed_here(street: Street) -> None:
    street.run(street.ada, "corpus", "share", "water")
    street.meet()
    street.run(street.bob, "follow", "water")
    for argv in (
        ("rm", "boil.md", "--corpus", "water"),
        ("corpus", "remove", "water"),
        ("corpus", "share", "water"),
    ):
        run = street.run(street.bob, *argv)
        assert run.code == 2
        assert 'corpus "water" is of the community "Elm Street"' in run.err
    assert street.run(street.bob, "rm", "boil.md").code == 4
    assert street.bob.seen(street.id) == {"water": ["boil.md", "store.md"]}


def test_one_document_is_asked_for(street: Street) -> None:
    ada, bob = street.ada, street.bob
    street.run(ada, "corpus", "share", "water")
    street.meet()
    run = street.run(bob, "get", "store.md")
    assert (run.code, run.out) == (0, "asked for store.md (water)\n")
    assert "next: hearth sync" in run.err
    assert street.data(bob, "status")["asked"] == 1
    street.meet()
    assert street.data(bob, "status")["asked"] == 0
    run = street.run(bob, "get", "store.md")
    assert run.out == "here already: store.md (water)\n"
    said = run.err.split()  # how to read it
    assert street.run(bob, *said[1:3]).out == WATER["store.md"]
    [document] = street.data(bob, "ls", "store.md", "--corpus", "water")["documents"]
    assert document["held"] is False
    text = street.run(bob, "cat-object", document["document"]).out
    assert text == WATER["store.md"]
    assert street.run(bob, "cat-object", street.data(bob, "ls", "boil.md", "--corpus", "water")[
        "documents"][0]["document"]).code != 0  # fmt: skip
    run = street.run(bob, "pin", "boil.md", "store.md")
    assert run.out == "pinned, and asked for: boil.md (water)\npinned: store.md (water)\n"
    street.meet()
    [boil, store] = street.data(bob, "pin", "boil.md", "store.md")["documents"]
    assert (boil["here"], store["here"]) == (True, True)
    # Kept even when nobody states them any more; and no longer, once unpinned.
    street.run(ada, "corpus", "share", "water", "--stop")
    street.meet()
    assert street.data(bob, "gc", "--now")["live"] == 2
    street.run(bob, "unpin", *[id for each in (boil, store) for id in each["objects"]])
    assert street.data(bob, "gc", "--now")["live"] == 0


def test_two_corpora_of_one_name(street: Street) -> None:
    street.run(street.ada, "corpus", "share", "water")
    street.bob.add("water", {"mine.md": "# Mine\n\nThe well in the yard.\n"})
    street.meet()
    run = street.run(street.bob, "follow", "water")
    assert run.code == 2
    run = street.run(street.bob, "follow", "water", "--community", "Elm Street")
    assert 'now follows "water@Elm Street"' in run.out
    street.meet()
    hits = street.data(street.bob, "search", "jerrycan", "--corpus", "water@Elm Street")["hits"]
    assert [hit["corpus"] for hit in hits] == ["water@Elm Street"]
    assert street.run(street.bob, "search", "jerrycan", "--corpus", "water").code == 4


def test_a_community_that_is_meant_must_be_there(street: Street) -> None:
    run = street.run(street.ada, "corpus", "share", "water", "--community", "Oak Street")
    assert run.code == 4
    assert 'this hearth is in no community "Oak Street"' in run.err
    prefix = street.id.hex()[:6]
    assert street.data(street.ada, "corpus", "share", "water", "--community", prefix)["shared"]


def test_a_name_that_is_almost_one(street: Street, tmp_path: Path) -> None:
    """A file in a folder is named with its folder; who leaves that out is told."""
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "pump.md").write_text("# Pump\n\nPrime the pump.\n")
    street.run(street.ada, "add", tmp_path / "papers", "--corpus", "water")
    street.run(street.ada, "corpus", "share", "water")
    street.meet()
    meant = 'hint: did you mean "papers/pump.md" of corpus "water"?'
    for who, verb in ((street.ada, "rm"), (street.bob, "get"), (street.bob, "pin")):
        run = street.run(who, verb, "pump.md")
        assert (run.code, run.out) == (4, "")
        assert run.err.splitlines()[1:] == [meant]
    # What is in a corpus that is not followed is listed only if the corpus is named.
    run = street.run(street.bob, "get", "nothing")
    assert "hearth ls --corpus NAME" in run.err


def test_what_was_shared_where_one_has_left(street: Street) -> None:
    street.run(street.ada, "corpus", "share", "water")
    street.meet()
    street.run(street.bob, "add", street.bob.files, "--corpus", "mine")
    street.bob.write({"well.md": "# Well\n\nIn the yard.\n"})
    street.run(street.bob, "add", street.bob.files / "well.md", "--corpus", "mine")
    street.run(street.bob, "corpus", "share", "mine")
    assert street.run(street.bob, "community", "leave", "--yes").code == 0
    assert "private, once shared with Elm Street" in street.run(street.bob, "corpus").out
    street.bob.write({"well.md": "# Well\n\nBehind the house.\n"})
    run = street.run(street.bob, "add", street.bob.files / "well.md", "--corpus", "mine")
    assert "nothing is shared with Elm Street any more" in run.err
    assert run.out.splitlines()[-1] == "private: only your own devices can read it"
