"""Sharing a corpus with a community, following it there, and what never travels."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sharing_kit import Neighbour, killed_at_every_write, two

from hearth.corpora import levelling
from hearth.corpora.catalogue import Document
from hearth.corpora.owners import elsewhere
from hearth.corpora.records import CorpusRecord, DocumentRecord
from hearth.corpora.sharing import NotAMemberError
from hearth.corpora.wanting import Wanting, serves
from hearth.kinds import CORPUS, DOCUMENT, SHARE
from hearth.store import manifest, packs, servable
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import NotFoundError
from hearth.store.fsck import check
from hearth.store.gc import gc
from hearth.store.header import Lane
from hearth.store.objects import Objects
from hearth.sync.messages import Reason, What

WATER = {
    "boil.md": "# Boiling\n\nKeep flood water at a rolling boil for a minute.\n",
    "filter.md": "# Filtering\n\nA cloth filter takes out the sediment.\n",
    "store.md": "# Storing\n\nStore it in a clean jerrycan.\n",
}
DIARY = {"diary.md": "# Diary\n\nThe xyzzyplugh is hidden under the stairs.\n"}


def documents(who: Neighbour, corpus: str) -> list[Document]:
    library = who.library
    return list(library.catalogue.documents(library.find(corpus).id))


def ids_of(who: Neighbour, corpus: str) -> list[bytes]:
    return [id for each in documents(who, corpus) for id in (each.text, each.source)]


def big(seed: int = 1) -> str:
    """A text of more than 1 MiB, which lies behind a manifest."""
    rng = random.Random(seed)
    return "\n".join(f"{rng.getrandbits(200):x} words" for _ in range(30_000))


def wants(who: Neighbour, community: bytes) -> list[bytes]:
    wanting = Wanting(who.home, who.catalogue)
    return [id for _, id in wanting.wants(community)]


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
    assert bob.sync(ada).round_trips == 1  # and nothing is wanted any more


def test_what_is_new_at_home_follows_and_what_is_gone_goes(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER, licence="CC0")
    ada.share("water", street)
    bob.sync(ada)
    bob.follow(street, "water")
    bob.sync(ada)
    old = next(each for each in documents(ada, "water") if each.path == b"store.md")
    assert ada.allows(street, old.text)
    ada.add("water", {"store.md": "# Storing\n\nA barrel, well closed.\n", "new.md": "A pump.\n"})
    ada.remove("water", "boil.md")
    [done] = ada.sharing().republish()
    assert (done.added, done.changed, done.removed) == (1, 1, 1)
    assert ada.sharing().republish() == []
    bob.sync(ada)
    assert bob.seen(street) == {"water": ["filter.md", "new.md", "store.md"]}
    assert (bob.search("jerrycan"), bob.search("boil")) == ([], [])
    assert (bob.search("barrel"), bob.search("pump")) == (["Storing"], ["new"])
    assert not ada.allows(street, old.text)
    held = [e for e in bob.home.store.log.events(street, kind=DOCUMENT) if e.payload is not None]
    assert len(held) == 3  # what was said before is erased there too
    assert bob.corpus(street, "water").licence == "CC0"
    ada.add("water", {}, licence="public domain")
    ada.sharing().republish()
    bob.sync(ada)
    assert bob.corpus(street, "water").licence == "public domain"


def test_sharing_twice_makes_one_corpus(tmp_path: Path) -> None:
    ada, _, street = two(tmp_path)
    ada.add("water", WATER)
    first = ada.share("water", street)
    assert (first.added, ada.share("water", street).added) == (3, 0)
    assert len(list(ada.home.store.log.events(street, kind=CORPUS))) == 1
    assert [each.label for each in ada.names()] == ["water"]


def test_stopping_takes_the_copy_away_and_serves_it_no_more(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.add("fire", {"fire.md": WATER["boil.md"], "tinder.md": "Dry tinder.\n"})
    ada.share("water", street)
    ada.share("fire", street)
    bob.sync(ada)
    bob.follow(street, "water")
    bob.sync(ada)
    ids = ids_of(ada, "water")
    ada.sharing().stop(ada.library.find("water"), street)
    still = ids_of(ada, "fire")
    assert [ada.allows(street, id) for id in ids] == [id in still for id in ids]
    assert all(ada.allows(street, id) for id in still)
    assert ada.sharing().shared_in(ada.library.find("water").id) == []
    bob.sync(ada)
    assert bob.seen(street) == {"fire": ["fire.md", "tinder.md"]}
    assert bob.search("jerrycan") == []
    with pytest.raises(NotFoundError):
        ada.sharing().stop(ada.library.find("water"), street)
    assert ada.share("water", street).added == 3


def test_a_corpus_removed_at_home_is_shared_no_more(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    library = ada.library
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        library.remove(tx, library.find("water"), ada.now)
    [done] = ada.sharing().republish()
    assert (done.removed, ada.sharing().republish()) == (3, [])
    bob.sync(ada)
    assert bob.seen(street) == {}
    assert servable.all_allowed(ada.home.store.connection, street) == set()


def test_who_is_no_member_shares_nothing(tmp_path: Path) -> None:
    ada, bob, _ = two(tmp_path)
    other = bob.found("Mill Lane")
    ada.copy(bob, other, Lane.CONTROL)
    ada.add("water", WATER)
    with pytest.raises(NotAMemberError):
        ada.share("water", other)
    assert list(ada.home.store.log.events(other, Lane.CORPUS)) == []
    assert list(ada.home.store.log.events(kind=SHARE)) == []


def test_killed_anywhere_the_next_call_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levelling, "STEP", 2)
    ada, _, street = two(tmp_path)
    ada.add("water", WATER)
    until_done = killed_at_every_write(ada, monkeypatch)

    def same() -> None:
        ours = [(d.path, d.text, d.source, d.title) for d in documents(ada, "water")]
        there = ada.corpus(street, "water")
        theirs = ada.catalogue.documents(there.id)
        assert [(d.path, d.text, d.source, d.title) for d in theirs] == ours
        needed = servable.closure(ada.home.store, ids_of(ada, "water"))
        assert servable.all_allowed(ada.home.store.connection, street) == needed
        assert len(ada.seen(street)) == 1

    assert until_done(lambda: ada.share("water", street)) > 3
    same()
    ada.add("water", {"boil.md": "Boil it well.\n", "a.md": "A.\n", "b.md": "B.\n", "c.md": "C.\n"})
    ada.remove("water", "store.md")
    assert until_done(lambda: ada.sharing().republish()) > 3
    same()
    corpus = ada.library.find("water")

    def stop() -> None:
        if ada.catalogue.shares()[0].stopped:
            ada.sharing().republish()
        else:
            ada.sharing().stop(corpus, street)

    assert until_done(stop) > 2
    assert ada.seen(street) == {}
    assert servable.all_allowed(ada.home.store.connection, street) == set()


def test_two_shares_made_at_once_become_one(tmp_path: Path) -> None:
    """As when two devices of a person share the same corpus before they meet."""
    from hearth.corpora.records import ShareRecord

    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    made = ada.append(street, Lane.CORPUS, CORPUS, CorpusRecord("water", "").encode())
    record = ShareRecord(ada.library.find("water").id, street, made)
    ada.append(ada.home.community, Lane.CORPUS, SHARE, record.encode())
    ada.sharing().republish()
    bob.sync(ada)
    assert len(bob.catalogue.corpora(street)) == 1
    assert bob.seen(street) == {"water": sorted(WATER)}


def test_a_rebuilt_database_learns_again_what_was_published(tmp_path: Path) -> None:
    ada, _, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    ada.home.store.connection.execute("DELETE FROM servable")
    ada.index.connection.execute("UPDATE catalogue_state SET event = x'00'")  # as after a repair
    ada.sharing().republish()
    assert servable.all_allowed(ada.home.store.connection, street) == set(ids_of(ada, "water"))


# what never opens


def test_somebody_elses_refs_open_nothing(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("diary", DIARY)
    ada.write({"film.txt": big()})
    ada.add("films", {"film.txt": big()})
    private = servable.closure(ada.home.store, ids_of(ada, "diary") + ids_of(ada, "films"))
    assert len(private) > 6  # with chunks
    made = bob.append(street, Lane.CORPUS, CORPUS, CorpusRecord("trap", "").encode())
    for number, id in enumerate(sorted(private)):
        record = DocumentRecord(
            made, b"%d" % number, "T", "text/plain", 1, id, id, bytes(32), 1, None
        )
        bob.append(street, Lane.CORPUS, DOCUMENT, record.encode(), [id])
    ada.sync(bob)
    ada.follow(street, "trap")
    ada.ask_for(street, *private)
    # What she does not ask for would tell bob what she holds: so she asks for all of it.
    assert set(wants(ada, street)) == private
    bob.ask_for(street, *private)
    talk = bob.sync(ada)
    assert talk.here.summary.objects_in == 0
    for id in private:
        assert ada.replica(bob.device).give(street, What.OBJECT, id) is Reason.NOT_HERE
        assert not bob.home.store.has(id)


def test_a_manifest_opens_none_of_its_chunks(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("diary", DIARY)
    secret = documents(ada, "diary")[0].source
    trap = manifest.encode(
        manifest.Manifest(len(DIARY["diary.md"]), bytes(32), [(secret, len(DIARY["diary.md"]))])
    )
    id = bob.home.store.put(trap)
    made = bob.append(street, Lane.CORPUS, CORPUS, CorpusRecord("trap", "").encode())
    record = DocumentRecord(made, b"x", "T", "text/plain", 1, id, id, bytes(32), 1, None)
    bob.append(street, Lane.CORPUS, DOCUMENT, record.encode(), [id])
    with bob.home.store.batch() as batch, batch.transaction() as tx:
        servable.allow(tx, street, [id])
    ada.sync(bob)
    ada.follow(street, "trap")
    ada.sync(bob)
    assert ada.home.store.has(id)
    assert wants(ada, street) == [secret]  # as anybody would who has not got it
    bob.ask_for(street, secret)
    bob.sync(ada)
    assert not bob.home.store.has(secret)


def test_large_files_are_published_with_their_chunks(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("films", {"film.txt": big()})
    ada.share("films", street)
    ids = servable.closure(ada.home.store, ids_of(ada, "films"))
    assert len(ids) > 4
    assert servable.all_allowed(ada.home.store.connection, street) == ids
    bob.sync(ada)
    bob.follow(street, "films")
    bob.sync(ada)
    [film] = documents(ada, "films")
    assert bob.home.store.read_file(film.source) == big().encode()
    # whoever has received it serves it on
    cyd = Neighbour(tmp_path, "cyd")
    ada.admit(street, cyd)
    bob.copy(ada, street, Lane.CONTROL)
    bob.copy(cyd, street, Lane.CONTROL)
    cyd.sync(bob)
    cyd.follow(street, "films")
    cyd.sync(bob)
    assert cyd.home.store.read_file(film.text) == bob.home.store.read_file(film.text)


def test_a_file_half_fetched_is_not_damage(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("films", {"film.txt": big()})
    ada.share("films", street)
    bob.sync(ada)
    [film] = documents(ada, "films")
    bob.home.store.put(ada.home.store.get(film.source))  # the manifest alone
    lacking = check(bob.home.store, now=bob.now).missing
    assert len(lacking) > 1
    assert elsewhere(bob.home, lacking) == set(lacking)
    bob.add("mine", {"film.txt": big(), "other.txt": big(2)})
    mine = servable.closure(bob.home.store, ids_of(bob, "mine"))
    assert elsewhere(bob.home, mine) == set()


def test_what_is_received_in_one_community_is_not_served_in_another(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bob.sync(ada)
    bob.follow(street, "water")
    bob.sync(ada)
    lane = bob.found("Mill Lane")
    cyd = Neighbour(tmp_path, "cyd")
    bob.admit(lane, cyd, "Mill Lane")
    ids = ids_of(ada, "water")
    cyd.ask_for(lane, *ids)
    cyd.sync(bob)
    assert not any(cyd.home.store.has(id) for id in ids)
    assert all(bob.allows(street, id) and not bob.allows(lane, id) for id in ids)


def test_what_gc_has_taken_is_not_served_when_it_is_added_in_private(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bob.sync(ada)
    bob.follow(street, "water")
    bob.sync(ada)
    ids = ids_of(ada, "water")
    assert all(bob.allows(street, id) for id in ids)
    ada.sharing().stop(ada.library.find("water"), street)
    bob.sync(ada)
    gc(bob.home.store, now=bob.now, grace=0)
    assert not any(bob.home.store.has(id) for id in ids)
    bob.add("mine", WATER)
    assert all(bob.home.store.has(id) for id in ids)
    assert not any(bob.allows(street, id) for id in ids)


def test_at_home_everything_goes_to_ones_own_devices_and_to_nobody_else(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("diary", DIARY)
    [diary] = documents(ada, "diary")
    assert serves(ada.home, ada.home.community)(diary.text)
    assert not serves(ada.home, street)(diary.text)
    assert ada.home.community not in ada.replica(bob.device).grants()


# what is wanted


def test_texts_are_wanted_before_sources_and_by_turns_what_is_asked_for(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    html = {f"{n}.html": f"<h1>T{n}</h1><p>words of number {n}</p>" for n in range(3)}
    ada.add("pages", html)
    ada.add("water", WATER)
    ada.share("pages", street)
    ada.share("water", street)
    bob.sync(ada)
    assert wants(bob, street) == []
    bob.follow(street, "pages")
    pages, water = documents(ada, "pages"), documents(ada, "water")
    expected = [each.text for each in pages] + [each.source for each in pages]
    assert wants(bob, street) == expected
    bob.ask_for(street, water[0].text)
    assert wants(bob, street) == [expected[0], water[0].text, *expected[1:]]
    assert wants(bob, bob.home.community) == []
    bob.sync(ada)
    assert wants(bob, street) == []
    assert bob.home.store.has(water[0].text)
    assert not bob.home.store.has(water[1].text)


def test_the_corpora_that_are_followed_have_turns(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("flood", {f"{n:03}.html": f"<p>words of number {n}</p>" for n in range(30)})
    ada.add("water", {"a.html": "<p>a</p>", "b.html": "<p>b</p>"})
    for corpus in ("flood", "water"):
        ada.share(corpus, street)
    bob.sync(ada)
    for corpus in ("flood", "water"):
        bob.follow(street, corpus)
    found, water = wants(bob, street), documents(ada, "water")
    assert len(found) == 64
    assert {each.text for each in water} <= {*found[:4]}
    assert {each.source for each in water} <= {*found[32:36]}


def test_what_is_damaged_is_wanted_only_where_it_may_be_served(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.add("diary", DIARY)
    ada.share("water", street)
    bob.sync(ada)
    bob.follow(street, "water")
    bob.sync(ada)
    water, diary = documents(ada, "water")[0].text, documents(ada, "diary")[0].text
    for id in (water, diary):
        ada.home.store.connection.execute("INSERT INTO damaged VALUES (?, 1, 'here')", (id,))
    assert wants(ada, street) == [water]
    assert set(wants(ada, ada.home.community)) == {water, diary}
    ada.sync(bob)
    assert ada.home.store.wanted() == [diary]


def test_what_does_not_fit_the_budget_is_not_wanted(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", {f"{n}.md": f"Words of {n}. " * 1000 for n in range(20)})
    ada.share("water", street)
    bob.sync(ada)
    bob.follow(street, "water")
    everything = wants(bob, street)
    used = bob.home.store.connection.pragma("page_count") * 4096
    bob.home.store.budget = used + 100_000
    assert 0 < len(wants(bob, street)) < 10
    assert wants(bob, street) == everything[: len(wants(bob, street))]
    bob.home.store.budget = used
    assert wants(bob, street) == []


def test_texts_that_have_not_come_cost_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bob.sync(ada)
    bob.follow(street, "water")
    reads: list[bytes] = []
    store = type(bob.home.store)
    read = store.open_file

    def counted(self: Any, id: bytes) -> Any:
        reads.append(id)
        return read(self, id)

    monkeypatch.setattr(store, "open_file", counted)
    assert bob.index.update(bob.home) == 0  # nothing of one's own lacks
    assert len(reads) == 3
    assert bob.index.update(bob.home) == 0
    assert len(reads) == 3
    bob.sync(ada)
    bob.index.update(bob.home)
    assert len(reads) == 6
    assert bob.search("jerrycan") == ["Storing"]


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe no UTF-8", "a \u202eright-to-left override\n".encode(), b"an \x1b[31m escape\n"],
    ids=["bytes", "direction", "escape"],
)
def test_a_text_that_is_not_in_the_normal_form_is_not_shown(tmp_path: Path, text: bytes) -> None:
    ada, bob, street = two(tmp_path)
    id = bob.home.store.put(text)
    made = bob.append(street, Lane.CORPUS, CORPUS, CorpusRecord("odd", "").encode())
    record = DocumentRecord(made, b"x", "T", "text/plain", 1, id, id, bytes(32), 1, None)
    bob.append(street, Lane.CORPUS, DOCUMENT, record.encode(), [id])
    with bob.home.store.batch() as batch, batch.transaction() as tx:
        servable.allow(tx, street, [id])
    ada.sync(bob)
    ada.follow(street, "odd")
    ada.sync(bob)
    assert ada.home.store.has(id)
    assert ada.search("no", "right", "escape") == []
    assert ada.index.stats()["odd"].documents == 0


def test_what_others_share_stays_servable_when_ones_own_copy_goes(tmp_path: Path) -> None:
    ada, bob, street = two(tmp_path)
    ada.add("water", WATER)
    ada.share("water", street)
    bob.sync(ada)
    bob.follow(street, "water")
    bob.sync(ada)
    before = servable.all_allowed(bob.home.store.connection, street)
    bob.add("mine", {"boil.md": WATER["boil.md"]})
    bob.share("mine", street)
    bob.sharing().stop(bob.library.find("mine"), street)
    assert before <= servable.all_allowed(bob.home.store.connection, street)
    assert wants(bob, street) == []


def test_what_the_disk_cannot_read_now_holds_nothing_else_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when it can be read again."""
    ada, bob, street = two(tmp_path)
    ada.add("films", {"film.txt": big()} | WATER)
    ada.share("films", street)
    bob.sync(ada)
    bob.follow(street, "films")

    def failing(
        disk: Disk, operation: str, path: Path, function: Callable[..., Any], *args: Any
    ) -> Any:
        if operation == "read" and path.suffix == packs.SUFFIX and args[1] > 100_000:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return function(*args)

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "call", failing)
        bob.sync(ada)
        assert bob.search("jerrycan") == ["Storing"]
        assert len(wants(bob, street)) > 0
    bob.sync(ada)
    assert wants(bob, street) == []


def test_a_text_that_cannot_be_read_now_hides_no_other_and_is_found_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _, _ = two(tmp_path)
    ada.add("water", WATER)
    ada.index.clear()
    bad = next(each.text for each in documents(ada, "water") if each.path == b"boil.md")
    real = Objects.get

    def failing(objects: Objects, id: bytes) -> bytes:
        if id == bad:
            raise DiskError("cannot read it now")
        return real(objects, id)

    with monkeypatch.context() as patch:
        patch.setattr(Objects, "get", failing)
        assert ada.index.update(ada.home) == 1
        assert (ada.search("jerrycan"), ada.search("rolling")) == (["Storing"], [])
        assert ada.index.update(ada.home) == 1
    assert ada.index.update(ada.home) == 0
    assert ada.search("rolling") == ["Boiling"]
