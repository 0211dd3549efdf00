"""Offering a model, fetching it, and what never travels unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import model_kit
import pytest
from sharing_kit import NOW, Neighbour, two

from hearth.community.records import Remove
from hearth.corpora.sharing import NotAMemberError
from hearth.corpora.wanting import Wanting
from hearth.kinds import MODEL as MODEL_EVENT
from hearth.models import adding, files, offering, shelf
from hearth.models.embedding import open_embedder
from hearth.models.errors import ModelError
from hearth.models.records import CHAT, EMBED, GGUF, MODEL, ModelFile, ModelRecord, removal
from hearth.models.shelf import Model
from hearth.store import servable
from hearth.store.errors import NotFoundError
from hearth.store.fsck import check
from hearth.store.gc import gc
from hearth.store.header import Lane
from hearth.sync.messages import What


@pytest.fixture
def street(tmp_path: Path) -> Iterator[tuple[Neighbour, Neighbour, bytes]]:
    ada, bob, community = two(tmp_path)
    yield ada, bob, community
    for each in (ada, bob):
        each.index.close()
        each.home.close()


def added(who: Neighbour, tmp_path: Path, seed: int = 1) -> Model:
    """A model whose file lies behind a manifest."""
    config = {**model_kit.CONFIG, "hidden_size": 256, "intermediate_size": 1024}
    place = model_kit.folder(tmp_path / f"m{seed}", seed=seed, config=config)
    made = adding.draft(place, None, lambda _: None)
    return adding.add(who.home, made, NOW, name=f"tiny{seed}").model


def offer(who: Neighbour, model: Model, community: bytes) -> bool:
    return offering.offer(who.home, who.catalogue, model, community, who.now)


def names(who: Neighbour) -> dict[str, tuple[bool, bool]]:
    return {each.name: (each.own, each.complete) for each in shelf.models(who.home)}


def test_it_comes_when_it_is_asked_for_and_not_before(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:
    ada, bob, community = street
    model = added(ada, tmp_path)
    ids = offering.objects(ada.home, [model.record])
    assert len(ids) > 2  # chunks
    ada.sync(bob)
    assert names(bob) == {}  # home is nobody else's business
    assert offer(ada, model, community)
    assert not offer(ada, model, community)
    for _ in range(3):
        ada.sync(bob)
    assert names(bob) == {"tiny1": (False, False)}
    assert shelf.chosen(bob.home, EMBED) is None
    assert not servable.held(bob.home.store.connection, ids)
    there = shelf.find(bob.home, "tiny1")
    assert there.offers == (community,)
    assert there.id == model.id
    with pytest.raises(ModelError, match="not all here"):
        files.path(bob.home, there, MODEL)

    offering.ask(bob.home, there, community, bob.now)
    assert names(bob) == {"tiny1": (True, False)}
    ada.sync(bob)
    ada.sync(bob)
    assert names(bob) == {"tiny1": (True, True)}
    assert servable.held(bob.home.store.connection, ids) == ids
    found = shelf.chosen(bob.home, EMBED)
    assert found is not None
    texts = [model_kit.text(seed, 20) for seed in range(8)]
    one = open_embedder(ada.home, model).embed(texts)
    other = open_embedder(bob.home, found).embed(texts)
    assert one.tobytes() == other.tobytes()
    assert not check(bob.home.store, now=NOW).problems


def test_nothing_is_served_before_it_is_offered_or_after(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:
    ada, bob, community = street
    model, other = added(ada, tmp_path), added(ada, tmp_path, 2)
    ids = offering.objects(ada.home, [model.record])
    assert not any(ada.allows(community, id) for id in ids)
    bob.ask_for(community, *model.record.refs)  # who guesses the ids gets nothing
    ada.sync(bob)
    assert not servable.held(bob.home.store.connection, ids)
    offer(ada, model, community)
    offer(ada, other, community)
    assert all(ada.allows(community, id) for id in ids)
    offering.stop(ada.home, ada.catalogue, model.id, community, ada.now)
    only = ids - offering.objects(ada.home, [other.record])
    assert only
    assert not any(ada.allows(community, id) for id in only)
    both = ids & offering.objects(ada.home, [other.record])  # the same tokenizer
    assert both
    assert all(ada.allows(community, id) for id in both)
    ada.sync(bob)
    assert names(bob) == {"tiny2": (False, False)}
    with pytest.raises(NotFoundError):
        offering.stop(ada.home, ada.catalogue, model.id, community, ada.now)


def test_what_was_fetched_stays_when_the_offer_goes(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:
    ada, bob, community = street
    model = added(ada, tmp_path)
    offer(ada, model, community)
    ada.sync(bob)
    offering.ask(bob.home, shelf.find(bob.home, "tiny1"), community, bob.now)
    ada.sync(bob)
    offering.stop_everywhere(ada.home, ada.catalogue, model.id, ada.now)
    adding.remove(ada.home, model, ada.now)
    ada.sync(bob)
    for days in (1, 20, 40):
        gc(bob.home.store, now=NOW + days * 86400)
    assert names(ada) == {}
    assert names(bob) == {"tiny1": (True, True)}
    found = shelf.find(bob.home, "tiny1")
    assert found.offers == ()
    assert open_embedder(bob.home, found).embed(["boil"]).shape == (1, 256)


def test_who_fetched_it_can_offer_it_on(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:
    ada, bob, community = street
    model = added(ada, tmp_path)
    offer(ada, model, community)
    ada.sync(bob)
    offering.ask(bob.home, shelf.find(bob.home, "tiny1"), community, bob.now)
    ada.sync(bob)
    assert offer(bob, shelf.find(bob.home, "tiny1"), community)
    ada.sync(bob)
    assert len(shelf.models(ada.home)) == 1
    offering.stop_everywhere(ada.home, ada.catalogue, model.id, ada.now)
    ada.sync(bob)
    assert shelf.find(ada.home, "tiny1").offers == (community,)  # bob's word still stands
    # what bob offers, ada received nowhere: but she has it, and it is his to serve
    assert all(bob.allows(community, id) for id in offering.objects(bob.home, [model.record]))


def test_an_offer_counts_while_its_author_is_a_member(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:
    ada, bob, community = street
    model = added(bob, tmp_path)
    offer(bob, model, community)
    ada.sync(bob)
    assert names(ada) == {"tiny1": (False, False)}
    ada.control(community, Remove(bob.home.identity.person, ()))
    assert names(ada) == {}
    bob.copy(ada, community, Lane.CONTROL)
    with pytest.raises(NotAMemberError):
        offer(bob, model, community)


def test_nobody_takes_away_what_somebody_else_offers(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:

    ada, bob, community = street
    model = added(ada, tmp_path)
    offer(ada, model, community)
    ada.sync(bob)
    bob.append(community, Lane.CORPUS, MODEL_EVENT, removal(model.id))
    ada.sync(bob)
    assert names(bob) == {"tiny1": (False, False)}
    assert shelf.find(ada.home, "tiny1").offers == (community,)


def test_nobody_fills_the_list(
    street: tuple[Neighbour, Neighbour, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "OFFERS_LIMIT", 3)
    ada, bob, community = street
    for number in range(5):
        file = ModelFile(MODEL, bytes(32), 1, bytes([number]) * 32)
        record = ModelRecord(f"m{number}", CHAT, GGUF, (file,))
        bob.append(community, Lane.CORPUS, MODEL_EVENT, record.encode(), record.refs)
    ada.copy(bob, community, Lane.CORPUS)
    assert sorted(names(ada)) == ["m2", "m3", "m4"]
    bob.append(community, Lane.CORPUS, MODEL_EVENT, removal(record.id))
    ada.copy(bob, community, Lane.CORPUS)
    assert sorted(names(ada)) == ["m1", "m2", "m3"]


def test_a_lie_about_a_model_is_found_when_it_has_come(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:
    """The objects are whole, but not the files that the event says they are."""

    ada, bob, community = street
    object = ada.home.store.put(b"something else")
    lie = ModelRecord("lie", CHAT, GGUF, (ModelFile(MODEL, object, 14, bytes(32)),))
    ada.append(community, Lane.CORPUS, MODEL_EVENT, lie.encode(), lie.refs)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        servable.allow(tx, community, [object])
    ada.sync(bob)
    offering.ask(bob.home, shelf.find(bob.home, "lie"), community, bob.now)
    ada.sync(bob)
    found = shelf.find(bob.home, "lie")
    assert found.complete
    with pytest.raises(ModelError, match="not what was added"):
        files.path(bob.home, found, MODEL)


def test_a_database_made_anew_serves_it_again(
    street: tuple[Neighbour, Neighbour, bytes], tmp_path: Path
) -> None:
    ada, _, community = street
    model = added(ada, tmp_path)
    offer(ada, model, community)
    ids = offering.objects(ada.home, [model.record])
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        servable.forbid(tx, community, ids)
    offering.heal(ada.home, ada.catalogue)
    assert all(ada.allows(community, id) for id in ids)


def test_the_other_device_of_a_person_asks_at_home(tmp_path: Path) -> None:
    """What is one's own, and lies elsewhere, does not come unasked either."""
    ada = Neighbour(tmp_path, "ada")
    model = added(ada, tmp_path)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        for id in model.record.refs:
            tx.connection.execute("DELETE FROM objects WHERE id = ?", (id,))
    found = shelf.find(ada.home, "tiny1")
    assert (found.own, found.complete) == (True, False)

    def wants() -> set[bytes]:
        wanting = Wanting(ada.home, ada.catalogue)
        return {id for what, id in wanting.wants(ada.home.community) if what is What.OBJECT}

    assert not wants() & {*model.record.refs}
    offering.ask(ada.home, found, ada.home.community, NOW)
    assert wants() >= {*model.record.refs}
    ada.index.close()
    ada.home.close()
