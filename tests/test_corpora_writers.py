"""Who beside its maker may state the documents of a shared corpus."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest
from audience_kit import admit, carry
from leak_kit import find_leaks
from readers_kit import Neighbour, fold, knows, street

from hearth.community import acts
from hearth.community.records import Role
from hearth.corpora import sealed
from hearth.corpora.adding import Adder, Report
from hearth.corpora.records import CorpusRecord, DocumentRecord, Whom
from hearth.corpora.writing import Desk, NotAWriterError
from hearth.kinds import CORPUS, DOCUMENT
from hearth.store import servable
from hearth.store.header import Lane, encode

WATER = {
    "boil.md": "# Boiling\n\nKeep it at a rolling boil.\n",
    "store.md": "# Storing\n\nA clean jerrycan.\n",
}


def desk(who: Neighbour, community: bytes, name: str = "water") -> Desk:
    return Desk(who.home, who.catalogue, who.corpus(community, name), who.node.commons)


def write(
    who: Neighbour, community: bytes, files: dict[str, str], name: str = "water", later: int = 10
) -> Report:
    for path, text in files.items():
        (who.files / path).write_text(text)
    adder = Adder(desk(who, community, name), name, now=who.clock() + later)
    report = adder.add([os.fsencode(who.files / path) for path in files], lambda *_: None)
    who.index.update(who.home)
    return report


def take_out(who: Neighbour, community: bytes, *names: str) -> None:
    library = desk(who, community)
    documents = [who.documents(community, "water")[name] for name in names]
    with who.home.store.batch() as batch, batch.transaction() as tx:
        library.take_out(tx, documents, who.clock())


def meet(*who: Neighbour) -> None:
    """Everybody comes to hold what the others hold."""
    for _ in range(2):
        for one, two in itertools.combinations(who, 2):
            one.sync(two)


def open_street(tmp_path: Path, *names: str) -> tuple[list[Neighbour], bytes]:
    """Ada's corpus, in which Bob may write; all follow it."""
    made, mill = street(tmp_path, "ada", "bob", *names)
    ada, bob = made[:2]
    ada.add("water", WATER)
    ada.share("water", mill, writers=[bob])
    meet(*made)
    for each in made:
        each.follow(mill, "water")
    meet(*made)
    return made, mill


def texts(who: Neighbour, community: bytes) -> dict[str, bytes]:
    """What the documents of the corpus say here."""
    found = {}
    for path, document in who.documents(community, "water").items():
        if document.keys is None:
            found[path] = who.home.store.read_file(document.text)
        else:
            pieces = sealed.find(who.home, document.id.hex())
            assert pieces is not None
            found[path] = b"".join(pieces)
    return found


