"""What gives way when the disk budget needs room, and what never does."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from program import Hearth
from sharing_kit import NOW, Neighbour, two

from hearth.community import records
from hearth.corpora.catalogue import Document
from hearth.corpora.shedding import Made, make_room
from hearth.store import budget, servable, wishes
from hearth.store.disk import DiskError
from hearth.store.fsck import check
from hearth.store.store import Store


def prose(seed: int, size: int = 40_000) -> str:
    """HTML whose text is not its source, hard to compress."""
    rng = random.Random(seed)
    words = " ".join(f"w{rng.getrandbits(40):x}" for _ in range(size // 12))
    return f"<h1>T{seed}</h1><p>{words}</p>"


class Room:
    """Bob holds what Ada shares: one corpus followed, one no longer, and his own."""

    def __init__(self, folder: Path) -> None:
        self.ada, self.bob, self.street = two(folder)
        self.ada.add("kept", {"a.html": prose(1), "b.html": prose(2)})
        self.ada.add("left", {"c.html": prose(3), "d.html": prose(4)})
        self.ada.share("kept", self.street)
        self.ada.share("left", self.street)
        self.bob.add("mine", {"e.html": prose(5), "c.html": prose(3)})  # one of them his own, too
        self.bob.sync(self.ada)
        self.bob.follow(self.street, "kept")
        self.bob.follow(self.street, "left")
        self.bob.sync(self.ada)
        store = self.bob.home.store
        with store.batch() as batch, batch.transaction() as tx:
            wishes.unfollow(tx, self.bob.corpus(self.street, "left").id)
        self.bob.index.update(self.bob.home)
        store.seal()
        self.kept = {each.path: each for each in self.documents("kept")}
        self.left = {each.path: each for each in self.documents("left")}

    def documents(self, name: str) -> list[Document]:
        corpus = self.bob.corpus(self.street, name)
        return list(self.bob.catalogue.documents(corpus.id))

    def has(self, *documents: Document) -> list[tuple[bool, bool]]:
        store = self.bob.home.store
        return [(store.has(each.source), store.has(each.text)) for each in documents]

    def make(self, over: int, who: Neighbour | None = None) -> Made:
        """Make room for `over` bytes more than there are."""
        who = who or self.bob
        who.home.store.budget = budget.usage(who.home.store).total
        return make_room(who.home, who.catalogue, who.index, over, NOW)

    def own_is_whole(self) -> bool:
        bob = self.bob
        mine = bob.catalogue.documents(bob.library.find("mine").id)
        sound = check(bob.home.store, now=NOW)
        return self.has(*mine) == [(True, True)] * 2 and not sound.damaged


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_first_what_is_not_followed(room: Room) -> None:
    made = room.make(25_000)
    assert made.given_up[0] > 0
    assert made.given_up[1:] == (0, 0)
    assert made.freed > 0
    assert room.has(*room.kept.values()) == [(True, True)] * 2
    assert room.has(room.left[b"c.html"]) == [(True, True)]  # bob's own is the same
    assert room.has(room.left[b"d.html"]) != [(True, True)]
    assert room.own_is_whole()
    assert not room.bob.allows(room.street, room.left[b"d.html"].source)


def test_then_sources_then_texts_and_never_more(room: Room) -> None:
    made = room.make(60_000)
    assert (made.given_up[0], made.given_up[1] > 0, made.given_up[2]) == (2, True, 0)
    assert [text for _, text in room.has(*room.kept.values())] == [True, True]
    word = prose(1).split("<p>")[1].split()[0]
    assert room.bob.search(word) == ["T1"]
    made = room.make(10 << 20)
    assert made.given_up == (0, made.given_up[1], 2)
    assert room.has(*room.kept.values()) == [(False, False)] * 2
    assert room.bob.search(word) == []  # what is not here is not quoted either
    assert room.own_is_whole()
    assert room.make(10 << 20).given_up == (0, 0, 0)
    # and it comes again when there is room
    room.bob.home.store.budget = None
    room.bob.sync(room.ada)
    assert room.bob.search(word) == ["T1"]


def test_pinned_asked_for_and_orphaned_documents_stay(room: Room) -> None:
    bob, ada = room.bob, room.ada
    pinned, asked = room.left[b"d.html"], room.kept[b"a.html"]
    with bob.home.store.batch() as batch, batch.transaction() as tx:
        wishes.pin(tx, [pinned.source], NOW)
        wishes.ask(tx, room.street, [asked.source], NOW)
    room.make(35_000)
    assert room.has(pinned) == [(True, False)]
    assert room.has(asked) == [(True, True)]
    # Whoever shared it is no member any more: nobody may be left who has it.
    ada.control(room.street, records.Remove(bob.home.identity.person, ()))
    made = room.make(10 << 20, ada)
    assert made.given_up == (0, 0, 0)
    cyd = Neighbour(ada.path.parent, "cyd")
    ada.admit(room.street, cyd)
    bob.reopen()


def test_what_a_person_published_is_never_given_up(room: Room) -> None:
    ada = room.ada
    assert room.make(10 << 20, ada).given_up == (0, 0, 0)
    for corpus in ("kept", "left"):
        for each in ada.catalogue.documents(ada.library.find(corpus).id):
            assert ada.home.store.has_file(each.source)


def test_nothing_is_given_up_while_it_cannot_be_read_what_must_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two long files with one beginning: the manifest of bob's own cannot be read for a while."""
    common = "".join(f"{random.Random(n).getrandbits(250):x} words\n" for n in range(50_000))
    ada, bob, street = two(tmp_path)
    ada.add("left", {"theirs.txt": common + "the end of hers"})
    ada.share("left", street)
    bob.add("mine", {"own.txt": common + "the end of his"})
    bob.sync(ada)
    bob.follow(street, "left")
    bob.sync(ada)
    store = bob.home.store
    with store.batch() as batch, batch.transaction() as tx:
        wishes.unfollow(tx, bob.corpus(street, "left").id)
    [own] = bob.catalogue.documents(bob.library.find("mine").id)
    [theirs] = bob.catalogue.documents(bob.corpus(street, "left").id)
    assert {chunk for chunk, _ in servable.chunks(store, own.source)} & {
        chunk for chunk, _ in servable.chunks(store, theirs.source)
    }
    real = Store.get

    def failing(store: Store, id: bytes) -> bytes:
        if id == own.source:
            raise DiskError("cannot read it now")
        return real(store, id)

    store.budget = 1
    with monkeypatch.context() as patch:
        patch.setattr(Store, "get", failing)
        assert sum(make_room(bob.home, bob.catalogue, bob.index, 0, NOW).given_up) == 0
    assert sum(make_room(bob.home, bob.catalogue, bob.index, 0, NOW).given_up) > 0
    assert store.read_file(own.source).decode() == common + "the end of his"


def test_adding_and_gc_make_room_and_say_so(room: Room, hearth: Hearth, tmp_path: Path) -> None:
    bob = room.bob
    new = tmp_path / "new.html"
    new.write_text(prose(9))
    used = budget.usage(bob.home.store).total
    bob.home.close()
    at = ("--hearth", bob.path)
    limit = {"HEARTH_STORE_BUDGET": str(used + 10_000)}
    run = hearth(*at, "add", new, "--corpus", "mine", env=limit)
    assert (run.code, run.out.splitlines()[0]) == (0, 'corpus "mine": 1 new document')
    assert "gave up objects to keep the disk budget" in run.err
    assert "of corpora that are not followed" in run.err
    limit = {"HEARTH_STORE_BUDGET": str(used - 150_000)}
    run = hearth(*at, "gc", "--json", env=limit)
    assert run.code == 0
    assert json.loads(run.out)["given_up"]["sources"] > 0
    assert hearth(*at, "ls", "--corpus", "mine").out.count("\n") == 3
    assert hearth(*at, "fsck").code == 0
