"""Sharing a corpus with some members of a community, and what the others learn of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from audience_kit import admit, carry
from leak_kit import Secret, find_leaks
from readers_kit import Neighbour, fold, knows, street
from sharing_kit import Killed, killed_at_every_write

from hearth.audience.keyring import NobodyError
from hearth.community import acts
from hearth.community.commons import State
from hearth.community.records import Role
from hearth.corpora import levelling, sealed, sharing
from hearth.corpora.cache import delete_cache
from hearth.corpora.library import Library
from hearth.corpora.opening import Opened, Opener
from hearth.corpora.records import CorpusRecord, DocumentRecord, Keys
from hearth.kinds import CORPUS, DOCUMENT, ERASE
from hearth.store import servable
from hearth.store.event import Event
from hearth.store.fsck import check
from hearth.store.gc import gc
from hearth.store.header import Lane
from hearth.store.repair import repair
from hearth.sync.messages import Type

CLINIC = {
    "insulin.md": "# Keeping insulin\n\nIn a clay pot the quibblewort stays below 25 degrees.\n",
    "list.txt": "The zanzibargoose dose for Mrs Perkins is eleven.\n",
}
NEW = {"visits.md": "# House visits\n\nOn Thursday the ploverhound comes to the mill.\n"}
SECRETS = [
    "quibblewort", "zanzibargoose", "insulin", "Perkins", "clinicnotes", "ploverhound",
    "visits.md", "House visits", "list.txt", "public secret licence",
]  # fmt: skip


def sealed_events(who: Neighbour, community: bytes) -> list[bytes]:
    return [
        event.id
        for event in who.home.store.log.events(community, Lane.CORPUS)
        if event.header.audience is not None
    ]


def objects(who: Neighbour) -> int:
    count: int = who.home.store.connection.execute("SELECT count(*) FROM objects").get
    return count


def shared(tmp_path: Path, *names: str) -> tuple[list[Neighbour], bytes]:
    """Ada's notes, shared with Bob, who follows them."""
    made, mill = street(tmp_path, "ada", "bob", *names)
    ada, bob = made[:2]
    ada.add("clinicnotes", CLINIC, licence="public secret licence")
    ada.share("clinicnotes", mill, [bob])
    for each in made[1:]:
        each.sync(ada)
    bob.follow(mill, "clinicnotes")
    bob.sync(ada)
    return made, mill


# who reads