def test_a_writer_adds_and_all_find_it(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = open_street(tmp_path, "cyd")
    assert (
        len(write(bob, mill, {"pump.md": "# Pumping\n\nThe quaggapump needs priming.\n"}).added)
        == 1
    )
    assert (
        write(bob, mill, {"pump.md": "# Pumping\n\nThe quaggapump needs priming.\n"}).unchanged == 1
    )
    meet(ada, bob, cyd)
    for each in (ada, bob, cyd):
        assert sorted(each.documents(mill, "water")) == ["boil.md", "pump.md", "store.md"]
        assert each.search("quaggapump") == ["Pumping"]
    # the maker's copy is not levelled over it
    ada.add("water", {"new.md": "New.\n"})
    assert [(each.added, each.removed) for each in ada.level()] == [(1, 0)]
    assert "pump.md" in ada.documents(mill, "water")
    assert [each.path for each in ada.catalogue.documents(ada.library.find("water").id)] == [
        b"boil.md", b"new.md", b"store.md",
    ]  # fmt: skip
    # the writer's new version takes the place of the old one, and what was is erased
    old = bob.documents(mill, "water")["pump.md"]
    write(bob, mill, {"pump.md": "# Pumping\n\nIt is broken.\n"})
    assert not bob.allows(mill, old.text)
    meet(ada, bob, cyd)
    for each in (ada, bob, cyd):
        assert each.search("quaggapump") == []
        assert each.home.store.log.get(old.event).payload is None


def set_role(ada: Neighbour, other: Neighbour, community: bytes, role: Role) -> None:
    membership = ada.node.commons.membership(community)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        member = membership.members[other.person]
        acts.set_role(ada.home, tx, membership, member, role, ada.clock())
        ada.node.commons.settle(tx)


@pytest.mark.parametrize("steward", [False, True])
def test_who_is_no_writer_states_nothing(tmp_path: Path, steward: bool) -> None:
    (ada, bob, cyd), mill = open_street(tmp_path, "cyd")
    if steward:
        set_role(ada, cyd, mill, Role.STEWARD)
        meet(ada, bob, cyd)
    with pytest.raises(NotAWriterError):
        desk(cyd, mill)
    corpus = cyd.corpus(mill, "water")
    text = b"t" * 32
    lie = DocumentRecord(corpus.id, b"lie.md", "L", "text/plain", 1, text, text, text, 1)
    taken = DocumentRecord(corpus.id, b"boil.md")
    said = CorpusRecord("water", "", corpus.id, writers=ada.catalogue.shares()[0].readers)
    with cyd.home.store.batch() as batch, batch.transaction() as tx:
        for kind, payload in ((DOCUMENT, lie), (DOCUMENT, taken), (CORPUS, said)):
            cyd.home.store.log.append(
                tx, cyd.home.signer(cyd.clock()), mill, Lane.CORPUS, kind, payload.encode(),
                wall=cyd.clock(),
            )  # fmt: skip
    # a writer states documents, and does not say who writes
    mine = CorpusRecord("bob's now", "", corpus.id)
    with bob.home.store.batch() as batch, batch.transaction() as tx:
        bob.home.store.log.append(
            tx, bob.home.signer(bob.clock()), mill, Lane.CORPUS, CORPUS, mine.encode(),
            wall=bob.clock(),
        )  # fmt: skip
    meet(ada, bob, cyd)
    for each in (ada, bob, cyd):
        assert sorted(each.documents(mill, "water")) == sorted(WATER)


def test_the_last_word_at_a_path_stands(tmp_path: Path) -> None:
    (ada, bob), mill = open_street(tmp_path)
    write(bob, mill, {"boil.md": "Bob's word.\n"})
    meet(ada, bob)
    assert ada.level() == []
    assert texts(ada, mill)["boil.md"] == b"Bob's word.\n"
    # what the maker changes at home comes later
    ada.add("water", {"boil.md": "Ada's later word.\n"})
    assert [each.changed for each in ada.level()] == [1]
    meet(ada, bob)
    for each in (ada, bob):
        assert texts(each, mill)["boil.md"] == b"Ada's later word.\n"
    take_out(bob, mill, "boil.md")
    meet(ada, bob)
    assert ada.level() == []
    for each in (ada, bob):
        assert sorted(each.documents(mill, "water")) == ["store.md"]
    # and what she takes out at home goes, unless somebody wrote there since
    write(bob, mill, {"store.md": "Bob stores it otherwise.\n"})
    meet(ada, bob)
    ada.take_out("water", "store.md", "boil.md")
    ada.level()
    assert ada.level() == []
    meet(ada, bob)
    for each in (ada, bob):
        assert texts(each, mill) == {"store.md": b"Bob stores it otherwise.\n"}
    take_out(ada, mill, "store.md")  # the maker may take out anything
    meet(ada, bob)
    for each in (ada, bob):
        assert each.documents(mill, "water") == {}


def test_what_a_writer_added_stays_and_what_comes_later_is_void(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = open_street(tmp_path, "cyd")
    write(bob, mill, {"pump.md": "The pump.\n"})
    meet(ada, bob, cyd)
    ada.share("water", mill, writers=[cyd])
    write(bob, mill, {"late.md": "Too late.\n", "pump.md": "Another pump.\n"})
    meet(ada, bob, cyd)
    write(cyd, mill, {"well.md": "The well.\n"})
    meet(ada, bob, cyd)
    with pytest.raises(NotAWriterError):
        desk(bob, mill)
    for each in (ada, bob, cyd):
        assert sorted(each.documents(mill, "water")) == ["boil.md", "store.md", "well.md"]
    # pump.md is gone, as he erased it himself by stating another one; what he left stays
    ada.share("water", mill, writers=[bob, cyd])
    meet(ada, bob, cyd)
    for each in (ada, bob, cyd):
        assert "late.md" in each.documents(mill, "water")
        assert texts(each, mill)["pump.md"] == b"Another pump.\n"
    ada.share("water", mill, writers=[])
    meet(ada, bob, cyd)
    for each in (ada, bob, cyd):
        assert sorted(each.documents(mill, "water")) == [
            "boil.md", "late.md", "pump.md", "store.md", "well.md",
        ]  # fmt: skip
        with pytest.raises(NotAWriterError):
            desk(cyd, mill)
    assert ada.level() == []


def test_a_writer_who_is_put_out_of_the_community_writes_no_more(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = open_street(tmp_path, "cyd")
    write(bob, mill, {"pump.md": "The pump.\n"})
    meet(ada, bob, cyd)
    ada.remove(bob, mill)
    write(bob, mill, {"late.md": "Too late.\n"})
    for each in (ada, cyd):
        carry(bob, each, mill)
    cyd.sync(ada)
    for each in (ada, cyd):
        assert sorted(each.documents(mill, "water")) == ["boil.md", "pump.md", "store.md"]


def test_stewards_write_while_they_are_stewards(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = street(tmp_path, "ada", "bob", "cyd")
    ada.add("water", WATER)
    ada.sharing().share(ada.library.find("water"), mill, None, Whom.of((), stewards=True))
    meet(ada, bob, cyd)

    with pytest.raises(NotAWriterError):
        desk(bob, mill)
    set_role(ada, bob, mill, Role.STEWARD)
    meet(ada, bob, cyd)
    write(bob, mill, {"pump.md": "The pump.\n"})
    meet(ada, bob, cyd)
    for each in (ada, bob, cyd):
        assert "pump.md" in each.documents(mill, "water")
    set_role(ada, bob, mill, Role.MEMBER)
    meet(ada, bob, cyd)
    for each in (ada, bob, cyd):
        assert "pump.md" not in each.documents(mill, "water")


def test_a_writer_seals_to_the_readers(tmp_path: Path) -> None:
    (ada, bob, cyd, dan), mill = street(tmp_path, "ada", "bob", "cyd", "dan")
    ada.add("water", WATER)
    ada.share("water", mill, [cyd], [bob])
    meet(ada, bob, cyd, dan)
    for each in (bob, cyd):
        each.follow(mill, "water")
    meet(ada, bob, cyd, dan)
    assert bob.search("jerrycan") == ["Storing"]  # who writes may read
    write(bob, mill, {"pump.md": "# Pumping\n\nThe quaggapump needs priming.\n"})
    assert (
        write(bob, mill, {"pump.md": "# Pumping\n\nThe quaggapump needs priming.\n"}).unchanged == 1
    )
    for name, id in ((d.path, d.id) for d in bob.documents(mill, "water").values()):
        assert not bob.home.store.has(id), name  # nothing plain of it is kept
    meet(ada, bob, cyd, dan)
    for each in (bob, cyd):
        assert each.search("quaggapump") == ["Pumping"]
    assert dan.seen(mill) == {}
    assert not find_leaks(knows(dan), ["quaggapump", "pump.md", "jerrycan", "boil.md"])
    ada.follow(mill, "water")
    meet(ada, bob)
    assert ada.search("quaggapump") == ["Pumping"]
    # he knows who reads no more, and seals to those who do
    ada.share("water", mill, [dan])
    meet(ada, bob, cyd, dan)
    write(bob, mill, {"late.md": "The zebrawell is dry.\n"})
    meet(ada, bob, cyd, dan)
    dan.follow(mill, "water")
    meet(ada, bob, cyd, dan)
    assert dan.search("zebrawell") == ["late"]
    assert dan.search("quaggapump") == ["Pumping"]
    assert cyd.search("zebrawell") == []
    assert not find_leaks(knows(cyd), ["zebrawell", "late.md"])


def test_what_a_writer_serves_is_what_stands(tmp_path: Path) -> None:
    (ada, bob), mill = open_street(tmp_path)
    same = WATER["boil.md"]
    write(bob, mill, {"again.md": same, "pump.md": "The pump.\n"})
    pump = bob.documents(mill, "water")["pump.md"]
    again = bob.documents(mill, "water")["again.md"]
    take_out(bob, mill, "pump.md", "again.md")
    assert not bob.allows(mill, pump.text)
    assert bob.allows(mill, again.text)  # ada's document is the same object
    meet(ada, bob)
    assert servable.all_allowed(ada.home.store.connection, mill) >= {again.text, again.source}


def test_whatever_the_order_all_have_the_same_documents(tmp_path: Path) -> None:
    """The description, the documents and the control lane come in any order and in parts."""
    (ada, bob), mill = open_street(tmp_path)
    write(bob, mill, {"pump.md": "The pump.\n"})
    meet(ada, bob)
    ada.share("water", mill, writers=[])
    write(bob, mill, {"late.md": "Too late.\n"})
    ada.sync(bob)
    dan = Neighbour(tmp_path, "dan", ada.clock)
    admit(ada, dan, mill)
    events = list(ada.home.store.log.events(mill))
    rng = random.Random(3)
    rng.shuffle(events)
    while events:
        some, events = events[:3], events[3:]
        with dan.home.store.batch() as batch, batch.transaction() as tx:
            dan.home.store.log.import_events(
                tx, [(encode(each.header), each.signature, each.payload) for each in some]
            )
        dan.library.update()
    assert {**dan.seen(mill)} == {"water": ["boil.md", "pump.md", "store.md"]}
    assert dan.seen(mill) == ada.seen(mill)
    ours, theirs = fold(ada), fold(dan)
    for table in ("catalogue_corpora", "catalogue_documents", "catalogue_writers"):
        here = [row for row in ours[table] if mill in row]
        assert [row for row in theirs[table] if mill in row] == here
