"""The corpora of a community: who may say what of them, and what they are called here."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from sharing_kit import NOW, Neighbour, two

from hearth.community import records
from hearth.community.records import Head
from hearth.corpora.catalogue import Catalogue, Corpus
from hearth.corpora.index import Index
from hearth.corpora.naming import Local, Place, find, named
from hearth.corpora.records import CorpusRecord, DocumentRecord, RecordError, ShareRecord
from hearth.kinds import CORPUS, DOCUMENT, ERASE, SHARE
from hearth.store import cbor
from hearth.store.errors import NotFoundError
from hearth.store.header import Lane

WATER = {"boil.md": "Boil it.\n", "store.md": "Store it.\n"}


def document(corpus: bytes, path: bytes, text: bytes = b"t" * 32) -> bytes:
    record = DocumentRecord(corpus, path, "T", "text/plain", 1, text, text, bytes(32), 1, None)
    return record.encode()


def state(who: Neighbour, community: bytes, corpus: bytes, path: bytes) -> bytes:
    return who.append(community, Lane.CORPUS, DOCUMENT, document(corpus, path))


def test_only_the_maker_states_what_is_in_a_corpus(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bob.sync(ada)
    corpus = bob.corpus(street, "water")
    state(bob, street, corpus.id, b"evil.md")
    state(bob, street, corpus.id, b"boil.md")
    taken = DocumentRecord(corpus.id, b"store.md").encode()
    bob.append(street, Lane.CORPUS, DOCUMENT, taken)
    for removed in (False, True):
        record = CorpusRecord("mine now", "none", corpus.id, removed)
        bob.append(street, Lane.CORPUS, CORPUS, record.encode())
    [stated] = [e.id for e in ada.home.store.log.events(street, kind=CORPUS)]
    bob.append(street, Lane.CORPUS, ERASE, None, [stated])
    ada.sync(bob)
    for who in (ada, bob):
        assert who.seen(street) == {"water": sorted(WATER)}
        assert who.corpus(street, "water").id == corpus.id
    ada.add("water", {"new.md": "New.\n"})
    [done] = ada.sharing().republish()
    assert (done.added, done.changed, done.removed) == (1, 0, 0)


def test_nobody_speaks_of_what_lies_in_another_community(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("diary", WATER)
    diary = ada.library.find("diary")
    lane = ada.found("Mill Lane")
    for community, who in ((street, bob), (lane, ada)):
        state(who, community, diary.id, b"evil.md")
        for removed in (False, True):
            record = CorpusRecord("evil", "none", diary.id, removed)
            who.append(community, Lane.CORPUS, CORPUS, record.encode())
        share = ShareRecord(diary.id, street, diary.id)
        who.append(community, Lane.CORPUS, SHARE, share.encode())
    ada.sync(bob)
    assert ada.seen(ada.home.community) == {"diary": sorted(WATER)}
    assert (ada.seen(street), ada.seen(lane)) == ({}, {})
    assert ada.catalogue.shares() == []
    assert [each.label for each in ada.names()] == ["diary"]


def test_a_stranger_counts_for_nothing_until_he_is_let_in(tmp_path: Path) -> None:
    ada, bob = Neighbour(tmp_path, "ada"), Neighbour(tmp_path, "bob")
    street = ada.found()
    bob.copy(ada, street, Lane.CONTROL)
    made = bob.append(street, Lane.CORPUS, CORPUS, CorpusRecord("tools", "").encode())
    state(bob, street, made, b"saw.md")
    ada.copy(bob, street, Lane.CORPUS)
    assert ada.seen(street) == {}
    assert ada.names() == []
    ada.admit(street, bob)
    assert ada.seen(street) == {"tools": ["saw.md"]}


def test_what_a_removed_member_wrote_beyond_is_void(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    made = bob.append(street, Lane.CORPUS, CORPUS, CorpusRecord("tools", "").encode())
    last = state(bob, street, made, b"saw.md")
    beyond = state(bob, street, made, b"axe.md")
    ada.copy(bob, street, Lane.CORPUS)
    assert ada.seen(street) == {"tools": ["axe.md", "saw.md"]}
    sequence = ada.home.store.log.get(last).header.sequence
    head = Head(bob.device, Lane.CORPUS, sequence, last)
    ada.control(street, records.Remove(bob.home.identity.person, (head,)))
    assert ada.seen(street) == {"tools": ["saw.md"]}
    assert ada.home.store.log.has(beyond)


def test_the_order_of_arrival_decides_nothing(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    ada.add("water", {"boil.md": "Boil it longer.\n", "x.md": "X.\n"})
    ada.sharing().republish()
    made = bob.append(street, Lane.CORPUS, CORPUS, CorpusRecord("tools", "").encode())
    state(bob, street, made, b"saw.md")
    state(bob, street, ada.corpus(street, "water").id, b"evil.md")
    ada.sync(bob)
    records = list(ada.home.store.log.records(street))
    expected = {"tools": ["saw.md"], "water": ["boil.md", "store.md", "x.md"]}
    assert ada.seen(street) == bob.seen(street) == expected
    for number, order in enumerate(itertools.permutations(range(4))):
        cyd = Neighbour(tmp_path, f"cyd {number}")
        pieces = [records[part::4] for part in order]
        for piece in pieces:
            with cyd.home.store.batch() as batch, batch.transaction() as tx:
                cyd.home.store.log.import_events(tx, reversed(piece))
            cyd.seen(street)  # the fold goes on from here
        assert cyd.seen(street) == expected
        cyd.index.close()
        cyd.home.close()


def test_payloads_that_come_late_are_taken_in(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bare = [(header, sig, None) for header, sig, _ in ada.home.store.log.records(street, 4)]
    with bob.home.store.batch() as batch, batch.transaction() as tx:
        bob.home.store.log.import_events(tx, bare)
    assert bob.seen(street) == {}
    assert len(bob.catalogue.awaited(street)) == 3
    before = bob.home.store.log.last_arrival()
    bob.sync(ada)
    assert bob.home.store.log.last_arrival() == before
    assert bob.seen(street) == {"water": sorted(WATER)}
    assert bob.catalogue.awaited(street) == []


def test_a_catalogue_made_anew_is_the_same(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bob.sync(ada)
    state(bob, street, bob.corpus(street, "water").id, b"evil.md")
    with Index.memory() as index:
        catalogue = Catalogue(index.connection)
        catalogue.update(bob.home.store, bob.home.community)
        assert list(catalogue.documents()) == list(bob.catalogue.documents())
        assert catalogue.corpora() == bob.catalogue.corpora()


def test_corpora_that_are_not_followed_do_not_trouble_the_index(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bob.add("mine", {"a.md": "Words.\n"})
    level = "SELECT value FROM index_state WHERE key = 'level'"
    bob.index.update(bob.home)
    before = bob.index.connection.execute(level).get
    bob.sync(ada)
    bob.index.update(bob.home)
    assert bob.index.connection.execute(level).get == before
    bob.follow(street, "water")
    bob.index.update(bob.home)
    assert bob.index.connection.execute(level).get != before
    assert bob.index.corpora() == {
        "mine": (bob.library.find("mine").id, bob.home.community),
        "water": (bob.corpus(street, "water").id, street),
    }


# names


def labels(who: Neighbour) -> dict[str, Place]:
    return {each.label: each.place for each in who.names()}


def make(who: Neighbour, community: bytes, name: str) -> bytes:
    return who.append(community, Lane.CORPUS, CORPUS, CorpusRecord(name, "").encode())


def test_names_here(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    make(bob, street, "water")
    make(bob, street, "tools")
    ada.sync(bob)
    assert labels(ada) == {
        "water": Place.HOME, "tools": Place.ELSEWHERE, "water@Elm Street": Place.ELSEWHERE,
    }  # fmt: skip
    assert find(ada.names(), "water").place is Place.HOME
    assert find(ada.names(), "tools@Elm Street").label == "tools"
    with pytest.raises(NotFoundError):
        find(ada.names(), "nothing")


def test_nobody_can_rename_what_is_followed(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    first = make(bob, street, "tools")
    ada.sync(bob)
    ada.follow(street, "tools")
    second = make(bob, street, "tools")
    third = make(bob, street, "tools@Elm Street")
    ada.sync(bob)
    found = {each.corpus.id: each.label for each in ada.names()}
    assert found[first] == "tools"
    assert found[second] == "tools@Elm Street"
    assert found[third] == "tools@Elm Street@Elm Street"
    ada.home.store.connection.execute("DELETE FROM follows")
    found = {each.corpus.id: each.label for each in ada.names()}
    assert found[first] == f"tools@Elm Street/{first.hex()[:8]}"
    assert found[second] == f"tools@Elm Street/{second.hex()[:8]}"
    assert find(ada.names(), first.hex()[:10]).corpus.id == first
    with pytest.raises(NotFoundError):
        find(ada.names(), "tools@Elm Street")  # which of the two?


def test_no_corpus_is_called_as_the_guide_is(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    make(bob, street, "guide")
    ada.sync(bob)
    assert labels(ada) == {"guide@Elm Street": Place.ELSEWHERE}


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m", "-a", "a/b", "x" * 65, "a\u202eb"])
def test_names_that_cannot_be_are_passed_over(name: str) -> None:
    payload = cbor.encode({0: bytes(16), 1: name, 2: ""})
    with pytest.raises(RecordError):
        CorpusRecord.decode(payload)


def test_share_records_are_read_strictly() -> None:
    record = ShareRecord(b"c" * 32, b"e" * 32, b"s" * 32)
    assert ShareRecord.decode(record.encode()) == record
    ended = ShareRecord(b"c" * 32, b"e" * 32, b"s" * 32, stopped=True)
    assert ShareRecord.decode(ended.encode()) == ended
    for bad in ({1: b"c" * 32, 2: b"e" * 32}, {1: b"c", 2: b"e" * 32, 3: b"s" * 32}):
        with pytest.raises(RecordError):
            ShareRecord.decode(cbor.encode({0: b"salt", **bad}))


def test_communities_one_has_left_show_nothing(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    make(bob, street, "tools")
    ada.sync(bob)
    ada.home.store.connection.execute("UPDATE communities SET state = 2")
    assert ada.names() == []


def test_a_database_of_before_has_no_follows(tmp_path: Path) -> None:
    ada = Neighbour(tmp_path, "ada")
    ada.add("water", WATER)
    connection = ada.home.store.connection
    connection.execute("DROP TABLE follows")
    local = Local(connection, ada.home.community)
    [found] = named(ada.catalogue, local)
    assert isinstance(found.corpus, Corpus)
    assert (found.label, found.held, NOW > 0) == ("water", True, True)