def test_a_reader_reads(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    assert bob.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    assert bob.corpus(mill, "clinicnotes").licence == "public secret licence"
    assert bob.search("quibblewort") == ["Keeping insulin"]
    assert bob.search("zanzibargoose") == ["list"]
    home = {each.path: each for each in ada.catalogue.documents(ada.library.find("clinicnotes").id)}
    for path, document in bob.documents(mill, "clinicnotes").items():
        ours = home[path.encode()]
        assert (document.id, document.hash) == (ours.text, ours.hash)
        for prefix, id in ((document.id, ours.text), (document.hash, ours.source)):
            pieces = sealed.find(bob.home, prefix.hex())
            assert pieces is not None
            assert b"".join(pieces) == ada.home.store.read_file(id)
            assert not bob.home.store.has(id)  # only sealed is it here
    assert bob.sync(ada).round_trips == 1  # and nothing is wanted any more


def test_nobody_else_finds_a_word_with_all_files_and_keys(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = shared(tmp_path, "cyd")
    hidden = [
        id
        for each in ada.catalogue.documents(ada.library.find("clinicnotes").id)
        for id in (each.text, each.source, each.hash)
    ]
    circle = ada.corpus(mill, "clinicnotes").circle
    assert circle is not None
    secrets: list[Secret] = [*SECRETS, *hidden, circle]
    assert find_leaks(knows(ada), secrets)
    assert find_leaks(knows(bob), SECRETS)
    assert len(sealed_events(cyd, mill)) == 3
    assert not find_leaks(knows(cyd), secrets)
    # who carries the objects, as anybody may who is asked to, knows no more
    lacking = [id for each in cyd.home.store.log.events(mill) for id in each.header.refs]
    with cyd.home.store.batch() as batch, batch.transaction() as tx:
        tx.connection.executemany(
            "INSERT INTO asked VALUES (?, ?, 1)", [(mill, id) for id in lacking]
        )
    cyd.sync(ada)
    assert all(cyd.home.store.has(id) for id in lacking)
    assert not find_leaks(knows(cyd), secrets)
    assert (cyd.seen(mill), cyd.search("quibblewort"), cyd.search("degrees")) == ({}, [], [])
    assert list(cyd.index.vocabulary()) == []  # no word to guess at, no count to compare
    opener = cyd.opener()
    for event in cyd.home.store.log.events(mill):
        assert opener.open(event).inner is None
        assert cyd.keyring.open(event) is None


def test_who_carries_it_gives_it_to_readers(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = street(tmp_path, "ada", "bob", "cyd")
    ada.add("clinicnotes", CLINIC)
    ada.share("clinicnotes", mill, [bob])
    cyd.sync(ada)
    lacking = {id for each in cyd.home.store.log.events(mill) for id in each.header.refs}
    with cyd.home.store.batch() as batch, batch.transaction() as tx:
        tx.connection.executemany(
            "INSERT INTO asked VALUES (?, ?, 1)", [(mill, id) for id in lacking]
        )
    cyd.sync(ada)
    bob.sync(cyd)
    bob.follow(mill, "clinicnotes")
    bob.sync(cyd)
    assert bob.search("quibblewort") == ["Keeping insulin"]


def test_nothing_plain_is_ever_served(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = shared(tmp_path, "cyd")
    home = list(ada.catalogue.documents(ada.library.find("clinicnotes").id))
    plain = {id for each in home for id in (each.text, each.source)}
    there = {id for d in ada.documents(mill, "clinicnotes").values() for id in (d.text, d.source)}
    assert servable.all_allowed(ada.home.store.connection, mill) == there
    assert not plain & there
    with cyd.home.store.batch() as batch, batch.transaction() as tx:
        tx.connection.executemany(
            "INSERT INTO asked VALUES (?, ?, 1)", [(mill, id) for id in plain]
        )
    for each in (ada, bob):
        cyd.sync(each)
    assert not any(cyd.home.store.has(id) for id in plain)


def test_what_may_not_be_served_and_what_is_not_here_get_the_same_reply(tmp_path: Path) -> None:
    def replies(wanted: bytes) -> list[tuple[Any, ...]]:
        with cyd.home.store.batch() as batch, batch.transaction() as tx:
            tx.connection.execute("DELETE FROM asked")
            tx.connection.execute("INSERT INTO asked VALUES (?, ?, 1)", (mill, wanted))
        talk = cyd.sync(ada)
        assert any(wanted in each.body for flight in talk.flights for each in flight)
        return [
            (each.type, each.body.replace(wanted, b"?") if each.type == Type.GONE else b"")
            for flight in talk.flights
            for each in flight
        ]

    (ada, _, cyd), mill = shared(tmp_path, "cyd")
    home = list(ada.catalogue.documents(ada.library.find("clinicnotes").id))
    replies(bytes(32))  # the first time there is more to say
    first = replies(random.Random(1).randbytes(32))
    assert [said for kind, said in first if kind == Type.GONE]
    assert all(replies(each.text) == first for each in home)


def test_the_text_of_a_large_file_is_read_through_its_manifest(tmp_path: Path) -> None:
    (ada, bob), mill = street(tmp_path, "ada", "bob")
    rng = random.Random(2)
    lines = [f"{rng.getrandbits(160):x}" for _ in range(40_000)]
    ada.add("clinicnotes", {"long.txt": "\n".join([*lines, "the quibblewort ends it"])})
    ada.share("clinicnotes", mill, [bob])
    bob.sync(ada)
    bob.follow(mill, "clinicnotes")
    bob.sync(ada)
    assert bob.search("quibblewort") == ["long"]
    [document] = bob.documents(mill, "clinicnotes").values()
    [ours] = ada.catalogue.documents(ada.library.find("clinicnotes").id)
    pieces = sealed.find(bob.home, document.id.hex())
    assert pieces is not None
    assert b"".join(pieces) == ada.home.store.read_file(ours.text)
    assert document.id != ours.text  # there it is the manifest's
    assert ada.level() == []


# what changes


def test_only_what_changed_is_sealed_again(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    before, kept = sealed_events(ada, mill), objects(ada)
    assert ada.level() == []
    assert ada.share("clinicnotes", mill, [bob]).added == 0
    assert ada.share("clinicnotes", mill).added == 0  # stays sealed
    ada.index.connection.execute("DELETE FROM catalogue_level")
    assert ada.level() == []
    assert (sealed_events(ada, mill), objects(ada)) == (before, kept)
    old = ada.documents(mill, "clinicnotes")
    ada.add("clinicnotes", {**NEW, "list.txt": "Nobody needs anything.\n"})
    [done] = ada.level()
    assert (done.added, done.changed, done.removed) == (1, 1, 0)
    new = ada.documents(mill, "clinicnotes")
    assert new["insulin.md"] == old["insulin.md"]
    assert not ada.allows(mill, old["list.txt"].source)
    assert ada.allows(mill, new["list.txt"].source)
    bob.sync(ada)
    assert (bob.search("zanzibargoose"), bob.search("ploverhound")) == ([], ["House visits"])
    gone = bob.home.store.log.get(old["list.txt"].event)
    assert (gone.erased, gone.payload) == (True, None)
    ada.take_out("clinicnotes", "insulin.md")
    assert [each.removed for each in ada.level()] == [1]
    bob.sync(ada)
    assert bob.search("quibblewort") == []


def test_a_key_serves_again_where_a_title_alone_is_another(tmp_path: Path) -> None:
    (ada, _), mill = shared(tmp_path)
    old = ada.documents(mill, "clinicnotes")["insulin.md"]
    document = next(
        each
        for each in ada.catalogue.documents(ada.library.find("clinicnotes").id)
        if each.path == b"insulin.md"
    )
    library = ada.library
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        library.add(
            tx,
            DocumentRecord(
                document.corpus, document.path, "Another title", document.media, document.size,
                document.source, document.text, document.hash, document.form, None,
            ),
            ada.clock() + 20,
        )  # fmt: skip
    assert [each.changed for each in ada.level()] == [1]
    new = ada.documents(mill, "clinicnotes")["insulin.md"]
    assert (new.title, new.text, new.source, new.keys) == (
        "Another title", old.text, old.source, old.keys,
    )  # fmt: skip
    assert ada.allows(mill, new.text)


def test_a_former_reader_keeps_what_they_hold_and_reads_nothing_new(tmp_path: Path) -> None:
    (ada, bob, dan), mill = shared(tmp_path, "dan")
    ada.share("clinicnotes", mill, [dan])
    ada.add("clinicnotes", {**NEW, "list.txt": "The list is now with otterbloom.\n"})
    ada.level()
    for each in (bob, dan):
        each.sync(ada)
    dan.follow(mill, "clinicnotes")
    for each in (bob, dan):
        each.sync(ada)
    assert dan.search("ploverhound") == ["House visits"]
    assert dan.search("quibblewort") == ["Keeping insulin"]  # sealed before they came
    assert bob.search("quibblewort") == ["Keeping insulin"]
    assert (bob.search("ploverhound"), bob.search("otterbloom")) == ([], [])
    assert not find_leaks(knows(bob), ["ploverhound", "otterbloom", "visits.md", "House visits"])
    # taken in again, they read all of it
    ada.share("clinicnotes", mill, [bob, dan])
    bob.sync(ada)
    bob.sync(ada)
    assert bob.search("ploverhound") == ["House visits"]


def test_who_is_put_out_of_the_community_reads_nothing_new(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = shared(tmp_path, "cyd")
    ada.share("clinicnotes", mill, [bob, cyd])
    ada.remove(bob, mill)
    ada.add("clinicnotes", NEW)
    ada.level()
    cyd.sync(ada)
    cyd.follow(mill, "clinicnotes")
    cyd.sync(ada)
    assert cyd.search("ploverhound") == ["House visits"]
    # even if it comes to hold everything
    carry(ada, bob, mill)
    bob.node.settle()
    assert not find_leaks(knows(bob), ["ploverhound", "visits.md", "House visits"])
    assert bob.search("ploverhound") == []


def test_stewards_are_whoever_is_one(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = street(tmp_path, "ada", "bob", "cyd")

    def set_role(other: Neighbour, role: Role) -> None:
        membership = ada.node.commons.membership(mill)
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            acts.set_role(
                ada.home, tx, membership, membership.members[other.person], role, ada.clock()
            )
            ada.node.commons.settle(tx)

    set_role(bob, Role.STEWARD)
    ada.add("clinicnotes", CLINIC)
    ada.share("clinicnotes", mill, [], stewards=True)
    bob.sync(ada)
    cyd.sync(ada)
    assert (list(bob.seen(mill)), cyd.seen(mill)) == (["clinicnotes"], {})
    set_role(cyd, Role.STEWARD)
    [done] = ada.level()
    assert (done.handed, done.added, done.changed) == (1, 0, 0)
    assert ada.level() == []
    cyd.sync(ada)
    assert cyd.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    set_role(bob, Role.MEMBER)
    ada.add("clinicnotes", NEW)
    ada.level()
    bob.sync(ada)
    cyd.sync(ada)
    assert bob.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    assert cyd.seen(mill) == {"clinicnotes": sorted([*CLINIC, *NEW])}
    assert not find_leaks(knows(bob), ["visits.md", "House visits"])


def test_a_new_device_of_a_reader_is_handed_the_keys(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    bob.home.rotate(bob.clock())
    bob.keyring.tend(bob.clock())
    carry(bob, ada, mill)  # at first it is nobody to ada
    ada.level()
    ada.add("clinicnotes", NEW)
    ada.level()
    bob.sync(ada)
    assert bob.search("quibblewort") == ["Keeping insulin"]
    assert bob.search("ploverhound") == ["House visits"]


def test_a_reader_of_whom_nothing_has_come_cannot_be_sealed_to(tmp_path: Path) -> None:
    (ada, bob), mill = street(tmp_path, "ada", "bob")
    dan = Neighbour(tmp_path, "dan", ada.clock)
    admit(ada, dan, mill)
    ada.add("clinicnotes", CLINIC)
    with pytest.raises(NobodyError):
        ada.share("clinicnotes", mill, [dan])
    assert list(ada.home.store.log.events(mill, Lane.CORPUS)) == []
    done = ada.share("clinicnotes", mill, [bob, dan])
    assert (done.added, done.lacking) == (2, 1)
    dan.keyring.tend(dan.clock())
    dan.sync(ada)
    assert dan.seen(mill) == {}
    assert ada.level() == []  # that session's end has handed it on
    dan.sync(ada)
    assert dan.seen(mill) == {"clinicnotes": sorted(CLINIC)}


# from all to some, and back


def test_what_was_shared_with_all_is_taken_away_from_the_others(tmp_path: Path) -> None:
    (ada, bob, cyd), mill = street(tmp_path, "ada", "bob", "cyd")
    ada.add("clinicnotes", CLINIC)
    ada.share("clinicnotes", mill)
    plain = servable.all_allowed(ada.home.store.connection, mill)
    assert plain
    cyd.sync(ada)
    assert list(cyd.seen(mill)) == ["clinicnotes"]
    ada.share("clinicnotes", mill, [bob])
    assert not plain & servable.all_allowed(ada.home.store.connection, mill)
    for each in (bob, cyd):
        each.sync(ada)
    assert bob.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    assert cyd.seen(mill) == {}
    assert not find_leaks(knows(cyd), SECRETS)
    assert ada.level() == []
    ada.sharing().stop(ada.library.find("clinicnotes"), mill)
    bob.sync(ada)
    assert bob.seen(mill) == {}
    assert servable.all_allowed(ada.home.store.connection, mill) == set()
    ada.share("clinicnotes", mill)
    cyd.sync(ada)
    assert list(cyd.seen(mill)) == ["clinicnotes"]


def test_killed_anywhere_the_next_call_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levelling, "STEP", 1)
    (ada, bob, cyd), mill = street(tmp_path, "ada", "bob", "cyd")
    ada.add("clinicnotes", CLINIC)
    until_done = killed_at_every_write(ada, monkeypatch)

    def level_with(*names: str) -> None:
        assert sorted(ada.documents(mill, "clinicnotes")) == sorted(names)
        assert ada.level() == []
        assert len(ada.seen(mill)) == 1
        for each in ada.documents(mill, "clinicnotes").values():
            assert ada.home.store.has_file(each.text)
            assert ada.allows(mill, each.text)
            assert ada.allows(mill, each.source)

    assert until_done(lambda: ada.share("clinicnotes", mill, [bob])) > 3
    level_with(*CLINIC)
    ada.add("clinicnotes", {**NEW, "list.txt": "Another list.\n"})
    assert until_done(lambda: ada.share("clinicnotes", mill, [cyd])) > 4
    level_with(*CLINIC, *NEW)
    bob.sync(ada)
    assert not find_leaks(knows(bob), ["visits.md", "ploverhound", "Another list"])
    cyd.sync(ada)
    assert cyd.seen(mill) == {"clinicnotes": sorted([*CLINIC, *NEW])}


def test_open_sharing_killed_on_the_way_to_some_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bob, cyd), mill = street(tmp_path, "ada", "bob", "cyd")
    ada.add("clinicnotes", CLINIC)
    ada.share("clinicnotes", mill)
    monkeypatch.setattr(sharing.Sharing, "_level", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        ada.share("clinicnotes", mill, [bob])
    monkeypatch.undo()
    ada.reopen()
    ada.level()
    for each in (bob, cyd):
        each.sync(ada)
    assert bob.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    assert not find_leaks(knows(cyd), SECRETS)


# what stays


def test_gc_keeps_what_is_sealed_and_takes_what_was_replaced(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    old = ada.documents(mill, "clinicnotes")["list.txt"]
    ada.add("clinicnotes", {"list.txt": "Nobody needs anything.\n"})
    ada.level()
    bob.sync(ada)
    for each in (ada, bob):
        for _ in range(2):
            gc(each.home.store, now=each.clock() + 10, grace=0)
        assert check(each.home.store, now=each.clock()).sound
        assert not each.home.store.has(old.text)
        for document in each.documents(mill, "clinicnotes").values():
            assert each.home.store.has_file(document.text)
            assert each.home.store.has_file(document.source)
    assert bob.search("quibblewort") == ["Keeping insulin"]
    assert ada.level() == []


def test_a_damaged_sealed_object_is_made_anew(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    old = ada.documents(mill, "clinicnotes")["insulin.md"]
    ada.home.store.connection.execute("DELETE FROM objects WHERE id = ?", (old.text,))
    assert ada.share("clinicnotes", mill).changed == 1
    bob.sync(ada)
    assert bob.search("quibblewort") == ["Keeping insulin"]


def test_a_damaged_document_is_left_out_and_told(tmp_path: Path) -> None:
    (ada, bob), mill = street(tmp_path, "ada", "bob")
    ada.add("clinicnotes", CLINIC)
    home = list(ada.catalogue.documents(ada.library.find("clinicnotes").id))
    [lost] = [each for each in home if each.path == b"insulin.md"]
    ada.home.store.connection.execute("DELETE FROM objects WHERE id = ?", (lost.source,))
    done = ada.share("clinicnotes", mill, [bob])
    assert (done.added, done.unreadable) == (1, 1)
    assert [each.unreadable for each in ada.level()] == [1]
    ada.add("clinicnotes", CLINIC)  # heals it
    assert [(each.added, each.unreadable) for each in ada.level()] == [(1, 0)]
    assert ada.level() == []


def test_a_hearth_rebuilt_from_its_packs_reads_and_shares_on(tmp_path: Path) -> None:
    """Its keys are lost with hearth.db: as a new device it is handed them, or makes others."""
    (ada, bob), mill = shared(tmp_path)
    for each, other in ((bob, ada), (ada, bob)):
        each.home.store.seal()
        each.close()
        (each.path / "hearth.db").write_bytes(b"gone")
        assert repair(each.path, now=each.clock()).rebuilt
        each.open()
        with each.home.store.batch() as batch, batch.transaction() as tx:
            each.node.commons.note(tx, mill, "Mill Lane", State.JOINED)
        each.keyring.tend(each.clock())
        carry(each, other, mill)
        carry(other, each, mill)
        other.node.settle()
        each.node.settle()
        other.level()
        each.level()
        each.sync(other)
        each.sync(other)
    bob.follow(mill, "clinicnotes")
    bob.sync(ada)
    assert bob.search("quibblewort") == ["Keeping insulin"]
    ada.add("clinicnotes", NEW)
    ada.level()
    assert ada.level() == []
    bob.sync(ada)
    bob.sync(ada)
    assert bob.seen(mill) == {"clinicnotes": sorted([*CLINIC, *NEW])}
    assert bob.search("ploverhound") == ["House visits"]


def test_a_share_that_nobody_can_be_sealed_to_waits(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    ada.remove(bob, mill)
    dan = Neighbour(tmp_path, "dan", ada.clock)
    admit(ada, dan, mill)
    with pytest.raises(NobodyError):
        ada.share("clinicnotes", mill, [dan])
    ada.add("clinicnotes", NEW)
    assert [each.shut for each in ada.level()] == [True]
    dan.keyring.tend(dan.clock())
    dan.sync(ada)
    assert [(each.shut, each.added) for each in ada.level()] == [(False, 1)]
    dan.sync(ada)
    assert dan.seen(mill) == {"clinicnotes": sorted([*CLINIC, *NEW])}
    carry(ada, bob, mill)
    assert not find_leaks(knows(bob), ["visits.md", "ploverhound"])


def test_what_cannot_be_opened_is_tried_no_more_than_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bob, cyd), mill = shared(tmp_path, "cyd")
    assert cyd.seen(mill) == {}
    assert bob.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    looked: list[bytes] = []
    open_event = Opener.open

    def opening(self: Opener, event: Event) -> Opened:
        looked.append(event.id)
        return open_event(self, event)

    monkeypatch.setattr(Opener, "open", opening)
    for each in (bob, cyd):
        each.seen(mill)
        each.search("x")
    ada.add("clinicnotes", NEW)
    ada.level()
    looked.clear()
    cyd.sync(ada)
    cyd.search("x")
    new = [event for event in sealed_events(cyd, mill) if event in looked]
    assert looked == new  # what came, once
    ada.share("clinicnotes", mill, [cyd])
    cyd.sync(ada)
    cyd.sync(ada)
    looked.clear()
    assert cyd.seen(mill) == {"clinicnotes": sorted([*CLINIC, *NEW])}
    assert looked == []


@pytest.mark.parametrize("who", [0, 1, 2])
def test_a_cache_made_anew_is_the_same(tmp_path: Path, who: int) -> None:
    made, mill = shared(tmp_path, "cyd")
    made[0].share("clinicnotes", mill, [made[1]], [made[2]])
    made[0].add("clinicnotes", NEW)
    made[0].level()
    for each in made[1:]:
        each.sync(made[0])
    neighbour = made[who]
    neighbour.search("x")
    before = fold(neighbour), neighbour.search("quibblewort")
    neighbour.close()
    delete_cache(neighbour.home.cache_path)
    neighbour.open()
    assert (neighbour.search("x"), fold(neighbour)) == ([], before[0])
    assert neighbour.search("quibblewort") == before[1]


def test_nobody_is_asked_for_a_passphrase_to_open_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada, bob), mill = shared(tmp_path)
    ada.add("clinicnotes", NEW)
    ada.level()
    bob.sync(ada)
    with monkeypatch.context() as patched:
        patched.setattr(type(bob.home), "unasked_signer", lambda self: None)
        bob.reopen()
        bob.index.update(bob.home)
        delete_cache(bob.home.cache_path)
        bob.close()
        bob.open()
        bob.index.update(bob.home)
        catalogue = bob.library.catalogue
        assert catalogue.waiting(bob.home.store) == 4
        assert catalogue.corpora(mill) == []
        assert bob.index.search(["quibblewort"]) == []
    assert bob.search("quibblewort") == ["Keeping insulin"]
    assert bob.catalogue.waiting(bob.home.store) == 0


# what others might try


def test_a_text_is_only_what_its_author_says_it_is(tmp_path: Path) -> None:
    """Or one could put words into what stands at home here."""
    (ada, bob), mill = shared(tmp_path)
    victim = "The bridge is closed.\n"
    bob.add("bridge", {"bridge.txt": victim})
    [target] = bob.catalogue.documents(bob.library.find("bridge").id)
    document = ada.documents(mill, "clinicnotes")["insulin.md"]
    assert document.keys is not None
    share = ada.catalogue.shares()[0]
    readers = ada.sharing()._readers(share)
    there = Library(ada.home, ada.catalogue, mill, readers)
    lie = DocumentRecord(
        share.shared, b"lie.md", "A lie", document.media, document.size, document.source,
        document.text, document.hash, document.form, None,
        Keys(document.keys.source, document.keys.text, document.keys.length, target.text),
    )  # fmt: skip
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        there.add(tx, lie, ada.clock())
    bob.home.store.connection.execute("DELETE FROM follows")
    bob.sync(ada)
    bob.follow(mill, "clinicnotes")
    delete_cache(bob.home.cache_path)
    bob.close()
    bob.open()
    bob.index.update(bob.home)
    assert [hit.text for hit in bob.index.search(["bridge"])] == [victim.strip()]
    assert {hit.document for hit in bob.index.search(["quibblewort"])} == {document.id}


def test_rubbish_that_is_sealed_stops_nothing(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    share = ada.catalogue.shares()[0]
    readers = ada.sharing()._readers(share)
    assert readers is not None
    good = DocumentRecord(share.shared, b"gone").sealed()
    inners = [b"", b"\xff" * 40, b"\xa0", good[:-1], CorpusRecord("x", "y").sealed(), b"\x80"]
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        for kind in (CORPUS, DOCUMENT):
            for inner in inners:
                readers.append(tx, kind, inner, (), ada.clock())
        held = readers.ready(tx, ada.clock()).held
        for payload in (b"\x02" + bytes(60), b"\x01", b"\x01" + bytes(60), b"\x00" * 80):
            ada.home.store.log.append(
                tx, ada.home.signer(ada.clock()), mill, Lane.CORPUS, CORPUS, payload,
                wall=ada.clock(), audience=held.id,
            )  # fmt: skip
    bob.sync(ada)
    assert bob.seen(mill) == {"clinicnotes": sorted(CLINIC)}
    assert bob.search("quibblewort") == ["Keeping insulin"]


def test_erasing_is_the_authors_alone(tmp_path: Path) -> None:
    (ada, bob), mill = shared(tmp_path)
    document = bob.documents(mill, "clinicnotes")["insulin.md"]
    with bob.home.store.batch() as batch, batch.transaction() as tx:
        bob.home.store.log.append(
            tx, bob.home.signer(bob.clock()), mill, Lane.CORPUS, ERASE, None,
            [document.event], wall=bob.clock(),
        )  # fmt: skip
    ada.sync(bob)
    for each in (ada, bob):
        assert sorted(each.documents(mill, "clinicnotes")) == sorted(CLINIC)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_only_those_read_who_might(tmp_path: Path, seed: int) -> None:
    """Readers come and go, documents too, and news arrives late: nobody who was no reader when a
    document was stated, and was none since, ever finds a word of it."""
    rng = random.Random(seed)
    (ada, *others), mill = street(tmp_path, "ada", "bob", "cyd", "dan")
    ada.add("clinicnotes", {"first.txt": "word0zanzibargoose\n"})
    readers: set[Neighbour] = {rng.choice(others)}
    might: dict[str, set[Neighbour]] = {"word0zanzibargoose": set(readers)}
    ada.share("clinicnotes", mill, readers)
    for number in range(1, 9):
        match rng.randrange(3):
            case 0:
                readers = set(rng.sample(others, rng.randint(1, 3)))
                ada.share("clinicnotes", mill, readers)
                for group in might.values():
                    group |= readers
            case 1:
                word = f"word{number}zanzibargoose"
                might[word] = set(readers)
                ada.add("clinicnotes", {f"{number}.txt": word + "\n"})
                ada.level()
            case 2:
                one, two = rng.sample([ada, *others], 2)
                one.sync(two)
    for each in others:
        each.sync(ada)
        each.sync(ada)
        if "clinicnotes" in each.seen(mill):
            each.follow(mill, "clinicnotes")
            each.sync(ada)
        found = {word for word in might if each.search(word)}
        assert {word for word in might if each in readers} <= found
        assert found <= {word for word in might if each in might[word]}
        shut = [word for word in might if each not in might[word]]
        assert not find_leaks(knows(each), shut)
